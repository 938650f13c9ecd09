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
# # Оптимизация нейронных сетей
#
# **Цель.** Обучить настоящие сети теми же методами, строчка в строчку. Сравнить все восемь при равном бюджете и увидеть, что решает метод, а что — шаг, расписание, батч и начальные веса. Посмотреть, как устроена функция потерь между двумя решениями.
#
# **Время:** 20 мин на паре, 103 мин дома. **Слайды:** S14.

# %%
from functools import lru_cache, partial

import numpy as np
import torch

from course_lib import FiniteSum, datasets, live, log_spaced, nets, plot, problems, rates, run, show
from course_lib.experiments import contests, stored
from course_lib.figures import Axis, Integers, Mark, Panel, PowersOfTwo, dots, heat, line
from course_lib.methods import adam, adamw, gd, momentum
from course_lib.problems import sharpness
from course_lib.schedules import cosine
from course_lib.tables import table
from course_lib.tune import Comparison
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S14. Сеть — тоже конечная сумма · 3 мин на паре
#
# Сложим все веса сети в один вектор $x$. Тогда потери на обучающей выборке — конечная сумма $f(x) = \frac1n \sum_i f_i(x)$ с первого слайда, и любой метод курса обучает сеть, ничего о ней не зная. Градиент считает torch, остальное — наш цикл.
#
# Данные — рукописные цифры $8 \times 8$: тысяча для обучения, остальные для проверки и теста. Сеть — один скрытый слой из 32 нейронов ReLU.

# %%
train, valid, test = datasets.images("digits")
network = nets.Network(nets.mlp(64, 32, 10), *train)
on_valid, on_test = network.on(*valid), network.on(*test)
print(network)
print({name: p.shape for name, p in network.unflatten(network.initial(0)).items()})

# %%
kept = log_spaced(400, 20)
seeds = range(SEED, SEED + 5)
x0 = network.initial(seeds)
xs = run(adam, network.minibatch(25, seeds), x0, steps=400, keep=kept, alpha=0.01)

ax = plot.axes()
plot.gap(network, xs, keep=kept, ax=ax, label="train")
plot.gap(on_test, xs, keep=kept, ax=ax, label="test").set_yscale("log")
for k in (0, 40, 400):
    share = rates.mean_band(on_test.accuracy(xs[np.searchsorted(kept, k)]))
    print(f"k = {k:3}:  P = {share:.3f}")

# %% [markdown]
# Пять зёрен — пять начальных точек и пять потоков батчей — обучались вместе. $P$ — доля верных ответов на тесте. $f^*$ здесь неизвестно, поэтому на рисунке само $f(x_k)$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### То же самое, что torch.optim · 6 мин дома
#
# Так обучают сеть на практике: модуль, оптимизатор, `backward`, `step`.


# %%
def by_torch(x0, batches, make):
    module = network.module(x0)
    optimizer = make(module.parameters())
    X, y = network.X.to(torch.from_numpy(x0).dtype), network.y
    for i in batches:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(X[i]), y[i]).backward()
        optimizer.step()
    return network.flatten(module)


# %% [markdown]
# **Предскажите.** Те же начальные веса, те же батчи, пятьдесят шагов в двойной точности. Насколько разойдутся веса?
#
# - **A.** В последних знаках.
# - **B.** В третьем-четвёртом: библиотека считает иначе.
# - **C.** Заметно: обучение сети хаотично.

# %%
pairs = {
    "SGD": (gd, {"alpha": 0.1}, lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (momentum, {"alpha": 0.02}, lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)),
    "Adam": (adam, {}, lambda p: torch.optim.Adam(p)),
    "AdamW": (adamw, {}, lambda p: torch.optim.AdamW(p)),
}
oracle = network.minibatch(25, SEED)


def apart(method, hyper, make, dtype):
    """max |Δx| between our loop and torch's after fifty steps on the same batches."""
    start = network.initial(SEED, dtype)
    ours = run(method, oracle, start, steps=50, keep=[50], **hyper)[0]
    return abs(ours - by_torch(start, oracle.batches(50), make)).max()


off = {t: [apart(*pair, t) for pair in pairs.values()] for t in (np.float32, np.float64)}
heads = {kind.__name__: values for kind, values in off.items()}
print(table({"max |Δx|": list(pairs)} | heads, dict.fromkeys(heads, ".1e")))
check("S14.1", max(off[np.float64]), below=1e-12)

# %% [markdown]
# **Вердикт (S14.1): верно.** Методы курса и torch.optim — одни и те же методы: в двойной точности веса расходятся в последних знаках. Дальше будет важно и то, что батчи можно повторить: у всех методов они одни и те же и в одном и том же порядке.
#
# **Ответ: A.** B соблазняет тем, что $\varepsilon$ и поправки в библиотеках стоят где придётся; у этих четырёх методов — там же, где у нас. Для C пятидесяти шагов мало: ошибки растут, но начинают с шестнадцатого знака.
#
# Но в одинарной точности на такое совпадение рассчитывать нельзя: у ReLU есть излом, и если округление перебросит через него нейрон хотя бы на одном примере, градиент скачет, и пути расходятся уже заметно.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:contest"]
# ## Равный бюджет · 12 мин на паре
#
# За заголовком слайда стоит всё, что сказали предыдущие: импульс стохастическому методу прибавляет разве что в константе (S5), AdaGrad не нужно настраивать (S9), Adam исключительно хорошо работает на сложных задачах (S12). Проверим это на двух сетях, и честно: у каждого метода одинаковое число шагов, одни и те же батчи и одна и та же сетка. Шаг выбираем по потерям на проверочных данных, результат сообщаем на тестовых, с другими зёрнами. У Adadelta шага нет, у неё подбираем $\varepsilon$.
#
# На грубой сетке и трёх зёрнах последним оказывается тот, чья узкая долина попала между двумя значениями. Поэтому здесь пять значений на порядок, восемь зёрен для выбора и тридцать два для отчёта. Это минуты счёта, и результаты лежат в репозитории вместе с настройками; команда, которая их пересчитывает, напечатана первой.
#
# Первая сеть учится на цифрах. Вторая — свёрточная из двух слоёв, данные — сокращённая Fashion-MNIST: 1600 картинок одежды, уменьшенных до $14 \times 14$; сетка шагов та же.
#
# В таблице: `*` — лучшее значение, `#` — сколько значений пробовали, `E f` — средние потери на тесте и их полоса.
#
# **Предскажите.** Шаг подобран каждому. Во сколько раз потери худшего из восьми методов больше, чем у лучшего?
#
# - **A.** Больше чем в десять раз.
# - **B.** В два — пять раз.
# - **C.** Меньше чем в полтора раза.

# %% tags=["seminar:contest"]
made = stored.results("contests")
digits, fashion = (stored.comparison("contests", name) for name in ("digits", "fashion"))
print(made["command"], made["environment"], digits, fashion, sep="\n")
for name, result in (("digits", digits), ("fashion", fashion)):
    f = {method: row.reported for method, row in result.items()}
    best, *_, worst = sorted(f, key=lambda method: f[method].mean())
    check("S14.2", rates.ratio_band(f[worst], f[best]), below=1.5, of=f"{name}, {worst} / {best}")

# %% [markdown]
# Не верьте файлу на слово: вот Adam ещё раз, на первых восьми из тридцати двух зёрен. Сверху — посчитанное сейчас, снизу — из файла.

# %%
again, seeds = digits["Adam"], range(100, 108)
xs = run(adam, network.minibatch(25, seeds), network.initial(seeds), steps=200, keep=[200],
         alpha=again.best)  # fmt: skip
print(on_test.f(xs[0]).round(3))
print(again.reported[:8].round(3))

# %% tags=["hide-input"]
*pair, curves = plot.axes(3, width=5.2, height=4.8)
for ax, title, result in zip(pair, ("digits", "fashion"), (digits, fashion), strict=True):
    losses = rates.mean_band([row.reported for row in result.values()])
    plot.errorbars(losses, [*result], ax=ax)
    ax.invert_yaxis()
    ax.set(title=title, xlabel=r"$\mathbb{E} f$")
four = Comparison({name: digits[name] for name in ("SGD", "AdaGrad", "Adadelta", "Adam")})
four.plot(curves).set_title("digits")
_ = curves.legend(loc="upper left", bbox_to_anchor=(1, 1))

# %% [markdown]
# Слева и посередине — средние потери на тесте с полосой, метод за методом. Справа — откуда они взялись: потери на проверочных данных против $\alpha$ (у Adadelta — $\varepsilon$) у четырёх методов из восьми; кольцо — выбранное значение, полоса — от лучшего до худшего зерна. То же в числах: потери на проверочных данных при $10^{-3}$ у всех, лучшие, и цена ошибки — во сколько раз хуже станет, если взять значение в 10 раз больше или меньше лучшего (`nan`: такого на сетке нет).
#
# Батчи у всех одни и те же, поэтому методы можно сравнивать попарно, зерно с зерном. В последнем столбце — на сколько потери на тесте отличаются от потерь SGD.


# %%
def price(row, many=5):
    """How much worse the loss is where the tuned value is 10 times as large, and as small."""
    loss = row.chosen_on.mean(1)
    j = loss.argmin()
    return [loss[i] / loss[j] if 0 <= i < len(loss) else np.nan for i in (j + many, j - many)]


def summary(result):
    rows, sgd = result.values(), result["SGD"].reported
    return table({
        "": list(result),
        "1e-3": [row.chosen_on.mean(1)[np.isclose(row.tried, 1e-3)][0] for row in rows],
        "min": [row.chosen_on.mean(1).min() for row in rows],
        "× 10": [price(row)[0] for row in rows],
        "÷ 10": [price(row)[1] for row in rows],
        "Δ E f": [rates.mean_band(row.reported - sgd) for row in rows],
    }, {"1e-3": ".3f", "min": ".3f", "× 10": ".1f", "÷ 10": ".1f", "Δ E f": "+.3f"})  # fmt: skip


print(summary(digits))
print(summary(fashion))

# %%
for name, result in (("digits", digits), ("fashion", fashion)):
    f = {method: row.reported for method, row in result.items()}
    check("S14.3", rates.ratio_band(f["momentum"], f["SGD"]), below=1, of=f"{name}, momentum / SGD")
    check("S14.3", rates.ratio_band(f["Nesterov"], f["SGD"]), below=1, of=f"{name}, Nesterov / SGD")
    check("S12.27", rates.ratio_band(f["Adam"], f["SGD"]), below=1, of=f"{name}, Adam / SGD")
    others = {method: value for method, value in f.items() if method != "Adam"}
    second = min(others, key=lambda method: others[method].mean())
    check(
        "S12.28", rates.ratio_band(f["Adam"], f[second]), below=0.9, of=f"{name}, Adam / {second}"
    )

# %% [markdown] tags=["seminar:contest"]
# **Вердикт (S14.2): верно.** Все восемь близки: худший уступает лучшему меньше чем в полтора раза. Ошибиться в $\alpha$ в десять раз обычно дороже. А порядок на двух задачах разный: AdaGrad на цифрах последний, на одежде среди первых.
#
# **Ответ: C.** Так, как в A и B, выглядят сравнения, где шаг у всех один и тот же или подобран кому-то одному.

# %% [markdown]
# **Вердикт (S14.3): верно при условии.** «Импульс ускоряет»: Нестеров обгоняет SGD на обеих задачах, обычный импульс — только на одежде, на цифрах он с SGD вровень.
#
# **Вердикт (S12.27): верно.** Adam лучше SGD на обеих задачах, за пределами полосы.
#
# **Вердикт (S12.28): неверно.** «Исключительно хорошо» мы прочли так: хотя бы на десятую лучше следующего. Такого отрыва нет: на цифрах впереди Нестеров, на одежде AdaGrad, AdamW и Нестеров отстают от Adam на несколько процентов.
#
# **Что ещё видно.**
#
# - Лучший шаг SGD стоит рядом с обрывом: уже следующее деление вправо заметно хуже. Кто перебирает по два значения на порядок, легко пройдёт мимо этой долины и скажет, что SGD хуже всех.
# - При $\alpha = 10^{-3}$ на всех «побеждают» RMSProp, Adam и AdamW: у них $\alpha$ — длина каждого шага. У SGD и импульса это множитель при градиенте, у AdaGrad — длина только первого шага, и за отведённое время они едва тронулись с места. Так получаются сравнения с разгромным счётом.
# - Нестеров на обеих задачах лучше обычного импульса: заглянув вперёд, он терпит шаг, на котором импульс уже раскачивает.
# - Самая пологая кривая на цифрах у Adadelta: за три порядка $\varepsilon$ потери меняются меньше чем вдвое. Но пологая — не значит лучшая.
#
# Бюджет короткий: несколько проходов по данным. Что меняется с длинным, здесь не проверяем.
#
# > **Оговорка к слайдам.** «Импульс не ускоряет стохастический метод» (S5) — о худшем случае; здесь Нестеров обгоняет SGD на обеих задачах. «AdaGrad не нужно настраивать» (S9) здесь не подтверждается: ошибка в $\alpha$ в десять раз дорога и ему.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Расписания шага · 12 мин дома
#
# В прошлых тетрадях шаг убывал, чтобы стянуть шар шума. У сетей два обычая: косинус — от $\alpha$ плавно до нуля к последнему шагу $K$ — и разогрев, линейный рост от нуля в самом начале. Разогрев у нас — десятая часть пути.
#
# Каждое расписание получает ту же сетку $\alpha$. Сравниваем минимизацию, поэтому выбираем и сообщаем потери на обучающей выборке. Числа из того же файла.
#
# **Предскажите.** Кому разогрев поможет?
#
# - **A.** Импульсу: ему надо разогнаться.
# - **B.** Adam.
# - **C.** Обоим: начало трудно для всех.
# - **D.** Никому: косинус и так убывает.

# %%
show(cosine)

# %%
K = contests.K


def warmed(result):
    """By what factor the warm-up changes the loss, seed by seed."""
    return rates.mean_band(result["0↗ cos"].reported / result["cos"].reported)


schedules = {name: contests.comparison(name) for name in ("momentum", "Adam")}
for name, result in schedules.items():
    print(f"{name}\n{result}\n0↗ cos / cos: {warmed(result):.2f}\n")

# %% tags=["hide-input"]
for (name, result), ax in zip(schedules.items(), plot.axes(2), strict=True):
    result.plot(ax).set_title(name)

# %% [markdown]
# **Что увидели.** Разогрев меняет дело у Adam: лучший шаг с ним больше, чем у косинуса без разогрева, а потери в конце намного ниже, чем при других расписаниях. Импульсу он не помогает. Зато $\alpha/\sqrt k$, хорошее для импульса, для Adam здесь плохо. Смена расписания весит не меньше смены метода.
#
# Почему Adam? Первый его шаг равен $\pm\alpha$ по **каждой** координате, как бы мал ни был градиент. Вход у нейрона — 64 неотрицательных пикселя; сдвиньте все веса вниз на $\alpha$ разом, и нейрон ReLU может навсегда замолчать: на всех примерах выход ноль, градиент ноль. Посчитаем долю таких нейронов.

# %%
X = network.X.numpy().reshape(-1, 64)


def dead(x):
    """Share of hidden units that are zero on all examples."""
    p = network.unflatten(x)
    before = X @ p["1.weight"].swapaxes(-1, -2) + p["1.bias"][..., None, :]
    return (before <= 0).all(-2).mean(-1)


# %%
kept, seeds = log_spaced(K, 20), range(SEED, SEED + 8)
cases = {
    "Adam, cos, α = 0.1": (adam, 0.1, "cos"),
    "Adam, 0↗ cos, α = 0.1": (adam, 0.1, "0↗ cos"),
    "momentum, cos, α = 0.3": (momentum, 0.3, "cos"),
}
shares = {}
for name, (method, alpha, schedule) in cases.items():
    xs = run(method, network.minibatch(25, seeds), network.initial(seeds), steps=K, keep=kept,
             alpha=partial(contests.SCHEDULES[schedule], alpha))  # fmt: skip
    shares[name] = dead(xs)
at_one, at_end = ([rates.mean_band(d[j]) for d in shares.values()] for j in (1, -1))
print(table({"": list(shares), "k = 1": at_one, "k = K": at_end}, {"k = 1": ".2f", "k = K": ".2f"}))

# %% tags=["hide-input"]
ax = plot.axes()
for name, share in shares.items():
    plot.mean(kept, share, label=name, ax=ax)
ax.set_xscale("symlog", linthresh=1)
ax.set(xlabel="$k$", ylabel=r"$P(\forall i:\ h(X_i) = 0)$", xlim=(0, K), ylim=(0, 1))
_ = ax.legend(fontsize=12)

# %%
check("S14.4", at_one[0], above=0.2, of="Adam, cos, k = 1")

# %% [markdown]
# **Вердикт (S14.4): верно.** Adam с большим шагом убивает около трети слоя **первым же шагом**, ещё ничего не узнав о данных. С разогревом первый шаг безобиден, и до конца доживает намного больше нейронов. У импульса первый шаг пропорционален градиенту, и разогрев ему ни к чему.
#
# Совпадение ещё не причина. Контрольный опыт: гиперболический тангенс вместо ReLU. Там умирать некому — если объяснение верно, разогрев не поможет и Adam.

# %%
result = contests.comparison("Adam, tanh")
print(f"{result}\n0↗ cos / cos: {warmed(result):.2f}")

# %%
check("S14.5", warmed(schedules["Adam"]), below=1, of="Adam, ReLU")
check("S14.5", warmed(schedules["momentum"]), below=1, of="momentum, ReLU")
check("S14.5", warmed(result), below=1, of="Adam, tanh")

# %% [markdown]
# **Вердикт (S14.5): верно при условии.** Разогрев улучшает результат у Adam, у импульса — нет. С тангенсом от выигрыша остаётся меньшая часть; большую давали нейроны, которые не умерли. Остаток мёртвыми нейронами не объяснить — здесь их нет. Разогрев применяют и в больших сетях без ReLU; там причины другие, и здесь мы их не проверяем.
#
# **Ответ: B.** A забывает, что импульс и так начинает с коротких шагов: $m$ ещё мало. C верно, если шаг велик уже вначале, — а это только про Adam.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Размер батча и правило линейного масштабирования · 11 мин дома
#
# **Правило.** «Батч вырос в $c$ раз — увеличьте и шаг в $c$ раз, и за то же число проходов по данным результат не изменится». Пять проходов; шагов тем меньше, чем больше батч.
#
# **Предскажите.** Для $B = 16$ нашли лучший шаг. Взяли $B = 64$ и по правилу увеличили шаг вчетверо, проходов столько же. Каким будет результат?
#
# - **A.** Таким же.
# - **B.** Чуть лучше: шума в градиенте меньше.
# - **C.** Чуть хуже: шагов вчетверо меньше.
# - **D.** Во много раз хуже.

# %%
batches = (16, 32, 64, 128, 256)
alphas, seeds = 2.0 ** np.arange(-6, 2), range(SEED, SEED + 3)
runs = {}
for B in batches:
    steps = 5 * network.n // B
    xs = run(gd, network.minibatch(B, seeds), network.initial(seeds), steps=steps, keep=[steps],
             alpha=alphas[:, None])[0]  # fmt: skip
    runs[B] = problems.gap(network, xs)  # (alphas, seeds)
loss = {B: np.where(np.isfinite(f), f, np.inf).mean(1) for B, f in runs.items()}

# %% tags=["hide-input"]
left, right = plot.axes(2, width=7)
for B in batches:
    for ax, x in ((left, alphas), (right, alphas / B)):
        ax.loglog(x, loss[B], marker=".", label=f"$B = {B}$")
left.set(xlabel=r"$\alpha$", ylabel="$f$", ylim=(0.05, 5))
right.set(xlabel=r"$\alpha / B$", ylim=(0.05, 5))
_ = left.legend()

# %% [markdown]
# Слева — потери после пяти проходов против $\alpha$, справа — те же точки против $\alpha / B$. Если правило верно, справа все кривые совпадают.
#
# В таблице — лучший шаг и потери с ним; дальше две пары столбцов — шаг по правилу линейного масштабирования и потери: сначала от осторожного шага при $B = 16$, потом от лучшего. Запусков три, соседние $\alpha$ отличаются вдвое: лучшее известно лишь с точностью до соседнего.


# %%
def by_the_rule(first):
    """α = first · B/16 for every B, and the losses there; nan beyond the grid."""
    rule = [first * B / 16 for B in batches]
    return rule, [loss[B][alphas == a][0] if a in alphas else np.nan
                  for a, B in zip(rule, batches, strict=True)]  # fmt: skip


best = [alphas[loss[B].argmin()] for B in batches]
careful, tuned = by_the_rule(2.0**-4), by_the_rule(best[0])
table({
    "B": batches, "α*": best, "f": [loss[B].min() for B in batches],
    "α": careful[0], "f ": careful[1], " α": tuned[0], " f": tuned[1],
}, {"f": ".3f", "f ": ".3f", " f": ".3f"})  # fmt: skip

# %%
small = list(alphas).index(2.0**-4)
check("S14.6", rates.ratio_band(runs[64][small + 2], runs[16][small]), between=(0.9, 1.1),
      of="α = 1/16 → 1/4, B = 16 → 64")  # fmt: skip
check("S14.6", rates.ratio_band(runs[64][small + 5], runs[16][small + 3]), between=(0.9, 1.1),
      of="α = 1/2 → 2, B = 16 → 64")  # fmt: skip

# %% [markdown]
# **Вердикт (S14.6): верно при условии.** Правило верно, и с поразительной точностью, — пока шаг мал. Тогда путь почти не отличается от непрерывного спуска, а «время» в пути — шаг, умноженный на число шагов, — пропорционально $\alpha / B$. Одинаковое время — одинаковый результат, и шум тут ни при чём.
#
# Ломается оно у всех батчей в одном и том же месте — не по $\alpha/B$, а по самому $\alpha$: левый рисунок обрывается у всех кривых около единицы. Это граница устойчивости, она от батча почти не зависит. Осторожный шаг можно умножать долго; настроенный уже стоит у края, и умножать его некуда — последние два столбца. Поэтому лучший шаг с ростом батча растёт намного медленнее самого батча, а потом останавливается, и большой батч при том же числе проходов проигрывает: он просто делает мало шагов.
#
# **Ответ: D.** A верно для осторожного шага. Лучший же шаг уже стоит у границы устойчивости, и четырёхкратный — за ней; ни шум (B), ни число шагов (C) тут ни при чём.
#
# Граница похожа на $2/L$ из первой тетради, где $L$ — кривизна там, куда пришёл метод. Измерим наибольшее собственное значение матрицы вторых производных.

# %%
for alpha in (0.125, 0.5):
    xs = run(gd, network.minibatch(128, seeds), network.initial(seeds, np.float64),
             steps=200, keep=[200], alpha=alpha)[0]  # fmt: skip
    print(f"α = {alpha}:  2/L = {rates.mean_band(2 / sharpness(network, xs, seed=SEED)):.2f}")

# %% [markdown]
# Порядок тот же. При $\alpha = 0.5$ метод пришёл туда, где граница уже рядом с его шагом; при малом $\alpha$ запас велик. Это не случайность: [спуск приходит к границе сам](11_edge_of_stability.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Накопление градиента · 6 мин дома
#
# Большой батч не помещается в память? Посчитайте градиенты четырёх маленьких, усредните и сделайте один шаг. **Утверждение.** Это то же самое, что один большой батч.
#
# **Предскажите.** Совпадут ли веса после ста шагов Adam?
#
# - **A.** Нет: $\hat v$ — среднее квадратов, а не квадрат среднего.
# - **B.** Нет: примеры в большом батче и в четырёх маленьких разные.
# - **C.** Да, до округления.


# %%
class Accumulated:
    """A problem whose gradient is the mean of `parts` gradients of another one."""

    def __init__(self, oracle, parts):
        self.oracle, self.parts, self.d = oracle, parts, oracle.d

    def fresh(self):
        return Accumulated(self.oracle.fresh(), self.parts)

    def f(self, x):
        return self.oracle.f(x)

    def grad(self, x):
        return sum(self.oracle.grad(x) for _ in range(self.parts)) / self.parts


large, four = network.minibatch(32, SEED), Accumulated(network.minibatch(8, SEED), 4)
print((large.batches(25).ravel() == four.oracle.batches(100).ravel()).all())
for dtype in (np.float32, np.float64):
    start = network.initial(SEED, dtype)
    a, b = (run(adam, oracle, start, steps=100, keep=[100])[0] for oracle in (large, four))
    print(dtype.__name__, f"{abs(a - b).max():.1e}")
check("S14.7", abs(a - b).max(), below=1e-12)

# %% [markdown]
# **Вердикт (S14.7): верно.** Веса совпадают до округления. Первая строка проверяет, что примеры те же: батч из 32 — это четыре подряд идущих батча по 8.
#
# **Ответ: C.** A было бы верно, если бы Adam видел каждый из четырёх градиентов; но он видит только их среднее и делает один шаг.
#
# А теперь частая ошибка: части **разного** размера. Последний кусок короче, или в предложениях разное число слов, а усредняют всё равно средние.

# %%
x, i = network.initial(SEED, np.float64), large.batches(1)[0]
whole = network.grad_batch(x, i)
for sizes in ([8, 8, 8, 8], [12, 12, 8], [15, 15, 2], [31, 1]):
    parts = np.split(i, np.cumsum(sizes)[:-1])
    means = np.array([network.grad_batch(x, part) for part in parts])
    equal = means.mean(0)
    weighted = np.average(means, axis=0, weights=sizes)
    off = [np.linalg.norm(g - whole) / np.linalg.norm(whole) for g in (equal, weighted)]
    print(f"{sizes!s:14} {off[0]:.1e} {off[1]:.1e}")

# %% [markdown]
# Столбцы — относительная ошибка градиента: среднее средних и среднее с весами по размеру частей. Веса обязательны; без них примеры из короткой части считаются дороже остальных.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Начальные веса: симметрия · 5 мин на паре
#
# У выпуклой задачи всё равно, откуда начинать. У сети — нет.
#
# Начнём с нулей. Потом — с одинаковых нейронов: у всех 32 одни и те же случайные веса. Потом добавим к ним шум $10^{-6}$. (Сеть — с тангенсом: ReLU мог бы начать мёртвым, и тогда мертвы все 32.)
#
# **Предскажите.** Сколько **разных** нейронов будет в обученной сети, которая начала с 32 одинаковых?
#
# - **A.** 32: батчи случайны, они разведут нейроны.
# - **B.** Один.
# - **C.** Десять: по одному на каждую цифру.

# %%
smooth, seeds = (
    nets.Network(nets.mlp(64, 32, 10, activation=torch.nn.Tanh), *train),
    range(SEED, SEED + 4),
)
starts = np.array([smooth.initial(seeds)] * 4)
starts[0] = 0
p = smooth.unflatten(starts[1:3])
for name, axis in (("1.weight", 2), ("1.bias", 2), ("3.weight", 3)):  # the axis of hidden units
    p[name][...] = p[name].take([0], axis)
starts[2] += 1e-6 * np.random.default_rng(SEED).normal(size=starts[2].shape)

xs = run(adam, smooth.minibatch(25, seeds), starts, steps=400, keep=[400], alpha=0.01)[0]
ranks = np.linalg.matrix_rank(smooth.unflatten(xs)["1.weight"], tol=1e-3)
shares = smooth.on(*test).accuracy(xs)
for name, rank, share in zip(("0", "=", "= + 1e-6", "U"), ranks, shares, strict=True):
    print(
        f"{name:9} rank W₁ = {rank.min():2}..{rank.max():<2}   P = {share.min():.3f}..{share.max():.3f}"
    )

# %% [markdown]
# **Ответ: B.** Одинаковые нейроны получают одинаковые градиенты и остаются одинаковыми: 32 нейрона работают как один. A забывает, что батч один на всех; но ничтожного шума в начальных весах достаточно, чтобы их развести: симметрия неустойчива.
#
# А из нулей сеть не выходит никогда: градиент всех весов равен нулю, движется только последний сдвиг, то есть сеть угадывает самый частый класс.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Начальные веса: масштаб · 7 мин дома
#
# Слой, у нейронов которого $n_{\mathrm{in}}$ входов, нормальные веса дисперсии $c^2 \cdot 2 / n_{\mathrm{in}}$ и ReLU, умножает размер сигнала примерно на $c$. После $l$ слоёв — на $c^l$. Правило Хе и соавторов — $c = 1$.
#
# **Предскажите.** Восемь скрытых слоёв, SGD. Что будет при $c = \frac12$ и при $c = 2$?
#
# - **A.** При $c = \frac12$ замрёт, при $c = 2$ взорвётся.
# - **B.** Обучится и так и так: двойка — не масштаб.
# - **C.** При $c = \frac12$ обучится, только медленнее, при $c = 2$ взорвётся.


# %%
def he(network, seeds):
    """Starts (seeds, d): normal weights of variance 2 / inputs, zero biases."""
    x = network.initial(seeds)
    for r, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        for p in network.unflatten(x[r]).values():
            p[...] = rng.normal(size=p.shape) * (2 / p.shape[1]) ** 0.5 if p.ndim == 2 else 0
    return x


# %%
c, seeds = 2.0 ** np.arange(-2, 3), range(SEED, SEED + 3)
two = {"SGD, α = 0.1": (gd, 0.1), "Adam, α = 0.01": (adam, 0.01)}
found, signals = {}, {}
for depth in (1, 8):
    deep = nets.Network(nets.mlp(64, *[32] * depth, 10), *train)
    scaled = c.astype("f")[:, None, None] * he(deep, seeds)
    starts = np.concatenate([scaled, deep.initial(seeds)[None]])
    signals[f"std, l = {depth}"] = deep.outputs(starts, train.X).std((1, 2, 3))
    for name, (method, alpha) in two.items():
        xs = run(method, deep.minibatch(25, seeds), starts, steps=120, keep=[120], alpha=alpha)[0]
        found[name, depth] = problems.gap(deep, xs)

# %%
columns = signals | {f"{name}, l = {depth}": f.mean(1) for (name, depth), f in found.items()}
formats = {head: ".0e" if head in signals else ".3g" for head in columns}
table({"c": [*(f"{value:g}" for value in c), "torch"]} | columns, formats)

# %% tags=["hide-input"]
for name, ax in zip(two, plot.axes(2), strict=True):
    for depth in (1, 8):
        f = found[name, depth][:-1].clip(max=10)
        ax.loglog(c, f.mean(1), label=f"$l = {depth}$")
        ax.fill_between(c, f.min(1), f.max(1), alpha=0.2, lw=0)
    ax.set(xlabel="$c$", ylabel="$f$", title=name, ylim=(0.05, 10))
    ax.set_xscale("log", base=2)
    ax.legend()

# %% [markdown]
# **Ответ: A.** Один скрытый слой прощает ошибку в масштабе даже вчетверо (B). Восемь — почти ничего: размер сигнала меняется как $c^{l+1}$ — выходной слой тоже слой, — и двойка превращается в $2^9 = 512$. При $c = \frac12$ сигнал исчезает, а с ним и градиент: за всё отведённое время потери не сдвинулись с места, это не «медленнее» (C). Adam расширяет окно, но не отменяет его. Правило $c = 1$ работает на обеих глубинах.
#
# Последняя строка таблицы — начальные веса, которые torch даёт линейному слою по умолчанию. Это не правило Хе: дисперсия $\frac{1}{3 n_{\mathrm{in}}}$, то есть $c \approx 0.41$, и ненулевые сдвиги. Сеть из восьми слоёв с ними и SGD за то же время не сдвигается с места. Глубокую сеть без нормировки инициализируйте сами.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Между двумя решениями · 12 мин дома
#
# Обучим две сети до одинаково малых потерь и пройдём по прямой из одной в другую: $f\left((1-t)\,x_A + t\,x_B\right)$. У выпуклой функции на прямой не может быть выше концов.
#
# Дорог три: (1) сети независимы; (2) начало общее, а батчи разные; (3) вторая сеть — это первая, в которой **переставили нейроны**.
#
# **Предскажите.** Концы третьей дороги — сеть и она же с переставленными нейронами. Что встретится по пути?
#
# - **A.** Ничего, дорога ровная: это одна и та же функция.
# - **B.** Невысокий бугор, как на второй.
# - **C.** Яма: среднее двух хороших сетей ещё лучше.
# - **D.** Гора, как на первой.

# %%
seeds, others = SEED + np.arange(6), SEED + np.arange(100, 106)
setting = {"steps": 300, "keep": [300], "alpha": 0.01}


def trained(start, streams):
    return run(adam, network.minibatch(32, streams), start, **setting)[0]


def reordered(x, order):
    """The same network, its hidden units in another order: (runs, d), (runs, 32)."""
    p, rows = network.unflatten(x), np.arange(len(x))[:, None]
    units = (p["1.weight"][rows, order], p["1.bias"][rows, order],
             p["3.weight"].swapaxes(1, 2)[rows, order].swapaxes(1, 2), p["3.bias"])  # fmt: skip
    return np.concatenate([part.reshape(len(x), -1) for part in units], axis=1)


def along(a, b, t):
    """f on the segments from a to b: (points, runs)."""
    return network.f(a + t[:, None, None] * (b - a))


A = trained(network.initial(seeds), seeds)
B = trained(network.initial(others), others)
same = trained(network.initial(seeds), others)
shuffled = reordered(
    A, np.random.default_rng(SEED).permuted(np.tile(np.arange(32), (6, 1)), axis=1)
)

# %%
t = np.linspace(0, 1, 21).astype("f")
ends = {"$A, B$": B, "$x_0$": same, r"$A, \pi A$": shuffled}
roads = {name: along(A, end, t).astype(float) for name, end in ends.items()}
heights = [f.mean(1) for f in roads.values()]
print(table({
    "": ["A, B", "x₀", "A, πA"], "f(A)": [f[0] for f in heights], "f(B)": [f[-1] for f in heights],
    "max": [f.max() for f in heights],
    "P(B)": [on_test.accuracy(end).mean() for end in ends.values()],
}, dict.fromkeys(("f(A)", "f(B)", "max", "P(B)"), ".3f")))  # fmt: skip

# %% tags=["hide-input"]
ax = plot.axes()
for name, f in roads.items():
    plot.mean(t, f, label=name, ax=ax)
_ = ax.set(xlabel="$t$", ylabel="$f$", yscale="log")

# %% [markdown]
# **Ответ: D.** Между независимыми сетями — гора. Но такая же гора — между сетью и ею самой с переставленными нейронами: функция одна и та же (A), а веса — нет, и на полпути каждый нейрон — среднее двух чужих. А если начало общее, горы почти нет, хотя батчи были разные и веса разошлись далеко.
#
# Значит, гора между $A$ и $B$ говорит не о том, что решения разные по сути, а о том, что их нейроны названы в разном порядке. Гипотеза: переименуем нейроны $B$ так, чтобы они были похожи на нейроны $A$, — и гора опустится. Подберём пары жадно: сначала самую похожую.


# %%
def matched(a, b):
    """b with its hidden units in the order in which they resemble those of a, pair by pair."""
    units = [np.concatenate([p["1.weight"], p["1.bias"][..., None], p["3.weight"].swapaxes(1, 2)], -1)
             for p in (network.unflatten(a), network.unflatten(b))]  # fmt: skip
    likeness = units[0] @ units[1].swapaxes(1, 2)
    order = np.zeros(likeness.shape[:2], int)
    for alike, row in zip(likeness, order, strict=True):
        for _ in row:
            i, j = np.unravel_index(alike.argmax(), alike.shape)
            row[i] = j
            alike[i], alike[:, j] = -np.inf, -np.inf
    return reordered(b, order)


# %%
M = matched(A, B)
print(f"max |f(πB) − f(B)| = {abs(network.f(M) - network.f(B)).max():.0e}")
height = {name: along(A, end, t).max(0) - np.maximum(network.f(A), network.f(end))
          for name, end in (("B", B), ("πB", M))}  # fmt: skip
print(
    table({"": list(height), "max": [rates.mean_band(h) for h in height.values()]}, {"max": ".3f"})
)
check("S14.8", rates.ratio_band(height["πB"], height["B"]), below=0.5)

# %% tags=["hide-input"]
u, v = np.meshgrid(np.linspace(-0.4, 1.4, 30), np.linspace(-0.4, 1.4, 30))
plane = A[0] + u[..., None].astype("f") * (B[0] - A[0]) + v[..., None].astype("f") * (M[0] - A[0])
f = network.f(plane)

ax = plot.axes()
shown = ax.contourf(u, v, np.log10(f), 14, cmap="viridis")
ax.figure.colorbar(shown, label=r"$\log_{10} f$")
for name, where in (("$A$", (0, 0)), ("$B$", (1, 0)), (r"$\pi B$", (0, 1))):
    ax.plot(*where, "o", color="white", markeredgecolor="black", markersize=9)
    ax.annotate(name, where, (8, 8), textcoords="offset points", color="white", fontsize=16)
ax.grid(False)
_ = ax.set(xlabel="$u$", ylabel="$v$")

# %% [markdown]
# **Вердикт (S14.8): верно.** После перестановки от горы остаётся малая доля. На плоскости через три точки $A$ и $\pi B$ лежат в одной долине, а $B$ — в другой, хотя $B$ и $\pi B$ — одна и та же сеть.
#
# На маленькой сети с одним скрытым слоем. Для больших это гипотеза, о которой спорят; см. литературу.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Руками: граница решений · 6 мин дома
#
# Две спирали и сеть $2 \to 16 \to 16 \to 1$ с тангенсом. Она так мала, что обратное распространение умещается в семь строк NumPy, и восемьсот шагов делаются, пока вы двигаете ползунок.


# %% tags=["hide-input"]
class TinyNetwork(FiniteSum):
    """Logistic loss of h₂·w + b, h₂ = tanh(h₁ W₂ + b₂), h₁ = tanh(X W₁ + b₁); y = ±1."""

    name = "spirals"

    def __init__(self, X, y, width=16):
        self.X, self.y, self.n = X, y, len(y)
        self.shapes = [(2, width), (width,), (width, width), (width,), (width, 1), (1,)]
        self.d = sum(int(np.prod(shape)) for shape in self.shapes)

    def initial(self, seed):
        rng = np.random.default_rng(seed)
        parts = [rng.normal(size=s) * 1.5 / s[0] ** 0.5 if len(s) == 2 else np.zeros(s)
                 for s in self.shapes]  # fmt: skip
        return np.concatenate([part.ravel() for part in parts])

    def forward(self, x, X):
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]
        parts = zip(np.split(x, ends), self.shapes, strict=True)
        W1, b1, W2, b2, w, b = (part.reshape(shape) for part, shape in parts)
        h1 = np.tanh(X @ W1 + b1)
        h2 = np.tanh(h1 @ W2 + b2)
        return W2, w, h1, h2, h2 @ w + b

    def f(self, x):
        with np.errstate(all="ignore"):
            answers = [self.forward(p, self.X)[-1][:, 0] for p in x.reshape(-1, self.d)]
            loss = np.logaddexp(0, -self.y * np.array(answers)).mean(-1)
        return loss.reshape(x.shape[:-1])

    def grad_batch(self, x, i):
        X, y = self.X[i], self.y[i, None]
        W2, w, h1, h2, out = self.forward(x, X)
        d_out = -y / (1 + np.exp(y * out)) / len(i)
        d2 = d_out * w.T * (1 - h2**2)
        d1 = d2 @ W2.T * (1 - h1**2)
        layers = ((X, d1), (h1, d2), (h2, d_out))
        return np.concatenate([part.ravel() for h, d in layers for part in (h.T @ d, d.sum(0))])


def spirals(n, seed, turns=1.25, noise=0.06):
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 2, 1.0, -1.0)
    r = np.sqrt(rng.uniform(0.02, 1, n))
    phi = 2 * np.pi * turns * r + np.pi * (y > 0)
    return np.c_[r * np.cos(phi), r * np.sin(phi)] + noise * rng.normal(size=(n, 2)), y


tiny, fresh = TinyNetwork(*spirals(128, SEED)), TinyNetwork(*spirals(400, SEED + 1))


# %%
show(TinyNetwork.grad_batch)

# %% [markdown]
# Проверим ручные производные разностью: производная вдоль случайного направления.

# %%
x, h = tiny.initial(SEED), 1e-6
v = np.random.default_rng(SEED + 1).normal(size=tiny.d)
print(tiny.grad_batch(x, np.arange(tiny.n)) @ v, (tiny.f(x + h * v) - tiny.f(x - h * v)) / (2 * h))

# %% [markdown]
# Сначала нарисуйте справа потери на новых точках, от $k = 0$ до $k = 800$.
#
# Слева — ответ сети после $k$ шагов: синее — один класс (его точки — кружки), красное в крапинку — другой (крестики), белое — граница. Справа — потери на обучающих точках и на новых. Попробуйте:
#
# - AdamW: найти самый большой $\alpha$, при котором граница ещё гладкая;
# - $\lambda$: сколько затухания нужно, чтобы спираль перестала получаться;
# - $B = 1$ и $B = 128$ при одном $\alpha$; потом увеличить $\alpha$ по правилу линейного масштабирования;
# - SGD: догнать AdamW за то же $k$ (метод — в списке; у импульса $\beta$ — это $\beta_1$, у SGD $\beta$ и $\lambda$ не действуют).
#
# **Цель.** Потери на новых точках не больше $0.01$. Одного $\alpha$ для этого мало.

# %% tags=["hide-input"]
last, kept = 800, np.arange(0, 801, 20)
side = np.linspace(-1.4, 1.4, 56)
points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)


@lru_cache(64)
def path(method, alpha, beta1, beta2, lam, B):
    """Points kept and the losses there; a slider of k asks for the same path again."""
    hyper = {"SGD": (gd, {}), "momentum": (momentum, {"beta": beta1}),
             "AdamW": (adamw, {"beta1": beta1, "beta2": beta2, "lam": lam})}  # fmt: skip
    method, more = hyper[method]
    xs = run(
        method,
        tiny.minibatch(B, SEED),
        tiny.initial(SEED),
        steps=last,
        keep=kept,
        alpha=alpha,
        **more,
    )
    return xs, tiny.f(xs), fresh.f(xs)


def boundary(method, alpha, beta1, beta2, lam, B, k):
    xs, f, f_fresh = path(method, alpha, beta1, beta2, lam, B)
    row = min(round(k / 20), len(kept) - 1)
    with np.errstate(all="ignore"):
        answer = np.tanh(tiny.forward(xs[row], points)[-1] / 2)
    plain = Axis("x₁", -1.4, 1.4), Axis("x₂", -1.4, 1.4)
    answer = answer.reshape(56, 56)
    i, j = 4 * np.argwhere(answer[::4, ::4] > 0).T
    marks = [dots(side[j], side[i], "#000000", size=1.5),
             dots(*tiny.X[tiny.y == -1].T, "#0072B2"),
             Mark("crosses", tiny.X[tiny.y == 1], "#D55E00", size=5)]  # fmt: skip
    curves = [np.where((v > 0) & (v < 1e6), v, np.nan) for v in (f, f_fresh)]
    x, y = Axis("k", 0, last), Axis.over("f", *curves, [0.1, 1], log=True)
    lines = [line(kept, v, j, label) for j, (v, label) in
             enumerate(zip(curves, ("train", "test"), strict=True))]  # fmt: skip
    here = [dots([kept[row]], [curves[0][row]], "text", size=5)]
    picture = heat(answer, -2.5, 2.5, cmap="RdBu_r")
    panels = [Panel("sign", *plain, marks, picture), Panel("f(x_k)", x, y, [*lines, *here])]
    return panels, {"k": kept[row], "f": f[row], "test": f_fresh[row]}


live(boundary, method=["AdamW", "SGD", "momentum"], alpha=0.02, beta1=0.9, beta2=0.999, lam=0.01,
     B=(16, PowersOfTwo(128)), k=(400, Integers(0, last)), predict="f(x_k)",
     goal={"test": 0.01})  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 40 мин дома
#
# **1.** Правило для Adam. Повторите опыт с батчами для Adam и найдите, как растёт лучший шаг: линейно, как корень из $B$, никак? Почему у Adam может быть иначе, чем у SGD?

# %% tags=["exercise"]
batches = (4, 8, 16, 32, 64, 128)
alphas = 2.0 ** np.arange(-11, -1)

# %% [markdown] tags=["solution"]
# **Решение.** Медленнее линейного, ближе к корню. Пока в градиенте преобладает шум, $\sqrt{\hat v}$ — это размер шума, он убывает как $1/\sqrt B$, и шаг Adam вдоль настоящего градиента сам растёт как $\sqrt B$; на долю $\alpha$ остаётся второй корень. Лучшее $\alpha$ взято вершиной параболы по трём соседним точкам: сетка слишком груба.

# %% tags=["solution"]
best = []
for B in batches:
    steps = 3 * network.n // B
    xs = run(adam, network.minibatch(B, range(4)), network.initial(range(4)), steps=steps,
             keep=[steps], alpha=alphas[:, None])[0]  # fmt: skip
    f = np.log(problems.gap(network, xs))  # (alphas, seeds)
    j = f.mean(1).argmin()
    bend = np.polyfit(np.log(alphas[j - 1 : j + 2]), f[j - 1 : j + 2], 2)  # a parabola a seed
    best.append(np.exp(-bend[1] / (2 * bend[0])))
print(rates.slope(np.array(batches), np.array(best)))

# %% [markdown]
# **2.** Сколько длится разогрев? Возьмите Adam с $\alpha = 0.1$ и разогревы в 1, 3, 10, 30, 100 шагов. При каком перестают умирать нейроны и перестаёт улучшаться результат?

# %% tags=["exercise"]
lengths = (1, 3, 10, 30, 100)

# %% [markdown] tags=["solution"]
# **Решение.** Чем длиннее разогрев, тем больше нейронов он спасает, но потери улучшаются лишь до поры: слишком длинный отнимает шаги у основной работы.

# %% tags=["solution"]
for length in lengths:
    xs = run(adam, network.minibatch(25, range(8)), network.initial(range(8)), steps=K, keep=[K],
             alpha=partial(cosine, 0.1, steps=K, warm=length))[0]  # fmt: skip
    share, loss = rates.mean_band(dead(xs)), rates.mean_band(network.f(xs))
    print(f"{length:3}", *(f"{v:.2f}" for v in share), " ", *(f"{v:.3f}" for v in loss))

# %% [markdown]
# **3.** Правило Хе выведено для ReLU. Какое $c$ нужно сети из восьми слоёв с тангенсом? Сначала рассуждение: во сколько раз слой меняет размер сигнала, если сигнал мал и $\tanh z \approx z$? Потом проверка.

# %% tags=["exercise"]
tanh = nets.Network(nets.mlp(64, *[32] * 8, 10, activation=torch.nn.Tanh), *train)

# %% [markdown] tags=["solution"]
# **Решение.** ReLU обнуляет половину сигнала, и множитель 2 в дисперсии это возмещает. Тангенс малого сигнала не трогает, поэтому рассуждение даёт дисперсию $1/n_{\mathrm{in}}$, то есть $c = 1/\sqrt2$, — правило Глоро, если входов у слоя столько же, сколько нейронов. Это граница, ниже которой сигнал гаснет. Опыт просит чуть больше: заметный сигнал тангенс всё-таки сжимает. А перебор здесь не так страшен, как у ReLU: тангенс насыщается, и ничто не взрывается.

# %% tags=["solution"]
c = 2.0 ** np.arange(-2, 2.5, 0.5)
starts = c.astype("f")[:, None, None] * he(tanh, range(3))
xs = run(gd, tanh.minibatch(25, range(3)), starts, steps=150, keep=[150], alpha=0.1)[0]
for value, loss in zip(c, tanh.f(xs), strict=True):
    print(f"c = {value:.2f}:", *(f"{v:.3f}" for v in loss))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - Сеть — конечная сумма от одного вектора; методы курса обучают её без изменений и шаг в шаг совпадают с torch.optim.
# - При равном бюджете восемь методов рядом, а порядок зависит от задачи; на обеих впереди SGD за пределами полосы только Нестеров и Adam, и исключительных среди них нет. Выбор шага внутри метода важнее выбора между ними, а сравнение при одном общем $\alpha$ не говорит ничего.
# - Разогрев нужен Adam: его первые шаги длинны по каждой координате и в сети с ReLU убивают нейроны. Расписание при том же методе даёт не меньше, чем смена метода.
# - Правило линейного масштабирования точно, пока шаг мал, и ломается на границе устойчивости, общей для всех батчей.
# - Накопление градиента — тот же большой батч, если части взвешены по размеру.
# - Начальные веса: разные нейроны и дисперсия $2/n_{\mathrm{in}}$ для ReLU. Чем глубже сеть, тем уже окно.
# - Гора между решениями — большей частью переставленные нейроны.
#
# Чего здесь нет: больших сетей, нормировок, сотен эпох. Сети малы, чтобы опыты можно было повторить; выводы о порядке методов на них и держатся.
#
# ### Литература
#
# - R. M. Schmidt, F. Schneider, P. Hennig. [Descending through a Crowded Valley](https://arxiv.org/abs/2007.01547). ICML, 2021: пятнадцать методов при равных бюджетах.
# - D. Choi et al. [On Empirical Comparisons of Optimizers for Deep Learning](https://arxiv.org/abs/1910.05446). 2019: порядок методов зависит от того, что подбирали.
# - P. Goyal et al. [Accurate, Large Minibatch SGD](https://arxiv.org/abs/1706.02677). 2017: правило линейного масштабирования и разогрев.
# - C. J. Shallue et al. [Measuring the Effects of Data Parallelism on Neural Network Training](https://arxiv.org/abs/1811.03600). JMLR, 2019.
# - K. He et al. [Delving Deep into Rectifiers](https://arxiv.org/abs/1502.01852). ICCV, 2015.
# - X. Glorot, Y. Bengio. [Understanding the Difficulty of Training Deep Feedforward Neural Networks](https://proceedings.mlr.press/v9/glorot10a.html). AISTATS, 2010.
# - J. Cohen et al. [Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability](https://arxiv.org/abs/2103.00065). ICLR, 2021.
# - J. Frankle et al. [Linear Mode Connectivity and the Lottery Ticket Hypothesis](https://arxiv.org/abs/1912.05671). ICML, 2020.
# - R. Entezari et al. [The Role of Permutation Invariance in Linear Mode Connectivity of Neural Networks](https://arxiv.org/abs/2110.06296). ICLR, 2022.
# - H. Xiao, K. Rasul, R. Vollgraf. [Fashion-MNIST](https://arxiv.org/abs/1708.07747). 2017.
