// Before the page is painted: the theme that was chosen, or the one of the system.
const chosen = () => {
  try {
    return localStorage.getItem("course-theme");
  } catch {
    return null; // a file opened where storage is closed
  }
};
const system = matchMedia("(prefers-color-scheme: dark)");
const wear = () => {
  document.documentElement.dataset.theme = chosen() ?? (system.matches ? "dark" : "light");
};
wear();
system.addEventListener("change", wear);
