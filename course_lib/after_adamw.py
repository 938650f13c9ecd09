"""After the lecture: methods of 2018–2024 in the order of their papers, the code is the formula.

They are generators as in `course_lib.methods`, and all that is said there holds here. Shampoo and
Muon look at matrices: `problem.shapes`, such as [(64, 32), (64,)], says how the flat vector is cut
(a network has it). A shape with one axis is a column, one with more is first × all others; for a
problem without `shapes` the whole point is one column.
"""

from itertools import count
from math import prod

from course_lib import methods
from course_lib.arguments import check_integer
from course_lib.arrays import eigh, eye, maximum, namespace, sign, svd
from course_lib.methods import at

NEWTON_SCHULZ = 3.4445, -4.7750, 2.0315  # K. Jordan's: fast, to within 0.7…1.2 of 1


def parts(v, problem):
    """The vector v (*runs, d) as the problem's matrices, each (*runs, rows, columns)."""
    shapes = getattr(problem, "shapes", None) or [v.shape[-1:]]
    try:
        sides = [tuple(check_integer("shapes", side, 1) for side in shape) for shape in shapes]
        if sum(map(prod, sides)) != v.shape[-1]:
            raise TypeError
    except TypeError:  # no shapes at all, or not these
        raise ValueError(f"shapes: expected d = {v.shape[-1]} numbers; got {shapes}") from None
    cut, end = [], 0
    for rows, *columns in (side or (1,) for side in sides):
        start, end = end, end + rows * prod(columns)
        cut.append(v[..., start:end].reshape((*v.shape[:-1], rows, prod(columns))))
    return cut


def flat(matrices):
    """The vector (*runs, d) that `parts` cut into these."""
    xp = namespace(matrices[0])
    return xp.concatenate([M.reshape((*M.shape[:-2], prod(M.shape[-2:]))) for M in matrices], -1)


def turned(v, bases, problem):
    """The vector v (*runs, d) seen in other bases, Pᵀ M Q for each of its matrices M.

    bases: [(P, Q), …], the orthogonal matrices (*runs, rows, rows) and (*runs, columns, columns).
    """
    return flat([P.mT @ M @ Q for M, (P, Q) in zip(parts(v, problem), bases, strict=True)])


def polar(M):
    """U Vᵀ of the SVD M = U S Vᵀ: argmax ⟨M, X⟩ over ‖X‖ ≤ 1 in the spectral norm.

    A singular value that is 0 but for rounding stays 0, else its directions would be chosen by
    chance. M: (*runs, m, n).
    """
    U, s, Vt = svd(M)
    size = max(M.shape[-2:]) * namespace(M).finfo(M.dtype).eps
    return (U * (s > size * s[..., :1])[..., None, :]) @ Vt


def newton_schulz(M, steps=5):
    """Nearly U Vᵀ by matrix products alone: X ← a X + b (XXᵀ) X + c (XXᵀ)² X from M/‖M‖.

    Singular values come to 0.7…1.2, not to 1, those near 0 stay there. M: (*runs, m, n).
    Source: Jordan et al. (2024), Muon; torch computes it in bfloat16.
    """
    if M.shape[-2] > M.shape[-1]:
        return newton_schulz(M.mT, steps).mT
    a, b, c = NEWTON_SCHULZ
    X = M / ((M**2).sum((-2, -1))[..., None, None] ** 0.5 + 1e-7)
    for _ in range(steps):
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X


def power(A, p):
    """A^p of symmetric positive definite matrices (*runs, n, n), p a number.

    What is negative by rounding counts as the smallest eigenvalue that the dtype can tell.
    """
    w, V = eigh(A)
    w = maximum(namespace(A).finfo(A.dtype).eps * w[..., -1:], w)
    return (V * w[..., None, :] ** p) @ V.mT


def axes(A):
    """Eigenvectors of symmetric A ≥ 0 (*runs, n, n) as columns, eigenvalues increasing.

    One whose eigenvalue is 0 but for rounding is 0, else chance would choose it, see `polar`.
    """
    w, V = eigh(A)
    least = A.shape[-1] * namespace(A).finfo(A.dtype).eps * w[..., -1:]
    return V * (w > least)[..., None, :]


def shampoo(problem, x, alpha=0.1, eps=1e-6):
    """Shampoo: AdaGrad with one matrix for the rows of W and one for its columns.

    L ← L + G Gᵀ,  R ← R + Gᵀ G  from ε I,  W ← W − α L^(−1/4) G R^(−1/4);
    a vector has L alone:  x ← x − α L^(−1/2) g, AdaGrad with the full matrix

    alpha: step α ≥ 0; eps: ε ≥ 0, in units of g². The matrices are those of `problem.shapes`.
    Source: Gupta, Koren, Singer (2018), Shampoo, arXiv 1802.09568, Algorithms 1 and 2 (k = 1).
    torch, optax: have none; equal to `pytorch_optimizer.Shampoo`. What is used for large networks
    (moving averages, roots that are computed rarely, the length of Adam's step) is not here.
    """
    E = parts(eps + 0 * x, problem)
    L = [e[..., :1] * eye(e.mT) for e in E]
    R = [e[..., :1, :].mT * eye(e) for e in E]
    for k in count(1):
        yield x
        G = parts(problem.grad(x), problem)
        L = [A + M @ M.mT for A, M in zip(L, G, strict=True)]
        R = [B + M.mT @ M for B, M in zip(R, G, strict=True)]
        steps = [
            power(A, -1 / 2) @ M if M.shape[-1] == 1 else power(A, -1 / 4) @ M @ power(B, -1 / 4)
            for A, M, B in zip(L, G, R, strict=True)
        ]
        x = x - at(alpha, k) * flat(steps)


def sam(problem, x, alpha=0.1, radius=0.05):
    """Sharpness-aware minimization: the gradient from the worst point nearby, to first order.

    g = ∇f(x_{k-1}),  x_k = x_{k-1} − α_k ∇f(x_{k-1} + r g/‖g‖)

    alpha: step α ≥ 0; radius: r ≥ 0, the paper's ρ. An iteration asks for two gradients, of one
    batch on a minibatch problem: half as many iterations are the same work.
    Source: Foret et al. (2021), Sharpness-Aware Minimization, arXiv 2010.01412, Algorithm 1.
    torch, optax: torch has none; equal to `optax.contrib.sam` around `optax.sgd(alpha)`.
    """
    for k in count(1):
        yield x
        batch = problem.next_batch() if hasattr(problem, "next_batch") else problem
        g = batch.grad(x)
        norm = (g**2).sum(-1)[..., None] ** 0.5
        g = batch.grad(x + radius * g / (norm + (norm == 0)))
        x = x - at(alpha, k) * g


def lion(problem, x, alpha=1e-4, beta1=0.9, beta2=0.99, lam=0.0):
    """Lion: the sign of a momentum; found by a search over programs.

    c = β₁ m + (1−β₁) g,  x ← x − α (sign c + λ x),  m ← β₂ m + (1−β₂) g

    alpha: step α ≥ 0, the length of the step in each coordinate; beta1: how much of the step is
    memory, beta2: how long the memory is, 0 ≤ β < 1; lam: λ ≥ 0.
    Source: Chen et al. (2023), Symbolic Discovery of Optimization Algorithms, arXiv 2302.06675.
    torch, optax: torch has none; equal to `optax.lion`, whose default λ is 1e-3.
    """
    m = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        c = beta1 * m + (1 - beta1) * g
        x = x - at(alpha, k) * (sign(c) + lam * x)
        m = beta2 * m + (1 - beta2) * g


def prodigy(problem, x, alpha=1.0, beta1=0.9, beta2=0.999, eps=1e-8, d0=1e-6):
    """Prodigy: Adam whose step is an estimate d of the way to go, from below: of ‖x₀ − x*‖_∞, if f
    is convex and its gradients have no noise.

    r ← √β₂ r + (1−√β₂) α d² ⟨g, x₀ − x⟩,  s ← √β₂ s + (1−√β₂) α d² g,
    m ← β₁ m + (1−β₁) d g,  v ← β₂ v + (1−β₂) d² g²,
    x ← x − α d m / (√v + d ε),  d ← max(d, r/‖s‖₁)

    alpha: α ≥ 0, 1 or a schedule that starts with it; beta1, beta2: 0 ≤ β < 1; eps: ε ≥ 0 (0: nan
    where g = 0 so far, then everywhere); d0: the first d, d₀ > 0, small. Each run has its own d.
    Source: Mishchenko, Defazio (2024), Prodigy, arXiv 2306.06101, Algorithm 4: no bias correction.
    torch, optax: torch has none; `optax.contrib.prodigy` corrects the bias, always; both it and the
    authors' code take the new d beside ε.
    """
    m = v = r = s = 0
    x0, d = x, d0
    for k in count(1):
        yield x
        g = problem.grad(x)
        along = (g * (x0 - x)).sum(-1)[..., None]
        r = beta2**0.5 * r + (1 - beta2**0.5) * at(alpha, k) * d**2 * along
        s = beta2**0.5 * s + (1 - beta2**0.5) * at(alpha, k) * d**2 * g
        m = beta1 * m + (1 - beta1) * d * g
        v = beta2 * v + (1 - beta2) * d**2 * g**2
        x = x - at(alpha, k) * d * m / (v**0.5 + d * eps)
        norm = abs(s).sum(-1)[..., None]
        d = maximum(d, r / (norm + (norm == 0)))


def schedule_free(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=0.0):
    """Schedule-free AdamW: an average takes the place of a schedule, K need not be known.

    y = (1−β₁) z + β₁ x,  g = ∇f(y),  v ← β₂ v + (1−β₂) g²,  v̂ = v/(1−β₂^k),
    z ← z − α_k (g / (√v̂ + ε) + λ y),  x ← (1−c) x + c z,  c = α_k² / Σ α_i²

    The points are the averages x; gradients are taken at y, between x and the quick z.
    alpha: step α ≥ 0, constant or with a warm-up; beta1: 0 ≤ β₁ < 1, here it stands for momentum;
    beta2, eps: as in `adam`; lam: λ ≥ 0.
    Source: Defazio et al. (2024), The Road Less Scheduled, arXiv 2405.15682, Algorithm 1; there √
    of the bias correction belongs to α_k, here to v̂ as in the authors' code.
    torch, optax: torch has none; `optax.contrib.schedule_free_adamw` holds the points y, equal.
    """
    z, v, total = x, 0, 0
    for k in count(1):
        yield x
        y = (1 - beta1) * z + beta1 * x
        g = problem.grad(y)
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**k)
        z = z - at(alpha, k) * (g / (v_hat**0.5 + eps) + lam * y)
        total = total + at(alpha, k) ** 2
        c = at(alpha, k) ** 2 / (total + (total == 0))
        x = (1 - c) * x + c * z


def soap(problem, x, alpha=3e-3, beta1=0.95, beta2=0.95, eps=1e-8):
    """SOAP: Adam in the eigenvectors of Shampoo's matrices.

    L ← β₂ L + (1−β₂) G Gᵀ,  R ← β₂ R + (1−β₂) Gᵀ G,  L = P Λ Pᵀ,  R = Q Λ' Qᵀ,
    m ← β₁ m + (1−β₁) g,  v ← β₂ v + (1−β₂) (Pᵀ G Q)²,  m̂ = m/(1−β₁^k),  v̂ = v/(1−β₂^k),
    W ← W − α P (Pᵀ M̂ Q / (√v̂ + ε)) Qᵀ

    v_i belongs to the i-th eigenvector, whichever that is now; eigenvalues increase.
    alpha: step α ≥ 0; beta1, beta2: 0 ≤ β < 1, the paper's defaults; eps: ε ≥ 0 (0: nan where a
    turned gradient is 0 so far, then everywhere). The matrices are those of `problem.shapes`; a
    vector is a column, with L alone.
    Source: Vyas et al. (2024), SOAP, arXiv 2409.11321, Algorithm 3 with f = 1. There a step renews
    P and Q after its end, so the first gradient makes them and no step; here before, as Shampoo
    does. They come from one QR iteration there, from `eigh` here, and vectors are left to Adam.
    torch, optax: have none; `pytorch_optimizer.SOAP` is the paper's.
    """
    zero = parts(0 * x, problem)
    L, R = [M @ M.mT for M in zero], [M.mT @ M for M in zero]
    old, new = ([M[..., :1, :1] for M in parts(s + 0 * x, problem)] for s in (beta2, 1 - beta2))
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        G = parts(g, problem)
        L = [b * A + c * M @ M.mT for b, c, A, M in zip(old, new, L, G, strict=True)]
        R = [b * B + c * M.mT @ M for b, c, B, M in zip(old, new, R, G, strict=True)]
        bases = [(axes(A), axes(B)) for A, B in zip(L, R, strict=True)]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * turned(g, bases, problem) ** 2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        step = turned(m_hat, bases, problem) / (v_hat**0.5 + eps)
        x = x - at(alpha, k) * turned(step, [(P.mT, Q.mT) for P, Q in bases], problem)


def muon(problem, x, alpha=0.02, beta=0.95):
    """Muon: momentum whose matrix is made orthogonal, all its singular values 1.

    M ← β M + G,  W ← W − α U Vᵀ  where M = U S Vᵀ

    That is the step of a given length in the spectral norm that goes down fastest. The exact SVD
    is the definition; `variant(muon, ("polar(", "newton_schulz("))` is what is used in practice.
    alpha: step α ≥ 0, the spectral norm of the step of each part; beta: 0 ≤ β < 1. The matrices are
    those of `problem.shapes`; a vector is a column, its step has length α.
    Source: Jordan et al. (2024), Muon, kellerjordan.github.io/posts/muon; Bernstein, Newhouse
    (2024), Old Optimizer, New Norm, arXiv 2409.20325.
    torch, optax: `torch.optim.Muon`, `optax.contrib.muon` look ahead (`nesterov=False`: equal but
    for the rounding of their Newton–Schulz), multiply by √max(1, rows/columns), and leave vectors
    to Adam.
    """
    m = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta * m + g
        x = x - at(alpha, k) * flat([polar(M) for M in parts(m, problem)])


#: What all methods are called, those of the lecture first.
NAMES = methods.NAMES | {
    shampoo: "Shampoo",
    sam: "SAM",
    lion: "Lion",
    prodigy: "Prodigy",
    schedule_free: "Schedule-free",
    soap: "SOAP",
    muon: "Muon",
}
