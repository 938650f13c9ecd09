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
# **Время:** 31 мин на паре, 132 мин дома. **Слайды:** S3, S4, S5.

# %%
import numpy as np

from course_lib import diff, live, log_spaced, plot, problems, rates, run, show, variant
from course_lib.figures import Axis, Integers, Log, Panel, PowersOfTwo, Reals, band, dots, line
from course_lib.methods import gd, momentum, nesterov, newton, stochastic_bfgs
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %%
seeds = np.arange(SEED, SEED + 300)
K = 20_000
kept = log_spaced(K, 120)

# %% [markdown]
# Всё случайное в тетради — данные, начальные точки, батчи — зависит от `SEED`. Полоса при числе говорит, насколько оно зависит от запусков, то есть от батчей; данные во всех запусках одни и те же. Другое `SEED` даёт и другие данные, и число может выйти за свою полосу. А вердикты проверены с шестью значениями `SEED` (`make verdicts`).

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:promised"]
# ## S3. Что обещано · 4 мин на паре
#
# **Утверждение слайда.** Стохастическая итерация в $n$ раз дешевле, и известно, сколько их понадобится. Ниже таблица слайда, в которой дописаны три вещи: что требуется от $f$ (кроме липшицева градиента, а для SGD — ещё и ограниченной дисперсии), **какая величина** должна стать не больше $\varepsilon$ и как та же скорость выглядит на графике.
#
# **Предскажите.** В клетке «выпуклые, SGD» на слайде стоит $O(1/\varepsilon^2)$ итераций. Как такая ошибка выглядит на графике, в логарифмических осях?
#
# - **A.** Прямая с наклоном $-2$.
# - **B.** Прямая с наклоном $-1$.
# - **C.** Прямая с наклоном $-\frac12$.
# - **D.** Не прямая: показатель уменьшается с $k$.

# %% tags=["seminar:promised"]
rates.table

# %% [markdown] tags=["seminar:promised"]
# > **Оговорка к слайдам.** На слайде не сказано, что меньше $\varepsilon$. В первых двух строках это невязка $f - f^*$, а в третьей — **квадрат** нормы градиента, причём лучший или средний за все итерации: для самой нормы $\lVert \nabla f \rVert \le \varepsilon$ стояло бы $\varepsilon^{-2}$ у GD и $\varepsilon^{-4}$ у SGD.
#
# Перевод простой: «$\varepsilon^{-p}$ итераций» — это ошибка порядка $k^{-1/p}$, то есть прямая с наклоном $-1/p$ в логарифмических осях. А «$\log \frac{1}{\varepsilon}$ итераций» — это $q^k$: линейная сходимость, прямая в полулогарифмических осях.
#
# **Ответ: C.** Чтобы ошибка стала вдвое меньше, итераций нужно вчетверо больше. A путает $\varepsilon$ как функцию $k$ с $k$ как функцией $\varepsilon$; B — соседняя клетка, GD; D — это $q^k$: здесь такая кривая загибается вниз, а прямой она становится в полулогарифмических осях.

# %% [markdown]
# И ещё: буква $O$ — это обещание **для всех** функций класса сразу. На одной конкретной функции метод имеет полное право быть быстрее.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Как измерить наклон и не обмануть себя · 5 мин дома
#
# Подобрать «прямой участок» на глаз можно почти на любой кривой. Поэтому правило одно на всех, и оно записано заранее:
#
# - кривая кончается там, где начинаются ошибки округления;
# - окно — две последние декады $k$; точки в нём прорежены поровну на декаду;
# - наклон — метод наименьших квадратов для логарифма **средней по запускам** ошибки;
# - полоса — бутстреп: из имеющихся запусков тысячу раз набирают столько же с возвращением, каждый раз пересчитывают наклон и оставляют средние 95 % ответов; если она шире $\pm 0.1$, ответ — `?`;
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
measured = [rates.slope(k, error, "auto") for error in known.values()]
drifts = [one.drift.value for one in measured]
table({"": known, "e_k ~": [one.law for one in measured], "Δ": drifts}, {"Δ": "+.2f"})

# %% [markdown]
# Последний столбец — дрейф (для линейной сходимости он смысла не имеет). Вторая кривая ещё не совсем распрямилась, и её наклон смещён, но меньше чем на $0.05$. Четвёртая — так ведёт себя SGD с постоянным шагом: ошибка перестаёт падать на уровне, который задан шагом. Это шар шума, который мы видели [в прошлой тетради](01_finite_sum.ipynb), а измерим в следующей; для правила он тоже степенной закон, с показателем $0$. Две последние заметно гнутся, и правило честно отказывается от ответа.
#
# Вердикт сравнивает измеренное с обещанным: `✓ =` — ровно так быстро (показатели различимы с точностью до $0.05$), `✓ <` — быстрее обещанного, `✗` — медленнее, `?` — сказать нельзя.


# %%
def slope_row(row, method, label, oracle, k, error):
    """Measure one curve (m, seeds) against its cell of the table, print and keep it."""
    claim, measured = rates.table.claim(row, method), rates.slope(k, error, "auto")
    sign = rates.verdict(measured, claim)
    rows.append((claim, label, oracle, k, error, measured, sign))
    print(f"{method:4}{label:22}{measured.law:30}{claim.law:8}{sign}")


rows = []

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка первая: условие Поляка — Лоясевича · 8 мин дома
#
# $$f_i(x) = x^2 + 3 \sin^2 x + s_i x, \qquad \sum_i s_i = 0, \qquad f(x) = x^2 + 3 \sin^2 x$$
#
# Функция не выпукла, но где велика невязка, там велик и градиент: $\frac12 f'(x)^2 \ge \mu f(x)$, где $\mu \approx 0.1755$, а $L = 8$. Шум самый простой: слагаемые отличаются только наклоном $s_i$.
#
# **Предскажите.** GD с шагом $\alpha = 1/(2L)$. На сколько умножается невязка $f - f^*$ за шаг у самого минимума?
#
# - **A.** На $\frac14$.
# - **B.** На $\frac12$.
# - **C.** На $1 - \frac34 \frac{\mu}{L} \approx 0.98$, как в теореме.
# - **D.** Степенной закон: функция не выпукла.

# %%
pl = problems.pl_sine(seed=SEED)
starts = np.random.default_rng(SEED).uniform(2, 4, (200, 1))
full = run(gd, pl, starts, steps=100, alpha=1 / (2 * pl.L))
slope_row("PL", "GD", "x² + 3 sin²x", pl, np.arange(101), pl.f(full))


def capped(k):
    return min(1 / pl.L, 1 / (pl.mu * k))


noisy = pl.minibatch(1, seeds)
stochastic = run(gd, noisy, [3.0], steps=K, keep=kept, alpha=capped)
slope_row("PL", "SGD", "x² + 3 sin²x", noisy, kept, pl.f(stochastic))

# %% [markdown]
# **Ответ: A.** У GD линейная сходимость. Теорема обещает для любой функции с такими $\mu$ и $L$ множитель не хуже $1 - \frac34 \frac{\mu}{L}$ — это больше $0.98$, и в начале пути, на пологом месте, так примерно и есть (C). А у минимума $f'' = 8$, расстояние умножается на $1 - 8\alpha = \frac12$ (B), а невязка — на его квадрат. У SGD наклон $-1$.
#
# Теперь подвох: у этой функции $f''(0)$ в точности равно $L$.

# %%
bound = 1 - 2 * pl.mu * (1 / (2 * pl.L)) * (1 - 1 / 4)
print(f"μ = {pl.mu:.4f}   {bound:.4f}   {(1 - 8 / (2 * pl.L)) ** 2:.4f}")
lucky = pl.f(run(gd, pl, starts, steps=30, alpha=1 / pl.L))
print(rates.slope(np.arange(31), lucky, "auto").law, *(f"{f:.0e}" for f in lucky.mean(1)[5:12]))

# %% [markdown]
# С шагом $1/L$ показатель степени десятки примерно утраивается на каждой итерации: сходимость **кубическая**, а не линейная. Шаг $1/L$ здесь случайно совпал с обратным гессианом в минимуме, $1/f''(0)$, и судить по нему о классе функций нельзя; правило отвечает `?`.
#
# А зачем у SGD шаг обрезан, $\alpha_k = \min\left(\frac1L, \frac{1}{\mu k}\right)$? И насколько точна константа в оценке $\frac{L \sigma^2}{2 \mu^2 k}$ из теоремы Карими и соавторов? (На месте $\sigma^2$ там стоит ещё большее число, граница второго момента.)

# %%
wild = run(gd, noisy, [3.0], steps=300, alpha=lambda k: 1 / (pl.mu * k))
for label, xs in (("1/μk", wild), ("min(1/L, 1/μk)", stochastic[kept <= 300])):
    print(f"{label:15} max f = {np.median(pl.f(xs).max(0)):.1f}")

# %%
c, curvature = 1 / pl.mu, 8.0
local = c**2 * curvature / (2 * (2 * c * curvature - 1))
measured = rates.mean_band(K * pl.f(stochastic[-1]))
print(f"K·E f = {measured:.2f}   {local:.2f}   {pl.L / (2 * pl.mu**2):.1f}")

# %% [markdown]
# Без обрезки первые шаги в десятки раз больше допустимых, и вначале метод улетает. Показатель $-1$ в оценке верен, а константа завышена в 90 раз: последнее число — граница из теоремы, первое — измеренное. Точную константу $\frac{c^2 \lambda \sigma^2}{2 (2 c \lambda - 1)}$ даёт кривизна в самом минимуме, $\lambda = f''(0) = 8$, $c = 1/\mu$: она стоит посередине.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка вторая: выпуклые функции · 4 мин дома
#
# Нужна функция, у которой возле минимума нет кривизны. Возьмём $f(x) = \left(1 + |x|^p\right)^{1/p} - 1$: возле нуля это $|x|^p / p$, вдали — просто $|x|$. Чем больше $p$, тем более плоское дно. Решая уравнение $\dot x = -x^{p-1}$, находим скорость GD: $f(x_k) \sim k^{-p/(p-2)}$.
#
# **Предскажите.** $f(x) = \left(1 + |x|^p\right)^{1/p} - 1$. При каком $p$ наклон GD окажется ровно таким, как в таблице, $-1$?
#
# - **A.** При $p = 2$: парабола.
# - **B.** При $p = 4$.
# - **C.** При $p = 100$.
# - **D.** Ни при каком.

# %%
for p in (4, 100):
    flat = problems.power(p=p, sigma=0.0)
    xs = run(gd, flat, [1.0], steps=K, keep=kept, alpha=1 / flat.L)
    slope_row("convex", "GD", f"|x|^{p} / {p}", flat, kept, flat.f(xs))

# %% [markdown]
# **Ответ: D.** На $|x|^4$ наклон $-2$, вдвое круче обещанного; $-1$ получается только в пределе $p \to \infty$ (при $p = 100$ правило пишет `✓ =`, но различает лишь $0.05$). Это не случайность. Для **любой** фиксированной выпуклой функции с липшицевым градиентом, у которой есть минимум, невязка GD убывает быстрее, чем $1/k$: $f(x_k) - f^* = o(1/k)$. Так что увидеть ровно $1/k$ на одной функции с минимумом нельзя. В каком тогда смысле оценка неулучшаема? Чуть ниже.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:endless"]
# ### А если минимума нет? · 6 мин дома
#
# В нашей таблице у выпуклых функций стоит условие $\exists\, x^*$; на слайде его нет. Возьмём две выпуклые функции, у которых $\inf f = 0$ не достигается и точка $x_k$ уходит на бесконечность: логистическую регрессию с **разделимыми** классами и $f(x) = \frac{1}{1 + x}$ при $x \ge 0$.
#
# **Предскажите.** Минимума нет у логистической регрессии с разделимыми классами и у $f(x) = \frac{1}{1 + x}$. Сохранится ли $1/k$? (Для второй функции скорость можно вывести: решите уравнение $\dot x = \frac{1}{(1 + x)^2}$.)
#
# - **A.** На обеих: для оценки хватает выпуклости.
# - **B.** На первой — почти, на второй ошибка убывает намного медленнее.
# - **C.** На первой ошибка убывает намного медленнее, на второй — почти $1/k$.
# - **D.** Ни на одной: без минимума ошибка не стремится к нулю.

# %% tags=["seminar:endless"]
split = problems.separable(n=50, margin=1.0, seed=SEED)
endless = problems.Function(
    lambda x: 1 / (1 + x[..., 0]), lambda x: -1 / (1 + x) ** 2, d=1, L=2.0, f_star=0.0
)
k = log_spaced(20_000, 120)
for label, problem in (("log(1 + exp(-yaᵀx))", split), ("1 / (1 + x)", endless)):
    xs = run(gd, problem, np.zeros(problem.d), steps=k[-1], keep=k, alpha=1 / problem.L)
    measured = rates.slope(k, problem.f(xs), "auto")
    print(f"{label:22}{measured.law}")
    check("S3.2", measured.exponent, below=-0.9, of=label)

# %% [markdown] tags=["seminar:endless"]
# **Вердикт (S3.2): верно при условии.** Если читать слайд буквально, $O(1/\varepsilon)$ обещано любой выпуклой функции. На разделимых данных скорость и без минимума почти $1/k$. А на $\frac{1}{1 + x}$ точка уходит как $k^{1/3}$, и ошибка убывает всего лишь как $k^{-1/3}$; у функций $(1 + x)^{-s}$ показатель $-\frac{s}{s + 2}$, то есть сколь угодно близок к нулю. В оценку теоремы входит расстояние $\lVert x_0 - x^* \rVert$, а здесь оно бесконечно.
#
# **Ответ: B.** A — слайд, прочитанный буквально. C меняет функции местами: медленнее там, где хвост толще. В D верно, что минимума нет, но $\inf f = 0$, и ошибка всё равно стремится к нулю.

# %% [markdown]
# Теперь SGD с шагом $\alpha_k \propto k^{-1/2}$, как в теореме, и с шагом $\alpha_k \propto k^{-p/(2p-2)}$, лучшим для этой функции. (Теорема говорит о среднем $\bar x_k$ всех точек; мы смотрим на последнюю.)

# %%
flat = problems.power(p=4, sigma=0.5, seed=SEED)
many = flat.minibatch(1, range(SEED, SEED + 500))
q = np.array([[1 / 2], [2 / 3]])  # a run axis; the other one is the seed
xs = run(gd, many, [1.0], steps=K, keep=kept, alpha=lambda k: k**-q)
for j, power in enumerate(("k^-1/2", "k^-2/3")):
    slope_row("convex", "SGD", f"|x|^4 / 4,  {power}", many, kept, flat.f(xs[:, j]))

# %% [markdown]
# Первый наклон около $-\frac12$, как в таблице. Но говорит он о другом: с шагом $\alpha_k \propto k^{-1/2}$ последняя точка даст $-\frac12$ на **любой** хорошей функции, даже на параболе. Ошибка идёт за размером шара шума, а он — за шагом. Мы измерили шаг, а не трудность задачи. С подходящим шагом на той же функции наклон $-\frac23$: опять быстрее таблицы.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Строка третья: невыпуклые функции · 5 мин дома
#
# Теперь измеряем $\lVert \nabla f \rVert^2$. Две задачи: «холм» $f(x) = (1 + x^2)^{-s/2}$, $s = 0.1$, с которого скатываются на бесконечность, и волны $f_i(x) = 1 - \cos x + s_i x$, где минимумов много, а в максимумах градиент тоже нулевой.
#
# **Предскажите.** Как GD сходится на волнах, $f(x) = 1 - \cos x$?
#
# - **A.** Линейно.
# - **B.** Как $1/k$: невыпуклой функции большего не обещано.
# - **C.** Никак: застревает у максимума, где градиент тоже ноль.

# %%
steep = problems.hill(s=0.1)
xs = run(gd, steep, [1.0], steps=K, keep=kept, alpha=1 / steep.L)
square = np.minimum.accumulate((steep.grad(xs) ** 2).sum(-1))
slope_row("nonconvex", "GD", "(1 + x²)^(-s/2)", steep, kept, square)

waves = problems.cosine(sigma=1.0, seed=SEED)
xs = run(gd, waves, starts - 1, steps=100, alpha=1 / (2 * waves.L))
square = np.minimum.accumulate((waves.grad(xs) ** 2).sum(-1))
slope_row("nonconvex", "GD", "1 - cos x", waves, np.arange(101), square)

# %%
noisy = waves.minibatch(1, seeds[:200])
xs = run(gd, noisy, [2.0], steps=K, alpha=lambda k: k**-0.5)
square = (waves.grad(xs) ** 2).sum(-1)
average = np.cumsum(square, axis=0) / np.arange(1, K + 2)[:, None]
slope_row("nonconvex", "SGD", "1 - cos x,  k^-1/2", noisy, kept, average[kept])

# %% [markdown]
# **Ответ: A.** Волны для GD легки: он попадает в яму, а в яме у функции есть кривизна, и сходимость линейная. B читает обещание класса как предсказание для функции; C верно лишь для того, кто начал ровно в максимуме: максимум отталкивает.
#
# Обещанный показатель появляется снова лишь в пределе — у холма с $s \to 0$. У SGD средний квадрат градиента убывает с наклоном около $-\frac12$, и опять потому, что таков шаг.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Таблица с вердиктами · 4 мин на паре

# %%
claims, labels, _, _, _, measured, verdicts = zip(*rows, strict=True)
windows = ["[{:.0f}, {:.0f}]".format(*one.window) for one in measured]
laws = [one.law for one in measured]
names = [f"{claim.problem}, {claim.method}, {label}" for claim, label, *_ in rows]
drifts = [one.drift.value if one.kind == "power" else "" for one in measured]
promised = [claim.law for claim in claims]
table(
    {"f": names, "k ∈": windows, "e_k ~": laws, "Δ": drifts, "S3": promised, "": verdicts},
    {"Δ": "+.2f"},
)

# %%
for claim, name, one in zip(claims, names, measured, strict=True):
    if one.kind == "linear":
        check("S3.1", one.factor, below=1, of=name)
    else:
        check("S3.1", one.exponent, below=claim.exponent + 0.1, of=name)

# %% [markdown]
# **Вердикт (S3.1): верно.** Нигде не медленнее обещанного (показатели сравниваем с точностью до $0.1$). Во второй и третьей строке знак `✓ =` стоит лишь там, где дно почти плоское или его нет вовсе, — и у SGD с тем шагом, которым показатель и задан.
#
# Ниже все кривые вместе. Список над рисунком меняет горизонтальную ось: итерации $k$ или число градиентов $\nabla f_i$. (Слагаемых $n = 100$, у холма — одно.)
#
# **Предскажите.** Что изменится на левом рисунке, если считать градиенты?
#
# - **A.** Ничего: обе кривые сдвинутся одинаково.
# - **B.** SGD обгонит GD всюду.
# - **C.** Начало выиграет SGD, конец — всё равно GD.
# - **D.** Кривая GD станет положе, и наклоны сравняются.


# %% tags=["hide-input"]
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
        panels.append(Panel(row, x, Axis(f"{row}:  {y}", 1e-13, 1e3, log=True), marks))
    return panels, f"n = {pl.n}"


live(six_cells, unit=["k", "∇fᵢ"])

# %% [markdown]
# **Ответ: C.** По итерациям GD уходит вперёд через пару десятков шагов. По градиентам $\nabla f_i$ его кривая сдвигается вправо в $n$ раз, и всё начало выигрывает SGD — но потом прямая с наклоном $-1$ всё равно проигрывает линейной сходимости. B забывает про конец, а D — что в логарифмических осях умножить на $n$ значит сдвинуть.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:adversary"]
# ## S4. «Оценки нельзя улучшить» · 5 мин на паре
#
# **Утверждение слайда.** Итерация SGD дёшева, но сходимость медленная: сублинейная даже для сильно выпуклых функций. И при стандартных предположениях оценки таблицы улучшить нельзя.
#
# Но на каждой фиксированной выпуклой функции с минимумом GD быстрее, чем $1/k$. Противоречия нет, важен порядок слов. Утверждается не «есть функция, на которой всегда медленно», а «для каждого $N$ есть функция»:
#
# $$\forall N \;\; \exists f_N: \qquad f_N(x_N) - f_N^* \;\ge\; \frac{c}{N}$$
#
# Константа $c$ общая, а функция для каждого $N$ **своя**: противник знает, сколько шагов вы собираетесь сделать. Неулучшаема огибающая их кривых.
#
# И второй вопрос, о котором слайд молчит: нельзя улучшить **этим методом** или **никаким**? Это разные утверждения, и ответы на них разные.
#
# **GD с шагом $1/L$, выпуклые.** Противник строит «функцию Хьюбера»: квадратичная яма радиуса $R/(2N+1)$, а от неё — прямой склон до самой точки $x_0$, $|x_0 - x^*| = R$. На склоне все шаги одинаковы и малы, и за $N$ шагов метод проходит лишь половину пути: $f_N(x_N) = \frac{L R^2}{4N + 2}$. Дрори и Тебуль доказали, что для этого метода выпуклой функции хуже нет.

# %% [markdown]
# Кривые отдельных функций нарисуем тонко, их огибающую — жирно.

# %%
Ns = np.array([1, 3, 10, 30, 100, 300, 1000, 3000])
k = np.arange(1, Ns[-1] + 1)
member = rates.huber_member(Ns)
f = member.problem.f(run(gd, member.problem, member.x0, steps=Ns[-1], alpha=1.0))[1:]
ramp = rates.ramp_member(Ns)
xs = run(gd, ramp.problem, ramp.x0, steps=Ns[-1] - 1, alpha=1.0)
square = np.minimum.accumulate((ramp.problem.grad(xs) ** 2).sum(-1))
own = np.arange(len(Ns))  # each function at its own N
left, right = f[Ns - 1, own], square[Ns - 1, own]
columns = {"N": Ns, "f_N(x_N) · (4N + 2)": left * (4 * Ns + 2), "min ‖∇f_N‖² · N": right * Ns}
print(table(columns, dict.fromkeys([*columns][1:], ".12f")))
check("S4.2", rates.slope(Ns, right, (10, 3000)), above=-1.1, of="GD, ‖∇f‖²")

# %% tags=["hide-input"]
for ax, curves, envelope, touched, title, y in zip(
    plot.axes(2), (f, square), (1 / (4 * k + 2), 1 / k), (left, right),
    (r"$\nabla^2 f \succeq 0$", r"$\inf f > -\infty$"), ("$f_N(x_k) - f_N^*$", r"$\min_{i < k}\, \|\nabla f_N(x_i)\|^2$"),
    strict=True,
):  # fmt: skip
    ax.loglog(k, curves, "-", color="gray", linewidth=1)
    ax.loglog(k, envelope, "-", color=plot.COLORS[1], linewidth=4)
    ax.loglog(Ns, touched, "o", color=plot.COLORS[0])
    ax.set(title=title, xlabel="$k$", ylabel=y, ylim=(1e-5, 2))
_ = ax.loglog(k, 4 / (3 * k - 1), color="gray", dashes=(2, 2))

# %% [markdown]
# Слева: точка на каждой тонкой кривой — $k = N$. До неё кривая идёт под огибающей, в ней касается, а к $k = 2N$ **обрывается**: добравшись до ямы, метод находит минимум за один шаг. Отношение измеренного к формуле равно единице до двенадцатого знака.
#
# Справа то же для квадрата градиента: склон $\sqrt{L \Delta / N}$, где $\Delta = f(x_0) - f^*$. Пунктир — точная граница для GD, $\frac{4 L \Delta}{3N - 1}$ (Аббасзадепейвасти, де Клерк и Замани): показатель тот же, а константа у склона — три четверти худшей.

# %% [markdown]
# Любопытно, что наша функция даже выпукла; невыпуклость добавляет лишь последнюю четверть (упражнение 4).

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:nesterov"]
# ### А если метод другой? · 8 мин на паре
#
# Граница $\frac{L R^2}{4N + 2}$ — для GD. Пусть против того же противника играет метод Нестерова; когда $\mu$ неизвестно, его $\beta$ растёт с номером шага.
#
# **Предскажите.** Функция $f_N$ подобрана против GD. Какая ошибка останется на ней у Нестерова после $N = 100$ шагов?
#
# - **A.** Такая же: хуже этой функции нет.
# - **B.** Вдвое меньше.
# - **C.** Больше: импульс проносит мимо минимума.
# - **D.** Нулевая.

# %% tags=["seminar:nesterov"]
growing = ("beta * (x - x_prev)", "(k - 1) / (k + 2) * (x - x_prev)")
accelerated = variant(nesterov, ("alpha=0.1, beta=0.9", "alpha=0.1"), growing, name="accelerated")
print(diff(nesterov, accelerated))
ramp_slopes = np.geomspace(1e-7, 1, 400)  # all that the adversary may choose
ramps, N = problems.huber(ramp_slopes), np.array([3, 10, 30, 100, 300, 1000, 3000])
answers, f = {}, {}
for name, method in (("GD", gd), ("Nesterov", accelerated)):
    f[name] = ramps.f(run(method, ramps, np.ones((400, 1)), steps=N[-1], keep=N, alpha=1.0))
f_N = f["GD"].argmax(1)[:, None]  # the adversary's answer to GD, for each N
worst = f["Nesterov"].max(1)
columns = {f"{name}, f_N": np.take_along_axis(one, f_N, 1)[:, 0] for name, one in f.items()}
columns |= {"Nesterov, max": worst, "max · N²": worst * N**2}
print(table({"N": N} | columns, dict.fromkeys(columns, ".1e") | {"max · N²": ".2f"}))
for name, one in f.items():
    check("S4.2", rates.slope(N, one.max(1), (100, 3000)), above=-1.1, of=f"{name}, f − f*")

# %% [markdown] tags=["seminar:nesterov"]
# **Ответ: D.** На функции, худшей для GD, ошибка Нестерова после $N$ шагов равна нулю, как только $N \ge 30$ (при меньших $N$ он может как раз пролетать мимо). A путает «худшая для GD» с «худшая для всех»; в C импульс и правда уносит точку за минимум, но внутри ямы шаг $1/L$ откуда угодно ведёт прямо в него. Когда противник отвечает самому Нестерову, худшая функция Хьюбера оставляет ему ошибку примерно $2/N^2$.
#
# Значит, в клетке «выпуклые, GD» оценка неулучшаема для GD, но не для задачи. Для **любого** метода, который ходит лишь по комбинациям увиденных градиентов, граница другая: в пространстве размерности $2N + 1$ есть выпуклая функция, на которой его ошибка не меньше $\frac{3 L R^2}{32 (N + 1)^2}$ (Нестеров, 2004, §2.1). Метод Нестерова хуже этой границы лишь в постоянное число раз.

# %% [markdown] tags=["seminar:duel"]
# Теперь поединок. Класс называет $N$ и шаг $\alpha_k = \alpha / k^q$, противник отвечает худшей из функций Хьюбера с $L = 1$. Жирная линия — граница для $\alpha = 1/L$; под рисунком — во сколько раз ошибка класса больше неё. Потом входит Нестеров: поставьте галочку.
#
# При каких $\alpha$ и $q$ выходит $f_N(x_N) < \frac{1}{4N + 2}$? А при каких — порядка $\frac{1}{N^2}$?
#
# **Цель.** Пусть ошибка класса будет не больше $0.55$ от границы. Что надо назвать — другое $N$, другой шаг или и то и другое?


# %% tags=["hide-input", "seminar:duel"]
def adversary(N, alpha, q, Nesterov):
    def step(k):
        return alpha / k**q

    ends = ramps.f(run(gd, ramps, np.ones((400, 1)), steps=N, keep=[N], alpha=step))
    problem = problems.huber(ramp_slopes[ends.argmax()])
    x, steps = np.linspace(-1.1, 1.1, 400), np.arange(1, 2 * N + 1)
    path = run(gd, problem, [1.0], steps=2 * N, alpha=step)
    f, bound = problem.f(path), 1 / (4 * steps + 2)
    shape = [line(x, problem.f(x[:, None]), 0), dots(path[: N + 1, 0], f[: N + 1], 1)]
    curves = [
        line(steps, bound, plot.COLORS[1], "LR²/(4k + 2)", 4.0),
        line(steps, f[1:], 0, "GD"),
        dots([N], [f[N]], 0, size=6),
    ]
    if Nesterov:
        faster = run(accelerated, problem, [1.0], steps=2 * N, alpha=1.0)
        curves.append(line(steps, problem.f(faster)[1:], 2, "Nesterov"))
    y = Axis.over("f(xₖ)", bound, bound[-1] / 10, f[N], log=True)
    return [
        Panel("f(x)", Axis.over("x", x), Axis.over("f(x)", problem.f(x[:, None])), shape),
        Panel("f(xₖ)", Axis.over("k", steps, log=True), y, curves),
    ], {"f(x_N) · (4N + 2)": f[N] * (4 * N + 2)}


live(adversary, N=(10, Integers(2, 300)), alpha=(1.0, Reals(0, 2.2)), q=(0.0, Reals(0, 1)),
     Nesterov=False, goal={"f(x_N) · (4N + 2)": 0.55})  # fmt: skip

# %% [markdown] tags=["seminar:duel"]
# При $q = 0$ и $\alpha$ немного больше единицы ошибка меньше, и она близка к $\frac{1}{4 \alpha N + 2}$: склон пологий, и по нему полезно идти быстрее. Но больше чем вдвое не выиграть: если $\alpha$ близко к двум, противник отвечает параболой, по которой метод прыгает туда и обратно, почти не приближаясь. При большом $N$ парабола ему невыгодна дольше, поэтому $N = 10$ до $0.55$ не доходит, а $N = 300$ при $\alpha = 1.9$ доходит. При $0 < q < 1$ отношение растёт как $N^q$. Порядка $\frac{1}{N^2}$ с таким шагом не бывает — а у Нестерова на функции, выбранной против GD, ошибка не больше этого порядка, а чаще всего нулевая.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:coin"]
# ### SGD, выпуклые: игра двух функций против любого метода · 10 мин на паре
#
# Функций всего две: $f(x) = \delta x$ и $f(x) = -\delta x$ на отрезке $[-1, 1]$. Оракул отвечает $g = \pm 1$ так, что среднее ответа — честный градиент $\pm\delta$. Задача оптимизации превратилась в задачу угадать знак монеты по $N$ броскам.
#
# **Предскажите.** $f(x) = \pm\delta x$, знак неизвестен. При каком $\delta$ лучшему возможному алгоритму — любому, не обязательно SGD — хуже всего после $N$ бросков монеты?
#
# - **A.** При самом малом: монету не отличить от честной.
# - **B.** При $\delta$ порядка $1/\sqrt{N}$.
# - **C.** При $\delta$ порядка $1/N$.
# - **D.** При $\delta = 1$: ошибка дороже всего.
#
# Порядок ответов ни о чём не говорит, поэтому лучшее, что можно сделать, — пойти за большинством. Ни один метод, который видит только ответы оракула, не справится лучше сразу с обеими функциями.

# %% [markdown]
# Ошибка такого алгоритма считается точно, через биномиальное распределение: это делает `game`.


# %%
def projected(problem, x, alpha=0.1):
    """SGD on [-1, 1], and the mean of its points so far."""
    mean, k = x, 0
    while True:
        yield mean
        x, k = (x - alpha * problem.grad(x)).clip(-1, 1), k + 1
        mean = mean + (x - mean) / k


sizes, worst_sgd = np.array([10, 30, 100, 300, 1000, 3000]), []
for N in sizes:
    delta = np.linspace(0.2, 3, 10)[:, None] / N**0.5
    oracle, start = rates.coin(delta).minibatch(1, seeds), np.zeros((10, 1, 1))
    xs = run(projected, oracle, start, steps=N, keep=[N], alpha=1 / N**0.5)
    gaps = delta * (1 + xs[0, ..., 0])
    worst_sgd.append(gaps[gaps.mean(1).argmax()])
worst_delta, least = np.array([rates.game_worst(int(N)) for N in sizes]).T

# %%
root, measured = sizes**0.5, rates.mean_band(worst_sgd)
columns = {"N": sizes, "δ·√N": worst_delta * root, "min max · √N": least * root}
formats = {"δ·√N": ".3f", "min max · √N": ".4f", "SGD · √N": ".2f"}
table(columns | {"SGD · √N": root * measured}, formats)

# %%
print("SGD:", rates.slope(sizes, np.array(worst_sgd)))
check("S4.2", rates.slope(sizes, least), above=-0.6, of="SGD, f − f*")

# %% tags=["hide-input"]
ax = plot.axes(width=8)
n = np.unique(np.geomspace(1, 3000, 40).astype(int))
for delta in (0.02, 0.04, 0.08, 0.16, 0.32):
    ax.loglog(n, [rates.game(int(N), delta) for N in n], "-", color="gray", linewidth=1)
ax.loglog(sizes, least, "-", color=plot.COLORS[1], linewidth=4, label=r"$\min\,\max_\delta$")
plot.errorbars(sizes, measured, color=plot.COLORS[0], label="SGD", ax=ax)
_ = ax.set(xlabel="$N$", ylabel=r"$\mathbb{E}\, f(x) - f^*$", ylim=(1e-3, 1))

# %% [markdown]
# Тонкие кривые — ошибка при одном и том же $\delta$, жирная — их огибающая.

# %% [markdown] tags=["seminar:coin-answer"]
# **Ответ: B.** При каждом фиксированном $\delta$ ошибка в конце концов убывает экспоненциально: монету с заметным перекосом угадать легко, поэтому не D. При самом малом, да и при $1/N$, угадать нельзя, но и ошибка почти ничего не стоит, поэтому не A и не C. Противник выбирает $\delta$ порядка $1/\sqrt{N}$, и огибающая идёт с наклоном $-\frac12$: около $0.34/\sqrt{N}$ при $\delta \approx 0.75/\sqrt{N}$.

# %% [markdown] tags=["seminar:coin"]
# Сыграем всем классом. У каждого студента своя монета с одним и тем же перекосом $\delta$; после $k$ бросков каждый идёт за своим большинством. Слева — разность ответов $+1$ и $-1$: кто ниже нуля, ошибся. Справа — средняя ошибка класса с полосой, точная кривая для этого $\delta$ (подпись `δ`) и огибающая $0.34/\sqrt{k}$ (жирная).
#
# Противник — тоже вы. При каком $\delta$ средняя ошибка после $N = 100$ бросков больше всего?


# %% tags=["hide-input", "seminar:coin"]
def toss(N, delta, students):
    oracle, kept = rates.coin(delta).minibatch(1, range(SEED, SEED + students)), log_spaced(N, 60)
    n = log_spaced(3000, 40)[1:]
    sums = -run(gd, oracle, [0.0], steps=N, keep=kept, alpha=1.0)[1:, :, 0]
    k, lost = kept[1:], delta * (1 - np.sign(sums))  # a tie is x = 0
    mean, low, high = rates.mean_band(lost, resamples=200)
    walks = [line(k, one, int(one[-1] <= 0), width=1.2, opacity=0.5) for one in sums.T]
    curves = [
        line(n, 0.34 / n**0.5, plot.COLORS[1], "0.34/√k", 4.0),
        line(n, [rates.game(int(k), delta) for k in n], "text", "δ"),
        band(k, np.maximum(low, 1e-4), high),
        line(k, mean, 0, "⌀"),
        dots(k[-1:], mean[-1:], 0, size=6),
    ]
    x = Axis("k", 1, 3000, log=True)
    wrong = f"✗ {(sums[-1] < 0).sum()}/{students}"
    return [
        Panel(
            "Σ g", Axis("k", 0, N), Axis.over("Σ gᵢ", sums), [line([0, N], [0, 0], "text"), *walks]
        ),
        Panel("E f(x) − f*", x, Axis("E f(x) − f*", 1e-3, 1, log=True), curves),
    ], f"{wrong};  δ√N = {delta * N**0.5:.2f};  √N · (f(x) − f*) = {N**0.5 * mean[-1]:.2f}"


live(toss, N=(100, Integers(1, 1000)), delta=(0.3, Log(0.01, 1)), students=(30, Integers(2, 100)))

# %% [markdown] tags=["seminar:coin-answer"]
# При $\delta \approx 0.075$ точная кривая касается огибающей у $k = 100$, и ошибается в среднем меньше четверти класса. При меньшем $\delta$ ошибаются чаще, но ошибка дешевле, при большем — наоборот. Увеличьте $N$ вчетверо: то же число ошибок даёт вдвое меньшее $\delta$.

# %% [markdown]
# SGD с усреднением и шагом $1/\sqrt{N}$ теряет по сравнению с лучшим возможным алгоритмом лишь множитель; его собственная константа ещё растёт, поэтому наклон, измеренный по таким $N$, чуть выше $-\frac12$ — полоса учитывает случайность запусков, но не это смещение.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### SGD, невыпуклые: две функции против любого шага · 5 мин дома
#
# Снова две функции. На параболе, если начать в минимуме, большой шаг плох: шум сам создаёт градиент, и средний квадрат его нормы доходит до $\frac{\alpha L \sigma^2}{2 - \alpha L}$. На склоне $\sqrt{\Delta / (\alpha K)}$ плох маленький: за $K$ шагов не дойти до его подножия. Каким бы ни был $\alpha$, на одной из двух средний квадрат градиента не меньше примерно $\sqrt{L \Delta \sigma^2 / (2K)}$.

# %%
Ks = np.geomspace(10, 30_000, 60).astype(int)
grid = np.geomspace(1e-3, 1.5, 2000)
worse = np.array([np.maximum(*rates.pair(grid, N)) for N in Ks])
envelope = worse.min(1)
print(f"{envelope[-1] * Ks[-1] ** 0.5:.3f}")
check("S4.2", rates.slope(Ks[20:], envelope[20:]), above=-0.6, of="SGD, ‖∇f‖²")

# %%
parabola, measured = problems.noisy_quadratic(kappa=1.0, d=1, n=2), {}
for N in (100, 1000, 10_000):
    alpha = grid[np.maximum(*rates.pair(grid, N)).argmin()]
    slope = (1 / (alpha * N)) ** 0.5
    foot = problems.huber(slope)
    ramp = problems.Tilted(foot.f, foot.grad, foot.hessian, [[1.0], [-1.0]])
    for problem, x0 in ((parabola, 0.0), (ramp, 1 / slope + slope / 2)):
        xs = run(gd, problem.minibatch(1, seeds), [x0], steps=N - 1, alpha=alpha)
        square = (problem.grad(xs) ** 2).mean((0, 2))
        measured.setdefault(N, []).append(rates.mean_band(square))
    numbers = np.array([alpha, max(rates.pair(alpha, N))]) * N**0.5
    print(
        f"K = {N:6}:  α√K = {numbers[0]:.2f}  ",
        *(f"{one * N**0.5:.2f}  " for one in measured[N]),
        f"{numbers[1]:.3f}",
    )

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for alpha in (0.003, 0.01, 0.03, 0.1, 0.3):
    ax.loglog(Ks, [max(rates.pair(alpha, N)) for N in Ks], "-", color="gray", linewidth=1)
ax.loglog(Ks, envelope, "-", color=plot.COLORS[1], linewidth=4, label=r"$\min_\alpha \max$")
for N, ends in measured.items():
    ax.loglog([N, N], [end.value for end in ends], "o", color=plot.COLORS[0])
ax.set(xlabel="$K$", ylabel=r"$\frac{1}{K} \sum \mathbb{E}\, \|\nabla f(x_k)\|^2$")
_ = ax.legend()

# %% [markdown]
# Точки — SGD с лучшим постоянным шагом на обеих функциях: наклон огибающей $-\frac12$. (На склоне измеренное чуть меньше формулы: шум изредка доносит до подножия раньше срока.)
#
# > **Оговорка к слайдам.** Эти две функции — граница для SGD с постоянным шагом, а не для всех методов. Для произвольного алгоритма, видящего только стохастические градиенты, верна та же оценка $\varepsilon^{-2}$, но функции там живут в пространстве огромной размерности (Арджевани и соавторы). А «ограниченная дисперсия» в теоремах — часто ограниченный второй момент самого стохастического градиента; для сильно выпуклой $f$ на всей плоскости он невозможен, и говорить надо о шуме в точке $x^*$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Для этого метода и для любого · 2 мин дома
#
# | | худший случай метода | а для любого метода? |
# |---|---|---|
# | PL, GD | $q^k$, $1 - q \sim \mu / L$ | не лучше: $\frac{L}{\mu} \log \frac1\varepsilon$ (Юэ, Фан и Линь) |
# | PL, SGD | $K^{-1}$ | не лучше: это оценка среднего, см. ниже |
# | выпуклые, GD | $\frac{L R^2}{4N + 2}$ | **лучше**: $N^{-2}$ у Нестерова |
# | выпуклые, SGD | $N^{-1/2}$ | не лучше: игра в монету |
# | невыпуклые, GD | $\frac{4 L \Delta}{3N - 1}$ | показатель не лучше (Кармон и соавторы) |
# | невыпуклые, SGD | $\sqrt{L \Delta \sigma^2 / (2K)}$, постоянный шаг | показатель не лучше (Арджевани и соавторы) |

# %% [markdown] tags=["seminar:for-any"]
# **Вердикт (S4.2): верно при условии.** В пяти клетках скорость по порядку не улучшит никакой метод. В шестой, «выпуклые, GD», её не улучшит лишь сам GD: у ускоренного метода показатель вдвое больше. И в двух нижних строках речь об огибающей: на одной функции метод может быть и быстрее.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Где таблица не действует · 1 мин дома
#
# Границы относятся к оракулу: несмещённому, с ненулевой ограниченной дисперсией. Нарушим условия — и получим больше.
#
# ### Шум исчезает в минимуме · 2 мин дома
#
# $f_i(x) = w_i \left(x^2 + 3 \sin^2 x\right)$: каждое слагаемое само минимально в нуле. Запустим SGD с **постоянным** шагом.

# %%
w = np.random.default_rng(SEED).uniform(0.5, 1.5, 100)
w = w / w.mean()
together = problems.FiniteSum(
    lambda x, i: w[i] * (x[..., 0] ** 2 + 3 * np.sin(x[..., 0]) ** 2),
    lambda x, i: w[i][..., None] * (2 * x + 3 * np.sin(2 * x)),
    n=100, d=1, L=8.0, x_star=np.zeros(1), f_star=0.0,
)  # fmt: skip
alpha = 1 / (4 * together.L)
xs = run(gd, together.minibatch(1, seeds), [3.0], steps=120, alpha=alpha)
measured = rates.slope(np.arange(121), together.f(xs), "auto")
print(measured.law, f"  {np.mean((1 - 8 * alpha * w) ** 2):.4f}")
check("S4.1", rows[1][-2].exponent, above=-1.1, of="σ(x*) = 1")
check("S4.1", measured.factor, above=0.99, of="σ(x*) = 0")

# %% [markdown]
# Сходимость линейная, и множитель равен $\mathbb{E} (1 - \alpha f_i''(0))^2$. Рядом — строка из первой таблицы, где шум в $x^*$ не нулевой: там показатель $-1$.
#
# ### Смотреть не на последнюю точку, а на среднее · 8 мин дома
#
# Дисперсию можно усреднить: вернуть не $x_k$, а $\bar x_k = \frac1k \sum_{i \le k} x_i$. Наклон тут обманчив: у среднего долго помнится начало, поэтому сравним с пределом, который при большом $K$ и шуме с ковариацией $S$ в точке $x^*$ не превзойти в принципе: $\mathbb{E} f - f^* \approx \frac{1}{2K} \operatorname{tr}(H^{-1} S)$. Его считает `optimum`.
#
# **Предскажите.** Постоянный шаг, $K = 20\,000$: последняя точка застряла в шаре шума. А среднее? (Начинаем в $x^*$, чтобы измерить один только шум.)
#
# - **A.** Подойдёт к пределу: разница меньше чем вдвое.
# - **B.** Застрянет там же: усредняются застрявшие точки.
# - **C.** Застрянет ниже, но далеко от предела: шаг ведь не убывает.

# %%
sums = (
    problems.least_squares(n=1000, d=5, seed=SEED),
    problems.logistic(n=1000, d=5, lam=0.02, seed=SEED),
)
ratios = {}
for task in sums:
    mu, most = np.linalg.eigvalsh(task.hessian(task.x_star))[0], 1 / task.L_max
    noisy, limit = task.minibatch(1, seeds[:100]), rates.optimum(task)
    xs = run(gd, noisy, task.x_star, steps=K, alpha=most / 4)
    slower = run(
        gd, noisy, task.x_star, steps=K, keep=[K],
        alpha=lambda k, mu=mu, most=most: min(most, 1 / (mu * k)),
    )  # fmt: skip
    last = {"x_K, α = 1/4L_max": xs[-1], "x̄_K, α = 1/4L_max": xs.mean(0), "x_K, α = 1/μk": slower}
    for label, x in last.items():
        ratios[task.name, label] = rates.mean_band(K * problems.gap(task, x).ravel() / limit)

# %%
names, labels = zip(*ratios, strict=True)
head = "K·E(f − f*) / ½tr H⁻¹S"
table({"": names, " ": labels, head: ratios.values()}, {head: ".2f"})

# %%
for task in sums:
    check("S4.3", ratios[task.name, "x̄_K, α = 1/4L_max"], between=(1 / 2, 2), of=task.name)

# %% [markdown]
# **Вердикт (S4.3): верно.** Среднее точек SGD достигает предела (с точностью до множителя $2$) без всякого гессиана: последняя точка при постоянном шаге хуже предела на порядки, а среднее тех же самых точек подходит к нему вплотную, хотя шаг не убывает. (У логистической регрессии шар шума не симметричен, из-за этого у среднего есть смещение. С ростом $K$ оно не убывает, поэтому отношение к пределу больше, а при намного большем $K$ прав был бы C.) Шаг $1/(\mu k)$ тоже близок к пределу, но ему нужно знать $\mu$.
#
# **Ответ: A.** B и C забывают, что точки в шаре ходят вокруг $x^*$ и почти независимы, если стоят далеко друг от друга в пути: их среднее ведёт себя как среднее выборки.
#
# Но это не нарушение строки таблицы: $1/K$ на сильно выпуклой функции остаётся, улучшается константа. А вот третий случай нарушает и её.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Сумма конечна · 4 мин дома
#
# $f(x) = \frac1n \sum_i \frac12 (x - \xi_i)^2$. Сильно выпуклее некуда. С шагом $\alpha_k = 1/k$ точка $x_k$ — это в точности среднее первых $k$ выпавших чисел.
#
# **Предскажите.** $\alpha_k = 1/k$, и $x_k$ — среднее $k$ выпавших чисел из $n$. Какой будет ошибка на шаге $k = n$, если выбирать **без** возвращения?
#
# - **A.** Такой же, как с возвращением: порядка $1/n$.
# - **B.** Вдвое меньше.
# - **C.** Нулевой.

# %%
numbers = np.random.default_rng(SEED).normal(size=1000)
mean_of = problems.LeastSquares(np.ones((1000, 1)), numbers)
when = np.array([10, 100, 300, 500, 900, 999, 1000, 2000])
limit, ratios = rates.optimum(mean_of), {"k": when}
oracles = {"replace=True": mean_of.minibatch(1, seeds), "reshuffle": mean_of.reshuffle(1, seeds)}
for name, oracle in oracles.items():
    xs = run(gd, oracle, [0.0], steps=2000, keep=when, alpha=lambda k: 1 / k)
    ratios[name] = rates.mean_band(when[:, None] * problems.gap(mean_of, xs) / limit)
table(ratios, dict.fromkeys(oracles, "#.3g"))

# %%
for name in oracles:
    check("S4.1", ratios[name][6], above=1 / 2, of=f"{name}, k = n")

# %% [markdown]
# **Ответ: C.** Без возвращения (`reshuffle`) отношение равно $1 - k/n$, и на шаге $n$ ошибка нулевая: мы увидели все данные. Конечная сумма — не «оракул с ограниченной дисперсией», как только пройдены все $n$ слагаемых; на этом стоят методы редукции дисперсии.
#
# С возвращением (`replace=True`) отношение к пределу держится около единицы: наклон $-1$. И лучше среднего ничего не придумать: в худшем случае оценить его по $k$ наблюдениям точнее не может ни один метод, это и есть нижняя граница клетки «PL, SGD».
#
# **Вердикт (S4.1): верно при условии.** SGD сублинеен даже на сильно выпуклых функциях, если шум в $x^*$ не нулевой, а слагаемые выбирают с возвращением.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S5. Импульс и квазиньютоновские методы · 9 мин дома
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
# Параболоид, $d = 20$. Начало случайно и такое, что во всех собственных направлениях в среднем поровну энергии.
#
# **Предскажите.** Число обусловленности $\kappa = L/\mu$ выросло в 100 раз. Во сколько раз больше итераций нужно GD и Нестерову, чтобы уменьшить $f$ в $10^8$ раз?
#
# - **A.** Обоим примерно в 100: импульс улучшает лишь константу.
# - **B.** GD примерно в 100, Нестерову примерно в 10.
# - **C.** GD примерно в 10, Нестерову примерно в 3.
# - **D.** GD примерно в 100, Нестерову почти не больше.

# %%
kappas = np.geomspace(10, 1000, 11)
kappa = kappas[:, None]  # a run axis; the other one is the start
bowl = problems.noisy_quadratic(kappa, d=20, n=100, sigma=0.0)
h = np.diagonal(bowl.hessian(np.zeros(20)), axis1=-2, axis2=-1)  # eigenvalues
x0 = np.random.default_rng(SEED).normal(size=(20, 20)) / h**0.5
beta = (kappa**0.5 - 1) / (kappa**0.5 + 1)
contenders = {
    "GD": (gd, 10_000, {"alpha": 1.0}),
    "momentum": (momentum, 1000, {"alpha": (1 + beta) ** 2, "beta": beta**2}),
    "Nesterov": (nesterov, 1000, {"alpha": 1.0, "beta": beta}),
    "BFGS": (stochastic_bfgs, 300, {"eps": 1.0}),
    "Newton": (newton, 3, {}),
}

# %%
needed = {}
for name, (method, steps, hyper) in contenders.items():
    when = np.unique(np.r_[0, np.geomspace(1, steps, 3000).astype(int)])
    f = bowl.f(run(method, bowl, x0, steps=steps, keep=when, **hyper))
    needed[name] = when[(f <= 1e-8 * f[0]).argmax(0)]
slopes = [rates.slope(kappas, one, "auto") for one in needed.values()]
middle = np.median([*needed.values()], axis=2).astype(int)
shown = {f"κ = {kappas[j]:.0f}": middle[:, j] for j in (0, 5, 10)}
drifts, signs = zip(*((one.drift.value, "?" * (one.kind == "?")) for one in slopes), strict=True)
table({"": needed, **shown, "κ^": slopes, "Δ": drifts, " ": signs}, {"Δ": "+.2f"})

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for name, one in needed.items():
    ax.loglog(kappas, np.median(one, axis=1), marker="o", label=name)
ax.set(xlabel=r"$\kappa$", ylabel=r"$K_\varepsilon,\ \varepsilon = 10^{-8}$")
_ = ax.legend(loc="upper left", bbox_to_anchor=(1, 1))

# %% [markdown]
# **Ответ: B.** Число итераций GD растёт как $\kappa$, у импульса и Нестерова — примерно как $\sqrt{\kappa}$; D — это Ньютон: ему хватает одного шага. У BFGS степенного закона нет: кривая гнётся, дрейф велик, и по нашему же правилу ответ — `?`; видно лишь, что растёт она ещё медленнее. Без шума выбор метода меняет показатель, а не константу, как думал A: так будет с шумом.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Теперь с шумом · 9 мин дома
#
# Тот же параболоид, $d = 5$, шум как в регрессии с верной моделью, $S = \sigma^2 H$; начинаем в минимуме, чтобы измерить один только шум. Шаги честные: у SGD $\alpha_k = \min\left(\frac1L, \frac{1}{\mu k}\right)$; импульсу и Нестерову достаётся $\alpha_k (1 - \beta)$, потому что память умножает шаг на $\frac{1}{1 - \beta}$; Ньютону и BFGS — $1/k$ (точнее, $\frac{1}{k+1}$ у BFGS: сначала ему надо что-то узнать).
#
# **Предскажите.** Параболоид, градиент с шумом. Какими будут наклоны и константы?
#
# - **A.** Нестеров даст $-2$, Ньютон сойдётся линейно, SGD — $-1$.
# - **B.** У всех $-1$ и одинаковые константы: дисперсия у всех одна.
# - **C.** У всех $-1$, константу улучшают и импульс, и Ньютон.
# - **D.** У всех $-1$, константу улучшают Ньютон и BFGS, но не импульс.

# %%
kappas = np.array([10, 30.0])
kappa = kappas[:, None]
bowl = problems.noisy_quadratic(kappa, d=5, noise="H", seed=SEED)
limit = [rates.optimum(problems.noisy_quadratic(one, 5, noise="H", seed=SEED)) for one in kappas]
noisy = bowl.minibatch(1, seeds)
stochastic = {
    "SGD": (gd, {"alpha": lambda k: np.minimum(1, kappa / k)}),
    "momentum": (momentum, {"alpha": lambda k: 0.1 * np.minimum(1, kappa / k), "beta": 0.9}),
    "Nesterov": (nesterov, {"alpha": lambda k: 0.1 * np.minimum(1, kappa / k), "beta": 0.9}),
    "BFGS": (stochastic_bfgs, {"alpha": lambda k: 1 / (k + 1), "eps": 1.0}),
    "Newton": (newton, {"alpha": lambda k: 1 / k}),
}

# %%
exponents, ends, steps = {}, {}, 8000
when = log_spaced(steps, 120)
for name, (method, hyper) in stochastic.items():
    f = bowl.f(run(method, noisy, np.zeros((2, 1, 5)), steps=steps, keep=when, **hyper))
    for j, one in enumerate(kappas):
        exponents[one, name] = rates.slope(when, f[:, j], "auto")
        ends[one, name] = steps * f[-1, j] / limit[j]

# %%
heads, names = zip(*exponents, strict=True)
constants = rates.mean_band([*ends.values()])
laws = [one.law for one in exponents.values()]
table({"κ": heads, "": names, "e_k ~": laws, head: constants}, {"κ": ".0f", head: ".2f"})

# %%
for (kappa, name), one in exponents.items():
    if name != "SGD":
        check("S5.1", one.exponent, between=(-1.1, -0.9), of=f"{name}, κ = {kappa:.0f}")

# %% [markdown]
# **Вердикт (S5.1): верно.** Показатель у всех один, $-1$: быстрее SGD не убывает ни у кого. Меняются ли константы? Сравним их с константой SGD; улучшением будем считать хотя бы 10 %.

# %%
for name in [*stochastic][1:]:
    ratio = rates.ratio_band(ends[30, name], ends[30, "SGD"])
    check("S5.2", ratio, below=0.9, of=f"{name} : SGD, κ = 30")

# %% [markdown]
# **Вердикт (S5.2): верно при условии.** Константу улучшают те, кто знает кривизну: Ньютон и BFGS убирают $\kappa$ из неё полностью — и упираются в предел, ниже которого не пускает дисперсия. Обычное усреднение SGD, как мы видели, приходит туда же без всякого гессиана. А импульс с шагом $\alpha(1-\beta)$ не меняет даже константу: его путь почти неотличим от пути SGD с шагом $\alpha$.
#
# **Ответ: D.** A переносит сюда опыт без шума; C — слайд, который обещает лучшие константы обоим.
#
# Константа SGD растёт вместе с $\kappa$. Вот точная формула $\sum_j \frac{c^2 h_j S_{jj}}{2(2 c h_j - 1)}$, $c = 1/\mu$, в тех же единицах:

# %%
for kappa in (10.0, 30.0, 100.0, 300.0, 1000.0):
    h = kappa * np.diag(problems.noisy_quadratic(kappa, d=5).hessian(np.zeros(5)))  # λ/μ
    print(f"κ = {kappa:4.0f}:  {(h**2 / (2 * (2 * h - 1))).sum() / (5 / 2):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Плохой гессиан хуже никакого · 7 мин дома
#
# Гессиан на практике оценивают и для надёжности прибавляют к нему $\delta I$. При $\alpha_k = 1/k$ направление с кривизной $\mu$ тогда получает шаг $\frac{1}{k} \cdot \frac{1}{\mu + \delta}$ вместо $\frac{1}{k\mu}$, и если $\frac{\mu}{\mu + \delta} < \frac12$, ломается **показатель**: вместо $-1$ он равен $-\frac{2\mu}{\mu + \delta}$.

# %%
kappa, ratios = 30.0, np.array([0, 0.5, 2, 8])  # δ/μ
bowl = problems.noisy_quadratic(kappa, d=2, noise="H", seed=SEED)
damped = bowl.hessian(np.zeros(2)) + (ratios / kappa)[:, None, None, None] * np.eye(2)
bowl.hessian = lambda x: damped
noisy = bowl.minibatch(1, seeds[:100])
xs = run(newton, noisy, np.full((4, 1, 2), 10.0), steps=steps, keep=when, alpha=lambda k: 1 / k)
f = bowl.f(xs)

# %%
measured = [rates.slope(when, f[:, j], "auto") for j in range(len(ratios))]
theory = [-min(1, 2 / (1 + ratio)) for ratio in ratios]
laws = [one.law for one in measured]
table({"δ/μ": ratios, "e_k ~": laws, "k^": theory}, {"δ/μ": "g", "k^": "+.3f"})

# %%
for ratio, one in zip(ratios[2:], measured[2:], strict=True):
    check("S5.4", one.exponent, above=-0.9, of=f"δ = {ratio:g}μ")

# %% tags=["hide-input"]
ax = plot.axes(width=8)
for j, ratio in enumerate(ratios):
    plot.mean(when[1:], f[1:, j], label=rf"$\delta = {ratio:g}\mu$", ax=ax)
_ = ax.set(xscale="log", yscale="log", xlabel="$k$", ylabel=r"$\mathbb{E}\, f(x_k) - f^*$")

# %% [markdown]
# **Вердикт (S5.4): верно.** Плохая оценка гессиана в стохастическом случае портит не только константу, но и показатель. У метода первого порядка та же беда, если в $c/k$ взять слишком малое $c$: это вы сейчас увидите сами.

# %% [markdown] tags=["seminar:noise"]
# > **Оговорка к слайдам.** S5 — утверждение о худшем случае **с шумом**. Пока шума мало (большой батч, интерполяция, начало пути), число обусловленности важнее дисперсии.
#
# **Предскажите.** $\kappa = 100$, 200 шагов, $\alpha$ у обоих один. При каких из $\sigma = 0,\ 0.001,\ 0.03,\ 1$ импульс лучше SGD?
#
# - **A.** При всех: хуже он сделать не может.
# - **B.** При двух первых.
# - **C.** Только при $\sigma = 0$: S5 говорит о любом шуме.

# %% tags=["seminar:noise"]
finals = {"SGD": [], "momentum": []}
sigmas = 0, 0.001, 0.03, 1
for sigma in sigmas:
    bowl = problems.noisy_quadratic(100.0, d=5, sigma=sigma, seed=SEED)
    noisy = bowl.minibatch(1, range(SEED, SEED + 300))
    for name, method, memory in (("SGD", gd, {}), ("momentum", momentum, {"beta": 0.8})):
        xs = run(method, noisy, np.ones((300, 5)), steps=200, keep=[200], alpha=1.0, **memory)
        finals[name].append(bowl.f(xs)[0])
columns = {name: rates.mean_band(f) for name, f in finals.items()}
print(table({"σ": sigmas} | columns, {"σ": "g"} | dict.fromkeys(columns, ".1e")))
for sigma, above, below in zip(sigmas, *reversed(finals.values()), strict=True):
    check("S5.3", rates.ratio_band(above, below), above=0.9, of=f"momentum : SGD, σ = {sigma:g}")

# %% [markdown] tags=["seminar:noise"]
# **Вердикт (S5.3): верно при условии.** Дисперсия — узкое место, если шума много: в нижних строках импульс позади, ведь при том же $\alpha$ память увеличивает и его шар шума. А в верхних он впереди, и намного: там узкое место — число обусловленности.
#
# **Ответ: B.** A забывает, что при том же $\alpha$ больше и шар шума; C — что S5 говорит о пределе, а за 200 шагов малый шум ещё не виден.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Руками · 3 мин дома
#
# Параболоид с $L = 1$, $\mu = 1/\kappa$ и шаг $\alpha_k = \min\left(1, c / k^q\right)$. Наклон с полосой пересчитывается, пока вы двигаете ползунки; под рисунком — он, дрейф $\Delta$ и два числа, из которых складывается теория: $-q$ и $-2c\mu$. (Второе важно при $q = 1$: побеждает то, что медленнее.)
#
# Сначала нарисуйте, как убывает ошибка при $c = 10$, $q = 1$ — от первого шага до трёхтысячного.
#
# - Найдите $c$, при котором скорость $1/k$ ломается, хотя $q = 1$.
# - Увеличьте $\sigma$ в десять раз. Что изменится: показатель или константа? А батч?
# - Уменьшите $\sigma$ до упора: сколько итераций метод не замечает шума?


# %% tags=["hide-input"]
def schedule(c, q, sigma, batch, kappa, seeds, unit):
    problem = problems.noisy_quadratic(kappa, d=2, n=128, sigma=sigma, seed=SEED)
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
    schedule, c=(10.0, Log(1e-2, 1e3)), q=(1.0, Reals(0, 1.5)), sigma=(1.0, Log(1e-3, 1e2)),
    batch=(1, PowersOfTwo(128)), kappa=(10.0, Log(1, 1e3)), seeds=(64, Integers(2, 256)),
    unit=["k", "∇fᵢ"], predict=True,
)  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 50 мин дома
#
# **1.** Выведите наклон $\mathbb{E} f(x_k) - f^*$ на $f_i(x) = \frac12 x^2 + s_i x$ при $\alpha_k = k^{-q}$ для $q = \frac12$, $1$, $\frac23$. Проверьте. Что будет при $q = 2$?

# %% tags=["exercise"]
parabola = problems.noisy_quadratic(kappa=1.0, d=1, seed=SEED)
noisy = parabola.minibatch(1, range(SEED, SEED + 500))
qs = [1 / 2, 1, 2 / 3]

# %% [markdown] tags=["solution"]
# **Решение.** $\mathbb{E}\, x_k^2 = (1 - \alpha_k)^2\, \mathbb{E}\, x_{k-1}^2 + \alpha_k^2 \sigma^2$. При $q \le 1$ ошибка идёт за шаром шума, а он пропорционален шагу: наклон $-q$ (при $q = 1$ начало успевает забыться, потому что $\alpha_k = c/k$ с $c = 1 > \frac12$: упражнение 2). При $q = 2$ сумма шагов конечна, метод проходит лишь конечный путь и останавливается, где придётся: наклон $0$.

# %% tags=["solution"]
for q in [*qs, 2]:
    xs = run(gd, noisy, [2.0], steps=K, keep=kept, alpha=lambda k, q=q: k**-q)
    print(f"{q:.2f}", rates.slope(kept, parabola.f(xs), "auto").law)

# %% [markdown]
# **2.** На той же параболе $\alpha_k = c/k$. Выведите показатель как функцию $c$ и найдите границу, ниже которой скорость $1/k$ теряется. Проверьте при $c = \frac18, \frac14, \frac12, 1, 2$. Почему ровно на границе измеренный наклон не совпадает с выведенным?

# %% tags=["exercise"]
cs = np.array([1 / 8, 1 / 4, 1 / 2, 1, 2])

# %% [markdown] tags=["solution"]
# **Решение.** Начало забывается как $\prod_{i \le k} (1 - c/i)^2 \sim k^{-2c}$, а шум оставляет $\frac{c^2 \sigma^2}{2(2c - 1) k}$, если $2c > 1$. Медленнее из двух: показатель $-\min(1, 2c)$, граница $c = \frac12$. На границе ошибка ведёт себя как $\frac{\ln k}{k}$, и логарифм, растущий в любом окне, делает наклон положе $-1$.

# %% tags=["solution"]
xs = run(gd, noisy, np.full((5, 1, 1), 2.0), steps=K, keep=kept, alpha=lambda k: cs[:, None] / k)
for c, f in zip(cs, parabola.f(xs).swapaxes(0, 1), strict=True):
    print(f"{c:5.3f}  {rates.slope(kept, f, 'auto').law:30} {-min(1, 2 * c):+.2f}")

# %% [markdown]
# **3.** Вы — противник: GD с шагом $1/L$ сделает $N = 50$ шагов из $x_0 = 1$. Среди функций `huber(slope)` с $L = 1$ найдите наклон, при котором $f(x_{50})$ больше всего. Сравните с $\frac{1}{4N+2}$ и объясните, почему ни более крутой, ни более пологий склон не лучше.

# %% tags=["exercise"]
slopes = np.geomspace(1e-3, 0.1, 400)

# %% [markdown] tags=["solution"]
# **Решение.** Все 400 функций считаются за один запуск. Пока метод на склоне $s$, за $N$ шагов он проходит $Ns$ и остаётся $f(x_N) = s (1 - Ns) - \frac{s^2}{2}$. Пологий склон и сам невысок, с крутого метод успевает сойти; максимум этой параболы — при $s = \frac{1}{2N+1}$.

# %% tags=["solution"]
many = problems.huber(slopes)
f = many.f(run(gd, many, np.ones((400, 1)), steps=50, keep=[50], alpha=1.0))[0]
print(f"{slopes[f.argmax()]:.5f} {1 / 101:.5f}   {f.max():.6f} {1 / 202:.6f}")

# %% [markdown]
# **4.** Последняя четверть. GD с шагом $1/L$, $L = 1$, делает $N - 1$ шаг, и все $N$ градиентов равны единице. Какая $\Delta = f(x_0) - f^*$ для этого нужна? На прямом склоне каждый шаг стоит $1$. Но между соседними точками градиент может опуститься до половины и вернуться, $1 \to \frac12 \to 1$: быстрее не позволяет $L$. Сколько тогда стоит шаг и сколько — спуск после последней точки? Выведите отсюда $\min \lVert \nabla f \rVert^2 = \frac{4 L \Delta}{3N - 1}$, постройте такой градиент и проверьте.

# %% tags=["exercise"]
horizons = 3, 10, 50

# %% [markdown] tags=["solution"]
# **Решение.** Площадь под зубцом $\frac34$, спуск после последней точки стоит $\frac12$, вместе $\Delta = \frac34 (N - 1) + \frac12 = \frac{3N - 1}{4}$ при единичном градиенте. Функция невыпукла: градиент то убывает, то растёт. Хуже функции нет — это и доказали Аббасзадепейвасти, де Клерк и Замани.


# %% tags=["solution"]
def saw(u, N):
    """The size of the gradient at distance u from x0: N − 1 teeth, then down to zero."""
    tooth = np.minimum(u % 1, 1 - u % 1)
    return np.where(u < N - 1, 1 - tooth, N - u).clip(0)


for N in horizons:
    teeth = problems.Function(None, lambda x, N=N: -saw(x, N), d=1)
    xs = run(gd, teeth, [0.0], steps=N - 1, alpha=1.0)
    drop = saw((np.arange(100 * N) + 0.5) / 100, N).sum() / 100
    print(f"N = {N:2}:  {(teeth.grad(xs) ** 2).min():.6f}  {4 * drop / (3 * N - 1):.6f}")

# %% [markdown]
# **5.** Гессиан регрессии оценили по $m$ случайным строкам вместо всех. При $\alpha_k = 1/k$ показатель равен $-\min\left(1, 2 \lambda_{\min}(\hat H^{-1} H)\right)$ — проверьте, что пример с $\delta I$ выше — частный случай. Сколько строк нужно при $d = 5$, чтобы показатель почти наверняка не испортился?

# %% tags=["exercise"]
task = problems.least_squares(n=1000, d=5, seed=SEED)
rng = np.random.default_rng(SEED)

# %% [markdown] tags=["solution"]
# **Решение.** Порог — $\lambda_{\min} = \frac12$. При десятке строк он нарушается часто, при сотне — практически никогда.

# %% tags=["solution"]
for m in (6, 12, 25, 50, 100):
    rows = task.A[rng.integers(1000, size=(500, m))]
    low = np.linalg.eigvals(np.linalg.solve(rows.mT @ rows / m, task.H)).real.min(-1)
    print(f"m = {m:3}:  λ_min = {np.median(low):.2f}   P(λ_min < 1/2) = {(low < 0.5).mean():.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 4 мин дома
#
# - Таблица S3 — верхние границы для целого класса функций; в третьей строке измеряется **квадрат** нормы градиента. Все шесть клеток подтвердились: медленнее обещанного нигде (S3.1). Выпуклым функциям нужно ещё одно: минимум. Без него $1/k$ не обещано, и $\frac{1}{1+x}$ даёт $k^{-1/3}$ (S3.2).
# - На одной выпуклой функции с минимумом GD быстрее таблицы. Показатель SGD в выпуклой и невыпуклой строках задаёт шаг $\alpha_k \propto k^{-1/2}$.
# - «Неулучшаемо» значит: для каждого $N$ найдётся своя функция. Неулучшаема огибающая, и в клетке «выпуклые, GD» — только для GD: у Нестерова $N^{-2}$ (S4.2).
# - Без шума в минимуме SGD сходится линейно, а конечную сумму без возвращения можно исчерпать (S4.1); усреднение достигает предела $\frac{1}{2K} \operatorname{tr}(H^{-1}S)$ без гессиана (S4.3).
# - С шумом импульс и Ньютон оставляют показатель $-1$ (S5.1); Ньютон убирает $\kappa$ из константы, импульс не меняет и её (S5.2). Плохой гессиан портит показатель (S5.4). Пока шума мало, узкое место — число обусловленности, и импульс помогает (S5.3).
# - Наклон без полосы, окна и проверки дрейфа — не измерение.
#
# ### Литература
#
# - H. Karimi, J. Nutini, M. Schmidt. [Linear Convergence of Gradient and Proximal-Gradient Methods Under the Polyak-Łojasiewicz Condition](https://arxiv.org/abs/1608.04636). ECML PKDD, 2016.
# - Y. Drori, M. Teboulle. [Performance of First-Order Methods for Smooth Convex Minimization: A Novel Approach](https://arxiv.org/abs/1206.3209). Mathematical Programming, 2014.
# - Y. Nesterov. [Introductory Lectures on Convex Optimization](https://doi.org/10.1007/978-1-4419-8853-9). Springer, 2004.
# - H. Abbaszadehpeivasti, E. de Klerk, M. Zamani. [The Exact Worst-Case Convergence Rate of the Gradient Method with Fixed Step Lengths for L-Smooth Functions](https://doi.org/10.1007/s11590-021-01821-1). Optimization Letters, 2022.
# - Y. Carmon, J. Duchi, O. Hinder, A. Sidford. [Lower Bounds for Finding Stationary Points I](https://arxiv.org/abs/1710.11606). Mathematical Programming, 2020.
# - P. Yue, C. Fang, Z. Lin. [On the Lower Bound of Minimizing Polyak-Łojasiewicz Functions](https://arxiv.org/abs/2212.13551). COLT, 2023.
# - A. Agarwal, P. Bartlett, P. Ravikumar, M. Wainwright. [Information-Theoretic Lower Bounds on the Oracle Complexity of Stochastic Convex Optimization](https://arxiv.org/abs/1009.0571). IEEE Transactions on Information Theory, 2012.
# - S. Ghadimi, G. Lan. [Stochastic First- and Zeroth-order Methods for Nonconvex Stochastic Programming](https://arxiv.org/abs/1309.5549). SIAM Journal on Optimization, 2013.
# - Y. Arjevani, Y. Carmon, J. Duchi, D. Foster, N. Srebro, B. Woodworth. [Lower Bounds for Non-Convex Stochastic Optimization](https://arxiv.org/abs/1912.02365). Mathematical Programming, 2023.
# - Y. Drori, O. Shamir. [The Complexity of Finding Stationary Points with Stochastic Gradient Descent](https://arxiv.org/abs/1910.01845). ICML, 2020.
# - B. Polyak, A. Juditsky. [Acceleration of Stochastic Approximation by Averaging](https://doi.org/10.1137/0330046). SIAM Journal on Control and Optimization, 1992.
# - N. Schraudolph, J. Yu, S. Günter. [A Stochastic Quasi-Newton Method for Online Convex Optimization](https://proceedings.mlr.press/v2/schraudolph07a.html). AISTATS, 2007.
