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
# **Цель.** Проверить каждое обещание слайда про AdaGrad: надо ли подбирать $\alpha$, как падает шаг, что достаётся редким признакам, насколько это лучше SGD — и чем за это приходится платить.
#
# **Время:** 20 мин на паре, 89 мин дома. **Слайды:** S9.

# %%
from itertools import count

import numpy as np

from course_lib import datasets, diff, explore, live, log_spaced, plot, problems, rates, run, tune
from course_lib.experiments import rare_words
from course_lib.figures import Axis, Goal, Integers, Log, Panel, PowersOfTwo, band, line
from course_lib.methods import adagrad, gd, rmsprop
from course_lib.problems import Function, LeastSquares, least_squares, logistic, ravine
from course_lib.problems.functions import cliff
from course_lib.schedules import inverse_root
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## S9. Каждой координате — свой шаг · 4 мин на паре
#
# У SGD шаг $\alpha$ один на всех. AdaGrad копит для каждой координаты $j$ сумму квадратов её градиентов и делит шаг на корень из этой суммы:
#
# $$v_j \leftarrow v_j + g_j^2, \qquad x_j \leftarrow x_j - \alpha\, \frac{g_j}{\sqrt{v_j + \varepsilon}}$$

# %%
diff(gd, adagrad)

# %% [markdown]
# Число $\alpha / \sqrt{v_j + \varepsilon}$ будем называть **эффективным шагом** координаты: у градиентного спуска на его месте стоит просто $\alpha$.
#
# **Предскажите.** Градиент по одной координате в тысячу раз больше, чем по другой. Как относятся длины первых шагов AdaGrad по ним?
#
# - **A.** По координате с большим градиентом шаг в тысячу раз длиннее.
# - **B.** В $\sqrt{1000} \approx 32$ раза длиннее: делим на корень.
# - **C.** В тысячу раз короче: её знаменатель больше.
# - **D.** Шаги одинаковы.
#
# Ниже — овраг: поперёк него $f$ растёт круто, вдоль — полого. Справа — эффективный шаг по обеим координатам. Сдвиньте `k` в начало и сравните первые шаги двух методов.
#
# Сначала нарисуйте слева путь AdaGrad из чёрного кружка.

# %%
explore([gd, adagrad], ravine(), [-3.0, 1.0], alpha={"gd": 0.02, "adagrad": 0.5}, steps=100,
        watch="α/√v", goal=Goal(1e-12, within=20, of="adagrad"), predict="path")  # fmt: skip

# %% [markdown]
# **Ответ: D.** Первый шаг AdaGrad — ровно $\alpha$ по каждой координате (если $|g_j| \gg \sqrt{\varepsilon}$): под корнем стоит квадрат, величина градиента сокращается, остаётся знак. A — это градиентный спуск; B забывает квадрат под корнем, C — числитель.
#
# Поэтому $\alpha$ здесь измеряется в единицах $x$. У SGD не так: там в единицах $x$ измеряется $\alpha g$. Это различие объяснит почти всё в следующем разделе.
#
# **Цель.** Пусть AdaGrad дойдёт до $10^{-12}$ за 20 итераций. Сколько единиц $x$ ему надо пройти?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Не требует настройки» · 9 мин на паре
#
# **Утверждение слайда.** AdaGrad избавляет от подбора $\alpha$.
#
# Проверка прямая: ошибка после $K = 1000$ шагов при $\alpha$ от $10^{-4}$ до $10^4$, четыре значения на порядок. Две задачи, батч 2, по восемь запусков на каждую точку; все методы видят одни и те же батчи. Одного набора данных мало, поэтому каждую задачу составим четыре раза.
#
# Задачи — наименьшие квадраты и логистическая регрессия. У второй $\lambda = 10^{-9}$: этого хватает, чтобы минимум был один, а на градиент такая добавка не влияет.
#
# **Предскажите.** «Дно» — это те $\alpha$, при которых ошибка в конце не больше утроенной лучшей. Насколько оно у AdaGrad шире, чем у SGD?
#
# - **A.** Во много раз: годится почти любое $\alpha$.
# - **B.** Примерно такое же: около одного порядка.
# - **C.** Втрое-вчетверо шире, если считать в порядках.

# %%
contenders = {
    "SGD": gd,
    "SGD, α/√k": tune.Contender(gd, schedule=inverse_root),
    "AdaGrad": adagrad,
}


def swept(task):
    return tune.compare(contenders, task, np.zeros(20), 1000, batch=2,
                        grid=tune.log_grid(1e-4, 1e4, 4), seeds=range(SEED, SEED + 8),
                        fresh=range(SEED + 500, SEED + 508))  # fmt: skip


tasks = {
    "least_squares": [least_squares(n=200, d=20, seed=j) for j in range(SEED, SEED + 4)],
    "logistic": [logistic(n=1000, d=20, lam=1e-9, seed=j) for j in range(SEED, SEED + 4)],
}
sweeps = {name: [swept(task) for task in sets] for name, sets in tasks.items()}

# %% tags=["hide-input"]
for ax, name in zip(plot.axes(2), tasks, strict=True):
    start = problems.gap(tasks[name][0], np.zeros(20))
    sweeps[name][0].plot(ax).axhline(start, color="gray", linestyle="-", linewidth=1)
    ax.set(title=name, ylim=(start / 1e3, start * 1e3), ylabel="$f(x_K) - f^*$")

# %% [markdown]
# Серая линия — ошибка в начале; где кривая уходит за край или обрывается, метод разошёлся. На картинке первый набор данных из четырёх. Теперь числа: `×3` — сколько порядков $\alpha$ дают ошибку не больше утроенной лучшей; `÷10` — сколько порядков уменьшают ошибку хотя бы в десять раз; `lg max` — на сколько порядков наихудшее $\alpha$ увеличивает начальную ошибку (`inf` — метод разошёлся). В скобках — 95-процентная полоса по четырём наборам данных.

# %%
widths, worst = {}, {}
for name, sets in tasks.items():
    for method in contenders:
        loss = np.array([sweep[method].chosen_on.mean(1) for sweep in sweeps[name]])
        start = np.array([[problems.gap(task, np.zeros(20))] for task in sets])
        near = (loss < 3 * loss.min(1, keepdims=True)).sum(1) / 4
        tenth = (loss < start / 10).sum(1) / 4
        widths[name, method] = [rates.mean_band(wide) for wide in (near, tenth)]
        worst[name, method] = rates.mean_band(np.log10((loss / start).max(1)))

columns = {head: [] for head in ("f", "", "×3", "÷10", "lg max")}
for (name, method), pair in widths.items():
    for column, entry in zip(columns.values(), (name, method, *pair, worst[name, method]),
                             strict=True):  # fmt: skip
        column.append(entry)
print(table(columns, {"×3": ".2f", "÷10": ".2f", "lg max": ".1f"}))

# %%
for name in tasks:
    check("S9.1", widths[name, "AdaGrad"][0], above=2, of=name)
for name in tasks:
    check("S9.2", worst[name, "AdaGrad"], below=1, of=name)

# %% [markdown]
# **Вердикт (S9.1): неверно.** Чтобы не подбирать $\alpha$, надо простить ошибку хотя бы на порядок в обе стороны: дно шириной не меньше двух порядков. У AdaGrad оно около одного порядка — такое же, как у SGD. Кто хочет лучший результат, подбирает $\alpha$ и здесь.
#
# **Ответ: B.** A — это обещание слайда, прочитанное буквально. Так, как в A и C, выглядит другое: на наименьших квадратах промах с $\alpha$ обходится AdaGrad дешевле.
#
# **Вердикт (S9.2): верно при условии.** «Не расходится при большом $\alpha$» — то есть не ухудшает начальную ошибку больше чем в десять раз. На наименьших квадратах это так: метод промахнулся на первом шаге, получил огромный градиент — и огромный знаменатель сам вернул шаг к разумной величине. Кривая справа выходит на полку. Но это заслуга квадратичной функции. У логистической потери градиент ограничен, промах не увеличивает его, и знаменатель помочь не может: ошибка растёт вместе с $\alpha$, как у SGD.
#
# Слишком маленькое $\alpha$ одинаково плохо для всех: метод не успевает дойти.
#
# > **Оговорка к слайдам.** «Не требует настройки» надо читать так: на квадратичных задачах не расходится там, где разошёлся бы SGD. «Можно не подбирать» отсюда не следует.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Что AdaGrad узнаёт сам, а чего не узнает · 6 мин дома
#
# Умножим функцию на $c$: $f \to c f$. Минимум на месте, градиенты выросли в $c$ раз. Или начнём дальше: $x_0 = x^* + R \cdot (1, \ldots, 1)$.
#
# **Предскажите.** Функцию умножили на сто. Как изменится лучшее $\alpha$ у SGD и у AdaGrad?
#
# - **A.** У SGD уменьшится в сто раз, у AdaGrad не изменится.
# - **B.** У обоих уменьшится в сто раз.
# - **C.** У SGD уменьшится в сто раз, у AdaGrad — в десять: там корень.
# - **D.** Не изменится ни у кого: минимум на месте.


# %%
def scaled(task, c):
    """The least squares of c·f."""
    return LeastSquares(c**0.5 * task.A, c**0.5 * task.y)


squares = least_squares(n=200, d=20, seed=SEED)
cases = np.array([(0.01, 1), (1, 1), (100, 1), (1, 10), (1, 100)])
best = {"SGD": [], "AdaGrad": []}
for c, R in cases:
    task = scaled(squares, c)
    found = tune.compare({"SGD": gd, "AdaGrad": adagrad}, task, task.x_star + R, 1000, batch=2,
                         grid=tune.log_grid(1e-4, 1e4, 4), seeds=range(SEED, SEED + 8))  # fmt: skip
    for name in best:
        best[name].append(found[name].best)
print(table({"c": cases[:, 0], "R": cases[:, 1], **best}, dict.fromkeys(best, ".2g")))

# %% [markdown]
# **Ответ: A.** Лучший шаг SGD обратно пропорционален $c$: он привязан к кривизне, к $1/L$. AdaGrad масштаба функции не замечает: $g / \sqrt{v}$ от умножения $f$ на $c$ не меняется (пока градиенты много больше $\sqrt{\varepsilon}$; к этому ещё вернёмся), поэтому ни B, ни C. А D забывает, что шаг SGD — это $\alpha g$.
#
# Зато $\alpha$ у AdaGrad растёт вместе с $R$, а шаг SGD от расстояния зависит куда слабее.
#
# Итак, AdaGrad заменяет один вопрос другим: вместо «какая у функции кривизна?» надо знать, «как далеко до минимума?». Второй вопрос часто легче: веса сети или логистической регрессии обычно порядка единицы, а про кривизну заранее неизвестно ничего.
#
# Проверьте сами. `c` двигает кривые SGD и не двигает кривую AdaGrad; `R` — почти наоборот. Начните подальше, с $R = 100$: полка справа опустится вместе с дном. Завышенное $\alpha$ уменьшит начальную ошибку в тысячи раз, но лучшему проиграет по-прежнему, раз в десять. При каком `c` AdaGrad всё-таки сдвинется?

# %% tags=["hide-input"]
small = least_squares(n=100, d=5, seed=SEED)


def sweep(c, R, steps):
    task, alphas = scaled(small, c), np.geomspace(1e-6, 1e6, 25)
    noisy, start = task.minibatch(2, range(SEED, SEED + 6)), task.x_star + R
    curves = {
        "SGD": (gd, lambda k: alphas[:, None]),
        "SGD, α/√k": (gd, lambda k: alphas[:, None] / k**0.5),
        "AdaGrad": (adagrad, lambda k: alphas[:, None]),
    }
    y = Axis("(f(x_K) − f*) / (f(x₀) − f*)", 1e-6, 100, log=True)
    marks, best = [], []
    for j, (name, (method, alpha)) in enumerate(curves.items()):
        xs = run(method, noisy, start, steps=steps, keep=[steps], alpha=alpha)
        loss = problems.gap(task, xs[0]) / problems.gap(task, start)
        loss = np.where(loss < 1e3, loss, np.nan)
        marks += [band(alphas, loss.min(1), loss.max(1), j), line(alphas, loss.mean(1), j, name)]
        mean = np.nan_to_num(loss.mean(1), nan=np.inf)
        best.append(f"{name}: α* = {alphas[mean.argmin()]:.2g}")
    return [Panel("f(x_K) − f*", Axis("α", 1e-6, 1e6, log=True), y, marks)], ";  ".join(best)


live(sweep, c=(1.0, Log(1e-8, 1e4)), R=(1.0, Log(1e-2, 1e3)), steps=(300, Integers(10, 500)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Скорость падает сама» · 8 мин дома
#
# **Утверждение слайда.** Эффективный шаг $\alpha / \sqrt{v}$ убывает без всякого расписания.
#
# Если градиенты всё время примерно одной величины, то $v$ растёт как $k$, и эффективный шаг падает как $1/\sqrt{k}$ — точь-в-точь шаг $\alpha / \sqrt{k}$ из [тетради про SGD](03_sgd.ipynb). Но градиенты бывают разными. Три случая, $\alpha = 1$:
#
# - начинаем в $x^*$: градиент — только шум, он не меняется;
# - начинаем далеко: первые градиенты велики, потом остаётся шум;
# - оттуда же, но с полным градиентом: шума нет совсем.
#
# **Предскажите.** Второй случай: начали далеко, градиенты уменьшились и остался шум. С каким наклоном в логарифмических осях падает эффективный шаг от тысячного шага до десятитысячного?
#
# - **A.** $-\frac12$: теперь градиенты одной величины.
# - **B.** $-1$: градиенты с начала пути уменьшились.
# - **C.** Почти нулевым.

# %%
steps, kept = 10_000, log_spaced(10_000, 40)
noisy = squares.minibatch(2, range(SEED, SEED + 30))
cases = {
    "x₀ = x*": (noisy, squares.x_star),
    "x₀ = x* + 10": (noisy, squares.x_star + 10),
    "x₀ = x* + 10, batch = n": (squares, squares.x_star + 10),
}
effective, gaps = {}, {}
for name, (oracle, start) in cases.items():
    settings = {"steps": steps, "keep": kept, "alpha": 1.0}
    v = run(adagrad, oracle, start, watch="v", **settings)[1:]
    effective[name] = (1 / (v + 1e-6) ** 0.5).mean(-1).reshape(len(kept) - 1, -1)
    gaps[name] = problems.gap(squares, run(adagrad, oracle, start, **settings))
    gaps[name] = gaps[name].reshape(len(kept), -1)[1:]

# %% tags=["hide-input"]
left, right = plot.axes(2)
for name in cases:
    left.loglog(kept[1:], effective[name].mean(1), label=name)
    right.loglog(kept[1:], np.fmax(gaps[name].mean(1), 1e-9), label=name)
left.set(xlabel="$k$", ylabel=r"$\alpha / \sqrt{v}$", title=r"$\alpha / \sqrt{v}$")
right.set(xlabel="$k$", ylabel="$f(x_k) - f^*$", ylim=(1e-6, None), title="$f(x_k) - f^*$")
_ = left.legend()

# %%
tail = kept[1:] >= 1000
for name in cases:
    check("S9.3", rates.slope(kept[1:][tail], effective[name][tail]), between=(-0.6, -0.4), of=name)
print("f − f*:", rates.slope(kept[1:][tail], gaps["x₀ = x*"][tail]))

# %% [markdown]
# **Вердикт (S9.3): верно при условии.** Наклон $-\frac12$ — когда градиенты всё время одной величины. В скобках — 95-процентная полоса по тридцати запускам.
#
# - Из $x^*$ наклон около $-\frac12$, и ошибка — шар шума — стягивается с тем же наклоном. Здесь обещание выполнено.
# - Издалека эффективный шаг почти стоит: сумму $v$ составляют первые, большие градиенты, и шум ещё долго ничего в ней не изменит. Наклон $-\frac12$ появится лишь тогда, когда шум накопит столько же.
# - С полным градиентом шаг скоро перестаёт падать: $\sum g^2$ сходится. И не надо: расписание нужно против шума, а его нет. Метод сходится линейно, как градиентный спуск.
#
# **Ответ: C.** A было бы верно, если бы $v$ начинала с нуля, а она помнит всё. B путает шаг с градиентом: маленькие градиенты знаменатель не увеличивают, и шаг от них не падает.
#
# Значит, шаг падает не «сам», а ровно настолько, насколько велики новые градиенты рядом со старыми. Это и есть приспособление к задаче — с хорошей стороны (нет шума — нет и торможения) и с плохой (большое начало помнится вечно).
#
# Впишите $R = 0$, потом $R = 100$; верните $R = 10$ и увеличьте `batch` до 64: это вся сумма. Серая линия — наклон $-\frac12$.

# %% tags=["hide-input"]
tiny = least_squares(n=64, d=2, seed=SEED)


def decay(alpha, R, batch):
    oracle = tiny if batch >= tiny.n else tiny.minibatch(int(batch), range(SEED, SEED + 16))
    k = log_spaced(1000, 40)
    start, options = tiny.x_star + R, {"steps": 1000, "keep": k, "alpha": alpha}
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

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:whale"]
# ## Редкие признаки · 7 мин на паре
#
# **Утверждение слайда.** Редкие, но информативные признаки сохраняют большой шаг.
#
# Редкие признаки лучше всего искать в тексте. Возьмём две книги — «Гордость и предубеждение» Джейн Остин и «Моби Дика» Германа Мелвилла, — разрежем на куски по 40 слов и будем угадывать автора куска ($-1$ — Остин, $+1$ — Мелвилл) логистической регрессией. Признак — сколько раз слово встретилось в куске: «мешок слов».

# %% [markdown]
# Вот один такой мешок:

# %%
bags = datasets.books()
print(f"n = {len(bags.y)}, d = {len(bags.words)}, ≠ 0: {(bags.value > 0).sum(1).mean():.1f}\n")
chunk = zip(bags.index[4321], bags.value[4321], strict=True)
print(", ".join(f"{bags.words[j]}: {many:.0f}" for j, many in sorted(chunk) if many))

# %% [markdown]
# Последний признак, `1`, — свободный член: он есть в каждом куске. Признаков больше, чем кусков, и почти все в каждом куске равны нулю. Матрица $n \times d$ заняла бы сотни мегабайт; `SparseLogistic` хранит только ненулевые числа.

# %% [markdown] tags=["seminar:whale"]
# Разделим куски случайно: на 60 % учим, на 15 % выбираем $\alpha$, на 25 % проверяем. Слова, которых в обучающей части нет, выбросим: о них ничего не узнать. Один проход AdaGrad батчами по 8 — и посмотрим на эффективный шаг каждого слова, $\alpha / \sqrt{v_j + \varepsilon}$. По горизонтали — средний квадрат признака $\frac1n \sum_i a_{ij}^2$: для слова, которое не повторяется в куске, это просто доля кусков, где оно есть.
#
# **Предскажите.** Слова одной группы встречаются в сто раз реже слов другой. Во сколько раз больше их эффективный шаг, если посчитать его по среднему $v_j$ в группе?
#
# - **A.** В сто раз: столько раз не было градиента.
# - **B.** В десять раз.
# - **C.** Ни во сколько: $g / \sqrt{v}$ от частоты не зависит.


# %% tags=["seminar:whale"]
train, _, test, words = rare_words.TASKS["counts"].parts(SEED)
steps, eps = train.n // 8, 1e-6
batches = train.reshuffle(8, range(SEED, SEED + 8))
v = run(adagrad, batches, rare_words.start(train), steps=steps, keep=[steps], alpha=0.3,
        watch="v")[0]  # fmt: skip
effective = 0.3 / (v + eps) ** 0.5

power = rare_words.mean_squares(train)
edges = np.geomspace(1 / train.n, power.max(), 14)
index = np.digitize(power, edges[:-1])
groups = [index == j for j in np.unique(index)]
middle = np.array([power[group].mean() for group in groups])
mean = np.array([0.3 / v[:, group].mean(1) ** 0.5 for group in groups])
median = np.array([np.median(effective[:, group], axis=1) for group in groups])

check("S9.4", rates.slope(middle, mean), between=(-0.6, -0.4), of="0.3/√(mean v)")
check("S9.4", rates.slope(middle, median), below=0, of="median α/√v")

# %% tags=["hide-input", "seminar:whale"]
ax = plot.axes(width=9)
ax.loglog(power, effective[0], ".", color=plot.COLORS[5], markersize=3, alpha=0.3)
ax.loglog(middle, mean.mean(1), "o-", color=plot.COLORS[1], label=r"$\alpha / \sqrt{mean\ v_j}$")
ax.loglog(
    middle, median.mean(1), "s--", color=plot.COLORS[2], label=r"median $\alpha / \sqrt{v_j}$"
)
for word in ("the", "she", "elizabeth", "whale", "harpoon", "1"):
    if word in words:
        j = words.index(word)
        ax.plot(power[j], effective[0, j], "o", color="gray", markersize=5)
        ax.annotate(word, (power[j], effective[0, j]), (6, 6), textcoords="offset points")
ax.set(xlabel=r"$\frac{1}{n}\sum_i a_{ij}^2$", ylabel=r"$\alpha / \sqrt{v_j}$", xlim=(1e-4, 20))
_ = ax.legend()

# %% [markdown] tags=["seminar:whale"]
# **Что увидели.** Каждая точка — слово. Кружки — эффективный шаг, посчитанный по среднему $v_j$ слов с близким средним квадратом; квадраты — медиана шага у тех же слов.
#
# **Вердикт (S9.4): верно.** По среднему $v_j$ наклон около $-\frac12$, как и должно быть: $v_j = \sum g_j^2$, а градиент по $j$ отличен от нуля только там, где слово есть. У частых слов медиана лежит на той же линии, у редких — выше: там среднее $v_j$ тянут вверх немногие слова, на которых метод ошибся.
#
# **Ответ: B.** В сто раз реже — в сто раз меньше слагаемых в $v_j$, и корень даёт десять. A забывает корень; C верно для первого шага, когда в $v$ один-единственный градиент.
#
# Вверх от линии уходят слова, градиенты по которым быстро стали малы. Это и редкие слова из кусков, которые метод угадал бы и без них, и «whale», которое так хорошо выдаёт автора, что учиться на нём скоро стало нечему. Верхний край облака — слова, у которых $v_j \ll \varepsilon$: там эффективный шаг равен $\alpha / \sqrt{\varepsilon}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Может значительно превосходить SGD» · 12 мин дома
#
# **Утверждение слайда.** На разреженных задачах — намного.
#
# Сравним честно. Один проход по данным батчами по 8. У SGD три расписания: постоянный шаг, $\alpha/\sqrt{k}$, линейно до нуля; у AdaGrad — только постоянное $\alpha$. Все перебирают одну и ту же сетку $\alpha$, четыре значения на порядок (если лучшее оказалось на краю, сетку там продлевают); лучшее выбираем по проверочной части (8 случайных перестановок кусков), судим по тестовой (32 другие). У SGD втрое больше попыток — это в его пользу.
#
# И подозреваемый: может быть, дело не в шаге на каждую координату, а в том, что шаг вообще как-то приспосабливается? Сделаем AdaGrad с **одним общим** знаменателем: среднее $g_j^2$ по всем координатам.

# %%
diff(adagrad, rare_words.adagrad_norm)

# %% [markdown]
# Три задачи: слова как есть (`counts`); те же слова с весами tf-idf (`tf-idf`), где частые слова заранее ослаблены; и плотная задача для контроля — цифры, чётная или нечётная (`digits`).
#
# **Предскажите.** Где AdaGrad намного лучше SGD, если $\alpha$ подобрать обоим?
#
# - **A.** На `counts` и на `tf-idf`.
# - **B.** Только на `counts`: в `tf-idf` частые слова ослаблены и без него.
# - **C.** На всех трёх.
# - **D.** Нигде: всё решает подбор $\alpha$.
#
# На это уходят минуты, поэтому сравнение посчитано заранее и лежит в `data/results`; первой строкой — команда, которой его можно повторить.

# %%
print(rare_words.results()["command"])
results = {name: rare_words.comparison(name) for name in ("counts", "tf-idf", "digits")}
for name, result in results.items():
    print(f"{name}\n{result}\n")

# %% tags=["hide-input"]
for ax, name in zip(plot.axes(2, width=7.2), ("counts", "digits"), strict=True):
    results[name].plot(ax).set(title=name, ylim=(2e-2, 2), xlim=(1e-2, 1e2))
    ax.get_legend().remove()
_ = ax.legend(loc="upper left", bbox_to_anchor=(1, 1))

# %% [markdown]
# В таблице `*` — выбранное значение, `#` — сколько значений пробовали, `E f` — потеря на тестовой части. Методы и расписания лежат в `course_lib/experiments/rare_words.py`; AdaGrad с линейным расписанием понадобится позже.
#
# Не верьте файлу на слово: с выбранными $\alpha$ обучим заново — SGD с лучшим из трёх расписаний и AdaGrad, восемь новых перестановок и, главное, **другое** разбиение кусков на части. Во сколько раз потеря SGD больше, чем у AdaGrad, с 95-процентной полосой; слева из файла, справа посчитано сейчас.


# %%
def again(name, rows):
    """SGD / AdaGrad with the α of these rows, on the split SEED + 1 and in other orders."""
    task, seeds = rare_words.TASKS[name], range(SEED + 500, SEED + 508)
    train, _, test, _ = task.parts(SEED + 1)
    return rates.ratio_band(*(test.f(task.trained(train, r.name, r.best, seeds)) for r in rows))


columns = {"": list(results), "data/results": [], "SEED + 1": []}
for name, result in results.items():
    sgd, ada = rare_words.rivals(result)
    columns["data/results"].append(rates.ratio_band(sgd.reported, ada.reported))
    columns["SEED + 1"].append(again(name, (sgd, ada)))
print(table(columns, dict.fromkeys(("data/results", "SEED + 1"), ".2f")))
for name, ratio in zip(results, columns["SEED + 1"], strict=True):
    check("S9.5", ratio, above=1.5, of=name)

# %% [markdown]
# **Вердикт (S9.5): верно при условии.** «Намного» будем понимать как «хотя бы в полтора раза» — с настроенным $\alpha$ у обоих.
#
# - `counts` и `tf-idf`: потеря AdaGrad меньше примерно в два раза. Веса tf-idf, где частые слова заранее ослаблены, выигрыша не отменяют.
# - `digits`: выигрыша нет. Условие — разреженные признаки.
# - AdaGrad с общим знаменателем на словах далеко позади AdaGrad. Значит, помогает не «приспособление шага» вообще, а именно свой шаг у каждой координаты.
#
# **Ответ: A.** B разумно, но неверно: веса tf-idf меняют масштаб признака, а редким он остаётся. C — надежда на метод, который хорош всегда; D — подозрение, с которого и стоит начинать, но здесь $\alpha$ подобрано обоим.
#
# Можно ли было узнать это по одним данным, до всякого обучения?
#
# > **Число $\rho$.** Если решение ищут в кубе $|x_j| \le R$, верхние оценки сожаления (что это, сказано ниже) для AdaGrad и для SGD с лучшим общим шагом (Duchi, Hazan, Singer) относятся как
# >
# > $$\rho = \frac{\sum_j \sqrt{v_j}}{\sqrt{d \sum_j v_j}} = \frac{\operatorname{mean}_j \sqrt{v_j}}{\sqrt{\operatorname{mean}_j v_j}} \le 1.$$
# >
# > Если все $v_j$ равны, то $\rho = 1$: делить шаг по координатам незачем. Чем неравнее $v_j$, тем меньше $\rho$ и тем больше надежд на AdaGrad.
#
# Возьмём $v$, какой она получилась бы за проход в точке $x = 0$: там все градиенты равны $-\frac12 y_i a_i$, так что $v_j$ пропорциональна среднему квадрату признака.

# %%
for name in results:
    v = rare_words.mean_squares(rare_words.TASKS[name].parts(SEED).train)
    v = v[v > 0]
    rho = (v**0.5).mean() / v.mean() ** 0.5
    print(f"{name:8} ρ = {rho:.2f}   min v / max v = {v.min() / v.max():.0e}")

# %% [markdown]
# На словах $\rho$ меньше, на цифрах ближе к единице — хотя и там самый слабый пиксель в сотни тысяч раз слабее самого сильного: $\rho$ смотрит не на крайние $v_j$, а на большинство. Но это отношение верхних оценок, а не самих потерь: разреженные задачи от плотной $\rho$ отличил, большего ждать от него не стоит.
#
# Может быть, SGD просто не успел за один проход? Дадим ему два.

# %%
print(rare_words.comparison("2 passes"))
sgd, _ = rare_words.rivals(rare_words.comparison("2 passes"))
_, once = rare_words.rivals(results["counts"])
print(f"SGD, 2 K / AdaGrad, K: {rates.ratio_band(sgd.reported, once.reported):.2f}")

# %% [markdown]
# И после двух проходов SGD с любым расписанием позади AdaGrad, который сделал один.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Действительно ли дело в редких словах? · 9 мин дома
#
# Кажется, проверить легко: взять готовые веса и обнулить все редкие слова. Но так мы узнаем, насколько обученная модель на эти слова **опирается**, а не почему один метод обучил её лучше другого: без редких слов оба метода учились бы иначе. Честный опыт — выбросить из данных все слова, которые встретились меньше чем в $m$ кусках обучающей части, и **обучить и настроить заново** оба метода, с одним и тем же расписанием: сначала оба с постоянным $\alpha$, потом оба с линейным.
#
# **Предскажите.** Редкие слова выброшены: при $m = 100$ от словаря остаётся несколько сотен слов. Что станет с преимуществом AdaGrad при постоянном $\alpha$?
#
# - **A.** Исчезнет: всё дело в редких словах.
# - **B.** Не изменится: дело не в них.
# - **C.** Уменьшится, но останется.
# - **D.** AdaGrad окажется позади SGD.

# %%
names = {1: "counts", **{m: f"m = {m}" for m in (3, 10, 30, 100)}}
pairs = {
    schedule or "α": [
        rare_words.alike(rare_words.comparison(name), schedule) for name in names.values()
    ]
    for schedule in ("", rare_words.LINEAR)
}
ratios = {}
for schedule, rows in pairs.items():
    sgd, ada = ([row.reported for row in method] for method in zip(*rows, strict=True))
    ratios[schedule] = rates.ratio_band(sgd, ada)
d = [rare_words.TASKS[name].parts().train.d for name in names.values()]
print(table({"m": list(names), "d": d, **ratios}, dict.fromkeys(ratios, ".2f")))

# %%
common = {schedule: again("m = 100", rows[-1]) for schedule, rows in pairs.items()}
for schedule, ratio in common.items():
    check("S9.6", ratio, below=1, of=f"m = 100, {schedule}")

every = again("counts", pairs[rare_words.LINEAR][0])
print(f"m = 1: {every:.2f}   m = 100: {common[rare_words.LINEAR]:.2f}")
(whole, least, most), (left, low, high) = np.log([[*every], [*common[rare_words.LINEAR]]])
check("S9.7", (left / whole, low / most, high / least), below=1 / 2, of=rare_words.LINEAR)

# %% tags=["hide-input"]
spread = rare_words.spread(train.index, train.value, train.d)
edges = np.geomspace(1, train.n, 12)
index = np.digitize(spread, edges)
occupied = np.unique(index)
left, right = plot.axes(2)
for row in pairs[rare_words.LINEAR][0]:
    x = rare_words.TASKS["counts"].trained(train, row.name, row.best, range(SEED, SEED + 8))
    weight = [abs(x[:, index == j]).mean() for j in occupied]
    left.loglog(edges[occupied - 1], weight, marker="o", label=row.name)
left.set(xlabel=r"$\#\{i: a_{ij} \neq 0\}$", ylabel="mean $|x_j|$", title="mean $|x_j|$")
left.legend()
for schedule, ratio in ratios.items():
    plot.errorbars([*names], ratio, "", marker="o", label=schedule, ax=right)
right.axhline(1, color="gray", linestyle="-", linewidth=1)
_ = right.set(xscale="log", xlabel="$m$", ylabel="SGD / AdaGrad", title="SGD / AdaGrad")

# %% [markdown]
# **Что увидели.** Слева — средний вес слова против числа кусков, где оно есть. У SGD вес растёт вместе с частотой, пока слово есть не больше чем в сотне-другой кусков: редкое просто не успевает ничему научиться. У AdaGrad зависимость от частоты куда слабее. Справа — отношение потерь, когда редких слов нет с самого начала.
#
# **Вердикт (S9.6): неверно.** «Дело только в редких словах» значило бы: без них AdaGrad не лучше SGD. Но и на словах, которые есть хотя бы в ста кусках, он впереди: с постоянным $\alpha$ — заметно, с линейным расписанием — на разных разбиениях от нескольких процентов до полутора десятков.
#
# **Вердикт (S9.7): верно.** Редкие слова — бо́льшая часть дела: без них от логарифма отношения остаётся меньше половины. (Концы полосы взяты с запасом: нижний конец одного логарифма делится на верхний конец другого, и наоборот.) Судим по линейному расписанию: последняя точка SGD с постоянным $\alpha$ слишком шумит. Остальное — неравные частоты обычных слов: «the» есть почти в каждом куске, слово из ста кусков — в одном из пятидесяти, и общий шаг не подходит им обоим сразу. Часть этого остатка возвращает SGD убывающий шаг.
#
# **Ответ: C.** A — первое, что приходит в голову, когда обнуляют редкие слова в готовых весах; B забывает, что частоты различаются и у обычных слов, но куда слабее, чем у редких и частых.
#
# Какие слова выдают автора? По десять самых весомых у AdaGrad, в среднем по восьми запускам:

# %%
rank = np.argsort(x.mean(0))  # AdaGrad
print("−1:", ", ".join(words[j] for j in rank[:10]))
print("+1:", ", ".join(words[j] for j in rank[:-11:-1]))

# %% [markdown]
# Чего мы не сделали: батч 8, а не 1; один проход (в последней таблице — два); $\alpha$ выбрано на одном разбиении. Полосы учитывают порядок кусков, но не то, какие из них попали в обучение: для этого и было второе разбиение.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Недостаток: знаменатель только растёт · 8 мин дома
#
# **Утверждение слайда.** $v$ не убывает, и метод может остановиться раньше времени.
#
# Построим простейшую задачу, где градиенты меняют масштаб. Одна переменная, выпуклая функция: обрыв с наклоном $S$ при $x < -10$, потом пологий склон с наклоном 1 и параболическая ямка около нуля. Начинаем на обрыве, в точке $-12$, с $\alpha = 1$. Для сравнения — тот же AdaGrad, но с пустой памятью: ставим его в точку, где первый оказался через 10 шагов. И RMSProp из [следующей тетради](05_rmsprop.ipynb), который старые градиенты забывает.
#
# **Предскажите.** Обрыв стал в десять раз круче. Во сколько раз дольше AdaGrad идёт до минимума?
#
# - **A.** Ни во сколько: с обрыва он сходит за три шага.
# - **B.** Чуть дольше: время растёт как $\log S$.
# - **C.** В $\sqrt{10} \approx 3$ раза: в знаменателе корень.
# - **D.** В десять раз.


# %%
def three(S, alpha, steps, kept):
    """Gaps of AdaGrad, of AdaGrad with an empty memory from its x₁₀ on, and of RMSProp."""
    problem, start = cliff(S), np.full((*np.shape(S), 1), -12.0)
    tenth = run(adagrad, problem, start, steps=10, alpha=alpha)[-1]
    runs = {
        "AdaGrad": run(adagrad, problem, start, steps=steps, keep=kept, alpha=alpha),
        "AdaGrad, v₁₀ = 0": run(adagrad, problem, tenth, steps=steps, keep=kept, alpha=alpha),
        "RMSProp": run(rmsprop, problem, start, steps=steps, keep=kept, alpha=0.1),
    }
    return {name: problems.gap(problem, xs) for name, xs in runs.items()}


slopes = np.array([1, 3, 10, 30, 100, 300, 1000])
kept = log_spaced(20_000, 1000)
errors = three(slopes, 1.0, 20_000, kept)
arrived = {}
for name, error in errors.items():
    last = len(kept) - 1 - (error > 0.1)[::-1].argmax(0)  # the last kept k with a larger error
    arrived[name] = kept[last + 1]
print(table({"S": slopes, **arrived}))
check("S9.8", rates.slope(slopes[3:], arrived["AdaGrad"][3:]), between=(0.9, 1.1), of="S ≥ 30")

# %% tags=["hide-input"]
left, right = plot.axes(2)
for name, error in errors.items():
    left.loglog(kept[1:], np.fmax(error[1:, 4], 1e-9), label=name)
    right.loglog(slopes, arrived[name], marker="o", label=name)
left.set(xlabel="$k$", ylabel="$f(x_k) - f^*$", title=f"$S = {slopes[4]}$", ylim=(1e-6, 1e3))
right.set(xlabel="$S$", ylabel="$k$", title="$k$: $f(x_k) - f^* < 0.1$")
_ = right.legend()

# %% [markdown]
# **Вердикт (S9.8): верно.** Время растёт пропорционально крутизне обрыва — наклон в логарифмических осях около единицы, — хотя метод сошёл с него за первые три шага. Три градиента величины $S$ остались в знаменателе: $v = 3S^2 + (k - 3)$, и пока новые градиенты не сравняются со старыми, эффективный шаг равен $\alpha / (\sqrt3\, S)$. Без памяти об обрыве дорога короткая. RMSProp забывает обрыв быстро: его время растёт лишь как логарифм $S$. Зато в минимум он не сходится, а прыгает около него: шаг не падает.
#
# **Ответ: D.** A верно про обрыв, но не про память о нём; B — это RMSProp; C забывает, что под корнем стоит $S^2$.
#
# Это не каприз выдуманной функции: то же мы видели выше, когда начинали издалека. И это не ошибка, а цена. Именно потому, что $v$ не убывает, для AdaGrad доказана оценка сожаления $O(\sqrt{K})$ для любых выпуклых потерь с ограниченными градиентами, если и точки остаются в ограниченной области. **Сожаление** — насколько метод проиграл лучшей постоянной точке, знавшей все потери заранее: $\sum_{k \le K} f_k(x_k) - \min_x \sum_{k \le K} f_k(x)$. С забыванием, как мы увидим в [тетради про Adam](07_adam.ipynb), этого обещать нельзя.
#
# Обрыв в тысячу раз круче склона. Подвигайте $S$ и $\alpha$. При одном значении $\alpha$ обрыв вдруг становится не страшен — найдите его и объясните, почему это везение.


# %% tags=["hide-input"]
def fall(S, alpha):
    k = np.arange(1001)
    y = Axis("f(xₖ) − f*", 1e-6, 1e4, log=True)
    curves = three(S, alpha, 1000, k).items()
    marks = [line(k, np.clip(g, 1e-6, 1e4), j, name) for j, (name, g) in enumerate(curves)]
    t = np.linspace(-13, 4, 200)[:, None]
    height = Axis("f", 0, min(40.0, float(cliff(S).f(t[:1])[0])))
    xs = run(adagrad, cliff(S), [-12.0], steps=1000, alpha=alpha)
    path = xs[(abs(xs + 4.5) < 8.5)[:, 0]]
    slope = [line(t[:, 0], cliff(S).f(t), "text", width=1.5), line(path[:, 0], cliff(S).f(path), 0)]
    return [
        Panel("f(x)", Axis("x", -13, 4), height, slope),
        Panel("f(xₖ) − f*", Axis("k", 0, 1000), y, marks),
    ]


live(fall, S=(1000.0, Log(1, 1e4)), alpha=(1.0, Log(0.1, 100)))

# %% [markdown] tags=["solution"]
# **Ответ.** $\alpha = 12$: первый же шаг, длиной ровно $\alpha$, приносит в минимум. Чтобы выбрать такое $\alpha$, надо знать расстояние до минимума; при $\alpha = 6$ или $\alpha = 20$ оставшийся путь снова занимает время порядка $S$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## $\varepsilon$: под корнем или снаружи · 8 мин дома
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
# **Предскажите.** Градиент равен $10^{-4}$, $\varepsilon = 10^{-6}$. Какой длины первый шаг, если $\varepsilon$ под корнем и если он снаружи?
#
# - **A.** $\alpha$ и $\alpha$: градиент гораздо больше $\varepsilon$.
# - **B.** $0.1\,\alpha$ и почти $\alpha$.
# - **C.** Почти $\alpha$ и $0.1\,\alpha$.
# - **D.** $0.01\,\alpha$ и $0.01\,\alpha$.

# %%
size = np.array([1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
flat = Function(lambda x: x @ size, lambda x: size + 0 * x, d=len(size), domain=None)
variants = {
    "√(v + 1e-6)": (adagrad, 1e-6),
    "√v + 1e-6": (adagrad_outside, 1e-6),
    "√v + 1e-3": (adagrad_outside, 1e-3),
    "√v + 1e-10": (adagrad_outside, 1e-10),
}
first = {
    name: -run(method, flat, np.zeros(len(size)), steps=1, alpha=1.0, eps=eps)[1]
    for name, (method, eps) in variants.items()
}
print(table({"|g|": size, **first}, {"|g|": ".0e", **dict.fromkeys(first, ".2g")}))

# %%
scales = np.geomspace(1e-10, 1e2, 7)
ax = plot.axes(width=8)
for name, (method, eps) in variants.items():
    final = []
    for c in scales:
        task = scaled(squares, c)
        batches = task.minibatch(2, range(SEED, SEED + 20))
        x = run(method, batches, np.zeros(20), steps=1000, keep=[1000], eps=eps)[0]
        final.append(problems.gap(task, x) / problems.gap(task, np.zeros(20)))
    plot.mean(scales, np.array(final), label=name, ax=ax)
_ = ax.set(xscale="log", yscale="log", xlabel="$c$",
           ylabel=r"$(f(x_K) - f^*) \; / \; (f(x_0) - f^*)$")  # fmt: skip

# %% [markdown]
# **Ответ: B.** $\varepsilon$ под корнем сравнивается с $g^2$, снаружи — с $|g|$: $10^{-8}$ много меньше $10^{-6}$, а $10^{-4}$ много больше. A сравнивает с $\varepsilon$ сам градиент в обоих случаях, C путает случаи местами.
#
# Поэтому $10^{-6}$ под корнем действует как $10^{-3}$ снаружи: их столбцы в таблице и кривые почти совпадают. На картинке — та же задача, умноженная на $c$: пока градиенты велики, $\varepsilon$ не виден и результат от $c$ не зависит, как и обещано; когда они опускаются до $\sqrt{\varepsilon}$, AdaGrad перестаёт их выравнивать и превращается в градиентный спуск с шагом $\alpha / \sqrt{\varepsilon}$. Маленькие градиенты — не экзотика: у большой сети каждый из миллионов весов получает лишь крошечную долю.
#
# > **Оговорка к слайдам.** «Обычно $10^{-6}$» относится к форме слайда. В `torch.optim.Adagrad` $\varepsilon$ стоит снаружи и по умолчанию равен $10^{-10}$; `optax.adagrad` держит его под корнем, но начинает не с $v = 0$, а с $v = 0.1$. Переносить числа из одной библиотеки в другую нельзя.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 35 мин дома
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
train, valid, test, _ = rare_words.TASKS["counts"].parts(SEED)
print(tune.compare({"SGD": gd, "AdaGrad": adagrad}, train, rare_words.start(train), steps,
                   batch=batch, sampling="reshuffle", grid=tune.log_grid(1e-1, 1e2, 4),
                   select=valid.f, report=test.f, seeds=range(SEED, SEED + 8),
                   fresh=range(SEED + 500, SEED + 508)))  # fmt: skip

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
    left = rates.mean_band(problems.gap(squares, xs)[1000:].mean(0))
    print(f"{method.__name__:18} k = {(error < 0.1).argmax():4}   {left:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - AdaGrad делит шаг каждой координаты на корень из суммы квадратов её градиентов. Первый шаг равен $\alpha$ по каждой координате; $\alpha$ измеряется в единицах $x$.
# - «Не требует настройки» — преувеличение. Метод не чувствует масштаба функции и на квадратичных задачах не расходится, но лучшее $\alpha$ зависит от расстояния до минимума, а дно у кривой такое же узкое, как у SGD.
# - Эффективный шаг падает как $1/\sqrt{k}$, когда градиенты — одинаковый шум. Без шума он скоро перестаёт падать; после больших первых градиентов почти стоит.
# - Эффективный шаг, посчитанный по среднему $v_j$, обратно пропорционален корню из частоты признака; у большинства редких слов он ещё больше. На тексте потеря поэтому примерно вдвое меньше, чем у SGD; большая часть выигрыша — от редких слов, остальное — от неравных частот обычных. На плотных данных выигрыша нет.
# - Память бесконечна: большие градиенты в начале тормозят метод, пока новые не накопят столько же.
# - $\varepsilon$ под корнем и $\varepsilon$ снаружи — разные числа: $10^{-6}$ на слайде — это $10^{-3}$ снаружи.
#
# ### Литература
#
# - J. Duchi, E. Hazan, Y. Singer. [Adaptive Subgradient Methods for Online Learning and Stochastic Optimization](https://jmlr.org/papers/v12/duchi11a.html). JMLR 12, 2011.
# - H. B. McMahan, M. Streeter. [Adaptive Bound Optimization for Online Convex Optimization](https://arxiv.org/abs/1002.4908). COLT, 2010.
# - R. Ward, X. Wu, L. Bottou. [AdaGrad Stepsizes: Sharp Convergence over Nonconvex Landscapes](https://arxiv.org/abs/1806.01811). ICML, 2019.
