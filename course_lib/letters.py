"""The letters of the slides: all that is known about a hyperparameter, in one row.

Who adds a hyperparameter adds a row here and nothing elsewhere: `run` and `tune` take its range,
plots and tables its symbol, the live figure its words and its slider, the homework its TeX and what
it is tried with.
"""

from math import inf, pi
from typing import NamedTuple


class Letter(NamedTuple):
    """symbol, tex: what the slides call it, in print and in TeX. words: in Russian, in English.

    range: what it may be, from the first number, below the second. scale: of its slider, a kind of
    `SCALES` with its ends; None: around the value at the start. trial: the homework draws it from
    here. There ε is large and αλ is not small, so that a misplaced term shows: the nearest formula
    mistake is then ten million times the tolerance away.
    """

    symbol: str
    tex: str
    words: tuple | None = None
    range: tuple = (-inf, inf)
    scale: tuple | None = None
    trial: tuple | None = None


#: By the name in the code.
LETTERS = {
    "alpha": Letter(
        "α", r"\alpha", ("шаг α", "step size α"), (0, inf), ("log", 1e-4, 10), (0.1, 0.4)
    ),
    "beta": Letter(
        "β", r"\beta", ("моментум β", "momentum β"), (0, 1), ("near one",), (0.6, 0.9)
    ),
    "beta1": Letter(
        "β₁", r"\beta_1", ("память первого момента β₁", "memory of the first moment β₁"),
        (0, 1), ("near one",), (0.6, 0.85),
    ),
    "beta2": Letter(
        "β₂", r"\beta_2", ("память второго момента β₂", "memory of the second moment β₂"),
        (0, 1), ("near one",), (0.88, 0.97),
    ),
    "gamma": Letter(
        "γ", r"\gamma", ("память γ", "memory γ"), (0, 1), ("near one",), (0.8, 0.95)
    ),
    "rho": Letter("ρ", r"\rho", ("память ρ", "memory ρ"), (0, 1), ("near one",), (0.7, 0.85)),
    "eps": Letter(
        "ε", r"\varepsilon", ("добавка ε в знаменателе", "ε in the denominator"),
        (0, inf), ("log", 1e-10, 1), (0.08, 0.2),
    ),
    "lam": Letter(
        "λ", r"\lambda", ("регуляризация λ", "regularization λ"),
        (0, inf), ("log", 1e-5, 1), (0.3, 0.9),
    ),
    "c": Letter(
        "c", "c", ("доля c обещанного убывания", "share c of the promised decrease"),
        (0, 1), ("log", 1e-5, 0.9), (0.05, 0.4),
    ),
    "shrink": Letter(
        "shrink", r"\mathrm{shrink}", ("множитель между попытками", "factor between two tries"),
        (0, 1), ("reals", 0, 0.99), (0.3, 0.7),
    ),
    "radius": Letter(
        "r", "r", ("радиус r", "radius r"), (0, inf), ("log", 1e-4, 10), (0.1, 0.5)
    ),
    "d0": Letter(
        "d₀", "d_0", ("первая оценка пути d₀", "first estimate d₀ of the way"),
        (0, inf), ("log", 1e-8, 1), (0.01, 0.1),
    ),
    # Of a problem and of a run.
    "batch": Letter("B", "B", ("размер батча B", "batch size B")),
    "seed": Letter(
        "seed", r"\mathrm{seed}",
        ("зерно генератора случайных чисел", "seed of the random numbers"),
        scale=("integers", 0, 99),
    ),
    "steps": Letter("K", "K", ("число итераций K", "number of iterations K")),
    "kappa": Letter("κ", r"\kappa", scale=("log", 1, 1e4)),
    "sigma": Letter("σ", r"\sigma", scale=("log", 1e-3, 1e2)),
    "delta": Letter("δ", r"\delta"),
    "mu": Letter("μ", r"\mu"),
    "angle": Letter("φ", r"\varphi", scale=("reals", 0, pi / 2)),
}  # fmt: skip


def letter(name):
    """The row of `name`; a name of one's own stands for itself and may be any number."""
    return LETTERS.get(name) or Letter(name, name)
