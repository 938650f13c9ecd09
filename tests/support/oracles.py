"""Oracles for a misplaced ε, a missing bias correction, k off by one: not the slide's formula.

Every method is checked against an oracle that shares no code with the library: the optimizer of
torch or optax where its formula is exactly the slide's, else a twin that stands in this file, one
number at a time, written from the paper. An oracle is a function of the method to be checked, so
that test_mutants.py can hand it wrong ones. 60 steps; large ε, λ and α, so that each term shows.
"""

import inspect
from functools import cache, partial
from itertools import islice, pairwise

import jax
import numpy as np
import optax
import pytorch_optimizer
import torch

from course_lib import after_adamw, methods

jax.config.update("jax_enable_x64", True)

STEPS, D, RTOL = 60, 3, 1e-10
EPS, LAM = 1e-2, 0.5
X0 = np.array([1.5, -2.0, 0.3])
#: Recorded gradients: their scale goes down and up again, one coordinate is mostly zero.
G = np.random.default_rng(7).normal(size=(STEPS, D)) * np.geomspace(1, 30, D)
G = G * (1.2 + np.cos(np.arange(STEPS) / 9))[:, None]
G[::3, 0] = 0
#: 0: gradients that do not depend on x (open loop); else the pull of a spring on top of them.
PULLS = (0.0, 0.3)


def methods_of(module):
    """The methods that a module defines, by name, in its order."""
    return {
        name: method
        for name, method in vars(module).items()
        if inspect.isgeneratorfunction(method) and method.__module__ == module.__name__
    }


LECTURE, AFTER = methods_of(methods), methods_of(after_adamw)
METHODS = LECTURE | AFTER


def constant(k):
    return 0.3


def falling(k):
    """A schedule that no shifted copy of itself equals."""
    return 0.3 / (k + 1) ** 0.5


# ---- What an oracle does -------------------------------------------------------------------------

ORACLES = {}  # name of a method: functions that raise AssertionError for a wrong method


def oracle(name):
    def register(check):
        ORACLES.setdefault(name, []).append(check)
        return check

    return register


class Recorded:
    """A problem whose k-th gradient is G[k] + pull·x; it remembers where it was asked."""

    start, gradients = X0, G

    def __init__(self, pull):
        self.pull, self.asked, self.G = pull, [], self.gradients.copy()

    def grad(self, x):
        g = self.G[len(self.asked) % STEPS]
        self.asked.append(x.copy())
        return g + self.pull * x if self.pull else g  # at pull 0 the very array: it must stay whole


def walk(method, problem, x0, **hyper):
    """The points x_0..x_60 that `method` yields, and a check that it changed nothing in place."""
    start = x0.copy()
    with np.errstate(all="ignore"):
        points = list(islice(method(problem, start, **hyper), STEPS + 1))
    assert (start == x0).all(), "x0 was changed in place"
    return np.array(points)


def agree(came, expected, rtol=RTOL):
    assert np.isfinite(came).all()
    np.testing.assert_allclose(came, expected, rtol=rtol, atol=rtol)


def compare(method, twin, alphas=(constant, falling), recorded=Recorded, rtol=RTOL, **hyper):
    """The method and its twin on both problems, with a constant step and with a schedule."""
    for pull in PULLS:
        for alpha in alphas:
            problem = recorded(pull)
            step = {} if alpha is None else {"alpha": alpha(1) if alpha is constant else alpha}
            agree(walk(method, problem, problem.start, **step, **hyper), twin(pull, alpha), rtol)
            assert (problem.gradients == problem.G).all(), "a gradient was changed in place"


# ---- Twins: torch, optax -------------------------------------------------------------------------


@cache
def torch_twin(make, pull, alpha):
    """Parameters of a torch optimizer before step 1, after step 1, …, after step 60."""
    x = torch.tensor(X0)
    optimizer = make([x], lr=1.0 if alpha is None else alpha(1))
    points = [X0]
    for k, g in enumerate(G, 1):
        if alpha is not None:
            optimizer.param_groups[0]["lr"] = alpha(k)
        x.grad = torch.tensor(g) + pull * x
        optimizer.step()
        points.append(x.numpy().copy())
    return np.array(points)


@cache
def optax_twin(make, pull, alpha):
    """The same for optax, whose schedules count from 0."""
    optimizer = make(1.0 if alpha is None else lambda count: alpha(count + 1))

    @jax.jit
    def scan(x):
        def step(carry, g):
            x, state = carry
            updates, state = optimizer.update(g + pull * x, state, x)
            x = optax.apply_updates(x, updates)
            return (x, state), x

        return jax.lax.scan(step, (x, optimizer.init(x)), G)[1]

    points = np.vstack([X0, scan(jax.numpy.asarray(X0))])
    assert points.dtype == np.float64
    return points


def libraries(torch_make, optax_make):
    return [partial(torch_twin, torch_make), partial(optax_twin, optax_make)]


GD = libraries(torch.optim.SGD, optax.sgd)
MOMENTUM = libraries(partial(torch.optim.SGD, momentum=0.8), partial(optax.sgd, momentum=0.8))
NESTEROV = libraries(
    partial(torch.optim.SGD, momentum=0.8, nesterov=True),
    partial(optax.sgd, momentum=0.8, nesterov=True),
)
ADAGRAD = partial(optax_twin, partial(optax.adagrad, initial_accumulator_value=0, eps=EPS))
RMSPROP = partial(optax_twin, partial(optax.rmsprop, decay=0.8, eps=EPS))
ADADELTA = libraries(
    partial(torch.optim.Adadelta, rho=0.8, eps=EPS), partial(optax.adadelta, rho=0.8, eps=EPS)
)
BETAS = {"beta1": 0.8, "beta2": 0.95}
TORCH_BETAS = tuple(BETAS.values())
ADAM = libraries(
    partial(torch.optim.Adam, betas=TORCH_BETAS, eps=EPS),
    partial(optax.adam, b1=0.8, b2=0.95, eps=EPS),
)
ADAM_L2 = partial(
    torch_twin, partial(torch.optim.Adam, betas=TORCH_BETAS, eps=EPS, weight_decay=LAM)
)
ADAMW = libraries(
    partial(torch.optim.AdamW, betas=TORCH_BETAS, eps=EPS, weight_decay=LAM),
    partial(optax.adamw, b1=0.8, b2=0.95, eps=EPS, weight_decay=LAM),
)


# ---- Twins: from the papers, one number at a time ------------------------------------------------


def scalars(update):
    """A twin from a generator of one coordinate: it receives g, and gives the new x."""

    @cache
    def twin(pull, alpha):
        columns = []
        for j in range(D):
            x, coordinate = float(X0[j]), update(alpha)
            next(coordinate)
            column = [x]
            for k in range(STEPS):
                x = coordinate.send((x, float(G[k, j]) + pull * x))
                column.append(x)
            columns.append(column)
        return np.array(columns).T

    return twin


@scalars
def amsgrad_twin(alpha):
    """Reddi, Kale, Kumar (2018), Algorithm 2: no bias correction; ε as in Adam."""
    beta1, beta2 = TORCH_BETAS
    m = v = largest = 0.0
    x, g = yield
    for k in range(1, STEPS + 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        if v > largest:
            largest = v
        x, g = yield x - alpha(k) * m / (largest**0.5 + EPS)


@scalars
def adadelta_twin(alpha):
    """Zeiler (2012), Algorithm 1, with the slide's two decays, γ of g² and ρ of the steps."""
    gamma, rho = 0.7, 0.95
    mean_g2 = mean_step2 = 0.0
    x, g = yield
    while True:
        mean_g2 = gamma * mean_g2 + (1 - gamma) * g * g
        step = -((mean_step2 + EPS) ** 0.5) / (mean_g2 + EPS) ** 0.5 * g
        mean_step2 = rho * mean_step2 + (1 - rho) * step * step
        x, g = yield x + step


# ---- Oracles -------------------------------------------------------------------------------------


@oracle("gd")
def gd_is_torch_and_optax(method):
    for twin in GD:
        compare(method, twin)


@oracle("momentum")
def momentum_is_torch_and_optax(method):
    for twin in MOMENTUM:
        compare(method, twin, beta=0.8)


@oracle("nesterov")
def nesterov_looks_where_torch_and_optax_stand(method):
    """Their parameters are the points y_{k+1} at which the gradient k + 1 is taken."""
    for twin in NESTEROV:
        for pull in PULLS:
            problem, y = Recorded(pull), twin(pull, constant)
            x = walk(method, problem, X0, alpha=0.3, beta=0.8)
            agree(np.array(problem.asked), y[:-1])
            agree(x[1:], y[:-1] - 0.3 * (G + pull * y[:-1]))
            assert (problem.G == G).all(), "a gradient was changed in place"


@oracle("nesterov")
def nesterov_is_the_book(method):
    """Nesterov (2004), §2.2, with a schedule too: one number at a time."""
    for pull in PULLS:
        for alpha in (constant, falling):
            before, x, expected = X0.tolist(), X0.tolist(), [X0.tolist()]
            for k in range(1, STEPS + 1):
                new = []
                for j in range(D):
                    y = x[j] + 0.8 * (x[j] - before[j])
                    new.append(y - alpha(k) * (float(G[k - 1, j]) + pull * y))
                before, x = x, new
                expected.append(new)
            agree(walk(method, Recorded(pull), X0, alpha=alpha, beta=0.8), np.array(expected))


@oracle("adagrad")
def adagrad_is_optax(method):
    compare(method, ADAGRAD, eps=EPS)


@oracle("rmsprop")
def rmsprop_is_optax(method):
    compare(method, RMSPROP, gamma=0.8, eps=EPS)


@oracle("adadelta")
def adadelta_is_torch_and_optax_for_one_decay(method):
    for twin in ADADELTA:
        compare(method, twin, alphas=(None,), gamma=0.8, rho=0.8, eps=EPS)


@oracle("adadelta")
def adadelta_has_two_decays(method):
    compare(method, adadelta_twin, alphas=(None,), gamma=0.7, rho=0.95, eps=EPS)


@oracle("adam")
def adam_is_torch_and_optax(method):
    for twin in ADAM:
        compare(method, twin, **BETAS, eps=EPS)


@oracle("amsgrad")
def amsgrad_is_the_paper(method):
    compare(method, amsgrad_twin, **BETAS, eps=EPS)


@oracle("adam_l2")
def adam_l2_is_torch(method):
    compare(method, ADAM_L2, **BETAS, eps=EPS, lam=LAM)


@oracle("adamw")
def adamw_is_torch_and_optax(method):
    for twin in ADAMW:
        compare(method, twin, **BETAS, eps=EPS, lam=LAM)


# ---- The line search needs values, so it has a problem of its own --------------------------------

CURVATURES = (0.5, 4.0, 60.0)
ARMIJO = {"c": 0.4, "shrink": 0.6}


#: What the k-th gradient is multiplied by, each coordinate by its own: wrong, but a descent.
FACTORS = 1 + 0.8 * np.tanh(G / 10)


class Noisy:
    """f = ½ Σ h_j x_j² with its gradient times `FACTORS`."""

    def __init__(self):
        self.factors, self.calls = iter(FACTORS), 0

    def f(self, x):
        self.calls += 1
        assert self.calls < 100 * STEPS, "the search does not end"
        return sum(h * x[..., j] ** 2 for j, h in enumerate(CURVATURES)) / 2

    def grad(self, x):
        return x * np.array(CURVATURES) * next(self.factors)


def armijo_twin(x0, alpha, c, shrink):
    """One run, plain floats: the points, and how often each step was cut."""
    x, points, cuts = x0.tolist(), [x0.tolist()], []

    def f(x):
        return sum(h * x[j] ** 2 for j, h in enumerate(CURVATURES)) / 2

    for k in range(1, STEPS + 1):
        g = [h * x[j] * float(FACTORS[k - 1, j]) for j, h in enumerate(CURVATURES)]
        norm2, t, cut = sum(s * s for s in g), alpha(k), 0
        while f([a - t * b for a, b in zip(x, g, strict=True)]) > f(x) - c * t * norm2:
            t, cut = t * shrink, cut + 1
        x = [a - t * b for a, b in zip(x, g, strict=True)]
        points.append(x)
        cuts.append(cut)
    return np.array(points), np.array(cuts)


RUNS = np.stack([X0, -X0[::-1], 3 * X0])


@oracle("gd_armijo")
def armijo_is_the_paper_in_every_run(method):
    for alpha in (lambda k: 2.0, lambda k: 8.0 / (k + 1)):
        points = walk(method, Noisy(), RUNS, alpha=alpha, **ARMIJO)
        for r, x0 in enumerate(RUNS):
            agree(points[:, r], armijo_twin(x0, alpha, **ARMIJO)[0])


@oracle("gd_armijo")
def armijo_takes_the_first_step_that_descends_enough(method):
    """The definition itself: the accepted t passes the test, t/shrink fails it (if t < α)."""
    problem, points = Noisy(), walk(method, Noisy(), RUNS, alpha=2.0, **ARMIJO)
    for x, x_next in pairwise(points):
        g = problem.grad(x)
        norm2 = (g**2).sum(-1)
        t = ((x - x_next) * g).sum(-1) / norm2

        def passes(t, x=x, g=g, norm2=norm2):
            return problem.f(x - t[:, None] * g) <= problem.f(x) - ARMIJO["c"] * t * norm2

        cuts = np.round(np.log(t / 2.0) / np.log(ARMIJO["shrink"]))
        assert (cuts >= 0).all()
        np.testing.assert_allclose(t, 2.0 * ARMIJO["shrink"] ** cuts, rtol=1e-6)
        assert passes(2.0 * ARMIJO["shrink"] ** cuts).all()
        assert not passes(2.0 * ARMIJO["shrink"] ** (cuts - 1))[cuts > 0].any()


class Counted:
    """f and its gradient, one number at a time or many, and how many values of f were asked."""

    def __init__(self, f, grad):
        self.asked, self._f, self.grad = 0, f, grad

    def f(self, x):
        self.asked += 1
        return self._f(x)


def log_barrier():
    """u − ln u: nan for u < 0, the minimum is at 1."""
    return Counted(lambda x: x[..., 0] - np.log(x[..., 0]), lambda x: 1 - 1 / x)


def half_circle():
    """−√(1 − u²): nan for |u| > 1, the minimum is at 0."""
    return Counted(lambda x: -np.sqrt(1 - x[..., 0] ** 2), lambda x: x / np.sqrt(1 - x**2))


def bowl():
    """x² in two forms whose difference is inf − inf for a long step."""
    return Counted(lambda x: 2 * x[..., 0] ** 2 - x[..., 0] ** 2, lambda x: 2 * x)


@oracle("gd_armijo")
def armijo_stays_in_the_domain(method):
    """Where f is nan a step is too long: by hand, one run and number at a time."""
    cases = ((log_barrier(), 3.0, 10.0, 1), (half_circle(), 0.9, 1.0, 0), (bowl(), 3.0, 1e200, 0))
    for problem, start, alpha, minimum in cases:
        x, expected = np.array([start]), [[start]]
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                t, g, f = alpha, problem.grad(x), problem.f(x)
                while not problem.f(x - t * g) <= f - 1e-4 * t * (g**2).sum():
                    t /= 2
                x = x - t * g
                expected.append(x)
        assert abs(x - minimum) < 1e-8, "the twin does not get there"
        agree(walk(method, problem, np.array([start]), alpha=alpha), np.array(expected))


@oracle("gd_armijo")
def armijo_stays_where_no_try_passes(method):
    """shrink so near 1 that the tries end before t is short enough; and from where f is nan."""
    cases = ((bowl(), 3.0, 3.0, 1 + methods.TRIES), (log_barrier(), -1.0, np.nan, 2))
    for problem, start, then, most in cases:
        with np.errstate(all="ignore"):
            points = list(islice(method(problem, np.array([start]), alpha=1e3, shrink=0.999), 3))
        assert problem.asked <= 2 * most
        np.testing.assert_array_equal(points, [[start], [then], [then]])


# ---- Second order: they need a Hessian, or two gradients of one batch ----------------------------

#: A batch's Hessian for each iteration: positive definite but for every seventh.
HESSIANS = np.random.default_rng(8).normal(size=(STEPS, D, D)) / 3
HESSIANS = HESSIANS @ HESSIANS.swapaxes(1, 2) + 0.3 * np.eye(D)
HESSIANS[6::7] *= -1


class Curved(Recorded):
    """Gradients G[k] + pull·x; the Hessian that it tells is another one, and depends on x."""

    def hessian(self, x):
        return HESSIANS[0] + x[..., :, None] * x[..., None, :]


@oracle("newton")
def newton_solves_for_every_run(method):
    """Cramer's rule, one run at a time; g is at the same x as the Hessian."""
    for pull in PULLS:
        for alpha in (constant, falling):
            problem = Curved(pull)
            points = walk(method, problem, RUNS, alpha=alpha)
            for r, x in enumerate(RUNS):
                expected = [x]
                for k in range(1, STEPS + 1):
                    g, H = G[k - 1] + pull * x, HESSIANS[0] + np.outer(x, x)
                    columns = [H.copy() for _ in range(D)]
                    for j, column in enumerate(columns):
                        column[:, j] = g
                    step = [np.linalg.det(c) / np.linalg.det(H) for c in columns]
                    x = x - alpha(k) * np.array(step)
                    expected.append(x)
                agree(points[:, r], np.array(expected))
            assert (problem.G == G).all(), "a gradient was changed in place"


class Batches:
    """The k-th batch is ½ xᵀH_k x + G[k]ᵀx / 10, whoever and however many points ask."""

    def __init__(self):
        self.k = 0

    def grad(self, x):
        g = x @ HESSIANS[self.k % STEPS] + G[self.k % STEPS] / 10
        self.k += 1
        return g


def bfgs_twin(x, alpha, eps, lam):
    """One run in the other form: A = B⁻¹ learns the Hessian, and the step solves A p = g."""
    A, before, points, skipped = np.eye(D) / eps, x, [x], 0
    for k in range(1, STEPS + 1):
        H, b = HESSIANS[k - 1], G[k - 1] / 10
        s = x - before
        y = (H @ x + b) - (H @ before + b) + lam * s
        if y @ s > 0:
            As = A @ s
            A = A + np.outer(y, y) / (y @ s) - np.outer(As, As) / (s @ As)
        else:
            skipped += 1
        before, x = x, x - alpha(k) * np.linalg.solve(A, H @ x + b)
        points.append(x)
    assert skipped > 3, "the twin never had to skip a pair"
    return np.array(points)


@oracle("stochastic_bfgs")
def stochastic_bfgs_is_bfgs_of_pairs_of_one_batch(method):
    for alpha in (constant, falling):
        for hyper in ({"eps": 0.2, "lam": 0.0}, {"eps": 0.05, "lam": 0.2}):
            points = walk(method, Batches(), RUNS, alpha=alpha, **hyper)
            for r, x0 in enumerate(RUNS):
                came, expected = points[:, r], bfgs_twin(x0, alpha, **hyper)
                assert np.isfinite(came).all()
                scale = abs(expected).max()
                np.testing.assert_allclose(came, expected, rtol=1e-7, atol=1e-9 * scale)


@oracle("stochastic_bfgs")
def stochastic_bfgs_without_noise_finds_the_hessian(method):
    """On a quadratic in d variables B → H⁻¹, and the unit step ends it."""

    class Quadratic:
        def grad(self, x):
            return x @ HESSIANS[0]

    points = walk(method, Quadratic(), X0, alpha=1.0, eps=0.5, lam=0.0)
    assert abs(points[40]).max() < 1e-12
    for H in (1e-3, 1e3):  # even where eps is far from 1/L

        class Steep:
            def grad(self, x, H=H):
                return H * x

        assert abs(walk(method, Steep(), X0, alpha=1.0, eps=0.5, lam=0.0)[5]).max() < 1e-9


# ---- After the lecture: matrices -----------------------------------------------------------------


class Matrices(Recorded):
    """A wide matrix, a tall one, and a vector in one point."""

    shapes = [(2, 3), (3, 2), (4,)]  # noqa: RUF012  never changed
    start = np.random.default_rng(9).normal(size=16)
    gradients = np.random.default_rng(10).normal(size=(STEPS, 16)) * np.geomspace(1, 5, 16)


def cut(v):
    """The three parts, by hand."""
    return [v[:6].reshape(2, 3), v[6:12].reshape(3, 2), v[12:]]


@cache
def torch_matrices(make, pull, alpha):
    """As `torch_twin`, of the parts of `Matrices`, each a parameter of its own."""
    xs = [torch.tensor(part) for part in cut(Matrices.start)]
    optimizer, points = make(xs, lr=alpha(1)), [Matrices.start]
    for k, g in enumerate(Matrices.gradients, 1):
        optimizer.param_groups[0]["lr"] = alpha(k)
        for x, part in zip(xs, cut(g), strict=True):
            x.grad = torch.tensor(part) + pull * x
        optimizer.step()
        points.append(np.concatenate([x.numpy().ravel() for x in xs]))
    return np.array(points)


#: The cubic iteration, so often that it has converged: no SVD.
CUBIC = ((1.5, -0.5, 0.0),) * 80


@cache
def optax_muon(pull, alpha):
    """optax's momentum and Newton–Schulz, until it is U Vᵀ; a vector is a column."""
    sides = [optax.contrib.MuonDimensionNumbers()] * len(Matrices.shapes)
    scaled = optax.contrib.scale_by_muon(
        CUBIC, len(CUBIC), beta=0.8, nesterov=False, weight_dimension_numbers=sides
    )
    columns = [part.reshape(len(part), -1) for part in cut(Matrices.start)]
    update, state = jax.jit(scaled.update), scaled.init(columns)
    x, points = Matrices.start, [Matrices.start]
    for k, g in enumerate(Matrices.gradients, 1):
        columns = [part.reshape(len(part), -1) for part in cut(g + pull * x)]
        steps, state = update(columns, state)
        x = x - alpha(k) * np.concatenate([np.ravel(step) for step in steps])
        points.append(x)
    return np.array(points)


@oracle("muon")
def muon_is_optax(method):
    compare(method, optax_muon, recorded=Matrices, beta=0.8)


@oracle("muon")
def muon_without_shapes_is_momentum_of_length_alpha(method):
    points, m = walk(method, Recorded(0.3), X0, alpha=falling, beta=0.8), 0
    for k, (x, x_next) in enumerate(pairwise(points), 1):
        m = 0.8 * m + G[k - 1] + 0.3 * x
        agree(x_next, x - falling(k) * m / sum(m * m) ** 0.5)


SHAMPOO = partial(torch_matrices, partial(pytorch_optimizer.Shampoo, matrix_eps=EPS))


@oracle("shampoo")
def shampoo_is_the_collection_s(method):
    compare(method, SHAMPOO, recorded=Matrices, eps=EPS)


@oracle("shampoo")
def shampoo_is_a_root_of_kronecker_s_product(method):
    """vec(L^(−1/4) G R^(−1/4)) = (L ⊗ R)^(−1/4) vec G, Lemma 4 of the paper: one big matrix."""
    points = walk(method, Matrices(0.0), Matrices.start, alpha=0.3, eps=EPS)
    L, R = EPS * np.eye(2), EPS * np.eye(3)
    for x, x_next, g in zip(points, points[1:], Matrices.gradients, strict=False):
        W = g[:6].reshape(2, 3)
        L, R = L + W @ W.T, R + W.T @ W
        w, V = np.linalg.eigh(np.kron(L, R))
        agree(x_next[:6], x[:6] - 0.3 * V @ (V.T @ g[:6] / w**0.25))


def turned(v, turns):
    """Each part M of v as U M Vᵀ."""
    columns = [part.reshape(len(part), -1) for part in cut(v)]
    return np.concatenate([np.ravel(U @ M @ V.T) for M, (U, V) in zip(columns, turns, strict=True)])


@oracle("shampoo")
@oracle("soap")
def the_path_turns_with_the_problem(method):
    rng = np.random.default_rng(11)
    turns = [[np.linalg.qr(rng.normal(size=(n, n)))[0] for n in size]
             for size in ((2, 3), (3, 2), (4, 1))]  # fmt: skip
    problem, other = Matrices(0.3), Matrices(0.3)
    other.G = np.array([turned(g, turns) for g in problem.G])
    points = walk(method, problem, problem.start, eps=EPS)
    expected = [turned(x, turns) for x in points]
    agree(walk(method, other, turned(problem.start, turns), eps=EPS), expected)


def mean(values, beta):
    """The corrected moving average as one sum over all that was averaged."""
    weights = beta ** np.arange(len(values))[::-1]
    return np.tensordot(weights / weights.sum(), values, 1)


def left_vectors(matrices, beta):
    """Eigenvectors of the average of M Mᵀ, eigenvalues increasing, from an SVD of all the M."""
    weights = beta ** (np.arange(len(matrices))[::-1] / 2)
    side_by_side = [w * M for w, M in zip(weights, matrices, strict=True)]
    return np.linalg.svd(np.hstack(side_by_side))[0][:, ::-1]


@cache
def soap_in_sums(pull, alpha):
    """Algorithm 3 of the paper, P and Q renewed before the step, without a recursion."""
    points, seen, squares = [Matrices.start], [[], [], []], [[], [], []]
    for k, g in enumerate(Matrices.gradients, 1):
        steps = []
        for part, Gs, Vs in zip(cut(g + pull * points[-1]), seen, squares, strict=True):
            Gs.append(part.reshape(len(part), -1))
            P, Q = left_vectors(Gs, 0.95), left_vectors([M.T for M in Gs], 0.95)
            Vs.append((P.T @ Gs[-1] @ Q) ** 2)
            step = (P.T @ mean(Gs, 0.8) @ Q) / (mean(Vs, 0.95) ** 0.5 + EPS)
            steps.append(np.ravel(P @ step @ Q.T))
        points.append(points[-1] - alpha(k) * np.concatenate(steps))
    return np.array(points)


@oracle("soap")
def soap_is_algorithm_3(method):
    compare(method, soap_in_sums, recorded=Matrices, **BETAS, eps=EPS)


@oracle("soap")
def soap_in_axes_that_stay_is_adam(method):
    """Gradients on the diagonal, the first always the smallest: P = Q = I."""
    problem, diagonal = Recorded(0.0), Recorded(0.0)
    problem.G = (1.5 + np.cos(np.arange(STEPS * D).reshape(STEPS, D))) * np.geomspace(1, 1e3, D)
    diagonal.G, diagonal.shapes = np.array([np.diag(g).ravel() for g in problem.G]), [(D, D)]
    points = walk(METHODS["adam"], problem, X0, alpha=falling, **BETAS)
    expected = [np.diag(x).ravel() for x in points]
    agree(walk(method, diagonal, np.diag(X0).ravel(), alpha=falling, **BETAS), expected)


# ---- After the lecture: vectors ------------------------------------------------------------------

LION = partial(optax_twin, partial(optax.lion, b1=0.8, b2=0.95, weight_decay=LAM))


@oracle("lion")
def lion_is_optax(method):
    compare(method, LION, **BETAS, lam=LAM)


@cache
def prodigy_twin(pull, alpha):
    """Mishchenko, Defazio (2024), Algorithm 4, one number at a time."""
    beta1, beta2 = TORCH_BETAS
    root, d, r = beta2**0.5, 0.01, 0.0
    x, points = X0.tolist(), [X0.tolist()]
    m, v, s = [0.0] * D, [0.0] * D, [0.0] * D
    for k in range(1, STEPS + 1):
        g = [float(G[k - 1, j]) + pull * x[j] for j in range(D)]
        r = root * r + (1 - root) * alpha(k) * d * d * sum(
            g[j] * (float(X0[j]) - x[j]) for j in range(D)
        )
        for j in range(D):
            s[j] = root * s[j] + (1 - root) * alpha(k) * d * d * g[j]
            m[j] = beta1 * m[j] + (1 - beta1) * d * g[j]
            v[j] = beta2 * v[j] + (1 - beta2) * d * d * g[j] * g[j]
            x[j] -= alpha(k) * d * m[j] / (v[j] ** 0.5 + d * EPS)
        d = max(d, r / sum(map(abs, s)))
        points.append(list(x))
    return np.array(points)


@oracle("prodigy")
def prodigy_is_the_paper(method):
    compare(method, prodigy_twin, **BETAS, eps=EPS, d0=0.01)


@oracle("prodigy")
def prodigy_is_the_authors_but_for_eps(method):
    """The collection has their code, d in float32; ε so small that it does not matter which d."""
    make = partial(pytorch_optimizer.Prodigy, betas=TORCH_BETAS, eps=1e-30, d0=0.01)
    twin = partial(torch_twin, make)
    compare(method, twin, rtol=1e-5, **BETAS, eps=1e-30, d0=0.01)


SCHEDULE_FREE = partial(
    optax.contrib.schedule_free_adamw, b1=0.8, b2=0.95, eps=EPS, weight_decay=LAM
)


@oracle("schedule_free")
def schedule_free_looks_where_optax_stands(method):
    """optax holds the points y, at which the gradient is taken."""
    for pull in PULLS:
        x, optimizer = X0, SCHEDULE_FREE(0.3)
        state, update, y = optimizer.init(X0), jax.jit(optimizer.update), [X0]
        for g in G:
            step, state = update(g + pull * x, state, x)
            x = np.asarray(x + step)
            y.append(x)
        problem = Recorded(pull)
        walk(method, problem, X0, alpha=0.3, **BETAS, eps=EPS, lam=LAM)
        agree(np.array(problem.asked), np.array(y[:-1]))
        assert (problem.G == G).all(), "a gradient was changed in place"


@cache
def schedule_free_twin(pull, alpha):
    """Defazio et al. (2024), Algorithm 1, one number at a time."""
    beta1, beta2 = TORCH_BETAS
    columns = []
    for j in range(D):
        x = z = float(X0[j])
        v, total, column = 0.0, 0.0, [float(X0[j])]
        for k in range(1, STEPS + 1):
            y = (1 - beta1) * z + beta1 * x
            g = float(G[k - 1, j]) + pull * y
            v = beta2 * v + (1 - beta2) * g * g
            z -= alpha(k) * (g / ((v / (1 - beta2**k)) ** 0.5 + EPS) + LAM * y)
            total += alpha(k) ** 2
            x += alpha(k) ** 2 / total * (z - x)
            column.append(x)
        columns.append(column)
    return np.array(columns).T


@oracle("schedule_free")
def schedule_free_is_the_paper(method):
    compare(method, schedule_free_twin, **BETAS, eps=EPS, lam=LAM)


class Wavy:
    """A gradient that no step along it leaves alone, the same at every call."""

    def grad(self, x):
        return x * np.array(CURVATURES) + 3 * np.sin(x[..., ::-1])


class Handed(Batches):
    """Whose batches are handed out too: the k-th one, however often it is asked."""

    def next_batch(self):
        k, self.k = self.k, self.k + 1
        batch = Batches()
        batch.grad = lambda x: x @ HESSIANS[k % STEPS] + G[k % STEPS] / 10
        return batch


@oracle("sam")
def sam_is_optax(method):
    """Its transparent form: every second update is a step."""
    problem = Wavy()
    for alpha in (0.01, 0.03):
        far = optax.chain(optax.contrib.normalize(), optax.sgd(0.2))
        optimizer = optax.contrib.sam(optax.sgd(alpha), far)
        x, points = jax.numpy.asarray(X0), [X0]
        state, update = optimizer.init(x), jax.jit(optimizer.update)
        for k in range(2 * STEPS):
            step, state = update(problem.grad(x), state, x)
            x = x + step
            points += [x] * (k % 2)
        agree(walk(method, problem, X0, alpha=alpha, radius=0.2), np.array(points))


@oracle("sam")
def sam_asks_one_batch_twice(method):
    """Each run has its own length of the gradient; where it is 0 nothing is divided."""
    points = walk(method, Handed(), RUNS, alpha=falling, radius=0.2)
    for r, x in enumerate(RUNS):
        expected = [x]
        for k in range(1, STEPS + 1):
            H, b = HESSIANS[k - 1], G[k - 1] / 10
            g = x @ H + b
            x = x - falling(k) * ((x + 0.2 * g / sum(g * g) ** 0.5) @ H + b)
            expected.append(x)
        scale = abs(np.array(expected)).max()
        np.testing.assert_allclose(points[:, r], expected, rtol=1e-7, atol=1e-9 * scale)
    assert (walk(method, Wavy(), np.zeros(D), alpha=0.1, radius=0.2) == 0).all()
