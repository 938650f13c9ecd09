"""A verdict that holds for one seed only; a live figure that shows another slope."""

import jupytext
import matplotlib
import numpy as np
import pytest

from course_lib import rates, run
from support import ROOT

pytestmark = [pytest.mark.notebooks, pytest.mark.stored]

SOURCE = ROOT / "notebooks" / "src" / "02_rates.py"
SEEDS = range(0, 50_000, 10_000)  # so far apart, no run is shared


def names_after(last, seed=0, only=lambda text: True):
    """What the notebook's code has defined when `last` is: run with another SEED."""
    matplotlib.use("agg")
    names = {}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code" and only(cell.source):
            parameters = "parameters" in cell.metadata.get("tags", [])
            text = f"SEED = {seed}" if parameters else cell.source.split("\nlive(")[0]
            exec(compile(text, SOURCE.name, "exec"), names)
            if last in names:
                return names
    raise AssertionError(f"the notebook no longer defines {last}")


def test_a_reader_who_changes_the_seed_sees_the_same_verdicts():
    seen = [names_after("verdicts", seed) for seed in SEEDS]
    assert [names["SEED"] for names in seen] == list(SEEDS)
    assert [names["verdicts"] for names in seen] == [
        ("✓ =", "✓ =", "✓ <", "✓ =", "✓ =", "✓ <", "✓ =", "✓ <", "✓ =")
    ] * len(SEEDS)
    cells = {(claim.problem, claim.method) for claim, *_ in seen[0]["rows"]}
    assert len(cells) == 6
    stochastic = [names["rows"][1][4] for names in seen]  # else the seeds would be for nothing
    assert all((stochastic[0] != other).any() for other in stochastic[1:])


def test_the_slope_of_the_live_figure_is_what_its_exercise_says():
    """c below 1/(2μ) breaks the rate 1/k; σ changes the constant, not the exponent."""
    draw = names_after(
        "schedule",
        only=lambda text: "import" in text or "SEED = " in text or "def schedule" in text,
    )["schedule"]
    start = {"q": 1.0, "batch": 1, "kappa": 10.0, "seeds": 256, "unit": "k"}

    def exponent(c, sigma):
        panels, text = draw(c=c, sigma=sigma, **start)
        assert all(np.isfinite(mark.points).all() for panel in panels for mark in panel.marks)
        return float(text.split()[0].removeprefix("k^"))

    assert exponent(10.0, 1.0) == pytest.approx(-1, abs=0.1)
    assert exponent(10.0, 10.0) == pytest.approx(-1, abs=0.1)
    assert exponent(1.0, 1.0) > -0.4


def test_nesterov_has_arrived_on_the_function_chosen_against_gd_when_its_answer_says_so():
    """From N = 30 on; at N = 12 the momentum is just carrying it past the minimum."""
    method = names_after(
        "accelerated",
        only=lambda text: "import" in text or "SEED = " in text or "accelerated = " in text,
    )["accelerated"]
    N = np.arange(1, 301)
    member = rates.huber_member(N)
    xs = run(method, member.problem, member.x0, steps=N[-1], alpha=1.0)
    error = member.problem.f(xs)[N, N - 1]
    assert (error[N >= 30] == 0).all()
    assert error[N == 12] > 0
