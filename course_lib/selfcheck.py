"""Does this computer have what the course needs? Answered with signs, not with sentences.

Both languages share the code cells of the notebooks, so the report speaks in ✓ and ✗, names and
numbers; the text around it says what they mean.
"""

import hashlib
import platform
import sys
from html import escape
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from course_lib.datasets import DATA


def check_setup():
    """The rows of the self-check: (works, what, found, needed), one for each part of the set-up.

    Versions of Python and of every package against the bounds of pyproject.toml, and the data
    files against their checksums. Nothing heavy is imported.
    """
    rows = [_version("python", platform.python_version(), ">=3.11")]
    try:
        needed = metadata.requires("sgd-course")
    except metadata.PackageNotFoundError:
        needed = []
        rows.append((False, "sgd-course", "–", "make lab"))
    for text in needed:
        need = Requirement(text)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            rows.append(_package(need))
    for line in (DATA / "SHA256SUMS").read_text().splitlines():
        expected, name = line.split()
        rows.append(_file(DATA / name, expected))
    return Report(rows)


class Report(list):
    """Rows that show as one line; the table is behind a fold, or open where a row fails."""

    def __repr__(self):
        return self.verdict if self.ready else f"{self.table}\n\n{self.verdict}"

    def _repr_html_(self):
        shown = "<details>" if self.ready else "<details open>"
        verdict, table = escape(self.verdict), escape(self.table)
        return f"{shown}<summary>{verdict}</summary><pre>{table}</pre></details>"

    @property
    def ready(self):
        return all(ok for ok, *_ in self)

    @property
    def verdict(self):
        """Also the Python and the folder of its environment, whose path is nobody's business."""
        works = sum(ok for ok, *_ in self)
        here = Path(sys.prefix).name
        found = [f"{works}/{len(self)}", f"Python {platform.python_version()}", here]
        return f"{'✓' if self.ready else '✗'}  {' · '.join(filter(None, found))}"

    @property
    def table(self):
        """A line for each row, ✓ or ✗ first; what fails stands above the rest."""
        width = max(len(what) for _, what, _, _ in self)
        return "\n".join(
            f"{'✓' if ok else '✗'}  {what:{width}}  {found:12}  {need}"
            for ok, what, found, need in sorted(self, key=lambda row: row[0])
        )


def _version(what, found, need):
    fits = Version(found) in Requirement(f"x{need}").specifier
    return fits, what, found, need


def _package(need):
    try:
        return _version(need.name, metadata.version(need.name), str(need.specifier))
    except metadata.PackageNotFoundError:
        return False, need.name, "–", str(need.specifier)


def _file(path, expected):
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "–"
    return found == expected, f"data/{path.name}", found[:12], f"sha256 {expected[:12]}"
