"""What a slider shows at once is what the kernel draws there, to the pixel, in every figure."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib import adam, explore, line_fit, live, rosenbrock
from course_lib.figures.canvas import HERE, script
from course_lib.figures.scene import Axis, Panel, heat, line
from support import ROOT
from support.live_figures import pairs

NOTEBOOKS = sorted((ROOT / "notebooks/ru").glob("*.ipynb"))
PLACES = 9  # of a slider, from end to end
#: Of 255, and how many pixels may differ more: runs side by side are rounded otherwise in the 16th
#: digit, and where f − f* is no more than that its curve shows it.
FAINT, FEW = 51, 5

#: In the page: draws what was sent ahead and what the kernel sent, and says where they differ.
COMPARE = r"""
const el = document.querySelector("main");
const screen = openScreen(el, () => {}, () => {});
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const png = (text) => toImage(bytes(text), () => {});
async function pixels(picture) {
  await Promise.all(picture.images.map((image) => image?.decode()));
  screen.show(picture);
  return [...el.querySelectorAll("canvas")].map(
    (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
}
function count(one, other, faint) {
  let differ = 0;
  for (let i = 0; i < one.length; i += 4) {
    differ += [0, 1, 2, 3].some((j) => Math.abs(one[i + j] - other[i + j]) > faint);
  }
  return differ;
}
const words = ({ alt, lines }) => (alt + lines).replace(/[\d.]+e-(1[2-9]|[2-9]\d)/g, "0");
window.compare = async ({ packed, known, sent, pngs }, faint) => {
  const [before, after] = [known, pngs].map((texts) => texts.map(png));
  const piece = sent.length ? await unpack(bytes(packed), () => {}) : null;
  const found = [];
  for (const [i, its] of sent.entries()) {
    const made = piece.picture(i, before);
    const points = new Float32Array(bytes(its.points).buffer);
    const own = { ...its, points, images: its.images.map((n) => after[n]) };
    const [one, other] = [await pixels(made), await pixels(own)];
    const alike = words(made) === words(own) && one.length === other.length;
    found.push(alike ? Math.max(...one.map((its, n) => count(its, other[n], faint))) : "all");
  }
  return found;
};
"""


def wave(p, shown):
    axis, t = Axis("t", 0, 1), [i / 50 for i in range(51)]
    curve = line(t, [0.5 + 0.4 * shown * abs(x - 0.3) ** p for x in t])
    return [Panel("w", axis, axis, [curve], heat([[p, 1], [2, 3]], 0, 9))], f"p = {p}"


def start():
    return {
        "one": explore(adam, rosenbrock(), [-1.5, 2.5], alpha=0.03, steps=60),
        "seeds": explore([adam], line_fit().minibatch(2), [5.5, 1.5], steps=40, seeds=3),
        "own": live(wave, p=2.0, shown=True),
    }


@pytest.fixture(scope="module")
def page(window):
    page = window.new_page()
    style = (HERE / "canvas.css").read_text(encoding="utf-8")
    page.set_content(f"<style>{style}</style><main></main>")
    page.add_script_tag(content=script("page.js") + COMPARE, type="module")
    page.wait_for_function("() => window.compare")
    return page


def differences(page, found, faint, few):
    """Texts: which picture, at which value of its slider, and in how many pixels it differs."""
    for pair in found:
        values = pair.pop("values")
        counts = page.evaluate(f"its => compare(its, {faint})", pair)
        for value, count in zip(values, counts, strict=True):
            if count == "all" or count > few:
                yield f"{pair['title']} = {value}: {count} pixels"


@pytest.mark.browser
def test_a_picture_made_ahead_has_the_kernels_pixels(page):
    found = [pair for name, figure in start().items() for pair in pairs(name, figure, 3)]
    assert sum(len(pair["sent"]) for pair in found) > 30
    assert list(differences(page, found, 0, 0)) == []


@pytest.mark.pixels
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_of_a_notebook(page, path, tmp_path):
    notebook = nbformat.read(path, 4)
    around = (
        f"import sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from support import live_figures\nlive_figures.note()",
        f"live_figures.write_pairs('pairs.json', {PLACES})",
    )
    first, last = map(nbformat.v4.new_code_cell, around)
    notebook.cells = [first, *notebook.cells, last]
    there = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, allow_errors=True, resources=there).execute()
    assert [output for output in last.outputs if output.output_type == "error"] == []
    found = json.loads((tmp_path / "pairs.json").read_text())
    assert list(differences(page, found, FAINT, FEW)) == []
