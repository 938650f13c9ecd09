// The bar and the contents of a page.
const root = document.documentElement;

document.getElementById("theme").addEventListener("click", () => {
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  try {
    localStorage.setItem("course-theme", theme);
  } catch {
    // it holds for this page only
  }
});

// A page that was opened from a file has no server for the Python beside it.
if (location.protocol === "file:") document.querySelector(".run")?.remove();

// ---- Contents: the headings of the text ----

const contents = document.querySelector(".contents");
if (contents) {
  for (const heading of document.querySelectorAll("main h2[id], main h3[id]")) {
    const link = document.createElement("a");
    link.href = `#${encodeURIComponent(heading.id)}`;
    link.className = heading.localName;
    link.textContent = heading.textContent.replace("¶", "");
    contents.append(link);
  }
}

// What is wider than a phone scrolls by itself; the keyboard reaches it too.
for (const wide of document.querySelectorAll("main pre, main table, main .jp-RenderedImage img")) {
  const frame = document.createElement("div");
  frame.className = "wide";
  wide.replaceWith(frame);
  frame.append(wide);
}
const reachable = () => {
  for (const box of document.querySelectorAll(".wide, mjx-container[display]")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
};
addEventListener("load", () => window.MathJax.startup.promise.then(reachable));

// ---- Search: built when it is first asked for; search.js holds the sections ----

const box = document.getElementById("search");
const found = document.getElementById("found");
let index = null;

const load = (source) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });

async function built() {
  await Promise.all([load("../static/minisearch.js"), load("search.js")]);
  const index = new MiniSearch({
    fields: ["title", "text"],
    storeFields: ["title", "page", "address"],
    searchOptions: { boost: { title: 3 }, prefix: true, fuzzy: 0.2, combineWith: "AND" },
  });
  index.addAll(window.SECTIONS);
  return index;
}

async function search() {
  index ??= built();
  const results = (await index).search(box.value).slice(0, 12);
  found.replaceChildren(
    ...results.map(({ title, page, address }) => {
      const link = document.createElement("a");
      link.href = address;
      const from = document.createElement("small");
      from.textContent = page;
      link.append(title, from);
      return link;
    }),
  );
  if (box.value.trim() && !results.length) found.textContent = box.dataset.nothing;
}

box.addEventListener("input", search);
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    box.value = "";
    search();
  }
  if (event.key === "Enter") found.querySelector("a")?.click();
});
