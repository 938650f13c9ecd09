"""The server extension: the kernel websocket without Nagle's algorithm, and otherwise as before."""

import asyncio
import json
import logging
from pathlib import Path
from types import SimpleNamespace

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from course_lib import nodelay


def test_the_socket_is_set_before_the_connection_is_opened(monkeypatch):
    happened = []

    async def opened(self, kernel_id):
        happened.append(("open", kernel_id))

    monkeypatch.setattr(KernelWebsocketHandler, "open", opened)
    nodelay._load_jupyter_server_extension(SimpleNamespace(log=logging.getLogger("test")))
    handler = SimpleNamespace(set_nodelay=lambda on: happened.append(("nodelay", on)))
    asyncio.run(KernelWebsocketHandler.open(handler, "kernel"))
    assert happened == [("nodelay", True), ("open", "kernel")]


def test_the_set_up_enables_what_the_module_names():
    (point,) = nodelay._jupyter_server_extension_points()
    config = json.loads(Path(nodelay.__file__).with_suffix(".json").read_text(encoding="utf-8"))
    assert config["ServerApp"]["jpserver_extensions"] == {point["module"]: True}
