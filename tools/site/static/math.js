// How MathJax reads the notebooks: as JupyterLab does, with single dollars.
window.MathJax = {
  tex: {
    inlineMath: [["$", "$"], ["\\(", "\\)"]],
    displayMath: [["$$", "$$"], ["\\[", "\\]"]],
    processEscapes: true,
  },
  options: { enableMenu: false },
  svg: { fontCache: "global" },
};
