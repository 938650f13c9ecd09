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
# # Семинар: девяносто минут по слайдам
#
# **Цель.** Пройти все слайды лекции по порядку, и к каждому — вопрос классу, опыт и вердикт. Всё взято из тетрадей курса; доказательства, оговорки и упражнения остались там.
#
# **Время:** 90 мин на паре. **Слайды:** S1–S14.

# %% [markdown] slideshow={"slide_type": "notes"}
# Для преподавателя. Перед занятием перезапустите ядро и выполните ячейки по одной вместе с классом (`Shift+Enter`): сначала вопрос «Предскажите», голосование поднятыми руками, потом ячейка; ответ стоит под ней. Все вместе они считаются меньше минуты. Код рисунков свёрнут, щелчок его открывает. Студентам дома — тетради по порядку, начиная с [конечной суммы](01_finite_sum.ipynb).

# %% include="imports" tags=["hide-input"]

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S1. Цена итерации · 4 мин на паре

# %% include="01_finite_sum:gd"

# %% include="01_finite_sum:cost" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S2. Несмещённый, но шумный · 6 мин на паре

# %% include="01_finite_sum:unbiased"

# %% include="01_finite_sum:variance" slideshow={"slide_type": "subslide"}

# %% include="01_finite_sum:plane"

# %% include="01_finite_sum:variance-answer"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S3. Сколько итераций нужно · 7 мин на паре

# %% include="02_rates:promised"

# %% include="02_rates:endless" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S4. В каком смысле «нельзя улучшить» · 15 мин на паре

# %% include="02_rates:adversary"

# %% include="02_rates:nesterov" slideshow={"slide_type": "subslide"}

# %% include="02_rates:duel" slideshow={"slide_type": "subslide"}

# %% include="02_rates:coin" slideshow={"slide_type": "subslide"}

# %% include="02_rates:coin-answer"

# %% [markdown]
# Остальные четыре клетки, по противнику на каждую, — [в тетради о скоростях](02_rates.ipynb).

# %% include="02_rates:for-any"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S5. Узкое место — дисперсия · 4 мин на паре
#
# **Утверждение слайда.** В стохастическом случае импульс и квазиньютоновские методы не улучшают скорость, только константы: узкое место — дисперсия, а не число обусловленности. Скорости пяти методов с шумом и без измерены [в той же тетради](02_rates.ipynb); здесь — один опыт, в котором узкое место меняется.

# %% include="02_rates:noise"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S6. Типичное поведение · 4 мин на паре

# %% include="03_sgd:path"

# %% include="03_sgd:descent" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S7. Батч = 2 · 8 мин на паре

# %% include="03_sgd:pair"

# %% include="03_sgd:class" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S8. Вычислительные эксперименты · 4 мин на паре
#
# Ссылки слайда давно не открываются. Опыты на настоящих данных — [в тетради об SGD](03_sgd.ipynb), а здесь самый короткий из них: что станет с шаром шума, если убрать шум.

# %% include="03_sgd:exact"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S9. AdaGrad · 7 мин на паре

# %% include="04_adagrad:formula"

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Утверждение слайда.** AdaGrad избавляет от подбора $\alpha$. Вердикт [в тетради об AdaGrad](04_adagrad.ipynb) — «неверно»: тому, кому нужен лучший результат, подбирать приходится и здесь. От масштаба функции лучшее $\alpha$ у AdaGrad и правда не зависит, а от расстояния до минимума — зависит; там же это можно проверить ползунками.

# %% include="04_adagrad:whale" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S10. RMSProp · 8 мин на паре

# %% include="05_rmsprop:formula"

# %% [markdown] slideshow={"slide_type": "subslide"}
# Нестационарные задачи — [в тетради о RMSProp](05_rmsprop.ipynb).

# %% include="05_rmsprop:ravine"

# %% include="05_rmsprop:turn"

# %% include="05_rmsprop:ravine-answer"

# %% [markdown]
# Вердикт [в той же тетради](05_rmsprop.ipynb), на случайных оврагах в десяти измерениях, — «верно при условии»: анизотропия должна идти **вдоль осей координат**. Она встречается часто: признаки в разных единицах, слои сети с разным масштабом весов.

# %% include="05_rmsprop:dive" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S11. Adadelta · 4 мин на паре

# %% include="06_adadelta:formula"

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Утверждение слайда.** Начальную скорость задавать не нужно: вместо $\alpha$ стоит размер собственных недавних шагов.

# %% include="06_adadelta:arrival"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S12. Adam · 9 мин на паре

# %% include="07_adam:formula"

# %% include="07_adam:theorem" slideshow={"slide_type": "subslide"}

# %% [markdown]
# Рядом с Adam играет AMSGrad — тот же метод без шляпок, но в знаменателе у него наибольшее из всех прежних $v$, и убывать знаменатель не может.

# %% include="07_adam:astray" slideshow={"slide_type": "subslide"}

# %% include="07_adam:verdict"

# %% [markdown]
# Случайный порядок функций не помогает, и поправка на смещение ни при чём: оба опыта — [в тетради об Adam](07_adam.ipynb).

# %% [markdown] slideshow={"slide_type": "subslide"}
# На правой картинке — карта: куда Adam сдвигается за один период. Красное в крапинку — прочь от лучшей точки, синее — к ней.

# %% include="07_adam:drift"

# %% [markdown]
# Слайд спрашивает ещё, почему Adam так хорош для языка. Ответ занимает [отдельную тетрадь](10_why_adam.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S13. AdamW · 4 мин на паре

# %% include="08_adamw:formula"

# %% include="08_adamw:silent" slideshow={"slide_type": "subslide"}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## S14. Нейронные сети · 5 мин на паре

# %% include="09_neural_networks:contest"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Итог · 1 мин на паре
#
# - Стохастическая итерация в $n$ раз дешевле и не смещена. Цена — дисперсия: с постоянным шагом SGD застревает в шаре шума, а без шума в минимуме сходится линейно.
# - Таблица скоростей — о худшей функции для каждого $N$; на одной функции метод быстрее. На выпуклых функциях скорость GD можно улучшить (метод Нестерова), скорость SGD — нельзя.
# - AdaGrad уравнивает координаты, но ничего не забывает. RMSProp забывает и с постоянным шагом не останавливается.
# - Adadelta прячет шаг в $\varepsilon$, Adam бывает неправ даже на выпуклой задаче, AdamW выносит затухание из адаптивного шага.
# - Если шаг подобран каждому, восемь методов на маленьких сетях близки.
