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
# # После AdamW
#
# **Цель.** Разобрать, что предложили после лекции: матрицы вместо столбца (Shampoo, SOAP, Muon), знак вместо деления (Lion), среднее вместо расписания, плоский минимум (SAM), шаг, который не подбирают (Prodigy) или подбирают один раз (μP). У каждого метода проверить одно обещание его статьи — при равных бюджетах. И увидеть три явления, о которых лекция молчит.
#
# **Время:** 18 мин на паре, 84 мин дома. **Слайды:** S14.

# %%
import time
from functools import partial
from types import SimpleNamespace

import numpy as np

from course_lib import Goal, datasets, explore, nets, plot, rates, run, show, tune, variant
from course_lib.after_adamw import lion, muon, newton_schulz, polar, shampoo, soap
from course_lib.experiments import after_adamw, width
from course_lib.methods import adam, adamw, gd
from course_lib.problems import quadratic
from course_lib.problems.functions import ravines
from course_lib.schedules import linear, wsd
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Матрица, а не столбец · 6 мин на паре
#
# AdaGrad, RMSProp, Adam делят каждую координату на своё число. В [тетради о RMSProp](05_rmsprop.ipynb) видно, чем это кончается: стоит повернуть овраг, и выигрыш пропадает. Полная матрица $d \times d$ поворота не боится, но у сети её негде хранить.
#
# Параметры слоя — матрица $W$ размера $m \times n$, и её градиент $G$ тоже. **Shampoo** хранит две маленькие матрицы, для строк и для столбцов:
#
# $$L \leftarrow L + G G^\top, \qquad R \leftarrow R + G^\top G, \qquad W \leftarrow W - \alpha\, L^{-1/4} G R^{-1/4}.$$
#
# У вектора столбец один, остаётся $L^{-1/2} g$ — AdaGrad с полной матрицей. **SOAP** берёт у Shampoo только оси: в собственных векторах $L$ и $R$ работает обычный Adam.
#
# **Muon** не копит квадраты. Он спрашивает: какой шаг $X$ длины $\alpha$ уменьшает линейную часть $\langle G, X \rangle$ сильнее всех? Если измерять обычную длину, это $-\alpha\, G / \|G\|$. Если спектральную норму, то есть наибольшее сингулярное число, — $-\alpha\, U V^\top$, где $G = U S V^\top$: все сингулярные числа становятся единицами.

# %%
show(muon)

# %% [markdown]
# **Предскажите.** Muon с постоянным $\alpha$ на квадратичной функции. Что будет с $f(x_k)$?
#
# - **A.** Сойдётся линейно, как у градиентного спуска.
# - **B.** Остановится на уровне, который зависит от $\alpha$.
# - **C.** Разойдётся.
#
# Сначала нарисуйте справа кривую Muon.
#
# **Цель.** Довести Muon до $f - f^* \le 10^{-4}$ за 100 итераций.

# %%
explore([adam, shampoo, muon], quadratic(kappa=100, angle=0.8), [-2.0, 1.5], steps=100,
        alpha={"adam": 0.3, "shampoo": 1.0, "muon": 0.3}, beta=0.5, beta2=0.9,
        panels=["path", "gap"], goal=Goal(1e-4, within=100, of="muon"), predict=True)  # fmt: skip

# %% [markdown]
# **Ответ: B.** У точки-вектора сингулярное число одно, это длина; $UV^\top$ — единичный вектор, и шаг всегда длины $\alpha$, как бы мал ни был градиент. Ближе чем на расстояние порядка $\alpha$ метод у минимума не удержится, поэтому Muon не бывает без расписания. A верно, пока шаг пропорционален градиенту.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Повёрнутый овраг · 8 мин дома
#
# Тот же опыт, что в тетради о RMSProp: $d = 10$, $\kappa = 1000$, случайный поворот вместе со стартом. Считаем шаги, после которых $f$ **остаётся** ниже $10^{-4} f(x_0)$. Сетка шагов — четыре на порядок, $\alpha$ выбрано на восьми стартах, сообщаем шестнадцать других. У SOAP те же $\beta_1$ и $\beta_2$, что у Adam.


# %%
def steps_needed(method, rotated, alpha, seeds):
    problem, x0 = ravines(1000, seeds, rotated)
    xs = run(method, problem, x0, steps=500, alpha=np.c_[alpha])
    return np.minimum(rates.settling(problem.f(xs) / problem.f(x0), 1e-4), 500)


choice, fresh = range(SEED, SEED + 8), range(SEED + 500, SEED + 516)
grids = {
    "Adam": (adam, tune.log_grid(0.01, 1, 4)),
    "Shampoo": (shampoo, tune.log_grid(0.1, 1, 4)),
    "SOAP": (partial(soap, beta1=0.9, beta2=0.999), tune.log_grid(0.01, 0.1, 4)),
}
needed = {}
for name, (method, grid) in grids.items():
    for rotated in (False, True):
        best = grid[steps_needed(method, rotated, grid, choice).mean(1).argmin()]
        needed[name, rotated] = steps_needed(method, rotated, best, fresh)[0]

# %%
bands = {rotated: [rates.mean_band(needed[name, rotated]) for name in grids]
         for rotated in (False, True)}  # fmt: skip
print(table({"": [*grids], "Λ": bands[False], "QΛQᵀ": bands[True]}, {"Λ": ".0f", "QΛQᵀ": ".0f"}))
for name in grids:
    check("S14.40", rates.ratio_band(needed[name, True], needed[name, False]),
          between=(0.9, 1.1), of=f"{name}: QΛQᵀ / Λ")  # fmt: skip

# %% [markdown]
# **Вердикт (S14.40): верно при условии.** Условие — матрица. Утверждение проверяли так: поворот меняет число шагов не больше чем на 10 %. У Shampoo и SOAP не меняет ничего: $L$ поворачивается вместе с задачей, и весь путь тоже. У Adam поворот отнимает шаги, а в осях, которые нашёл SOAP, тот же Adam проходит повёрнутый овраг почти как прямой. Но и цена разная: Shampoo хранит $d^2$ чисел, Adam $2d$, SOAP и то и другое.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Задача с матрицей · 10 мин дома
#
# $f(W) = \frac12 \operatorname{tr}(W^\top S\, W\, T)$, $W$ размера $10 \times 10$, у $S$ и $T$ собственные числа от $\kappa^{-1/2}$ до $1$, оси случайные: число обусловленности всей задачи — $\kappa$. Что $x$ — матрица, задача говорит сама: `shapes`.


# %%
def two_sided(kappa, seeds, d=10):
    """One problem and one start of norm 1 for each seed."""
    draws = np.array([np.random.default_rng(seed).normal(size=(3, d, d)) for seed in seeds])
    Q = np.linalg.qr(draws[:, :2])[0]
    S, T = np.moveaxis((Q * np.geomspace(kappa**-0.5, 1, d)) @ Q.mT, 1, 0)
    W = draws[:, 2] / np.linalg.norm(draws[:, 2], axis=(1, 2), keepdims=True)

    def grad(x):
        return (S @ x.reshape(*x.shape[:-1], d, d) @ T).reshape(x.shape)

    problem = SimpleNamespace(f=lambda x: (x * grad(x)).sum(-1) / 2, grad=grad, d=d * d)
    problem.shapes = [(d, d)]
    return problem, W.reshape(len(W), d * d)


# %% [markdown]
# **Предскажите.** $K = 200$ шагов, $\alpha$ падает линейно до нуля, у каждого метода девять значений. Кто точнее всех?
#
# - **A.** Adam: координат сто, и у каждой свой шаг.
# - **B.** Shampoo.
# - **C.** Muon: он сделан для матриц.

# %%
K = 200
contenders = {
    "GD": (gd, 0.1),
    "Adam": (adam, 1e-3),
    "Shampoo": (shampoo, 0.1),
    "Muon": (muon, 1e-3),
}


def left(method, kappa, alpha, seeds):
    problem, x0 = two_sided(kappa, seeds)
    alpha = np.c_[alpha]
    x = run(method, problem, x0, steps=K, keep=[K], alpha=lambda k: linear(alpha, k, K))[0]
    return problem.f(x) / problem.f(x0)


def contest(kappa):
    for name, (method, low) in contenders.items():
        grid = tune.log_grid(low, 100 * low, 4)
        with np.errstate(all="ignore"):
            loss = np.nan_to_num(left(method, kappa, grid, choice), nan=np.inf)
        yield name, left(method, kappa, grid[loss.mean(1).argmin()], fresh)[0]


ends = {kappa: dict(contest(kappa)) for kappa in (100, 10_000)}

# %%
columns = {f"κ = {kappa}": [rates.mean_band(loss) for loss in found.values()]
           for kappa, found in ends.items()}  # fmt: skip
print(table({"": [*contenders]} | columns, dict.fromkeys(columns, ".1e")))
for kappa, found in ends.items():
    for name in ("Shampoo", "Muon"):
        ratio = rates.ratio_band(found[name], found["Adam"])
        check("S14.41", ratio, below=1, of=f"κ = {kappa}: {name} / Adam")

# %% [markdown]
# **Вердикт (S14.41): верно при условии.** Утверждение — методы для матриц точнее Adam на задаче с матрицей. Shampoo точнее при обоих $\kappa$, и намного. Muon — только при большом $\kappa$: он шагает на $\alpha_k$ во всех направлениях сразу, поэтому доходит до одного и того же уровня, какой бы задача ни была. Этот уровень задаёт расписание, а Adam на хорошей задаче успевает ниже.
#
# **Ответ: B.** Матрица задачи — произведение двух маленьких, $T \otimes S$, и Shampoo хранит как раз такие. C путает «для матриц» с «для любой задачи с матрицей»: Muon уравнивает сингулярные числа **шага**, а про кривизну не знает ничего.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Сеть: шаги и секунды · 12 мин на паре
#
# Цифры, слои 64–64–64–64–10, тысяча картинок, батч 50, $K = 200$ шагов, $\alpha$ падает линейно. По девять значений $\alpha$, по четыре на порядок; $\alpha$ выбираем на восьми `seed`, потери сообщаем на восьми других (для теста выбираем по тесту). Это минуты счёта, и результаты лежат в репозитории.
#
# SVD дорог, и на практике его заменяют пятью шагами Ньютона–Шульца: $X \leftarrow aX + b(XX^\top)X + c(XX^\top)^2X$, одни умножения. Сингулярные числа выходят не ровно единицами.

# %%
G = np.random.default_rng(SEED).normal(size=(64, 64))
practice = variant(muon, ("polar(", "newton_schulz("))
sizes = [np.linalg.svd(make(G), compute_uv=False)[[0, 31, 63]] for make in (polar, newton_schulz)]
table({"": ["U Vᵀ", "Newton–Schulz"], "s₁": [s[0] for s in sizes], "s₃₂": [s[1] for s in sizes],
       "s₆₄": [s[2] for s in sizes]}, dict.fromkeys(("s₁", "s₃₂", "s₆₄"), ".2f"))  # fmt: skip

# %%
training, test = after_adamw.networks(SEED)
x0, oracle = training.initial(SEED), training.minibatch(after_adamw.BATCH, SEED)


def seconds(method):
    start = time.process_time()
    run(method, oracle, x0, steps=50, alpha=0.01)
    return time.process_time() - start


spent = [min(seconds(method) for _ in range(3)) for method in (adam, practice, muon)]
times = dict(zip(("Adam", "Muon", "Muon, SVD"), spent, strict=True))
table({"": [*times], "/ Adam": [t / times["Adam"] for t in times.values()]}, {"/ Adam": ".1f"})

# %% [markdown]
# **Предскажите.** За 200 шагов Muon против Adam, потери на обучении. А если дать Adam столько же **времени**, то есть вдвое больше шагов?
#
# - **A.** Muon в несколько раз лучше и по шагам, и по времени.
# - **B.** По шагам Muon лучше в несколько раз, по времени разницы не видно.
# - **C.** Adam лучше и так и так: сеть слишком мала.

# %%
print(after_adamw.results()["command"])
names = ("Muon", "Adam", "Adam, 2K", "Lion")
train, tests = ({name: after_adamw.reported(name, on)[-1] for name in names} for on in (0, 1))
table({"": names, "α": [after_adamw.chosen(name)[0] for name in names],
       "f": [rates.mean_band(train[name]) for name in names],
       "f, test": [rates.mean_band(tests[name]) for name in names]},
      {"α": ".1e", "f": ".4f", "f, test": ".3f"})  # fmt: skip

# %% tags=["hide-input"]
for ax, on in zip(plot.axes(2), (0, 1), strict=True):
    for name in names:
        tried = after_adamw.TASKS[name].tried
        ax.loglog(tried, after_adamw.losses(name)[:8, on, -1].mean(0), label=name)
    ax.set(xlabel=r"$\alpha$", ylabel="$f$", title=("train", "test")[on], ylim=(2e-3, 3))
    ax.legend()

# %%
for other in ("Adam", "Adam, 2K"):
    check("S14.42", rates.ratio_band(train["Muon"], train[other]), below=1, of=f"Muon / {other}")
    check("S14.43", rates.ratio_band(tests["Muon"], tests[other]), below=1,
          of=f"test: Muon / {other}")  # fmt: skip

# %% [markdown]
# **Вердикт (S14.42): верно при условии.** Условие — считать шаги. За столько же шагов потери на обучении у Muon в несколько раз меньше, чем у Adam. За столько же времени — сказать нельзя: полоса отношения лежит по обе стороны единицы. С точным SVD счёт был бы ещё хуже для Muon. В большой сети умножения матриц тонут в цене градиента, и секунды там ближе к шагам.
#
# **Вердикт (S14.43): верно.** На новых картинках Muon лучше в обоих счётах. Заметьте, $\alpha$ здесь выбрано по тесту: самое малое значение потерь на обучении и на тесте достигается при разных $\alpha$, это видно на картинках.
#
# **Ответ: B.** A на тесте угадывает знак, но на обучении неверно, C — неверно и там и там.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Знак: Lion · 6 мин дома
#
# Формулу Lion нашёл перебор программ: $c = \beta_1 m + (1-\beta_1) g$, шаг $-\alpha \operatorname{sign} c$, потом $m \leftarrow \beta_2 m + (1-\beta_2) g$. Знаковый спуск из [тетради «Почему Adam»](10_why_adam.ipynb) с двумя памятями: в шаге короткая, хранится длинная. Статья обещает результат не хуже AdamW при одном внутреннем векторе вместо двух. «Не хуже» читаем так: потери больше не более чем на десятую.

# %%
show(lion)

# %%
for said, losses in (("train", train), ("test", tests)):
    check("S14.44", rates.ratio_band(losses["Lion"], losses["Adam"]), below=1.1, of=said)

# %% [markdown]
# **Вердикт (S14.44): верно при условии.** На обучении Lion не хуже Adam. На тесте хуже, и заметно. Статья говорит о больших батчах и о моделях в тысячи раз больше: на сети такого размера, с таким бюджетом, её обещания не видно.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Без расписания · 8 мин дома
#
# Косинус надо настроить на $K$ заранее. Schedule-free обещает то же самое, не зная $K$: шаг постоянный, градиент берётся между быстрой точкой $z$ и её средним $x$, отвечает среднее. Один запуск на 400 шагов против четырёх косинусов, каждый со своим $K$ и своим $\alpha$.
#
# Расписания отличаются друг от друга меньше, чем методы, поэтому здесь и в следующем разделе `seed` больше: $\alpha$ выбираем на тех же восьми, потери сообщаем на двадцати четырёх других.

# %%
lengths = np.array(after_adamw.LENGTHS)
without = after_adamw.reported("schedule-free")
cosines = np.array([after_adamw.reported(f"cosine, {n}")[-1] for n in lengths])
table({"K": lengths, "schedule-free": rates.mean_band(without), "cos": rates.mean_band(cosines)},
      {"schedule-free": ".4f", "cos": ".4f"})  # fmt: skip

# %%
free, wave = (after_adamw.reported(name, 1)[-1] for name in ("schedule-free", "cosine, 400"))
for n, *ratio in zip(lengths, *rates.ratio_band(without, cosines), strict=True):
    check("S14.45", ratio, below=1.1, of=f"K = {n}")
check("S14.45", rates.ratio_band(free, wave), below=1.1, of="K = 400, test")

# %% [markdown]
# **Вердикт (S14.45): верно при условии.** «То же самое» — потери больше не более чем на десятую. На обучении один запуск без расписания лучше косинуса, настроенного на каждое $K$ отдельно, и чем длиннее, тем больше разница. На тесте он хуже: меньшие потери на обучении здесь куплены переобучением. Статья обещает обучение, которое не надо планировать, и его мы увидели.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ствол и ветви: WSD · 6 мин дома
#
# **WSD** (warm-up, stable, decay) тоже не спрашивает $K$, но расписание у него есть: разогрев, долгий участок с постоянным $\alpha$ и быстрый спад до нуля. Пока спад не начался, запуски всех длин совпадают. Значит, ствол с постоянным $\alpha$ достаточно обучить один раз, а спады пустить от него ветвями: ветвь длины $K$ отходит на шаге $\frac45 K$. Ху и соавторы (2024), Хэгеле и соавторы (2024) сообщают: каждая ветвь приходит туда же, куда косинус, настроенный на это $K$.
#
# У ствола одно $\alpha$, лучшее при $K = 400$; у косинуса — своё для каждого $K$. Разогрева здесь нет ни у того, ни у другого. Сначала посмотрим на одну ветвь и на ствол, от которого она отошла (он идёт к $K = 400$), на четырёх `seed`.

# %%
top, kept, seeds = after_adamw.chosen("WSD")[0], np.arange(20, 201, 10), range(SEED, SEED + 4)
xs = run(adam, training.minibatch(50, seeds), training.initial(seeds), steps=200, keep=kept,
         alpha=lambda k: np.c_[[wsd(top, k, n) for n in (200, 400)]])  # fmt: skip

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for n, f in zip((200, 400), np.moveaxis(training.f(xs), 1, 0), strict=True):
    plot.mean(kept[kept <= n], f[kept <= n], label=f"$K = {n}$", ax=ax)
_ = ax.set(xlabel="$k$", ylabel="$f(x_k)$", yscale="log")


# %%
def branches_and_waves(on):
    """The losses of WSD and of the cosines, each (lengths, seeds)."""
    waves = [after_adamw.reported(f"cosine, {n}", on)[-1] for n in lengths]
    return after_adamw.reported("WSD", on), np.array(waves)


paid = np.diff(lengths * 4 // 5, prepend=0) + lengths // 5
columns = dict(zip(("WSD, test", "cos, test"), map(rates.mean_band, branches_and_waves(1)),
                   strict=True))  # fmt: skip
print(table({"K": lengths, "Σ # ∇f, WSD": paid.cumsum(), "Σ # ∇f, cos": lengths.cumsum()} | columns,
            dict.fromkeys(columns, ".3f")))  # fmt: skip
on_test, on_train = (rates.ratio_band(*branches_and_waves(on)) for on in (1, 0))
for n, *ratio in zip(lengths, *on_test, strict=True):
    check("S14.54", ratio, below=1.1, of=f"test: K = {n}")
for n, *ratio in zip(lengths, *on_train, strict=True):
    check("S14.55", ratio, below=1.1, of=f"train: K = {n}")

# %% [markdown]
# **Вердикт (S14.54): верно.** «Туда же» — потери больше не более чем на десятую. На новых картинках (по ним судят и статьи) ветвь не хуже косинуса при каждом $K$. В таблице видна и выгода: сумма градиентов у ствола со всеми ветвями растёт медленнее, чем у отдельных запусков. И на тесте, в отличие от schedule-free, платить за незнание $K$ не пришлось.
#
# **Вердикт (S14.55): верно при условии.** На обучении то же самое видно при $K \le 100$. Дальше потери так малы и так разнятся от `seed` к `seed`, что и двадцати четырёх не хватило: полоса заходит за границу.
#
# Почему спад так быстр, видно на картинке. При постоянном $\alpha$ потерям мешает упасть шар шума, тот же, что в [тетради об SGD](03_sgd.ipynb): чем длиннее шаг, тем он больше. Шаг уменьшили — шар сжался, а путь, пройденный длинными шагами, остался.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Плоский минимум: SAM · 6 мин дома
#
# SAM делает шаг по градиенту из худшей точки рядом: $\nabla f(x + r\, g/\|g\|)$. Статья обещает меньшие потери на новых данных. Каждая итерация — **два** градиента, и честное сравнение — с SGD, у которого их столько же: SAM на $K/2$ шагов.

# %%
rows = ("SGD", "SAM", "SAM, K/2")
found = {name: after_adamw.reported(name, 1)[-1] for name in rows}
print(table({"": rows, "# ∇f": [200, 400, 200], "f, test": map(rates.mean_band, found.values())},
            {"f, test": ".3f"}))  # fmt: skip
for name in rows[1:]:
    check("S14.46", rates.ratio_band(found[name], found["SGD"]), below=1, of=f"{name} / SGD")

# %% [markdown]
# **Вердикт (S14.46): неверно.** Для этой сети и этого бюджета. При равном числе градиентов SAM намного хуже, при равном числе шагов — немного. Потери подсказывают причину: двухсот шагов мало, SGD ещё не дошёл до дна, и искать дно поплоще рано. Статья учит сети до конца, сотни эпох.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Без шага: Prodigy · 6 мин дома
#
# Prodigy оценивает снизу расстояние до минимума — на выпуклой $f$ без шума $d_k \le \|x_0 - x^*\|_\infty$ — и ставит $d_k$ на место $\alpha$ у Adam. Подбирать остаётся первую оценку $d_0$ — и статья говорит, что можно взять любую маленькую. Проверим на двух порядках и сравним с подобранным Adam. Выбирать здесь нечего, поэтому работают все шестнадцать `seed`.

# %%
losses, d0 = after_adamw.losses("Prodigy")[:, 0, -1].T, after_adamw.TASKS["Prodigy"].tried
some = slice(0, 9, 4)
table({"d₀": d0[some], "f": rates.mean_band(losses[some])}, {"d₀": ".0e", "f": ".4f"})

# %%
for j in (0, 4):
    check("S14.47", rates.ratio_band(losses[j], losses[-1]), between=(0.5, 2),
          of=f"d₀ = {d0[j]:.0e} / {d0[-1]:.0e}")  # fmt: skip
check("S14.48", rates.ratio_band(losses[-1, 8:], train["Adam"]), below=1.1, of="Prodigy / Adam")

# %% [markdown]
# **Вердикт (S14.47): здесь сказать нельзя.** «Всё равно, какое $d_0$» — потери меняются не больше чем вдвое. От одного `seed` к другому они меняются сильнее, и полосы лежат поперёк границы.
#
# **Вердикт (S14.48): неверно.** Подобранный Adam точнее. Зато попытка у Prodigy одна, а у Adam их девять.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ширина: μP · 8 мин дома
#
# Шаг Adam двигает каждый вес примерно на $\alpha$, какой бы ширины $n$ ни был слой. А выход слоя — сумма $n$ слагаемых, и если все сдвиги тянут в одну сторону, он сместится на $\alpha n$. Широкой сети нужен шаг поменьше, и для каждой ширины $\alpha$ подбирают заново.
#
# **μP** обещает, что хватит одного раза. Подбирают на узкой сети, ширины $n_0$. В широкой каждый слой, кроме первого, хранит $w$, а работает с $W = \frac{n_0}{n}\, w$: шаг по $W$ становится $\alpha\, n_0 / n$. Начальные $W$ прежние, только в последнем слое в $\sqrt{n / n_0}$ раз меньше. При $n = n_0$ это та же самая сеть.
#
# **Предскажите.** Слои 64–$n$–$n$–10, Adam, $K = 50$. Возьмём $\alpha$, лучшее при $n = 32$, для сети с $n = 512$. Во сколько раз потери больше, чем с лучшим для неё $\alpha$?
#
# - **A.** Почти не больше: от ширины $\alpha$ не зависит и без μP.
# - **B.** Без μP — в разы, с μP почти не больше.
# - **C.** В разы и там и там: сети слишком разные.

# %%
print(width.results()["command"])
tried, first = width.TRIED, slice(0, after_adamw.CHOICE)
found = {name: width.losses(name) for name in width.BASES}
best = {name: f[:, first].mean(1).argmin(-1) for name, f in found.items()}
columns = {f"α, {name}": tried[places] for name, places in best.items()}
table({"n": width.WIDTHS} | columns, dict.fromkeys(columns, ".1e"))

# %% tags=["hide-input"]
for ax, (name, f) in zip(plot.axes(2), found.items(), strict=True):
    for n, curve in zip(width.WIDTHS, f[:, first].mean(1), strict=True):
        ax.loglog(tried, curve, label=f"$n = {n}$")
    ax.set(xlabel=r"$\alpha$", ylabel="$f$", title=name, ylim=(0.08, 3))
    ax.legend()

# %% [markdown]
# Пересчитаем кусочек сами: $n = 64$, $\alpha$ от $n = 32$, четыре новых `seed`.

# %%
again = {name: [width.TASKS[f"{name}, 64"].loss(seed, [tried[best[name][0]]])[0, -1, 0]
                for seed in range(SEED + 16, SEED + 20)] for name in found}  # fmt: skip
table({"": [*again], "f": [rates.mean_band(f) for f in again.values()]}, {"f": ".2f"})

# %%
wide = {name: f[-1, after_adamw.CHOICE :] for name, f in found.items()}
for name, f in wide.items():
    check("S14.49", rates.ratio_band(f[:, best[name][0]], f[:, best[name][-1]]), below=2,
          of=f"{name}, n = 512: α(32) / α(512)")  # fmt: skip
own = {name: f[:, best[name][-1]] for name, f in wide.items()}
check("S14.50", rates.ratio_band(own["μP"], own["torch"]), below=1.1, of="n = 512: μP / torch")

# %% [markdown]
# **Вердикт (S14.49): верно при условии.** Утверждение — $\alpha$, подобранное на узкой сети, годится и для широкой: потери больше не более чем вдвое. Условие — μP. Там лучшее $\alpha$ одно и то же при всех ширинах, от 32 до 512. У обычной сети оно уменьшается раз в пять, и чужой шаг обходится дорого.
#
# **Вердикт (S14.50): неверно.** В статье широкая сеть в μP ещё и не хуже обычной, настроенной на своей ширине. Здесь хуже, и намного. Настраивать μP можно не только $\alpha$, но и множители слоёв, мы их не трогали, а пятьдесят шагов — мало. Лучшее $\alpha$ перенеслось, а лучшие потери — другое обещание.
#
# **Ответ: B.** A верно для одного веса, но не для суммы $n$ весов. C не учитывает, что μP как раз уравнивает сдвиги выходов у сетей разной ширины.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Минимумы соединены · 4 мин дома
#
# Две сети учились с разных начальных точек и пришли в $x_0$ и $x_1$. На прямой между ними потери велики, словно это два отдельных оврага. Гарипов и соавторы (2018) утверждают: два оврага видны только на прямой, а в обход есть путь, на котором потери не растут. Найдём его градиентным методом. Путь — парабола с подвижной точкой $\theta$:
#
# $$\varphi(t) = (1-t)^2 x_0 + 2t(1-t)\,\theta + t^2 x_1, \qquad \min_\theta\ \operatorname{mean}_t f(\varphi(t)), \qquad \nabla_\theta f = 2t(1-t)\, \nabla f(\varphi(t))$$
#
# Шесть пар сетей; пути учатся на пяти значениях $t$, проверяем их на двадцати одном.


# %%
def bridge(theta, t):
    t = np.reshape(t, (-1, 1, 1)).astype(np.float32)
    return (1 - t) ** 2 * ends[:6] + 2 * t * (1 - t) * theta + t**2 * ends[6:]


def pull(theta):
    t = np.linspace(0.1, 0.9, 5)
    weights = np.float32(2 * t * (1 - t) / len(t))
    return np.tensordot(weights, noisy.grad(bridge(theta, t)), 1)


small, new = after_adamw.networks(SEED, (64, 32, 32, 10))
seeds, noisy = range(SEED, SEED + 12), small.minibatch(50, SEED)
options = {"steps": K, "keep": [K], "alpha": lambda k: linear(0.02, k, K)}
ends = run(adam, small.minibatch(50, seeds), small.initial(seeds), **options)[0]
middle = (ends[:6] + ends[6:]) / 2
curve = SimpleNamespace(f=lambda theta: small.f(bridge(theta, [0.5]))[0], grad=pull, d=small.d)
theta = run(adam, curve, middle, **options)[0]

# %%
t = np.linspace(0, 1, 21)
along = {on: [network.f(bridge(points, t)) for points in (middle, theta)]
         for on, network in (("train", small), ("test", new))}  # fmt: skip
ax = plot.axes(width=8)
for f, label in zip(along["train"], ("line", r"$\varphi$"), strict=True):
    plot.mean(t, f, label=label, ax=ax)
ax.set(xlabel="$t$", ylabel="$f$", yscale="log")
for on, (straight, bent) in along.items():
    worse = np.maximum(straight[0], straight[-1])
    check("S14.51", rates.ratio_band(straight.max(0), worse), above=2, of=f"{on}: line / ends")
    check("S14.51", rates.ratio_band(bent.max(0), worse), below=1.25, of=f"{on}: φ / ends")

# %% [markdown]
# **Вердикт (S14.51): верно.** На прямой — гора, а вдоль изогнутого пути потери не больше чем на четверть выше, чем на худшем из концов; на новых картинках тоже. «Локальный минимум» в стольких измерениях — скорее место на берегу одного большого озера, чем дно отдельной ямы.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Второй спуск · 4 мин дома
#
# Учебник говорит: чем больше параметров, тем сильнее переобучение. Белкин и соавторы (2019) смотрят дальше — туда, где параметров больше, чем примеров. Берём $p$ случайных признаков $\max(0, v_j^\top x)$ и наименьшие квадраты на двухстах картинках. Если $p > 200$, точных решений много, и `lstsq` даёт самое короткое — то, куда приходит градиентный спуск из нуля.
#
# **Предскажите.** Как доля ошибок на новых картинках зависит от $p$?
#
# - **A.** Убывает до какого-то $p$, а дальше растёт.
# - **B.** Сначала убывает, у $p = 200$ взлетает, а потом опускается ниже прежнего.
# - **C.** При $p > 200$ не меняется: обучение уже точное.

# %%
X, y = datasets.load("digits")
n, sizes = 200, np.array([20, 50, 100, 150, 200, 250, 400, 800, 1600])


def mistakes(seed):
    """The share of wrong answers on new pictures for each p."""
    rng = np.random.default_rng(seed)
    V, order = rng.normal(size=(64, sizes[-1])), rng.permutation(len(y))
    F, old, new = np.maximum(X / 16 @ V, 0), order[:n], order[n:]
    for p in sizes:
        W = np.linalg.lstsq(F[old, :p], np.eye(10)[y[old]], rcond=None)[0]
        yield ((F[new, :p] @ W).argmax(1) != y[new]).mean()


shares = np.array([[*mistakes(seed)] for seed in range(SEED, SEED + 8)]).T
ax = plot.mean(sizes, shares)
_ = ax.set(xscale="log", yscale="log", xlabel="$p$", ylabel=r"$P(\hat y \neq y)$")

# %%
peak, before, after = shares[sizes == n][0], shares[sizes < n], shares[sizes > n]
check("S14.52", rates.ratio_band(peak, before.min(0)), above=2, of="p = 200 / min, p < 200")
check("S14.52", rates.ratio_band(after[-1], before.min(0)), below=1, of="p = 1600 / min, p < 200")

# %% [markdown]
# **Вердикт (S14.52): верно.** Хуже всего — ровно столько параметров, сколько примеров: решение одно, и чтобы пройти через все точки, ему приходится быть огромным. Дальше решений много, самое короткое всё короче, и ошибок становится меньше, чем на лучшем $p$ до пика.
#
# **Ответ: B.** A — левая половина картинки. C верно для обучения, но на новых картинках разные точные решения отвечают по-разному.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Понимание с опозданием · 4 мин дома
#
# Сеть учит сложение по модулю 31: видит 80 % пар $(a, b)$ и отвечает $(a + b) \bmod 31$. Пауэр и соавторы (2022) заметили: на обучении всё верно уже давно, а на остальных парах сеть начинает отвечать верно много позже — и помогает ей в этом затухание весов. Метод — AdamW, весь градиент сразу, $\lambda = 0$ и $\lambda = 1$, по три запуска.

# %%
p, when = 31, np.arange(0, 501, 20)
a, b = np.divmod(np.arange(p * p), p)
pairs, sums = np.hstack([np.eye(p)[a], np.eye(p)[b]]), (a + b) % p


def right(seed):
    """The shares of right answers on the pairs shown and on the others: (2, k, λ)."""
    shown, rest = np.split(np.random.default_rng(seed).permutation(p * p), [int(0.8 * p * p)])
    network = nets.Network(nets.mlp(2 * p, 128, p), pairs[shown], sums[shown])
    xs = run(adamw, network, network.initial(seed), steps=500, keep=when, alpha=0.01,
             beta2=0.98, lam=[0.0, 1.0])  # fmt: skip
    return network.accuracy(xs), network.on(pairs[rest], sums[rest]).accuracy(xs)


seen, unseen = np.moveaxis([right(seed) for seed in range(SEED, SEED + 3)], 0, -1)

# %%
ax = plot.axes(width=8)
for shares, on in ((seen, "train"), (unseen, "test")):
    for j in (0, 1):
        plot.mean(when, shares[:, j], label=rf"{on}, $\lambda = {j}$", ax=ax)
ax.set(xlabel="$k$", ylabel="$P$")
known, understood = (when[(shares[:, 1] > 0.9).argmax(0)] for shares in (seen, unseen))
check("S14.53", rates.ratio_band(understood, known), above=3, of="k(test > 0.9) / k(train > 0.9)")
for j, ends_at in ((0, {"below": 0.5}), (1, {"above": 0.9})):
    check("S14.53", rates.mean_band(unseen[-1, j]), **ends_at, of=f"test, λ = {j}")

# %% [markdown]
# **Вердикт (S14.53): верно.** Выучив ответы, сеть с $\lambda = 1$ ещё в несколько раз дольше ничего не понимает, а потом понимает правило. Без затухания за то же время — ничего: потери уже почти нулевые, и причины искать другое решение у сети нет. Одно слагаемое шага из [тетради об AdamW](08_adamw.ipynb) решает здесь, чему сеть научится.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 12 мин дома
#
# **1.** Градиент первого слоя на батче из одной картинки — матрица ранга 1. Чему равны $UV^\top$ и первый шаг Muon? Сначала ответ, потом проверка.

# %% tags=["exercise"]
u, v = np.array([[3.0], [4.0]]), np.array([[1.0, 2.0, 2.0]])

# %% [markdown] tags=["solution"]
# **Решение.** $G = u v^\top$ — одно сингулярное число, $\|u\| \|v\|$; $UV^\top = G / (\|u\| \|v\|)$, то есть нормированный градиент, и шаг равен $-\alpha\, UV^\top$. Остальных направлений в нём нет.

# %% tags=["solution"]
print(abs(polar(u @ v) - u @ v / 15).max())

# %% [markdown]
# **2.** Поверните задачу с матрицей: $W \leftarrow QW$, $S \leftarrow QSQ^\top$. Как изменится путь Muon? А Adam?

# %% tags=["exercise"]
Q = np.linalg.qr(np.random.default_rng(SEED).normal(size=(10, 10)))[0]

# %% [markdown] tags=["solution"]
# **Решение.** Путь Muon повернётся вместе с задачей: $\operatorname{polar}(QG) = Q \operatorname{polar}(G)$. Знаки с матрицей не поворачиваются, $\operatorname{sign}(QG) \ne Q \operatorname{sign}(G)$, и путь Adam станет другим: уже первый его шаг — знак градиента.

# %% tags=["solution"]
G = np.random.default_rng(SEED + 1).normal(size=(10, 10))
print(abs(polar(Q @ G) - Q @ polar(G)).max().round(6), abs(np.sign(Q @ G) - Q @ np.sign(G)).max())

# %% [markdown]
# **3.** Длины запусков удваиваются: $K = 50, 100, 200, \dots$, спад у WSD занимает последнюю пятую часть. Какую долю градиентов тратит ствол со всеми ветвями по сравнению с косинусами, если длин много?

# %% tags=["exercise"]
many = 50 * 2 ** np.arange(12)

# %% [markdown] tags=["solution"]
# **Решение.** Пусть самая большая длина $K$. Косинусы: $K + \frac K2 + \frac K4 + \dots \to 2K$. Ствол нужен до шага $\frac45 K$, а ветви — пятая часть тех же $2K$. Всего $\frac45 K + \frac25 K = \frac65 K$, то есть $\frac35$ от их числа.

# %% tags=["solution"]
print((many[-1] * 4 / 5 + many.sum() / 5) / many.sum())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 2 мин дома
#
# - Поворот не страшен тому, кто хранит матрицу: пути Shampoo и SOAP поворачиваются вместе с задачей (S14.40).
# - Muon делает все сингулярные числа шага единицами; сам он не остановится, нужно расписание. На задаче с матрицей он лучше Adam лишь при большом $\kappa$ (S14.41), на сети — лучше по шагам, а по времени на обучении этого не видно (S14.42, S14.43).
# - Lion и schedule-free здесь хороши на обучении и хуже на тесте (S14.44, S14.45).
# - Один ствол с ветвями (WSD) не хуже косинусов, настроенных на каждое $K$, на тесте (S14.54), а градиентов берёт меньше; на обучении это видно при коротких $K$ (S14.55).
# - SAM за двести шагов не помог (S14.46), Prodigy уступил подобранному Adam (S14.48). Статьи говорят о моделях и бюджетах в тысячи раз больше: «не видно здесь» не значит «нет».
# - В μP лучшее $\alpha$ не зависит от ширины, подбирать его можно на узкой сети (S14.49); сами потери от этого лучше не стали (S14.50).
# - Минимумы соединены (S14.51), за $p = n$ ошибок снова меньше (S14.52), понимание приходит позже памяти (S14.53) — и видно это уже на маленьких сетях.
#
# ### Литература
#
# - V. Gupta, T. Koren, Y. Singer. [Shampoo: Preconditioned Stochastic Tensor Optimization](https://arxiv.org/abs/1802.09568). ICML, 2018.
# - N. Vyas et al. [SOAP: Improving and Stabilizing Shampoo using Adam](https://arxiv.org/abs/2409.11321). ICLR, 2025.
# - K. Jordan et al. [Muon: An optimizer for hidden layers in neural networks](https://kellerjordan.github.io/posts/muon/). 2024.
# - J. Bernstein, L. Newhouse. [Old Optimizer, New Norm: An Anthology](https://arxiv.org/abs/2409.20325). 2024.
# - X. Chen et al. [Symbolic Discovery of Optimization Algorithms](https://arxiv.org/abs/2302.06675). NeurIPS, 2023.
# - A. Defazio et al. [The Road Less Scheduled](https://arxiv.org/abs/2405.15682). NeurIPS, 2024.
# - S. Hu et al. [MiniCPM: Unveiling the Potential of Small Language Models with Scalable Training Strategies](https://arxiv.org/abs/2404.06395). COLM, 2024.
# - A. Hägele et al. [Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations](https://arxiv.org/abs/2405.18392). NeurIPS, 2024.
# - P. Foret et al. [Sharpness-Aware Minimization for Efficiently Improving Generalization](https://arxiv.org/abs/2010.01412). ICLR, 2021.
# - K. Mishchenko, A. Defazio. [Prodigy: An Expeditiously Adaptive Parameter-Free Learner](https://arxiv.org/abs/2306.06101). ICML, 2024.
# - G. Yang et al. [Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer](https://arxiv.org/abs/2203.03466). 2022.
# - T. Garipov et al. [Loss Surfaces, Mode Connectivity, and Fast Ensembling of DNNs](https://arxiv.org/abs/1802.10026). NeurIPS, 2018.
# - M. Belkin, D. Hsu, S. Ma, S. Mandal. [Reconciling modern machine-learning practice and the classical bias–variance trade-off](https://arxiv.org/abs/1812.11118). PNAS, 2019.
# - A. Power et al. [Grokking: Generalization Beyond Overfitting on Small Algorithmic Datasets](https://arxiv.org/abs/2201.02177). 2022.
