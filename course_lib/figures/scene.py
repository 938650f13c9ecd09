"""What the live figure shows, as data: panels with axes, and marks with points.

One description, two renderers: the browser draws it on canvases (`canvas.js`), matplotlib draws
it as the static picture that stays without a kernel. What to show is decided in Python, so a test
can look at it without a browser.
"""

import io
import math
import sys
from dataclasses import dataclass, field, replace
from functools import lru_cache
from numbers import Integral, Real

import numpy as np
from matplotlib import colormaps, rc_context, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from matplotlib.image import imread, imsave
from matplotlib.ticker import MaxNLocator
from PIL import Image

from course_lib.arguments import check_array, check_number
from course_lib.plot import LOOKS, STYLE, contours, style

FLOAT = sys.float_info
FARTHEST = 1e300  # of a linear axis: the distance of its ends is a number too
SMALLEST, LARGEST, FINEST = 1e-37, 3e38, 1e-7  # that float32 carries
WIDE, HIGH = 6.2, 4.6  # of a panel of the static picture, in inches
MARGIN, OVER = 0.65, 0.25  # left of it and below it, right of it and above it
LETTER, SPACED = 0.125, 1.2  # of its ticks: a letter's width; a text's room, in its widths
COLUMNS = 2000  # of pixels, as many as a panel may have on a fine screen
MOST = len(LOOKS)  # panels, methods, problems, goals, controls: in more nobody finds a way
PNG = b"\x89PNG"
KINDS = ("line", "band", "dots", "rings", "stars", "crosses", "arrow", "name")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """One axis: its symbol, its ends in data units, and whether it is logarithmic.

    Raises ValueError where the ends are not finite, not in order, or not positive on a log axis.
    """

    label: str
    low: float
    high: float
    log: bool = False
    bare: bool = False  # without ticks
    whole: bool = False  # ticks at whole numbers only

    def __post_init__(self):
        numbers = isinstance(self.low, Real) and isinstance(self.high, Real)
        if not numbers or not (0 if self.log else -np.inf) < self.low < self.high < np.inf:
            order = "0 < low < high < ∞" if self.log else "low < high, finite"
            raise ValueError(f"{self.label}: expected {order}; got {self.low!r}, {self.high!r}")

    @classmethod
    def over(cls, label, *values, log=False):
        """An axis that holds all finite values (on a log axis: all positive ones, whole decades).

        Subnormal numbers count as 0: they have lost their digits.

        >>> axis = Axis.over("f", [1.0, np.inf], [0.02, 0.0], log=True)
        >>> axis.low, axis.high
        (0.01, 1.0)
        """
        joined = np.concatenate([[], *(check_array(label, v).ravel() for v in values)])
        joined = joined[np.isfinite(joined) & ((joined >= FLOAT.min) | (not log))]
        if not joined.size:
            return cls(label, 0.1, 1.0, True) if log else cls(label, 0.0, 1.0)
        low, high = float(joined.min()), float(joined.max())
        if log:
            first = min(np.floor(np.log10(low) + 1e-9), FLOAT.max_10_exp - 1)
            last = max(np.ceil(np.log10(high) - 1e-9), first + 1)
            return cls(label, _power(first), _power(last), True)
        low, high = np.clip([low, high], -FARTHEST, FARTHEST).tolist()
        width, size = high - low, max(abs(low), abs(high))
        pad = 0.05 * width if width > FINEST * size > FLOAT.min else max(1.0, 0.05 * size)
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
            exponents = exponents[exponents <= FLOAT.max_10_exp]
            return [(_power(e), "10" + str(e).translate(SUPERSCRIPT)) for e in exponents]
        locator = MaxNLocator(6, steps=[1, 2, 5, 10], integer=self.whole)
        values = locator.tick_values(self.low, self.high)
        inside = values[(values >= self.low) & (values <= self.high)]
        digits = next(d for d in range(6, 18) if len({f"{v:.{d}g}" for v in inside}) == len(inside))
        texts = [f"{v:.{digits}g}".replace("-", "\N{MINUS SIGN}") for v in inside]
        return list(zip(inside.tolist(), texts, strict=True))


def _power(exponent):
    """10^exponent as a float; the largest one where that is beyond it."""
    return min(float(f"1e{int(exponent)}"), FLOAT.max)


@dataclass(frozen=True)
class Mark:
    """Points (N, 2) in data units: a line, a band, dots, rings, stars, crosses, an arrow or a name.

    color: "#rrggbb", or "text" for the theme's own text colour. A nan row interrupts a line; a
    band's points run along its lower edge and back along the upper one. A name is its `label`, to
    the right of its point; the label of anything else stands in the legend.
    """

    kind: str
    points: np.ndarray
    color: str = "text"
    width: float = 2.2
    size: float = 4.0
    dash: tuple = ()
    opacity: float = 1.0
    label: str = ""

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}; got {self.kind!r}")
        shape = np.shape(self.points)
        if shape != (0,) and (len(shape) != 2 or shape[1] != 2):
            raise ValueError(f"points: expected shape (N, 2); got {shape}")
        if self.color != "text" and not is_color_like(self.color):
            raise ValueError(f'color: expected an integer, "#rrggbb" or "text"; got {self.color!r}')
        for name, most in (("width", LARGEST), ("size", LARGEST), ("opacity", 1)):
            number = getattr(self, name)
            if not isinstance(number, Real) or not 0 <= number <= most:
                raise ValueError(f"{name}: expected 0 ≤ {name} ≤ {most:g}; got {number!r}")
        if self.kind == "arrow" and shape[0] != 2:
            raise ValueError(f"points: expected two, from and to, for an arrow; got {shape[0]}")


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

    def __post_init__(self):
        kinds = {"name": str, "x": Axis, "y": Axis, "marks": list | tuple, "image": bytes}
        for name, kind in kinds.items():
            if not isinstance(given := getattr(self, name), kind):
                raise ValueError(
                    f"{name}: expected {getattr(kind, '__name__', kind)}; got {given!r}"
                )
        check_number("share", self.share, 0.1, MOST)
        if self.image and not self.image.startswith(PNG):
            raise ValueError(f"image: expected a PNG, as `heat` gives; got {self.image[:8]!r}")
        if wrong := [mark for mark in self.marks if not isinstance(mark, Mark)]:
            raise ValueError(f"marks: expected line, band, dots or a Mark; got {wrong[0]!r}")


def line(x, y, color=0, label="", width=2.2, opacity=1.0):
    """A curve in the course's colour and dash number `color`, or "#rrggbb" or "text"."""
    dash = style(color)[1] if isinstance(color, Integral) else ()
    return Mark("line", _pairs(x, y), _color(color), width, 4.0, dash, opacity, label)


def band(x, low, high, color=0, opacity=0.25):
    """The ground between two curves; rows that are not finite are left out."""
    (x, low), (_, high) = _pairs(x, low).T, _pairs(x, high).T
    rows = np.isfinite(low) & np.isfinite(high)
    edge = np.r_[np.c_[x, low][rows], np.c_[x, high][rows][::-1]]
    return Mark("band", edge, _color(color), opacity=opacity)


def dots(x, y, color=0, label="", size=4.0):
    """Points of their own."""
    return Mark("dots", _pairs(x, y), _color(color), size=size, label=label)


def _pairs(x, y):
    """Points (N, 2) of N numbers x and y, or of one number beside N."""
    x, y = check_array("x", x), check_array("y", y)
    try:
        return np.column_stack([*map(np.ravel, np.broadcast_arrays(x, y))])
    except ValueError:
        raise ValueError(f"x, y: expected N numbers each; got {x.shape} and {y.shape}") from None


def heat(z, low, high, cmap="viridis"):
    """A table z (rows, columns) as a picture for `Panel.image`: row 0 lies at the bottom.

    low, high: the values at the ends of the colour map; what is not finite stays grey.
    """
    z, low = check_array("z", z), check_number("low", low, -np.inf)
    high = check_number("high", high, -np.inf)
    if cmap not in [*colormaps]:
        raise ValueError(f"cmap: expected the name of a colour map of matplotlib; got {cmap!r}")
    if z.ndim != 2 or not z.size:
        raise ValueError(f"z: expected a table (rows, columns); got shape {z.shape}")
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
    return style(color)[0] if isinstance(color, Integral) else color


def thinned(panel):
    """The panel without the points that nobody can see: at most a few for a column of pixels.

    Within a column a line keeps its ends, its lowest and its highest point, so it looks the same.
    """
    marks = [_thinned(mark, panel.x, panel.y) for mark in panel.marks]
    return replace(panel, marks=marks)


def _thinned(mark, x, y):
    if len(mark.points) <= 4 * COLUMNS or mark.kind not in ("line", "band", "dots"):
        return mark
    points = np.asarray(mark.points, dtype=float).reshape(-1, 2)
    column, row = _pixels(points[:, 0], x), _pixels(points[:, 1], y)
    if mark.kind == "dots":
        kept = np.unique(np.c_[column, row], axis=0, return_index=True)[1]
    else:
        begins = np.r_[True, np.diff(column).astype(bool) | np.diff(np.isnan(points[:, 1]))]
        stay = begins.cumsum()
        first = np.flatnonzero(begins)
        last = np.r_[first[1:], len(points)] - 1
        order = np.lexsort((points[:, 1], stay))  # the lowest of each stay first, the highest last
        kept = np.unique([first, last, order[first], order[last]])
    return replace(mark, points=points[kept])


def _pixels(values, axis):
    """The column (or row) of pixels in which a value lies; what is far outside is just outside."""
    share = np.nan_to_num(share_of(values, axis), nan=-1.0)
    return (COLUMNS * share.clip(-1, 2)).astype(int)


def layout(panels):
    """The panels as JSON for the browser: all but the points and the pictures."""
    return [
        {
            "name": panel.name,
            "share": float(panel.share),
            "x": _axis(panel.x),
            "y": _axis(panel.y),
            "marks": [
                {
                    "kind": mark.kind, "n": len(mark.points), "color": mark.color,
                    "width": float(mark.width), "size": float(mark.size),
                    "dash": [float(d) for d in mark.dash],
                    "opacity": float(mark.opacity), "label": mark.label,
                }
                for mark in panel.marks
            ],
        }
        for panel in panels
    ]  # fmt: skip


def points(panels):
    """All points of all marks, in order, as float32 bytes.

    What float32 cannot carry goes as far as it can: huge values stay finite, tiny ones on a log
    axis positive.
    """
    flat = [_carried(p, m) for p in panels for m in p.marks]
    joined = np.concatenate(flat) if flat else np.empty((0, 2))
    return joined.clip(-LARGEST, LARGEST).astype(np.float32).tobytes()


def shares(panel):
    """Of each mark its x and its y as shares of the axes' lengths: two arrays (N,).

    What lies outside the frame is below 0 or above 1, and what is nowhere on its axis not finite.
    """
    shown, axes = [], (panel.x, panel.y)
    for mark in panel.marks:
        points = _carried(panel, mark).clip(-LARGEST, LARGEST).astype(np.float32).astype(float)
        shown.append([share_of(column, axis) for column, axis in zip(points.T, axes, strict=True)])
    return shown


def share_of(values, axis):
    """Where on its axis a value lies: 0 at the low end, 1 at the high one."""
    low, high = axis.low, axis.high
    with np.errstate(all="ignore"):
        if axis.log:
            values, low, high = np.log10(values), np.log10(low), np.log10(high)
        return (values - low) / (high - low)


def value_at(share, axis):
    """The value that lies at this share of an axis' length."""
    if axis.log:
        return axis.low * (axis.high / axis.low) ** share
    return axis.low + (axis.high - axis.low) * share


def _carried(panel, mark):
    points = np.array(mark.points, dtype=float).reshape(-1, 2)
    tiny = (points > 0) & (points < SMALLEST) & [panel.x.log, panel.y.log]
    points[tiny] = SMALLEST
    return points


def _axis(axis):
    ticks = [{"at": at, "text": text} for at, text in axis.ticks()]
    ends = {"low": float(axis.low), "high": float(axis.high), "log": bool(axis.log)}
    return {"label": axis.label, **ends, "ticks": ticks}


def contour_picture(problem):
    """The surface as a PNG that fills the axes area, transparent enough for a dark theme."""
    figure = Figure(figsize=(6.4, 5.2), dpi=100, layout="none", facecolor="none")
    ax = figure.add_axes((0, 0, 1, 1))
    contours(problem, ax)
    ax.set_axis_off()
    return _png(figure)


def static_picture(panels):
    """The same panels drawn by matplotlib: a PNG, the same after `plot.axes` as before.

    Margins are as wide as the texts in them, counted in letters: to measure each text costs more
    than to draw the picture.
    """
    widths = [WIDE * panel.share for panel in panels]
    size, end = [sum(widths), HIGH], 0.0
    with rc_context({name: rcParamsDefault[name] for name in STYLE}):
        figure = Figure(figsize=size, dpi=90, layout="none", facecolor="white")
        for panel, width in zip(panels, widths, strict=True):
            end += width
            under, beside = ([LETTER * len(text) for _, text in axis.ticks()] or [0.0]
                             for axis in (panel.x, panel.y))  # fmt: skip
            right = max(OVER, under[-1] / 2)
            left = min(MARGIN + max(beside), width - right - OVER)
            wide, high = width - left - right, HIGH - MARGIN - OVER
            ax = figure.add_axes(np.divide([end - width + left, MARGIN, wide, high], size * 2))
            _draw(panel, ax, math.ceil(SPACED * sum(under) / wide) or 1)
        return _png(figure)


def _draw(panel, ax, every):
    """every: of the ticks of x, one in so many has room for its text."""
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
            # Dashes of no width, which the cycle of looks would give, are an error in 3.10.
            ax.fill(x, y, linewidth=0, linestyle="-", **common)
        elif mark.kind == "name":
            for point in zip(x, y, strict=True):
                ax.text(*point, mark.label, color=color, fontsize=12, va="center", zorder=5)
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
    for axis, ticks in (ax.xaxis, panel.x.ticks()[::every]), (ax.yaxis, panel.y.ticks()):
        axis.set_ticks([at for at, _ in ticks], [text for _, text in ticks])
        axis.set_ticks([], minor=True)
    ax.set_xlabel(panel.x.label, fontsize=15)
    ax.set_ylabel(panel.y.label, fontsize=15)
    if any(mark.label for mark in panel.marks):
        ax.legend(fontsize=13)


def _png(figure):
    """In 128 colours: a fifth of the bytes, and nobody sees it."""
    canvas, packed = FigureCanvasAgg(figure), io.BytesIO()
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    drawn.quantize(128, Image.Quantize.FASTOCTREE).save(packed, "png")
    return packed.getvalue()
