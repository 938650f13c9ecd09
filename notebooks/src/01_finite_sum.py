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
# # Задача конечной суммы
#
# $$\min_{x \in \mathbb{R}^d} f(x) = \frac{1}{n} \sum_{i=1}^{n} f_i(x)$$
#
# **Цель.** Понять, за что мы платим на одной итерации и что получаем взамен, когда заменяем градиент его случайной оценкой: она дёшева, не смещена, но у неё есть дисперсия.
#
# **Время на семинаре:** 30 минут. **Слайды:** S1, S2.

# %%
from itertools import combinations, product
from time import process_time

import numpy as np

from course_lib import (
    explore,
    gd,
    gd_armijo,
    least_squares,
    logistic,
    plot,
    rates,
    run,
    show,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S1. Градиентный спуск
#
# Слагаемое $f_i$ — потеря на $i$-м примере: $n$ примеров, $d$ параметров (на слайдах параметров $p$). Градиентный спуск берёт среднее всех $n$ градиентов:
#
# $$x_{k+1} = x_k - \frac{\alpha_k}{n} \sum_{i=1}^{n} \nabla f_i(x_k)$$

# %%
show(gd)

# %% [markdown]
# > **Опечатка.** На слайде под суммой стоит $\nabla f_i(x)$; должно быть $\nabla f_i(x_k)$: градиент берётся в текущей точке.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Сколько стоит итерация
#
# **Утверждение слайда.** Цена итерации градиентного спуска растёт линейно с $n$; стохастической — от $n$ не зависит.
#
# **Предскажите.** Во сколько раз итерация GD дороже итерации SGD при $n = 10^6$, если считать (а) градиенты слагаемых, (б) секунды на этом компьютере?
#
# Счётчик простой: один вызов `grad` у полной задачи стоит $n$ градиентов $\nabla f_i$, у задачи с батчем — `batch` градиентов.

# %%
problem = least_squares(n=100, d=20, seed=0)
problem.cost, problem.minibatch(1).cost

# %% [markdown]
# Теперь секунды: процессорное время одного вызова `grad`. В каждом раунде меряем все $n$ по очереди, чтобы помехи от соседних программ достались всем поровну. В таблице и на картинке — лучший раунд, в наклоне — среднее по раундам.


# %%
def seconds(grad, x, least=0.01):
    """CPU time of one call of grad(x), averaged over at least `least` seconds."""
    calls, start = 0, process_time()
    while (passed := process_time() - start) < least:
        grad(x)
        calls += 1
    return passed / calls


sizes = np.array([100, 1_000, 10_000, 100_000, 1_000_000])
tasks = [least_squares(n=n, d=20, seed=0) for n in sizes]
x = np.zeros(20)
rounds = 7
full = np.array([[seconds(t.grad, x) for t in tasks] for _ in range(rounds)]).T
single = np.array([[seconds(t.minibatch(1).grad, x) for t in tasks] for _ in range(rounds)]).T

print(f"{'n':>8} {'GD, µs':>10} {'SGD, µs':>9} {'GD/SGD':>8} {'(GD/SGD)/n':>11}")
for n, a, b in zip(sizes, full.min(1), single.min(1), strict=True):
    print(f"{n:8} {1e6 * a:10.1f} {1e6 * b:9.1f} {a / b:8.1f} {a / b / n:11.4f}")

# %%
ax = plot.axes()
ax.loglog(sizes, 1e6 * full.min(1), "o-", color=plot.COLORS[0], label="GD")
ax.loglog(sizes, 1e6 * single.min(1), "s--", color=plot.COLORS[1], label="SGD, $B = 1$")
ax.set(xlabel="$n$", ylabel="µs / $k$")
ax.legend()

large = sizes >= 10_000
print("GD,  n ≥ 10⁴:", rates.slope(sizes[large], full[large]))
print("SGD, all n:  ", rates.slope(sizes, single))

# %% [markdown]
# **Что увидели.** У SGD наклон около 0: ему всё равно, сколько в сумме слагаемых. У GD для больших $n$ наклон около 1, а если чуть больше — это не ошибка измерения: при $n = 10^6$ матрица уже не помещается в кэш процессора, и каждая строка обходится дороже. В скобках — 95-процентный интервал по раундам измерений.
#
# Но «в $n$ раз дешевле» — это про градиенты слагаемых, а не про секунды. Последний столбец намного меньше единицы: вызов из Python стоит микросекунды сам по себе, а матрица умножается на вектор куда быстрее, чем по одной строке. Поэтому дальше по горизонтальной оси мы откладываем число градиентов $\nabla f_i$: оно не зависит ни от компьютера, ни от языка.

# %% [markdown]
# > **Неточность.** На слайде для ImageNet стоит $n \approx 1.4 \cdot 10^7$. Это ImageNet-21k; в привычном ILSVRC-2012 картинок $1.28 \cdot 10^6$. А $n \approx 10^8$ — это число токенов в WikiText-103.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Постоянный шаг и линейный поиск
#
# **Утверждение слайда.** Градиентный спуск сходится с постоянным шагом или с линейным поиском.
#
# С постоянным — если он не слишком велик: $\alpha < 2/L$, где $L$ — константа Липшица градиента. Линейный поиск $L$ не знает: он пробует шаг и делит его пополам, пока функция не уменьшится достаточно (правило Армихо).

# %%
show(gd_armijo)

# %% [markdown]
# **Предскажите.** Что будет при $\alpha = 2.1/L$? А у линейного поиска, который начинает пробовать с шага 20?

# %%
problem = logistic(n=100, d=2, lam=0.1, seed=0)
x0 = np.array([-2.5, 2.5])
alphas = {r"\alpha = 1/L": 1.0, r"\alpha = 1.9/L": 1.9, r"\alpha = 2.1/L": 2.1}

left, right = plot.axes(2)
for name, c in alphas.items():
    xs = run(gd, problem, x0, steps=60, alpha=c / problem.L)
    plot.path(problem, xs, ax=left)
    plot.gap(problem, xs, ax=right, label=f"GD, ${name}$")
xs = run(gd_armijo, problem, x0, steps=60, alpha=20.0)
plot.path(problem, xs, ax=left)
_ = plot.gap(problem, xs, ax=right, label="Armijo").set_ylim(bottom=1e-13)

# %% [markdown]
# Линейный поиск сначала промахивается: от шага 20 он отступил ровно настолько, чтобы функция уменьшилась, а это ещё не значит — подошла близко к минимуму. Потом он сходится, не зная $L$.
#
# Теперь про $2.1/L$. Здесь $L$ — наибольшая кривизна на всей плоскости, а около минимума кривизна меньше. Поэтому шаг $2.1/L$ ещё не обязан портить сходимость, и здесь не портит: ниже границы $2/L$ она гарантирована, выше — уже нет. Сходимость пропадает, когда $\alpha > 2/\lambda_{\max}$ в самом минимуме: метод не улетает, а прыгает вокруг него. Проверим на числах.

# %%
A, y, lam = problem.A, problem.y, problem.lam
s = np.tanh(A @ problem.x_star / 2)
H = (A.T * (1 - s**2) / 4) @ A / problem.n + lam * np.eye(2)
L_local = np.linalg.eigvalsh(H)[-1]
print(f"L = {problem.L:.3f}   λ_max(∇²f(x*)) = {L_local:.3f}")
for c in (0.95, 0.99, 1.01, 1.05):
    xs = run(gd, problem, problem.x_star + 1e-6, steps=3000, alpha=c * 2 / L_local)
    print(f"α = {c:.2f} · 2/λ_max:   ‖x_K − x*‖ = {np.linalg.norm(xs[-1] - problem.x_star):.1e}")

# %% [markdown]
# Подвигайте сами: $\alpha$ до границы и за неё. Щелчок по линиям уровня переносит начало.

# %%
explore([gd, gd_armijo], problem, x0, alpha={"gd": 1 / problem.L, "gd_armijo": 20.0}, steps=40)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S2. Градиент, который не смещён
#
# $$x_{k+1} = x_k - \alpha_k \nabla f_{i_k}(x_k), \qquad \mathbb{E}\, \nabla f_{i_k}(x) = \nabla f(x),$$
#
# где номер $i_k$ на каждой итерации выбирается заново, равновероятно из $1, \ldots, n$.
#
# В библиотеке нет отдельного метода SGD: это тот же `gd`, но на задаче `problem.minibatch(batch, seed)`, у которой `grad` — среднее по случайному батчу.
#
# **Утверждение слайда.** Стохастический градиент не смещён. Здесь не нужна статистика: возьмём маленькую задачу и переберём **все** батчи.

# %%
small = least_squares(n=6, d=3, seed=1)
x = np.array([1.0, -2.0, 0.5])
g = small.grad(x)

for batch in (1, 2, 3):
    with_return = [small.grad_batch(x, np.array(i)) for i in product(range(6), repeat=batch)]
    without = [small.grad_batch(x, np.array(i)) for i in combinations(range(6), batch)]
    for sign, all_batches in (("∪", with_return), ("⊂", without)):
        error = np.abs(np.mean(all_batches, axis=0) - g).max()
        print(f"B = {batch}  {sign}  {len(all_batches):4} :  max |E g_B − ∇f| = {error:.0e}")

# %% [markdown]
# Знак `∪` — выбор с возвращением (номера могут повторяться), `⊂` — без возвращения. Разница — ошибки округления: оценка не смещена при любом размере батча и при обоих способах выбора.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### А если перемешать и идти подряд?
#
# На практике данные перемешивают раз в эпоху и режут на батчи подряд. Каждый батч сам по себе не смещён. Но если вы помните, что уже было в этой эпохе, следующий батч для вас выбирается уже не из всех данных, а из того, что осталось; последний и вовсе известен.
#
# **Предскажите.** Известны все батчи эпохи, кроме последнего. Чему равно математическое ожидание градиента по последнему?

# %%
deck = small.reshuffle(2, seed=0).batches(3)[:, :, None]
rest = np.setdiff1d(np.arange(6), deck[:2])
last = small.grad_batch(x, deck[2, :, 0])
print(set(rest.tolist()), "=", set(deck[2, :, 0].tolist()))
print(f"‖E[g_3 | g_1, g_2] − ∇f‖ / ‖∇f‖ = {np.linalg.norm(last - g) / np.linalg.norm(g):.2f}")
epoch = np.mean([small.grad_batch(x, i[:, 0]) for i in deck], axis=0)
print(f"‖mean(g_1, g_2, g_3) − ∇f‖      = {np.linalg.norm(epoch - g):.0e}")

# %% [markdown]
# Зато если $B$ делит $n$, среднее за эпоху в одной и той же точке $x$ равно градиенту точно: шум внутри эпохи сокращается.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Дисперсия и размер батча
#
# Пусть $\sigma^2 = \frac{1}{n} \sum_i \|\nabla f_i(x) - \nabla f(x)\|^2$. Тогда для батча из $B$ примеров
#
# $$\mathbb{E}\,\|g_B - \nabla f\|^2 = \frac{\sigma^2}{B} \qquad\qquad \mathbb{E}\,\|g_B - \nabla f\|^2 = \frac{\sigma^2}{B} \cdot \frac{n - B}{n - 1},$$
#
# если выбирать с возвращением и без возвращения соответственно.
#
# **Предскажите.** Батч вырос в 4 раза — во сколько раз упала дисперсия? А разброс, корень из неё? Что будет при $B = n$?

# %%
problem = least_squares(n=1000, d=20, seed=0)
x, n = np.zeros(20), problem.n
g = problem.grad(x)
sigma2 = np.mean([np.sum((problem.grad_batch(x, np.array([i])) - g) ** 2) for i in range(n)])

batches = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900])
draws, seeds = 40, range(50)
measured = {}
for replace in (True, False):
    rows = []
    for batch in batches:
        noisy = problem.minibatch(batch, seeds, replace=replace)
        points = np.broadcast_to(x, (len(seeds), 20))
        rows.append(np.mean([((noisy.grad(points) - g) ** 2).sum(-1) for _ in range(draws)], 0))
    measured[replace] = np.array(rows)

theory = {True: sigma2 / batches, False: sigma2 / batches * (n - batches) / (n - 1)}

# %%
ax = plot.axes()
for j, (replace, sign) in enumerate([(True, "∪"), (False, "⊂")]):
    mean, low, high = rates.mean_band(measured[replace])
    ax.loglog(batches, theory[replace], color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None))
    ax.errorbar(batches, mean, [mean - low, high - mean], fmt="os"[j], color=plot.COLORS[j],
                capsize=4, label=sign)  # fmt: skip
ax.set(xlabel="$B$", ylabel=r"$\mathbb{E}\,\|g_B - \nabla f\|^2$")
ax.legend()

print(f"{'B':>4} {'∪':>22} {'⊂':>22}")
for j, batch in enumerate(batches):
    cells = []
    for replace in (True, False):
        mean, low, high = (v[j] / theory[replace][j] for v in rates.mean_band(measured[replace]))
        cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
    print(f"{batch:4} {cells[0]:>22} {cells[1]:>22}")
print("∪, all B: ", rates.slope(batches, measured[True]))
print("⊂, B ≤ 64:", rates.slope(batches[batches <= 64], measured[False][batches <= 64]))

# %% [markdown]
# **Что увидели.** С возвращением наклон $-1$: дисперсия падает как $1/B$, а разброс — лишь как $1/\sqrt{B}$. Без возвращения сначала то же самое, но чем ближе $B$ к $n$, тем сильнее работает множитель $(n-B)/(n-1)$; при $B = n$ шума нет совсем. В таблице — отношение измеренного к формуле; интервалы 95-процентные, так что примерно один из двадцати может не накрыть единицу.
#
# Отсюда главный торг: батч в 4 раза больше — итерация в 4 раза дороже, а шум меньше только вдвое.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками
#
# Меняйте размер батча `B` и уберите галочку `replace`. Полоса на правой картинке — от 10-го до 90-го процентиля по 32 запускам. При $B = n$ без возвращения облако сжимается в один путь градиентного спуска.

# %%
problem = least_squares(n=64, d=2, seed=0)
explore(gd, problem.minibatch(1, seed=0), [-3, 3], alpha=0.1, steps=150, seeds=32)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** Пусть бюджет — $N$ градиентов $\nabla f_i$, и мы усредняем их в одной точке: либо один батч размера $N$, либо $N/B$ независимых батчей размера $B$ и среднее из них. С возвращением — какая из оценок точнее? Проверьте на задаче с $n = 1000$.

# %% tags=["exercise"]
problem = least_squares(n=1000, d=20, seed=0)
x, N = np.zeros(20), 64

# %% [markdown] tags=["solution"]
# **Решение.** Одинаково: дисперсия среднего $N/B$ батчей равна $\frac{B}{N} \cdot \frac{\sigma^2}{B} = \frac{\sigma^2}{N}$. Размер батча сам по себе ничего не улучшает; он меняет лишь то, как часто мы делаем шаг.

# %% tags=["solution"]
points = np.broadcast_to(x, (2000, 20))
g = problem.grad(x)
for B in (1, 4, 16, 64):
    noisy = problem.minibatch(B, seed=10_000 * B + np.arange(2000))
    mean = sum(noisy.grad(points) for _ in range(N // B)) / (N // B)
    print(B, *(f"{v:.4f}" for v in rates.mean_band(((mean - g) ** 2).sum(-1))))

# %% [markdown]
# **2.** Выведите множитель $\frac{n-B}{n-1}$ для выбора без возвращения. Подсказка: сумма отклонений $\nabla f_i - \nabla f$ по всем $i$ равна нулю; выразите через неё ковариацию двух разных слагаемых батча.

# %% [markdown] tags=["solution"]
# **Решение.** Обозначим $\zeta_i = \nabla f_i - \nabla f$, $\sum_i \zeta_i = 0$. Для двух разных элементов батча $\mathbb{E}\langle\zeta_i, \zeta_j\rangle = \frac{1}{n(n-1)} \sum_{i \ne j} \langle\zeta_i, \zeta_j\rangle = \frac{1}{n(n-1)} \left(0 - \sum_i \|\zeta_i\|^2\right) = -\frac{\sigma^2}{n-1}$. Тогда $\mathbb{E}\|g_B - \nabla f\|^2 = \frac{1}{B^2}\left(B\sigma^2 - B(B-1)\frac{\sigma^2}{n-1}\right) = \frac{\sigma^2}{B} \cdot \frac{n-B}{n-1}$.

# %% [markdown]
# **3.** Найдите на этом компьютере $n$, при котором итерация GD стоит столько же секунд, сколько итерация SGD с $B = 1$. Почему это не $n = 1$, как обещает счётчик?

# %% tags=["exercise"]
sizes = [10, 100, 1_000, 10_000]

# %% [markdown] tags=["solution"]
# **Решение.** Пока $n$ мало, время определяет не арифметика, а накладные расходы: вызовы функций, выбор строк. Они у SGD даже больше: нужно ещё достать случайные строки. Найдите строку, где отношение переходит через 1.

# %% tags=["solution"]
for n in sizes:
    task = least_squares(n=n, d=20, seed=0)
    x = np.zeros(20)
    print(n, f"{seconds(task.grad, x) / seconds(task.minibatch(1).grad, x):.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - Итерация GD стоит $n$ градиентов слагаемых, итерация SGD — $B$. В секундах выигрыш меньше, чем в счётчике, а при малом $n$ его нет вовсе.
# - Стохастический градиент не смещён — при любом батче, с возвращением и без. При перемешивании раз в эпоху это верно для каждого батча в отдельности, но не при известном прошлом.
# - Дисперсия падает как $1/B$, без возвращения — ещё и с множителем $(n-B)/(n-1)$.
# - Сходится ли SGD и куда — в тетради [03_sgd](03_sgd.ipynb).
#
# ### Литература
#
# - H. Robbins, S. Monro. [A Stochastic Approximation Method](https://doi.org/10.1214/aoms/1177729586). Annals of Mathematical Statistics, 1951.
# - L. Bottou, F. E. Curtis, J. Nocedal. [Optimization Methods for Large-Scale Machine Learning](https://arxiv.org/abs/1606.04838). SIAM Review, 2018.
# - L. Armijo. [Minimization of functions having Lipschitz continuous first partial derivatives](https://doi.org/10.2140/pjm.1966.16.1). Pacific Journal of Mathematics, 1966.
