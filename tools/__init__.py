"""What contributors run: `python -m tools.NAME`, from the project's folder."""
