"""Speed of `run` beside jax + optax and torch.optim: `make bench`. A script, not a test.

The same work three times: SGD and Adam on least squares (n = 100, d = 2, batches of 2 with
replacement, float64), from one start, with one recorded trajectory for each seed. CPU time of the
process in ns per run·step, after compilation. Each library has a process of its own with one
thread (together in one process they slow each other down); the processes take turns, and the
fastest of the rounds counts. A time is printed only if the mean final loss agrees with ours. The
targets are ratios within one run of this script: nanoseconds are the processor's.

jax draws inside the scan (threefry); torch runs seed by seed with autograd, on few seeds.
"""

import json
import os
import subprocess
import sys
import time

from tools import ROOT

ROUNDS, RUNS, STEPS, ALPHA, BATCH, START = 12, 1000, 1000, 0.1, 2, (-3.0, 3.0)
TORCH_RUNS, TORCH_STEPS = 5, 200
METHODS = ("gd", "adam")
LEAST = {"jax": 3, "torch": 1000}  # times less CPU than each needs
SIGMAS = 5  # two means of independent seeds differ by more once in two million
NAMES = {
    "ours": "course_lib.run",
    "jax": "jax vmap + scan, optax",
    "torch": "torch.optim, one seed at a time",
}


# ---- Workers: a dictionary of functions (round) → final points (runs, 2) -------------------------


def ours():
    from course_lib import methods, run

    problem = make_problem()

    def work(method, steps, r):
        seeds = range(r * RUNS, (r + 1) * RUNS)
        mini = problem.minibatch(BATCH, seed=seeds)
        return run(getattr(methods, method), mini, START, steps=steps, alpha=ALPHA)[-1]

    return {
        **{m: lambda r, m=m: work(m, STEPS, r) for m in METHODS},
        **{f"{m}, short": lambda r, m=m: work(m, TORCH_STEPS, r) for m in METHODS},
    }


def jax():
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    problem = make_problem()
    A, b = jax.numpy.asarray(problem.A), jax.numpy.asarray(problem.y)
    grad = jax.grad(lambda x, i: ((A[i] @ x - b[i]) ** 2).mean() / 2)

    def compiled(optimizer):
        def trajectory(key):
            def step(carry, key):
                x, state = carry
                i = jax.random.randint(key, (BATCH,), 0, problem.n)
                updates, state = optimizer.update(grad(x, i), state)
                x = optax.apply_updates(x, updates)
                return (x, state), x

            x = jax.numpy.asarray(START)
            return jax.lax.scan(step, (x, optimizer.init(x)), jax.random.split(key, STEPS))[1]

        return jax.jit(jax.vmap(trajectory))

    functions = {"gd": compiled(optax.sgd(ALPHA)), "adam": compiled(optax.adam(ALPHA))}

    def work(method, r):
        keys = jax.random.split(jax.random.key(r), RUNS)
        return functions[method](keys).block_until_ready()[:, -1]

    return {m: lambda r, m=m: work(m, r) for m in METHODS}


def torch():
    import torch

    torch.set_num_threads(1)
    problem = make_problem()
    A, b = torch.tensor(problem.A), torch.tensor(problem.y)
    make = {"gd": torch.optim.SGD, "adam": torch.optim.Adam}

    def one(method, generator):
        x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        optimizer = make[method]([x], lr=ALPHA)
        trajectory = torch.empty(TORCH_STEPS, 2, dtype=torch.float64)
        for k in range(TORCH_STEPS):
            i = torch.randint(problem.n, (BATCH,), generator=generator)
            optimizer.zero_grad()
            loss = ((A[i] @ x - b[i]) ** 2).mean() / 2
            loss.backward()
            optimizer.step()
            trajectory[k] = x.detach()
        return trajectory[-1].numpy()

    def work(method, r):
        return [one(method, torch.Generator().manual_seed(100 * r + s)) for s in range(TORCH_RUNS)]

    return {m: lambda r, m=m: work(m, r) for m in METHODS}


def make_problem():
    from course_lib import least_squares

    return least_squares(n=100, d=2, seed=0)


def serve(library):
    """Answer each line "name round" with CPU seconds and the final losses."""
    import numpy as np

    functions, problem = {"ours": ours, "jax": jax, "torch": torch}[library](), make_problem()
    for line in sys.stdin:
        name, _, r = line.strip().rpartition(" ")
        start = time.process_time()
        points = functions[name](int(r))
        seconds = time.process_time() - start
        losses = problem.f(np.asarray(points)).tolist()
        print(json.dumps({"seconds": seconds, "losses": losses}), flush=True)


# ---- The judge -----------------------------------------------------------------------------------


class Worker:
    def __init__(self, library):
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.run", library],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT,
            env={**os.environ, **one, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        )  # fmt: skip

    def ask(self, name, r):
        print(name, r, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the process died: {self.process.args[-1]}")
        answer = json.loads(answer)
        return answer["seconds"], answer["losses"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def measure():
    """{(library, name): (least seconds, all final losses)} of `ROUNDS` interleaved rounds."""
    workers = {library: Worker(library) for library in NAMES}
    jobs = [(library, m) for m in METHODS for library in NAMES]
    jobs += [("ours", f"{m}, short") for m in METHODS]
    found = {job: ([], []) for job in jobs}
    for r in range(-1, ROUNDS):  # the first round warms up and compiles
        for library, name in jobs:
            seconds, losses = workers[library].ask(name, r + 1)
            if r >= 0:
                found[library, name][0].append(seconds)
                found[library, name][1].extend(losses)
    for worker in workers.values():
        worker.close()
    return {job: (min(seconds), losses) for job, (seconds, losses) in found.items()}


def mean_and_variance(losses):
    mean = sum(losses) / len(losses)
    return mean, sum((loss - mean) ** 2 for loss in losses) / (len(losses) - 1)


def agrees(losses, reference):
    """Both means, and whether they differ by no more than chance; the spread is our many runs'."""
    mean, (expected, variance) = mean_and_variance(losses)[0], mean_and_variance(reference)
    band = SIGMAS * (variance * (1 / len(losses) + 1 / len(reference))) ** 0.5
    return mean, expected, band, abs(mean - expected) <= band


def main():
    began = time.perf_counter()
    found, lines, wrong, ns = measure(), [], 0, {}
    print(f"{'':34}{'method':8}{'ns per run·step':>16}{'× ours':>10}   mean final f (ours, band)")
    for method in METHODS:
        for library, name in NAMES.items():
            runs, steps = (TORCH_RUNS, TORCH_STEPS) if library == "torch" else (RUNS, STEPS)
            seconds, losses = found[library, method]
            reference = found["ours", method + ", short" * (library == "torch")][1]
            mean, expected, band, same = agrees(losses, reference)
            text = f"{mean:.4f} ({expected:.4f} ± {band:.4f})"
            if not same:
                wrong += 1
                print(f"{name:34}{method:8}{'DISAGREES':>16}{'':10}   {text}")
                continue
            ns[library, method] = seconds / (runs * steps) * 1e9
            ratio = ns[library, method] / ns["ours", method]
            print(f"{name:34}{method:8}{ns[library, method]:16.1f}{ratio:10.1f}   {text}")
        if any((library, method) not in ns for library in NAMES):
            continue
        for library, least in LEAST.items():
            ratio = ns[library, method] / ns["ours", method]
            lines.append((f"{method}: ≥ {least} × less CPU than {library}", ratio, ratio >= least))
    print()
    for text, ratio, ok in lines:
        print(f"{text:44}{ratio:10.1f} ×  {'ok' if ok else 'MISSED'}")
    print(
        f"\n{RUNS} runs × {STEPS} steps ({TORCH_RUNS} × {TORCH_STEPS} for torch), CPU time of one"
        f" thread, least of {ROUNDS} rounds; {time.perf_counter() - began:.0f} s in all."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1]) if len(sys.argv) > 1 else main())
