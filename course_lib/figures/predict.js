// Predict by drawing: the run is veiled until the curve has been drawn by hand, and then compared.
//
// A task is {panel: number of the panel to draw in, kind: "curve" | "path"}; a guess {of, points:
// [[x, y], …] in data units, revealed}, where `of` says on which axes it was drawn. One point alone is
// a guess too: of the curve at its x, or of the end of the path. With a kernel and without.

const STROKE = 3; // pixels between the points of a stroke
const CELL = 2; // pixels of x in which a curve has one point
const FEW = 12; // points that are shown each
const STEP = 0.02; // of an axis: a press of an arrow key; with Shift five times that
const SAMPLES = 200; // of a curve
const ALONG = 60; // points of a path that are compared
const HELD_KEYS = /^(Arrow\w+|Enter| |Backspace)$/;
const STAYS = ["rings", "stars"]; // the start and the minimum are no part of the run
const PEN = { kind: "line", width: 3, dash: [0.1, 1.6], opacity: 1 };

// `store` keeps the guess: get() and set(guess, settled), which redraws. Null where nothing is to be
// predicted.
function predicted(task, store, words, redraw) {
  if (!("panel" in task)) return null;
  const bar = document.createElement("div");
  bar.className = "course-guess";
  const reveal = addButton(bar, "course-reveal", words.reveal, () => {
    change({ revealed: true });
    anew.focus();
  });
  const anew = addButton(bar, "course-anew", words.anew, () => {
    change({ points: [], revealed: false });
    held.focus({ preventScroll: true });
  });
  const told = document.createElement("output");
  told.setAttribute("aria-live", "polite");
  bar.append(told);
  let panel = null;
  let held = null; // the canvas
  let cursor = null; // where the keyboard draws, as shares of the axes
  let stroke = null; // the last point of the stroke that is being drawn

  const axes = () => `${panel.x.label} | ${panel.y.label}`;
  const veils = () => !store.get().revealed;
  const points = () => (store.get().of === axes() ? store.get().points : []);
  const place = ([x, y]) => [scale(panel.x, x), scale(panel.y, y)];

  function change(what, settled = true) {
    store.set({ of: axes(), points: points(), revealed: !veils(), ...what }, settled);
  }

  // The picture without its run, as long as that is to be predicted.
  function veil(picture) {
    panel = picture.layout[task.panel];
    if (!panel || !veils()) return picture;
    return { ...picture, layout: picture.layout.map(veiledPanel), lines: "" };
  }

  function draw(el, canvases, picture, colors) {
    const canvas = canvases[task.panel];
    if (!panel || !canvas.size.width) return;
    const ctx = canvas.getContext("2d", { alpha: canvas.clear });
    const box = frame(canvas);
    const shape = points().map(place).map(([u, v]) => [box.left + box.width * u, box.top + box.height * (1 - v)]);
    const ink = picture.images[task.panel] ? "black" : colors.text;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.width, box.height);
    ctx.clip();
    ctx.lineCap = "round";
    drawMark(ctx, PEN, shape, ink);
    if (shape.length <= FEW) drawMark(ctx, { ...PEN, kind: "dots", size: 4 }, shape, ink);
    if (cursor && veils() && document.activeElement === canvas) drawCursor(ctx, box, cursor, ink);
    ctx.restore();
    follow(el, canvas, picture);
  }

  // What may be done now, for every kind of reader.
  function follow(el, canvas, picture) {
    const open = veils();
    el.classList.toggle("course-veiled", open);
    canvas.classList.toggle("course-drawable", open);
    canvas.setAttribute("role", open ? "application" : "img");
    canvas.tabIndex = open ? 0 : -1;
    canvas.title = open ? words.draw : "";
    reveal.disabled = !open;
    if (open && cursor) told.textContent = at(cursor);
    else if (open) told.textContent = "";
    else told.textContent = comparison(picture, task, points());
    told.title = told.textContent && !open ? words.distance : "";
  }

  const at = ([u, v]) =>
    `${panel.x.label} = ${short(unscale(panel.x, u), 3)}, ${panel.y.label} = ${short(unscale(panel.y, v), 3)}`;

  // The listeners of the canvas to draw in come before its others, and keep the stroke from them.
  function hold(canvas, i) {
    if (i !== task.panel) return;
    held = canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (!veils() || event.button > 0) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      cursor = stroke = null;
      put(under(event), false);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke) return;
      event.stopImmediatePropagation();
      const { width, height } = frame(canvas);
      for (const each of event.getCoalescedEvents()) {
        const share = under(each);
        if (Math.hypot((share[0] - stroke[0]) * width, (share[1] - stroke[1]) * height) >= STROKE) put(share, false);
      }
    });
    const lift = (event) => {
      if (!stroke) return;
      event.stopImmediatePropagation();
      stroke = null;
      change({}, true);
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("keydown", press);
    canvas.addEventListener("blur", () => {
      cursor = null;
      redraw();
    });
  }

  function under(event) {
    const box = frame(held);
    const whole = held.getBoundingClientRect();
    const zoom = whole.width / held.size.width; // of a deck
    const x = (event.clientX - whole.left) / zoom - box.left;
    const y = (event.clientY - whole.top) / zoom - box.top;
    return [inside(x / box.width), inside(1 - y / box.height)];
  }

  function put(share, settled) {
    const known = points().map(place);
    const kept = task.kind === "path" ? known.map(() => true) : beside(known, share, stroke, CELL / frame(held).width);
    const next = [...points().filter((_, i) => kept[i]), value(share)];
    if (task.kind === "curve") next.sort((one, other) => one[0] - other[0]);
    stroke = settled ? null : share;
    change({ points: next }, settled);
  }

  const value = ([u, v]) => [unscale(panel.x, u), unscale(panel.y, v)].map((its) => Number(its.toPrecision(6)));

  function press(event) {
    if (!veils() || !HELD_KEYS.test(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? 5 * STEP : STEP;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowDown: [0, -far], ArrowUp: [0, far] };
    const move = moves[event.key];
    cursor ??= place(points().at(-1) ?? value([0, 0.5]));
    if (move) cursor = cursor.map((share, i) => inside(share + move[i]));
    else if (event.key === "Backspace") change({ points: points().slice(0, -1) });
    else put(cursor, true);
    redraw();
  }

  // The notebook, which has its own use for these keys, leaves a marked element alone.
  function keepKeys(event) {
    if (event.target !== held) return;
    const ours = veils() && HELD_KEYS.test(event.key) && !(event.key === "Enter" && event.shiftKey);
    held.toggleAttribute("data-lm-suppress-shortcuts", ours);
  }

  window.addEventListener("keydown", keepKeys, true);
  const close = () => window.removeEventListener("keydown", keepKeys, true);
  const alt = (i) => (veils() ? (i === task.panel ? words.draw : "") : null);
  return { bar, veil, hold, draw, alt, close };
}

function addButton(bar, style, title, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = style;
  button.title = title;
  button.setAttribute("aria-label", title);
  button.append(document.createElement("span"));
  button.addEventListener("click", act);
  bar.append(button);
  return button;
}

function veiledPanel(panel) {
  const hidden = (mark) => (STAYS.includes(mark.kind) ? mark : { ...mark, opacity: 0, label: "" });
  return { ...panel, marks: panel.marks.map(hidden) };
}

function inside(share) {
  return Math.min(1, Math.max(0, share));
}

function drawCursor(ctx, box, [u, v], ink) {
  const x = box.left + box.width * u;
  const y = box.top + box.height * (1 - v);
  const hair = { kind: "line", width: 1, dash: [], opacity: 0.7 };
  drawMark(ctx, hair, [[box.left, y], [box.left + box.width, y]], ink);
  drawMark(ctx, hair, [[x, box.top], [x, box.top + box.height]], ink);
  drawMark(ctx, { kind: "rings", width: 2, size: 6, dash: [], opacity: 1 }, [[x, y]], ink);
}

// Which points of a curve stay when a stroke comes from `last` to `share`: it has one y for each x.
function beside(points, [u], last, cell) {
  const between = (its) => last && its > Math.min(last[0], u) && its < Math.max(last[0], u);
  return points.map(([its]) => Math.abs(its - u) >= cell && !between(its));
}

// ---- How far off the guess was ----------------------------------------------------------------

// "⌀ |Δ lg(f − f*)| = 0.42", of several lines "⌀ |Δ x|: GD: 0.42; Adam: 1.3", "" where nothing can be
// compared.
function comparison(picture, task, points) {
  const { x, y } = picture.layout[task.panel];
  if (!points.length) return "";
  const distance = task.kind === "path" ? betweenPaths : betweenCurves;
  const parts = [];
  for (const { label, runs } of linesOf(picture, task.panel)) {
    const all = runs.map((run) => distance(points, run, x, y)).filter(Number.isFinite);
    if (all.length) parts.push([label, short(mean(all), 2)]);
  }
  const what = `⌀ |Δ ${task.kind === "path" ? `(${units(x)}, ${units(y)})` : units(y)}|`;
  if (parts.length === 1) return `${what} = ${parts[0][1]}`;
  return parts.length ? `${what}: ${parts.map((part) => part.join(": ")).join("; ")}` : "";
}

function units({ label, log }) {
  if (log) return `lg(${label})`;
  return label.includes(" ") ? `(${label})` : label;
}

function short(value, digits) {
  return String(Number(value.toPrecision(digits))).replaceAll("-", "−");
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// The lines of a panel by their look, [{label, runs: [[[x, y], …], …]}]: those whose look has a name, in
// this panel or another, else the first.
function linesOf({ layout, points }, panel) {
  const look = (mark) => [mark.color, ...mark.dash].join();
  const others = [...layout].reverse(); // an earlier panel's name goes before a later one's
  const marks = [...others, layout[panel]].flatMap((its) => its.marks);
  const named = marks.filter((mark) => mark.kind === "line" && mark.label);
  const names = new Map(named.map((mark) => [look(mark), mark.label]));
  const before = layout.slice(0, panel).flatMap((its) => its.marks);
  let at = before.reduce((n, mark) => n + mark.n, 0);
  const lines = new Map();
  for (const mark of layout[panel].marks) {
    const run = Array.from({ length: mark.n }, (_, i) => [points[2 * (at + i)], points[2 * (at + i) + 1]]);
    at += mark.n;
    if (mark.kind !== "line") continue;
    const its = lines.get(look(mark)) ?? { label: names.get(look(mark)) ?? "", runs: [] };
    its.runs.push(run);
    lines.set(look(mark), its);
  }
  const all = [...lines.values()];
  const known = all.filter(({ label }) => label);
  return known.length ? known : all.slice(0, 1);
}

// The mean vertical distance where both are, in units of the y axis: decades if it is logarithmic.
// What lies outside the frame counts as its edge, beyond which nobody can draw.
function betweenCurves(points, run, x, y) {
  const shares = (curve) =>
    curve
      .map((point) => [scale(x, point[0]), inside(scale(y, point[1]))])
      .filter(([u, v]) => Number.isFinite(u) && Number.isFinite(v))
      .sort((one, other) => one[0] - other[0]);
  const [drawn, known] = [shares(points), shares(run)];
  if (!drawn.length || !known.length) return NaN;
  const low = Math.max(drawn[0][0], known[0][0]);
  const high = Math.min(drawn.at(-1)[0], known.at(-1)[0]);
  if (low > high) return NaN;
  const count = low === high ? 1 : SAMPLES;
  const apart = Array.from({ length: count }, (_, i) => {
    const u = low + ((high - low) * i) / Math.max(1, count - 1);
    return Math.abs(height(drawn, u) - height(known, u));
  });
  return mean(apart) * (y.log ? Math.log10(y.high / y.low) : y.high - y.low);
}

function height(curve, u) {
  const after = curve.findIndex((point) => point[0] >= u);
  if (after < 0) return curve.at(-1)[1];
  if (after === 0) return curve[0][1];
  const [[u0, v0], [u1, v1]] = [curve[after - 1], curve[after]];
  return u1 > u0 ? v0 + ((v1 - v0) * (u - u0)) / (u1 - u0) : v1;
}

// The mean distance of the points of one path from the other, both ways; of one point from the end.
function betweenPaths(points, run, x, y) {
  const at = (axis, value) => (axis.log ? Math.log10(value) : value);
  const inFrame = ([a, b]) => [scale(x, a), scale(y, b)].every((share) => share >= 0 && share <= 1);
  const left = run.findIndex((point) => !inFrame(point));
  const seen = (left < 0 ? run : run.slice(0, left)).map(([a, b]) => [at(x, a), at(y, b)]);
  const drawn = points.map(([a, b]) => [at(x, a), at(y, b)]);
  if (!seen.length) return NaN;
  if (drawn.length === 1) return Math.hypot(...drawn[0].map((value, i) => value - seen.at(-1)[i]));
  const from = (one, other) => mean(along(one).map((point) => toPath(point, other)));
  return (from(drawn, seen) + from(seen, drawn)) / 2;
}

// Points at equal distances along a path.
function along(path) {
  const lengths = [0];
  for (let i = 1; i < path.length; i++) {
    lengths.push(lengths[i - 1] + Math.hypot(path[i][0] - path[i - 1][0], path[i][1] - path[i - 1][1]));
  }
  if (!lengths.at(-1)) return path.slice(0, 1);
  const columns = [0, 1].map((axis) => path.map((point, i) => [lengths[i], point[axis]]));
  return Array.from({ length: ALONG }, (_, j) => {
    return columns.map((column) => height(column, (lengths.at(-1) * j) / (ALONG - 1)));
  });
}

function toPath([x, y], path) {
  let nearest = Math.hypot(x - path[0][0], y - path[0][1]);
  for (let i = 1; i < path.length; i++) {
    const [[x0, y0], [x1, y1]] = [path[i - 1], path[i]];
    const square = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    const share = square ? Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square)) : 0;
    nearest = Math.min(nearest, Math.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0)));
  }
  return nearest;
}
