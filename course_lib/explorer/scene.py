"""What the live figure shows, as data: panels with axes, and marks with points.

One description, two renderers: the browser draws it on canvases (`canvas.js`), matplotlib draws
it as the static picture that stays without a kernel. What to show is decided in Python, so a test
can look at it without a browser.
"""

import io
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread, imsave
from matplotlib.ticker import MaxNLocator

from course_lib.plot import COLORS, DASHES, SURFACE, levels, surface

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """One axis: its symbol, its ends in data units, and whether it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False
    bare: bool = False  # without ticks

    @classmethod
    def over(cls, label, *values, log=False):
        """An axis that holds all finite values (on a log axis: all positive ones, whole decades).

        >>> axis = Axis.over("f", [1.0, np.inf], [0.02, 0.0], log=True)
        >>> axis.low, axis.high
        (0.01, 1.0)
        """
        joined = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values])
        joined = joined[np.isfinite(joined) & ((joined > 0) | (not log))]
        if not joined.size:
            return cls(label, 0.1, 1.0, True) if log else cls(label, 0.0, 1.0)
        low, high = float(joined.min()), float(joined.max())
        if log:
            low = np.floor(np.log10(low) + 1e-9)
            high = max(np.ceil(np.log10(high) - 1e-9), low + 1)
            return cls(label, float(10.0**low), float(10.0**high), True)
        pad = 0.05 * (high - low) or max(1.0, 0.05 * abs(high))
        return cls(label, low - pad, high + pad)

    @lru_cache(256)  # noqa: B019  axes are values; most of a drag's pictures share theirs
    def ticks(self):
        """Positions and their texts: round numbers, or powers of ten on a log axis."""
        if self.bare:
            return []
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
    """A pair of axes, the marks on them, and a background picture for the whole axes area.

    share: the panel's width beside the others'.
    """

    name: str
    x: Axis
    y: Axis
    marks: list = field(default_factory=list)
    image: bytes = b""
    share: float = 1.0


def line(x, y, color=0, label="", width=2.2, opacity=1.0):
    """A curve in the course's colour and dash number `color`, or "#rrggbb" or "text"."""
    numbered = isinstance(color, int)
    dash = DASHES[color % len(DASHES)] if numbered else ()
    return Mark("line", np.c_[x, y], _color(color), width, 4.0, dash, opacity, label)


def band(x, low, high, color=0, opacity=0.25):
    """The ground between two curves; rows that are not finite are left out."""
    x, low, high = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, low, high)))
    rows = np.isfinite(low) & np.isfinite(high)
    edge = np.r_[np.c_[x, low][rows], np.c_[x, high][rows][::-1]]
    return Mark("band", edge, _color(color), opacity=opacity)


def dots(x, y, color=0, label="", size=4.0):
    """Points of their own."""
    return Mark("dots", np.c_[x, y], _color(color), size=size, label=label)


def heat(z, low, high, cmap="viridis"):
    """A table z (rows, columns) as a picture for `Panel.image`: row 0 lies at the bottom.

    low, high: the values at the ends of the colour map; what is not finite stays grey.
    """
    z = np.asarray(z, dtype=float)
    shade = (z.clip(low, high) - low) / (high - low) if high > low else 0 * z
    rgba = colormaps[cmap](np.nan_to_num(shade))
    rgba[~np.isfinite(z)] = (0.5, 0.5, 0.5, 1)
    block = np.ones((max(1, 320 // len(z)), max(1, 320 // z.shape[1]), 1))
    buffer = io.BytesIO()
    imsave(buffer, np.kron(rgba[::-1], block), format="png")
    return buffer.getvalue()


def heat_scale(label, low, high, cmap="viridis", log=False):
    """A narrow panel beside a `heat` one: which colour is which value.

    With log, low and high are the values, and the table shown was their log₁₀.
    """
    picture = heat(np.linspace(0, 1, 160)[:, None], 0, 1, cmap)
    nothing = Axis("", 0, 1, bare=True)
    return Panel(label, nothing, Axis(label, low, high, log), [], picture, 0.32)


def _color(color):
    return COLORS[color % len(COLORS)] if isinstance(color, int) else color


def layout(panels):
    """The panels as JSON for the browser: all but the points and the pictures."""
    return [
        {
            "name": panel.name,
            "share": panel.share,
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
    shares = [panel.share for panel in panels]
    figure = Figure(figsize=(6.2 * sum(shares), 4.6), dpi=90, layout="constrained")
    grid = figure.subplots(1, len(panels), squeeze=False, width_ratios=shares)[0]
    for panel, ax in zip(panels, grid, strict=True):
        _draw(panel, ax)
    return _png(figure, facecolor="white")


def _draw(panel, ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=14)
    if panel.image:
        whole = {"extent": (0, 1, 0, 1), "transform": ax.transAxes}  # a log axis bends it else
        ax.imshow(imread(io.BytesIO(panel.image)), aspect="auto", zorder=0, **whole)
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
    if panel.x.bare:
        ax.set_xticks([])
    ax.set_xlabel(panel.x.label, fontsize=15)
    ax.set_ylabel(panel.y.label, fontsize=15)
    if any(mark.label for mark in panel.marks):
        ax.legend(fontsize=13)


def _png(figure, **options):
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **options)
    return buffer.getvalue()
