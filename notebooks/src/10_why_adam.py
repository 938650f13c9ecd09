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
# # Почему Adam лучше для языка?
#
# **Цель.** Слайд задаёт вопрос и не отвечает. Найти самый маленький опыт, в котором разница между языком и картинками видна, и менять в нём по одной вещи, пока не станет ясно, что её вызывает. Потом проверить, что осталось от ответа в настоящей сети, и сказать, насколько он велик.
#
# **Время:** 18 мин на паре, 85 мин дома. **Слайды:** S12.

# %%
import numpy as np

from course_lib import datasets, live, plot, rates, run, show
from course_lib.experiments import batch_size, vocabularies, why_adam
from course_lib.figures import Axis, Panel, Reals, line
from course_lib.methods import adam, gd, momentum
from course_lib.problems import SoftmaxRegression, bigrams, gap
from course_lib.tables import table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S12. Вопрос и два ответа · 2 мин на паре
#
# **Утверждение слайда.** Для языковых моделей Adam работает гораздо лучше, чем SGD, а для картинок — нет. Почему?
#
# - **Шум.** Чжан и соавторы (2020): у градиентов языковых моделей тяжёлые хвосты — редкие, но огромные выбросы. SGD от них страдает, а методы, которые ограничивают шаг, нет.
# - **Частоты.** Кунстнер и соавторы (2024): тяжёлый хвост у самих слов. Большинство слов редкие, и градиентный спуск учит их медленно.
#
# Их можно различить. Возьмём **полный** градиент: шума нет вовсе. Если разница останется, шум для неё не нужен.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Как часто встречаются слова · 4 мин на паре
#
# Шесть трагедий Шекспира и шесть тысяч русских пословиц, слово за словом; знаки препинания — тоже слова. Рядом — буквы тех же текстов и классы рукописных цифр.
#
# **Предскажите.** В шести трагедиях больше одиннадцати тысяч разных слов. Сколько из них, самых частых, составляют половину текста?
#
# - **A.** Около пяти тысяч: половина слов — половина текста.
# - **B.** Около тысячи.
# - **C.** Меньше ста.

# %%
shares = {}
for name in ("shakespeare", "ru_proverbs"):
    for unit in ("words", "characters"):
        ids, _ = datasets.tokens(name, unit, 100_000)
        shares[f"{name}, {unit}"] = np.bincount(ids) / len(ids)
shares["digits"] = np.sort(np.bincount(datasets.load("digits").y))[::-1] / 1797


def words_for(share, q):
    """How many of the most frequent ones make up the share q of the text."""
    return np.searchsorted(share.cumsum(), q) + 1


every = shares.values()
halves, rest = [words_for(p, 0.5) for p in every], [len(p) - words_for(p, 0.9) for p in every]
table({"": list(shares), "n": [len(p) for p in every], "50 %": halves, "10 %": rest})

# %% tags=["hide-input"]
ax = plot.axes()
for name, share in shares.items():
    ax.loglog(np.arange(1, len(share) + 1), share, label=name)
ax.set(xlabel="$i$", ylabel="$p_i$")
_ = ax.legend(fontsize=12)

# %% [markdown]
# **Ответ: C.** Частота $i$-го по счёту слова падает примерно как $1/i$: закон Ципфа. Половину текста составляет горстка слов, а тысячи последних делят между собой десятую долю; A верно для цифр. У букв хвост короткий, у цифр его нет.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Самая маленькая модель языка · 3 мин на паре
#
# Предсказываем слово $j$ по одному предыдущему слову $i$. Параметры — таблица логитов $W$, строка на каждое предыдущее слово; $P_{ij}$ — доля пары $(i, j)$ среди всех соседей в тексте:
#
# $$f(W) = -\sum_{i,j} P_{ij} \log \frac{e^{W_{ij}}}{\sum_l e^{W_{il}}}, \qquad \nabla f(W)_{ij} = r_i\, q_{ij} - P_{ij}, \qquad r_i = \sum_j P_{ij},$$
#
# где $q_i$ — softmax строки $W_i$. Функция выпуклая, ответ известен заранее ($q_{ij} = P_{ij}/r_i$), $f^*$ — условная энтропия. Весь текст сжат в таблицу, поэтому полный градиент стоит столько же, сколько сама таблица.

# %%
show(SoftmaxRegression.grad)

# %%
words = bigrams("shakespeare", "words", 256)
vocabulary = datasets.tokens("shakespeare", "words", 256).vocabulary
print(words, " f(0) =", round(words.f(np.zeros(words.d)), 3), " f* =", round(words.f_star, 3))
print(*vocabulary[:12], "…", *vocabulary[-4:])

# %% [markdown]
# Словарь — 255 самых частых слов; `∗` — все остальные.
#
# Соревнуются градиентный спуск, он же с импульсом, Adam и **знаковый спуск** — Adam, от которого остались одни знаки.


# %%
def sign_descent(problem, x, alpha=0.1):
    while True:
        yield x
        x = x - alpha * np.sign(problem.grad(x))


# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Честный бюджет · 9 мин на паре
#
# У каждого метода девять значений шага, по четыре на порядок, у импульса ещё два значения $\beta$. Для **каждого** $k$ берём лучший из запусков: кривая показывает, что метод может, если знать заранее, на сколько шагов его запустят. По вертикали — какая доля от $f(x_0) - f^*$ осталась.

# %%
K = 100
kept = np.unique(np.r_[0, np.geomspace(1, K, 30)].astype(int))


def tries(problem):
    """What each contender tries: nine values of α, four a decade; momentum each beside two β."""
    steps, signs = np.geomspace(1, 100, 9) / (2 * problem.L), np.geomspace(0.1, 10, 9) / 10**0.5
    betas = (0.9, 0.95)
    return {
        "GD": [(gd, {"alpha": alpha}) for alpha in steps],
        "GD + m": [(momentum, {"alpha": a, "beta": beta}) for beta in betas for a in steps],
        "sign": [(sign_descent, {"alpha": alpha}) for alpha in signs],
        "Adam": [(adam, {"alpha": alpha}) for alpha in signs],
    }


# %%
def left(problem, tried):
    """What is left of f(x₀) − f* at `kept`, the best try for each k; and the best try for K."""
    x0 = np.zeros(problem.d, dtype=np.float32)
    paths = (run(method, problem, x0, steps=K, keep=kept, **hyper) for method, hyper in tried)
    error = np.array([gap(problem, xs) for xs in paths])  # one run fits into the cache
    return (error / error[:, :1]).min(0), tried[error[:, -1].argmin()][1]


def contest(problem, names):
    """{name: curve} and {name: the best try for K}."""
    curves, best = zip(*(left(problem, tries(problem)[name]) for name in names), strict=True)
    return dict(zip(names, curves, strict=True)), dict(zip(names, best, strict=True))


def reached(curve, level):
    """The first of the kept iterations at which no more than `level` is left; inf if none."""
    return kept[(curve <= level).argmax()] if (curve <= level).any() else np.inf


# %% tags=["hide-input"]
COLOR = {"GD": 0, "GD + m": 1, "SGD": 1, "sign": 2, "Adam": 3}  # one look for a name, everywhere


def look(name):
    return {**dict(zip(("color", "dashes"), plot.style(COLOR[name]), strict=True)), "label": name}


def draw_contest(ax, curves, title):
    for name, curve in curves.items():
        ax.loglog(kept[1:], curve[1:].clip(1e-5), **look(name))
    ax.set(xlabel="$k$", ylabel=r"$(f - f^*)\, /\, (f(x_0) - f^*)$", title=title, ylim=(1e-4, 1.5))
    ax.legend()


# %% [markdown]
# **Предскажите.** Функция выпуклая, шума нет, шаги подобраны. До 10 % дойдут оба; сколько шагов нужно импульсу по сравнению с Adam? (`inf` в таблице — ста шагов не хватило.)
#
# - **A.** Меньше: на гладкой выпуклой функции импульс оптимален.
# - **B.** Примерно столько же: различать их было нечему, кроме шума.
# - **C.** Раза в два больше.
# - **D.** В десятки раз больше.

# %%
ALL = ("GD", "GD + m", "sign", "Adam")
results = {
    name: contest(bigrams(name, "words", 256), ALL) for name in ("shakespeare", "ru_proverbs")
}
rows = [(text, name, curve, found[1][name]) for text, found in results.items()
        for name, curve in found[0].items()]  # fmt: skip
table({
    "": [text for text, *_ in rows],
    " ": [name for _, name, *_ in rows],
    "α": [best["alpha"] for *_, best in rows],
    "β": [f"{best['beta']}" if "beta" in best else "" for *_, best in rows],
    "10 %": [reached(curve, 0.1) for _, _, curve, _ in rows],
    "2 %": [reached(curve, 0.02) for _, _, curve, _ in rows],
    f"k = {K}": [curve[-1] for _, _, curve, _ in rows],
}, {"α": ".3g", "10 %": ".0f", "2 %": ".0f", f"k = {K}": ".4f"})  # fmt: skip

# %% tags=["hide-input"]
for ax, (name, (curves, _)) in zip(plot.axes(2), results.items(), strict=True):
    draw_contest(ax, curves, name)

# %%
for text, (curves, _) in results.items():
    check("S12.20", reached(curves["GD + m"], 0.1) / reached(curves["Adam"], 0.1), above=2, of=text)

# %% [markdown]
# **Вердикт (S12.20): верно.** Разница остаётся и без шума. Функция выпуклая, градиент полный, шаги подобраны — и до 10 % импульсу нужно в десятки раз больше шагов, чем Adam. Знаковый спуск от Adam не отстаёт: дело не в накопленном $\hat v$, а в том, что шаг не зависит от величины градиента. Об этом другая статья Кунстнера и соавторов (2023).
#
# **Ответ: D.** B — это объяснение через шум: будь оно единственным, так бы и вышло. A говорит о худшем случае и о числе обусловленности, а оно здесь огромно.
#
# Значит, тяжёлые хвосты шума для этой разницы **не необходимы**. Что в больших моделях они не важны, отсюда не следует.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Кого не выучил градиентный спуск · 7 мин дома
#
# Разобьём слова на пять групп, 1 — самые частые, 5 — самые редкие, в каждой примерно пятая часть текста (`#` — сколько в группе слов). Для каждой — насколько потери больше наилучших возможных. Слева группы по следующему слову $j$ (классу), справа — по предыдущему $i$ (входу).
#
# **Предскажите.** Слева группы по следующему слову (классу), справа — по предыдущему (входу). Где столбцы импульса вырастут к редким словам круче?
#
# - **A.** Слева: дело в редких классах.
# - **B.** Справа.
# - **C.** Одинаково: слова и там и там одни и те же.

# %%
curves, best = results["shakespeare"]
x0 = np.zeros(words.d, dtype=np.float32)
ends = {
    "GD + m": run(momentum, words, x0, steps=K, keep=[K], **best["GD + m"])[0],
    "Adam": run(adam, words, x0, steps=K, keep=[K], **best["Adam"])[0],
}
inputs, outputs = words.P.sum(1), words.P.sum(0)
some = words.P > 0
least = -np.log(np.where(some, words.P, 1) / inputs[:, None])


def fifths(x, mass, axis):
    """The excess of the loss in five groups of about equal mass, frequent → rare."""
    group = why_adam.groups(mass, 5)
    excess = (words.P * (words.losses(x) - least) * some).sum(axis)
    return np.bincount(group, excess) / np.bincount(group, mass)


# %%
bars = {(letter, name): fifths(x, mass, axis)
        for letter, mass, axis in (("j", outputs, 0), ("i", inputs, 1))
        for name, x in ends.items()}  # fmt: skip
sizes = {letter: np.bincount(why_adam.groups(mass, 5)) for letter, mass in
         (("j", outputs), ("i", inputs))}  # fmt: skip
columns = {f"{letter}, {name}": values for (letter, name), values in bars.items()}
table({"": [1, 2, 3, 4, 5]} | {f"# {letter}": many for letter, many in sizes.items()} | columns,
      dict.fromkeys(columns, ".4f"))  # fmt: skip

# %% tags=["hide-input"]
for ax, letter in zip(plot.axes(2), "ji", strict=True):
    for side, name in enumerate(ends):
        shown = ax.bar(np.arange(1, 6) + 0.4 * side - 0.2, bars[letter, name], 0.38, label=name,
                       color=look(name)["color"], hatch=["", "//"][side])  # fmt: skip
        ax.bar_label(shown, fmt="{:z.2f}", fontsize=10)
    ax.set(xlabel=f"${letter}$: 1 … 5", ylabel=r"$-\log q_{ij} + \log(P_{ij}/r_i)$", ylim=(0, 0.8),
           title={"j": "$c_j$", "i": "$r_i$"}[letter])  # fmt: skip
    ax.legend(loc="upper left")

# %% [markdown]
# **Ответ: B.** То, чего недоучил импульс, лежит на редких словах, как и говорят Кунстнер и соавторы. Они говорят о классах, и A напрашивается, — но на редких **предыдущих** словах рост круче. У Adam столбцов не видно.
#
# Для этой модели причину можно написать одной строкой. Строки $W$ друг с другом не связаны, и
#
# $$f(W) = \sum_i r_i\, f_i(W_i), \qquad W_i \leftarrow W_i - \alpha\, r_i\, \nabla f_i(W_i):$$
#
# это независимые задачи, и у каждой свой шаг $\alpha r_i$. Самая частая строка не даёт взять $\alpha$ больше, и редкие ползут во столько раз медленнее, во сколько раз они реже. У Adam множитель $r_i$ сокращается.

# %%
print(f"max r / min r = {inputs.max() / inputs.min():.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Чем больше словарь · 5 мин дома
#
# Кунстнер и Бах (2025) посчитали для такой модели, но с квадратичными потерями и частотами ровно $1/i$, сколько шагов нужно до заданной доли ошибки: спуску — почти пропорционально размеру словаря $n$, знаковому спуску — как $\sqrt n$. У нас softmax и настоящий текст.
#
# **Предскажите.** Словарь вырос в восемь раз. Во сколько раз больше шагов нужно до 10 % спуску и знаковому спуску?
#
# - **A.** Спуску — примерно в восемь раз, знаковому — почти не больше.
# - **B.** Обоим — примерно в восемь раз: параметров больше.
# - **C.** Обоим — почти не больше: новые слова редки и весят мало.
# - **D.** Спуску — примерно в восемь раз, знаковому — в $\sqrt 8 \approx 3$, как в теореме.
#
# Дольше всего считается самая большая таблица, поэтому числа спуска лежат в репозитории; маленькие таблицы посчитаем заново.

# %%
print(vocabularies.results()["command"])
n, small = np.array(vocabularies.SIZES), 3
tables = [bigrams("shakespeare", "words", size) for size in n]
signs = 10 ** np.arange(-0.25, 0.6, 0.25)
by_gd = list(vocabularies.steps().values())
again = [vocabularies.by_gd(size) for size in n[:small]] + [""] * (len(n) - small)
by_sign = [vocabularies.steps_to(p, sign_descent, signs, 20) for p in tables]
print(table({"n": n, "GD": by_gd, "GD ": again, "sign": by_sign}))
print(f"GD: n^{rates.slope(n, np.array(by_gd, float)).value:.2f}")

# %% [markdown]
# **Ответ: A.** Спуску шагов нужно почти пропорционально $n$, как и обещано: чем длиннее хвост, тем реже самая редкая строка. C забывает, что вместе новые слова весят немало. Знаковому спуску словарь безразличен: корня из $n$, которого ждёт D, у softmax на этом тексте не видно. Разрыв растёт вместе со словарём, а в настоящих моделях $n$ — десятки тысяч.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Меняем только частоты · 9 мин дома
#
# Если всё дело в частотах, то без них разница должна исчезнуть. Тот же текст, но таблица перевзвешена:
#
# - $r_i = \frac1n$: все предыдущие слова одинаково часты;
# - $c_j = \frac1n$: все следующие слова одинаково часты;
# - и то и другое (попеременное деление на суммы строк и столбцов, алгоритм Синкхорна).
#
# Рядом — модели, в которых частоты ровнее сами по себе: буквы и картинки. Картинки — softmax-регрессия на пикселях цифр, 10 почти равных классов.
#
# **Предскажите.** Какое выравнивание поможет импульсу больше — и исчезнет ли с ним разница с Adam?
#
# - **A.** $r_i = \frac1n$, и разница исчезнет.
# - **B.** $r_i = \frac1n$, но разница останется.
# - **C.** $c_j = \frac1n$, и разница исчезнет.
# - **D.** $c_j = \frac1n$, но разница останется.


# %%
def equalized(P, rows=False, columns=False):
    for _ in range(100 if rows and columns else 1):
        P = P / P.sum(1, keepdims=True) if rows else P
        P = P / P.sum(0, keepdims=True) if columns else P
    return SoftmaxRegression(P)


# %%
X, y = (part[::4] for part in datasets.load("digits"))
digits = SoftmaxRegression(np.eye(10)[y], np.column_stack([X / 16, np.ones(len(X))]))
both = equalized(words.P, rows=True, columns=True)
cases = {
    "r_i = 1/n": equalized(words.P, rows=True),
    "c_j = 1/n": equalized(words.P, columns=True),
    "r_i = c_j = 1/n": both,
    "shakespeare, characters": bigrams("shakespeare", "characters"),
    "ru_proverbs, characters": bigrams("ru_proverbs", "characters"),
    "digits": digits,
}
found = {"P": results["shakespeare"][0]}
found |= {name: contest(problem, ("GD + m", "Adam"))[0] for name, problem in cases.items()}

# %%
when = {(name, level): np.array([reached(curves[name], level) for curves in found.values()])
     for level in (0.1, 0.02) for name in ("GD + m", "Adam")}  # fmt: skip
heads = {f"{name}, {100 * level:.0f} %": values for (name, level), values in when.items()}
table({"": list(found)} | heads, dict.fromkeys(heads, ".0f"))

# %% tags=["hide-input"]
unequal = abs(len(both.P) * both.P.sum(1) - 1) > 0.05
print("|n·r_i − 1| > 0.05:", *(vocabulary[i] for i in np.flatnonzero(unequal)))
for ax, name in zip(plot.axes(3, width=5.2), ("P", "r_i = 1/n", "digits"), strict=True):
    title = name if name == "digits" else f"${name}$"
    draw_contest(ax, {method: found[name][method] for method in ("GD + m", "Adam")}, title)

# %%
before, rows_equal, columns_equal = when["GD + m", 0.1][:3]
check("S12.21", before / rows_equal, above=2, of="r_i = 1/n")
check("S12.21", before / columns_equal, above=2, of="c_j = 1/n")
for level in (0.1, 0.02):
    equal = when["GD + m", level][1] / when["Adam", level][1]
    check("S12.22", equal, below=2, of=f"r_i = 1/n, {100 * level:.0f} %")

# %% [markdown]
# **Вердикт (S12.21): верно при условии.** Неравные частоты замедляют импульс, но не всякие. Когда одинаково часты предыдущие слова, он доходит до 10 % больше чем втрое быстрее; когда одинаково часты классы — меньше чем вдвое, и вместе с первым это почти ничего не добавляет. Буквы ведут себя как выровненные слова.
#
# **Вердикт (S12.22): неверно.** Без неравных частот разница не исчезает. На таблице с $r_i = \frac1n$ Adam доходит до 10 % всё ещё в десять раз быстрее импульса, до 2 % — больше чем вдвое. Частоты — часть причины; ещё об одной речь ниже, в первых шагах.
#
# **Ответ: B.** C — ответ из статьи, прочитанный буквально; в нашей таблице важнее входы. A — соблазн любой найденной причины: счесть её единственной.
#
# На картинках импульс до 10 % доходит раньше, чем Adam, до 2 % — одновременно.
#
# (Совсем выровнять и строки, и столбцы нельзя: имена, напечатанные под таблицей, — сокращённые имена говорящих, за ними всегда точка, и на всех приходится один класс. Остальные строки выровнены.)
#
# Adam во всех строках с текстом ведёт себя почти одинаково: ускоряется не он, это импульс страдает от неравных частот.
#
# > **Оговорка к слайдам.** «Почему?» на слайде остаётся без ответа. Тяжёлый хвост шума для разрыва не нужен; тяжёлый хвост частот его увеличивает, но это не вся причина. Кунстнер и соавторы говорят о частотах **классов**, а в нашей таблице важнее частоты **входов**: в ней у каждого предыдущего слова своя строка параметров. Строки — блоки с очень разной кривизной; о таких блоках в трансформере пишут Ю. Чжан и соавторы (2024). Отделить одни частоты от других таблица не может.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками · 3 мин дома
#
# Случайная таблица $40 \times 40$: частоты строк убывают как $i^{-a}$, распределение классов в строках перекошено как $j^{-b}$. При $a = b = 0$ все равны, $a = 1$ — закон Ципфа. Все шаги подобраны так же, как выше.
#
# Сначала нарисуйте кривую импульса при $a = 1$, $b = 0$.
#
# Что замедляет спуск и импульс — $a$ или $b$? А при каких $a$ и $b$ импульс безнадёжен?
#
# Под рисунком — ошибки в конце, при $k = 100$. **Цель.** У импульса — не больше $5 \cdot 10^{-4}$. Что для этого надо выровнять? Хватит ли другого $\beta$?

# %% tags=["hide-input"]
noise = np.random.default_rng(SEED).gamma(0.3, size=(40, 40))
rank = np.arange(1, 41)
shown = np.unique(np.geomspace(1, 100, 16).astype(int))


def zipf(a, b, beta):
    P = noise / rank**b
    P = P / P.sum(1, keepdims=True) / rank[:, None] ** a
    problem = SoftmaxRegression(P)
    start = problem.f(np.zeros(problem.d)) - problem.f_star
    steps = np.geomspace(1, 300, 8) / (2 * problem.L)
    runs = {
        "GD": (gd, {"alpha": steps}),
        "GD + m": (momentum, {"alpha": steps * (1 - beta), "beta": beta}),
        "Adam": (adam, {"alpha": np.geomspace(0.1, 10, 6)}),
    }
    marks, last = [], {}
    for name, (method, hyper) in runs.items():
        xs = run(method, problem, np.zeros(problem.d), steps=100, keep=shown, **hyper)
        curve = (gap(problem, xs) / start).min(1).clip(1e-6, 10)
        marks.append(line(shown, curve, color=COLOR[name], label=name))
        last[name] = curve[-1]
    x, y = Axis("k", 1, 100, log=True), Axis("(f − f*) / (f(x₀) − f*)", 1e-4, 1, log=True)
    return [Panel("f − f*", x, y, marks)], last


live(zipf, a=(1.0, Reals(0, 2)), b=(0.0, Reals(0, 2)), beta=0.9, predict=True,
     goal={"GD + m": 5e-4})  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Чего этот опыт не показывает · 3 мин дома
#
# **Разрыв в нём преувеличен.** Первый шаг Adam — это знаки градиента, а знаки при $W = 0$ говорят, какие пары встречаются чаще, чем $r_i/n$: прежде всего — какие встречаются вообще. Сколько остаётся после первых трёх шагов:

# %%
first = {f"{name}, {method}": curves[method][1:4] for name, (curves, _) in results.items()
         for method in ("GD + m", "Adam")}  # fmt: skip
table({"k": [1, 2, 3]} | first, dict.fromkeys(first, ".3f"))

# %% [markdown]
# У сети нет отдельного параметра на каждую пару, и такого подарка она не получит.
#
# **Импульс догоняет.** Ста шагов до 2 % ему не хватило. Дайте ему тысячу и $\beta = 0.98$:

# %%
each = np.arange(0, 1001, 20)
paths = [run(momentum, words, x0, steps=1000, keep=each, alpha=alpha, beta=0.98)
         for alpha in np.array([2.0, 4.0]) / words.L]  # fmt: skip
error = np.min([gap(words, xs) for xs in paths], axis=0)
levels = (0.1, 0.02, 0.01)
table({"": [f"{100 * level:g} %" for level in levels],
       "k": [each[(error <= level * error[0]).argmax()] for level in levels]})  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## В настоящей сети · 12 мин дома
#
# Трансформер с двумя слоями ширины 32 предсказывает следующее слово или букву; свёрточная сеть из двух слоёв узнаёт вещи на Fashion-MNIST. Свёрточных сетей две: одна уменьшает картинку шагом свёртки (`strides`), другая — максимумом по окну (`pooling`). Один и тот же стенд: батчи, одни и те же для обоих методов (на словах в батче 256 ответов, на буквах 512, картинок 32), разогрев и дальше постоянный шаг. Сравниваются потери **на обучении**: вопрос об оптимизации, а не об обобщении.
#
# Шаг выбран в два приёма. Сначала по одному запуску при $\alpha = 10^{-2}, 10^{-1}, 1$ (у Adam — при вдесятеро меньших): только чтобы узнать, откуда начать. Потом вокруг лучшего из трёх — четыре значения на порядок, на восьми запусках каждое, и дальше в сторону лучшего, пока по обе стороны от него не окажется по худшему. (Вторую долину, если она есть, так не заметить.) С выбранным шагом показаны уже другие запуски: восемь для текстов, шестнадцать для картинок.
#
# Это больше получаса счёта, поэтому результаты лежат в репозитории вместе с настройками и окружением; команда, которая их пересчитывает, напечатана ниже.

# %%
stored = why_adam.results()
print(stored["command"])
print(stored["configuration"])
print(stored["environment"])

# %% [markdown]
# Не верьте файлу на слово: вот начало одного из запусков, посчитанное сейчас.

# %%
name = "ru_proverbs, characters"
task, saved = why_adam.TASKS[name], stored["tasks"][name]["methods"]["Adam"]
networks = task.networks()
seeds, begin = [why_adam.FRESH], why_adam.AT[:2]
again, _ = why_adam.curves(task, networks, adam, saved["alpha"], seeds, keep=begin)
print(networks[0])
print(again[:, 0].round(3), np.round(saved["train"][0][:2], 3))

# %% [markdown]
# **Предскажите.** Во сколько раз меньше шагов нужно Adam на словах, чтобы сравняться с итогом SGD?
#
# - **A.** В десятки раз, как в таблице.
# - **B.** Раз в пять.
# - **C.** Примерно вдвое.
# - **D.** Ни во сколько: с разогревом и подобранным $\alpha$ они равны.

# %%
tasks = stored["tasks"]
matches = {name: why_adam.match(result) for name, result in tasks.items()}
table({
    "": list(tasks),
    **{f"{m}, α": [r["methods"][m]["alpha"] for r in tasks.values()] for m in ("SGD", "Adam")},
    **{f"{m}, f": [why_adam.ends(r["methods"][m]).mean() for r in tasks.values()]
       for m in ("SGD", "Adam")},
    "k": [rates.Band(*match[:3]) for match in matches.values()],
    "Δ/Δ": [match[3] for match in matches.values()],
}, {"SGD, α": ".3g", "Adam, α": ".3g", "SGD, f": ".3f", "Adam, f": ".3f", "k": ".0f", "Δ/Δ": ".3f"})  # fmt: skip

# %%
table({"": list(tasks)} | {
    name: [rates.mean_band(r["methods"][name]["held_out"]) for r in tasks.values()]
    for name in ("SGD", "Adam")
}, {"SGD": ".3f", "Adam": ".3f"})  # fmt: skip

# %% tags=["hide-input"]
three = "shakespeare, words", "shakespeare, characters", "fashion_small, strides"
for ax, name in zip(plot.axes(3, width=5.2), three, strict=True):
    for method, result in tasks[name]["methods"].items():
        losses = np.array(result["train"])
        ax.plot(why_adam.AT, losses.mean(0), **look(method))
        ax.fill_between(why_adam.AT, losses.min(0), losses.max(0), alpha=0.2,
                        color=look(method)["color"])  # fmt: skip
    ax.set(xlabel="$k$", ylabel="$f$", title=name, ylim=(None, np.sort(losses[:, 1])[-1]))
    ax.legend()

# %%
for name, match in matches.items():
    share = rates.Band(*match[:3]) / why_adam.STEPS
    if name.startswith("fashion"):
        check("S12.25", share, above=0.9, of=name)
    else:
        check("S12.23", share, below=1, of=name)
        check("S12.24", share, below=0.5, of=name)
momentum_at, adam_at = when["GD + m", 0.1][-1], when["Adam", 0.1][-1]
check("S12.25", adam_at / momentum_at, above=0.9, of="digits")

# %% [markdown]
# $k$ — шаг, на котором Adam доходит до итога SGD, из 800 (в скобках — полоса бутстрепа по запускам). $\Delta/\Delta$ — какую долю снижения потерь Adam получил и SGD. Вторая таблица — потери на отложенных данных.
#
# **Вердикт (S12.23): верно.** На языке Adam лучше: до итога SGD он доходит раньше во всех четырёх задачах, на словах примерно за половину шагов, на буквах позже. Внутри каждого языка полосы слов и букв не пересекаются.
#
# **Вердикт (S12.24): неверно.** «Гораздо» мы прочли как «вдвое меньше шагов», и вдвое не выходит: на пословицах полоса задевает границу, в остальных задачах лежит выше неё.
#
# **Вердикт (S12.25): верно при условии.** На картинках разницы нет в модели без скрытых слоёв. На обеих свёрточных сетях она есть, и в шагах примерно такая же, как у текста.
#
# **Ответ: C.** A переносит на сеть разрыв, который в таблице преувеличен: у сети нет отдельного параметра на каждую пару. D верно для маленького батча, но не здесь.
#
# Всё это — разница в шагах. В потерях она скромнее: SGD получает больше девяти десятых того снижения, которого добился Adam, и по этой мерке все строки похожи. А на отложенных данных SGD местами даже лучше — на словах пословиц и на картинках в сети `strides`: примеров мало, сеть проходит их много раз, и Adam успевает их заучивать. Размер батча мы здесь не меняли, а он важен: о нём следующий раздел.
#
# А кого не выучила сеть? На сколько потери SGD на обучении больше, чем у Adam, по группам частот следующего слова: 1 — самые частые, 5 — самые редкие.

# %%
ahead = {name: why_adam.ahead(result) for name, result in tasks.items() if "words" in name}
table({"": [1, 2, 3, 4, 5]} | {name: rates.mean_band(d.T) for name, d in ahead.items()})

# %%
for name, d in ahead.items():
    check("S12.26", rates.mean_band(d[:, -1] - d[:, :-1].max(1)), above=0, of=name)

# %% [markdown]
# **Вердикт (S12.26): здесь сказать нельзя.** В среднем на самых редких словах Adam выигрывает больше, чем в любой другой группе, в обоих текстах. Это картина Кунстнера и соавторов, уже не в таблице, а в сети. Проверка строже: в каждом запуске выигрыш на самых редких сравнивается с лучшей из остальных групп того же запуска. Полосы накрывают ноль в обоих текстах: в отдельных запусках Adam больше выигрывает на частых словах.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Размер батча · 6 мин дома
#
# Сречкович и соавторы (2025) подробно настроили оба метода на трансформерах: при маленьком батче SGD с импульсом идёт почти вровень с Adam. Марек и соавторы (2025) дошли до батча из одного примера. При одном и том же числе токенов в маленьком батче все методы приходят примерно к одной потере, даже SGD без импульса; чем больше батч, тем больше разрыв.
#
# Проверим на нашей таблице, со словарём из 64 слов. Пары соседних слов выпадают случайно, и каждый метод видит 25 600 пар: чем больше батч, тем меньше шагов. Шаг линейно убывает до нуля, его начало подобрано для каждого $B$ отдельно: восемь зёрен для выбора, шестнадцать других для отчёта.
#
# **Предскажите.** Батч вырос в 64 раза, шагов стало в 64 раза меньше. Что станет с отношением ошибок «импульс / Adam»?
#
# - **A.** Уменьшится: в большом батче мало шума, а Adam нужен против шума.
# - **B.** Не изменится: пары те же самые и их поровну.
# - **C.** Вырастет: шагов мало, и важно, чего можно добиться за один.

# %%
print(batch_size.results()["command"])
found = {task.batch: batch_size.comparison(name) for name, task in batch_size.TASKS.items()}
ratios = {
    name: [rates.ratio_band(c[name].reported, c["Adam"].reported) for c in found.values()]
    for name in ("SGD", "momentum")
}
errors = {name: [rates.mean_band(c[name].reported) for c in found.values()]
          for name in batch_size.METHODS}  # fmt: skip
over = {f"{name} / Adam": bands for name, bands in ratios.items()}
table({"B": list(found), "K": [task.steps for task in batch_size.TASKS.values()], **errors, **over},
      dict.fromkeys(errors, ".3f") | dict.fromkeys(over, ".2f"))  # fmt: skip

# %% [markdown]
# Числа лежат в репозитории. Последнюю строку посчитаем заново, от выбора шага до отчёта, с зёрнами этой тетради:

# %%
large = batch_size.TASKS["B = 1024"].compare(range(SEED, SEED + 8), range(SEED + 500, SEED + 516))
print(large)
for name, (least, *_) in ratios.items():
    ratio = rates.ratio_band(large[name].reported, large["Adam"].reported)
    check("S12.29", least, between=(0.9, 1.1), of=f"B = {min(found)}, {name} / Adam")
    check("S12.30", ratio / least.high, above=1, of=f"B = 1024 : {min(found)}, {name} / Adam")

# %% [markdown]
# **Вердикт (S12.29): верно.** В маленьком батче SGD почти не уступает Adam: при $B = 16$ он отстаёт меньше чем на десятую, и с импульсом, и без него.
#
# **Вердикт (S12.30): верно.** С батчем преимущество Adam растёт: при $B = 1024$ ошибка импульса больше вдвое с лишним, а SGD без импульса отстаёт ещё сильнее.
#
# **Ответ: C.** A следует из объяснения через шум, а выходит наоборот. B почти верно, пока шагов много: между $B = 16$ и $B = 64$ разница невелика. При $B = 1024$ шагов всего 25, и решает, чего метод добьётся за один: самая частая строка не даёт SGD взять большой шаг, сколько бы пар ни было в батче. Для Adam эти первые шаги как раз самые удачные, о чём сказано выше, так что и здесь разрыв преувеличен.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Что осталось от вопроса · 2 мин дома
#
# Слайд прав наполовину. На языке Adam быстрее, на словах больше, чем на буквах; на редких словах он выигрывает больше всего в среднем, но не в каждом запуске. «Гораздо» — вопрос размера: у нас это примерно в полтора-два раза меньше шагов и несколько процентов снижения потерь обучения, а на отложенных данных выигрыша может и не быть. Что на картинках выигрыша нет, видно в модели без скрытых слоёв, а в маленьких свёрточных сетях — не видно.
#
# - **Подтверждается:** разрыв есть и без шума; чем тяжелее хвост частот, тем он больше, а выровненные частоты его сокращают; он растёт вместе с батчем.
# - **Не подтверждается:** что частоты — вся причина: при равных частотах Adam всё ещё впереди.
# - **Не подтверждается нами и не опровергается:** роль шума в больших моделях (Чжан и соавторы измеряли другое и на другом масштабе) и что в сети разрыв сильнее всего на редких словах: в среднем это так, а полоса накрывает ноль (S12.26).
# - **Не показано:** что дело именно в классах. В таблице важнее входы, а в сети редкое слово редко и на входе, и на выходе.
# - **Не подтвердилось:** что свёрточной сети всё равно. Классы там равны, значит, частоты — не единственная причина, по которой Adam бывает быстрее.
#
# Одна архитектура, один бюджет, $\beta = 0.9$ у SGD, постоянный шаг после разогрева, считаные запуски. Потери текста и картинок — в разных единицах, поэтому сравниваются шаги и доли, а не разности.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 35 мин дома
#
# **1.** Почините градиентный спуск, не трогая таблицу: пусть каждая строка $W_i$ получает свой шаг $\alpha / r_i$. Напишите такой метод с импульсом и сравните с Adam и с таблицей $r_i = \frac1n$.

# %% tags=["exercise"]
r = np.repeat(words.P.sum(1), words.shape[1]).astype(np.float32)  # r_i for each coordinate of x
curve, best = left(words, tries(words)["GD + m"])
reached(curve, 0.1), reached(curve, 0.02)

# %% [markdown] tags=["solution"]
# **Решение.** Достаточно поделить градиент на $r_i$: получится градиент задачи, в которой все строки одинаково часты. Импульс доходит до цели так же быстро, как на выровненной таблице: «адаптивность» здесь — это диагональное предобусловливание, и его можно выписать руками. Adam делает то же, ничего не зная о строках.


# %% tags=["solution"]
def momentum_by_rows(problem, x, alpha=0.1, beta=0.9):
    m = 0
    while True:
        yield x
        m = beta * m + problem.grad(x) / r
        x = x - alpha * m


alphas = np.geomspace(0.3, 30, 9)
curve, best = left(words, [(momentum_by_rows, {"alpha": alpha}) for alpha in alphas])
print(f"α = {best['alpha']:.3g}:  10 %: {reached(curve, 0.1)}   2 %: {reached(curve, 0.02)}")

# %% [markdown]
# **2.** Сделайте классы цифр неравными: умножьте строки $P$ на веса $2^{-j}$, где $j$ — номер класса в случайном порядке. Обгонит ли теперь Adam импульс? Проверьте несколько порядков.

# %% tags=["exercise"]
weights = 0.5 ** np.random.default_rng(SEED).permutation(10)
skewed = SoftmaxRegression(np.eye(10)[y] * weights, digits.A)

# %% [markdown] tags=["solution"]
# **Решение.** С равными классами методы шли вровень. С перекошенными Adam доходит до 2 % раньше при каждом из порядков, но не на порядок: перевес — меньше чем вдвое. Направление то самое, о котором пишут Кунстнер и соавторы, а десяти классов мало, чтобы хвост был по-настоящему тяжёлым.

# %% tags=["solution"]
for seed in range(SEED, SEED + 3):
    weights = 0.5 ** np.random.default_rng(seed).permutation(10)
    skewed = SoftmaxRegression(np.eye(10)[y] * weights, digits.A)
    curves, _ = contest(skewed, ("GD + m", "Adam"))
    print([f"{name}: {reached(c, 0.02)} {c[-1]:.4f}" for name, c in curves.items()])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - В таблице «слово за словом» с полным градиентом импульсу нужно на порядок больше шагов, чем Adam и даже знаковому спуску. Шума там нет: для разрыва он не нужен.
# - При равных частотах предыдущих слов импульс ускоряется больше чем втрое, но Adam всё ещё впереди. Частоты — часть причины: строки таблицы — независимые задачи с шагами $\alpha r_i$, и чем больше словарь, тем больше шагов нужно спуску.
# - Разрыв в таблице преувеличен, а с большим $\beta$ и бóльшим числом шагов импульс догоняет.
# - Если пар поровну, разрыв растёт с батчем: в маленьком SGD почти не отстаёт от Adam (S12.29), в большом, где шагов мало, проигрывает вдвое и больше (S12.30).
# - В маленьких сетях Adam доходит до итога SGD на словах примерно за половину шагов, на буквах позже; на редких словах он выигрывает больше всего в среднем, но не в каждом запуске (S12.26). На картинках выигрыш в шагах примерно такой же.
# - Это потери на обучении, одна архитектура и один бюджет. Противопоставление языка и картинок требует масштаба, которого на семинаре нет.
#
# ### Литература
#
# - F. Kunstner et al. [Heavy-Tailed Class Imbalance and Why Adam Outperforms Gradient Descent on Language Models](https://arxiv.org/abs/2402.19449). NeurIPS, 2024.
# - F. Kunstner et al. [Noise Is Not the Main Factor Behind the Gap Between SGD and Adam on Transformers, but Sign Descent Might Be](https://arxiv.org/abs/2304.13960). ICLR, 2023.
# - F. Kunstner, F. Bach. [Scaling Laws for Gradient Descent and Sign Descent for Linear Bigram Models under Zipf's Law](https://arxiv.org/abs/2505.19227). NeurIPS, 2025.
# - Y. Zhang et al. [Why Transformers Need Adam: A Hessian Perspective](https://arxiv.org/abs/2402.16788). NeurIPS, 2024.
# - T. Srećković, J. Geiping, A. Orvieto. [Is Your Batch Size the Problem? Revisiting the Adam-SGD Gap in Language Modeling](https://arxiv.org/abs/2506.12543). 2025.
# - M. Marek et al. [Small Batch Size Training for Language Models: When Vanilla SGD Works, and Why Gradient Accumulation Is Wasteful](https://arxiv.org/abs/2507.07101). NeurIPS, 2025.
# - J. Zhang et al. [Why Are Adaptive Methods Good for Attention Models?](https://arxiv.org/abs/1912.03194) NeurIPS, 2020.
