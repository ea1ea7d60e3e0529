// The screens: welcome, one trial after the other, end. Everything has a key; see the list of keys in the page.
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const { pack, rater } = document.body.dataset;
  const trials = all("template[data-code]").map((template) => ({ template, ...template.dataset }));
  const forms = { single: one("#single"), pair: one("#pair") };
  const asked = (part) => [...all("[data-question]", forms[part]).map((field) => field.dataset.question), "revealed"];
  const known = new Map([["about", ["consent", "hearing", "years", "languages"]], ...trials.map(({ code, part }) => [code, asked(part)])]);
  // Once: what is written again is read out again.
  const say = (text) => { if (one("#status").textContent !== text) one("#status").textContent = text; };
  const answers = openAnswers(pack, rater, known, say);
  const stage = one("#stage");
  let at = -1, visits = 0, players = [], active = 0, sure = false, begun = false;

  const trial = () => trials[at];
  const form = () => forms[trial().part];
  const revealed = () => answers.get(trial().code, "revealed") === "yes";
  const screen = () => (at < 0 ? "welcome" : at < trials.length ? "trial" : "end");

  // Clips. Only those on the screen exist: a hundred decoded ones would fill a phone's memory.
  function leave() {
    visits++;
    players.forEach((player) => { if (player.playing) player.toggle(); player.clips.length = 0; });
    players = [];
    stage.replaceChildren();
  }
  async function enter() {
    const visit = ++visits;
    let content;
    try { content = await contentOf(trial(), trials[at + 1]); } catch (error) {
      if (visit === visits) say(error.message);
      return;
    }
    if (visit !== visits) return; // the rater has gone on
    stage.replaceChildren(content);
    startPlayers();
    players = all(".sl-player", stage).map((root) => root.slPlayer);
    players.forEach((player, i) => {
      player.controls.loop.checked = false;
      if (i && player.playing) player.toggle();
      player.root.setAttribute("aria-label", players.length > 1 ? `Clip ${"AB"[i]}` : "Clip");
      player.controls.play.addEventListener("click", () => alone(i));
    });
    alone(0);
  }
  function alone(i) {
    active = i;
    players.forEach((player, j) => {
      player.root.classList.toggle("hr-playing", players.length > 1 && j === i);
      if (j !== i && player.playing) player.toggle();
    });
  }
  function play(i) {
    if (!players[i]) return;
    alone(i);
    players[i].toggle();
  }
  // Both clips are always shown at the same speed, size and side.
  stage.addEventListener("change", ({ target }) => {
    const name = ["speed", "zoom", "mirror", "loop"].find((control) => target.classList.contains(`sl-${control}`));
    if (!name) return;
    for (const player of players) {
      player.controls[name][target.type === "checkbox" ? "checked" : "value"] = target.type === "checkbox" ? target.checked : target.value;
      player.show();
    }
  });
  function turn(name, by) {
    if (!players.length) return;
    const control = players[0].controls[name];
    if (control.type === "checkbox") control.checked = !control.checked;
    else {
      const count = control.options.length, next = control.selectedIndex + by;
      control.selectedIndex = name === "zoom" ? (next + count) % count : Math.min(count - 1, Math.max(0, next));
    }
    control.dispatchEvent(new Event("change", { bubbles: true }));
    say(control.type === "checkbox" ? `${name} ${control.checked ? "on" : "off"}` : `${name}: ${control.selectedOptions[0].textContent}`);
  }

  // Questions.
  const open = () => all("fieldset", form()).filter((field) => !field.hidden && !field.disabled);
  const unanswered = () => open().find((field) => !answers.get(trial().code, field.dataset.question));
  // Focus on a question, or on the way on where none is left.
  function mark(field) {
    (field || one("#next")).focus({ preventScroll: true });
    (field || one("#next")).scrollIntoView({ block: "nearest" });
  }
  function fill() {
    const { code, part } = trial(), late = revealed();
    Object.entries(forms).forEach(([name, element]) => { element.hidden = name !== part; });
    for (const field of all("fieldset", form())) {
      const answer = answers.get(code, field.dataset.question), second = field.dataset.step === "2";
      field.hidden = second && !late;
      field.disabled = !second && late;
      all("input", field).forEach((input) => { input.checked = input.value === answer; });
    }
    for (const field of all("textarea", form())) {
      field.value = answers.get(code, field.name);
      field.readOnly = late && field.name === "understood";
    }
    one(".hr-text", form()).hidden = !late;
    one(".hr-text q", form()).textContent = late ? trial().text : "";
    one("#next span").textContent = late ? (at + 1 < trials.length ? "Next clip" : "To the end") : "Show the text";
  }
  Object.values(forms).forEach((element) => {
    element.addEventListener("input", ({ target }) => {
      const question = target.closest("[data-question]").dataset.question;
      answers.set(trial().code, question, target.tagName === "TEXTAREA" ? target.value.trim() : target.value);
      warn();
    });
    element.addEventListener("submit", (event) => event.preventDefault());
  });
  function digit(key) {
    const field = open().includes(document.activeElement.closest("fieldset")) ? document.activeElement.closest("fieldset") : unanswered();
    const choice = field && one(`input[data-key="${key}"]`, field);
    if (!choice) return;
    choice.click();
    mark(unanswered());
  }
  function move(by) {
    const fields = open(), here = fields.indexOf(document.activeElement.closest("fieldset"));
    const to = fields[here < 0 ? (by > 0 ? 0 : fields.length - 1) : here + by];
    if (to) mark(to);
  }
  function write(name) {
    const field = one(`textarea[name="${name}"]`, form());
    if (!field) return;
    field.focus();
    field.scrollIntoView({ block: "nearest" });
  }

  // Screens.
  const warn = () => { if (answers.trouble) say(answers.trouble); };
  function show(place) {
    leave();
    at = Math.min(trials.length, Math.max(-1, place));
    ["welcome", "trial", "end"].forEach((name) => { one(`#${name}`).hidden = name !== screen(); });
    say("");
    sure = false;
    one("#delete span").textContent = "Delete my answers";
    if (screen() === "trial") {
      one("#trial").className = `hr-${trial().part}`;
      one("#trial-title").textContent = `${trial().part === "pair" ? "Compare" : "Clip"} ${at + 1} of ${trials.length}`;
      fill();
      enter();
    } else if (screen() === "end") {
      const done = trials.filter(({ code }) => answers.get(code, "revealed")).length;
      one("#answered").textContent = `You are through with ${done} of ${trials.length}.`;
    }
    scrollTo(0, 0);
    one(`#${screen()}-title`).focus({ preventScroll: true });
    warn();
  }
  function next() {
    if (revealed()) { show(at + 1); return; }
    answers.set(trial().code, "revealed", "yes");
    fill();
    scrollTo(0, 0);
    mark(one(".hr-text", form())); // so that it is read out
  }
  // Where a rater who comes back goes on: at the first clip whose text was not shown yet.
  const resume = (last = trials.length) => { const left = trials.findIndex(({ code }) => !answers.get(code, "revealed")); show(left < 0 ? last : left); };
  const back = () => resume(trials.length - 1); // one who is through looks at the last clip again
  function about() {
    all("[data-about]").forEach((input) => { input.value = answers.get("about", input.dataset.about); });
    all('input[name="about-hearing"]').forEach((input) => { input.checked = input.value === answers.get("about", "hearing"); });
  }
  function agree() {
    const years = one('[data-about="years"]').value.trim(), wrong = !/^(\d{1,2}|1[01]\d|120)?$/.test(years);
    one("#years-error").hidden = !wrong;
    if (wrong) { one('[data-about="years"]').focus(); return; }
    answers.set("about", "consent", "yes");
    all("[data-about]").forEach((input) => answers.set("about", input.dataset.about, input.value.trim()));
    answers.set("about", "hearing", one('input[name="about-hearing"]:checked')?.value || "");
    resume();
  }
  function save() {
    const link = document.createElement("a"), name = `ratings-${pack}-${rater}.csv`;
    link.href = URL.createObjectURL(new Blob([answers.csv()], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(`Saved as ${name}, where this browser puts downloads.`);
  }
  async function load(file) {
    const trouble = answers.read(await file.text());
    about();
    if (trouble) say(trouble);
    else if (answers.get("about", "consent")) { resume(); say("Your saved answers are back."); }
  }
  function remove() {
    if (!sure) {
      sure = true;
      one("#delete span").textContent = "Press again to delete all my answers";
      say("Press D again to delete all your answers.");
      return;
    }
    Promise.resolve(answers.forget()).then(() => {
      about();
      show(-1);
      say(answers.gone);
    }).catch((error) => say(error.message));
  }
  const pick = () => one("#file").click();

  const click = (selector, act) => all(selector).forEach((button) => button.addEventListener("click", act));
  click("#agree", agree);
  click("#next", next);
  click("#previous", () => show(Math.max(0, at - 1)));
  click("#stop", () => show(trials.length));
  click("#back", back);
  click("#delete", remove);
  click(".hr-save", save);
  click(".hr-open", pick);
  one("#file").addEventListener("change", ({ target }) => { if (target.files[0]) load(target.files[0]); target.value = ""; });

  const always = { k: () => { one("#keys").open = !one("#keys").open; if (one("#keys").open) one("#keys summary").focus(); }, ...(one(".hr-open") ? { o: pick } : {}) };
  const keys = {
    welcome: { ...always, y: agree },
    trial: {
      ...always, n: next, p: () => show(Math.max(0, at - 1)), x: () => show(trials.length), s: save,
      " ": () => play(active), a: () => play(0), b: () => play(1), ArrowLeft: () => players[active]?.step(-1), ArrowRight: () => players[active]?.step(1),
      "-": () => turn("speed", -1), "+": () => turn("speed", 1), "=": () => turn("speed", 1), z: () => turn("zoom", 1), m: () => turn("mirror"), l: () => turn("loop"),
      ArrowUp: () => move(-1), ArrowDown: () => move(1), w: () => write("understood"), c: () => write("comment"),
      ...Object.fromEntries([..."012345"].map((key) => [key, () => digit(key)])),
    },
    end: { ...always, s: save, p: back, d: remove },
  };
  // Before the player's own listener, whose digits mean something else.
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!begun) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (target.matches("textarea, input[type=text]")) {
      if (key === "Escape") one(`#${screen()}-title`).focus();
      return;
    }
    if (target.matches("select") || !one("#single-keys").checked) return;
    const own = target.matches("button, summary, input"); // these use the space bar, arrows and Enter themselves
    const act = keys[screen()][key.length === 1 ? key.toLowerCase() : key];
    if (!act || (own && (key === " " || key.length > 1))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);

  function begin() {
    begun = true;
    document.body.dataset.ready = "yes";
    one("#agree").disabled = false;
    about();
    show(-1);
    if (answers.get("about", "consent")) say("Your earlier answers are still here. Press Y to go on.");
  }
  const opening = answers.open();
  if (opening) {
    one("#agree").disabled = true;
    opening.then(begin).catch((error) => say(error.message));
  } else begin();
})();
