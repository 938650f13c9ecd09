"""Many may run together, or one alone."""

import threading
from contextlib import contextmanager


class Turns:
    """What runs `alone` waits for the others to end, and they wait for it."""

    def __init__(self):
        self._change = threading.Condition()
        self._running, self._alone = 0, False

    @contextmanager
    def together(self):
        with self._change:
            self._change.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            with self._change:
                self._running -= 1
                self._change.notify_all()

    @contextmanager
    def alone(self):
        with self._change:
            self._change.wait_for(lambda: not self._alone)
            self._alone = True
            self._change.wait_for(lambda: self._running == 0)
        try:
            yield
        finally:
            with self._change:
                self._alone = False
                self._change.notify_all()
