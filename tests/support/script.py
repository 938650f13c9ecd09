"""The script of the live figures, run by node."""

import json
import subprocess

from course_lib.figures.canvas import script


def run_module(node, *lines):
    """What lines print as JSON that see every function of the widget."""
    command = [node, "--input-type=module", "-e", "\n".join([script("kernel.js"), *lines])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
