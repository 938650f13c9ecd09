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
# # Adam
#
# **Цель.** Понять, из чего сделан Adam и что в нём делает каждая деталь: шляпки, $\beta_1$, $\beta_2$, $\varepsilon$. Увидеть выпуклую задачу, на которой он уверенно идёт в худшую точку, и найти границу, за которой этого не бывает. Узнать, что чинит AMSGrad и что под этим именем лежит в библиотеках.
#
# **Время:** 24 мин на паре, 116 мин дома. **Слайды:** S12.

# %%
from functools import partial
from itertools import count

import numpy as np

from course_lib import explore, live, log_spaced, plot, problems, rates, run, schedules, tune
from course_lib.figures import Axis, Goal, Integers, Log, Panel, dots, heat, heat_scale, line
from course_lib.methods import adagrad, adam, amsgrad, at, rmsprop
from course_lib.problems import FiniteSum, LeastSquares, least_squares, line_fit, logistic
from course_lib.problems.online import LinearRounds, drift
from course_lib.source import diff, show, variant
from course_lib.tables import from_rows, table
from course_lib.verdicts import check
from course_lib.wrappers import projected

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## S12. Метод · 1 мин на паре
#
# Adam помнит два скользящих средних: градиента — $m$ и его квадрата — $v$. Оба начинаются с нуля и потому смещены к нулю; это смещение потом исправляют.
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1-\beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1-\beta_1^k}, \qquad \hat v = \frac{v}{1-\beta_2^k}, \qquad x \leftarrow x - \alpha\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$

# %%
show(adam)

# %% [markdown]
# От RMSProp его отличают три вещи: среднее вместо самого градиента в числителе, шляпки и место $\varepsilon$.

# %%
diff(rmsprop, adam)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Внутренние векторы вживую · 3 мин на паре
#
# Справа — внутренний вектор метода, координата за координатой; какой именно, решает список с `v_hat`.
#
# **Предскажите.** Первый градиент — $g_1$. Какой длины самый первый шаг по каждой координате?
#
# - **A.** $\alpha\, |g_1|$, как у градиентного спуска.
# - **B.** $\alpha / |g_1|$: на градиент делят.
# - **C.** $\alpha$.
# - **D.** Около $3\alpha$: $1 - \beta_1$, делённое на $\sqrt{1 - \beta_2}$.
#
# Сначала нарисуйте слева путь Adam: каким будет первый шаг и где путь кончится.

# %%
problem = line_fit(n=100, seed=SEED)
x0 = np.array([5.5, 1.5])
explore(adam, problem.minibatch(2, seed=SEED), x0, alpha=0.1, steps=200, watch="v_hat",
        goal=Goal(2e-4, within=400), predict="path")  # fmt: skip

# %% [markdown]
# **Ответ: C.** $\hat v_1 = g_1^2$ и $\hat m_1 = g_1$, поэтому первый шаг по каждой координате равен $\alpha$ — каким бы ни был градиент, лишь бы он был намного больше $\varepsilon$. D — длина шага без шляпок.
#
# Проверьте: сравните `v` с `v_hat` и `m` с `m_hat`, выберите `|Δx|`.
#
# **Цель.** Те же 400 $\nabla f_i$, но ошибка в конце не больше $2 \cdot 10^{-4}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Зачем шляпки · 5 мин на паре
#
# **Утверждение слайда.** Средние, начатые с нуля, смещены, и шляпки исправляют смещение. Если распределение градиента не меняется, то
#
# $$\mathbb{E}\, m_k = (1 - \beta_1^k)\, \mathbb{E}\, g, \qquad \mathbb{E}\, v_k = (1 - \beta_2^k)\, \mathbb{E}\, g^2$$
#
# Чтобы распределение и правда не менялось, поставим $\alpha = 0$: метод стоит на месте, а батчи идут. $\mathbb{E}\, g$ и $\mathbb{E}\, g^2$ для батча известны точно.
#
# **Предскажите.** Какую долю настоящего $\mathbb{E}\, g^2$ показывает $v$ через 100 шагов при $\beta_2 = 0.999$?
#
# - **A.** Около 0.1 %: таков вес одного градиента.
# - **B.** Около 10 %.
# - **C.** Около 60 %.
# - **D.** Почти всю: сто слагаемых — хорошее среднее.

# %%
one = np.array([problem.grad_batch(x0, np.array([i])) for i in range(problem.n)])
exact = {"m": one.mean(0), "v": one.mean(0) ** 2 + one.var(0) / 2}  # B = 2, with replacement
oracle = problem.minibatch(2, range(SEED, SEED + 500))
kept = np.unique(np.r_[log_spaced(3000, 40)[1:], 10, 100])


def share(name):
    """An inner vector at rest over what it estimates, of the second coordinate: (kept, seeds)."""
    inner = run(adam, oracle, x0, steps=3000, keep=kept, watch=name, alpha=0.0)
    return (inner / exact[name[0]])[..., 1]


shares = {name: share(name) for name in ("m", "m_hat", "v", "v_hat")}
rows, v = np.searchsorted(kept, (10, 100)), rates.mean_band(shares["v"])
table({"k": kept[rows], "v / E g²": v[rows], "1 − β₂ᵏ": 1 - 0.999 ** kept[rows]},
      {"v / E g²": ".4f", "1 − β₂ᵏ": ".4f"})  # fmt: skip

# %% tags=["hide-input"]
for letter, beta, ax in zip("mv", (0.9, 0.999), plot.axes(2), strict=True):
    plot.mean(kept, shares[letter], label=f"${letter}$", ax=ax)
    plot.mean(kept, shares[letter + "_hat"], label=rf"$\hat {letter}$", ax=ax)
    ax.plot(kept, 1 - beta**kept, ".", color=plot.INK, markersize=7, label=r"$1 - \beta^k$")
    below = r"\mathbb{E}\,g" + ("^2" if letter == "v" else "")
    ax.set(xscale="log", xlabel="$k$", ylabel=rf"$\mathbb{{E}}\,{letter}_k\ /\ {below}$",
           title=rf"$\beta = {beta}$")  # fmt: skip
    ax.legend()

# %%
for name in ("m_hat", "v_hat"):
    first = rates.mean_band(shares[name][rows[0]])
    check("S12.1", first, between=(0.9, 1.1), of=f"{name}, k = 10")

# %% [markdown]
# **Вердикт (S12.1): верно.** $v$ показывает лишь долю $1 - \beta_2^k$ от правды, и при $\beta_2 = 0.999$ это надолго — на тысячи шагов; $m$ догоняет за десятки. $\hat m$ и $\hat v$ не смещены с первого шага.
#
# **Ответ: B.** $1 - 0.999^{100} \approx 0.095$: сто весов по $0.001$. C — это $1 - 1/e \approx 0.63$, столько наберётся лишь за тысячу шагов. D верно для обычного среднего, а у скользящего сумма весов поначалу далека от единицы.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Шаг без поправки · 6 мин дома
#
# Уберём шляпки: `adam` без двух строк.


# %%
def adam_raw(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        x = x - at(alpha, k) * m / (v**0.5 + eps)


# %% [markdown]
# **Предскажите.** $\beta = (0.9, 0.999)$. Каким будет без поправки первый шаг?
#
# - **A.** В десять раз короче: $m_1 = 0.1\, g_1$.
# - **B.** Примерно втрое короче.
# - **C.** Таким же: занижены и числитель, и знаменатель.
# - **D.** Примерно втрое длиннее.
#
# Отношение шагов на одних и тех же градиентах от самих градиентов не зависит. Проверим на случайных: точки — измеренное, линии — формула.

# %%
slopes = np.random.default_rng(SEED).normal(size=5000)
betas = [(0.9, 0.999), (0.0, 0.999), (0.9, 0.99), (0.9, 0.9)]
b1, b2 = np.array(betas).T
options = {"x0": [0.0], "steps": 5000, "beta1": b1, "beta2": b2, "eps": 0.0}
raw, corrected = (
    np.diff(run(method, LinearRounds(slopes), **options)[..., 0], axis=0)
    for method in (adam_raw, adam)
)
ratio, k = raw / corrected, np.arange(1, 5001)
factor = (1 - b1 ** k[:, None]) / (1 - b2 ** k[:, None]) ** 0.5
names = [f"({beta1:g}, {beta2:g})" for beta1, beta2 in betas]
last = [k[abs(one - 1) > 0.05][-1] for one in factor.T]
table({"β₁, β₂": names, "k = 1": ratio[0], "max": ratio.max(0), "k: max": 1 + ratio.argmax(0),
       "k: > 5 %": last}, {"k = 1": ".3f", "max": ".3f"})  # fmt: skip

# %% tags=["hide-input"]
ax, shown = plot.axes(width=8), log_spaced(4999, 12)[1:]
ax.loglog(k, factor, label=[rf"$\beta = {name}$" for name in names])
ax.plot(k[shown], ratio[shown], "o", color=plot.INK, markersize=5)
ax.set(xlabel="$k$", ylabel=r"$|\Delta x_k|:\ (m, v)\, /\, (\hat m, \hat v)$")
_ = ax.legend()

# %%
for j in (0, 3):
    check("S12.2", ratio[0, j], below=1, of=f"β = {names[j]}")

# %% [markdown]
# **Ответ: D.** Отношение равно $(1-\beta_1^k) / \sqrt{1-\beta_2^k}$, и при $k = 1$ это $0.1/\sqrt{0.001} = \sqrt{10}$. A видит только числитель; C — что занижены оба, но не насколько.
#
# **Вердикт (S12.2): верно при условии.** Часто говорят: поправка нужна, потому что без неё первые шаги были бы слишком малы. Так и бывает, например, когда $\beta_2$ не больше $\beta_1$ (последняя строка). При $\beta$ по умолчанию наоборот: шаги без поправки сначала втрое длиннее, потом больше чем вшестеро, и до разницы в 5 % проходит больше двух тысяч шагов. Причина в том, что $v$ догоняет правду медленнее, чем $m$: $\beta_2$ ближе к единице. Поправка не подталкивает метод, а придерживает.
#
# Это знали и авторы: в § 3 статьи Кингмы и Ба сказано, что при разреженных градиентах без поправки первые шаги были бы намного **больше**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Старт в минимуме · 7 мин дома
#
# Что делают длинные шаги, лучше всего видно там, где идти некуда. Начнём **в** $x^*$ и посмотрим, как далеко метод оттуда уйдёт.


# %%
def from_minimum(method, alpha=0.01, steps=3000, seeds=500):
    """Iterations kept and f(x_k) − f* (kept, seeds) of runs that start at x*."""
    task = least_squares(n=100, d=2, seed=SEED)
    oracle = task.minibatch(2, range(SEED, SEED + seeds))
    kept = np.unique(np.r_[log_spaced(steps, 30)[1:], 1, 20, 100])
    xs = run(method, oracle, task.x_star, steps=steps, keep=kept, alpha=alpha)
    return kept, problems.gap(task, xs)


kept, with_hats = from_minimum(adam)
_, without = from_minimum(adam_raw)
ax = plot.mean(kept, with_hats, label=r"$\hat m, \hat v$")
plot.mean(kept, without, label="$m, v$", ax=ax)
ax.set(xscale="log", yscale="log", xlabel="$k$", ylabel=r"$f(x_k) - f^*,\ x_0 = x^*$")

rows = np.searchsorted(kept, (1, 20, 100, 3000))
both = with_hats[rows], without[rows]
bands = dict(zip(("m̂, v̂", "m, v"), map(rates.mean_band, both), strict=True))
table({"k": kept[rows], **bands, "/": rates.ratio_band(*both[::-1])},
      dict.fromkeys(bands, ".2e") | {"/": ".1f"})  # fmt: skip

# %% [markdown]
# **Что увидели.** Первый шаг длиннее в $\sqrt{10}$ раз, поэтому потери больше ровно в 10 раз; потом разрыв растёт, а к трём тысячам шагов оба метода сидят в одном и том же [шаре шума](03_sgd.ipynb).
#
# Значит ли это, что с поправкой лучше? Дадим обоим одинаковое число попыток подобрать $\alpha$.
#
# **Предскажите.** У кого будет меньше потеря?
#
# - **A.** Без поправки — не больше, чем с ней.
# - **B.** С поправкой — в разы меньше: первые шаги без неё всё портят.
# - **C.** С поправкой — чуть меньше: испорчены лишь первые шаги.

# %%
task = logistic(n=1000, d=20, lam=0.01, seed=SEED)
contenders = {"m̂, v̂": adam, "m, v": adam_raw}
seeds = {"seeds": range(SEED, SEED + 10), "fresh": range(SEED + 100, SEED + 200)}
grid = tune.log_grid(1e-3, 1, 4)
tuned = {
    steps: tune.compare(contenders, task, np.zeros(20), steps, grid=grid, **seeds)
    for steps in (100, 300)
}
for steps, found in tuned.items():
    print(f"K = {steps}", found, sep="\n")

# %%
for steps, found in tuned.items():
    ratio = rates.ratio_band(found["m, v"].reported, found["m̂, v̂"].reported)
    check("S12.3", ratio, below=1.1, of=f"K = {steps}")

# %% [markdown]
# **Вердикт (S12.3): верно.** Если $\alpha$ подобран, без поправки не хуже: лучшее $\alpha$ меньше, а потеря не больше, даже с запасом в 10 %. Длинные шаги в начале и короткие потом — это убывающее расписание, доставшееся даром. Поправка нужна не для скорости, а чтобы $\alpha$ означало длину шага с первой же итерации.
#
# **Ответ: A.** B и C верны при одном и том же $\alpha$ — а оно у двух методов значит разное.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## AdaGrad + RMSProp · 4 мин дома
#
# **Утверждение слайда.** Adam соединяет AdaGrad и RMSProp. RMSProp виден сразу: это $\beta_1 = 0$ без шляпок. А где AdaGrad? При $\beta_1 = 0$ величина $\hat v_k$ — взвешенное среднее всех прошлых $g_i^2$, и при $\beta_2 \to 1$ веса выравниваются. Если к тому же взять $\alpha_k = \alpha / \sqrt k$, корни из $k$ сокращаются:
#
# $$\hat v_k \to \frac1k \sum_{i=1}^{k} g_i^2, \qquad \frac{\alpha}{\sqrt k} \cdot \frac{g_k}{\sqrt{\hat v_k}} \to \frac{\alpha\, g_k}{\sqrt{\sum_{i \le k} g_i^2}}$$
#
# Справа — шаг AdaGrad. Проверим прогоном, с $\varepsilon = 0$ у всех.

# %%
oracle = least_squares(n=100, d=2, seed=SEED).minibatch(2, range(SEED, SEED + 20))
options = {"x0": [-3.0, 3.0], "steps": 300, "eps": 0.0}
goal = run(adagrad, oracle, alpha=0.5, **options)
q = np.geomspace(1e-6, 1e-1, 21)  # 1 − β₂
limit = {"alpha": lambda k: 0.5 / k**0.5, "beta1": 0.0, "beta2": 1 - q[:, None]}
apart = abs(run(adam, oracle, **limit, **options) - goal[:, None]).max((0, -1))

ax = plot.mean(q, apart)
ax.set(xscale="log", yscale="log", xlabel=r"$1 - \beta_2$")
_ = ax.set_ylabel(r"$\max_k |x_k - x_k^{\mathrm{AdaGrad}}|$")

# %%
rms = run(rmsprop, oracle, alpha=0.05, gamma=0.9, **options)
same = run(adam_raw, oracle, alpha=0.05, beta1=0.0, beta2=0.9, **options)
check("S12.4", abs(same - rms).max(), below=1e-9, of="max |x − RMSProp|")
check("S12.4", rates.slope(q, apart, (1e-6, 1e-4)), between=(0.9, 1.1),
      of="d log |x − AdaGrad| / d log(1 − β₂)")  # fmt: skip

# %% [markdown]
# **Вердикт (S12.4): верно.** С RMSProp путь совпадает, а расстояние до AdaGrad пропорционально $1 - \beta_2$: в десять раз меньше одно — в десять раз меньше и другое. Оба метода — углы одного семейства, и $\beta_2$ решает, насколько далёкое прошлое стоит в знаменателе.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## $\varepsilon$: внутри или снаружи · 5 мин дома
#
# > **Оговорка к слайдам.** На одном кадре S12 под корнем стоит $\sqrt{\hat v + \varepsilon}$, на остальных — $\sqrt{\hat v} + \varepsilon$. У нас, в статье и в torch — снаружи. В AdaGrad, RMSProp и Adadelta на слайдах $\varepsilon$ внутри.

# %%
adam_inside = variant(adam, ("(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5"), name="adam_inside")
forms = {r"$\sqrt{\hat v} + \varepsilon$": adam, r"$\sqrt{\hat v + \varepsilon}$": adam_inside}
g, ax = np.geomspace(1e-11, 1, 60), plot.axes()
for label, method in forms.items():
    first = run(method, LinearRounds(g[None]), [0.0], steps=1, alpha=1.0)[1, :, 0]
    ax.loglog(g, -first, label=label)
ax.set(xlabel="$|g|$", ylabel=r"$|\Delta x_1|\ /\ \alpha$")
_ = ax.legend()

# %% [markdown]
# Снаружи $\varepsilon$ сравнивают с $|g|$, внутри — с $g^2$: там $10^{-8}$ работает как $10^{-4}$ снаружи. Теперь умножим функцию на $c$ — с точки зрения задачи не изменилось ничего, Adam при $\varepsilon = 0$ этого бы не заметил.

# %%
task = least_squares(n=100, d=2, seed=SEED)


def scaled(method, c):
    """The band of (f(x_K) − f*)/c on c·f, which is the same problem."""
    problem = LeastSquares(c**0.5 * task.A, c**0.5 * task.y)
    oracle = problem.minibatch(2, range(SEED, SEED + 200))
    xs = run(method, oracle, [-3, 3], steps=300, keep=[300], alpha=0.1)
    return rates.mean_band(problems.gap(problem, xs[0])) / c


cs, forms = [1.0, 1e-2, 1e-4, 1e-6, 1e-8], {"√v̂ + ε": adam, "√(v̂ + ε)": adam_inside}
columns = {name: [scaled(method, c) for c in cs] for name, method in forms.items()}
table({"c": cs, **columns}, {"c": ".0e"} | dict.fromkeys(columns, ".2e"))

# %% [markdown]
# **Что увидели.** Пока градиенты порядка единицы, место $\varepsilon$ безразлично. При градиентах порядка $10^{-4}$ шаги с $\varepsilon$ внутри уже заметно короче (и шар шума поменьше), а дальше эта форма перестаёт быть Adam и превращается в градиентный спуск с импульсом и крошечным шагом. Тот же конец ждёт и форму снаружи, только на четыре порядка дальше. Переносите код из одной библиотеки в другую — проверьте, где в ней $\varepsilon$ и каковы ваши градиенты.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:theorem"]
# ## Выпуклая задача, на которой Adam не сходится · 7 мин на паре
#
# **Утверждение слайда.** Adam не сходится на некоторых простых задачах, даже выпуклых. Это теорема 1 из статьи Редди, Кейла и Кумара (2018): на отрезке $[-1, 1]$ по очереди появляются линейные функции
#
# $$f_k(x) = \begin{cases} C x, & k \bmod 3 = 1, \\ -x, & k \bmod 3 \ne 1, \end{cases} \qquad \beta_1 = 0,\quad \beta_2 = \frac{1}{1 + C^2},\quad \alpha_k = \frac{\alpha}{\sqrt k}$$
#
# При $C > 2$ средняя функция $\frac{C-2}{3}\, x$ возрастает: лучшая точка $-1$, худшая $+1$. Метод называет $x_{k-1}$, платит $f_k(x_{k-1})$ и только потом узнаёт наклон. Плохо ли он играл, скажет среднее сожаление (regret) — сколько в среднем за ход он переплатил по сравнению с лучшей постоянной точкой:
#
# $$\frac{R_K}{K} = \frac1K \left( \sum_{k=1}^{K} f_k(x_{k-1}) - \min_{u \in [-1, 1]} \sum_{k=1}^{K} f_k(u) \right)$$
#
# У хорошего метода оно стремится к нулю. Методы библиотеки об отрезке не знают, поэтому каждую точку возвращает на отрезок `projected`; сам метод остаётся библиотечным.

# %%
show(projected)

# %% [markdown] tags=["seminar:astray"]
# **Предскажите.** $C = 3$, начало в лучшей точке, $x_0 = -1$. Что сделает Adam за тысячу шагов?
#
# - **A.** Останется в $-1$: в среднем наклон туда и толкает.
# - **B.** Будет бродить между $-1$ и $+1$.
# - **C.** Уйдёт в $+1$ и останется там.
# - **D.** Застрянет посередине: шаг убывает.

# %% tags=["seminar:astray"]
C, x_start = 3.0, [[-1.0], [0.0], [1.0]]
rounds, k = LinearRounds([C, -1, -1]), np.arange(1, 1001)
setting = {"beta1": 0.0, "beta2": 1 / (1 + C**2), "alpha": lambda k: 0.5 / k**0.5}
players = {"Adam": adam, "AMSGrad": amsgrad}
rows, paths = [], {}
for name, method in players.items():
    xs = paths[name] = run(projected(method), rounds, x_start, steps=1000, **setting)
    for start, x, regret in zip(
        ("−1", "0", "+1"), xs[1:, :, 0].T, rounds.regret(xs).T, strict=True
    ):
        worst = k[x == 1][:1]
        rows.append((name, start, x[-1], regret[-1], str(worst[0]) if len(worst) else "–"))
heads = ["", "x₀", "x_K", "R_K/K", "k: x = +1"]
print(table(from_rows(heads, rows), {"x_K": "+.2f", "R_K/K": ".3f"}))
check("S12.5", paths["Adam"][500:, :, 0].mean(0).min(), above=0.9, of="c = (3, −1, −1)")

# %% tags=["hide-input"]
left, right = plot.axes(2)
for j, name in enumerate(("Adam", "AMSGrad")):
    color, dashes = plot.style(j)
    look = {"color": color, "dashes": dashes or (None, None), "lw": 1.5}
    left.semilogx(k, paths[name][1:, :, 0], label=[name, "", ""], **look)
    right.semilogx(k, rounds.regret(paths[name]), label=[name, "", ""], **look)
left.set(xlabel="$k$", ylabel="$x_k$", title="$x_0 = -1,\\ 0,\\ +1$")
right.axhline(2 * (C - 2) / 3, color=plot.INK, lw=1, linestyle=":", label="$2(C-2)/3$")
right.set(xlabel="$k$", ylabel="$R_k / k$", ylim=(-0.05, 1.05), title="$R_k / k$")
_ = left.legend(loc="center right"), right.legend(loc="upper right")

# %% [markdown] tags=["seminar:astray"]
# **Ответ: C.** Откуда ни начни — даже из лучшей точки, — Adam уходит в худшую и остаётся там. A верно для градиентного спуска; D забывает, что $\sum 1/\sqrt{k}$ расходится: пути хватит на любое расстояние. Среднее сожаление стремится не к нулю, а к $\frac{2(C-2)}{3}$: столько платит худшая постоянная точка.

# %% [markdown]
# В статье у Adam нет шляпок. Но дело не в них: без шляпок он приходит туда же.

# %%
run(projected(adam_raw), rounds, x_start, steps=1000, **setting)[-1, :, 0]

# %% [markdown]
# Почему — видно на одном периоде. Вот три шага установившегося режима при постоянном $\alpha$, в его долях:

# %%
constant = {"beta1": 0.0, "beta2": 1 / (1 + C**2), "alpha": 1.0}
moves = np.array([
    np.diff(run(method, rounds, [0.0], steps=300, **constant)[-4:, 0]) for method in (adam, amsgrad)
])  # fmt: skip
columns = {"c = +3": moves[:, 0], "c = −1": moves[:, 1], "c = −1 ": moves[:, 2], "Σ": moves.sum(1)}
table({"": ["Adam", "AMSGrad"], **columns}, dict.fromkeys(columns, "+.3f"))

# %% [markdown]
# Большой наклон сам же раздувает знаменатель в тот момент, когда делится на него: втрое больший градиент даёт почти такой же шаг, как маленький. Двух шагов в неверную сторону он не перевешивает. Короткая память забывает большой наклон раньше, чем приходят маленькие; AMSGrad не забывает.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Дело не в порядке · 4 мин дома
#
# Те же три функции — обычная конечная сумма с $n = 3$, номер $i_k$ выбирается случайно, как в S2.
#
# **Предскажите.** Поможет ли случайный порядок?
#
# - **A.** Да: теперь градиент не смещён.
# - **B.** Выбор с возвращением — да, перемешивание — нет.
# - **C.** Перемешивание — да, выбор с возвращением — нет.
# - **D.** Нет.

# %%
c = np.array([3.0, -1.0, -1.0])
three = FiniteSum(lambda x, i: c[i] * x[..., 0], lambda x, i: c[i][..., None] + 0 * x, 3, 1)
seeds, last = range(SEED, SEED + 50), np.arange(1000, 1501)
oracles = {"replace=True": three.minibatch(1, seeds), "reshuffle": three.reshuffle(1, seeds)}
ends = {}
for draw, oracle in oracles.items():
    for name, method in players.items():
        xs = run(projected(method), oracle, [-1.0], steps=1500, keep=last, **setting)
        ends[draw, name] = rates.mean_band(xs[..., 0].mean(0))
print(table({"": [draw for draw, _ in ends], " ": [name for _, name in ends], "x": ends.values()}))
for draw in oracles:
    check("S12.5", ends[draw, "Adam"], above=0.9, of=draw)

# %% [markdown] tags=["seminar:verdict"]
# **Вердикт (S12.5): верно.** Adam не сходится на выпуклой задаче: среднее трёх линейных функций на отрезке, шаг убывает как $1/\sqrt k$ — и Adam с $\beta = (0, 0.1)$ сходится к максимуму.

# %% [markdown]
# Случайный порядок не помогает — ни перемешивание раз в эпоху (`reshuffle`), ни выбор с возвращением (`replace=True`), хотя с ним $\mathbb{E}\, g = \nabla f$.
#
# **Ответ: D.** A — надежда на несмещённость, но она не спасает: Adam делит градиент на величину, которая с ним связана, и в среднем идёт уже не вдоль $\mathbb{E}\, g$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Где проходит граница · 12 мин дома
#
# Пугаться рано: $\beta_2 = 0.1$ никто не ставит. Пусть период $P$ любой: один раз $C$, потом $P - 1$ раз $-1$. В установившемся режиме через $j = 0, \ldots, P-1$ шагов после большого наклона
#
# $$m = (C+1)\, p_j(\beta_1) - 1, \qquad v = (C^2-1)\, p_j(\beta_2) + 1, \qquad p_j(\beta) = \frac{(1-\beta)\, \beta^j}{1 - \beta^P},$$
#
# и сдвиг за период — сумма $-\alpha\, m / \sqrt v$. Формула точная; сверим её с методом.

# %%
show(drift)

# %%
rows = []
for C, P, beta1, beta2 in ((3, 3, 0, 0.1), (3, 3, 0.9, 0.999), (20, 7, 0.5, 0.9)):
    options = {"steps": 20_000 // P * P, "alpha": 1.0, "beta1": beta1, "beta2": beta2, "eps": 0.0}
    xs = run(adam, LinearRounds(np.r_[C, -np.ones(P - 1)]), [0.0], **options)[:, 0]
    rows.append((C, P, f"{beta1}, {beta2}", xs[-1] - xs[-1 - P], drift(C, P, beta1, beta2)))
heads = ["C", "P", "β₁, β₂", "Δx/α", "drift"]
table(from_rows(heads, rows), {"Δx/α": "+.6f", "drift": "+.6f"})

# %% [markdown]
# **Предскажите.** $C = 3$, период 3. Чего хватит, чтобы Adam пошёл в верную сторону?
#
# - **A.** Любого из двух: $\beta_2 = 0.5$ или $\beta_1 = 0.9$.
# - **B.** Только $\beta_2$ у самой единицы, как по умолчанию.
# - **C.** Уменьшить $\alpha$.
# - **D.** Ничего: это теорема.

# %%
b2 = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.99, 0.999]
cases = [(3, 0.0), (3, 0.9), (10, 0.0), (2, 0.0)]
moves = {f"{b:g}": [drift(C, 3, beta1, b) for C, beta1 in cases] for b in b2}
table({"C": [C for C, _ in cases], "β₁": [b for _, b in cases], "β₂ =": [""] * 4, **moves},
      dict.fromkeys(moves, "+.3f"))  # fmt: skip

# %% [markdown]
# **Ответ: A.** Плюс — в худшую точку. При $C = 3$ хватает $\beta_2 = 0.5$, чтобы контрпример перестал работать, а импульс $\beta_1 = 0.9$ спасает при любом $\beta_2$ из таблицы. C не поможет: $\alpha$ лишь растягивает сдвиг, знак его не меняется. D путает «найдётся задача» с «на этой задаче»: теорема подбирает $\beta_2$ под $C$.
#
# При $C = 10$ сбить Adam с пути может только $\beta_2$ ещё меньше. А при $C = 2$ плюсы ничего не значат: средняя функция равна нулю, и все точки одинаково хороши. Значения по умолчанию, $\beta = (0.9, 0.999)$, на этой задаче идут куда надо.
#
# Значит, Adam по умолчанию всегда прав? Теорема 2 той же статьи говорит, что для любых постоянных $\beta_1 < \sqrt{\beta_2}$ контрпример найдётся. Её последовательность — период $P = C$: большой наклон всё больше и всё реже. На карте красное, $\to +1$, — в худшую сторону.


# %% tags=["hide-input"]
def side(z, x, y, ax):
    """Where Adam drifts to the worse point (red) and to the better one (blue)."""
    ax.contourf(x, y, z, [-np.inf, 0, np.inf], colors=["#cfe3f3", "#f8cfc4"])
    ax.contour(x, y, z, [0], colors="black")
    ax.text(0.06, 0.06 if z[0, 0] > 0 else 0.55, "→ +1", transform=ax.transAxes, color="#8f1d14")
    ax.text(0.89, 0.06, "→ −1", transform=ax.transAxes, color="#12436b")
    ax.set(xscale="log", yscale="log", xlabel=r"$\beta_2\, /\, (1 - \beta_2)$")
    ax.grid(False)


memory = np.geomspace(1e-4, 1e4, 120)  # β₂ / (1 − β₂)
b2 = memory / (1 + memory)
left, right = plot.axes(2)
C = np.geomspace(2.001, 100, 120)
side(drift(C[:, None], 3, 0.0, b2), memory, C, left)
left.plot(1 / C**2, C, "k:", label=r"$\beta_2 = 1/(1 + C^2)$")
left.set(ylabel="$C$", title=r"$P = 3,\ \beta_1 = 0$")

P = np.unique(np.geomspace(3, 1000, 120).astype(int))
side(np.array([drift(p, p, 0.9, b2) for p in P]), memory, P, right)
right.plot(memory, 2 * (1 + memory) ** 0.5, "k:", label=r"$2 / \sqrt{1 - \beta_2}$")
right.axvline(999, color="black", linewidth=1.2, dashes=(6, 3), label=r"$\beta_2 = 0.999$")
right.set(ylabel="$P = C$", ylim=(3, 1000), title=r"$P = C,\ \beta_1 = 0.9$")
_ = left.legend(loc="upper right"), right.legend(loc="upper left")

# %%
next(P for P in range(3, 300) if drift(P, P, 0.9, 0.999) > 0)

# %% [markdown]
# **Что увидели.** По горизонтали — примерная длина памяти $v$ в шагах. Слева, при периоде 3, неправ только Adam с очень короткой памятью, и прямая теоремы 1 целиком лежит в красном. Справа граница поднимается: при длинной памяти она идёт вдоль $P \approx 2/\sqrt{1-\beta_2}$. Чем длиннее память, тем реже и крупнее должен быть большой наклон; для значений по умолчанию — раз в семьдесят с лишним шагов, а то и реже. Проверим прогоном, без формулы:

# %%
rows = []
for P in (30, 100, 300):
    rounds = LinearRounds(np.r_[P, -np.ones(P - 1)])
    xs = run(projected(adam), rounds, x_start, steps=30_000, alpha=0.03)
    tail = xs[-30_000 // P // 2 * P :, :, 0]
    rows.append((P, *tail.mean(0), np.ptp(tail[:, 2]), rounds.regret(xs)[-1, 2], 2 / P))
heads = ["P = C", "x₀ = −1", "x₀ = 0", "x₀ = +1", "max x − min x", "R_K/K", "2/P"]
table(from_rows(heads, rows),
      dict.fromkeys(heads[1:4], "+.2f") | {heads[4]: ".2f"} | dict.fromkeys(heads[5:], ".4f"))  # fmt: skip

# %%
for P in (3, 100):
    check("S12.6", drift(P, P, 0.9, 0.999), above=0, of=f"P = C = {P}, Δx/α")

# %% [markdown]
# **Вердикт (S12.6): верно при условии.** Adam по умолчанию идёт в худшую точку, только если большой наклон редок и очень велик. При $P = 100$ сдвиг уже в худшую сторону, но мал: методу не хватило шагов. При $P = 300$ он приходит туда отовсюду, хотя и качается внутри периода.
#
# Граница такова. Для любых $\beta$ (с $\beta_1 < \sqrt{\beta_2}$) есть плохая задача, но для данной задачи из этого семейства есть хорошие $\beta$: достаточно взять $\beta_2$ ближе к единице. Порядок кванторов решает всё. Именно так — сначала задача, потом $\beta_2$ — в 2022 году и доказали, что Adam без всяких изменений сходится, в общем случае до окрестности (Zhang et al.).
#
# Теперь два последних столбца. При $P = C$ худшая постоянная точка проигрывает лучшей всего $2/P$ за ход, а сожаление при $P = 300$ больше в десятки раз. Adam платит не за место, а за качание: большой наклон застаёт $x$ в $+1$ и обходится в полную цену, а на выгодных ходах после него $x$ ещё не вернулся и отыгрывает меньше. Размах пропорционален $\alpha$, и с ним сожаление:

# %%
swings = {
    0.03: xs[:, 2],  # from x₀ = +1
    0.01: run(projected(adam), rounds, [1.0], steps=30_000, alpha=0.01),
}
table({"α": [*swings], "max x − min x": [np.ptp(xs[15_000:]) for xs in swings.values()],
       "R_K/K": [rounds.regret(xs)[-1] for xs in swings.values()]},
      {"max x − min x": ".2f", "R_K/K": ".4f"})  # fmt: skip

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:drift"]
# ### Руками · 5 мин дома
#
# Начало — теорема 1. Попробуйте:
#
# - увести точку на карте из красного в синее — по $\beta_2$, потом по $C$ — и проверить, что $x_k \to -1$;
# - включить `AMSGrad`, не трогая остального;
# - включить $\beta_1 = 0.9$;
# - сменить правило шага: спасёт ли $\alpha/k$? постоянный $\alpha$?
# - поставить $P = 30$ и найти красное при $C \approx 30$.

# %% tags=["hide-input", "seminar:drift"]
STEP = {"α/√k": schedules.inverse_root, "α/k": schedules.inverse, "α": schedules.constant}


def astray(C, P, beta1, beta2, alpha, step, AMSGrad, K=2000):
    """x_k and mean regret of the chosen method, and the map of Adam's drift with its place."""
    rounds = LinearRounds(np.r_[C, -np.ones(P - 1)])
    method = projected(amsgrad if AMSGrad else adam)
    xs = run(
        method, rounds, x_start, steps=K, alpha=partial(STEP[step], alpha), beta1=beta1, beta2=beta2
    )
    regret = rounds.regret(xs)
    k, x_axis = np.arange(1, K + 1), Axis("k", 1, K, log=True)
    memory, Cs = np.geomspace(1e-3, 1e4, 64), np.geomspace(1, 1000, 64)
    with np.errstate(all="ignore"):
        best = np.sign(Cs - (P - 1))  # the sign of the mean slope
        z = best[:, None] * drift(Cs[:, None], P, beta1, memory / (1 + memory))
        here = float(np.sign(C - P + 1) * drift(C, P, beta1, beta2))
        place = np.clip([[beta2 / (1 - beta2)], [C]], [[1e-3], [1]], [[1e4], [1000]])
        i, j = 4 * np.argwhere(z[::4, ::4] > 0).T
    map_axes = Axis("β₂ / (1 − β₂)", 1e-3, 1e4, log=True), Axis("C", 1, 1000, log=True)
    return [
        Panel("xₖ", x_axis, Axis("xₖ", -1.1, 1.1),
              [line(k, xs[1:, i, 0], i, ("x₀ = −1", "x₀ = 0", "x₀ = +1")[i], 1.6) for i in range(3)]),
        Panel("R_K/K", x_axis, Axis.over("R_K/K", regret[10:], [0]),
              [line(k, regret[:, i], i) for i in range(3)]),
        Panel("Adam: Δx/α", *map_axes,
              [dots(memory[j], Cs[i], "#000000", size=1.5), dots(*place, "#000000", size=8)],
              heat(np.sign(z), -4, 4, "RdBu_r")),
    ], f"x_K = {xs[-1, 1, 0]:+.3f},  R_K/K = {regret[-1, 1]:+.4f},  Adam: Δx/α = {here:+.3f}"  # fmt: skip


live(astray, C=(3.0, Log(1, 1000)), P=(3, Integers(2, 200)), beta1=0.0, beta2=0.1, alpha=0.5,
     step=list(STEP), AMSGrad=False)  # fmt: skip

# %% [markdown]
# Карта — та же формула, умноженная на знак среднего наклона: красное значит «прочь от лучшей точки», где бы она ни была. Ниже линии $C = P - 1$ лучшая точка уже $+1$, и туда Adam идёт без ошибок.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## AMSGrad · 4 мин дома
#
# Лекарство из той же статьи: знаменатель не убывает.
#
# > **Оговорка к слайдам.** «Нашли ошибки в исходной статье» — в доказательстве сходимости, не в формулах метода. Статья, которая их нашла, — Редди, Кейл и Кумар, ICLR 2018.

# %%
diff(adam, amsgrad)

# %% [markdown]
# Доказательство молча считало, что величина $\sqrt{\hat v_k} / \alpha_k$ не убывает. На нашем примере это легко проверить: наклоны не зависят от $x$, поэтому на $\hat v$ можно смотреть и без отрезка.

# %%
rounds, k = LinearRounds([3, -1, -1]), np.arange(1, 1001)


def falls(method):
    """The share of steps after which √v̂_k/α_k is smaller than before."""
    v_hat = run(method, rounds, [0.0], steps=1000, watch="v_hat", **setting)[1:, 0]
    return (np.diff(v_hat**0.5 * k**0.5) < 0).mean()


table({"": ["Adam", "AMSGrad"], "P(√v̂ₖ/αₖ ↓)": [falls(adam), falls(amsgrad)]},
      {"P(√v̂ₖ/αₖ ↓)": ".3f"})  # fmt: skip

# %%
for draw in oracles:
    check("S12.7", ends[draw, "AMSGrad"], below=-0.9, of=draw)

# %% [markdown]
# **Вердикт (S12.7): верно.** AMSGrad чинит контрпример: и по порядку, и наугад он приходит к $-1$. У Adam же $\sqrt{\hat v_k} / \alpha_k$ убывает два раза из трёх — столько, сколько раз за период приходит маленький наклон.
#
# ### Три AMSGrad · 8 мин дома
#
# В статье поправки на смещение нет. В torch и optax она есть, но в разных местах: torch берёт максимум сырого $v$ и делит его на $1 - \beta_2^k$ после, optax берёт максимум уже исправленного $\hat v$.

# %%
amsgrad_torch = variant(
    adam,
    ("m = v = 0", "m = v = v_max = 0"),
    ("v_hat = v / (1 - beta2**k)",
     "v_max = maximum(v_max, v)\n        v_hat = v_max / (1 - beta2**k)"),
    name="amsgrad_torch",
)  # fmt: skip
amsgrad_optax = variant(
    adam,
    ("m = v = 0", "m = v = v_hat = 0"),
    ("v_hat = v / (1 - beta2**k)", "v_hat = maximum(v_hat, v / (1 - beta2**k))"),
    name="amsgrad_optax",
)
diff(amsgrad_torch, amsgrad_optax)

# %% [markdown]
# Сначала убедимся, что под именем `torch` и правда он: один и тот же поток градиентов, 200 шагов.

# %%
variants = {
    "Adam": adam, "paper": amsgrad, "torch": amsgrad_torch, "optax": amsgrad_optax
}  # fmt: skip

# %% tags=["needs-torch"]
import torch

stream = np.random.default_rng(SEED).normal(size=(200, 5)) * np.geomspace(3, 0.1, 200)[:, None]
x = torch.zeros(5, dtype=torch.float64)
optimizer = torch.optim.Adam([x], lr=0.01, amsgrad=True)
for g in stream:
    x.grad = torch.tensor(g)
    optimizer.step()

ours = [run(m, LinearRounds(stream), [0.0], steps=200, alpha=0.01)[-1] for m in variants.values()]
apart = [abs(end[:, 0] - x.numpy()).max() for end in ours]
ends = [run(projected(m), rounds, [1.0], steps=1000, **setting)[-1, 0] for m in variants.values()]
table({"": [*variants], "max |x − x_torch|": apart, "(3, −1, −1): x_K": ends},
      {"max |x − x_torch|": ".0e", "(3, −1, −1): x_K": "+.2f"})  # fmt: skip

# %% [markdown]
# Совпадает до округления — и только он; рядом оказался Adam, а два других AMSGrad — далеко. На контрпримере (второй столбец, начало в худшей точке) справились все три. Теперь настоящая задача.

# %%
task = logistic(n=1000, d=20, lam=0.01, seed=SEED)
oracle = task.minibatch(1, range(SEED, SEED + 30))
kept = np.unique(np.r_[log_spaced(2000, 40)[1:], 1, 20])
options = {"x0": np.zeros(20), "steps": 2000, "keep": kept, "alpha": 0.01}
roots, errors = {}, {}
for name, method in variants.items():
    roots[name] = (run(method, oracle, watch="v_hat", **options) ** 0.5).mean(-1)
    errors[name] = problems.gap(task, run(method, oracle, **options))

early, end = np.searchsorted(kept, (20, 2000))
columns = {"√v̂, k = 1": [root[0].mean() for root in roots.values()],
           "√v̂, k = 2000": [root[end].mean() for root in roots.values()]}  # fmt: skip
bands = {f"f − f*, k = {kept[row]}": [rates.mean_band(error[row]) for error in errors.values()]
         for row in (early, end)}  # fmt: skip
table({"": [*variants], **columns, **bands},
      dict.fromkeys(columns, ".3f") | dict.fromkeys(bands, ".2e"))  # fmt: skip

# %% tags=["hide-input"]
left, right = plot.axes(2)
for name in variants:
    plot.mean(kept, roots[name], label=name, ax=left)
    plot.mean(kept, errors[name], ax=right)
for ax, title in ((left, r"$\sqrt{\hat v_k}$"), (right, "$f(x_k) - f^*$")):
    ax.set(xscale="log", yscale="log", xlabel="$k$", ylabel=title, title=title)

# %% [markdown]
# **Что увидели.**
#
# - `paper`: без поправки, поэтому начало — длинные шаги, как у `adam_raw`.
# - `torch`: почти неотличим от Adam. Сырое $v$ растёт от нуля и долго само себе максимум, так что «помнить максимум» начинает действовать поздно.
# - `optax`: $\hat v$ верен с первого шага, но шумен, и максимум навсегда запоминает самый большой ранний выброс. Знаменатель заметно больше (второй столбец), шаги во столько же раз короче: медленнее в пути, ниже в шаре шума.
#
# «Включить AMSGrad» — это три разных метода, и сравнение с Adam при одном $\alpha$ измеряет в основном длину шага.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Предельный цикл: постоянный шаг без всякого шума · 8 мин на паре
#
# Ещё проще: $f(x) = \frac12 x^2$, шума нет, $\alpha$ постоянный. Фольклор: «Adam кружит около нуля на расстоянии $\alpha/2$».
#
# **Предскажите.** $f(x) = \frac12 x^2$, шума нет, $\alpha$ постоянно. Что сделает Adam с $\beta = (0.9, 0.999)$?
#
# - **A.** Сойдётся к нулю: шума нет.
# - **B.** Будет то затихать, то вспыхивать, примерно до $\alpha/4$.
# - **C.** Будет прыгать между $\pm\alpha/2$.
# - **D.** Будет прыгать между $\pm\alpha$: короче он не шагает.
#
# В таблице — наибольшее $|x_k|/\alpha$ за последние пять тысяч шагов: среднее по восьми начальным точкам, в скобках — от наименьшего до наибольшего. В столбце $\sigma = 10^{-30}$ та же парабола, но с шумом $\pm 10^{-30}$ в градиенте: $f$ — среднее двух парабол, чуть сдвинутых в разные стороны. В последнем — амплитуда цикла из двух точек $\pm a$, которую легко найти на бумаге.


# %%
def parabola(sigma):
    """½x² as the mean of two parabolas with minima at ±σ."""

    def shift(i):
        return sigma * (2.0 * i - 1)

    return FiniteSum(
        lambda x, i: (x[..., 0] - shift(i)) ** 2 / 2, lambda x, i: x - shift(i)[..., None], 2, 1,
        x_star=np.zeros(1), f_star=sigma**2 / 2,
    )  # fmt: skip


betas = [(0, 0.9), (0, 0.99), (0, 0.999), (0.5, 0.99), (0.9, 0.9), (0.9, 0.99), (0.9, 0.999)]
b1, b2 = np.array(betas).T[..., None]
starts = np.random.default_rng(SEED).uniform(0.5, 3, size=(8, 1))
K, alpha = 30_000, 0.01
sigmas = np.array([0.0, 1e-30])
oracle = parabola(sigmas[:, None, None]).minibatch(1, seed=range(SEED, SEED + 8))
x0 = np.broadcast_to(starts, (2, 1, 8, 1))
xs = run(adam, oracle, x0, steps=K, alpha=alpha, beta1=b1, beta2=b2)[..., 0]
orbits = dict(zip(sigmas, xs.swapaxes(0, 1), strict=True))

# %%
names = [f"({beta1:g}, {beta2:g})" for beta1, beta2 in betas]
sizes = [abs(orbit[-5000:]).max(0) / alpha for orbit in orbits.values()]
exact, noisy = (rates.Band(s.mean(-1), s.min(-1), s.max(-1)) for s in sizes)
table({"β₁, β₂": names, "σ = 0": exact, "σ = 1e-30": noisy,
       "(1 − β₁) / 2(1 + β₁)": ((1 - b1) / (2 * (1 + b1)))[:, 0]},
      dict.fromkeys(("σ = 0", "σ = 1e-30", "(1 − β₁) / 2(1 + β₁)"), ".3g"))  # fmt: skip

# %% tags=["hide-input"]
left, right = plot.axes(2, width=7)
for sigma, j in ((0.0, 0), (0.0, 6), (0.0, 2), (1e-30, 2)):
    size = np.log10(np.maximum(abs(orbits[sigma][::10, j, 0]) / alpha, 1e-323))
    label = rf"$\beta = {names[j]},\ \sigma = {'10^{-30}' if sigma else 0}$"
    left.plot(np.arange(0, K + 1, 10), size, label=label, lw=1.6)
left.set(xlabel="$k$", ylabel=r"$\log_{10} |x_k| / \alpha$", title=r"$|x_k|$")
left.figure.legend(loc="outside lower center", ncols=2)
right.plot(np.arange(K - 3000, K + 1), orbits[0.0][-3001:, 6, 0] / alpha, lw=1)
for level in (-0.5, 0.5):
    right.axhline(level, color=plot.INK, linestyle=":")
right.set(xlabel="$k$", ylabel=r"$x_k / \alpha$", title=rf"$\beta = {names[6]},\ \sigma = 0$")
_ = left.locator_params("x", nbins=4), right.locator_params("x", nbins=4)

# %%
for j in (0, 2, 6):
    check("S12.8", noisy[j], between=(0.45, 0.55), of=f"β = {names[j]}")

# %% [markdown]
# **Вердикт (S12.8): верно при условии.** Adam не сходится, но цикл у каждых $\beta$ свой. «Ровно $\alpha/2$» — это $\beta_1 = 0$. При $\beta$ по умолчанию метод долго падает, потом срывается и дальше то затихает, то вспыхивает, примерно до четверти $\alpha$ (правая панель); при $\beta = (0.5, 0.99)$ амплитуда больше самого $\alpha$, при $(0.9, 0.9)$ — сотые доли. Цикл из двух точек существует при любых $\beta$, но при $\beta_1 > 0$ метод его не держит: последний столбец верен только для $\beta_1 = 0$.
#
# А строка $(0, 0.999)$ при $\sigma = 0$? Там будто бы ноль. Это не сходимость, а конец чисел: $|x|$ дошёл до наименьших чисел двойной точности, где произведение $\alpha \hat m$ округляется в ноль, и метод застыл. Хватило шума $10^{-30}$, чтобы вернуть честные $\alpha/2$.
#
# **Ответ: B.** C — фольклор, и верен он только для $\beta_1 = 0$. D путает размах с шагом: от $-\alpha$ до $+\alpha$ — целых $2\alpha$. Да и шаг в $\alpha$ Adam делает, только пока градиенты почти одинаковы; у минимума они меняют знак, и $m$ мало.
#
# Говорите про цикл — называйте $\beta_1$, $\beta_2$, число шагов и как начинали.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Настоящее условие · 3 мин дома
#
# Почему метод не удерживается в нуле? Рядом с минимумом градиенты гаснут, $\hat v \to 0$, и эффективный шаг растёт до $\alpha/\varepsilon$. Это уже не Adam, а импульс с шагом $\alpha/\varepsilon$, и на параболе $\frac{c}{2} x^2$ он устойчив, только если
#
# $$\frac{\alpha}{\varepsilon}\, c < \frac{2(1+\beta_1)}{1-\beta_1}$$

# %%
betas, shares = [(0, 0.9), (0.5, 0.99), (0.9, 0.999)], np.array([0.9, 0.99, 1.01, 1.1])
b1, b2 = np.array(betas).T[..., None]
alpha = 0.1
eps = shares * alpha * (1 - b1) / (2 + 2 * b1)  # c = 1
xs = run(adam, problems.parabola(), [1.0], steps=K, keep=np.arange(K - 1000, K + 1),
         alpha=alpha, beta1=b1, beta2=b2, eps=eps)  # fmt: skip
sizes = abs(xs[..., 0]).max(0) / alpha
columns = {f"{share} ε*": column for share, column in zip(shares, sizes.T, strict=True)}
table({"β₁, β₂": [f"({beta1:g}, {beta2:g})" for beta1, beta2 in betas], **columns},
      dict.fromkeys(columns, ".1e"))  # fmt: skip

# %% [markdown]
# В таблице снова наибольшее $|x_k|/\alpha$, столбцы — разные доли граничного $\varepsilon^* = \alpha c\, (1-\beta_1) / (2 + 2\beta_1)$. Граница подтверждается с точностью до процента. При $\alpha = 10^{-3}$ и $\varepsilon = 10^{-8}$ левая часть неравенства равна $10^5 c$: с постоянным шагом Adam по умолчанию не сходится ни на какой параболе, если та не почти плоская. Убывающий $\alpha_k$ стягивает цикл вместе с шагом, а при настоящем шуме в градиентах цикла не видно за шаром шума. В сети та же граница решает, где окажется кривизна: [край устойчивости](11_edge_of_stability.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Карта $\beta_1 \times \beta_2$ · 8 мин дома
#
# **Утверждение слайда.** Adam очень хорошо работает на некоторых сложных задачах. О сложных — сетях — судим в [тетради о нейронных сетях](09_neural_networks.ipynb). Здесь — об одном удобстве: значения $\beta$ по умолчанию почти никогда не трогают. Измерим, насколько они важны: сетка $20 \times 20$ и восемь потоков батчей, 3200 запусков вместе. Задача простая, зато карта отвечает сразу.
#
# **Предскажите.** Один подобрал $\alpha$ и оставил $\beta$ по умолчанию, другой подобрал все три. Во сколько раз первый проиграет?
#
# - **A.** На порядок и больше: на карте есть очень плохие места.
# - **B.** В несколько раз: по умолчанию — не для этой задачи.
# - **C.** Меньше чем вдвое.

# %%
task, start, K = least_squares(n=100, d=2, seed=SEED), [-3, 3], 300
q1, q2 = np.geomspace(1e-2, 1, 20), np.geomspace(1e-4, 1, 20)  # 1 − β₁, 1 − β₂


def final(alpha, beta1, beta2, seeds):
    """f(x_k) − f*, the mean of the last 21 iterations; seeds last."""
    oracle = task.minibatch(2, seeds)
    beta1, beta2 = (np.asarray(b, dtype=float)[..., None] for b in (beta1, beta2))
    last = np.arange(K - 20, K + 1)
    xs = run(adam, oracle, start, steps=K, keep=last, alpha=alpha, beta1=beta1, beta2=beta2)
    return problems.gap(task, xs).mean(0)


choosing = range(SEED, SEED + 8)


# %% tags=["hide-input"]
def sensitivity(alpha):
    z = final(alpha, 1 - q1, 1 - q2[:, None], choosing).mean(-1)
    default = z[np.abs(q2 - 1e-3).argmin(), np.abs(q1 - 0.1).argmin()]
    with np.errstate(all="ignore"):
        shade = np.log10(z)
    x, y = Axis("1 − β₁", 1e-2, 1, log=True), Axis("1 − β₂", 1e-4, 1, log=True)
    panel = Panel("f − f*", x, y, [dots([0.1], [1e-3], "#D55E00", size=8)], heat(shade, -2, 1))
    text = f"f − f*: min = {z.min():.3g},  β = (0.9, 0.999): {default:.3g}"
    return [panel, heat_scale("f − f*", 1e-2, 10, log=True)], text


live(sensitivity, alpha=(0.1, Log(1e-3, 3)))

# %%
alphas, fresh = np.geomspace(0.01, 1, 9), range(SEED + 500, SEED + 700)
maps = np.array([final(alpha, 1 - q1, 1 - q2[:, None], choosing).mean(-1) for alpha in alphas])
i, j = np.divmod(maps.reshape(len(alphas), -1).argmin(1), len(q1))
best = final(alphas[:, None], 1 - q1[j], 1 - q2[i], fresh)
default = final(alphas[:, None], 0.9, 0.999, fresh)
near = (maps < 3 * maps.min((1, 2), keepdims=True)).mean((1, 2))
columns = {"min β": rates.mean_band(best), "β = (0.9, 0.999)": rates.mean_band(default)}
table({"α": alphas, "β₁*": 1 - q1[j], "β₂*": 1 - q2[i], **columns, "< 3 min": near},
      {"α": ".3f", "β₁*": ".3f", "β₂*": ".4f", "< 3 min": ".2f"}
      | dict.fromkeys(columns, ".2e"))  # fmt: skip

# %%
alone = final(alphas[:, None], 0.9, 0.999, choosing).mean(-1).argmin()
joint = maps.min((1, 2)).argmin()
check("S12.9", rates.ratio_band(default[alone], best[joint]), below=2,
      of="β = (0.9, 0.999), min α / min α, β")  # fmt: skip

# %% [markdown]
# **Вердикт (S12.9): верно.** Подобрать один $\alpha$ и оставить $\beta$ по умолчанию — почти то же, что подобрать все три: проигрыш меньше чем вдвое. Само же $\alpha$ меняет итог на порядок и больше. При $\alpha$, с которым за $K$ шагов можно дойти, карта — плато: немалая часть сетки проигрывает лучшей точке не более чем втрое (последний столбец). При слишком малом $\alpha$ выгодны другие $\beta$ — те, с которыми метод разгоняется. Вывод: подбирайте $\alpha$, $\beta$ — потом.
#
# **Ответ: C.** A путает плохие $\beta$ с теми, что по умолчанию: они лежат на плато. (Оранжевая точка на карте — они и есть.)
#
# Плохое место на карте — верхний край, $\beta_2 = 0$ при $\beta_1 > 0$. Там знаменатель — модуль одного последнего градиента, а числитель помнит прежние: стоит градиенту случайно оказаться почти нулевым, и шаг огромен. Теоремы о сходимости этот край исключают: в них $\beta_1 < \sqrt{\beta_2}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Почему для языка лучше, чем для картинок?» · 2 мин дома
#
# Слайд спрашивает, почему Adam так сильно обгоняет SGD на языковых моделях и куда слабее — на картинках. Долго подозревали шум с тяжёлыми хвостами. Сегодня главный кандидат другой: тяжёлый хвост у **меток**. Большинство слов редкие; у градиентного спуска потери на них почти не убывают, а Adam выравнивает шаги между частыми и редкими. Так у Кунстнера и соавторов (2024). Спор ещё идёт; что из этого видно на маленьких моделях и что не показано, — в [тетради «Почему Adam»](10_why_adam.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ваш оптимизатор рядом с Adam · 5 мин дома
#
# Оптимизаторов сотни, и каждый обещает обогнать Adam. Почти любой класс `torch.optim`, почти любая функция optax и ваш собственный класс становятся методом курса: числа из конструктора — его гиперпараметры, под буквами слайдов, если значат то же самое. Дальше всё как обычно: `run`, `explore`, `tune.compare`. Кого получилось принять, а кому отказано и почему, перечислено в `notebooks/OPTIMIZERS.md`.
#
# Вот метод, который шагает по знаку момента.


# %% tags=["needs-torch"]
from course_lib import libraries


class Signum(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.9):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for x in group["params"]:
                m = self.state[x].setdefault("m", torch.zeros_like(x))
                m.lerp_(x.grad, 1 - group["momentum"])
                x -= group["lr"] * m.sign()


# %% [markdown]
# **Предскажите.** Какой шаг делает `Signum` рядом с минимумом, где градиент — почти один шум?
#
# - **A.** Короткий: рядом с минимумом мал градиент.
# - **B.** Ровно $\alpha$ по каждой координате, как и вдали.
# - **C.** Короткий, как у Adam: знаки градиента чередуются, и $m$ близок к нулю.

# %% tags=["needs-torch"]
signum = libraries.torch(Signum)
noisy = line_fit(seed=SEED).minibatch(2, seed=SEED)
explore([adam, signum], noisy, [5.5, 1.5], steps=40, alpha=0.1)

# %% [markdown]
# **Ответ: B.** От $m$ берётся только знак: близок он к нулю или нет, шаг тот же. A верно для SGD. C верно для Adam: там $\hat m$ делится не на свой модуль, а на $\sqrt{\hat v}$, и если градиент — независимый шум, шаг получается длиной около $\alpha \sqrt{(1-\beta_1)/(1+\beta_1)}$, то есть $0.23\,\alpha$. Поэтому у `Signum` при том же $\alpha$ шар шума шире. Поставьте на место `Signum` свой класс или любой другой: `libraries.torch(torch.optim.NAdam)`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 40 мин дома
#
# **1.** При каких $\beta_1$, $\beta_2$ первый шаг без поправки короче, чем с поправкой? А при каких он короче всегда, при любом $k$? Сначала неравенство, потом проверка на сетке.

# %% tags=["exercise"]
k = np.arange(1, 5001)
betas = [(0.9, 0.999), (0.9, 0.98), (0.9, 0.95), (0.9, 0.9), (0.5, 0.9), (0.99, 0.999)]

# %% [markdown] tags=["solution"]
# **Решение.** При $k = 1$ отношение равно $(1-\beta_1)/\sqrt{1-\beta_2}$, оно меньше единицы, когда $(1-\beta_1)^2 < 1-\beta_2$, то есть $\beta_2 < 1 - (1-\beta_1)^2 = \beta_1(2 - \beta_1)$. При любом $k$: нужно $(1-\beta_1^k)^2 < 1 - \beta_2^k$, то есть $\beta_2^k < 2\beta_1^k - \beta_1^{2k}$. При больших $k$ правая часть ведёт себя как $2\beta_1^k$, поэтому необходимо $\beta_2 \le \beta_1$; и этого достаточно, потому что $\beta_1^k < 2\beta_1^k - \beta_1^{2k}$.

# %% tags=["solution"]
b1, b2 = np.array(betas).T[..., None]
factor = (1 - b1**k) / (1 - b2**k) ** 0.5
table({"β₁": b1[:, 0], "β₂": b2[:, 0], "k = 1": factor[:, 0], "max": factor.max(1),
       "β₁(2 − β₁)": (b1 * (2 - b1))[:, 0]},
      {"k = 1": ".3f", "max": ".3f", "β₁(2 − β₁)": ".4f"})  # fmt: skip

# %% [markdown]
# **2.** Откуда на карте граница $P \approx 2/\sqrt{1-\beta_2}$? Пусть $\beta_1 = 0$, $C = P$, $1 \ll P \ll 1/(1-\beta_2)$. Разложите `drift` до первого порядка по $(1-\beta_2)P$ и проверьте ответ.

# %% tags=["exercise"]
drift(100, 100, 0.0, 0.9999)

# %% [markdown] tags=["solution"]
# **Решение.** За период $v$ почти постоянно: $v_j \approx \bar v \left(1 + (1-\beta_2)\left(\frac P2 - j\right)\right)$, $\bar v \approx P$. Сразу после большого наклона $1/\sqrt{v_0} \approx \frac{1}{\sqrt{\bar v}} \left(1 - \frac{(1-\beta_2)P}{4}\right)$, а по остальным $P - 1$ шагам поправки в сумме почти сокращаются. Сдвиг в худшую сторону, когда $P \left(1 - \frac{(1-\beta_2) P}{4}\right) < P - 1$, то есть $(1-\beta_2) P^2 > 4$.

# %% tags=["solution"]
b2 = [0.99, 0.999, 0.9999, 0.99999]
periods = [next(P for P in range(3, 2000) if drift(P, P, 0.0, beta2) > 0) for beta2 in b2]
table({"β₂": b2, "P": periods, "P √(1 − β₂)": periods * (1 - np.array(b2)) ** 0.5},
      {"P √(1 − β₂)": ".3f"})  # fmt: skip

# %% [markdown]
# **3.** Почините контрпример, не трогая ни метод, ни его $\beta$: в конечной сумме из трёх функций возьмите батч побольше. При каком $B$ (без возвращения) Adam пойдёт к $-1$? Почему?

# %% tags=["exercise"]
c = np.array([3.0, -1.0, -1.0])
three = FiniteSum(lambda x, i: c[i] * x[..., 0], lambda x, i: c[i][..., None] + 0 * x, 3, 1)

# %% [markdown] tags=["solution"]
# **Решение.** Уже при $B = 2$. Пары дают средний наклон $+1$ с вероятностью $\frac23$ и $-1$ с вероятностью $\frac13$: модули равны, деление на $\sqrt{\hat v}$ ничего не искажает, и большинство тянет в верную сторону. Усреднение до деления возвращает несмещённость, деление до усреднения её отнимает.

# %% tags=["solution"]
options = {"beta1": 0.0, "beta2": 0.1, "alpha": lambda k: 0.5 / k**0.5}
batches = [1, 2, 3]
ends = [
    run(projected(adam), three.minibatch(B, range(SEED, SEED + 100), replace=False), [0.0],
        steps=3000, keep=[3000], **options)[0, :, 0]
    for B in batches
]  # fmt: skip
table({"B": batches, "x_K": rates.mean_band(ends)})

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - Шляпки исправляют смещение точно: $\mathbb{E}\, v_k = (1-\beta_2^k)\, \mathbb{E}\, g^2$. Без них первые шаги при обычных $\beta$ длиннее, а не короче, — до шести с половиной раз. С подобранным $\alpha$ результат без них не хуже.
# - При $\beta_1 = 0$ Adam без шляпок — это RMSProp, а со шляпками, при $\beta_2 \to 1$ и шаге $\alpha/\sqrt k$, — AdaGrad.
# - $\varepsilon$ внутри корня и снаружи — разные методы, как только $|g|$ опускается до $\sqrt\varepsilon$.
# - Контрпример верен: на трёх линейных функциях Adam с короткой памятью сходится к худшей точке, и по порядку, и наугад. При $\beta$ по умолчанию для этого нужен редкий и очень крупный градиент; чем ближе $\beta_2$ к единице, тем он должен быть реже и крупнее.
# - AMSGrad это чинит. В статье, torch и optax под этим именем три разных метода.
# - С постоянным $\alpha$ Adam не сходится и на $\frac12 x^2$ без шума; $\alpha/2$ — амплитуда цикла только при $\beta_1 = 0$.
# - Подбирать сначала $\alpha$: $\beta$ по умолчанию лежат на широком плато. Так ли хорош Adam на сложных задачах — в [тетради о сетях](09_neural_networks.ipynb).
#
# ### Литература
#
# - D. P. Kingma, J. Ba. [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980). ICLR, 2015.
# - S. J. Reddi, S. Kale, S. Kumar. [On the Convergence of Adam and Beyond](https://arxiv.org/abs/1904.09237). ICLR, 2018.
# - S. Bock, M. Weiß. [Non-Convergence and Limit Cycles in the Adam Optimizer](https://arxiv.org/abs/2210.02070). ICANN, 2019.
# - Y. Zhang et al. [Adam Can Converge Without Any Modification On Update Rules](https://arxiv.org/abs/2208.09632). NeurIPS, 2022.
# - F. Kunstner et al. [Heavy-Tailed Class Imbalance and Why Adam Outperforms Gradient Descent on Language Models](https://arxiv.org/abs/2402.19449). NeurIPS, 2024.
