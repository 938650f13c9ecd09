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
# # Стохастический градиентный спуск
#
# **Цель.** Увидеть, как ведёт себя SGD: быстро в начале, беспокойно в конце. Измерить, в каком пятне он застревает при постоянном шаге, и понять, как шаг, батч и сами данные это меняют.
#
# **Время на семинаре:** 45 минут. **Слайды:** S6, S7, S8.

# %%
import numpy as np

from course_lib import (
    LeastSquares,
    explore,
    gd,
    line_fit,
    log_spaced,
    logistic_on,
    plot,
    problems,
    rates,
    run,
    show,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S6. Типичное поведение
#
# Задача слайда: провести прямую через $n = 100$ точек, $y_i = 3 t_i + 4 + 0.2\,\varepsilon_i$, где $t_i$ равномерно распределены на отрезке от $-\frac12$ до $\frac12$, а $\varepsilon_i$ — стандартный нормальный шум. Параметров два: наклон $x_1$ и сдвиг $x_2$.
#
# $$f(x) = \frac{1}{2n} \sum_{i=1}^{n} \left(x_1 t_i + x_2 - y_i\right)^2$$
#
# Метод один и тот же; SGD получается из него заменой градиента на среднее по случайному батчу.

# %%
show(gd)

# %%
problem = line_fit(n=100, seed=0)
x0 = [5.5, 1.5]
stochastic = problem.minibatch(2, seed=0, replace=False)

full = run(gd, problem, x0, steps=300, alpha=1.0)
noisy = run(gd, stochastic, x0, steps=300, alpha=1.0)

left, right = plot.axes(2)
plot.path(problem, full, ax=left, label="GD")
plot.path(problem, noisy, ax=left, label="SGD, $B = 2$")
plot.gap(problem, full, ax=right, label="GD")
_ = plot.gap(stochastic, noisy, ax=right, label="SGD, $B = 2$")

# %% [markdown]
# Первые шаги похожи: вдали от минимума все слагаемые тянут примерно в одну сторону. Рядом с минимумом они спорят друг с другом, и SGD мечется в пятне, которое не уменьшается. Мы назовём это пятно шаром шума.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S7. Батч = 2
#
# Та же задача, шаг за шагом. Нажмите на треугольник или двигайте `k`.
#
# - **Зелёные кружки** на графике данных — пара точек, выпавшая на этом шаге. Через две точки проходит ровно одна прямая: её параметры — **зелёная звезда** на линиях уровня, минимум потерь этой пары.
# - **Зелёный пунктир** — линия уровня потерь пары, проходящая через текущую точку.
# - **Красно-оранжевая стрелка** — шаг, который сделает метод: вдоль антиградиента пары, поперёк её линии уровня. **Жёлтая звезда** — минимум всей суммы; пара о нём ничего не знает.
#
# Как выпадает пара, решает список с `replace=False`: здесь это две разные точки, каждый раз из всех. При `replace=True` одна точка может выпасть дважды; при `reshuffle` точки перемешаны и идут парами подряд, пока не кончатся. Кнопка с перекрещёнными стрелками даёт другие пары: `seed` + 1.
#
# **Предскажите.** Выпали две точки с близкими $t$. Куда попадёт зелёная звезда и как вытянутся линии уровня пары?

# %%
batch_two = explore(gd, stochastic, x0, alpha=1.0, steps=300, panels=["path", "gap", "fit"])
batch_two.controls.scrubber.value = 3
batch_two

# %% [markdown]
# Если $t$ почти совпали, прямая через две точки определена плохо: шум в $y$ уводит её наклон куда угодно, и звезда может оказаться далеко за краем картинки. Линии уровня пары — длинный овраг, и шаг идёт поперёк него: пара знает значение прямой около своего $t$, но почти ничего не знает о наклоне.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Это не метод спуска
#
# **Предскажите.** Какая доля шагов увеличивает $f$: в начале пути? в конце?

# %%
seeds = 2000
xs = run(gd, problem.minibatch(2, range(seeds), replace=False), x0, steps=300, alpha=1.0)
f = problems.gap(problem, xs)
up = f[1:] > f[:-1]
for first, last in ((1, 5), (6, 10), (11, 20), (21, 50), (101, 300)):
    share, low, high = rates.mean_band(up[first - 1 : last].mean(0))
    print(f"k = {first:3}..{last:3}:  P(f ↑) = {share:.3f} [{low:.3f}, {high:.3f}]")

# %% [markdown]
# Даже в начале пути вверх ведёт примерно каждый третий шаг. А когда метод пришёл в шар шума, шаги вверх и вниз почти равновероятны, и в среднем $f$ уже не меняется.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Шар шума
#
# Для наименьших квадратов пятно, в котором застревает SGD с постоянным шагом, считается точно. Пусть $e = x - x^*$, $H$ — матрица вторых производных $f$, $H_B$ — такая же матрица для батча, $\zeta_B$ — градиент батча в точке $x^*$. Шаг — случайное аффинное отображение:
#
# $$e_{k+1} = (I - \alpha H_B)\, e_k - \alpha\, \zeta_B$$
#
# Второй момент $\Sigma = \mathbb{E}\, e e^\top$ переходит сам в себя, когда
#
# $$\Sigma = \mathbb{E}\left[(I - \alpha H_B)\, \Sigma\, (I - \alpha H_B)\right] + \alpha^2\, \mathbb{E}\, \zeta_B \zeta_B^\top, \qquad \mathbb{E} f - f^* = \tfrac12 \operatorname{tr}(H \Sigma)$$
#
# Это система линейных уравнений; её решает `noise_ball`. При малом $\alpha$ ответ почти равен $\frac{\alpha}{4} \operatorname{tr} S_B$, где $S_B$ — ковариация градиента батча в $x^*$, знакомая по [прошлой тетради](01_finite_sum.ipynb): **шар пропорционален шагу**.
#
# **Предскажите.** Уменьшили $\alpha$ вдвое. Во сколько раз уменьшится $\mathbb{E} f - f^*$ при малых $\alpha$? А вблизи границы устойчивости — сильнее или слабее?

# %%
alphas = np.array([1.6, 0.8, 0.4, 0.2, 0.1, 0.05])
mean, low, high, exact = [], [], [], []
for alpha in alphas:
    settled = int(8 / (alpha * problem.mu))
    at = np.linspace(settled, 1.3 * settled, 20).astype(int)
    noisy = problem.minibatch(2, range(500), replace=False)
    xs = run(gd, noisy, x0, steps=at[-1], at=np.unique(at), alpha=alpha)
    m, a, b = rates.mean_band(problems.gap(problem, xs).mean(0))
    mean, low, high = [*mean, m], [*low, a], [*high, b]
    exact.append(rates.noise_ball(problem, alpha, 2, replace=False))
mean, low, high, exact = map(np.array, (mean, low, high, exact))

print(f"{'α':>5} {'E f − f*':>31} {'½ tr HΣ':>9} {'α → α/2':>8}")
for j, alpha in enumerate(alphas):
    ratio = f"{exact[j] / exact[j + 1]:.2f}" if j + 1 < len(alphas) else ""
    print(f"{alpha:5} {mean[j]:9.6f} [{low[j]:.6f}, {high[j]:.6f}] {exact[j]:9.6f} {ratio:>8}")

# %%
residual = problem.A @ problem.x_star - problem.y
trace_S = np.mean(residual**2 * (problem.A**2).sum(-1))
share = (problem.n - 2) / (2 * (problem.n - 1))  # variance of a batch of 2 without replacement

ax = plot.axes()
ax.loglog(alphas, exact, "-", color=plot.COLORS[0], label=r"$\frac{1}{2}\,\mathrm{tr}\,H\Sigma$")
ax.loglog(alphas, alphas * share * trace_S / 4, color="gray", dashes=(2, 2),
          label=r"$\frac{\alpha}{4}\,\mathrm{tr}\,S_B$")  # fmt: skip
ax.errorbar(alphas, mean, [mean - low, high - mean], fmt="o", color=plot.COLORS[1], capsize=4,
            label="SGD")  # fmt: skip
ax.set(xlabel=r"$\alpha$", ylabel=r"$\mathbb{E}\,f - f^*$")
_ = ax.legend()

# %% [markdown]
# **Что увидели.** Измеренное ложится на точное решение, подгонять нечего. При малых $\alpha$ отношение соседних строк стремится к 2, при больших оно заметно больше: «вдвое меньше шаг — вдвое меньше шар» — утверждение предельное. Ждать пришлось долго: чем меньше шаг, тем дольше метод идёт до шара — время порядка $1/(\alpha\mu)$. Если мерить раньше, получится не шар, а хвост пути.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Убывающий шаг
#
# Чтобы шар стягивался в точку, шаг должен убывать — но не слишком быстро. **Предскажите** наклоны трёх кривых в логарифмических осях: $\alpha = \frac12$, $\;\alpha_k = 1/\sqrt{k}$, $\;\alpha_k = \min\left(1, \frac{2}{\mu k}\right)$.

# %%
steps, at = 20_000, log_spaced(20_000, 50)
schedules = {
    "α = 1/2": 0.5,
    "αₖ = 1/√k": lambda k: 1 / k**0.5,
    "αₖ = min(1, 2/μk)": lambda k: min(1.0, 2 / (problem.mu * k)),
}
noisy = problem.minibatch(2, range(100), replace=False)
tail = at >= 1000

ax = plot.axes()
for name, alpha in schedules.items():
    xs = run(gd, noisy, x0, steps=steps, at=at, alpha=alpha)
    plot.gap(noisy, xs, at=at, ax=ax, label=name)
    print(f"{name:18} {rates.slope(at[tail], problems.gap(problem, xs)[tail])}")
ax.set_xscale("log")

# %% [markdown]
# **Что увидели.** Постоянный шаг: наклон около 0 — шар. Шаг $2/(\mu k)$: наклон около $-1$, лучший возможный для сильно выпуклой функции. Шаг $1/\sqrt{k}$: ошибка следует за размером шара, а шар — за шагом, поэтому наклон около $-\frac12$.
#
# Зачем обрезка $\min(1, \cdot)$? Без неё первые шаги $2/(\mu k)$ больше границы устойчивости, и метод успевает улететь далеко, прежде чем шаг станет разумным. Насколько далеко, видно по наибольшему значению $f$ на пути:

# %%
for label, top in (("2/μk", np.inf), ("min(1, 2/μk)", 1.0)):
    xs = run(gd, noisy, x0, steps=300, alpha=lambda k, top=top: min(top, 2 / (problem.mu * k)))
    print(f"{label:13} max f − f* = {np.median(problems.gap(problem, xs).max(0)):.1e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками
#
# Тридцать два запуска сразу. Меняйте $\alpha$, `B`, правило шага, выборку (кнопка с перекрещёнными стрелками). Найдите два шага, из которых больший лучше вначале и хуже в конце. Список справа от `k` меняет горизонтальную ось: итерации, эпохи, число $\nabla f_i$.

# %%
explore(gd, stochastic, x0, alpha=0.5, steps=300, seeds=32)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S8. Вычислительные эксперименты: настоящие данные
#
# На слайде две ссылки на эксперименты с SGD; обе давно не открываются. Эта тетрадь их заменяет.
#
# **Утверждение.** SGD выигрывает в начале, GD — в конце. Проверим на двух логистических регрессиях с $\lambda = 1/n$: грибы ($n = 8124$, $d = 127$: съедобен или нет) и цифры ($n = 1797$, $d = 65$: чётная или нечётная).
#
# По горизонтали — проходы по данным: одна итерация GD или $n/B$ итераций SGD. Так сравнение честное: вычислено одинаковое число градиентов $\nabla f_i$.
#
# **Предскажите.** Сколько проходов понадобится GD, чтобы догнать один проход SGD с $B = 1$?


# %%
def race(name, epochs, full_epochs, seeds=5):
    """Gaps and works of GD and two SGDs on a data set, and the first epoch where GD is ahead."""
    task = logistic_on(name)
    start = np.zeros(task.d)
    one = task.minibatch(1, range(seeds))
    sixteen = task.minibatch(16, range(seeds))
    curves = {
        "GD, α = 1/L": (task, 1 / task.L, full_epochs),
        "SGD, B = 1, α = 1/Lₘₐₓ": (one, 1 / task.L_max, epochs * task.n),
        "SGD, B = 16, α = 1/L": (sixteen, 1 / task.L, epochs * task.n // 16),
    }
    ax = plot.axes(width=9)
    results = {}
    for label, (oracle, alpha, steps) in curves.items():
        at = np.unique(np.r_[log_spaced(steps, 60), np.rint([task.n / oracle.cost]).astype(int)])
        xs = run(gd, oracle, start, steps=steps, at=at, alpha=alpha)
        plot.gap(oracle, xs, at=at, unit="epochs", ax=ax, label=label)
        results[label] = problems.evaluations(oracle, at, "epochs"), problems.gap(oracle, xs)
    ax.set_xscale("log")
    ax.set_xlim(left=1e-2)
    ax.set_title(f"{name}: n = {task.n}, d = {task.d}, f* = {task.f_star:.4f}")
    return results


def summary(results):
    """Gaps after one epoch and at the end, and the epoch at which GD gets there."""
    (_, (gd_epochs, gd_gap)), *others = results.items()
    print(f"{'':22} {'k·B/n':>6} {'f − f*':>8} {'GD: k':>7}")
    for label, (epochs, error) in others:
        for j in (np.searchsorted(epochs, 1 - 1e-9), -1):
            mean = error[j].mean()
            there = gd_epochs[gd_gap < mean]
            k = f"{there[0]:.0f}" if len(there) else f"> {gd_epochs[-1]:.0f}"
            print(f"{label:22} {epochs[j]:6.0f} {mean:8.1e} {k:>7}")


# %%
mushrooms = race("mushrooms", epochs=10, full_epochs=3000)
summary(mushrooms)

# %% [markdown]
# **Грибы.** Один проход SGD с $B = 1$ даёт то, на что градиентному спуску нужны тысячи проходов. «GD выигрывает в конце» здесь формально верно, но конец очень далеко: на картинке его нет. Причина в счёте: за проход SGD успевает сделать 8124 шага, а GD — один. Сколько из них полезны?

# %%
task = logistic_on("mushrooms")
xs = run(gd, task.minibatch(1, range(6)), np.zeros(task.d), steps=1000, alpha=1 / task.L_max)
down = np.diff(problems.gap(task, xs), axis=0) < 0
closer = np.diff(np.linalg.norm(xs - task.x_star, axis=-1), axis=0) < 0
for last in (100, 1000):
    for sign, good in (("f ↓", down), ("‖x − x*‖ ↓", closer)):
        mean, low, high = rates.mean_band(good[:last].mean(0))
        print(f"k ≤ {last:4}:  P({sign:10}) = {mean:.3f} [{low:.3f}, {high:.3f}]")

# %% [markdown]
# Функция убывает меньше чем на половине шагов — и всё же почти каждый шаг вдали от минимума приближает к $x^*$.

# %%
digits = race("digits_odd_even", epochs=50, full_epochs=5000)
summary(digits)

# %% [markdown]
# **Цифры.** Классы не разделяются линейно ($f^* \approx 0.21$), поэтому градиенты слагаемых в минимуме далеки от нуля и SGD с $B = 1$ и шагом $1/L_{\max}$ быстро упирается в шар шума. Градиентный спуск медленнее, но идёт до конца и в итоге обгоняет. Батч 16 опускает пол, хотя шаг у него больше ($1/L$), но за проход делает в 16 раз меньше шагов: это и есть торг из [прошлой тетради](01_finite_sum.ipynb).
#
# Вывод честнее лозунга: SGD выигрывает в начале, а «конец» наступает тем позже, чем больше данных и чем меньше шум в минимуме.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Когда шума в минимуме нет: интерполяция
#
# Пусть прямая проходит через **все** точки: $y_i = 3 t_i + 4$ без шума. Тогда $\nabla f_i(x^*) = 0$ для каждого $i$, и в $x^*$ спорить не о чем.
#
# **Предскажите.** SGD, $B = 2$, постоянный шаг. Где он застрянет?

# %%
exact_line = LeastSquares(problem.A, problem.A @ [3.0, 4.0], domain=problem.domain)
oracle = exact_line.minibatch(2, range(400), replace=False)
xs = run(gd, oracle, x0, steps=300, alpha=1.0)
error = problems.gap(exact_line, xs)

ax = plot.axes()
plot.gap(oracle, xs, ax=ax, label=r"$\zeta_i = 0$")
noisy = problem.minibatch(2, range(400), replace=False)
plot.gap(noisy, run(gd, noisy, x0, steps=300, alpha=1.0), ax=ax, label=r"$\zeta_i \neq 0$")

rate = np.exp((np.log(error[200]) - np.log(error[50])) / 150)
mean, low, high = rates.mean_band(rate)
print(f"f(x_k+1) − f* ≈ {mean:.3f} [{low:.3f}, {high:.3f}] · (f(x_k) − f*)")

# %% [markdown]
# Нигде: сходимость линейная, как у градиентного спуска, и шаг уменьшать не нужно. Сублинейная скорость SGD — следствие шума в минимуме, а не случайности самой по себе. Большие нейронные сети, которые запоминают обучающую выборку целиком, ближе к этому случаю, чем к предыдущему.
#
# > **Оговорка к слайдам.** «SGD сходится сублинейно даже на сильно выпуклых функциях» (S4) — утверждение о задачах, у которых дисперсия стохастического градиента в $x^*$ не нулевая. Здесь она нулевая.

# %%
explore(gd, exact_line.minibatch(2, seed=0, replace=False), x0, alpha=1.0, steps=150, seeds=32)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** У какого $\alpha$ шар шума в задаче с прямой при $B = 2$ становится бесконечным? Найдите границу до двух знаков после запятой с помощью `noise_ball` и сравните её с границей $2/L$ градиентного спуска. Почему она меньше?

# %% tags=["exercise"]
problem = line_fit(n=100, seed=0)
rates.noise_ball(problem, alpha=1.0, batch=2, replace=False), 2 / problem.L

# %% [markdown] tags=["solution"]
# **Решение.** Деление пополам. Граница ниже $2/L$: в одномерном случае с кривизной $\lambda$ второй момент за шаг умножается не на $(1 - \alpha\lambda)^2$, а на $\mathbb{E}(1 - \alpha\lambda_B)^2 = (1 - \alpha\lambda)^2 + \alpha^2 \operatorname{Var} \lambda_B$: разброс кривизны батча сам раскачивает метод.

# %% tags=["solution"]
low, high = 1.0, 2 / problem.L
while high - low > 1e-4:
    middle = (low + high) / 2
    stable = np.isfinite(rates.noise_ball(problem, middle, 2, replace=False))
    low, high = (middle, high) if stable else (low, middle)
print(f"{low:.3f} < {2 / problem.L:.3f}")

# %% [markdown]
# **2.** Бюджет — 20 проходов по цифрам. Подберите для $B = 16$ шаг и правило его убывания так, чтобы $f(x) - f^*$ в конце было меньше $10^{-2}$ в среднем по пяти запускам. Сколько попыток вы сделали? Напишите и это: подбор шага — тоже вычисления.

# %% tags=["exercise"]
task = logistic_on("digits_odd_even")
oracle = task.minibatch(16, seed=range(5))
steps = 20 * task.n // 16

# %% [markdown] tags=["solution"]
# **Решение.** Одна сетка: шесть шагов на пять запусков, все тридцать считаются вместе. Правило убывания — $\alpha_k = \alpha / (1 + 4k/K)$. Ниже $10^{-2}$ опускаются два шага из шести; попыток, значит, было шесть.

# %% tags=["solution"]
grid = np.array([0.25, 0.5, 1, 2, 4, 8]) / task.L
xs = run(gd, oracle, np.zeros(task.d), steps=steps, at=[steps],
         alpha=lambda k: grid[:, None] / (1 + 4 * k / steps))  # fmt: skip
for alpha, values in zip(grid, problems.gap(task, xs)[0], strict=True):
    print(f"α = {alpha:.3f}: {values.mean():.1e}")

# %% [markdown]
# **3.** Сделайте данные «почти интерполяционными»: шум в $y$ не $0.2$, а $\sigma$. Как шар шума зависит от $\sigma$? Сначала формула, потом проверка.

# %% tags=["exercise"]
sigmas = [0.05, 0.1, 0.2, 0.4]

# %% [markdown] tags=["solution"]
# **Решение.** Ковариация $S$ квадратична по остаткам, а уравнение для $\Sigma$ линейно по $S$: шар растёт ровно как $\sigma^2$.

# %% tags=["solution"]
for sigma in sigmas:
    y = problem.A @ problem.x_star + sigma / 0.2 * (problem.y - problem.A @ problem.x_star)
    scaled = LeastSquares(problem.A, y)
    print(sigma, f"{rates.noise_ball(scaled, 1.0, 2, replace=False) / sigma**2:.6f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - SGD не метод спуска: у минимума около половины шагов увеличивает $f$.
# - При постоянном шаге он застревает в шаре шума. Для наименьших квадратов размер шара известен точно; при малом $\alpha$ он пропорционален $\alpha$, а при выборе с возвращением — $\alpha / B$.
# - Убывающий шаг стягивает шар: при $\alpha_k = c/k$ с достаточно большим $c$ ошибка на сильно выпуклой задаче падает как $1/k$.
# - При том же числе проходов по данным SGD в начале впереди; догонит ли его GD за разумное время, зависит от $n$ и от шума в минимуме.
# - Без шума в минимуме SGD сходится линейно с постоянным шагом.
#
# ### Литература
#
# - L. Bottou, F. E. Curtis, J. Nocedal. [Optimization Methods for Large-Scale Machine Learning](https://arxiv.org/abs/1606.04838). SIAM Review, 2018.
# - F. Bach, E. Moulines. [Non-Asymptotic Analysis of Stochastic Approximation Algorithms for Machine Learning](https://papers.nips.cc/paper/4316-non-asymptotic-analysis-of-stochastic-approximation-algorithms-for-machine-learning). NIPS, 2011.
# - S. Ma, R. Bassily, M. Belkin. [The Power of Interpolation](https://arxiv.org/abs/1712.06559). ICML, 2018.
# - R. M. Gower et al. [SGD: General Analysis and Improved Rates](https://arxiv.org/abs/1901.09401). ICML, 2019.
