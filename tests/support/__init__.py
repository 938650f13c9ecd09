"""What several rooms of the tests share: no test module imports another one."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
