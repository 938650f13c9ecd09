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
# # AdamW: затухание весов отдельно от шага
#
# **Цель.** Увидеть, чем штраф $\frac{\lambda}{2}\|x\|^2$ внутри Adam отличается от затухания весов снаружи: кого и насколько ослабляет каждый. Проверить, становится ли от этого проще подбирать $\alpha$ и $\lambda$ и что на самом деле делают библиотеки, если их не спрашивать.
#
# **Время:** 16 мин на паре, 84 мин дома. **Слайды:** S13.

# %%
from dataclasses import replace
from itertools import count

import numpy as np

from course_lib import diff, explore, live, plot, rates, run, show, variant
from course_lib.experiments import decay_map
from course_lib.figures import Axis, Goal, Integers, Log, Panel, band, dots, line
from course_lib.libraries import TABLE, TRAINER
from course_lib.methods import adam, adam_l2, adamw, at
from course_lib.problems import FiniteSum, Function, least_squares, logistic, logistic_on
from course_lib.problems.digits import NoisyDigits
from course_lib.tables import from_rows, table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## S13. Штраф внутри, затухание снаружи · 2 мин на паре
#
# **Утверждение слайда.** $\ell_2$-штраф в функции потерь добавляет к градиенту $\lambda x$, и Adam потом делит эту добавку на $\sqrt{\hat v} + \varepsilon$ вместе со всем остальным. AdamW выносит затухание из адаптивного шага:
#
# $$x_k = x_{k-1} - \alpha \left( \frac{\hat m_k}{\sqrt{\hat v_k} + \varepsilon} + \lambda x_{k-1} \right)$$

# %%
show(adam_l2)

# %%
diff(adam_l2, adamw)

# %% [markdown]
# Кроме имени, изменились две строки: $\lambda x$ ушло из градиента, а значит, из $m$ и из $v$, и появилось в шаге. Если раскрыть скобки, вес сначала умножается на $1 - \alpha\lambda$, а потом Adam делает свой обычный шаг.
#
# У градиентного спуска разницы нет: $x - \alpha(g + \lambda x) = (1 - \alpha\lambda)\,x - \alpha g$. Поэтому «$\ell_2$-штраф» и «затухание весов» десятилетиями были двумя именами одного и того же, и параметр библиотек `weight_decay` означает то одно, то другое.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:formula"]
# ### $\lambda\|x\|^2$ или $\frac{\lambda}{2}\|x\|^2$? · 2 мин дома
#
# > **Оговорка к слайдам.** На слайде штраф записан как $\lambda\|x\|^2$. Его градиент — $2\lambda x$, а в формулах стоит $\lambda x$: имеется в виду $\frac{\lambda}{2}\|x\|^2$.

# %% [markdown]
# Двойка — не мелочь, если переносить $\lambda$ из одной библиотеки в другую. Проверим: задача `logistic(lam=...)` содержит штраф $\frac{\lambda}{2}\|x\|^2$ внутри $f$, и мы запускаем на ней обычный Adam.

# %%
bare, x0, lam = logistic(lam=0.0, seed=SEED), [-2.0, 2.0], 0.1
options = {"x0": x0, "steps": 300, "alpha": 0.05}
xs = run(adam_l2, bare, lam=lam, **options)
inside = [run(adam, logistic(lam=own, seed=SEED), **options) for own in (lam, 2 * lam)]
table({"": ["λ/2 ‖x‖²", "λ ‖x‖²"], "max |Δx|": [abs(xs - path).max() for path in inside]},
      {"max |Δx|": ".0e"})  # fmt: skip

# %% [markdown]
# С половиной `adam_l2` — это ровно Adam на оштрафованной функции; без половины он приходит в другую точку. `weight_decay` у `torch.optim.Adam` — это $\frac{\lambda}{2}\|x\|^2$, а `keras.regularizers.L2` — как раз $\lambda\|x\|^2$: одно и то же число там штрафует вдвое сильнее.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Кого и насколько ослабляют · 8 мин на паре
#
# Изолируем явление. Каждой координате достаётся шум со своим размахом $s_j$ и ничего больше: среднее градиента — ноль, двигать вес некуда. Запустим метод дважды **на одном и том же шуме**, из $x_0 = 1$ и из $x_0 = 0$. Разность двух путей — то, что осталось от начального веса.
#
# **Предскажите.** Один вес дрожит от большого шума, $s = 100$, другой — от малого, $s = 0.01$. Кого из них и какой метод ослабит сильнее?
#
# - **A.** Оба метода ослабят обоих одинаково: штраф о шуме не знает.
# - **B.** AdamW — одинаково, Adam со штрафом сильнее ослабит вес с большим шумом.
# - **C.** AdamW — одинаково, Adam со штрафом сильнее ослабит вес с малым шумом.
# - **D.** AdamW сильнее ослабит вес с большим шумом, Adam со штрафом — одинаково.


# %%
def noise(s, c=0.0, n=4096):
    """f_i(x) = Σ_j (z_ij s_j x_j + c_j x_j²/2), each column of z with mean 0 and mean square 1."""
    z = np.random.default_rng(SEED).normal(size=(n, len(s)))
    z = (z - z.mean(0)) / z.std(0)
    return FiniteSum(
        lambda x, i: (z[i] * s * x + c * x**2 / 2).sum(-1), lambda x, i: z[i] * s + c * x, n, len(s)
    )


def left(method, s, seeds, c=0.0, **options):
    """What is left of x_0 = 1: the difference of two runs on the same noise, from 1 and from 0."""
    pair = np.stack([np.ones(len(s)), np.zeros(len(s))])[:, None]
    oracle = noise(s, c).minibatch(1, range(SEED, SEED + seeds))
    xs = run(method, oracle, pair, **options)
    return xs[:, 0] - xs[:, 1]


# %%
alpha, lam, K = 1e-3, 0.1, 10_000
s = np.geomspace(1e-2, 1e2, 17)
decoupled = left(adamw, s, 100, steps=K, keep=[K], alpha=alpha, lam=lam)[0]
coupled = left(adam_l2, s, 100, steps=K, keep=[K], alpha=alpha, lam=lam)[0]
formula, theory = (1 - alpha * lam) ** K, np.exp(-alpha * lam * K / s)
means = {"AdamW": decoupled.mean(0), "sd": decoupled.std(0),
         "Adam + L2": rates.mean_band(coupled.T), "exp(−αλK/s)": theory}  # fmt: skip
table({"s": s[::2], **{name: column[::2] for name, column in means.items()},
       "(1 − αλ)ᴷ": [formula] * len(s[::2])},
      dict.fromkeys([*means, "(1 − αλ)ᴷ"], ".6f") | {"s": ".3f", "sd": ".0e"})  # fmt: skip

# %% slideshow={"slide_type": "subslide"} tags=["hide-input"]
ax = plot.axes(width=8)
fine = np.geomspace(s[0], s[-1], 200)
for values, shape, label in ((coupled, "o", "Adam + L2"), (decoupled, "s", "AdamW")):
    plot.errorbars(s, rates.mean_band(values.T), shape, label=label, ax=ax)
ax.plot(fine, np.exp(-alpha * lam * K / fine), "-", color=plot.INK, lw=1.2)
ax.axhline(formula, color=plot.INK, linestyle="--", lw=1.2)
ax.text(s[0], formula + 0.03, r"$(1 - \alpha\lambda)^K$")
ax.text(4, 0.62, r"$e^{-\alpha\lambda K / s}$")
ax.set(xscale="log", xlabel="$s$", ylabel="$x_K$  ($x_0 = 1$)", ylim=(-0.05, 1.05))
_ = ax.legend(loc="upper left")

# %%
loud = s > 0.3  # where something is left
rate = -np.log(coupled[:, loud].T) / (alpha * K)
check(
    "S13.1", abs(decoupled / formula - 1).max(), below=1e-9, of="AdamW: max |x_K / (1 − αλ)ᴷ − 1|"
)
check(
    "S13.1", rates.slope(s[loud], rate), between=(-1.1, -0.9), of="Adam + L2: d log(rate) / d log s"
)

# %% [markdown]
# **Вердикт (S13.1): верно.** У AdamW от веса осталось $(1 - \alpha\lambda)^K$ при любом размахе градиента; разброс по сотне запусков — ошибки округления. У Adam со штрафом добавка $\lambda x$ делится на $\sqrt{\hat v} \approx s$, и вес затухает со скоростью $\alpha\lambda / s$: большой градиент вес бережёт, маленький — губит. Два метода согласны только при $s \approx 1$.
#
# **Ответ: C.** A верно для градиентного спуска. B соблазняет тем, что большой градиент «двигает вес сильнее», — но на него же и делят.
#
# Измеренное чуть выше формулы $e^{-\alpha\lambda K/s}$ при малых $s$, и это не шум: штраф сам входит в $\hat v$, поэтому $\sqrt{\hat v}$ немного больше $s$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками · 3 мин дома
#
# Сначала нарисуйте слева, что останется от веса у Adam + L2 при $s = 0.3$.
#
# Слева — что осталось от веса к шагу $k$ при выбранном $s$, справа — к шагу $K$ при всех $s$ сразу (кружки — выбранное $s$). Найдите $s$, при котором кривые сливаются. Поставьте $s = 0.001$ и двигайте $\lambda$: какая из кривых этого почти не заметит? Сделайте $\alpha\lambda > 2$.


# %% tags=["hide-input"]
def two_decays(alpha, lam, s, K):
    scales = np.r_[s, np.geomspace(1e-3, 1e2, 16)]
    kept = np.unique(np.linspace(0, K, 80).astype(int))
    curves = [
        left(m, scales, 12, steps=K, keep=kept, alpha=alpha, lam=lam) for m in (adam_l2, adamw)
    ]
    middle, low, high = zip(*(np.quantile(c, (0.5, 0.1, 0.9), axis=1) for c in curves), strict=True)
    height = Axis.over("x", [-0.05, 1.05], *(c[:, 0] for c in middle), middle[1][-1])
    passed, across = [], []
    for j, label in enumerate(("Adam + L2", "AdamW")):
        passed += [band(kept, low[j][:, 0], high[j][:, 0], color=j),
                   line(kept, middle[j][:, 0], color=j, label=label)]  # fmt: skip
        across += [band(scales[1:], low[j][-1, 1:], high[j][-1, 1:], color=j),
                   line(scales[1:], middle[j][-1, 1:], color=j),
                   dots([s], [middle[j][-1, 0]], color=j, size=6)]  # fmt: skip
    outside, inside = np.power(1.0 - alpha * lam, K), np.exp(-alpha * lam * K / s)
    text = f"(1 − αλ)ᴷ = {outside:.4g}, exp(−αλK/s) = {inside:.4g}"
    return [
        Panel("x_k", Axis("k", 0, max(K, 1)), replace(height, label="x_k"), passed),
        Panel("x_K", Axis("s", 1e-3, 1e2, log=True), replace(height, label="x_K"), across),
    ], text


live(two_decays, alpha=0.01, lam=(0.1, Log(1e-3, 1e3)), s=(0.3, Log(1e-3, 1e2)),
     K=(600, Integers(1, 1000)), predict=True)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:silent"]
# ## Улика: координата без градиента · 6 мин на паре
#
# Пусть на координату данные не действуют вовсе: $\nabla f = 0$, остаётся одно затухание. Так живут вес при пикселе, который всегда чёрный, и эмбеддинг слова, которого нет в текстах.
#
# **Предскажите.** Adam со штрафом, $\alpha = 0.001$, $x_0 = 1$. $\lambda$ уменьшили с $1$ до $10^{-4}$. Как изменится время, за которое вес уменьшится вдвое?
#
# - **A.** Никак.
# - **B.** Вырастет в сто раз: $\lambda$ попадает под корень.
# - **C.** Вырастет в десять тысяч раз.

# %% tags=["seminar:silent"]
silent = Function(lambda x: 0 * x[..., 0], lambda x: 0 * x, d=1)
lams, options = [1.0, 0.1, 1e-4], {"x0": [1.0], "steps": 2000, "alpha": 1e-3}
paths = {
    name: run(method, silent, lam=lams, **options)[..., 0]
    for name, method in (("Adam + L2", adam_l2), ("AdamW", adamw))
}
rows = [(name, lam, (x[0] - x[1]) / 1e-3, x[-1], str(np.argmax(x <= 0.5) or "–"))
        for name, xs in paths.items() for lam, x in zip(lams, xs.T, strict=True)]  # fmt: skip
heads = ["", "λ", "|Δx_1|/α", "x_K", "k: x_k ≤ 1/2"]
print(table(from_rows(heads, rows), {"λ": "g", "|Δx_1|/α": ".4f", "x_K": ".4f"}))
for name, xs in paths.items():
    check("S13.2", np.ptp(xs, axis=1).max(), below=1e-3, of=f"{name}: max |x(λ) − x(λ′)|")

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for j, (name, xs) in enumerate(paths.items()):
    color, dashes = plot.style(j)
    ax.plot(xs, color=color, dashes=dashes or (None, None), label=[name, "", ""])
for value, x, shift in zip(lams, paths["AdamW"].T, (0.07, -0.1, 0.03), strict=True):
    ax.text(1990, x[-1] + shift, rf"$\lambda = {value:g}$", ha="right")
ax.set(xlabel="$k$", ylabel="$x_k$", ylim=(-0.05, 1.12))
_ = ax.legend(loc="lower left")

# %% [markdown] tags=["seminar:silent"]
# **Вердикт (S13.2): верно при условии.** Путь веса, у которого нет градиента, не зависит от $\lambda$ — у Adam со штрафом; у AdamW зависит. Три пути Adam со штрафом совпали. Градиент здесь — одно лишь $\lambda x$, деление на $\sqrt{\hat v}$ стирает его величину, и первый шаг равен $\alpha$, **каким бы ни было** $\lambda$, лишь бы $\lambda x$ было много больше $\varepsilon$. Потом шаги понемногу укорачиваются: $\hat v$ помнит, что вес раньше был больше. Но и это от $\lambda$ не зависит. У AdamW три пути разные, каждый — своё $(1 - \alpha\lambda)^k$.
#
# **Ответ: A.** C верно для AdamW. В B верно, что под корнем стоит $\lambda^2$, — но и в числителе стоит $\lambda$.

# %% [markdown]
# Та же картина на плоскости: овраг $f = x_1^2/2$, вдоль которого градиента нет. Двигайте $\lambda$ в любую сторону: путь `adam_l2` остаётся тем же самым.
#
# **Цель.** Сожмите веса: у AdamW $\|x\| \le 1/10$ за 150 итераций, $\alpha$ прежний.

# %%
trough = Function(
    lambda x: x[..., 0] ** 2 / 2, lambda x: x * [1.0, 0.0], name="trough",
    domain=((-0.4, 1.2), (-0.4, 1.2)), f_star=0.0,
)  # fmt: skip
explore(
    [adam_l2, adamw],
    trough,
    [1.0, 1.0],
    alpha=0.01,
    lam=0.1,
    steps=150,
    panels=["path", "gap"],
    goal=Goal(0.1, within=150, what="‖x‖", of="adamw"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## То же на настоящих данных · 6 мин дома
#
# Грибы: признаки «есть — нет», от встречающихся у каждого гриба до тех, которых нет ни у одного. Логистическая регрессия из случайного начала, батч 16.
#
# **Предскажите.** Какие веса Adam со штрафом ослабляет сильнее?
#
# - **A.** При частых признаках: их вес меняется чаще.
# - **B.** При редких.
# - **C.** Одинаково: $\lambda$ у всех одно.

# %%
task = logistic_on("mushrooms", lam=0.0)
frequency = task.A.mean(0)
dead = frequency == 0
x0 = 0.3 * np.random.default_rng(SEED).normal(size=task.d)
alpha, lam, K = 1e-3, 1e-3, 3000
stream = task.minibatch(16, range(SEED, SEED + 8))
options = {"x0": x0, "steps": K, "keep": [K], "alpha": alpha, "lam": lam}
ends = [run(method, stream, **options)[0] / x0 for method in (adam_l2, adamw)]
table({"": ["Adam + L2", "AdamW"], "#(∇f_j ≡ 0)": [dead.sum()] * 2,
       "min x_K / x_0": [x[:, dead].min() for x in ends],
       "max x_K / x_0": [x[:, dead].max() for x in ends],
       "(1 − αλ)ᴷ": [(1 - alpha * lam) ** K] * 2},
      dict.fromkeys(("min x_K / x_0", "max x_K / x_0", "(1 − αλ)ᴷ"), ".6f"))  # fmt: skip

# %%
v_hat = run(adam_l2, stream, watch="v_hat", **options)[0]
rate = lam / v_hat[:, ~dead].T ** 0.5
slope = rates.slope(frequency[~dead], rate)
check("S13.3", slope, below=0, of="d log(λ/√v̂) / d log p")
print(f"median λ/√v̂ / λ = {np.median(rate) / lam:.0f}")

# %% tags=["hide-input"]
ax = plot.axes(width=8)
label = r"Adam + L2: $\lambda / \sqrt{\hat v_j}$"
plot.errorbars(frequency[~dead], rates.mean_band(rate), capsize=0, label=label, ax=ax)
ax.axhline(lam, color=plot.style(1)[0], linestyle="--", label=r"AdamW: $\lambda$")
edge = np.array([frequency[~dead].min(), 1.0])
ax.plot(edge, np.median(rate) * (edge / np.median(frequency)) ** -0.5, "-", color=plot.INK,
        linewidth=1.2, label=r"$\propto p_j^{-1/2}$")  # fmt: skip
ax.set(xscale="log", yscale="log", xlabel="$p_j$", ylabel=r"$-\Delta x_j\, /\, \alpha x_j$")
_ = ax.legend(loc="center left", fontsize=12)

# %% [markdown]
# **Вердикт (S13.3): верно.** Сильнее всего Adam со штрафом ослабляет веса редких признаков. Мёртвые признаки выдают метод с первого взгляда: AdamW оставил от их весов ровно $(1 - \alpha\lambda)^K$, Adam со штрафом — ничего, хотя $\lambda$ крошечное. У остальных скорость затухания $\lambda/\sqrt{\hat v_j}$ растёт с редкостью признака. Ошибайся модель на всех грибах одинаково, то в одну сторону, то в другую, размах градиента был бы пропорционален $\sqrt{p_j}$, где $p_j$ — доля грибов с признаком, а наклон равен $-\frac12$ (серая прямая). На деле ошибки разные, и точки рассеяны вокруг, но знак тот же. И почти все скорости много выше $\lambda$: градиенты здесь много меньше единицы.
#
# **Ответ: B.** В A верно, что вес частого признака меняется чаще, но меняют его данные, а не штраф. C — это AdamW.
#
# Получается злая шутка: Adam увеличивает шаг для редких признаков, чтобы они успели научиться, и ровно поэтому штраф бьёт по ним сильнее всего.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Сначала ослабить или сначала шагнуть? · 6 мин дома
#
# На слайде обе части шага берут один и тот же $x_{k-1}$. В PyTorch сначала `x *= 1 - αλ`, потом шаг Adam; в пересказах встречается «после шага ослабить». Разные ли это методы?
#
# **Предскажите.** У какого порядка путь совпадёт со слайдом до ошибок округления при тех же $\alpha$ и $\lambda$?
#
# - **A.** У обоих: от перемены мест сумма не меняется.
# - **B.** Ни у одного: на слайде всё происходит разом.
# - **C.** У «после шага ослабить».
# - **D.** У «сначала ослабить».

# %%
SLIDE = "x = x - at(alpha, k) * (m_hat / (v_hat**0.5 + eps) + lam * x)"
STEP = "x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)"
SHRINK = "x = x - at(alpha, k) * lam * x"
GRADIENT, TAB = "g = problem.grad(x)", "\n        "
before = variant(adamw, (SLIDE, STEP), (GRADIENT, GRADIENT + TAB + SHRINK), name="before")
after = variant(adamw, (SLIDE, STEP + TAB + SHRINK), name="after")
diff(before, after)

# %%
problem = least_squares(n=100, d=10, seed=SEED).minibatch(4, range(SEED, SEED + 20))
alpha, lams = 0.01, np.array([[0.01], [0.1], [1.0], [10.0]])
options = {"problem": problem, "x0": np.full(10, 3.0), "steps": 1000}
slide, first, last = (run(m, alpha=alpha, lam=lams, **options) for m in (adamw, before, after))
shrink = 1 - alpha * lams
renamed = run(adamw, alpha=alpha * shrink, lam=lams / shrink, **options)
travel = abs(slide - 3.0).max((0, -1))
table({"αλ": alpha * lams[:, 0], "before": (abs(first - slide).max((0, -1)) / travel).max(-1),
       "after": rates.mean_band(abs(last - slide).max((0, -1)) / travel),
       "after − (α′, λ′)": abs(last - renamed).max((0, 2, 3))},
      {"αλ": ".4f", "before": ".0e", "after": ".1e", "after − (α′, λ′)": ".0e"})  # fmt: skip

# %%
check("S13.4", abs(first - slide).max(), below=1e-9, of="before: max |Δx|")
check("S13.4", abs(last - renamed).max(), below=1e-9, of="after, α′, λ′: max |Δx|")

# %% [markdown]
# **Вердикт (S13.4): верно.** Порядок не меняет метода. «Сначала ослабить» — это слайд, только со скобками, раскрытыми иначе: градиент в обоих случаях взят в $x_{k-1}$. «После шага» — другой путь, и расходится он тем сильнее, чем больше $\alpha\lambda$. Но метод всё тот же: ослабить и сам шаг Adam — значит взять $\alpha' = \alpha(1 - \alpha\lambda)$ и $\lambda' = \lambda/(1 - \alpha\lambda)$; последний столбец — ошибки округления. При обычных $\alpha\lambda$ об этом можно забыть.
#
# **Ответ: D.** A забывает, что ослабить после — значит ослабить и сам шаг. B не замечает, что градиент взят до ослабления.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Карта: $\alpha$ и $\lambda$ · 11 мин дома
#
# **Утверждение статьи.** Затухание снаружи «развязывает» подбор: лучшее $\lambda$ перестаёт зависеть от $\alpha$. Но в статье и на слайде разные формулы. Обозначим шаг Adam через $u$. На слайде $\alpha$ умножает и шаг, и затухание, в статье — только шаг (общий множитель расписания $\eta_t$ здесь равен единице):
#
# $$\alpha (u + \lambda x): \quad x_k = x_{k-1} - \alpha \left( u_k + \lambda x_{k-1} \right) \qquad\qquad \alpha u + \lambda x: \quad x_k = x_{k-1} - \alpha u_k - \lambda x_{k-1}, \qquad\qquad u_k = \frac{\hat m_k}{\sqrt{\hat v_k} + \varepsilon}$$
#
# PyTorch, optax и Keras делают, как на слайде. Какая из формул развязывает на самом деле?
#
# Данные — цифры, чётная или нечётная: 150 картинок на обучение, примерно у каждой пятой перевёрнут ответ, чтобы было что заучивать. У каждого `seed` свои картинки и свои ошибки. Все клетки карты считаются одним запуском.
#
# **Предскажите.** Соединим на карте лучшие $\lambda$ линией. С каким наклоном $d \log \lambda_{\mathrm{opt}} / d \log \alpha$ она пойдёт у формулы слайда и у формулы статьи?
#
# - **A.** $0$ у обеих: затухание снаружи развязывает.
# - **B.** $0$ у слайда, $+1$ у статьи.
# - **C.** $-1$ у слайда, $0$ у статьи: у слайда важно произведение $\alpha\lambda$.
# - **D.** $-1$ у обеих: «удвоил $\alpha$ — раздели $\lambda$ пополам».


# %%
def adamw_paper(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps) - lam * x


# %%
def train(method, seeds, steps=1600, batch=50, **hyper):
    """Loss (seeds, …) on validation and on test pictures, the mean over the last fifth of the path,
    for all hyperparameters at once."""
    digits = NoisyDigits(seeds)
    stream = digits.minibatch(batch, np.array(seeds)[:, None, None])
    kept = steps - steps // 25 * np.arange(5)[::-1]
    xs = run(method, stream, np.zeros(digits.d), steps=steps, keep=kept, **hyper)
    parts = digits.valid, digits.test
    return [np.mean([digits.loss(x, part) for x in xs], axis=0) for part in parts]


# %%
choosing, alphas = range(SEED, SEED + 8), 10.0 ** np.arange(-3.5, -0.9, 0.5)
contenders = {
    "Adam + L2": (adam_l2, 10.0 ** np.arange(-4, -0.4, 0.5)),
    "α(u + λx)": (adamw, 10.0 ** np.arange(-2.5, 1.1, 0.5)),
    "αu + λx": (adamw_paper, 10.0 ** np.arange(-5.5, -0.4, 0.5)),
}
maps = {}
for name, (method, lams) in contenders.items():
    maps[name] = train(method, choosing, alpha=alphas[:, None], lam=lams)


# %%
def ridge(loss, lams):
    """The best λ for each α and seed, from a parabola through the lowest three of (seeds, α, λ);
    nan where the lowest is at an end of the grid."""
    best = loss.argmin(-1)
    middle = best.clip(1, len(lams) - 2)[..., None]
    a, b, c = (np.log(np.take_along_axis(loss, middle + j, -1)[..., 0]) for j in (-1, 0, 1))
    lam = lams[middle[..., 0]] * (lams[1] / lams[0]) ** ((a - c) / (a - 2 * b + c) / 2)
    return np.where(best == middle[..., 0], lam, np.nan)


settled = alphas > 0.009
twice = np.log10(2)  # λ changes twofold while α changes tenfold
ridges = {name: ridge(loss, contenders[name][1]).T for name, (_, loss) in maps.items()}
for name, best in ridges.items():
    slope = rates.slope(alphas[settled], best[settled])
    check("S13.5", slope, between=(-twice, twice), of=f"{name}: d log λ / d log α")


# %% tags=["hide-input"]
def draw_maps(alphas, maps, ridges, low, high):
    """The mean loss over α and λ, {name: (λ, losses)}, from low to high, and the best λ."""
    axes = plot.axes(len(maps), width=4.8)
    for ax, (name, (lams, loss)) in zip(axes, maps.items(), strict=True):
        x, best = np.log10(alphas), np.log10(ridges[name])
        shown = ax.pcolormesh(x, np.log10(lams), loss.mean(0).T, vmin=low, vmax=high)
        inside = np.isfinite(best).all(1)
        plot.errorbars(x[inside], rates.mean_band(best[inside]), "o-", ax=ax, color="white",
                       markeredgecolor="black")  # fmt: skip
        ax.set(
            xlabel=r"$\log_{10}\alpha$", ylabel=r"$\log_{10}\lambda$", title=name, facecolor="0.7"
        )
        ax.grid(False)
    axes[0].figure.colorbar(shown, ax=axes, extend="max", label="$f$")


grids = {name: (lams, maps[name][1]) for name, (_, lams) in contenders.items()}
draw_maps(alphas, grids, ridges, 0.44, 0.7)

# %% [markdown]
# **Вердикт (S13.5): верно при условии.** «Не зависит» мы прочли так: $\alpha$ стало в десять раз больше, а лучшее $\lambda$ изменилось меньше чем вдвое. У Adam со штрафом и у формулы слайда так и есть: гребень почти горизонтален, $\lambda$ можно подбирать отдельно от $\alpha$. У формулы статьи $\lambda \propto \alpha$: увеличили $\alpha$ — увеличивайте и $\lambda$. Развязывает, значит, не «вынос за скобку» сам по себе, а то, что $\alpha$ умножает **обе** части шага. Так и должно быть: формула статьи с $\lambda$ — это в точности формула слайда с $\lambda / \alpha$, её наклон больше ровно на единицу.
#
# Белые точки — лучшее $\lambda$ для каждого $\alpha$, для которого минимум лежит внутри сетки у всех `seed`; наклон посчитан по $\alpha \ge 0.01$. Осторожно: вертикальные оси у трёх карт разные.
#
# **Ответ: B.** C — это обещание статьи: наклоны и правда отличаются ровно на единицу, но ноль стоит не у той формулы. A путает две формулы; откуда берётся D, скажем ниже.
#
# Почему у первых двух ноль? Когда метод дошёл до конца, $\alpha$ — лишь масштаб времени: Adam со штрафом стоит у минимума $f + \frac{\lambda}{2}\|x\|^2$, AdamW — там, где $\hat m/\sqrt{\hat v}$ уравновешено $\lambda x$; $\alpha$ ни в одно из условий не входит. При меньших $\alpha$ метод за $K$ шагов до конца не доходит: остановка сама работает как регуляризация, лучшее $\lambda$ падает, а у левого края карт затухание почти ничего не меняет.
#
# Значит, обещание «$\lambda$ не зависит от $\alpha$» здесь выполняет и штраф. Статья говорит о сетях и о расписании, где $\eta_t$ умножает обе части; наша карта — о выпуклой задаче и постоянном шаге. Сеть — ниже.
#
# Есть и другой совет: «удвоил $\alpha$ — раздели $\lambda$ пополам». За ним стоит число $\frac{1}{\alpha\lambda}$: вес под AdamW — скользящее среднее недавних шагов, и $\frac{1}{\alpha\lambda}$ — за сколько шагов оно забывает прошлое. Ван и Эйтчисон (2025) нашли, что лучшее время забывания, в эпохах, почти не меняется с размером модели и данных; если оно постоянно, то $\lambda \propto 1/\alpha$. Это о сетях и о переносе $\lambda$ с одного размера на другой; на нашей карте, где обучение доходит до конца, наклона $-1$ нет.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Та же карта у сети · 4 мин дома
#
# Статья говорит о сетях. Вот маленькая: скрытый слой из 32 нейронов ReLU, 200 цифр для обучения, у каждой пятой неверный ответ. У каждого из шестнадцати `seed` свои картинки, свои ошибки, своё начало и свои батчи. Потери — на картинках с верными ответами, в среднем за последнюю пятую часть пути в 2000 шагов. Это минуты счёта, поэтому карта лежит в репозитории; команда, которая её пересчитывает, напечатана первой. Одну клетку посчитаем сейчас: слева — то, что получилось, справа — что в файле.

# %% tags=["needs-torch"]
print(decay_map.results()["command"])
one = decay_map.TASKS["Adam + L2"]
now = one.loss(0, alphas=decay_map.ALPHAS[[3]], lams=one.lams[[4]])
print(f"{now[0, 0]:.3f}  {decay_map.losses('Adam + L2')[0, 3, 4]:.3f}")

# %%
grids = {name: (task.lams, decay_map.losses(name)) for name, task in decay_map.TASKS.items()}
ridges = {name: ridge(loss, lams).T for name, (lams, loss) in grids.items()}
late = decay_map.ALPHAS > 0.009
for name, best in ridges.items():
    slope = rates.slope(decay_map.ALPHAS[late], best[late])
    check("S13.8", slope, between=(-twice, twice), of=f"{name}: d log λ / d log α")

# %% tags=["hide-input"]
draw_maps(decay_map.ALPHAS, grids, ridges, 0.6, 1.4)

# %% [markdown]
# **Вердикт (S13.8): верно при условии.** Мерка та же: лучшее $\lambda$ меняется меньше чем вдвое на порядок $\alpha$. И условие неожиданное: нужен штраф. У Adam со штрафом гребень горизонтален и на сети. У AdamW лучшее $\lambda$ с ростом $\alpha$ падает, примерно вдвое на порядок: полоса стоит на самой границе, а нуля в ней нет. Наклон лежит между $0$ и той $-1$, которая вышла бы при постоянном времени забывания $\frac{1}{\alpha\lambda}$.
#
# Одна маленькая сеть с постоянным шагом обещания статьи не опровергает. Но вынести затухание из градиента — ещё не значит подбирать $\lambda$ отдельно от $\alpha$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Кто лучше, если подбирать честно? · 6 мин дома
#
# Лучшую клетку каждой карты выбираем на проверочных картинках, а сообщаем потерю на тестовых, на **новых** `seed`. Вокруг неё ещё раз ищем по сетке вдвое мельче. Четвёртый участник — Adam без затухания: попыток у него меньше всех, и все ушли на $\alpha$. Число попыток — в столбце $N$.
#
# **Предскажите.** Насколько потеря на новых картинках меньше с затуханием, чем без него?
#
# - **A.** Примерно на 10 %: для того затухание и придумано.
# - **B.** На несколько процентов — и только у AdamW.
# - **C.** Меньше чем на 2 %, как его ни делай.


# %%
def best(method, alphas, lams=(0.0,)):
    """The hyperparameters with the least validation loss, of all pairs."""
    with_lam = {} if method is adam else {"lam": np.asarray(lams)}
    valid, _ = train(method, choosing, alpha=np.asarray(alphas)[:, None], **with_lam)
    a, b = np.unravel_index(valid.mean(0).argmin(), valid.shape[1:])
    return {"alpha": alphas[a]} | ({"lam": lams[b]} if with_lam else {})


alone, near = 10.0 ** np.linspace(-3.5, -1, 26), 10.0 ** np.linspace(-0.5, 0.5, 5)
choice = {"Adam": (best(adam, alone), len(alone))}
for name, (method, lams) in contenders.items():
    valid = maps[name][0].mean(0)
    a, b = np.unravel_index(valid.argmin(), valid.shape)
    choice[name] = best(method, alphas[a] * near, lams[b] * near), valid.size + near.size**2

# %%
methods = {"Adam": adam} | {name: method for name, (method, _) in contenders.items()}
fresh = range(SEED + 500, SEED + 532)
report = {
    name: train(methods[name], fresh, **hyper)[1].ravel() for name, (hyper, _) in choice.items()
}
ratios = {name: rates.ratio_band(loss, report["Adam"]) for name, loss in report.items()}
table({"": [*choice], "α": [hyper["alpha"] for hyper, _ in choice.values()],
       "λ": [hyper.get("lam", 0.0) for hyper, _ in choice.values()],
       "N": [tries for _, tries in choice.values()],
       "f": [rates.mean_band(loss) for loss in report.values()], "/ Adam": [*ratios.values()]},
      {"α": ".1e", "λ": ".1e", "f": ".4f", "/ Adam": ".3f"})  # fmt: skip

# %%
for name in contenders:
    check("S13.6", ratios[name], below=0.98, of=f"{name} / Adam")

# %% [markdown]
# **Вердикт (S13.6): неверно.** Ни одно из трёх затуханий не снизило потерь хотя бы на 2 %. Кто подобрал $\alpha$ так, что обучение кончается вовремя, тому на этой задаче затухание почти ничего не добавляет. Его польза — в другом: с ним можно взять $\alpha$ в десятки раз больше и проиграть на переобучении несколько процентов, а не десятки; это видно на правой половине карт.
#
# **Ответ: C.** A и B сбылись бы при большом $\alpha$, где обучение заходит слишком далеко; но подобранное $\alpha$ останавливает его вовремя.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «По умолчанию» · 8 мин дома
#
# **Утверждение слайда.** AdamW — метод по умолчанию для трансформеров и для тренера Hugging Face.
#
# **Предскажите.** Вы обучаете модель тренером Hugging Face и о `weight_decay` не сказали ни слова. Какая доля веса, которого не касается градиент, останется через $10^5$ шагов?
#
# - **A.** Почти ничего: сто тысяч шагов — это много.
# - **B.** Примерно треть: $\lambda = 0.01$, как в PyTorch, и $\alpha = 0.001$.
# - **C.** Около 95 %: $\lambda$ та же, а $\alpha$ мало.
# - **D.** Всё.
#
# Значения по умолчанию записаны в `course_lib.libraries`: у PyTorch и optax тесты сверяют их с самой библиотекой, у Keras и тренера они взяты из исходного кода. Для сравнения — LLaMA-7B, как в её статье.

# %%
K, used = 100_000, {name: (1e-3, methods["adamw"].defaults["weight_decay"])
                   for name, methods in TABLE.items()}  # fmt: skip
used["HF Trainer"] = TRAINER["learning_rate"], TRAINER["weight_decay"]
used["LLaMA-7B"] = 3e-4, 0.1
alphas, lams = np.array([*used.values()]).T
times = [f"{1 / (alpha * lam):.0e}" if lam else "∞" for alpha, lam in used.values()]
remains = (1 - alphas * lams) ** K
table({"": [*used], "α": alphas, "λ": lams, "1/αλ": times, "(1 − αλ)ᴷ": remains},
      {"α": ".0e", "λ": ".0e", "(1 − αλ)ᴷ": ".4f"})  # fmt: skip

# %%
print(*(f"{name} = {value}" for name, value in TRAINER.items()), sep="\n")
for name in ("torch", "LLaMA-7B", "HF Trainer"):
    check("S13.7", remains[[*used].index(name)], below=0.99, of=name)

# %% [markdown]
# У одного имени четыре разных $\lambda$ по умолчанию. Тренер по умолчанию берёт `optim="adamw_torch_fused"` (с PyTorch до версии 2.8 — `"adamw_torch"`), но `weight_decay=0.0`. А AdamW с $\lambda = 0$ — это просто Adam, до ошибок округления:

# %%
options = {"x0": np.zeros(10), "steps": 1000}
plain = run(adam, problem, **options)
apart = [abs(run(method, problem, lam=0.0, **options) - plain).max() for method in (adamw, adam_l2)]
table(
    {"": ["AdamW, λ = 0", "Adam + L2, λ = 0"], "max |x − Adam|": apart}, {"max |x − Adam|": ".0e"}
)

# %% [markdown]
# **Вердикт (S13.7): верно при условии.** Условие — $\lambda$ задано. По имени всё верно: оптимизатор тренера называется AdamW. Но пока вы не задали `weight_decay`, затухания нет, и это Adam. Если задать, тренер избавит от затухания сдвиги и параметры нормировок. «По умолчанию для трансформеров» верно в другом смысле: большие языковые модели обычно учат именно AdamW, но $\lambda$ при этом выбирают явно, как в LLaMA.
#
# **Ответ: D.** B — это PyTorch, чей AdamW тренер и запускает; но $\lambda$ тренер передаёт свою, и по умолчанию она ноль.
#
# Имени мало и тогда, когда оно одно и то же. Что запускает каждый вызов:

# %%
rows = [(library, methods[method].call, methods[method].step)
        for method in ("adam_l2", "adamw") for library, methods in TABLE.items()]  # fmt: skip
table(from_rows(["", "α, λ", "x_k"], rows))

# %% [markdown]
# `Adam(weight_decay=...)` в PyTorch — это штраф, а в Keras — затухание снаружи, то есть AdamW. В optax штраф собирают сами: `chain(add_decayed_weights(λ), adam(α))`.
#
# > **Оговорка к слайдам.** $\varepsilon$ на слайде стоит вне корня, как в PyTorch и optax. В Keras на её месте $\varepsilon / \sqrt{1 - \beta_2^k}$: на первых шагах это в десятки раз больше. При обычных градиентах этого не видно, при крошечных — ещё как. Все десять методов лекции в трёх библиотеках, с измеренными расхождениями, — на странице [LIBRARIES.md](../LIBRARIES.md).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 35 мин дома
#
# **1.** Тренер уменьшает шаг линейно до нуля: $\alpha_k = \alpha (1 - k/K)$. Какая доля веса без градиента останется после $K$ шагов при $\alpha = 5 \cdot 10^{-5}$, $\lambda = 0.1$, $K = 2 \cdot 10^5$? Сначала формула, потом проверка запуском (расписание — функция $k$).

# %% tags=["exercise"]
alpha, lam, K = 5e-5, 0.1, 200_000

# %% [markdown] tags=["solution"]
# **Решение.** $\prod_k (1 - \alpha_k\lambda) \approx \exp\left(-\lambda \sum_k \alpha_k\right) = e^{-\alpha\lambda K/2}$: расписание умножает и затухание, сумма шагов — половина от постоянной.

# %% tags=["solution"]
xs = run(adamw, silent, [1.0], steps=K, keep=[K], lam=lam, alpha=lambda k: alpha * (1 - k / K))
print(f"{xs[0, 0]:.6f}  {np.exp(-alpha * lam * K / 2):.6f}")

# %% [markdown]
# **2.** Придумайте штраф, с которым Adam ослаблял бы все веса одинаково, как AdamW, — для координат с шумом $s_j$ из начала тетради. Подсказка: у штрафа может быть свой коэффициент для каждой координаты. Где придуманное перестанет работать?

# %% tags=["exercise"]
s, alpha, lam, K = np.geomspace(1e-2, 1e2, 9), 1e-3, 0.1, 10_000

# %% [markdown] tags=["solution"]
# **Решение.** Штраф $\frac{\lambda}{2} \sum_j s_j x_j^2$: его градиент $\lambda s_j x_j$ после деления на $\sqrt{\hat v_j} \approx s_j$ даёт $\lambda x_j$. (Это предложение 3 статьи.) Не работает там, где $s_j$ неизвестно или меняется по дороге, — а AdamW знать его и не нужно.

# %% tags=["solution"]
x = left(adam, s, 20, c=lam * s, steps=K, keep=[K], alpha=alpha)[0]
print(x.mean(0).round(4), f"{(1 - alpha * lam) ** K:.4f}")

# %% [markdown]
# **3.** На карте батч 50 из 150 картинок. Постройте гребни для батча 8 и 2500 шагов. Какой наклон появился у формулы слайда и почему? Подсказка: чего стоит шум при большом $\alpha$.

# %% tags=["exercise"]
batch, steps = 8, 2500

# %% [markdown] tags=["solution"]
# **Решение.** Там, где наклона нет, один лишь шум, вес под AdamW блуждает с дисперсией $\frac{\alpha}{2\lambda}$: за шаг добавляется $\alpha^2$, а затухание отнимает долю $2\alpha\lambda$. Чем меньше батч, тем в большем числе направлений наклон тонет в шуме, и чтобы блуждание не росло, $\lambda$ приходится увеличивать вместе с $\alpha$. Развязка — свойство конца пути без шума, а не закон.

# %% tags=["solution"]
lams = contenders["α(u + λx)"][1]
alphas = 10.0 ** np.arange(-3.5, -0.9, 0.5)
_, loss = train(adamw, choosing, steps, batch, alpha=alphas[:, None], lam=lams)
print(rates.slope(alphas[settled], ridge(loss, lams).T[settled]))

# %% tags=["solution"]
steps = np.array([[0.003], [0.01], [0.03]])
oracle = noise(np.ones(50)).minibatch(1, range(SEED, SEED + 20))
x = run(adamw, oracle, np.zeros(50), steps=10_000, keep=[10_000], alpha=steps, lam=0.1)[0]
spread = rates.mean_band((x**2).mean(-1)) * (2 * 0.1) / steps[:, 0]
table({"α": steps[:, 0], "2λ E x² / α": spread})

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - Штраф внутри Adam ослабляет вес со скоростью $\alpha\lambda/\sqrt{\hat v}$: тем сильнее, чем меньше его градиент. AdamW умножает все веса на $1 - \alpha\lambda$, каким бы ни был градиент.
# - Улика — координата без градиента: со штрафом она начинает с шага $\alpha$ и вся идёт путём, который от $\lambda$ не зависит. На настоящих данных сильнее всего страдают редкие признаки.
# - Порядок «ослабить — шагнуть» метода не меняет, только переобозначает $\alpha$ и $\lambda$.
# - Лучшее $\lambda$ не зависит от $\alpha$, когда $\alpha$ умножает и шаг, и затухание и когда обучение дошло до конца; в формуле статьи $\lambda$ надо вести за $\alpha$. В маленькой сети так у штрафа, а у AdamW лучшее $\lambda$ падает с ростом $\alpha$ (S13.8). Заметно точнее других AdamW на нашей задаче не стал.
# - Имя не говорит о $\lambda$: у тренера Hugging Face по умолчанию $\lambda = 0$, то есть Adam.
#
# ### Литература
#
# - I. Loshchilov, F. Hutter. [Decoupled Weight Decay Regularization](https://arxiv.org/abs/1711.05101). ICLR, 2019.
# - X. Wang, L. Aitchison. [How to Set AdamW's Weight Decay as You Scale Model and Dataset Size](https://arxiv.org/abs/2405.13698). ICML, 2025.
# - D. P. Kingma, J. Ba. [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980). ICLR, 2015.
# - H. Touvron et al. [LLaMA: Open and Efficient Foundation Language Models](https://arxiv.org/abs/2302.13971). 2023.
# - Hugging Face. [Trainer](https://huggingface.co/docs/transformers/main_classes/trainer): `TrainingArguments`.
