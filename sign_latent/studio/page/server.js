"use strict";
// What the studio's page asks of the server that served it; whatever goes wrong is an Error in words for its reader.
const StudioServer = (() => {
  // Of an answer that is no success.
  async function reason(answer) {
    try { return (await answer.json()).reason; } catch { return `the server answered ${answer.status}; try again`; }
  }
  async function asked(path, how) {
    let answer;
    try { answer = await fetch(path, how); } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("the server does not answer; is it still running?");
    }
    if (!answer.ok) throw new Error(await reason(answer));
    return answer;
  }
  // What a model signs of what is asked, each message as it comes.
  async function messages(ask, signal, take) {
    const headers = { "content-type": "application/json" };
    const answer = await asked("/api/sign", { method: "POST", headers, body: JSON.stringify(ask), signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", ended = false;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const message of lines.map((line) => JSON.parse(line))) {
        if (message.kind === "error") throw new Error(message.reason);
        ended = message.kind === "end";
        take(message);
      }
    }
    if (!ended) throw new Error("the server ended before the signing did; sign it again");
  }
  return { asked, messages };
})();
