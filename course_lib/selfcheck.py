"""Does this computer have what the course needs? Answered with signs, not with sentences.

Both languages share the code cells of the notebooks, so the report speaks in ✓ and ✗, names and
numbers; the text around it says what they mean.
"""

import hashlib
import json
import platform
import sys
from html import escape
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from course_lib import places
from course_lib.datasets import DATA

COURSE = "sgd-course"


def check_setup():
    """The rows of the self-check: (works, what, found, needed), one for each part of the set-up.

    Versions of Python and of every package against the bounds of pyproject.toml, and the data
    files against their checksums. Nothing heavy is imported.
    """
    rows = [_version("python", platform.python_version(), ">=3.11")]
    try:
        needed = metadata.requires(COURSE)
    except metadata.PackageNotFoundError:
        needed = []
        rows.append((False, COURSE, "–", "–"))
    for text in needed:
        need = Requirement(text)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            rows.append(_package(need))
    for line in (DATA / "SHA256SUMS").read_text().splitlines():
        expected, name = line.split()
        rows.append(_file(DATA / name, expected))
    return Report(rows)


class Report(list):
    """Rows that show as one line; the table is behind a fold, or open where a row fails, and under
    it the cells that mend that."""

    def __repr__(self):
        return self.verdict if self.ready else f"{self._folded}\n\n{self.verdict}"

    def _repr_html_(self):
        shown = "<details>" if self.ready else "<details open>"
        verdict, folded = escape(self.verdict), escape(self._folded)
        return f"{shown}<summary>{verdict}</summary><pre>{folded}</pre></details>"

    @property
    def _folded(self):
        return "\n\n".join([self.table, *self.cures])

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

    @property
    def cures(self):
        """Lines for a cell of the notebook that mend what fails, in the way in which this course
        was installed; none where only a new set-up helps."""
        failed = {what: need for ok, what, _, need in self if not ok}
        data = [what for what in failed if what.startswith("data/")]
        packages = [what for what in failed if what not in ("python", *data)]
        cures = []
        if places.CLONE:
            here = places.CLONE.as_posix()
            if packages:
                cures.append(f'%pip install -c "{here}/requirements.lock" -e "{here}"')
            if data and (places.CLONE / ".git").exists():
                cures.append(f'!git -C "{here}" checkout data')
        elif COURSE not in packages:
            if packages:
                asked = " ".join(f'"{what}{failed[what]}"' for what in packages)
                cures.append(f"%pip install {asked}")
            if data:
                cures.append(f'%pip install --force-reinstall --no-deps "{_origin()}"')
        return cures


def _origin():
    """Where pip got the course from, as pip takes it again."""
    course = metadata.distribution(COURSE)
    origin = json.loads(course.read_text("direct_url.json") or "{}")  # none: from an index
    if "url" not in origin:
        return f"{COURSE}=={course.version}"
    system = origin.get("vcs_info", {}).get("vcs", "")
    return f"{COURSE} @ {system}{'+' if system else ''}{origin['url']}"


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
