"""`make bench-explorer`: from the slider's key to the changed pixels, beside plain `interact`.

One run, one JupyterLab, one Chromium; the figures take turns, so that all see the same machine.
"ours" is our explorer, "interact" is what courses usually do: a new matplotlib figure of the same
picture for every event. "floor" is what JupyterLab's round trip costs at all: a core slider, a
callback that computes the path, a canvas that draws it. "page only" makes no trip: the canvas holds
the paths of all positions, and the slider is linked to it in the page. Both draw the points too: a
line of one pixel alone moves by too little for some pictures to count as new. Each slider has 501
positions, more than one a pixel: a drag goes pixel by pixel, to and fro near the middle, so it sets
as many values in every figure, however short its slider. Times are compared as ratios only.
"""

import json
import random
import statistics
import sys
import tempfile
from itertools import chain, pairwise
from pathlib import Path

import nbformat

from tools import browser

OURS = """
from course_lib import adam, explore, rosenbrock
explore(adam, rosenbrock(), [-1.5, 2.5], alpha=0.03, steps=200)
"""
THREE = """
from course_lib import gd, momentum
explore([gd, momentum, adam], rosenbrock(), [-1.5, 2.5], steps=300,
        alpha={"gd": 1e-3, "momentum": 1e-3, "adam": 0.03})
"""
SLOW = """
import time
from course_lib import Function
surface = rosenbrock()
def heavy(x):
    if x.ndim == 1 and (x == [-1.5, 2.5]).all():  # the start of every run: 150 ms once a run
        time.sleep(0.15)
    return surface.grad(x)
slow = Function(surface.f, heavy, "slow", domain=surface.domain, x_star=surface.x_star, f_star=0.0)
explore(adam, slow, [-1.5, 2.5], alpha=0.03, steps=200)
"""
PLAIN = """
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatLogSlider, interact
from course_lib import run

def draw(alpha):
    problem = rosenbrock()
    xs = run(adam, problem, [-1.5, 2.5], steps=200, alpha=alpha)
    u, v = np.linspace(-2, 2, 200), np.linspace(-1, 3, 200)
    z = problem.f(np.stack(np.meshgrid(u, v), axis=-1))
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.4, 4.95))  # cut to the size of ours
    left.contourf(u, v, z, 14)
    left.contour(u, v, z, 14, colors="gray", linewidths=0.6)
    left.plot(*xs.T, ".-")
    left.plot(1, 1, "*")
    right.semilogy(problem.f(xs))
    plt.show()

interact(draw, alpha=FloatLogSlider(value=0.03, min=-4, max=1, step=0.01))
"""

BARE = """
import anywidget
import numpy as np
import traitlets
from ipywidgets import FloatSlider, VBox, jslink
from course_lib import run

class Path(anywidget.AnyWidget):
    _esm = '''
    function render({ model, el }) {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: 900, height: 400 });
      el.append(canvas);
      const ctx = canvas.getContext("2d");
      function draw() {
        const { buffer, byteOffset, byteLength } = model.get("points");
        const place = byteLength > 1608 ? Math.round(100 * (model.get("at") + 4)) : 0;
        const start = byteOffset + 1608 * place;
        const path = new Float32Array(buffer.slice(start, start + 1608));
        ctx.clearRect(0, 0, 900, 400);
        ctx.beginPath();
        const x = (i) => 450 + 200 * path[i], y = (i) => 300 - 90 * path[i + 1];
        for (let i = 0; i < 402; i += 2) ctx.lineTo(x(i), y(i));
        ctx.stroke();
        ctx.beginPath();
        for (let i = 0; i < 402; i += 2) ctx.rect(x(i) - 2, y(i) - 2, 4, 4);
        ctx.fill();
      }
      model.on("change:points change:at", draw);
      draw();
    }
    export default { render };
    '''
    points = traitlets.Bytes().tag(sync=True)
    at = traitlets.Float(-1.52).tag(sync=True)

def paths(exponents):
    xs = run(adam, rosenbrock(), [-1.5, 2.5], steps=200, alpha=10.0 ** np.asarray(exponents))
    return np.moveaxis(xs, 0, -2).astype("f4").tobytes()

bare = Path(points=paths(-1.52))
slider = FloatSlider(-1.52, min=-4, max=1, step=0.01)
"""
FLOOR = (
    BARE
    + """
slider.observe(lambda change, bare=bare: bare.set_trait("points", paths(change.new)), "value")
VBox([slider, bare])
"""
)
PAGE = (
    BARE
    + """
bare.points = paths(np.linspace(-4, 1, 501))
jslink((slider, "value"), (bare, "at"))
VBox([slider, bare])
"""
)

ASIDE, TURNS = 20, 2  # a drag: pixels to each side, and how often it goes there
#: A move with the button down. Chromium takes one a frame of the screen, as it does of a hand;
#: Playwright's own moves come half as often: each looks first for things to drag and drop.
HELD = {"type": "mouseMoved", "button": "left", "buttons": 1}
DRAGS = 3  # of each figure, in turn

#: Runs in the page: notes when a picture inside an output area has been painted anew. A canvas is
#: cleared before it is drawn, an image is loaded; the frame after that shows it.
WATCH = """(area) => {
  const watch = {paints: [], events: [], places: [], on: true};
  const pixels = () => [...area.querySelectorAll("canvas")].filter((c) => c.width && c.height)
    .map((c) => c.getContext("2d").getImageData(0, 0, c.width, c.height).data);
  const differ = (one, other, least) => {
    let count = 0;
    for (let i = 0; i < one.length && count < 5; i++) count += Math.abs(one[i] - other[i]) > least;
    return one.length !== other.length || count === 5;
  };
  let shown = pixels();
  // A picture that is painted once more is no new one: at first the very same, later also the
  // kernel's own in place of the one that was made ahead.
  const note = (t) => {
    const now = pixels();
    const least = watch.paints.length ? 50 : 0;
    const alike = now.length === shown.length && !now.some((c, i) => differ(c, shown[i], least));
    shown = now;
    if (!alike || !now.length) watch.paints.push(t);
  };
  let pending = false;
  const painted = () => {
    if (pending || !watch.on) return;
    pending = true;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { pending = false; note(performance.now()); };
      channel.port2.postMessage(null);
    });
  };
  if (!window.clearedBefore) {
    window.clearedBefore = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
      window.cleared?.(this.canvas);
      return window.clearedBefore.apply(this, box);
    };
  }
  window.cleared = (canvas) => area.contains(canvas) && painted();
  area.addEventListener("load", painted, true);
  const place = () => area.querySelector(".noUi-origin").style.transform;
  for (const kind of ["keydown", "pointermove", "pointerup"])
    area.addEventListener(kind, (event) => {
      if (kind !== "pointerup") watch.events.push(event.timeStamp);
      watch.places.push(place());
    }, true);
  window.watch = watch;
}"""
PICTURE = """(area) => [...area.querySelectorAll("canvas")].map((c) => c.toDataURL()).concat(
  [...area.querySelectorAll("img")].map((i) => i.src)).join()"""


def to_and_fro():
    """Where a drag goes, pixel by pixel: distances from where it began."""
    ends = [0, *[-ASIDE, ASIDE] * TURNS, 0]
    ways = [range(a, b, 1 if a < b else -1) for a, b in pairwise(ends)]
    return [*chain.from_iterable(ways), 0][1:]


def notebook(folder):
    cells = [
        nbformat.v4.new_code_cell(source.strip())
        for source in (OURS, PLAIN, THREE, SLOW, FLOOR, PAGE)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(whole, folder / "bench.ipynb")


class Bench:
    """One figure in one output area: key presses and drags, timed by the page's own clock."""

    def __init__(self, lab, cell, label):
        self.lab, self.page, self.label = lab, lab.page, label
        self.area = lab.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea").first
        self.handle = self.area.locator(".noUi-handle").first
        self.hand = lab.page.context.new_cdp_session(lab.page)

    def watch(self):
        self.area.scroll_into_view_if_needed()
        self.handle.focus()
        self.area.evaluate(WATCH)

    def stop(self):
        """When pictures and events were, and how often the slider's handle stood elsewhere."""
        seen = self.page.evaluate("() => { watch.on = false; return watch; }")
        values = sum(before != after for before, after in pairwise(seen["places"]))
        return seen["paints"], seen["events"], values

    def still(self, wait=400):
        """Wait until nothing has been painted for a while."""
        count = -1
        while (now := self.page.evaluate("watch.paints.length")) != count:
            count = now
            self.page.wait_for_timeout(wait)

    def key(self, direction):
        """Milliseconds from one key press to the first changed picture, and bytes received."""
        self.watch()
        picture = self.area.evaluate(PICTURE)
        self.page.wait_for_timeout(150)  # the page rests from what this asks of it
        before = self.lab.bytes
        self.page.keyboard.press(direction)
        self.lab.wait_for(lambda: self.page.evaluate("watch.paints.length"), self.label)
        self.still()
        paints, keys, _ = self.stop()
        if self.area.evaluate(PICTURE) == picture:
            raise RuntimeError(f"{self.label}: painted, but the picture is the same")
        return paints[0] - keys[0], self.lab.bytes - before

    def drag(self):
        """Of a sweep of the slider: pictures a second, ms from the last event to the last of them,
        ms between two, how many values it set, and events a second."""
        self.watch()
        box = self.handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for place in [x + pixels for pixels in to_and_fro()]:
            self.hand.send("Input.dispatchMouseEvent", {"x": place, "y": y, **HELD})
        self.still(800)  # a hand rests before it lets go: what that costs is not the picture's
        self.page.mouse.up()
        paints, moves, values = self.stop()
        during = [t for t in paints if moves[0] <= t <= moves[-1]]
        gaps = [b - a for a, b in pairwise(during)]
        seconds = (moves[-1] - moves[0]) / 1000
        between = statistics.median(gaps or [float("nan")])
        tail = max(1.0, paints[-1] - moves[-1])
        return len(during) / seconds, tail, between, values, len(moves) / seconds

    def shows_the_last_value(self):
        """Does the picture's text name the α that the box beside the slider shows?"""
        value = float(self.area.locator(".course-knob input").first.input_value())
        text = self.area.locator("canvas").first.get_attribute("aria-label")
        return f"α = {value:g}," in text


def main(repetitions=30):
    with tempfile.TemporaryDirectory() as folder:
        notebook(Path(folder))
        with (
            browser.jupyterlab(folder) as server,
            browser.chromium(viewport={"width": 1400, "height": 900}) as window,
        ):
            lab = browser.Lab(window, server)
            lab.open("bench.ipynb")
            lab.run_all()
            labels = ("ours", "interact", "three", "slow", "floor", "page only")
            figures = [Bench(lab, j, label) for j, label in enumerate(labels)]
            ours, plain, three, slow, floor, page = figures
            pressed, dragged = (ours, plain, three, floor, page), (ours, plain, slow, floor, page)
            rows = {bench.label: [] for bench in pressed}
            for j in range(3 + repetitions):
                for bench in random.Random(j).sample(pressed, len(pressed)):  # each after each
                    result = bench.key("ArrowRight" if j % 2 else "ArrowLeft")
                    if j >= 3:  # the first ones warm up
                        rows[bench.label].append(result)
            drags = {bench.label: [] for bench in dragged}
            for _ in range(DRAGS):
                for bench in dragged:
                    drags[bench.label].append(bench.drag())
            last = ours.shows_the_last_value() and slow.shows_the_last_value()
    return report(rows, drags, last)


def report(rows, drags, last):
    median = {name: statistics.median(t for t, _ in values) for name, values in rows.items()}
    print(f"{'key → pixels':13} {'median, ms':>11} {'p95, ms':>8} {'kB':>6}")
    for name, values in rows.items():
        p95 = sorted(t for t, _ in values)[int(0.95 * len(values))]
        kilobytes = statistics.median(b for _, b in values) / 1e3
        print(f"{name:13} {median[name]:11.1f} {p95:8.1f} {kilobytes:6.1f}")
    print(f"\n{'drag':13} {'pictures/s':>11} {'tail, ms':>9} {'between, ms':>12} {'values':>7}"
          f" {'events/s':>9}")  # fmt: skip
    drag, tail, between, values, events = {}, {}, {}, {}, {}
    for name, dragged in drags.items():
        columns = map(statistics.median, zip(*dragged, strict=True))
        drag[name], tail[name], between[name], values[name], events[name] = columns
        print(f"{name:13} {drag[name]:11.1f} {tail[name]:9.1f} {between[name]:12.1f}"
              f" {values[name]:7.0f} {events[name]:9.1f}")  # fmt: skip
    frame = between["page only"]
    targets = [
        ("key: floor / ours", median["floor"] / median["ours"], 1 / 0.6),
        ("key: 2.5 page only / ours", 2.5 * median["page only"] / median["ours"], 1),
        ("key: 1.2 ours / three methods", 1.2 * median["ours"] / median["three"], 1),
        ("drag: ours / floor", drag["ours"] / drag["floor"], 2),
        ("drag: ours / moves of the hand", drag["ours"] / events["ours"], 0.9),  # 1 is the most
        ("drag: ours / page only", drag["ours"] / drag["page only"], 0.7),
        ("2 frames of the page / tail", 2 * frame / tail["ours"], 1),
        ("key: interact / ours", median["interact"] / median["ours"], 6),
        ("key: interact / three methods", median["interact"] / median["three"], 4),
        ("drag: ours / interact", drag["ours"] / drag["interact"], 8),
        ("slow: 2 pictures' time / tail", 2 * between["slow"] / tail["slow"], 1),
        ("drag: fewest / most values", min(values.values()) / max(values.values()), 0.95),
        ("final picture = last value", float(last), 1),
    ]
    for name, value, least in targets:
        print(f"{name:32} {value:6.1f}  ≥ {least:.3g}  {'ok' if value >= least else 'MISSED'}")
    print(json.dumps({"key": median, "drag": drag}))
    return all(value >= least for _, value, least in targets)


if __name__ == "__main__":
    sys.exit(not main())
