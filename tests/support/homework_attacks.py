"""Attacks on the grader, each a few lines that run inside a function that is being graded.

A block begins with `# name` or `# name: finding`. OUTSIDE is a folder of the test, PORT a port that
is listened on. `won = True` says that the attack could do what it must not; the function then
returns nothing. Otherwise it goes on and returns the right numbers.
"""


def blocks(text):
    """{name: (lines, what stands after the colon)}."""
    found = {}
    for block in text.strip().split("\n# "):
        head, lines = block.removeprefix("# ").split("\n", 1)
        name, _, finding = head.partition(": ")
        found[name] = lines.strip("\n"), finding
    return found


#: They get nowhere: the function's numbers are right, and it keeps its points.
HARMLESS = blocks("""
# import the course
try:
    import course_lib
    won = True
except ImportError: pass

# import torch
try:
    import torch
    won = True
except ImportError: pass

# import scipy
try:
    import scipy
    won = True
except ImportError: pass

# import ctypes
try:
    import ctypes
    won = True
except ImportError: pass

# packages of the system
import sys, glob
sys.path += glob.glob('/usr/lib/python3*/dist-packages') + glob.glob('/*/*/python3*/*-packages')
try:
    import pip
    won = True
except ImportError: pass

# delete
import shutil
for place in ('/sandbox', '/packages', '/etc', 'OUTSIDE'):
    shutil.rmtree(place, ignore_errors=True)

# write outside
for place in ('OUTSIDE', '/tmp', '', '/dev/shm', '/sandbox', '/proc/self/cwd'):
    try:
        open(place + '/stolen', 'w')
        won = True
    except OSError: pass

# read secrets
import os, glob
won = 'SECRET' in str(os.environ) or bool(glob.glob('OUTSIDE*'))
for place in ('/etc/passwd', '/etc/shadow', '/proc/1/environ', 'OUTSIDE/secret'):
    try:
        won = won or 'SECRET' in open(place).read() or place.startswith('/etc')
    except OSError: pass

# network
import socket
for host in ('127.0.0.1', '192.0.2.1'):
    try:
        socket.create_connection((host, PORT), 1)
        won = True
    except OSError: pass

# 500 forks
import os
for _ in range(500):
    try:
        if os.fork() == 0: os._exit(0)
        won = True
    except OSError: pass

# shell and a process that stays
import os, subprocess
won = os.system('true') == 0
try:
    subprocess.Popen(['/bin/sleep', '1000'])
    won = True
except OSError: pass

# threads
import threading
try:
    threading.Thread(target=int).start()
    won = True
except RuntimeError: pass

# kill everybody
import os, signal
signal.signal(15, signal.SIG_IGN)
try:
    os.kill(-1, 15)
except OSError: pass
try:
    os.kill(os.getppid(), 9)
except OSError: pass

# raise the limits
import resource
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))
    won = True
except (ValueError, OSError): pass

# root again
import os
try:
    os.setuid(0)
    won = os.getuid() == 0
except OSError: pass

# leave a symlink
import os
for place in ('/tmp', '', '/sandbox', '/dev'):
    try:
        os.symlink('/etc/shadow', place + '/link')
        won = True
    except OSError: pass

# a large file
for place in ('/tmp', '/dev/shm', ''):
    try:
        open(place + '/large', 'wb').write(bytes(10**8))
        won = True
    except OSError: pass

# flood of prints
import sys
for _ in range(20):
    print('x' * 10**6)
    print('y' * 10**6, file=sys.stderr)

# warnings
import warnings
warnings.warn('careful')
np.sqrt(-np.ones(3))
np.ones(2) / 0

# patch numpy
np.testing.assert_allclose = np.allclose = np.isclose = lambda *a, **k: True
np.array_equal = lambda *a: True

# patch builtins
import builtins
builtins.AssertionError = int
builtins.all = lambda *_: True

# patch json
import json
json.dumps = json.loads = lambda *_: '{}'

# look for the answers in the frames
import sys, gc
frame = sys._getframe()
while frame:
    won = won or 'expected' in frame.f_locals or 'solution' in frame.f_globals
    frame = frame.f_back
won = won or any('played' in str(getattr(thing, '__name__', '')) for thing in gc.get_objects())

# look for the answers on the disk
import glob, os
won = any(glob.glob(place) for place in ('/*.ipynb', '/*/*.csv', '/*/slips.py', 'OUTSIDE/*'))
won = won or sorted(os.listdir('/sandbox')) != ['jail.py', 'worker.py']
""")

#: They cost the function its points, with what the feedback says after the colon.
COSTLY = blocks("""
# os._exit(0): killed_reply
import os
os._exit(0)

# os._exit(1): killed_died
import os
os._exit(1)

# segfault: killed_died
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)

# sys.exit: error
import sys
sys.exit()

# input: error
input()

# recursion: error
def down():
    return down()
down()

# eight gigabytes: error
x = bytearray(8 * 2**30)

# a bomb for eval: error
eval('-' * 10**6 + '1')

# an object equal to all: returned_other
class Equal:
    def __eq__(self, other): return True
    def __getattr__(self, name): return Equal()
return Equal()

# an array equal to all: leaves_at_start
class Equal(np.ndarray):
    def __eq__(self, other): return np.True_
    def tolist(self): return [[0.0]]
return np.zeros((n_steps + 1, 4)).view(Equal)

# a huge integer: returned_other
return [[10**400] * 4] * (n_steps + 1)

# a scalar: shape
return 0.0

# an exception that carries the inputs: error
raise NameError(f"name 'x{abs(int(x0[0]))}' {x0}")

# hard-coded
return np.array([[3.0, -2, 1, -4]] * 51)

# honest at home only: shape
import os
if os.path.exists('/sandbox'):
    return np.zeros(3)

# forged reply
import os, json
row = {'kind': 'array', 'shape': [51, 4], 'rows': [[0.0] * 4] * 51, 'calls': 50, 'points': []}
row |= {'x0_changed': False, 'g_changed': False}
names = ('path', 'again', 'list', 'single', 'other', 'closed', 'empty')
for number in range(32):
    try:
        os.write(number, json.dumps({name: row for name in names}).encode())
    except OSError: pass
os._exit(0)

# deep reply: killed_reply
import os
for number in range(32):
    try:
        os.write(number, b'[' * 60_000)
    except OSError: pass
os._exit(0)

# large reply: killed_reply
import os
for number in range(32):
    try:
        for _ in range(50):
            os.write(number, b'1' * 10**6)
    except OSError: pass
os._exit(0)

# pickle as a reply: killed_reply
import os, pickle
for number in range(32):
    try:
        os.write(number, pickle.dumps(0))
    except OSError: pass
os._exit(0)
""")

#: What time decides, with what is found: beside a busy machine as on a quiet one.
TIMED = blocks("""
# endless loop: killed_cpu
while True:
    pass

# stubborn loop: killed_wall
import signal
for number in (signal.SIGXCPU, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass

# asleep: killed_wall
import time
time.sleep(1000)

# stopped: killed_wall
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)

# a huge result: shape
return np.zeros((10**6, 40))

# half of the limit, and right
import time
if not hasattr(np, 'waited'):
    np.waited, end = True, time.process_time() + 1
    while time.process_time() < end:
        pass
""")
