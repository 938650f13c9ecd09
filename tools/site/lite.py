"""The notebooks in the browser: JupyterLite, whose Python is Pyodide, beside the executed pages.

Pyodide comes from its public distribution when a notebook is opened there; what that lacks lies
in the site. Packages are told to Pyodide by a lock file: its own, at npm's version and with its
hashes, and ours, so that `import course_lib` in an unchanged notebook brings all that it needs.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from email import message_from_string
from pathlib import Path

import nbformat
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT
from tools.site.convert import NPM, words

#: What the distribution lacks or has too old, by the names that Python imports; all pure Python.
ADDED = {
    "anywidget": "anywidget", "comm": "comm", "ipywidgets": "ipywidgets", "psygnal": "psygnal",
    "jupyterlab-widgets": "jupyterlab_widgets", "threadpoolctl": "threadpoolctl",
}  # fmt: skip
#: The kernel itself. It is not installed: JupyterLab would load its extension too, and fail.
KERNEL = "jupyterlite-pyodide-kernel"
#: What the course adds to JupyterLab: a figure that no kernel knows is shown as it was saved.
STILL = ROOT / "course_lib" / "jupyter" / "labextensions" / "sgd-course"
#: What the kernel has of its own, under these names.
MOCKED = {"widgetsnbextension"}
WITHOUT_TORCH = """
import sys
class Without:
    def find_spec(self, name, path, target=None):
        if name == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
"""
PYODIDE = NPM / "pyodide"


def distribution():
    """Where the public distribution of Pyodide lies, at the version that npm brought."""
    version = json.loads((PYODIDE / "package.json").read_text())["version"]
    return f"https://cdn.jsdelivr.net/pyodide/v{version}/full/"


def needs_torch(notebook):
    """Does its first cell, the imports, fail without torch?"""
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    tried = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH + first], cwd=ROOT, capture_output=True
    )
    return tried.returncode != 0


def write_lite(notebooks, target, address=None, lock=PYODIDE / "pyodide-lock.json"):
    """Write a JupyterLite into `target`.

    notebooks: {path there: file}. address, lock: of a distribution that is not the public one.
    """
    address = address or distribution()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        wheels = [_course(folder), *_download(ADDED, folder / "added")]
        extensions = [*wheels, *_download([KERNEL], folder / "kernel"), STILL]
        for path, file in notebooks.items():
            write_notebook(file, folder / "contents" / path)
        options = {"lockFileURL": "./static/wheels/pyodide-lock.json"}
        kernel = {
            "pyodideUrl": f"{address}pyodide.mjs",
            "disablePyPIFallback": True,
            "loadPyodideOptions": options,
        }
        settings = {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}
        config = {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {"litePluginSettings": settings},
        }
        (folder / "jupyter-lite.json").write_text(json.dumps(config))
        shutil.rmtree(target, ignore_errors=True)
        command = [
            sys.executable, "-m", "jupyterlite_core", "build", f"--lite-dir={folder}",
            f"--contents={folder / 'contents'}", f"--output-dir={target.resolve()}",
            *(f"--LiteBuildConfig.federated_extensions={one}" for one in extensions),
            "--ignore-sys-prefix", "--no-sourcemaps",
        ]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        own = target / "static" / "wheels"
        own.mkdir(parents=True)
        for wheel in wheels:
            shutil.copy(wheel, own)
        whole = _lock(lock, wheels, address)
        (own / "pyodide-lock.json").write_text(json.dumps(whole), encoding="utf-8")


def _course(folder):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("sgd_course-*.whl")
    return wheel


def _download(names, folder):
    """Wheels from the package registry, at the versions of the lock."""
    versions = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in versions if line.partition("==")[0] in names]
    command = [
        sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
        "--platform=any", "--abi=none", "--implementation=py", "--python-version=3.14",
        f"--dest={folder}", *pinned,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, text=True)
    return sorted(folder.glob("*.whl"))


def write_notebook(file, copy):
    """A copy in which the cells that alone need torch are text: an error would stop the others."""
    notebook = nbformat.read(file, as_version=4)
    lacks = words(file.parent.name)["lacks"]
    for i, cell in enumerate(notebook.cells):
        if "needs-torch" in cell.metadata.get("tags", []):
            text = f"> {lacks}\n\n```python\n{cell.source}\n```"
            notebook.cells[i] = nbformat.v4.new_markdown_cell(text, id=cell.id)
    copy.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, copy)


def _lock(file, wheels, address):
    """Pyodide's lock file with our packages in it."""
    lock = json.loads(file.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package["file_name"] = address + package["file_name"]
    for wheel in wheels:
        entry = _entry(wheel)
        lock["packages"][entry["name"]] = entry
    return lock


def _entry(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        about = message_from_string(archive.read(name).decode())
    browser = {"sys_platform": "emscripten", "python_version": "3.14", "extra": ""}
    needs = [Requirement(text) for text in about.get_all("Requires-Dist", [])]
    depends = {
        canonicalize_name(n.name) for n in needs if not n.marker or n.marker.evaluate(browser)
    }
    name = canonicalize_name(about["Name"])
    return {
        "name": name, "version": about["Version"], "file_name": wheel.name, "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(), "package_type": "package",
        "imports": [ADDED.get(name, "course_lib")], "depends": sorted(depends - MOCKED),
        "unvendored_tests": False,
    }  # fmt: skip
