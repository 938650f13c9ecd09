"""Live figures: `explore` for methods on a problem, `live` for a picture of one's own.

The rest is what a picture of one's own is made of: a `Panel` has two axes and marks.
"""

from course_lib.figures.explorer import explore
from course_lib.figures.figure import LiveFigure
from course_lib.figures.goals import Goal
from course_lib.figures.knobs import Integers, Log, NearOne, PowersOfTwo, Reals
from course_lib.figures.live import live
from course_lib.figures.scene import Axis, Mark, Panel, band, dots, heat, heat_scale, line

__all__ = [
    "Axis", "Goal", "Integers", "LiveFigure", "Log", "Mark", "NearOne", "Panel", "PowersOfTwo",
    "Reals", "band", "dots", "explore", "heat", "heat_scale", "line", "live",
]  # fmt: skip
