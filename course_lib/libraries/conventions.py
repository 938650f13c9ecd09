"""One formula, three libraries: where torch, optax and keras keep to the slides, and where not.

A result moves from one library to another only with its conventions: where ε stands, where the
inner vectors start, which decays and which λ are the defaults. `TABLE` says it for the methods of
the lecture; `tools/libraries_page.py` runs the calls that stand here, measures how far they lead
from the slides, and writes the page `notebooks/LIBRARIES.md`.
"""

from typing import NamedTuple

#: The versions that were read and run; the transformers only read.
VERSIONS = {"torch": "2.13.0", "optax": "0.2.8", "keras": "3.15.1", "transformers": "5.23.0"}

#: Where a library documents what is called.
DOCS = {
    "torch": "https://docs.pytorch.org/docs/stable/generated/torch.optim.{}.html",
    "optax": "https://optax.readthedocs.io/en/latest/api/optimizers.html#optax.{}",
    "keras": "https://keras.io/api/optimizers/{}/",
}


class Slide(NamedTuple):
    """A method as the slides have it: its slide, its step, and the defaults of `methods`."""

    number: str
    step: str
    defaults: str


class Convention(NamedTuple):
    """A library's version of it.

    step: in the slides' letters; inner vectors start at 0 where nothing else is said.
    defaults: the library's own, under its own names.
    call: what one writes without thinking; Python, with numbers α, β, λ and parameters x.
    source: the file of the library that says so.
    nearest: the call that comes nearest to the slide; "" if it is `call`.
    """

    step: str
    defaults: dict
    call: str
    source: str
    nearest: str = ""


SLIDES = {
    "gd": Slide("S1", "x − α g", "α = 0.1"),
    "momentum": Slide("S5", "m ← β m + g, x − α m", "β = 0.9"),
    "nesterov": Slide("S5", "y = x + β (x − x₋₁), y − α ∇f(y)", "β = 0.9"),
    "adagrad": Slide("S9", "x − α g / √(v + ε)", "ε = 1e-6"),
    "rmsprop": Slide("S10", "x − α g / √(v + ε)", "γ = 0.9, ε = 1e-6"),
    "adadelta": Slide("S11", "x − g √(Δ + ε) / √(v + ε)", "γ = ρ = 0.9, ε = 1e-6"),
    "adam": Slide("S12", "x − α m̂ / (√v̂ + ε)", "β₁ = 0.9, β₂ = 0.999, ε = 1e-8"),
    "amsgrad": Slide("S12", "x − α m / (√max v + ε)", "β₁ = 0.9, β₂ = 0.999, ε = 1e-8"),
    "adam_l2": Slide("S13", "g ← g + λ x, Adam", "λ = 0.01"),
    "adamw": Slide("S13", "x − α (m̂ / (√v̂ + ε) + λ x)", "λ = 0.01"),
}

ADAM = "x − α m̂ / (√v̂ + ε)"
TORCH_ADAM = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}
OPTAX_ADAM = {"b1": 0.9, "b2": 0.999, "eps": 1e-8}
KERAS_ADAM = {"learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
ALIAS, TRANSFORM, IN_KERAS = (
    "optax/_src/alias.py",
    "optax/_src/transform.py",
    "keras/src/optimizers",
)

TORCH = {
    "gd": Convention(
        "x − α g", {"lr": 1e-3}, "SGD([x], lr=α)", "torch/optim/sgd.py"),
    "momentum": Convention(
        "m ← β m + g, x − α m", {"momentum": 0, "dampening": 0},
        "SGD([x], lr=α, momentum=β)", "torch/optim/sgd.py"),
    "nesterov": Convention(
        "m ← β m + g, y − α (g + β m)", {"nesterov": False},
        "SGD([x], lr=α, momentum=β, nesterov=True)", "torch/optim/sgd.py"),
    "adagrad": Convention(
        "x − α g / (√v + ε)", {"lr": 0.01, "eps": 1e-10, "initial_accumulator_value": 0},
        "Adagrad([x], lr=α)", "torch/optim/adagrad.py", "Adagrad([x], lr=α, eps=1e-3)"),
    "rmsprop": Convention(
        "x − α g / (√v + ε)", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8},
        "RMSprop([x], lr=α)", "torch/optim/rmsprop.py", "RMSprop([x], lr=α, alpha=0.9, eps=1e-3)"),
    "adadelta": Convention(
        "x − α g √(Δ + ε) / √(v + ε)", {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
        "Adadelta([x])", "torch/optim/adadelta.py"),
    "adam": Convention(
        ADAM, TORCH_ADAM, "Adam([x], lr=α)", "torch/optim/adam.py"),
    "amsgrad": Convention(
        "x − α m̂ / (√(max v / (1−β₂ᵏ)) + ε)", {"amsgrad": False},
        "Adam([x], lr=α, amsgrad=True)", "torch/optim/adam.py"),
    "adam_l2": Convention(
        "g ← g + λ x, Adam", {"weight_decay": 0},
        "Adam([x], lr=α, weight_decay=λ)", "torch/optim/adam.py"),
    "adamw": Convention(
        "x − α (m̂ / (√v̂ + ε) + λ x)", {**TORCH_ADAM, "weight_decay": 0.01},
        "AdamW([x], lr=α)", "torch/optim/adam.py"),
}  # fmt: skip

OPTAX = {
    "gd": Convention(
        "x − α g", {}, "sgd(α)", ALIAS),
    "momentum": Convention(
        "m ← β m + g, x − α m", {"momentum": None}, "sgd(α, momentum=β)", ALIAS),
    "nesterov": Convention(
        "m ← β m + g, y − α (g + β m)", {"nesterov": False},
        "sgd(α, momentum=β, nesterov=True)", ALIAS),
    "adagrad": Convention(
        "x − α g / √(v + ε), v₀ = 0.1", {"initial_accumulator_value": 0.1, "eps": 1e-7},
        "adagrad(α)", TRANSFORM, "adagrad(α, initial_accumulator_value=0, eps=1e-6)"),
    "rmsprop": Convention(
        "x − α g / √(v + ε)", {"decay": 0.9, "eps": 1e-8, "initial_scale": 0.0},
        "rmsprop(α)", TRANSFORM, "rmsprop(α, eps=1e-6)"),
    "adadelta": Convention(
        "x + g √(Δ + ε) / √(v + ε)", {"learning_rate": None, "rho": 0.9, "eps": 1e-6},
        "adadelta()", TRANSFORM, "adadelta(1.0)"),
    "adam": Convention(
        ADAM, OPTAX_ADAM, "adam(α)", TRANSFORM),
    "amsgrad": Convention(
        "x − α m̂ / (√max v̂ + ε)", {"bias_correction_mu": True, "bias_correction_nu": True},
        "amsgrad(α)", TRANSFORM,
        "amsgrad(α, bias_correction_mu=False, bias_correction_nu=False)"),
    "adam_l2": Convention(
        "AdamW", {}, "adamw(α, weight_decay=λ)", ALIAS, "chain(add_decayed_weights(λ), adam(α))"),
    "adamw": Convention(
        "x − α (m̂ / (√v̂ + ε) + λ x)", {**OPTAX_ADAM, "weight_decay": 1e-4},
        "adamw(α)", ALIAS, "adamw(α, weight_decay=λ)"),
}  # fmt: skip

KERAS = {
    "gd": Convention(
        "x − α g", {"learning_rate": 0.01}, "SGD(α)", f"{IN_KERAS}/sgd.py"),
    "momentum": Convention(
        "m ← β m − α g, x + m", {"momentum": 0.0}, "SGD(α, momentum=β)", f"{IN_KERAS}/sgd.py"),
    "nesterov": Convention(
        "m ← β m − α g, y + β m − α g", {"nesterov": False},
        "SGD(α, momentum=β, nesterov=True)", f"{IN_KERAS}/sgd.py"),
    "adagrad": Convention(
        "x − α g / √(v + ε), v₀ = 0.1",
        {"learning_rate": 1e-3, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
        "Adagrad(α)", f"{IN_KERAS}/adagrad.py",
        "Adagrad(α, initial_accumulator_value=0, epsilon=1e-6)"),
    "rmsprop": Convention(
        "x − α g / √(v + ε)", {"learning_rate": 1e-3, "rho": 0.9, "epsilon": 1e-7},
        "RMSprop(α)", f"{IN_KERAS}/rmsprop.py", "RMSprop(α, epsilon=1e-6)"),
    "adadelta": Convention(
        "x − α g √(Δ + ε) / √(v + ε)", {"learning_rate": 1e-3, "rho": 0.95, "epsilon": 1e-7},
        "Adadelta()", f"{IN_KERAS}/adadelta.py", "Adadelta(1.0, rho=0.9, epsilon=1e-6)"),
    "adam": Convention(
        "x − α m̂ / (√v̂ + ε / √(1−β₂ᵏ))", KERAS_ADAM,
        "Adam(α)", f"{IN_KERAS}/adam.py", "Adam(α, epsilon=1e-8)"),
    "amsgrad": Convention(
        "x − α m̂ √(1−β₂ᵏ) / (√max v + ε)", {"amsgrad": False},
        "Adam(α, amsgrad=True)", f"{IN_KERAS}/adam.py"),
    "adam_l2": Convention(
        "AdamW", {"weight_decay": None}, "Adam(α, weight_decay=λ)",
        f"{IN_KERAS}/base_optimizer.py", "Adam(α, epsilon=1e-8), L2(λ / 2)"),
    "adamw": Convention(
        "x − α (m̂ / (√v̂ + ε / √(1−β₂ᵏ)) + λ x)", {**KERAS_ADAM, "weight_decay": 0.004},
        "AdamW(α)", f"{IN_KERAS}/base_optimizer.py", "AdamW(α, weight_decay=λ, epsilon=1e-8)"),
}  # fmt: skip

#: {library: {method: its convention}}, the methods in the order of the slides.
TABLE = {"torch": TORCH, "optax": OPTAX, "keras": KERAS}

#: What the Hugging Face Trainer does if nobody asks: the defaults of its `TrainingArguments`
#: (transformers/training_args.py). A λ > 0 spares biases and norms (transformers/trainer.py).
TRAINER = {
    "optim": "adamw_torch_fused",  # "adamw_torch" for torch < 2.8
    "learning_rate": 5e-5,
    "lr_scheduler_type": "linear",
    "weight_decay": 0.0,
    "adam_beta1": 0.9,
    "adam_beta2": 0.999,
    "adam_epsilon": 1e-8,
    "max_grad_norm": 1.0,
}
