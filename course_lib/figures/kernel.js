// The widget of a notebook. The controls around the canvases are ipywidgets'; what those lack for
// keyboards and screen readers is in `attend`.

const TOUCHES = ["focusin", "pointerdown", "keydown"];
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;
const BOX_KEYS = /^Arrow(Up|Down)$/;
const PATIENCE = 400; // ms without a picture before the kernel is asked, and asked again
const REST = 60; // ms of rest before more pictures are asked for, where the one that is looked at is there
const SOON = 35; // ms after which the kernel hears of a position whose picture is there: two frames
const RARELY = 100; // ms between two positions of a slider that the kernel hears of where it can wait
const IDLE = { content: { execution_state: "idle" } };

function render({ model, el }) {
  const controls = attend(model, el);
  const ahead = lookAhead(model, el, show, () => screen.draw());
  const guess = { get: () => model.get("guess"), set: keepGuess };
  const prediction = predicted(model.get("predict"), guess, model.get("words"), () => screen.draw());
  const screen = openScreen(el, report, controls.say, prediction);
  let images = [];

  // One message changes several values: they are drawn once, and at once, for the next frame. A
  // picture made ahead that stands there is not drawn again for what the kernel says meanwhile.
  let scheduled = false;
  let standing = null;
  function show() {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      const made = ahead.picture();
      if (made && made === standing) return;
      standing = made;
      screen.show(made?.(images) ?? sent());
    });
  }

  // The kernel's own picture.
  function sent() {
    const view = model.get("points");
    const points = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    return { layout: model.get("layout_json"), points, images, alt: model.get("alt"), lines: model.get("lines") };
  }

  function load() {
    images = model.get("images").map((bytes) => toImage(bytes, () => screen.draw()));
    standing = null;
    show();
  }

  // A synced trait, not a message, so that ipywidgets keeps only the newest position while the
  // kernel is busy.
  function report(pointer) {
    model.set("pointer", pointer);
    model.save_changes();
  }

  // A stroke is sent when it ends.
  function keepGuess(guess, settled) {
    model.set("guess", guess);
    if (settled) model.save_changes();
  }

  model.on("change:layout_json change:points change:alt change:lines", show);
  model.on("change:guess", () => screen.draw());
  model.on("change:images", load);
  load();
  return () => {
    screen.close();
    controls.leave();
    ahead.leave();
  };
}

// Names, keys and signs for the controls of the figure; `say` says their values anew, `leave` ends it.
function attend(model, el) {
  const words = model.get("words");
  const sliderOf = (handle) => handle.closest(".widget-hslider");
  const all = (selector) => [...(el.closest(".widget-vbox")?.querySelectorAll(selector) ?? [])];
  const values = new MutationObserver((changes) => changes.forEach(({ target }) => sayOf(sliderOf(target))));
  let listening = null;
  let timer = null;
  el.dataset.gone = words.gone; // shown by the style sheet when ipywidgets has lost its kernel
  el.dataset.waiting = words.waiting;

  function say() {
    const root = el.closest(".widget-vbox");
    if (root && listening !== root) begin(root);
    all(".widget-hslider").forEach(sayOf);
  }

  // Screen readers hear a slider's value as it is written beside it, not its position. The names
  // are ours to give too: ipywidgets gives none.
  function sayOf(slider) {
    const name = slider.querySelector(".widget-label").textContent;
    const handle = slider.querySelector("[role=slider]");
    const box = slider.closest(".course-knob")?.querySelector("input");
    const text = box?.value ?? slider.querySelector(".widget-readout").textContent;
    box?.setAttribute("aria-label", `${name} =`);
    handle.setAttribute("aria-label", name);
    if (handle.getAttribute("aria-valuetext") !== text) handle.setAttribute("aria-valuetext", text);
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

// The slider that is touched: the kernel sends the pictures of its other positions, piece by piece,
// as long as it is asked: where there is one to look at, when the hand rests, for each piece costs
// JupyterLab some work. `picture` makes the one of the slider's position now, if the kernel's own is not there yet.
// What else changes ends an era, and with it all that was made ahead. `loaded` is called when a
// background has arrived.
function lookAhead(model, el, show, loaded) {
  let slider = null;
  let ours = null;
  let turn = Math.random(); // what another page was answered is not for this one
  let waiting = false;
  let held = new Map();
  let telling = null;
  let resting = null;

  const position = () => Math.round((slider.get("value") - ours.low) / ours.step);
  const isHeld = () => held.has(position());
  const isAnswered = () => model.get("shown")[ours.name] === position();

  function askLater() {
    clearTimeout(resting);
    resting = setTimeout(ask, slider && isHeld() ? REST : 0);
  }

  function moved() {
    if (isHeld()) askLater();
    else ask();
    if (isHeld() || isAnswered()) show(); // else what stands there stays
  }

  function picture() {
    return slider && !isAnswered() ? held.get(position()) : null;
  }

  async function touched(event) {
    if (!ours?.control.contains(event.target)) telling?.pass(); // before whatever this does
    const inside = el.closest(".widget-vbox")?.contains(event.target);
    const control = inside && event.target.closest(".widget-hslider, .widget-play");
    const label = control && (control.querySelector(".widget-label")?.textContent ?? "k");
    const its = control && model.get("sliders")[label];
    if (!its || its.name === ours?.name) return its && askLater(); // after what this event sets
    letGo();
    forget();
    ours = { ...its, control };
    const found = await model.widget_manager.get_model(its.model);
    if (ours.name !== its.name) return; // another one meanwhile
    slider = found;
    slider.on("change:value", moved);
    telling = tellRarely(slider, isHeld);
    askLater();
  }

  function letGo() {
    slider?.off("change:value", moved);
    telling?.end();
    slider = telling = null;
  }

  function ask() {
    if (waiting || !slider || !ours.control.contains(document.activeElement)) return;
    waiting = true;
    model.set("wanted", { name: ours.name, at: position(), turn: ++turn, have: held.size });
    model.save_changes();
  }

  async function arrived() {
    const { turn: its, at } = model.get("ahead");
    if (its !== turn) return;
    waiting = at.length > 0; // while it is unpacked, no other is asked for
    if (!waiting) return;
    const view = model.get("frames");
    const piece = await unpack(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength), loaded);
    if (its !== turn) return;
    at.forEach((place, i) => held.set(place, (images) => piece.picture(i, images)));
    waiting = false;
    moved();
  }

  function forget() {
    held = new Map();
    turn++;
    waiting = false;
  }

  function anew() {
    forget();
    ask();
  }

  model.on("change:ahead", arrived);
  model.on("change:era", anew);
  TOUCHES.forEach((kind) => document.addEventListener(kind, touched, true));
  const leave = () => {
    letGo();
    forget(); // what still comes is for nobody
    TOUCHES.forEach((kind) => document.removeEventListener(kind, touched, true));
  };
  return { picture, leave };
}

// While the page has the pictures of a slider's positions, the kernel hears of some, and always of the
// last: after the picture, for what a message costs the page would delay it. ipywidgets sends the newest
// value when the kernel is idle, and here it learns late that it is. So it knows that a value waits, and
// lets no echo of an older one move the slider back.
function tellRarely(slider, isHeld) {
  const heard = [];
  let timer = null;

  function pass() {
    timer = clearTimeout(timer);
    const { _handle_status: handle } = Object.getPrototypeOf(slider);
    heard.splice(0).forEach((status) => handle.call(slider, status));
  }

  slider._handle_status = (status) => {
    heard.push(status);
    if (isHeld()) timer ??= setTimeout(pass, RARELY);
    else pass();
  };
  function moved() {
    if (!isHeld()) return queueMicrotask(pass); // by then the value has been saved
    if (timer) return;
    slider._pending_msgs++; // as if the kernel were busy
    heard.push(IDLE);
    timer = setTimeout(pass, SOON);
  }
  slider.on("change:value", moved);
  const end = () => {
    slider.off("change:value", moved);
    pass();
    delete slider._handle_status;
  };
  return { pass, end };
}

export default { render };
