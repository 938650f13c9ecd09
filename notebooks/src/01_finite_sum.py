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
# **Время:** 16 мин на паре, 48 мин дома. **Слайды:** S1, S2.

# %%
from functools import partial
from itertools import combinations, product
from time import process_time
from timeit import timeit

import numpy as np

from course_lib import explore, plot, run, show
from course_lib.figures import Goal
from course_lib.methods import gd, gd_armijo
from course_lib.problems import least_squares, logistic
from course_lib.rates import mean_band, slope
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:gd"]
# ## S1. Градиентный спуск · 1 мин на паре
#
# Слагаемое $f_i$ — потеря на $i$-м примере: $n$ примеров, $d$ параметров (на слайдах параметров $p$). Градиентный спуск берёт среднее всех $n$ градиентов; $\alpha_k$ — шаг, в машинном обучении его называют скоростью обучения (learning rate):
#
# $$x_{k+1} = x_k - \frac{\alpha_k}{n} \sum_{i=1}^{n} \nabla f_i(x_k)$$

# %%
show(gd)

# %% [markdown] tags=["seminar:gd"]
# > **Опечатка.** На слайде под суммой стоит $\nabla f_i(x)$; должно быть $\nabla f_i(x_k)$: градиент берётся в текущей точке.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:cost"]
# ## Сколько стоит итерация · 7 мин на паре
#
# **Утверждение слайда.** Цена итерации градиентного спуска растёт линейно с $n$; стохастической — от $n$ не зависит.
#
# **Предскажите.** $n = 10^6$. В градиентах слагаемых итерация SGD дешевле итерации GD ровно в миллион раз. А в секундах?
#
# - **A.** Заметно меньше, чем в миллион раз.
# - **B.** Тоже примерно в миллион.
# - **C.** Ещё больше: миллион строк не помещается в кэш процессора.
#
# Счётчик простой: один вызов `grad` у полной задачи стоит $n$ градиентов $\nabla f_i$, у задачи с батчем — `batch` градиентов; это число хранится в `cost`. Если цена растёт как $n^p$, то $p$ — наклон в логарифмических осях.
#
# А секунды — это процессорное время одного вызова `grad`. В каждом раунде измеряем все $n$ по очереди, чтобы помехи от соседних программ достались всем поровну. Для каждого $n$ берём лучший раунд.

# %% tags=["seminar:cost"]
sizes = np.array([100, 1_000, 10_000, 100_000, 1_000_000])
tasks = [least_squares(n=n, d=20, seed=SEED) for n in sizes]
singles = [task.minibatch(1, seed=SEED) for task in tasks]
check("S1.1", slope(sizes, [task.cost for task in tasks]), between=(0.9, 1.1), of="GD, n^p")
check("S1.1", slope(sizes, [one.cost for one in singles]), between=(-0.1, 0.1), of="SGD, n^p")


def seconds(grad, calls):
    """CPU time of one call of grad, averaged over `calls`."""
    return timeit(partial(grad, np.zeros(20)), timer=process_time, number=calls) / calls


rounds = range(7)
full = np.array([[seconds(task.grad, 1 + 50_000 // task.n) for task in tasks] for _ in rounds]).T
single = np.array([[seconds(one.grad, 500) for one in singles] for _ in rounds]).T
ratio = full.min(1) / single.min(1)
columns = {"n": sizes, "GD, µs": 1e6 * full.min(1), "SGD, µs": 1e6 * single.min(1)}
columns |= {"GD/SGD": ratio, "(GD/SGD)/n": ratio / sizes}
table(columns, dict.fromkeys(["GD, µs", "SGD, µs", "GD/SGD"], ".1f") | {"(GD/SGD)/n": ".4f"})
del tasks, singles  # a million rows

# %% [markdown] tags=["seminar:cost"]
# **Вердикт (S1.1): верно.** Итерация GD стоит $n$ градиентов слагаемых, итерация SGD — один, сколько бы слагаемых ни было.

# %%
large = sizes >= 10_000
print("GD,  n ≥ 10⁴:", slope(sizes[large], full[large]))
print("SGD, all n:  ", slope(sizes, single))

# %% tags=["hide-input"]
ax = plot.axes()
ax.loglog(sizes, 1e6 * full.min(1), marker="o", label="GD")
ax.loglog(sizes, 1e6 * single.min(1), marker="s", label="SGD, batch = 1")
ax.set(xlabel="$n$", ylabel="µs / $k$")
_ = ax.legend()

# %% [markdown]
# **Что увидели.** У SGD наклон около 0: ему всё равно, сколько в сумме слагаемых. У GD для больших $n$ наклон около 1, а если чуть больше — это не ошибка измерения: при $n = 10^6$ матрица уже не помещается в кэш процессора, и каждая строка обходится дороже. Наклон посчитан по средним, в скобках — 95-процентный интервал по раундам измерений.

# %% [markdown] tags=["seminar:cost"]
# **Ответ: A.** Последний столбец намного меньше единицы: вызов из Python стоит микросекунды сам по себе, а умножить на вектор матрицу целиком куда быстрее, чем построчно. B верно для счётчика, а секундомер он не заменяет; кэш, о котором говорит C, и правда мешает GD, но гораздо слабее.
#
# Поэтому дальше по горизонтальной оси мы откладываем число градиентов $\nabla f_i$: оно не зависит ни от компьютера, ни от языка.

# %% [markdown]
# > **Неточность.** На слайде для ImageNet стоит $n \approx 1.4 \cdot 10^7$. Это ImageNet-21k; в привычном ILSVRC-2012 картинок $1.28 \cdot 10^6$. А $n \approx 10^8$ — это число токенов в WikiText-103.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Постоянный шаг и линейный поиск · 8 мин дома
#
# **Утверждение слайда.** Градиентный спуск сходится с постоянным шагом или с линейным поиском.
#
# С постоянным — если он не слишком велик: $\alpha < 2/L$, где $L$ — константа Липшица градиента, а $f$ выпукла и имеет минимум. (Без выпуклости то же условие обещает лишь $\nabla f(x_k) \to 0$, если $f$ ограничена снизу.) Линейный поиск $L$ не знает: он пробует шаг и делит его пополам, пока функция не уменьшится достаточно (правило Армихо).

# %%
show(gd_armijo)

# %% [markdown]
# **Предскажите.** Шаг $\alpha = 2.1/L$ чуть больше границы $2/L$. Что сделает GD на логистической регрессии?
#
# - **A.** Улетит в бесконечность.
# - **B.** Будет прыгать вокруг минимума, не приближаясь к нему.
# - **C.** Всё равно сойдётся.

# %%
problem = logistic(n=100, d=2, lam=0.1, seed=SEED)
x0 = np.array([-2.5, 2.5])
alphas = {r"\alpha = 1/L": 1.0, r"\alpha = 1.9/L": 1.9, r"\alpha = 2.1/L": 2.1}

left, right = plot.axes(2)
for name, c in alphas.items():
    xs = run(gd, problem, x0, steps=30, alpha=c / problem.L)
    plot.path(problem, xs, ax=left)
    plot.gap(problem, xs, ax=right, label=f"GD, ${name}$")
xs = run(gd_armijo, problem, x0, steps=30, alpha=20.0)
plot.path(problem, xs, ax=left)
_ = plot.gap(problem, xs, ax=right, label="Armijo").set_ylim(bottom=1e-13)

# %% [markdown]
# Линейный поиск сначала промахивается: от шага 20 он отступил ровно настолько, чтобы функция уменьшилась, а это ещё не значит — подошла близко к минимуму. Потом он сходится, не зная $L$.
#
# **Ответ: C.** Здесь $L$ — наибольшая кривизна на всей плоскости, а около минимума кривизна меньше. Ниже границы $2/L$ сходимость гарантирована, выше — уже нет, но «не гарантирована» ещё не значит «нет». A верно для параболы, где кривизна всюду одна; B наступит, когда $\alpha$ станет чуть больше $2/\lambda_{\max}$, где $\lambda_{\max}$ — наибольшая кривизна в самом минимуме. Проверим на числах, начав рядом с ним.

# %%
curvature = np.linalg.eigvalsh(problem.hessian(problem.x_star))[-1]
print(f"L = {problem.L:.3f}   λ_max = {curvature:.3f}")


def distance(method, alpha):
    """‖x_K − x*‖ for each α, K = 3000, from a start beside x*."""
    xs = run(method, problem, problem.x_star + 1e-3, steps=3000, keep=[3000], alpha=alpha)
    return np.linalg.norm(xs[0] - problem.x_star, axis=-1)


shares = np.array([0.95, 0.99, 1.01, 1.05])
for c, far in zip(shares, distance(gd, shares * 2 / curvature), strict=True):
    check("S1.2", far, below=1e-6, of=f"α = {c:.2f} · 2/λ_max")
check("S1.2", distance(gd_armijo, 20.0), below=1e-6, of="Armijo")

# %% [markdown]
# **Вердикт (S1.2): верно при условии.** Рядом с минимумом GD с постоянным шагом сходится при $\alpha < 2/\lambda_{\max}$, а чуть больше — не сходится вовсе; откуда бы ни начать, сходимость гарантирует $\alpha < 2/L$. Линейному поиску условие не нужно: шаг он укорачивает сам.
#
# Подвигайте сами: $\alpha$ до границы и за неё. Щелчок по линиям уровня переносит начало.
#
# **Цель.** Опустите GD до $10^{-12}$ за десять полных градиентов: это 1000 $\nabla f_i$. Строка `◎` над картинкой говорит, насколько вы близко, `★` — каким был лучший результат.

# %%
explore([gd, gd_armijo], problem, x0, alpha={"gd": 1 / problem.L, "gd_armijo": 20.0}, steps=40,
        goal=Goal(1e-12, within=1000, of="gd"))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:unbiased"]
# ## S2. Градиент, который не смещён · 2 мин на паре
#
# $$x_{k+1} = x_k - \alpha_k \nabla f_{i_k}(x_k), \qquad \mathbb{E}\, \nabla f_{i_k}(x) = \nabla f(x),$$
#
# где номер $i_k$ на каждой итерации выбирается заново, равновероятно из $1, \ldots, n$; ожидание — по этому номеру, а точка $x$ дана.
#
# В библиотеке нет отдельного метода SGD: это тот же `gd`, но на задаче `problem.minibatch(batch, seed)`, у которой `grad` — среднее по случайному батчу.
#
# **Утверждение слайда.** Стохастический градиент не смещён. Здесь не нужна статистика: возьмём маленькую задачу и переберём **все** батчи.

# %% tags=["seminar:unbiased"]
small = least_squares(n=6, d=3, seed=SEED + 1)
x = np.array([1.0, -2.0, 0.5])
g = small.grad(x)

errors = {}
for batch in (1, 2, 3):
    drawn = {True: product(range(6), repeat=batch), False: combinations(range(6), batch)}
    for replace, batches in drawn.items():
        all_g = [small.grad_batch(x, np.array(i)) for i in batches]
        errors[batch, replace] = np.abs(np.mean(all_g, axis=0) - g).max()
        print(f"B = {batch}  replace={replace!s:5}  {len(all_g):3} : ", end="")
        print(f"max |E g_B − ∇f| = {errors[batch, replace]:.0e}")
check("S2.1", max(errors.values()), below=1e-12, of="max |E g_B − ∇f|")

# %% [markdown] tags=["seminar:unbiased"]
# **Вердикт (S2.1): верно.** `replace=True` — выбор с возвращением (номера могут повторяться), `replace=False` — без возвращения; рядом — число всех батчей. Разница — ошибки округления: оценка не смещена при любом размере батча и при обоих способах выбора.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### А если перемешать и идти подряд? · 4 мин дома
#
# На практике данные перемешивают раз в эпоху и режут на батчи подряд. Каждый батч сам по себе не смещён. Но если вы помните, что уже было в этой эпохе, следующий батч для вас выбирается уже не из всех данных, а из того, что осталось; последний и вовсе известен.
#
# **Предскажите.** Известны все батчи эпохи, кроме последнего. Чему при этом равно математическое ожидание градиента по последнему?
#
# - **A.** $\nabla f(x)$: любой батч эпохи сам по себе не смещён.
# - **B.** Самому этому градиенту: ничего случайного в нём не осталось.
# - **C.** Среднему градиентов по уже известным батчам.

# %%
deck = small.reshuffle(2, seed=SEED).batches(3)[:, :, None]
rest = np.setdiff1d(np.arange(6), deck[:2])
last = small.grad_batch(x, deck[2, :, 0])
print(set(rest.tolist()), "=", set(deck[2, :, 0].tolist()))
print(f"‖E[g_3 | g_1, g_2] − ∇f‖ / ‖∇f‖ = {np.linalg.norm(last - g) / np.linalg.norm(g):.2f}")
epoch = np.mean([small.grad_batch(x, i[:, 0]) for i in deck], axis=0)
print(f"‖mean(g_1, g_2, g_3) − ∇f‖      = {np.linalg.norm(epoch - g):.0e}")

# %% [markdown]
# **Ответ: B.** Последний батч — это слагаемые, которых в эпохе ещё не было. Когда остальные известны, известен и он, и от $\nabla f$ его градиент отличается на величину порядка $\|\nabla f\|$. A верно, пока о прошлом ничего не известно; C путает последний батч с остальными: вместе они дают $\nabla f$, порознь — нет.
#
# Зато если $B$ делит $n$, среднее за эпоху в одной и той же точке $x$ равно градиенту точно: шум внутри эпохи сокращается.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:variance"]
# ## Дисперсия и размер батча · 6 мин на паре
#
# Пусть $\sigma^2 = \frac{1}{n} \sum_i \|\nabla f_i(x) - \nabla f(x)\|^2$. Тогда для батча из $B$ примеров
#
# $$\mathbb{E}\,\|g_B - \nabla f\|^2 = \frac{\sigma^2}{B} \qquad\qquad \mathbb{E}\,\|g_B - \nabla f\|^2 = \frac{\sigma^2}{B} \cdot \frac{n - B}{n - 1},$$
#
# если выбирать с возвращением и без возвращения соответственно.
#
# **Предскажите.** Батч вырос с $B = 1$ до $B = n = 1000$. Во сколько раз уменьшился разброс, то есть корень из дисперсии, — с возвращением и без?
#
# - **A.** С возвращением — в 1000 раз, без — до нуля.
# - **B.** В обоих случаях примерно в 32 раза.
# - **C.** В обоих случаях до нуля: батч размером со все данные.
# - **D.** С возвращением — примерно в 32 раза, без — до нуля.

# %%
regression = least_squares(n=1000, d=20, seed=SEED)
x, n = np.zeros(20), regression.n
g = regression.grad(x)
each = regression.grad_batch(np.broadcast_to(x, (n, 20)), np.arange(n)[None])
sigma2 = ((each - g) ** 2).sum(-1).mean()


def variance(batch, replace, draws=40, seeds=range(SEED, SEED + 50)):
    """‖g_B − ∇f‖² for each seed: the mean over the draws."""
    noisy = regression.minibatch(batch, seeds, replace=replace)
    points = np.broadcast_to(x, (len(seeds), 20))
    return np.mean([((noisy.grad(points) - g) ** 2).sum(-1) for _ in range(draws)], axis=0)


# %%
batches = np.array([1, 4, 16, 64, 256, 640])
theory = {True: sigma2 / batches, False: sigma2 / batches * (n - batches) / (n - 1)}
runs = {r: np.array([variance(B, r) for B in batches]) for r in (True, False)}
band = {r: mean_band(runs[r]) / theory[r] for r in runs}
heads = {f"replace={r}": band[r] for r in runs}
print(table({"B": batches, **heads}, dict.fromkeys(heads, ".3f")))
check("S2.2", slope(batches, runs[True]), between=(-1.1, -0.9), of="replace=True, B^p")
for j in (2, 3, 5):
    check("S2.3", band[False][j], between=(0.9, 1.1), of=f"replace=False, B = {batches[j]}")

# %% tags=["hide-input"]
ax = plot.axes()
for replace, shape in ((True, "o"), (False, "s")):
    (line,) = ax.loglog(batches, theory[replace])
    plot.errorbars(batches, mean_band(runs[replace]), shape, color=line.get_color(),
                   label=f"replace={replace}", ax=ax)  # fmt: skip
_ = ax.set(xlabel="$B$", ylabel=r"$\mathbb{E}\,\|g_B - \nabla f\|^2$")

# %% [markdown]
# В таблице — отношение измеренного к формуле, в скобках 95-процентный интервал: его строят бутстрепом, то есть заново выбирают с возвращением из тех же запусков и смотрят, как гуляет среднее. Примерно один из двадцати таких интервалов может не накрыть единицу.
#
# **Вердикт (S2.2): верно.** С возвращением дисперсия падает как $1/B$, а разброс — лишь как $1/\sqrt{B}$.
#
# **Вердикт (S2.3): верно.** Без возвращения сначала то же самое, но чем ближе $B$ к $n$, тем сильнее работает множитель $(n-B)/(n-1)$; при $B = n$ шума нет совсем.

# %% [markdown] tags=["seminar:variance-answer"]
# **Ответ: D.** $\sqrt{1000} \approx 32$, а без возвращения множитель $(n - B)/(n - 1)$ обращается в нуль. A путает разброс с дисперсией; C забывает, что с возвращением одни слагаемые попадут в батч дважды, а другие — ни разу; B забывает множитель конечной суммы.
#
# Отсюда главный компромисс: батч в 4 раза больше — итерация в 4 раза дороже, а разброс меньше только вдвое.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:plane"]
# ### Руками · 3 мин дома
#
# Сначала нарисуйте справа — мышью, пальцем или стрелками, — как меняется медиана $f(x_k) - f^*$; глаз под рисунком покажет, что вышло и на сколько порядков вы ошиблись, карандаш сотрёт рисунок.
#
# Меняйте размер батча `B` и выберите в списке `replace=False`. Полоса на правой картинке — от 10-го до 90-го процентиля по 32 запускам. При $B = n$ без возвращения облако сжимается в один путь градиентного спуска. А при малом батче и постоянном шаге точки не сходятся к минимуму, а бродят вокруг него: это пятно мы будем называть **шаром шума**.
#
# **Цель.** Медиана $f - f^*$ не больше $2 \cdot 10^{-3}$ за 1600 $\nabla f_i$. Как разделить их между `B` и `K`?

# %% tags=["seminar:plane"]
plane = least_squares(n=64, d=2, seed=SEED)
explore(gd, plane.minibatch(1, seed=SEED), [-3, 3], alpha=0.1, steps=150, seeds=32,
        goal=Goal(2e-3, within=1600), predict=True)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 30 мин дома
#
# **1.** Пусть бюджет — $N$ градиентов $\nabla f_i$, и мы усредняем их в одной точке: либо один батч размера $N$, либо $N/B$ независимых батчей размера $B$ и среднее из них. С возвращением — какая из оценок точнее? Проверьте на задаче с $n = 1000$.

# %% tags=["exercise"]
regression = least_squares(n=1000, d=20, seed=SEED)
x, N = np.zeros(20), 64

# %% [markdown] tags=["solution"]
# **Решение.** Одинаково: дисперсия среднего $N/B$ батчей равна $\frac{B}{N} \cdot \frac{\sigma^2}{B} = \frac{\sigma^2}{N}$. Размер батча сам по себе ничего не улучшает; он меняет лишь то, как часто мы делаем шаг.

# %% tags=["solution"]
points = np.broadcast_to(x, (2000, 20))
g = regression.grad(x)
for j, B in enumerate((1, 4, 16, 64)):
    noisy = regression.minibatch(B, seed=range(SEED + 2000 * j, SEED + 2000 * (j + 1)))
    mean = sum(noisy.grad(points) for _ in range(N // B)) / (N // B)
    print(f"B = {B:2}   {mean_band(((mean - g) ** 2).sum(-1)):.4f}")

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
    task = least_squares(n=n, d=20, seed=SEED)
    print(n, f"{seconds(task.grad, 500) / seconds(task.minibatch(1).grad, 500):.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
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
