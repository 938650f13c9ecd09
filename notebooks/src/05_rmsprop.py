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
# **Время:** 12 мин на паре, 88 мин дома. **Слайды:** S10.

# %%
import numpy as np

from course_lib import diff, explore, live, plot, rates, run, tune
from course_lib.figures import Axis, Goal, Integers, Log, Panel, dots, line
from course_lib.methods import adagrad, gd, momentum, rmsprop
from course_lib.problems import LeastSquares, gap, parabola, quadratic, ravine, ravines, recurrent
from course_lib.problems.online import LinearRounds, MovingParabola
from course_lib.source import variant
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## S10. AdaGrad, который умеет забывать · 1 мин на паре
#
# $$v_j \leftarrow \gamma v_j + (1 - \gamma)\, g_j^2, \qquad x_j \leftarrow x_j - \frac{\alpha\, g_j}{\sqrt{v_j + \varepsilon}}$$
#
# AdaGrad складывает квадраты градиентов за всю историю. RMSProp берёт их скользящее среднее.

# %% [markdown]
# Вся разница в одной строке:

# %%
diff(adagrad, rmsprop)

# %% [markdown]
# Если развернуть рекурсию, $v^{(k)} = (1 - \gamma) \sum_{i \le k} \gamma^{k-i} \left(g^{(i)}\right)^2$: веса прошлых градиентов убывают геометрически, и метод помнит около $1/(1-\gamma)$ последних шагов. При $\gamma = 0.9$ — десяток, при $\gamma = 0.999$ — тысячу.
#
# > **Оговорка к слайдам.** На S9–S11 $\varepsilon$ стоит под корнем, и библиотека курса следует слайду. В PyTorch у RMSProp $\varepsilon$ — вне корня. Это разные числа: $\varepsilon = 10^{-6}$ под корнем начинает работать там же, где $\varepsilon = 10^{-3}$ вне корня.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### У каждой координаты свой шаг · 3 мин дома
#
# **Предскажите.** Справа — множитель $\alpha / \sqrt{v_j + \varepsilon}$, на который умножается градиент, для каждой из двух координат. Какие из четырёх кривых могут расти?
#
# - **A.** Никакие: знаменатель только копится.
# - **B.** Все четыре: у минимума градиенты малы у обоих методов.
# - **C.** Обе кривые RMSProp.
# - **D.** Только одна: RMSProp поперёк оврага.
#
# Сначала нарисуйте справа множитель RMSProp поперёк оврага, $j = 2$.

# %%
explore([adagrad, rmsprop], ravine(), [-3.5, 1.6], steps=150, watch="α/√v",
        alpha={"adagrad": 0.5, "rmsprop": 0.05},
        goal=Goal(1e-6, within=150, of="rmsprop"), predict="watch")  # fmt: skip

# %% [markdown]
# **Ответ: C.** У AdaGrad множитель может только падать: малые градиенты сумму не уменьшат, поэтому не B. У RMSProp он падает, пока градиенты велики, и растёт, когда они становятся меньше: метод забывает крутой склон, с которого спустился. Рано или поздно так бывает с любой координатой, поэтому не D.
#
# У минимума градиенты малы — и множитель растёт, пока метод не начинает прыгать. Чем это кончается, мы посчитаем точно в разделе о постоянном шаге.
#
# **Цель.** Пусть RMSProp дойдёт в этом овраге до $10^{-6}$ за 150 итераций.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## «Тоньше AdaGrad»: нестационарные задачи · 8 мин дома
#
# > **Оговорка к слайдам.** На слайде RMSProp «подходит для неизотропных задач». В английском оригинале этой фразы — **non-stationary**, нестационарных: таких, где градиенты меняются со временем. Это разные утверждения.

# %% [markdown]
# Проверим оба — сначала то, что имелось в виду.
#
# Пусть минимум движется, а крутизна может меняться; градиент измеряется с шумом $\xi_k$:
#
# $$f_k(x) = \frac{s_k}{2} (x - c_k)^2, \qquad c_k = \sin \frac{2 \pi k}{T}, \qquad g_k = s_k (x - c_k + \xi_k)$$


# %%
period, steps = 400, 40_000
circle = np.sin(2 * np.pi * np.arange(steps + 1) / period)
steady = MovingParabola(circle, np.ones(steps + 1), range(SEED, SEED + 16))
contenders = {"GD": gd, "AdaGrad": adagrad, "RMSProp": rmsprop}


def errors(method, problem, alpha, turns):
    """The root of the mean of (x_k − c_k)² over each period: (turns, *values of α, seeds)."""
    xs = run(method, problem, [0.0], steps=turns * period, alpha=alpha)
    square = problem.lag(xs)[1:] ** 2
    return square.reshape(turns, period, *square.shape[1:]).mean(1) ** 0.5


# %% [markdown]
# Сначала крутизна постоянна, $s_k = 1$. Каждому методу дадим одну и ту же сетку шагов и выберем лучший по первым пяти периодам. А потом посмотрим, что станет с этим шагом за сто периодов.
#
# **Предскажите.** Минимум движется, крутизна постоянна. Кто через сто периодов отстаёт от минимума намного больше, чем в лучшую свою пору?
#
# - **A.** Все: шаг подобран по первым пяти периодам.
# - **B.** Никто: минимум движется всё время одинаково.
# - **C.** GD и AdaGrad: их шаг не приспосабливается к переменам.
# - **D.** Только AdaGrad.

# %%
grid, turns = tune.log_grid(1e-3, 10, 4), steps // period
ax, lags, best = plot.axes(width=8), {}, {}
for name, method in contenders.items():
    first = errors(method, steady, grid[:, None], 5)
    best[name] = grid[(first**2).mean((0, 2)).argmin()]
    lags[name] = errors(method, steady, best[name], turns)
    plot.mean(period * np.arange(1, turns + 1), lags[name], label=name, ax=ax)
ax.axhline(0.5**0.5, color="gray", linewidth=1)
ax.set(xscale="log", ylim=(0, 0.8), xlabel="$k$",
       ylabel=r"$\sqrt{\langle (x_k - c_k)^2 \rangle_T}$")  # fmt: skip

rows = {f"k = {(i + 1) * period}": [rates.mean_band(lag[i]) for lag in lags.values()]
        for i in (0, 4, 99)}  # fmt: skip
heads = {"": [*lags], "α*": [*best.values()]}
print(table(heads | rows, {"α*": ".2g", **dict.fromkeys(rows, ".3f")}))

# %%
late = {name: lag[-1] for name, lag in lags.items()}
check(
    "S10.1", rates.ratio_band(late["RMSProp"], late["AdaGrad"]), below=0.5, of="RMSProp / AdaGrad"
)
check("S10.2", rates.ratio_band(late["RMSProp"], late["GD"]), below=0.9, of="RMSProp / GD")

# %% [markdown]
# **Ответ: D.** AdaGrad замирает: сумма в знаменателе растёт, шаг падает как $1/\sqrt{k}$, и метод отстаёт всё больше. Серая прямая — отставание того, кто вообще не двигается. С большим $\alpha$ он продержался бы дольше, но конец тот же: какой бы шаг ни был хорош вначале, со временем он станет слишком мал. C ошибается в GD: постоянный шаг за сто периодов не портится.
#
# **Вердикт (S10.1): верно.** «Тоньше AdaGrad»: через сто периодов RMSProp отстаёт от минимума в несколько раз меньше.
#
# Но заслуга ли это деления на $\sqrt{v}$? Проверим и это утверждение: RMSProp успевает за минимумом лучше, чем обычный GD с постоянным шагом.
#
# **Вердикт (S10.2): неверно.** GD следует за минимумом ничуть не хуже. Чтобы успевать, достаточно не уменьшать шаг; RMSProp лишь исправляет то, что AdaGrad испортил.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Когда меняется сам масштаб градиента · 7 мин дома
#
# Теперь $s_k$ равно $1$, потом $10^{-2}$, потом $10^2$. Минимум движется, как и раньше.
#
# **Предскажите.** Крутизна равна $1$, потом $10^{-2}$, потом $10^2$. Шаг снова лучший на сетке, теперь — по всему пути. Кто справится со всеми тремя участками?
#
# - **A.** Только RMSProp.
# - **B.** GD и RMSProp: у обоих шаг со временем не падает.
# - **C.** AdaGrad и RMSProp: оба делят на масштаб градиента.
# - **D.** Никто.

# %%
stage = 2000
s = np.repeat([1.0, 1e-2, 1e2], stage)
s = np.r_[s, s[-1]]
uneven = MovingParabola(circle[: len(s)], s, range(SEED, SEED + 16))
fresh = MovingParabola(circle[: len(s)], s, range(SEED + 500, SEED + 532))
grid = tune.log_grid(1e-5, 10, 4)

best, paths, by_stage = {}, {}, {}
for name, method in contenders.items():
    xs = run(method, uneven, [0.0], steps=3 * stage, alpha=grid[:, None])
    best[name] = grid[(uneven.lag(xs) ** 2).mean((0, 2)).argmin()]
    paths[name] = run(method, fresh, [0.0], steps=3 * stage, alpha=best[name])
    by_stage[name] = (fresh.lag(paths[name])[1:].reshape(3, stage, -1) ** 2).mean(1) ** 0.5

rows = {f"s = {s:g}": [rates.mean_band(error[j]) for error in by_stage.values()]
        for j, s in enumerate((1, 0.01, 100))}  # fmt: skip
heads = {"": [*best], "α*": [*best.values()]}
print(table(heads | rows, {"α*": ".2g", **dict.fromkeys(rows, ".3f")}))

# %%
small = {name: error[1] for name, error in by_stage.items()}
for name in ("GD", "AdaGrad"):
    ratio = rates.ratio_band(small["RMSProp"], small[name])
    check("S10.3", ratio, below=0.5, of=f"s = 0.01: RMSProp / {name}")

# %% tags=["hide-input"]
for j, (ax, name) in enumerate(zip(plot.axes(3, width=5, height=3.6), paths, strict=True)):
    ax.plot(fresh.c, "-", color="gray", linewidth=1.5)
    ax.plot(paths[name][:, 0, 0], "-", color=plot.COLORS[j], linewidth=1.5)
    ax.vlines([stage, 2 * stage], -1.6, 1.6, color="gray", linewidth=1)
    ax.set(xlabel="$k$", ylabel="$x_k$", ylim=(-1.6, 1.6), title=name)

# %% [markdown]
# **Ответ: A.** Вот где нужен RMSProp. У GD шаг, устойчивый при большой крутизне, слишком мал при обычной (B). AdaGrad помнит большие градиенты и при малой крутизне стоит (C). RMSProp проходит все три участка: прежний масштаб он забывает за время порядка $1/(1-\gamma)$, умноженного на логарифм перепада.
#
# **Вердикт (S10.3): верно.** «Нестационарные» — да, и в точном смысле: движущийся минимум не страшен никому, у кого шаг не убывает, а вот к изменению **масштаба** градиентов приспосабливается только тот, кто делит на недавнее среднее.
#
# Подвигайте: метод, шаг, память, период. `scale` — крутизна во второй половине пути. При каком $\gamma$ RMSProp перестаёт успевать? Во что обходится слишком короткая память?


# %% tags=["hide-input"]
def follow(method, alpha, gamma, period, scale):
    steps = 1000
    k = np.arange(steps + 1)
    s = np.where(k < steps // 2, 1.0, scale)
    problem = MovingParabola(np.sin(2 * np.pi * k / period), s, [SEED])
    hyper = {"alpha": alpha, **({"gamma": gamma} if method == "rmsprop" else {})}
    call = {"gd": gd, "adagrad": adagrad, "rmsprop": rmsprop}[method]
    xs = run(call, problem, [0.0], steps=steps, **hyper)
    rate = np.full(steps, alpha)
    if method != "gd":
        v = run(call, problem, [0.0], steps=steps, watch="v", **hyper)[1:, 0, 0]
        rate = alpha / (v + 1e-6) ** 0.5
    x = Axis("k", 0, steps)
    track = xs[:, 0, 0].clip(-3, 3)
    paths = [line(k, problem.c, "#888888", "cₖ"), line(k, track, 0, "xₖ")]
    square = np.minimum(problem.lag(xs)[1:, 0] ** 2, 9)
    error = square.reshape(2, -1).mean(1) ** 0.5
    factor = Axis("α/√(v + ε)", 1e-4, 1e4, True)
    panels = [
        Panel("xₖ", x, Axis("x", -2, 2), paths),
        Panel("α/√v", x, factor, [line(k[1:], rate.clip(1e-4, 1e4), 1)]),
    ]
    return panels, "  ".join(f"√⟨(xₖ − cₖ)²⟩ = {e:.3f}" for e in error)


live(follow, method=["rmsprop", "adagrad", "gd"], alpha=0.05, gamma=0.9, period=(200, Integers(20, 1000)),
     scale=(1e-2, Log(1e-4, 1e4)))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:ravine"]
# ## «Неизотропные»: овраг вдоль осей и повёрнутый · 9 мин на паре
#
# Теперь то, что на слайде написано. Анизотропия — это когда по разным направлениям кривизна разная: $f(x) = \frac12 x^\top H x$, собственные числа $H$ — от $1/\kappa$ до $1$. Два вида оврагов: оси $H$ совпадают с осями координат или повёрнуты.

# %% [markdown]
# Пусть $d = 10$, а повороты случайны (равномерно по всем). Измерять будем так.
#
# - Число шагов, после которых $\|x_k\|$ **остаётся** меньше $0.05\, \|x_0\|$. Не первое попадание: RMSProp может пролететь цель насквозь.
# - Старт случайный и поворачивается вместе с оврагом: так меняется только направление осей координат. От точки $(1, \ldots, 1)$ начинать нельзя: у методов, похожих на знаковый спуск, все координаты приходят оттуда в минимум одновременно, и они выигрывают нечестно.
# - $\varepsilon = 10^{-12}$, чтобы не мешало даже в самых пологих координатах.
# - У всех одна и та же сетка шагов $\alpha$. Выбираем тот, с которым быстрее справляются девять стартов из десяти; выбираем на десяти стартах, результат сообщаем на сорока других.

# %% [markdown] tags=["seminar:ravine"]
# **Предскажите.** $\kappa$ выросло с $10$ до $1000$. Что станет с числом шагов RMSProp в овраге вдоль осей и в повёрнутом?
#
# - **A.** Почти не изменится ни там, ни там: у каждой координаты свой шаг.
# - **B.** Вырастет и там, и там: овраг есть овраг.
# - **C.** Вдоль осей почти не изменится, в повёрнутом вырастет.
# - **D.** Вдоль осей вырастет, в повёрнутом почти не изменится.


# %%
def steps_needed(method, kappa, rotated, alpha, seeds, **hyper):
    """The settling time for each α and seed; at most 500 + 2κ steps are made."""
    problem, x0 = ravines(kappa, seeds, rotated)
    xs = run(method, problem, x0, steps=500 + 2 * kappa, alpha=np.c_[alpha], **hyper)
    return rates.settling(np.linalg.norm(xs.clip(-1e9, 1e9), axis=-1), 0.05)


kappas, grid = [10, 100, 1000], tune.log_grid(1e-2, 10, 4)
contenders = {"GD": (gd, {}), "momentum": (momentum, {}), "AdaGrad": (adagrad, {"eps": 1e-12}),
              "RMSProp": (rmsprop, {"eps": 1e-12})}  # fmt: skip
chosen_on, fresh = range(SEED, SEED + 10), range(SEED + 500, SEED + 540)
needed = {}
for rotated in (False, True):
    for name, (method, hyper) in contenders.items():
        for kappa in kappas:
            k = steps_needed(method, kappa, rotated, grid, chosen_on, **hyper)
            alpha = grid[np.quantile(k, 0.9, axis=1, method="nearest").argmin()]
            k = steps_needed(method, kappa, rotated, alpha, fresh, **hyper)[0]
            needed[name, rotated, kappa] = np.minimum(k, 500 + 2 * kappa)


# %% tags=["hide-input"]
def middle(name, rotated, kappa):
    return rates.Band(*np.quantile(needed[name, rotated, kappa], (0.5, 0.1, 0.9), method="nearest"))


signs = {False: "Λ", True: "QΛQᵀ"}
rows = [(rotated, name) for rotated in signs for name in contenders]
columns = {f"κ = {kappa}": [middle(name, rotated, kappa) for rotated, name in rows]
           for kappa in kappas}  # fmt: skip
heads = {"H": [signs[rotated] for rotated, _ in rows], "": [name for _, name in rows]}
print(table(heads | columns, dict.fromkeys(columns, ".0f")))
for rotated, sign in signs.items():
    k = np.array([needed["RMSProp", rotated, kappa] for kappa in kappas])
    check("S10.4", rates.slope(kappas, k), between=(-0.1, 0.1), of=f"{sign}: K ~ κᵖ")

# %% tags=["hide-input"]
titles = {False: r"$H = \Lambda$", True: r"$H = Q \Lambda Q^\top$"}
for ax, (rotated, title) in zip(plot.axes(2), titles.items(), strict=True):
    for j, name in enumerate(contenders):
        k, low, high = np.array([[*middle(name, rotated, kappa)] for kappa in kappas]).T
        ax.loglog(kappas, k, "osD^"[j], linestyle="-", color=plot.COLORS[j], label=name)
        ax.fill_between(kappas, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
    _ = ax.set(xlabel=r"$\kappa$", ylabel="$K_{0.05}$", ylim=(1, 5e3), title=title), ax.legend()

# %%
for rotated, sign in signs.items():
    gain = rates.ratio_band(needed["GD", rotated, 1000], needed["RMSProp", rotated, 1000])
    check("S10.5", gain, above=3, of=f"{sign}, κ = 1000: GD / RMSProp")
for name in ("GD", "momentum"):
    change = rates.ratio_band(needed[name, True, 1000], needed[name, False, 1000])
    check("S10.6", change, between=(0.95, 1.05), of=f"{name}: QΛQᵀ / Λ")

# %% [markdown]
# В таблице — медиана и квантили 10 % и 90 % по сорока стартам (`Λ` — вдоль осей, `QΛQᵀ` — повёрнут).

# %% [markdown] tags=["seminar:ravine-answer"]
# **Ответ: C.** Вдоль осей у RMSProp и AdaGrad число шагов от $\kappa$ не зависит: деление на $\sqrt{v_j}$ убирает масштаб каждой координаты, и овраг превращается в круглую чашу. В повёрнутом овраге крутое направление — смесь всех координат: все $v_j$ почти одинаковы, выравнивать покоординатному делению почти нечего, и число шагов снова растёт с $\kappa$. A забывает о повороте; B верно для GD.
#
# Для AdaGrad овраг вдоль осей — лучший из миров: за первые шаги он снимает мерку с каждой координаты и дальше идёт, как GD по круглой чаше. RMSProp медленнее: его шаг — около $\alpha$ по каждой координате, и до минимума он идёт $|x_0|/\alpha$ шагов.

# %% [markdown]
# **Вердикт (S10.4): верно при условии.** «Подходит для неизотропных задач» — для анизотропии **вдоль осей координат**. Она встречается часто: признаки в разных единицах, слои сети с разным масштабом весов.

# %% [markdown]
# **Вердикт (S10.5): верно при условии.** При $\kappa = 1000$ RMSProp опережает GD во много раз — тоже только вдоль осей. В повёрнутом овраге от выигрыша мало что остаётся, и сколько именно, зависит от сетки: лучший $\alpha$ у GD чуть меньше $2/L$, и если на сетке такого нет, GD идёт почти вдвое дольше, а RMSProp кажется намного быстрее.
#
# **Вердикт (S10.6): верно.** GD и импульс поворота не замечают вовсе: вместе со стартом поворачивается весь их путь. Поэтому в повёрнутом овраге с $\kappa = 1000$ импульс лучше всех.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:turn"]
# ### Поверните овраг · 2 мин на паре
#
# Старт поворачивается вместе с оврагом, так что по существу меняется только направление осей координат. Двигайте угол `φ` и `κ` и следите за кривыми справа; под рисунком — с какого $k$ остаётся $\|x_k\| < 0.05\, \|x_0\|$.
#
# Какую из трёх кривых поворот не сдвигает и почему?


# %% tags=["hide-input", "seminar:turn"]
def turn(angle, kappa, alpha, gamma):
    c, s, kappa, steps = np.cos(angle), np.sin(angle), max(1.0, kappa), 300
    Q, t = np.array([[c, -s], [s, c]]), np.linspace(0, 2 * np.pi, 100)
    problem, x0 = quadratic(kappa, angle), Q @ [2.6, 0.9]
    paths = {
        "GD, α = 1": run(gd, problem, x0, steps=steps, alpha=1.0),
        "AdaGrad, α = 1": run(adagrad, problem, x0, steps=steps, alpha=1.0),
        "RMSProp": run(rmsprop, problem, x0, steps=steps, alpha=alpha, gamma=gamma),
    }
    on_map, curves, distances = [], [], []
    for r in np.arange(0.1, 3, 0.4):
        level = Q @ [kappa**0.5 * r * np.cos(t), r * np.sin(t)]
        on_map.append(line(*level, "#6f9dc4", width=1))
    for j, (name, xs) in enumerate(paths.items()):
        distance = np.linalg.norm(xs, axis=-1).clip(1e-6, 1e3)
        on_map += [line(*xs.clip(-9, 9).T, j), dots(*xs[-1:].clip(-9, 9).T, j)]
        curves.append(line(np.arange(steps + 1), distance, j, name))
        distances.append(f"{name}: k = {rates.settling(distance, 0.05 * distance[0]):.0f}")
    square = Axis("x₁", -3, 3), Axis("x₂", -3, 3)
    panels = [
        Panel("f(x)", *square, on_map),
        Panel("‖xₖ‖", Axis("k", 0, steps), Axis("‖xₖ‖", 1e-4, 10, True), curves),
    ]
    return panels, ";  ".join(distances)


live(turn, angle=0.0, kappa=100.0, alpha=0.05, gamma=0.9)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## За что отвечает $\gamma$ · 4 мин дома
#
# **Первый шаг.** Вначале $v = 0$, и после первого градиента $v = (1 - \gamma)\, g^2$. Значит, первый шаг равен $\alpha / \sqrt{1 - \gamma}$ при любом градиенте, лишь бы $\varepsilon$ было мало: чем длиннее память, тем длиннее прыжок. При постоянном градиенте шаг номер $k$ равен $\alpha / \sqrt{1 - \gamma^k}$.
#
# **Предскажите.** $\gamma = 0.999$, градиент постоянен. Какой длины будет сотый шаг?
#
# - **A.** Уже $\alpha$: поправка нужна только первому шагу.
# - **B.** Примерно $3\,\alpha$.
# - **C.** Примерно $30\,\alpha$, как и первый.
# - **D.** Короче $\alpha$: память ещё не заполнилась.

# %%
gammas, ks = np.array([0.5, 0.9, 0.99, 0.999]), np.array([1, 10, 100, 1000])
xs = run(rmsprop, LinearRounds([5]), [0.0], steps=1000, alpha=0.01, gamma=gammas, eps=0)[..., 0]
step = abs(np.diff(xs, axis=0))[ks - 1] / 0.01

columns = {"1/√(1−γ)": (1 - gammas) ** -0.5}
columns |= {f"|Δx|/α, k = {k}": row for k, row in zip(ks, step, strict=True)}
print(table({"γ": gammas, **columns}, dict.fromkeys(columns, ".3f")))
print(f"max |Δx·√(1 − γᵏ)/α − 1| = {abs(step * (1 - gammas ** ks[:, None]) ** 0.5 - 1).max():.0e}")

# %% [markdown]
# **Ответ: B.** $1 - 0.999^{100} \approx 0.095$, а единица, делённая на корень из этого, — чуть больше трёх. D путает знак: пока память не заполнилась, $v$ занижено, и шаг, наоборот, длиннее.
#
# Первые шаги длиннее задуманного, и длиться это может долго — порядка $1/(1-\gamma)$ шагов. Adam начинает именно с того, что делит $v$ на $1 - \gamma^k$: это его поправка на смещение ([07_adam](07_adam.ipynb)).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Слишком короткая память: медиана вместо среднего · 6 мин дома
#
# Зачем тогда помнить долго? Возьмём простейшую задачу — среднее: $f_i(x) = \frac12 (x - b_i)^2$, где $b_i$ имеют показательное распределение. Минимум $f$ — среднее чисел $b_i$. При $\gamma = 0$ метод делит $g$ на $|g|$: остаётся знак.
#
# **Предскажите.** $f_i(x) = \frac12 (x - b_i)^2$, у чисел $b_i$ показательное распределение. Батч из одного слагаемого, шаг мал, $\gamma = 0$. Вокруг какого числа бродит RMSProp?
#
# - **A.** Вокруг среднего чисел $b_i$: там минимум $f$.
# - **B.** Вокруг самого частого из них, то есть нуля.
# - **C.** Вокруг полусуммы наименьшего и наибольшего.
# - **D.** Вокруг медианы.

# %%
b = np.random.default_rng(SEED).exponential(size=1000)
mean_of = LeastSquares(np.ones((1000, 1)), b)
gammas, seeds = np.array([0, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999]), range(SEED, SEED + 20)
kept = np.arange(5000, 20_001, 50)
xs = run(rmsprop, mean_of.minibatch(1, seeds), [1.0], steps=20_000, keep=kept, alpha=0.003,
         gamma=gammas[:, None])[..., 0]  # fmt: skip
centre = rates.mean_band(xs.mean(0))
print(table({"γ": gammas, "E x": centre}, {"E x": ".3f"}))

# %% tags=["hide-input"]
ax = plot.axes()
plot.errorbars(1 - gammas, centre, color=plot.COLORS[1], ax=ax)
ax.axhline(b.mean(), color=plot.COLORS[0], label=r"$\frac{1}{n}\sum b_i$")
ax.axhline(np.median(b), color=plot.COLORS[2], linestyle=":", label=r"$\mathrm{med}\; b_i$")
_ = ax.set(xscale="log", xlabel=r"$1 - \gamma$", ylabel=r"$\mathbb{E}\,x_k$"), ax.legend()

# %%
share = rates.mean_band((xs.mean(0) - np.median(b)) / (b.mean() - np.median(b)))
check("S10.7", share[0], between=(-0.25, 0.25), of="γ = 0: (E x − med)/(b̄ − med)")
check("S10.7", share[-2], between=(0.75, 1.25), of="γ = 0.99")

# %% [markdown]
# **Ответ: D.** При $\gamma = 0$ метод находит не среднее, а медиану: знак градиента «голосует», и большие $b_i$ не весят больше малых. A соблазняет тем, что градиент не смещён; смещён шаг: текущий градиент входит и в числитель, и в $v$, поэтому при несимметричном шуме $\mathbb{E}\, g/\sqrt{v} \neq 0$ даже там, где $\mathbb{E}\, g = 0$. (При симметричном — ноль: $g$ и $-g$ равноправны.)
#
# Уменьшать шаг бесполезно: сдвинута сама точка, к которой идёт метод. Чем длиннее память, тем меньше вес одного градиента в $v$ и тем меньше сдвиг.
#
# **Вердикт (S10.7): верно.** Слишком короткая память смещает саму точку, к которой идёт метод; при длинной смещения почти нет.
#
# Так $\gamma$ становится компромиссом: длинная память — почти несмещённый шаг, но длинные первые шаги и медленная реакция на перемены.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Постоянный шаг: точный цикл $\pm\alpha/2$ · 6 мин дома
#
# Пусть $f(x) = \frac{c}{2} x^2$, шума нет, $\alpha$ постоянно. Допустим, метод прыгает между $a$ и $-a$. Тогда $g^2 = c^2 a^2$ на каждом шаге, $v = c^2 a^2$, длина шага $\frac{\alpha c a}{\sqrt{c^2 a^2 + \varepsilon}}$ должна быть равна $2a$. Отсюда
#
# $$a = \sqrt{\frac{\alpha^2}{4} - \frac{\varepsilon}{c^2}}, \qquad \varepsilon < \left(\frac{\alpha c}{2}\right)^2$$
#
# При большем $\varepsilon$ цикла нет, и метод сходится. При $\varepsilon = 0$ линеаризация около цикла даёт матрицу с определителем $\gamma$ и следом $3\gamma - 1$: при $\frac19 < \gamma < 1$ её собственные числа комплексны и равны по модулю $\sqrt{\gamma}$, то есть цикл притягивает.


# %%
x0 = np.random.default_rng(SEED).uniform(0.5, 2, (200, 1))
steps = 20_000
late = np.arange(steps - 1000, steps + 1)
settings = [
    (1, 0.1, 0.9, 0), (1, 0.01, 0.9, 0), (100, 0.01, 0.9, 0), (1, 0.01, 0.5, 0), (1, 0.01, 0.99, 0),
    (1, 0.01, 0.9, 1e-6), (1, 0.01, 0.9, 1e-5), (1, 0.01, 0.9, 2.4e-5), (1, 0.01, 0.9, 2.6e-5),
    (1, 0.01, 0, 0), (1, 0.1, 0.999, 0), (1, 0.01, 0.999, 0),
]  # fmt: skip
ends = []
for c, alpha, gamma, eps in settings:
    xs = run(rmsprop, parabola(c), x0, steps=steps, keep=late, alpha=alpha, gamma=gamma, eps=eps)
    ends.append(np.quantile(abs(xs) / alpha, (0, 1)))

# %%
c, alpha, gamma, eps = np.array(settings).T
exact = np.maximum(0, 0.25 - eps / (c * alpha) ** 2) ** 0.5
columns = {
    "√(α²/4 − ε/c²)/α": exact,
    "min |x|/α": np.array(ends)[:, 0],
    "max": np.array(ends)[:, 1],
}
heads = {"c": c, "α": alpha, "γ": gamma, "ε": eps}
print(table(heads | columns, {"c": "g", "γ": "g", "ε": "g", **dict.fromkeys(columns, ".5f")}))

# %%
for row, (low, high) in zip(settings[:5], ends[:5], strict=True):
    check("S10.8", (0.5, low, high), between=(0.49, 0.51), of="c, α, γ, ε = " + str(row)[1:-1])

# %% [markdown]
# Амплитуда — ровно $\alpha/2$: ни кривизна, ни память, ни начало на неё не влияют, а $\varepsilon$ входит в точности по формуле. Настоящих условий два.
#
# - $\varepsilon < (\alpha c/2)^2$. В очень пологой координате условие нарушено, и около минимума RMSProp превращается в GD с шагом $\alpha/\sqrt{\varepsilon}$.
# - $\gamma > 0$. При $\gamma = 0$ (знаковый спуск) годится любая пара точек на расстоянии $\alpha$, амплитуда зависит от начала.
#
# А что с $\gamma = 0.999$? При $\alpha = 0.1$ цикл ещё только устанавливается, а при $\alpha = 0.01$ метод, кажется, сошёлся в ноль. Посмотрим на него пристальнее.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:dive"]
# ### Дойти до минимума — и уйти · 6 мин дома
#
# **Предскажите.** $\alpha = 0.01$, $\gamma = 0.99$. Насколько близко к минимуму подойдёт метод, прежде чем начнёт прыгать на $\pm \alpha/2$?
#
# - **A.** На $\alpha/2$: ближе не пустит длина шага.
# - **B.** Примерно на $10^{-16}$: там кончается точность чисел.
# - **C.** Ближе чем на $10^{-100}$.
# - **D.** Примерно на $\alpha^2 = 10^{-4}$.

# %% tags=["seminar:dive"]
ax = plot.axes(width=8)
for gamma in (0.9, 0.99):
    xs = abs(run(rmsprop, parabola(), [1.3], steps=4000, alpha=0.01, gamma=gamma, eps=0)[:, 0])
    ax.semilogy(xs, label=rf"$\gamma = {gamma}$")
    print(f"γ = {gamma}:  min |x| = {xs.min():.0e}")
    check("S10.8", xs[-1] / 0.01, between=(0.49, 0.51), of=f"γ = {gamma}, |x_4000|/α")
ax.axhline(0.005, color="gray", linewidth=1)
_ = ax.set(xlabel="$k$", ylabel="$|x_k|$", yticks=10.0 ** np.arange(-200, 1, 50)), ax.legend()

# %% [markdown] tags=["seminar:dive"]
# **Ответ: C.** Поразительно: при $\gamma = 0.99$ метод подходит к минимуму так близко, как никому никогда не понадобится, — и уходит. Пока метод помнит большие градиенты, он делает разумные шаги и сходится. Но память стирается: $v$ падает, множитель $\alpha/\sqrt{v}$ растёт, пока не превысит границу устойчивости $2/c$, и минимум отталкивает. A путает конец пути с дорогой; B — точность чисел около единицы, а около нуля числа стоят куда гуще.

# %% [markdown]
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

# %% [markdown] tags=["seminar:dive"]
# **Вердикт (S10.8): верно.** С постоянным $\alpha$ RMSProp не сходится даже на параболе без шума: при $\gamma > 0$ и $\varepsilon < (\alpha c/2)^2$ все наши запуски приходят в $\pm\alpha/2$, хотя при $\gamma$, близком к единице, ждать приходится долго. Лекарство обычное — уменьшать шаг.

# %% [markdown]
# Попробуйте: правило шага $\alpha/\sqrt{k}$, $\varepsilon$ выше и ниже границы, $\gamma$ около единицы. Третья картинка показывает длину шага по координатам.
#
# **Цель.** $f - f^* \le 10^{-8}$ за 400 итераций.

# %%
explore(rmsprop, quadratic(kappa=10), [2.2, 1.3], steps=400, alpha=0.1, gamma=0.9, watch="|Δx|",
        goal=Goal(1e-8, within=400))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Применяется для нейронных сетей, прежде всего рекуррентных» · 10 мин дома
#
# Чем рекуррентные сети особенные? Возьмём самую маленькую: один нейрон, два веса. На вход подаётся случайная последовательность $s_1, \ldots, s_{20}$, предсказать надо последнее состояние сети-учителя с весами $w^* = 0.9$, $u^* = 0.5$.
#
# $$h_t = w\, h_{t-1} + u\, s_t, \qquad f(w, u) = \frac{1}{2n} \sum_{i=1}^{n} \left(h_{20}^{(i)} - y_i\right)^2$$
#
# В $h_{20}$ входит $w$ в степени до $19$. Стоит $w$ превысить единицу — и градиент взлетает: это обрыв. Добавим к сравнению обрезку градиента (`clipped`), обычное средство от обрывов.


# %%
clipped = variant(
    gd,
    ("x - at(alpha, k) * g", "x - at(alpha, k) * g / np.maximum(1, np.linalg.norm(g, axis=-1, keepdims=True))"),
    name="clipped",
)  # fmt: skip
diff(gd, clipped)

# %%
task = recurrent(seed=SEED)
for w in (0.0, 0.5, 1.0, 1.25, 1.5):
    print(f"w = {w:4}, u = 0.25:  ‖∇f‖ = {np.linalg.norm(task.grad(np.array([w, 0.25]))):.1e}")

# %% [markdown]
# **Предскажите.** Старт случаен: $w$ от $0$ до $1.5$, $u$ от $0$ до $1$. Запуск удался, если последние 180 из тысячи шагов он остаётся к учителю ближе, чем на $0.1$; нарисуем долю удавшихся при каждом $\alpha$. У кого при лучшем $\alpha$ удаются почти все?
#
# - **A.** У RMSProp и у обрезки.
# - **B.** Только у RMSProp.
# - **C.** У RMSProp и у AdaGrad: оба делят на масштаб градиента.
# - **D.** У всех: надо лишь взять $\alpha$ поменьше.


# %%
def arrives(method, alpha, seeds, steps=1000):
    """Does a run stay within 0.1 of the teacher in its last 180 steps? (values of α, seeds)"""
    x0 = np.array([np.random.default_rng(seed).uniform(0, [1.5, 1.0]) for seed in seeds])
    kept = np.arange(steps - 180, steps + 1, 20)
    xs = run(method, task.minibatch(8, seeds), x0, steps=steps, keep=kept, alpha=np.c_[alpha])
    far = np.linalg.norm(xs - task.x_star, axis=-1)
    return (np.nan_to_num(far, nan=np.inf) < 0.1).all(0)


# %%
grid = tune.log_grid(1e-3, 1, 4)
contenders = {"SGD": gd, "clipped": clipped, "AdaGrad": adagrad, "RMSProp": rmsprop}
ax, best, arrived = plot.axes(width=8), {}, {}
for name, method in contenders.items():
    close = arrives(method, grid, range(SEED, SEED + 16))
    best[name] = grid[close.mean(1).argmax()]
    arrived[name] = arrives(method, best[name], range(SEED + 500, SEED + 700))[0].astype(float)
    plot.mean(grid, close, label=name, ax=ax)
ax.set(xscale="log", xlabel=r"$\alpha$", ylabel=r"$P(\|x_k - x^*\| < 0.1)$")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))

columns = {
    "": [*best],
    "α*": [*best.values()],
    "#": [f"{a.sum():.0f}/200" for a in arrived.values()],
}
bands = [rates.mean_band(close) for close in arrived.values()]
print(table(columns | {"P": bands}, {"α*": ".2g", "P": ".2f"}))

# %%
for name in ("SGD", "AdaGrad"):
    ratio = rates.ratio_band(arrived[name], arrived["RMSProp"])
    check("S10.9", ratio, below=0.95, of=f"{name} / RMSProp")
ratio = rates.ratio_band(arrived["clipped"], arrived["RMSProp"])
check("S10.10", ratio, below=0.95, of="clipped / RMSProp")

# %% [markdown]
# Шаг выбран на шестнадцати стартах, доля в таблице — по двумстам новым. Если удались все 200, полоса бутстрепа вырождается в точку; правило трёх честнее: вероятность успеха не меньше $1 - 3/200$ с доверительной вероятностью 95 %.
#
# **Что увидели.** SGD с обрыва улетает, а с шагом, при котором не улетает, доходит не отовсюду: примерно в трёх запусках из четырёх. AdaGrad с обрыва не падает, но один огромный градиент навсегда остаётся в сумме, и часть запусков замирает на месте. RMSProp вскоре об обрыве забывает и при удачном $\alpha$ доходит почти всегда.
#
# **Вердикт (S10.9): верно.** На самой маленькой рекуррентной задаче RMSProp лучше и SGD, и AdaGrad: масштаб градиентов на ней меняется на порядки, а это и есть нестационарность из первого раздела. О настоящих сетях — в конце курса.
#
# А лучше ли он, чем простая обрезка градиента?
#
# **Вердикт (S10.10): неверно.** Обрезка добивается того же: дело не в покоординатном делении, а в том, что длина шага ограничена, а память коротка.
#
# **Ответ: A.** C забывает, что AdaGrad помнит обрыв до конца; D — что с шагом, безопасным на обрыве, SGD не успевает дойти.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 35 мин дома
#
# **1.** Знаменатель RMSProp — корень из скользящего среднего. Уберите корень: $x \leftarrow x - \alpha g / (v + \varepsilon)$. Запустите на параболах с $c = 0.1, 1, 10$ при одном $\alpha$ и объясните, почему корень нужен.


# %% tags=["exercise"]
def rootless(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
    v = 0
    while True:
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        x = x - alpha * g / (v + eps) ** 0.5  # <- here


# %% [markdown] tags=["solution"]
# **Решение.** Без корня шаг обратно пропорционален градиенту: чем круче, тем короче, и зависимость от масштаба $f$ осталась, только в обратную сторону: умножили $f$ на $c$ — шаг поделился на $c$. С корнем масштаб сокращается: $g/\sqrt{v}$ — безразмерное число, и, пока $\varepsilon$ мало, путь от $c$ не зависит.


# %% tags=["solution"]
def without_root(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
    v = 0
    while True:
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        x = x - alpha * g / (v + eps)


cs = np.array([0.1, 1, 10])
ways = [1 - run(method, parabola(cs), np.ones((3, 1)), steps=20, alpha=0.01)[-1, :, 0]
        for method in (rmsprop, without_root)]  # fmt: skip
print(
    table(
        {"c": cs, "RMSProp": ways[0], "g/(v + ε)": ways[1]}, {"RMSProp": ".4f", "g/(v + ε)": ".4f"}
    )
)

# %% [markdown]
# **2.** Возьмите $\alpha_k = \alpha/\sqrt{k}$ и параболу с $c = 1$, $\varepsilon = 0$. Куда стремится $|x_k|/\alpha_k$? Сначала рассуждение, потом проверка.

# %% tags=["exercise"]
x0 = np.random.default_rng(SEED).uniform(0.5, 2, (20, 1))

# %% [markdown] tags=["solution"]
# **Решение.** Шаг меняется медленно, поэтому метод успевает следовать за циклом текущей амплитуды: $|x_k| \approx \alpha_k/2$. Метод сходится ровно с той скоростью, с какой убывает шаг.

# %% tags=["solution"]
kept = np.array([1000, 10_000, 100_000])
xs = run(rmsprop, parabola(), x0, steps=kept[-1], keep=kept, alpha=lambda k: 0.1 / k**0.5, eps=0)
for k, row in zip(kept, abs(xs[..., 0]) / (0.1 / kept[:, None] ** 0.5), strict=True):
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
    kept = np.arange(steps // 2, steps + 1, 10)
    xs = run(rmsprop, mean_of.minibatch(1, range(SEED, SEED + 40)), mean_of.x_star, steps=steps, keep=kept,
             alpha=alpha, gamma=0.99)  # fmt: skip
    ball.append(gap(mean_of, xs).mean(0))
print(rates.slope(alphas, np.array(ball)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - RMSProp — AdaGrad, который помнит около $1/(1-\gamma)$ последних градиентов.
# - Нестационарные задачи: AdaGrad со временем замирает, RMSProp — нет. За движущимся минимумом успевает и GD, а к смене масштаба градиентов из трёх методов приспосабливается только RMSProp.
# - Анизотропия: если овраг стоит вдоль осей, число шагов не зависит от $\kappa$; если повёрнут — растёт с $\kappa$, и от многократного выигрыша перед GD мало что остаётся.
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
