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

# %% [markdown]
# # Домашнее задание 2. Измерения
#
# **Цель.** Измерить пять утверждений лекции так, чтобы числу можно было верить: наклон с полосой, шар шума, сравнение методов при равном числе попыток, пример, на котором Adam идёт в худшую точку, и затухание там, где градиента нет.
#
# **Время дома:** два-три часа. **Слайды:** S3–S6, S12, S13. **Баллы:** 40: за числа — 30, за два коротких текста — 10.

# %% [markdown]
# ## Как отвечать
#
# Ответ — **число, вписанное в тетрадь**: проверка читает её текст и ваших экспериментов не запускает. Поэтому сначала измерьте, потом впишите: `slope = (-0.71, -0.80, -0.62)`, а не `slope = rates.slope(...)`. Трёх значащих цифр достаточно.
#
# Верный ответ известен из теории точно, без симуляций, а допуск — не меньше четырёх стандартных отклонений честного измерения с указанным числом запусков. Если запусков меньше, можно и промахнуться.
#
# `check` сразу скажет, принято ли число, и попробует угадать, что пошло не так. Код экспериментов оставьте в тетради: тексты читает человек, и он может в него заглянуть.
#
# У каждого свои данные, и шаги тоже. Впишите в `variant` две последние цифры номера зачётки, без нуля впереди (или число от 0 до 99, которое дал преподаватель).

# %%
import numpy as np

from course_lib import gd, log_spaced, momentum, plot, problems, rates, run, tune
from course_lib.homework import check, personal

# %% tags=["exercise"]
variant = ...

# %% tags=["solution"]
variant = 0

# %%
check("variant", variant)

# %%
problem, x0, power, C, coordinate = personal(variant)
print(f"mu = {problem.mu:.4f}, L = {problem.L:.4f}, f* = {problem.f_star:.4f}, x0 = {x0}")
print(f"p = {power}, C = {C}, {coordinate}")

# %% [markdown]
# ## 1. Наклон с полосой: 7 баллов
#
# Прямая через сто точек, ваша собственная. SGD с батчем 1 (с возвращением), $K = 20\,000$ шагов, убывающий шаг
#
# $$\alpha_k = \min\left(1, \left(\frac{2}{\mu k}\right)^p\right)$$
#
# со своим показателем $p$ у каждого (`power`). Измерьте наклон $\mathbb{E} f(x_k) - f^*$ в логарифмических осях на точках `log_spaced(20_000, 50)`, начиная с $k = 1000$, по **тремстам или больше** запускам. Впишите наклон и концы его 95-процентной полосы: 4 балла за наклон, 3 за полосу. Пригодятся `run(..., keep=...)`, `problems.gap` и `rates.slope`.

# %% tags=["exercise"]
slope = ...  # (slope, low, high)

# %% tags=["solution"]
kept = log_spaced(20_000, 50)
noisy = problem.minibatch(1, range(300))
xs = run(
    gd, noisy, x0, steps=20_000, keep=kept, alpha=lambda k: min(1, (2 / (problem.mu * k)) ** power)
)
tail = kept >= 1000
print(rates.slope(kept[tail], problems.gap(problem, xs)[tail]))

# %% tags=["solution"]
slope = (-0.383, -0.429, -0.338)

# %%
check("slope", slope, variant)

# %% [markdown]
# ## 2. Шар шума: 6 баллов
#
# Та же задача, батч 1 с возвращением, постоянный шаг. Измерьте, на какой высоте останавливается $\mathbb{E} f(x_k) - f^*$ при $\alpha = 0.8$ и при $\alpha = 0.4$, по **двум тысячам или больше** запусков. Сколько ждать, решите сами: время прихода — порядка $1/(\alpha\mu)$. По 3 балла за число.

# %% tags=["exercise"]
ball = ...  # (alpha = 0.8, alpha = 0.4)

# %% tags=["solution"]
for alpha in (0.8, 0.4):
    steps = int(8 / (alpha * problem.mu))
    noisy = problem.minibatch(1, range(2000))
    xs = run(gd, noisy, x0, steps=steps, keep=[steps], alpha=alpha)
    measured = rates.mean_band(problems.gap(problem, xs[0]))
    exact = rates.noise_ball(problem, alpha, batch=1)
    print(f"{alpha}: {measured:.5f}, {exact:.5f}")

# %% tags=["solution"]
ball = (0.00324, 0.00114)

# %%
check("ball", ball, variant)

# %% [markdown]
# ## 3. Честное сравнение: 8 баллов и текст
#
# SGD против импульса с $\beta = 0.9$: батч 1, 200 шагов из `x0`, у обоих одна сетка шагов `tune.log_grid(1e-3, 1, 3)`. Шаг выбирается по 200 запускам (`seeds=range(200)`), потери лучшего шага измеряются на 1000 новых (`fresh=range(1000, 2000)`). Всё это умеет `tune.compare`; у импульса 0.9 — значение по умолчанию.
#
# Впишите для каждого метода лучший шаг (1 балл) и $\mathbb{E} f(x_{200}) - f^*$ с ним (3 балла).

# %% tags=["exercise"]
best_sgd = ...  # (alpha, E f - f*)
best_momentum = ...  # (alpha, E f - f*)

# %% tags=["solution"]
grid = tune.log_grid(1e-3, 1, 3)
methods = {"SGD": gd, "momentum": momentum}
result = tune.compare(
    methods, problem, x0, 200, grid=grid, seeds=range(200), fresh=range(1000, 2000)
)
print(result)
_ = result.plot(plot.axes())

# %% tags=["solution"]
best_sgd = (0.215, 0.00092)
best_momentum = (0.0215, 0.000684)

# %%
check("best_sgd", best_sgd, variant)
check("best_momentum", best_momentum, variant)

# %% [markdown]
# **Текст, 5 баллов.** На детерминированной задаче с такой же обусловленностью импульс обгоняет градиентный спуск в разы. Почему здесь при равном числе попыток разница невелика? Почему лучший шаг импульса меньше и во сколько примерно раз? Когда импульс помог бы и при случайных градиентах? Пишите в ячейке ниже вместо многоточия, не стирая слова `why_momentum`; 25–250 слов.

# %% [markdown] tags=["exercise"]
# `why_momentum`: …

# %% [markdown] tags=["solution"]
# `why_momentum`: за 200 шагов SGD с лучшим шагом уже дошёл до своего шара шума, и дальше дело решает дисперсия градиента, а не обусловленность: быстрее прийти в то же пятно не значит получить меньшее $f$. Импульс складывает почти $1/(1-\beta) = 10$ последних градиентов, поэтому шаг $\alpha$ с импульсом действует как шаг $\alpha/(1-\beta)$ без него; отсюда и лучший шаг, меньший примерно в десять раз. Небольшой выигрыш остаётся от начала пути, где градиент вдоль длинной оси оврага ещё заметнее шума. Импульс помог бы при малом шуме: с большим батчем, при интерполяции, когда шум в минимуме исчезает, или если шагов так мало, что до шара шума ещё далеко.

# %% [markdown]
# ## 4. Пример Редди, Кейла и Кумара: 6 баллов и текст
#
# Задача на отрезке от $-1$ до $1$: на шаге $t = 1, 2, 3, \ldots$ потери равны $f_t(x) = g_t x$, где $g_t = C$, если $t$ даёт остаток 1 при делении на 3, и $g_t = -1$ иначе. Число $C > 2$ у каждого своё. Лучшая постоянная точка — $x = -1$.
#
# Adam берём как в статье: $\beta_1 = 0$, без поправок на смещение, $\varepsilon = 0$, $v_0 = 0$, $x_1 = 0$, шаг $\alpha = 0.01$, после шага точка возвращается на отрезок:
#
# $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2, \qquad x_{t+1} = \operatorname{clip}\left(x_t - \frac{\alpha\, g_t}{\sqrt{v_t}},\ -1,\ 1\right)$$
#
# - `beta2_star` (3 балла): порог. При меньших $\beta_2$ метод приходит к $x = 1$, худшей точке, при больших — к $x = -1$. Найдите его с точностью 0.02.
# - `regret` (3 балла): среднее за шаг сожаление $\frac{1}{T} \sum_{t=1}^{T} \left( f_t(x_t) - f_t(-1) \right)$ при $\beta_2 = 1/(1 + C^2)$ и $T = 30\,000$.

# %% tags=["exercise"]
beta2_star = ...
regret = ...


# %% tags=["solution"]
def reddi(beta2, steps, alpha=0.01):
    x, v, total = np.zeros_like(beta2), 0, 0
    for t in range(1, steps + 1):
        g = C if t % 3 == 1 else -1.0
        total = total + g * x + g
        v = beta2 * v + (1 - beta2) * g**2
        x = np.clip(x - alpha * g / v**0.5, -1, 1)
    return x, total / steps


beta2 = np.arange(0.02, 1, 0.02)
x, _ = reddi(beta2, 30_000)
print(f"x > 0: {beta2[x > 0].max():.2f}, x < 0: {beta2[x < 0].min():.2f}")
print("regret:", reddi(np.array([1 / (1 + C**2)]), 30_000)[1].round(3), (2 * C - 4) / 3)

# %% tags=["solution"]
beta2_star = 0.63
regret = 0.337

# %%
check("beta2_star", beta2_star, variant)
check("regret", regret, variant)

# %% [markdown]
# **Текст, 5 баллов.** В среднем градиент положителен, и SGD пошёл бы влево, к лучшей точке. Почему Adam идёт вправо? Почему большое $\beta_2$ его спасает и почему нельзя выбрать одно $\beta_2$ на все случаи жизни? Что меняет AMSGrad? 25–250 слов вместо многоточия.

# %% [markdown] tags=["exercise"]
# `why_adam`: …

# %% [markdown] tags=["solution"]
# `why_adam`: большой градиент $C$ сам поднимает $v$ ровно на том шаге, на котором делится на $\sqrt{v}$, поэтому его шаг почти не длиннее, чем у маленького градиента. На два следующих шага память о $C^2$ уже стёрта, если $\beta_2$ мало, и каждый шаг вправо почти полной длины $\alpha$: два шага вправо на один влево. При большом $\beta_2$ знаменатель почти одинаков на всех трёх шагах, и вклад градиентов снова пропорционален их величине, как у SGD. Но чем реже и крупнее большой градиент, тем ближе к единице должно быть $\beta_2$: для всякого $\beta_2 < 1$ найдётся $C$ и период, при которых Adam ошибается. AMSGrad берёт максимум $v$ за всю историю, знаменатель не убывает, и маленькие градиенты не получают преимущества.

# %% [markdown]
# ## 5. Координата без градиента: 3 балла
#
# У сети бывает вес, от которого выход не зависит: на этих данных его градиент всегда нуль. Что с ним делает затухание (S13)? Координата начинает с `coordinate.x0` и делает `coordinate.steps` шагов длины `coordinate.alpha`; $\lambda$ — это `coordinate.lam`, $\beta_1$, $\beta_2$, $\varepsilon$ — как в `adamw` по умолчанию. Сравните два способа:
#
# - AdamW: затухание отдельно от градиента; здесь ответ — короткая формула;
# - Adam с $\ell_2$: к градиенту прибавляется $\lambda x$.
#
# Впишите, где координата окажется, с тремя верными знаками: 2 балла за первое число, 1 за второе. Зависит ли второе от $\lambda$?

# %% tags=["exercise"]
decay = ...  # (AdamW, Adam with l2)


# %% tags=["solution"]
def weight(x, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0
    for k in range(1, coordinate.steps + 1):
        g = coordinate.lam * x
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        x -= coordinate.alpha * m / (1 - beta1**k) / ((v / (1 - beta2**k)) ** 0.5 + eps)
    return x


x = coordinate.x0
print(x * (1 - coordinate.alpha * coordinate.lam) ** coordinate.steps, weight(x))

# %% tags=["solution"]
decay = (0.852, 0.620)

# %%
check("decay", decay, variant)

# %% [markdown]
# ## Как сдать
#
# Перезапустите ядро, выполните всё подряд (меню Run → Restart Kernel and Run All Cells), сохраните тетрадь и сдайте файл `.ipynb`. Имена `variant`, `slope`, `ball`, `best_sgd`, `best_momentum`, `beta2_star`, `regret`, `decay` и слова `why_momentum`, `why_adam` не меняйте: по ним проверка находит ответы.
