// Draws the panels that Python describes (scene.py), one canvas each, and reports the pointer.
// Nothing is decided here: axes, ticks, colours and points all come from the kernel. Colours of
// text and frame come from the page, so light and dark themes both work. The controls around the
// canvases are ipywidgets'; what those lack for keyboards and screen readers is in `attend`.

const FONT = 15;
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;
const BOX_KEYS = /^Arrow(Up|Down)$/;
const PATIENCE = 400; // ms without a picture before the kernel is asked, and asked again
const PIECE = 500; // points of a line that are stroked at once
const GAP = 6; // between the labels of ticks
const MARGIN = { left: 66, right: 14, top: 12, bottom: 46 };

function render({ model, el }) {
  el.classList.add("course-canvas");
  let canvases = [];
  let pictures = [];
  let saying = null;
  let colors = readColors(el);
  const controls = attend(model, el);

  const sizes = new ResizeObserver((entries) => {
    entries.forEach((entry) => measure(entry.target));
    colors = readColors(el);
    redraw();
  });

  // One message changes several values: they are drawn once, and at once, for the next frame.
  let scheduled = false;
  function redraw() {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      drawAll();
    });
  }

  function drawAll() {
    const layout = model.get("layout_json");
    const view = model.get("points");
    const points = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    fitCanvases(layout.map((panel) => panel.share));
    let offset = 0;
    layout.forEach((panel, i) => {
      offset = drawPanel(canvases[i], panel, pictures[i], points, offset, colors);
    });
    clearTimeout(saying);
    saying = setTimeout(sayAll, 200);
  }

  // A screen reader hears of a picture that stands still, not of every one during a drag.
  function sayAll() {
    model.get("layout_json").forEach((panel, i) => {
      canvases[i].setAttribute("aria-label", `${panel.name}. ${model.get("alt")}`);
    });
    controls.say();
  }

  function fitCanvases(shares) {
    if (el.shares === shares.join()) return;
    el.shares = shares.join();
    el.replaceChildren();
    canvases = shares.map((share, i) => {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.clear = !colors.ground.startsWith("rgb("); // an opaque canvas costs less
      canvas.style.setProperty("--share", share);
      el.append(canvas);
      listen(canvas, i);
      sizes.observe(canvas);
      return canvas;
    });
    canvases.forEach(measure);
  }

  function loadPictures() {
    pictures = model.get("images").map((bytes) => {
      if (!bytes.byteLength) return null;
      const picture = new Image();
      picture.onload = redraw;
      picture.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
      return picture;
    });
    redraw();
  }

  // A click or a drag on a panel: the point in data units. A synced trait, not a message, so that
  // ipywidgets keeps only the newest position while the kernel is busy. A finger that moves up or
  // down scrolls the page (the browser cancels the pointer); a tap or a move to the side is ours.
  function listen(canvas, i) {
    let pressed = null;
    const report = (event) => {
      const axes = model.get("layout_json")[i];
      const box = frame(canvas);
      const u = (event.offsetX - box.left) / box.width;
      const v = 1 - (event.offsetY - box.top) / box.height;
      if (u < 0 || u > 1 || v < 0 || v > 1) return;
      model.set("pointer", { panel: axes.name, x: unscale(axes.x, u), y: unscale(axes.y, v) });
      model.save_changes();
    };
    const finger = (event) => event.pointerType === "touch";
    canvas.addEventListener("pointerdown", (event) => {
      pressed = { x: event.offsetX };
      canvas.setPointerCapture(event.pointerId);
      if (!finger(event)) report(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (pressed && (!finger(event) || Math.abs(event.offsetX - pressed.x) > 8)) report(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (pressed && finger(event)) report(event);
      pressed = null;
    });
    canvas.addEventListener("pointercancel", () => (pressed = null));
  }

  model.on("change:layout_json change:points change:alt", redraw);
  model.on("change:images", loadPictures);
  const theme = new MutationObserver(() => {
    colors = readColors(el);
    redraw();
  });
  theme.observe(document.body, { attributes: true });
  loadPictures();
  return () => {
    sizes.disconnect();
    theme.disconnect();
    controls.leave();
  };
}

// Names, keys and signs for the controls of the figure; `say` says their values anew, `leave` ends it.
function attend(model, el) {
  const words = model.get("words");
  const all = (selector) => [...(el.closest(".widget-vbox")?.querySelectorAll(selector) ?? [])];
  const values = new MutationObserver(say);
  let listening = null;
  let timer = null;
  el.dataset.gone = words.gone; // shown by the style sheet when ipywidgets has lost its kernel
  el.dataset.waiting = words.waiting;

  // Screen readers hear a slider's value as it is written beside it, not its position. The names
  // are ours to give too: ipywidgets gives none.
  function say() {
    const root = el.closest(".widget-vbox");
    if (root && listening !== root) begin(root);
    for (const slider of all(".widget-hslider")) {
      const name = slider.querySelector(".widget-label").textContent;
      const handle = slider.querySelector("[role=slider]");
      const box = slider.closest(".course-knob")?.querySelector("input");
      const text = box?.value ?? slider.querySelector(".widget-readout").textContent;
      box?.setAttribute("aria-label", `${name} =`);
      handle.setAttribute("aria-label", name);
      if (handle.getAttribute("aria-valuetext") !== text) handle.setAttribute("aria-valuetext", text);
    }
  }

  function begin(root) {
    listening = root;
    for (const label of all(".widget-label")) {
      label.parentElement.title ||= label.title || (words[label.textContent] ?? "");
    }
    for (const [i, button] of all(".widget-play button").entries()) {
      button.title = [words.play, words.stop][i] ?? "";
      button.setAttribute("aria-label", button.title);
    }
    values.observe(root, { subtree: true, attributeFilter: ["aria-valuetext"] });
    for (const kind of ["pointerdown", "pointerup", "keyup", "change"]) root.addEventListener(kind, touched, true);
    window.addEventListener("keydown", keepKeys, true);
  }

  // The arrow keys of a focused slider are the slider's: the notebook, which has its own use for
  // them, leaves a marked element alone. Other keys (Shift+Enter) stay the notebook's. In a box the
  // arrows up and down are counted: what a step of them is, the kernel knows.
  function keepKeys(event) {
    if (!listening.contains(event.target)) return;
    const handle = event.target.closest("[role=slider]");
    handle?.toggleAttribute("data-lm-suppress-shortcuts", SLIDER_KEYS.test(event.key));
    const knob = event.target.matches("input") && event.target.closest(".course-knob");
    if (knob && BOX_KEYS.test(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      const name = knob.querySelector(".widget-label").textContent;
      const count = (model.get("arrows")[name] ?? 0) + (event.key === "ArrowUp" ? 1 : -1);
      model.set("arrows", { ...model.get("arrows"), [name]: count });
      model.save_changes();
    }
  }

  // Somebody has moved something and no picture comes: is the kernel busy? It answers when it is free.
  function touched() {
    timer ??= setTimeout(ask, PATIENCE);
  }

  function ask() {
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
    timer = setTimeout(() => {
      el.classList.add("course-waiting");
      ask();
    }, PATIENCE);
  }

  function answered() {
    clearTimeout(timer);
    timer = null;
    el.classList.remove("course-waiting");
  }

  async function copy() {
    const text = model.get("clipboard");
    if (!text || !(await copyText(text))) return;
    model.set("copied", text);
    model.save_changes();
  }

  model.on("change:points change:answered", answered);
  model.on("change:clipboard", copy);
  const leave = () => {
    clearTimeout(timer);
    values.disconnect();
    window.removeEventListener("keydown", keepKeys, true);
  };
  return { say, leave };
}

// Into the clipboard; on a page without a certificate the browser has only the old way.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

// Sizes and colours are read when they may have changed, not for every picture: the browser would
// have to lay out the page before it could answer.
function measure(canvas) {
  canvas.size = { width: canvas.clientWidth, height: canvas.clientHeight };
}

function readColors(el) {
  return { text: getComputedStyle(el).color, ground: getComputedStyle(el).backgroundColor };
}

function frame(canvas) {
  return {
    left: MARGIN.left,
    top: MARGIN.top,
    width: canvas.size.width - MARGIN.left - MARGIN.right,
    height: canvas.size.height - MARGIN.top - MARGIN.bottom,
  };
}

// Data value -> 0..1 along the axis, and back.
function scale(axis, value) {
  if (!axis.log) return (value - axis.low) / (axis.high - axis.low);
  return (Math.log10(value) - Math.log10(axis.low)) / (Math.log10(axis.high) - Math.log10(axis.low));
}

function unscale(axis, u) {
  if (!axis.log) return axis.low + u * (axis.high - axis.low);
  return axis.low * (axis.high / axis.low) ** u;
}

function drawPanel(canvas, panel, picture, points, offset, { text, ground }) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.size.width * ratio);
  const height = Math.round(canvas.size.height * ratio);
  if (!width || !height) return offset + 2 * panel.marks.reduce((sum, mark) => sum + mark.n, 0);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d", { alpha: canvas.clear });
  const box = frame(canvas);
  const toX = (x) => box.left + box.width * scale(panel.x, x);
  const toY = (y) => box.top + box.height * (1 - scale(panel.y, y));

  // Axes and picture change rarely: they are drawn once into a layer of their own.
  const drawn = JSON.stringify([panel.x, panel.y, width, height, text, picture?.complete && picture.src]);
  if (canvas.drawn !== drawn) {
    canvas.drawn = drawn;
    canvas.layer = document.createElement("canvas");
    canvas.layer.width = width;
    canvas.layer.height = height;
    drawLayer(canvas.layer.getContext("2d"), ratio, panel, picture, box, toX, toY, text);
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, width, height);
  ctx.drawImage(canvas.layer, 0, 0);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  const ink = picture ? "black" : text;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  const crosses = []; // they stand on the frame, so they are drawn whole
  for (const mark of panel.marks) {
    const shape = [];
    for (let i = 0; i < mark.n; i++, offset += 2) {
      shape.push([toX(points[offset]), toY(points[offset + 1])]);
    }
    if (mark.kind === "crosses") crosses.push([mark, shape]);
    else drawMark(ctx, mark, shape, mark.color === "text" ? ink : mark.color);
  }
  ctx.restore();
  drawLegend(ctx, panel, box, text, ground);
  for (const [mark, shape] of crosses) {
    drawMark(ctx, { ...mark, width: mark.width + 4 }, shape, ground); // apart from what lies below
    drawMark(ctx, mark, shape, mark.color);
  }
  return offset;
}

function drawLayer(ctx, ratio, panel, picture, box, toX, toY, text) {
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (picture?.complete) {
    // The picture is made for white paper; on a dark page it gets its paper along.
    ctx.fillStyle = "rgba(255, 255, 255, 0.85)";
    ctx.fillRect(box.left, box.top, box.width, box.height);
    ctx.drawImage(picture, box.left, box.top, box.width, box.height);
  }
  drawAxes(ctx, panel, box, toX, toY, text, !picture);
}

function drawAxes(ctx, panel, box, toX, toY, text, grid) {
  const bottom = box.top + box.height;
  ctx.font = `${FONT}px sans-serif`;
  ctx.fillStyle = ctx.strokeStyle = text;
  ctx.lineWidth = 1;
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  const edge = box.left + box.width + MARGIN.right - 1;
  const labels = panel.x.ticks.map((tick) => {
    const x = toX(tick.at);
    rule(ctx, x, grid ? box.top : bottom, x, bottom + 5, grid);
    const half = ctx.measureText(tick.text).width / 2;
    return { text: tick.text, x: Math.min(x, edge - half), half };
  });
  for (const { text, x } of apart(labels)) ctx.fillText(text, x, bottom + 7);
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const tick of panel.y.ticks) {
    const y = toY(tick.at);
    rule(ctx, box.left - 5, y, grid ? box.left + box.width : box.left, y, grid);
    ctx.fillText(tick.text, box.left - 8, y);
  }
  ctx.globalAlpha = 0.6;
  ctx.strokeRect(box.left, box.top, box.width, box.height);
  ctx.globalAlpha = 1;
  ctx.font = `italic ${FONT + 1}px serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(panel.x.label, box.left + box.width / 2, bottom + MARGIN.bottom - 2);
  ctx.save();
  ctx.translate(15, box.top + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textBaseline = "middle";
  ctx.fillText(panel.y.label, 0, 0);
  ctx.restore();
}

// Every label, or every second, third, …: the most with which no two of them touch.
function apart(labels) {
  for (let n = 1; ; n++) {
    const kept = labels.filter((_, i) => i % n === 0);
    const clear = ({ x, half }, i) => !i || x - half > kept[i - 1].x + kept[i - 1].half + GAP;
    if (kept.every(clear)) return kept;
  }
}

function rule(ctx, x0, y0, x1, y1, faint) {
  ctx.globalAlpha = faint ? 0.18 : 0.6;
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function drawMark(ctx, mark, shape, color) {
  ctx.globalAlpha = mark.opacity;
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = mark.width;
  ctx.lineJoin = "round";
  ctx.setLineDash(mark.dash.map((d) => d * mark.width));
  if (mark.kind === "line") strokeLine(ctx, shape);
  else if (mark.kind === "band") tracePath(ctx, shape), ctx.fill();
  else if (mark.kind === "arrow") drawArrow(ctx, shape);
  else if (mark.kind === "dots") traceDots(ctx, shape, mark.size), ctx.fill();
  else shape.forEach(([x, y]) => drawSymbol(ctx, mark, x, y));
  ctx.setLineDash([]);
  ctx.lineDashOffset = 0;
  ctx.globalAlpha = 1;
}

// Piece by piece: the browser's work for one path grows with the square of its length.
function strokeLine(ctx, shape) {
  for (let i = 0; i < shape.length; i += PIECE) {
    const piece = shape.slice(i, i + PIECE + 1);
    tracePath(ctx, piece);
    ctx.stroke();
    for (let j = 1; j < piece.length; j++) {
      ctx.lineDashOffset += Math.hypot(piece[j][0] - piece[j - 1][0], piece[j][1] - piece[j - 1][1]) || 0;
    }
  }
}

function tracePath(ctx, shape) {
  ctx.beginPath();
  let pen = false;
  for (const [x, y] of shape) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) pen = false;
    else if (pen) ctx.lineTo(x, y);
    else ctx.moveTo(x, y), (pen = true);
  }
}

function traceDots(ctx, shape, r) {
  ctx.beginPath();
  for (const [x, y] of shape) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
}

function drawArrow(ctx, [[x0, y0], [x1, y1]]) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const head = Math.min(14, Math.hypot(x1 - x0, y1 - y0));
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1 - 0.7 * head * Math.cos(angle), y1 - 0.7 * head * Math.sin(angle));
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  for (const side of [-0.4, 0.4]) {
    ctx.lineTo(x1 - head * Math.cos(angle + side), y1 - head * Math.sin(angle + side));
  }
  ctx.fill();
}

function drawSymbol(ctx, mark, x, y) {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return;
  const r = mark.size;
  ctx.beginPath();
  if (mark.kind === "stars") {
    for (let j = 0; j < 10; j++) {
      const radius = j % 2 ? 0.45 * r : r;
      ctx.lineTo(x + radius * Math.sin((j * Math.PI) / 5), y - radius * Math.cos((j * Math.PI) / 5));
    }
    ctx.fill();
  } else if (mark.kind === "crosses") {
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x - r, y + r);
    ctx.lineTo(x + r, y - r);
    ctx.stroke();
  } else {
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.stroke();
  }
}

function drawLegend(ctx, panel, box, text, ground) {
  const named = panel.marks.filter((mark) => mark.label);
  ctx.font = `${FONT}px sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  if (!named.length) return;
  const width = Math.max(...named.map((mark) => ctx.measureText(mark.label).width));
  // Curves shine through the legend's ground only faintly.
  ctx.globalAlpha = 0.8;
  ctx.fillStyle = ground;
  ctx.fillRect(box.left + box.width - width - 52, box.top + 3, width + 49, named.length * (FONT + 7) + 6);
  ctx.globalAlpha = 1;
  named.forEach((mark, i) => {
    const x = box.left + box.width - width - 46;
    const y = box.top + 18 + i * (FONT + 7);
    const color = mark.color === "text" ? text : mark.color;
    if (mark.kind === "line") drawMark(ctx, mark, [[x, y], [x + 30, y]], color);
    else drawMark(ctx, mark, [[x + 15, y]], color);
    ctx.fillStyle = text;
    ctx.fillText(mark.label, x + 38, y);
  });
}

export default { render };
