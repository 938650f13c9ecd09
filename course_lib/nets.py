"""Networks as problems: a torch model, its loss and its data are f(x) over one flat vector.

Every method of the course trains a network unchanged: `Network` is a finite sum like any other,
with the same minibatches, and axes of x before the last one are runs, computed together. This is
the only module of the library that imports torch. A point may be a NumPy array or a tensor, float32
or float64; what comes back is of the same kind, and torch does the work.

No layer is known by name: what a model does on a few examples decides whether f is a function of x
and the mean of its summands, and whether torch can compute many runs in one call.
"""

import warnings
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import pairwise, product

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from course_lib.arguments import check_integer, check_seeds, check_size
from course_lib.arrays import namespace, once_a_dtype
from course_lib.problems import FiniteSum

BLOCK = 2**22  # numbers in the activations of one piece of work; more would leave the cache
_NO_SUM = (
    "model: f must be a function of x and the mean of its summands (no dropout, no batch norm)"
)


def cross_entropy(output, y):
    """Mean of −log softmax(output)[y]: output (..., classes), y (...) integers."""
    return nn.functional.cross_entropy(output.flatten(0, -2), y.flatten())


class Network(FiniteSum):
    """f(x) = (1/n) Σ loss(model_x(X_i), y_i), x all parameters of the model in one vector.

    model: a function without arguments that makes a new `nn.Module` (its class will do). f must be
        a function of x (no dropout) and the mean of its summands (no batch normalisation); in a
        module in `.eval()` both are harmless. What recurrent layers do is computed run by run.
    X, y: examples and answers, finite, arrays or tensors whose first axis has length n; integers
        and bools become int64 (tokens, classes from 0), other numbers take the dtype of x. They
        are copied, and stay what they are even where a model or a loss works in place.
    loss: (outputs, answers) → the mean over a batch.

    x has the parameters in the order of `model().parameters()`; `initial` makes starting points,
    `unflatten` gives x its shapes back. Where torch sees no way from a parameter to the loss (an
    unused layer, `.detach()`), ∇f is 0. Nothing is known of f: L, mu, x_star, f_star are None.
    Raises ValueError that names the argument, what came and what is allowed. Source: S14.

    >>> X, y = np.random.default_rng(0).normal(size=(50, 2)), np.arange(50) % 2
    >>> network = Network(mlp(2, 8, 2), X, y)
    >>> network
    <network: n = 50, d = 42>
    >>> x0 = network.initial(seed=[0, 1, 2])
    >>> x0.shape, network.minibatch(5, seed=[0, 1, 2]).grad(x0).shape
    ((3, 42), (3, 42))
    """

    def __init__(self, model, X, y, loss=cross_entropy, name="network"):
        if isinstance(model, nn.Module) or not callable(model):
            raise ValueError(f"model: expected a function that makes an nn.Module; got {model!r}")
        self.X, self.y = _numbers("X", X), _numbers("y", y)
        if len(self.X) != len(self.y):
            came = f"{len(self.X)} and {len(self.y)}"
            raise ValueError(f"X, y: expected the same length n; got {came}")
        self._model, self.loss, self.name, self.n = model, loss, name, len(self.X)
        module = self._made(0)
        if module is self._made(0):
            raise ValueError("model: expected a new nn.Module at each call; got the same one twice")
        fixed = [k for k, p in module.named_parameters() if not p.requires_grad or p.is_complex()]
        if fixed or not any(True for _ in module.parameters()):
            came = ", ".join(fixed) or "none"
            raise ValueError(f"model: expected parameters, real and all trained; got {came}")
        self._shapes = {name: p.shape for name, p in module.named_parameters()}
        self._tied = len(self._shapes) < len(list(module.named_parameters(remove_duplicate=False)))
        self._sizes = [shape.numel() for shape in self._shapes.values()]
        self.d = sum(self._sizes)
        self._check()

    def __reduce__(self):
        return Network, (self._model, self.X, self.y, self.loss, self.name)

    def on(self, X, y):
        """The same network on other data: `test = network.on(X_test, y_test)`."""
        return Network(self._model, X, y, self.loss, self.name)

    # ---- The flat vector ------------------------------------------------------------------------

    def initial(self, seed=0, dtype=np.float32):
        """What the model's own initialisation gives after `torch.manual_seed(seed)`.

        seed: an integer 0 ≤ seed < 2⁶⁴, or an array of them. Returns an array (*seed.shape, d).
        """
        seed = check_seeds("seed", seed)
        check_size("seed", *seed.shape, self.d)
        if (seed >= 2**64).any():
            raise ValueError(f"seed: expected integers 0 ≤ seed < 2⁶⁴; got {seed!r}")
        points = [self.flatten(self._made(int(s))) for s in seed.flat]
        return np.array(points, dtype).reshape(*seed.shape, self.d)

    @property
    def shapes(self):
        """The shapes of the parameters, in their order in x."""
        return [tuple(shape) for shape in self._shapes.values()]

    def flatten(self, module):
        """The vector (d,) of the parameters that an `nn.Module` has now."""
        return nn.utils.parameters_to_vector(module.parameters()).detach().numpy()

    def unflatten(self, x):
        """The parameters {name: (*runs, *shape)} that x (*runs, d) holds; views, not copies."""
        self._points(x)
        parts = _split(x, self._sizes)
        shapes = self._shapes.items()
        return {k: p.reshape((*x.shape[:-1], *s)) for (k, s), p in zip(shapes, parts, strict=True)}

    def module(self, x):
        """A new `nn.Module` with the parameters x (d,), for torch's own tools."""
        point = self._points(x)
        if point.ndim > 1:
            raise ValueError(f"x: expected one point ({self.d},); got shape {tuple(point.shape)}")
        module = self._made(0).to(point.dtype)
        nn.utils.vector_to_parameters(point.clone(), module.parameters())
        return module

    # ---- The problem ----------------------------------------------------------------------------

    def f(self, x):
        """(1/n) Σ loss_i(x): (*runs, d) → (*runs,)."""
        return self._over_all(x, self._value)

    def grad(self, x):
        """(1/n) Σ ∇loss_i(x): (*runs, d) → (*runs, d)."""
        return self._over_all(x, self._value, gradient=True)

    def f_batch(self, x, i):
        """Mean loss of the examples `i` (batch, *runs) at x (*runs, d): shape (*runs,)."""
        return self._each(x, self._value, *self._examples(x, i))

    def grad_batch(self, x, i):
        """Mean gradient of the examples `i` (batch, *runs) at x (*runs, d): shape (*runs, d)."""
        return self._each(x, self._value, *self._examples(x, i), gradient=True)

    def accuracy(self, x):
        """The share of examples whose largest output is their class: (*runs, d) → (*runs,)."""

        def right(parameters, X, y):
            return (self._answers(parameters, X).argmax(-1) == y).to(torch.float64).mean()

        return self._over_all(x, right)

    def outputs(self, x, X):
        """What the networks x (*runs, d) answer to X (m, ...): shape (*runs, m, ...)."""
        X = _cast(_numbers("X", X), self._points(x).dtype)
        return self._each(x, lambda parameters, X, _: self._answers(parameters, X), X, self.y[:0])

    # ---- How it is computed ---------------------------------------------------------------------

    def _outputs(self, parameters, X):
        module = self._for(next(iter(parameters.values())))[0]
        return functional_call(module, parameters, (X,), tie_weights=self._tied)

    def _answers(self, parameters, X):
        with _refused(f"X: expected examples that the model takes; got shape {tuple(X.shape)}"):
            output = self._outputs(parameters, X)
        if not isinstance(output, torch.Tensor):
            raise ValueError(f"model: expected one tensor as output; got {type(output).__name__}")
        return output

    def _value(self, parameters, X, y):
        return self.loss(self._outputs(parameters, X), y)

    def _points(self, x):
        """x (*runs, d) as a tensor that shares its memory."""
        try:
            points = _tensor(x)
        except (TypeError, ValueError):  # objects, texts, longer numbers than torch has
            points = np.asarray(x)
        real = namespace(points) is torch and points.is_floating_point()
        if not real or points.shape[-1:] != (self.d,):
            came = f"{points.dtype} of shape {tuple(points.shape)}"
            raise ValueError(f"x: expected real numbers of shape (..., {self.d}); got {came}")
        return points

    def _each(self, x, work, X, y, gradient=False):
        """`work` (or its gradient) at every run of x (*runs, d), shape (*runs, ...).

        X, y are the same for all runs, or have an axis of runs in front.
        """
        points = self._points(x)
        runs, points = points.shape[:-1], points.reshape(-1, self.d)
        self._for(points)  # a module is not made inside vmap
        own, size = y.ndim > self.y.ndim, 1
        if len(points) > 1 and self._stacks:
            size = max(1, BLOCK // (self._activations * (X.shape[1] if own else len(X))))
        pieces = []
        for j in range(0, len(points), size):
            part = slice(j, j + size)
            data = (X[part], y[part]) if own else (X, y)
            pieces.append(self._piece(points[part], work, data, own, gradient))
        result = torch.cat(pieces).reshape((*runs, *pieces[0].shape[1:]))
        return result.numpy() if namespace(x) is np else result

    def _piece(self, points, work, data, own, gradient):
        """`work` at points (runs, d) in one call of torch; a single run needs no transform."""
        with torch.inference_mode(False), torch.set_grad_enabled(gradient):
            points, data = points.detach().clone(), [a.clone() for a in data]
            parts = self.unflatten(points if len(points) > 1 else points[0])
            leaves = {k: p.detach().requires_grad_(gradient) for k, p in parts.items()}
            if len(points) > 1:
                axis = 0 if own else None
                values = vmap(work, in_dims=(0, axis, axis))(leaves, *data)
            else:
                values = work(leaves, *(a[0] if own else a for a in data))[None]
            if not gradient:
                return values
            # A run's loss depends on its own parameters only: one backward pass serves them all.
            total = values.sum()
            if not total.requires_grad:
                return torch.zeros_like(points)
            parts = torch.autograd.grad(total, list(leaves.values()), materialize_grads=True)
            return torch.cat([p.to_dense().reshape(len(points), -1) for p in parts], dim=1)

    def _examples(self, x, i):
        """X and y of the examples `i` (batch, *shape), with one axis of runs if they differ."""
        _, X, y = self._for(self._points(x))
        i = _tensor(i)
        if i.numel() == len(i):
            return X[i.flatten()], y[i.flatten()]
        i = i.broadcast_to(len(i), *x.shape[:-1]).reshape(len(i), -1).T
        return X[i], y[i]

    def _over_all(self, x, work, gradient=False):
        """The mean of `work` over all examples, worked off in pieces that fit into memory."""
        _, X, y = self._for(self._points(x))
        size = max(1, BLOCK // self._activations)
        total = 0
        for j in range(0, self.n, size):
            part = slice(j, j + size)
            share = len(X[part]) / self.n
            total = total + share * self._each(x, work, X[part], y[part], gradient)
        return total

    @once_a_dtype
    def _for(self, points):
        """A module, X and y for points of their dtype."""
        with torch.inference_mode(False):
            module = self._made(0).requires_grad_(False).to(points.dtype)
            return module, _cast(self.X, points.dtype), _cast(self.y, points.dtype)

    def _made(self, seed):
        """The model's module after `torch.manual_seed(seed)`, all its shapes known."""
        with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
            torch.manual_seed(seed)
            module = self._model()
            if not isinstance(module, nn.Module):
                raise ValueError(
                    f"model: expected a function that makes an nn.Module; got {module!r}"
                )
            if any(map(nn.parameter.is_lazy, module.parameters())):
                with _refused(f"X: expected examples that the model takes; got {_kind(self.X)}"):
                    module(_cast(self.X[:1].clone(), torch.get_default_dtype()))
        return module

    # ---- What the model does decides ------------------------------------------------------------

    def _check(self):
        """ValueError unless f is, on a few examples, a function of x and a mean over examples."""
        moved = 0.1 * torch.randn(2, self.d, generator=torch.Generator().manual_seed(0))
        points = torch.from_numpy(self.initial([0, 1])) + moved  # where nothing is 0 by chance
        x, i = points[0], _extremes(self.X, self.y)
        _, X, y = self._for(x)
        self._trial = points, X[i], y[i]
        with torch.random.fork_rng(devices=[]):
            state = torch.get_rng_state()
            with _refused(f"X: expected examples that the model takes; got {_kind(self.X)}"):
                output = self._outputs(self.unflatten(x), X[i])
            with _refused(f"y: expected answers that the loss takes; got {_kind(self.y)}"):
                value = self.loss(output, y[i])
            if not isinstance(value, torch.Tensor) or value.shape:
                raise ValueError(f"loss: expected one number as a tensor, a mean; got {value!r}")
            f, again = self.f_batch(x, i), self.f_batch(x, i)
            drawn = not torch.equal(state, torch.get_rng_state())
        if drawn or not torch.allclose(f, again, rtol=0, atol=0, equal_nan=True):
            raise ValueError(f"{_NO_SUM}; got {f}, then {again} at the same x")
        with _refused(f"{_NO_SUM}; got for one example"):
            alone = torch.stack([self.f_batch(x, j[None]) for j in i])
        if abs(f - alone.mean()) > 1e-4 * abs(alone).max():
            raise ValueError(f"{_NO_SUM}; got {f} for {len(i)} examples, {alone.mean()} one by one")

    @cached_property
    def _activations(self):
        """Numbers that torch keeps of one example until the gradient is known."""
        points, X, y = self._trial

        def kept(copies):
            numbers = []
            leaves = {k: p.requires_grad_() for k, p in self.unflatten(points[0].clone()).items()}
            note = lambda a: numbers.append(a.numel())  # noqa: E731
            with torch.autograd.graph.saved_tensors_hooks(note, note):
                self._value(leaves, *(a[[0] * copies] for a in (X, y)))
            return sum(numbers)

        with torch.inference_mode(False), torch.enable_grad():
            return max(1, kept(2) - kept(1))

    @cached_property
    def _stacks(self):
        """Does `vmap` do with several runs what is done with each alone?"""
        points, *data = self._trial

        def agree(own, gradient):
            work = partial(self._piece, work=self._value, gradient=gradient)
            given = [a.expand(2, *a.shape) for a in data] if own else data
            both = work(points, data=given, own=own)
            alone = torch.cat([work(p[None], data=data, own=False) for p in points])
            return abs(both - alone).max() <= 1e-3 * abs(alone).max()

        cases = product((False, True), (False, True))
        try:
            with warnings.catch_warnings(action="error"):  # of torch: no faster than one by one
                return all(agree(own, gradient) for own, gradient in cases)
        except Exception:  # vmap has no rule for it; alone each run works
            return False


def mlp(*sizes, activation=nn.ReLU, base=None):
    """The model of a multilayer perceptron, for `Network`: sizes are inputs, hidden…, outputs.

    base: a width, then the layers after the first are in μP, the parametrization in which Adam's
        best α does not depend on the width n. A layer holds w and works with W = (base/n) w, so its
        step in W is α base/n; W starts as ever, in the last layer √(base/n) times smaller. At
        n = base nothing differs. Source: Yang et al. 2022, Tensor Programs V, arXiv 2203.03466,
        Table 3, its steps written as factors (Lemma J.1).

    Raises ValueError for fewer than two sizes, and for a base below 1.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected inputs, hidden…, outputs; got {sizes}")
    sizes = tuple(check_integer("sizes", size, 1) for size in sizes)
    for pair in pairwise(sizes):
        check_size("sizes", *pair)
    with _refused(f"activation: expected a class of torch.nn; got {activation!r}"):
        activation()
    base = None if base is None else check_integer("base", base, 1)
    return partial(_mlp, sizes, activation, base)


def _mlp(sizes, activation, base):
    layers = [nn.Flatten()]
    for j, (inputs, outputs) in enumerate(pairwise(sizes)):
        scale = base / inputs if base and j else 1.0
        layer = nn.Linear(inputs, outputs) if scale == 1 else _Scaled(inputs, outputs, scale)
        layers += [layer, activation()]
    if scale != 1:
        layer.weight.data *= scale**0.5
    return nn.Sequential(*layers[:-1])


class _Scaled(nn.Linear):
    """Works with `scale` × weight, which starts as that of `nn.Linear`; the bias is as ever."""

    def __init__(self, inputs, outputs, scale):
        super().__init__(inputs, outputs)
        self.scale = scale
        self.weight.data /= scale

    def forward(self, X):
        return nn.functional.linear(X, self.scale * self.weight, self.bias)


def cnn(side, channels=(8, 16), classes=10):
    """The model of a small convolutional network, for `Network`: images (1, side, side).

    Each of the `channels` is a 3×3 convolution with stride 2, which halves the side, and a ReLU;
    then one linear layer. (Pooling instead of strides would cost three times as much.)
    """
    side, classes = check_integer("side", side, 1), check_integer("classes", classes, 1)
    if not isinstance(channels, (tuple, list)) or not channels:
        raise ValueError(f"channels: expected a list of integers ≥ 1; got {channels!r}")
    channels = tuple(check_integer("channels", each, 1) for each in channels)
    return partial(_cnn, side, channels, classes)


def _cnn(side, channels, classes):
    layers, left = [], side
    for inputs, outputs in pairwise((1, *channels)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU()]
        left = (left + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * left**2, classes))


def _tensor(x):
    """x as a tensor that shares its memory where it can."""
    return torch.from_numpy(np.require(x, requirements="CW")) if namespace(x) is np else x


def _numbers(name, data):
    """Data as a tensor of its own on which no gradient depends, floating-point or int64."""
    try:
        with torch.inference_mode(False):
            if isinstance(data, torch.Tensor):
                numbers = data.detach().clone()
            else:
                data = np.asarray(data)
                numbers = torch.from_numpy(data.astype(data.dtype.newbyteorder("=")))
        fine = numbers.ndim and numbers.numel() and numbers.isfinite().all()
    except (TypeError, ValueError):  # objects, texts, lists of unequal lengths
        fine = False
    if not fine or numbers.is_complex():
        came = getattr(data, "dtype", type(data)), tuple(getattr(data, "shape", ()))
        raise ValueError(f"{name}: expected finite real numbers of shape (n ≥ 1, ...); got {came}")
    return numbers if numbers.is_floating_point() else numbers.long()


def _extremes(*tensors):
    """Indices of the first example and of those with the least and the largest number of each."""
    flat = [a.reshape(len(a), -1) for a in tensors]
    found = [i for a in flat for i in (a.amin(1).argmin(), a.amax(1).argmax())]
    return torch.stack([torch.tensor(0), *found]).unique()


def _cast(data, dtype):
    """Data for points of this dtype: integers stay integers."""
    return data.to(dtype) if data.is_floating_point() else data


def _kind(data):
    """dtype, shape and range of a tensor, for a message."""
    return f"{data.dtype} {data.min():.4g}…{data.max():.4g} of shape {tuple(data.shape)}"


@contextmanager
def _refused(message):
    """A ValueError with this message for whatever is raised inside."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{message}: {error}") from error


def _split(x, sizes):
    """x (*runs, d) cut along its last axis into pieces of these sizes."""
    if namespace(x) is np:
        return np.split(x, np.cumsum(sizes)[:-1], axis=-1)
    return x.split(sizes, dim=-1)
