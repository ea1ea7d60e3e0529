"use strict";
// Players: one or several clips side by side on one clock, by mouse, touch or keyboard; clips may grow while they play.
const SignPlayer = (() => {
  const element = (tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    if (text) made.textContent = text; // never markup: titles and texts come from anywhere
    return made;
  };
  // What is written in another direction turns no word around it.
  const foreign = (tag, name, text) => Object.assign(element(tag, name, text), { dir: "auto" });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
  // Signs of a clip and of a part that comes after it; one that goes on from one into the other is in both.
  const joined = ({ tiers, frames }, more) => {
    const later = more.tiers.map(([value, start, end]) => [value, start + frames, end + frames]);
    const each = new Map([...tiers, ...later].map((sign) => [JSON.stringify(sign), sign]));
    return [...each.values()].sort((a, b) => a[1] - b[1] || a[2] - b[2]);
  };

  class Clip {
    constructor(data, model, stage, timeline) {
      Object.assign(this, { data, model, frames: SignFigure.decode(data, model), shown: 0 });
      const figure = element("figure", "sl-clip"), caption = element("figcaption", "");
      this.canvas = element("canvas", "");
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", `${data.title}: drawn signer, ${data.frames} frames`);
      caption.append(foreign("bdi", "sl-title", data.title));
      if (data.text) caption.append(Object.assign(foreign("div", "sl-text", data.text), { lang: data.spoken || "" }));
      if (data.made) caption.append(element("span", "sl-made", data.made));
      if (data.language) caption.append(element("span", "sl-made", `Language: ${data.language}`));
      this.signs = element("div", "sl-signs");
      this.now = element("span", "sl-sign");
      this.now.append(this.gloss = foreign("bdi", ""), this.place = element("span", ""));
      figure.append(this.canvas, caption);
      stage.append(figure);
      timeline.append(this.signs);
      this.tell();
      this.look();
    }
    look() {
      this.centres = Object.fromEntries(["left", "right"].map((side) => [side, this.track(`${side}_middle1`)]));
      this.centres.face = this.track("head_origin");
    }
    // `more` is {frames, points} in the unit of the clip.
    append(more) {
      this.frames.push(...SignFigure.decode({ ...more, unit: this.data.unit }, this.model));
      this.data.tiers = joined(this.data, more);
      this.data.frames = this.frames.length;
      this.canvas.setAttribute("aria-label", `${this.data.title}: drawn signer, ${this.data.frames} frames`);
      this.tell();
      this.look();
    }
    get seconds() { return this.data.frames / this.data.fps; }
    // Where the signs are, of a clip of which that is known.
    tell() {
      const { tiers, frames } = this.data, row = element("div", "sl-tier"), share = (count) => `${100 * count / frames}%`;
      row.setAttribute("role", "list");
      row.setAttribute("aria-label", "Glosses");
      this.marks = tiers.map(([value, first, last], number) => {
        const [start, end] = [Math.max(first, 0), Math.min(last, frames)];
        const mark = foreign("span", "sl-mark", value);
        mark.setAttribute("role", "listitem");
        mark.title = `${value}, frames ${start + 1} to ${end}`;
        mark.append(element("span", "sl-hidden", `, frames ${start + 1} to ${end}`));
        mark.style.left = share(start);
        mark.style.width = share(end - start);
        return { mark, value, start, end, number };
      });
      this.head = element("span", "sl-head");
      row.append(...this.marks.map(({ mark }) => mark));
      this.now.setAttribute("aria-hidden", "true"); // the row and the slider say it
      this.time = element("div", "sl-track");
      this.time.append(row, this.head);
      const label = element("div", "sl-signs-label", "Glosses of ");
      label.append(foreign("bdi", "", this.data.title), ": ", this.now);
      this.signs.replaceChildren(label, this.time);
      this.signs.hidden = !tiers.length;
    }
    // The sign at the frame that is shown.
    get sign() { return this.marks.find(({ start, end }) => start <= this.shown && this.shown < end); }
    // Where a close-up looks: smoothed over time, so that the picture follows calmly; gaps keep the last place.
    track(name) {
      const k = this.model.points.indexOf(name), places = this.frames.map((frame) => frame[k]);
      const first = places.find((place) => place);
      if (!first) return null;
      let last = first;
      const filled = places.map((place) => (last = place || last)), reach = Math.round(this.data.fps * 0.2);
      return filled.map((_, t) => {
        const some = filled.slice(Math.max(0, t - reach), t + reach + 1);
        return [0, 1].map((axis) => some.reduce((s, place) => s + place[axis], 0) / some.length);
      });
    }
    view(zoom) {
      const whole = this.model.window, t = this.shown;
      const { left, right, face } = this.centres;
      const near = (track, half, lift = 0) => track ? { x: track[t][0], y: track[t][1] + lift, half } : whole;
      if (zoom === "hands" && left && right) {
        const [a, b] = [left[t], right[t]], apart = Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
        return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, half: clamp(apart / 2 + 0.45, 0.6, whole.half) };
      }
      const views = { left: near(left, 0.45), right: near(right, 0.45), hands: near(left || right, 0.6), face: near(face, 0.36, 0.12) };
      return views[zoom] || whole;
    }
    draw(zoom, mirror) {
      const side = Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1)) || 512;
      if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
      const background = dark.matches ? this.model.look.night : this.model.look.background;
      SignFigure.draw(this.canvas, this.model, this.frames[this.shown], this.data.sizes, this.view(zoom), mirror, background);
      const sign = this.sign;
      this.marks.forEach((one) => one.mark.classList.toggle("sl-now", one === sign));
      this.gloss.textContent = sign ? sign.value : "between signs";
      this.place.textContent = sign ? ` (${sign.number + 1} of ${this.marks.length})` : "";
      this.head.style.left = `${100 * (this.shown + 0.5) / this.data.frames}%`;
    }
  }

  class Player {
    constructor(root) {
      this.root = root;
      const { model, clips } = JSON.parse(root.querySelector(".sl-data").textContent);
      this.clips = clips.map((data) => new Clip(data, model, ...["stage", "timeline"].map((name) => root.querySelector(`.sl-${name}`))));
      const get = (name) => root.querySelector(`.sl-${name}`);
      this.controls = Object.fromEntries(["play", "back", "forward", "before", "after", "seek", "count", "speed", "zoom", "loop", "mirror", "align"].map((name) => [name, get(name)]));
      this.status = root.querySelector("[role=status]");
      get("align-label").hidden = this.clips.length < 2;
      this.fps = Math.max(...this.clips.map((clip) => clip.data.fps));
      this.measure();
      Object.assign(this, { time: 0, playing: false, last: null, growing: new Set() });
      this.listen();
      this.observer = new ResizeObserver(() => this.show());
      this.observer.observe(root);
      this.seek(0);
      if (!still.matches) this.toggle();
    }
    measure() {
      this.seconds = Math.max(...this.clips.map((clip) => clip.seconds));
      this.total = Math.max(1, Math.round(this.seconds * this.fps));
      this.controls.seek.max = this.total - 1;
      const known = this.clips.some((clip) => clip.marks.length);
      for (const name of ["before", "after"]) this.controls[name].hidden = !known;
    }
    // `growing` holds the numbers of clips of which more is to come: the clock waits at their end.
    get ready() { return Math.min(this.seconds, ...[...this.growing].map((number) => this.clips[number].seconds)); }
    grow(number, more) {
      this.clips[number].append(more);
      this.measure();
      this.show();
    }
    close() {
      this.playing = false;
      this.observer.disconnect();
      dark.removeEventListener("change", this.redraw);
    }
    get frame() { return clamp(Math.floor(this.time * this.fps + 1e-6), 0, this.total - 1); }
    show() {
      const { zoom, mirror, align, seek, count } = this.controls;
      for (const clip of this.clips) {
        const time = align.checked ? (this.frame + 0.5) / this.total * clip.seconds : (this.frame + 0.5) / this.fps;
        clip.shown = clamp(Math.floor(time * clip.data.fps), 0, clip.data.frames - 1);
        clip.draw(zoom.value, mirror.checked);
        clip.time.style.width = `${align.checked ? 100 : 100 * clip.seconds / this.seconds}%`; // all on one clock
      }
      seek.value = this.frame;
      const signs = this.clips.flatMap((clip) => clip.sign ? [clip.sign.value] : []);
      seek.setAttribute("aria-valuetext", [`frame ${this.frame + 1} of ${this.total}`, ...signs].join(", "));
      count.value = `${this.frame + 1} / ${this.total}`;
    }
    seek(frame) {
      this.time = clamp(frame, 0, this.total - 1) / this.fps;
      this.show();
    }
    say(text) { this.status.textContent = text; }
    toggle() {
      if (!this.playing && this.frame >= this.total - 1) this.time = 0;
      this.playing = !this.playing;
      this.last = null;
      this.controls.play.dataset.icon = this.playing ? "❚❚" : "▶";
      this.controls.play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
      if (this.playing) requestAnimationFrame((now) => this.tick(now));
    }
    tick(now) {
      if (!this.playing) return;
      const before = this.frame;
      if (this.last !== null) this.time += (now - this.last) / 1000 * Number(this.controls.speed.value);
      this.last = now;
      if (this.time >= this.ready) {
        if (this.growing.size) this.time = this.ready;
        else if (this.controls.loop.checked) this.time %= this.seconds;
        else { this.seek(this.total - 1); this.toggle(); return; }
      }
      if (this.frame !== before) this.show();
      requestAnimationFrame((later) => this.tick(later));
    }
    step(by) {
      if (this.playing) this.toggle();
      this.seek(this.frame + by);
      this.say(`frame ${this.frame + 1} of ${this.total}`);
    }
    // The first of the player's frames that shows a frame of a clip.
    placed(clip, frame) {
      const time = this.controls.align.checked ? frame / clip.data.frames * this.total : frame / clip.data.fps * this.fps;
      return Math.max(0, Math.ceil(time - 0.5 - 1e-6));
    }
    // To the next beginning of a sign of any clip, or the one before.
    jump(by) {
      const all = this.clips.flatMap((clip) => clip.marks.map((sign) => ({ ...sign, clip, at: this.placed(clip, sign.start) })));
      if (!all.length) return;
      const [next] = all.filter(({ at }) => by * (at - this.frame) > 0).sort((a, b) => by * (a.at - b.at));
      if (!next) { this.say(by > 0 ? "no later sign" : "no earlier sign"); return; }
      if (this.playing) this.toggle();
      this.seek(next.at);
      const whose = this.clips.length > 1 ? ` in ${next.clip.data.title}` : "";
      this.say(`${next.value}${whose}, sign ${next.number + 1} of ${next.clip.marks.length}, frame ${this.frame + 1}`);
    }
    faster(by) {
      const speed = this.controls.speed;
      speed.selectedIndex = clamp(speed.selectedIndex + by, 0, speed.options.length - 1);
      this.say(`speed ${speed.value}`);
    }
    choose(name) { this.controls.zoom.value = name; this.show(); this.say(`showing ${name}`); }
    flip(name) { this.controls[name].click(); this.say(`${name} ${this.controls[name].checked ? "on" : "off"}`); }
    listen() {
      const { play, back, forward, before, after, seek, zoom, mirror, align } = this.controls;
      play.addEventListener("click", () => this.toggle());
      back.addEventListener("click", () => this.step(-1));
      forward.addEventListener("click", () => this.step(1));
      before.addEventListener("click", () => this.jump(-1));
      after.addEventListener("click", () => this.jump(1));
      seek.addEventListener("input", () => { if (this.playing) this.toggle(); this.seek(Number(seek.value)); });
      [zoom, mirror, align].forEach((control) => control.addEventListener("change", () => this.show()));
      this.redraw = () => this.show();
      dark.addEventListener("change", this.redraw);
      const keys = {
        " ": () => this.toggle(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1),
        ",": () => this.jump(-1), ".": () => this.jump(1), Home: () => this.step(-this.total), End: () => this.step(this.total),
        "-": () => this.faster(-1), "+": () => this.faster(1), "=": () => this.faster(1),
        l: () => this.flip("loop"), m: () => this.flip("mirror"),
        1: () => this.choose("whole"), 2: () => this.choose("hands"), 3: () => this.choose("right"),
        4: () => this.choose("left"), 5: () => this.choose("face"),
      };
      this.root.addEventListener("keydown", (event) => {
        const own = event.target.closest("button, select, input, summary"); // these have keys of their own
        const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
        if (own && (event.key === " " || event.key.length > 1 || own.tagName === "SELECT")) return;
        event.preventDefault();
        act();
      });
    }
  }
  document.querySelectorAll(".sl-player").forEach((root) => { root.slPlayer = new Player(root); });
  return Object.assign(Player, { joined });
})();
