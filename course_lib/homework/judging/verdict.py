"""What the numbers of a student's function are worth, and the name of what is wrong with them.

Points of a method, of ten: 2 for the start (shape, first row, first step), 6 for the numbers of all
steps, 2 for clean work (arguments stay unchanged, a second call gives the same, x0 may be a list
or float32). A mistake that is known by name costs 3, two of them 5, wherever they are: what follows
from a known mistake is not counted again. Without numbers nobody works clean: then those 2 are not
given. A method worth less than ten has the same parts of what it is worth.
"""

from typing import NamedTuple

import numpy as np

from course_lib.homework.judging.slips import PLANTED, close, recognise
from course_lib.homework.judging.trials import played
from course_lib.source import show

START, NUMBERS, CLEAN = 2, 6, 2
ONE_MISTAKE, TWO_MISTAKES = 3, 1
ROUGH = 1e-3  # float32, rounded numbers
CALL_BY_CALL = ("state",)


class Finding(NamedTuple):
    """A sentence of `words`, by its key, with what it needs to know."""

    key: str
    values: dict = {}  # noqa: RUF012  never changed


class Verdict(NamedTuple):
    """Points, and what was found; nothing found is a full success.

    parts: of a method, the points for the start, the numbers and clean work.
    """

    points: int
    of: int
    findings: list
    parts: dict = {}  # noqa: RUF012  never changed


def judge(method, trials, records, constants=(), of=START + NUMBERS + CLEAN):
    """The verdict on one function.

    method: its reference. records: from `worker`. constants: the numbers written into the
    student's text. of: the points that the function is worth.
    """
    if "definition" in records:
        return Verdict(0, of, [failed("definition", records["definition"])])
    record = records["path"]
    if problem := unusable(record, trials["path"]):
        return Verdict(0, of, [problem])
    expected = {name: played(method, trial) for name, trial in trials.items()}
    rows = {name: np.array(r["rows"], dtype=float) for name, r in records.items() if r.get("rows")}

    numbers, findings = count_numbers(method, trials, records, rows, expected, constants)
    if any(finding.key == PLANTED for finding in findings):
        return Verdict(0, of, findings)
    start = START if numbers else starts_right(rows["path"], expected["path"].rows)
    dirt = list(unclean(trials, records, rows)) if numbers else []
    if any(finding.key in CALL_BY_CALL for finding in findings):
        dirt = []  # whatever call is looked at, its numbers are others
    clean = CLEAN if numbers and not dirt else 0
    earned = {"start": start, "numbers": numbers, "clean": clean}
    most = {"of_start": START, "of_numbers": NUMBERS, "of_clean": CLEAN}
    share = of / sum(most.values())
    parts = {name: whole(points * share) for name, points in (earned | most).items()}
    return Verdict(whole(sum(earned.values()) * share), of, findings + dirt, parts)


def whole(points):
    """Points as one writes them: 5, or 4.9 where shares of 7 make 4.8999…"""
    points = round(points, 6)
    return int(points) if points == int(points) else points


def unusable(record, trial):
    """Why a record holds no rows to compare, or None."""
    if "error" in record:
        return failed("error", record)
    if record["kind"] != "array":
        return Finding(f"returned_{record['kind']}")
    if record["rows"] is None or not (len(record["shape"]) in (1, 2) and min(record["shape"])):
        return Finding("shape", wanted(record, trial))
    return None


def failed(key, record):
    """A finding about an exception. Its words are left out: they could carry the hidden inputs."""
    if record["error"] == "NotImplementedError":
        return Finding("unsolved")
    values = {"error": record["error"], "cell": record["cell"], "line": record["line"]}
    return Finding(key, values | {"words": record["words"]})


def wanted(record, trial):
    """The shape that came and the right one; a size that could carry a hidden number is "…"."""
    n, d = trial["n_steps"], len(trial["x0"])
    ordinary = {0, 1, d - 1, d, d + 1, n - 1, n, n + 1, n + 2}
    shape = ", ".join(str(size) if size in ordinary else "…" for size in record["shape"])
    return {"shape": f"({shape})", "wanted": str((n + 1, d))}


def told(calls, n):
    """How often ∇f was taken, unless the number could carry a hidden one."""
    return str(calls) if calls in (n - 1, n + 1, 2 * n, 2 * n + 1, 2 * n + 2, 3 * n) else f"> {n}"


def starts_right(rows, expected):
    same = rows.shape == expected.shape and close(rows[:1], expected[:1])
    return START if same and close(rows[:2], expected[:2], ROUGH) else 0


def count_numbers(method, trials, records, rows, expected, constants):
    """(Points, findings) for the numbers of all steps."""

    def right(name, tolerance=1e-10):
        return name in rows and close(rows[name], expected[name].rows, tolerance)

    calls, n = records["path"]["calls"], trials["path"]["n_steps"]
    changed = records["path"]["x0_changed"] or records["path"]["g_changed"]
    if right("path") and not changed and not same_again(rows):
        return ONE_MISTAKE, [Finding("state")]
    if right("path") and right("other") and right("closed", 1e-8):
        return NUMBERS, []
    for name in ("other", "closed"):
        if right("path") and "error" in records[name]:
            return 0, [failed("error", records[name])]
    if right("path") and right("other"):
        return ONE_MISTAKE, [Finding(wrong_points(records["closed"], expected["closed"]))]
    both = {name: rows[name] for name in ("path", "other") if name in rows}
    found = recognise(method, trials, both, constants) if len(both) == 2 else []
    if len(found) == 1:
        return ONE_MISTAKE, [Finding(found[0].key, found[0].values)]
    if calls > n + 1 or (calls > n and not found):
        return count_wrong_calls(method, trials, records, rows, right("closed", 1e-8))
    if right("path", ROUGH) and right("other", ROUGH):
        return ONE_MISTAKE, [Finding("precision")]
    if found:
        return TWO_MISTAKES, [Finding("two"), *(Finding(slip.key, slip.values) for slip in found)]
    return 0, [unexplained(method, records["path"], trials["path"], rows, expected["path"].rows)]


def count_wrong_calls(method, trials, records, rows, right):
    """The same where ∇f is taken more than once a step: only the gradients of H x − b still fit."""
    path = records["path"]
    n = trials["path"]["n_steps"]
    calls = Finding("calls", {"calls": told(path["calls"], n), "n": n})
    if right:
        return ONE_MISTAKE, [calls]
    found = recognise(method, trials, {"closed": rows["closed"]}) if "closed" in rows else []
    if len(found) == 1:
        return TWO_MISTAKES, [Finding("two"), calls, Finding(found[0].key, found[0].values)]
    return 0, [calls]


def same_again(rows):
    return "again" in rows and close(rows["again"], rows["path"])


def wrong_points(record, expected):
    """The method is right wherever the gradient comes from a list: it asks for it elsewhere."""
    points = np.array(record.get("points", []))
    if len(points) > 1 and points.ndim == 2 and (points == points[0]).all():
        return "grad_at_start"
    if points.shape == expected.points.shape and close(points[:-1], expected.points[1:], 1e-8):
        return "grad_at_next"
    return "grad_elsewhere"


def unexplained(method, record, trial, rows, expected):
    """Nothing is known but where the numbers part."""
    rows = rows["path"]
    if rows.shape != expected.shape:
        return Finding("shape", wanted(record, trial))
    if close(rows, expected):
        return Finding("other_differs")
    if not np.isfinite(rows).all():
        return Finding("not_finite", {"k": int((~np.isfinite(rows).all(1)).argmax())})
    k = next(k for k in range(1, len(rows) + 1) if not close(rows[:k], expected[:k])) - 1
    if k == 0:
        return Finding("leaves_at_start")
    remembers = " = 0\n" in show(method).text
    if k == 1:
        return Finding("leaves_at_first_step" if remembers else "first_step_differs")
    return Finding("leaves" if remembers else "step_differs", {"k": k})


def unclean(trials, records, rows):
    """Findings about how the function treats its arguments."""
    path = records["path"]
    if path["x0_changed"]:
        yield Finding("x0_changed")
    if path["g_changed"]:
        yield Finding("g_changed")
    for name, tolerance in (("list", 1e-10), ("single", ROUGH)):
        if "error" in records[name]:
            yield Finding(f"{name}_fails", {"error": records[name]["error"]})
        elif name not in rows or not close(rows[name], rows["path"], tolerance):
            yield Finding(f"{name}_differs")
    empty, n, d = records["empty"], trials["path"]["n_steps"], len(trials["path"]["x0"])
    if path["shape"] == [n + 1, d] and empty.get("shape") != [1, d]:
        yield Finding("empty_fails")
