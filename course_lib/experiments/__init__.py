"""Experiments that need minutes: each is a module, run by `python -m`, that writes its results."""
