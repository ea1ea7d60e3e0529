"use strict";
// What a rater has answered: kept in this browser, saved as csv and read back from it.
const COLUMNS = ["pack", "rater", "trial", "question", "answer"];
const NOT_KEPT = "This browser does not keep your answers: save them (S) before you close the page.";

// RFC 4180: every field quoted, quotes doubled.
function toCsv(rows) {
  return rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(",") + "\r\n").join("");
}

// Rows of fields; null where a quote is left open or stands inside an unquoted field.
function fromCsv(text) {
  const rows = [], field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  text = text.replace(/^\uFEFF/, "");
  let row = [];
  while (field.lastIndex < text.length || row.length) {
    const found = field.exec(text);
    if (!found) return null;
    row.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] !== ",") { rows.push(row); row = []; }
  }
  return rows;
}

class Answers {
  // `known`: trial -> names of its questions; "about" is a trial too. `say` tells the rater; `trouble` is what they
  // are to know on every screen.
  constructor(pack, rater, known, say) {
    Object.assign(this, { pack, rater, known, say, place: `sign_latent:${pack}:${rater}`, trouble: "" });
    this.clear();
    this.restore();
  }
  restore() {
    try {
      const text = localStorage.getItem(this.place);
      if (text) this.read(text);
    } catch { this.trouble = NOT_KEPT; }
  }
  // A promise where answers come from elsewhere.
  open() {}
  forget() {
    this.clear();
    this.keep();
  }
  get gone() { return "Your answers are deleted from this browser. A file you saved is still yours to delete."; }
  clear() { this.given = new Map([...this.known.keys()].map((trial) => [trial, new Map()])); }
  get(trial, question) { return this.given.get(trial).get(question) || ""; }
  set(trial, question, answer) {
    if (answer) this.given.get(trial).set(question, answer);
    else this.given.get(trial).delete(question);
    this.keep();
  }
  get empty() { return [...this.given.values()].every((answers) => !answers.size); }
  keep() {
    try {
      if (this.empty) localStorage.removeItem(this.place);
      else localStorage.setItem(this.place, this.csv());
    } catch { this.trouble = NOT_KEPT; }
  }
  csv() {
    const rows = [COLUMNS];
    for (const [trial, answers] of this.given) for (const [question, answer] of answers) rows.push([this.pack, this.rater, trial, question, answer]);
    return toCsv(rows);
  }
  // Takes the place of all answers; "" if that went well, else why nothing was changed.
  read(text) {
    const rows = fromCsv(text);
    if (!rows || !rows.length || rows[0].join() !== COLUMNS.join()) return "This is not a file saved by this page.";
    const given = new Map([...this.known.keys()].map((trial) => [trial, new Map()]));
    for (const [i, [pack, rater, trial, question, answer, more]] of rows.slice(1).entries()) {
      if (pack !== this.pack || rater !== this.rater) return "This file was saved by another page.";
      if (more !== undefined || !answer || !this.known.get(trial)?.includes(question)) return `Row ${i + 2} of the file cannot be read. Nothing was changed.`;
      given.get(trial).set(question, answer);
    }
    this.given = given;
    this.keep();
    return "";
  }
}
