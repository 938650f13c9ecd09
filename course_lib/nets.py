"""Networks as problems: a torch model, its loss and its data are f(x) over one flat vector.

Every method of the course trains a network unchanged: `Network` is a finite sum like any other,
with the same minibatches, and axes of x before the last one are runs, computed together. This is
the only module of the library that imports torch. A point may be a NumPy array or a tensor, float32
or float64; what comes back is of the same kind, and torch does the work.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from course_lib.arrays import namespace
from course_lib.problems import FiniteSum

BLOCK = 2**22  # numbers in the activations of one piece of work; more would leave the cache


def cross_entropy(output, y):
    """Mean of −log softmax(output)[y]: output (..., classes), y (...) integers."""
    return nn.functional.cross_entropy(output.flatten(0, -2), y.flatten())


class Network(FiniteSum):
    """f(x) = (1/n) Σ loss(model_x(X_i), y_i), x all parameters of the model in one vector.

    model: a function without arguments that makes an `nn.Module` (its class will do); f must be a
        function of x alone, so no dropout and no batch normalisation.
    X, y: examples and answers, arrays or tensors whose first axis has length n; integers stay
        integers (tokens, classes), other numbers take the dtype of x.
    loss: (outputs, answers) → the mean over a batch.

    x has the parameters in the order of `model().parameters()`; `initial` makes starting points,
    `unflatten` gives x its shapes back. Nothing is known of f: L, mu, x_star, f_star are None.
    Source: S14.

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
        self.X, self.y = _copied(X), _copied(y)
        if not 0 < len(self.X) == len(self.y):
            raise ValueError(f"X, y: expected the same length n ≥ 1; got {len(X)} and {len(y)}")
        self._model, self.loss, self.name, self.n = model, loss, name, len(self.X)
        self._module = self._made(0).requires_grad_(False)
        for part in self._module.modules():
            if isinstance(part, nn.modules.dropout._DropoutNd | nn.modules.batchnorm._NormBase):
                raise ValueError(f"model: f must be a function of x; got {part}")
        self._shapes = {name: p.shape for name, p in self._module.named_parameters()}
        self._sizes = [shape.numel() for shape in self._shapes.values()]
        self.d = sum(self._sizes)
        self._copies = {}
        self._activations = self._count_activations()

    def on(self, X, y):
        """The same network on other data: `test = network.on(X_test, y_test)`."""
        return Network(self._model, X, y, self.loss, self.name)

    # ---- The flat vector ------------------------------------------------------------------------

    def initial(self, seed=0, dtype=np.float32):
        """What the model's own initialisation gives after `torch.manual_seed(seed)`.

        seed: an integer ≥ 0, or an array of them. Returns a NumPy array (*seed.shape, d).
        """
        seed = np.asarray(seed)
        if seed.dtype.kind not in "iu" or (seed < 0).any():
            raise ValueError(f"seed: expected integers ≥ 0; got {seed!r}")
        points = [self.flatten(self._made(int(s))) for s in seed.flat]
        return np.array(points, dtype).reshape(*seed.shape, self.d)

    def flatten(self, module):
        """The vector (d,) of the parameters that an `nn.Module` has now."""
        return nn.utils.parameters_to_vector(module.parameters()).detach().numpy()

    def unflatten(self, x):
        """The parameters {name: (*runs, *shape)} that x (*runs, d) holds; views, not copies."""
        parts = _split(x, self._sizes)
        shapes = self._shapes.items()
        return {k: p.reshape(*x.shape[:-1], *s) for (k, s), p in zip(shapes, parts, strict=True)}

    def module(self, x):
        """A new `nn.Module` with the parameters x (d,), for torch's own tools."""
        module = self._made(0).to(_tensor(x).dtype)
        nn.utils.vector_to_parameters(_tensor(x).clone(), module.parameters())
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
            return (self._outputs(parameters, X).argmax(-1) == y).to(torch.float64).mean()

        return self._over_all(x, right)

    def outputs(self, x, X):
        """What the networks x (*runs, d) answer to X (m, ...): shape (*runs, m, ...)."""
        X = _copied(X)
        X = X.to(_tensor(x).dtype) if X.is_floating_point() else X
        return self._each(x, lambda parameters, X, _: self._outputs(parameters, X), X, self.y[:0])

    # ---- How it is computed ---------------------------------------------------------------------

    def _outputs(self, parameters, X):
        return functional_call(self._module, parameters, (X,))

    def _value(self, parameters, X, y):
        return self.loss(self._outputs(parameters, X), y)

    def _each(self, x, work, X, y, gradient=False):
        """`work` (or its gradient) at every run of x (*runs, d), shape (*runs, ...).

        X, y are the same for all runs, or have an axis of runs in front.
        """
        points = _tensor(x).reshape(-1, self.d)
        own = y.ndim > self.y.ndim
        size = max(1, BLOCK // (self._activations * (X.shape[1] if own else len(X))))
        pieces = []
        for j in range(0, len(points), size):
            part = slice(j, j + size)
            data = (X[part], y[part]) if own else (X, y)
            pieces.append(self._piece(points[part], work, data, own, gradient))
        result = torch.cat(pieces).reshape((*x.shape[:-1], *pieces[0].shape[1:]))
        return result.numpy() if namespace(x) is np else result

    def _piece(self, points, work, data, own, gradient):
        """`work` at points (runs, d) in one call of torch; a single run needs no transform."""
        leaves = {k: p.detach().requires_grad_(gradient) for k, p in self.unflatten(points).items()}
        with torch.set_grad_enabled(gradient):
            if len(points) == 1:
                alone = {k: p[0] for k, p in leaves.items()}
                values = work(alone, *(a[0] if own else a for a in data))[None]
            else:
                axis = 0 if own else None
                values = vmap(work, in_dims=(0, axis, axis))(leaves, *data)
        if not gradient:
            return values
        # A run's loss depends on its own parameters only, so one backward pass serves them all.
        parts = torch.autograd.grad(values.sum(), list(leaves.values()))
        return torch.cat([g.flatten(1) for g in parts], dim=1)

    def _examples(self, x, i):
        """X and y of the examples `i` (batch, *shape), with one axis of runs if they differ."""
        X, y = self._data(_tensor(x).dtype)
        i = _tensor(i)
        if i.numel() == len(i):
            return X[i.flatten()], y[i.flatten()]
        i = i.broadcast_to(len(i), *x.shape[:-1]).reshape(len(i), -1).T
        return X[i], y[i]

    def _over_all(self, x, work, gradient=False):
        """The mean of `work` over all examples, worked off in pieces that fit into memory."""
        X, y = self._data(_tensor(x).dtype)
        size = max(1, BLOCK // self._activations)
        total = 0
        for j in range(0, self.n, size):
            part = slice(j, j + size)
            share = len(X[part]) / self.n
            total = total + share * self._each(x, work, X[part], y[part], gradient)
        return total

    def _data(self, dtype):
        """X and y for points of a dtype, converted once; the model's own constants too."""
        if dtype not in self._copies:
            self._copies[dtype] = [
                a.to(dtype) if a.is_floating_point() else a for a in (self.X, self.y)
            ]
        for buffer in self._module.buffers():
            if buffer.is_floating_point():
                buffer.data = buffer.data.to(dtype)
        return self._copies[dtype]

    def _made(self, seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self._model()

    def _count_activations(self):
        """Numbers that one example leaves in the layers' outputs."""
        counted = []
        leaves = [part for part in self._module.modules() if not list(part.children())]
        hooks = [
            part.register_forward_hook(lambda *a: counted.append(a[-1].numel())) for part in leaves
        ]
        with torch.no_grad():
            X, _ = self._data(next(self._module.parameters()).dtype)
            counted.append(self._module(X[:1]).numel())
        for hook in hooks:
            hook.remove()
        return sum(counted)


def mlp(*sizes, activation=nn.ReLU):
    """The model of a multilayer perceptron, for `Network`: sizes are inputs, hidden…, outputs."""

    def make():
        layers = [nn.Flatten()]
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), activation()]
        return nn.Sequential(*layers[:-1])

    return make


def cnn(side, channels=(8, 16), classes=10):
    """The model of a small convolutional network, for `Network`: images (1, side, side).

    Each of the `channels` is a 3×3 convolution with stride 2, which halves the side, and a ReLU;
    then one linear layer. (Pooling instead of strides would cost three times as much.)
    """

    def make():
        layers, left = [], side
        for inputs, outputs in pairwise((1, *channels)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU()]
            left = (left + 1) // 2
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * left**2, classes))

    return make


def _tensor(x):
    """x as a tensor that shares its memory where it can."""
    return torch.from_numpy(np.require(x, requirements="CW")) if namespace(x) is np else x


def _copied(data):
    """Data as a tensor of its own, on which no gradient depends."""
    return data.detach().clone() if isinstance(data, torch.Tensor) else torch.tensor(np.array(data))


def _split(x, sizes):
    """x (*runs, d) cut along its last axis into pieces of these sizes."""
    if namespace(x) is np:
        return np.split(x, np.cumsum(sizes)[:-1], axis=-1)
    return x.split(sizes, dim=-1)
