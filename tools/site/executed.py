"""Executed notebooks, kept in build/executed as long as neither they nor the library change."""

import hashlib
import os

import nbformat
from nbclient import NotebookClient

from tools import ROOT

KEPT = ROOT / "build" / "executed"
HANGS = 600  # seconds of one cell
#: A notebook's reader waits for a figure's pictures (`page.SECONDS`); a site's waits for nothing.
PATIENT = "__import__('course_lib.figures.page', fromlist=['page']).SECONDS = 20"
KERNEL = [f"--IPKernelApp.exec_lines={PATIENT}", "--log-level=ERROR"]


def executed(path, folder=KEPT):
    """The notebook at `path` with its outputs, kept in `folder`.

    An exception that the notebook does not announce by its tags is raised.
    """
    text = path.read_text(encoding="utf-8")
    kept = folder / path.parent.name / f"{path.stem}-{_digest(text)}.ipynb"
    if not kept.exists():
        notebook = nbformat.reads(text, as_version=4)
        client = NotebookClient(
            notebook, timeout=HANGS, store_widget_state=False, extra_arguments=KERNEL,
            resources={"metadata": {"path": str(path.parent)}},
        )  # fmt: skip
        # As Jupyter does: so live figures know the language of their notebook.
        client.execute(env=os.environ | {"JPY_SESSION_NAME": str(path)})
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{path.stem}-*.ipynb"):
            old.unlink()
        nbformat.write(notebook, kept)
    return nbformat.read(kept, as_version=4)


def _digest(text):
    """Of the notebook and of all that the library may answer."""
    known = hashlib.sha256(text.encode())
    for file in sorted((ROOT / "course_lib").rglob("*")):
        if file.suffix in (".py", ".js", ".css"):
            known.update(file.read_bytes())
    return known.hexdigest()[:16]
