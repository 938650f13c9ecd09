"""What several rooms of the tests share: no test module imports another one."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def lacking(what):
    """A test whose means are not here is skipped and says why; in CI they must be here."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(what))
