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
# **Время на семинаре:** 60 минут. **Слайды:** S12.

# %%
from itertools import count

import numpy as np
import torch

from course_lib import (
    FiniteSum,
    LeastSquares,
    adam,
    amsgrad,
    diff,
    explore,
    least_squares,
    line_fit,
    live,
    log_spaced,
    logistic,
    plot,
    problems,
    rates,
    rmsprop,
    run,
    show,
    tune,
)
from course_lib.arrays import maximum
from course_lib.explorer.knobs import Linear, Log
from course_lib.explorer.scene import Axis, Panel, dots, heat, heat_scale, line
from course_lib.methods import at
from course_lib.problems.online import LinearRounds, projected

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S12. Метод
#
# Adam помнит два скользящих средних: градиента — $m$ и его квадрата — $v$. Оба начинаются с нуля, и обоим это потом исправляют.
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
# ### Внутренние векторы вживую
#
# Справа — внутренний вектор метода, координата за координатой; какой именно, решает список с `v_hat`.
#
# **Предскажите.** С какого значения начинается $v$? А $\hat v$? Кто из них быстрее забудет первые, большие градиенты? Сравните `v` с `v_hat` и `m` с `m_hat`, потом выберите `|Δx|`: чему равен самый первый шаг по каждой координате?

# %%
problem = line_fit(n=100, seed=0)
x0 = np.array([5.5, 1.5])
explore(adam, problem.minibatch(2, seed=0), x0, alpha=0.1, steps=200, watch="v_hat")

# %% [markdown]
# $\hat v_1 = g_1^2$ и $\hat m_1 = g_1$, поэтому первый шаг по каждой координате равен $\alpha$ — каким бы ни был градиент, лишь бы он был намного больше $\varepsilon$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Зачем шляпки
#
# **Утверждение слайда.** Средние, начатые с нуля, смещены, и шляпки исправляют смещение. Если распределение градиента не меняется, то
#
# $$\mathbb{E}\, m_k = (1 - \beta_1^k)\, \mathbb{E}\, g, \qquad \mathbb{E}\, v_k = (1 - \beta_2^k)\, \mathbb{E}\, g^2$$
#
# Чтобы распределение и правда не менялось, поставим $\alpha = 0$: метод стоит на месте, а батчи идут. $\mathbb{E}\, g$ и $\mathbb{E}\, g^2$ для батча известны точно.
#
# **Предскажите.** Какую долю настоящего $\mathbb{E}\, g^2$ показывает $v$ через 100 шагов при $\beta_2 = 0.999$?

# %%
one = np.array([problem.grad_batch(x0, np.array([i])) for i in range(problem.n)])
exact = {"m": one.mean(0), "v": one.mean(0) ** 2 + one.var(0) / 2}  # B = 2, with replacement

oracle, steps = problem.minibatch(2, range(500)), 3000
kept = np.unique(np.r_[log_spaced(steps, 40)[1:], 10, 100])
for (letter, truth), beta, ax in zip(exact.items(), (0.9, 0.999), plot.axes(2), strict=True):
    for j, name in enumerate((letter, letter + "_hat")):
        inner = run(adam, oracle, x0, steps=steps, at=kept, watch=name, alpha=0.0)
        mean, low, high = rates.mean_band((inner / truth)[..., 1])
        ax.plot(kept, mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
                label=[f"${letter}$", rf"$\hat {letter}$"][j])  # fmt: skip
        ax.fill_between(kept, low, high, color=plot.COLORS[j], alpha=0.25, lw=0)
        for k in (10, 100) if name == "v" else ():
            i = np.searchsorted(kept, k)
            print(f"v, k = {k:3}: {mean[i]:.4f} [{low[i]:.4f}, {high[i]:.4f}]"
                  f"   1 − β₂^k = {1 - beta**k:.4f}")  # fmt: skip
    ax.plot(kept, 1 - beta**kept, ".", color="gray", markersize=7, label=r"$1 - \beta^k$")
    ax.set(xscale="log", xlabel="$k$", ylabel=rf"$\mathbb{{E}}\,{letter}_k$ / $\mathbb{{E}}\,g$"
           + ("²" if letter == "v" else ""))  # fmt: skip
    ax.legend()

# %% [markdown]
# **Что увидели.** Подтверждается. $v$ показывает лишь долю $1 - \beta_2^k$ от правды, и при $\beta_2 = 0.999$ это надолго — на тысячи шагов; $m$ догоняет за десятки. $\hat m$ и $\hat v$ верны с первого шага.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Шаг без поправки
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
# **Предскажите.** Первые шаги без поправки будут короче или длиннее? Во сколько раз? Числитель занижен, но и знаменатель тоже.
#
# Отношение шагов на одних и тех же градиентах от самих градиентов не зависит: оно равно $(1-\beta_1^k) / \sqrt{1-\beta_2^k}$. Проверим на случайных: точки — измеренное, линии — формула.

# %%
slopes = np.random.default_rng(0).normal(size=5000)
betas = [(0.9, 0.999), (0.0, 0.999), (0.9, 0.99), (0.9, 0.9)]
b1, b2 = np.array(betas).T
raw, corrected = (
    np.diff(
        run(method, LinearRounds(slopes), [0.0], steps=5000, beta1=b1, beta2=b2, eps=0.0), axis=0
    )
    for method in (adam_raw, adam)
)
ratio = (raw / corrected)[..., 0]
k = np.arange(1, 5001)

ax = plot.axes()
for j, (beta1, beta2) in enumerate(betas):
    factor = (1 - beta1**k) / (1 - beta2**k) ** 0.5
    ax.loglog(k, factor, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
              label=rf"$\beta = ({beta1:g}, {beta2:g})$")  # fmt: skip
    shown = log_spaced(4999, 12)[1:]
    ax.plot(k[shown], ratio[shown, j], "o", color=plot.COLORS[j], markersize=6)
    off = k[abs(factor - 1) > 0.05]
    print(f"β = ({beta1:g}, {beta2:g}):  k = 1: {ratio[0, j]:6.3f}   max: {ratio[:, j].max():6.3f}"
          f" (k = {k[ratio[:, j].argmax()]})   5 %: k > {off[-1]}")  # fmt: skip
ax.set(xlabel="$k$", ylabel=r"$|\Delta x_k|:\ (m, v)\, /\, (\hat m, \hat v)$")
_ = ax.legend()

# %% [markdown]
# **Что увидели.** Длиннее, и сильно: при $\beta$ по умолчанию сначала втрое, потом больше чем вшестеро, и до разницы в 5 % проходит больше двух тысяч шагов. Причина в том, что $v$ догоняет правду медленнее, чем $m$: $\beta_2$ ближе к единице. При $\beta_1 = \beta_2$ картина обратная — шаги без поправки короче.
#
# Частое объяснение «без поправки шаги были бы слишком малы» при обычных $\beta$ неверно: поправка не подталкивает метод, а придерживает.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Старт в минимуме
#
# Что делают длинные шаги, лучше всего видно там, где идти некуда. Начнём **в** $x^*$ и посмотрим, как далеко метод оттуда уйдёт.
#
# **Предскажите.** Во сколько раз потери без поправки больше на первом шаге? Чем всё кончится?


# %%
def from_minimum(method, alpha, steps=3000, seeds=500):
    """Iterations kept and f(x_k) − f* (kept, seeds) of runs that start at x*."""
    task = least_squares(n=100, d=2, seed=0)
    kept = np.unique(np.r_[log_spaced(steps, 30)[1:], 1, 20, 100])
    xs = run(
        method, task.minibatch(2, range(seeds)), task.x_star, steps=steps, at=kept, alpha=alpha
    )
    return kept, problems.gap(task, xs)


ax = plot.axes()
bands = {}
for j, (label, method) in enumerate([(r"$\hat m, \hat v$", adam), ("$m, v$", adam_raw)]):
    kept, error = from_minimum(method, alpha=0.01)
    mean, low, high = rates.mean_band(error)
    bands[j] = mean, low, high
    ax.loglog(kept, mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None), label=label)
    ax.fill_between(kept, low, high, color=plot.COLORS[j], alpha=0.25, lw=0)
ax.set(xlabel="$k$", ylabel=r"$\mathbb{E}\,f(x_k) - f^*,\ x_0 = x^*$")
ax.legend()

for i in np.searchsorted(kept, (1, 20, 100, 3000)):
    cells = [f"{m[i]:.2e} [{a[i]:.2e}, {b[i]:.2e}]" for m, a, b in bands.values()]
    print(f"k = {kept[i]:4}:  {cells[0]}   {cells[1]}   {bands[1][0][i] / bands[0][0][i]:5.1f}")

# %% [markdown]
# **Что увидели.** Первый шаг длиннее в $\sqrt{10}$ раз, поэтому потери больше ровно в 10 раз; потом разрыв растёт, а через пару тысяч шагов оба метода сидят в одном и том же [шаре шума](03_sgd.ipynb).
#
# Значит ли это, что с поправкой лучше? Дадим обоим одинаковое число попыток подобрать $\alpha$.

# %%
task = logistic(n=1000, d=20, lam=0.01, seed=0)
for steps in (100, 300):
    print(f"K = {steps}")
    print(tune.compare({"m_hat, v_hat": adam, "m, v": adam_raw}, task, np.zeros(20), steps,
                       grid=tune.log_grid(1e-3, 1, 4), seeds=range(10), fresh=range(100, 200)))  # fmt: skip

# %% [markdown]
# **Что увидели.** С подобранным $\alpha$ проигрыша нет: лучшее $\alpha$ без поправки меньше, а результат не хуже. На 300 шагах он даже лучше: длинные шаги в начале и короткие потом — это убывающее расписание, которое досталось бесплатно. Поправка нужна не для скорости, а чтобы $\alpha$ означало длину шага с первой же итерации.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## $\varepsilon$: внутри или снаружи
#
# > **Оговорка к слайдам.** На одном кадре S12 под корнем стоит $\sqrt{\hat v + \varepsilon}$, на остальных — $\sqrt{\hat v} + \varepsilon$. У нас, в статье и в torch — снаружи. В AdaGrad, RMSProp и Adadelta на слайдах $\varepsilon$ внутри.
#
# **Предскажите.** $\varepsilon = 10^{-8}$ в обоих случаях. При каком $|g|$ первый шаг станет заметно короче $\alpha$?


# %%
def adam_inside(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (v_hat + eps) ** 0.5


g = np.geomspace(1e-11, 1, 60)
forms = {r"$\sqrt{\hat v} + \varepsilon$": adam, r"$\sqrt{\hat v + \varepsilon}$": adam_inside}
ax = plot.axes()
for j, (label, method) in enumerate(forms.items()):
    first = run(method, LinearRounds(g[None]), [0.0], steps=1, alpha=1.0)[1, :, 0]
    ax.loglog(g, -first, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None), label=label)
ax.set(xlabel="$|g|$", ylabel=r"$|\Delta x_1|\ /\ \alpha$")
_ = ax.legend()

# %% [markdown]
# Снаружи $\varepsilon$ сравнивают с $|g|$, внутри — с $g^2$: там $10^{-8}$ работает как $10^{-4}$ снаружи. Теперь умножим функцию на $c$ — с точки зрения задачи не изменилось ничего, Adam при $\varepsilon = 0$ этого бы не заметил.

# %%
task = least_squares(n=100, d=2, seed=0)
print(f"{'c':>6} {'√v̂ + ε':>29} {'√(v̂ + ε)':>31}")
for c in (1.0, 1e-2, 1e-4, 1e-6, 1e-8):
    scaled = LeastSquares(c**0.5 * task.A, c**0.5 * task.y)
    cells = []
    for method in (adam, adam_inside):
        xs = run(method, scaled.minibatch(2, range(200)), [-3, 3], steps=300, at=[300], alpha=0.1)
        mean, low, high = (v / c for v in rates.mean_band(problems.gap(scaled, xs[0])))
        cells.append(f"{mean:.2e} [{low:.2e}, {high:.2e}]")
    print(f"{c:6.0e} {cells[0]:>30} {cells[1]:>30}")

# %% [markdown]
# **Что увидели.** Пока градиенты порядка единицы, место $\varepsilon$ безразлично. При градиентах порядка $10^{-4}$ шаги с $\varepsilon$ внутри уже заметно короче (и шар шума поменьше), а дальше эта форма перестаёт быть Adam и превращается в градиентный спуск с импульсом и крошечным шагом. Тот же конец ждёт и форму снаружи, только на четыре порядка дальше. Переносите код из одной библиотеки в другую — проверьте, где в ней $\varepsilon$ и каковы ваши градиенты.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Выпуклая задача, на которой Adam не сходится
#
# **Утверждение слайда.** Adam не сходится на некоторых простых задачах, даже выпуклых. Это теорема 1 из статьи Редди, Кейла и Кумара (2018): на отрезке $[-1, 1]$ по очереди появляются линейные функции
#
# $$f_k(x) = \begin{cases} C x, & k \bmod 3 = 1, \\ -x, & k \bmod 3 \ne 1, \end{cases} \qquad \beta_1 = 0,\quad \beta_2 = \frac{1}{1 + C^2},\quad \alpha_k = \frac{\alpha}{\sqrt k}$$
#
# При $C > 2$ средняя функция $\frac{C-2}{3}\, x$ возрастает: лучшая точка $-1$, худшая $+1$. Метод называет $x_{k-1}$, платит $f_k(x_{k-1})$ и только потом узнаёт наклон. Плохо ли он играл, скажет средний regret — сколько в среднем за ход он переплатил по сравнению с лучшей постоянной точкой:
#
# $$\frac{R_K}{K} = \frac1K \left( \sum_{k=1}^{K} f_k(x_{k-1}) - \min_{u \in [-1, 1]} \sum_{k=1}^{K} f_k(u) \right)$$
#
# У хорошего метода он стремится к нулю. Методы библиотеки об отрезке не знают, поэтому каждую точку возвращает на отрезок `projected`; сам метод остаётся библиотечным.

# %%
show(projected)

# %% [markdown]
# **Предскажите.** $C = 3$, начало в лучшей точке $x_0 = -1$. Где будет Adam через тысячу шагов? А AMSGrad, который мы разберём ниже?

# %%
C, x_start = 3.0, [[-1.0], [0.0], [1.0]]
rounds = LinearRounds([C, -1, -1])
setting = {"beta1": 0.0, "beta2": 1 / (1 + C**2), "alpha": lambda k: 0.5 / k**0.5}

k, (left, right) = np.arange(1, 1001), plot.axes(2)
for j, method in enumerate((adam, amsgrad, adam_raw)):
    xs = run(projected(method), rounds, x_start, steps=1000, **setting)
    x, regret = xs[1:, :, 0], rounds.regret(xs)
    for i in range(3) if method is not adam_raw else ():
        style = {"color": plot.COLORS[j], "dashes": plot.DASHES[j] or (None, None), "lw": 1.5}
        label = method.__name__ if i == 0 else None
        left.semilogx(k, x[:, i], label=label, **style)
        right.semilogx(k, regret[:, i], label=label, **style)
    first = [k[x[:, i] == 1][0] if (x[:, i] == 1).any() else "-" for i in range(3)]
    print(f"{method.__name__:8} x_K = {x[-1].round(2)}   R_K/K = {regret[-1].round(3)}"
          f"   xₖ = +1: k = {first[0]}, {first[1]}, {first[2]}")  # fmt: skip
left.set(xlabel="$k$", ylabel="$x_k$")
right.set(xlabel="$k$", ylabel="$R_K / K$")
_ = left.legend(loc="center right"), right.legend()

# %% [markdown]
# **Что увидели.** Откуда ни начни — даже из лучшей точки, — Adam уходит в худшую и остаётся там; средний regret не убывает, а приходит к $\frac{2(C-2)}{3}$, то есть хуже быть не может. Подтверждается. В статье у Adam нет шляпок; третья строка (`adam_raw`) показывает, что дело не в них.
#
# Почему — видно на одном периоде. Вот три шага установившегося режима при постоянном $\alpha$, в его долях:

# %%
constant = {"beta1": 0.0, "beta2": 1 / (1 + C**2), "alpha": 1.0}
for method in (adam, amsgrad):
    moves = np.diff(run(method, rounds, [0.0], steps=300, **constant)[-4:, 0])
    print(f"{method.__name__:8} c = +3: {moves[0]:+.3f}   c = −1: {moves[1]:+.3f}"
          f"   c = −1: {moves[2]:+.3f}   Σ = {moves.sum():+.3f}")  # fmt: skip

# %% [markdown]
# Большой наклон сам же раздувает знаменатель в тот момент, когда делится на него: втрое больший градиент даёт почти такой же шаг, как маленький. Двух шагов в неверную сторону он не перевешивает. Короткая память забывает большой наклон раньше, чем приходят маленькие; AMSGrad не забывает.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Это не каприз порядка
#
# Те же три функции — обычная конечная сумма с $n = 3$, номер $i_k$ выбирается случайно, как в S2.
#
# **Предскажите.** Поможет ли случайный порядок?

# %%
c = np.array([3.0, -1.0, -1.0])
three = FiniteSum(
    lambda x, i: c[i] * x[..., 0], lambda x, i: c[i][..., None] + 0 * x, 3, 1, f_star=-1 / 3
)
oracles = {"∪": three.minibatch(1, range(100)), "⟳": three.reshuffle(1, range(100))}
for sign, oracle in oracles.items():
    for method in (adam, amsgrad):
        xs = run(projected(method), oracle, [-1.0], steps=3000, at=np.arange(2500, 3001), **setting)
        mean, low, high = rates.mean_band(xs[..., 0].mean(0))
        print(f"{sign} {method.__name__:8} x = {mean:+.3f} [{low:+.3f}, {high:+.3f}]")

# %% [markdown]
# Нет — ни выбор с возвращением (`∪`), ни перемешивание раз в эпоху (`⟳`). Среднее трёх линейных функций на отрезке, $\mathbb{E}\, g = \nabla f$, шаг убывает по всем правилам — и Adam с $\beta = (0, 0.1)$ сходится к максимуму. Несмещённость градиента не спасает: Adam делит его на величину, которая с ним связана, и в среднем идёт уже не вдоль $\mathbb{E}\, g$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Где проходит граница
#
# Пугаться рано: $\beta_2 = 0.1$ никто не ставит. Пусть период $P$ любой: один раз $C$, потом $P - 1$ раз $-1$. В установившемся режиме через $j = 0, \ldots, P-1$ шагов после большого наклона
#
# $$m = (C+1)\, p_j(\beta_1) - 1, \qquad v = (C^2-1)\, p_j(\beta_2) + 1, \qquad p_j(\beta) = \frac{(1-\beta)\, \beta^j}{1 - \beta^P},$$
#
# и сдвиг за период — сумма $-\alpha\, m / \sqrt v$. Формула точная; сверим её с методом.


# %%
def drift(C, P, beta1, beta2):
    """Δx/α over one period of (C, −1, …, −1) long after the start; arrays broadcast."""
    C, beta1, beta2 = (np.asarray(a, dtype=float)[..., None] for a in (C, beta1, beta2))
    j = np.arange(P)
    share1, share2 = ((1 - beta) * beta**j / (1 - beta**P) for beta in (beta1, beta2))
    return -(((C + 1) * share1 - 1) / ((C**2 - 1) * share2 + 1) ** 0.5).sum(-1)


for C, P, beta1, beta2 in ((3, 3, 0, 0.1), (3, 3, 0.9, 0.999), (20, 7, 0.5, 0.9)):
    xs = run(adam, LinearRounds(np.r_[C, -np.ones(P - 1)]), [0.0], steps=20_000 // P * P,
             alpha=1.0, beta1=beta1, beta2=beta2, eps=0.0)[:, 0]  # fmt: skip
    print(f"C = {C:2}, P = {P}, β = ({beta1}, {beta2}):"
          f"  {xs[-1] - xs[-1 - P]:+.6f} = {drift(C, P, beta1, beta2):+.6f}")  # fmt: skip

# %% [markdown]
# **Предскажите.** $C = 3$, период 3. При каких $\beta_2$ Adam идёт в неверную сторону? Что даст $\beta_1 = 0.9$? А $C = 2$?

# %%
b2 = np.array([0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.99, 0.999])
print(f"{'β₂':>14}" + "".join(f"{b:8g}" for b in b2))
for C, beta1 in ((3, 0.0), (3, 0.9), (10, 0.0), (2, 0.0)):
    print(f"C = {C:2}, β₁ = {beta1}" + "".join(f"{s:+8.3f}" for s in drift(C, 3, beta1, b2)))

# %% [markdown]
# Плюс — в худшую точку. При $C = 3$ хватает $\beta_2 = 0.5$, чтобы контрпример перестал работать, а импульс $\beta_1 = 0.9$ спасает при любом $\beta_2$ из таблицы. При $C = 10$ нужно $\beta_2$ ещё меньше: теорема не зря подбирает $\beta_2$ под $C$. А при $C = 2$ плюсы ничего не значат: средняя функция равна нулю, и все точки одинаково хороши. Значения по умолчанию, $\beta = (0.9, 0.999)$, на этой задаче идут куда надо.
#
# Значит, Adam по умолчанию всегда прав? Теорема 2 той же статьи говорит, что для любых постоянных $\beta_1 < \sqrt{\beta_2}$ контрпример найдётся. Её последовательность — период $P = C$: большой наклон всё больше и всё реже. Красное — в худшую сторону.


# %%
def side(z, x, y, ax):
    """Where Adam drifts to the worse point (red) and to the better one (blue)."""
    ax.contourf(x, y, z, [-np.inf, 0, np.inf], colors=["#cfe3f3", "#f8cfc4"])
    ax.contour(x, y, z, [0], colors="black")
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

wrong = [p for p in range(3, 300) if drift(p, p, 0.9, 0.999) > 0]
print("β = (0.9, 0.999), P = C:  min P =", wrong[0])

# %% [markdown]
# **Что увидели.** По горизонтали — примерная длина памяти $v$ в шагах. Слева, при периоде 3, неправ только Adam с очень короткой памятью, и прямая теоремы 1 целиком лежит в красном. Справа граница поднимается: при длинной памяти она идёт вдоль $P \approx 2/\sqrt{1-\beta_2}$. Чем длиннее память, тем реже и крупнее должен быть большой наклон; для значений по умолчанию — раз в семьдесят с лишним шагов, а то и реже. Проверим прогоном, без формулы:

# %%
for P in (10, 30, 100, 300):
    rounds = LinearRounds(np.r_[P, -np.ones(P - 1)])
    xs = run(projected(adam), rounds, x_start, steps=30_000, alpha=0.03)
    tail = xs[-30_000 // P // 2 * P :, :, 0].mean(0)
    print(f"P = C = {P:3}:  x = {tail.round(2)}   R_K/K = {rounds.regret(xs)[-1].round(4)}")

# %% [markdown]
# При $P = 100$ сдвиг уже в худшую сторону, но мал: методу не хватило шагов. При $P = 300$ он приходит туда отовсюду, хотя и качается внутри периода.
#
# Честная граница такова. Для любых $\beta$ есть плохая задача, но для данной задачи из этого семейства есть хорошие $\beta$: достаточно взять $\beta_2$ ближе к единице. Порядок кванторов решает всё. Именно так — сначала задача, потом $\beta_2$ — в 2022 году и доказали, что Adam без всяких изменений сходится, в общем случае до окрестности (Zhang et al.). К тому же при $P = C$ лучшая точка лучше худшей всего на $2/P$ за ход, хотя сами наклоны доходят до $P$: наказание за ошибку невелико.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками
#
# Начало — теорема 1. Попробуйте:
#
# - увести точку на карте из красного в синее — по $\beta_2$, потом по $C$ — и проверить, что $x_k \to -1$;
# - включить `AMSGrad`, не трогая остального;
# - включить $\beta_1 = 0.9$;
# - сменить правило шага: спасёт ли $\alpha/k$? постоянный $\alpha$?
# - поставить $P = 30$ и найти красное при $C \approx 30$.

# %%
STEP = {
    "α/√k": lambda alpha: lambda k: alpha / k**0.5,
    "α/k": lambda alpha: lambda k: alpha / k,
    "α": lambda alpha: alpha,
}


def astray(C, P, beta1, beta2, alpha, step, AMSGrad, K=3000):
    """x_k and average regret of the chosen method, and the map of Adam's drift with its place."""
    P = max(1, P)
    rounds = LinearRounds(np.r_[C, -np.ones(P - 1)])
    method = projected(amsgrad if AMSGrad else adam)
    xs = run(method, rounds, x_start, steps=K, alpha=STEP[step](alpha), beta1=beta1, beta2=beta2)
    regret = rounds.regret(xs)
    k, x_axis = np.arange(1, K + 1), Axis("k", 1, K, log=True)
    memory, Cs = np.geomspace(1e-3, 1e4, 64), np.geomspace(1, 1000, 64)
    with np.errstate(all="ignore"):
        best = np.sign(Cs - (P - 1))  # the sign of the mean slope
        z = best[:, None] * drift(Cs[:, None], P, beta1, memory / (1 + memory))
        here = float(np.sign(C - P + 1) * drift(C, P, beta1, beta2))
        place = np.clip([[beta2 / (1 - beta2)], [C]], [[1e-3], [1]], [[1e4], [1000]])
    map_axes = Axis("β₂ / (1 − β₂)", 1e-3, 1e4, log=True), Axis("C", 1, 1000, log=True)
    return [
        Panel("xₖ", x_axis, Axis("xₖ", -1.1, 1.1),
              [line(k, xs[1:, i, 0], i, ("x₀ = −1", "x₀ = 0", "x₀ = +1")[i], 1.6) for i in range(3)]),
        Panel("R_K/K", x_axis, Axis.over("R_K/K", regret[10:], [0]),
              [line(k, regret[:, i], i) for i in range(3)]),
        Panel("Adam: Δx/α", *map_axes,
              [dots(*place, "#000000", size=8)], heat(np.sign(z), -4, 4, "RdBu_r")),
    ], f"x_K = {xs[-1, 1, 0]:+.3f},  R_K/K = {regret[-1, 1]:+.4f},  Adam: Δx/α = {here:+.3f}"  # fmt: skip


live(astray, C=(3.0, Log(1, 1000)), P=(3, Linear(2, 200)), beta1=0.0, beta2=0.1, alpha=0.5,
     step=list(STEP), AMSGrad=False)  # fmt: skip

# %% [markdown]
# Карта — та же формула с поправкой на знак: красное значит «прочь от лучшей точки», где бы она ни была. Ниже линии $C = P - 1$ лучшая точка уже $+1$, и туда Adam идёт без ошибок.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## AMSGrad
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
for method in (adam, amsgrad):
    v_hat = run(method, rounds, [0.0], steps=1000, watch="v_hat", **setting)[1:, 0]
    falls = np.diff(v_hat**0.5 * k**0.5) < 0
    print(f"{method.__name__:8} P(√v̂ₖ/αₖ ↓) = {falls.mean():.3f}")

# %% [markdown]
# Два раза из трёх — столько, сколько раз за период приходит маленький наклон.
#
# ### Три AMSGrad
#
# В статье поправки на смещение нет. В torch и optax она есть, но в разных местах: torch берёт максимум сырого $v$ и делит его на $1 - \beta_2^k$ после, optax берёт максимум уже исправленного $\hat v$.


# %%
def amsgrad_torch(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = v_max = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = maximum(v_max, v)
        m_hat = m / (1 - beta1**k)
        v_hat = v_max / (1 - beta2**k)
        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)


def amsgrad_optax(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = v_hat = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = maximum(v_hat, v / (1 - beta2**k))
        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)


variants = {
    "adam": adam, "paper": amsgrad, "torch": amsgrad_torch, "optax": amsgrad_optax,
}  # fmt: skip

# %% [markdown]
# Сначала убедимся, что под именем `torch` и правда он: один и тот же поток градиентов, 200 шагов.

# %%
stream = np.random.default_rng(0).normal(size=(200, 5)) * np.geomspace(3, 0.1, 200)[:, None]
x = torch.zeros(5, dtype=torch.float64)
optimizer = torch.optim.Adam([x], lr=0.01, amsgrad=True)
for g in stream:
    x.grad = torch.tensor(g)
    optimizer.step()
for name, method in variants.items():
    ours = run(method, LinearRounds(stream), [0.0], steps=200, alpha=0.01)[-1, :, 0]
    far = run(projected(method), rounds, [1.0], steps=1000, **setting)[-1, 0]
    print(f"{name:5}  max |x − x_torch| = {abs(ours - x.numpy()).max():.0e}"
          f"   (3, −1, −1): x_K = {far:+.2f}")  # fmt: skip

# %% [markdown]
# Совпадает до округления — и только он; рядом оказался Adam, а два других AMSGrad — далеко. На контрпримере (второй столбец, начало в худшей точке) справились все три. Теперь настоящая задача.
#
# **Предскажите.** Чей знаменатель будет больше всех? Чьи первые шаги — самыми длинными?

# %%
task = logistic(n=1000, d=20, lam=0.01, seed=0)
oracle, kept = task.minibatch(1, range(50)), log_spaced(3000, 40)
left, right = plot.axes(2)
print(f"{'':6} {'√v̂, k = 1':>10} {'k = 3000':>9} {'f − f*, k = 20':>25} {'k = 3000':>27}")
for j, (name, method) in enumerate(variants.items()):
    setting_j = {"steps": 3000, "at": kept, "alpha": 0.01}
    v_hat = run(method, oracle, np.zeros(20), watch="v_hat", **setting_j)[1:]
    error = problems.gap(task, run(method, oracle, np.zeros(20), **setting_j))
    mean, low, high = rates.mean_band(error)
    root = (v_hat**0.5).mean((1, 2))
    style = {"color": plot.COLORS[j], "dashes": plot.DASHES[j] or (None, None), "label": name}
    left.loglog(kept[1:], root, **style)
    right.loglog(kept[1:], mean[1:], **style)
    right.fill_between(kept[1:], low[1:], high[1:], color=plot.COLORS[j], alpha=0.25, lw=0)
    cells = [f"{mean[i]:.2e} [{low[i]:.2e}, {high[i]:.2e}]"
             for i in (np.searchsorted(kept, 20), -1)]  # fmt: skip
    print(f"{name:6} {root[0]:10.3f} {root[-1]:9.3f} {cells[0]:>25} {cells[1]:>27}")
left.set(xlabel="$k$", ylabel=r"$\sqrt{\hat v_k}$")
right.set(xlabel="$k$", ylabel="$f(x_k) - f^*$")
_ = left.legend(), right.legend()

# %% [markdown]
# **Что увидели.**
#
# - `paper`: без поправки, поэтому начало — длинные шаги, как у `adam_raw`.
# - `torch`: почти неотличим от Adam. Сырое $v$ растёт от нуля и долго само себе максимум, так что «помнить максимум» начинает действовать поздно.
# - `optax`: $\hat v$ верен с первого шага, но шумен, и максимум навсегда запоминает самый большой ранний выброс. Знаменатель в полтора-два раза больше, шаги во столько же раз короче: медленнее в пути, ниже в шаре шума.
#
# «Включить AMSGrad» — это три разных метода, и сравнение с Adam при одном $\alpha$ измеряет в основном длину шага.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Предельный цикл: постоянный шаг без всякого шума
#
# Ещё проще: $f(x) = \frac12 x^2$, шума нет, $\alpha$ постоянный. Фольклор: «Adam кружит около нуля на расстоянии $\alpha/2$».
#
# **Предскажите.** Куда придёт Adam с $\beta = (0.9, 0.999)$? А с $\beta_1 = 0$?
#
# В таблице — наибольшее $|x_k|/\alpha$ за последние пять тысяч шагов; разброс — по восьми начальным точкам. Во втором столбце та же парабола, но с шумом $\pm 10^{-30}$ в градиенте: $f$ — среднее двух парабол, чуть сдвинутых в разные стороны. В последнем — амплитуда цикла из двух точек $\pm a$, которую легко найти на бумаге.


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
starts = np.random.default_rng(0).uniform(0.5, 3, size=(8, 1))
K, alpha = 30_000, 0.01
orbits = {}
for sigma in (0.0, 1e-30):
    oracle = parabola(sigma).minibatch(1, seed=range(8))
    orbits[sigma] = run(adam, oracle, starts, steps=K, alpha=alpha, beta1=b1, beta2=b2)[..., 0]

print(f"{'β₁, β₂':>10} {'max |xₖ|/α, σ = 0':>22} {'σ = 1e-30':>16} {'(1−β₁) / 2(1+β₁)':>18}")
for j, (beta1, beta2) in enumerate(betas):
    ends = [abs(orbits[s][-5000:, j]).max(0) / alpha for s in orbits]
    cells = [f"{e.min():.3g}..{e.max():.3g}" for e in ends]
    naive = (1 - beta1) / (2 * (1 + beta1))
    print(f"{beta1:>5g}, {beta2:<5g} {cells[0]:>20} {cells[1]:>16} {naive:18.3g}")

# %%
ax = plot.axes(width=9)
for color, (sigma, j) in enumerate(((0.0, 0), (0.0, 6), (0.0, 2), (1e-30, 2))):
    size = np.log10(np.maximum(abs(orbits[sigma][::10, j, 0]) / alpha, 1e-323))
    label = rf"$\beta = ({betas[j][0]:g}, {betas[j][1]:g}),\ \sigma = {'10^{-30}' if sigma else 0}$"
    ax.plot(np.arange(0, K + 1, 10), size, color=plot.COLORS[color], linewidth=1.6, label=label,
            dashes=plot.DASHES[color] or (None, None))  # fmt: skip
ax.set(xlabel="$k$", ylabel=r"$\log_{10} |x_k| / \alpha$")
_ = ax.legend(loc="center right")

# %% [markdown]
# **Что увидели.** Adam не сходится, но цикл у каждых $\beta$ свой. «Ровно $\alpha/2$» — это $\beta_1 = 0$. При $\beta$ по умолчанию метод долго падает, потом срывается и дальше качается с амплитудой около четверти $\alpha$; при $\beta = (0.5, 0.99)$ амплитуда больше самого $\alpha$, при $(0.9, 0.9)$ — сотые доли. Цикл из двух точек существует при любых $\beta$, но при $\beta_1 > 0$ метод его не держит: последний столбец верен только для $\beta_1 = 0$.
#
# А строка $(0, 0.999)$ при $\sigma = 0$? Там будто бы ноль. Это не сходимость, а конец чисел: $|x|$ дошёл до наименьших чисел двойной точности, где произведение $\alpha \hat m$ округляется в ноль, и метод застыл. Хватило шума $10^{-30}$, чтобы вернуть честные $\alpha/2$.
#
# > **Оговорка к слайдам.** «Adam кружит на $\pm\alpha/2$» верно для $\beta_1 = 0$ и только. Говорите про цикл — называйте $\beta_1$, $\beta_2$, число шагов и как начинали.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Настоящее условие
#
# Почему ноль не держит? Рядом с минимумом градиенты гаснут, $\hat v \to 0$, и эффективный шаг растёт до $\alpha/\varepsilon$. Это уже не Adam, а импульс с шагом $\alpha/\varepsilon$, и на параболе $\frac{c}{2} x^2$ он устойчив, только если
#
# $$\frac{\alpha}{\varepsilon}\, c < \frac{2(1+\beta_1)}{1-\beta_1}$$

# %%
betas, shares = [(0, 0.9), (0.5, 0.99), (0.9, 0.999)], np.array([0.9, 0.99, 1.01, 1.1])
b1, b2 = np.array(betas).T[..., None]
alpha = 0.1
eps = shares * alpha * (1 - b1) / (2 + 2 * b1)  # c = 1
xs = run(adam, parabola(0.0), [1.0], steps=K, at=np.arange(K - 1000, K + 1),
         alpha=alpha, beta1=b1, beta2=b2, eps=eps)  # fmt: skip
print(" " * 12 + "".join(f"{share:>10}" for share in shares) + "  · ε*")
for (beta1, beta2), sizes in zip(betas, abs(xs[..., 0]).max(0) / alpha, strict=True):
    print(f"{beta1:>5g}, {beta2:<5g}" + "".join(f"{size:10.1e}" for size in sizes))

# %% [markdown]
# В таблице снова наибольшее $|x_k|/\alpha$, столбцы — $\varepsilon$ в долях граничного $\varepsilon^* = \alpha c\, (1-\beta_1) / (2 + 2\beta_1)$. Граница подтверждается с точностью до процента. При $\alpha = 10^{-3}$ и $\varepsilon = 10^{-8}$ левая часть неравенства равна $10^5 c$: с постоянным шагом Adam по умолчанию не сходится ни на какой параболе, если та не почти плоская. Убывающий $\alpha_k$ стягивает цикл вместе с шагом, а при настоящем шуме в градиентах цикла не видно за шаром шума.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Карта $\beta_1 \times \beta_2$
#
# **Утверждение слайда.** Adam очень хорошо работает на некоторых сложных задачах. Одно из удобств — значения $\beta$ по умолчанию почти никогда не трогают. Измерим, насколько они важны: сетка $20 \times 20$ и восемь потоков батчей, 3200 запусков вместе. Задача простая, зато карта отвечает сразу.
#
# **Предскажите.** Что испортит результат сильнее: неудачные $\beta$ или неудачное $\alpha$? Где на карте самое плохое место? Оранжевая точка — значения по умолчанию.

# %%
task, start, K = least_squares(n=100, d=2, seed=0), [-3, 3], 300
q1, q2 = np.geomspace(1e-2, 1, 20), np.geomspace(1e-4, 1, 20)  # 1 − β₁, 1 − β₂


def final(alpha, beta1, beta2, seeds):
    """f(x_k) − f*, the mean of the last 21 iterations; seeds last."""
    oracle = task.minibatch(2, seeds)
    beta1, beta2 = (np.asarray(b, dtype=float)[..., None] for b in (beta1, beta2))
    last = np.arange(K - 20, K + 1)
    xs = run(adam, oracle, start, steps=K, at=last, alpha=alpha, beta1=beta1, beta2=beta2)
    return problems.gap(task, xs).mean(0)


def sensitivity(alpha):
    z = final(alpha, 1 - q1, 1 - q2[:, None], range(8)).mean(-1)
    default = z[np.abs(q2 - 1e-3).argmin(), np.abs(q1 - 0.1).argmin()]
    with np.errstate(all="ignore"):
        shade = np.log10(z)
    x, y = Axis("1 − β₁", 1e-2, 1, log=True), Axis("1 − β₂", 1e-4, 1, log=True)
    panel = Panel("f − f*", x, y, [dots([0.1], [1e-3], "#D55E00", size=8)], heat(shade, -2, 1))
    text = f"f − f*: min = {z.min():.3g},  β = (0.9, 0.999): {default:.3g}"
    return [panel, heat_scale("f − f*", 1e-2, 10, log=True)], text


live(sensitivity, alpha=(0.1, Log(1e-3, 3)))

# %%
print(f"{'α':>6} {'β₁*':>6} {'β₂*':>7} {'f − f*':>27} {'β = (0.9, 0.999)':>27} {'< 3 min':>8}")
for alpha in (0.01, 0.03, 0.1, 0.3, 1.0):
    z = final(alpha, 1 - q1, 1 - q2[:, None], range(8)).mean(-1)
    i, j = np.unravel_index(z.argmin(), z.shape)
    best = np.array([1 - q1[j], 0.9]), np.array([1 - q2[i], 0.999])
    fresh = rates.mean_band(final(alpha, *best, range(100, 300)))  # seeds the choice has not seen
    cells = [f"{m:.2e} [{a:.2e}, {b:.2e}]" for m, a, b in zip(*fresh, strict=True)]
    print(f"{alpha:6} {best[0][0]:6.3f} {best[1][0]:7.4f} {cells[0]:>27} {cells[1]:>27}"
          f" {(z < 3 * z.min()).mean():8.2f}")  # fmt: skip

# %% [markdown]
# **Что увидели.** При $\alpha$, с которым за $K$ шагов вообще можно дойти (здесь от 0.1), карта — плато: значения по умолчанию уступают лучшим из четырёхсот мало или вовсе не уступают, а немалая часть сетки проигрывает лучшей точке не более чем втрое (последний столбец). При слишком малом $\alpha$ выгодны другие $\beta$ — те, с которыми метод разгоняется. Но и там дело в $\alpha$: оно меняет итог на порядок и больше. Вывод: подбирайте $\alpha$, $\beta$ — потом.
#
# Плохое место на карте — верхний край, $\beta_2 = 0$ при $\beta_1 > 0$. Там знаменатель — модуль одного последнего градиента, а числитель помнит прежние: стоит градиенту случайно оказаться почти нулевым, и шаг огромен. Теоремы о сходимости этот край исключают: в них $\beta_1 < \sqrt{\beta_2}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Почему для языка лучше, чем для картинок?»
#
# Слайд спрашивает, почему Adam так сильно обгоняет SGD на языковых моделях и куда слабее — на картинках. Долго подозревали шум с тяжёлыми хвостами. Ответ, к которому пришли исследования, другой: тяжёлый хвост у **меток**. Большинство слов редкие; у градиентного спуска потери на них почти не убывают, а Adam выравнивает шаги между частыми и редкими. Так у Кунстнера и соавторов (2024). Что из этого видно на маленьких моделях, мы измерим в [тетради «Почему Adam»](10_why_adam.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** При каких $\beta_1$, $\beta_2$ первый шаг без поправки короче, чем с поправкой? А при каких он короче всегда, при любом $k$? Сначала неравенство, потом проверка на сетке.

# %% tags=["exercise"]
k = np.arange(1, 5001)
betas = [(0.9, 0.999), (0.9, 0.98), (0.9, 0.95), (0.9, 0.9), (0.5, 0.9), (0.99, 0.999)]

# %% [markdown] tags=["solution"]
# **Решение.** При $k = 1$ отношение равно $(1-\beta_1)/\sqrt{1-\beta_2}$, оно меньше единицы, когда $(1-\beta_1)^2 < 1-\beta_2$, то есть $\beta_2 < 1 - (1-\beta_1)^2 = \beta_1(2 - \beta_1)$. При любом $k$: нужно $(1-\beta_1^k)^2 < 1 - \beta_2^k$, то есть $\beta_2^k < 2\beta_1^k - \beta_1^{2k}$. При больших $k$ правая часть ведёт себя как $2\beta_1^k$, поэтому необходимо $\beta_2 \le \beta_1$; и этого достаточно, потому что $\beta_1^k < 2\beta_1^k - \beta_1^{2k}$.

# %% tags=["solution"]
for beta1, beta2 in betas:
    factor = (1 - beta1**k) / (1 - beta2**k) ** 0.5
    print(beta1, beta2, f"{factor[0]:.3f} {factor.max():.3f}", beta2 < beta1 * (2 - beta1))

# %% [markdown]
# **2.** Откуда на карте граница $P \approx 2/\sqrt{1-\beta_2}$? Пусть $\beta_1 = 0$, $C = P$, $1 \ll P \ll 1/(1-\beta_2)$. Разложите `drift` до первого порядка по $(1-\beta_2)P$ и проверьте ответ.

# %% tags=["exercise"]
drift(100, 100, 0.0, 0.9999)

# %% [markdown] tags=["solution"]
# **Решение.** За период $v$ почти постоянно: $v_j \approx \bar v \left(1 + (1-\beta_2)\left(\frac P2 - j\right)\right)$, $\bar v \approx P$. Сразу после большого наклона $1/\sqrt{v_0} \approx \frac{1}{\sqrt{\bar v}} \left(1 - \frac{(1-\beta_2)P}{4}\right)$, а по остальным $P - 1$ шагам поправки в сумме почти сокращаются. Сдвиг в худшую сторону, когда $P \left(1 - \frac{(1-\beta_2) P}{4}\right) < P - 1$, то есть $(1-\beta_2) P^2 > 4$.

# %% tags=["solution"]
for beta2 in (0.99, 0.999, 0.9999, 0.99999):
    P = next(p for p in range(3, 2000) if drift(p, p, 0.0, beta2) > 0)
    print(beta2, P, f"{P * (1 - beta2) ** 0.5:.3f}")

# %% [markdown]
# **3.** Почините контрпример, не трогая ни метод, ни его $\beta$: в конечной сумме из трёх функций возьмите батч побольше. При каком $B$ (без возвращения) Adam пойдёт к $-1$? Почему?

# %% tags=["exercise"]
c = np.array([3.0, -1.0, -1.0])
three = FiniteSum(lambda x, i: c[i] * x[..., 0], lambda x, i: c[i][..., None] + 0 * x, 3, 1)

# %% [markdown] tags=["solution"]
# **Решение.** Уже при $B = 2$. Пары дают средний наклон $+1$ с вероятностью $\frac23$ и $-1$ с вероятностью $\frac13$: модули равны, деление на $\sqrt{\hat v}$ ничего не искажает, и большинство тянет в верную сторону. Усреднение до деления возвращает несмещённость, деление до усреднения её отнимает.

# %% tags=["solution"]
for B in (1, 2, 3):
    xs = run(projected(adam), three.minibatch(B, range(100), replace=False), [0.0], steps=3000,
             at=[3000], beta1=0.0, beta2=0.1, alpha=lambda k: 0.5 / k**0.5)  # fmt: skip
    print(B, *(f"{v:+.3f}" for v in rates.mean_band(xs[0, :, 0])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - Шляпки исправляют смещение точно: $\mathbb{E}\, v_k = (1-\beta_2^k)\, \mathbb{E}\, g^2$. Без них первые шаги при обычных $\beta$ длиннее, а не короче, — до шести с половиной раз. С подобранным $\alpha$ результат без них не хуже.
# - $\varepsilon$ внутри корня и снаружи — разные методы, как только $|g|$ опускается до $\sqrt\varepsilon$.
# - Контрпример верен: на трёх линейных функциях Adam с короткой памятью сходится к худшей точке, и по порядку, и наугад. При $\beta$ по умолчанию для этого нужен редкий и очень крупный градиент; чем ближе $\beta_2$ к единице, тем он должен быть реже и крупнее.
# - AMSGrad это чинит. В статье, torch и optax под этим именем три разных метода.
# - С постоянным $\alpha$ Adam не сходится и на $\frac12 x^2$ без шума; $\alpha/2$ — амплитуда цикла только при $\beta_1 = 0$.
# - Подбирать сначала $\alpha$: $\beta$ по умолчанию лежат на широком плато.
#
# ### Литература
#
# - D. P. Kingma, J. Ba. [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980). ICLR, 2015.
# - S. J. Reddi, S. Kale, S. Kumar. [On the Convergence of Adam and Beyond](https://arxiv.org/abs/1904.09237). ICLR, 2018.
# - S. Bock, M. Weiß. [Non-Convergence and Limit Cycles in the Adam Optimizer](https://arxiv.org/abs/2210.02070). ICANN, 2019.
# - Y. Zhang et al. [Adam Can Converge Without Any Modification On Update Rules](https://arxiv.org/abs/2208.09632). NeurIPS, 2022.
# - F. Kunstner et al. [Heavy-Tailed Class Imbalance and Why Adam Outperforms Gradient Descent on Language Models](https://arxiv.org/abs/2402.19449). NeurIPS, 2024.
