"""`explore`: a figure that answers while the slider moves.

The method's signature becomes the `controls`, `run` computes the `trajectories`, `panels` says what
to show, `scene` describes it, `canvas` carries it to the browser, `figure` holds it together.
"""

import inspect
from collections import Counter
from inspect import isgeneratorfunction, unwrap

import numpy as np

from course_lib.arguments import check_count, check_integer, check_list_of_seeds, check_problem
from course_lib.arrays import to_numpy
from course_lib.figures import scene
from course_lib.figures.code import argument, written_as
from course_lib.figures.controls import Controls
from course_lib.figures.figure import LiveFigure
from course_lib.figures.goals import Goal
from course_lib.figures.panels import PANELS, is_line_fit
from course_lib.figures.trajectories import MOST_SEEDS, Trajectories, function_of
from course_lib.problems import Minibatch


def explore(
    methods, problem, x0, *,
    steps=200, panels=None, unit="k", seeds=1, watch=None, goal=None, predict=False, **hyper,
):  # fmt: skip
    """A live figure of one or several methods on a problem.

    methods: a method of `course_lib.methods` or one of your own, a list of them, or a dict {name:
        method}, at most 36. One method may stand there twice: `[adam, adam]` are "adam" and
        "adam 2" in `hyper` and, as the slides write, Adam and Adam 2 in the legend.
        `functools.partial(adam, beta1=0)` is a method whose β₁ starts at 0.
    problem: a problem; with d = 2 and a `domain` its contours are shown. A minibatch problem also
        gets controls for batch, seed and replacement; its array of seeds are runs. A list of
        problems, of any kinds, or a dict {name: problem}, at most 36, gives a drop-down.
    x0: start, shape (d,); a click or a drag on the contours moves it. For several problems also
        one start each.
    steps: iterations K, 0..100 000; fewer where methods, runs, the batch or d are so many that a
        picture would take long. seeds: at most 1000 runs with consecutive seeds, drawn as a cloud
        and a band; a list of seeds, such as the numbers of students, gives these, each with its
        number if there are at most 100. The list can be typed into the figure's box as well.
    panels: names out of "path", "gap", "fit" (data of a line fit), "watch"; default: those that
        the problem has, and "watch" if `watch` is given.
    unit: the gap's x axis, "k", "epochs" or "grads".
    watch: what the panel "watch" shows first: the name of an inner vector of the method ("v_hat"),
        "|Δx|", or the step per unit of gradient as the methods write it ("α/√v", "α/√v̂"; of both
        kinds: "α/√v, α/√v̂"), coordinate by coordinate.
    goal: a `Goal` or a list of them, what is to be reached by turning the knobs. The figure shows
        how far one is, and how far one has been, as long as x0 stays.
    predict: the panel in which the student draws the curve or the path before the runs are shown;
        True: in the gap's.
    hyper: values at the start. With several methods `beta1={"adam": 0.9, "adam 2": 0.5}` gives
        each its own knob, `beta1=0.9` one for all; what is not given is shared where the methods'
        defaults agree, and α never is.

    Returns the widget. Raises ValueError that names the argument.

    >>> from course_lib import adam, quadratic
    >>> two = explore([adam, adam], quadratic(), [1, 1], steps=9, beta1={"adam 2": 0})
    >>> [name for name in two.controls.knobs if name.startswith("beta")]
    ['beta1:adam', 'beta2', 'beta1:adam 2']
    """
    given = methods
    methods = _named("methods", given, lambda its, _: getattr(function_of(its), "__name__", ""))
    if not methods or not all(map(_is_method, methods.values())):
        raise ValueError(f"methods: expected a method or a list of methods; got {given!r}")
    problems = _named("problem", problem, lambda its, i: getattr(its, "name", f"f{i}"))
    if not problems:
        raise ValueError(f"problem: expected a problem or a list of problems; got {problem!r}")
    for one in problems.values():
        _check_problem(one)
    seeds = _seeds(seeds, problems)
    steps = check_integer("steps", steps, 0, np.inf)  # the knob has an end
    starts = _starts(x0, list(problems.values()))
    panels = [_panels(panels, watch, problem) for problem in problems.values()]
    pictures = [
        scene.contour_picture(problem) if "path" in names else b""
        for problem, names in zip(problems.values(), panels, strict=True)
    ]
    written = written_as(argument(inspect.currentframe().f_back, 1, "problem"), problem)
    goals = _goals(goal, methods)
    draw = Trajectories(methods, problems, seeds, panels, pictures, written, goals, starts)
    watching = (watch or "|Δx|") if "watch" in panels[0] else None
    figure = LiveFigure(Controls(draw, starts, steps, unit, hyper, watching), draw)
    if predict:
        _predict(figure, predict, panels)
    return figure


def _predict(figure, asked, panels):
    """The same panel of every problem is drawn in."""
    names = panels[0]
    name = ("gap" if "gap" in names else names[0]) if asked is True else asked
    if name not in names:
        raise ValueError(f"predict: expected True or one of {', '.join(names)}; got {asked!r}")
    if any(its != names for its in panels):
        raise ValueError(f"predict: expected problems with the same panels; got {panels}")
    figure.predict(names.index(name), "path" if name == "path" else "curve")


def _named(argument, given, name):
    """{name: thing} of one thing, a list or a dict of them; a name that comes again is numbered."""
    given = given if isinstance(given, (dict, list, tuple)) else [given]
    check_count(argument, given, scene.MOST)
    if isinstance(given, dict):
        named = {str(key): thing for key, thing in given.items()}
        if len(named) < len(given):
            raise ValueError(f"{argument}: expected different names; got {list(given)}")
        return named
    named, times = {}, Counter()
    for i, thing in enumerate(given, 1):
        its = name(thing, i)
        times[its] += 1
        named[f"{its} {times[its]}" if times[its] > 1 else its] = thing
    return named


def _seeds(given, problems):
    """How many seeds, or the list of them."""
    if not isinstance(given, (list, tuple, range, np.ndarray)):
        seeds = check_integer("seeds", given, 1, MOST_SEEDS)
    else:
        seeds = check_list_of_seeds("seeds", given)
        if not seeds or len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds: expected a number or a list of different ones; got {given!r}")
    if seeds != 1 and not any(isinstance(problem, Minibatch) for problem in problems.values()):
        raise ValueError(f"seeds: expected a problem with minibatches; got {given!r} without one")
    return seeds


def _is_method(method):
    """A generator function, or what `functools` makes of one."""
    return callable(method) and isgeneratorfunction(unwrap(function_of(method)))


def _check_problem(problem):
    needed = ["f", "grad", "d", "n", "cost", "f_star"]
    needed += ["domain", "x_star"] if getattr(problem, "d", None) == 2 else []
    check_problem(problem, *needed)


def _starts(x0, problems):
    """The start of each problem, (d,) floats."""
    several = isinstance(x0, (list, tuple, np.ndarray)) and getattr(x0, "ndim", 1) and len(x0)
    one_each = several and np.ndim(x0[0])
    starts = list(x0) if one_each else [x0] * len(problems)
    if len(starts) != len(problems):
        raise ValueError(f"x0: expected {len(problems)} starts, one each; got {len(starts)}")
    return [_start(x, problem) for x, problem in zip(starts, problems, strict=True)]


def _start(x0, problem):
    try:
        start = np.array(to_numpy(x0)).astype(float, casting="safe")
    except (TypeError, ValueError):
        start = np.full(1, np.nan)
    if start.shape != (problem.d,) or not np.isfinite(start).all():
        raise ValueError(f"x0: expected {problem.d} finite numbers; got {x0!r}")
    return start


def _goals(given, methods):
    goals = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    check_count("goal", goals, scene.MOST)
    for goal in goals:
        if not isinstance(goal, Goal):
            raise ValueError(f"goal: expected a Goal or a list of them; got {goal!r}")
        if goal.of not in (None, *methods):
            raise ValueError(f"goal: expected of = one of {', '.join(methods)}; got {goal.of!r}")
    return goals


def _panels(asked, watch, problem):
    """The names of the panels of this problem: those asked for, or all that it has."""
    drawable = problem.d == 2 and problem.domain is not None
    default = [*(["path"] if drawable else []), "gap", *(["watch"] if watch else [])]
    names = default if asked is None else asked
    known = isinstance(names, (list, tuple)) and all(name in list(PANELS) for name in names)
    if not known or not names or len(set(names)) < len(names):
        raise ValueError(f"panels: expected a list out of {', '.join(PANELS)}; got {asked!r}")
    if watch and "watch" not in names:
        raise ValueError(f"watch: expected 'watch' in panels; got {watch!r} without it")
    if "path" in names and not drawable:
        raise ValueError("panels: 'path' needs a problem of two variables with a domain")
    if "fit" in names and not is_line_fit(problem):
        raise ValueError("panels: 'fit' needs a line fit, least squares with rows (t, 1)")
    return names
