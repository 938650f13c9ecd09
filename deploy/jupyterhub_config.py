"""A JupyterHub for one class on one server: deploy/README.md says how to start it.

deploy/values.yaml takes the same decisions for Kubernetes; a test keeps the two alike.
"""

import pwd
import subprocess
import sys

c = get_config()  # noqa: F821  JupyterHub gives it

# ---- What a student gets -------------------------------------------------------------------------

# The command copies the notebooks that the student's home lacks, overwrites none, and switches on
# what the course adds to Jupyter. BLAS has one thread, for it imports course_lib.
c.Spawner.cmd = [sys.executable, "-m", "course_lib.jupyter.lab", "hub"]
c.Spawner.default_url = "/lab/tree/notebooks/ru/00_start.ipynb"
# Kernels start on a full disk too, so that a student can clear it. Each student has a /var/tmp.
c.Spawner.environment = {"JUPYTER_RUNTIME_DIR": "/var/tmp/jupyter"}

# deploy/CLASS.md measures what the seminar takes. A kernel beyond the limit is killed, alone.
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 2.0

# Thirty who come in one minute wait for each other.
c.Spawner.start_timeout = c.Spawner.http_timeout = 180

# A unit of systemd is the student's server: it has the limits, and outlives a restart of the hub.
c.JupyterHub.spawner_class = "systemd"
c.SystemdSpawner.username_template = "class-{USERNAME}"
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.unit_extra_properties = {"TasksMax": "256", "OOMPolicy": "continue"}


def make_account(spawner):
    """The student's Linux account, with a home that no neighbour reads."""
    name = f"class-{spawner.user.name}"
    try:
        pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--create-home", "-K", "HOME_MODE=0700", name], check=True)


c.Spawner.pre_spawn_hook = make_account

# ---- Who comes in --------------------------------------------------------------------------------

# Students sign up with a name and a password of their own; the teacher lets each in, once, on the
# page /hub/authorize. Whoever signs up as `teacher` is the teacher: do that first.
c.JupyterHub.authenticator_class = "native"
c.Authenticator.username_pattern = r"[a-z][a-z0-9-]{1,24}$"  # a part of an account's name
c.Authenticator.admin_users = {"teacher"}
c.Authenticator.allow_all = True  # whom the teacher has let in
c.NativeAuthenticator.minimum_password_length = 8

# ---- How long ------------------------------------------------------------------------------------

# A server that nobody has used for two hours is stopped; JupyterLab has saved its notebooks.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200",
                    "--cull-every=300"],
    }
]  # fmt: skip
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]

# The hub may be restarted while a class works: the proxy runs on its own, servers are left alone.
c.JupyterHub.cleanup_servers = False
c.ConfigurableHTTPProxy.should_start = False
