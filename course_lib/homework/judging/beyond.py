"""Methods that no lecture shows, in the library's form: homework asks to write and to mend them."""

from itertools import count

from numpy import maximum

from course_lib.methods import at


def adamax(problem, x, alpha=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """AdaMax: Adam with u = max(β₂u, |g| + ε) in place of v, x ← x − α m̂/u.

    The largest gradient so far, old ones shrunk; m alone needs a correction. The paper has no ε;
    here it is where torch and optax have it. Kingma and Ba, "Adam", 2015, Algorithm 2.
    """
    m = u = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        u = maximum(beta2 * u, abs(g) + eps)
        m_hat = m / (1 - beta1**k)
        x = x - at(alpha, k) * m_hat / u


def adabelief(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """AdaBelief: Adam with s ← β₂s + (1 − β₂)(g − m)² in place of v.

    A long step where the gradient is what was expected. ε is outside the root and nowhere else (the
    paper adds another one to s). Zhuang et al., "AdaBelief optimizer", 2020, Algorithm 2.
    """
    m = s = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m) ** 2
        m_hat = m / (1 - beta1**k)
        s_hat = s / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (s_hat**0.5 + eps)
