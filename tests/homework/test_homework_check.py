"""The self-check: right functions pass however they are written, every mistake is named."""

import ast
import inspect
import re
import string
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import jax
import nbformat
import numpy as np
import optax
import pytest

from course_lib import homework
from course_lib.homework import at_home, check
from course_lib.homework.classroom.grading import STATUSES
from course_lib.homework.inside.worker import attempt, failure
from course_lib.homework.judging import beyond, slips, trials, verdict
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay, items
from course_lib.homework.words import LANGUAGES, plain, say
from course_lib.homework.words.formulas import math
from course_lib.homework.words.sentences import sentence
from course_lib.loop import hyperparameters
from support.homework_class import METHODS, built, solution


def function(text, name):
    names = {"np": np}
    exec(text, names)
    return names[name]


def method_of(name):
    return items()[name].method


def judged(f, name, seed=14, constants=()):
    """The verdict on a function, as the grader gives it."""
    method = method_of(name)
    tries, records, kept = trials.trials(method, seed), {}, {}
    with np.errstate(all="ignore"):
        for key, trial in tries.items():
            try:
                records[key] = attempt(f, trial, kept)
            except Exception as error:
                records[key] = failure(error)
    return verdict.judge(method, tries, records, constants)


@cache
def judged_slip(name, slip):
    return judged(mistaken(name, slip), name)


def keys(found):
    return [finding.key for finding in found.findings]


@pytest.fixture
def russian(monkeypatch, tmp_path):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)


# Right functions, written in other ways

RIGHT = {
    "in place on a copy": (
        "adam",
        """x = np.array(x0, dtype=float)
xs, m, v = [x.copy()], np.zeros_like(x), np.zeros_like(x)
for k in range(1, n_steps + 1):
    g = grad(x)
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g * g
    x -= alpha * (m / (1 - beta1**k)) / (np.sqrt(v / (1 - beta2**k)) + eps)
    xs.append(x.copy())
return np.array(xs)""",
    ),
    "running powers": (
        "adam",
        """x, m, v, p1, p2 = np.array(x0, dtype=float), 0.0, 0.0, 1.0, 1.0
xs = np.empty((n_steps + 1, len(x)))
xs[0] = x
for k in range(n_steps):
    g = np.array(grad(xs[k]))
    p1, p2 = p1 * beta1, p2 * beta2
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g**2 - v)
    xs[k + 1] = xs[k] - alpha * (m / (1 - p1)) / ((v / (1 - p2)) ** 0.5 + eps)
return xs""",
    ),
    "bias correction folded into the step": (
        "adam",
        """x, m, v = np.asarray(x0, dtype=float), 0, 0
xs = [x]
for k in range(1, n_steps + 1):
    g = grad(x)
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    root = (1 - beta2**k) ** 0.5
    x = x - alpha * root / (1 - beta1**k) * m / (np.sqrt(v) + eps * root)
    xs.append(x)
return np.stack(xs)""",
    ),
    "explicit sums": (
        "adam",
        """xs, gs = [np.array(x0, dtype=float)], []
for k in range(1, n_steps + 1):
    gs.append(grad(xs[-1]))
    w1 = (1 - beta1) * beta1 ** np.arange(k)[::-1]
    w2 = (1 - beta2) * beta2 ** np.arange(k)[::-1]
    m, v = w1 @ np.array(gs), w2 @ np.array(gs) ** 2
    xs.append(xs[-1] - alpha * m / w1.sum() / ((v / w2.sum()) ** 0.5 + eps))
return np.array(xs)""",
    ),
    "Python's own floats, lists out": (
        "adam",
        """xs, m, v = [[float(c) for c in x0]], [0.0] * len(x0), [0.0] * len(x0)
for k in range(1, n_steps + 1):
    g, new = grad(xs[-1]), []
    for j in range(len(x0)):
        m[j] = beta1 * m[j] + (1 - beta1) * float(g[j])
        v[j] = beta2 * v[j] + (1 - beta2) * float(g[j]) ** 2
        m_hat, v_hat = m[j] / (1 - beta1**k), v[j] / (1 - beta2**k)
        new.append(xs[-1][j] - alpha * m_hat / (v_hat**0.5 + eps))
    xs.append(new)
return xs""",
    ),
    "long doubles": (
        "adam",
        """x, m, v = np.array(x0, dtype=np.longdouble), 0, 0
xs = [x]
for k in range(1, n_steps + 1):
    g = grad(x)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    x = x - alpha * (m / (1 - beta1**k)) / (np.sqrt(v / (1 - beta2**k)) + eps)
    xs.append(x)
return np.array(xs)""",
    ),
    "float32 stays float32": (
        "gd",
        """x = np.array(x0)
x = x.astype(float) if x.dtype.kind == "i" else x
xs = np.empty((n_steps + 1, len(x)), dtype=x.dtype)
xs[0] = x
for k in range(n_steps):
    xs[k + 1] = xs[k] - alpha * grad(xs[k])
return xs""",
    ),
    "velocity with the other sign": (
        "momentum",
        """xs, m = [np.array(x0, dtype=float)], 0
for _ in range(n_steps):
    m = beta * m - alpha * grad(xs[-1])
    xs.append(xs[-1] + m)
return np.array(xs)""",
    ),
    "two points instead of m": (
        "momentum",
        """xs = [np.array(x0, dtype=float)]
for k in range(n_steps):
    old = xs[-2] if k else xs[-1]
    xs.append(xs[-1] - alpha * grad(xs[-1]) + beta * (xs[-1] - old))
return np.array(xs)""",
    ),
    "decay first, then Adam's step": (
        "adamw",
        """xs, m, v = [np.array(x0, dtype=float)], 0, 0
for k in range(1, n_steps + 1):
    g = grad(xs[-1])
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    step = m / (1 - beta1**k) / (np.sqrt(v / (1 - beta2**k)) + eps)
    xs.append((1 - alpha * lam) * xs[-1] - alpha * step)
return np.array(xs)""",
    ),
    "a hypotenuse": (
        "adagrad",
        """xs, root = [np.array(x0, dtype=float)], np.full(len(x0), eps**0.5)
for _ in range(n_steps):
    g = grad(xs[-1])
    root = np.hypot(root, g)
    xs.append(xs[-1] - alpha * g / root)
return np.array(xs)""",
    ),
    "rsqrt": (
        "rmsprop",
        """xs, v = [np.array(x0, dtype=float)], 0
for _ in range(n_steps):
    g = grad(xs[-1])
    v += (1 - gamma) * (g**2 - v)
    xs.append(xs[-1] - alpha * g * (v + eps) ** -0.5)
return np.vstack(xs)""",
    ),
}


def written(name, body):
    head = solution(name).splitlines()[0]
    return function(head + "\n" + "\n".join(f"    {line}" for line in body.split("\n")), name)


@pytest.mark.parametrize("seed", [14, 20_260, 3])
@pytest.mark.parametrize("name", METHODS)
def test_the_solution_gets_all_points(name, seed):
    assert judged(function(solution(name), name), name, seed)[:3] == (10, 10, [])


@pytest.mark.parametrize(("name", "body"), RIGHT.values(), ids=RIGHT)
def test_right_but_different_passes(name, body):
    found = judged(written(name, body), name)
    assert found[:3] == (10, 10, [])


def test_the_methods_beyond_the_lecture_are_those_of_optax():
    makers = {
        beyond.adamax: optax.adamax,
        beyond.adabelief: partial(optax.adabelief, eps_root=0.0),
    }
    gradients = np.random.default_rng(0).normal(size=(40, 3))
    for method, make in makers.items():
        hyper = {"beta1": 0.8, "beta2": 0.95, "eps": 0.01}
        trial = {"x0": [1.0, -2, 3], "kind": "float64", "n_steps": 40, "gradients": gradients}
        rows = trials.played(method, trial, hyper | {"alpha": 0.1}).rows
        with jax.enable_x64(True):
            x, optimizer = jax.numpy.array([1.0, -2, 3]), make(0.1, b1=0.8, b2=0.95, eps=0.01)
            state = optimizer.init(x)
            for k, g in enumerate(gradients, 1):
                step, state = optimizer.update(jax.numpy.array(g), state, x)
                x = optax.apply_updates(x, step)
                np.testing.assert_allclose(rows[k], x, rtol=1e-9)


def test_what_goes_beyond_the_lecture_is_written_out_nowhere_else():
    library = Path(homework.__file__).parent.parent
    judging = Path(beyond.__file__).parent
    files = [path for path in library.rglob("*.py") if judging not in path.parents]
    texts = [path.read_text(encoding="utf-8") for path in files]
    asked = [name for name in METHODS if method_of(name).__module__ == beyond.__name__]
    assert asked
    assert [name for name in asked if any(f"def {name}(" in text for text in texts)] == []


# The library of mistakes

ALL = [(name, slip) for name in METHODS for slip in slips.slips(method_of(name))]
IDS = [f"{name}-{slip.key}{'-' + slip.name if slip.name else ''}" for name, slip in ALL]


def mistaken(name, *found):
    """A function in the homework's form that makes exactly these mistakes, clean otherwise."""
    method = method_of(name)
    changed = slips.edited(method, tuple(edit for slip in found for edit in slip.edits))
    defaults = hyperparameters(method)

    def f(grad, x0, n_steps, **hyper):
        for slip in found:
            if slip.swapped:
                hyper |= dict(zip(slip.swapped, map(hyper.get, slip.swapped[::-1]), strict=True))
            if slip.name:
                hyper[slip.name] = defaults[slip.name] if slip.value is None else slip.value
        problem = type("P", (), {"grad": staticmethod(grad)})
        iterates = changed(problem, np.array(x0, float), **hyper)
        more = sum(slip.more for slip in found)
        rows = np.array([next(iterates) for _ in range(n_steps + 1 + more)])
        for slip in found:
            rows = slip.layout(rows) if slip.layout else rows
        return rows

    return f


@pytest.mark.parametrize(("name", "slip"), ALL, ids=IDS)
def test_every_mistake_is_named_and_costs_the_same(name, slip):
    found = judged_slip(name, slip)
    assert keys(found) == [slip.key]
    assert found.points == (0 if slip.key == slips.PLANTED else 7)
    assert found.findings[0].values == slip.values


WRITTEN_IN = [("adam", "beta1", 0.77), ("adam", "beta2", 0.5), ("adam", "alpha", 1.0),
              ("gd", "alpha", 3.5), ("adamw", "lam", 2.0)]  # fmt: skip


@pytest.mark.parametrize(("name", "hyper", "value"), WRITTEN_IN)
def test_a_number_written_in_costs_the_same_whatever_it_is(name, hyper, value):
    f = mistaken(name, slips.Slip("", name=hyper, value=value))
    found = judged(f, name, constants=[0.123, value])
    assert (keys(found), found.findings[0].values) == (["fixed"], {"name": hyper})
    assert found.points == 7


def test_a_number_that_no_hyperparameter_can_be_is_not_tried():
    """β₂ = 2 would make the powers of negative numbers complex."""
    tried = {(slip.name, slip.value) for slip in slips.written_in(method_of("adam"), [-1.0, 2.0])}
    assert tried == {("alpha", 2.0), ("eps", 2.0)}
    wrong = solution("adam").replace("m_hat = m", "m_hat = 1.3 * m")
    assert judged(function(wrong, "adam"), "adam", constants=[-1.0, 1.3, 2.0, 7.0]).points == 0


@pytest.mark.parametrize("name", METHODS)
def test_every_pair_of_mistakes_is_told_apart(name):
    method = method_of(name)
    for seed in (14, 20_260):
        trial = trials.trials(method, seed)["path"]
        known = {f"{s.key} {s.name}": slips.predicted(method, (s,), trial)
                 for s in slips.slips(method)}  # fmt: skip
        known["right"] = trials.played(method, trial).rows
        assert all(rows is not None for rows in known.values())
        same = [
            pair
            for pair in combinations(known, 2)
            if slips.close(*(known[key] for key in pair), 1e-9)
        ]
        assert same == []


def test_the_library_is_large_enough():
    assert len(ALL) >= 200
    for name in ASSIGNMENTS["hw1_methods"]:
        assert len(slips.slips(method_of(name))) >= 12
    assert len({key for rows in slips.TEXTS.values() for key, *_ in rows}) >= 55


TWO = {
    "k from 0 and ε inside": ("adam", ["eps_inside", "v_not_corrected"]),
    "AdaGrad: outside and not squared": ("adagrad", ["eps_outside", "v_not_squared"]),
    "AdamW: ε inside, coupled decay": ("adamw", ["eps_inside", "decay_twice"]),
    "momentum: damped, rows are one": ("momentum", ["damped", "rows_are_one"]),
}


@pytest.mark.parametrize(("name", "both"), TWO.values(), ids=TWO)
def test_two_mistakes_at_once_are_named(name, both):
    method = method_of(name)
    chosen = [next(s for s in slips.slips(method) if s.key == key) for key in both]
    found = judged(mistaken(name, *chosen), name)
    assert keys(found)[0] == "two"
    assert set(keys(found)[1:]) == set(both)
    assert found.points == 5


@pytest.mark.parametrize(("of", "points"), [(5, 3.5), (7, 4.9), (10, 7)])
def test_points_are_written_as_people_write_them(of, points):
    """7 of 10 shares of 7 points are 4.8999999999999995 to a computer."""
    assert verdict.whole(7 * (of / 10)) == points
    assert isinstance(verdict.whole(7 * (of / 10)), type(points))


# How a function treats its arguments, and where it takes the gradient

STEPS = """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        xs.append(xs[-1] - alpha * grad(xs[-1]))
    return np.array(xs)"""


def returning(expression):
    return STEPS.replace("np.array(xs)", expression)


BEHAVIOUR = {
    "x0 changed in place": (
        """    xs = [np.array(x0)]
    for _ in range(n_steps):
        x0 -= alpha * grad(x0)
        xs.append(np.array(x0))
    return np.array(xs)""",
        8, ["x0_changed"],
    ),
    "the gradient changed in place": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        g = grad(xs[-1])
        g *= alpha
        xs.append(xs[-1] - g)
    return np.array(xs)""",
        8, ["g_changed"],
    ),
    "integers stay integers": (
        """    xs = np.array([x0] * (n_steps + 1))
    for k in range(n_steps):
        xs[k + 1] = xs[k] - alpha * grad(xs[k])
    return xs""",
        8, ["list_differs"],
    ),
    "a list cannot be subtracted from": (
        """    x, xs = x0, [x0]
    for _ in range(n_steps):
        x = [c - alpha * s for c, s in zip(x.tolist(), grad(x))]
        x = np.array(x)
        xs.append(x)
    return np.array(xs)""",
        8, ["list_fails"],
    ),
    "one and the same array": (
        """    x = np.array(x0, dtype=float)
    xs = [x]
    for _ in range(n_steps):
        x -= alpha * grad(x)
        xs.append(x)
    return np.array(xs)""",
        7, ["rows_are_one"],
    ),
    "state between calls": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        calls.append(1)
        xs.append(xs[-1] - alpha * grad(xs[-1]) * (1 if len(calls) <= 50 else 0.5))
    return np.array(xs)
calls = []""",
        7, ["state"],
    ),
    "the gradient twice a step": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        if grad(xs[-1]).any():
            xs.append(xs[-1] - alpha * grad(xs[-1]))
    return np.array(xs)""",
        7, ["calls"],
    ),
    "the gradient twice a step, and a mistake": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        if grad(xs[-1]).any():
            xs.append(xs[-1] + alpha * grad(xs[-1]))
    return np.array(xs)""",
        5, ["two", "calls", "ascent"],
    ),
    "the gradient at x0": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        xs.append(xs[-1] - alpha * grad(xs[0]))
    return np.array(xs)""",
        7, ["grad_at_start"],
    ),
    "the gradient elsewhere": (
        """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        xs.append(xs[-1] - alpha * grad(xs[-1] / 2))
    return np.array(xs)""",
        7, ["grad_elsewhere"],
    ),
    "float32 inside": (
        """    xs = [np.array(x0, dtype=np.float32)]
    for _ in range(n_steps):
        xs.append((xs[-1] - alpha * grad(xs[-1])).astype(np.float32))
    return np.array(xs)""",
        7, ["precision"],
    ),
    "rounded": (returning("np.array(xs).round(6)"), 7, ["precision"]),
    "no zero steps": (
        STEPS.replace("    return", "    if not n_steps: 1 / 0\n    return"),
        8, ["empty_fails"],
    ),
    "nothing returned": (STEPS.replace("return ", ""), 0, ["returned_none"]),
    "a generator": (STEPS.replace("return", "yield"), 0, ["returned_generator"]),
    "a text": (returning("str(xs)"), 0, ["returned_other"]),
    "a ragged list": (returning("[xs, 1]"), 0, ["returned_other"]),
    "a number": (returning("1.0"), 0, ["shape"]),
    "three axes": (returning("np.array([xs])"), 0, ["shape"]),
    "only x0": (
        returning("np.array([x0] * (n_steps + 1))"), 0, ["first_step_differs"],
    ),
    "wrong from the second step": (
        STEPS.replace("alpha *", "alpha * (1 + 0.1 * _) *"), 2, ["step_differs"],
    ),
    "another start": (STEPS.replace("dtype=float)]", "dtype=float) + 1]"), 0, ["leaves_at_start"]),
    "nan": (returning("np.sqrt(np.array(xs))"), 0, ["not_finite"]),
    "an exception": (STEPS.replace("alpha *", "alpha / 0 *"), 0, ["error"]),
    "the exit": (STEPS.replace("return np.array(xs)", "raise SystemError"), 0, ["error"]),
    "nothing yet": ("    raise NotImplementedError", 0, ["unsolved"]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "points", "found"), BEHAVIOUR.values(), ids=BEHAVIOUR)
def test_behaviour_is_named(body, points, found):
    f = function("def gd(grad, x0, n_steps, alpha=0.1):\n" + body, "gd")
    result = judged(f, "gd")
    assert (result.points, keys(result)) == (points, found)


# What a student sees

SHARES = ("full", "part", "none", "waits")  # of the report's picture
EPS_INSIDE = solution("adam").replace("(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5")


def test_check_names_the_mistake_in_the_notebooks_language(capsys, tmp_path, monkeypatch, russian):
    check("adam", function(EPS_INSIDE, "adam"))
    assert capsys.readouterr().out == (
        "✗ adam: 7 из 10\n  • похоже, ε стоит под корнем, а должно стоять снаружи\n"
        "  • начало: 2 из 2, числа: 3 из 6, чистота: 2 из 2\n"
    )
    check("adam", function(solution("adam"), "adam"))
    assert capsys.readouterr().out == "✓ adam: всё верно (10 из 10)\n"
    for place in ("by the folder", "by Jupyter"):
        (tmp_path / "x.ipynb").write_text(built(False)["en", "hw1_methods"], encoding="utf-8")
        if place == "by Jupyter":
            (tmp_path / "elsewhere").mkdir()
            monkeypatch.chdir(tmp_path / "elsewhere")
            monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "x.ipynb"))
        check("adam", function(EPS_INSIDE, "adam"))
        assert (
            "  • it seems that ε is under the root; it belongs outside\n" in capsys.readouterr().out
        )


def test_check_says_what_is_not_solved_and_goes_on(capsys, russian):
    open_gd = f"{solution('gd').splitlines()[0]}\n    raise NotImplementedError"
    check("gd", function(open_gd, "gd"))
    check("ball", ..., 3)
    check("variant", ...)
    assert capsys.readouterr().out == (
        "○ gd: ещё не решено\n○ ball: ещё не решено\n○ variant: ещё не решено\n"
    )


def test_an_error_of_the_student_is_told_with_its_words(capsys, russian):
    check("gd", function("def gd(grad, x0, n_steps, alpha=0.1):\n    return undefined_name", "gd"))
    assert "NameError («name 'undefined_name' is not defined»)" in capsys.readouterr().out


def test_what_is_no_function_or_no_item(capsys, russian):
    check("gd", 3.5)
    check("addam", abs)
    check("why_adam", "…")
    out = capsys.readouterr().out
    assert "нужна функция, а пришло 3.5" in out
    assert "есть gd, momentum, adagrad" in out
    assert out.splitlines()[-1].startswith("○ why_adam: проверять здесь нечего")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "slip"), ALL, ids=IDS)
def test_no_message_shows_a_number_of_the_reference(name, slip, language):
    found = judged_slip(name, slip)
    findings = [[key, values] for key, values in found.findings]
    item = {"points": found.points, "of": found.of, "findings": findings, "parts": found.parts}
    text = at_home.report(language, name, item)
    rows = trials.played(method_of(name), trials.trials(method_of(name), 14)["path"]).rows
    shown = {float(number) for number in re.findall(r"\d+\.\d+", text)}
    assert not any(np.isclose(rows, number, rtol=1e-3).any() for number in shown)
    assert not re.search(r"[{}\\$]", text), text


# The words


def placeholders(text):
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field)


def test_both_languages_say_everything():
    ru, en = LANGUAGES["ru"], LANGUAGES["en"]
    assert ru.keys() == en.keys()
    for key in ru:
        assert placeholders(ru[key]) == placeholders(en[key]), key
        assert not re.search("[а-яё]", en[key], re.IGNORECASE), key
        assert re.findall(r"\$[^$]*\$", ru[key]) == re.findall(r"\$[^$]*\$", en[key]), key
        assert (ru[key].count("`"), ru[key].count("$") % 2) == (en[key].count("`"), 0), key


def test_every_finding_has_words_and_every_word_is_used():
    known = LANGUAGES["ru"].keys()
    used = {key for rows in slips.TEXTS.values() for key, *_ in rows}
    used |= {f"status_{s}" for s in STATUSES} | {f"share_{s}" for s in SHARES}
    folder = Path(homework.__file__).parent
    for path in {*folder.rglob("*.py")} - {*folder.glob("words/[er][nu].py")}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value in known
            ):
                used.add(node.value)
    used |= {f"returned_{kind}" for kind in ("none", "generator", "other")}
    used |= {f"{kind}_{what}" for kind in ("list", "single") for what in ("fails", "differs")}
    assert used == known


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_formula_is_mathml_and_plain_letters(language):
    for key, text in LANGUAGES[language].items():
        filled = text.replace("{{", "{").replace("}}", "}").replace("{alpha}", "0.8")
        for tex in re.findall(r"\$([^$]+)\$", filled.replace("{name}", "beta")):
            shown = ElementTree.fromstring(math(tex))
            assert not re.search(r"[\\{}$]", "".join(shown.itertext())), key
            assert not re.search(r"[\\{}$]", plain(f"${tex}$")), key


def test_formulas_become_letters():
    text = sentence("ru", "fixed", {"name": "beta2"})
    assert plain(text).startswith("похоже, β₂ вписано")
    assert plain(say("en", "eps_hat")).endswith("to √v, and not to √v̂")


# The assignments


def test_points_add_up_to_a_hundred():
    assert sum(item.points for item in ASSIGNMENTS["hw1_methods"].values()) == 60
    assert sum(item.points for item in ASSIGNMENTS["hw2_experiments"].values()) == 40


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_notebook_asks_for_every_item_and_says_its_points(assignment, language):
    cells = nbformat.reads(built(False)[language, assignment], 4).cells
    text = "\n".join(cell.source for cell in cells)
    for name, item in ASSIGNMENTS[assignment].items():
        wanted = f"`{name}`: …" if isinstance(item, Essay) else f'check("{name}", {name}'
        assert text.count(wanted) == 1, name
    for section in text.split("\n## ")[1:]:
        inside = {n: i for n, i in ASSIGNMENTS[assignment].items() if i.points and (
            f'check("{n}", ' in section or f"`{n}`: …" in section)}  # fmt: skip
        essays = [inside.pop(name) for name in [*inside] if isinstance(inside[name], Essay)]
        if inside:
            told = re.match(r".*: (\d+)", section)[1]
            assert int(told) == sum(item.points for item in inside.values()), section[:40]
        for item in essays:
            assert int(re.search(r"\*\*[\w ]+, (\d+)", section)[1]) == item.points, section[:40]


@pytest.mark.parametrize("name", METHODS)
def test_the_handed_out_function_has_the_librarys_hyperparameters(name):
    cells = [c for text in built(False).values() for c in nbformat.reads(text, 4).cells]
    text = next(cell.source for cell in cells if cell.source.startswith(f"def {name}("))
    for f in (function(text, name), function(solution(name), name)):
        parameters = list(inspect.signature(f).parameters.values())
        assert [p.name for p in parameters[:3]] == ["grad", "x0", "n_steps"]
        defaults = {p.name: p.default for p in parameters[3:]}
        assert defaults == hyperparameters(method_of(name))
