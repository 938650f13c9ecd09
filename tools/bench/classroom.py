"""`make bench-class`: a class at work on the server of deploy/, as the page deploy/CLASS.md.

The hub, the proxy and a server for each student are real and run here, with the configuration of
deploy/; students do by HTTP and websockets what their browsers would do: sign up, log in, open a
copy of the seminar, run all of it, drag a slider. Meanwhile hub and kernels die, and a disk fills.
Only systemd is not there: its limits are not tried, and all students are one user of the system.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import aiohttp
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from yarl import URL

from tools import ROOT, browser
from tools.times import processor_name

DEPLOY, PROXY = ROOT / "deploy", ROOT / "build/class/node_modules/.bin/configurable-http-proxy"
PAGE = DEPLOY / "CLASS.md"
SEMINAR, COPY = "notebooks/en/seminar.ipynb", "notebooks/en/mine.ipynb"
PASSWORD = "correct horse battery"
FULL = "full"  # the student whose disk is small
DISK = 16 * 2**20  # bytes
WAIT = 600  # seconds, for anything at all
#: What differs from a class's server: no systemd, folders and ports of its own, a small disk.
CONFIG = """
load_subconfig({deploy!r})
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/{{username}}"
c.Spawner.environment = {{"JUPYTER_RUNTIME_DIR": "{home}/runtime"}}
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[1]}"
c.JupyterHub.hub_port = {ports[2]}

def small_disk(spawner):
    if spawner.user.name == {full!r}:
        spawner.cmd = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/",
                       "--size", "{disk}", "--tmpfs", "{home}/{full}", *c.Spawner.cmd]

c.Spawner.pre_spawn_hook = small_disk
"""


class Hub:
    """The proxy and the hub of a class, in a folder of their own."""

    def __init__(self, folder):
        self.folder, self.ports = folder, [browser.free_port() for _ in range(3)]
        self.address = f"http://127.0.0.1:{self.ports[0]}"
        self.home, self.log = folder / "home", folder / "hub.log"
        for name in (FULL, "runtime"):
            (self.home / name).mkdir(parents=True)
        deploy = str(DEPLOY / "jupyterhub_config.py")
        (folder / "config.py").write_text(
            CONFIG.format(
                deploy=deploy, home=self.home, ports=self.ports, full=FULL, disk=DISK
            )
        )  # fmt: skip
        self.env = os.environ | {"CONFIGPROXY_AUTH_TOKEN": uuid.uuid4().hex}
        own = ["--ip", "127.0.0.1", "--port", self.ports[0], "--api-port", self.ports[1]]
        self.proxy = self._start(PROXY, *own)

    def start(self):
        self.process = self._start(sys.executable, "-m", "jupyterhub", "-f", "config.py")
        browser.wait_for_server(self.process, f"{self.address}/hub/login", self.log)

    def kill(self):
        """As systemd would: the culler too, no student's server; nothing is tidied up."""
        of = self.process.pid
        for child in Path(f"/proc/{of}/task/{of}/children").read_text().split():
            if "jupyterhub_idle_culler" in Path(f"/proc/{child}/cmdline").read_text():
                os.kill(int(child), signal.SIGKILL)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        browser.stop(self.process)
        browser.stop(self.proxy)

    def unknown_options(self):
        return re.findall(r".*not recognized by.*", self.log.read_text())

    def _start(self, *command):
        with self.log.open("a") as log:
            return subprocess.Popen(
                list(map(str, command)),
                cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip


class Person:
    """Somebody with a browser: its cookies, and the forms of the hub."""

    def __init__(self, hub, name):
        self.hub, self.name = hub, name
        self.http = aiohttp.ClientSession(
            hub.address,
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # an address without a name
            timeout=aiohttp.ClientTimeout(WAIT),
        )

    async def form(self, path, **fields):
        async with self.http.get(path) as answer:
            (xsrf,) = re.findall(r'name="_xsrf" value="([^"]+)"', await answer.text())
        async with self.http.post(path, data=fields | {"_xsrf": xsrf}) as answer:
            return str(answer.url)

    async def sign_up(self):
        await self.form(
            "/hub/signup",
            username=self.name, signup_password=PASSWORD, signup_password_confirmation=PASSWORD,
        )  # fmt: skip

    async def log_in(self, to=""):
        return await self.form(f"/hub/login?next={to}", username=self.name, password=PASSWORD)

    async def let_in(self, name):
        async with self.http.get(f"/hub/authorize/{name}") as answer:
            answer.raise_for_status()


class Student(Person):
    """A person with a server; `open` the notebook before any code is run."""

    refusal = ""  # what a full disk was answered with

    def __init__(self, hub, name):
        super().__init__(hub, name)
        self.base = f"/user/{name}"

    async def api(self, method, address, /, **body):
        """Ask the student's server, or the hub: (status, what it says)."""
        base = "/hub" if address.startswith("users/") else self.base
        own = self.http.cookie_jar.filter_cookies(URL(f"{self.hub.address}{base}/"))
        self.headers = {"X-XSRFToken": own["_xsrf"].value, "Referer": f"{self.hub.address}/"}
        async with self.http.request(
            method, f"{base}/api/{address}", json=body or None, headers=self.headers
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def come_in(self):
        """From the login to the page of JupyterLab, on the start notebook."""
        await self.log_in()
        while True:
            async with self.http.get(f"{self.base}/") as answer:
                if "/lab/tree/" in str(answer.url) and answer.status == 200:
                    return str(answer.url)
            await asyncio.sleep(0.2)

    async def go(self):
        """End the kernel, which would outlive a server in bubblewrap, and the server."""
        await self.api("DELETE", f"kernels/{self.kernel}")
        await self.api("DELETE", f"users/{self.name}/server")

    async def open(self):
        """Copy the seminar, show it, and start its kernel."""
        _, there = await self.api("GET", f"contents/{SEMINAR}")
        self.notebook = there["content"]
        await self.save(self.notebook)
        _, session = await self.api(
            "POST", "sessions", path=COPY, name="", type="notebook", kernel={"name": "python3"}
        )
        self.kernel = session["kernel"]["id"]
        await self.connect()
        self.pid, self.server = map(int, (await self.run(WHO)).split())

    async def connect(self):
        path = f"{self.base}/api/kernels/{self.kernel}/channels"
        self.socket = await self.http.ws_connect(path, headers=self.headers, max_msg_size=0)

    async def save(self, notebook):
        return await self.api("PUT", f"contents/{COPY}", type="notebook", content=notebook)

    async def saved(self):
        return (await self.api("GET", f"contents/{COPY}"))[1]["content"]

    async def send(self, kind, content):
        message = uuid.uuid4().hex
        header = {"msg_id": message, "msg_type": kind, "session": self.name, "username": self.name,
                  "version": "5.3", "date": ""}  # fmt: skip
        await self.socket.send_json(
            {"header": header, "parent_header": {}, "metadata": {}, "content": content,
             "channel": "shell", "buffers": []}
        )  # fmt: skip
        return message

    async def messages(self):
        async for frame in self.socket:
            if frame.type is aiohttp.WSMsgType.BINARY:
                yield deserialize_binary_message(frame.data)
            else:
                yield json.loads(frame.data)
        raise ConnectionError(f"{self.name}: the websocket was closed")

    async def run(self, source, opened=None):
        """Run a cell: what it prints; `opened` takes the states of the widgets that it makes."""
        asked = await self.send("execute_request", {"code": source, "stop_on_error": True})
        printed, awaited = [], {"reply", "idle"}
        async for message in self.messages():
            kind, content = message["header"]["msg_type"], message["content"]
            if kind in ("comm_open", "comm_msg") and opened is not None:
                opened.setdefault(content["comm_id"], {}).update(content["data"].get("state", {}))
            if message["parent_header"].get("msg_id") != asked:
                continue
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "execute_reply":
                if content["status"] != "ok":
                    raise RuntimeError(f"{content.get('evalue')} in the cell\n{source}")
                awaited.discard("reply")
            elif kind == "status":
                awaited.discard(content["execution_state"])
            if not awaited:
                return "".join(printed)

    async def run_all(self):
        """All cells of the seminar; its first figure with sliders is the one to play with."""
        opened = {}
        for cell in self.notebook["cells"]:
            if cell["cell_type"] == "code":
                await self.run(cell["source"], opened)
        self.canvas, figure = next(
            (model, its)
            for model, its in opened.items()
            if any(slider["name"] == "alpha" for slider in its.get("sliders", {}).values())
        )
        (self.slider,) = [its for its in figure["sliders"].values() if its["name"] == "alpha"]
        self.place = figure["shown"]["alpha"]
        await self.run("mark = 'kept'")

    async def drag(self, pictures):
        """Move the slider of α, wait for its picture, move on; seconds of each."""
        seconds = []
        for j in range(pictures):
            place = self.place - 20 + j % 41
            value = self.slider["low"] + self.slider["step"] * place
            began = time.perf_counter()
            update = {"method": "update", "state": {"value": value}, "buffer_paths": []}
            await self.send("comm_msg", {"comm_id": self.slider["model"], "data": update})
            async for message in self.messages():
                content = message["content"]
                if message["header"]["msg_type"] == "comm_msg" and (
                    content["comm_id"] == self.canvas
                    and content["data"].get("state", {}).get("shown", {}).get("alpha") == place
                ):
                    break
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)
        return seconds

    async def kill_kernel(self):
        """As the system does with one that takes too much; wait until the next one answers."""
        os.kill(self.pid, signal.SIGKILL)
        async for message in self.messages():
            if message["content"].get("execution_state") == "restarting":
                break
        await self.socket.close()
        await self.connect()
        self.pid, self.server = map(int, (await self.run(WHO)).split())

    async def lose_kernel(self):
        before = await self.saved()
        await self.kill_kernel()
        await self.run("assert 'mark' not in globals()")
        assert await self.saved() == before

    async def work_on(self):
        """Log in again in a new browser: the same kernel, with what it has computed."""
        self.http.cookie_jar.clear()
        await self.come_in()
        (kernel,) = (await self.api("GET", "kernels"))[1]
        assert kernel["id"] == self.kernel
        await self.run("assert mark == 'kept'")

    async def fill_disk(self):
        """Jupyter refuses to save, says why, loses nothing, and starts kernels."""
        self.notebook["cells"][0]["source"] = "mine"
        assert (await self.save(self.notebook))[0] == 200
        filled = await self.run(FILL)
        assert "No space left" in filled, filled
        longer = json.loads(json.dumps(self.notebook))
        longer["cells"][0]["source"] = "x" * 2**20
        status, said = await self.save(longer)
        assert status == 500, status
        assert re.search("No space left on device|disk is full", said["message"]), said
        self.refusal = said["message"]
        await self.kill_kernel()
        name = Path(COPY).name
        text = await self.run(f"print(open({name!r}, encoding='utf-8').read())")
        assert json.loads(text)["cells"][0]["source"] == ["mine"], text[:200]
        await self.run("import os; os.remove(os.path.expanduser('~/filler'))")
        assert sources(await self.saved()) == sources(self.notebook)
        status, said_then = await self.save(longer)
        assert status == 200, said_then
        assert sources(await self.saved()) == sources(longer)


WHO = "import os; print(os.getpid(), os.getppid())"
FILL = """
import os
try:
    with open(os.path.expanduser("~/filler"), "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
except OSError as error:
    print(error)
"""


def sources(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def memory(pid):
    """Bytes of a process: its share now (PSS), and the most that it had (RSS)."""
    share = re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    most = re.search(r"^VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
    return 1024 * int(share[1]), 1024 * int(most[1])


class Class:
    """The table: what every student did, how long it took, and who did not succeed."""

    def __init__(self):
        self.rows, self.failed = [], []

    async def all(self, what, students, act):
        """Everybody does it at once; `act` gives seconds, or the time that it takes counts.

        Who did not succeed is told, and the others are returned.
        """
        done = await asyncio.gather(*map(timed(act), students), return_exceptions=True)
        good = [one for one in done if not isinstance(one, BaseException)]
        for student, one in zip(students, done, strict=True):
            if isinstance(one, BaseException):
                self.failed.append(f"{student.name}, {what}: {type(one).__name__}: {one}")
        self.rows.append(
            (what, [s for one in good for s in one], f"{len(good)} of {len(students)}")
        )
        print(line(*self.rows[-1]), *self.failed, sep="\n", flush=True)
        return [
            student
            for student, one in zip(students, done, strict=True)
            if not isinstance(one, BaseException)
        ]


def timed(act):
    async def run(student):
        began = time.perf_counter()
        async with asyncio.timeout(WAIT):
            result = await act(student)
        return result if isinstance(result, list) else [time.perf_counter() - began]

    return run


def p95(seconds):
    return sorted(seconds)[int(0.95 * (len(seconds) - 1) + 0.5)]


def line(what, seconds, success):
    numbers = [f(seconds) if seconds else float("nan") for f in (statistics.median, p95)]
    shown = [f"{1000 * n:.0f} ms" if n < 1 else f"{n:.1f} s" for n in numbers]
    return f"| {what} | {' | '.join(shown)} | {success} |"


async def play(hub, count, pictures=40):
    """The class: the table, and the bytes of each student's server and kernel."""
    table = Class()
    teacher, full = Person(hub, "teacher"), Student(hub, FULL)
    students = [Student(hub, f"student-{j:02}") for j in range(1, count + 1)]
    try:
        await teacher.sign_up()
        await teacher.log_in("/hub/home")
        for student in [*students, full]:
            await student.sign_up()
            await teacher.let_in(student.name)
        good = await table.all(
            "logs in → JupyterLab on the start notebook", students, Student.come_in
        )
        good = await table.all(
            "opens a copy of the seminar → its kernel answers", good, Student.open
        )
        good = await table.all("runs all of the seminar", good, Student.run_all)
        table.memory = [(memory(one.server), memory(one.pid)) for one in good]
        drag = lambda student: student.drag(pictures)  # noqa: E731
        await table.all("slider → picture, one student, the others read", good[:1], drag)
        good = await table.all("slider → picture, all at once", good, drag)
        hub.kill()
        good = await table.all("the same while the hub is dead", good, drag)
        hub.start()
        good = await table.all("the hub is back: logs in, same kernel", good, Student.work_on)
        good = await table.all("kernel killed → the next one answers", good, Student.lose_kernel)
        await table.all("a full disk, from the login on", [full], fill_a_disk)
        table.refusal = full.refusal
    finally:
        for one in [*students, full]:
            if hub.process.poll() is None and hasattr(one, "headers"):
                await one.go()
            await one.http.close()
        await teacher.http.close()
    return table


async def fill_a_disk(student):
    await student.come_in()
    await student.open()
    await student.fill_disk()


def page(table, count, load):
    """The text of CLASS.md."""
    rows = "\n".join(line(*row) for row in table.rows)
    server, kernel = ([both[j][0] for both in table.memory] for j in range(2))
    most = [both[1][1] for both in table.memory]
    together = statistics.median(map(sum, zip(server, kernel, strict=True)))
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    everything = "\n".join(f"- {one}" for one in table.failed) or "Nobody failed, nothing was lost."
    return f"""<!-- Made by `make bench-class`. -->
# A class at work, measured

{count} students at once on {processor_name()}, {os.cpu_count()} cores, {gib:.0f} GB, Python
{platform.python_version()}; students, hub and servers share these cores, and {load:.1f} processes
of others wanted them when it began. Everything goes through hub and proxy
([tools/bench/classroom.py](../tools/bench/classroom.py)); systemd's limits were not on.

| a student … | p50 | p95 | succeeded |
|---|---|---|---|
{rows}

{everything} The full disk was refused in these words: “{table.refusal}”

| memory of a student | median, MB |
|---|---|
| server | {statistics.median(server) / 1e6:.0f} |
| kernel, the seminar run | {statistics.median(kernel) / 1e6:.0f} |
| kernel, its greatest moment | {statistics.median(most) / 1e6:.0f} |

Thirty such students hold {30 * together / 1e9:.0f} GB between runs, and at worst
{30 * (max(server) + max(most)) / 1e9:.0f} GB, if all have their greatest moment at once. Memory
says how large the machine must be, cores how long a whole class waits for “run all”.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=30)
    count, load = parser.parse_args().students, os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="course-class-", ignore_cleanup_errors=True) as folder:
        hub = Hub(Path(folder))
        try:
            hub.start()
            table = asyncio.run(play(hub, count))
        finally:
            hub.stop()
            print(*hub.unknown_options(), sep="\n")
    PAGE.write_text(page(table, count, load), encoding="utf-8", newline="\n")
    return not table.failed


if __name__ == "__main__":
    sys.exit(not main())
