"""`make bench-explorer`: from the slider's key to the changed pixels, beside plain `interact`.

One run, one JupyterLab, one Chromium; the two figures take turns, so that both see the same
machine. (a) is our explorer, (b) is what courses usually do: `interact` with a new matplotlib
figure of the same picture for every event. Times are compared as ratios only.
"""

import json
import statistics
import sys
import tempfile
from itertools import pairwise
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

#: Runs in the page: notes when a picture inside an output area has been painted anew. A canvas is
#: cleared before it is drawn, an image is loaded; the frame after that shows it.
WATCH = """(area) => {
  const watch = {paints: [], events: [], on: true};
  let pending = false;
  const painted = () => {
    if (pending || !watch.on) return;
    pending = true;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { pending = false; watch.paints.push(performance.now()); };
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
  for (const kind of ["keydown", "pointermove"])
    area.addEventListener(kind, (event) => watch.events.push(event.timeStamp), true);
  window.watch = watch;
}"""
PICTURE = """(area) => [...area.querySelectorAll("canvas")].map((c) => c.toDataURL()).concat(
  [...area.querySelectorAll("img")].map((i) => i.src)).join()"""


def notebook(folder):
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (OURS, PLAIN, THREE, SLOW)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(whole, folder / "bench.ipynb")


class Bench:
    """One figure in one output area: key presses and drags, timed by the page's own clock."""

    def __init__(self, lab, cell, label):
        self.lab, self.page, self.label = lab, lab.page, label
        self.area = lab.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea").first
        self.handle = self.area.locator(".noUi-handle").first

    def watch(self):
        self.area.scroll_into_view_if_needed()
        self.handle.focus()
        self.area.evaluate(WATCH)

    def stop(self):
        seen = self.page.evaluate("() => { watch.on = false; return watch; }")
        return seen["paints"], seen["events"]

    def still(self, wait=400):
        """Wait until nothing has been painted for a while."""
        count = -1
        while (now := self.page.evaluate("watch.paints.length")) != count:
            count = now
            self.page.wait_for_timeout(wait)

    def key(self, direction):
        """Milliseconds from one key press to the first changed picture, and bytes received."""
        self.watch()
        self.page.wait_for_timeout(150)
        before, picture = self.lab.bytes, self.area.evaluate(PICTURE)
        self.page.keyboard.press(direction)
        self.lab.wait_for(lambda: self.page.evaluate("watch.paints.length"), self.label)
        self.still()
        paints, keys = self.stop()
        if self.area.evaluate(PICTURE) == picture:
            raise RuntimeError(f"{self.label}: painted, but the picture is the same")
        return paints[0] - keys[0], self.lab.bytes - before

    def drag(self, seconds=3.0):
        """Pictures a second during a sweep of the slider, tail in ms, and ms between pictures."""
        self.watch()
        box = self.handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        # To and fro, more than a pixel a move: each is another value. Few calls: one for each move
        # would keep one of two cores busy.
        for end, share in ((x - 60, 1), (x + 60, 2), (x, 1)):
            self.page.mouse.move(end, y, steps=int(seconds * 60 * share / 4))
        self.page.mouse.up()
        self.still(800)
        paints, moves = self.stop()
        moves = [t for t in moves if t <= moves[-1]]
        during = [t for t in paints if moves[0] <= t <= moves[-1]]
        gaps = [b - a for a, b in pairwise(during)]
        rate = 1000 * len(during) / (moves[-1] - moves[0])
        return rate, max(1.0, paints[-1] - moves[-1]), statistics.median(gaps or [float("nan")])

    def shows_the_last_value(self):
        """Does the picture's text name the α that the box beside the slider shows?"""
        value = float(self.area.locator(".course-knob input").first.input_value())
        text = self.area.locator("canvas").first.get_attribute("aria-label")
        return f"alpha = {value:g}" in text


def main(repetitions=30):
    with tempfile.TemporaryDirectory() as folder:
        notebook(Path(folder))
        with (
            browser.jupyterlab(folder) as server,
            browser.chromium(viewport={"width": 1400, "height": 900}) as window,
        ):
            lab = browser.Lab(window, server)
            count_bytes(lab)
            lab.open("bench.ipynb")
            lab.run_all()
            ours, plain, three, slow = (
                Bench(lab, j, label)
                for j, label in enumerate(("ours", "interact", "three", "slow"))
            )
            rows = {bench.label: [] for bench in (ours, plain, three)}
            for j in range(3 + repetitions):
                for bench in (ours, plain, three):
                    result = bench.key("ArrowRight" if j % 2 else "ArrowLeft")
                    if j >= 3:  # the first ones warm up
                        rows[bench.label].append(result)
            drags = {bench.label: [bench.drag() for _ in range(2)] for bench in (ours, plain, slow)}
            last = ours.shows_the_last_value() and slow.shows_the_last_value()
    return report(rows, drags, last)


def count_bytes(lab):
    lab.bytes = 0

    def received(frame):
        lab.bytes += len(frame)

    lab.page.on("websocket", lambda socket: socket.on("framereceived", received))


def report(rows, drags, last):
    median = {name: statistics.median(t for t, _ in values) for name, values in rows.items()}
    print(f"{'key → pixels':13} {'median, ms':>11} {'p95, ms':>8} {'kB':>6}")
    for name, values in rows.items():
        p95 = sorted(t for t, _ in values)[int(0.95 * len(values))]
        kilobytes = statistics.median(b for _, b in values) / 1e3
        print(f"{name:13} {median[name]:11.1f} {p95:8.1f} {kilobytes:6.1f}")
    print(f"\n{'drag':13} {'pictures/s':>11} {'tail, ms':>9} {'between, ms':>12}")
    for name, values in drags.items():
        rate, tail, between = (statistics.mean(column) for column in zip(*values, strict=True))
        print(f"{name:13} {rate:11.1f} {tail:9.1f} {between:12.1f}")
    drag = {name: statistics.mean(d[0] for d in values) for name, values in drags.items()}
    tail, between = min((t, m) for _, t, m in drags["slow"])
    targets = [
        ("key: interact / ours", median["interact"] / median["ours"], 6),
        ("key: interact / three methods", median["interact"] / median["three"], 4),
        ("drag: ours / interact", drag["ours"] / drag["interact"], 8),
        ("slow: 2 pictures' time / tail", 2 * between / tail, 1),
        ("final picture = last value", float(last), 1),
    ]
    for name, value, least in targets:
        print(f"{name:32} {value:6.1f}  ≥ {least}  {'ok' if value >= least else 'MISSED'}")
    print(json.dumps({"key": median, "drag": drag}))
    return all(value >= least for _, value, least in targets)


if __name__ == "__main__":
    sys.exit(not main())
