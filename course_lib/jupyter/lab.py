"""`sgd-course lab`: the course from an installed package, in a folder of the student's own.

A package lies where nobody writes, so its notebooks are copied into the folder `notebooks` here
before JupyterLab opens. What lies there already is a student's work and stays as it is.

`sgd-course hub` is the same in a student's home, for the JupyterHub that starts it: deploy/.
`sgd-course jupyter`, in an environment that is only the course's, copies what this package adds to
Jupyter where every server of the environment finds it.
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


def add_to_jupyter(prefix):
    """Copy what the course adds to Jupyter into the environment at `prefix`.

    OSError: it cannot be written to.
    """
    etc, share = prefix / "etc" / "jupyter", prefix / "share" / "jupyter"
    for name, place in (
        ("labconfig", etc / "labconfig"),
        ("labextensions", share / "labextensions"),
        ("templates", share / "nbconvert" / "templates"),
    ):
        shutil.copytree(ADDED / name, place, dirs_exist_ok=True)
    shutil.copyfile(ADDED / "config.json", etc / "jupyter_config.json")


def added_arguments():
    """The part of a command line that gives a Jupyter server what the course adds."""
    arguments = [
        f"--config={ADDED / 'config.json'}",
        f"--TemplateExporter.extra_template_basedirs={ADDED / 'templates'}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # a container: it is meant
        arguments.append("--allow-root")
    return arguments


def lab_arguments(language, more):
    """The command line of JupyterLab: here, on the start notebook, with what the course adds."""
    return [
        "--ServerApp.root_dir=.",
        f"--LabApp.default_url=/lab/tree/notebooks/{language}/00_start.ipynb",
        *added_arguments(),
        *more,
    ]


def prepare():
    """Let Jupyter find what the course adds, and copy what is lacking here; OSError: it cannot."""
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):  # of `labconfig`, of `labextensions`
        paths = [str(ADDED), *filter(None, [os.environ.get(name)])]
        os.environ[name] = os.pathsep.join(paths)
    differ = copy_notebooks(places.folder("notebooks"), Path("notebooks"))
    if differ:
        print("Your notebooks stay as you saved them. / Ваши тетради остались такими, какими вы их "
              "сохранили.", *differ, sep="\n  ")  # fmt: skip


def open_lab(asked, more):
    try:
        prepare()
    except OSError as error:
        sys.exit(f"sgd-course lab: the notebooks cannot be copied to this folder: {error}")
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=lab_arguments(asked.language, more))


def serve_hub(asked, more):
    """Become the server that the hub waits for; on a full disk too, or nobody could clear it."""
    os.chdir(Path.home())
    try:
        prepare()
    except OSError as error:
        print(f"sgd-course hub: the notebooks cannot be copied: {error}", file=sys.stderr)
    command = [sys.executable, "-m", "jupyterhub.singleuser", *added_arguments(), *more]
    os.execv(sys.executable, command)


def set_up_jupyter(asked, more):
    try:
        add_to_jupyter(Path(sys.prefix))
    except OSError as error:
        sys.exit(f"sgd-course jupyter: this environment cannot be written to: {error}")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="sgd-course", description="SGD, step by step")
    commands = parser.add_subparsers(required=True, metavar="lab|hub|jupyter")
    lab = commands.add_parser("lab", help="copy the notebooks here and open JupyterLab on them")
    lab.add_argument("--language", choices=LANGUAGES, default="ru")
    lab.set_defaults(do=open_lab)
    hub = commands.add_parser("hub", help="the same in the home of a student, for a JupyterHub")
    hub.set_defaults(do=serve_hub)
    jupyter = commands.add_parser("jupyter", help="give this environment's Jupyter what it adds")
    jupyter.set_defaults(do=set_up_jupyter)
    asked, more = parser.parse_known_args(argv)  # more: for Jupyter, such as --no-browser
    if more and asked.do is set_up_jupyter:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    asked.do(asked, more)


if __name__ == "__main__":
    main()
