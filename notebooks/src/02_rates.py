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
# # Таблица скоростей, измеренная
#
# **Цель.** На слайде шесть клеток с буквой $O$. Превратить каждую в эксперимент: кривая, наклон с доверительной полосой, теория рядом и вердикт. И понять, что именно в таблице утверждается, почему её нельзя улучшить и где она не действует.
#
# **Время на семинаре:** 60 минут. **Слайды:** S3, S4, S5.

# %%
import numpy as np

from course_lib import (
    FiniteSum,
    LeastSquares,
    Tilted,
    cosine,
    diff,
    gd,
    hill,
    huber,
    least_squares,
    live,
    log_spaced,
    logistic,
    momentum,
    nesterov,
    newton,
    noisy_quadratic,
    pl_sine,
    plot,
    power,
    problems,
    rates,
    run,
    separable,
    show,
    stochastic_bfgs,
)
from course_lib.explorer.knobs import Linear, Log, Plain, PowersOfTwo
from course_lib.explorer.scene import Axis, Panel, band, dots, line

SEED = 0
seeds = 1000 * SEED + np.arange(300)
K = 20_000
at = log_spaced(K, 120)

# %% [markdown]
# Всё случайное в тетради — данные, начальные точки, батчи — зависит от `SEED`. Поменяйте его и перезапустите тетрадь: числа сдвинутся в пределах своих полос, вердикты останутся.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S3. Что обещано
#
# Стохастическая итерация в $n$ раз дешевле. Сколько их понадобится? Ниже таблица слайда, в которой дописаны три вещи: что требуется от $f$ (кроме липшицева градиента, а для SGD — ещё и ограниченной дисперсии), **какая величина** должна стать не больше $\varepsilon$ и как та же скорость выглядит на графике.

# %%
rates.table

# %% [markdown]
# > **Оговорка к слайдам.** На слайде не сказано, что меньше $\varepsilon$. В первых двух строках это невязка $f - f^*$, а в третьей — **квадрат** нормы градиента, причём лучший или средний за все итерации: для самой нормы $\lVert \nabla f \rVert \le \varepsilon$ стояло бы $\varepsilon^{-2}$ у GD и $\varepsilon^{-4}$ у SGD.
#
# Перевод простой: «$\varepsilon^{-p}$ итераций» — это ошибка порядка $k^{-1/p}$, то есть прямая с наклоном $-1/p$ в логарифмических осях. А «$\log \frac{1}{\varepsilon}$ итераций» — это $q^k$: линейная сходимость, прямая в полулогарифмических осях.
#
# И ещё: буква $O$ — это обещание **для всех** функций класса сразу. На одной конкретной функции метод имеет полное право быть быстрее.
#
# **Предскажите.** В каких клетках одна гладкая функция без всяких хитростей покажет ровно тот наклон, что в таблице, а в каких окажется быстрее?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Как измерить наклон и не обмануть себя
#
# Подобрать «прямой участок» на глаз можно почти на любой кривой. Поэтому правило одно на всех, и оно записано заранее:
#
# - кривая кончается там, где начинаются ошибки округления;
# - окно — две последние декады $k$; точки в нём прорежены поровну на декаду;
# - наклон — метод наименьших квадратов для логарифма **средней по запускам** ошибки; полоса — бутстреп по запускам;
# - дрейф $\Delta$ — наклон второй половины окна минус наклон первой. Если он заметно больше $0.1$ по модулю, кривая ещё не вышла на свою асимптотику, и ответ — `?`;
# - если в нижней половине падения ошибка за шаг умножается на одно и то же число, это линейная сходимость, и вместо наклона печатается это число.
#
# Испытаем правило там, где ответ известен.

# %%
k = np.arange(1, K)
known = {
    "3 k^-1/2": 3 * k**-0.5,
    "k^-1 (1 + 30/k)": (1 + 30 / k) / k,
    "0.99^k": 0.99**k,
    "0.9^k + 1e-4": 0.9**k + 1e-4,
    "k^-1 + 1e-3": 1 / k + 1e-3,
    "exp(-k^0.3)": np.exp(-(k**0.3)),
}
for name, error in known.items():
    measured = rates.slope(k, error, "auto")
    print(f"{name:18} {measured.law:32} {measured.drift.value:+.2f}")

# %% [markdown]
# Последний столбец — дрейф (для линейной сходимости он смысла не имеет). Вторая кривая ещё не совсем распрямилась, и её наклон смещён, но меньше чем на $0.05$. Четвёртая — шар шума — тоже степенной закон, с показателем $0$. Две последние заметно гнутся, и правило честно отказывается от ответа.
#
# Вердикт сравнивает измеренное с обещанным: `✓ =` — ровно так быстро (показатели различимы с точностью до $0.05$), `✓ <` — быстрее обещанного, `✗` — медленнее, `?` — сказать нельзя.


# %%
def slope_row(row, method, label, oracle, k, error):
    """Measure one curve (m, seeds) against its cell of the table, print and keep it."""
    claim = rates.table.claim(row, method)
    measured = rates.slope(k, error, "auto")
    rows.append((claim, label, oracle, k, error, measured, rates.verdict(measured, claim)))
    print(f"{method:4}{label:22}{measured.law:30}{claim.law:8}{rates.verdict(measured, claim)}")


rows = []

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка первая: условие Поляка — Лоясевича
#
# $$f_i(x) = x^2 + 3 \sin^2 x + s_i x, \qquad \sum_i s_i = 0, \qquad f(x) = x^2 + 3 \sin^2 x$$
#
# Не выпукла, но градиент нигде, кроме минимума, не мал: $\frac12 f'(x)^2 \ge \mu f(x)$, где $\mu \approx 0.1755$, а $L = 8$. Шум самый простой: слагаемые отличаются только наклоном $s_i$.
#
# **Предскажите.** GD с шагом $\alpha = 1/(2L)$: на сколько умножается невязка за шаг у самого минимума? А что будет с «лучшим» шагом $1/L$?

# %%
pl = pl_sine(seed=SEED)
starts = np.random.default_rng(SEED).uniform(2, 4, (200, 1))
full = run(gd, pl, starts, steps=100, alpha=1 / (2 * pl.L))
slope_row("PL", "GD", "x² + 3 sin²x", pl, np.arange(101), pl.f(full))


def capped(k):
    return min(1 / pl.L, 1 / (pl.mu * k))


noisy = pl.minibatch(1, seeds)
stochastic = run(gd, noisy, [3.0], steps=K, at=at, alpha=capped)
slope_row("PL", "SGD", "x² + 3 sin²x", noisy, at, pl.f(stochastic))

# %% [markdown]
# **Что увидели.** У GD линейная сходимость. Теорема обещает для любой функции с такими $\mu$ и $L$ множитель не хуже $1 - \frac34 \frac{\mu}{L}$ — это больше $0.98$, и в начале пути, на пологом месте, так примерно и есть. А у минимума $f'' = 8$, и множитель равен $(1 - 8\alpha)^2 = \frac14$. У SGD наклон $-1$.
#
# Теперь подвох: у этой функции $f''(0)$ в точности равно $L$.

# %%
bound = 1 - 2 * pl.mu * (1 / (2 * pl.L)) * (1 - 1 / 4)
print(f"μ = {pl.mu:.4f}   {bound:.4f}   {(1 - 8 / (2 * pl.L)) ** 2:.4f}")
lucky = pl.f(run(gd, pl, starts, steps=30, alpha=1 / pl.L))
print(rates.slope(np.arange(31), lucky, "auto").law, *(f"{f:.0e}" for f in lucky.mean(1)[5:12]))

# %% [markdown]
# С шагом $1/L$ показатель степени десятки утраивается на каждой итерации: сходимость **кубическая**, а не линейная. Шаг $1/L$ здесь случайно совпал с методом Ньютона, и судить по нему о классе функций нельзя; правило отвечает `?`.
#
# А зачем у SGD шаг обрезан, $\alpha_k = \min\left(\frac1L, \frac{1}{\mu k}\right)$? Предскажите, куда улетит метод без обрезки. И насколько точна константа в оценке $\frac{L \sigma^2}{2 \mu^2 k}$, которую даёт теорема?

# %%
wild = run(gd, noisy, [3.0], steps=300, alpha=lambda k: 1 / (pl.mu * k))
for label, xs in (("1/μk", wild), ("min(1/L, 1/μk)", stochastic[at <= 300])):
    print(f"{label:15} max f = {np.median(pl.f(xs).max(0)):.1f}")

c, curvature = 1 / pl.mu, 8.0
local = c**2 * curvature / (2 * (2 * c * curvature - 1))
mean, low, high = rates.mean_band(at[-1] * pl.f(stochastic[-1]))
print(f"K·E f = {mean:.2f} [{low:.2f}, {high:.2f}]   {local:.2f}   {pl.L / (2 * pl.mu**2):.1f}")

# %% [markdown]
# Без обрезки первые шаги в десятки раз больше допустимых, и метод начинает с полёта. Показатель $-1$ в оценке верен, а константа — нет: последнее число, граница из теоремы, почти в сто раз больше измеренного. Точную константу $\frac{c^2 \lambda \sigma^2}{2 (2 c \lambda - 1)}$ даёт кривизна в самом минимуме, $\lambda = f''(0) = 8$, $c = 1/\mu$: она стоит посередине.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка вторая: выпуклые функции
#
# Нужна функция, у которой возле минимума нет кривизны. Возьмём $f(x) = \left(1 + |x|^p\right)^{1/p} - 1$: возле нуля это $|x|^p / p$, вдали — просто $|x|$. Чем больше $p$, тем более плоское дно. Решая уравнение $\dot x = -x^{p-1}$, находим скорость GD: $f(x_k) \sim k^{-p/(p-2)}$.
#
# Вторая задача — логистическая регрессия, в которой классы **разделимы**: $\inf f = 0$, но ни в какой точке он не достигается, и $x_k$ уходит на бесконечность.
#
# **Предскажите** наклоны GD при $p = 4$, при $p = 100$ и на разделимых данных.

# %%
for p in (4, 100):
    flat = power(p=p, sigma=0.0)
    xs = run(gd, flat, [1.0], steps=K, at=at, alpha=1 / flat.L)
    slope_row("convex", "GD", f"|x|^{p} / {p}", flat, at, flat.f(xs))

split = separable(n=50, margin=1.0, seed=SEED)
later = log_spaced(3 * K, 120)
xs = run(gd, split, np.zeros(2), steps=3 * K, at=later, alpha=1 / split.L)
slope_row("convex", "GD", "log(1 + exp(-yaᵀx))", split, later, split.f(xs))

# %% [markdown]
# **Что увидели.** На $|x|^4$ наклон $-2$, вдвое круче обещанного; $-1$ получается только в пределе $p \to \infty$ — или там, где минимума нет. Это не случайность. Для **любой** фиксированной выпуклой функции, у которой есть минимум, невязка GD убывает быстрее, чем $1/k$: $f(x_k) - f^* = o(1/k)$. Так что увидеть ровно $1/k$ на одной функции с минимумом нельзя. В каком тогда смысле оценка неулучшаема? Чуть ниже.
#
# Теперь SGD с шагом $\alpha_k \propto k^{-1/2}$, как в теореме, и с шагом $\alpha_k \propto k^{-p/(2p-2)}$, лучшим для этой функции. (Теорема говорит о среднем $\bar x_k$ всех точек; мы смотрим на последнюю.)

# %%
flat = power(p=4, sigma=0.5, seed=SEED)
many = flat.minibatch(1, 1000 * SEED + np.arange(500))
for label, q in (("|x|^4 / 4,  k^-1/2", 1 / 2), ("|x|^4 / 4,  k^-2/3", 2 / 3)):
    xs = run(gd, many, [1.0], steps=K, at=at, alpha=lambda k, q=q: k**-q)
    slope_row("convex", "SGD", label, many, at, flat.f(xs))

# %% [markdown]
# Первый наклон около $-\frac12$, как в таблице. Но не спешите радоваться: с шагом $\alpha_k \propto k^{-1/2}$ последняя точка даст $-\frac12$ на **любой** хорошей функции, даже на параболе: ошибка идёт за размером шара шума, а он — за шагом. Мы измерили шаг, а не трудность задачи. С подходящим шагом на той же функции наклон $-\frac23$: опять быстрее таблицы.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка третья: невыпуклые функции
#
# Теперь измеряем $\lVert \nabla f \rVert^2$. Две задачи: «холм» $f(x) = (1 + x^2)^{-s/2}$, $s = 0.1$, с которого скатываются на бесконечность, и волны $f_i(x) = 1 - \cos x + s_i x$, где минимумов много, а в максимумах градиент тоже нулевой.
#
# **Предскажите.** GD на волнах: степенной закон или линейная сходимость?

# %%
steep = hill(s=0.1)
xs = run(gd, steep, [1.0], steps=K, at=at, alpha=1 / steep.L)
square = np.minimum.accumulate((steep.grad(xs) ** 2).sum(-1))
slope_row("nonconvex", "GD", "(1 + x²)^-s/2", steep, at, square)

waves = cosine(sigma=1.0, seed=SEED)
xs = run(gd, waves, starts - 1, steps=100, alpha=1 / (2 * waves.L))
square = np.minimum.accumulate((waves.grad(xs) ** 2).sum(-1))
slope_row("nonconvex", "GD", "1 - cos x", waves, np.arange(101), square)

noisy = waves.minibatch(1, seeds[:200])
xs = run(gd, noisy, [2.0], steps=K, alpha=lambda k: k**-0.5)
square = (waves.grad(xs) ** 2).sum(-1)
average = np.cumsum(square, axis=0) / np.arange(1, K + 2)[:, None]
slope_row("nonconvex", "SGD", "1 - cos x,  k^-1/2", noisy, at, average[at])

# %% [markdown]
# **Что увидели.** Волны для GD легки: он попадает в яму, а в яме у функции есть кривизна, и сходимость линейная. Обещанный показатель появляется снова лишь в пределе — у холма с $s \to 0$. У SGD средний квадрат градиента убывает с наклоном около $-\frac12$, и опять потому, что таков шаг.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Таблица с вердиктами

# %%
print(f"{'k ∈':>48} {'Δ':>34}")
for claim, label, _, _, _, measured, sign in rows:
    window = "[{:.0f}, {:.0f}]".format(*measured.window)
    drift = f"{measured.drift.value:+.2f}" if measured.kind == "power" else ""
    print(f"{claim.problem:9} {claim.method:3} {label:20} {window:>13} {measured.law:>28} {drift:>6} "
          f"{claim.law:6} {sign}")  # fmt: skip
verdicts = [sign for *_, sign in rows]

# %% [markdown]
# Ни одного `✗`: обещания таблицы исполнены всюду. Во второй и третьей строке знак `✓ =` стоит лишь там, где дно бесконечно плоское или его нет вовсе, — и у SGD с тем шагом, которым показатель и задан.
#
# Ниже все кривые вместе. Список над рисунком меняет горизонтальную ось: итерации $k$ или число градиентов $\nabla f_i$. **Предскажите**, что изменится на левом рисунке. (Слагаемых $n = 100$, у разделимых данных $n = 50$, у холма — одно.)


# %%
all_curves = []
for claim, label, oracle, k, error, *_ in rows:
    error = error.reshape(len(k), -1)[k > 0]
    all_curves.append(
        (claim, f"{claim.method} {label}", oracle.cost, k[k > 0], rates.mean_band(error))
    )


def six_cells(unit):
    panels = []
    x = Axis("k", 1, 1e5, log=True) if unit == "k" else Axis("#∇fᵢ", 1, 1e7, log=True)
    for row, y in (("PL", "f − f*"), ("convex", "f − f*"), ("nonconvex", "‖∇f‖²")):
        marks = []
        mine = [curve for curve in all_curves if curve[0].problem == row]
        for color, (_, label, cost, k, (mean, low, high)) in enumerate(mine):
            work = k if unit == "k" else k * cost
            marks += [band(work, low, high, color), line(work, mean, color, label)]
        panels.append(Panel(row, x, Axis(y, 1e-13, 1e3, log=True), marks))
    return panels, f"n = {pl.n}"


live(six_cells, unit=["k", "∇fᵢ"])

# %% [markdown]
# По итерациям GD уходит вперёд через пару десятков шагов. По градиентам $\nabla f_i$ его кривая сдвигается вправо в $n$ раз, и всё начало выигрывает SGD — но потом прямая с наклоном $-1$ всё равно проигрывает линейной сходимости.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S4. «Оценки нельзя улучшить»
#
# **Утверждение слайда.** Итерация SGD дёшева, но сходимость медленная: сублинейная даже для сильно выпуклых функций. И при стандартных предположениях оценки таблицы улучшить нельзя.
#
# Но мы только что видели: на каждой фиксированной функции метод быстрее таблицы. Противоречия нет, важен порядок слов. Утверждается не «есть функция, на которой всегда медленно», а «для каждого $N$ есть функция»:
#
# $$\forall N \;\; \exists f_N: \qquad f_N(x_N) - f_N^* \;\ge\; \frac{c}{N}$$
#
# Константа $c$ общая, а функция для каждого $N$ **своя**: противник знает, сколько шагов вы собираетесь сделать. Кривые отдельных функций нарисуем тонко, их огибающую — жирно. Неулучшаема огибающая.
#
# **GD, выпуклые.** Противник строит «функцию Хьюбера»: квадратичная яма радиуса $R/(2N+1)$, а от неё — прямой склон до самой точки $x_0$, $|x_0 - x^*| = R$. На склоне все шаги одинаковы и малы, и за $N$ шагов метод проходит лишь половину пути: $f_N(x_N) = \frac{L R^2}{4N + 2}$. Дрори и Тебуль доказали, что хуже этой выпуклой функции нет.

# %%
Ns = np.array([1, 3, 10, 30, 100, 300, 1000, 3000])
k = np.arange(1, Ns[-1] + 1)
member = rates.huber_member(Ns)
f = member.problem.f(run(gd, member.problem, member.x0, steps=Ns[-1], alpha=1.0))[1:]
ramp = rates.ramp_member(Ns)
xs = run(gd, ramp.problem, ramp.x0, steps=Ns[-1] - 1, alpha=1.0)
square = np.minimum.accumulate((ramp.problem.grad(xs) ** 2).sum(-1))

left, right = plot.axes(2)
for ax, curves, envelope, y in (
    (left, f, 1 / (4 * k + 2), "$f_N(x_k) - f_N^*$"),
    (right, square, 1 / k, r"$\min_{i < k}\, \|\nabla f_N(x_i)\|^2$"),
):
    ax.loglog(k, curves, "-", color="gray", linewidth=1)
    ax.loglog(k, envelope, "-", color=plot.COLORS[1], linewidth=4)
    ax.loglog(Ns, [curves[n - 1, j] for j, n in enumerate(Ns)], "o", color=plot.COLORS[0])
    ax.set(xlabel="$k$", ylabel=y, ylim=(1e-5, 2))
right.loglog(k, 2 / k, color="gray", dashes=(2, 2))

for name, curves, exact in (("f_N(x_N)", f, member.error), ("min ‖∇f_N‖²", square, ramp.error)):
    ratios = [curves[n - 1, j] / exact[j] for j, n in enumerate(Ns)]
    print(f"{name:12}", *(f"{ratio:.12f}" for ratio in ratios[::3]))
print(rates.slope(Ns, member.error), rates.slope(Ns, ramp.error))

# %% [markdown]
# Слева: точка на каждой тонкой кривой — $k = N$. До неё кривая идёт под огибающей, в ней касается, а к $k = 2N$ **обрывается**: добравшись до ямы, метод находит минимум за один шаг. Отношение измеренного к формуле равно единице до двенадцатого знака.
#
# Справа то же для квадрата градиента: склон $\sqrt{L \Delta / N}$, где $\Delta = f(x_0) - f^*$. Пунктир — верхняя граница $2 L \Delta / N$; показатель неулучшаем, константа известна с точностью до двойки. Любопытно, что эта функция даже выпукла: невыпуклость, чтобы помешать, не понадобилась.
#
# Подвигайте `N`: сколько бы шагов вы ни назначили, противник ответит.


# %%
def adversary(N):
    member = rates.huber_member(N)
    path = run(gd, member.problem, member.x0, steps=2 * N, alpha=1.0)
    x = np.linspace(-0.6, 1.1, 400)
    steps = np.arange(1, 2 * N + 1)
    error = member.problem.f(path)[1:]
    bound = 1 / (4 * steps + 2)
    shape = [line(x, member.problem.f(x[:, None]), 0),
             dots(path[: N + 1, 0], member.problem.f(path[: N + 1]), 1)]  # fmt: skip
    curves = [line(steps, bound, plot.COLORS[1], "LR²/(4k + 2)", 4.0), line(steps, error, 0, "f_N"),
              dots([N], [member.error], 0, size=6)]  # fmt: skip
    y = Axis.over("f_N(x_k)", bound, member.error / 10, log=True)
    return [Panel("f_N", Axis.over("x", x), Axis.over("f_N(x)", member.problem.f(x[:, None])), shape),
            Panel("f_N(x_k)", Axis.over("k", steps, log=True), y, curves)]  # fmt: skip


live(adversary, N=(10, Linear(2, 300)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### SGD, выпуклые: игра двух функций
#
# Функций всего две: $f(x) = \delta x$ и $f(x) = -\delta x$ на отрезке $[-1, 1]$. Оракул отвечает $g = \pm 1$ так, что среднее ответа — честный градиент $\pm\delta$. Задача оптимизации превратилась в задачу угадать знак монеты по $N$ броскам.
#
# **Предскажите.** Как выглядит лучший возможный алгоритм — любой, не обязательно SGD? При каком $\delta$ ему хуже всего?
#
# Порядок ответов ни о чём не говорит, поэтому лучшее, что можно сделать, — пойти за большинством. Ошибка такого алгоритма считается точно, через биномиальное распределение: это делает `game`. Ни один метод, который видит только ответы оракула, не справится лучше сразу с обеими функциями.


# %%
def projected(problem, x, alpha=0.1):
    """SGD on [-1, 1], and the mean of its points so far."""
    mean, k = x, 0
    while True:
        yield mean
        x, k = (x - alpha * problem.grad(x)).clip(-1, 1), k + 1
        mean = mean + (x - mean) / k


uniform = (np.arange(10_000) + 0.5) / 10_000  # answer i is +1 if uniform[i] < (1 + δ)/2
sizes, error, worst_sgd = np.array([10, 30, 100, 300, 1000, 3000]), [], []
for N in sizes:
    error.append(rates.game_worst(int(N)))
    delta = np.linspace(0.2, 3, 10)[:, None] / N**0.5
    oracle = FiniteSum(
        None, lambda x, i, d=delta: np.where(uniform[i] < (1 + d) / 2, 1, -1)[..., None] + 0 * x,
        10_000, 1,
    )  # fmt: skip
    start = np.zeros((len(delta), 1, 1))
    xs = run(projected, oracle.minibatch(1, seeds), start, steps=N, at=[N], alpha=1 / N**0.5)
    gaps = delta * (1 + xs[0, ..., 0])
    worst_sgd.append(gaps[gaps.mean(1).argmax()])
worst_delta, least = np.array(error).T

# %%
ax = plot.axes(width=8)
n = np.unique(np.geomspace(1, 3000, 40).astype(int))
for delta in (0.02, 0.04, 0.08, 0.16, 0.32):
    ax.loglog(n, [rates.game(int(N), delta) for N in n], "-", color="gray", linewidth=1)
ax.loglog(sizes, least, "-", color=plot.COLORS[1], linewidth=4, label=r"$\max_\delta$")
mean, low, high = rates.mean_band(np.array(worst_sgd))
ax.errorbar(sizes, mean, [mean - low, high - mean], fmt="o", color=plot.COLORS[0], capsize=4,
            label="SGD")  # fmt: skip
ax.set(xlabel="$N$", ylabel=r"$\mathbb{E}\, f(x) - f^*$", ylim=(1e-3, 1))
ax.legend()

print(f"{'N':>5} {'δ·√N':>7} {'min max · √N':>13} {'SGD · √N':>10}")
for row in zip(sizes, worst_delta * sizes**0.5, least * sizes**0.5, mean * sizes**0.5, strict=True):
    print("{:5} {:7.3f} {:13.4f} {:10.2f}".format(*row))
print("min max:", rates.slope(sizes, least), "  SGD:", rates.slope(sizes, np.array(worst_sgd)))

# %% [markdown]
# При каждом фиксированном $\delta$ ошибка в конце концов убывает экспоненциально (тонкие кривые): монету с заметным перекосом угадать легко. Но противник выбирает $\delta$ порядка $1/\sqrt{N}$, и огибающая идёт с наклоном $-\frac12$: около $0.34/\sqrt{N}$ при $\delta \approx 0.75/\sqrt{N}$.
#
# SGD с усреднением и шагом $1/\sqrt{N}$ теряет по сравнению с лучшим возможным алгоритмом лишь множитель; его собственная константа ещё растёт, поэтому наклон, измеренный по таким $N$, чуть выше $-\frac12$ — полоса учитывает случайность запусков, но не это смещение.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### SGD, невыпуклые: между двух огней
#
# Снова две функции. На параболе, если начать в минимуме, большой шаг плох: шум сам создаёт градиент, в среднем $\frac{\alpha L \sigma^2}{2 - \alpha L}$. На склоне $\sqrt{\Delta / (\alpha K)}$ плох маленький: за $K$ шагов не дойти до его подножия. Каким бы ни был $\alpha$, на одной из двух средний квадрат градиента не меньше примерно $\sqrt{L \Delta \sigma^2 / (2K)}$.

# %%
ax = plot.axes(width=8)
Ks = np.geomspace(10, 30_000, 60).astype(int)
for alpha in (0.003, 0.01, 0.03, 0.1, 0.3):
    ax.loglog(Ks, [max(rates.pair(alpha, N)) for N in Ks], "-", color="gray", linewidth=1)
grid = np.geomspace(1e-3, 1.5, 2000)
envelope = np.array([np.maximum(*rates.pair(grid, N)).min() for N in Ks])
ax.loglog(Ks, envelope, "-", color=plot.COLORS[1], linewidth=4, label=r"$\min_\alpha \max$")

parabola = noisy_quadratic(kappa=1.0, d=1, n=2)
for N in (100, 1000, 10_000):
    alpha = grid[np.maximum(*rates.pair(grid, N)).argmin()]
    slope = (1 / (alpha * N)) ** 0.5
    foot = huber(slope)
    ramp = Tilted(foot.f, foot.grad, foot.hessian, [[1.0], [-1.0]])
    shown = []
    for problem, x0 in ((parabola, 0.0), (ramp, 1 / slope + slope / 2)):
        xs = run(gd, problem.minibatch(1, seeds), [x0], steps=N - 1, alpha=alpha)
        shown.append((problem.grad(xs) ** 2).mean((0, 2)))
    (a, *_), (b, *_) = map(rates.mean_band, shown)
    ax.loglog([N, N], [a, b], "o", color=plot.COLORS[0])
    numbers = np.array([alpha, a, b, max(rates.pair(alpha, N))]) * N**0.5
    print("K = {:6}:  α√K = {:.2f}   {:.2f}  {:.2f}   {:.3f}".format(N, *numbers))
ax.set(xlabel="$K$", ylabel=r"$\frac{1}{K} \sum \mathbb{E}\, \|\nabla f(x_k)\|^2$")
ax.legend()
print(rates.slope(Ks[20:], envelope[20:]), f"  {envelope[-1] * Ks[-1] ** 0.5:.3f}")

# %% [markdown]
# Точки — SGD с лучшим постоянным шагом на обеих функциях: наклон огибающей $-\frac12$. (На склоне измеренное чуть меньше формулы: шум изредка доносит до подножия раньше срока.)
#
# > **Оговорка к слайдам.** Эти две функции — граница для SGD с постоянным шагом, а не для всех методов. Для произвольного алгоритма, видящего только стохастические градиенты, та же оценка $\varepsilon^{-2}$ тоже верна, но функции там живут в пространстве огромной размерности (Арджевани и соавторы). А «ограниченная дисперсия» в теоремах — часто ограниченный второй момент самого стохастического градиента; для сильно выпуклой $f$ на всей плоскости он невозможен, и говорить надо о шуме в точке $x^*$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Где таблица не действует
#
# Границы относятся к оракулу: несмещённому, с ненулевой ограниченной дисперсией. Нарушим условия — и получим больше.
#
# ### Шум исчезает в минимуме
#
# $f_i(x) = w_i \left(x^2 + 3 \sin^2 x\right)$: каждое слагаемое само минимально в нуле. **Предскажите** скорость SGD с **постоянным** шагом.

# %%
w = np.random.default_rng(SEED).uniform(0.5, 1.5, 100)
w = w / w.mean()
together = FiniteSum(
    lambda x, i: w[i] * (x[..., 0] ** 2 + 3 * np.sin(x[..., 0]) ** 2),
    lambda x, i: w[i][..., None] * (2 * x + 3 * np.sin(2 * x)),
    n=100, d=1, L=8.0, x_star=np.zeros(1), f_star=0.0,
)  # fmt: skip
alpha = 1 / (4 * together.L)
xs = run(gd, together.minibatch(1, seeds), [3.0], steps=120, alpha=alpha)
measured = rates.slope(np.arange(121), together.f(xs), "auto")
print(measured.law, f"  {np.mean((1 - 8 * alpha * w) ** 2):.4f}")

# %% [markdown]
# Линейная, и множитель равен $\mathbb{E} (1 - \alpha f_i''(0))^2$. «Сублинейно даже на сильно выпуклых» — утверждение о задачах, у которых шум в $x^*$ не нулевой.
#
# ### Смотреть не на последнюю точку, а на среднее
#
# Дисперсию можно усреднить: вернуть не $x_k$, а $\bar x_k = \frac1k \sum_{i \le k} x_i$. Наклон тут обманчив: у среднего долго помнится начало, поэтому сравним с пределом, который при шуме с ковариацией $S$ в точке $x^*$ не превзойти в принципе: $\mathbb{E} f - f^* \approx \frac{1}{2K} \operatorname{tr}(H^{-1} S)$. Его считает `optimum`.
#
# **Предскажите.** Постоянный шаг: последняя точка застряла в шаре шума. А среднее?


# %%
def averaged(problem, x, alpha=0.1):
    """SGD, and the mean of its points so far."""
    mean = x
    for k, y in enumerate(gd(problem, x, alpha), 1):
        mean = mean + (y - mean) / k
        yield mean


steps = 20_000
for task in (least_squares(n=1000, d=5, seed=SEED), logistic(n=1000, d=5, lam=0.02, seed=SEED)):
    mu = np.linalg.eigvalsh(task.hessian(task.x_star))[0]
    noisy, limit = task.minibatch(1, seeds[:100]), rates.optimum(task)
    for label, method, alpha in (
        ("x_K, α = 1/4L_max", gd, 1 / (4 * task.L_max)),
        ("x̄_K, α = 1/4L_max", averaged, 1 / (4 * task.L_max)),
        ("x_K, α = 1/μk", gd, lambda k, mu=mu, task=task: min(1 / task.L_max, 1 / (mu * k))),
    ):
        xs = run(method, noisy, task.x_star, steps=steps, at=[steps], alpha=alpha)
        ratio = rates.mean_band(steps * problems.gap(task, xs)[0] / limit)
        print(f"{task.name:14} {label:20} {ratio.value:8.2f} [{ratio.low:.2f}, {ratio.high:.2f}]")

# %% [markdown]
# **Что увидели.** Последняя точка при постоянном шаге хуже предела на порядки, а среднее тех же самых точек подходит к пределу вплотную, хотя шаг не убывает. (У логистической регрессии шар шума не симметричен, из-за этого у среднего есть смещение, и отношение больше единицы.) Шаг $1/(\mu k)$ тоже близок к пределу, но ему нужно знать $\mu$.
#
# Но это не нарушение строки таблицы: $1/K$ на сильно выпуклой функции остаётся, улучшается константа. А вот третий случай нарушает и её.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Сумма конечна
#
# $f(x) = \frac1n \sum_i \frac12 (x - \xi_i)^2$. Сильно выпуклее некуда. С шагом $\alpha_k = 1/k$ точка $x_k$ — это в точности среднее первых $k$ выпавших чисел. **Предскажите**, что будет на шаге $k = n$, если выбирать **без** возвращения.

# %%
numbers = np.random.default_rng(SEED).normal(size=1000)
mean_of = LeastSquares(np.ones((1000, 1)), numbers)
when = np.array([10, 100, 300, 500, 900, 999, 1000, 2000])
for sign, noisy in (("∪", mean_of.minibatch(1, seeds)), ("⊂", mean_of.reshuffle(1, seeds))):
    xs = run(gd, noisy, [0.0], steps=2000, at=when, alpha=lambda k: 1 / k)
    ratio = when * problems.gap(mean_of, xs).mean(1) / rates.optimum(mean_of)
    print(sign, *(f"{k}: {r:#.3g}  " for k, r in zip(when, ratio, strict=True)))

# %% [markdown]
# С возвращением (`∪`) отношение к пределу держится около единицы: наклон $-1$, и лучше среднего ничего не придумать — это та самая сублинейность. Без возвращения (`⊂`) оно равно $1 - k/n$, и на шаге $n$ ошибка нулевая: мы увидели все данные. Конечная сумма — не «оракул с ограниченной дисперсией», как только пройдены все $n$ слагаемых; на этом стоят методы редукции дисперсии.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S5. Моментум и квазиньютоновские методы
#
# **Утверждение слайда.** В стохастическом случае они не улучшают скорость, только константы: узкое место — дисперсия, а не число обусловленности.
#
# Сначала без шума. Метод Ньютона просит у задачи ещё и `hessian`; это гессиан всей $f$, даже если градиент стохастический.

# %%
diff(gd, newton)

# %% [markdown]
# А стохастический BFGS строит матрицу $B \approx \nabla^2 f^{-1}$ сам, по парам «шаг — изменение градиента». Оба градиента пары обязаны быть по **одному и тому же** батчу, иначе их разность — шум. Поэтому он спрашивает градиент сразу в двух точках и платит за итерацию вдвое.

# %%
show(stochastic_bfgs)

# %% [markdown]
# **Предскажите.** Параболоид, $d = 20$. Начало такое, что во всех собственных направлениях поровну энергии. Число обусловленности $\kappa = L/\mu$ выросло в 100 раз. Во сколько раз больше итераций нужно каждому из пяти методов, чтобы уменьшить $f$ в $10^8$ раз?

# %%
kappas = np.array([10, 30, 100, 300, 1000, 3000.0])
kappa = kappas[:, None]  # a run axis; the other one is the start
bowl = noisy_quadratic(kappa, d=20, n=100, sigma=0.0)
h = np.diagonal(bowl.hessian(np.zeros(20)), axis1=-2, axis2=-1)  # eigenvalues
x0 = np.random.default_rng(SEED).normal(size=(20, 20)) / h**0.5
beta = (kappa**0.5 - 1) / (kappa**0.5 + 1)
contenders = {
    "GD": (gd, 30_000, {"alpha": 1.0}),
    "momentum": (momentum, 2000, {"alpha": (1 + beta) ** 2, "beta": beta**2}),
    "Nesterov": (nesterov, 2000, {"alpha": 1.0, "beta": beta}),
    "BFGS": (stochastic_bfgs, 300, {"eps": 1.0}),
    "Newton": (newton, 3, {}),
}

ax = plot.axes(width=8)
for j, (name, (method, steps, hyper)) in enumerate(contenders.items()):
    when = np.unique(np.r_[0, np.geomspace(1, steps, 3000).astype(int)])
    f = bowl.f(run(method, bowl, x0, steps=steps, at=when, **hyper))
    needed = when[(f <= 1e-8 * f[0]).argmax(0)]
    middle = np.median(needed, axis=1)
    ax.loglog(kappas, middle, "o-", color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
              label=name)  # fmt: skip
    print(f"{name:9} κ^{rates.slope(kappas, needed)}   ", *middle.astype(int))
ax.set(xlabel=r"$\kappa$", ylabel="$k$")
_ = ax.legend()

# %% [markdown]
# **Что увидели.** Число итераций GD растёт как $\kappa$, у моментума и Нестерова — примерно как $\sqrt{\kappa}$, у BFGS ещё медленнее, Ньютону хватает одного шага. Без шума выбор метода меняет показатель.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Теперь с шумом
#
# Тот же параболоид, $d = 5$, шум как в регрессии с верной моделью, $S = \sigma^2 H$; начинаем в минимуме, чтобы мерить только шум. Шаги честные: у SGD $\alpha_k = \min\left(\frac1L, \frac{1}{\mu k}\right)$; моментуму и Нестерову достаётся $\alpha_k (1 - \beta)$, потому что память умножает шаг на $\frac{1}{1 - \beta}$; Ньютону и BFGS — $1/k$ (точнее, $\frac{1}{k+1}$ у BFGS: сначала ему надо что-то узнать).
#
# **Предскажите.** Наклоны? И во сколько раз каждый хуже предела $\frac{1}{2K} \operatorname{tr}(H^{-1} S)$ при $\kappa = 10$ и $100$?

# %%
kappas = np.array([10, 100.0])
kappa = kappas[:, None]
bowl = noisy_quadratic(kappa, d=5, noise="H", seed=SEED)
limit = np.array([rates.optimum(noisy_quadratic(one, d=5, noise="H", seed=SEED)) for one in kappas])
noisy = bowl.minibatch(1, seeds[:100])
stochastic = {
    "SGD": (gd, {"alpha": lambda k: np.minimum(1, kappa / k)}),
    "momentum": (momentum, {"alpha": lambda k: 0.1 * np.minimum(1, kappa / k), "beta": 0.9}),
    "Nesterov": (nesterov, {"alpha": lambda k: 0.1 * np.minimum(1, kappa / k), "beta": 0.9}),
    "BFGS": (stochastic_bfgs, {"alpha": lambda k: 1 / (k + 1), "eps": 1.0}),
    "Newton": (newton, {"alpha": lambda k: 1 / k}),
}
for name, (method, hyper) in stochastic.items():
    f = bowl.f(run(method, noisy, np.zeros((2, 1, 5)), steps=K, at=at, **hyper))
    for j, one in enumerate(kappas):
        mean, low, high = rates.mean_band(K * f[-1, j] / limit[j])
        measured = rates.slope(at, f[:, j], "auto")
        sign = rates.verdict(measured, -1.0)
        print(
            f"κ = {one:3.0f}: {name:9} {measured.law}  {sign}  {mean:6.2f} [{low:.2f}, {high:.2f}]"
        )

print()
for kappa in (10.0, 30.0, 100.0, 300.0, 1000.0):
    h = kappa * np.diag(noisy_quadratic(kappa, d=5).hessian(np.zeros(5)))  # λ/μ
    print(f"κ = {kappa:4.0f}:  {(h**2 / (2 * (2 * h - 1))).sum() / (5 / 2):.2f}")

# %% [markdown]
# **Что увидели.** Утверждение слайда подтвердилось: показатель у всех один, $-1$. Моментум с шагом $\alpha(1-\beta)$ не меняет даже константу: его путь почти неотличим от пути SGD с шагом $\alpha$. Константа SGD растёт вместе с $\kappa$ (внизу — точная формула $\sum_j \frac{c^2 h_j S_{jj}}{2(2 c h_j - 1)}$ с $c = 1/\mu$ в тех же единицах), а Ньютон и BFGS убирают $\kappa$ из неё полностью — и упираются в предел, ниже которого не пускает дисперсия. Обычное усреднение SGD, как мы видели, приходит туда же без всякого гессиана.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Плохой гессиан хуже никакого
#
# Гессиан на практике оценивают и для надёжности прибавляют к нему $\delta I$. При $\alpha_k = 1/k$ направление с кривизной $\mu$ тогда получает шаг $\frac{1}{k} \cdot \frac{1}{\mu + \delta}$ вместо $\frac{1}{k\mu}$, и если $\frac{\mu}{\mu + \delta} < \frac12$, ломается **показатель**: вместо $-1$ он равен $-\frac{2\mu}{\mu + \delta}$.

# %%
kappa, ratios = 30.0, np.array([0, 0.5, 2, 8])  # δ/μ
bowl = noisy_quadratic(kappa, d=2, noise="H", seed=SEED)
damped = bowl.hessian(np.zeros(2)) + (ratios / kappa)[:, None, None, None] * np.eye(2)
bowl.hessian = lambda x: damped
noisy = bowl.minibatch(1, seeds[:100])
f = bowl.f(run(newton, noisy, np.full((4, 1, 2), 10.0), steps=K, at=at, alpha=lambda k: 1 / k))

ax = plot.axes(width=8)
for j, ratio in enumerate(ratios):
    mean, low, high = rates.mean_band(f[1:, j])
    ax.fill_between(at[1:], low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
    ax.loglog(at[1:], mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None),
              label=rf"$\delta = {ratio:g}\mu$")  # fmt: skip
    measured = rates.slope(at, f[:, j], "auto")
    theory = -min(1, 2 / (1 + ratio))
    print(f"δ/μ = {ratio:3g}:  {measured.law:30} {theory:+.3f}  {rates.verdict(measured, theory)}")
ax.set(xlabel="$k$", ylabel=r"$\mathbb{E}\, f(x_k) - f^*$")
_ = ax.legend()

# %% [markdown]
# Неудачная оценка гессиана в стохастическом случае меняет не только константу, но и скорость — в худшую сторону. У метода первого порядка та же беда, если в $c/k$ взять слишком малое $c$: это вы сейчас увидите сами.
#
# > **Оговорка к слайдам.** S5 — утверждение о худшем случае **с шумом**. Пока шума мало (большой батч, интерполяция, начало пути), число обусловленности важнее дисперсии, и моментум помогает:

# %%
print(f"{'σ':>6} {'SGD':>9} {'momentum':>9}")
for sigma in (0, 0.001, 0.03, 1):
    bowl = noisy_quadratic(100.0, d=5, sigma=sigma, seed=SEED)
    noisy, finals = bowl.minibatch(1, seeds), []
    for method, hyper in ((gd, {"alpha": 1.0}), (momentum, {"alpha": 1.0, "beta": 0.8})):
        xs = run(method, noisy, np.ones(5), steps=200, at=[200], **hyper)
        finals.append(bowl.f(xs).mean())
    print(f"{sigma:6g} {finals[0]:9.1e} {finals[1]:9.1e}")

# %% [markdown]
# В верхних строках моментум впереди, и намного; в нижних — позади: при том же $\alpha$ память увеличивает и его шар шума.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Руками
#
# Параболоид с $L = 1$, $\mu = 1/\kappa$ и шаг $\alpha_k = \min\left(1, c / k^q\right)$. Наклон с полосой пересчитывается, пока вы двигаете ползунки; под рисунком — он, дрейф $\Delta$ и два числа, из которых складывается теория: $-q$ и $-2c\mu$. (Второе важно при $q = 1$: побеждает то, что медленнее.)
#
# - Найдите $c$, при котором скорость $1/k$ ломается, хотя $q = 1$.
# - Увеличьте $\sigma$ в десять раз. Что изменится: показатель или константа? А батч?
# - Уменьшите $\sigma$ до упора: сколько итераций метод не замечает шума?


# %%
def schedule(c, q, sigma, batch, kappa, seeds, unit):
    problem = noisy_quadratic(kappa, d=2, n=128, sigma=sigma, seed=SEED)
    oracle = problem.minibatch(batch, range(seeds))
    xs = run(gd, oracle, [2.0, 2.0], steps=3000, alpha=lambda k: min(1.0, c / k**q))
    error = problems.gap(problem, xs)
    measured = rates.slope(np.arange(3001), error, "auto")
    shown = log_spaced(3000, 80)[1:]
    mean, low, high = rates.mean_band(error[shown], resamples=200)
    work = problems.evaluations(oracle, shown, "k" if unit == "k" else "grads")
    marks = [band(work, low, high), line(work, mean, 0, measured.law)]
    if measured.kind == "power":
        inside = shown >= measured.window[0]
        middle = np.exp(np.log(mean[inside]).mean() - measured.value * np.log(shown[inside]).mean())
        marks.append(line(work[inside], middle * shown[inside] ** measured.value, 1, width=3.0))
    x = Axis.over("k" if unit == "k" else "#∇fᵢ", work, log=True)
    panel = Panel("f − f*", x, Axis.over("E f(x_k) − f*", mean, log=True), marks)
    theory = f"Δ = {measured.drift.value:+.2f};  −q = {-q:.2f};  −2cμ = {-2 * c / kappa:.2f}"
    return [panel], f"{measured.law};  {theory}"


live(
    schedule, c=(10.0, Log(1e-2, 1e3)), q=(1.0, Plain(0, 1.5)), sigma=(1.0, Log(1e-3, 1e2)),
    batch=(1, PowersOfTwo(128)), kappa=(10.0, Log(1, 1e3)), seeds=(64, Linear(2, 256)),
    unit=["k", "∇fᵢ"],
)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** Предскажите наклон $\mathbb{E} f(x_k) - f^*$ на $f_i(x) = \frac12 x^2 + s_i x$ при $\alpha_k = k^{-q}$ для $q = \frac12$, $1$, $\frac23$. Проверьте. Что будет при $q = 2$?

# %% tags=["exercise"]
parabola = noisy_quadratic(kappa=1.0, d=1, seed=SEED)
noisy = parabola.minibatch(1, 1000 * SEED + np.arange(500))
qs = [1 / 2, 1, 2 / 3]

# %% [markdown] tags=["solution"]
# **Решение.** При $q \le 1$ ошибка идёт за шаром шума, а он пропорционален шагу: наклон $-q$. При $q = 2$ сумма шагов конечна, метод проходит лишь конечный путь и останавливается, где придётся: наклон $0$.

# %% tags=["solution"]
for q in [*qs, 2]:
    xs = run(gd, noisy, [2.0], steps=K, at=at, alpha=lambda k, q=q: k**-q)
    print(f"{q:.2f}", rates.slope(at, parabola.f(xs), "auto").law)

# %% [markdown]
# **2.** На той же параболе $\alpha_k = c/k$. Выведите показатель как функцию $c$ и найдите границу, ниже которой скорость $1/k$ теряется. Проверьте при $c = \frac18, \frac14, \frac12, 1, 2$. Почему ровно на границе измеренный наклон не совпадает с выведенным?

# %% tags=["exercise"]
cs = np.array([1 / 8, 1 / 4, 1 / 2, 1, 2])

# %% [markdown] tags=["solution"]
# **Решение.** Начало забывается как $\prod_{i \le k} (1 - c/i)^2 \sim k^{-2c}$, а шум оставляет $\frac{c^2 \sigma^2}{2(2c - 1) k}$, если $2c > 1$. Медленнее из двух: показатель $-\min(1, 2c)$, граница $c = \frac12$. На границе ошибка ведёт себя как $\frac{\ln k}{k}$, и логарифм, растущий в любом окне, делает наклон положе $-1$.

# %% tags=["solution"]
xs = run(gd, noisy, np.full((5, 1, 1), 2.0), steps=K, at=at, alpha=lambda k: cs[:, None] / k)
for c, f in zip(cs, parabola.f(xs).swapaxes(0, 1), strict=True):
    print(f"{c:5.3f}  {rates.slope(at, f, 'auto').law:30} {-min(1, 2 * c):+.2f}")

# %% [markdown]
# **3.** Вы — противник: GD с шагом $1/L$ сделает $N = 50$ шагов из $x_0 = 1$. Среди функций `huber(slope)` с $L = 1$ найдите наклон, при котором $f(x_{50})$ больше всего. Сравните с $\frac{1}{4N+2}$ и объясните, почему ни более крутой, ни более пологий склон не лучше.

# %% tags=["exercise"]
slopes = np.geomspace(1e-3, 0.1, 400)

# %% [markdown] tags=["solution"]
# **Решение.** Все 400 функций считаются за один запуск. Пока метод на склоне $s$, за $N$ шагов он проходит $Ns$ и остаётся $f(x_N) = s (1 - Ns) - \frac{s^2}{2}$. Пологий склон и сам невысок, с крутого метод успевает сойти; максимум этой параболы — при $s = \frac{1}{2N+1}$.

# %% tags=["solution"]
many = huber(slopes)
f = many.f(run(gd, many, np.ones((400, 1)), steps=50, at=[50], alpha=1.0))[0]
print(f"{slopes[f.argmax()]:.5f} {1 / 101:.5f}   {f.max():.6f} {1 / 202:.6f}")

# %% [markdown]
# **4.** Гессиан регрессии оценили по $m$ случайным строкам вместо всех. При $\alpha_k = 1/k$ показатель равен $-\min\left(1, 2 \lambda_{\min}(\hat H^{-1} H)\right)$ — проверьте, что пример с $\delta I$ выше — частный случай. Сколько строк нужно при $d = 5$, чтобы показатель почти наверняка не испортился?

# %% tags=["exercise"]
task = least_squares(n=1000, d=5, seed=SEED)
rng = np.random.default_rng(SEED)

# %% [markdown] tags=["solution"]
# **Решение.** Порог — $\lambda_{\min} = \frac12$. При десятке строк он нарушается часто, при сотне — практически никогда.

# %% tags=["solution"]
for m in (6, 12, 25, 50, 100):
    rows = task.A[rng.integers(1000, size=(500, m))]
    low = np.linalg.eigvals(np.linalg.solve(rows.mT @ rows / m, task.H)).real.min(-1)
    print(f"m = {m:3}:  λ_min = {np.median(low):.2f}   P(λ_min < 1/2) = {(low < 0.5).mean():.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - Таблица S3 — верхние границы для целого класса функций; в третьей строке мерится **квадрат** нормы градиента. Все шесть клеток подтвердились: медленнее обещанного нигде.
# - На одной функции метод почти всегда быстрее таблицы; ровно $1/k$ у GD видно, только если минимума нет или дно бесконечно плоское. Показатель SGD в выпуклой и невыпуклой строках задаёт шаг $\alpha_k \propto k^{-1/2}$.
# - «Неулучшаемо» значит: для каждого $N$ найдётся своя функция. Неулучшаема огибающая.
# - Без шума в минимуме SGD сходится линейно; усреднение достигает предела $\frac{1}{2K} \operatorname{tr}(H^{-1}S)$ без гессиана; конечную сумму без возвращения можно исчерпать.
# - С шумом моментум и Ньютон оставляют показатель $-1$; Ньютон убирает $\kappa$ из константы, моментум не меняет и её. Плохой гессиан портит показатель. Без шума всё наоборот: метод решает всё.
# - Наклон без полосы, окна и проверки дрейфа — не измерение.
#
# ### Литература
#
# - H. Karimi, J. Nutini, M. Schmidt. [Linear Convergence of Gradient and Proximal-Gradient Methods Under the Polyak-Łojasiewicz Condition](https://arxiv.org/abs/1608.04636). ECML PKDD, 2016.
# - Y. Drori, M. Teboulle. [Performance of First-Order Methods for Smooth Convex Minimization: A Novel Approach](https://arxiv.org/abs/1206.3209). Mathematical Programming, 2014.
# - A. Agarwal, P. Bartlett, P. Ravikumar, M. Wainwright. [Information-Theoretic Lower Bounds on the Oracle Complexity of Stochastic Convex Optimization](https://arxiv.org/abs/1009.0571). IEEE Transactions on Information Theory, 2012.
# - S. Ghadimi, G. Lan. [Stochastic First- and Zeroth-order Methods for Nonconvex Stochastic Programming](https://arxiv.org/abs/1309.5549). SIAM Journal on Optimization, 2013.
# - Y. Arjevani, Y. Carmon, J. Duchi, D. Foster, N. Srebro, B. Woodworth. [Lower Bounds for Non-Convex Stochastic Optimization](https://arxiv.org/abs/1912.02365). Mathematical Programming, 2023.
# - Y. Drori, O. Shamir. [The Complexity of Finding Stationary Points with Stochastic Gradient Descent](https://arxiv.org/abs/1910.01845). ICML, 2020.
# - B. Polyak, A. Juditsky. [Acceleration of Stochastic Approximation by Averaging](https://doi.org/10.1137/0330046). SIAM Journal on Control and Optimization, 1992.
# - N. Schraudolph, J. Yu, S. Günter. [A Stochastic Quasi-Newton Method for Online Convex Optimization](https://proceedings.mlr.press/v2/schraudolph07a.html). AISTATS, 2007.
