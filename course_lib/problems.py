"""Objectives: what the methods are run on, and what is known about each.

A problem has `f(x)` and `grad(x)`; the last axis of `x` is the coordinate, all axes before it are
runs. What is known stands beside them: `d`, `L` (∇f is L-Lipschitz), `mu` (the Polyak–Łojasiewicz
constant: ½‖∇f‖² ≥ μ(f − f*); for a strongly convex quadratic the smallest eigenvalue), `x_star`,
`f_star`, `domain` (a picture's frame), each `None` where nothing is known. `cost` is the number
of summand gradients ∇f_i in one `grad`, `n` the number of summands.

A finite sum also has `.minibatch(batch, seed)`: the same problem with an unbiased random `grad`.
"Replace the gradient by its estimate" is this one call, and the methods do not notice.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_lib import datasets
from course_lib.arrays import first_axis_last, like, namespace, take, to_numpy

BLOCK = 2**21  # numbers in one temporary array; larger inputs are worked off in pieces


# --- Finite sums (S1, S2) -------------------------------------------------------------------


class FiniteSum:
    """f(x) = (1/n) Σ f_i(x) from any per-example loss.

    f_i(x, i), grad_i(x, i): value and gradient of summand i at x, for an integer array `i` that
        broadcasts with the runs of `x` (*runs, d); they return (*shape,) and (*shape, d).
    n, d: numbers of summands and of coordinates. known: L, mu, x_star, f_star, domain.
    Source: S1.

    >>> mean = FiniteSum(lambda x, i: (x[..., 0] - i) ** 2 / 2, lambda x, i: x - i[..., None], 5, 1)
    >>> mean.grad(np.array([3.0]))
    array([1.])
    """

    L = mu = x_star = f_star = domain = None

    def __init__(self, f_i, grad_i, n, d, **known):
        self._f_i, self._grad_i, self.n, self.d = f_i, grad_i, n, d
        for name, value in known.items():
            if name not in ("L", "mu", "x_star", "f_star", "domain"):
                raise ValueError(f"{name}: expected L, mu, x_star, f_star or domain")
            setattr(self, name, value)

    @property
    def cost(self):
        return self.n

    def f(self, x):
        """(1/n) Σ f_i(x): (*runs, d) → (*runs,)."""
        return self._f_i(x, self._all(x)).mean(0)

    def grad(self, x):
        """(1/n) Σ ∇f_i(x): (*runs, d) → (*runs, d)."""
        return self._grad_i(x, self._all(x)).mean(0)

    def f_batch(self, x, i):
        """Mean loss of the summands `i` (batch, *runs) at x (*runs, d): shape (*runs,)."""
        return self._f_i(x, i).mean(0)

    def grad_batch(self, x, i):
        """Mean gradient of the summands `i` (batch, *runs) at x (*runs, d): shape (*runs, d)."""
        return self._grad_i(x, i).mean(0)

    def minibatch(self, batch, seed=0, replace=True):
        """The same problem whose `grad` averages `batch` summands drawn anew at each call (S2).

        batch: 1..n (any ≥ 1 with replacement). seed: an integer ≥ 0, or an array of them: one run
        for each. replace: may a summand occur twice in one batch; batches are independent.
        """
        return Minibatch(self, batch, seed, with_replacement if replace else without_replacement)

    def reshuffle(self, batch, seed=0):
        """The same problem, its summands dealt in batches from a deck shuffled every epoch.

        Batches of one epoch are disjoint (a last incomplete one is not dealt), so each is unbiased
        alone, but not given those before it.
        """
        return Minibatch(self, batch, seed, shuffled_deck)

    def _all(self, x):
        i = np.arange(self.n).reshape(self.n, *(1,) * (x.ndim - 1))
        return like(x, i)


class LinearModel(FiniteSum):
    """f(x) = (1/n) Σ φ(a_iᵀx, y_i) + (λ/2)‖x‖²; a subclass says what φ(t, y) is.

    A: rows a_iᵀ, shape (n, d); y: shape (n,); lam: λ ≥ 0.
    """

    def __init__(self, A, y, lam=0.0, domain=None):
        A, y = np.array(A, dtype=float), np.array(y, dtype=float)
        if A.ndim != 2 or y.shape != A.shape[:1]:
            raise ValueError(f"A, y: expected shapes (n, d) and (n,); got {A.shape} and {y.shape}")
        if not lam >= 0:
            raise ValueError(f"lam: expected λ ≥ 0; got {lam!r}")
        self.A, self.y, self.lam, self.domain = A, y, float(lam), domain
        self.n, self.d = A.shape
        self._columns = np.ascontiguousarray(A.T)
        self._copies = {}

    def _data(self, x):
        """Aᵀ and y in the kind and dtype of `x`, converted once."""
        if x.dtype not in self._copies:
            self._copies[x.dtype] = like(x, self._columns), like(x, self.y)
        return self._copies[x.dtype]

    def f(self, x):
        points = x.reshape(-1, self.d)
        size = max(1, BLOCK // self.n)
        blocks = [points[j : j + size] for j in range(0, max(1, len(points)), size)]
        columns, y = self._data(x)
        loss = namespace(x).concatenate([self.phi(b @ columns, y).mean(-1) for b in blocks])
        return loss.reshape(x.shape[:-1]) + self.lam / 2 * (x**2).sum(-1)

    def grad(self, x):
        columns, y = self._data(x)
        return self.dphi(x @ columns, y) @ columns.T / self.n + self.lam * x

    def f_batch(self, x, i):
        t, _, y = self._batch(x, i)
        return self.phi(t, y).mean(0) + self.lam / 2 * (x**2).sum(-1)

    def grad_batch(self, x, i):
        t, rows, y = self._batch(x, i)
        g = namespace(x).einsum("b...,db...->d...", self.dphi(t, y), rows) / len(i)
        g = first_axis_last(g)
        return g + self.lam * x if self.lam else g

    def _batch(self, x, i):
        """a_iᵀx, a_i and y_i, the coordinate axis first: long inner loops over the runs."""
        columns, y = self._data(x)
        rows = take(columns, i)
        t = namespace(x).einsum("db...,...d->b...", rows, x)
        return t, rows, take(y, i)

    @cached_property
    def L_max(self):
        """The largest of the summands' own Lipschitz constants."""
        return self.curvature * (self.A**2).sum(-1).max() + self.lam

    @cached_property
    def L(self):
        return self.curvature * np.linalg.eigvalsh(self.A.T @ self.A / self.n)[-1] + self.lam

    @cached_property
    def f_star(self):
        return self.f(self.x_star)


class LeastSquares(LinearModel):
    """f(x) = ‖Ax − b‖² / (2n).

    A: (n, d), b: (n,). Everything is known: L and μ are the largest and the smallest nonzero
    eigenvalue of H = AᵀA/n, x* is the minimizer of smallest norm. Source: S6.
    """

    curvature = 1.0

    def __init__(self, A, b, domain=None):
        super().__init__(A, b, domain=domain)

    @staticmethod
    def phi(t, y):
        return (t - y) ** 2 / 2

    @staticmethod
    def dphi(t, y):
        return t - y

    @cached_property
    def H(self):
        return self.A.T @ self.A / self.n

    @cached_property
    def mu(self):
        eigenvalues = np.linalg.eigvalsh(self.H)
        return eigenvalues[eigenvalues > 1e-12 * eigenvalues[-1]][0]

    @cached_property
    def x_star(self):
        return np.linalg.lstsq(self.A, self.y)[0]

    def minimizer(self, i, x):
        """The minimizer of the summands `i` (batch,) that is nearest to x (d,)."""
        return x + np.linalg.lstsq(self.A[i], self.y[i] - self.A[i] @ x)[0]

    def gap(self, x):
        """f(x) − f* = ½ (x − x*)ᵀ H (x − x*), without the cancellation of a difference."""
        e = x - like(x, self.x_star)
        return ((e @ like(x, self.H)) * e).sum(-1) / 2


class Logistic(LinearModel):
    """f(x) = (1/n) Σ log(1 + exp(−y_i a_iᵀx)) + (λ/2)‖x‖².

    A: (n, d), y: (n,) of ±1, lam: λ ≥ 0 (default 0; x* and f* are known for λ > 0 only).
    L = λ_max(AᵀA)/(4n) + λ, μ = λ, x* by Newton's method to machine accuracy.
    """

    curvature = 0.25

    def __init__(self, A, y, lam=0.0, domain=None):
        if not np.isin(y, (-1, 1)).all():
            raise ValueError(f"y: expected labels −1 and +1; got {np.unique(y)[:5]}")
        super().__init__(A, y, lam, domain)

    @staticmethod
    def phi(t, y):
        xp, z = namespace(t), -y * t
        return xp.log1p(xp.exp(-abs(z))) + (z + abs(z)) / 2

    @staticmethod
    def dphi(t, y):
        return y * (namespace(t).tanh(y * t / 2) - 1) / 2

    @property
    def mu(self):
        return self.lam or None

    @cached_property
    def x_star(self):
        if not self.lam:
            return None
        x, f = np.zeros(self.d), np.inf
        while self.f(x) < f:  # Newton with step halving: stops when rounding ends the decrease
            f = self.f(x)
            s = np.tanh(self.A @ x / 2)
            hessian = (self.A.T * (1 - s**2) / 4) @ self.A / self.n + self.lam * np.eye(self.d)
            step = np.linalg.solve(hessian, self.grad(x))
            t = 1.0
            while self.f(x - t * step) > f and t > 1e-8:
                t /= 2
            x = x - t * step
        return x

    @cached_property
    def f_star(self):
        return self.f(self.x_star) if self.lam else None


# --- Minibatches: whose gradient comes next (S2) -----------------------------------------------


class Minibatch:
    """A finite sum whose `grad` is the mean over a random batch; made by `.minibatch(...)`.

    It knows all that the finite sum knows. Run r draws from `np.random.default_rng(seed[r])`, so
    that a batch of runs is the stack of the single runs; draws depend on seed and batch only, so
    that two methods, or two step sizes, see the same summands in the same order.
    """

    def __init__(self, problem, batch, seed, draw):
        if isinstance(batch, bool) or int(batch) != batch or batch < 1:
            raise ValueError(f"batch: expected an integer ≥ 1; got {batch!r}")
        if batch > problem.n and draw is not with_replacement:
            raise ValueError(f"batch: expected 1..n = {problem.n} without replacement; got {batch}")
        self.seed = np.asarray(seed)
        if self.seed.dtype.kind not in "iu" or (self.seed < 0).any():
            raise ValueError(f"seed: expected integers ≥ 0; got {seed!r}")
        self.problem, self.batch, self.cost, self._draw = problem, int(batch), int(batch), draw
        self.replace = draw is with_replacement
        self.runs = self.seed.shape
        self._stream = None

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.problem, name)

    def __repr__(self):
        return f"{self.problem!r}.minibatch({self.batch}, seed={self.seed.tolist()})"

    def fresh(self):
        """The same problem at the beginning of its stream; `run` calls it."""
        return Minibatch(self.problem, self.batch, self.seed, self._draw)

    def grad(self, x):
        """Mean gradient over the next batch: (*runs, d) → (*runs, d)."""
        self._stream = self._stream or self._batches()
        i = next(self._stream)
        i = i.reshape(self.batch, *(1,) * (x.ndim - 1 - len(self.runs)), *self.runs)
        return self.problem.grad_batch(x, like(x, i))

    def batches(self, steps):
        """The first `steps` batches of the stream: indices of shape (steps, batch, *runs)."""
        stream = self._batches()
        return np.array([next(stream) for _ in range(steps)], dtype=int)

    def _batches(self):
        """Endless index arrays (batch, *runs), drawn for many iterations at a time."""
        chunk = max(1, 2048 // self.batch)
        draws = [
            self._draw(np.random.default_rng(s), self.problem.n, self.batch, chunk)
            for s in self.seed.flat
        ]
        dtype = np.uint16 if self.problem.n <= 2**16 else np.int64
        while True:
            block = np.empty((chunk, self.batch, len(draws)), dtype)
            for r, draw in enumerate(draws):
                block[:, :, r] = next(draw)
            yield from block.reshape(chunk, self.batch, *self.runs)


def with_replacement(rng, n, batch, chunk):
    """Independent summands: endless arrays (chunk, batch) of indices 0..n−1."""
    dtype = np.uint16 if n <= 2**16 else np.int64
    while True:
        yield rng.integers(n, size=(chunk, batch), dtype=dtype)


def without_replacement(rng, n, batch, chunk):
    """Batches of distinct summands, independent of each other: the first cards of Fisher–Yates."""
    rows = np.arange(chunk)
    while True:
        deck = np.tile(np.arange(n), (chunk, 1))
        for j in range(batch):
            other = rng.integers(j, n, size=chunk)
            deck[rows, j], deck[rows, other] = deck[rows, other], deck[rows, j]
        yield deck[:, :batch]


def shuffled_deck(rng, n, batch, chunk):
    """Every epoch a new permutation, dealt in batches; a last incomplete batch is not dealt."""

    def epochs():
        while True:
            deck = rng.permutation(n)
            yield from deck[: n // batch * batch].reshape(-1, batch)

    deal = epochs()
    while True:
        yield np.array([next(deal) for _ in range(chunk)])


# --- Makers of finite sums ----------------------------------------------------------------------


def least_squares(n=100, d=2, seed=0):
    """Random least squares: a_i ~ N(0, diag(1, 1/2, …, 1/d)), b = A·1 + N(0, 1). Seeded."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, d)) / np.arange(1, d + 1) ** 0.5
    b = A.sum(-1) + rng.normal(size=n)
    return LeastSquares(A, b, domain=((-4, 4), (-4, 4)) if d == 2 else None)


def line_fit(n=100, seed=0):
    """The slides' regression: y = 3t + 4 + 0.2·N(0, 1), t ~ U(−½, ½); x = (slope, intercept).

    Rows a_i = (t_i, 1). Source: S6, S7 (start x0 = (5.5, 1.5), batch 2, α = 1).
    """
    rng = np.random.default_rng(seed)
    t = rng.uniform(-0.5, 0.5, n)
    A = np.stack([t, np.ones(n)], axis=-1)
    return LeastSquares(A, 3 * t + 4 + 0.2 * rng.normal(size=n), domain=((0.5, 6.5), (1, 6)))


def logistic(n=100, d=2, lam=0.1, seed=0):
    """Random logistic regression: a_i ~ N(0, I), labels from the model with weights 1. Seeded."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, d))
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-A.sum(-1))), 1.0, -1.0)
    return Logistic(A, y, lam, domain=((-3, 3), (-3, 3)) if d == 2 else None)


def logistic_on(name, lam=None):
    """Logistic regression on real data: "mushrooms", "digits_odd_even" or "breast_cancer".

    lam: λ ≥ 0, default 1/n. See `course_lib.datasets` for what the columns and labels are.
    """
    A, y = datasets.binary(name)
    return Logistic(A, y, 1 / len(y) if lam is None else lam)


def pl_sine(n=100, sigma=1.0, seed=0):
    """f_i(x) = x² + 3 sin²x + s_i x with Σ s_i = 0, mean s_i² = σ²: PL but not convex, d = 1.

    L = 8; μ = min ½f'²/f is found on a fine grid (≈ 0.1755, at |x| ≈ 2.2).
    Source: S3. The function is the standard example of Karimi, Nutini, Schmidt (2016).
    """
    s = np.random.default_rng(seed).normal(size=n)
    s = s - s.mean()
    s = sigma * s / (s**2).mean() ** 0.5 if n > 1 else s
    x = np.linspace(1e-3, 10, 200_001)
    mu = ((2 * x + 3 * np.sin(2 * x)) ** 2 / 2 / (x**2 + 3 * np.sin(x) ** 2)).min()

    def f_i(x, i):
        x = x[..., 0]
        return x**2 + 3 * namespace(x).sin(x) ** 2 + take(like(x, s), i) * x

    def grad_i(x, i):
        return 2 * x + 3 * namespace(x).sin(2 * x) + take(like(x, s), i)[..., None]

    known = {"L": 8.0, "mu": mu, "x_star": np.zeros(1), "f_star": 0.0}
    return FiniteSum(f_i, grad_i, n, 1, **known)


# --- Surfaces for pictures: functions of two variables ----------------------------------------


@dataclass(frozen=True)
class Function:
    """A deterministic objective, given by its value and gradient."""

    f: object
    grad: object
    d: int = 2
    domain: tuple = ((-2, 2), (-2, 2))
    x_star: np.ndarray = None
    f_star: float = None
    L: float = None
    mu: float = None
    n = cost = 1


def _surface(f, grad, **known):
    """A `Function` of two variables from f(u, v) and its two partial derivatives."""

    def value(x):
        return f(x[..., 0], x[..., 1])

    def gradient(x):
        return namespace(x).stack(grad(x[..., 0], x[..., 1]), -1)

    return Function(value, gradient, **known)


def quadratic(kappa=10.0, angle=0.0):
    """f = ½ xᵀHx with eigenvalues 1/κ and 1 of H, the long axis turned by `angle` (radians).

    kappa: condition number κ ≥ 1. L = 1, μ = 1/κ, x* = 0.
    """
    if not kappa >= 1:
        raise ValueError(f"kappa: expected κ ≥ 1; got {kappa!r}")
    c, s = np.cos(angle), np.sin(angle)
    h11, h12, h22 = c * c / kappa + s * s, c * s * (1 / kappa - 1), s * s / kappa + c * c
    return _surface(
        lambda u, v: (h11 * u**2 + 2 * h12 * u * v + h22 * v**2) / 2,
        lambda u, v: (h11 * u + h12 * v, h12 * u + h22 * v),
        domain=((-3, 3), (-3, 3)), x_star=np.zeros(2), f_star=0.0, L=1.0, mu=1 / kappa,
    )  # fmt: skip


def rosenbrock():
    """f = (1 − u)² + 100 (v − u²)²: a curved valley. x* = (1, 1). Rosenbrock (1960)."""
    return _surface(
        lambda u, v: (1 - u) ** 2 + 100 * (v - u**2) ** 2,
        lambda u, v: (-2 * (1 - u) - 400 * u * (v - u**2), 200 * (v - u**2)),
        domain=((-2, 2), (-1, 3)), x_star=np.ones(2), f_star=0.0,
    )  # fmt: skip


def himmelblau():
    """f = (u² + v − 11)² + (u + v² − 7)²: four minima, all 0; x_star is one. Himmelblau (1972)."""
    return _surface(
        lambda u, v: (u**2 + v - 11) ** 2 + (u + v**2 - 7) ** 2,
        lambda u, v: (
            4 * u * (u**2 + v - 11) + 2 * (u + v**2 - 7),
            2 * (u**2 + v - 11) + 4 * v * (u + v**2 - 7),
        ),
        domain=((-5, 5), (-5, 5)), x_star=np.array([3.0, 2.0]), f_star=0.0,
    )  # fmt: skip


def beale():
    """f = Σ_j (c_j − u (1 − v^j))², c = (1.5, 2.25, 2.625): plateaus. x* = (3, ½). Beale (1958)."""

    def residuals(u, v):
        return [c - u * (1 - v**j) for j, c in enumerate((1.5, 2.25, 2.625), 1)]

    return _surface(
        lambda u, v: sum(r**2 for r in residuals(u, v)),
        lambda u, v: (
            sum(-2 * r * (1 - v**j) for j, r in enumerate(residuals(u, v), 1)),
            sum(2 * r * u * j * v ** (j - 1) for j, r in enumerate(residuals(u, v), 1)),
        ),
        domain=((-4.5, 4.5), (-4.5, 4.5)), x_star=np.array([3.0, 0.5]), f_star=0.0,
    )  # fmt: skip


def saddle():
    """f = u²/2 + v⁴/4 − v²/2: a saddle at 0 between the minima (0, ±1); x_star is (0, 1)."""
    return _surface(
        lambda u, v: u**2 / 2 + v**4 / 4 - v**2 / 2,
        lambda u, v: (u, v**3 - v),
        domain=((-2, 2), (-2, 2)), x_star=np.array([0.0, 1.0]), f_star=-0.25,
    )  # fmt: skip


def ravine():
    """f = √(1 + u²) − 1 + 20 v²: steep walls, a floor that levels out only near x* = 0. L = 40."""
    return _surface(
        lambda u, v: (1 + u**2) ** 0.5 - 1 + 20 * v**2,
        lambda u, v: (u / (1 + u**2) ** 0.5, 40 * v),
        domain=((-4, 4), (-2, 2)), x_star=np.zeros(2), f_star=0.0, L=40.0,
    )  # fmt: skip


# --- What is measured ---------------------------------------------------------------------------


def gap(problem, x):
    """f(x) − f* for points (*runs, d): shape (*runs,), never negative, inf where a run diverged.

    Uses the problem's own `gap` where it has one (no cancellation); with unknown f* it is f(x).
    """
    with np.errstate(all="ignore"):
        own = getattr(problem, "gap", None)
        value = to_numpy(own(x) if own else problem.f(x) - (problem.f_star or 0.0))
        known = problem.f_star is not None
        return np.where(np.isfinite(value), value.clip(0) if known else value, np.inf)


def evaluations(problem, k, unit="grads"):
    """Iterations k in another unit: "k", "epochs" (passes over the data) or "grads" (∇f_i)."""
    if unit not in ("k", "epochs", "grads"):
        raise ValueError(f'x: expected "k", "epochs" or "grads"; got {unit!r}')
    return np.asarray(k) * {"k": 1, "epochs": problem.cost / problem.n, "grads": problem.cost}[unit]
