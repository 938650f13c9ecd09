"""`sgd-course lab`: the course from an installed package, in a folder of the student's own.

A package lies where nobody writes, so its notebooks are copied into the folder `notebooks` here
before JupyterLab opens. What lies there already is a student's work and stays as it is.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from course_lib import places

ADDED = Path(__file__).resolve().parent
LANGUAGES = ("ru", "en")
#: Folders that only a clone has, or that Jupyter makes.
LEFT = {"src", "locale", "solutions", ".ipynb_checkpoints"}


def copy_notebooks(source, target):
    """Copy every file of the folder `source` that `target` lacks; returns those that differ there.

    A copy is whole or not there at all. OSError: `target` cannot be written to.
    """
    differ = []
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        name = file.relative_to(source)
        if LEFT & set(name.parts):
            continue
        copy = target / name
        if os.path.lexists(copy):
            if not copy.is_file() or copy.read_bytes() != file.read_bytes():
                differ.append(name)
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f"{copy.name}.part")
        shutil.copyfile(file, part)
        part.rename(copy)
    return differ


def lab_arguments(language, more):
    """The command line of JupyterLab: here, on the start notebook, with what the course adds."""
    arguments = [
        "--ServerApp.root_dir=.",
        f"--LabApp.default_url=/lab/tree/notebooks/{language}/00_start.ipynb",
        f"--config={ADDED / 'config.json'}",
        f"--TemplateExporter.extra_template_basedirs={ADDED / 'templates'}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # a container: it is meant
        arguments.append("--allow-root")
    return [*arguments, *more]


def main(argv=None):
    parser = argparse.ArgumentParser(prog="sgd-course", description="SGD, step by step")
    commands = parser.add_subparsers(required=True, metavar="lab")
    lab = commands.add_parser("lab", help="copy the notebooks here and open JupyterLab on them")
    lab.add_argument("--language", choices=LANGUAGES, default="ru")
    asked, more = parser.parse_known_args(argv)  # more: for JupyterLab, such as --no-browser
    try:
        differ = copy_notebooks(places.folder("notebooks"), Path("notebooks"))
    except OSError as error:
        sys.exit(f"sgd-course lab: the notebooks cannot be copied to this folder: {error}")
    if differ:
        print("Your notebooks stay as you saved them. / Ваши тетради остались такими, какими вы их "
              "сохранили.", *differ, sep="\n  ")  # fmt: skip

    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):  # of `labconfig`, of `labextensions`
        paths = [str(ADDED), *filter(None, [os.environ.get(name)])]
        os.environ[name] = os.pathsep.join(paths)
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=lab_arguments(asked.language, more))


if __name__ == "__main__":
    main()
