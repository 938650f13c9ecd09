"""Methods that no lecture shows, in the library's form: homework asks to write and to mend them."""

from itertools import count

from numpy import sign

from course_lib.methods import at


def lion(problem, x, alpha=1e-3, beta1=0.9, beta2=0.99, lam=1e-2):
    """Lion: c = β₁m + (1 − β₁)g, x ← x − α(sign c + λx), and then m ← β₂m + (1 − β₂)g.

    The step looks further ahead than the memory it leaves. Chen et al., "Symbolic discovery of
    optimization algorithms", 2023, Program 2.
    """
    m = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        c = beta1 * m + (1 - beta1) * g
        x = x - at(alpha, k) * (sign(c) + lam * x)
        m = beta2 * m + (1 - beta2) * g


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
