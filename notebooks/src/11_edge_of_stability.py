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
# # Край устойчивости
#
# **Цель.** Проверить на сети условие $\alpha < 2/L$, с которого начинается всякая теория. Увидеть, что спуск сам приходит к этой границе и дальше идёт вдоль неё, потери при этом скачут, но падают, и что у Adam есть такая же граница — уже знакомая.
#
# **Время:** 18 мин на паре, 56 мин дома. **Слайды:** S14.

# %%
import numpy as np
import torch

from course_lib import datasets, live, nets, plot, rates, run, show
from course_lib.figures import Axis, Log, Panel, line
from course_lib.methods import adam, gd, momentum
from course_lib.problems import Function, sharpness
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S14. Граница, которой никто не знает · 3 мин на паре
#
# На параболе с кривизной $\lambda$ спуск умножает ошибку на $1 - \alpha\lambda$ и сходится, только если $\alpha < 2/\lambda$; в [первой тетради](01_finite_sum.ipynb) эта граница проверена до процента. Отсюда обычный совет: узнай наибольшую кривизну $L$ и возьми шаг меньше $2/L$.
#
# У сети кривизна в каждой точке своя — это $\lambda_{\max}(x)$, наибольшее собственное значение гессиана $\nabla^2 f(x)$; в статьях её называют sharpness. Следить за ней будем по пути. Чтобы ничто не мешало, всё просто: пятьдесят цифр, полный градиент (шума нет), квадратичные потери и $\tanh$ — гладкая сеть.

# %%
train, _, _ = datasets.images("digits")
X, y = train.X[:50], train.y[:50]


def squares(output, target):
    return ((output - target) ** 2).sum(-1).mean()


smooth = nets.mlp(64, 16, 16, 10, activation=torch.nn.Tanh)
network = nets.Network(smooth, X, np.eye(10)[y], squares)
x0 = network.initial(range(SEED, SEED + 8))
network

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Кривизна без гессиана · 4 мин дома
#
# В гессиане этой сети два миллиона чисел, но нам нужно одно. Произведение гессиана на вектор — разность двух градиентов, а дальше работает метод Ланцоша: среди линейных комбинаций $u$ векторов $v, Hv, H^2 v, \ldots$ он находит наибольшее $\frac{u^\top H u}{u^\top u}$. Сколько произведений нужно, видно из таблицы: сравнение с сорока.

# %%
show(sharpness)

# %%
products = [1, 2, 5, 10, 20]
there = run(gd, network, x0, steps=400, keep=[400], alpha=0.1)[0]
best = sharpness(network, there, steps=40)
found = [sharpness(network, there, steps=m) for m in products]
table({"m": products, "max |λ / λ₄₀ − 1|": [abs(s / best - 1).max() for s in found]},
      {"max |λ / λ₄₀ − 1|": ".0e"})  # fmt: skip

# %% [markdown]
# Двадцати произведений, сорока градиентов, хватает с запасом.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Спуск приходит к границе сам · 8 мин на паре
#
# **Предскажите.** Шаг $\alpha = 0.05$, в начале $\lambda_{\max} \approx 13$, до границы $2/\alpha = 40$ далеко. Что станет с $\lambda_{\max}$ по пути?
#
# - **A.** Почти не изменится: кривизна — свойство функции.
# - **B.** Уменьшится: спуск находит места поположе.
# - **C.** Вырастет до $2/\alpha$ и там останется.
# - **D.** Перерастёт $2/\alpha$, и метод разойдётся.

# %%
K, alphas = 800, np.array([0.025, 0.05, 0.1, 0.2])
kept = np.arange(0, K + 1, 100)
xs = run(gd, network, x0, steps=K, keep=kept, alpha=alphas[:, None])
edge = sharpness(network, xs) * alphas[:, None] / 2
columns = {f"α = {alpha}": rates.mean_band(edge[:, j]) for j, alpha in enumerate(alphas)}
table({"k": kept} | columns, dict.fromkeys(columns, ".2f"))

# %% tags=["hide-input"]
left, right = plot.axes(2)
for j, alpha in enumerate(alphas):
    plot.mean(kept, edge[:, j], ax=left)
    plot.mean(kept, network.f(xs[:, j]), label=rf"$\alpha = {alpha}$", ax=right)
left.axhline(1, color=plot.INK, linestyle=":")
left.set(xlabel="$k$", ylabel=r"$\lambda_{\max}\, \alpha\, /\, 2$", title=r"$\lambda_{\max}$")
_ = right.set(xlabel="$k$", ylabel="$f(x_k)$", yscale="log", title="$f$")

# %%
late = edge[kept >= 600].mean(0)
for alpha, one in zip(alphas, late, strict=True):
    check("S14.30", rates.mean_band(one), between=(0.5**0.5, 2**0.5), of=f"α = {alpha}, λ α/2")

# %% [markdown]
# В таблице и слева — $\lambda_{\max}$ в долях границы, среднее по восьми начальным точкам с полосой.
#
# **Вердикт (S14.30): верно при условии.** Спуск сам приходит туда, где $\lambda_{\max} \approx 2/\alpha$, и там остаётся. Проверяли так: $\lambda_{\max}$ ближе (в разах) к своей границе $2/\alpha$, чем к границе вдвое большего или вдвое меньшего $\alpha$. Это и называют краем устойчивости (Коэн и соавторы, 2021). При $\alpha = 0.2$ он начинает за границей и возвращается к ней сверху. Условие — время: при $\alpha = 0.025$ за те же 800 шагов пройдена лишь часть пути, кривизна ещё растёт.
#
# **Ответ: C.** A верно для параболы. B — то, чего ждут от «плоских минимумов», а здесь кривизна растёт, пока ей не мешают. D следует из теории, но теория стоит на параболе, а функция — нет.
#
# Не шаг выбирают по кривизне, а кривизну — шагом: вдвое больше $\alpha$ — вдвое меньше $\lambda_{\max}$ там, где окажется метод. Так что совет «возьми $\alpha < 2/L$» исполнить нельзя: $L$ по пути станет $2/\alpha$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### А потери падают? · 3 мин дома
#
# При $\alpha < 2/L$ каждый шаг уменьшает $f$. На краю этого обещания больше нет. Посмотрим на все шаги подряд, с $\alpha = 0.1$.

# %%
every = np.arange(K // 2, K + 1)
f = network.f(run(gd, network, x0, steps=K, keep=every, alpha=0.1))
rises = (np.diff(f, axis=0) > 0).mean(0)
check("S14.31", rates.mean_band(rises), above=0.1, of="P(f(xₖ₊₁) > f(xₖ))")
check("S14.31", rates.ratio_band(f[-100:].mean(0), f[:100].mean(0)), below=0.9,
      of="f, k = 700…800 : 400…500")  # fmt: skip

ax = plot.axes(width=9)
ax.plot(every, f[:, :2], lw=1.2)
_ = ax.set(xlabel="$k$", ylabel="$f(x_k)$")

# %% [markdown]
# **Вердикт (S14.31): верно.** Потери падают, но не монотонно: вверх идёт чуть ли не каждый второй шаг, а за сотни шагов спуск всё равно продвигается. Лемма, по которой $f$ убывает на каждом шаге, здесь ничего не объясняет.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Почему он не улетает · 9 мин дома
#
# За границей парабола бросает спуск всё дальше. У сети, стоит ему раскачаться, кривизна падает, и он возвращается. Самая маленькая функция, на которой это видно, — с двумя переменными:
#
# $$f(x, y) = \tfrac12\, y\, x^2 + \tfrac{c}{2}\, (y - Y)^2, \qquad \nabla f = \left(y x,\ \tfrac12 x^2 + c\,(y - Y)\right)$$
#
# Поперёк оврага, по $x$, кривизна равна $y$. Вдоль него, по $y$, тянет к минимуму $(0, Y)$, то есть туда, где круче. Возьмём $c = 0.1$, $Y = 24$ и начнём с $y = 15$.
#
# **Предскажите.** $\alpha = 0.1$, граница $2/\alpha = 20$, а минимум — на $y = 24$. Где окажется $y$?
#
# - **A.** На 24: минимум один, спуск его найдёт.
# - **B.** Около 20, а $x$ будет прыгать с одной стороны оврага на другую.
# - **C.** На 15: вдоль оврага слишком полого.
# - **D.** Нигде: за границей спуск расходится.

# %%
c, Y = 0.1, 24


def gradient(x):
    u, y = x[..., 0], x[..., 1]
    return np.stack([u * y, u**2 / 2 + c * (y - Y)], axis=-1)


valley = Function(
    lambda x: x[..., 1] * x[..., 0] ** 2 / 2 + c * (x[..., 1] - Y) ** 2 / 2, gradient, d=2
)
steps = np.array([0.07, 0.09, 0.095, 0.1])
path = run(gd, valley, [0.1, 15.0], steps=4000, alpha=steps)
size, height = abs(path[2000:, :, 0]).mean(0), path[2000:, :, 1].mean(0)
table({"α": steps, "2/α": 2 / steps, "y": height, "|x|": size,
       "√2c(Y − 2/α)": (2 * c * np.maximum(Y - 2 / steps, 0)) ** 0.5},
      {"2/α": ".2f", "y": ".2f", "|x|": ".3f", "√2c(Y − 2/α)": ".3f"})  # fmt: skip

# %% tags=["hide-input"]
left, right = plot.axes(2)
for j in (0, 1, 3):
    left.plot(path[:1000, j, 1], label=rf"$\alpha = {steps[j]}$", lw=1.6)
    left.axhline(2 / steps[j], color=plot.INK, linestyle=":")
    right.plot(path[:1000, j, 0], lw=1)
left.set(xlabel="$k$", ylabel="$y_k$", ylim=(14, 33), title="$y$")
right.set(xlabel="$k$", ylabel="$x_k$", title="$x$")
_ = left.legend(loc="upper right", ncols=3)

# %% [markdown]
# **Ответ: B.** Пока $y < 2/\alpha$, размах по $x$ гаснет, и $y$ растёт. За границей размах растёт в $|1 - \alpha y|$ раз за шаг, но вместе с ним и член $\frac12 x^2$, который тянет $y$ **вниз**. Выбросы слабеют один за другим, и спуск приходит туда, где одно уравновешивает другое: $y = 2/\alpha$, $x = \pm\sqrt{2c\,(Y - 2/\alpha)}$. Таблица это подтверждает; при $\alpha = 0.1$ выбросы к концу ещё не затихли, и среднее $|x|$ чуть меньше. Если же $2/\alpha$ больше $Y$ (первая строка), граница ни при чём, и A верно. D забывает, что $y$ тоже меняется.
#
# Так объясняют край и в сети: раскачка вдоль самого крутого направления через третью производную уменьшает кривизну. Поэтому в среднем метод идёт примерно так, как шёл бы спуск, которому запрещено переступать границу $\lambda_{\max} = 2/\alpha$ (Дамиан, Ничани и Ли, 2023). Дифференциальное уравнение этого усреднённого пути выписали Коэн и соавторы (2024).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Adam и та же граница · 7 мин на паре
#
# Adam делит градиент на $\sqrt{\hat v} + \varepsilon$. Если $\hat v$ меняется медленно, это импульс с предобусловливателем
#
# $$P = (1 - \beta_1^k)\, \mathrm{diag}\!\left(\sqrt{\hat v} + \varepsilon\right)$$
#
# (множитель — из шляпки над $m$; забудете его — начало кривой будет неверным). Для параболы граница у него та же, что нашлась в [тетради об Adam](07_adam.ipynb), в разделе «Настоящее условие»; там на месте $P$ стояло одно $\varepsilon$:
#
# $$\lambda_{\max}(P^{-1} H) < \frac{2\,(1+\beta_1)}{(1-\beta_1)\,\alpha}$$
#
# У $P^{-1}H$ те же собственные значения, что у симметричной $P^{-1/2} H P^{-1/2}$: её `sharpness` и считает, если дать ей `scale`.
#
# **Предскажите.** Adam, $\alpha = 0.01$, $\beta = (0.9, 0.999)$. Где остановится предобусловленная кривизна?
#
# - **A.** Около $2/\alpha = 200$, как у спуска.
# - **B.** Около $38/\alpha = 3800$.
# - **C.** Нигде: $\hat v$ убывает вместе с градиентом, и она растёт без конца.
# - **D.** Около нуля: Adam выравнивает масштабы, и круто не остаётся нигде.


# %%
def adam_scale(problem, start, kept, beta1, **hyper):
    """P^(−1/2) along the path of Adam from `start`: (kept, *runs, d)."""
    v_hat = run(
        adam, problem, start, steps=kept[-1], keep=kept, watch="v_hat", beta1=beta1, **hyper
    )
    k = np.reshape(kept, (-1,) + (1,) * (v_hat.ndim - 1))
    return ((1 - np.asarray(beta1)[..., None] ** k) * (v_hat**0.5 + 1e-8)) ** -0.5


kept, betas, ratio, plain = np.arange(100, 501, 100), (0.0, 0.5, 0.9), {}, {}
for beta1 in betas:
    options = {"alpha": 0.01, "beta1": beta1}
    xs = run(adam, network, x0, steps=500, keep=kept, **options)
    border = 2 / 0.01 * (1 + beta1) / (1 - beta1)
    ratio[beta1] = sharpness(network, xs, adam_scale(network, x0, kept, **options)) / border
    plain[beta1] = sharpness(network, xs[-1])

# %%
late = [rates.mean_band(one[kept > 250].mean(0)) for one in ratio.values()]
table({"β₁": betas, "2(1 + β₁) / (1 − β₁)": [2 * (1 + b) / (1 - b) for b in betas],
       "λ(P⁻¹H) / max": late, "λ(H)": [rates.mean_band(one) for one in plain.values()]},
      {"λ(P⁻¹H) / max": ".2f", "λ(H)": ".1f", "2(1 + β₁) / (1 − β₁)": ".0f"})  # fmt: skip

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for beta1, one in ratio.items():
    plot.mean(kept, one, label=rf"$\beta_1 = {beta1}$", ax=ax)
ax.axhline(1, color=plot.INK, linestyle=":")
_ = ax.set(
    xlabel="$k$", ylabel=r"$\lambda_{\max}(P^{-1}H)\ /\ \frac{2(1+\beta_1)}{(1-\beta_1)\alpha}$"
)

# %%
for beta1, one in zip(betas, late, strict=True):
    check("S14.32", one, between=(3**-0.5, 3**0.5), of=f"β₁ = {beta1}")

# %% [markdown]
# **Вердикт (S14.32): верно.** Граница меняется с $\beta_1$ почти в двадцать раз, и кривизна каждый раз ближе к своей, чем к чужой: две самые близкие отличаются втрое. При $\beta_1 = 0.9$ она совпадает со своей до нескольких процентов. Число, которое в седьмой тетради решало, сойдётся ли Adam на параболе, решает и то, где он окажется в сети. При $\beta_1 = 0$ кривизна дольше остаётся выше границы.
#
# **Ответ: B.** A забывает импульс: чередующиеся градиенты он гасит, и терпеть можно в $(1+\beta_1)/(1-\beta_1)$ раз больше. C верно, пока до границы далеко. D принимает $P$ за гессиан.
#
# Саму $\lambda_{\max}(H)$ эта граница не держит (последний столбец): градиент падает, $P$ уменьшается, и обычная кривизна не обязана стоять на месте. Поэтому, глядя на неё одну, края у Adam не видно.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками · 6 мин дома
#
# Одна начальная точка; прямая — граница метода, $\lambda$ — кривизна, у Adam предобусловленная. Сначала нарисуйте слева кривую кривизны.
#
# - Увеличьте $\alpha$ вдвое: куда переехала кривая? Найдите $\alpha$, при котором она вся ниже прямой, и то, при котором метод расходится.
# - Переключите метод на Adam и возьмите шаг в десять раз меньше. Меняйте $\beta_1$: граница едет, и кривая за ней.
#
# **Цель.** $f \le 2 \cdot 10^{-3}$ за те же 300 шагов. Спуску край этого не позволит; а Adam?

# %% tags=["hide-input"]
shown = np.arange(0, 301, 20)
start = x0[0]


def path(alpha, method, beta1):
    """Along one path: its border, λ and f."""
    border, scale = 2 / np.maximum(alpha, 1e-6), 1.0
    chosen, hyper = gd, {"alpha": alpha}
    if method == "Adam":
        chosen, hyper = adam, hyper | {"beta1": beta1}
        border = border * (1 + beta1) / np.maximum(1 - beta1, 1e-6)
        scale = adam_scale(network, start, shown, **hyper)
    xs = run(chosen, network, start, steps=300, keep=shown, **hyper)
    return border, sharpness(network, xs, scale, steps=12), network.f(xs)


def moving(border, curve, f):
    x, y = Axis("k", 0, 300), Axis.over("λ", curve, [border / 10, 2 * border], log=True)
    marks = [line(shown, curve, 0, "λ"), line([0, 300], [border, border], "text", width=1.5)]
    panels = [Panel("λ", x, y, marks)]
    panels.append(Panel("f", x, Axis.over("f", f, log=True), [line(shown, f)]))
    return panels, {"λ / max λ": curve[-1] / border, "f": f[-1]}


live(moving, of=path, alpha=(0.1, Log(1e-3, 0.3)), method=["GD", "Adam"], beta1=0.9, predict=True,
     goal={"f": 2e-3})  # fmt: skip


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Где края не видно · 6 мин дома
#
# Обычно сеть учат не на квадратах, а на кросс-энтропии. Та же сеть, те же данные, $\alpha = 0.3$.
#
# **Предскажите.** Кросс-энтропия, спуск идёт, потери стремятся к нулю. Где будет $\lambda_{\max}$ в конце?
#
# - **A.** Снова у $2/\alpha$: край от потерь не зависит.
# - **B.** Намного ниже $2/\alpha$.
# - **C.** Намного выше: у логарифма кривизна не ограничена.

# %%
entropy = nets.Network(smooth, X, y)
kept = np.r_[10:50:10, 50:200:50, 200:801:200]
xs = run(gd, entropy, x0, steps=800, keep=kept, alpha=0.3)
edge = sharpness(entropy, xs) * 0.3 / 2
ax = plot.mean(kept, edge)
ax.axhline(1, color=plot.INK, linestyle=":")
ax.set(xscale="log", xlabel="$k$", ylabel=r"$\lambda_{\max}\, \alpha\, /\, 2$")
check("S14.33", rates.mean_band(edge[-1]), between=(0.8, 1.25), of="k = 800, λ α/2")

# %% [markdown]
# **Вердикт (S14.33): неверно.** «Спуск остаётся на краю при любых потерях» — нет. Сначала кривизна растёт и здесь, но у кросс-энтропии она пропорциональна $p\,(1-p)$, и когда ответы становятся уверенными, гаснет вместе с потерями.
#
# **Ответ: B.** A верно, пока сеть ещё не уверена. C путает $-\log p$ как функцию $p$ с ней же как функцией логита: там вторая производная не больше $\frac14$.
#
# Вот чего ещё хватает, чтобы края не увидеть: слишком малый $\alpha$ (до края не дошли), мало шагов и, как увидите в упражнении 2, маленький батч.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 25 мин дома
#
# **1.** Импульс $m \leftarrow \beta m + g$, $x \leftarrow x - \alpha m$ на параболе устойчив при $\lambda < 2\,(1+\beta)/\alpha$. Выведите это условие и проверьте на сети с $\alpha = 0.05$, $\beta = 0.5$: где остановится $\lambda_{\max}$?

# %% tags=["exercise"]
options = {"x0": x0, "steps": 1200, "keep": np.arange(0, 1201, 200), "alpha": 0.05}
xs = run(momentum, network, beta=0.5, **options)

# %% [markdown] tags=["solution"]
# **Решение.** Подставим $x_k = r^k$: $r^2 - (1 + \beta - \alpha\lambda)\, r + \beta = 0$. Произведение корней равно $\beta < 1$, поэтому потерять устойчивость можно только через $r = \pm 1$. При $r = 1$ это $\alpha\lambda = 0$, при $r = -1$ — $\alpha\lambda = 2\,(1+\beta)$. В сети кривизна приходит туда же. У Adam в числителе $(1-\beta_1)\, g$, отсюда $1 - \beta_1$ в знаменателе его границы.

# %% tags=["solution"]
at_border = sharpness(network, xs) * 0.05 / (2 * (1 + 0.5))
table({"k": options["keep"], "λ α / 2(1 + β)": rates.mean_band(at_border)},
      {"λ α / 2(1 + β)": ".2f"})  # fmt: skip

# %% [markdown]
# **2.** Спуск заменили на SGD с тем же $\alpha = 0.1$. Остаётся ли $\lambda_{\max}$ (полной $f$) у $2/\alpha$ при $B = 5$, 20, 50?

# %% tags=["exercise"]
batches, kept = (5, 20, 50), np.arange(0, 801, 100)
noisy = [network.minibatch(B, range(SEED, SEED + 8)) for B in batches]

# %% [markdown] tags=["solution"]
# **Решение.** Чем меньше батч, тем дальше от края: при $B = 5$ кривизна ниже его примерно на четверть, при 20 и 50 — рядом с ним. Шум раскачивает крутые направления всё время, не дожидаясь границы, а раскачка, как в овраге выше, тянет кривизну вниз.

# %% tags=["solution"]
edges = [
    sharpness(network, run(gd, oracle, x0, steps=800, keep=kept, alpha=0.1)) * 0.05
    for oracle in noisy
]
table({"B": batches, "λ α / 2": [rates.mean_band(e[kept > 400].mean(0)) for e in edges]},
      {"λ α / 2": ".2f"})  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - Кривизна вдоль пути спуска на сети с квадратичными потерями растёт до $2/\alpha$ и там остаётся (S14.30), если шагов хватает. Шаг выбирает кривизну, а не наоборот.
# - На краю потери скачут, но на длинных отрезках падают (S14.31).
# - Удерживает спуск сама функция: раскачка вдоль крутого направления уменьшает кривизну. Для этого хватает двух переменных.
# - У Adam та же история с $\lambda_{\max}(P^{-1}H)$ и границей $2(1+\beta_1)/((1-\beta_1)\alpha)$ (S14.32) — условием из седьмой тетради.
# - Кросс-энтропия прячет край, когда сеть становится уверенной (S14.33), малый батч держит метод в стороне от него.
# - Чего здесь нет: больших сетей, нормировок, разогрева. Статьи показывают то же и на них.
#
# ### Литература
#
# - J. Cohen et al. [Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability](https://arxiv.org/abs/2103.00065). ICLR, 2021.
# - J. Cohen et al. [Adaptive Gradient Methods at the Edge of Stability](https://arxiv.org/abs/2207.14484). 2022.
# - A. Damian, E. Nichani, J. D. Lee. [Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of Stability](https://arxiv.org/abs/2209.15594). ICLR, 2023.
# - J. Cohen et al. [Understanding Optimization in Deep Learning with Central Flows](https://arxiv.org/abs/2410.24206). 2024.
