"""The server of a class: one decision on one machine and on Kubernetes, and what a student gets."""

import json
import os
import pwd
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from packaging.requirements import Requirement
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
        (lambda c: c.Spawner.http_timeout, "hub config KubeSpawner http_timeout"),
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


def test_a_student_is_a_unit_with_limits_that_outlives_the_hub():
    """All of it is otherwise by default, and nobody would see it before something goes wrong."""
    c = config()
    assert c.JupyterHub.spawner_class == "systemd"  # the others tell the limits and enforce none
    unit = c.SystemdSpawner.unit_extra_properties
    assert int(unit["TasksMax"]) < 1000
    assert unit["OOMPolicy"] == "continue"  # the kernel dies, the server lives
    assert c.SystemdSpawner.isolate_tmp
    assert c.SystemdSpawner.isolate_devices
    assert not c.JupyterHub.cleanup_servers
    assert not c.ConfigurableHTTPProxy.should_start


@pytest.mark.parametrize("there", [False, True])
def test_a_student_has_an_account_that_no_neighbour_reads(monkeypatch, there):
    def getpwnam(name):
        if not there:
            raise KeyError(name)

    made, c = [], config()
    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    monkeypatch.setattr(subprocess, "run", lambda command, check: made.append(command))
    c.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="ada")))
    name = c.SystemdSpawner.username_template.format(USERNAME="ada")
    assert [(command[0], command[-1]) for command in made] == ([] if there else [("useradd", name)])
    assert all("HOME_MODE=0700" in command for command in made)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("anna-p2", True), ("a" * 25, True), ("a" * 26, False), ("anna.petrova", False),
     ("anna petrova", False), ("anna_p", False), ("anna@example.org", False), ("2anna", False)],
)  # fmt: skip
def test_who_signs_up_gets_an_account(name, allowed):
    """The hub looks for the pattern at the start of a name, as here, and useradd takes no other."""
    assert bool(re.match(config().Authenticator.username_pattern, name)) == allowed


def test_the_culler_may_do_what_it_has_to():
    (service,), (role,) = config().JupyterHub.services, config().JupyterHub.load_roles
    assert role["services"] == [service["name"]]
    needed = {"list:users", "read:users:activity", "read:servers", "delete:servers"}
    assert set(role["scopes"]) == needed  # as its documentation names them
    module = service["command"][service["command"].index("-m") + 1]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = [Requirement(line).name for line in extras["optional-dependencies"]["class"]]
    assert module.replace("_", "-") in packages


def test_kubernetes_takes_the_image_that_is_made_and_no_more_than_the_limit():
    student, said = values()["singleuser"], (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert "--image-name {name}:{tag} ".format(**student["image"]) in said
    memory = {name: int(text.removesuffix("G")) for name, text in student["memory"].items()}
    for share in (student["cpu"], memory):
        assert 0 < share["guarantee"] <= share["limit"]


def test_the_units_come_back_keep_a_secret_and_meet():
    said = (DEPLOY / "README.md").read_text(encoding="utf-8")
    hub, proxy = ((DEPLOY / f"sgd-{name}.service").read_text() for name in ("hub", "proxy"))
    for unit in (hub, proxy):
        assert "\nRestart=always\n" in unit
        (secret,) = re.findall(r"^EnvironmentFile=(.+)$", unit, re.MULTILINE)
        assert re.search(rf"\(umask 077; .* > {secret}\)\n", said), "read by root, and by root only"
    assert "\nUMask=0077\n" in hub
    ((ip, port),) = re.findall(r"--ip (\S+) --port (\d+) ", proxy)
    assert f"--to {ip}:{port} " in said
    # Where JupyterHub expects its proxy and is itself, unless it is told otherwise.
    assert not {"hub_port", "hub_bind_url", "bind_url"} & set(config().JupyterHub)
    assert "api_url" not in config().ConfigurableHTTPProxy
    assert "--api-ip 127.0.0.1 --api-port 8001 --error-target http://127.0.0.1:8081/hub/" in proxy


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
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        assert os.environ[name] == str(lab.ADDED)
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


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_jupyter_starts_as_root_where_it_must(started, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in started()) == allowed
