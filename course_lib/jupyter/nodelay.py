"""A Jupyter server extension: sliders answer twice as fast.

The server leaves Nagle's algorithm on, so TCP holds a kernel's small answers back until the
browser has acknowledged the ones before, some 40 ms later; a slider that is being dragged then
gets under 20 pictures a second however fast the kernel is. This turns it off for the kernel
websocket. `config.json` enables it; without it everything works, only less smoothly.
"""


def _jupyter_server_extension_points():
    return [{"module": "course_lib.jupyter.nodelay"}]


def _load_jupyter_server_extension(app):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    original = KernelWebsocketHandler.open

    async def open_without_delay(self, *args, **kwargs):
        self.set_nodelay(True)
        await original(self, *args, **kwargs)

    KernelWebsocketHandler.open = open_without_delay
    app.log.info("course_lib: TCP_NODELAY on the kernel websocket")
