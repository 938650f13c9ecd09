"""The page "one formula, three libraries" says what the libraries do today.

The page is measured anew and compared; the defaults are read off the libraries' signatures; and
each departure from the slide is made in the method's own text: what comes out must be the library.
"""

import inspect
import re
from functools import partial

import numpy as np
import optax
import pytest
import torch

from course_lib import adagrad, variant
from course_lib.libraries import DOCS, SLIDES, TABLE, TRAINER, VERSIONS
from support import ROOT
from support.oracles import LECTURE
from tools import libraries_page as made

pytestmark = pytest.mark.stored

ROWS = [(library, method) for library, table in TABLE.items() for method in table]


def test_the_page_is_what_the_libraries_do():
    assert made.page() == made.PAGE.read_text(encoding="utf-8"), "run: make libraries"
    assert made.main(["--check"]) == 0


def test_the_page_stands_for_the_locked_versions():
    pins = dict(
        re.findall(r"^(torch|optax)==(\S+)$", (ROOT / "requirements.lock").read_text(), re.M)
    )
    assert pins == {name: VERSIONS[name] for name in ("torch", "optax")}


def test_every_method_and_every_library_has_its_row():
    alone = ("gd_armijo", "newton", "stochastic_bfgs")  # no library has their like
    methods = [name for name in LECTURE if name not in alone]
    assert list(SLIDES) == methods
    for library in DOCS:
        assert list(TABLE[library]) == methods
    assert set(TABLE) == set(DOCS) == set(made.PATHS)


def called(library, row):
    name = row.call.partition("(")[0]
    return getattr({"torch": torch.optim, "optax": optax, "keras": made.Keras}[library], name)


@pytest.mark.parametrize(("library", "method"), ROWS)
def test_defaults_are_those_of_the_signature(library, method):
    row = TABLE[library][method]
    parameters = {}
    for function in (called(library, row), made.Keras.Adam if library == "keras" else None):
        parameters = {**(inspect.signature(function).parameters if function else {}), **parameters}
    for name, value in row.defaults.items():
        default = parameters[name].default
        assert (None if default is inspect.Parameter.empty else default) == value, name


# ---- Departures --------------------------------------------------------------------------------

SAME = ("", "")
OUTSIDE = ("(v + eps) ** 0.5", "(v**0.5 + eps)")
EPS_HAT = ("(v_hat**0.5 + eps)", "(v_hat**0.5 + eps / (1 - beta2**k) ** 0.5)")
STEP = "* m / (v_hat**0.5 + eps)"
#: (library, method): what stands in the slide's text, what stands there in the library, and the
#: library's defaults. Rows that are not here are the slide.
DEPARTURES = {
    ("torch", "adagrad"): (*OUTSIDE, {"eps": 1e-10}),
    ("optax", "adagrad"): ("v = 0", "v = 0.1", {"eps": 1e-7}),
    ("keras", "adagrad"): ("v = 0", "v = 0.1", {"eps": 1e-7}),
    ("torch", "rmsprop"): (*OUTSIDE, {"gamma": 0.99, "eps": 1e-8}),
    ("optax", "rmsprop"): (*SAME, {"eps": 1e-8}),
    ("keras", "rmsprop"): (*SAME, {"eps": 1e-7}),
    ("optax", "adadelta"): ("x - g_tilde", "x + g_tilde", {}),
    ("keras", "adadelta"): ("x - g_tilde", "x - 1e-3 * g_tilde",
                            {"gamma": 0.95, "rho": 0.95, "eps": 1e-7}),
    ("keras", "adam"): (*EPS_HAT, {"eps": 1e-7}),
    ("torch", "amsgrad"): (
        STEP, "* m / (1 - beta1**k) / ((v_hat / (1 - beta2**k)) ** 0.5 + eps)", {}),
    ("optax", "amsgrad"): (
        f"v_hat = maximum(v_hat, v)\n        x = x - at(alpha, k) {STEP}",
        "v_hat = maximum(v_hat, v / (1 - beta2**k))\n"
        "        x = x - at(alpha, k) * m / (1 - beta1**k) / (v_hat**0.5 + eps)", {}),
    ("keras", "amsgrad"): (
        STEP, "* m / (1 - beta1**k) * (1 - beta2**k) ** 0.5 / (v_hat**0.5 + eps)", {"eps": 1e-7}),
    ("optax", "adam_l2"): (
        " + lam * x\n", "\n", {}),
    ("keras", "adam_l2"): (
        " + lam * x\n", "\n", {"eps": 1e-7}),
    ("optax", "adamw"): (*SAME, {"lam": 1e-4}),
    ("keras", "adamw"): (*EPS_HAT, {"lam": 0.004, "eps": 1e-7}),
}  # fmt: skip
DECOUPLED = ("m_hat / (v_hat**0.5 + eps)", "(m_hat / (v_hat**0.5 + eps) + lam * x)")


def departed(library, method):
    """The slide's method with the library's departure, and with its defaults."""
    old, new, hyper = DEPARTURES.get((library, method), (*SAME, {}))
    changes = [(old, new)] if old else []
    if method == "adam_l2" and old:  # optax and keras have AdamW there
        changes += [DECOUPLED, *([EPS_HAT] if library == "keras" else [])]
    return partial(variant(LECTURE[method], *changes), **hyper)


@pytest.mark.parametrize(("library", "method"), ROWS)
def test_the_departure_in_the_slides_own_text_is_the_library(library, method, monkeypatch):
    row = TABLE[library][method]
    monkeypatch.setattr(made.methods, method, departed(library, method))
    assert made.differences(method, library, row.call).max() == 0


@pytest.mark.parametrize(("library", "method"), ROWS)
def test_what_is_no_departure_is_measured_as_none(library, method):
    row = TABLE[library][method]
    none = made.differences(method, library, row.call).max() == 0
    assert none == ((library, method) not in DEPARTURES)
    if row.nearest:
        nearer = made.differences(method, library, row.nearest)
        assert nearer.max() < made.differences(method, library, row.call).max()


# ---- The rest ----------------------------------------------------------------------------------


def test_two_digits():
    assert [made.number(v) for v in (0, 1e-3, 0.0123, 0.999, 1.0, 178.4, 3.21e-6)] == [
        "=", "1.0e-3", "0.012", "1", "1", "180", "3.2e-6"
    ]  # fmt: skip


def test_keras_from_its_source_is_keras():
    """Where keras is installed, with KERAS_BACKEND=jax; it is not among the dependencies."""
    keras = pytest.importorskip("keras")
    names = {**vars(keras.optimizers), "L2": keras.regularizers.L2, **made.LETTERS}
    for method, row in TABLE["keras"].items():
        for call in filter(None, (row.call, row.nearest)):
            alpha = made.ALPHA.get(method, 1e-3)
            called = eval(call, {**names, "α": alpha})
            optimizer, penalty = called if isinstance(called, tuple) else (called, None)
            x, points = keras.Variable(made.X0, dtype="float64"), [made.X0]
            for g in made.GRADIENTS:
                if penalty:
                    g = g + 2 * float(penalty.l2) * np.asarray(x)
                optimizer.apply([keras.ops.convert_to_tensor(g)], [x])
                points.append(np.asarray(x))
            ours = made.path("keras", call, alpha)
            np.testing.assert_allclose(ours, points, rtol=1e-6, atol=1e-9, err_msg=call)
            theirs = inspect.signature(type(optimizer)).parameters
            assert {n: theirs[n].default for n in row.defaults} == row.defaults


def test_the_trainer_names_what_it_has():
    assert TRAINER["weight_decay"] == 0
    assert TRAINER["optim"].startswith("adamw_torch")


def test_a_slip_in_a_method_shows_on_the_page(monkeypatch):
    """With ε outside the root our AdaGrad is torch's, and no longer optax's."""
    monkeypatch.setattr(made.methods, "adagrad", partial(variant(adagrad, OUTSIDE), eps=1e-10))
    assert made.page() != made.PAGE.read_text(encoding="utf-8")
    assert made.differences("adagrad", "torch", TABLE["torch"]["adagrad"].call).max() == 0
    assert made.differences("adagrad", "optax", TABLE["optax"]["adagrad"].nearest).min() > 0
