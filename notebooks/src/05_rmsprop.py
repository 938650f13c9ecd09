# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # RMSProp
#
# **Цель.** Понять, что меняется, когда AdaGrad начинает забывать: за чем метод теперь успевает, какие овраги ему по силам, а какие нет, и почему с постоянным $\alpha$ он никогда не останавливается.
#
# **Время на семинаре:** 50 минут. **Слайды:** S10.

# %%
from itertools import count

import numpy as np

from course_lib import (
    FiniteSum,
    LeastSquares,
    adagrad,
    diff,
    explore,
    gd,
    live,
    momentum,
    plot,
    problems,
    quadratic,
    rates,
    ravine,
    rmsprop,
    run,
    tune,
)
from course_lib.explorer.knobs import Linear, Log
from course_lib.explorer.scene import Axis, Panel, dots, line

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S10. AdaGrad, который умеет забывать
#
# $$v_j \leftarrow \gamma v_j + (1 - \gamma)\, g_j^2, \qquad x_j \leftarrow x_j - \frac{\alpha\, g_j}{\sqrt{v_j + \varepsilon}}$$
#
# AdaGrad складывает квадраты градиентов за всю историю. RMSProp берёт их скользящее среднее — вся разница в одной строке:

# %%
diff(adagrad, rmsprop)

# %% [markdown]
# Если развернуть рекурсию, $v^{(k)} = (1 - \gamma) \sum_{i \le k} \gamma^{k-i} \left(g^{(i)}\right)^2$: веса прошлых градиентов убывают геометрически, и метод помнит около $1/(1-\gamma)$ последних шагов. При $\gamma = 0.9$ — десяток, при $\gamma = 0.999$ — тысячу.
#
# > **Оговорка к слайдам.** На S9–S11 $\varepsilon$ стоит под корнем, и библиотека курса следует слайду. В PyTorch у RMSProp $\varepsilon$ — вне корня. Это разные числа: $\varepsilon = 10^{-6}$ под корнем начинает работать там же, где $\varepsilon = 10^{-3}$ вне корня.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### У каждой координаты свой шаг
#
# **Предскажите.** Справа — множитель $\alpha / \sqrt{v_j + \varepsilon}$, на который умножается градиент, для каждой из двух координат. Какие из четырёх кривых могут расти?

# %%
explore([adagrad, rmsprop], ravine(), [-3.5, 1.6], steps=150, watch="α/√v̂",
        alpha={"adagrad": 0.5, "rmsprop": 0.05})  # fmt: skip

# %% [markdown]
# **Что увидели.** У AdaGrad множитель может только падать. У RMSProp он падает, пока градиенты велики, и растёт, когда они становятся меньше: метод забывает крутой склон, с которого спустился. У минимума градиенты малы — и множитель растёт, пока метод не начинает прыгать. Чем это кончается, мы посчитаем точно в разделе о постоянном шаге.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Тоньше AdaGrad»: нестационарные задачи
#
# > **Оговорка к слайдам.** На слайде RMSProp «подходит для неизотропных задач». В английском оригинале этой фразы — **non-stationary**, нестационарных: таких, где градиенты меняются со временем. Это разные утверждения. Проверим оба — сначала то, что имелось в виду.
#
# Пусть минимум движется, а крутизна может меняться; градиент измеряется с шумом $\xi_k$:
#
# $$f_k(x) = \frac{s_k}{2} (x - c_k)^2, \qquad c_k = \sin \frac{2 \pi k}{T}, \qquad g_k = s_k (x - c_k + \xi_k)$$


# %%
class Moving:
    """Call number k of grad is about f_k: the minimum is at c[k], the curvature is s[k]."""

    d = 1

    def __init__(self, c, s, seeds, sigma=0.3):
        self.c, self.s, self.seeds, self.sigma = c, s, seeds, sigma
        self.runs, self.k = (len(seeds),), 0
        draws = [np.random.default_rng(seed).normal(size=len(c)) for seed in seeds]
        self.noise = sigma * np.stack(draws, axis=-1)

    def fresh(self):
        return Moving(self.c, self.s, self.seeds, self.sigma)

    def grad(self, x):
        k, self.k = self.k, self.k + 1
        return self.s[k] * (x - self.c[k] + self.noise[k][:, None])


def lag(method, problem, alpha, steps, **hyper):
    """The distance x_k − c_k for k = 0, …, steps."""
    xs = run(method, problem, [0.0], steps=steps, alpha=alpha, **hyper)[..., 0]
    c = problem.c[: steps + 1].reshape(-1, *(1,) * (xs.ndim - 1))
    return np.nan_to_num(xs - c, nan=1e9).clip(-1e9, 1e9)


period, steps = 400, 40_000
k = np.arange(steps + 1)
steady = Moving(np.sin(2 * np.pi * k / period), np.ones(steps + 1), range(10))

# %% [markdown]
# Сначала крутизна постоянна, $s_k = 1$. Каждому методу дадим одну и ту же сетку шагов и выберем лучший по первым пяти периодам. А потом посмотрим, что станет с этим шагом за сто периодов.
#
# **Предскажите.** Три кривые: отставание от минимума (корень из среднего квадрата за период) в зависимости от $k$. Что произойдёт у GD, у AdaGrad, у RMSProp?

# %%
grid = tune.log_grid(1e-3, 10, 4)
contenders = {"GD": gd, "AdaGrad": adagrad, "RMSProp": rmsprop}
turns = np.arange(1, steps // period + 1)

ax = plot.axes(width=8)
for j, (name, method) in enumerate(contenders.items()):
    first = lag(method, steady, np.repeat(grid[:, None], 10, 1), 5 * period)
    alpha = grid[(first**2).mean((0, 2)).argmin()]
    error = lag(method, steady, alpha, steps)[1:].reshape(len(turns), period, 10)
    mean, low, high = rates.mean_band((error**2).mean(1) ** 0.5)
    ax.semilogx(turns * period, mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
              label=rf"{name}, $\alpha$ = {alpha:.2g}")  # fmt: skip
    ax.fill_between(turns * period, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
    print(f"{name:8} α = {alpha:5.3f}:", *(
        f"  k = {turns[i] * period:5}: {mean[i]:.3f} [{low[i]:.3f}, {high[i]:.3f}]" for i in (0, 4, 99)
    ))  # fmt: skip
ax.axhline(0.5**0.5, color="gray", linewidth=1)
ax.set(xlabel="$k$", ylabel=r"$\sqrt{\langle (x_k - c_k)^2 \rangle_T}$", ylim=(0, 0.8))
_ = ax.legend()

# %% [markdown]
# **Что увидели.** AdaGrad умирает: сумма в знаменателе растёт, шаг падает как $1/\sqrt{k}$, и метод отстаёт всё больше. Серая прямая — отставание того, кто вообще не двигается. С большим $\alpha$ он продержался бы дольше, но конец тот же: какой бы шаг ни был хорош вначале, со временем он станет слишком мал.
#
# Но заслуга ли это RMSProp? Обычный GD с постоянным шагом следует за минимумом ничуть не хуже. Чтобы успевать, достаточно не уменьшать шаг; RMSProp лишь исправляет то, что AdaGrad испортил.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Когда меняется сам масштаб градиента
#
# Теперь $s_k$ равно $1$, потом $10^{-2}$, потом $10^2$. Минимум движется, как и раньше.
#
# **Предскажите.** Шаг снова лучший на сетке, теперь — по всему пути. Кто справится со всеми тремя участками?

# %%
stage = 2000
s = np.repeat([1.0, 1e-2, 1e2], stage)
s = np.r_[s, s[-1]]
uneven = Moving(steady.c[: len(s)], s, range(10))
grid = tune.log_grid(1e-5, 10, 4)

print(f"{'':8} {'α*':>8} {'s = 1':>22} {'s = 0.01':>22} {'s = 100':>22}")
best = {}
for name, method in contenders.items():
    error = lag(method, uneven, np.repeat(grid[:, None], 10, 1), 3 * stage)
    j = (error**2).mean((0, 2)).argmin()
    best[name] = error[:, j, 0] + uneven.c
    by_stage = (error[1:, j].reshape(3, stage, 10) ** 2).mean(1) ** 0.5
    cells = [
        f"{m:.3f} [{a:.3f}, {b:.3f}]" for m, a, b in zip(*rates.mean_band(by_stage), strict=True)
    ]
    print(f"{name:8} {grid[j]:8.2g}", *(f"{cell:>22}" for cell in cells))

for j, (ax, name) in enumerate(zip(plot.axes(3, width=5, height=3.6), best, strict=True)):
    ax.plot(uneven.c, "-", color="gray", linewidth=1.5)
    ax.plot(best[name], "-", color=plot.COLORS[j], linewidth=1.5)
    ax.vlines([stage, 2 * stage], -1.6, 1.6, color="gray", linewidth=1)
    ax.set(xlabel="$k$", ylabel="$x_k$", ylim=(-1.6, 1.6), title=name)

# %% [markdown]
# **Что увидели.** Вот где нужен RMSProp. У GD шаг, устойчивый при большой крутизне, слишком мал при обычной. AdaGrad помнит большие градиенты и при малой крутизне стоит. RMSProp проходит все три участка: прежний масштаб он забывает за время порядка $1/(1-\gamma)$, умноженного на логарифм перепада.
#
# **Вердикт.** «Нестационарные» — подтверждается, с уточнением: движущийся минимум не страшен никому, у кого шаг не убывает, а вот к изменению **масштаба** градиентов приспосабливается только тот, кто делит на недавнее среднее.
#
# Подвигайте: метод, шаг, память, период. `scale` — крутизна во второй половине пути. При каком $\gamma$ RMSProp перестаёт успевать? Что стоит слишком короткая память?


# %%
def follow(method, alpha, gamma, period, scale):
    steps = 1000
    k = np.arange(steps + 1)
    s = np.where(k < steps // 2, 1.0, scale)
    problem = Moving(np.sin(2 * np.pi * k / period), s, [0])
    hyper = {"alpha": alpha, **({"gamma": gamma} if method == "rmsprop" else {})}
    call = {"gd": gd, "adagrad": adagrad, "rmsprop": rmsprop}[method]
    xs = run(call, problem, [0.0], steps=steps, **hyper)[:, 0, 0]
    rate = np.full(steps, alpha)
    if method != "gd":
        v = run(call, problem, [0.0], steps=steps, watch="v", **hyper)[1:, 0, 0]
        rate = alpha / (v + 1e-6) ** 0.5
    x = Axis("k", 0, steps)
    paths = [line(k, problem.c, "#888888", "cₖ"), line(k, xs.clip(-3, 3), 0, "xₖ")]
    error = np.mean(np.minimum((xs - problem.c) ** 2, 9).reshape(-1)[1:].reshape(2, -1), 1) ** 0.5
    panels = [
        Panel("xₖ", x, Axis("x", -2, 2), paths),
        Panel(
            "α/√v", x, Axis("α/√(v + ε)", 1e-4, 1e4, True), [line(k[1:], rate.clip(1e-4, 1e4), 1)]
        ),
    ]
    return panels, "  ".join(f"√⟨(xₖ − cₖ)²⟩ = {e:.3f}" for e in error)


live(follow, method=["rmsprop", "adagrad", "gd"], alpha=0.05, gamma=0.9, period=(200, Linear(20, 1000)),
     scale=(1e-2, Log(1e-4, 1e4)))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Неизотропные»: овраг вдоль осей и повёрнутый
#
# Теперь то, что на слайде написано. Анизотропия — это когда по разным направлениям кривизна разная: $f(x) = \frac12 x^\top H x$, собственные числа $H$ — от $1/\kappa$ до $1$, $d = 10$.
#
# Два вида оврагов: оси $H$ совпадают с осями координат или повёрнуты случайно (равномерно по всем поворотам). Мерить будем так.
#
# - Число шагов, после которых $\|x_k\|$ **остаётся** меньше $0.05\, \|x_0\|$. Не первое попадание: RMSProp может пролететь мимо минимума сквозь цель.
# - Старт случайный. От точки $(1, \ldots, 1)$ начинать нельзя: у методов, похожих на знаковый спуск, все координаты приходят оттуда в минимум одновременно, и они выигрывают нечестно.
# - $\varepsilon = 10^{-12}$, чтобы не мешало даже в самых пологих координатах.
# - У всех одна и та же сетка шагов $\alpha$. Выбираем тот, с которым быстрее справляются девять стартов из десяти; выбираем на двадцати стартах, результат сообщаем на двадцати других.
#
# **Предскажите.** Как число шагов зависит от $\kappa$ у GD? У RMSProp, если овраг стоит вдоль осей? А если повёрнут? Для кого из четырёх методов поворот ничего не меняет?


# %%
def bowl(kappa, turned, seeds, d=10):
    """f = ½ xᵀHx with an H for each seed, and a random start on the unit sphere."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    q, r = np.linalg.qr([rng.normal(size=(d, d)) for rng in rngs])
    q = (
        q * np.sign(np.einsum("rii->ri", r))[:, None]
        if turned
        else np.broadcast_to(np.eye(d), q.shape)
    )
    H = (q * np.geomspace(1 / kappa, 1, d)) @ q.swapaxes(1, 2)
    x0 = np.array([rng.normal(size=d) for rng in rngs])
    gradient = lambda x: (x[..., None, :] @ H)[..., 0, :]  # noqa: E731
    f = lambda x: (gradient(x) * x).sum(-1) / 2  # noqa: E731
    return problems.Function(f, gradient, d=d, domain=None), x0 / np.linalg.norm(x0, axis=-1)[
        :, None
    ]


def settling(error, tolerance):
    """The first k from which the error (K + 1, *runs) stays below the tolerance, or inf."""
    above = ~(error <= tolerance)
    k = len(error) - above[::-1].argmax(0)
    return np.where(above[-1], np.inf, np.where(above.any(0), k, 0))


def steps_needed(method, kappa, turned, grid, steps, seeds, **hyper):
    problem, x0 = bowl(kappa, turned, seeds)
    alpha = np.repeat(np.ravel(grid)[:, None], len(seeds), 1)
    xs = run(method, problem, x0, steps=steps, alpha=alpha, **hyper)
    return settling(np.linalg.norm(xs.clip(-1e9, 1e9), axis=-1), 0.05)


kappas, grid = [10, 100, 1000], tune.log_grid(1e-3, 10, 3)
contenders = {"GD": (gd, {}), "momentum": (momentum, {}), "AdaGrad": (adagrad, {"eps": 1e-12}),
              "RMSProp": (rmsprop, {"eps": 1e-12})}  # fmt: skip
needed = {}
for turned in (False, True):
    for name, (method, hyper) in contenders.items():
        for kappa in kappas:
            steps = 500 + 2 * kappa
            k = steps_needed(method, kappa, turned, grid, steps, range(20), **hyper)
            alpha = grid[np.quantile(k, 0.9, axis=1, method="nearest").argmin()]
            k = steps_needed(method, kappa, turned, alpha, steps, range(20, 40), **hyper)[0]
            needed[name, turned, kappa] = alpha, *np.quantile(k, (0.5, 0.1, 0.9), method="nearest")

# %%
print(f"{'':13}" + "".join(f"{f'κ = {kappa}':>22}" for kappa in kappas))
for turned, sign in ((False, "Λ"), (True, "QΛQᵀ")):
    for name in contenders:
        cells = [
            "{:.0f} [{:.0f}, {:.0f}]".format(*needed[name, turned, kappa][1:]) for kappa in kappas
        ]
        print(f"{sign:>4} {name:8}" + "".join(f"{cell:>22}" for cell in cells))

for ax, turned, title in zip(
    plot.axes(2), (False, True), (r"$H = \Lambda$", r"$H = Q \Lambda Q^\top$"), strict=True
):
    for j, name in enumerate(contenders):
        middle, low, high = np.array([needed[name, turned, kappa][1:] for kappa in kappas]).T
        ax.loglog(kappas, middle, "osD^"[j], linestyle="-", color=plot.COLORS[j], label=name)
        ax.fill_between(kappas, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
    _ = ax.set(xlabel=r"$\kappa$", ylabel="$k$", ylim=(1, 3e3), title=title), ax.legend()

# %% [markdown]
# В таблице — медиана и квантили 10 % и 90 % по двадцати стартам (`Λ` — вдоль осей, `QΛQᵀ` — повёрнут).
#
# **Что увидели.** Вдоль осей у RMSProp и AdaGrad число шагов от $\kappa$ не зависит: деление на $\sqrt{v_j}$ убирает масштаб каждой координаты, и овраг превращается в круглую чашу. Для AdaGrad это лучший из миров: за первые шаги он снимает мерку с каждой координаты и дальше идёт, как GD по круглой чаше. RMSProp медленнее: его шаг — около $\alpha$ по каждой координате, и до минимума он идёт $|x_0|/\alpha$ шагов.
#
# Поворот отнимает всё. Деление покоординатное, а крутое направление теперь — смесь всех координат: все $v_j$ почти одинаковы, и выравнивать нечего. Число шагов снова растёт с $\kappa$, и от выигрыша перед GD, который вдоль осей при $\kappa = 1000$ был больше чем на порядок, остаётся немногое. Momentum же поворота не замечает вовсе (GD, разумеется, тоже): в повёрнутом овраге при больших $\kappa$ он лучше всех.
#
# **Вердикт.** «Подходит для неизотропных задач» верно только для анизотропии **вдоль осей координат**. Она встречается часто: признаки в разных единицах, слои сети с разным масштабом весов. Но от оврага, стоящего под углом, RMSProp не спасает.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Поверните овраг
#
# Старт поворачивается вместе с оврагом, так что для глаза меняется только направление осей координат. Двигайте угол `φ` и следите за кривыми справа.
#
# **Предскажите.** Какая из кривых не шелохнётся?


# %%
def turn(angle, kappa, alpha, gamma):
    c, s, kappa, steps = np.cos(angle), np.sin(angle), max(1.0, kappa), 300
    turned, t = np.array([[c, -s], [s, c]]), np.linspace(0, 2 * np.pi, 100)
    problem, x0 = quadratic(kappa, angle), turned @ [2.6, 0.9]
    paths = {
        "GD, α = 1": run(gd, problem, x0, steps=steps, alpha=1.0),
        "AdaGrad, α = 1": run(adagrad, problem, x0, steps=steps, alpha=1.0),
        "RMSProp": run(rmsprop, problem, x0, steps=steps, alpha=alpha, gamma=gamma),
    }
    on_map, curves, distances = [], [], []
    for r in np.arange(0.1, 3, 0.4):
        on_map.append(
            line(*(turned @ [kappa**0.5 * r * np.cos(t), r * np.sin(t)]), "#6f9dc4", width=1)
        )
    for j, (name, xs) in enumerate(paths.items()):
        distance = np.linalg.norm(xs, axis=-1).clip(1e-6, 1e3)
        on_map += [line(*xs.clip(-9, 9).T, j), dots(*xs[-1:].clip(-9, 9).T, j)]
        curves.append(line(np.arange(steps + 1), distance, j, name))
        distances.append(f"{name}: {settling(distance, 0.05 * distance[0]):.0f}")
    square = Axis("x₁", -3, 3), Axis("x₂", -3, 3)
    panels = [
        Panel("f(x)", *square, on_map),
        Panel("‖xₖ‖", Axis("k", 0, steps), Axis("‖xₖ‖", 1e-4, 10, True), curves),
    ]
    return panels, "   ".join(distances)


live(turn, angle=0.0, kappa=100.0, alpha=0.05, gamma=0.9)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## За что отвечает $\gamma$
#
# **Первый шаг.** Вначале $v = 0$, и после первого градиента $v = (1 - \gamma)\, g^2$. Значит, первый шаг равен $\alpha / \sqrt{1 - \gamma}$ при любом градиенте, лишь бы $\varepsilon$ было мало: чем длиннее память, тем длиннее прыжок. При постоянном градиенте шаг номер $k$ равен $\alpha / \sqrt{1 - \gamma^k}$.
#
# **Предскажите.** $\gamma = 0.999$. Во сколько раз первый шаг длиннее $\alpha$? Через сколько шагов это пройдёт?

# %%
slope = problems.Function(lambda x: 5 * x[..., 0], lambda x: 5 + 0 * x, d=1, domain=None)
gammas, ks = np.array([0.5, 0.9, 0.99, 0.999]), np.array([1, 10, 100, 1000])
xs = run(rmsprop, slope, [0.0], steps=1000, alpha=0.01, gamma=gammas, eps=0)[..., 0]
step = -np.diff(xs, axis=0)[ks - 1] / 0.01

print(f"{'γ':>6} {'1/√(1−γ)':>9}" + "".join(f"{f'|Δx|/α, k = {k}':>18}" for k in ks))
for j, gamma in enumerate(gammas):
    print(
        f"{gamma:6} {(1 - gamma) ** -0.5:9.3f}" + "".join(f"{value:18.3f}" for value in step[:, j])
    )
print(f"max |Δx·√(1 − γᵏ)/α − 1| = {abs(step * (1 - gammas ** ks[:, None]) ** 0.5 - 1).max():.0e}")

# %% [markdown]
# **Что увидели.** Первые шаги длиннее задуманного, и длиться это может долго — порядка $1/(1-\gamma)$ шагов. Adam начинает именно с того, что делит $v$ на $1 - \gamma^k$: это его поправка на смещение ([07_adam](07_adam.ipynb)).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Слишком короткая память: медиана вместо среднего
#
# Зачем тогда помнить долго? Возьмём простейшую задачу — среднее: $f_i(x) = \frac12 (x - b_i)^2$, где $b_i$ имеют показательное распределение. Минимум $f$ — среднее чисел $b_i$. При $\gamma = 0$ метод делит $g$ на $|g|$: остаётся знак.
#
# **Предскажите.** Батч из одного слагаемого, шаг мал. Вокруг какого числа бродит RMSProp при $\gamma = 0$? При $\gamma = 0.99$?

# %%
b = np.random.default_rng(0).exponential(size=1000)
mean_of = LeastSquares(np.ones((1000, 1)), b)
gammas, seeds = np.array([0, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999]), range(20)
at = np.arange(5000, 20_001, 50)
xs = run(rmsprop, mean_of.minibatch(1, seeds), [1.0], steps=20_000, at=at, alpha=0.003,
         gamma=gammas[:, None])[..., 0]  # fmt: skip
mean, low, high = rates.mean_band(xs.mean(0))

ax = plot.axes()
ax.errorbar(1 - gammas, mean, [mean - low, high - mean], fmt="o", color=plot.COLORS[1], capsize=4)
ax.axhline(b.mean(), color=plot.COLORS[0], label=r"$\frac{1}{n}\sum b_i$")
ax.axhline(np.median(b), color=plot.COLORS[2], dashes=(2, 2), label=r"$\mathrm{med}\; b_i$")
ax.set(xscale="log", xlabel=r"$1 - \gamma$", ylabel=r"$\mathbb{E}\,x_k$"), ax.legend()
for gamma, *values in zip(gammas, mean, low, high, strict=True):
    print("γ = {:5}:  E x = {:.3f} [{:.3f}, {:.3f}]".format(gamma, *values))

# %% [markdown]
# **Что увидели.** При $\gamma = 0$ метод находит не среднее, а медиану: знак градиента «голосует», и большие $b_i$ не весят больше малых. Причина общая: текущий градиент входит и в числитель, и в $v$, поэтому $\mathbb{E}\, g/\sqrt{v} \neq 0$ даже там, где $\mathbb{E}\, g = 0$. Уменьшать шаг бесполезно: сдвинута сама точка, к которой идёт метод. Чем длиннее память, тем меньше вес одного градиента в $v$ и тем меньше сдвиг.
#
# Так $\gamma$ становится торгом: длинная память — почти несмещённый шаг, но длинные первые шаги и медленная реакция на перемены.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Постоянный шаг: точный цикл $\pm\alpha/2$
#
# Пусть $f(x) = \frac{c}{2} x^2$, шума нет, $\alpha$ постоянно. Допустим, метод прыгает между $a$ и $-a$. Тогда $g^2 = c^2 a^2$ на каждом шаге, $v = c^2 a^2$, длина шага $\frac{\alpha c a}{\sqrt{c^2 a^2 + \varepsilon}}$ должна быть равна $2a$. Отсюда
#
# $$a = \sqrt{\frac{\alpha^2}{4} - \frac{\varepsilon}{c^2}}, \qquad \varepsilon < \left(\frac{\alpha c}{2}\right)^2$$
#
# При большем $\varepsilon$ цикла нет, и метод сходится. При $\varepsilon = 0$ линеаризация около цикла даёт матрицу с определителем $\gamma$ и следом $3\gamma - 1$: при $\frac19 < \gamma < 1$ её собственные числа комплексны и равны по модулю $\sqrt{\gamma}$, то есть цикл притягивает.
#
# **Предскажите.** Какой из параметров $c$, $\gamma$, $\alpha$ не влияет на амплитуду, если $\varepsilon$ мало? Что будет при $\gamma = 0$?


# %%
def parabola(c):
    return problems.Function(lambda x: c * x[..., 0] ** 2 / 2, lambda x: c * x, d=1, domain=None)


x0 = np.random.default_rng(0).uniform(0.5, 2, (200, 1))
steps = 20_000
late = np.arange(steps - 1000, steps + 1)
print(f"{'c':>5} {'α':>6} {'γ':>6} {'ε':>7} {'√(α²/4 − ε/c²)/α':>18} {'|x|/α':>20}")
for c, alpha, gamma, eps in [
    (1, 0.1, 0.9, 0), (1, 0.01, 0.9, 0), (100, 0.01, 0.9, 0), (1, 0.01, 0.5, 0), (1, 0.01, 0.99, 0),
    (1, 0.01, 0.9, 1e-6), (1, 0.01, 0.9, 1e-5), (1, 0.01, 0.9, 2.4e-5), (1, 0.01, 0.9, 2.6e-5),
    (1, 0.01, 0, 0), (1, 0.1, 0.999, 0), (1, 0.01, 0.999, 0),
]:  # fmt: skip
    xs = run(rmsprop, parabola(c), x0, steps=steps, at=late, alpha=alpha, gamma=gamma, eps=eps)
    low, high = np.quantile(abs(xs) / alpha, (0, 1))
    exact = np.sqrt(max(0, 0.25 - eps / (c * alpha) ** 2))
    print(f"{c:5} {alpha:6} {gamma:6} {eps:7} {exact:18.5f} {f'{low:.5f} … {high:.5f}':>20}")

# %% [markdown]
# **Что увидели.** Амплитуда — ровно $\alpha/2$: ни кривизна, ни память, ни начало на неё не влияют, а $\varepsilon$ входит в точности по формуле. Настоящих условий два.
#
# - $\varepsilon < (\alpha c/2)^2$. В очень пологой координате условие нарушено, и около минимума RMSProp превращается в GD с шагом $\alpha/\sqrt{\varepsilon}$.
# - $\gamma > 0$. При $\gamma = 0$ (знаковый спуск) годится любая пара точек на расстоянии $\alpha$, амплитуда зависит от начала.
#
# А что с $\gamma = 0.999$? При $\alpha = 0.1$ цикл ещё только устанавливается, а при $\alpha = 0.01$ метод, кажется, сошёлся в ноль. Посмотрим на него пристальнее.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Дойти до минимума — и уйти
#
# **Предскажите.** Нарисуем $|x_k|$ в логарифмической шкале. Насколько близко к минимуму подойдёт метод, прежде чем начнёт прыгать на $\pm \alpha/2$?

# %%
ax = plot.axes(width=8)
for j, gamma in enumerate((0.9, 0.99)):
    xs = abs(run(rmsprop, parabola(1), [1.3], steps=4000, alpha=0.01, gamma=gamma, eps=0)[:, 0])
    ax.semilogy(xs, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
                label=rf"$\gamma = {gamma}$")  # fmt: skip
    print(f"γ = {gamma}:  min |x| = {xs.min():.0e},  |x_4000|/α = {xs[-1] / 0.01:.4f}")
ax.axhline(0.005, color="gray", linewidth=1)
_ = ax.set(xlabel="$k$", ylabel="$|x_k|$", yticks=10.0 ** np.arange(-200, 1, 50)), ax.legend()

# %% [markdown]
# Поразительно: при $\gamma = 0.99$ метод подходит к минимуму на расстояние, которое никому никогда не понадобится, — и уходит. Пока метод помнит большие градиенты, он делает разумные шаги и сходится. Но память стирается: $v$ падает, множитель $\alpha/\sqrt{v}$ растёт, пока не превысит границу устойчивости $2/c$, и минимум отталкивает.
#
# При $\gamma = 0.999$ сближение ещё теснее, и числа кончаются: $x$ доходит до наименьших положительных чисел двойной точности и застревает на них. «Сходимость» в последней строке таблицы — ошибка округления. Проверим, ведя счёт в логарифмах: $\ln|x_k|$ не может исчезнуть.

# %%
log_x, v, alpha, gamma = np.log(x0[:20, 0]), 0, 0.01, 0.999
for k in range(1, 40_001):
    v = gamma * v + (1 - gamma) * np.exp(2 * log_x)
    log_x = log_x + np.log(abs(1 - alpha / v**0.5))
    if k in (1000, 5000, 10_000, 20_000, 40_000):
        low, high = np.quantile(log_x - np.log(alpha), (0, 1)) / np.log(10)
        print(f"k = {k:6}:  log₁₀ |x|/α = {low:8.2f} … {high:8.2f}")
print(f"log₁₀ ½ = {np.log10(0.5):.2f}")

# %% [markdown]
# **Вердикт.** С постоянным $\alpha$ RMSProp не сходится даже на параболе без шума: при $\gamma > 0$ и $\varepsilon < (\alpha c/2)^2$ все наши запуски приходят на $\pm\alpha/2$, хотя при $\gamma$, близком к единице, ждать приходится долго. Лекарство обычное — уменьшать шаг.
#
# Попробуйте: правило шага $\alpha/\sqrt{k}$, $\varepsilon$ выше и ниже границы, $\gamma$ около единицы. Третья картинка показывает длину шага по координатам.

# %%
explore(rmsprop, quadratic(kappa=10), [2.2, 1.3], steps=400, alpha=0.1, gamma=0.9, watch="|Δx|")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Применяется для нейронных сетей, прежде всего рекуррентных»
#
# Чем рекуррентные сети особенные? Возьмём самую маленькую: один нейрон, два веса. На вход подаётся случайная последовательность $s_1, \ldots, s_{20}$, предсказать надо последнее состояние сети-учителя с весами $w^* = 0.9$, $u^* = 0.5$.
#
# $$h_t = w\, h_{t-1} + u\, s_t, \qquad f(w, u) = \frac{1}{2n} \sum_{i=1}^{n} \left(h_{20}^{(i)} - y_i\right)^2$$
#
# В $h_{20}$ входит $w$ в степени до $19$. Стоит $w$ превысить единицу — и градиент взлетает: это обрыв. Добавим к сравнению обрезку градиента (`clipped`), обычное средство от обрывов.


# %%
def recurrent(length=20, n=100, w=0.9, u=0.5, seed=0):
    s = np.random.default_rng(seed).normal(size=(n, length))

    def last(w, u, s):
        """h and its derivatives in w and u after the whole sequence."""
        h = h_w = h_u = 0 * w * s[..., 0]
        for t in range(length):
            h, h_w, h_u = w * h + u * s[..., t], h + w * h_w, w * h_u + s[..., t]
        return h, h_w, h_u

    y = last(w, u, s)[0]

    def f_i(x, i):
        return (last(x[..., 0], x[..., 1], s[i])[0] - y[i]) ** 2 / 2

    def grad_i(x, i):
        h, h_w, h_u = last(x[..., 0], x[..., 1], s[i])
        return (h - y[i])[..., None] * np.stack([h_w, h_u], axis=-1)

    return FiniteSum(f_i, grad_i, n, 2, x_star=np.array([w, u]), f_star=0.0, name="recurrent")


def clipped(problem, x, alpha=0.1):
    for _ in count(1):
        yield x
        g = problem.grad(x)
        x = x - alpha * g / np.maximum(1, (g**2).sum(-1, keepdims=True) ** 0.5)


task = recurrent()
for w in (0.0, 0.5, 1.0, 1.25, 1.5):
    print(f"w = {w:4}, u = 0.25:  ‖∇f‖ = {np.linalg.norm(task.grad(np.array([w, 0.25]))):.1e}")

# %% [markdown]
# **Предскажите.** Старт случаен: $w$ от $0$ до $1.5$, $u$ от $0$ до $1$. Для каждого метода нарисуем долю запусков, которые за 1000 шагов пришли к учителю ближе, чем на $0.1$, в зависимости от $\alpha$. У кого она дойдёт до единицы? Кто застрянет из-за одного огромного градиента?

# %%
runs, steps = 60, 1000
rng = np.random.default_rng(1)
x0 = rng.uniform(0, [1.5, 1.0], size=(runs, 2))
grid = tune.log_grid(1e-4, 10, 2)
contenders = {"SGD": gd, "clipped": clipped, "AdaGrad": adagrad, "RMSProp": rmsprop}

ax = plot.axes(width=8)
for j, (name, method) in enumerate(contenders.items()):
    noisy = task.minibatch(8, range(runs))
    alpha = np.repeat(grid[:, None], runs, 1)
    xs = run(method, noisy, x0, steps=steps, at=np.arange(steps - 180, steps + 1, 20), alpha=alpha)
    far = np.linalg.norm(xs - task.x_star, axis=-1)
    close = (np.nan_to_num(far, nan=np.inf) < 0.1).all(0)
    mean, low, high = rates.mean_band(close)
    ax.plot(grid, mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None), label=name)
    ax.fill_between(grid, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
    b = mean.argmax()
    print(f"{name:8} α = {grid[b]:7.2g}:  {close[b].sum()}/{runs}  [{low[b]:.2f}, {high[b]:.2f}]")
ax.set(xscale="log", xlabel=r"$\alpha$", ylabel=r"$P(\|x_k - x^*\| < 0.1)$")
_ = ax.legend()

# %% [markdown]
# Полоса бутстрепа при 60 удачах из 60 вырождается в точку; правило трёх честнее: вероятность успеха не меньше $1 - 3/60$ с доверием 95 %.
#
# **Что увидели.** SGD либо улетает с обрыва, либо делает такие шаги, что не доходит. AdaGrad с обрыва не падает, но один огромный градиент навсегда остаётся в сумме, и метод замирает на месте. RMSProp вскоре об обрыве забывает и при удачном $\alpha$ доходит во всех запусках. Ровно того же добивается обрезка градиента: дело не в покоординатном делении, а в том, что длина шага ограничена, а память коротка.
#
# **Вердикт.** Подтверждается на самой маленькой рекуррентной задаче: масштаб градиентов на ней меняется на порядки, а это и есть нестационарность из первого раздела. О настоящих сетях — в конце курса.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** Знаменатель RMSProp — корень из скользящего среднего. Уберите корень: $x \leftarrow x - \alpha g / (v + \varepsilon)$. Запустите на параболах с $c = 0.1, 1, 10$ при одном $\alpha$ и объясните, почему корень нужен.


# %% tags=["exercise"]
def rootless(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
    v = 0
    for _ in count(1):
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        x = x - alpha * g / (v + eps) ** 0.5  # <- here


# %% [markdown] tags=["solution"]
# **Решение.** Без корня шаг обратно пропорционален градиенту: чем круче, тем короче, и зависимость от масштаба $f$ осталась, только в обратную сторону: умножили $f$ на $c$ — шаг поделился на $c$. С корнем масштаб сокращается: $g/\sqrt{v}$ — безразмерное число, и, пока $\varepsilon$ мало, путь от $c$ не зависит.


# %% tags=["solution"]
def without_root(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
    v = 0
    for _ in count(1):
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        x = x - alpha * g / (v + eps)


for method in (rmsprop, without_root):
    travelled = [
        1 - run(method, parabola(c), [1.0], steps=20, alpha=0.01)[-1, 0] for c in (0.1, 1, 10)
    ]
    print(f"{method.__name__:12}", *(f"{way:9.4f}" for way in travelled))

# %% [markdown]
# **2.** Возьмите $\alpha_k = \alpha/\sqrt{k}$ и параболу с $c = 1$, $\varepsilon = 0$. Куда стремится $|x_k|/\alpha_k$? Сначала рассуждение, потом проверка.

# %% tags=["exercise"]
x0 = np.random.default_rng(0).uniform(0.5, 2, (20, 1))

# %% [markdown] tags=["solution"]
# **Решение.** Шаг меняется медленно, поэтому метод успевает следовать за циклом текущей амплитуды: $|x_k| \approx \alpha_k/2$. Метод сходится ровно с той скоростью, с какой убывает шаг.

# %% tags=["solution"]
at = np.array([1000, 10_000, 100_000])
xs = run(rmsprop, parabola(1), x0, steps=at[-1], at=at, alpha=lambda k: 0.1 / k**0.5, eps=0)
for k, row in zip(at, abs(xs[..., 0]) / (0.1 / at[:, None] ** 0.5), strict=True):
    print(f"k = {k:6}:  |x_k|/α_k = {row.min():.4f} … {row.max():.4f}")

# %% [markdown]
# **3.** С шумом цикла нет, а есть шар. Найдите на задаче о среднем, как $\mathbb{E} f - f^*$ зависит от $\alpha$ при $\gamma = 0.99$: как $\alpha$ или как $\alpha^2$? Чем это отличается от цикла без шума и почему?

# %% tags=["exercise"]
alphas = np.array([0.003, 0.01, 0.03, 0.1])

# %% [markdown] tags=["solution"]
# **Решение.** Как $\alpha$: вблизи минимума $v$ почти постоянно и равно дисперсии шума, так что RMSProp здесь — это SGD с шагом $\alpha/\sqrt{v}$, а его шар пропорционален шагу. Без шума $v$ убывает вместе с градиентом, $|x| = \alpha/2$, и $f - f^* \sim \alpha^2$.

# %% tags=["solution"]
ball = []
for alpha in alphas:
    steps = int(60 / alpha)
    at = np.arange(steps // 2, steps + 1, 10)
    xs = run(rmsprop, mean_of.minibatch(1, range(40)), mean_of.x_star, steps=steps, at=at,
             alpha=alpha, gamma=0.99)  # fmt: skip
    ball.append(problems.gap(mean_of, xs).mean(0))
print(rates.slope(alphas, np.array(ball)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - RMSProp — AdaGrad, который помнит около $1/(1-\gamma)$ последних градиентов.
# - Нестационарные задачи: AdaGrad со временем замирает, RMSProp — нет. За движущимся минимумом успевает и GD, а к смене масштаба градиентов приспосабливается только RMSProp.
# - Анизотропия: если овраг стоит вдоль осей, число шагов не зависит от $\kappa$; если повёрнут — преимущества нет.
# - Первый шаг длиной $\alpha/\sqrt{1-\gamma}$: чем длиннее память, тем длиннее. Слишком короткая память смещает саму точку, к которой идёт метод.
# - С постоянным $\alpha$ на параболе — точный цикл $\pm\alpha/2$, если $\gamma > 0$ и $\varepsilon < (\alpha c/2)^2$.
# - Польза для рекуррентных сетей — ограниченный шаг и короткая память: обрыв не выбрасывает и не замораживает.
#
# ### Литература
#
# - T. Tieleman, G. Hinton. [Neural Networks for Machine Learning, Lecture 6e](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf). 2012.
# - D. P. Kingma, J. Ba. [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980). ICLR, 2015.
# - R. Pascanu, T. Mikolov, Y. Bengio. [On the difficulty of training recurrent neural networks](https://arxiv.org/abs/1211.5063). ICML, 2013.
# - J. Bernstein et al. [signSGD: Compressed Optimisation for Non-Convex Problems](https://arxiv.org/abs/1802.04434). ICML, 2018.
