"""Other people's libraries: their optimizers as methods of the course, their conventions.

`torch(torch.optim.RAdam)` and `optax(optax.lion)` make a method; `TABLE` says where torch, optax
and keras keep to the slides. No library is imported before it is asked for.
"""

from course_lib.libraries.conventions import DOCS, SLIDES, TABLE, TRAINER, VERSIONS
from course_lib.libraries.optimizers import optax, torch

__all__ = ["DOCS", "SLIDES", "TABLE", "TRAINER", "VERSIONS", "optax", "torch"]
