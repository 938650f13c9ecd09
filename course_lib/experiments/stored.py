"""Results that take minutes: `data/results/NAME.json`, with configuration, environment and cost.

They are computed by one command and lie in the repository; a notebook shows them and computes a
part of them again.
"""

import json
import platform
import sys
import time
from functools import lru_cache, partial

import numpy as np

from course_lib import datasets, tune


def path(name):
    return datasets.DATA / "results" / f"{name}.json"


def results(name):
    """The committed file, not to be changed: {"command", "configuration", "environment", "tasks"}.

    The environment is that of every task which does not hold one of its own.
    """
    return _parsed(path(name).read_text(encoding="utf-8"))


_parsed = lru_cache(8)(json.loads)


def command(name):
    return f"python -m course_lib.experiments.{name}"


def compute(name, tasks, configuration, measure, names=()):
    """Write the file of the experiment `name` anew, after each task.

    tasks: {its name: task}; measure: (task, say) → what the file holds of it. names: of the tasks
    to measure; of the others the file keeps what `decides` says is still true. Default: all. An
    unknown name ends the program.
    """
    import torch  # whoever reads results needs none

    for task in names:
        if task not in tasks:
            sys.exit(f"{task}: expected one of {', '.join(tasks)}")
    environment = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
    }
    file = {"command": command(name), "configuration": configuration}
    file |= {"environment": environment, "tasks": {}}
    if names and path(name).exists():
        old = results(name)
        same = old["environment"] == environment
        made_in = {} if same else {"environment": old["environment"]}
        file["tasks"] = {
            task: made_in | found
            for task, found in old["tasks"].items()
            if decides(task, old["configuration"]) == decides(task, configuration)
        }
    for task in names or tasks:
        print(task, flush=True)
        start = time.process_time()
        file["tasks"][task] = measure(tasks[task], say=partial(print, flush=True))
        file["tasks"][task]["processor_seconds"] = round(time.process_time() - start)
        file["tasks"] = {task: file["tasks"][task] for task in tasks if task in file["tasks"]}
        path(name).parent.mkdir(exist_ok=True)
        text = json.dumps(file, indent=1, ensure_ascii=False) + "\n"
        path(name).write_text(text, encoding="utf-8", newline="\n")


def decides(task, configuration):
    """The part of a configuration that decides the numbers of one task, by its name: all of it but
    what it says, under "tasks", of the others."""
    return configuration | {"tasks": configuration.get("tasks", {}).get(task)}


def measure(task, say=print):
    """What the file holds of a task whose `compare` gives a `tune.Comparison`."""
    found = task.compare()
    say(found)
    rows = [row._asdict() for row in found.values()]
    rounded = "tried", "chosen_on", "best", "reported"
    return {"rows": [row | {key: short(row[key]) for key in rounded} for row in rows]}


def losses(name, task):
    """The committed losses of a task, both by name, as an array, inf where a run was lost."""
    found = np.array(results(name)["tasks"][task]["losses"], float)
    return np.where(np.isnan(found), np.inf, found)


def comparison(name, task):
    """The committed `tune.Comparison` of a task that `measure` measured, both by name."""
    rows = results(name)["tasks"][task]["rows"]
    return tune.Comparison({row["name"]: tune.Row(**_arrays(row)) for row in rows})


def _arrays(row):
    """The lists of a row as arrays; what JSON cannot hold was infinite."""
    lists = {key: np.array(value, float) for key, value in row.items() if isinstance(value, list)}
    return row | {key: np.where(np.isnan(a), np.inf, a) for key, a in lists.items()}


def short(value):
    """Numbers for the file: six digits, no infinity (JSON has none)."""
    if isinstance(value, list | np.ndarray):
        return [short(v) for v in value]
    return None if value is None or not np.isfinite(value) else float(f"{value:.6g}")
