"""What tests share: Chromium and node, which must be there in CI, one window a module, marks of
doctests."""

import shutil

import pytest

pytest.register_assert_rewrite("support")

from support import lacking  # noqa: E402  rewritten


@pytest.fixture(scope="session")
def chromium_here():
    from tools.browser import NoBrowser, find_chromium

    try:
        return find_chromium()
    except NoBrowser as missing:
        lacking(missing)


@pytest.fixture(scope="session")
def node():
    return shutil.which("node") or lacking("no node on the PATH")


@pytest.fixture(scope="module")
def window(chromium_here):
    from tools.browser import chromium

    with chromium(viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def pytest_collection_modifyitems(items):
    """A doctest compares with what its docstring quotes; no name of a test holds an address, for
    workers must find the same tests."""
    if addressed := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"ids: expected the same in every process; got {addressed[0]}")
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            item.add_marker("stored")
