"use strict";
// Draws the signer on a canvas: the same figure as the package's own pictures, from the same constants.
const SignFigure = (() => {
  const rgb = (c) => `rgb(${c.map(Math.round).join(",")})`;
  const mix = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);
  const clip = (v, low, high) => Math.min(high, Math.max(low, v));
  const sum = (a, b, k = 1) => [a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2]];
  const middle = (...all) => all.reduce((s, p) => sum(s, p, 1 / all.length), [0, 0, 0]);
  const flat = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

  class Painter {
    constructor(context, model, points) {
      Object.assign(this, { context, model, look: model.look, points });
      this.index = Object.fromEntries(model.points.map((name, i) => [name, i]));
    }
    at(name) { return this.points[this.index[name]] || [0, 0, 0]; }
    seen(...names) { return names.every((name) => this.points[this.index[name]]); }

    fill(colour) { this.context.fillStyle = rgb(colour); this.context.fill(); }

    capsule(a, b, ra, rb, colour, bulgeA = 1, bulgeB = 1) {
      const turn = Math.atan2(b[1] - a[1], b[0] - a[0]), quarter = Math.PI / 2, c = this.context;
      c.beginPath();
      c.ellipse(b[0], b[1], Math.max(rb * bulgeB, 1e-6), rb, turn, -quarter, quarter);
      c.ellipse(a[0], a[1], Math.max(ra * bulgeA, 1e-6), ra, turn, quarter, 3 * quarter);
      this.fill(colour);
    }
    polygon(points, colour) {
      this.context.beginPath();
      points.forEach((p) => this.context.lineTo(p[0], p[1]));
      this.fill(colour);
    }
    // Closed Catmull–Rom curve, sharp at the numbered corners.
    loop(points, colour, corners = []) {
      const n = points.length, c = this.context;
      const tangent = (i) => corners.includes(i) ? [0, 0, 0] : sum(points[(i + 1) % n], points[(i + n - 1) % n], -1).map((v) => v / 2);
      c.beginPath();
      c.moveTo(points[0][0], points[0][1]);
      for (let i = 0; i < n; i++) {
        const j = (i + 1) % n, a = sum(points[i], tangent(i), 1 / 3), b = sum(points[j], tangent(j), -1 / 3);
        c.bezierCurveTo(a[0], a[1], b[0], b[1], points[j][0], points[j][1]);
      }
      this.fill(colour);
    }
    stroke(points, radius, colour) {
      for (let i = 1; i < points.length; i++) this.capsule(points[i - 1], points[i], radius, radius, colour);
    }

    head() {
      if (!this.seen("head_origin", "head_x", "head_y", "head_z")) return null;
      const origin = this.at("head_origin");
      const axes = ["x", "y", "z"].map((axis) => sum(this.at(`head_${axis}`), origin, -1));
      const place = (m) => m.slice(0, 3).reduce((p, v, i) => sum(p, axes[i], v / this.model.metres), origin);
      return { origin, axes, place };
    }
    ball(head, [centre, radii], colour, side = 1) {
      const at = head.place([centre[0] * side, centre[1], centre[2]]);
      const rows = [0, 1].map((row) => head.axes.map((axis, i) => axis[row] * radii[i] / this.model.metres));
      const dot = (a, b) => a.reduce((s, v, i) => s + v * b[i], 0);
      const a = Math.sqrt(dot(rows[0], rows[0]) + 1e-9), b = dot(rows[0], rows[1]) / a;
      const c = Math.sqrt(Math.max(dot(rows[1], rows[1]) - b * b, 1e-9));
      const outline = Array.from({ length: 40 }, (_, i) => {
        const angle = i * Math.PI / 20, x = Math.cos(angle), y = Math.sin(angle);
        return [at[0] + a * x, at[1] + b * x + c * y];
      });
      this.polygon(outline, colour);
    }

    torso(head) {
      if (!this.seen("left_shoulder", "right_shoulder")) return null;
      const left = this.at("left_shoulder"), right = this.at("right_shoulder"), between = middle(left, right);
      const across = sum(left, right, -1), long = Math.hypot(across[0], across[1]) || 1;
      let down = [across[1] / long, -across[0] / long, 0];
      if (down[1] > 0) down = down.map((v) => -v);
      if (this.seen("pelvis")) down = sum(this.at("pelvis"), between, -1).map((v) => v / this.model.belly);
      const side = (sign) => this.model.torso.map(([x, y]) => sum(sum(between, across, sign * x), down, y));
      const half = side(1), n = half.length;
      const depth = (head ? Math.min(between[2], head.origin[2]) : between[2]) - this.model.torsoBehind;
      return { depth, paint: () => {
        this.loop([...half, ...side(-1).reverse()], this.look.clothing, [n - 1, n]);
        if (head) this.capsule(sum(between, down, -0.1), head.place(this.model.nape), 0.165, 0.15, this.look.shade);
      } };
    }
    palmDepth(side) {
      return middle(...["hand_root", "index1", "middle1", "ring1", "pinky1"].map((name) => this.at(`${side}_${name}`)))[2];
    }
    arm(side) {
      const units = [], [shoulder, elbow, wrist] = ["shoulder", "elbow", "wrist"].map((name) => `${side}_${name}`);
      let limit = this.seen(`${side}_hand_root`) ? this.palmDepth(side) : Infinity;
      for (const [a, b, ra, rb] of [[elbow, wrist, 0.108, 0.07], [shoulder, elbow, 0.13, 0.108]]) {
        if (!this.seen(a, b)) continue;
        const from = this.at(a), to = this.at(b), edge = this.model.sleeveEdge;
        limit = Math.min((from[2] + to[2]) / 2, limit - 0.02);
        units.push({ depth: limit, paint: () => {
          this.capsule(from, to, ra + edge, rb + edge, this.look.seam);
          this.capsule(from, to, ra, rb, this.look.sleeve);
        } });
      }
      return units;
    }

    hand(side, size) {
      const units = [], root = this.at(`${side}_hand_root`), names = Object.keys(this.model.fingers);
      const edge = this.model.handEdge, wrist = (place) => sum(root, sum(place, root, -1), 0.12);
      if (this.seen(`${side}_hand_root`)) {
        const knuckles = names.filter((name) => this.seen(`${side}_${name}1`)).map((name) => this.at(`${side}_${name}1`));
        const tone = mix(this.look.shade, this.look.skin, (this.inside(side) + 1) / 2);
        const bone = (place, more, colour) => this.capsule(wrist(place), place, 0.055 * size + more, 0.036 * size + more, colour);
        units.push({ depth: this.palmDepth(side), paint: () => {
          knuckles.forEach((place) => bone(place, edge, this.look.edge));
          knuckles.forEach((place) => bone(place, 0, tone));
        } });
      }
      names.forEach((name, number) => {
        const radii = this.model.fingers[name].map((radius) => radius * size);
        const points = ["1", "2", "3", "_tip"].map((part) => `${side}_${name}${part}`);
        const chain = [root, ...points.map((point) => this.at(point))];
        const bends = [0, 1, 2].map((i) => this.bend(chain[i], chain[i + 1], chain[i + 2])).concat(1);
        for (let i = 0; i < 3; i++) {
          if (!this.seen(points[i], points[i + 1])) continue;
          const a = chain[i + 1], b = chain[i + 2], depth = (a[2] + b[2]) / 2;
          const short = 1 - clip(flat(a, b) / (2 * radii[i]), 0, 1), near = clip((depth - root[2]) / 0.25, -1, 1);
          const base = this.look.fingers[number];
          const tone = near < 0 ? mix(base, this.look.edge, -0.3 * near) : mix(base, this.look.eye, 0.15 * near);
          units.push({ depth, paint: () => {
            this.capsule(a, b, radii[i] + edge, radii[i + 1] + edge, this.look.edge, Math.max(bends[i], short), Math.max(bends[i + 1], short));
            this.capsule(a, b, radii[i], radii[i + 1], tone);
          } });
        }
      });
      return units;
    }
    inside(side) {
      const root = this.at(`${side}_hand_root`), a = sum(this.at(`${side}_index1`), root, -1), b = sum(this.at(`${side}_pinky1`), root, -1);
      const whole = Math.max(Math.hypot(a[0], a[1]) * Math.hypot(b[0], b[1]), 1e-6);
      return clip((side === "left" ? -3 : 3) * (a[0] * b[1] - a[1] * b[0]) / whole, -1, 1);
    }
    bend(a, b, c) {
      const u = sum(b, a, -1), v = sum(c, b, -1), whole = Math.max(Math.hypot(...u) * Math.hypot(...v), 1e-6);
      return clip((0.94 - (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / whole) / 0.44, 0, 1);
    }

    skull(head) {
      const model = this.model, look = this.look;
      [1, -1].forEach((side) => this.ball(head, model.ear, look.shade, side));
      this.ball(head, model.skull, look.hair);
      this.ball(head, model.jaw, look.shade);
      let shift = [0, 0, 0];
      if (this.seen("chin")) {
        const up = head.axes[1], gone = sum(this.at("chin"), head.place(model.chin), -1);
        const size = Math.max(up[0] ** 2 + up[1] ** 2 + up[2] ** 2, 1e-6);
        shift = up.map((v) => v * (gone[0] * up[0] + gone[1] * up[1] + gone[2] * up[2]) / size);
      }
      const mask = [...model.mask, ...model.mask.slice(1, -1).reverse().map(([x, y, z, w]) => [-x, y, z, w])];
      this.loop(mask.map((m) => sum(head.place(m), shift, m[3])), look.skin);
      [1, -1].forEach((side) => { if (head.axes[0][2] * side > 0.35) this.ball(head, model.ear, look.shade, side); });
      const nose = model.nose.map(head.place);
      this.polygon(nose, mix(look.skin, look.shade, 0.5));
      this.capsule(nose[1], nose[3], 0.006, 0.006, look.shade);
    }
    bow(a, b, top) {
      const lift = sum(top, middle(a, b), -1);
      return Array.from({ length: 9 }, (_, i) => sum(sum(a, sum(b, a, -1), i / 8), lift, i / 2 * (1 - i / 8)));
    }
    mouth() {
      const look = this.look, lips = this.model.lips;
      if (!this.seen(...lips)) return;
      this.loop(lips.map((name) => this.at(name)), look.lips, [0, 4]);
      if (!this.seen("lip_upper_inner", "lip_lower_inner")) return;
      const [left, right] = ["mouth_left", "mouth_right"].map((name) => this.at(name)), centre = middle(left, right);
      const [a, b] = [left, right].map((p) => sum(p, sum(centre, p, -1), 0.1));
      const upper = this.bow(a, b, this.at("lip_upper_inner")), lower = this.bow(a, b, this.at("lip_lower_inner"));
      const height = flat(this.at("lip_upper_inner"), this.at("lip_lower_inner")), share = Math.min(0.4, 0.018 / Math.max(height, 1e-6));
      this.polygon([...upper, ...[...lower].reverse()], look.mouth);
      if (height > 0.03) this.polygon([...upper, ...upper.map((p, i) => sum(p, sum(lower[i], p, -1), share)).reverse()], look.teeth);
      this.stroke(upper.map((p, i) => middle(p, lower[i])), 0.005, look.mouth);
    }
    eye(side) {
      const look = this.look, names = ["outer", "inner", "upper"].map((place) => `${side}_eye_${place}`);
      if (!this.seen(...names)) {
        if (this.seen(`${side}_eye`)) this.capsule(this.at(`${side}_eye`), this.at(`${side}_eye`), 0.022, 0.022, look.iris);
        return;
      }
      const [outer, inner, upper] = names.map((name) => this.at(name)), width = Math.max(flat(outer, inner), 1e-6);
      const along = [(inner[0] - outer[0]) / width, (inner[1] - outer[1]) / width];
      const up = along[0] < 0 ? [along[1], -along[0]] : [-along[1], along[0]], centre = middle(outer, inner);
      const height = Math.max((upper[0] - centre[0]) * up[0] + (upper[1] - centre[1]) * up[1], 0);
      const depth = 0.14 * width * clip(height / (0.15 * width), 0, 1), gazing = this.seen(`${side}_eye_iris`);
      const point = (u, v) => [outer[0] + u * along[0] + v * up[0], outer[1] + u * along[1] + v * up[1]];
      const arch = (u) => 4 * clip(u / width, 0, 1) * (1 - clip(u / width, 0, 1));
      const steps = Array.from({ length: 9 }, (_, i) => i * width / 8), lid = steps.map((u) => point(u, height * arch(u)));
      this.polygon([...lid, ...steps.map((u) => point(u, -depth * arch(u))).reverse()], gazing ? look.eye : look.iris);
      if (gazing) {
        const iris = this.at(`${side}_eye_iris`), dx = iris[0] - outer[0], dy = iris[1] - outer[1], radius = 0.19 * width;
        const between = (u, v) => clip(v, -depth * arch(u), height * arch(u));
        const x = clip(dx * along[0] + dy * along[1], radius, width - radius), y = between(x, dx * up[0] + dy * up[1]);
        this.polygon(Array.from({ length: 20 }, (_, i) => {
          const angle = i * Math.PI / 10, u = x + radius * Math.cos(angle);
          return point(u, between(u, y + radius * Math.sin(angle)));
        }), look.iris);
      }
      this.stroke(lid, 0.005, look.brow);
    }
    brow(side) {
      for (let i = 1; i < 5; i++) {
        const a = `${side}_brow${i}`, b = `${side}_brow${i + 1}`, radii = this.model.brow;
        if (this.seen(a, b)) this.capsule(this.at(a), this.at(b), radii[i - 1], radii[i], this.look.brow);
      }
    }

    draw(sizes) {
      const head = this.head(), torso = this.torso(head), units = torso ? [torso] : [];
      if (head) units.push({ depth: head.origin[2] - this.model.headBehind, paint: () => {
        this.skull(head);
        this.mouth();
        ["left", "right"].forEach((side) => this.eye(side));
        ["left", "right"].forEach((side) => this.brow(side));
      } });
      for (const side of ["left", "right"]) units.push(...this.arm(side));
      for (const side of ["left", "right"]) units.push(...this.hand(side, sizes[side]));
      units.sort((a, b) => a.depth - b.depth).forEach((unit) => unit.paint());
    }
  }

  // Little-endian int16 [frames][points][3]; the least number marks a point that is not drawn.
  function decode(clip, model) {
    const bytes = Uint8Array.from(atob(clip.points), (c) => c.charCodeAt(0)), view = new DataView(bytes.buffer);
    const count = model.points.length, frames = [];
    for (let t = 0, at = 0; t < clip.frames; t++) {
      const frame = [];
      for (let k = 0; k < count; k++, at += 6) {
        const x = view.getInt16(at, true);
        frame.push(x === -32768 ? null : [x, view.getInt16(at + 2, true), view.getInt16(at + 4, true)].map((v) => v * clip.unit));
      }
      frames.push(frame);
    }
    return frames;
  }

  // `view` is {x, y, half}: the square of body coordinates that fills the canvas.
  function draw(canvas, model, points, sizes, view, mirror, background) {
    const context = canvas.getContext("2d"), scale = canvas.width / (2 * view.half);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = rgb(background);
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(mirror ? -scale : scale, 0, 0, -scale, canvas.width / 2 - (mirror ? -1 : 1) * view.x * scale, canvas.height / 2 + view.y * scale);
    new Painter(context, model, points).draw(sizes);
  }
  return { decode, draw };
})();
