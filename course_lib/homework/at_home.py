"""`check`: what a student asks in the notebook. It names the mistake and shows no right answer.

What it says is what the grader will say: it takes the cells that were run, cuts out what the item
needs as the grader does, and runs that in a process of its own with NumPy alone. Where the saved
notebook, which the grader reads, would give something else, it says so.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from course_lib.homework.classroom.grading import grade_method, grade_number, slicing_job
from course_lib.homework.inside import slicing, worker
from course_lib.homework.inside.cells import NotANotebook, cells_of
from course_lib.homework.judging.assignments import Essay, Method, Number, items, names
from course_lib.homework.limits import Limits, Outcome, measured, outcome
from course_lib.homework.reading import Notebook
from course_lib.homework.words import plain, say
from course_lib.homework.words.sentences import sentence

SEED = 14  # of the inputs at home; the grader has others
OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)  # Windows has none
INSIDE = Path(worker.__file__).parent


def check(name, value, variant=None):
    """Prints whether an item of the homework is right, and what is wrong with it if it is not.

    name: of the item. value: the function, the number or the tuple of numbers. variant: your
    number, where the data are your own. Nothing is raised: the cells below run in any case.
    """
    language = notebook_language()
    known = [*names(Method), *names(Number)]
    if name in names(Essay):
        print("○", f"{name}:", say(language, "essay_unread"))
        return
    if name not in known:
        print("✗", say(language, "unknown_item", names=", ".join(known)))
        return
    item, cells, notes = items()[name], cells_run(), []
    if cells is None:  # no notebook: what we were given is all there is
        sliced, given = sliced_from(name, value, variant), variant
    else:
        sliced = slicing.main(slicing_job(Notebook(cells)))
        given = sliced["answers"]["variant"].get("value", variant)
    if isinstance(item, Method):
        if not callable(value):
            print(f"✗ {name}:", say(language, "not_callable", value=repr(value)[:80]))
            return
        found = grade_method(
            item, name, sliced, runner(value, cells is None, notes), SEED, own=True
        )
    else:
        found = grade_number(item, name, sliced, given)
    print(report(language, name, found))
    if cells is not None and (others := saved_differently(name, cells)):
        notes.append(say(language, "saved_differs", names=", ".join(others)))
    for note in notes:
        print(f"  • {note}")


def report(language, name, found):
    """The lines that are printed about an item, as `grading` gives it."""
    keys = [key for key, _ in found["findings"]]
    if keys == ["unsolved"]:
        return f"○ {name}: {say(language, 'unsolved')}"
    texts = [plain(sentence(language, key, values)) for key, values in found["findings"]]
    score = say(language, "score", points=found["points"], of=found["of"])
    if found.get("parts"):
        texts.append(say(language, "parts", **found["parts"]))
    if found["points"] == found["of"] and (found["of"] or not texts):
        return f"✓ {name}: {say(language, 'right')}" + (f" ({score})" if found["of"] else "")
    head = f"✗ {name}" + (f": {score}" if found["of"] else "")
    return "\n".join([head, *(f"  • {text}" for text in texts)])


# The student's cells


def shell():
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def cells_run():
    """[("code", text), …]: the cells in the order in which they ran; None outside a notebook."""
    history = getattr(shell(), "history_manager", None)
    if history is None:
        return None
    return [("code", text) for text in history.input_hist_raw[1:]]


def sliced_from(name, value, variant):
    """What `slicing` would find, for a value that comes from no notebook."""
    answers = {"variant": {"given": True, "value": variant}}
    answers[name] = {"given": False} if value is ... else {"given": True, "value": value}
    if name == "variant":
        answers = {"variant": answers[name]}
    found = {"source": [], "constants": []}
    return {"methods": {name: found}, "answers": answers, "bound": [name]}


def saved_differently(name, cells):
    """The names that the saved notebook binds otherwise, though the item itself is the same."""
    saved = saved_notebook()
    if saved is None:
        return []
    here, there = ({n: s.code for s in sliced(name, each) for n in s.binds}
                   for each in (Notebook(cells), saved))  # fmt: skip
    if name not in here or here[name] != there.get(name):
        return []
    return sorted(n for n in {*here, *there} if here.get(n) != there.get(n))


def sliced(name, notebook):
    found, _ = slicing.statements(notebook.code)
    return slicing.slice_for(name, found) if slicing.definition(name, found) is not None else []


def saved_notebook():
    """The notebook that runs, as it was saved; None if it cannot be found."""
    place = shell() and shell().user_ns.get("__vsc_ipynb_file__")
    places = [Path(p) for p in (os.environ.get("JPY_SESSION_NAME"), place) if p]
    places += sorted(Path.cwd().glob("*.ipynb"), key=lambda path: -path.stat().st_mtime)
    for path in places:
        try:
            notebook = Notebook(cells_of(path.read_bytes()))
        except (NotANotebook, OSError):
            continue
        if any("course_lib.homework" in text for _, text in notebook.code):
            return notebook
    return None


def notebook_language():
    """The language of the notebook that runs; Russian if it cannot be found."""
    saved = saved_notebook()
    return saved.language if saved else "ru"


# Running


def runner(function, here, notes):
    """How to run a script of `inside`: apart, or in this process if nothing else can be had."""

    def run(script, job):
        if not here:
            try:
                return run_apart(script, job, limits())
            except OSError:  # a browser, for one, starts no process
                notes.append(say(notebook_language(), "checked_here"))
        return run_here(job, function)

    return run


def run_here(job, function):
    """What `worker` does, with the function itself."""
    records, kept = {"failed": []}, {}
    for name, trial in job["trials"].items():
        try:
            records[name] = worker.attempt(function, trial, kept)
        except Exception as error:
            records[name] = worker.failure(error)
    return Outcome(records)


@cache
def limits():
    return measured(lambda script, job: run_apart(script, job, Limits()))


def run_apart(script, job, limits):
    packages = Path(find_spec("numpy").origin).resolve().parent.parent
    line = [sys.executable, "-I", "-S", "-B", "-X", "utf8", INSIDE / "home.py", INSIDE / script]
    line += [packages, str(limits.cpu), str(limits.memory)]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as reply:
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=reply, stderr=subprocess.DEVNULL, cwd=folder
        )
        try:
            process.communicate(json.dumps(job).encode(), limits.wall)
        except subprocess.TimeoutExpired:
            return Outcome(None, "wall")
        finally:
            process.kill()
            process.wait()
        reply.seek(0)
        return outcome(process.returncode, reply.read(), OUT_OF_TIME)
