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
# # AdaGrad
#
# **Цель.** Проверить каждое обещание слайда про AdaGrad: надо ли подбирать $\alpha$, как падает скорость обучения, что достаётся редким признакам, насколько это лучше SGD — и чем за это приходится платить.
#
# **Время на семинаре:** 60 минут. **Слайды:** S9.

# %%
from itertools import count, pairwise

import numpy as np

from course_lib import (
    Function,
    LeastSquares,
    Logistic,
    SparseLogistic,
    adagrad,
    datasets,
    diff,
    explore,
    gd,
    least_squares,
    live,
    log_spaced,
    logistic,
    plot,
    problems,
    rates,
    ravine,
    rmsprop,
    run,
    tune,
)
from course_lib.explorer.knobs import Linear, Log, PowersOfTwo
from course_lib.explorer.scene import Axis, Panel, band, line

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S9. Каждой координате — свой шаг
#
# У SGD шаг $\alpha$ один на всех. AdaGrad копит для каждой координаты $j$ сумму квадратов её градиентов и делит шаг на корень из этой суммы:
#
# $$v_j \leftarrow v_j + g_j^2, \qquad x_j \leftarrow x_j - \alpha\, \frac{g_j}{\sqrt{v_j + \varepsilon}}$$

# %%
diff(gd, adagrad)

# %% [markdown]
# Число $\alpha / \sqrt{v_j + \varepsilon}$ будем называть **эффективным шагом** координаты: у градиентного спуска на его месте стоит просто $\alpha$.
#
# **Предскажите.** Какой длины первый шаг AdaGrad по каждой координате, если градиент по одной из них в тысячу раз больше, чем по другой?
#
# Ниже — овраг: поперёк него $f$ растёт круто, вдоль — полого. Справа — эффективный шаг по обеим координатам. Сдвиньте `k` в начало и сравните первые шаги двух методов.

# %%
explore([gd, adagrad], ravine(), [-3.0, 1.0], alpha={"gd": 0.02, "adagrad": 0.5}, steps=100,
        watch="α/√v̂")  # fmt: skip

# %% [markdown]
# Первый шаг AdaGrad — ровно $\alpha$ по каждой координате (если $|g_j| \gg \sqrt{\varepsilon}$): величина градиента сокращается, остаётся знак. Поэтому $\alpha$ здесь измеряется в единицах $x$. У SGD не так: там в единицах $x$ измеряется $\alpha g$. Это различие объяснит почти всё в следующем разделе.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Не требует настройки»
#
# **Утверждение слайда.** AdaGrad избавляет от подбора $\alpha$.
#
# Проверка прямая: ошибка после $K = 2000$ шагов при $\alpha$ от $10^{-4}$ до $10^4$. Две задачи — наименьшие квадраты и логистическая регрессия, батч 2, двадцать запусков на каждую точку; все методы видят одни и те же батчи.
#
# **Предскажите.** Как выглядят три кривые «ошибка в конце против $\alpha$»? У какой из них самое широкое дно?

# %%
squares, classes = least_squares(n=200, d=20, seed=0), logistic(n=1000, d=20, lam=0.01, seed=0)
x0 = np.zeros(20)
contenders = {
    "SGD": gd,
    "SGD, α/√k": tune.Contender(gd, schedule=lambda alpha, k: alpha / k**0.5),
    "AdaGrad": adagrad,
}
grid = tune.log_grid(1e-4, 1e4, 2)
swept = {
    task: tune.compare(contenders, task, x0, 2000, batch=2, grid=grid, seeds=range(20),
                       fresh=range(100, 120))
    for task in (squares, classes)
}  # fmt: skip

for ax, (task, result) in zip(plot.axes(2), swept.items(), strict=True):
    start = problems.gap(task, x0)
    result.plot(ax).axhline(start, color="gray", linewidth=1)
    ax.set(title=task.name, ylim=(start / 1e3, start * 1e3), ylabel="$f(x_K) - f^*$")

# %%
for task, result in swept.items():
    print(f"{task.name}\n{result}")
    print(f"{'':9}  {'×3':>5} {'÷10':>5} {'f ↑':>5}")
    for name, row in result.items():
        loss, start = row.chosen_on.mean(1), problems.gap(task, x0)
        near, tenth = (loss < 3 * loss.min()).sum() / 2, (loss < start / 10).sum() / 2
        print(f"{name:9}  {near:5.1f} {tenth:5.1f} {(loss > start).mean():5.0%}")

# %% [markdown]
# Серая линия — ошибка в начале; где кривая уходит за край или обрывается, метод разошёлся. Во второй таблице — `×3`: сколько порядков $\alpha$ дают ошибку не больше утроенной лучшей; `÷10`: сколько порядков уменьшают ошибку хотя бы в десять раз; `f ↑`: для какой доли всех $\alpha$ в конце стало хуже, чем в начале.
#
# **Что увидели.**
#
# - Дно у AdaGrad — порядок с небольшим, немногим шире, чем у SGD, а на логистической регрессии не шире вовсе. Кто хочет лучший результат, подбирает $\alpha$ и здесь.
# - Слишком маленькое $\alpha$ одинаково плохо для всех: метод не успевает дойти.
# - Разница — справа. На наименьших квадратах AdaGrad не разошёлся ни при каком $\alpha$: промахнулся на первом шаге, получил огромный градиент — и огромный знаменатель сам вернул шаг к разумной величине. Кривая справа выходит на полку.
# - Но это заслуга квадратичной функции. У логистической потери градиент ограничен, промах не увеличивает его, и знаменатель помочь не может: ошибка растёт вместе с $\alpha$, как у SGD.
#
# > **Оговорка к слайдам.** «Не требует настройки» надо читать так: не расходится там, где разошёлся бы SGD, и терпит $\alpha$ больше нужного. «Можно не подбирать» отсюда не следует.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Что AdaGrad узнаёт сам, а чего не узнает
#
# Умножим функцию на $c$: $f \to c f$. Минимум на месте, градиенты выросли в $c$ раз. Или начнём дальше: $x_0 = x^* + R \cdot (1, \ldots, 1)$.
#
# **Предскажите.** Как изменится лучшее $\alpha$ у SGD и у AdaGrad, если $c$ увеличить в сто раз? А если в сто раз увеличить $R$?


# %%
def scaled(task, c):
    """The least squares of c·f."""
    return LeastSquares(c**0.5 * task.A, c**0.5 * task.y)


print(f"{'c':>7} {'R':>5} {'α*: SGD':>12} {'AdaGrad':>9}")
for c, R in ((0.01, 1), (1, 1), (100, 1), (1, 10), (1, 100)):
    task = scaled(squares, c)
    best = tune.compare({"SGD": gd, "AdaGrad": adagrad}, task, task.x_star + R, 1000, batch=2,
                        grid=tune.log_grid(1e-4, 1e4, 4), seeds=range(5))  # fmt: skip
    print(f"{c:7} {R:5} {best['SGD'].best:12.2g} {best['AdaGrad'].best:9.2g}")

# %% [markdown]
# **Что увидели.** Лучший шаг SGD обратно пропорционален $c$: он привязан к кривизне, к $1/L$. AdaGrad масштаба функции не замечает: $g / \sqrt{v}$ от умножения $f$ на $c$ не меняется (пока градиенты много больше $\sqrt{\varepsilon}$; к этому ещё вернёмся). Зато его $\alpha$ растёт вместе с $R$, а шаг SGD от расстояния зависит слабо.
#
# Итак, AdaGrad заменяет один вопрос другим: вместо «какая у функции кривизна?» надо знать, «как далеко до минимума?». Второй вопрос часто легче: веса сети или логистической регрессии обычно порядка единицы, а про кривизну заранее неизвестно ничего.
#
# Проверьте сами. `c` двигает кривые SGD и не двигает кривую AdaGrad; `R` — почти наоборот. Начните подальше, с $R = 100$: полка справа опустится, и от завышенного $\alpha$ почти не станет вреда. При каком `c` AdaGrad всё-таки сдвинется?

# %%
small = least_squares(n=100, d=5, seed=0)


def sweep(c, R, steps):
    task, alphas = scaled(small, c), np.geomspace(1e-6, 1e6, 25)
    noisy, start = task.minibatch(2, range(6)), task.x_star + R
    curves = {
        "SGD": (gd, lambda k: alphas[:, None]),
        "SGD, α/√k": (gd, lambda k: alphas[:, None] / k**0.5),
        "AdaGrad": (adagrad, lambda k: alphas[:, None]),
    }
    y = Axis("(f(x_K) − f*) / (f(x₀) − f*)", 1e-6, 100, log=True)
    marks, best = [], []
    for j, (name, (method, alpha)) in enumerate(curves.items()):
        xs = run(method, noisy, start, steps=steps, at=[steps], alpha=alpha)
        loss = problems.gap(task, xs[0]) / problems.gap(task, start)
        loss = np.where(loss < 1e3, loss, np.nan)
        marks += [band(alphas, loss.min(1), loss.max(1), j), line(alphas, loss.mean(1), j, name)]
        mean = np.nan_to_num(loss.mean(1), nan=np.inf)
        best.append(f"{name}: α* = {alphas[mean.argmin()]:.2g}")
    return [Panel("f(x_K) − f*", Axis("α", 1e-6, 1e6, log=True), y, marks)], ";  ".join(best)


live(sweep, c=(1.0, Log(1e-8, 1e4)), R=(1.0, Log(1e-2, 1e3)), steps=(300, Linear(10, 500)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Скорость падает сама»
#
# **Утверждение слайда.** Эффективный шаг $\alpha / \sqrt{v}$ убывает без всякого расписания.
#
# Если градиенты всё время примерно одной величины, то $v$ растёт как $k$, и эффективный шаг падает как $1/\sqrt{k}$ — точь-в-точь шаг $\alpha / \sqrt{k}$ из [тетради про SGD](03_sgd.ipynb). Но градиенты бывают разными. Три случая, $\alpha = 1$:
#
# - начинаем в $x^*$: градиент — только шум, он не меняется;
# - начинаем далеко: первые градиенты велики, потом остаётся шум;
# - оттуда же, но с полным градиентом: шума нет совсем.
#
# **Предскажите** наклон эффективного шага в логарифмических осях в каждом случае.

# %%
alpha, steps = 1.0, 10_000
at = log_spaced(steps, 40)
tail, noisy = at >= 1000, squares.minibatch(2, range(30))
cases = {
    "$x_0 = x^*$": (noisy, squares.x_star),
    "$x_0 = x^* + 10$": (noisy, squares.x_star + 10),
    "$x_0 = x^* + 10, B = n$": (squares, squares.x_star + 10),
}

left, right = plot.axes(2)
for j, (name, (oracle, start)) in enumerate(cases.items()):
    v = run(adagrad, oracle, start, steps=steps, at=at, alpha=alpha, watch="v")
    effective = (alpha / (v + 1e-6) ** 0.5).mean(-1).reshape(len(at), -1)[1:]
    left.loglog(at[1:], effective.mean(1), color=plot.COLORS[j],
                dashes=plot.DASHES[j] or (None, None), label=name)  # fmt: skip
    xs = run(adagrad, oracle, start, steps=steps, at=at, alpha=alpha)
    plot.gap(oracle, xs, at=at, ax=right, label=name)
    text = name.strip("$").replace("^", "").replace("_0", "₀")
    print(f"{text:19}  α/√v: {rates.slope(at[tail], effective[tail[1:]])}", end="")
    print(f"   f − f*: {rates.slope(at[tail], problems.gap(squares, xs)[tail])}" * (j == 0))
left.set(xlabel="$k$", ylabel=r"$\alpha / \sqrt{v}$")
left.legend()
right.set_xscale("log")
_ = right.set_ylim(bottom=1e-6)

# %% [markdown]
# **Что увидели.** В скобках — 95-процентная полоса по тридцати запускам.
#
# - Из $x^*$ наклон около $-\frac12$, и ошибка — шар шума — стягивается с тем же наклоном. Здесь обещание выполнено.
# - Издалека эффективный шаг почти стоит: сумму $v$ составляют первые, большие градиенты, и шум ещё долго ничего в ней не изменит. Наклон $-\frac12$ появится лишь тогда, когда шум накопит столько же.
# - С полным градиентом шаг не падает вовсе: $\sum g^2$ сходится. И не надо: расписание нужно против шума, а его нет. Метод сходится линейно, как градиентный спуск.
#
# Значит, шаг падает не «сам», а ровно настолько, насколько велики новые градиенты рядом со старыми. Это и есть приспособление к задаче — с хорошей стороны (нет шума — нет и торможения) и с плохой (большое начало помнится вечно).
#
# Впишите $R = 0$, потом $R = 100$; верните $R = 10$ и увеличьте `batch` до 64: это вся сумма. Серая линия — наклон $-\frac12$.

# %%
tiny = least_squares(n=64, d=2, seed=0)


def decay(alpha, R, batch):
    oracle = tiny if batch >= tiny.n else tiny.minibatch(int(batch), range(16))
    k = log_spaced(1000, 40)
    start, options = tiny.x_star + R, {"steps": 1000, "at": k, "alpha": alpha}
    v = run(adagrad, oracle, start, watch="v", **options)
    effective = (alpha / (v + 1e-6) ** 0.5).mean(-1).reshape(len(k), -1)[1:]
    error = problems.gap(tiny, run(adagrad, oracle, start, **options)).reshape(len(k), -1)[1:]
    panels = []
    for name, values in (("α/√v", effective), ("f(xₖ) − f*", error)):
        low, middle, high = plot.quantiles(values)
        y = Axis.over(name, low, high, log=True)
        y = Axis(name, max(y.low, y.high / 1e8), y.high, log=True)
        low, middle = np.fmax(low, y.low), np.fmax(middle, y.low)
        marks = [band(k[1:], low, high), line(k[1:], middle)]
        if name == "α/√v":
            marks.append(line(k[1:], middle[-1] * (k[-1] / k[1:]) ** 0.5, "#888888", "1/√k", 1.5))
        panels.append(Panel(name, Axis("k", 1, 1000, log=True), y, marks))
    return panels


live(decay, alpha=1.0, R=(10.0, Log(1e-2, 1e3)), batch=(2, PowersOfTwo(64)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Редкие признаки
#
# **Утверждение слайда.** Редкие, но информативные признаки сохраняют большой шаг.
#
# Редкие признаки лучше всего искать в тексте. Возьмём две книги — «Гордость и предубеждение» Джейн Остин и «Моби Дика» Германа Мелвилла, — разрежем на куски по 40 слов и будем угадывать автора куска ($-1$ — Остин, $+1$ — Мелвилл) логистической регрессией. Признак — сколько раз слово встретилось в куске: «мешок слов». Вот один такой мешок:

# %%
bags = datasets.books()
print(f"n = {len(bags.y)}, d = {len(bags.words)}, ≠ 0: {(bags.value > 0).sum(1).mean():.1f} / d\n")
chunk = zip(bags.index[4321], bags.value[4321], strict=True)
print(", ".join(f"{bags.words[j]}: {many:.0f}" for j, many in sorted(chunk) if many))

# %% [markdown]
# Последний признак, `1`, — свободный член: он есть в каждом куске. Признаков больше, чем кусков, и почти все в каждом куске равны нулю. Матрица $n \times d$ заняла бы сотни мегабайт; `SparseLogistic` хранит только ненулевые числа.
#
# Разделим куски случайно: по 60 % будем учить, по 15 % выбирать $\alpha$, по 25 % судить. Один проход AdaGrad батчами по 8 — и посмотрим на эффективный шаг каждого слова. По горизонтали — средний квадрат признака $\frac1n \sum_i a_{ij}^2$: для слова, которое не повторяется в куске, это просто доля кусков, где оно есть.
#
# **Предскажите** наклон.


# %%
def part(bags, rows):
    """The logistic regression of some of the chunks."""
    return SparseLogistic(bags.index[rows], bags.value[rows], bags.y[rows], len(bags.words))


def mean_squares(problem):
    """The mean of a_ij² over i, for every column j."""
    if isinstance(problem, Logistic):
        return (problem.A**2).mean(0)
    where, squares = problem.index.ravel(), (problem.value**2).ravel()
    return np.bincount(where, squares, minlength=problem.d) / problem.n


order = np.random.default_rng(0).permutation(len(bags.y))
thirds = np.split(order, [int(0.6 * len(order)), int(0.75 * len(order))])
train, valid, test = (part(bags, rows) for rows in thirds)

nothing = np.zeros(train.d, np.float32)  # in single precision: half the time
steps = train.n // 8
v = run(adagrad, train.reshuffle(8, range(8)), nothing, steps=steps, at=[steps], alpha=0.3,
        watch="v")[0]  # fmt: skip

power = mean_squares(train)
edges = np.geomspace(1 / train.n, power.max(), 14)
group = np.digitize(power, edges[:-1])
mean_v = np.array([v[:, group == j].mean(1) for j in range(1, 14)])
mean_power = np.array([power[group == j].mean() for j in range(1, 14)])
print("α/√v:", rates.slope(mean_power, 0.3 / mean_v**0.5))

# %%
ax = plot.axes(width=9, height=5.4)
effective = 0.3 / (v[0] + 1e-6) ** 0.5
ax.loglog(power, effective, ".", color=plot.COLORS[5], markersize=3, alpha=0.3)
ax.loglog(mean_power, 0.3 / mean_v.mean(1) ** 0.5, "o-", color=plot.COLORS[1], markersize=8)
for word in ("the", "she", "elizabeth", "whale", "harpoon", "1"):
    j = bags.words.index(word)
    ax.plot(power[j], effective[j], "o", color="gray", markersize=5)
    ax.annotate(word, (power[j], effective[j]), (6, 6), textcoords="offset points")
_ = ax.set(xlabel=r"$\frac{1}{n}\sum_i a_{ij}^2$", ylabel=r"$\alpha / \sqrt{v_j}$", xlim=(1e-4, 20))

# %% [markdown]
# **Что увидели.** Каждая точка — слово; линия с кружками — среднее $v_j$ по словам с близким средним квадратом. Наклон около $-\frac12$, как и должно быть: $v_j = \sum g_j^2$, а градиент по $j$ отличен от нуля только там, где слово есть. Утверждение верно: у слова, которое встретилось в сто раз реже, эффективный шаг в десять раз больше.
#
# Вверх от линии уходят слова, градиенты по которым быстро стали малы. Это и редкие слова из кусков, которые метод угадал бы и без них, и «whale», которое так хорошо выдаёт автора, что учиться на нём скоро стало нечему. Верхний край облака — слова, у которых $v_j \ll \varepsilon$: там эффективный шаг равен $\alpha / \sqrt{\varepsilon}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Может значительно превосходить SGD»
#
# **Утверждение слайда.** На разреженных задачах — намного.
#
# Сравним честно. Один проход по данным батчами по 8. У SGD три расписания: постоянный шаг, $\alpha/\sqrt{k}$, линейно до нуля; у AdaGrad — только постоянное $\alpha$. Каждому $\alpha$ из одной и той же сетки, две точки на порядок; лучшее выбираем по проверочной части (3 случайные перестановки кусков), судим по тестовой (7 других). У SGD втрое больше попыток — это в его пользу.
#
# И подозреваемый: может быть, дело не в шаге на каждую координату, а в том, что шаг вообще как-то приспосабливается? Сделаем AdaGrad с **одним общим** знаменателем: среднее $g_j^2$ по всем координатам.


# %%
def adagrad_norm(problem, x, alpha=0.1, eps=1e-6):
    v = 0
    for _ in count(1):
        yield x
        g = problem.grad(x)
        v = v + (g**2).mean(-1, keepdims=True)  # v + g**2
        x = x - alpha * g / (v + eps) ** 0.5


# %% [markdown]
# Три задачи: слова как есть (`counts`); те же слова с весами tf-idf (`tf-idf`), где частые слова заранее ослаблены; и плотная задача для контроля — цифры, чётная или нечётная (`digits`).
#
# **Предскажите.** Где AdaGrad выиграет больше всего, где — меньше, где — нисколько?


# %%
def contest(train, valid, test, passes, **more):
    """SGD with three schedules, and more methods, each at its best α."""
    steps = passes * train.n // 8
    contenders = {
        "SGD": gd,
        "SGD, α/√k": tune.Contender(gd, schedule=lambda alpha, k: alpha / k**0.5),
        "SGD, α·(1−k/K)": tune.Contender(gd, schedule=lambda alpha, k: alpha * (1 - k / steps)),
        **more,
    }
    return tune.compare(contenders, train, np.zeros(train.d, np.float32), steps, batch=8,
                        draw="reshuffle", grid=tune.log_grid(1e-1, 1e2), select=valid.f,
                        report=test.f)  # fmt: skip


weighted = datasets.books("tfidf")
A, y = datasets.binary("digits_odd_even")
shuffled = np.random.default_rng(0).permutation(len(y))
pixels = np.split(shuffled, [int(0.6 * len(y)), int(0.75 * len(y))])
tasks = {
    "counts": (train, valid, test),
    "tf-idf": tuple(part(weighted, rows) for rows in thirds),
    "digits": tuple(Logistic(A[rows], y[rows]) for rows in pixels),
}
results = {
    name: contest(*parts, passes=1, **{"AdaGrad": adagrad, "AdaGrad, v̄": adagrad_norm})
    for name, parts in tasks.items()
}
for name, result in results.items():
    print(f"{name}: n = {tasks[name][0].n}, d = {tasks[name][0].d}\n{result}\n")

# %%
for ax, name in zip(plot.axes(2, width=7.2), ("counts", "digits"), strict=True):
    results[name].plot(ax).set(title=name, ylim=(0.006, 2), xlim=(1e-2, 1e2))
    ax.legend(loc="lower right")

# %% [markdown]
# Теперь одним числом: во сколько раз потеря SGD (лучшего из трёх) больше, чем у AdaGrad, — по семи перестановкам, с 95-процентной полосой. Рядом — число, которое можно посчитать по одним данным, до всякого обучения. Верхние оценки для AdaGrad и для SGD с лучшим общим шагом (Duchi, Hazan, Singer) относятся как
#
# $$\rho = \frac{\sum_j \sqrt{v_j}}{\sqrt{d \sum_j v_j}} = \frac{\operatorname{mean}_j \sqrt{v_j}}{\sqrt{\operatorname{mean}_j v_j}} \le 1.$$
#
# Если все $v_j$ равны, то $\rho = 1$: делить шаг по координатам незачем. Чем неравнее $v_j$, тем меньше $\rho$ и тем больше надежд на AdaGrad. Возьмём $v$, какой она получилась бы за проход в точке $x = 0$: там все градиенты равны $-\frac12 y_i a_i$, так что $v_j$ пропорциональна среднему квадрату признака.

# %%
print(f"{'':8} {'SGD / AdaGrad':>20} {'ρ':>6}")
for name, result in results.items():
    sgd = min(list(result.values())[:3], key=lambda row: row.reported.mean())
    ratio, low, high = rates.mean_band(sgd.reported / result["AdaGrad"].reported)
    v = mean_squares(tasks[name][0])
    v = v[v > 0]
    rho = (v**0.5).mean() / v.mean() ** 0.5
    print(f"{name:8} {ratio:6.2f} [{low:4.2f}, {high:4.2f}] {rho:6.2f}")

# %% [markdown]
# **Что увидели.**
#
# - `counts`: потеря AdaGrad меньше в два с лишним раза, полосы далеко друг от друга. Утверждение слайда подтверждается — с настроенным $\alpha$ у обоих.
# - `tf-idf`: выигрыш есть, но меньше. Веса tf-idf — это уже «шаг на каждую координату», сделанный руками при подготовке данных.
# - `digits`: выигрыша нет. Признаки плотные и одного масштаба, $v_j$ почти равны.
# - AdaGrad с общим знаменателем не лучше SGD. Значит, помогает не «приспособление шага» вообще, а именно свой шаг у каждой координаты.
# - $\rho$ расставил задачи по порядку ещё до обучения. Но это отношение верхних оценок, а не самих потерь: большего ждать от него не стоит.
#
# Может быть, SGD просто не успел за один проход? Дадим ему два.

# %%
longer = contest(train, valid, test, passes=2)
mean, low, high = rates.mean_band(results["counts"]["AdaGrad"].reported)
print(f"{longer}\nAdaGrad, K/2 {'':18} {mean:.3g}  [{low:9.3g}, {high:9.3g}]")

# %% [markdown]
# И после двух проходов SGD с любым расписанием позади AdaGrad, который сделал один.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Действительно ли дело в редких словах?
#
# Проверим вмешательством. Возьмём готовые веса и выбросим — обнулим — все слова, которые встретились меньше чем в $m$ кусках обучающей части. Если преимущество AdaGrad живёт в редких словах, вместе с ними оно и исчезнет.
#
# **Предскажите.** При каком $m$ AdaGrad и SGD сравняются?

# %%
spread = np.bincount(train.index[train.value > 0], minlength=train.d)
cuts = np.array([1, 3, 5, 10, 20, 30, 50, 100, 200])
groups = np.geomspace(1, train.n, 12)

left, right = plot.axes(2)
without = {}
for j, (name, method) in enumerate({"SGD": gd, "AdaGrad": adagrad}.items()):
    xs = run(method, train.reshuffle(8, range(100, 107)), nothing, steps=steps, at=[steps],
             alpha=results["counts"][name].best)[0]  # fmt: skip
    style = {"color": plot.COLORS[j], "dashes": plot.DASHES[j] or (None, None), "label": name}
    inside = [(spread >= a) & (spread < b) for a, b in pairwise(groups)]
    left.loglog(groups[:-1], [abs(xs[:, words]).mean() for words in inside], "o", **style)
    without[name] = np.array([test.f(np.where(spread >= m, xs, 0)) for m in cuts])
    mean, low, high = rates.mean_band(without[name])
    right.loglog(cuts, mean, **style)
    right.fill_between(cuts, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
left.set(xlabel="$m$", ylabel="mean $|x_j|$", ylim=(0.01, 1))
right.set(xlabel="$m$", ylabel="$f$", ylim=(0.01, 1))
left.legend()
right.legend()

print(f"{'m':>4} {'SGD':>7} {'AdaGrad':>8} {'SGD / AdaGrad':>20}")
for m, a, b in zip(cuts, *without.values(), strict=True):
    ratio, low, high = rates.mean_band(a / b)
    print(f"{m:4} {a.mean():7.3f} {b.mean():8.3f} {ratio:6.2f} [{low:4.2f}, {high:4.2f}]")

# %% [markdown]
# **Что увидели.** Слева — средний вес слова против числа кусков, где оно есть. У SGD вес растёт вместе с частотой: редкое слово просто не успевает ничему научиться. У AdaGrad зависимость от частоты куда слабее. Справа — потеря без слов, которые реже $m$: чем больше выбросили, тем ближе кривые, и отношение падает с двух с лишним почти до единицы. Дело и правда в редких информативных словах.
#
# Слово, которое встретилось всего раз или два, получает у AdaGrad заметный вес по одному-двум примерам. Стоит ли ему верить? Здесь — да: без таких слов потеря на тесте растёт.
#
# Какие слова выдают автора? По десять самых весомых, в среднем по семи запускам:

# %%
rank = np.argsort(xs.mean(0))
print("−1:", ", ".join(bags.words[j] for j in rank[:10]))
print("+1:", ", ".join(bags.words[j] for j in rank[:-11:-1]))

# %% [markdown]
# Чего мы не сделали, чтобы ответа не пришлось ждать: батч 8, а не 1; один проход (у SGD ещё три); две точки сетки на порядок; одно разбиение на части — полосы учитывают порядок кусков, но не то, какие из них попали в обучение.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Недостаток: знаменатель только растёт
#
# **Утверждение слайда.** $v$ не убывает, и метод может остановиться раньше времени.
#
# Построим простейшую задачу, где градиенты меняют масштаб. Одна переменная, выпуклая функция: обрыв с наклоном $S$ при $x < -10$, потом пологий склон с наклоном 1 и параболическая ямка около нуля. Начинаем на обрыве, в точке $-12$, с $\alpha = 1$. Для сравнения — тот же AdaGrad, но с пустой памятью: ставим его в точку, где первый оказался через 10 шагов. И RMSProp из [следующей тетради](05_rmsprop.ipynb), который старые градиенты забывает.
#
# **Предскажите.** Обрыв стал в десять раз круче. Во сколько раз дольше AdaGrad идёт до минимума?


# %%
def cliff(S):
    """Slope −S before −10, then −1, then a parabola around 0; S may be an array of runs."""
    S = np.asarray(S, dtype=float)

    def f(x):
        x = x[..., 0]
        return np.where(abs(x) < 1, x**2 / 2, abs(x) - 0.5) + (S - 1) * np.maximum(-10 - x, 0)

    def grad(x):
        return np.clip(x, -1, 1) - (S[..., None] - 1) * (x < -10)

    return Function(f, grad, name="cliff", d=1, domain=None, x_star=np.zeros(1), f_star=0.0)


def three(S, alpha, steps, at):
    """Gaps of AdaGrad, of AdaGrad with an empty memory from its x₁₀ on, and of RMSProp."""
    problem, start = cliff(S), np.full((*np.shape(S), 1), -12.0)
    tenth = run(adagrad, problem, start, steps=10, alpha=alpha)[-1]
    runs = {
        "AdaGrad": run(adagrad, problem, start, steps=steps, at=at, alpha=alpha),
        "AdaGrad, v₁₀ = 0": run(adagrad, problem, tenth, steps=steps, at=at, alpha=alpha),
        "RMSProp": run(rmsprop, problem, start, steps=steps, at=at, alpha=0.1),
    }
    return {name: problems.gap(problem, xs) for name, xs in runs.items()}


slopes = np.array([1, 3, 10, 30, 100, 300, 1000])
steps, at = 20_000, log_spaced(20_000, 1000)
left, right = plot.axes(2)
for j, (name, error) in enumerate(three(slopes, 1.0, steps, at).items()):
    last = len(at) - 1 - (error > 0.1)[::-1].argmax(0)  # the last kept k with a larger error
    arrived = at[last + 1]
    style = {"color": plot.COLORS[j], "dashes": plot.DASHES[j] or (None, None), "label": name}
    left.loglog(at[1:], np.fmax(error[1:, 4], 1e-9), **style)
    right.loglog(slopes, arrived, "o", **style)
    print(f"{name:17}", " ".join(f"{k:6}" for k in arrived))
    if name == "AdaGrad":
        print(f"{'S ≥ 30':17}", rates.slope(slopes[3:], arrived[3:]))
left.set(xlabel="$k$", ylabel="$f(x_k) - f^*$", title=f"$S = {slopes[4]}$", ylim=(1e-6, 1e3))
right.set(xlabel="$S$", ylabel="$k$: $f(x_k) - f^* < 0.1$")
_ = right.legend()

# %% [markdown]
# **Что увидели.** Утверждение верно: время растёт пропорционально крутизне обрыва, хотя метод сошёл с него за первые шаги. Знаменатель помнит $S$, и пока $\sqrt{S^2 + k}$ не вырастет за счёт новых градиентов, шаг равен $\alpha / S$. Без памяти об обрыве дорога короткая. RMSProp забывает обрыв быстро: его время растёт лишь как логарифм $S$. Зато в минимум он не сходится, а прыгает около него: шаг не падает.
#
# Это не каприз выдуманной функции: то же мы видели выше, когда начинали издалека. И это не ошибка, а цена. Именно потому, что $v$ не убывает, для AdaGrad доказана оценка сожаления $O(\sqrt{K})$ для любых выпуклых потерь с ограниченными градиентами; с забыванием, как мы увидим в [тетради про Adam](07_adam.ipynb), этого обещать нельзя.
#
# Подвигайте $S$ и $\alpha$. При одном значении $\alpha$ обрыв вдруг становится не страшен — найдите его и объясните, почему это везение.


# %%
def fall(S, alpha):
    k = np.arange(1001)
    y = Axis("f(xₖ) − f*", 1e-6, 1e4, log=True)
    curves = three(S, alpha, 1000, k).items()
    marks = [line(k, np.clip(g, 1e-6, 1e4), j, name) for j, (name, g) in enumerate(curves)]
    t = np.linspace(-13, 4, 200)[:, None]
    height = Axis("f", 0, float(cliff(S).f(t[:1])[0]))
    xs = run(adagrad, cliff(S), [-12.0], steps=1000, alpha=alpha)
    path = xs[(abs(xs + 4.5) < 8.5)[:, 0]]
    slope = [line(t[:, 0], cliff(S).f(t), "text", width=1.5), line(path[:, 0], cliff(S).f(path), 0)]
    return [
        Panel("f(x)", Axis("x", -13, 4), height, slope),
        Panel("f(xₖ) − f*", Axis("k", 0, 1000), y, marks),
    ]


live(fall, S=(30.0, Log(1, 1e3)), alpha=1.0)

# %% [markdown] tags=["solution"]
# **Ответ.** $\alpha = 12$: первый же шаг, длиной ровно $\alpha$, приносит в минимум. Чтобы выбрать такое $\alpha$, надо знать расстояние до минимума; при $\alpha = 6$ или $\alpha = 20$ оставшийся путь снова занимает время порядка $S$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## $\varepsilon$: под корнем или снаружи
#
# На слайде $\varepsilon = 10^{-6}$ стоит **под** корнем. Вот вариант, где он снаружи:


# %%
def adagrad_outside(problem, x, alpha=0.1, eps=1e-6):
    v = 0
    for _ in count(1):
        yield x
        g = problem.grad(x)
        v = v + g**2
        x = x - alpha * g / (v**0.5 + eps)  # (v + eps) ** 0.5


# %% [markdown]
# **Предскажите.** Градиент равен $10^{-4}$. Какой длины первый шаг в долях $\alpha$ у каждого варианта?

# %%
size = np.array([1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
flat = Function(lambda x: x @ size, lambda x: size + 0 * x, d=len(size), domain=None)
variants = {
    "√(v + 1e-6)": (adagrad, 1e-6),
    "√v + 1e-6": (adagrad_outside, 1e-6),
    "√v + 1e-3": (adagrad_outside, 1e-3),
    "√v + 1e-10": (adagrad_outside, 1e-10),
}
print(f"{'|g|':12}", *(f"{g:8.0e}" for g in size))
for name, (method, eps) in variants.items():
    first = -run(method, flat, np.zeros(len(size)), steps=1, alpha=1.0, eps=eps)[1]
    print(f"{name:12}", *(f"{step:8.2g}" for step in first))

# %%
scales = np.geomspace(1e-10, 1e2, 7)
ax = plot.axes(width=8)
for j, (name, (method, eps)) in enumerate(variants.items()):
    final = []
    for c in scales:
        task = scaled(squares, c)
        xs = run(method, task.minibatch(2, range(20)), x0, steps=1000, at=[1000], eps=eps)
        final.append(problems.gap(task, xs[0]) / problems.gap(task, x0))
    mean, low, high = rates.mean_band(np.array(final))
    ax.loglog(scales, mean, color=plot.COLORS[j], dashes=plot.DASHES[j] or (None, None), label=name)
    ax.fill_between(scales, low, high, color=plot.COLORS[j], alpha=0.2, linewidth=0)
ax.set(xlabel="$c$", ylabel=r"$(f(x_K) - f^*) \; / \; (f(x_0) - f^*)$")
_ = ax.legend()

# %% [markdown]
# **Что увидели.** $\varepsilon$ под корнем сравнивается с $g^2$, снаружи — с $|g|$. Поэтому $10^{-6}$ под корнем действует как $10^{-3}$ снаружи: строки таблицы и кривые почти совпадают. На картинке — та же задача, умноженная на $c$: пока градиенты велики, $\varepsilon$ не виден и результат от $c$ не зависит, как и обещано; когда они опускаются до $\sqrt{\varepsilon}$, AdaGrad перестаёт их выравнивать и превращается в градиентный спуск с шагом $\alpha / \sqrt{\varepsilon}$. Маленькие градиенты — не экзотика: у большой сети каждый из миллионов весов получает лишь крошечную долю.
#
# > **Оговорка к слайдам.** «Обычно $10^{-6}$» относится к форме слайда. В `torch.optim.Adagrad` $\varepsilon$ стоит снаружи и по умолчанию равен $10^{-10}$; `optax.adagrad` держит его под корнем, но начинает не с $v = 0$, а с $v = 0.1$. Переносить числа из одной библиотеки в другую нельзя.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения
#
# **1.** Пусть градиент по координате постоянен. Сколько AdaGrad пройдёт за $K$ шагов? Сколько шагов нужно, чтобы пройти расстояние $R$? Проверьте формулу на `cliff(1)`: там до самой ямки наклон равен 1.

# %% tags=["exercise"]
R, alphas = 100, np.array([1.0, 3.0, 10.0])

# %% [markdown] tags=["solution"]
# **Решение.** $v_k = k g^2$, шаг на $k$-й итерации равен $\alpha / \sqrt{k}$, путь — $\alpha \sum_{k \le K} k^{-1/2} \approx 2 \alpha \sqrt{K}$. Значит, $K \approx (R / 2\alpha)^2$: расстояние вдвое больше — шагов вчетверо больше. Вот почему $\alpha$ должно расти вместе с $R$.

# %% tags=["solution"]
xs = run(adagrad, cliff(1), [-float(R)], steps=3000, alpha=alphas)
for alpha, arrived in zip(alphas, (xs[..., 0] > -1).argmax(0), strict=True):
    print(f"α = {alpha:4}:  k = {arrived:4}   (R/2α)² = {(R / (2 * alpha)) ** 2:6.0f}")

# %% [markdown]
# **2.** Увеличьте батч на книгах с 8 до 128 и дайте обоим методам три прохода. В большом батче встретится куда больше разных слов. Исчезнет ли преимущество AdaGrad?

# %% tags=["exercise"]
batch = 128
steps = 3 * train.n // batch

# %% [markdown] tags=["solution"]
# **Решение.** Нет. Градиент усредняется по батчу, и у редкого слова он мал уже не потому, что приходит редко, а потому, что почти весь батч даёт нули. Общий шаг SGD по-прежнему рассчитан на частые слова.

# %% tags=["solution"]
print(tune.compare({"SGD": gd, "AdaGrad": adagrad}, train, nothing, steps, batch=batch,
                   draw="reshuffle", grid=tune.log_grid(1e-1, 1e2), select=valid.f,
                   report=test.f))  # fmt: skip

# %% [markdown]
# **3.** Научите AdaGrad забывать: пусть $v$ обнуляется всякий раз, когда номер итерации — степень двойки. Поможет ли это на обрыве? А чем придётся платить на задаче с шумом, начатой в $x^*$?


# %% tags=["exercise"]
def adagrad_forgets(problem, x, alpha=0.1, eps=1e-6):
    v = 0
    for _ in count(1):
        yield x
        g = problem.grad(x)
        v = v + g**2
        x = x - alpha * g / (v + eps) ** 0.5


# %% [markdown] tags=["solution"]
# **Решение.** На обрыве помогает: память о нём живёт только до следующей степени двойки. Но после каждого обнуления первый шаг снова длиной $\alpha$ по каждой координате — метод выбрасывает из шара шума, и наклон $-\frac12$ он не держит: в среднем по времени ошибка хуже.


# %% tags=["solution"]
def adagrad_forgetful(problem, x, alpha=0.1, eps=1e-6):
    v = 0
    for k in count(1):
        yield x
        g = problem.grad(x)
        v = v * (k & (k - 1) != 0) + g**2
        x = x - alpha * g / (v + eps) ** 0.5


for method in (adagrad, adagrad_forgetful):
    error = problems.gap(cliff(100), run(method, cliff(100), [-12.0], steps=2000, alpha=1.0))
    xs = run(method, noisy, squares.x_star, steps=2000, alpha=1.0)
    mean, low, high = rates.mean_band(problems.gap(squares, xs)[1000:].mean(0))
    print(
        f"{method.__name__:18} k = {(error < 0.1).argmax():4}   {mean:.3f} [{low:.3f}, {high:.3f}]"
    )

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог
#
# - AdaGrad делит шаг каждой координаты на корень из суммы квадратов её градиентов. Первый шаг равен $\alpha$ по каждой координате; $\alpha$ измеряется в единицах $x$.
# - «Не требует настройки» — преувеличение. Метод не чувствует масштаба функции и на квадратичных задачах не расходится, но лучшее $\alpha$ зависит от расстояния до минимума, а дно у кривой почти такое же узкое, как у SGD.
# - Эффективный шаг падает как $1/\sqrt{k}$, когда градиенты — одинаковый шум. Без шума он не падает; после больших первых градиентов почти стоит.
# - Он обратно пропорционален корню из частоты признака. На тексте потеря поэтому в два с лишним раза меньше, чем у SGD, и дело в редких словах; на плотных данных выигрыша нет.
# - Память бесконечна: большие градиенты в начале тормозят метод, пока новые не накопят столько же.
# - $\varepsilon$ под корнем и $\varepsilon$ снаружи — разные числа: $10^{-6}$ на слайде — это $10^{-3}$ снаружи.
#
# ### Литература
#
# - J. Duchi, E. Hazan, Y. Singer. [Adaptive Subgradient Methods for Online Learning and Stochastic Optimization](https://jmlr.org/papers/v12/duchi11a.html). JMLR 12, 2011.
# - H. B. McMahan, M. Streeter. [Adaptive Bound Optimization for Online Convex Optimization](https://arxiv.org/abs/1002.4908). COLT, 2010.
# - R. Ward, X. Wu, L. Bottou. [AdaGrad Stepsizes: Sharp Convergence over Nonconvex Landscapes](https://arxiv.org/abs/1806.01811). ICML, 2019.
