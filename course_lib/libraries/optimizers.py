"""Any optimizer of torch or optax as a method, which `run`, `explore` and `tune.compare` take.

Its numbers become hyperparameters, in the slides' letters where they mean the same. A library knows
no runs: optax is mapped over them; torch gets them in one tensor where that changes nothing, and
whether it does is tried out, for each value of an option that switches something on.
"""

import inspect
import warnings
from functools import cached_property
from importlib import import_module
from itertools import count
from math import isfinite

import numpy as np

from course_lib.arrays import namespace, to_numpy
from course_lib.letters import letter

#: What the libraries call it, and the slides.
LETTER = {
    "lr": "alpha",
    "learning_rate": "alpha",
    "betas": "beta",
    "b1": "beta1",
    "b2": "beta2",
    "b3": "beta3",
    "momentum": "beta",
    "weight_decay": "lam",
    "decay": "gamma",
}
#: The same where one library has another meaning for the name.
MEANT = {("RMSprop", "alpha"): "gamma"}
ALPHA = 1e-3  # where a library leaves the step to the user
#: What `run` and a method call something else.
TAKEN = ("method", "problem", "x", "x0", "steps", "keep", "watch", "interruptible")


def torch(optimizer, **options):
    """A method out of a class of `torch.optim`, of a collection, or of your own.

    optimizer: a subclass of `torch.optim.Optimizer`. options: its other arguments, under its own
        names; numbers among them become defaults of hyperparameters, flags and whole numbers stay.

    The hyperparameters are its numbers: lr is alpha, betas are beta1 and beta2, weight_decay is
    lam, momentum is beta; others keep their names, with _ if a letter has taken it. α may be a
    schedule. A step that asks for a closure gets one batch for all its calls. Entries that are
    mixed (a norm over the tensor) are mixed within a run, never between runs: such a method's
    `together` is False, and its runs are computed one by one.
    Raises ValueError, with the optimizer's own reason, for one that cannot step on a vector.

    >>> import torch as library
    >>> from course_lib import adam, hyperparameters, quadratic, run
    >>> theirs = torch(library.optim.Adam)
    >>> hyperparameters(theirs)
    {'alpha': 0.001, 'beta1': 0.9, 'beta2': 0.999, 'eps': 1e-08, 'lam': 0}
    >>> run(theirs, quadratic(), [1.0, 1.0], steps=5, beta1=[0.5, 0.9]).shape
    (6, 2, 2)
    """
    base = import_module("torch").optim.Optimizer
    if not (inspect.isclass(optimizer) and issubclass(optimizer, base)):
        raise ValueError(
            f"optimizer: expected a subclass of torch.optim.Optimizer; got {optimizer!r}"
        )
    return _method(_Torch(optimizer, options, skip=1))


def optax(optimizer, **options):
    """A method out of a function that makes a `GradientTransformation`, such as `optax.lion`.

    options, hyperparameters: as in `torch`. The step is compiled once for all values of them.

    >>> import optax as library
    >>> from course_lib import hyperparameters
    >>> hyperparameters(optax(library.lion))
    {'alpha': 0.001, 'beta1': 0.9, 'beta2': 0.99, 'lam': 0.001}
    """
    if not callable(optimizer) or inspect.isclass(optimizer):
        raise ValueError(f"optimizer: expected a function of optax; got {optimizer!r}")
    return _method(_Optax(optimizer, options, skip=0))


def _method(adapter):
    """The generator function of an adapted optimizer."""
    with warnings.catch_warnings():  # what it has to say, it says in a run
        warnings.simplefilter("ignore")
        adapter.check()
        together = adapter.together(adapter.defaults)

    def method(problem, x, **_hyper):
        if x.dtype.itemsize > 8:  # of NumPy only
            raise ValueError(f"x0: expected float64 or shorter numbers; got {x.dtype}")
        _points = adapter.walk(problem, x, {**adapter.defaults, **_hyper})
        for x in _points:
            yield x

    method.__name__ = method.__qualname__ = adapter.name
    method.__doc__ = inspect.getdoc(adapter.optimizer)
    method.__module__ = adapter.optimizer.__module__
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in ("problem", "x")]
    parameters += [inspect.Parameter(n, kind, default=v) for n, v in adapter.defaults.items()]
    method.__signature__ = inspect.Signature(parameters)
    method.together, method.code = together, adapter.code()
    return method


class _Adapter:
    """An optimizer, its options, and its numbers by their letters.

    defaults: {letter: number}. places: {letter: (the library's name, place in a tuple or None)}.
    """

    def __init__(self, optimizer, options, skip):
        self.optimizer, self.options = optimizer, options
        self.name = optimizer.__name__
        self.defaults, self.places = {}, {}
        values, whole, rest = {}, set(), False
        for parameter in list(inspect.signature(optimizer).parameters.values())[skip:]:
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                rest = True  # for another optimizer inside
                continue
            values[parameter.name] = parameter.default
            whole |= {parameter.name} if parameter.annotation in (int, "int") else set()
        if not rest and (unknown := set(options) - set(values)):
            names = ", ".join(values)
            raise ValueError(f"{min(unknown)}: {self.name} has the arguments {names}")
        for name, value in {**values, **options}.items():
            known = MEANT.get((self.name, name), LETTER.get(name, name))
            if value is inspect.Parameter.empty and known == "alpha":
                value = ALPHA
            if value is inspect.Parameter.empty:
                raise ValueError(f"{name}: {self.name} needs a value for it, as an option")
            if _is_number(value) and name not in whole:
                self._add(known, value, (name, None))
            elif isinstance(value, tuple) and value and all(map(_is_number, value)):
                for i, number in enumerate(value):
                    self._add(f"{known.removesuffix('s')}{i + 1}", number, (name, i))

    def _add(self, name, value, place):
        """With _ where the letter is taken, or means something else: the value cannot be its."""
        low, high = letter(name).range
        if name in TAKEN or name in self.defaults or not low <= value < high:
            name += "_"
        self.defaults[name], self.places[name] = value, place

    def code(self):
        """The call that makes the method, where the library is imported under its own name."""
        public = "torch.optim" if self.library == "torch" else self.library
        known = getattr(import_module(public), self.name, None) is self.optimizer
        name = f"{public}.{self.name}" if known else self.name
        options = "".join(f", {option}={value!r}" for option, value in self.options.items())
        return f"libraries.{self.library}({name}{options})"

    def batch(self, problem):
        """What has the next f and grad: where the loss is asked for, both are of one batch."""
        if not self.asks:
            return problem
        if getattr(problem, "f", None) is None:
            raise ValueError(f"problem: {self.name} asks for f, and the problem has none")
        return problem.next_batch() if hasattr(problem, "next_batch") else problem

    def arguments(self, numbers):
        """The library's keywords for {letter: number}; None is left out."""
        given, tuples = dict(self.options), {}
        for own, value in numbers.items():
            name, place = self.places[own]
            if place is None:
                whole = isinstance(self.defaults[own], int) and _is_whole(value)
                given[name] = int(value) if whole else value
            else:
                tuples.setdefault(name, []).append(value)
        return {**given, **{name: tuple(values) for name, values in tuples.items()}}


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _is_one(value):
    """Is it a number, or a tensor of one?"""
    return isinstance(value, (int, float)) or getattr(value, "numel", lambda: 0)() == 1


def _is_whole(value):
    return isinstance(value, float) and value.is_integer()


def _as(x, array):
    """A NumPy array as what x is."""
    return array if namespace(x) is np else namespace(x).from_numpy(array.copy()).to(x.dtype)


def _rows(array, x):
    """A new NumPy array (m, d) of the m runs of x, out of one that broadcasts with it."""
    return np.array(np.broadcast_to(to_numpy(array), x.shape)).reshape(-1, x.shape[-1])


def _by_run(value, runs):
    """A number, or an array (*runs, 1), as one float for each run, (m,)."""
    value = to_numpy(value)
    value = value[..., 0] if value.ndim else value
    return np.broadcast_to(value.astype(float), runs).reshape(-1)


# ---- torch ------------------------------------------------------------------------------------

#: Gradients (steps, runs, d) on which an optimizer is tried. What holds on to a size (a clip, a
#: norm, an average of norms) notices: in each run they grow and fall by 10⁴, and not together.
PHASES = np.arange(30)[:, None, None] * 0.7 + np.array([[[0.0], [2.0]]])
TRIED = np.random.default_rng(0).normal(size=(30, 2, 3)) * 10 ** (2 * np.cos(PHASES))
TRIED[5, 0] = 0


class _Torch(_Adapter):
    library = "torch"

    def check(self):
        """It can step on a vector, twice in the same way; else ValueError with the reason."""
        self.asks, self._known = False, {}  # for a closure; what is together
        with import_module("torch").random.fork_rng(devices=[]):
            self._check()

    def _check(self):
        try:
            first, _ = self._tried(self.defaults, 0)
        except Exception as without:  # whatever an optimizer may raise
            self.asks = True
            try:
                first, _ = self._tried(self.defaults, 0)
            except Exception:
                reason = f"{type(without).__name__}: {without}"
                raise ValueError(f"{self.name}: no step on a vector. {reason}") from without
        if not np.array_equal(first, self._tried(self.defaults, 0)[0], equal_nan=True):
            raise ValueError(f"{self.name}: draws from a generator that no seed of a run reaches")
        if (first == 1).all():
            raise ValueError(f"{self.name}: leaves a vector where it is")

    def _tried(self, numbers, runs):
        """The points (steps, …, 3) of the runs `runs`, 0, 1 or slice(None), under `TRIED`; and the
        numbers that the optimizer keeps."""
        lib, points = import_module("torch"), []
        p = self._parameter(np.ones((2, 3))[runs])
        optimizer = self.optimizer([p], **self.arguments(numbers))
        for g in TRIED[:, runs]:
            slopes = lib.from_numpy(g)

            def closure(slopes=slopes):
                p.grad = slopes.clone()
                return (slopes * p.detach()).sum()

            closure()
            optimizer.step(*([closure] if self.asks else []))
            points.append(p.detach().numpy().copy())
        held = [*optimizer.param_groups, *optimizer.state.values()]
        held = [v for its in held for v in (its.values() if isinstance(its, dict) else [its])]
        kept = [float(v) for v in held if _is_one(v)]
        return np.array(points), np.array(kept)

    def _parameter(self, x):
        lib = import_module("torch")
        x = x.detach().clone() if namespace(x) is not np else lib.from_numpy(np.array(x))
        return lib.nn.Parameter(x)

    def together(self, numbers):
        """Do two runs in one tensor take the steps of each alone? Tried once for what is 0.

        Not if it keeps a number that depends on the gradients: some day the step will depend on it.
        """
        on = tuple(map(bool, numbers.values()))
        if on not in self._known:
            with import_module("torch").random.fork_rng(devices=[]):
                self._known[on] = not self.asks and self._tried_together(on)
        return self._known[on]

    def _tried_together(self, on):
        values = zip(self.defaults.items(), on, strict=True)
        numbers = {name: (value or 0.01) if its else 0 for (name, value), its in values}
        (one, kept), (two, others) = (self._tried(numbers, r) for r in (0, 1))
        if kept.shape != others.shape or not np.array_equal(kept, others, equal_nan=True):
            return False  # a number that came of all entries
        try:
            both, _ = self._tried(numbers, slice(None))
        except Exception:  # of a class that takes vectors only
            return False
        return np.allclose(both, np.stack([one, two], axis=1), rtol=1e-6, atol=0, equal_nan=True)

    def walk(self, problem, x, numbers):
        lib, alpha, runs = import_module("torch"), numbers.get("alpha"), tuple(x.shape[:-1])
        first = alpha(1) if callable(alpha) else alpha
        by_run = {
            name: _by_run(first if name == "alpha" else value, runs)
            for name, value in numbers.items()
        }
        apart = callable(alpha) and np.ndim(first) > 0  # who knows which runs stay alike
        cells = self._cells(x.reshape(-1, x.shape[-1]), by_run, apart)
        for k in count(1):
            yield x
            if callable(alpha):
                self._set(cells, _by_run(alpha(k), runs))
            batch, points = self.batch(problem), _rows(x, x)
            if not self.asks:
                g = lib.from_numpy(_rows(batch.grad(x), x))
            for rows, p, optimizer in cells:
                if self.asks:
                    closure = self._closure(batch, x, rows[0], p)
                    closure()
                    optimizer.step(closure)
                else:
                    p.grad = g[rows].reshape(p.shape).to(p.dtype)
                    optimizer.step()
                points[rows] = to_numpy(p).reshape(len(rows), -1)
            x = _as(x, points.reshape(x.shape))

    def _cells(self, x, by_run, apart):
        """(Numbers of runs, their parameter, its optimizer): runs of the same numbers together."""
        groups = {}
        for r in range(len(x)):
            numbers = tuple(float(values[r]) for values in by_run.values())
            groups.setdefault((numbers, r if apart else 0), []).append(r)
        cells = []
        for (numbers, _), rows in groups.items():
            numbers = dict(zip(by_run, numbers, strict=True))
            whole = len(rows) > 1 and self.together(numbers)
            for part in [rows] if whole else [[r] for r in rows]:
                p = self._parameter(x[part] if whole else x[part[0]])
                cells.append((part, p, self.optimizer([p], **self.arguments(numbers))))
        return cells

    def _set(self, cells, alpha):
        """The step of every run, (m,), for the next iteration."""
        for rows, _, optimizer in cells:
            for group in optimizer.param_groups:
                group[self.places["alpha"][0]] = float(alpha[rows[0]])

    def _closure(self, batch, x, run, p):
        """The loss and the gradient of one run at its parameter p, the others where they are."""
        lib, others = import_module("torch"), _rows(x, x)

        def closure():
            others[run] = to_numpy(p)
            at = _as(x, others.reshape(x.shape).copy())
            p.grad = lib.from_numpy(_rows(batch.grad(at), x)[run]).to(p.dtype)
            return lib.as_tensor(to_numpy(batch.f(at)).reshape(-1)[run], dtype=p.dtype)

        return closure


# ---- optax ------------------------------------------------------------------------------------


class _Optax(_Adapter):
    library = "optax"

    def check(self):
        """It can step on a vector, in a compiled function; else ValueError with the reason."""
        self.asks = False  # for the loss
        try:
            self._trace()
        except Exception as without:  # whatever an optimizer may raise
            self.asks = True
            try:
                self._trace()
            except Exception:
                reason = f"{type(without).__name__}: {without}".split("\n")[0]
                raise ValueError(f"{self.name}: no step on a vector. {reason}") from without

    def _trace(self):
        jax = import_module("jax")
        begin, step = self._compiled
        numbers, x, f = dict.fromkeys(self.defaults, np.ones(2)), np.ones((2, 3)), np.ones(2)
        with jax.enable_x64(True):
            state = jax.eval_shape(begin, numbers, x)
            jax.eval_shape(step, numbers, state, x, x, f)

    def together(self, numbers):
        """Runs are mapped: they never see each other."""
        return True

    def __getstate__(self):
        """Compiled functions stay in their process."""
        return {name: value for name, value in vars(self).items() if name != "_compiled"}

    @cached_property
    def _compiled(self):
        jax, lib = import_module("jax"), import_module("optax")

        def begin(numbers, x):
            return self.optimizer(**self.arguments(numbers)).init(x)

        def step(numbers, state, x, g, f):
            made = lib.with_extra_args_support(self.optimizer(**self.arguments(numbers)))
            moved, state = made.update(g, state, x, **({"value": f} if self.asks else {}))
            return lib.apply_updates(x, moved), state

        return jax.jit(jax.vmap(begin)), jax.jit(jax.vmap(step))

    def walk(self, problem, x, numbers):
        jax, (begin, step) = import_module("jax"), self._compiled
        alpha, runs, kind = numbers.get("alpha"), tuple(x.shape[:-1]), x
        flat, state = _rows(x, x), None
        f = np.zeros(len(flat), flat.dtype)
        for k in count(1):
            yield x
            now = {**numbers, "alpha": alpha(k)} if callable(alpha) else numbers
            by_run = {name: _by_run(value, runs).astype(flat.dtype) for name, value in now.items()}
            batch = self.batch(problem)
            g = _rows(batch.grad(x), x)
            f = to_numpy(batch.f(x)).reshape(-1) if self.asks else f
            with jax.enable_x64(True):
                state = begin(by_run, flat) if state is None else state
                flat, state = step(by_run, state, flat, g, f)
            flat = np.asarray(flat)
            x = _as(kind, flat.reshape(x.shape))
