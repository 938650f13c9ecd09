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
# # Домашнее задание 1. Методы своими руками
#
# **Цель.** Написать шесть методов лекции — от градиентного спуска до AdamW — так, чтобы каждый знак стоял на своём месте: $\varepsilon$ под корнем или снаружи, $k$ с единицы или с нуля, затухание до шага или после. На графиках такие ошибки почти не видны, а чужие результаты из-за них не воспроизводятся. В конце — метод, которого на лекции не было, и чужая программа с одной ошибкой.
#
# **Время дома:** три-четыре часа. **Слайды:** S1, S5, S9, S10, S12, S13. **Баллы:** 60: по 5 за первые четыре метода и по 10 за остальные; ещё 40 — во втором задании.

# %% [markdown]
# ## Что нужно написать
#
# Каждый метод — функция `f(grad, x0, n_steps, **hyper)`:
#
# - `grad` — функция: получает точку и возвращает градиент, массив той же длины. Вызывайте её **один раз за шаг**, в текущей точке;
# - `x0` — начальная точка: массив или список чисел длины $d$, возможно целых;
# - `n_steps` — число шагов $n$;
# - дальше гиперпараметры по именам, как в заготовках. Имена и порядок аргументов не меняйте.
#
# Функция возвращает массив формы $(n + 1, d)$: строки $x_0, x_1, \ldots, x_n$. Она не меняет ни `x0`, ни то, что вернула `grad`, и ничего не помнит между вызовами.
#
# Операции с векторами — покоординатные: $g^2$, $\sqrt{v}$, $m / v$. Шаги нумеруются с единицы: $g_k = \nabla f(x_{k-1})$, $k = 1, \ldots, n$. Память $m$ и $v$ начинается с нуля.

# %% [markdown]
# ## Как это проверяют
#
# После каждого метода стоит `check`. Она пробует функцию на записанных градиентах (50 шагов, десять верных знаков) и, если что-то не так, старается назвать ошибку. Можно запускать сколько угодно раз: пока функция не написана, `check` так и скажет, и остальные ячейки выполнятся.
#
# Оценку ставит такая же проверка, но на других числах. За каждый метод:
#
# | доля баллов | за что |
# |---|---|
# | 20 % | форма ответа, первая строка и первый шаг |
# | 60 % | числа на всех шагах |
# | 20 % | чистота: аргументы не изменились, второй вызов даёт то же самое, `x0` может быть списком целых чисел или массивом float32, `n_steps` может быть нулём |
#
# Ошибка, которую удалось узнать, стоит 30 % баллов, две — 50 %, где бы они ни были.
#
# И `check`, и проверка вырезают из тетради последнее определение функции и всё, что ей нужно, — вспомогательные функции, константы, импорты из любых ячеек, какими они были к последней `check` этой функции, — и запускают это отдельно. Там есть только NumPy и стандартная библиотека Python: ни `course_lib`, ни matplotlib, ни файлов, ни сети. Эксперименты и графики можно добавлять где угодно.
#
# Код методов курса открыт, подсмотреть его легко. Но этих десяти строк больше всего хочется понимать, а не переписывать.

# %%
import numpy as np

from course_lib import plot, quadratic
from course_lib.homework import check

# %% [markdown]
# ## 1. Градиентный спуск: 5 баллов
#
# $$x_k = x_{k-1} - \alpha\, g_k$$


# %% tags=["exercise"]
def gd(grad, x0, n_steps, alpha=0.1):
    raise NotImplementedError


# %% tags=["solution"]
def gd(grad, x0, n_steps, alpha=0.1):
    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        xs.append(xs[-1] - alpha * grad(xs[-1]))
    return np.array(xs)


# %%
check("gd", gd)

# %% [markdown]
# ## 2. Импульс: 5 баллов
#
# $$m_k = \beta\, m_{k-1} + g_k, \qquad x_k = x_{k-1} - \alpha\, m_k$$
#
# Множителя $1 - \beta$ у градиента здесь нет: это «тяжёлый шар» со слайда S5, как в `torch.optim.SGD`.


# %% tags=["exercise"]
def momentum(grad, x0, n_steps, alpha=0.1, beta=0.9):
    raise NotImplementedError


# %% tags=["solution"]
def momentum(grad, x0, n_steps, alpha=0.1, beta=0.9):
    xs = [np.array(x0, dtype=float)]
    m = 0
    for _ in range(n_steps):
        m = beta * m + grad(xs[-1])
        xs.append(xs[-1] - alpha * m)
    return np.array(xs)


# %%
check("momentum", momentum)

# %% [markdown]
# ## 3. AdaGrad: 5 баллов
#
# $$v_k = v_{k-1} + g_k^2, \qquad x_k = x_{k-1} - \frac{\alpha\, g_k}{\sqrt{v_k + \varepsilon}}$$
#
# Как на слайде S9, $\varepsilon$ стоит **под корнем**. В `torch.optim.Adagrad` он снаружи: сравнивая, помните об этом.


# %% tags=["exercise"]
def adagrad(grad, x0, n_steps, alpha=0.1, eps=1e-6):
    raise NotImplementedError


# %% tags=["solution"]
def adagrad(grad, x0, n_steps, alpha=0.1, eps=1e-6):
    xs = [np.array(x0, dtype=float)]
    v = 0
    for _ in range(n_steps):
        g = grad(xs[-1])
        v = v + g**2
        xs.append(xs[-1] - alpha * g / (v + eps) ** 0.5)
    return np.array(xs)


# %%
check("adagrad", adagrad)

# %% [markdown]
# ## 4. RMSProp: 5 баллов
#
# $$v_k = \gamma\, v_{k-1} + (1 - \gamma)\, g_k^2, \qquad x_k = x_{k-1} - \frac{\alpha\, g_k}{\sqrt{v_k + \varepsilon}}$$
#
# $\varepsilon$ снова под корнем (S10). Поправки на смещение у RMSProp нет.


# %% tags=["exercise"]
def rmsprop(grad, x0, n_steps, alpha=0.01, gamma=0.9, eps=1e-6):
    raise NotImplementedError


# %% tags=["solution"]
def rmsprop(grad, x0, n_steps, alpha=0.01, gamma=0.9, eps=1e-6):
    xs = [np.array(x0, dtype=float)]
    v = 0
    for _ in range(n_steps):
        g = grad(xs[-1])
        v = gamma * v + (1 - gamma) * g**2
        xs.append(xs[-1] - alpha * g / (v + eps) ** 0.5)
    return np.array(xs)


# %%
check("rmsprop", rmsprop)

# %% [markdown]
# ## 5. Adam: 10 баллов
#
# $$m_k = \beta_1 m_{k-1} + (1 - \beta_1)\, g_k, \qquad v_k = \beta_2 v_{k-1} + (1 - \beta_2)\, g_k^2$$
#
# $$\hat m_k = \frac{m_k}{1 - \beta_1^k}, \qquad \hat v_k = \frac{v_k}{1 - \beta_2^k}, \qquad x_k = x_{k-1} - \frac{\alpha\, \hat m_k}{\sqrt{\hat v_k} + \varepsilon}$$
#
# Теперь $\varepsilon$ **снаружи** корня (S12), а $k$ на первом шаге равно 1.


# %% tags=["exercise"]
def adam(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    raise NotImplementedError


# %% tags=["solution"]
def adam(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    xs = [np.array(x0, dtype=float)]
    m = v = 0
    for k in range(1, n_steps + 1):
        g = grad(xs[-1])
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        xs.append(xs[-1] - alpha * m_hat / (v_hat**0.5 + eps))
    return np.array(xs)


# %%
check("adam", adam)

# %% [markdown]
# ## 6. AdamW: 10 баллов
#
# $m$, $v$, $\hat m$, $\hat v$ — как в Adam, а шаг другой:
#
# $$x_k = x_{k-1} - \alpha \left( \frac{\hat m_k}{\sqrt{\hat v_k} + \varepsilon} + \lambda\, x_{k-1} \right)$$
#
# Затухание стоит вне адаптивного шага, берёт **старую** точку $x_{k-1}$ и умножается на $\alpha$ (S13).


# %% tags=["exercise"]
def adamw(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    raise NotImplementedError


# %% tags=["solution"]
def adamw(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, lam=1e-2):
    xs = [np.array(x0, dtype=float)]
    m = v = 0
    for k in range(1, n_steps + 1):
        x = xs[-1]
        g = grad(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**k)
        v_hat = v / (1 - beta2**k)
        xs.append(x - alpha * (m_hat / (v_hat**0.5 + eps) + lam * x))
    return np.array(xs)


# %%
check("adamw", adamw)

# %% [markdown]
# ## 7. AdaMax: 10 баллов
#
# Этого метода на лекции не было, хотя он из той же статьи, что и Adam. Adam делит на корень из среднего квадрата градиентов; AdaMax — на самый большой из них, только старые понемногу забываются:
#
# $$m_k = \beta_1 m_{k-1} + (1 - \beta_1)\, g_k, \qquad u_k = \max\left(\beta_2 u_{k-1},\ |g_k| + \varepsilon\right), \qquad x_k = x_{k-1} - \frac{\alpha}{1 - \beta_1^k} \cdot \frac{m_k}{u_k}$$
#
# Максимум, как и модуль, покоординатный, $u_0 = 0$. Поправка на смещение одна, у $m$: уже $u_1$ равно $|g_1| + \varepsilon$, и исправлять там нечего. В статье $\varepsilon$ нет совсем; здесь оно стоит там же, где в torch.


# %% tags=["exercise"]
def adamax(grad, x0, n_steps, alpha=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    raise NotImplementedError


# %% tags=["solution"]
def adamax(grad, x0, n_steps, alpha=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    xs = [np.array(x0, dtype=float)]
    m = u = 0
    for k in range(1, n_steps + 1):
        g = grad(xs[-1])
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, abs(g) + eps)
        xs.append(xs[-1] - alpha / (1 - beta1**k) * m / u)
    return np.array(xs)


# %%
check("adamax", adamax)

# %% [markdown]
# ## 8. Найдите ошибку: 10 баллов
#
# AdaBelief (Zhuang et al., 2020) — это Adam, у которого в знаменателе не сам градиент, а то, насколько он отличается от ожидаемого:
#
# $$m_k = \beta_1 m_{k-1} + (1 - \beta_1)\, g_k, \qquad s_k = \beta_2 s_{k-1} + (1 - \beta_2)\, (g_k - m_k)^2$$
#
# $$\hat m_k = \frac{m_k}{1 - \beta_1^k}, \qquad \hat s_k = \frac{s_k}{1 - \beta_2^k}, \qquad x_k = x_{k-1} - \frac{\alpha\, \hat m_k}{\sqrt{\hat s_k} + \varepsilon}$$
#
# В программе ниже одна ошибка. Она сходится, и на графике ничего не заметно. Найдите ошибку, сравнивая программу с формулами, и исправьте.


# %% tags=["exercise"]
def adabelief(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    xs = np.empty((n_steps + 1, len(x0)))
    xs[0] = x0
    m = s = np.zeros(len(x0))
    for k in range(1, n_steps + 1):
        g = grad(xs[k - 1])
        s = s + (1 - beta2) * ((g - m) ** 2 - s)
        m = m + (1 - beta1) * (g - m)
        step = alpha * m / (1 - beta1**k)
        xs[k] = xs[k - 1] - step / ((s / (1 - beta2**k)) ** 0.5 + eps)
    return xs


# %% tags=["solution"]
def adabelief(grad, x0, n_steps, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    xs = [np.array(x0, dtype=float)]
    m = s = 0
    for k in range(1, n_steps + 1):
        g = grad(xs[-1])
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m) ** 2
        m_hat = m / (1 - beta1**k)
        s_hat = s / (1 - beta2**k)
        xs.append(xs[-1] - alpha * m_hat / (s_hat**0.5 + eps))
    return np.array(xs)


# %%
check("adabelief", adabelief)

# %% [markdown]
# ## Что получилось
#
# Методы на одном овраге с наклонными осями; те, что ещё не написаны, пропускаются. За эту часть баллов нет: меняйте шаги и смотрите.

# %%
problem = quadratic(kappa=20, angle=0.6)
x0 = [-2.5, 1.5]
runs = {
    "GD": (gd, {"alpha": 1.0}),
    "Heavy ball": (momentum, {"alpha": 0.3, "beta": 0.8}),
    "AdaGrad": (adagrad, {"alpha": 1.0}),
    "RMSProp": (rmsprop, {"alpha": 0.1}),
    "Adam": (adam, {"alpha": 0.3}),
    "AdamW": (adamw, {"alpha": 0.3, "lam": 0.1}),
    "AdaMax": (adamax, {"alpha": 0.3}),
    "AdaBelief": (adabelief, {"alpha": 0.3}),
}
left, right = plot.axes(2)
for name, (method, hyper) in runs.items():
    try:
        xs = method(problem.grad, x0, 60, **hyper)
    except NotImplementedError:
        continue
    plot.path(problem, xs, ax=left)
    plot.gap(problem, xs, ax=right, label=name)
_ = right.set_ylim(bottom=1e-8)

# %% [markdown]
# Затухание AdamW тянет точку к нулю. Здесь это только помогает: минимум задачи и есть нуль. Сдвиньте минимум и посмотрите, куда придёт AdamW. А у AdaMax один большой градиент остаётся в знаменателе надолго: через сколько шагов он убавится вдвое при $\beta_2 = 0.999$? А у Adam?
#
# ## Как сдать
#
# Перезапустите ядро, выполните всё подряд (меню Run → Restart Kernel and Run All Cells), сохраните тетрадь и сдайте файл `.ipynb`. Имя файла может быть любым, а имена функций должны остаться прежними.
