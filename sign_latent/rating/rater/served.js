"use strict";
// Of a page that is served: answers are stored there as they are given, and clips are fetched when their turn comes.
const openAnswers = (...about) => new ServedAnswers(...about);
const RETRY = 3000; // milliseconds after which what did not arrive is sent again
const HELD = 6; // clips that are kept here

class ServedAnswers extends Answers {
  // What the server has not confirmed waits in this browser, so that a page that is loaded again sends it.
  restore() {
    Object.assign(this, { waiting: new Map(), sending: false, place: `sign_latent:waiting:${this.pack}:${this.rater}` });
    try {
      for (const row of JSON.parse(localStorage.getItem(this.place) || "[]")) this.wait(row);
    } catch { /* what cannot be read back was never there */ }
    addEventListener("beforeunload", (event) => { if (this.waiting.size) event.preventDefault(); });
  }
  wait(row) { this.waiting.set(`${row[0]} ${row[1]}`, row); }
  keep() {
    try {
      if (this.waiting.size) localStorage.setItem(this.place, JSON.stringify([...this.waiting.values()]));
      else localStorage.removeItem(this.place);
    } catch { /* then it waits in the page alone */ }
  }
  async open() {
    const answer = await fetch("answers");
    const trouble = answer.ok ? this.read(await answer.text()) : (await answer.json()).reason;
    if (trouble) throw new Error(trouble);
    for (const [trial, question, value] of this.waiting.values()) if (this.known.has(trial)) super.set(trial, question, value);
    this.flush();
  }
  set(trial, question, answer) {
    this.wait([trial, question, answer]);
    super.set(trial, question, answer);
    this.flush();
  }
  // One after the other, in the order in which they were given; of an answer that was changed since, the last.
  async flush() {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.size) {
      const [key, row] = this.waiting.entries().next().value, [trial, question, answer] = row;
      const headers = { "content-type": "application/json" }, body = JSON.stringify({ trial, question, answer });
      const stored = await fetch("answers", { method: "POST", headers, body }).catch(() => null);
      if (!stored || stored.status >= 500 || stored.status === 408) {
        this.tell("Your last answers are not stored yet: the server does not answer. They wait here and are sent again.");
        await new Promise((done) => setTimeout(done, RETRY));
        continue;
      }
      const late = this.trouble;
      this.tell(stored.ok ? "" : `An answer was not stored: ${(await stored.json()).reason}`);
      if (late && stored.ok) this.say("Your answers are stored.");
      if (this.waiting.get(key) === row) this.waiting.delete(key);
      this.keep();
    }
    this.sending = false;
  }
  tell(trouble) {
    this.trouble = trouble;
    if (trouble) this.say(trouble);
  }
  async forget() {
    this.waiting.clear();
    const answer = await fetch("answers", { method: "DELETE" }).catch(() => null);
    if (!answer?.ok) throw new Error("Your answers are not deleted: the server does not answer. Try again.");
    super.forget();
  }
  get gone() { return "Your answers are deleted."; }
}

const clips = new Map();
function clipOf(code) {
  if (!clips.has(code)) {
    while (clips.size >= HELD) clips.delete(clips.keys().next().value);
    const coming = fetch(`clips/${code}`).then((answer) => {
      if (!answer.ok) throw new Error("a clip did not come");
      return answer.json();
    });
    coming.catch(() => clips.delete(code));
    clips.set(code, coming);
  }
  return clips.get(code);
}
const codesOf = (trial) => trial ? trial.clips.split(" ") : [];

// The players of a trial; the clips of the next one are fetched meanwhile.
async function contentOf(trial, next) {
  const codes = codesOf(trial);
  let found;
  try { found = await Promise.all(codes.map(clipOf)); } catch {
    throw new Error("The clips did not come: the server does not answer. Go back (P) and on (N) to try again.");
  }
  codesOf(next).forEach((code) => clipOf(code).catch(() => {}));
  const content = document.createDocumentFragment(), blank = document.getElementById("player").content.firstElementChild;
  found.forEach((clip, place) => {
    const root = blank.cloneNode(true), data = root.querySelector(".sl-data"), { model } = JSON.parse(data.textContent);
    data.textContent = JSON.stringify({ model, clips: [{ ...clip, title: codes.length > 1 ? "AB"[place] : "Clip" }] });
    content.append(root);
  });
  return content;
}
function startPlayers() {
  document.querySelectorAll(".sl-player").forEach((root) => { root.slPlayer = new SignPlayer(root); });
}
