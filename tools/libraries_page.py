"""Run the three libraries beside the slides and write the page notebooks/LIBRARIES.md.

    python -m tools.libraries_page          measures and writes the page
    python -m tools.libraries_page --check  writes nothing; exit 1 if the page would change

The calls stand in `course_lib.libraries`; what is printed is what was run. torch and optax run
themselves, as methods. keras is not among the dependencies: its rules are written out below, from
its source, under its own names, and a test compares them with keras where that is installed.
"""

import argparse
import inspect
import sys
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import optax
import torch

from course_lib import libraries, methods
from course_lib.libraries import DOCS, SLIDES, TABLE, VERSIONS
from tools import NOTEBOOKS

PAGE = NOTEBOOKS / "LIBRARIES.md"
STEPS, SCALES = 60, (1.0, 1e-3, 1e-6)
ROUNDING = 1e-13  # the points are about 1, and a smaller distance between two of them is none
LETTERS = {"β": 0.9, "λ": 0.01}
ALPHA = {"gd": 0.1, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.1, "rmsprop": 0.01}  # else 1e-3

#: The start and the gradients that all of them are given, shape (steps, scales, coordinates): all
#: methods of the table go coordinate by coordinate. The gradients' size goes down and up again.
X0 = np.tile([1.5, -2.0, 0.3], (len(SCALES), 1))
NOISE = np.random.default_rng(0).normal(size=(STEPS, 1, 3))
GRADIENTS = NOISE * (1.2 + np.cos(np.arange(STEPS) / 9))[:, None, None] * np.array(SCALES)[:, None]


# ---- keras, from its source -------------------------------------------------------------------


class Keras:
    """keras.optimizers and keras.regularizers.L2, as far as the table needs them."""

    @staticmethod
    def SGD(learning_rate=0.01, momentum=0.0, nesterov=False):
        def update(k, x, g, m=0.0):
            m = m * momentum - g * learning_rate
            return (x + m * momentum - g * learning_rate if nesterov else x + m), m

        return update

    @staticmethod
    def Adagrad(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7):
        def update(k, x, g, v=initial_accumulator_value):
            v = v + g**2
            return x - learning_rate * g / np.sqrt(v + epsilon), v

        return update

    @staticmethod
    def RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7):
        def update(k, x, g, v=0.0):
            v = rho * v + (1 - rho) * g**2
            return x - learning_rate * g / np.sqrt(v + epsilon), v

        return update

    @staticmethod
    def Adadelta(learning_rate=0.001, rho=0.95, epsilon=1e-7):
        def update(k, x, g, v=0.0, delta=0.0):
            v = rho * v + (1 - rho) * g**2
            step = -np.sqrt(delta + epsilon) * g / np.sqrt(v + epsilon)
            delta = rho * delta + (1 - rho) * step**2
            return x + learning_rate * step, v, delta

        return update

    @staticmethod
    def Adam(
        learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
        weight_decay=None,
    ):  # fmt: skip
        def update(k, x, g, m=0.0, v=0.0, v_max=0.0):
            x = x - x * (weight_decay or 0.0) * learning_rate
            alpha = learning_rate * np.sqrt(1 - beta_2**k) / (1 - beta_1**k)
            m = m + (g - m) * (1 - beta_1)
            v = v + (g**2 - v) * (1 - beta_2)
            v_max = np.maximum(v_max, v)
            used = v_max if amsgrad else v
            return x - m * alpha / (np.sqrt(used) + epsilon), m, v, v_max

        return update

    @staticmethod
    def AdamW(learning_rate=0.001, weight_decay=0.004, **others):
        return Keras.Adam(learning_rate, weight_decay=weight_decay, **others)

    @staticmethod
    def L2(l2=0.01):
        """The gradient of l2 · sum(square(x))."""
        return lambda x: 2 * l2 * x


# ---- The points x_0, x_1, …, x_60 of all scales at once ---------------------------------------


def torch_path(code, letters):
    classes = {
        name: lambda x, made=made, **options: libraries.torch(made, **options)
        for name, made in vars(torch.optim).items()
        if inspect.isclass(made)
    }
    return points_of(eval(code, {**classes, **letters, "x": None}))


def optax_path(code, letters):
    return points_of(libraries.optax(lambda: eval(code, {**vars(optax), **letters})))


def keras_path(code, letters):
    made = eval(code, {**vars(Keras), **letters})
    update, penalty = made if isinstance(made, tuple) else (made, lambda x: 0 * x)
    points, x, inner = [X0], X0, ()
    for k, g in enumerate(GRADIENTS, 1):
        x, *inner = update(k, x, g + penalty(x), *inner)
        points.append(x)
    return np.array(points)


PATHS = {"torch": torch_path, "optax": optax_path, "keras": keras_path}


@cache
def path(library, code, alpha):
    return PATHS[library](code, {"α": alpha, **LETTERS})


def points_of(method, **hyper):
    return np.array(list(islice(method(Given(), X0, **hyper), STEPS + 1)))


class Given:
    """A problem whose gradients are given, whatever x is."""

    def __init__(self):
        self.gradients = iter(GRADIENTS)

    def grad(self, x):
        return next(self.gradients)


def slide_path(method):
    """The slide's points; for Nesterov his y, the points where the gradients are taken."""
    step = {} if method == "adadelta" else {"alpha": ALPHA.get(method, 1e-3)}
    x = points_of(getattr(methods, method), **step)
    if method == "nesterov":
        x[1:] = x[1:] + LETTERS["β"] * np.diff(x, axis=0)
    return x


def differences(method, library, code):
    """For each scale max |x_k − x_k(S)| / max |x_k(S) − x_0|, (S) the slide; 0 for rounding."""
    slide = slide_path(method)
    theirs = path(library, code, ALPHA.get(method, 1e-3))
    apart, travel = (abs(way).max(axis=(0, 2)) for way in (theirs - slide, slide - X0))
    return np.where(apart < ROUNDING, 0.0, apart / travel)


# ---- The page ---------------------------------------------------------------------------------

HEADER = """\
<!-- Made by tools/libraries_page.py out of course_lib/libraries/conventions.py. -->
# Одна формула, три библиотеки · One formula, three libraries

**S** — слайд · the slide. δ = max |xₖ − xₖ(S)| / max |xₖ(S) − x₀|, k ≤ {steps}, \
g = s · (1.2 + cos k/9) · N(0, 1), s = {scales}; `=`: δ = 0. \
α постоянный · constant; α, β = 0.9, λ = 0.01: те же, что на слайде · the same as on the slide; nesterov: точки · the points y. \
m₀ = v₀ = Δ₀ = 0, если не сказано иное · unless said otherwise.
torch {torch}, optax {optax}: запущены · run. keras {keras}: правило из исходного кода · its rule from the source.

| | шаг · step | по умолчанию · defaults | вызов · call | δ, s = {scales} \
| ближе всего · nearest | δ |
|---|---|---|---|---|---|---|
"""  # noqa: E501


def number(value):
    """Two digits: the same on every machine."""
    if value == 0:
        return "="
    if value >= 1:
        return f"{float(f'{value:.1e}'):g}"
    return f"{value:.2g}" if value >= 0.01 else f"{value:.1e}".replace("e-0", "e-")


def measured(method, library, code):
    return " / ".join(map(number, differences(method, library, code))) if code else ""


def page():
    scales = " / ".join(f"{s:g}".replace("e-0", "e-") for s in SCALES)
    lines = [HEADER.format(steps=STEPS, scales=scales, **VERSIONS)]
    for method, slide in SLIDES.items():
        head = f"**{method}**, {slide.number}", f"**{slide.step}**", slide.defaults, *[""] * 4
        lines.append(f"| {' | '.join(head)} |\n")
        for library, table in TABLE.items():
            row = table[method]
            name = row.call.partition("(")[0]
            link = DOCS[library].format(name.lower() if library == "keras" else name)
            defaults = ", ".join(f"{key}={value!r}" for key, value in row.defaults.items())
            codes = (f"`{code}`" if code else "" for code in (defaults, row.call, row.nearest))
            defaults, call, nearest = codes
            cells = (f"[{library}]({link}), {Path(row.source).name}", row.step, defaults, call,
                     measured(method, library, row.call), nearest,
                     measured(method, library, row.nearest))  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def write(text, file, page, argv=None):
    """Write the page, or compare it: what `main` of a measured page does. text: its docstring."""
    parser = argparse.ArgumentParser(description=text.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    made = page()
    if parser.parse_args(argv).check:
        return int(made != file.read_text(encoding="utf-8"))
    file.write_text(made, encoding="utf-8")
    return 0


def main(argv=None):
    return write(__doc__, PAGE, page, argv)


if __name__ == "__main__":
    sys.exit(main())
