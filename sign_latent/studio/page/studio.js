"use strict";
// The studio's page: what is typed is signed by the server that served it, and played as it comes.
(() => {
  const { asked, messages } = StudioServer;
  const get = (id) => document.getElementById(id);
  const element = (tag, text, name = "") => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text; // never markup: texts and names come from anywhere
    return made;
  };
  const FIELDS = ["text", "model", "beside", "pair", "beside-pair", "seed", "beside-seed", "steps", "guidance", "speed"];
  const PLACES = { pair: "model", "beside-pair": "beside" }; // fields of languages, and whose these are
  const FORMS = { pose: ".pose", npz: ".npz", mp4: ".mp4", json: "provenance (.json)" };
  const KEPT = 30; // sessions of the history
  const figure = JSON.parse(get("player").content.querySelector(".sl-data").textContent).model;
  let models = new Map(), refused = new Map(), player = null, shown = [], running = null;

  const say = (text) => { get("status").textContent = text; };
  const complain = (text) => { if (get("error").textContent !== text) get("error").textContent = text; };

  // Puts clips side by side on one clock; those that are not whole yet grow.
  function show(entries) {
    const root = get("player").content.firstElementChild.cloneNode(true), before = player;
    root.querySelector(".sl-data").textContent = JSON.stringify({ model: figure, clips: entries.map((entry) => entry.data) });
    if (before) {
      before.close();
      for (const name of ["speed", "zoom"]) root.querySelector(`.sl-${name}`).value = before.controls[name].value;
      for (const name of ["loop", "mirror", "align"]) root.querySelector(`.sl-${name}`).checked = before.controls[name].checked;
      root.querySelector("details").open = before.root.querySelector("details").open;
    }
    const held = before?.root.contains(document.activeElement) && (document.activeElement.className || "summary").split(" ")[0];
    get("stage").replaceChildren(root);
    player = new SignPlayer(root);
    root.slPlayer = player;
    if (held) {
      const same = root.matches(`.${held}`) ? root : root.querySelector(`.${held}, ${held}`);
      (same?.offsetParent ? same : root).focus({ preventScroll: true }); // of what is hidden none can have it
    }
    entries.forEach((entry, number) => { if (!entry.whole) player.growing.add(number); });
    shown = entries;
    tell();
  }
  // The notice names models, however long their names: what is scrolled to comes to lie below it.
  const notice = document.querySelector(".sl-notice");
  const clear = () => { document.documentElement.style.scrollPaddingTop = `${notice.offsetHeight + 8}px`; };
  // Hands and face are seen without scrolling, as far as the window has room; the focus stays where it is.
  function bring() {
    clear();
    const { top, bottom } = get("stage").getBoundingClientRect();
    if (top < notice.offsetHeight || bottom > innerHeight) get("stage").scrollIntoView();
  }
  // What stands about the clips that are shown.
  function tell() {
    const model = ({ made, title }) => made ? made.split("Model: ").pop() : `none of ${title}, which is a recording or says nothing`;
    const made = [...new Set(shown.map((entry) => model(entry.data)))];
    const languages = new Set(shown.length ? shown.map((entry) => entry.data.language) : models.get(get("model").value).languages);
    const named = [...languages].filter((language) => language).join(" · ");
    get("made").textContent = `Model: ${made.join(" · ") || get("model").value}${named && `. Language: ${named}`}`;
    const own = shown.filter((entry) => entry.key);
    get("results").hidden = !own.length;
    const held = document.activeElement;
    get("downloads").replaceChildren(...own.map((entry) => entry.row ??= downloads(entry)));
    if (get("downloads").contains(held)) held.focus({ preventScroll: true }); // it was away for a moment
    const warnings = new Set(own.flatMap((entry) => entry.data.warnings.map((warning) => `${entry.data.title}: ${warning}`)));
    get("warnings").replaceChildren(...[...warnings].map((warning) => element("p", warning)));
  }
  function downloads(entry) {
    const row = element("p", `Download ${entry.data.title}: `);
    for (const [form, label] of Object.entries(FORMS)) {
      const button = element("button", label);
      button.type = "button";
      button.setAttribute("aria-label", `Download ${label} by ${entry.data.title}`);
      button.addEventListener("click", () => attempt(async () => {
        say(`making ${label} …`);
        const file = await (await asked(`/api/clips/${entry.key}/${form}`)).blob(), link = document.createElement("a");
        link.href = URL.createObjectURL(file);
        const words = entry.ask.text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) || ["signing"];
        const name = `${[...words.slice(0, 8).join("-")].slice(0, 60).join("")}-${entry.ask.model.split("@")[0]}-seed${entry.ask.seed}`;
        link.download = `${name}.${form === "json" ? "pose.json" : form}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
        say(`${label} saved, ${Math.ceil(file.size / 1024)} KiB`);
      }));
      row.append(button);
    }
    return row;
  }

  async function attempt(work) {
    complain("");
    try { await work(); } catch (error) {
      say("");
      complain(error.message);
    }
  }

  function asks() {
    const value = Object.fromEntries(FIELDS.map((name) => [name, get(name).value]));
    const number = (text) => text === "" ? null : Number(text);
    const ask = { text: value.text, seed: number(value.seed), steps: number(value.steps), guidance: number(value.guidance), speed: number(value.speed) };
    return ["model", "beside"].filter((place) => value[place]).map((place) => {
      const [spoken, signed] = pairs(place).length < 2 ? [null, null] : pairOf(place).split(" → ");
      const seed = place === "beside" ? number(value["beside-seed"]) ?? ask.seed : ask.seed;
      return { ...ask, seed, model: value[place], spoken_language: spoken, signed_language: signed };
    });
  }

  // One signing a model; each is shown from its first frames on, and what fails for one does not end the other.
  async function sign() {
    halt();
    const stopping = running = new AbortController(), start = performance.now(), wanted = asks(), link = linked();
    const passed = () => `${((performance.now() - start) / 1000).toFixed(2)} s`;
    const entries = [], failures = [];
    let first = "";
    history.replaceState(null, "", link);
    get("link").value = location.href;
    get("stop").setAttribute("aria-disabled", "false");
    complain("");
    say("signing …");
    patient(stopping.signal);
    const all = wanted.map((ask, place) => messages(ask, stopping.signal, (message) => {
      if (stopping.signal.aborted) return;
      take(entries, wanted, place, message);
      if (message.kind === "clip") bring();
      if (first) return;
      first = passed();
      say(`playing; the first frames came after ${first}`);
    }).catch((error) => {
      failures.push([ask.model, error.message]);
      if (entries[place] && !stopping.signal.aborted) player.growing.delete(shown.indexOf(entries[place]));
    }));
    // Told soon after it happened, but once where all fail alike.
    const told = () => { if (failures.length && !stopping.signal.aborted) complain(reasons(failures, wanted.length)); };
    for (const one of all) one.then(() => Promise.race([Promise.all(all), new Promise((done) => setTimeout(done, 300))])).then(told);
    await Promise.all(all);
    if (stopping.signal.aborted) return; // whoever did that has said so
    told();
    halt();
    const whole = entries.filter((entry) => entry?.whole);
    if (whole.length) remember(whole, link);
    say(whole.length ? `${whole.map((entry) => entry.data.frames).join(" and ")} frames signed in ${passed()}, the first shown after ${first}` : "");
  }
  // Where nothing was shown yet its place says, after a while, why that may be.
  function patient(signal) {
    const empty = document.querySelector(".st-empty") ?? {}, usual = empty.textContent;
    setTimeout(() => { if (!signal.aborted) empty.textContent = "Still waiting: a model is loaded when it is first asked."; }, 2000);
    signal.addEventListener("abort", () => { empty.textContent = usual; });
  }
  function reasons(failures, asked) {
    const alike = failures.length === asked && new Set(failures.map(([, reason]) => reason)).size === 1;
    return alike ? failures[0][1] : failures.map(([model, reason]) => `${model}: ${reason}`).join("\n");
  }
  // Of one model twice the seeds tell which is which.
  const alike = (wanted) => wanted.length > 1 && new Set(wanted.map((ask) => ask.model)).size === 1;
  function take(entries, wanted, place, message) {
    const ask = wanted[place];
    if (message.kind === "clip") {
      const title = alike(wanted) ? `${message.title}, seed ${ask.seed}` : message.title;
      entries[place] = { ask, data: { ...message, title, spoken: spoken(ask) }, whole: false, key: null };
      show(entries.filter((entry) => entry));
      return;
    }
    const entry = entries[place], number = shown.indexOf(entry);
    if (message.kind === "chunk") {
      entry.data.tiers = SignPlayer.joined(entry.data, message);
      entry.data.points += message.points; // whole groups of three bytes, so that base64 may be put together
      entry.data.frames += message.frames;
      if (number >= 0) player.grow(number, message);
    } else {
      Object.assign(entry, { whole: true, key: message.key });
      if (number >= 0) { player.growing.delete(number); tell(); }
    }
  }
  // Nothing is signed any more. The button stays where it is, so that it keeps the focus.
  function halt() {
    running?.abort();
    running = null;
    get("stop").setAttribute("aria-disabled", "true");
    player?.growing.clear();
  }
  function stop() {
    if (!running) return;
    halt();
    say("stopped");
  }

  function remember(entries, link) {
    const { text } = entries[0].ask, item = element("li", ""), button = element("button", "");
    const seeds = alike(entries.map((entry) => entry.ask)) ? "" : ` · seed ${[...new Set(entries.map((entry) => entry.ask.seed))].join(" and ")}`;
    const written = Object.assign(element("bdi", text), { lang: entries[0].data.spoken });
    button.append(written, ` · ${entries.map((entry) => entry.data.title).join(" and ")}${seeds}`);
    button.type = "button";
    button.addEventListener("click", () => {
      stop();
      fill(new URLSearchParams(link.slice(1)));
      history.replaceState(null, "", link);
      get("link").value = location.href;
      complain("");
      show(entries);
      bring();
      say(`showing: ${text}`);
    });
    item.append(button);
    get("history").prepend(item);
    get("history-empty").hidden = true;
    while (get("history").children.length > KEPT) get("history").lastChild.remove();
  }

  // A link holds what was asked for in its fragment, which browsers do not send.
  function linked() {
    const values = FIELDS.map((name) => [name, get(name).value]).filter(([name, value]) => value !== "" && !get(`${name}-label`)?.hidden);
    return `#${new URLSearchParams(values)}`;
  }
  // All that can be had is filled in; what cannot is named, and nothing else is signed in its place.
  function fill(values) {
    const among = (known, value) => [...known.keys()].find((reference) => reference === value || reference.split("@")[0] === value);
    const installed = (value) => among(models, value);
    const absent = ["model", "beside"].map((name) => values.get(name)).filter((value) => value && !installed(value));
    for (const name of FIELDS.filter((name) => !PLACES[name])) {
      const field = get(name), value = values.get(name);
      if (field.tagName === "SELECT") field.value = installed(value) ?? field.options[0].value;
      else field.value = value ?? field.defaultValue;
    }
    languages();
    const unknown = Object.keys(PLACES).filter((name) => !chosen(name, values.get(name)));
    written();
    const reason = absent.map((value) => refused.get(among(refused, value))).find((known) => known);
    if (reason) throw new Error(`${reason}; choose another`);
    if (absent.length) throw new Error(`model ${absent.join(" and ")} is not installed here; choose another, or pull it`);
    if (unknown.length) throw new Error(`languages ${values.get(unknown[0])} are not known to this model; choose others`);
  }
  // Whether a pair of languages that a link names can be chosen; where it names none, or of no model, nothing is asked.
  function chosen(name, pair) {
    const place = PLACES[name], known = pairs(place);
    if (!pair || !get(place).value) return true;
    if (!known.includes(pair)) return false;
    get(name).value = pair;
    get(name).dispatchEvent(new Event("change"));
    return true;
  }
  function follow() {
    if (location.hash.length < 2) return;
    attempt(async () => {
      fill(new URLSearchParams(location.hash.slice(1)));
      if (get("text").value) get("ask").requestSubmit();
    });
  }

  // Models that are here, but could only fail.
  function leftOut() {
    get("refused").hidden = !refused.size;
    get("refused-count").textContent = refused.size === 1 ? "1 model cannot be used" : `${refused.size} models cannot be used`;
    get("refused-reasons").replaceChildren(...[...refused.values()].map((reason) => element("li", reason)));
  }
  // The tag of the language that a text is written in: "" where the model has no language, or not one alone.
  const spoken = (ask) => ask.spoken_language ?? single(models.get(ask.model).pairs.map(([tag]) => tag));
  const single = (tags) => new Set(tags).size === 1 ? tags[0] : "";
  // What the model of a field knows, and which of it is to be signed: by the other as by the first where it can.
  const pairs = (place) => (models.get(get(place).value)?.pairs ?? []).map((pair) => pair.join(" → "));
  const pairOf = (place) => {
    const known = pairs(place), first = place === "model" ? get("pair").value : pairOf("model");
    if (known.length < 2) return known[0] ?? "";
    return known.includes(first) ? first : get("beside-pair").value;
  };
  // In words, as far as there are any; of signed languages those that a model's card is told in.
  const spokenNames = new Intl.DisplayNames(["en"], { type: "language" });
  const inWords = (pair) => {
    const [spoken, signed] = pair.split(" → "), known = [...models.values()].flatMap((model) => model.languages);
    let name = spoken;
    try { name = spokenNames.of(spoken); } catch { /* cards come from anywhere, and so do their tags */ }
    return `${name} → ${known.find((one) => one.endsWith(`(${signed})`)) ?? signed}`;
  };
  const described = ({ name, languages: known, intended_use: use }) =>
    `${name} was trained on: ${known.join(", ") || "a language that its card does not name"}. Intended use: ${use || "not stated."}`;
  const options = (pairs) => pairs.map((pair) => Object.assign(element("option", inWords(pair)), { value: pair }));
  function languages() {
    get("pair").replaceChildren(...options(pairs("model")));
    get("pair-label").hidden = pairs("model").length < 2;
    get("about").textContent = described(models.get(get("model").value));
    besides();
    written();
    if (!shown.length) tell();
  }
  function besides() {
    const known = pairs("beside"), first = pairOf("model");
    get("beside-pair").replaceChildren(...options(known));
    // Both read the same text: what is read as by the first comes before what is signed as by the first.
    const alike = [0, 1].map((place) => known.find((pair) => pair.split(" → ")[place] === first.split(" → ")[place]));
    get("beside-pair").value = alike[0] ?? alike[1] ?? known[0] ?? "";
    get("beside-pair-label").hidden = known.length < 2 || known.includes(first);
    get("beside-seed-label").hidden = !get("beside").value;
    besideTold();
  }
  function besideTold() {
    const model = models.get(get("beside").value), [first, second] = ["model", "beside"].map(pairOf);
    const unless = get("beside-pair-label").hidden ? "" : ", unless you choose others";
    const apart = first && second && first !== second ? ` It does not know ${inWords(first)}: it signs ${inWords(second)}${unless}.` : "";
    const same = model === models.get(get("model").value);
    const hint = get("beside-seed").value === "" ? "The same model: give it another seed, else both sign alike." : "";
    get("about-beside").textContent = !model ? "" : same ? hint : described(model) + apart;
  }
  // Screen readers and fonts are told the language of what is typed.
  function written() { get("text").lang = spoken(asks()[0]); }

  // A clip, and the JSON beside it if that was chosen too: who made it, and where its signs are.
  async function look(files) {
    const file = [...files].find(({ name }) => !/\.json$/i.test(name));
    if (!files.length) return;
    await attempt(async () => {
      if (!file) throw new Error("file: a .json belongs to the .pose of the same name; choose both");
      stop();
      say(`reading ${file.name} …`);
      const beside = [...files].filter(({ name }) => name === `${file.name}.json`).slice(0, 1);
      const headers = { "content-type": "application/octet-stream", "x-beside-bytes": String(beside[0]?.size ?? 0) };
      const data = await (await asked("/api/view", { method: "POST", headers, body: new Blob([file, ...beside]) })).json();
      data.title = file.name;
      show([...(get("add").checked ? shown.slice(-3) : []), { ask: null, data, whole: true, key: null }]);
      bring();
      say(`showing ${file.name}, ${data.frames} frames`);
    });
  }

  function listen() {
    new ResizeObserver(clear).observe(notice);
    get("ask").addEventListener("submit", (event) => { event.preventDefault(); sign(); });
    get("text").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      get("ask").requestSubmit();
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
    get("stop").addEventListener("click", stop);
    document.querySelector(".st-skip").addEventListener("click", (event) => {
      event.preventDefault(); // the fragment of the address is the link to what is signed
      (player ? player.root : get("stage")).focus();
    });
    get("model").addEventListener("change", languages);
    get("beside").addEventListener("change", besides);
    get("pair").addEventListener("change", () => { besides(); written(); });
    for (const name of ["beside-pair", "beside-seed"]) get(name).addEventListener("change", besideTold);
    get("copy").addEventListener("click", () => attempt(async () => {
      get("link").select();
      // Browsers keep the clipboard from pages that are neither encrypted nor of this machine.
      try { await navigator.clipboard.writeText(get("link").value); } catch {
        throw new Error("the browser does not let this page copy; the link is selected, press Ctrl and C");
      }
      say("link copied");
    }));
    get("file").addEventListener("change", () => {
      const files = [...get("file").files];
      get("file").value = ""; // else the same file, chosen again, would be no change
      look(files);
    });
    const over = (on) => (event) => { event.preventDefault(); document.body.classList.toggle("st-drop", on); };
    document.addEventListener("dragover", over(true));
    document.addEventListener("dragleave", over(false));
    document.addEventListener("drop", (event) => { over(false)(event); look(event.dataTransfer.files); });
    addEventListener("hashchange", follow);
  }

  attempt(async () => {
    const found = await (await asked("/api/models")).json();
    const sorted = found.models.sort((a, b) => (b.name === found.default) - (a.name === found.default));
    models = new Map(sorted.filter((model) => !model.refused).map((model) => [model.reference, model]));
    refused = new Map(sorted.filter((model) => model.refused).map((model) => [model.reference, model.refused]));
    leftOut();
    if (!models.size) throw new Error("no generator is installed that can be used; train or pull one");
    for (const name of ["model", "beside"]) get(name).append(...[...models.keys()].map((reference) => element("option", reference)));
    languages();
    listen();
    get("text").focus();
    document.body.dataset.ready = "yes";
    follow();
  });
})();
