// Draws the panels that Python describes (scene.py), one canvas each, and reports the pointer.
// Nothing is decided here: axes, ticks, colours and points all come from the kernel. Colours of
// text and frame come from the page, so light and dark themes both work. With kernel.js it is the
// widget of a notebook, with page.js a figure on a page that has no kernel.

const FONT = 15;
const PIECE = 500; // points of a line that are stroked at once
const SMALLEST = 12; // a label longer than its panel is written smaller, down to this: 18 at 150 %
const GRID = 1 << 14; // parts of an axis: a point is drawn at the nearest, a picture made ahead holds no other,
const AWAY = 1 << 16; // and none that is more axes away
const NOWHERE = -(2 ** 31); // a number that is none, in what is packed
const GAP = 6; // between the labels of ticks
const EVERY = 5; // pixels along a curve, where it is looked for under a legend,
const FAR = 400; // so often between two of its points at most
const MARGIN = { left: 66, right: 14, top: 12, bottom: 46 };

// The canvases in an element and the lines under them: `show` draws a picture {layout, points, images,
// alt, lines}, `report` hears of the pointer, and `said` of a picture that stands still; in one panel a
// `prediction` may be drawn by hand (predict.js).
function openScreen(el, report, said, prediction) {
  el.classList.add("course-canvas");
  let canvases = [];
  let picture = { layout: [], points: [], images: [], alt: "", lines: "" };
  const under = document.createElement("div");
  under.className = "course-step";
  let saying = null;
  let colors = readColors(el);

  const sizes = new ResizeObserver((entries) => {
    entries.forEach((entry) => measure(entry.target));
    colors = readColors(el);
    draw();
  });
  const theme = new MutationObserver(() => {
    colors = readColors(el);
    draw();
  });
  for (const it of [document.documentElement, document.body]) theme.observe(it, { attributes: true });

  function show(another) {
    picture = another;
    draw();
  }

  function draw() {
    const { layout, points, images, lines } = prediction?.veil(picture) ?? picture;
    fitCanvases(layout.map((panel) => panel.share));
    let offset = 0;
    layout.forEach((panel, i) => {
      offset = drawPanel(canvases[i], panel, images[i], points, offset, colors);
    });
    if (under.textContent !== lines) under.textContent = lines;
    prediction?.draw(el, canvases, picture, colors);
    clearTimeout(saying);
    saying = setTimeout(sayAll, 200);
  }

  // A screen reader hears of a picture that stands still, not of every one during a drag.
  function sayAll() {
    picture.layout.forEach((panel, i) => {
      canvases[i].setAttribute("aria-label", `${panel.name}. ${prediction?.alt(i) ?? picture.alt}`);
    });
    said();
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
      prediction?.hold(canvas, i);
      listen(canvas, i);
      sizes.observe(canvas);
      return canvas;
    });
    if (prediction) el.append(prediction.bar);
    el.append(under);
    canvases.forEach(measure);
  }

  // A click or a drag on a panel: the point in data units. A finger that moves up or down scrolls the
  // page (the browser cancels the pointer); a tap or a move to the side is ours.
  function listen(canvas, i) {
    let pressed = null;
    const point = (event) => {
      const axes = picture.layout[i];
      const box = frame(canvas);
      const u = (event.offsetX - box.left) / box.width;
      const v = 1 - (event.offsetY - box.top) / box.height;
      if (u < 0 || u > 1 || v < 0 || v > 1) return;
      report({ panel: axes.name, x: unscale(axes.x, u), y: unscale(axes.y, v) });
    };
    const finger = (event) => event.pointerType === "touch";
    canvas.addEventListener("pointerdown", (event) => {
      pressed = { x: event.offsetX };
      canvas.setPointerCapture(event.pointerId);
      if (!finger(event)) point(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (pressed && (!finger(event) || Math.abs(event.offsetX - pressed.x) > 8)) point(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (pressed && finger(event)) point(event);
      pressed = null;
    });
    canvas.addEventListener("pointercancel", () => (pressed = null));
  }

  const close = () => {
    sizes.disconnect();
    theme.disconnect();
    prediction?.close();
  };
  return { show, draw, close };
}

function toImage(bytes, loaded) {
  if (!bytes.byteLength) return null;
  const image = new Image();
  image.onload = loaded;
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  return image;
}

// What `pack` packed: the pictures, each made when it is asked for, and what else the page is to
// know. `loaded` is called when a background has arrived.
async function unpack(packed, loaded) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let start = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  const images = head.images.map((n) => toImage(bytes.slice(start, (start += n)), loaded));
  const total = head.columns.reduce((sum, n) => sum + n, 0);
  const joined = new Uint8Array(4 * total);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < total; i++) joined[4 * i + plane] = bytes[start + plane * total + i];
  }
  const numbers = new Uint32Array(joined.buffer);
  let from = 0;
  const columns = head.columns.map((n) => {
    let at = 0; // a number is packed as its distance from the one before (frames.py)
    return Float64Array.from(numbers.subarray(from, (from += n)), (apart) => {
      at = (at + ((apart >>> 1) ^ -(apart & 1))) | 0;
      return at === NOWHERE ? NaN : at / head.grid;
    });
  });

  // known: the backgrounds that the page had before.
  function picture(number, known = []) {
    const [parts, alt, lines] = head.pictures[number];
    const backgrounds = [...known, ...images];
    const points = [];
    const layout = parts.map(([look, , places]) => {
      const panel = head.looks[look];
      const marks = panel.marks.map((mark, i) => ({ ...mark, n: places[i][2] }));
      for (const [x, y, n] of places) {
        for (let i = 0; i < n; i++) points.push(unscale(panel.x, columns[x][i]), unscale(panel.y, columns[y][i]));
      }
      return { ...panel, marks };
    });
    return { layout, points, images: parts.map(([, image]) => backgrounds[image] ?? null), alt, lines };
  }
  return { ...head, picture };
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

// Data value -> 0..1 along the axis, and back; of many values, what they share is computed once.
function scale(axis, value) {
  return scaleOf(axis)(value);
}

function scaleOf(axis) {
  const along = axis.log ? Math.log10 : (value) => value;
  const low = along(axis.low);
  const length = along(axis.high) - low;
  return (value) => (along(value) - low) / length;
}

function onGrid(u) {
  return Number.isFinite(u) ? Math.floor(GRID * Math.min(Math.max(u, -AWAY), AWAY) + 0.5) / GRID : NaN;
}

function unscale(axis, u) {
  if (!axis.log) return axis.low + u * (axis.high - axis.low);
  return 10 ** (Math.log10(axis.low) + u * (Math.log10(axis.high) - Math.log10(axis.low)));
}

function drawPanel(canvas, panel, picture, points, offset, { text, ground }) {
  const ratio = (window.devicePixelRatio || 1) * (canvas.currentCSSZoom ?? 1);
  const width = Math.round(canvas.size.width * ratio);
  const height = Math.round(canvas.size.height * ratio);
  if (!width || !height) return offset + 2 * panel.marks.reduce((sum, mark) => sum + mark.n, 0);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d", { alpha: canvas.clear });
  const box = frame(canvas);
  const [shareX, shareY] = [scaleOf(panel.x), scaleOf(panel.y)];
  const toX = (x) => box.left + box.width * onGrid(shareX(x));
  const toY = (y) => box.top + box.height * (1 - onGrid(shareY(y)));

  // Ground, axes and picture change rarely: they are drawn once into a layer of their own.
  const drawn = JSON.stringify([panel.x, panel.y, width, height, text, ground, picture?.complete && picture.src]);
  if (canvas.drawn !== drawn) {
    canvas.drawn = drawn;
    canvas.layer = document.createElement("canvas");
    canvas.layer.width = width;
    canvas.layer.height = height;
    const layer = canvas.layer.getContext("2d", { alpha: canvas.clear });
    layer.fillStyle = ground;
    layer.fillRect(0, 0, width, height);
    drawLayer(layer, ratio, panel, picture, box, toX, toY, text);
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.drawImage(canvas.layer, 0, 0);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  const ink = picture ? "black" : text;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  const crosses = []; // they stand on the frame, so they are drawn whole
  const shapes = [];
  for (const mark of panel.marks) {
    const shape = [];
    for (let i = 0; i < mark.n; i++, offset += 2) {
      shape.push([toX(points[offset]), toY(points[offset + 1])]);
    }
    shapes.push(shape);
    if (mark.kind === "crosses") crosses.push([mark, shape]);
    else drawMark(ctx, mark, shape, mark.color === "text" ? ink : mark.color);
  }
  ctx.restore();
  drawLegend(ctx, panel, shapes, box, text, ground);
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
  ctx.translate(11, box.top + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  const room = (box.height + 2 * MARGIN.top) / ctx.measureText(panel.y.label).width;
  if (room < 1) ctx.font = `italic ${Math.max(SMALLEST, Math.floor((FONT + 1) * room))}px serif`;
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
  else if (mark.kind === "name") shape.forEach(([x, y]) => writeName(ctx, mark.label, x, y));
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
    if (i + PIECE >= shape.length) return;
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

function writeName(ctx, text, x, y) {
  ctx.font = `${FONT}px sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  if (Number.isFinite(x) && Number.isFinite(y)) ctx.fillText(text, x, y);
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

function drawLegend(ctx, panel, shapes, box, text, ground) {
  const named = panel.marks.filter((mark) => mark.label && mark.kind !== "name");
  ctx.font = `${FONT}px sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  if (!named.length) return;
  const width = Math.max(...named.map((mark) => ctx.measureText(mark.label).width)) + 49;
  const height = named.length * (FONT + 7) + 6;
  const seen = panel.marks.flatMap((mark, i) => (mark.opacity ? placesOf(mark, shapes[i]) : []));
  const [left, top] = clearest(cornersOf(box, width, height), seen, width, height);
  // Curves shine through the legend's ground only faintly.
  ctx.globalAlpha = 0.8;
  ctx.fillStyle = ground;
  ctx.fillRect(left, top, width, height);
  ctx.globalAlpha = 1;
  named.forEach((mark, i) => {
    const y = top + 15 + i * (FONT + 7);
    const color = mark.color === "text" ? text : mark.color;
    if (mark.kind === "line") drawMark(ctx, mark, [[left + 6, y], [left + 36, y]], color);
    else drawMark(ctx, mark, [[left + 21, y]], color);
    ctx.fillStyle = text;
    ctx.fillText(mark.label, left + 44, y);
  });
}

function cornersOf(box, width, height) {
  const lefts = [box.left + box.width - width - 3, box.left + 3];
  const tops = [box.top + 3, box.top + box.height - height - 3];
  return tops.flatMap((top) => lefts.map((left) => [left, top]));
}

// Where a mark has ink: its points, of a line every few pixels. A band lies around its line.
function placesOf(mark, shape) {
  if (mark.kind === "band") return [];
  if (mark.kind !== "line") return shape;
  const places = [];
  let before = shape[0];
  for (const point of shape) {
    const [dx, dy] = [before[0] - point[0], before[1] - point[1]];
    const steps = Math.min(FAR, Math.ceil(Math.hypot(dx, dy) / EVERY)) || 1;
    places.push(point);
    for (let j = 1; j < steps; j++) places.push([point[0] + (j / steps) * dx, point[1] + (j / steps) * dy]);
    before = point;
  }
  return places;
}

// The first of the corners in which at most twice as much is hidden as in the best one: so the legend
// rarely moves while curves do.
function clearest(corners, places, width, height) {
  const hidden = corners.map(([left, top]) => {
    const inside = ([x, y]) => x > left && x < left + width && y > top && y < top + height;
    return places.filter(inside).length;
  });
  return corners[hidden.findIndex((count) => count <= 2 * Math.min(...hidden))];
}
