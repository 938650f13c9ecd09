"""What the live figure shows, as data: panels with axes, and marks with points.

One description, two renderers: the browser draws it on canvases (`canvas.js`), matplotlib draws
it as the static picture that stays without a kernel. What to show is decided in Python, so a test
can look at it without a browser.
"""

import io
from dataclasses import dataclass, field

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.ticker import MaxNLocator

from course_lib.plot import SURFACE, levels, surface

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """One axis: its symbol, its ends in data units, and whether it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False

    def ticks(self):
        """Positions and their texts: round numbers, or powers of ten on a log axis."""
        if self.log:
            low, high = np.log10(self.low), np.log10(self.high)
            step = max(1, int(np.ceil((high - low) / 7)))
            exponents = np.arange(np.ceil(low - 1e-9), high + 1e-9, step).astype(int)
            return [(10.0**e, "10" + str(e).translate(SUPERSCRIPT)) for e in exponents]
        values = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        inside = values[(values >= self.low) & (values <= self.high)]
        return [(float(v), f"{v:.6g}".replace("-", "\N{MINUS SIGN}")) for v in inside]


@dataclass(frozen=True)
class Mark:
    """Points (N, 2) in data units: a line, a band, dots, rings, stars, crosses or an arrow.

    color: "#rrggbb", or "text" for the theme's own text colour. A nan row interrupts a line; a
    band's points run along its lower edge and back along the upper one.
    """

    kind: str
    points: np.ndarray
    color: str = "text"
    width: float = 2.2
    size: float = 4.0
    dash: tuple = ()
    opacity: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """A pair of axes, the marks on them, and a background picture for the whole axes area."""

    name: str
    x: Axis
    y: Axis
    marks: list = field(default_factory=list)
    image: bytes = b""


def layout(panels):
    """The panels as JSON for the browser: all but the points and the pictures."""
    return [
        {
            "name": panel.name,
            "x": _axis(panel.x),
            "y": _axis(panel.y),
            "marks": [
                {
                    "kind": mark.kind, "n": len(mark.points), "color": mark.color,
                    "width": mark.width, "size": mark.size, "dash": list(mark.dash),
                    "opacity": mark.opacity, "label": mark.label,
                }
                for mark in panel.marks
            ],
        }
        for panel in panels
    ]  # fmt: skip


def points(panels):
    """All points of all marks, in order, as float32 bytes; huge values stay finite."""
    flat = [np.asarray(mark.points, dtype=float).reshape(-1, 2) for p in panels for mark in p.marks]
    joined = np.concatenate(flat) if flat else np.empty((0, 2))
    return joined.clip(-3e38, 3e38).astype(np.float32).tobytes()


def _axis(axis):
    ticks = [{"at": at, "text": text} for at, text in axis.ticks()]
    ends = {"low": axis.low, "high": axis.high, "log": axis.log}
    return {"label": axis.label, **ends, "ticks": ticks}


def contour_picture(problem, width=640, height=520):
    """The surface as a PNG that fills the axes area, transparent enough for a dark theme."""
    u, v, z = surface(problem)
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, layout="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    shown = levels(z)
    ax.contourf(u, v, z, shown, cmap=SURFACE, alpha=0.5, extend="max")
    ax.contour(u, v, z, shown, colors="#5b8db8", linewidths=0.8, alpha=0.8)
    ax.set(xlim=problem.domain[0], ylim=problem.domain[1])
    return _png(figure, transparent=True)


def static_picture(panels):
    """The same panels drawn by matplotlib: a PNG."""
    figure = Figure(figsize=(6.2 * len(panels), 4.6), dpi=90, layout="constrained")
    for panel, ax in zip(panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True):
        _draw(panel, ax)
    return _png(figure, facecolor="white")


def _draw(panel, ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=14)
    if panel.image:
        extent = (panel.x.low, panel.x.high, panel.y.low, panel.y.high)
        ax.imshow(imread(io.BytesIO(panel.image)), aspect="auto", zorder=0, extent=extent)
    else:
        ax.grid(alpha=0.3)
    for mark in panel.marks:
        color = "black" if mark.color == "text" else mark.color
        x, y = np.asarray(mark.points, dtype=float).reshape(-1, 2).T
        common = {"color": color, "alpha": mark.opacity, "label": mark.label or None, "zorder": 3}
        if mark.kind == "line":
            ax.plot(x, y, linewidth=mark.width, dashes=mark.dash or (None, None), **common)
        elif mark.kind == "band":
            ax.fill(x, y, linewidth=0, **common)
        elif mark.kind == "arrow":
            style = {"arrowstyle": "-|>", "color": color, "linewidth": mark.width}
            ax.annotate("", (x[1], y[1]), (x[0], y[0]), zorder=4, arrowprops=style)
        else:
            shape = {"dots": "o", "rings": "o", "stars": "*", "crosses": "x"}[mark.kind]
            hollow = mark.kind in ("rings", "crosses")  # strokes; crosses stand on the frame
            ax.plot(x, y, shape, markersize=1.6 * mark.size, markerfacecolor=color,
                    fillstyle="none" if hollow else "full", markeredgecolor=color,
                    markeredgewidth=mark.width if hollow else 0,
                    clip_on=mark.kind != "crosses", **{**common, "zorder": 5})  # fmt: skip
    ax.set(xlim=(panel.x.low, panel.x.high), ylim=(panel.y.low, panel.y.high))
    ax.set_xscale("log" if panel.x.log else "linear")
    ax.set_yscale("log" if panel.y.log else "linear")
    ax.set_xlabel(panel.x.label, fontsize=15)
    ax.set_ylabel(panel.y.label, fontsize=15)
    if any(mark.label for mark in panel.marks):
        ax.legend(fontsize=13)


def _png(figure, **options):
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **options)
    return buffer.getvalue()
