"""Speed of a network's training beside torch.optim: `make bench-nets`. A script, not a test.

The same steps three times: torch's own training loop (module, backward, optimizer.step), one run of
the course's loop, and sixteen runs together. CPU time of one thread in ms per run·step, the least
of some rounds in turns. A time is printed only if the weights agree with torch's.
"""

import sys
import time

import numpy as np
import torch
from torch import nn

from course_lib import adam, datasets, gd, nets, run

ROUNDS, STEPS, RUNS, ALPHA = 6, 20, 16, 1e-3
ONE_TIMES, TOLERANCE = 2, 1e-3
MODELS = {
    "MLP 64-32-10, B = 32": (nets.mlp(64, 32, 10), "digits", 8, 32),
    "CNN 14×14, B = 32": (nets.cnn(14), "fashion_small", 14, 32),
    "CNN 28×28, B = 32": (nets.cnn(28, (8, 16, 16)), "fashion_small", 28, 32),
    "CNN 28×28, B = 128": (nets.cnn(28, (8, 16, 16)), "fashion_small", 28, 128),
}
METHODS = {"gd": (gd, torch.optim.SGD), "adam": (adam, torch.optim.Adam)}


def by_torch(network, x0, batches, optimizer):
    module = network.module(x0)
    optimizer = optimizer(module.parameters(), lr=ALPHA)
    X, y = network.X.to(torch.float32), network.y
    for i in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(X[i]), y[i]).backward()
        optimizer.step()
    return network.flatten(module)


def measure(network, batch, method, optimizer):
    """Least seconds of the three, and how far their final weights are apart."""
    x0 = network.initial(range(RUNS))
    one, many = network.minibatch(batch, 0), network.minibatch(batch, range(RUNS))
    batches = torch.from_numpy(one.batches(STEPS))
    given = {"steps": STEPS, "keep": [STEPS], "alpha": ALPHA}
    works = (
        lambda: by_torch(network, x0[0], batches, optimizer),
        lambda: run(method, one, x0[0], **given)[0],
        lambda: run(method, many, x0, **given)[0],
    )
    least = [float("inf")] * 3
    for _ in range(ROUNDS):
        ends = []
        for j, work in enumerate(works):
            start = time.process_time()
            ends.append(work())
            least[j] = min(least[j], time.process_time() - start)
    return np.array(least), max(abs(ends[1] - ends[0]).max(), abs(ends[2][0] - ends[0]).max())


def main():
    print(
        f"{'ms per run·step':22}{'method':8}{'torch.optim':>12}{'one run':>18}{f'{RUNS} runs':>18}"
    )
    missed = 0
    for name, (model, data, side, batch) in MODELS.items():
        train = datasets.images(data, side)[0]
        network = nets.Network(model, train.X, train.y)
        for label, (method, optimizer) in METHODS.items():
            seconds, off = measure(network, batch, method, optimizer)
            own, one, many = seconds / STEPS / (1, 1, RUNS) * 1e3
            agree, fast = off < TOLERANCE, one <= ONE_TIMES * own and many < one
            missed += not (agree and fast)
            verdict = ("ok" if fast else "MISSED") if agree else f"DISAGREES by {off:.1e}"
            print(f"{name:22}{label:8}{own:12.2f}{one:10.2f} ({one / own:4.2f}×)"
                  f"{many:10.2f} ({many / own:4.2f}×)  {verdict}")  # fmt: skip
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
