"""A network is a finite sum like any other, and training it is what torch.optim does."""

import pickle
import re
from copy import deepcopy
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import (
    FiniteSum,
    adadelta,
    adagrad,
    adam,
    adam_l2,
    adamw,
    amsgrad,
    datasets,
    gd,
    gd_armijo,
    momentum,
    nesterov,
    nets,
    rmsprop,
    run,
)  # fmt: skip

METHODS = (gd, gd_armijo, momentum, nesterov, adagrad, rmsprop, adadelta, adam, amsgrad, adam_l2,
           adamw)  # fmt: skip
RNG = np.random.default_rng(0)


class Tokens(nn.Module):
    """Integers in, a distribution at every place out; a parameter and a constant of its own."""

    def __init__(self, words=7, places=4, width=5):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.place = nn.Parameter(torch.randn(places, width))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, words)
        self.register_buffer("mask", torch.ones(places, places).tril())

    def forward(self, X):
        h = self.embed(X) + self.place
        return self.out(self.norm(self.mask @ h))


def smooth():
    """Without kinks: a ReLU's gradient jumps, and there rounding becomes visible."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    )


def squares(output, y):
    return ((output[..., 0] - y) ** 2).mean()


IMAGES = RNG.random((40, 1, 8, 8)), RNG.integers(10, size=40)
CASES = {
    "mlp": (nets.mlp(64, 6, 10), *IMAGES),
    "μP": (nets.mlp(64, 6, 6, 10, base=3), *IMAGES),
    "cnn": (nets.cnn(8, channels=(2, 3)), *IMAGES),
    "tokens": (Tokens, RNG.integers(7, size=(40, 4)), RNG.integers(7, size=(40, 4))),
    "squares": (nets.mlp(3, 4, 1, activation=nn.Tanh), RNG.normal(size=(40, 3)),
                RNG.normal(size=40), squares),
}  # fmt: skip
BATCH = np.arange(5)


@pytest.fixture(params=CASES)
def network(request):
    return nets.Network(*CASES[request.param])


def point(network, *runs):
    return network.initial(np.arange(int(np.prod(runs))).reshape(runs), dtype=np.float64)


def plain(network, x, i):
    """Loss and gradient of the examples i at x (d,) by torch's own tools."""
    module = network.module(torch.tensor(x))
    X, y = (a[i].to(torch.float64) if a.is_floating_point() else a[i]
            for a in (network.X, network.y))  # fmt: skip
    loss = network.loss(module(X), y)
    (loss + sum(0 * p.sum() for p in module.parameters())).backward()  # unused: 0, not None
    gradient = torch.cat([p.grad.flatten() for p in module.parameters()])
    return loss.item(), gradient.numpy()


# ---- The problem ---------------------------------------------------------------------------------


def test_it_is_a_finite_sum(network):
    assert isinstance(network, FiniteSum)
    assert network.n == network.cost == 40
    assert network.d == sum(p.numel() for p in network.module(point(network)).parameters())
    assert network.L is network.mu is network.x_star is network.f_star is None


def test_loss_and_gradient_of_a_batch_are_torch_s(network):
    x = point(network)
    loss, gradient = plain(network, x, BATCH)
    assert network.f_batch(x, BATCH) == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(network.grad_batch(x, BATCH), gradient, atol=1e-14)


def test_grad_is_the_derivative_of_f(network):
    x, h = point(network), 1e-6
    for _ in range(5):
        direction = RNG.normal(size=network.d)
        rise = (network.f(x + h * direction) - network.f(x - h * direction)) / (2 * h)
        assert network.grad(x) @ direction == pytest.approx(rise, rel=1e-4, abs=1e-7)


def test_f_and_grad_are_means_over_all_examples(network):
    x = point(network)
    one = [(network.f_batch(x, np.array([i])), network.grad_batch(x, np.array([i])))
           for i in range(network.n)]  # fmt: skip
    np.testing.assert_allclose(network.f(x), np.mean([f for f, _ in one]), rtol=1e-12)
    np.testing.assert_allclose(network.grad(x), np.mean([g for _, g in one], axis=0), atol=1e-13)


@pytest.mark.parametrize("runs", [(1,), (3,), (2, 3)])
@pytest.mark.parametrize("axes", ["shared", "own"])
def test_runs_together_equal_single_runs(network, runs, axes):
    x = point(network, *runs)
    shape = (5, *(1,) * len(runs)) if axes == "shared" else (5, *runs)
    i = RNG.integers(40, size=shape)
    f, g = network.f_batch(x, i), network.grad_batch(x, i)
    assert f.shape == runs
    assert g.shape == x.shape
    for r in np.ndindex(*runs):
        loss, gradient = plain(network, x[r], (i + np.zeros(runs, int))[(slice(None), *r)])
        assert f[r] == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(g[r], gradient, atol=1e-14)
    np.testing.assert_allclose(network.f(x).ravel(),
                               [network.f(p) for p in x.reshape(-1, network.d)])  # fmt: skip


def test_a_sweep_of_steps_shares_the_seeds_batches(network):
    """Steps (2, 1) beside seeds (3,): indices (batch, 1, 3) serve both rows."""
    x, i = point(network, 2, 3), RNG.integers(40, size=(5, 1, 3))
    together = network.grad_batch(x, i)
    for row in range(2):
        np.testing.assert_allclose(together[row], network.grad_batch(x[row], i[:, 0]), atol=1e-14)


def test_pieces_change_nothing_but_rounding(network, monkeypatch):
    x, i = point(network, 4), RNG.integers(40, size=(5, 4))
    whole = [network.f(x), network.grad(x), network.grad_batch(x, i), network.accuracy(x)]
    monkeypatch.setattr(nets, "BLOCK", 2 * network._activations)
    parts = [network.f(x), network.grad(x), network.grad_batch(x, i), network.accuracy(x)]
    for came, expected in zip(parts, whole, strict=True):
        np.testing.assert_allclose(came, expected, rtol=1e-12, atol=1e-14)


def test_minibatches_are_those_of_every_finite_sum(network):
    other = FiniteSum(None, None, network.n, network.d)
    for mine, theirs in (
        (network.minibatch(5, [3, 4]), other.minibatch(5, [3, 4])),
        (network.reshuffle(5, [3, 4]), other.reshuffle(5, [3, 4])),
    ):
        np.testing.assert_array_equal(mine.batches(6), theirs.batches(6))
        x = point(network, 2)
        np.testing.assert_array_equal(mine.grad(x), network.grad_batch(x, theirs.batches(1)[0]))


# ---- Kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_stay_arrays_and_tensors_tensors(network, dtype):
    x = network.initial(range(2), dtype=dtype)
    before = x.copy()
    i = RNG.integers(40, size=(5, 2))
    t = torch.tensor(x)
    for mine, theirs in (
        (network.f(x), network.f(t)),
        (network.grad(x), network.grad(t)),
        (network.grad_batch(x, i), network.grad_batch(t, torch.tensor(i))),
        (network.outputs(x, network.X), network.outputs(t, network.X)),
    ):
        assert isinstance(mine, np.ndarray)
        assert isinstance(theirs, torch.Tensor)
        assert mine.dtype == dtype == theirs.numpy().dtype
        assert not theirs.requires_grad
        np.testing.assert_array_equal(mine, theirs.numpy())
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_a_network(method):
    network = nets.Network(*CASES["mlp"])
    x0 = network.initial([0, 1])
    mini = network.minibatch(20, [0, 1])
    xs = run(method, mini, x0, steps=30)
    assert xs.dtype == np.float32
    assert (network.f(xs[-1]) < network.f(xs[0])).all()
    assert xs.tobytes() == run(method, mini, x0, steps=30).tobytes()
    one = run(method, network.minibatch(20, 1), x0[1], steps=3)
    np.testing.assert_allclose(xs[:4, 1], one, atol=1e-4)


def test_a_run_that_diverges_leaves_the_others_alone():
    network = nets.Network(*CASES["mlp"])
    x0 = network.initial(0, dtype=np.float64)
    both = run(gd, network.minibatch(5, 0), x0, steps=30, alpha=[0.1, 1e30])
    alone = run(gd, network.minibatch(5, 0), x0, steps=30, alpha=0.1)
    assert network.f(both[-1, 1]) > 1e20
    np.testing.assert_allclose(both[:, 0], alone, atol=1e-12)


def test_mup_is_a_step_for_each_layer():
    """Table 3 of the paper: in units of the base, W starts with variance 1/n and in the last layer
    with 1/n², and Adam's step is α/n where the input has width n."""
    n, alpha, eps, scales = 12, 0.02, 1e-3, (1, 1 / 4, 1 / 4)
    ours = nets.Network(nets.mlp(64, n, n, 10, base=3, activation=nn.Tanh), *IMAGES)
    plain = nets.Network(nets.mlp(64, n, n, 10, activation=nn.Tanh), *IMAGES)
    module = plain.module(plain.initial(0, np.float64))
    layers = [layer for layer in module if isinstance(layer, nn.Linear)]
    layers[-1].weight.data *= 0.5
    groups = [{"params": [layer.bias]} for layer in layers]
    groups += [{"params": [layer.weight], "lr": alpha * s, "eps": eps / s}
               for layer, s in zip(layers, scales, strict=True)]  # fmt: skip
    optimizer, losses = torch.optim.Adam(groups, lr=alpha, eps=eps), []
    X, y = torch.tensor(IMAGES[0]), torch.tensor(IMAGES[1])
    for _ in range(20):
        optimizer.zero_grad()
        losses.append(nn.functional.cross_entropy(module(X), y))
        losses[-1].backward()
        optimizer.step()
    xs = run(adam, ours, ours.initial(0, np.float64), steps=19, alpha=alpha, eps=eps)
    np.testing.assert_allclose(ours.f(xs), [loss.item() for loss in losses], rtol=1e-6)


def test_mup_at_the_base_width_is_the_plain_network():
    plain, base = (nets.Network(nets.mlp(64, 6, 6, 10, base=b), *IMAGES) for b in (None, 6))
    x = plain.initial(0)
    np.testing.assert_array_equal(base.initial(0), x)
    np.testing.assert_array_equal(base.grad(x), plain.grad(x))
    with pytest.raises(ValueError, match="base: expected an integer"):
        nets.mlp(64, 6, 10, base=0)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: nets.mlp(64), r"sizes: expected inputs, hidden…, outputs; got \(64,\)"),
        (lambda: nets.mlp(64, 0, 10), "sizes: expected an integer ≥ 1; got 0"),
        (lambda: nets.mlp(64, 2.5, 10), "sizes: expected an integer ≥ 1; got 2.5"),
        (lambda: nets.mlp(10**5, 10**5), "sizes: expected at most .* 100000 × 100000"),
        (lambda: nets.mlp(2, 3, 2, activation="relu"), "activation: expected a class of torch.nn"),
        (lambda: nets.cnn("8"), "side: expected an integer ≥ 1; got '8'"),
        (lambda: nets.cnn(8, 16), "channels: expected a list of integers ≥ 1; got 16"),
        (lambda: nets.cnn(8, (8, 0)), "channels: expected an integer ≥ 1; got 0"),
    ],
)
def test_sizes_that_no_network_has_are_named(made, text):
    with pytest.raises(ValueError, match=text):
        made()


# ---- The flat vector -----------------------------------------------------------------------------


def test_initial_is_the_model_s_own_after_a_seed(network):
    state = torch.get_rng_state()
    x = network.initial([[5, 0], [7, 5]])
    assert torch.equal(torch.get_rng_state(), state), "the generator of others is left alone"
    assert x.shape == (2, 2, network.d)
    torch.manual_seed(7)
    module = network._model()
    torch.set_rng_state(state)
    expected = nn.utils.parameters_to_vector(module.parameters()).detach().numpy()
    np.testing.assert_array_equal(x[1, 0], expected)
    np.testing.assert_array_equal(x[0, 0], x[1, 1])
    assert (x[0, 0] != x[0, 1]).any()
    assert network.initial(5).shape == (network.d,)


def test_the_vector_and_the_parameters(network):
    x = point(network, 2)
    parameters = network.unflatten(x)
    module = network.module(x[1])
    for name, p in module.named_parameters():
        assert parameters[name].shape == (2, *p.shape)
        np.testing.assert_array_equal(parameters[name][1], p.detach().numpy())
    np.testing.assert_array_equal(network.flatten(module), x[1])
    before = x.copy()
    with torch.no_grad():
        next(module.parameters()).add_(1)
    np.testing.assert_array_equal(x, before)


def test_accuracy_and_outputs():
    network = nets.Network(*CASES["mlp"])
    x = point(network, 3)
    outputs = network.outputs(x, network.X)
    assert outputs.shape == (3, 40, 10)
    right = (outputs.argmax(-1) == network.y.numpy()).mean(-1)
    np.testing.assert_allclose(network.accuracy(x), right)
    half = network.on(network.X[:20], network.y[:20])
    np.testing.assert_allclose(half.accuracy(x), (outputs.argmax(-1)[:, :20]
                               == network.y.numpy()[:20]).mean(-1))  # fmt: skip
    assert half.n == 20


def test_wrong_points_and_seeds_are_named():
    network = nets.Network(nets.mlp(64, 10), *IMAGES)
    for bad in (-1, 0.5, [1, -2], 2**64):
        with pytest.raises(ValueError, match="seed: expected integers"):
            network.initial(bad)
    for bad in (np.zeros(3), np.zeros(network.d, int), np.zeros((2, 2 * network.d))):
        with pytest.raises(ValueError, match="x: expected real numbers of shape"):
            network.f(bad)
    for call in (network.module, network.unflatten, network.accuracy):
        with pytest.raises(ValueError, match=r"x: expected real numbers .*\(3,\)"):
            call(np.zeros(3))
    for bad in (np.zeros(network.d, np.longdouble), None):
        with pytest.raises(ValueError, match="x: expected real numbers"):
            network.f(bad)
    with pytest.raises(ValueError, match="X: expected examples that the model takes; got shape"):
        network.outputs(network.initial([0, 1]), np.zeros((3, 5)))
    with pytest.raises(ValueError, match="seed: expected at most"):
        network.initial(range(10**8))
    with pytest.raises(ValueError, match="x0: expected numbers of shape"):
        run(gd, network, np.zeros(3))


# ---- A model is judged by what it does -----------------------------------------------------------


class Own(nn.Module):
    """A forward of one's own, (module, X) → output, and the layers and constants it uses."""

    def __init__(self, forward, **parts):
        super().__init__()
        for name, part in parts.items():
            if type(part) is torch.Tensor:
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)
        self.own = forward

    def forward(self, X):
        return self.own(self, X)


def own(forward, **makers):
    """The model of an `Own`: its layers are made anew at each call."""
    return lambda: Own(forward, **{name: make() for name, make in makers.items()})


def chain(*makers):
    return lambda: nn.Sequential(*(make() for make in makers))


def tied():
    """Two layers, one matrix."""
    layers = nn.Linear(4, 4), nn.Linear(4, 4)
    layers[1].weight = layers[0].weight
    return nn.Sequential(*layers)


def first(output, y):
    """Of a cell's outputs, one for each example."""
    return nets.cross_entropy(output[0], y)


def last(output, y):
    """Of a recurrent layer's outputs, the one at the last time."""
    return nets.cross_entropy(output[0][:, -1], y)


def summed(output, y):
    return nn.functional.cross_entropy(output, y, reduction="sum")


def one_by_one(output, y):
    return nn.functional.cross_entropy(output, y, reduction="none")


def in_place(output, y):
    return nets.cross_entropy(output.mul_(2), y.mul_(0))


LINEAR = partial(nn.Linear, 4, 3)
RNNS = {kind: partial(getattr(nn, kind), 4, 3, batch_first=True) for kind in ("RNN", "GRU", "LSTM")}
ATTENTION = partial(nn.TransformerEncoderLayer, 4, 2, 8, batch_first=True)
HEAD = nn.Flatten, partial(nn.Linear, 20, 3)
ROWS, SERIES = RNG.normal(size=(40, 4)), RNG.normal(size=(40, 5, 4))
WORDS, CLASSES = RNG.integers(7, size=(40, 4)), RNG.permutation(np.arange(40) % 3)
ACCEPTED = {
    "unused layer": (own(lambda m, X: m.a(X), a=LINEAR, b=LINEAR), ROWS),
    "detached": (own(lambda m, X: m.a(X).detach() + m.b(X), a=LINEAR, b=LINEAR), ROWS),
    "all detached": (own(lambda m, X: m.a(X).detach(), a=LINEAR), ROWS),
    **{kind: (make, SERIES, last) for kind, make in RNNS.items()},
    "LSTMCell": (partial(nn.LSTMCell, 4, 3), ROWS, first),
    "GRU inside": (own(lambda m, X: m.a(m.gru(X)[0][:, -1]), gru=partial(nn.GRU, 4, 4,
                       batch_first=True), a=LINEAR), SERIES),
    "Dropout(0)": (chain(LINEAR, partial(nn.Dropout, 0.0)), ROWS),
    "Dropout, eval": (lambda: chain(LINEAR, nn.Dropout)().eval(), ROWS),
    "BatchNorm, eval": (lambda: chain(LINEAR, partial(nn.BatchNorm1d, 3))().eval(), ROWS),
    "attention": (chain(partial(ATTENTION, dropout=0.0), *HEAD), SERIES),
    "attention, eval": (lambda: chain(ATTENTION, *HEAD)().eval(), SERIES),
    "InstanceNorm": (chain(partial(nn.InstanceNorm2d, 1), nets.mlp(64, 3)), IMAGES[0]),
    "ReLU in place": (chain(partial(nn.ReLU, inplace=True), LINEAR), ROWS),
    "X in place": (own(lambda m, X: m.a(X.mul_(0.5)), a=LINEAR), ROWS),
    "loss in place": (LINEAR, ROWS, in_place),
    "x in place": (chain(partial(nn.Embedding, 7, 3, max_norm=0.1), nets.mlp(12, 3)), WORDS),
    "number": (own(lambda m, X: m.t * m.a(X), a=LINEAR,
                   t=lambda: nn.Parameter(torch.tensor(2.0))), ROWS),
    "sparse": (chain(partial(nn.Embedding, 7, 3, sparse=True), nets.mlp(12, 3)), WORDS),
    "lazy": (chain(partial(nn.LazyLinear, 5), nn.Tanh, partial(nn.LazyLinear, 3)), ROWS),
    "tied": (tied, ROWS),
    "float64": (own(lambda m, X: m.a(X) * m.c, a=LINEAR,
                    c=lambda: torch.tensor(0.1, dtype=torch.float64)), ROWS),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_torch_s_for_one_run_and_many_and_changes_nothing(name):
    model, X, *loss = ACCEPTED[name]
    network = nets.Network(model, X, CLASSES, *loss)
    data, x, i = (network.X.clone(), network.y.clone()), point(network, 3), RNG.integers(40, size=8)
    network.f(network.initial())  # float32 first: nothing is rounded for good
    before = x.copy()
    each = [plain(network, p.copy(), i) for p in x]
    f, gradient = np.array([f for f, _ in each]), np.array([g for _, g in each])
    for come in (i, i[:, None], np.stack([i] * 3, axis=1)):  # shared by the runs, and each its own
        np.testing.assert_allclose(network.f_batch(x, come), f, rtol=1e-12)
        np.testing.assert_allclose(network.grad_batch(x, come), gradient, atol=1e-14)
    np.testing.assert_allclose([network.f_batch(p, i) for p in x], f, rtol=1e-12)
    np.testing.assert_allclose([network.grad_batch(p, i) for p in x], gradient, atol=1e-14)
    np.testing.assert_allclose(network.grad(x), [network.grad(p) for p in x], atol=1e-14)
    assert run(gd, network.minibatch(5, [0, 1]), network.initial([0, 1]), 2).shape[1] == 2
    assert torch.equal(network.X, data[0])
    assert torch.equal(network.y, data[1])
    np.testing.assert_array_equal(x, before)


DATA = {
    "bool": (ROWS, CLASSES > 0, ROWS, (CLASSES > 0).astype(int)),
    "uint8": (ROWS, CLASSES.astype(np.uint8), ROWS, CLASSES),
    "int32": (ROWS, torch.tensor(CLASSES, dtype=torch.int32), ROWS, CLASSES),
    "lists": (ROWS.tolist(), CLASSES.tolist(), ROWS, CLASSES),
    "big-endian": (ROWS.astype(">f8"), CLASSES.astype(">i4"), ROWS, CLASSES),
    "reversed": (ROWS[::-1], CLASSES[::-1], ROWS[::-1].copy(), CLASSES[::-1].copy()),
    "float16": (ROWS.astype(np.float16), CLASSES, ROWS.astype(np.float16).astype(float), CLASSES),
}


@pytest.mark.parametrize("name", DATA)
def test_data_of_any_kind_are_those_numbers(name):
    X, y, same_X, same_y = DATA[name]
    network, same = nets.Network(LINEAR, X, y), nets.Network(LINEAR, same_X, same_y)
    for x in (point(same), point(same, 3)):
        np.testing.assert_array_equal(network.f(x), same.f(x))
        np.testing.assert_array_equal(network.grad(x), same.grad(x))
        np.testing.assert_array_equal(network.outputs(x, X), same.outputs(x, same_X))


NO_SUM, TAKES = "model: f must be a function of x and the mean", "expected .* takes; got "
REFUSED = {
    "not a function": (LINEAR(), ROWS, "model: expected a function that makes an"),
    "no module": (lambda: 3, ROWS, "model: expected a function that makes an"),
    "one module": (partial([LINEAR()].__getitem__, 0), ROWS, "model: expected a new nn.Module"),
    "no parameters": (nn.Flatten, ROWS, "model: expected parameters"),
    "frozen": (lambda: LINEAR().requires_grad_(False), ROWS, "model: .* got weight, bias"),
    "dropout": (chain(LINEAR, nn.Dropout), ROWS, NO_SUM),
    "rare dropout": (chain(LINEAR, partial(nn.Dropout, 1e-9)), ROWS, NO_SUM),
    "F.dropout": (own(lambda m, X: nn.functional.dropout(m.a(X)), a=LINEAR), ROWS, NO_SUM),
    "RReLU": (chain(LINEAR, nn.RReLU), ROWS, NO_SUM),
    "attention": (chain(partial(ATTENTION, dropout=0.5), *HEAD), SERIES, NO_SUM),
    "counts": (own(lambda m, X: m.a(X) * m.c.add_(1), a=LINEAR, c=lambda: torch.zeros(())), ROWS,
               NO_SUM),
    "BatchNorm": (chain(LINEAR, partial(nn.BatchNorm1d, 3)), ROWS, NO_SUM),
    "BatchNorm2d": (chain(partial(nn.BatchNorm2d, 1), nets.mlp(64, 3)), IMAGES[0], NO_SUM),
    "time first": (partial(nn.RNN, 4, 3), SERIES, NO_SUM, CLASSES, last),
    "sum": (LINEAR, ROWS, NO_SUM, CLASSES, summed),
    "n × n": (partial(nn.Linear, 4, 1), ROWS, NO_SUM, ROWS[:, 0],
              lambda output, y: ((output - y) ** 2).mean()),
    "one by one": (LINEAR, ROWS, "loss: expected one number", CLASSES, one_by_one),
    "cut off": (LINEAR, ROWS, "loss: expected one number", CLASSES,
                lambda output, y: first([output], y).item()),
    "labels from 1": (LINEAR, ROWS, f"y: {TAKES}torch.int64 1…3 .*out of bounds", CLASSES + 1),
    "float labels": (LINEAR, ROWS, f"y: {TAKES}torch.float64 0…2 of shape", CLASSES / 1),
    "tokens": (partial(nn.Embedding, 6, 3), WORDS, f"X: {TAKES}torch.int64 0…6 of shape"),
    "uint8 pixels": (nets.mlp(64, 3), np.ones((40, 64), np.uint8), f"X: {TAKES}"),
    "bool pixels": (LINEAR, ROWS > 0, f"X: {TAKES}"),
    "width": (partial(nn.Linear, 5, 3), ROWS, f"X: {TAKES}"),
    "lazy": (partial(nn.LazyLinear, 3), WORDS, f"X: {TAKES}"),
    "nan": (LINEAR, np.where(ROWS > 1, np.nan, ROWS), "X: expected finite real numbers"),
    "complex": (LINEAR, ROWS * 1j, "X: expected finite real numbers"),
    "objects": (LINEAR, ROWS.astype(object), "X: expected finite real numbers"),
    "ragged": (LINEAR, [[1], [1, 2]], "X: expected finite real numbers"),
    "empty": (LINEAR, ROWS[:0], "X: expected finite real numbers", CLASSES[:0]),
    "number": (LINEAR, 3.0, "X: expected finite real numbers"),
    "texts": (LINEAR, ROWS, "y: expected finite real numbers", CLASSES.astype(str)),
    "lengths": (LINEAR, ROWS, "X, y: expected the same length n; got 40 and 39", CLASSES[1:]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_finite_sum_is_refused_by_name(name):
    model, X, message, *rest = REFUSED[name]
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match=message):
        nets.Network(model, X, *(rest or [CLASSES]))
    assert torch.equal(torch.get_rng_state(), state)


def test_outputs_are_one_tensor_or_refused_by_name():
    network = nets.Network(RNNS["LSTM"], SERIES, CLASSES, last)
    for ask in (network.accuracy, lambda x: network.outputs(x, SERIES)):
        with pytest.raises(ValueError, match="model: expected one tensor as output; got tuple"):
            ask(point(network))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_where_torch_s_are_off(mode):
    network = nets.Network(LINEAR, ROWS, CLASSES)
    x, i = point(network, 2), RNG.integers(40, size=(5, 2))
    expected = [torch.tensor(network.grad(p)) for p in (x[0], x)]
    with mode():
        there = nets.Network(LINEAR, torch.tensor(ROWS), CLASSES)
        for given in (x, x[0], torch.tensor(x)):
            assert torch.equal(torch.as_tensor(there.grad(given)), expected[given.ndim - 1])
        np.testing.assert_array_equal(there.grad_batch(x, i), network.grad_batch(x, i))
    np.testing.assert_array_equal(there.grad(x), network.grad(x))


@pytest.mark.parametrize("copied", [deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
@pytest.mark.parametrize("model", [nets.mlp(64, 5, 10), nets.cnn(8), smooth])
def test_a_copy_is_the_same_network(copied, model):
    network = nets.Network(model, *IMAGES, name="own")
    x = point(network, 2)
    network.grad(x)
    copy = copied(network)
    assert repr(copy) == repr(network)
    np.testing.assert_array_equal(copy.grad(x), network.grad(x))
    np.testing.assert_array_equal(copy.initial(3), network.initial(3))


# ---- Beside torch.optim --------------------------------------------------------------------------

ALPHA, LAM = 2**-10, 2**-6  # 1 − αλ, a factor of torch's AdamW, is then exact in float32 too
OPTIMIZERS = {
    "gd": (gd, 0.05, {}, lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (momentum, 0.02, {}, lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)),
    "adam": (adam, ALPHA, {}, lambda p: torch.optim.Adam(p, lr=ALPHA)),
    "adamw": (adamw, ALPHA, {"lam": LAM},
              lambda p: torch.optim.AdamW(p, lr=ALPHA, weight_decay=LAM)),
}  # fmt: skip


def by_torch(network, x0, batches, make):
    """The trajectory of torch's own training loop: a module, an optimizer, backward, step."""
    module = network.module(x0)
    optimizer = make(module.parameters())
    X, y = network.X.to(torch.from_numpy(x0).dtype), network.y
    trajectory = [network.flatten(module).copy()]
    for i in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(X[i]), y[i]).backward()
        optimizer.step()
        trajectory.append(network.flatten(module).copy())
    return np.array(trajectory)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("model", "dtype", "tolerance"),
    [
        (nets.mlp(64, 16, 10, activation=nn.Tanh), np.float32, 1e-6),
        (smooth, np.float32, 1e-6),
        (nets.mlp(64, 16, 10), np.float64, 1e-10),
        (nets.cnn(8, channels=(4, 8)), np.float64, 1e-10),
    ],
    ids=["mlp, float32", "cnn, float32", "mlp, float64", "cnn, float64"],
)
def test_200_steps_are_those_of_torch_optim(name, model, dtype, tolerance):
    method, alpha, hyper, make = OPTIMIZERS[name]
    network = nets.Network(model, *datasets.images("digits")[0])
    x0 = network.initial(3, dtype=dtype)
    one = network.minibatch(16, seed=5)
    expected = by_torch(network, x0, one.batches(200), make)
    assert abs(expected[-1] - expected[0]).max() > 0.05, "the weights have moved"
    alone = run(method, one, x0, steps=200, alpha=alpha, **hyper)
    np.testing.assert_allclose(alone, expected, rtol=0, atol=tolerance)
    two = run(method, network.minibatch(16, seed=[4, 5]), x0, steps=200, alpha=alpha, **hyper)
    np.testing.assert_allclose(two[:, 1], expected, rtol=0, atol=tolerance)


# ---- The house -----------------------------------------------------------------------------------


def test_only_nets_imports_torch():
    """Experiments define networks of their own; nothing in the library imports an experiment."""
    package = Path(nets.__file__).parent
    texts = {path: path.read_text("utf-8") for path in package.rglob("*.py")
             if "experiments" not in path.parts}  # fmt: skip
    torch_s = re.compile(r"^\s*(import|from) torch\b", re.MULTILINE)
    assert [path.name for path, text in texts.items() if torch_s.search(text)] == ["nets.py"]
    uses = re.compile(r"^\s*(import|from) course_lib\.experiments\b", re.MULTILINE)
    assert not [path.name for path, text in texts.items() if uses.search(text)]
