"""A line that fills up on a terminal; in a log file, a line now and then."""

import sys


def bar(stream=None, width=30):
    """A function (done, all, name) that shows how far a run has come."""
    stream = stream or sys.stderr
    terminal = stream.isatty()

    def show(done, every, name):
        filled = width * done // max(every, 1)
        line = f"[{'#' * filled}{'.' * (width - filled)}] {done}/{every}"
        if terminal:
            end = "\n" if done == every else ""
            print(f"\r\033[K{line}  {name[:30] if done < every else ''}", end=end, file=stream)
        elif done == every or done * 10 // every > (done - 1) * 10 // every:
            print(line, file=stream)
        stream.flush()

    return show
