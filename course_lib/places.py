"""Where the files of the course lie: beside the package in a clone, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name):
    """The folder "data" or "notebooks" of the course."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
