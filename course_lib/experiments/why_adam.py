"""SGD with momentum against Adam in one harness: words, characters and images, equal budgets.

    python -m course_lib.experiments.why_adam [TASK ...]

trains a small network on every task, or on those named. The step size is chosen from coarse to
fine: one run for every whole decade says where to begin; there, four values a decade are tried on
eight seeds, and more of them until the best one has a worse one on either side. Other seeds report.
Source: S12; Kunstner et al. (2024), Figure 1, in small.
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
GROUPS = 5  # of words, by their frequency
PER_DECADE = 4  # every α is 10^(j/4), j whole
#: Name: the method, the decades 10^low … 10^high among which the fine choice begins.
METHODS = {"SGD": (momentum, -2, 0), "Adam": (adam, -3, -1)}
#: Seeds of starting point and batches: for the choice (the coarse one has the first of them alone),
#: and the first one of a task's report.
CHOICE, FRESH = range(8), 100


class Text(NamedTuple):
    """The next token: windows of `context` tokens, every place of a window is an answer.

    seeds: how many report.
    """

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
    "shakespeare, words": Text("shakespeare", "words", 2000, 16, 16, 8),
    "ru_proverbs, words": Text("ru_proverbs", "words", 2000, 16, 16, 8),
    "shakespeare, characters": Text("shakespeare", "characters", 100, 32, 16, 8),
    "ru_proverbs, characters": Text("ru_proverbs", "characters", 100, 32, 16, 8),
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


def curves(task, networks, method, alpha, seeds, keep=AT):
    """(Training losses at the iterations `keep` (moments, seeds), the last points (seeds, d))."""
    training, seen, _ = networks
    seeds = list(seeds)
    x = run(
        method, training.minibatch(task.batch, seeds), training.initial(seeds),
        steps=int(keep[-1]), keep=keep, alpha=partial(warm_up, alpha, warm=WARM_UP),
    )  # fmt: skip
    losses = np.asarray(seen.f(x), dtype=float)
    return np.where(np.isfinite(losses), losses, np.inf), x[-1]


def final(losses):
    """The final loss of the losses (moments, …) of a run: (…)."""
    return losses[-LAST:].mean(0)


def best(tried):
    """The key j of {j: final losses (seeds,)} with the smallest mean."""
    return min(tried, key=lambda j: tried[j].mean())


def tuned(task, networks, name, keep=AT, say=print):
    """{j: final losses (seeds,)} of the α = 10^(j/4) tried, of the coarse choice and of the fine.

    In the fine one the best has a worse one on either side.
    """
    method, low, high = METHODS[name]

    def losses(j, seeds):
        alpha = 10 ** (j / PER_DECADE)
        found = final(curves(task, networks, method, alpha, seeds, keep[-LAST:])[0])
        say(f"  {name} α = {alpha:.4g}: {found.mean():.4f}, {len(found)} seeds")
        return found

    decades = range(low * PER_DECADE, high * PER_DECADE + 1, PER_DECADE)
    coarse = {j: losses(j, CHOICE[:1]) for j in decades}
    first = best(coarse)
    waiting, fine = [first - 1, first, first + 1], {}
    while waiting:
        fine |= {j: losses(j, CHOICE) for j in waiting}
        waiting = [j for j in (best(fine) - 1, best(fine) + 1) if j not in fine]
    return coarse, dict(sorted(fine.items()))


def groups(mass, many=GROUPS):
    """The group 0..many − 1 of each word, frequent → rare, about equal mass (n,) in each."""
    order = np.argsort(-mass, kind="stable")
    before = np.cumsum(mass[order]) - mass[order]
    group = np.empty(len(mass), int)
    group[order] = before * many // mass.sum()
    return group


def by_frequency(networks, x):
    """The training loss of the answers, frequent → rare, by `groups`; None of an empty one."""
    training, seen, _ = networks
    group = groups(np.bincount(training.y.flatten(), minlength=int(training.y.max()) + 1))
    output = torch.as_tensor(seen.outputs(x[None], seen.X.numpy())[0])
    loss = nn.functional.cross_entropy(output.flatten(0, -2), seen.y.flatten(), reduction="none")
    mine = group[seen.y.flatten()]
    return [float(loss[mine == g].mean()) if (mine == g).any() else None for g in range(GROUPS)]


def measure(task, keep=AT, say=print):
    """What the file holds of one task."""
    networks = task.networks()
    result = {"task": task._asdict(), "d": networks[0].d, "n": networks[0].n, "methods": {}}
    for name, (method, *_) in METHODS.items():
        coarse, fine = tuned(task, networks, name, keep, say)
        alpha = 10 ** (best(fine) / PER_DECADE)
        losses, x = curves(task, networks, method, alpha, range(FRESH, FRESH + task.seeds), keep)
        result["methods"][name] = {
            "coarse": in_file(coarse),
            "tried": in_file(fine),
            "alpha": alpha,
            "train": short(losses.T),
            "held_out": short(networks[2].f(x)),
        }
        if isinstance(task, Text):
            by_frequency_of = [short(by_frequency(networks, point)) for point in x]
            result["methods"][name]["by_frequency"] = by_frequency_of
        say(f"  {name}: {final(losses)}")
    return result


def in_file(tried):
    """{α: losses} as the file has it."""
    return {f"{10 ** (j / PER_DECADE):.4g}": short(losses) for j, losses in tried.items()}


def configuration():
    """All that decides the numbers, as the file records it."""
    return {
        "steps": STEPS,
        "warm_up": WARM_UP,
        "at": AT.tolist(),
        "last": LAST,
        "per_decade": PER_DECADE,
        "grids": {name: ends for name, (_, *ends) in METHODS.items()},
        "choice": list(CHOICE),
        "fresh": FRESH,
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
