"use strict";
// Of a page that is one file: answers stay in the browser, and the players are in the page.
const openAnswers = (...about) => new Answers(...about);
const contentOf = ({ template }) => template.content.cloneNode(true);
