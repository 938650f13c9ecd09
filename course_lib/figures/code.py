"""What a live figure shows as lines of code, for a cell of one's own or a fresh notebook.

A problem out of the library is written as the call that made it. Any other stands as the notebook
has it, and its lines need that notebook.
"""

import ast
import inspect
import json
import linecache

import numpy as np

from course_lib import problems
from course_lib.figures.knobs import plain
from course_lib.figures.trajectories import SCHEDULES, scheduled
from course_lib.problems import Minibatch
from course_lib.problems.made import call_of

BATCHED = ("minibatch", "reshuffle")  # methods of a finite sum that give a `Minibatch`
DRAWN = ("path", "gap")  # panels that `plot` has too


def code_of(shown, values):
    """The lines that compute what the `Trajectories` show at `values`, and draw what `plot` can."""
    oracle, run_on = shown.oracle(values), "problem"
    ours = {m.__name__ for m in shown.methods.values() if m.__module__.startswith("course_lib.")}
    calls = {name: getattr(m, "code", m.__name__) for name, m in shown.methods.items()}
    ours |= {"libraries" for call in calls.values() if call.startswith("libraries.")}
    used = ["schedules"] if "schedules." in SCHEDULES[values["schedule"]][1] else []
    lines = [f"import {name}" for name in ("optax", "torch") if f"({name}." in str(calls)]
    lines += [f"from course_lib import {', '.join([*sorted(ours), 'plot', 'run', *used])}"]
    maker, text = _problem(shown, values)
    lines += [f"from course_lib.problems import {maker}"] if maker else []
    lines += [f"problem = {text}"] if text else []
    if isinstance(oracle, Minibatch):
        drawn = f"reshuffle({oracle.batch}, {_seeds(oracle.seed)})"
        if oracle.sampling != "reshuffle":
            drawn = f"minibatch({oracle.batch}, {_seeds(oracle.seed)}, {oracle.sampling})"
        lines.append(f"oracle = problem.{drawn}")
        run_on = "oracle"
    panels = [name for name in shown.panels[values["problem"]] if name in DRAWN]
    axes = ["left", "right"] if len(panels) == 2 else ["ax"] * len(panels)
    if panels:
        lines.append(f"{', '.join(axes)} = plot.axes({len(panels) if len(panels) > 1 else ''})")
    for name, call in calls.items():
        numbers = {p: repr(value) for p, value in shown.numbers(values, name).items()}
        if "alpha" in numbers:
            numbers["alpha"] = scheduled(values, numbers["alpha"])[1]
        hyper = "".join(f", {parameter}={value}" for parameter, value in numbers.items())
        start, steps = np.asarray(values["x0"]).tolist(), values["steps"]
        lines.append(f"xs = run({call}, {run_on}, {start}, steps={steps}{hyper})")
        called = json.dumps(shown.called(name, shown.problem(values)), ensure_ascii=False)
        label = f", label={called}" if len(shown.methods) > 1 else ""
        unit = f', unit="{values["unit"]}"'
        for panel, ax in zip(panels, axes, strict=True):
            given = f"{run_on}, xs{unit if panel == 'gap' else ''}{label}, ax={ax}"
            lines.append(f"plot.{panel}({given})")
    return "\n".join(lines)


def argument(frame, place, name):
    """The text of an argument of the call that `frame` is making, "" where there is no source.

    frame: of the caller. place, name: the argument's position and its name.
    """
    positions = inspect.getframeinfo(frame).positions
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    for node in ast.walk(ast.parse(text)) if positions and text else ():
        its = [getattr(node, at, None) for at in ("lineno", "end_lineno", "col_offset")]
        if isinstance(node, ast.Call) and its == [*positions[:3]]:
            named = [keyword.value for keyword in node.keywords if keyword.arg == name]
            given = [*node.args[place : place + 1], *named]
            return ast.get_source_segment(text, given[0]) if given else ""
    return ""


def written_as(text, given):
    """Each problem as code, out of the text of what `explore` was given; nothing without one."""
    if not text:
        return []
    node = ast.parse(text, mode="eval").body
    if isinstance(given, (dict, list, tuple)):
        keys = list(given) if isinstance(given, dict) else range(len(given))
        nodes = getattr(node, "values" if isinstance(node, ast.Dict) else "elts", [])
        texts = [ast.unparse(one) for one in nodes]
        return texts if len(texts) == len(keys) else [f"{text}[{key!r}]" for key in keys]
    return [ast.unparse(node)]


def _problem(shown, values):
    """(maker, code) of the problem chosen, of the whole sum if it is drawn from; "" if unknown."""
    problem = shown.problem(values)
    drawn = isinstance(problem, Minibatch)
    name, args, kwargs = call_of(problem.problem if drawn else problem) or ("", (), {})
    args, kwargs = [*map(plain, args)], {key: plain(value) for key, value in kwargs.items()}
    if name in problems.__all__ and all(map(_is_literal, [*args, *kwargs.values()])):
        given = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return name, f"{name}({', '.join(given)})"
    text = shown.written[values["problem"]] if shown.written else ""
    return "", _without_batches(text) if drawn and text else text


def _is_literal(value):
    try:
        ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        return False
    return True


def _seeds(seed):
    """Seeds as they are written: 3, range(3, 7), [5, 1]."""
    if seed.ndim == 1 and len(seed) > 1 and (np.diff(seed) == 1).all():
        return f"range({seed[0]}, {seed[-1] + 1})"
    return repr(seed.tolist())


def _without_batches(text):
    """The code of the finite sum in a minibatch problem."""
    node = ast.parse(text, mode="eval").body
    drawn = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in BATCHED
    return ast.unparse(node.func.value) if drawn else f"{text}.problem"
