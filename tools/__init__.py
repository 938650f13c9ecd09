"""What contributors run: `python -m tools.NAME`, from the project's folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
