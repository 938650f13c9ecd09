"""Many may run together, or one alone; or nothing more."""

import threading
from contextlib import contextmanager


class Stopped(Exception):
    """Nothing more is run."""


class Turns:
    """What runs `alone` waits for the others to end, and they wait for it.

    After `stop` whoever asks for a turn gets `Stopped`.
    """

    def __init__(self):
        self._change = threading.Condition()
        self._running, self._alone, self._stopped = 0, False, False

    def stop(self):
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def _wait(self):
        self._change.wait_for(lambda: self._stopped or not self._alone)
        if self._stopped:
            raise Stopped

    @contextmanager
    def together(self):
        with self._change:
            self._wait()
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
            self._wait()
            self._alone = True
            self._change.wait_for(lambda: self._running == 0)
        try:
            yield
        finally:
            with self._change:
                self._alone = False
                self._change.notify_all()
