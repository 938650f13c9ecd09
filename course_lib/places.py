"""Where the files of the course lie: beside the package in a clone, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
#: The folder of a clone; None in a wheel.
CLONE = None if (PACKAGE / "data").is_dir() else PACKAGE.parent


def folder(name):
    """The folder "data" or "notebooks" of the course."""
    return (CLONE or PACKAGE) / name
