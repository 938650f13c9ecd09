"""Grades a folder of submissions into a folder of results; one bad file never stops the others.

OUT holds grades.csv, marks.csv (for a person's points), feedback/, report.html, and .grading/ with
the finished results: an interrupted run goes on where it stopped, and a second run grades only
what has changed.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import course_lib
from course_lib.homework.classroom import sandbox, similar, table
from course_lib.homework.classroom.feedback import write_feedback
from course_lib.homework.classroom.grading import Settings, grade, grader_error
from course_lib.homework.classroom.report import write_report
from course_lib.homework.classroom.submissions import is_notebook, students
from course_lib.homework.reading import Unreadable, read_bytes

LIBRARY = Path(course_lib.__file__).parent


def grade_class(folder, out, settings=None, language="ru", jobs=None, progress=None):
    """Grade every student of `folder` and write the results to `out`; returns them, by id.

    jobs: how many at once, default the number of cores. progress: called with (done, all, student).
    Raises `NoSandbox` before anything is read if student code could not be run safely.
    """
    sandbox.probe()
    settings = settings or Settings()
    out = Path(out)
    kept = out / ".grading"
    kept.mkdir(parents=True, exist_ok=True)
    version = fingerprint(settings)
    who = students(folder)
    results = {}
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        running = {
            pool.submit(one_student, student, paths, settings, kept, version): student
            for student, paths in who.items()
        }
        try:
            for done, future in enumerate(as_completed(running), 1):
                student = running[future]
                results[student] = future.result()
                if progress:
                    progress(done, len(who), student)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return write_all([results[student] for student in who], out, language)


def write_all(results, out, language):
    similar.mark(results)
    marks, wrong = table.read_marks(out / "marks.csv")
    wrong += [
        f"marks.csv: {student}: {item}" for student, item in table.apply_marks(results, marks)
    ]
    for line in wrong:
        print(line, file=sys.stderr)
    table.write_marks(results, out / "marks.csv")
    table.write_grades(results, out / "grades.csv", language)
    write_feedback(results, out / "feedback")
    write_report(results, out / "report.html", language)
    return {result["student"]: result for result in results}


def one_student(student, paths, settings, kept, version):
    """A student's result, from the last run if nothing has changed; a fault of ours is a result."""
    try:
        files = {path: contents(path) for path in paths}
        key = hashlib.sha256(repr((version, student)).encode())
        for path, data in files.items():
            key.update(path.name.encode("utf-8", "surrogateescape"))
            key.update(data if isinstance(data, bytes) else repr(data).encode())
        place = kept / f"{key.hexdigest()}.json"
        if place.exists():
            return json.loads(place.read_text(encoding="utf-8"))
        result = grade(student, files, settings)
        text = json.dumps(result, ensure_ascii=False)
        whole = place.with_suffix(".part")
        whole.write_text(text, encoding="utf-8", errors="replace")
        whole.replace(place)
        return json.loads(text)
    except Exception as error:
        return grader_error(student, error)


def contents(path):
    """Bytes of a notebook; of any other file nothing but that it is there."""
    if not is_notebook(path):
        return b""
    try:
        return read_bytes(path)
    except Unreadable as error:
        return error


def fingerprint(settings):
    """Of the code that grades and what it was told: other code, and everything is graded anew."""
    whole = hashlib.sha256(repr((settings.seed, settings.limits)).encode())
    for path in sorted([*LIBRARY.glob("homework/**/*.py"), *LIBRARY.glob("*.py")]):
        whole.update(path.read_bytes())
    return whole.hexdigest()
