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
# **Время:** 16 мин на паре, 67 мин дома. **Слайды:** S6, S7, S8.

# %%
import numpy as np

from course_lib import explore, log_spaced, plot, problems, run, show
from course_lib.figures import Goal
from course_lib.methods import gd
from course_lib.problems import LeastSquares, line_fit, logistic_on
from course_lib.rates import Band, mean_band, noise_ball, ratio_band, slope
from course_lib.tables import from_rows, table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:path"]
# ## S6. Типичное поведение · 3 мин на паре
#
# Задача слайда: провести прямую через $n = 100$ точек, $y_i = 3 t_i + 4 + 0.2\,\varepsilon_i$, где $t_i$ равномерно распределены на отрезке от $-\frac12$ до $\frac12$, а $\varepsilon_i$ — стандартный нормальный шум. Параметров два: наклон $x_1$ и сдвиг $x_2$.
#
# $$f(x) = \frac{1}{2n} \sum_{i=1}^{n} \left(x_1 t_i + x_2 - y_i\right)^2$$
#
# Метод один и тот же; SGD получается из него заменой градиента на среднее по случайному батчу.

# %%
show(gd)

# %% tags=["seminar:path"]
problem = line_fit(n=100, seed=SEED)
x0 = [5.5, 1.5]
stochastic = problem.minibatch(2, seed=SEED, replace=False)

left, right = plot.axes(2)
for name, oracle in (("SGD, batch = 2", stochastic), ("GD", problem)):
    xs = run(gd, oracle, x0, steps=300, alpha=1.0)
    plot.path(problem, xs, ax=left, label=name)
    plot.gap(oracle, xs, ax=right, label=name)

# %% [markdown] tags=["seminar:path"]
# Первые шаги похожи: вдали от минимума все слагаемые тянут примерно в одну сторону. Рядом с минимумом они спорят друг с другом, и SGD мечется в пятне, которое не уменьшается. Это и есть шар шума.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:pair"]
# ## S7. Батч = 2 · 4 мин на паре
#
# Та же задача, шаг за шагом. Нажмите на треугольник или двигайте `k`.
#
# - **Зелёные кружки** на графике данных — пара точек, выпавшая на этом шаге. Через две точки проходит ровно одна прямая: её параметры — **зелёная звезда в кольце** на линиях уровня, минимум потерь этой пары.
# - **Зелёный пунктир** — линия уровня потерь пары, проходящая через текущую точку.
# - **Стрелка** — шаг, который сделает метод: вдоль антиградиента пары, поперёк её линии уровня.
# - **Оранжевая звезда** — минимум всей суммы; пара о нём ничего не знает.
#
# Строка под картинками — этот шаг в числах: где стоим ($x$), градиент пары ($g$), сдвиг ($\Delta x$) и номера $i$ двух точек.
#
# Как выпадает пара, решает список `iₖ`: `replace=False` — это две разные точки, каждый раз из всех. При `replace=True` одна точка может выпасть дважды; при `reshuffle` точки перемешаны и идут парами подряд, пока не кончатся. Кнопка с перекрещёнными стрелками даёт другие пары: `seed` + 1.
#
# **Предскажите.** Выпали две точки с близкими $t$. Где окажется зелёная звезда?
#
# - **A.** Рядом с оранжевой: через эти точки идёт почти та же прямая.
# - **B.** Где-то вдоль одной прямой, может быть, далеко.
# - **C.** Где угодно.

# %% tags=["seminar:pair"]
batch_two = explore(gd, stochastic, x0, alpha=1.0, steps=300, panels=["path", "gap", "fit"])
batch_two.controls.scrubber.value = 3
batch_two

# %% [markdown] tags=["seminar:pair"]
# **Ответ: B.** Если $t$ почти совпали, прямая через две точки определена плохо: шум в $y$ уводит её наклон куда угодно, и звезда уезжает вдоль прямой $x_1 t + x_2 = y$, иногда далеко за край картинки. A было бы верно без шума; C забывает, что около своего $t$ пара значение прямой знает.
#
# Вдоль той же прямой вытянут овраг — линии уровня пары, и шаг идёт поперёк него: о наклоне пара не знает почти ничего.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:descent"]
# ### Это не метод спуска · 3 мин на паре
#
# **Утверждение.** На картинке слайда метод приходит к минимуму и топчется вокруг него.
#
# **Предскажите.** Какая доля шагов после сотого увеличивает $f$?
#
# - **A.** Никакая: метод идёт вдоль антиградиента.
# - **B.** Каждый десятый.
# - **C.** Каждый третий, как и в начале.
# - **D.** Примерно половина.

# %% tags=["seminar:descent"]
noisy = problem.minibatch(2, range(SEED, SEED + 2000), replace=False)
f = problems.gap(problem, run(gd, noisy, x0, steps=300, alpha=1.0))
up = f[1:] > f[:-1]
windows = [(1, 5), (6, 10), (11, 20), (21, 50), (101, 300)]
share = mean_band([up[first - 1 : last].mean(0) for first, last in windows])
columns = {"k": [f"{first}..{last}" for first, last in windows], "P(f ↑)": share}
print(table(columns, {"P(f ↑)": ".3f"}))
check("S6.1", share[-1], between=(0.4, 0.6), of="P(f ↑), k > 100")

# %% [markdown] tags=["seminar:descent"]
# **Вердикт (S6.1): верно.** SGD не метод спуска. Даже в начале пути вверх ведёт примерно каждый третий шаг, а когда метод пришёл в шар шума, он шагает вверх так же часто, как вниз, и в среднем $f$ уже не меняется.
#
# **Ответ: D.** A верно для антиградиента всей суммы (если $\alpha < 2/L$), а шаг идёт вдоль антиградиента пары. C — начало пути: там $f$ ещё есть куда убывать.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Шар шума · 6 мин на паре
#
# Для наименьших квадратов пятно, в котором застревает SGD с постоянным шагом, считается точно. Пусть $e = x - x^*$, $H$ — матрица вторых производных $f$, $H_B$ — такая же матрица для батча, $\zeta_B$ — градиент батча в точке $x^*$. Шаг — случайное аффинное отображение:
#
# $$e_{k+1} = (I - \alpha H_B)\, e_k - \alpha\, \zeta_B$$
#
# Когда метод забыл начало, $\mathbb{E}\, e = 0$ и смешанные члены в $e_{k+1} e_{k+1}^\top$ в среднем исчезают. Второй момент $\Sigma = \mathbb{E}\, e e^\top$ переходит сам в себя, когда
#
# $$\Sigma = \mathbb{E}\left[(I - \alpha H_B)\, \Sigma\, (I - \alpha H_B)\right] + \alpha^2\, \mathbb{E}\, \zeta_B \zeta_B^\top, \qquad \mathbb{E} f - f^* = \tfrac12 \operatorname{tr}(H \Sigma)$$
#
# Это система линейных уравнений; её решает `noise_ball`. При малом $\alpha$ ответ почти равен $\frac{\alpha}{4} \operatorname{tr} S_B$, где $S_B$ — ковариация градиента батча в $x^*$, знакомая по [первой тетради](01_finite_sum.ipynb): **шар пропорционален шагу**.
#
# **Утверждения.** Шар шума известен заранее, подгонять нечего. Вдвое меньше шаг — вдвое меньше шар.
#
# **Предскажите.** Шаг вблизи границы устойчивости уменьшили вдвое, с $1.6$ до $0.8$. Во сколько раз уменьшился шар?
#
# - **A.** В $\sqrt 2$ раза.
# - **B.** Вдвое.
# - **C.** Намного больше чем вдвое.
# - **D.** Ни во сколько: у границы метод всё равно мечется.

# %%
alphas = np.array([1.6, 0.8, 0.4, 0.2, 0.1, 0.05])


def settled(problem, alpha, seeds=range(SEED, SEED + 500)):
    """f(x_k) − f* in the ball, for each seed: the mean over twenty k."""
    first = int(8 / (alpha * problem.mu))
    kept = np.unique(np.linspace(first, 1.3 * first, 20).astype(int))
    noisy = problem.minibatch(2, seeds, replace=False)
    return problems.gap(problem, run(gd, noisy, x0, steps=kept[-1], keep=kept, alpha=alpha)).mean(0)


ball = mean_band([settled(problem, alpha) for alpha in alphas])
exact = np.array([noise_ball(problem, alpha, 2, replace=False) for alpha in alphas])
halved = exact[:-1] / exact[1:]
columns = {"α": alphas, "E f − f*": ball, "½ tr HΣ": exact, "α → α/2": [*halved, ""]}
print(table(columns, {"E f − f*": ".6f", "½ tr HΣ": ".6f", "α → α/2": ".2f"}))

# %%
for j, alpha in enumerate(alphas):
    check("S7.1", ball[j] / exact[j], between=(0.9, 1.1), of=f"α = {alpha}")
for j in (0, 4):
    check("S7.2", halved[j], between=(1.8, 2.2), of=f"α = {alphas[j]} → {alphas[j + 1]}")

# %% tags=["hide-input"]
residual = problem.A @ problem.x_star - problem.y
trace_S = np.mean(residual**2 * (problem.A**2).sum(-1))
share = (problem.n - 2) / (2 * (problem.n - 1))  # variance of a batch of 2 without replacement

ax = plot.axes()
ax.loglog(alphas, exact, label=r"$\frac{1}{2}\,\mathrm{tr}\,H\Sigma$")
ax.loglog(alphas, alphas * share * trace_S / 4, label=r"$\frac{\alpha}{4}\,\mathrm{tr}\,S_B$")
plot.errorbars(alphas, ball, label="SGD, batch = 2", ax=ax)
_ = ax.set(xlabel=r"$\alpha$", ylabel=r"$\mathbb{E}\,f - f^*$")

# %% [markdown]
# **Вердикт (S7.1): верно.** Измеренное ложится на точное решение при любом из шагов. Ждать пришлось долго: чем меньше шаг, тем дольше метод идёт до шара — время порядка $1/(\alpha\mu)$. Если измерить раньше, получится не шар, а хвост пути.
#
# **Вердикт (S7.2): верно при условии.** Условие — малый шаг. При малых $\alpha$ отношение соседних строк стремится к 2, вблизи границы устойчивости оно в несколько раз больше: «вдвое меньше шаг — вдвое меньше шар» — утверждение предельное.
#
# **Ответ: C.** B — закон малых шагов: он получен отбрасыванием того, что у границы и есть главное. A путает шар с его радиусом.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Убывающий шаг · 6 мин дома
#
# **Утверждение.** Чтобы шар стягивался в точку, шаг должен убывать, но не слишком быстро: на сильно выпуклой задаче при $\alpha_k \sim 1/\sqrt{k}$ ошибка падает как $1/\sqrt{k}$, при $\alpha_k = c/k$ с достаточно большим $c$ — как $1/k$.

# %%
steps, kept = 20_000, log_spaced(20_000, 50)
schedules = {
    "α = 1/2": (0.5, 0),
    "αₖ = 1/√k": (lambda k: 1 / k**0.5, -1 / 2),
    "αₖ = min(1, 2/μk)": (lambda k: min(1.0, 2 / (problem.mu * k)), -1),
}
noisy = problem.minibatch(2, range(SEED, SEED + 400), replace=False)
tail = kept >= 1000

ax = plot.axes()
ax.set_xscale("log")
for name, (alpha, expected) in schedules.items():
    xs = run(gd, noisy, x0, steps=steps, keep=kept, alpha=alpha)
    plot.gap(noisy, xs, keep=kept, ax=ax, label=name)
    measured = slope(kept[tail], problems.gap(problem, xs)[tail])
    check("S7.3", measured, between=(expected - 0.1, expected + 0.1), of=name)

# %% [markdown]
# **Вердикт (S7.3): верно.** Постоянный шаг: наклон около 0 — шар. Шаг $1/\sqrt{k}$: ошибка следует за размером шара, а шар — за шагом, поэтому наклон около $-\frac12$. Шаг $2/(\mu k)$: наклон около $-1$, лучший возможный для сильно выпуклой функции.
#
# Зачем обрезка $\min(1, \cdot)$? Без неё первые шаги $2/(\mu k)$ больше границы устойчивости, и метод улетает, прежде чем шаг станет разумным. Как далеко, скажет наибольшее значение $f$ на пути, в среднем по запускам.
#
# **Предскажите.** Без обрезки шаг $\frac{2}{\mu k}$ становится разумным примерно за дюжину итераций. До какой величины успеет вырасти $f - f^*$ (вначале она порядка единицы)?
#
# - **A.** Больше $10^{10}$.
# - **B.** Около тысячи.
# - **C.** Около десяти: итераций всего дюжина.

# %%
for label, top in (("2/μk", np.inf), ("min(1, 2/μk)", 1.0)):
    xs = run(gd, noisy, x0, steps=300, alpha=lambda k, top=top: min(top, 2 / (problem.mu * k)))
    highest = np.log10(problems.gap(problem, xs).max(0))
    print(f"{label:13} log₁₀ max (f − f*) = {mean_band(highest):.1f}")

# %% [markdown]
# **Ответ: A.** За итерацию расстояние умножается примерно на $2L/(\mu k) - 1$, и пока это больше единицы, множители перемножаются: примерно $21 \cdot 10 \cdot 6 \cdot 4 \cdots$, ведь $L/\mu \approx 11$. В $f$ входит ещё и квадрат. B и C — оценки того, кто их складывает.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками · 3 мин дома
#
# Тридцать два запуска сразу. Слева тонкие линии — пути, точка — где запуск остановился; справа линия — медиана ошибки, полоса — от 10-го до 90-го процентиля запусков. Меняйте $\alpha$, `B`, правило шага, выборку (кнопка с перекрещёнными стрелками). Найдите два шага, из которых больший лучше вначале и хуже в конце. Список `↔` меняет горизонтальную ось: итерации, эпохи, число $\nabla f_i$.

# %% [markdown] tags=["seminar:class"]
# **Выборка — это вы.** Сначала нарисуйте на правой картинке медиану 32 запусков: как низко опустится ошибка за 300 шагов, если шаг не менять? Глаз под рисунком покажет, что вышло.
#
# Теперь впишите в окошко `seed` номера студентов по журналу, через запятую: `3, 17, 21`. Медиана и полоса (от 10-го до 90-го процентиля) построятся ровно по этим запускам, и каждый найдёт свою кривую по номеру. Далеко ли ушла медиана?
#
# **Цель.** За 600 $\nabla f_i$ опустите медиану ошибки до $3 \cdot 10^{-4}$: пунктирные ворота на правой картинке. При `B = 2`, `replace=False` и постоянном $\alpha$ этого не добиться: что-то из трёх придётся сменить.

# %% tags=["seminar:class"]
explore(gd, stochastic, x0, alpha=0.5, steps=300, seeds=32, goal=Goal(3e-4, within=600),
        predict=True)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S8. Вычислительные эксперименты: настоящие данные · 14 мин дома
#
# На слайде две ссылки на эксперименты с SGD; обе давно не открываются. Эта тетрадь их заменяет.
#
# **Утверждение.** SGD выигрывает в начале, GD — в конце. Проверим на двух логистических регрессиях с $\lambda = 1/n$: грибы ($n = 8124$, $d = 127$: съедобен или нет) и цифры ($n = 1797$, $d = 65$: чётная или нечётная).
#
# По горизонтали — проходы по данным: одна итерация GD или $n/B$ итераций SGD. Так сравнение честное: вычислено одинаковое число градиентов $\nabla f_i$. Шаги постоянные: $1/L$ у GD и у SGD с батчем 16, $1/L_{\max}$ у SGD с батчем 1, где $L_{\max}$ — наибольшая из констант Липшица слагаемых. В таблице — среднее по восьми запускам и проход, на котором GD опускается так же низко; `inf` — за всю гонку не опустился.
#
# **Предскажите.** Грибы. Сколько проходов понадобится GD, чтобы догнать один проход SGD с $B = 1$?
#
# - **A.** Единицы.
# - **B.** Десятки.
# - **C.** Сотни.
# - **D.** Больше тысячи.


# %%
def race(task, epochs, full_epochs):
    """{name: (epochs, f(x_k) − f*)} of two SGDs and of GD on a data set; draws them."""
    seeds = range(SEED, SEED + 8)
    runners = {
        "SGD, batch = 1": (task.minibatch(1, seeds), 1 / task.L_max, epochs * task.n),
        "SGD, batch = 16": (task.minibatch(16, seeds), 1 / task.L, epochs * task.n // 16),
        "GD": (task, 1 / task.L, full_epochs),
    }
    results, ax = {}, plot.axes(width=9)
    ax.set(xscale="log", xlim=(1e-2, full_epochs), title=f"{task.name}: n = {task.n}, d = {task.d}")
    for name, (oracle, alpha, steps) in runners.items():
        kept = np.union1d(log_spaced(steps, 100), round(task.n / oracle.cost))
        xs = run(gd, oracle, np.zeros(task.d), steps=steps, keep=kept, alpha=alpha)
        plot.gap(oracle, xs, keep=kept, unit="epochs", label=name, ax=ax)
        results[name] = problems.evaluations(oracle, kept, "epochs"), problems.gap(task, xs)
    return results


# %%
def summary(results):
    """f − f* of both SGDs after one epoch and in the end, and the epoch when GD is there."""
    full_epochs, full = results["GD"]
    rows = []
    for name in ("SGD, batch = 1", "SGD, batch = 16"):
        epochs, error = results[name]
        for j in (np.searchsorted(epochs, 1 - 1e-9), -1):
            gap = mean_band(error[j])
            ends = gap.value, gap.high, gap.low
            there = Band(*(full_epochs[full < end].min(initial=np.inf) for end in ends))
            rows.append((name, epochs[j], gap, there))
    columns = from_rows(["", "k·B/n", "f − f*", "GD: k"], rows)
    return table(columns, {"k·B/n": ".0f", "f − f*": ".1e", "GD: k": ".0f"})


# %%
mushrooms = race(logistic_on("mushrooms"), epochs=5, full_epochs=1000)
summary(mushrooms)

# %% [markdown]
# **Ответ: D.** То, что SGD с $B = 1$ даёт за один проход, градиентный спуск не даёт и за тысячу. Причина в счёте: за проход SGD успевает сделать 8124 шага, а GD — один. A и B забывают об этом счёте. Сколько из этих шагов полезны?

# %%
task = logistic_on("mushrooms")
one = task.minibatch(1, range(SEED, SEED + 8))
xs = run(gd, one, np.zeros(task.d), steps=1000, alpha=1 / task.L_max)
down = np.diff(problems.gap(task, xs), axis=0) < 0
closer = np.diff(np.linalg.norm(xs - task.x_star, axis=-1), axis=0) < 0
windows = [(1, 100), (101, 1000)]
columns = {"k": [f"{first}..{last}" for first, last in windows]}
for name, good in (("P(f ↓)", down), ("P(‖x − x*‖ ↓)", closer)):
    columns[name] = mean_band([good[first - 1 : last].mean(0) for first, last in windows])
table(columns, dict.fromkeys(["P(f ↓)", "P(‖x − x*‖ ↓)"], ".3f"))

# %% [markdown]
# Функция убывает меньше чем на половине шагов — и всё же вдали от минимума почти каждый шаг приближает к $x^*$.

# %%
digits = race(logistic_on("digits_odd_even"), epochs=40, full_epochs=4000)
summary(digits)


# %%
def noise_at_the_minimum(task):
    """The mean of ‖∇f_i(x*)‖², and the share of examples on the wrong side."""
    x = np.broadcast_to(task.x_star, (task.n, task.d))
    square = (task.grad_batch(x, np.arange(task.n)[None]) ** 2).sum(-1)
    return square.mean(), np.mean(task.y * (task.A @ task.x_star) < 0)


for name in ("mushrooms", "digits_odd_even"):
    square, wrong = noise_at_the_minimum(logistic_on(name))
    print(f"{name:16} ‖∇fᵢ(x*)‖² = {square:.3f}   yᵢ ≠ ŷᵢ: {wrong:.1%}")

# %% [markdown]
# **Цифры.** Здесь линейная модель ошибается и в самом минимуме: градиенты слагаемых там далеки от нуля, и SGD с $B = 1$ и шагом $1/L_{\max}$ быстро упирается в шар шума. У грибов классы разделяются, шума в минимуме почти нет — и шар во много раз меньше. Батч 16 опускает пол, хотя шаг у него больше ($1/L$), но за проход делает в 16 раз меньше шагов: это и есть компромисс из [первой тетради](01_finite_sum.ipynb).

# %%
for name, results in (("mushrooms", mushrooms), ("digits", digits)):
    (epochs, error), (full_epochs, full) = results["SGD, batch = 1"], results["GD"]
    first = mean_band(error[epochs == 1])[0] / full[full_epochs == 1][0]
    check("S8.1", first, below=1, of=f"{name}, k·B/n = 1")
    check("S8.2", mean_band(error[-1]) / full[-1], above=1, of=f"{name}, k = K")

# %% [markdown]
# Числа здесь — отношение $f - f^*$ у SGD с $B = 1$ к тому же у GD: после одного прохода и в конце, где GD дано в сто и более раз больше проходов.
#
# **Вердикт (S8.1): верно.** После первого прохода SGD впереди на обоих наборах, и в разы.
#
# **Вердикт (S8.2): верно при условии.** Условие — заметный шум в минимуме. На цифрах SGD с постоянным шагом стоит в шаре шума, и GD его обгоняет. На грибах «конец» так далеко, что его нет и за тысячу проходов GD: он наступает тем позже, чем больше данных и чем меньше шум в минимуме.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:exact"]
# ## Когда шума в минимуме нет: интерполяция · 6 мин дома
#
# Пусть прямая проходит через **все** точки: $y_i = 3 t_i + 4$ без шума. Тогда $\nabla f_i(x^*) = 0$ для каждого $i$, и в $x^*$ спорить не о чем.
#
# **Предскажите.** SGD, $B = 2$, шаг тот же, $\alpha = 1$. На каком уровне он остановится?
#
# - **A.** На том же: шар задаётся шагом и батчем.
# - **B.** Ниже, но остановится: батчи по-прежнему случайны.
# - **C.** Ни на каком.

# %% tags=["seminar:exact"]
exact_line = LeastSquares(problem.A, problem.A @ [3.0, 4.0], domain=problem.domain)
ax = plot.axes()
for name, task in ((r"$\zeta_i \neq 0$", problem), (r"$\zeta_i = 0$", exact_line)):
    oracle = task.minibatch(2, range(SEED, SEED + 400), replace=False)
    xs = run(gd, oracle, x0, steps=300, alpha=1.0)
    plot.gap(oracle, xs, ax=ax, label=name)
first, middle, last = np.log(problems.gap(exact_line, xs)[[20, 110, 200]])
print(f"f(xₖ₊₁) − f* ≈ {mean_band(np.exp((last - first) / 180)):.3f} · (f(xₖ) − f*)")
fall = ratio_band(middle - last, first - middle)
check("S8.3", fall, between=(0.9, 1.1), of="Δ ln (f − f*), k = 110..200 / 20..110")

# %% [markdown] tags=["seminar:exact"]
# **Вердикт (S8.3): верно.** Без шума в минимуме SGD с постоянным (не слишком большим) шагом сходится линейно, как градиентный спуск: на сколько порядков ошибка упала за первые шаги, на столько же она падает и за следующие. Сублинейная скорость SGD — следствие шума в минимуме, а не случайности самой по себе. Большие нейронные сети, которые запоминают обучающую выборку целиком, ближе к этому случаю, чем к предыдущему.
#
# **Ответ: C.** В размер шара входит ещё и ковариация градиента в $x^*$, а она теперь ноль: A о ней забывает. B принимает за шум саму случайность.
#
# > **Оговорка к слайдам.** «SGD сходится сублинейно даже на сильно выпуклых функциях» (S4) — утверждение о задачах, у которых дисперсия стохастического градиента в $x^*$ не нулевая. Здесь она нулевая.

# %% [markdown]
# **Цель.** Пусть за 300 $\nabla f_i$ до $10^{-15}$ дойдёт худший из 32 запусков. Шаг побольше ускоряет всех, а слишком большой кого-нибудь потеряет.

# %%
explore(gd, exact_line.minibatch(2, seed=SEED, replace=False), x0, alpha=1.0, steps=150, seeds=32,
        goal=Goal(1e-15, within=300, every=True))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 35 мин дома
#
# **1.** У какого $\alpha$ шар шума в задаче с прямой при $B = 2$ становится бесконечным? Найдите границу до двух знаков после запятой с помощью `noise_ball` и сравните её с границей $2/L$ градиентного спуска. Почему она меньше?

# %% tags=["exercise"]
problem = line_fit(n=100, seed=SEED)
noise_ball(problem, alpha=1.0, batch=2, replace=False), 2 / problem.L

# %% [markdown] tags=["solution"]
# **Решение.** Деление пополам. Граница ниже $2/L$: в одномерном случае с кривизной $\lambda$ второй момент за шаг умножается не на $(1 - \alpha\lambda)^2$, а на $\mathbb{E}(1 - \alpha\lambda_B)^2 = (1 - \alpha\lambda)^2 + \alpha^2 \operatorname{Var} \lambda_B$: разброс кривизны батча сам раскачивает метод.

# %% tags=["solution"]
low, high = 1.0, 2 / problem.L
while high - low > 1e-4:
    middle = (low + high) / 2
    stable = np.isfinite(noise_ball(problem, middle, 2, replace=False))
    low, high = (middle, high) if stable else (low, middle)
print(f"{low:.3f} < {2 / problem.L:.3f}")

# %% [markdown]
# **2.** Бюджет — 20 проходов по цифрам. Подберите для $B = 16$ шаг и правило его убывания так, чтобы $f(x) - f^*$ в конце было меньше $10^{-2}$ в среднем по восьми запускам. Сколько попыток вы сделали? Напишите и это: подбор шага — тоже вычисления.

# %% tags=["exercise"]
task = logistic_on("digits_odd_even")
oracle = task.minibatch(16, seed=range(SEED, SEED + 8))
steps = 20 * task.n // 16

# %% [markdown] tags=["solution"]
# **Решение.** Одна сетка: шесть шагов на восемь запусков, все сорок восемь считаются вместе. Правило убывания — $\alpha_k = \alpha / (1 + 4k/K)$. Ниже $10^{-2}$ опускаются средние шаги сетки, и сколько их, зависит от зерна: у соседей граница лежит внутри интервала. Попыток было шесть, а выбранный шаг ещё надо проверить на новых зёрнах: лучший из шести отчасти просто удачлив.

# %% tags=["solution"]
grid = np.array([0.25, 0.5, 1, 2, 4, 8]) / task.L
xs = run(gd, oracle, np.zeros(task.d), steps=steps, keep=[steps],
         alpha=lambda k: grid[:, None] / (1 + 4 * k / steps))  # fmt: skip
table({"α": grid, "f − f*": mean_band(problems.gap(task, xs)[0])}, {"α": ".3f", "f − f*": ".1e"})

# %% [markdown]
# **3.** Сделайте данные «почти интерполяционными»: шум в $y$ не $0.2$, а $\sigma$. Как шар шума зависит от $\sigma$? Сначала формула, потом проверка: запустите SGD.

# %% tags=["exercise"]
sigmas = [0.05, 0.1, 0.2, 0.4]

# %% [markdown] tags=["solution"]
# **Решение.** Ковариация $S$ квадратична по остаткам, а уравнение для $\Sigma$ линейно по $S$: шар растёт ровно как $\sigma^2$. В столбцах — точный и измеренный шар, делённые на $\sigma^2$.

# %% tags=["solution"]
for sigma in sigmas:
    y = problem.A @ problem.x_star + sigma / 0.2 * (problem.y - problem.A @ problem.x_star)
    scaled = LeastSquares(problem.A, y)
    exact, ball = noise_ball(scaled, 1.0, 2, replace=False), mean_band(settled(scaled, 1.0))
    print(f"σ = {sigma:.2f}   {exact / sigma**2:.4f}   {ball / sigma**2:.4f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - SGD не метод спуска: у минимума около половины шагов увеличивает $f$.
# - При постоянном шаге он застревает в шаре шума. Для наименьших квадратов размер шара известен точно; при малом $\alpha$ он пропорционален $\alpha$, а при выборе с возвращением — $\alpha / B$.
# - Убывающий шаг стягивает шар: при $\alpha_k = c/k$ с достаточно большим $c$ ошибка на сильно выпуклой задаче падает как $1/k$.
# - При том же числе проходов по данным SGD в начале впереди; догонит ли его GD за разумное время, зависит от $n$ и от шума в минимуме.
# - Без шума в минимуме SGD сходится линейно и с постоянным шагом, если он не слишком велик.
#
# ### Литература
#
# - L. Bottou, F. E. Curtis, J. Nocedal. [Optimization Methods for Large-Scale Machine Learning](https://arxiv.org/abs/1606.04838). SIAM Review, 2018.
# - F. Bach, E. Moulines. [Non-Asymptotic Analysis of Stochastic Approximation Algorithms for Machine Learning](https://papers.nips.cc/paper/4316-non-asymptotic-analysis-of-stochastic-approximation-algorithms-for-machine-learning). NIPS, 2011.
# - S. Ma, R. Bassily, M. Belkin. [The Power of Interpolation](https://arxiv.org/abs/1712.06559). ICML, 2018.
# - R. M. Gower et al. [SGD: General Analysis and Improved Rates](https://arxiv.org/abs/1901.09401). ICML, 2019.
