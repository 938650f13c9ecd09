// Draws the panels that Python describes (scene.py), one canvas each, and reports the pointer.
// Nothing is decided here: axes, ticks, colours and points all come from the kernel. Colours of
// text and frame come from the page, so light and dark themes both work.

const FONT = 15;
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;
const MARGIN = { left: 66, right: 14, top: 12, bottom: 46 };

function render({ model, el }) {
  el.classList.add("course-canvas");
  let canvases = [];
  let pictures = [];
  let named = false;
  let saying = null;
  let colors = readColors(el);

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
    named ||= nameControls();
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
  }

  // The sliders and boxes around the picture get names for screen readers: ipywidgets gives none.
  function nameControls() {
    const sliders = el.closest(".widget-vbox")?.querySelectorAll(".widget-hslider") ?? [];
    for (const slider of sliders) {
      const name = slider.querySelector(".widget-label").textContent;
      slider.querySelector("[role=slider]")?.setAttribute("aria-label", name);
      slider.nextElementSibling?.querySelector("input")?.setAttribute("aria-label", `${name} =`);
    }
    return sliders.length > 0;
  }

  // The arrow keys of a focused slider are the slider's: the notebook, which has its own use for
  // them, leaves a marked element alone. Other keys (Shift+Enter) stay the notebook's.
  function keepKeys(event) {
    const handle = event.target.closest?.("[role=slider]");
    if (handle && el.closest(".widget-vbox")?.contains(handle)) {
      handle.toggleAttribute("data-lm-suppress-shortcuts", SLIDER_KEYS.test(event.key));
    }
  }

  function fitCanvases(shares) {
    if (el.shares === shares.join()) return;
    el.shares = shares.join();
    el.replaceChildren();
    canvases = shares.map((share, i) => {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.clear = !colors.ground.startsWith("rgb("); // an opaque canvas costs less
      canvas.style.flex = `${share} 1 ${340 * share}px`;
      canvas.style.minWidth = `${300 * share}px`;
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
  // ipywidgets keeps only the newest position while the kernel is busy.
  function listen(canvas, i) {
    let pressed = false;
    const report = (event) => {
      const axes = model.get("layout_json")[i];
      const box = frame(canvas);
      const u = (event.offsetX - box.left) / box.width;
      const v = 1 - (event.offsetY - box.top) / box.height;
      if (u < 0 || u > 1 || v < 0 || v > 1) return;
      model.set("pointer", { panel: axes.name, x: unscale(axes.x, u), y: unscale(axes.y, v) });
      model.save_changes();
    };
    canvas.addEventListener("pointerdown", (event) => {
      pressed = true;
      canvas.setPointerCapture(event.pointerId);
      report(event);
    });
    canvas.addEventListener("pointermove", (event) => pressed && report(event));
    canvas.addEventListener("pointerup", () => (pressed = false));
    canvas.addEventListener("pointercancel", () => (pressed = false));
  }

  model.on("change:layout_json change:points change:alt", redraw);
  model.on("change:images", loadPictures);
  const theme = new MutationObserver(() => {
    colors = readColors(el);
    redraw();
  });
  theme.observe(document.body, { attributes: true });
  window.addEventListener("keydown", keepKeys, true);
  loadPictures();
  return () => {
    sizes.disconnect();
    theme.disconnect();
    window.removeEventListener("keydown", keepKeys, true);
  };
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
  for (const [mark, shape] of crosses) drawMark(ctx, mark, shape, mark.color);
  drawLegend(ctx, panel, box, text, ground);
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
  for (const tick of panel.x.ticks) {
    const x = toX(tick.at);
    rule(ctx, x, grid ? box.top : bottom, x, bottom + 5, grid);
    const edge = box.left + box.width + MARGIN.right - ctx.measureText(tick.text).width / 2;
    ctx.fillText(tick.text, Math.min(x, edge - 1), bottom + 7);
  }
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
  if (mark.kind === "line") tracePath(ctx, shape), ctx.stroke();
  else if (mark.kind === "band") tracePath(ctx, shape), ctx.fill();
  else if (mark.kind === "arrow") drawArrow(ctx, shape);
  else if (mark.kind === "dots") traceDots(ctx, shape, mark.size), ctx.fill();
  else shape.forEach(([x, y]) => drawSymbol(ctx, mark, x, y));
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
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
