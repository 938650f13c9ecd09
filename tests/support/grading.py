"""Grading without a sandbox: its scripts run in this process, on functions that we wrote."""

import csv
import io
import json

from course_lib.homework.classroom import results
from course_lib.homework.inside import cells, slicing, worker
from course_lib.homework.judging.assignments import ASSIGNMENTS
from course_lib.homework.limits import Outcome
from support.homework_class import solution

SCRIPTS = {"cells.py": cells, "slicing.py": slicing, "worker.py": worker}
SOLVED = {name: solution(name) for name in ASSIGNMENTS["hw1_methods"]}


def here(script, job, limits=None, data=b""):
    """`sandbox.run` without a sandbox, for functions that we wrote."""
    job = json.loads(json.dumps(job)) | ({"data": data} if data else {})
    return Outcome(json.loads(json.dumps(SCRIPTS[script].main(job))))


def graded(folder, **more):
    return results.grade_class(folder, folder.parent / "out", **more)


def table(folder, name="grades.csv"):
    text = (folder.parent / "out" / name).read_bytes().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    return {row["student"]: row for row in rows}
