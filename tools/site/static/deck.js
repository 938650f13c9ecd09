// From cells to pages of 1280 × 720.
//
// Everybody sees headings, formulas, lists, tables, code and pictures, and the paragraphs that begin
// with a bold word (goal, claim, prediction, verdict) or lead to what follows by a colon. All other
// paragraphs are what the speaker says: they become the notes of their page. What does not fit on a
// page goes to the next one, and so does what code shows after a question: a class votes first. What
// is higher than a page is made smaller, down to SMALLEST, and rolls after that.

const HEIGHT = 720 - 34 - 30;
const SMALLEST = 0.6;
const PATIENCE = 10_000; // ms; a figure that is not alive by then stays a picture
const LINES = 12; // of code; more is folded, and so is code that shows nothing

const slides = document.querySelector(".slides");

// ---- What stands on a page ----

/** The parts of a cell that may stand on different pages. */
function parts(cell) {
  if (cell.querySelector(".jp-MarkdownCell")) {
    const text = cell.querySelector(".jp-RenderedMarkdown");
    joinQuestions(text);
    return [...text.children];
  }
  const outputs = [...cell.querySelectorAll(".jp-OutputArea-child")];
  const input = cell.querySelector(":scope details") ?? cell.querySelector(".highlight");
  if (!input) return outputs;
  const long = input.textContent.trim().split("\n").length > LINES;
  return [input.localName === "div" && (long || !outputs.length) ? folded(input) : input, ...outputs];
}

/** A question and the list of its answers are one part. */
function joinQuestions(text) {
  for (const part of text.querySelectorAll(":scope > p")) {
    if (!/^(Предскажите|Predict)\.$/.test(part.firstChild?.textContent)) continue;
    const question = document.createElement("div");
    question.className = "question";
    const answers = part.nextElementSibling;
    part.replaceWith(question);
    question.append(part);
    if (answers?.localName === "ul") question.append(answers);
  }
}

function folded(code) {
  const fold = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "…";
  fold.append(summary, code);
  return fold;
}

const isHeading = (part) => /^H[1-6]$/.test(part.nodeName) || part.className === "running";

/** Is it said, not shown? Asked when MathJax has run. */
function isSaid(part) {
  if (part.localName === "blockquote") return true;
  if (part.localName !== "p" || part.querySelector("mjx-container[display]")) return false;
  return part.firstChild.nodeName !== "STRONG" && !leads(part);
}

const leads = (part) => part.localName === "p" && part.textContent.trim().endsWith(":");

/** Does it say nothing without what follows? */
const introduces = (part) => isHeading(part) || leads(part);

const isQuestion = (part) => part.className === "question";

const isOutput = (part) => part.classList.contains("jp-OutputArea-child");

// ---- Pages ----

function page(stack) {
  const section = document.createElement("section");
  const shown = document.createElement("div");
  shown.className = "page";
  const notes = document.createElement("aside");
  notes.className = "notes";
  section.append(shown, notes);
  stack.append(section);
  return { section, shown, notes };
}

const fits = (shown) => shown.offsetHeight <= HEIGHT;

/** Is a picture's text 18 pixels high? `plot.axes` makes it a share of the width, at least 19. */
const isRead = (picture) => picture.width >= Math.min(1000, 0.93 * picture.naturalWidth);

/** One part that is too high for a page of its own: smaller, and in the end it rolls. */
function shrink(part, shown) {
  let scale = 1;
  while (!fits(shown) && scale > SMALLEST) {
    scale -= 0.05; // its lines break anew, so there is nothing to compute
    part.style.zoom = scale;
  }
  if (fits(shown)) return;
  const around = shown.offsetHeight - part.offsetHeight;
  part.classList.add("rolls");
  part.tabIndex = 0;
  part.style.maxHeight = `${(HEIGHT - around) / scale}px`;
}

/** A table that is too high for a page of its own: the rows that did not fit, under the same head. */
function cut(table, shown) {
  const rest = table.cloneNode(true);
  const [rows, others] = [table, rest].map((its) => its.tBodies[0]);
  others.replaceChildren();
  while (!fits(shown) && rows.children.length > 1) others.prepend(rows.lastElementChild);
  return rest;
}

/** The page after this one, with a running head if it begins in the middle of a section. */
function following(at) {
  const next = page(at.section.parentNode);
  const heading = [...slides.querySelectorAll(".page :is(h1, h2, h3)")].at(-1);
  if (heading) {
    const running = document.createElement("p");
    running.className = "running";
    running.textContent = heading.textContent.replace("¶", "");
    next.shown.append(running);
  }
  return next;
}

function put(part, at) {
  const above = at.shown.lastElementChild;
  if (part.localName === "details" && above?.localName === "details") {
    above.append(...[...part.children].slice(1)); // one fold for all
    return at;
  }
  const room = HEIGHT - at.shown.offsetHeight;
  at.shown.append(part);
  if (fits(at.shown)) return at;
  const picture = part.querySelector("img");
  if (picture) {
    picture.style.maxHeight = `${Math.max(0, room - 10)}px`;
    if (fits(at.shown) && isRead(picture)) return at;
    picture.style.maxHeight = "";
  }
  const before = [...at.shown.children].slice(0, -1);
  const along = before.slice(before.findLastIndex((other) => !introduces(other)) + 1);
  if (along.length === before.length) {
    if (part.tBodies?.[0].rows.length > 1) return put(cut(part, at.shown), following(at));
    shrink(part, at.shown);
    return at;
  }
  part.remove();
  const next = along.some(isHeading) ? page(at.section.parentNode) : following(at);
  next.shown.append(...along);
  return put(part, next);
}

function lay(cells) {
  let stack = null;
  let at = null;
  let asked = null; // the page with a question that nothing has answered yet
  for (const { kind, units } of cells) {
    if (kind === "skip") continue;
    if (kind === "slide" || !stack) {
      stack = document.createElement("section");
      slides.append(stack);
      at = page(stack);
    } else if (kind === "subslide") {
      at = page(stack);
    }
    for (const { part, said } of units) {
      if (isOutput(part)) {
        if (at === asked) at = following(at);
        asked = null;
      }
      if (kind === "notes" || (said && at.shown.childElementCount)) at.notes.append(part);
      else at = put(part, at);
      if (isQuestion(part)) asked = at;
      if (kind === "fragment") part.classList.add("fragment");
    }
  }
}

/** Live figures put their sliders and canvases in place of a still picture. */
async function figures() {
  const late = Date.now() + PATIENCE;
  while (document.querySelector(".course-page > img") && Date.now() < late) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function show() {
  await window.MathJax.startup.promise;
  await figures();
  const cells = [...slides.children].map((cell) => ({
    kind: cell.dataset.kind,
    units: parts(cell).map((part) => ({ part, said: isSaid(part) })),
  }));
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  slides.replaceChildren();
  slides.classList.add("measured");
  lay(cells);
  slides.classList.remove("measured");
  const printed = new Promise((resolve) => Reveal.on("pdf-ready", resolve));
  await Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    pdfSeparateFragments: false,
    plugins: [RevealNotes],
  });
  if (Reveal.isPrintView()) await printed; // it cuts the deck into pages when it has drawn them
  document.documentElement.dataset.laid = "true";
}

addEventListener("load", show);
