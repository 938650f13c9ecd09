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
# # Adadelta
#
# **Цель.** Проверить самое смелое обещание лекции — метод без шага $\alpha$: куда шаг спрятался, что им управляет вдали от минимума и что — вблизи, и когда без настройки действительно можно обойтись.
#
# **Время:** 12 мин на паре, 95 мин дома. **Слайды:** S11.

# %%
import numpy as np

from course_lib import datasets, diff, explore, hyperparameters, live, plot, rates, run, tune
from course_lib.figures import Axis, Goal, Log, Panel, line
from course_lib.methods import adadelta, adagrad, adam, gd, momentum, newton, rmsprop
from course_lib.problems import (
    Function,
    LeastSquares,
    Logistic,
    in_units,
    least_squares,
    parabola,
    quadratic,
)
from course_lib.problems.online import LinearRounds
from course_lib.schedules import inverse_root
from course_lib.source import variant
from course_lib.tables import from_rows, table
from course_lib.verdicts import check

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:formula"]
# ## S11. Шаг из собственных шагов · 2 мин на паре
#
# $$v_j \leftarrow \gamma v_j + (1 - \gamma)\, g_j^2, \qquad \tilde g_j = \frac{\sqrt{\Delta_j + \varepsilon}}{\sqrt{v_j + \varepsilon}}\, g_j,$$
#
# $$x_j \leftarrow x_j - \tilde g_j, \qquad \Delta_j \leftarrow \rho\, \Delta_j + (1 - \rho)\, \tilde g_j^2$$

# %%
diff(rmsprop, adadelta)

# %% [markdown]
# Откуда это взялось. Градиент измеряется в единицах $f$ на единицу $x$; отношение $g/\sqrt{v}$ — безразмерное число, поэтому у RMSProp $\alpha$ измеряется в единицах $x$, и угадать его, не зная задачи, нельзя. Цайлер предложил взять единицу длины у самого метода: вместо $\alpha$ — средний размер недавних шагов, $\sqrt{\Delta}$.
#
# > **Оговорка к слайдам.** На слайде две памяти, $\gamma$ и $\rho$. У Цайлера, в PyTorch, optax и Keras она одна: $\gamma = \rho$. Почему это важно, увидим ниже. Величина, которую слайд обозначает $\Delta x_j$, — не шаг, а среднее **квадратов** шагов; мы пишем просто $\Delta_j$.
#
# Слайд утверждает: метод помнит скользящее окно вместо всей истории и потому устойчивее к изменениям; начальный шаг задавать не нужно; метод хорош там, где масштабы слоёв различаются. Проверим всё по очереди.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### «Окно вместо всей истории» · 6 мин дома
#
# > **Оговорка к слайдам.** Окна размера $w$ ни слайд, ни Цайлер не хранят: в формуле стоит экспоненциальное среднее. Градиент, вычисленный $i$ шагов назад, входит в $v$ с весом $(1-\gamma)\,\gamma^i$, а не с весом $1/w$ до края окна и нулём за ним. Память — около $1/(1-\gamma)$ шагов, но края у неё нет, и большой старый градиент виден куда дольше.
#
# Градиент равен 1, а после шага 1000 становится $0.01$ и больше не меняется.
#
# **Предскажите.** Градиент уменьшился в сто раз, и у AdaGrad, RMSProp и Adadelta шаг резко укоротился. Кто и когда снова станет делать хотя бы половину прежнего шага?
#
# - **A.** RMSProp и Adadelta — одновременно: $\gamma$ у них одна.
# - **B.** RMSProp — раньше, Adadelta — в несколько раз позже.
# - **C.** Adadelta — раньше: она сама подбирает себе шаг.
# - **D.** Все трое — за десяток шагов: такова память.


# %%
change = LinearRounds(np.repeat([1, 0.01], 1000))
moves = {}
for name, method in {"AdaGrad": adagrad, "RMSProp": rmsprop, "Adadelta": adadelta}.items():
    moves[name] = abs(np.diff(run(method, change, [0.0], steps=2000)[:, 0]))

ks = np.array([1, 1000, 1001, 1010, 1030, 1100, 2000])
columns = {name: move[ks - 1] for name, move in moves.items()}
print(table({"k": ks, **columns}, dict.fromkeys(moves, ".1e")))

# %%
v = run(adadelta, change, [0.0], steps=2000, watch="v")[-1, 0]
check("S11.1", v / 0.01**2, between=(0.9, 1.1), of="v₂₀₀₀/g²")

half = {name: move[1000:] >= move[999] / 2 for name, move in moves.items()}
back = {name: over.argmax() + 1 if over.any() else np.inf for name, over in half.items()}
print("k½ =", *back.values())
for name in ("AdaGrad", "RMSProp"):
    check("S11.2", back["Adadelta"] / back[name], below=1, of=f"Adadelta / {name}")

# %% [markdown]
# **Ответ: B.** AdaGrad не вернётся никогда. У RMSProp старое и новое весят в $v$ поровну через $\ln 10^4 / \ln(1/\gamma) \approx 87$ шагов, хотя память у него — десяток шагов (отсюда соблазн D). Adadelta забывает старые градиенты точно так же, но вместе с ними и набранную скорость: пока шаги были малы, стёрлось и $\Delta$, и разгоняться приходится заново. Окна два, поэтому не A.
#
# **Вердикт (S11.1): верно.** Через тысячу шагов в $v$ не осталось ничего, кроме новых градиентов.
#
# **Вердикт (S11.2): верно при условии.** «Устойчивее к изменениям» — чем AdaGrad. $k_{1/2}$ — через сколько шагов метод снова делает хотя бы половину прежнего шага: у Adadelta их в несколько раз больше, чем у RMSProp.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Не нужно задавать начальную скорость» · 4 мин на паре
#
# Вначале $\Delta = 0$, и числитель равен $\sqrt{\varepsilon}$. Первый шаг:
#
# $$|\tilde g| = \sqrt{\frac{\varepsilon}{(1-\gamma)\, g^2 + \varepsilon}}\; |g| \approx \sqrt{\frac{\varepsilon}{1 - \gamma}}, \qquad |g| \gg \sqrt{\frac{\varepsilon}{1-\gamma}}$$
#
# **Предскажите.** $\gamma = \rho = 0.9$, $\varepsilon = 10^{-6}$, градиент всё время равен 1. Во сколько раз десятитысячный шаг длиннее первого?
#
# - **A.** Ни во сколько: средние установились, шаг постоянен.
# - **B.** Во много тысяч раз: метод разгоняется всё время.
# - **C.** Примерно в десять раз.
# - **D.** Он короче: $\Delta$ со временем затухает.


# %%
eps, gamma, g = np.array([
    (1e-6, 0.9, 1e-2), (1e-6, 0.9, 1), (1e-6, 0.9, 1e6), (1e-6, 0.95, 1), (1e-4, 0.9, 1)
]).T  # fmt: skip
ks = np.array([1, 10, 100, 1000, 10_000])
memory = {"gamma": gamma, "rho": gamma}
xs = run(adadelta, LinearRounds([g]), [0.0], steps=ks[-1], eps=eps, **memory)[..., 0]
steps = abs(np.diff(xs, axis=0))[ks - 1]

columns = {"√(ε/(1−γ))": (eps / (1 - gamma)) ** 0.5}
columns |= {f"k = {k}": row for k, row in zip(ks, steps, strict=True)}
heads = {"ε": eps, "γ = ρ": gamma, "g": g}
print(table(heads | columns, {"ε": ".0e", "g": ".0e", **dict.fromkeys(columns, ".2e")}))

# %% [markdown]
# **Ответ: C.** Длину первого шага выбирает $\varepsilon$, и ничто больше: крутизна не важна, пока она не мала. Дальше метод разгоняется: при постоянном градиенте $v \approx g^2$, поэтому $\tilde g^2 \approx \Delta + \varepsilon$, и $\Delta$ каждый шаг прирастает на $(1-\rho)\,\varepsilon$. Шаг растёт как корень, $|\tilde g_k| \approx \sqrt{(1-\rho)\, \varepsilon k}$, а пройденный путь — как $k^{3/2}$. Так — пока шаг много короче градиента: до $|g|$ он дорастёт, и там рост прекратится, $\Delta \approx g^2$ (первая строка таблицы). A верно для $v$, но не для $\Delta$; B забывает корень.

# %% [markdown] slideshow={"slide_type": "subslide"} tags=["seminar:arrival"]
# ### Сколько идти до минимума · 5 мин дома
#
# $f(x) = \frac12 x^2$, старт в $x_0$. Считаем шаги до первого $|x_k| \le 0.1\, |x_0|$.
#
# **Предскажите.** $\varepsilon = 10^{-6}$, старт не в $x_0 = 1$, а в $x_0 = 1000$. Во сколько раз дольше идти?
#
# - **A.** В тысячу раз: своего шага у метода нет.
# - **B.** Примерно в сто раз.
# - **C.** Примерно в $\sqrt{1000} \approx 30$ раз.
# - **D.** В несколько раз: метод разгоняется, и время растёт как логарифм.


# %% tags=["seminar:arrival"]
starts, epss = np.array([1.0, 10, 100, 1000]), np.array([1e-2, 1e-4, 1e-6])
ratio = starts / epss[:, None] ** 0.5
xs = run(adadelta, parabola(), starts[:, None], steps=40_000, eps=epss[:, None])[..., 0]
arrival = (abs(xs) <= 0.1 * starts).argmax(0)

columns = {f"x₀ = {x0:g}": row for x0, row in zip(starts, arrival.T, strict=True)}
print(table({"ε": epss, **columns}, {"ε": ".0e"}))
print("k ~ (x₀/√ε)^p,  p =", np.round(np.diff(np.log10(arrival[-1])), 3))
p = np.diff(np.log10(arrival[:, -1])) / np.diff(np.log10(epss))
check("S11.3", p[-1], between=(-0.1, 0.1), of="k ~ εᵖ")

# %% tags=["hide-input"]
ax = plot.axes()
for j, eps in enumerate(epss):
    ax.loglog(ratio[j], arrival[j], "osD"[j], markersize=13 - 3 * j,
              label=rf"$\varepsilon = 10^{{{np.log10(eps):.0f}}}$")  # fmt: skip
line_at = np.array([1e2, 1e6])
ax.loglog(line_at, 3 * line_at ** (2 / 3), color="gray", linestyle=":", label="$2/3$")
ax.set(xlabel=r"$x_0 / \sqrt{\varepsilon}$", ylabel="$k$")
_ = ax.legend()

# %% [markdown] tags=["seminar:arrival"]
# **Ответ: B.** Путь растёт как $k^{3/2}$, значит, время — как путь в степени $2/3$: $1000^{2/3} = 100$ (в нижней строке таблицы чуть больше: показатель ещё только приближается к $2/3$). A было бы верно для RMSProp, C — для постоянного ускорения, а здесь оно падает.
#
# Строки таблицы — одна и та же строка, сдвинутая: число шагов зависит только от $x_0/\sqrt{\varepsilon}$. На этой параболе это точно: если умножить $x_0$ на $s$, а $\varepsilon$ на $s^2$, каждая величина метода умножится на свою степень $s$, и путь станет ровно в $s$ раз больше.
#
# **Вердикт (S11.3): неверно.** Если начальную скорость задавать не нужно, число шагов не должно зависеть от $\varepsilon$: показатель был бы нулём. Шаг не исчез, а переименован: $\varepsilon$ и есть начальная скорость. Но связь мягче: при далёком старте ошибиться в $\sqrt{\varepsilon}$ в 1000 раз — значит идти в 100 раз дольше, тогда как RMSProp с шагом в 1000 раз меньше шёл бы в 1000 раз дольше.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### $\varepsilon$ настраивают так же, как $\alpha$ · 4 мин дома
#
# Равные бюджеты: у SGD перебираем $\alpha$, у Adadelta — $\varepsilon$, сетка одна и та же, $K = 1000$ шагов. `tune.compare` выбирает значение на одних запусках, а сообщает результат на других.
#
# **Предскажите.** Adadelta дошла до минимума и бродит в шаре шума. $\varepsilon$ увеличили в сто раз. Во сколько раз выросла $\mathbb{E} f - f^*$?
#
# - **A.** Примерно в десять раз.
# - **B.** Примерно в сто раз.
# - **C.** Не выросла: шага у Adadelta нет.

# %%
problem = least_squares(n=100, d=2, seed=SEED)
contenders = {"SGD": gd, "RMSProp": rmsprop, "Adadelta": tune.Contender(adadelta, over="eps")}
result = tune.compare(contenders, problem, [-3, 3], steps=1000, batch=2,
                      grid=tune.log_grid(1e-7, 10, 4), seeds=range(SEED, SEED + 20),
                      fresh=range(SEED + 500, SEED + 532))  # fmt: skip
print(result)
_ = result.plot()

# %%
epss, kept = np.array([1e-5, 1e-4, 1e-3, 1e-2]), np.arange(10_000, 20_001, 100)
xs = run(adadelta, problem.minibatch(2, range(SEED, SEED + 50)), problem.x_star, steps=20_000, keep=kept,
         eps=epss[:, None])  # fmt: skip
print("E f − f* ~ ε^p,  p =", rates.slope(epss, problem.gap(xs).mean(0)))

# %% [markdown]
# **Ответ: A.** Шар растёт как $\sqrt{\varepsilon}$, то есть как длина шага (B забывает корень). А на рисунке — та же долина, что у любого метода с постоянным шагом, а не горизонтальная прямая, которой ждёт C: слева метод не успевает дойти, справа стоит в шаре шума. Разница одна: правый склон долины вдвое положе, потому что в шаг входит корень из $\varepsilon$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Вблизи минимума: GD с шагом 1 · 6 мин на паре
#
# Вдали всё решает $\varepsilon$. А вблизи? Если шума нет, в минимуме затухают и $v$, и $\Delta$, и остаётся
#
# $$\frac{\sqrt{\Delta + \varepsilon}}{\sqrt{v + \varepsilon}} \to \frac{\sqrt{\varepsilon}}{\sqrt{\varepsilon}} = 1$$
#
# Adadelta превращается в градиентный спуск с $\alpha = 1$. То же при огромном $\varepsilon$: тогда весь путь — это GD с шагом 1.
#
# **Предскажите.** На $f = \frac{c}{2} x^2$ градиентный спуск с $\alpha = 1$ сходится при $c < 2$. А что сделает Adadelta при $c > 2$?
#
# - **A.** Сойдётся: шаг она подберёт сама.
# - **B.** Будет прыгать через минимум с постоянным размахом, как RMSProp.
# - **C.** Улетит, как градиентный спуск: в постоянное число раз за шаг.
# - **D.** Уйдёт на бесконечность, но медленно: степенным образом.

# %%
cs, eps, steps = np.array([1, 1.9, 2.1, 10]), 1e-4, 30_000
k = np.arange(1, steps + 1)
xs = abs(run(adadelta, parabola(cs), np.ones((4, 1)), steps=steps, eps=eps)[1:, :, 0])
exact = (eps * np.maximum(0, 1 - 4 / cs**2) * steps / 4) ** 0.5

ax = plot.axes(width=8)
ax.loglog(k, xs, label=[f"$c = {c:g}$" for c in cs])
ax.plot(k, (eps * k / 4) ** 0.5, "-", color="gray", linewidth=1)
ax.set(xlabel="$k$", ylabel="$|x_k|$", ylim=(1e-6, 10))
ax.legend()
columns = {"|x_K|": xs[-1], "√(ε(1 − 4/c²)K/4)": exact}
print(table({"c": cs, **columns}, dict.fromkeys(columns, ".4f")))

# %%
for c, path in zip(cs, xs.T, strict=True):
    if c < 2:
        check("S11.4", path[-1], below=1e-6, of=f"c = {c:g}: |x_K|")
    else:
        grows = rates.slope(k, path, (3e3, 3e4))
        check("S11.4", grows, between=(0.4, 0.6), of=f"c = {c:g}: |x_k| ~ kᵖ")

# %% [markdown]
# **Ответ: D.** При $c < 2$ метод сходится, и быстро. При $c > 2$ — **расходится**: прыгает через минимум, и размах растёт как $\sqrt{k}$ (серая линия — $\sqrt{\varepsilon k/4}$). Медленно, но без предела, на параболе и без всякого шума. До C дело не доходит: вместе с градиентом растёт знаменатель. Но B тоже неверно: каждый прыжок прибавляет к $\Delta$ ещё немного.
#
# Откуда формула. Пусть метод прыгает между $a$ и $-a$ и $a^2$ каждый шаг прирастает на $r$. Скользящие средние отстают: $\Delta \approx 4 \left(a^2 - \frac{r}{1-\rho}\right)$, $v \approx c^2 \left(a^2 - \frac{\gamma r}{1-\gamma}\right)$. Подставим в условие $|\tilde g| = 2a$:
#
# $$r = \frac{\varepsilon \left(1 - 4/c^2\right)}{4 \left(\frac{1}{1-\rho} - \frac{\gamma}{1-\gamma}\right)}, \qquad \gamma = \rho: \quad r = \frac{\varepsilon}{4} \left(1 - \frac{4}{c^2}\right)$$
#
# **Вердикт (S11.4): верно.** У метода два спрятанных шага: $\varepsilon$ вдали и единица вблизи. Единица — это шаг в единицах $x^2/f$; умножьте $f$ на число, и сходимость сменится расходимостью. Недаром в PyTorch у Adadelta всё-таки есть `lr` — множитель при $\tilde g$, по умолчанию 1.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками · 3 мин дома
#
# Сначала нарисуйте слева $|x_k|$ при $c = 10$: две тысячи шагов от единицы.
#
# Кривизна $c$, старт 1, шум в градиенте $\sigma$. Пунктир — формула для $\sigma = 0$. Найдите: $c$ чуть меньше 2 и чуть больше; $\gamma > \rho$ при $c = 10$; $\sigma$, при котором расходимость пропадает. Почему шум помогает?


# %% tags=["hide-input"]
def around_minimum(c, eps, gamma, rho, sigma):
    steps = 2000
    k = np.arange(steps + 1)
    noise = iter(sigma * np.random.default_rng(SEED).normal(size=steps + 1))
    problem = Function(None, lambda x: c * x + next(noise), d=1)
    xs = run(adadelta, problem, [1.0], steps=steps, eps=eps, gamma=gamma, rho=rho)[:, 0]
    move = abs(np.diff(xs))
    memory = 4 * (1 / (1 - rho) - gamma / (1 - gamma))
    rate = eps * max(0.0, 1 - 4 / c**2) / memory if memory > 0 else np.inf
    x, low, high = Axis("k", 0, steps), 1e-6, 1e3
    theory = np.sqrt(rate * k[1:]).clip(low, high)
    panels = [
        Panel("|xₖ|", x, Axis("|xₖ|", low, high, True),
              [line(k, abs(xs).clip(low, high), 0), line(k[1:], theory, 1)]),
        Panel("|g̃ₖ|", x, Axis("|g̃ₖ|", low, high, True), [line(k[1:], move.clip(low, high), 2)]),
    ]  # fmt: skip
    return panels, f"γ(2 − ρ) = {gamma * (2 - rho):.4f}   |x_K| = {abs(xs[-1]):.3g}"


live(
    around_minimum,
    c=(10.0, Log(0.1, 100)),
    eps=1e-4,
    gamma=0.9,
    rho=0.9,
    sigma=(1e-8, Log(1e-8, 10)),
    predict=True,
)

# %% [markdown]
# Шум делает величину градиента неровной. Большой $g^2$ сам входит в $v$, поэтому в среднем $g^2/v$ меньше единицы, и $\Delta$ затухает, а не прирастает на $(1 - \rho)\,\varepsilon$ за шаг: до этого режима дело не доходит. Расходимость — болезнь точных градиентов; на практике её маскирует шум.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Две памяти: $\gamma$ и $\rho$ · 11 мин дома
#
# Слайд разрешает разные $\gamma$ и $\rho$. Соблазн есть: если $\gamma > \rho$, числитель реагирует быстрее знаменателя и метод быстрее разгоняется. Шаги до $0.1\,|x_0|$ на $\frac12 x^2$ при $x_0 = 1, 10, 100$:

# %%
gamma, rho = np.array([(0.9, 0.9), (0.9, 0.99), (0.99, 0.9), (0.99, 0.99)]).T[..., None]
xs = run(adadelta, parabola(), starts[:3, None], steps=20_000, gamma=gamma, rho=rho)[..., 0]
k = (abs(xs) <= 0.1 * starts[:3]).argmax(0)
columns = {f"x₀ = {x0:g}": row for x0, row in zip(starts, k.T, strict=False)}
print(table({"γ": gamma[:, 0], "ρ": rho[:, 0], **columns}))

# %% [markdown]
# Но в той же формуле для $r$ знаменатель положителен только при
#
# $$\gamma\, (2 - \rho) < 1$$
#
# За этой границей равновесия нет, и рост становится лавиной: шаг увеличился — градиент вырос — числитель уже вырос, а знаменатель ещё нет — шаг увеличился снова. Но по эту сторону границы у шага есть оценка, и она верна для **любых** градиентов, шумных или нет. Пусть $p = \gamma (1-\rho)/(1-\gamma)$; условие выше — это $p < 1$. Тогда для любой последовательности $g$
#
# $$\Delta_k + \varepsilon \le \varepsilon\, \bigl(1 + (1-\rho)\, k\bigr) \left(\frac{v_k + \varepsilon}{\varepsilon}\right)^{p}$$
#
# то есть, если не считать множителя $\sqrt{k}$, шаг растёт медленнее первой степени градиента (доказательство — упражнение 3). Это ещё не всё, что нужно: ограничен шаг, а не путь. Если градиент растёт не быстрее расстояния до минимума, $\|g\| \le L\, \|x - x^*\| + \sigma$, то и путь растёт не быстрее степени $k$, и лавины быть не может. При $\gamma \le \rho$ условие выполнено всегда: $\gamma(2-\rho) \le \rho(2 - \rho) = 1 - (1-\rho)^2 < 1$.
#
# Проверим на карте: доля запусков, которые расходятся. По осям $1-\gamma$ и $1-\rho$. Слева парабола с $c = 10$ почти без шума (дрожание в шестом знаке не даёт $x$ исчезнуть в нуле, как это было с [RMSProp](05_rmsprop.ipynb)), справа SGD на наименьших квадратах, $B = 2$.

# %%
a, seeds = np.geomspace(3e-3, 0.5, 14), range(SEED, SEED + 20)
gamma, rho = 1 - a[:, None, None], 1 - a[:, None]
trembling = LeastSquares(np.full((2, 1), 10**0.5), [1e-6, -1e-6])  # c = 10, g off by ~10⁻⁶
x0 = np.random.default_rng(SEED).uniform(0.5, 2, (20, 1))
lost = {}
for name, noisy, start in (
    ("$c = 10$", trembling.minibatch(1, seeds), x0),
    ("$B = 2$", problem.minibatch(2, seeds), [-3, 3]),
):
    xs = run(adadelta, noisy, start, steps=8000, keep=[8000], gamma=gamma, rho=rho)
    lost[name] = (~(abs(xs[0]).max(-1) < 1e3)).mean(-1)

safe = (gamma * (2 - rho) < 1)[..., 0]
print(table({
    "": [*lost],
    "γ(2 − ρ) < 1: max P": [share[safe].max() for share in lost.values()],
    "> 1: mean P": [share[~safe].mean() for share in lost.values()],
}, {"γ(2 − ρ) < 1: max P": ".2f", "> 1: mean P": ".2f"}))  # fmt: skip

# %% tags=["hide-input"]
b = np.geomspace(a[0], a[-1], 100)
for ax, (name, share) in zip(plot.axes(2), lost.items(), strict=True):
    image = ax.pcolormesh(a, a, share, cmap="cividis", vmin=0, vmax=1, shading="nearest")
    ax.plot(b, b / (1 + b), "-", color="white", label=r"$\gamma(2 - \rho) = 1$")
    ax.plot(b, b, ":", color="white", label=r"$\gamma = \rho$")
    ax.set(xscale="log", yscale="log", xlabel=r"$1 - \rho$", ylabel=r"$1 - \gamma$", title=name)
    ax.grid(False)
    ax.legend(loc="upper left", labelcolor="white")
_ = ax.figure.colorbar(image, ax=ax, label="$P$")

# %% [markdown]
# **Что увидели.** Слева граница проходит ровно по сплошной линии: под ней лавина, над ней не разошёлся ни один запуск. Справа шум отодвигает лавину, но над линией и здесь чисто.
#
# А если градиент растёт быстрее расстояния? Возьмём $f = \frac14 x^4$, $\gamma = \rho = 0.9$, старт $x_0 = 3$ и огромное $\varepsilon = 100$: первый же шаг уносит метод далеко за минимум.
#
# **Предскажите.** $f = \frac14 x^4$, первый шаг унёс метод далеко за минимум. Что будет с неравенством и с методом?
#
# - **A.** Неравенство нарушится, метод улетит.
# - **B.** Неравенство выполнится, поэтому метод вернётся.
# - **C.** Неравенство выполнится, но метод улетит.

# %%
quartic, eps, rho, K = Function(None, lambda x: x**3, d=1), 100.0, 0.9, 200
watched = {name: run(adadelta, quartic, [3.0], steps=K, eps=eps, watch=name)[:, 0]
           for name in ("x", "v", "delta")}  # fmt: skip
k = np.arange(1, K + 1)
bound = eps * (1 + (1 - rho) * k) * ((watched["v"][1:] + eps) / eps) ** 0.9  # γ = ρ: p = γ
print("|x_k| =", *(f"{abs(x):.2g}" for x in watched["x"][[0, 1, 2, 5, 10, 20, 50]]))

for name, share in lost.items():
    check("S11.5", share[safe].mean(), below=0.01, of=f"{name.strip('$')}: P")
check("S11.5", abs(watched["x"][-1]), below=3, of="x⁴/4: |x_K|")
check("S11.6", ((watched["delta"][1:] + eps) / bound).max(), below=1, of="x⁴/4: (Δ + ε)/bound")

# %% [markdown]
# **Вердикт (S11.5): верно при условии.** При $\gamma\, (2 - \rho) < 1$ лавины нет, если градиент растёт не быстрее расстояния до минимума. У $x^4$ он растёт быстрее, и метод улетает при тех же $\gamma = \rho$.
#
# **Вердикт (S11.6): верно.** Неравенство выполнено на каждом шаге — и там, где метод взорвался. Оно говорит о шаге, а не о сходимости.
#
# **Ответ: C.** A и B ставят судьбу метода в зависимость от неравенства; но граница шага, растущая вместе с градиентом, не остановит того, чей градиент растёт как куб расстояния.
#
# Два параметра на слайде — свобода, которой лучше не пользоваться. Держите $\gamma \le \rho$; выигрыш от $\gamma > \rho$ виден только до первой лавины.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Единицы измерения · 10 мин дома
#
# Обещание Цайлера: у шага верные единицы. Его вывод — от метода Ньютона. На одной переменной тот делает шаг $\Delta x = g / f''$, поэтому $1/f'' = \Delta x / g$, и единицы у этого отношения правильные: $x^2/f$. Цайлер оценивает его по прошлым шагам и градиентам:
#
# $$\frac{\sqrt{\Delta}}{\sqrt{v}} \approx \frac{|\Delta x|}{|g|} \approx \frac{1}{|f''|}$$
#
# Второе равенство верно, если прошлые шаги были ньютоновскими. А если они были $\eta\, g$ с любым другим $\eta$, то и отношение равно $\eta$: кривизну метод не измеряет, он повторяет то, что уже делал.
#
# Проверим в лоб. Изменим единицы — умножим $f$ на $10^{\pm 3}$ или станем измерять $x$ в других единицах, $x = s y$, — и сравним пути. Хороший метод не должен заметить разницы.
#
# В таблице — наибольшее расхождение путей по отношению к длине пути. В предпоследнем столбце — совпадут ли пути, если все константы метода пересчитать в новые единицы; в последнем — сами эти единицы.
#
# **Предскажите.** Константы метода не меняем. Кто не заметит ни умножения $f$, ни замены $x$?
#
# - **A.** Только Adadelta: ради этого её и придумали.
# - **B.** Все, кто делит на $\sqrt{v}$.
# - **C.** Adadelta и Ньютон.
# - **D.** Только Ньютон.


# %%
adadelta_two = variant(
    adadelta,
    ("eps=1e-6", "eps_x=1e-6, eps_g=1e-6"),
    ("delta + eps", "delta + eps_x"),
    ("v + eps", "v + eps_g"),
)
#: The constants of each method with their units: the powers of f and of x.
UNITS = {
    ("GD", gd): {"alpha": (-1, 2)},
    ("momentum", momentum): {"alpha": (-1, 2)},
    ("AdaGrad", adagrad): {"alpha": (0, 1), "eps": (2, -2)},
    ("RMSProp", rmsprop): {"alpha": (0, 1), "eps": (2, -2)},
    ("Adam", adam): {"alpha": (0, 1), "eps": (1, -1)},
    ("Adadelta", adadelta_two): {"eps_x": (0, 2), "eps_g": (2, -2)},
    ("Newton", newton): {"alpha": (0, 0)},
}

# %%
start, changes = np.array([-3.0, 3.0]), [(1e3, 1), (1e-3, 1), (1, 1e3), (1, 1e-3)]


def deviation(method, c, s, units):
    """How far the path in other units is from the path in these, over its length."""
    own = {key: value for key, value in hyperparameters(method).items() if key in units}
    moved = {key: value * c ** units[key][0] / s ** units[key][1] for key, value in own.items()}
    xs = run(method, problem, start, steps=200, **own)
    ys = run(method, in_units(problem, c, s), start / s, steps=200, **moved).clip(-1e99, 1e99)
    difference = np.nan_to_num(abs(s * ys - xs), nan=np.inf).max()
    return difference / np.linalg.norm(xs[-1] - xs[0])


# %%
rows = []
for (name, method), units in UNITS.items():
    none = dict.fromkeys(units, (0, 0))
    fixed = [deviation(method, c, s, none) for c, s in changes]
    carried = max(deviation(method, c, s, units) for c, s in changes)
    symbols = ", ".join(f"[{key}] = f^{p}·x^{q}" for key, (p, q) in units.items())
    rows.append([name, *fixed, f"{carried < 1e-9}", symbols])

heads = ["", "10³ f", "10⁻³ f", "10³ x", "10⁻³ x", "+ [·]", "[·]"]
print(table(from_rows(heads, rows), dict.fromkeys(heads[1:5], ".0e")))

# %%
for name, *fixed, _, _ in rows[-2:]:
    check("S11.7", max(fixed), below=0.01, of=name)

# %% [markdown]
# **Ответ: D.** Не замечает смены единиц один Ньютон: его $\alpha = 1$ — число без единиц. Из методов первого порядка с постоянными константами не инвариантен никто. A и C верят формуле без $\varepsilon$; B верно для умножения $f$, пока градиенты велики.
#
# Если пересчитать константы — инвариантны все, и Adadelta ничем не лучше других. Разница только в том, что именно приходится пересчитывать:
#
# - умножение $f$: у AdaGrad, RMSProp, Adam и Adadelta мешает лишь $\varepsilon$ (пока градиенты велики — почти не мешает), у GD и импульса — сам $\alpha$;
# - замена $x$: страдают все, кроме Ньютона. У AdaGrad, RMSProp и Adam в единицах $x$ измеряется $\alpha$, у Adadelta — корень из $\varepsilon$.
#
# Почему так? Единицы сходятся в формуле **без** $\varepsilon$. Но без него метод не сдвинется с места: $\Delta = 0$ и останется нулём; для этого Цайлер и добавил $\varepsilon$ в числитель. А одно и то же $\varepsilon$ стоит и рядом с $\Delta$ (единицы $x^2$), и рядом с $v$ (единицы $g^2$): в таблице его пришлось разделить надвое.
#
# **Вердикт (S11.7): верно при условии.** Верные единицы избавляют от настройки того, у кого нет размерных констант: Ньютона. Adadelta с фиксированным $\varepsilon$ — нет; и не может избавить никого, кому для начала нужна хоть какая-то длина.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## «Хорош там, где масштабы различаются» · 10 мин дома
#
# Слои с разным масштабом — это координаты с разным масштабом градиентов. Возьмём настоящие данные в настоящих единицах: 30 измерений клеточных ядер (`breast_cancer`), логистическая регрессия, $B = 16$, $K = 1000$. Три вида одних и тех же данных:
#
# - `z` — стандартизованные: у каждого столбца среднее 0 и разброс 1;
# - `x − x̄` — в тех единицах, в которых измерены, но с вычтенным средним;
# - `x` — как есть.
#
# Бюджет у всех равный: одна и та же сетка значений, одни и те же батчи. А рядом — те же методы вовсе без настройки.
#
# **Предскажите.** На `x − x̄` и на `x` масштабы координат различаются. Кого обгонит там Adadelta, если настроить всех?
#
# - **A.** SGD с постоянным шагом, но не AdaGrad.
# - **B.** И SGD, и AdaGrad: слайд обещает, что она хороша именно здесь.
# - **C.** Никого: шаг у неё не настраивается.
# - **D.** AdaGrad, но не SGD: шаг SGD тоже подобран.

# %%
X, _ = datasets.load("breast_cancer")
Z, y = datasets.binary("breast_cancer")
one = np.ones((len(y), 1))
views = {"z": Z, "x − x̄": np.hstack([X - X.mean(0), one]), "x": np.hstack([X, one])}
print(f"max σⱼ / min σⱼ = {X.std(0).max() / X.std(0).min():.1e}")

# %%
contenders = {
    "SGD": gd,
    "SGD, α/√k": tune.Contender(gd, schedule=inverse_root),
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "Adadelta": tune.Contender(adadelta, over="eps"),
}
as_they_are = {"SGD": gd, "AdaGrad": adagrad, "RMSProp": rmsprop, "Adadelta": adadelta}
fresh, grid = range(SEED + 500, SEED + 564), tune.log_grid(1e-6, 1, 4)
budget = {"steps": 1000, "batch": 16, "grid": grid, "seeds": range(SEED, SEED + 8)}
losses = {}
for view, A in views.items():
    data, start = Logistic(A, y), np.zeros(31)
    result = tune.compare(contenders, data, start, fresh=fresh, **budget)
    noisy = data.minibatch(16, fresh)
    default = {name: data.f(run(method, noisy, start, steps=1000, keep=[1000])[0])
               for name, method in as_they_are.items()}  # fmt: skip
    losses[view] = {name: row.reported for name, row in result.items()}, default
    bands = [rates.mean_band(loss) for loss in default.values()]
    print(f"\n{view}\n{result}\n\n{table({'': [*default], 'E f': bands}, {'E f': '.3g'})}")

# %%
for view, (tuned, default) in losses.items():
    ratio = rates.ratio_band(default["Adadelta"], tuned["Adadelta"])
    check("S11.8", ratio, below=1.1, of=f"{view}: ε = 10⁻⁶ / ε*")
for view in ("x − x̄", "x"):
    tuned, _ = losses[view]
    check("S11.9", rates.ratio_band(tuned["Adadelta"], tuned["SGD"]), below=1,
          of=f"{view}: Adadelta / SGD")  # fmt: skip
for view, (tuned, _) in losses.items():
    ratio = rates.ratio_band(tuned["Adadelta"], tuned["AdaGrad"])
    check("S11.10", ratio, above=0.9, of=f"{view}: Adadelta / AdaGrad")

# %% [markdown]
# Для каждого вида данных: сначала значения, подобранные на сетке при равном бюджете, под ними — значения по умолчанию. $f$ — потери на всех данных после 1000 шагов, интервал — по 64 новым запускам. `#` — сколько значений пробовали: пока лучшее на краю сетки, её там продлевают, не больше четырёх раз; если оно и тогда на краю, рядом стоит `<` или `>`.
#
# **Что увидели.**
#
# - На `z` масштабы уже уравнены, и все подобранные методы близки. Adadelta выбрала себе огромное $\varepsilon$, то есть SGD с шагом 1; дальше увеличивать его бесполезно, поэтому значение и осталось на краю. Значение по умолчанию заметно хуже.
# - На `x − x̄` даже настроенный SGD проигрывает всем адаптивным методам, а с шагом по умолчанию он просто взрывается. Adadelta со значением по умолчанию не уступает подобранной.
# - На `x` хуже всем. Средние велики, столбцы почти параллельны, овраг стоит под углом к осям, и покоординатный шаг выравнивает его лишь отчасти — урок из [прошлой тетради](05_rmsprop.ipynb). Значение по умолчанию снова проигрывает подобранному и не лучше подобранного SGD с $\alpha/\sqrt{k}$.
#
# **Вердикт (S11.8): верно при условии.** «Не нужно задавать начальную скорость»: на одном виде данных из трёх. Как первая попытка без настройки Adadelta хороша: она не взрывается там, где взрывается SGD. Как последняя — нет.
#
# **Вердикт (S11.9): верно.** Там, где масштабы **координат** различаются, подобранная Adadelta лучше подобранного SGD с постоянным шагом.
#
# **Вердикт (S11.10): верно.** Но это заслуга покоординатного деления вообще: AdaGrad в этом сравнении нигде не хуже.
#
# **Ответ: A.** B путает Adadelta со всеми, кто делит по координатам; C забывает про $\varepsilon$; D — что общего шага, хорошего для всех координат сразу, здесь нет.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Руками: три метода в одном овраге · 3 мин дома
#
# Найдите $\varepsilon$, при котором Adadelta неотличима от GD с $\alpha = 1$. Найдите $\varepsilon$, при котором она к концу ещё в пути. Справа — множитель при градиенте: что он делает вблизи минимума?
#
# **Цель.** Доведите Adadelta до $10^{-12}$ за 300 итераций. Ручки $\alpha$ у неё нет.

# %%
explore([gd, rmsprop, adadelta], quadratic(kappa=20), [-2.5, 1.8], steps=300, watch="α/√v, √Δ/√v",
        alpha={"gd": 1.0, "rmsprop": 0.02}, eps=1e-4,
        goal=Goal(1e-12, within=300, of="adadelta"))  # fmt: skip

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Упражнения · 40 мин дома
#
# **1.** В PyTorch шаг Adadelta умножается на `lr`: $x \leftarrow x - \eta\, \tilde g$. При каких $\eta$ метод сойдётся на параболе с $c = 10$? Станет ли $\eta$ обычным шагом: во сколько раз изменится первый шаг и во сколько — путь до минимума?


# %% tags=["exercise"]
def adadelta_lr(problem, x, lr=1.0, gamma=0.9, rho=0.9, eps=1e-4):
    v = delta = 0
    while True:
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        g_tilde = (delta + eps) ** 0.5 / (v + eps) ** 0.5 * g
        x = x - g_tilde  # <- lr
        delta = rho * delta + (1 - rho) * g_tilde**2


# %% [markdown] tags=["solution"]
# **Решение.** Вблизи минимума метод — градиентный спуск с шагом $\eta$, поэтому нужно $\eta c < 2$. В $\Delta$ попадает $\tilde g$ без множителя, поэтому $\Delta$ растёт по-прежнему, а на $\eta$ умножается каждый шаг: и первый, и все остальные. Время в пути растёт как $\eta^{-2/3}$, а не как $\eta^{-1}$: обычным шагом $\eta$ не становится.


# %% tags=["solution"]
def torch_adadelta(problem, x, lr=1.0, gamma=0.9, rho=0.9, eps=1e-4):
    v = delta = 0
    while True:
        yield x
        g = problem.grad(x)
        v = gamma * v + (1 - gamma) * g**2
        g_tilde = (delta + eps) ** 0.5 / (v + eps) ** 0.5 * g
        x = x - lr * g_tilde
        delta = rho * delta + (1 - rho) * g_tilde**2


lr = np.array([1.0, 0.21, 0.19, 0.01, 0.001])
xs = abs(run(torch_adadelta, parabola(10), [1.0], steps=20_000, lr=lr)[..., 0])
columns = {"|Δx₁|": 1 - xs[1], "k": (xs <= 0.1).argmax(0), "|x_K|": xs[-1]}
print(table({"η": lr, **columns}, {"|Δx₁|": ".1e", "|x_K|": ".1e"}))

# %% [markdown]
# **2.** Выведите показатель $2/3$: сколько шагов нужно, чтобы при постоянном градиенте пройти расстояние $D$? Сравните свою формулу с измерением при $D/\sqrt{\varepsilon} = 10^3, \ldots, 10^6$.

# %% tags=["exercise"]
distances = np.array([1.0, 10.0, 100.0, 1000.0])

# %% [markdown] tags=["solution"]
# **Решение.** $\Delta_k \approx (1-\rho)\,\varepsilon k$, путь $\sum_i \sqrt{(1-\rho)\,\varepsilon i} \approx \frac23 \sqrt{(1-\rho)\,\varepsilon}\; k^{3/2} = D$, откуда $k \approx \left(\frac{3 D}{2\sqrt{(1-\rho)\,\varepsilon}}\right)^{2/3}$.

# %% tags=["solution"]
xs = abs(run(adadelta, LinearRounds([1.0]), [0.0], steps=40_000)[:, 0])
exact = (1.5 * distances / (0.1 * 1e-6) ** 0.5) ** (2 / 3)
k = [(xs >= distance).argmax() for distance in distances]
print(table({"D/√ε": distances / 1e-3, "k": k, "≈": exact}, {"D/√ε": ".0f", "≈": ".0f"}))

# %% [markdown]
# **3.** Докажите неравенство о двух памятях для $\Delta_k + \varepsilon$ и проверьте его на градиентах с тяжёлыми хвостами. Подсказка: обозначьте $D = \Delta + \varepsilon$, $V = v + \varepsilon$ и покажите $D_k \le D_{k-1} \left(V_k/V_{k-1}\right)^p + (1 - \rho)\, \varepsilon$; пригодится $1 - u \le -\ln u$.

# %% tags=["exercise"]
gamma, rho, eps = 0.9, 0.95, 1e-6
p = gamma * (1 - rho) / (1 - gamma)
g = np.random.default_rng(SEED).standard_cauchy(size=(2000, 100))

# %% [markdown] tags=["solution"]
# **Решение.** Из $V_k \ge \gamma V_{k-1} + (1-\gamma)\, g^2$ следует $g^2/V_k \le \frac{1 - \gamma u}{1 - \gamma}$, где $u = V_{k-1}/V_k$. Поэтому
#
# $$D_k = \rho D_{k-1} + (1-\rho) D_{k-1} \frac{g^2}{V_k} + (1-\rho)\,\varepsilon \le D_{k-1} \bigl(1 + p\,(1-u)\bigr) + (1-\rho)\,\varepsilon \le D_{k-1} u^{-p} + (1-\rho)\,\varepsilon,$$
#
# так как $1 + p\,(1-u) \le e^{p(1-u)} \le e^{-p \ln u}$. Разделим на $V_k^p \ge \varepsilon^p$ и сложим по шагам, помня, что $D_0 = V_0 = \varepsilon$. Условие $p < 1$ — то же, что $\gamma (2 - \rho) < 1$.

# %% tags=["solution"]
v, delta, worst = 0, 0, 0
for k, row in enumerate(g, 1):
    v = gamma * v + (1 - gamma) * row**2
    delta = rho * delta + (1 - rho) * (delta + eps) / (v + eps) * row**2
    bound = eps * (1 + (1 - rho) * k) * ((v + eps) / eps) ** p
    worst = max(worst, ((delta + eps) / bound).max())
print(f"p = {p:.2f},  max (Δ + ε)/bound = {worst:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 3 мин дома
#
# - Шаг не исчез. Вдали от минимума им управляет $\varepsilon$: первый шаг $\sqrt{\varepsilon/(1-\gamma)}$, время в пути — как $(x_0/\sqrt{\varepsilon})^{2/3}$. Вблизи метод — GD с шагом 1.
# - Поэтому без шума он сходится на $\frac{c}{2}x^2$ только при $c < 2$; при $c > 2$ размах колебаний растёт как $\sqrt{k}$.
# - Окно — это экспоненциальное среднее, и окон два. После смены масштаба Adadelta разгоняется дольше, чем RMSProp.
# - При $\gamma (2 - \rho) < 1$, в частности при $\gamma \le \rho$, шаг растёт медленнее градиента (не считая множителя $\sqrt{k}$); если к тому же градиент растёт не быстрее расстояния, лавины не будет.
# - Отношение $\sqrt{\Delta}/\sqrt{v}$ — Ньютон, которого оценивают по собственным шагам. К единицам измерения инвариантен сам Ньютон; методы первого порядка — только если пересчитывать их константы.
# - Если масштабы координат различаются, подобранная Adadelta лучше подобранного SGD; AdaGrad может то же. Значение $\varepsilon$ по умолчанию хорошо не везде.
#
# ### Литература
#
# - M. D. Zeiler. [ADADELTA: An Adaptive Learning Rate Method](https://arxiv.org/abs/1212.5701). 2012.
# - T. Schaul, S. Zhang, Y. LeCun. [No More Pesky Learning Rates](https://arxiv.org/abs/1206.1106). ICML, 2013.
# - R. M. Schmidt, F. Schneider, P. Hennig. [Descending through a Crowded Valley](https://arxiv.org/abs/2007.01547). ICML, 2021.
