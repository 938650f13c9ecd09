"""The old name of `course_lib.figures`, for one release: its rooms are the same objects."""

import sys

from course_lib.figures import explore, knobs, live, scene

sys.modules |= {f"{__name__}.knobs": knobs, f"{__name__}.scene": scene}

__all__ = ["explore", "knobs", "live", "scene"]
