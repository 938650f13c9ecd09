"""What tests share: Chromium, which must be there in CI, one window a module, a table of times."""

import os

import pytest


@pytest.fixture(scope="session")
def chromium_here():
    from browser import NoBrowser, find_chromium

    try:
        return find_chromium()
    except NoBrowser as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def window(chromium_here):
    from browser import chromium

    with chromium(viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter):
    """The seconds that each notebook took, as its test recorded them."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    rows = {tuple(v) for r in reports for name, v in r.user_properties if name == "seconds"}
    if rows:
        terminalreporter.write_line(f"\n  {'seconds':38} {'elapsed':>8} {'processor':>10}")
    for path, elapsed, processor in sorted(rows):
        terminalreporter.write_line(f"  {path:38} {elapsed:8.1f} {processor:10.1f}")
