"""Grades one student: from files to points and findings, believing nothing that comes back.

The sandbox opens the notebooks, slices them and runs the functions; here is only compared. A result
is plain data, so that it can be kept and read again:

    {"student", "language", "status", "reasons": [finding, …], "assignments": {name: work}}
    work = {"items": {item: {"points", "of", "findings", "for_person", "file"}},
            "shingles": {…}, "essays": {…}, "answers": {…}}

Points of None wait for a person (an essay, a fault of the grader). A finding is [key, values].
"""

import re
from typing import NamedTuple

from course_lib.homework.classroom import sandbox
from course_lib.homework.classroom.believed import believed, believed_failures
from course_lib.homework.classroom.submissions import is_notebook
from course_lib.homework.classroom.turns import Turns
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay, Method, Number, names
from course_lib.homework.judging.measured import is_variant
from course_lib.homework.judging.trials import trials
from course_lib.homework.judging.verdict import Finding, judge, whole
from course_lib.homework.limits import Limits
from course_lib.homework.reading import Notebook, Unreadable

STATUSES = ("ok", "needs_human", "killed", "unreadable", "absent", "grader_error")
MOST_NOTEBOOKS = 60  # of one student; the others are named, not graded
KILLED = {
    "cpu": "killed_cpu",
    "wall": "killed_wall",
    "died": "killed_died",
    "reply": "killed_reply",
}
NOT_THERE = ("ImportError", "ModuleNotFoundError", "NameError")


class Settings(NamedTuple):
    """How a class is graded.

    seed: of the hidden inputs. limits: of one run, measured where None. assignments: what was set,
    by name; empty: all. turns: who runs alone.
    """

    seed: int = 20_260
    limits: Limits | None = None
    assignments: tuple = ()
    turns: Turns = Turns()

    @property
    def asked(self):
        return [name for name in ASSIGNMENTS if name in self.assignments or not self.assignments]

    def run(self, script, job, data=b""):
        """One run; if its process was killed from outside, once more with nothing beside it."""
        with self.turns.together():
            outcome = sandbox.run(script, job, self.limits, data)
        if outcome.why == "died":
            with self.turns.alone():
                outcome = sandbox.run(script, job, self.limits, data)
        return outcome


class Opened(NamedTuple):
    """A notebook of a student: the file's name, its cells, and what slicing found in it."""

    name: str
    notebook: Notebook
    sliced: dict


def grade(student, files, settings, variant=None):
    """The result of one student. files: of `submissions`; variant: the assigned one, if known."""
    notebooks = sorted(filter(is_notebook, files), key=lambda file: "hw" not in file.name.lower())
    opened, reasons = [], []
    for file in notebooks[:MOST_NOTEBOOKS]:
        try:
            opened.append(open_notebook(file, settings))
        except Unreadable as error:
            reasons.append([error.args[0], {"file": file.name}])
    runs, works, several = {}, {}, []
    for assignment in settings.asked:
        ours = [each for each in opened if is_about(assignment, each)]
        if ours:
            rest = opened, settings, variant, runs
            answers = [grade_notebook(assignment, one, *rest) for one in ours]
            works[assignment] = best_of(answers)
            if differ(answers):
                several.append(["several", {"assignment": assignment}])
    if len(notebooks) > MOST_NOTEBOOKS:
        reasons.append(["too_many", {"count": len(notebooks)}])
    if not works:
        reasons += [not_ours(each) for each in opened[:5]]
        others = [] if notebooks else files
        reasons += [["not_a_notebook_file", {"file": file.name}] for file in others[:5]]
    if not files:
        reasons.append(["no_files", {}])
    best = max(opened, key=lambda one: len({*one.sliced["strong"]}), default=None)
    language = best and best.notebook.language
    reasons += several
    result = {"student": student, "language": language, "assignments": works, "reasons": reasons}
    return result | {"status": status_of(result)}


def open_notebook(file, settings):
    """An `Opened`, or the `Unreadable` that says why there is none."""
    outcome = settings.run("cells.py", {}, file.read())
    if outcome.reply is None:
        raise Unreadable("too_large" if outcome.why == "reply" else "hung")
    if "unreadable" in outcome.reply:
        raise Unreadable(outcome.reply["unreadable"])
    notebook = Notebook([tuple(cell) for cell in outcome.reply["cells"]])
    outcome = settings.run("slicing.py", slicing_job(notebook))
    if outcome.reply is None:
        raise Unreadable("hung")
    if "too_long" in outcome.reply:
        raise Unreadable("too_long")
    return Opened(file.name, notebook, outcome.reply)


def slicing_job(notebook):
    """What `slicing` needs to know of a notebook."""
    job = {"cells": notebook.code, "prose": notebook.prose}
    return job | {"methods": names(Method), "answers": names(Number)}


def is_about(assignment, opened):
    """Does the notebook answer the assignment? What it checks and writes tells, or its name."""
    its_items = ASSIGNMENTS[assignment]
    essays = [name for name in its_items if isinstance(its_items[name], Essay)]
    strong = set(opened.sliced["strong"])
    strong |= {name for name in essays if opened.notebook.essay(name) is not None}
    if strong & set(its_items) or len(set(opened.sliced["weak"]) & set(its_items)) > 1:
        return True
    return not strong and assignment[:3] in opened.name and bool(opened.notebook.code)


def not_ours(opened):
    """The reason of a notebook that answers nothing that was set: it may be another homework."""
    other = next((name for name in ASSIGNMENTS if is_about(name, opened)), None)
    if other:
        return ["another_homework", {"file": opened.name, "assignment": other}]
    return ["not_ours", {"file": opened.name}]


def grade_notebook(assignment, opened, others, settings, variant, runs):
    """The work on one assignment in one notebook."""
    sliced = opened.sliced
    work = {"items": {}, "shingles": {}, "essays": {}, "answers": {}}
    given = [one.sliced["answers"]["variant"].get("value") for one in (opened, *others)]
    given = next((value for value in given if value is not None), None)
    for name, item in ASSIGNMENTS[assignment].items():
        if isinstance(item, Method):
            found = grade_method(item, name, sliced, settings.run, settings.seed, runs)
            work["shingles"][name] = sliced["methods"][name].get("shingles")
        elif isinstance(item, Essay):
            found = grade_essay(item, name, opened.notebook, work)
        else:
            found = grade_number(item, name, sliced, given if variant is None else variant)
            work["answers"][name] = sliced["answers"][name].get("value")
            if name == "variant" and is_variant(given) and variant not in (None, given):
                values = {"given": given, "assigned": variant}
                found = graded(0, 0, [Finding("variant_differs", values)], for_person=True)
        work["items"][name] = found | {"file": opened.name}
    mention_broken_cells(work["items"], sliced["broken"], dict(opened.notebook.code))
    return work


def best_of(works):
    """Of each item the best answer; an answer that waits for a person is better than none."""
    best = {key: dict(works[0][key]) for key in works[0]}
    for work in works[1:]:
        for name, item in work["items"].items():
            if rank(item) > rank(best["items"][name]):
                for key, values in best.items():
                    values.pop(name, None)
                    if name in work[key]:
                        values[name] = work[key][name]
    best["items"] = {name: best["items"][name] for name in works[0]["items"]}
    return best


def rank(item):
    points = 0.5 if item["points"] is None else item["points"]
    return points, answered(item), not known(item["findings"], "missing")


def answered(item):
    open_keys = ("missing", "unsolved", "planted", "imported", "renamed", "twin", "in_prose")
    return not known(item["findings"], *open_keys)


def differ(works):
    """Is there an item with two different answers?"""
    for name in works[0]["items"]:
        items = [work["items"][name] for work in works if answered(work["items"][name])]
        if len({(item["points"], repr(item["findings"])) for item in items}) > 1:
            return True
    return False


def status_of(result):
    every = [item for work in result["assignments"].values() for item in work["items"].values()]
    if not every:
        readable = known(result["reasons"], "hung", "too_long", "not_ours", "another_homework")
        return "needs_human" if readable else "unreadable"
    if any(known(item["findings"], *KILLED.values()) for item in every):
        return "killed"
    human = result["reasons"] or any(item["for_person"] for item in every)
    return "needs_human" if human else "ok"


def known(findings, *keys):
    return any(key in keys for key, _ in findings)


def mention_broken_cells(items, broken, texts):
    """Where points were lost, a cell that is no Python may be why: a person should look.

    A cell that names items is told to them alone.
    """
    for cell, line, what in broken:
        named = [name for name in items if re.search(rf"\b{name}\b", texts[cell])]
        for name in named or items:
            item = items[name]
            lost = item["points"] == 0 and item["of"]
            if lost and (named or not known(item["findings"], "unsolved")):
                place = {"cell": cell, "line": line, "what": what}
                item["findings"].append(["broken_cell", place])
                item["for_person"] = True


def graded(points, of, findings, for_person=False, parts=None):
    findings = [[finding.key, dict(finding.values)] for finding in findings]
    item = {"points": points, "of": of, "findings": findings, "for_person": for_person}
    return item | ({"parts": parts} if parts and 0 < points < of else {})


def grade_method(item, name, sliced, run, seed, runs=None, own=False):
    """The points of a function. run: (script, job) → `Outcome`; runs: {source: item}, what was run.

    own: at home, where the words of an exception are shown.
    """
    found = sliced["methods"][name]
    if found.get("unsolved"):
        return graded(0, item.points, [Finding("unsolved")])
    if "source" not in found:
        keys = {"imported": "imported", "in_prose": "in_prose", "twin": "twin", "named": "renamed"}
        key = next((key for mark, key in keys.items() if found.get(mark)), "missing")
        values = {"item": name, "named": found.get("named", "")}
        return graded(0, item.points, [Finding(key, values)], for_person=True)
    runs = {} if runs is None else runs
    source = repr((name, found["source"]))
    if source not in runs:
        runs[source] = grade_source(item, name, found, run, seed, own)
    return dict(runs[source])


def grade_source(item, name, found, run, seed, own):
    tries = trials(item.method, seed)
    outcome = run("worker.py", {"source": found["source"], "name": name, "trials": tries})
    if outcome.reply is None:
        return graded(0, item.points, [Finding(KILLED[outcome.why])], for_person=True)
    text = "\n".join(code for _, _, code in found["source"])
    records = believed(outcome.reply, tries, text, own)
    verdict = judge(item.method, tries, records, found["constants"], item.points)
    findings, for_person = list(verdict.findings), False
    if verdict.points < verdict.of:
        missing, for_person = not_there(records, believed_failures(outcome.reply, text, own))
        findings += missing
    return graded(verdict.points, verdict.of, findings, for_person, verdict.parts)


def not_there(records, failed):
    """(Findings, should a person look?): did the function miss what is not there in grading?"""
    errors = [r["error"] for r in (*records.values(), *failed) if "error" in r]
    if not any(error in NOT_THERE for error in errors):
        return [], "definition" in records
    findings = [
        Finding("failed_before", {key: record[key] for key in ("error", "words", "cell", "line")})
        for record in failed
    ]
    return [*findings[:2], Finding("numpy_only")], True


def grade_essay(item, name, notebook, work):
    """A text waits for a person; here it is only found."""
    text = notebook.essay(name)
    if not text:
        finding = Finding("missing" if text is None else "unsolved", {"item": name})
        return graded(0, item.points, [finding], for_person=text is None)
    work["essays"][name] = text
    return graded(None, item.points, item.findings(text))


def grade_number(item, name, sliced, variant):
    """A number, read from the text of the notebook."""
    answer = sliced["answers"][name]
    if not answer["given"]:
        missing = name not in sliced["bound"]
        finding = Finding("missing" if missing else "unsolved", {"item": name})
        return graded(0, item.points, [finding], for_person=missing)
    if "value" not in answer:
        return graded(0, item.points, [Finding("write_out", {"item": name})], for_person=True)
    value = answer["value"]
    if name == "variant":
        verdict = item.judge(value, None)
        return graded(0, 0, verdict.findings, for_person=bool(verdict.findings))
    if ASSIGNMENTS["hw2_experiments"]["variant"].judge(variant, None).findings:
        return graded(0, item.points, [Finding("variant_first")], for_person=True)
    verdict = item.judge(value, variant)
    points = whole(verdict.points * item.points / verdict.of)  # a judge counts in its own
    return graded(points, item.points, verdict.findings)


def absent(student):
    """The result of somebody on the roster who handed in nothing."""
    empty = {"student": student, "language": None, "assignments": {}, "reasons": [["no_files", {}]]}
    return empty | {"status": "absent"}


def grader_error(student, error):
    """The result of a student whom the grader itself failed."""
    reason = ["grader_error", {"error": f"{type(error).__name__}: {error}"[:200]}]
    empty = {"student": student, "language": None, "assignments": {}, "reasons": [reason]}
    return empty | {"status": "grader_error"}
