"""Pictures made ahead: what a figure shows at other positions of its controls, packed for the page.

The page draws a picture that it has at once; JupyterLab's round trip costs many times what the
picture costs. Two uses, one packing: while a control is touched the kernel sends the pictures of
its other positions, nearest first; and every figure's output holds some of each control, so that
a page without a kernel has sliders that work.

A point is packed as its two shares of the axes' lengths, in whole 16384ths, a thirtieth of a pixel:
there the page draws every point, so both pictures of a position have the same pixels. (A page
without a kernel has nothing to compare with, and a fourth of a pixel is enough.) Equal columns of
numbers (the k of a curve, the dots on a line, the beginning of a path) are packed once, and a
number as its distance from the one before: neighbours on a path are near.
"""

import json
import math
import struct
import time
import zlib

import numpy as np

from course_lib.figures import scene

GRID = 1 << 14  # parts of an axis; the same in canvas.js,
AWAY = 1 << 16  # as is this: a point so many axes away is drawn there, not farther
NOWHERE = -(1 << 31)  # a number that is none
BEGIN = 8  # columns that begin with the same 8 numbers are compared whole


def pictures(draw, name, every):
    """What `draw` gives for values that differ in the value `name`; None where it refuses."""
    made = swept(draw, name, every)
    return one_by_one(draw, every) if made is None else made


def swept(draw, name, every):
    """The same by the `sweep` of a `draw` that can make these together; None where it cannot."""
    try:
        return draw.sweep(name, every) if hasattr(draw, "sweep") else None
    except Exception:  # one of them is refused, or a method of one's own takes one run only
        return None


def one_by_one(draw, every, seconds=math.inf):
    """The same by as many calls as there is time for: none is begun after so many seconds."""
    end = time.monotonic() + seconds
    return [_picture(draw, values) if time.monotonic() < end else None for values in every]


def _picture(draw, values):
    try:
        return draw(values)
    except Exception:  # said when a person asks for it
        return None


def outlined(picture, grid=GRID):
    """A picture (panels, alt, lines, …) as `pack` takes it: looks as texts, points on the grid."""
    panels, *more = picture
    parts = []
    for panel in map(scene.thinned, panels):
        (look,) = scene.layout([panel])
        for mark in look["marks"]:
            del mark["n"]  # the points say it
        columns = [(_on_grid(x, grid), _on_grid(y, grid)) for x, y in scene.shares(panel)]
        parts.append((json.dumps(look, ensure_ascii=False), panel.image, columns))
    return parts, *more


def pack(outlines, known=(), grid=GRID, **more):
    """Pictures, each `outlined` on this grid, as bytes for `unpack` of canvas.js.

    known: PNGs that the page has; more: what else the page is to know, for JSON.

    Raw deflate of: the length of a JSON text (uint32), that text, the PNGs of the panels, and the
    numbers: the lowest bytes of all, then all second ones, and so on. A number is the distance d
    from the one before it in its column, 2d where d ≥ 0 and −2d − 1 else, so that few bits are set.
    """
    looks, images, columns, shown = {}, {}, _Columns(), []
    for panels, alt, lines, *_ in outlines:
        parts = []
        for look, image, marks in panels:
            number = -1
            if image in known:
                number = known.index(image)
            elif image:
                number = len(known) + images.setdefault(image, len(images))
            look = looks.setdefault(look, len(looks))
            parts.append([look, number, [columns.add(x, y) for x, y in marks]])
        shown.append([parts, alt, lines])
    head = {
        "looks": [json.loads(look) for look in looks], "images": [len(image) for image in images],
        "columns": [len(column) for column in columns.all], "pictures": shown, "grid": grid, **more,
    }  # fmt: skip
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    apart = [np.diff(column, prepend=np.int32(0)) for column in columns.all]
    apart = np.concatenate([*apart, np.empty(0, np.int32)])
    numbers = apart << 1 ^ apart >> 31
    planes = numbers.view(np.uint8).reshape(-1, 4).T.tobytes()
    packer = zlib.compressobj(6, wbits=-15)
    parts = [struct.pack("<I", len(text)), text, *images, planes]
    return b"".join([*map(packer.compress, parts), packer.flush()])


def _on_grid(shares, grid):
    with np.errstate(all="ignore"):
        whole = np.floor(grid * shares.clip(-AWAY, AWAY) + 0.5)
    return np.where(np.isfinite(shares), whole, NOWHERE).astype(np.int32)


class _Columns:
    """Columns of numbers, each kept once; a long one that begins another is a part of that."""

    def __init__(self):
        self.all, self._kept = [], {}

    def add(self, x, y):
        """A mark as [column of x, column of y, number of points]."""
        return [self._place(x), self._place(y), len(x)]

    def _place(self, column):
        alike = self._kept.setdefault(column[:BEGIN].tobytes(), [])
        for i in alike:
            kept = self.all[i]
            n = min(len(kept), len(column))
            if kept[:n].tobytes() == column[:n].tobytes():
                if len(column) > n:
                    self.all[i] = column
                return i
        self.all.append(column)
        alike.append(len(self.all) - 1)
        return alike[-1]
