"""The files around the code agree with each other and hold on a stranger's machine."""

import ast
import platform
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from support import ROOT

CONDA_NAMES = {"matplotlib": "matplotlib-base", "torch": "pytorch-cpu"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(read("pyproject.toml"))["project"]


def bounds(requirements):
    """{name: set of bounds} of lines like "numpy>=2.3"; conda's space before the bound is fine."""
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(r.name): {str(bound) for bound in r.specifier} for r in parsed}


def tracked_files():
    # New files count before they are committed.
    if not (ROOT / ".git").exists():
        pytest.skip("an archive, not a git checkout: no list of its files")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_conda_has_the_dependencies_and_bounds_of_pip():
    ours = bounds(project()["dependencies"])
    ours = {CONDA_NAMES.get(name, name): bound for name, bound in ours.items()}
    python, *lines = yaml.safe_load(read("environment.yml"))["dependencies"]
    assert lines[-2:] == ["pip", {"pip": ["-e ."]}]
    assert bounds(lines[:-2]) == ours
    # Binder reads "=" only, and begins with its oldest Python otherwise.
    (version,) = re.fullmatch(r"python =(3\.\d+)", python).groups()
    assert f"{version}.0" in SpecifierSet(project()["requires-python"])


def test_the_cell_for_colab_asks_for_the_bounds_of_pip():
    (line,) = re.findall(
        r"^# %pip install .* git\+\S+ (.*)", read("notebooks/src/00_start.py"), re.M
    )
    asked = bounds(shlex.split(line))
    assert asked.pop("comm") == set()  # ipywidgets needs it
    ours = bounds(project()["dependencies"])
    assert {"ipywidgets", "threadpoolctl"} == asked.keys()
    assert {name: ours[name] for name in asked} == asked


def test_lock_holds_every_dependency_inside_its_bounds():
    pins = re.findall(r"^([\w.-]+)==(\S+)$", read("requirements.lock"), re.MULTILINE)
    pins = {canonicalize_name(name): Version(version) for name, version in pins}
    extras = project()["optional-dependencies"].values()
    for line in [*project()["dependencies"], *(line for extra in extras for line in extra)]:
        wanted = Requirement(line)
        name = canonicalize_name(wanted.name)
        assert name in pins, f"{name} is not in requirements.lock: make lock"
        assert pins[name] in wanted.specifier, f"{name} {pins[name]} is not {wanted.specifier}"


def imported():
    """{name of a top-level module: files of ours that import it}, none of them our own."""
    found = {}
    for path in tracked_files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names:
                if not any((ROOT / top / name).exists() for top in ("", "tests")):
                    found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_whatever_is_imported_is_asked_for():
    """By us, or always by a package that we ask for: what happens to be here may be missing."""
    extras = project()["optional-dependencies"].values()
    asked = set(bounds([*project()["dependencies"], *(line for extra in extras for line in extra)]))
    present = [name for name in asked if list(metadata.Distribution.discover(name=name))]
    theirs = [Requirement(line) for name in present for line in metadata.requires(name) or []]
    theirs = {canonicalize_name(r.name) for r in theirs if "extra" not in str(r.marker)}
    brought_by = metadata.packages_distributions()
    missing = {
        name: files
        for name, files in imported().items()
        if not (asked | theirs) & set(map(canonicalize_name, brought_by.get(name, [name])))
    }
    assert missing == {}


def test_lock_holds_the_versions_that_make_lock_pins():
    (pins,) = re.findall(r"^PINS := (.+)$", read("Makefile"), re.MULTILINE)
    assert set(pins.split()) <= set(read("requirements.lock").splitlines())


@pytest.mark.parametrize(
    "name",
    [
        "pyproject.toml",
        "requirements.lock",
        "environment.yml",
        "Makefile",
        ".ci/run",
        ".pre-commit-config.yaml",
    ],
)
def test_no_package_index_is_named(name):
    index = r"pypi\.org|pythonhosted|download\.pytorch|file://|index-url|find-links|trusted-host"
    # `make lock` keeps them out by --no-emit-...; that is their one mention.
    text = re.sub(r"--no-emit-[a-z-]+", "", read(name))
    assert re.findall(index, text) == []


def test_no_path_of_one_machine():
    path = re.compile(r"(?<![\w.:~/>-])/(?:work|tmp|root|home|opt|Users)/")
    found = []
    for file in tracked_files():
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture, a data file
        found += [f"{file.relative_to(ROOT)}: {line[:100]}" for line in lines if path.search(line)]
    assert found == []


def test_help_lists_every_target():
    makefile = read("Makefile").replace("\\\n", " ")
    (phony,) = re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split(maxsplit=1) for line in shown.stdout.splitlines()[1:]]
    assert sorted(name for name, _ in lines) == sorted(phony.split())


@pytest.fixture
def clone(tmp_path):
    """A clone with one source and one notebook that a student has solved and committed.

    Its Python only writes down what it was asked to do.
    """
    files = {
        "Makefile": read("Makefile"), ".gitignore": ".venv\n", "requirements.lock": "",
        "pyproject.toml": "", "notebooks/src/hw1.py": "", "notebooks/homework/ru/hw1.ipynb": "mine",
        ".venv/bin/python": '#!/bin/sh\necho "$@" >>asked\n', ".venv/.lab": f"{tmp_path}\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / ".venv/bin/python").chmod(0o755)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "solved"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("edited", "said", "asked"),
    [
        ((), "", ""),
        (("homework/ru/hw1.ipynb",), "Your notebooks stay as you saved them.", ""),
        (("homework/ru/hw1.ipynb", "src/hw1.py"), "Your notebooks stay as you saved them.", ""),
        (("src/hw1.py",), "", "-m tools.build\n"),
        (("src/hw2.py",), "", "-m tools.build\n"),
    ],
)
def test_make_lab_builds_over_nobodys_work(clone, edited, said, asked):
    """Neither over what was saved nor over what was committed, as in a second clone of it."""
    for name in edited:
        (clone / "notebooks" / name).write_text("edited", encoding="utf-8")
    (clone / ".venv/.lab").touch()
    made = subprocess.run(
        ["make", ".venv/.notebooks"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert made.stdout.startswith(said)
    assert bool(made.stdout) == bool(said)
    found = (clone / "asked").read_text(encoding="utf-8") if (clone / "asked").exists() else ""
    assert found == asked


@pytest.mark.parametrize(
    "page", ["README", "ARCHITECTURE", "CONTRIBUTING", "DECISIONS", "CHANGELOG", "deploy/README"]
)
def test_relative_links_lead_somewhere(page):
    name = f"{page}.md"
    links = re.findall(r"\]\(([^)#\s]+)", read(name)) + re.findall(r'src="([^"]+)"', read(name))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in relative if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_the_map_has_every_notebook_in_both_languages():
    row = r"^\| (\w+) \[ru\]\((.+?)\) · \[en\]\((.+?)\) \|"
    rows = re.findall(row, read("README.md"), re.MULTILINE)
    names = sorted(path.stem for path in (ROOT / "notebooks/ru").glob("*.ipynb"))
    assert rows == [
        (name, f"notebooks/ru/{name}.ipynb", f"notebooks/en/{name}.ipynb") for name in names
    ]


def test_the_version_is_the_same_everywhere():
    version = project()["version"]
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    assert re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[0] == version


def test_another_processor_is_imitated():
    """Every library says that its instructions are the narrowest; also in an imitation of one."""
    code = """
import numpy, threadpoolctl
(openblas,) = threadpoolctl.threadpool_info()
print("NumPy", numpy.show_config(mode="dicts")["SIMD Extensions"].get("found"))
print("OpenBLAS", openblas["architecture"])
import torch
print("torch", torch.backends.cpu.get_cpu_capability())
with torch.backends.mkl.verbose(1), torch.backends.mkldnn.verbose(1):
    torch.nn.functional.conv2d(torch.ones(2, 1, 14, 14), torch.ones(8, 1, 3, 3))
    torch.ones(99, 99) @ torch.ones(99, 99)
"""
    command = [sys.executable, *["tests/support/elsewhere.py"] * 2, "-W", "error", "-c", code]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    expected = ["NumPy None", "torch DEFAULT"]
    if platform.machine() == "x86_64":
        expected += ["OpenBLAS Nehalem", "CNR:COMPATIBLE", "isa:Intel SSE4.1"]
    assert [text for text in expected if text not in said] == []


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import course_lib",
         "torch|matplotlib|ipywidgets|packaging|importlib.metadata|threadpoolctl"),
        ("from course_lib import *", "torch|matplotlib.pyplot"),
    ],
)  # fmt: skip
def test_importing_the_library_is_light(code, heavy):
    """It brings nothing that costs as much as NumPy or is needed by few; `*` needs no torch."""
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if re.fullmatch(heavy, name)] == []
