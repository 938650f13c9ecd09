"""Surfaces that are hard to draw, and what was sent to the browser, read back."""

import html
import json
import re
import zlib

import numpy as np

from course_lib import Function
from course_lib.figures import frames

#: Functions that are not finite, constant or huge on their domain or on a part of it, and how
#: many contour levels they have at least.
ODD_SURFACES = {
    "NaN on a half": (lambda u, v: u - np.log(u) + v**2 / 2, 14),
    "−inf at a line": (lambda u, v: np.log(u**2) + 0 * v, 14),
    "−inf on a half": (lambda u, v: np.where(u < 0, -np.inf, u**2 + v**2), 14),
    "overflow": (lambda u, v: np.exp(u**8 + v**8), 14),
    "overflow of both signs": (lambda u, v: np.sinh(u**9) + v, 2),
    "1e308": (lambda u, v: 1e308 * (u**2 + v**2), 2),
    "1e-160": (lambda u, v: 1e-160 * (u**2 + v**2), 2),
    "subnormal": (lambda u, v: 1e-320 * (u**2 + v**2), 2),
    "constant": (lambda u, v: 5 + 0 * u, 2),
    "a number": (lambda u, v: 5.0, 2),
    "large constant": (lambda u, v: -1e17 + 0 * u, 2),
    "NaN": (lambda u, v: np.nan * u, 2),
    "nearly all equal": (lambda u, v: np.maximum(0, u - 1.97), 14),
    "two values": (lambda u, v: (u > 1.97) + 0.0, 14),
    "one step of a large number": (lambda u, v: 1e16 + np.round(u), 2),
    "numbers of type bool": (lambda u, v: u > v, 14),
    "float32": (lambda u, v: (u**2 + v**2).astype(np.float32), 14),
}


def surface(f, **known):
    """The problem of a student's own f(u, v), its gradient that of ‖x‖²; f* is unknown."""
    return Function(lambda x: f(x[..., 0], x[..., 1]), lambda x: 2 * x, **known)


def error(figure):
    """The text of the error line as it is read, "" if there is none."""
    return html.unescape(re.sub("<[^>]*>", "", figure.message.value))


def marks(figure, panel):
    """[(kind, points (n, 2), color)] of one panel, read back from what was sent."""
    points = np.frombuffer(figure.canvas.points, np.float32).reshape(-1, 2)
    found, start = [], 0
    for at, shown in enumerate(figure.canvas.layout_json):
        for mark in shown["marks"]:
            if at == panel:
                found.append((mark["kind"], points[start : start + mark["n"]], mark["color"]))
            start += mark["n"]
    return found


def kinds(figure, panel):
    return [kind for kind, _, _ in marks(figure, panel)]


def unpacked(packed):
    """What `frames.pack` packed: its JSON, with "pictures" [(layout, points (n, 2), alt, lines)]
    as shares of the axes' lengths, and "images", the PNGs."""
    data = zlib.decompress(packed, wbits=-15)
    start = 4 + int.from_bytes(data[:4], "little")
    head = json.loads(data[4:start])
    images, columns = [], []
    for n in head["images"]:
        images.append(data[start : start + n])
        start += n
    planes = np.frombuffer(data[start:], np.uint8).reshape(4, -1)
    numbers = np.ascontiguousarray(planes.T).view(np.uint32).ravel().astype(int)
    numbers = np.where(numbers % 2, -numbers - 1, numbers) // 2
    for n in head["columns"]:
        whole = (numbers[:n].cumsum() + 2**31) % 2**32 - 2**31
        columns.append(np.where(whole == frames.NOWHERE, np.nan, whole / head["grid"]))
        numbers = numbers[n:]
    pictures = []
    for parts, alt, lines in head["pictures"]:
        layout, points = [], [np.empty((0, 2))]
        for look, _, places in parts:
            marks = zip(head["looks"][look]["marks"], places, strict=True)
            marks = [{**mark, "n": n} for mark, (_, _, n) in marks]
            layout.append({**head["looks"][look], "marks": marks})
            points += [np.c_[columns[x][:n], columns[y][:n]] for x, y, n in places]
        pictures.append((layout, np.concatenate(points), alt, lines))
    return {**head, "images": images, "pictures": pictures}


def shares_sent(figure):
    """The points (n, 2) of the picture that was sent, as shares of the axes' lengths."""
    points = np.frombuffer(figure.canvas.points, np.float32).reshape(-1, 2).astype(float)
    shares, start = [np.empty((0, 2))], 0
    for panel in figure.canvas.layout_json:
        n = sum(mark["n"] for mark in panel["marks"])
        columns = []
        for column, axis in zip(points[start : start + n].T, (panel["x"], panel["y"]), strict=True):
            low, high = axis["low"], axis["high"]
            with np.errstate(all="ignore"):
                if axis["log"]:
                    column, low, high = np.log10(column), np.log10(low), np.log10(high)
                columns.append((column - low) / (high - low))
        shares.append(np.transpose(columns))
        start += n
    return np.concatenate(shares)


def check_sent(figure):
    """What holds for every picture that is sent."""
    assert error(figure) == ""
    n = sum(mark["n"] for panel in figure.canvas.layout_json for mark in panel["marks"])
    points = np.frombuffer(figure.canvas.points, np.float32)
    assert len(points) == 2 * n > 0
    assert not np.isinf(points).any()
    for axis in (panel[name] for panel in figure.canvas.layout_json for name in "xy"):
        assert np.isfinite([axis["low"], axis["high"]]).all()
        assert axis["low"] < axis["high"]
        assert len(axis["ticks"]) >= 2
        slack = 1e-9 * (axis["low"] if axis["log"] else axis["high"] - axis["low"])
        assert all(axis["low"] - slack <= t["at"] <= axis["high"] for t in axis["ticks"])
        assert len({tick["text"] for tick in axis["ticks"]}) == len(axis["ticks"])


def standing(figure):
    """What the figure says of its goals: (the goal, now, the best)."""
    spans = re.findall("<span>(.*?)</span>", figure.controls.standing.value)
    return tuple(html.unescape(span) for span in spans)
