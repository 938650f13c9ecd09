// A figure on a page that has no kernel (page.py).

const INTERVAL = 120; // ms between two pictures of Play

// Controls and canvases in place of the still picture; one control is moved at a time.
async function standAlone(name, packed) {
  const root = document.querySelector(`.course-page[data-pictures="${name}"]:not([data-alive])`);
  if (!root) return;
  root.dataset.alive = "";
  const made = await unpack(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)), () => show());
  const rows = addTo(root, "div", "course-sliders");
  const canvases = addTo(root, "div");
  let guess = made.guess;
  const store = { get: () => guess, set: keepGuess };
  const prediction = predicted(made.predict, store, made.words, () => screen.draw());
  const screen = openScreen(canvases, () => {}, () => {}, prediction);
  let shown = 0;
  const controls = made.controls.map((its) => addControl(rows, its, made.words, moved));
  const score = addBoard(rows);
  root.querySelector("img").remove();
  show();

  function keepGuess(another) {
    guess = another;
    screen.draw();
  }

  function moved(control) {
    shown = control.picture();
    controls.forEach((other) => other === control || other.reset());
    show();
  }

  function show() {
    screen.show(made.picture(shown));
    score(made.goals[shown]);
  }
}

function addTo(parent, tag, style = "", text = "") {
  const element = document.createElement(tag);
  element.className = style;
  element.textContent = text;
  parent.append(element);
  return element;
}

// What was reached of the goals: now, and the best so far of each, as in goals.py.
function addBoard(row) {
  const board = addTo(row, "div", "course-goals");
  const best = new Map();
  board.setAttribute("role", "status");
  return (goals) => {
    board.replaceChildren();
    for (const [text, said, far] of goals) {
      const before = best.get(text);
      if (!before || (far ?? Infinity) < before.far) best.set(text, { said, far: far ?? Infinity });
      const line = addTo(board, "div");
      for (const part of [`◎ ${text}`, `→ ${said}`, `★ ${best.get(text).said}`]) addTo(line, "span", "", part);
    }
  };
}

function addControl(row, its, words, moved) {
  const box = addTo(row, "div", "course-slider");
  box.title = its.tooltip;
  addTo(box, "span", "", its.label);
  const list = its.kind === "Dropdown" || its.kind === "Checkbox";
  const input = addTo(box, list ? "select" : "input");
  if (list) its.texts.forEach((text) => addTo(input, "option", "", text));
  else Object.assign(input, { type: "range", min: 0, max: its.texts.length - 1, step: 1 });
  input.setAttribute("aria-label", its.label);
  input.dataset.lmSuppressShortcuts = ""; // in JupyterLab the arrow keys are the slider's
  const text = addTo(box, "output");
  const at = () => (list ? input.selectedIndex : input.valueAsNumber);
  const last = its.texts.length - 1;
  const control = { at, last, put: move, reset: () => put(its.at), picture: () => its.first + at() };

  function put(place) {
    if (list) input.selectedIndex = place;
    else input.value = place;
    text.textContent = list ? "" : its.texts[place];
    if (!list) input.setAttribute("aria-valuetext", its.texts[place]);
  }

  function move(place) {
    put(place);
    moved(control);
  }

  input.addEventListener("input", () => move(at()));
  put(its.at);
  if (its.kind === "IntSlider") addPlay(box, control, words);
  return control;
}

function addPlay(box, control, words) {
  const button = document.createElement("button");
  let timer = null;
  const stop = () => {
    timer = clearInterval(timer);
    button.textContent = "▶";
  };
  const next = () => {
    if (control.at() < control.last) control.put(control.at() + 1);
    else stop();
  };
  button.type = "button";
  button.title = words.play;
  button.setAttribute("aria-label", words.play);
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (control.at() === control.last) control.put(0);
    timer = setInterval(next, INTERVAL);
    button.textContent = "❚❚";
  });
  box.addEventListener("input", stop);
  stop();
  box.prepend(button);
}
