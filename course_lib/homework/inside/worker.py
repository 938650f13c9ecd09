"""Tries a student's function on given inputs and says what came back. Knows no right answer.

In the sandbox NumPy is the only package beside it; `check` runs it too, so that a student at home
and the grader see the same thing. What it reports is data for `verdict`, which believes nothing but
the numbers.
"""

import __future__

import inspect
import traceback

import numpy as np

MOST_NUMBERS = 100_000  # a larger result is reported by its shape alone
MOST_CALLS = 1000  # asked points that are kept; all are counted
MOST_FAILED = 10  # statements that failed, reported
MOST_WORDS = 200  # characters of an exception's words
FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


class Oracle:
    """The `grad` that a function gets: recorded gradients in turn, or H x − b.

    Recorded gradients do not depend on x, so a rounding error or a wrong step cannot grow: the
    numbers of a right function agree to ten digits after any number of steps. H x − b does depend
    on x, and shows whether the gradient is taken at the right point.
    """

    def __init__(self, trial):
        self.recorded = [np.array(g, dtype=float) for g in trial.get("gradients", [])]
        self.quadratic = [np.array(trial[name]) for name in "Hb"] if "H" in trial else None
        self.points, self.calls = [], 0

    def __call__(self, x):
        if self.calls < MOST_CALLS:
            self.points.append(np.array(x, dtype=float).tolist())
        self.calls += 1
        if self.quadratic:
            H, b = self.quadratic
            return H @ np.asarray(x, dtype=float) - b
        return self.recorded[min(self.calls, len(self.recorded)) - 1]

    def changed(self, trial):
        """Did the function write into a gradient that it was given?"""
        given = np.array(trial.get("gradients", []))
        return not np.array_equal(given, np.array(self.recorded))


def start(trial):
    """x0 as the trial wants it: an array of float64 or float32, or a list of integers."""
    if trial["kind"] == "list":
        return [int(value) for value in trial["x0"]]
    return np.array(trial["x0"], dtype=trial["kind"])


def attempt(function, trial, kept):
    """The record of one call; `kept` holds x0 and the oracle for a later trial on the same ones."""
    if not trial.get("again"):
        kept["x0"], kept["oracle"] = start(trial), Oracle(trial)
    x0, oracle = kept["x0"], kept["oracle"]
    oracle.points, oracle.calls = [], 0
    before = np.array(x0)
    record = described(function(oracle, x0, trial["n_steps"], **trial["hyper"]))
    record.update(calls=oracle.calls, points=oracle.points, g_changed=oracle.changed(trial))
    record["x0_changed"] = not np.array_equal(before, np.array(x0))
    return record


def described(result):
    """What a function returned, as data: its rows if it is an array of numbers.

    A large array is not touched: its shape says enough.
    """
    if result is None or inspect.isgenerator(result):
        return {"kind": "none" if result is None else "generator"}
    try:
        array = result if isinstance(result, np.ndarray) else np.array(result)
    except Exception:  # a ragged list, an object that breaks when it is looked at
        return {"kind": "other"}
    if array.dtype.kind not in "fiu":
        return {"kind": "other"}
    small = array.size <= MOST_NUMBERS
    rows = np.array(array, dtype=float).tolist() if small else None
    return {"kind": "array", "shape": list(array.shape), "rows": rows}


def failure(error):
    """An exception as data: its type, the names in its words, and where the student's code was."""
    places = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("cell ")
    ]
    if isinstance(error, SyntaxError) and str(error.filename).startswith("cell "):
        places.append((error.filename, error.lineno))
    cell, line = places[-1] if places else ("", None)
    kind = next(
        (t.__name__ for t in type(error).__mro__ if t.__module__ == "builtins"), "Exception"
    )
    return {"error": kind, "words": str(error)[:MOST_WORDS], "cell": cell, "line": line}


def run_all(source):
    """(What the statements bind, the failures): one by one, like cells, whatever fails between."""
    names, failed, flags = {"__name__": "__main__"}, [], 0
    for cell, line, code in source:
        try:
            text = "\n" * (line - 1) + code
            program = compile(text, f"cell {cell}", "exec", flags, dont_inherit=True)
            flags |= program.co_flags & FUTURE
            exec(program, names)
        except BaseException as error:  # sys.exit too; what ends the process is seen outside
            failed.append(failure(error))
    return names, failed


def main(job):
    """job: {"source": [[cell, line, code], …], "name": …, "trials": {…}} → {trial: record}.

    Beside the records, "failed": the statements that failed; "definition": the failure that left
    no function.
    """
    names, failed = run_all(job["source"])
    function = names.get(job["name"])
    failed = failed[-MOST_FAILED:]
    if not callable(function):
        return {"definition": failed[-1] if failed else failure(TypeError()), "failed": failed}
    records, kept = {}, {}
    for name, trial in job["trials"].items():
        try:
            records[name] = attempt(function, trial, kept)
        except BaseException as error:
            records[name] = failure(error)
    return records | {"failed": failed}
