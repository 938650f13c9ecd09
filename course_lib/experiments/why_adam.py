"""SGD with momentum against Adam in one harness: words, characters and images, equal budgets.

    python -m course_lib.experiments.why_adam [TASK ...]

trains a small network on every task, or on those named. Source: S12; Kunstner et al. (2024),
Figure 1, in small.
"""

import sys
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from course_lib import adam, datasets, momentum, run
from course_lib.experiments import stored
from course_lib.experiments.stored import short
from course_lib.nets import Network, cnn
from course_lib.schedules import warm_up

NAME = "why_adam"
STEPS, WARM_UP = 800, 50
AT = np.arange(0, STEPS + 1, 40)
LAST = 3  # the final loss is the mean over so many of the iterations AT
PER_DECADE = 3
#: Name: the method, the exponents of the first and the last α tried; the grid grows at an edge.
METHODS = {"SGD": (momentum, -2 / 3, 0.0), "Adam": (adam, -7 / 3, -5 / 3)}
CHOICE = 0  # the seed of starting point and batches for the choice; 1, 2, … for the report


class Text(NamedTuple):
    """The next token: windows of `context` tokens, every place of a window is an answer."""

    name: str
    unit: str
    size: int
    context: int
    batch: int
    seeds: int

    def networks(self, many=256):
        """The network on its training part, on `many` windows of it, on `many` held-out ones."""
        ids, vocabulary = datasets.tokens(self.name, self.unit, self.size)
        cut = len(ids) * 9 // 10
        model = partial(Transformer, len(vocabulary), self.context)
        training = Network(model, *windows(ids[:cut], self.context))
        return training, *some(training, *windows(ids[cut:], self.context), many)


class Images(NamedTuple):
    """The class of an image; the network halves its side by "strides" or by "pooling"."""

    name: str
    side: int
    halved_by: str
    batch: int
    seeds: int

    def networks(self, many=1000):
        """The same for images; their validation part is the one held out."""
        (X, y), held_out, _ = datasets.images(self.name, self.side)
        model = cnn(self.side) if self.halved_by == "strides" else pooling_cnn(self.side)
        training = Network(model, X, y)
        return training, *some(training, *held_out, many)


TASKS = {
    "shakespeare, words": Text("shakespeare", "words", 2000, 16, 16, 3),
    "ru_proverbs, words": Text("ru_proverbs", "words", 2000, 16, 16, 8),
    "shakespeare, characters": Text("shakespeare", "characters", 100, 32, 16, 3),
    "ru_proverbs, characters": Text("ru_proverbs", "characters", 100, 32, 16, 3),
    "fashion_small, strides": Images("fashion_small", 14, "strides", 32, 16),
    "fashion_small, pooling": Images("fashion_small", 14, "pooling", 32, 16),
}


def windows(ids, context):
    """All pieces of `context` tokens, and the same pieces one token later."""
    pieces = np.lib.stride_tricks.sliding_window_view(ids, context + 1)
    return pieces[:, :-1], pieces[:, 1:]


def some(network, X, y, many):
    """The network on `many` of its examples and on `many` of X, y, drawn once and for all."""
    rng = np.random.default_rng(0)
    seen = rng.choice(network.n, min(many, network.n), replace=False)
    unseen = rng.choice(len(X), min(many, len(X)), replace=False)
    own = network.X.numpy()[seen], network.y.numpy()[seen]
    return network.on(*own), network.on(X[unseen], y[unseen])


# ---- The networks ----------------------------------------------------------------------------


def pooling_cnn(side):
    """As `nets.cnn`, but each convolution keeps the side and a 2×2 maximum halves it."""

    def make():
        layers = []
        for inputs, outputs in ((1, 8), (8, 16)):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 10))

    return make


class Block(nn.Module):
    """Causal self-attention and a perceptron, each added to what comes in."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        wide, narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.mlp = nn.Sequential(wide, nn.GELU(), narrow)

    def forward(self, x):
        batch, context, width = x.shape
        split = batch, context, 3, self.heads, width // self.heads
        q, k, v = self.qkv(self.norm(x)).reshape(split).permute(2, 0, 3, 1, 4)
        score = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        future = torch.ones(context, context, dtype=torch.bool).triu(1)
        weight = score.masked_fill(future, -torch.inf).softmax(-1)
        x = x + self.out((weight @ v).transpose(1, 2).reshape(x.shape))
        return x + self.mlp(self.mlp_norm(x))


class Transformer(nn.Module):
    """Tokens (batch, context) → logits of the next token (batch, context, size)."""

    def __init__(self, size, context, width=32, heads=4, depth=2):
        super().__init__()
        self.token, self.place = nn.Embedding(size, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, size)

    def forward(self, ids):
        x = self.token(ids) + self.place(torch.arange(ids.shape[-1]))
        return self.head(self.norm(self.blocks(x)))


# ---- The measurement -------------------------------------------------------------------------


def curve(task, networks, method, alpha, seed, keep=AT):
    """(Training losses at the iterations `keep`, the last point) of one run."""
    training, seen, _ = networks
    x = run(
        method, training.minibatch(task.batch, seed), training.initial(seed), steps=int(keep[-1]),
        keep=keep, alpha=partial(warm_up, alpha, warm=WARM_UP),
    )  # fmt: skip
    losses = np.array([seen.f(point[None])[0] for point in x], dtype=float)
    return np.where(np.isfinite(losses), losses, np.inf), x[-1]


def final(losses):
    return float(losses[-LAST:].mean())


def exponents(low, high):
    """All α tried: 10^(j/3) for whole j, the first ones from 10^low to 10^high."""
    return list(range(round(low * PER_DECADE), round(high * PER_DECADE) + 1))


def tuned(task, networks, name, keep=AT, say=print):
    """{exponent j: final loss} of the α tried: the best one has a worse one on either side."""
    method, low, high = METHODS[name]
    waiting, found = exponents(low, high), {}
    while waiting:
        for j in waiting:
            found[j] = final(curve(task, networks, method, 10 ** (j / PER_DECADE), CHOICE, keep)[0])
            say(f"  {name} α = {10 ** (j / PER_DECADE):.4g}: {found[j]:.4f}")
        best = min(found, key=found.get)
        waiting = [j for j in (best - 1, best + 1) if j not in found]
    return dict(sorted(found.items()))


def groups(mass, many=5):
    """The group 0..many − 1 of each word, frequent → rare, about equal mass (n,) in each."""
    order = np.argsort(-mass, kind="stable")
    before = np.cumsum(mass[order]) - mass[order]
    group = np.empty(len(mass), int)
    group[order] = before * many // mass.sum()
    return group


def by_frequency(networks, x, many=5):
    """The training loss of the answers, frequent → rare, in `many` groups of about equal mass."""
    training, seen, _ = networks
    group = groups(np.bincount(training.y.flatten(), minlength=int(training.y.max()) + 1), many)
    output = torch.as_tensor(seen.outputs(x[None], seen.X.numpy())[0])
    loss = nn.functional.cross_entropy(output.flatten(0, -2), seen.y.flatten(), reduction="none")
    mine = group[seen.y.flatten()]
    return [float(loss[mine == g].mean()) if (mine == g).any() else None for g in range(many)]


def measure(task, keep=AT, say=print):
    """What the file holds of one task."""
    networks = task.networks()
    result = {"task": task._asdict(), "d": networks[0].d, "n": networks[0].n, "methods": {}}
    for name, (method, *_) in METHODS.items():
        tried = tuned(task, networks, name, keep, say)
        alpha = 10 ** (min(tried, key=tried.get) / PER_DECADE)
        runs = [
            curve(task, networks, method, alpha, seed, keep) for seed in range(1, task.seeds + 1)
        ]
        result["methods"][name] = {
            "tried": {f"{10 ** (j / PER_DECADE):.4g}": short(loss) for j, loss in tried.items()},
            "alpha": alpha,
            "train": [short(losses) for losses, _ in runs],
            "held_out": [short(networks[2].f(x[None])[0]) for _, x in runs],
        }
        if isinstance(task, Text):
            result["methods"][name]["by_frequency"] = [
                short(by_frequency(networks, x)) for _, x in runs
            ]
        say(f"  {name}: {[final(losses) for losses, _ in runs]}")
    return result


def configuration():
    """All that decides the numbers, as the file records it."""
    return {
        "steps": STEPS,
        "warm_up": WARM_UP,
        "at": AT.tolist(),
        "last": LAST,
        "per_decade": PER_DECADE,
        "grids": {name: ends for name, (_, *ends) in METHODS.items()},
        "choice": CHOICE,
    }


results = partial(stored.results, NAME)


def ends(found):
    """Final losses of the runs of one method in the file: (seeds,)."""
    return np.array([final(np.array(losses)) for losses in found["train"]])


def ahead(result):
    """By how much the loss of SGD exceeds Adam's, frequent → rare answers: (seeds, groups)."""
    sgd, adams = (np.array(result["methods"][name]["by_frequency"]) for name in ("SGD", "Adam"))
    return sgd - adams


def match(result, resamples=1000):
    """When Adam gets where SGD ends: (k, ends of its band, share of the decrease).

    k is where the loss of a run of Adam that is stopped there, `final`, falls to SGD's; straight
    between the iterations kept, the mean over seeds, inf if never. The band holds 95 % of bootstrap
    samples of whole seeds, SGD and Adam together. The share is SGD's decrease divided by Adam's.
    """
    sgd, adams = ends(result["methods"]["SGD"]), np.array(result["methods"]["Adam"]["train"])
    stops = np.array([[final(c[: j + 1]) for j in range(LAST - 1, len(c))] for c in adams])
    seeds, start = len(sgd), adams[:, 0].mean()
    weights = np.random.default_rng(0).multinomial(seeds, [1 / seeds] * seeds, size=resamples)
    each = [_crossing(w @ stops / seeds, w @ sgd / seeds) for w in weights]
    low, high = np.quantile(each, (0.025, 0.975), method="nearest")
    share = (start - sgd.mean()) / (start - stops[:, -1].mean())
    return _crossing(stops.mean(0), sgd.mean()), low, high, share


def _crossing(losses, goal):
    kept = AT[LAST - 1 :].astype(float)
    below = losses <= goal
    if not below.any():
        return np.inf
    j = max(1, below.argmax())
    return float(np.interp(-goal, -losses[j - 1 : j + 1], kept[j - 1 : j + 1]))


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), measure, sys.argv[1:])
