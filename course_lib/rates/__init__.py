"""How fast an error falls: what theory promises, what runs show, and the worst that can happen.

`table` is the theory of S3 as data. `slope` measures a curve and says when it cannot tell;
`verdict` holds the one against the other. `huber_member`, `ramp_member`, `game` and `pair` are the
families that show why the promises cannot be improved (S4): for every N there is a function.
"""

from course_lib.bands import Band
from course_lib.rates.families import (
    Member,
    coin,
    game,
    game_worst,
    huber_member,
    pair,
    ramp_member,
)
from course_lib.rates.noise import noise_ball, optimum
from course_lib.rates.slopes import Slope, mean_band, ratio_band, settling, slope
from course_lib.rates.theory import Claim, Table, table, verdict

__all__ = [
    "Band", "Claim", "Member", "Slope", "Table", "coin", "game", "game_worst", "huber_member",
    "mean_band", "noise_ball", "optimum", "pair", "ramp_member", "ratio_band", "settling", "slope",
    "table", "verdict",
]  # fmt: skip
