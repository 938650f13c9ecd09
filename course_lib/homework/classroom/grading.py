"""Grades one student: from files to points and findings, believing nothing that comes back.

The grader reads notebooks as data, lets the sandbox slice them and run the functions, and compares
here. A result is plain data, so that it can be kept and read again:

    {"student", "language", "status", "reasons": [finding, …], "assignments": {name: work}}
    work = {"file", "items": {item: {"points", "of", "findings", "for_person"}}, "prints": {…},
            "essays": {…}, "answers": {…}}

Points of None wait for a person (an essay, a fault of the grader). A finding is [key, values].
"""

from typing import NamedTuple

from course_lib.homework.classroom import sandbox
from course_lib.homework.classroom.believed import believed
from course_lib.homework.classroom.submissions import is_notebook
from course_lib.homework.classroom.turns import Turns
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay, Method, Number, names
from course_lib.homework.judging.trials import trials
from course_lib.homework.judging.verdict import Finding, judge
from course_lib.homework.reading import Unreadable, read_notebook

STATUSES = ("ok", "needs_human", "killed", "unreadable", "grader_error")
MOST_NOTEBOOKS = 4  # of one student; the others are named, not graded


class Settings(NamedTuple):
    """seed: of the hidden inputs. limits: of one run. turns: who runs alone."""

    seed: int = 20_260
    limits: sandbox.Limits = sandbox.Limits()
    turns: Turns = Turns()

    def run(self, script, job):
        """One run; if it hung or died, once more with nothing beside it."""
        with self.turns.together():
            outcome = sandbox.run(script, job, self.limits)
        if outcome.why in ("wall", "died"):
            with self.turns.alone():
                outcome = sandbox.run(script, job, self.limits)
        return outcome


def grade(student, files, settings):
    """The result of one student. files: {name: bytes, or the `Unreadable` that reading raised}."""
    works, reasons, language = {}, [], "ru"
    notebooks = [name for name in files if is_notebook(name)]
    for name in files:
        if name not in notebooks and not works:
            reasons.append(["not_a_notebook_file", {"file": name.name}])
    for name in notebooks[:MOST_NOTEBOOKS]:
        try:
            if isinstance(files[name], Unreadable):
                raise files[name]
            notebook = read_notebook(files[name])
        except Unreadable as error:
            reasons.append([error.args[0], {"file": name.name}])
            continue
        language = notebook.language
        assignment, work = grade_notebook(notebook, name, settings)
        if assignment is None:
            reasons.append(work)
        elif assignment in works:
            reasons.append(["several", {"assignment": assignment}])
            works[assignment] = max(works[assignment], work, key=total)
        else:
            works[assignment] = work
    if len(notebooks) > MOST_NOTEBOOKS:
        reasons.append(["too_many", {"count": len(notebooks)}])
    if not files:
        reasons.append(["no_files", {}])
    if works:
        reasons = [reason for reason in reasons if reason[0] != "not_a_notebook_file"]
    result = {"student": student, "language": language, "assignments": works, "reasons": reasons}
    return result | {"status": status_of(result)}


def total(work):
    return sum(item["points"] or 0 for item in work["items"].values())


def status_of(result):
    every = [item for work in result["assignments"].values() for item in work["items"].values()]
    if not every:
        readable = known(result["reasons"], "hung", "too_long", "not_ours")
        return "needs_human" if readable else "unreadable"
    if any(known(item["findings"], *KILLED.values()) for item in every):
        return "killed"
    human = result["reasons"] or any(item["for_person"] for item in every)
    return "needs_human" if human else "ok"


def known(findings, *keys):
    return any(key in keys for key, _ in findings)


def grade_notebook(notebook, name, settings):
    """(Assignment, its work), or (None, a reason why there is none)."""
    job = {"cells": notebook.code, "prose": notebook.prose}
    job |= {"methods": names(Method), "answers": names(Number)}
    outcome = settings.run("slicing.py", job)
    if outcome.reply is None:
        return None, ["hung", {"file": name.name}]
    if "too_long" in outcome.reply:
        return None, ["too_long", {"file": name.name}]
    sliced = outcome.reply
    assignment = recognised(sliced, name)
    if assignment is None:
        return None, ["not_ours", {"file": name.name}]

    work = {"file": name.name, "items": {}, "prints": {}, "essays": {}, "answers": {}}
    for item_name, item in ASSIGNMENTS[assignment].items():
        if isinstance(item, Method):
            found = grade_method(item, item_name, sliced, settings)
            work["prints"][item_name] = sliced["methods"][item_name].get("print")
        elif isinstance(item, Essay):
            found = grade_essay(item, item_name, notebook, work)
        else:
            found = grade_number(item, item_name, sliced, work)
        work["items"][item_name] = found
    mention_broken_cells(work["items"], sliced["broken"], dict(notebook.code))
    return assignment, work


def mention_broken_cells(items, broken, texts):
    """Where points were lost, a cell that is no Python may be why: a person should look."""
    for name, item in items.items():
        if item["points"] != 0 or not item["of"]:
            continue
        for cell, line, what in broken:
            if name in texts[cell] or not known(item["findings"], "unsolved"):
                place = {"cell": cell, "line": line, "what": what}
                item["findings"].append(["broken_cell", place])
                item["for_person"] = True


def recognised(sliced, name):
    """The assignment whose items the notebook binds most; the file's name decides a tie."""
    bound = set(sliced["bound"])
    bound |= {item for item, found in sliced["methods"].items() if found}
    counts = {
        assignment: (len(bound & set(its_items)), assignment[:3] in name.name)
        for assignment, its_items in ASSIGNMENTS.items()
    }
    best = max(counts, key=counts.get)
    return best if any(counts[best]) else None


def graded(points, of, findings, for_person=False, parts=None):
    findings = [[finding.key, dict(finding.values)] for finding in findings]
    item = {"points": points, "of": of, "findings": findings, "for_person": for_person}
    return item | ({"parts": parts} if parts and 0 < points < of else {})


KILLED = {
    "cpu": "killed_cpu",
    "wall": "killed_wall",
    "died": "killed_died",
    "reply": "killed_reply",
}


def grade_method(item, name, sliced, settings):
    found = sliced["methods"][name]
    if found.get("unsolved"):
        return graded(0, item.points, [Finding("unsolved")])
    if "source" not in found:
        key = "in_prose" if "in_prose" in found else "twin" if found.get("twin") else "missing"
        key = "renamed" if key == "missing" and "named" in found else key
        values = {"item": name, "named": found.get("named", "")}
        return graded(0, item.points, [Finding(key, values)], for_person=True)
    tries = trials(item.method, settings.seed)
    job = {"source": found["source"], "name": name, "trials": tries}
    outcome = settings.run("worker.py", job)
    if outcome.reply is None:
        return graded(0, item.points, [Finding(KILLED[outcome.why])])
    text = "\n".join(code for _, _, code in found["source"])
    verdict = judge(item.method, tries, believed(outcome.reply, tries, text))
    return graded(verdict.points, verdict.of, verdict.findings, parts=verdict.parts)


def grade_essay(item, name, notebook, work):
    """A text waits for a person; here it is only found."""
    text = notebook.essay(name)
    if not text:
        finding = Finding("missing" if text is None else "unsolved", {"item": name})
        return graded(0, item.points, [finding], for_person=text is None)
    work["essays"][name] = text
    return graded(None, item.points, item.findings(text))


def grade_number(item, name, sliced, work):
    """A number, read from the text of the notebook."""
    answer = sliced["answers"][name]
    if not answer["given"]:
        missing = name not in sliced["bound"]
        finding = Finding("missing" if missing else "unsolved", {"item": name})
        return graded(0, item.points, [finding], for_person=missing)
    if "value" not in answer:
        return graded(0, item.points, [Finding("write_out", {"item": name})], for_person=True)
    value = answer["value"]
    work["answers"][name] = value
    if name == "variant":
        verdict = item.judge(value, None)
        return graded(0, 0, verdict.findings, for_person=bool(verdict.findings))
    variant = sliced["answers"]["variant"].get("value")
    if ASSIGNMENTS["hw2_experiments"]["variant"].judge(variant, None).findings:
        return graded(0, item.points, [Finding("variant_first")])
    verdict = item.judge(value, variant)
    return graded(verdict.points, verdict.of, verdict.findings)


def grader_error(student, error):
    """The result of a student whom the grader itself failed."""
    reason = ["grader_error", {"error": f"{type(error).__name__}: {error}"[:200]}]
    empty = {"student": student, "language": "ru", "assignments": {}, "reasons": [reason]}
    return empty | {"status": "grader_error"}
