"""The methods of the lecture, in the order of the slides: the code is the slide.

A method is a generator that yields x₀, x₁, x₂, … A problem offers `problem.f(x)` and
`problem.grad(x)`; a method may call them as often as it likes. Nothing is ever changed in place,
so one text serves NumPy and torch, one run and a thousand runs: the last axis of `x` is the
coordinate j = 1..d, every axis before it is a run (a seed, a step size).

There is no separate SGD: it is `gd` on `problem.minibatch(batch, seed)`, whose `grad` is an
unbiased estimate. Every step α may be a number, an array that broadcasts with `x`, or a function
of the iteration k = 1, 2, …; `at(alpha, k)` reads α_k.

ε > 0 is what keeps 0/0 away. With ε = 0, or one that the dtype rounds to 0 (1e-8 in float16), a
coordinate is nan from the first g = 0 on that finds v = 0; the other coordinates do not notice.

`course_lib.run` checks hyperparameters against their `letters` and records the trajectory.
"""

from itertools import count

from course_lib.arrays import eye, maximum, outer, product, solve, stack

TRIES = 1000  # of a line search in one step


def at(alpha, k):
    """α_k: the value of a constant step or of a schedule at iteration k."""
    return alpha(k) if callable(alpha) else alpha


def gd(problem, x, alpha=0.1):
    """Gradient descent; on `problem.minibatch(...)` it is stochastic gradient descent.

    x_k = x_{k-1} − α_k ∇f(x_{k-1})

    alpha: step α ≥ 0, converges on an L-smooth f for α < 2/L.
    Source: S1, S2. Robbins, Monro (1951), A Stochastic Approximation Method.
    torch, optax: equal to `torch.optim.SGD(lr=alpha)` and `optax.sgd(alpha)`.
    """
    for k in count(1):
        yield x
        g = problem.grad(x)
        x = x - at(alpha, k) * g


def gd_armijo(problem, x, alpha=1.0, c=1e-4, shrink=0.5):
    """Gradient descent with backtracking line search: no L needed.

    x_k = x_{k-1} − t g,  t = the first of α, shrink·α, shrink²·α, … for which
    f(x_{k-1} − t g) ≤ f(x_{k-1}) − c t ‖g‖²

    alpha: first step tried, α ≥ 0; c: share of the promised decrease, 0 ≤ c < 1;
    shrink: factor between tries, 0 ≤ shrink < 1. Each run searches its own t; where f is nan or
    inf, outside its domain, t is too long. An iteration asks for at most 1 + `TRIES` values of f:
    a run stays where it is if no try passes (x is a minimum of f, but the stochastic g is not 0;
    shrink is so near 1 that the tries end too early), and is lost where f(x_{k-1}) is not finite.
    Source: S1. Armijo (1966), Minimization of functions having Lipschitz continuous first partial
    derivatives. On a minibatch problem g is stochastic and f is the full objective.
    torch, optax: torch has no such method; `optax.scale_by_backtracking_linesearch` is a relative.
    """
    for k in count(1):
        yield x
        g = problem.grad(x)
        f_x = problem.f(x)[..., None]
        decrease = c * (g**2).sum(-1)[..., None]
        t = at(alpha, k) + 0 * f_x
        for _ in range(TRIES):
            too_long = ~(problem.f(x - t * g)[..., None] <= f_x - t * decrease) & (t > 0)
            if not too_long.any():
                break
            t = t - (1 - shrink) * t * too_long
        t = t * ~too_long
        x = x - t * g


def momentum(problem, x, alpha=0.1, beta=0.9):
    """Heavy ball: the step remembers the steps before it.

    m_k = β m_{k-1} + g_k,  x_k = x_{k-1} − α_k m_k;  with constant α the same as
    x_k = x_{k-1} − α g_k + β (x_{k-1} − x_{k-2})

    alpha: step α ≥ 0 (the memory multiplies it by up to 1/(1−β)); beta: 0 ≤ β < 1.
    Source: S5. Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    torch, optax: equal to `SGD(momentum=beta)` and `optax.sgd(alpha, momentum=beta)`.
    """
    m = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta * m + g
        x = x - at(alpha, k) * m


def nesterov(problem, x, alpha=0.1, beta=0.9):
    """Nesterov's accelerated gradient: look ahead first, then measure the slope there.

    y_k = x_{k-1} + β (x_{k-1} − x_{k-2}),  x_k = y_k − α_k ∇f(y_k)

    alpha: step α ≥ 0, 1/L for an L-smooth f; beta: 0 ≤ β < 1, (√κ−1)/(√κ+1) for κ = L/μ.
    Source: S5. Nesterov (1983), A method of solving a convex programming problem with convergence
    rate O(1/k²); this constant-β form: Introductory Lectures (2004), §2.2.
    torch, optax: `SGD(momentum=beta, nesterov=True)` and `optax.sgd(..., nesterov=True)` hold the
    look-ahead points y_{k+1}, not x_k; with constant α these are equal (watch "y").
    """
    x_prev = x
    for k in count(1):
        yield x
        y = x + beta * (x - x_prev)
        g = problem.grad(y)
        x_prev = x
        x = y - at(alpha, k) * g


def newton(problem, x, alpha=1.0):
    """Newton's method; with a stochastic gradient it is stochastic Newton, its Hessian exact.

    x_k = x_{k-1} − α_k ∇²f(x_{k-1})⁻¹ ∇f(x_{k-1})

    alpha: step α ≥ 0, 1 for the full step. The problem also offers `hessian(x)`, (*runs, d) →
    (*runs, d, d): the one of f, also on a minibatch problem, so only the gradient is noisy.
    Source: S5. Nocedal, Wright (2006), Numerical Optimization, §3.3; with α = 1/k: Fabian (1968).
    torch, optax: have no such method.
    """
    for k in count(1):
        yield x
        g = problem.grad(x)
        H = problem.hessian(x)
        x = x - at(alpha, k) * solve(H, g)


def stochastic_bfgs(problem, x, alpha=1.0, eps=0.1, lam=0.0):
    """BFGS on batches: B learns ∇²f⁻¹ from pairs of gradients, each pair of one batch.

    s = x_{k-1} − x_{k-2},  y = g_k(x_{k-1}) − g_k(x_{k-2}) + λ s,  ρ = 1/yᵀs
    B ← (I − ρ s yᵀ) B (I − ρ y sᵀ) + ρ s sᵀ  where yᵀs > 0,  x_k = x_{k-1} − α_k B g_k(x_{k-1})

    alpha: step α ≥ 0, 1 for the full step; eps: B₀ = ε I, ε ≥ 0, about 1/L; lam: λ ≥ 0, keeps
    what B learns below 1/λ. An iteration asks for two gradients in one call of `grad`, at two
    stacked points: runs of one seed share their batch, so both are gradients of the same f_B.
    Source: S5. Schraudolph, Yu, Günter (2007), A Stochastic Quasi-Newton Method for Online Convex
    Optimization; without noise it is Broyden, Fletcher, Goldfarb, Shanno (1970).
    torch, optax: `torch.optim.LBFGS` and `optax.lbfgs` keep pairs, not B, and search along a line.
    """
    x_prev = x
    B = (eps + 0 * x)[..., None] * eye(x)
    for k in count(1):
        yield x
        g, g_prev = problem.grad(stack([x, x_prev]))
        s = x - x_prev
        y = g - g_prev + lam * s
        ys = (y * s).sum(-1)[..., None]
        rho = (ys > 0) / (abs(ys) + (ys <= 0))  # 0 where there is nothing to learn
        V = eye(x) - outer(rho * s, y)
        B = V @ B @ V.mT + outer(rho * s, s)
        x_prev = x
        x = x - at(alpha, k) * product(B, g)


def adagrad(problem, x, alpha=0.1, eps=1e-6):
    """AdaGrad: every coordinate divides by the root of all its squared gradients so far.

    v ← v + g²,  x ← x − α g / √(v + ε)

    alpha: step α ≥ 0, the length of the first step in each coordinate; eps: ε ≥ 0, in units of g²
    (0: nan where g = 0 so far).
    Source: S9. Duchi, Hazan, Singer (2011), Adaptive Subgradient Methods, JMLR 12.
    torch, optax: the slide puts ε inside the root, `torch.optim.Adagrad` outside; with
    `initial_accumulator_value=0, eps=eps` `optax.adagrad` is equal (its default starts at 0.1).
    """
    v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        v = v + g**2
        x = x - at(alpha, k) * g / (v + eps) ** 0.5


def rmsprop(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
    """RMSProp: AdaGrad that forgets; the sum of squares becomes a moving average.

    v ← γ v + (1−γ) g²,  x ← x − α g / √(v + ε)

    alpha: step α ≥ 0 (the first one is α/√(1−γ) long); gamma: 0 ≤ γ < 1; eps: ε ≥ 0, units of g²
    (0: nan where g = 0 so far).
    Source: S10. Tieleman, Hinton (2012), Neural Networks for Machine Learning, lecture 6e.
    torch, optax: the slide puts ε inside the root, `torch.optim.RMSprop` outside (and calls γ
    alpha); `optax.rmsprop(alpha, decay=gamma, eps=eps)` is equal.
    """
    v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        x = x - at(alpha, k) * g / (v + eps) ** 0.5


def adadelta(problem, x, gamma=0.9, rho=0.9, eps=1e-6):
    """Adadelta: the step's unit comes from the steps made before, so there is no α.

    v ← γ v + (1−γ) g²,  g̃ = √(Δ + ε) / √(v + ε) · g,  x ← x − g̃,  Δ ← ρ Δ + (1−ρ) g̃²

    gamma: memory of gradients, 0 ≤ γ < 1; rho: memory of steps, 0 ≤ ρ < 1; eps: ε ≥ 0, the hidden
    learning rate: the first step is about √(ε/(1−γ)) long, and with ε = 0 no coordinate moves; it
    is nan where g = 0 so far.
    Source: S11. Zeiler (2012), ADADELTA, arXiv 1212.5701 (one decay; the slide has two).
    torch, optax: with γ = ρ equal to `torch.optim.Adadelta(lr=1, rho=rho, eps=eps)` and
    `optax.adadelta(1, rho, eps)`.
    """
    v = delta = 0
    while True:
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        g_tilde = (delta + eps) ** 0.5 / (v + eps) ** 0.5 * g
        x = x - g_tilde
        delta = rho * delta + (1 - rho) * g_tilde**2


def adam(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam: momentum over RMSProp, both corrected for having started at zero.

    m ← β₁ m + (1−β₁) g,  v ← β₂ v + (1−β₂) g²,  m̂ = m/(1−β₁^k),  v̂ = v/(1−β₂^k),
    x ← x − α m̂ / (√v̂ + ε)

    alpha: step α ≥ 0; beta1, beta2: memories of g and of g², 0 ≤ β < 1; eps: ε ≥ 0, units of g
    (0: nan where g = 0 so far).
    Source: S12. Kingma, Ba (2015), Adam, ICLR, Algorithm 1.
    torch, optax: equal to `torch.optim.Adam` and `optax.adam` with the same defaults.
    """
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)


def amsgrad(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """AMSGrad: Adam whose denominator never shrinks, as its paper prints it.

    m ← β₁ m + (1−β₁) g,  v ← β₂ v + (1−β₂) g²,  v̂ ← max(v̂, v),  x ← x − α m / (√v̂ + ε)

    alpha: step α ≥ 0; beta1, beta2: 0 ≤ β < 1; eps: ε ≥ 0 (the paper has none; 0: nan where g = 0
    so far).
    Source: S12. Reddi, Kale, Kumar (2018), On the Convergence of Adam and Beyond, Algorithm 2.
    torch, optax: the paper has no bias correction; `torch.optim.Adam(amsgrad=True)` takes the
    maximum of v and corrects after it, `optax.amsgrad` takes the maximum of the corrected v̂.
    """
    m = v = v_hat = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = maximum(v_hat, v)
        x = x - at(alpha, k) * m / (v_hat**0.5 + eps)


def adam_l2(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    """Adam on the loss f(x) + (λ/2)‖x‖²: the penalty's gradient is divided by √v̂ too.

    g ← ∇f(x) + λ x, then Adam

    alpha, beta1, beta2, eps: as in `adam`; lam: λ ≥ 0.
    Source: S13 (the slide writes λ‖x‖², whose gradient is 2λx; the penalty meant is (λ/2)‖x‖²).
    torch, optax: equal to `torch.optim.Adam(weight_decay=lam)`.
    """
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x) + lam * x
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)


def adamw(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    """AdamW: weight decay stays outside the adaptive step.

    m, v, m̂, v̂ as in Adam,  x ← x − α (m̂ / (√v̂ + ε) + λ x)

    alpha, beta1, beta2, eps: as in `adam`; lam: λ ≥ 0, every weight shrinks by 1 − αλ each step.
    Source: S13. Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, ICLR.
    torch, optax: equal to `torch.optim.AdamW(weight_decay=lam)` and `optax.adamw`, whose default
    λ is 1e-4; the paper's own λ is not multiplied by α.
    """
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        x = x - at(alpha, k) * (m_hat / (v_hat**0.5 + eps) + lam * x)


#: What the slides call them. (`gd` on minibatches is SGD.)
NAMES = {
    gd: "GD",
    gd_armijo: "Armijo",
    momentum: "Momentum",
    nesterov: "Nesterov",
    newton: "Newton",
    stochastic_bfgs: "BFGS",
    adagrad: "AdaGrad",
    rmsprop: "RMSProp",
    adadelta: "Adadelta",
    adam: "Adam",
    amsgrad: "AMSGrad",
    adam_l2: "Adam + L₂",
    adamw: "AdamW",
}
