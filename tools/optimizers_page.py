"""Ask every optimizer of torch, optax and pytorch_optimizer and write notebooks/OPTIMIZERS.md.

    python -m tools.optimizers_page          asks and writes the page
    python -m tools.optimizers_page --check  writes nothing; exit 1 if the page would change

Which are methods of the course, under what hyperparameters, which share a tensor between runs, and
which are refused, with their own reason.
"""

import inspect
import sys
from importlib.metadata import version

import optax
import optax.contrib
import pytorch_optimizer
import torch

from course_lib import hyperparameters, libraries
from course_lib.letters import letter
from tools import NOTEBOOKS
from tools.libraries_page import write

PAGE = NOTEBOOKS / "OPTIMIZERS.md"
ALIAS = "optax._src.alias"


def classes(module):
    """The optimizers of a module of torch's kind, by name."""
    base = torch.optim.Optimizer
    found = {n: c for n, c in vars(module).items() if inspect.isclass(c) and issubclass(c, base)}
    own = module.__name__.partition(".")[0]
    return {n: c for n, c in sorted(found.items()) if c.__module__.partition(".")[0] == own}


def functions(module, where):
    """The functions of optax that take a learning rate, and L-BFGS and others that take none."""
    found = {n: f for n, f in sorted(vars(module).items()) if inspect.isfunction(f)}
    return {
        n: f
        for n, f in found.items()
        if f.__module__.startswith(where)
        and ("learning_rate" in inspect.signature(f).parameters or where == ALIAS)
    }


#: {library: (what makes methods of it, {name: optimizer})}
EVERY = {
    "torch": (libraries.torch, classes(torch.optim)),
    "optax": (libraries.optax, functions(optax, ALIAS)),
    "optax.contrib": (libraries.optax, functions(optax.contrib, "optax.contrib.")),
    "pytorch_optimizer": (libraries.torch, classes(pytorch_optimizer)),
}

HEADER = """\
<!-- Made by tools/optimizers_page.py. -->
# Любой оптимизатор как метод курса · Any optimizer as a method of the course

`libraries.torch(torch.optim.RAdam)`, `libraries.optax(optax.lion)`: `run`, `explore`, `tune.compare`. \
torch {torch}, optax {optax}, pytorch_optimizer {pytorch_optimizer}.
∥ — запуски в одном тензоре · runs in one tensor; ⋮ — по одному: смешивает координаты запуска · one by \
one: mixes a run's coordinates; ✗ — отказ и его причина · refused, and why. \
Имя с _: буква занята или значит другое · a name with _: the letter is taken or means something else.
"""  # noqa: E501

HEAD = """
## {library}

| | гиперпараметры · hyperparameters | |
|---|---|---|
"""


def row(adapt, name, optimizer):
    try:
        method = adapt(optimizer)
    except ValueError as refusal:
        reason = str(refusal).removeprefix(f"{name}: ").splitlines()[0].replace("|", "\\|")
        return f"| {name} | {reason} | ✗ |\n"
    numbers = (f"{letter(n).symbol} = {v:g}" for n, v in hyperparameters(method).items())
    return f"| {name} | {', '.join(numbers)} | {'∥' if method.together else '⋮'} |\n"


def page():
    versions = {m: version(m).partition("+")[0] for m in ("torch", "optax", "pytorch_optimizer")}
    lines = [HEADER.format(**versions)]
    for library, (adapt, optimizers) in EVERY.items():
        lines.append(HEAD.format(library=library))
        lines += [row(adapt, name, optimizer) for name, optimizer in optimizers.items()]
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(write(__doc__, PAGE, page))
