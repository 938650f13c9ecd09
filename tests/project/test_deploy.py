"""The server of a class: one decision on one machine and on Kubernetes, and what a student gets."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

from course_lib.jupyter import lab
from course_lib.threads import ONE_THREAD
from support import ROOT

DEPLOY = ROOT / "deploy"


def config():
    return PyFileConfigLoader("jupyterhub_config.py", path=str(DEPLOY)).load_config()


def values():
    return yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))


def culler(name):
    """An argument of the culler's command, a number."""
    (service,) = config().JupyterHub.services
    (found,) = re.findall(rf"--{name}=(\d+)", " ".join(service["command"]))
    return int(found)


def at(tree, *names):
    for name in names:
        tree = tree[name]
    return tree


@pytest.mark.parametrize(
    ("in_config", "in_values"),
    [
        (lambda c: ["python", *c.Spawner.cmd[1:]], "singleuser cmd"),
        (lambda c: c.Spawner.default_url, "singleuser defaultUrl"),
        (lambda c: c.Spawner.environment, "singleuser extraEnv"),
        (lambda c: c.Spawner.mem_limit, "singleuser memory limit"),
        (lambda c: c.Spawner.cpu_limit, "singleuser cpu limit"),
        (lambda c: culler("timeout"), "cull timeout"),
        (lambda c: culler("cull-every"), "cull every"),
        (lambda c: c.JupyterHub.authenticator_class, "hub config JupyterHub authenticator_class"),
        (lambda c: c.Authenticator.username_pattern, "hub config Authenticator username_pattern"),
        (lambda c: sorted(c.Authenticator.admin_users), "hub config Authenticator admin_users"),
        (lambda c: c.Authenticator.allow_all, "hub config Authenticator allow_all"),
        (lambda c: c.NativeAuthenticator, "hub config NativeAuthenticator"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_one_machine_and_kubernetes_decide_alike(in_config, in_values):
    assert in_config(config()) == at(values(), *in_values.split())


def test_the_start_notebook_is_there():
    url = config().Spawner.default_url
    assert (ROOT / url.removeprefix("/lab/tree/")).is_file()


def test_nobody_comes_in_without_a_password():
    assert config().JupyterHub.authenticator_class not in ("dummy", "null")
    assert "open_signup" not in config().NativeAuthenticator


def test_the_units_start_what_make_class_sets_up():
    said = "".join(unit.read_text() for unit in DEPLOY.glob("*.service"))
    started = re.findall(r"^ExecStart=/srv/sgd/(\S+)", said, re.MULTILINE)
    assert sorted(started) == [
        ".venv/bin/python", "build/class/node_modules/.bin/configurable-http-proxy",
    ]  # fmt: skip
    assert (ROOT / re.findall(r"-f /srv/sgd/(\S+)", said)[0]).is_file()
    wanted = json.loads((DEPLOY / "package.json").read_text())["dependencies"]
    held = json.loads((DEPLOY / "package-lock.json").read_text())["packages"]
    assert {name: held[f"node_modules/{name}"]["version"] for name in wanted} == wanted


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Starts a student's server but for its last step; returns the command that it would become."""
    commands = []
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(os, "execv", lambda python, command: commands.append(command))

    def start(*more):
        lab.main(["hub", *more])
        return commands.pop()

    return start


def test_a_students_server_has_the_course_in_the_home_and_overwrites_nothing(started, tmp_path):
    command = started("--debug")
    mine, theirs = tmp_path / "notebooks" / "ru", ROOT / "notebooks" / "ru"
    assert (mine / "00_start.ipynb").read_bytes() == (theirs / "00_start.ipynb").read_bytes()
    assert command[:3] == [sys.executable, "-m", "jupyterhub.singleuser"]
    assert command[-1] == "--debug"
    (added,) = [Path(one[9:]) for one in command if one.startswith("--config=")]
    assert "course_lib.jupyter.nodelay" in added.read_text()
    assert Path.cwd() == tmp_path
    assert {name: os.environ[name] for name in ONE_THREAD} == ONE_THREAD
    (mine / "00_start.ipynb").write_text("mine")
    started()
    assert (mine / "00_start.ipynb").read_text() == "mine"


def test_a_students_server_starts_on_a_full_disk(started, monkeypatch, capsys):
    def full(source, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(lab.shutil, "copyfile", full)
    assert "jupyterhub.singleuser" in started()
    assert "No space left on device" in capsys.readouterr().err
