// A live figure that no kernel knows is shown as it was saved.
//
// Of an output JupyterLab and Notebook 7 show one form only. ipywidgets' has a rank above all, and
// says "model not found" when the kernel is a new one, and "Loading widget..." for ever when there
// is none. Here the next form takes its place: the page that works without a kernel (page.py), or,
// in a notebook that is not trusted and may run no script, the picture in it with its text.
// The file is what JupyterLab loads, as it stands: it asks for none of its packages.

const VIEW = "application/vnd.jupyter.widget-view+json";
const PATIENCE = 2000; // ms until a kernel has told what it knows

function showSaved(rendermime) {
  const create = rendermime.createRenderer.bind(rendermime);
  rendermime.createRenderer = (type) => (type === VIEW ? withSaved(create(type)) : create(type));

  // ipywidgets looks for its own renderers, so it is given back one of these.
  function withSaved(renderer) {
    const render = renderer.renderModel.bind(renderer);
    let saved = { html: "", form: null };
    renderer.renderModel = async (model) => {
      const html = model.data["text/html"];
      const instead = () => {
        if (!html || renderer.isDisposed || renderer.node.childElementCount) return;
        if (saved.html !== html) saved = { html, form: formOf(model) };
        renderer.node.replaceChildren(saved.form.node);
      };
      const timer = setTimeout(instead, PATIENCE);
      await render(model);
      clearTimeout(timer);
      instead();
    };
    return renderer;
  }

  function formOf(model) {
    const { [VIEW]: view, ...others } = model.data;
    const form = create(rendermime.preferredMimeType(others, model.trusted ? "any" : "ensure"));
    form.renderModel(model);
    return form;
  }
}

const plugin = {
  id: "sgd-course:still",
  autoStart: true,
  activate: (app) => {
    app.docRegistry.addWidgetExtension("Notebook", { createNew: ({ content }) => showSaved(content.rendermime) });
  },
};

(window._JUPYTERLAB ??= {})["sgd-course"] = { init() {}, get: async () => () => plugin };
