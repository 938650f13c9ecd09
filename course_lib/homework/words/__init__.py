"""What the homework says to people, in the language of their notebook."""

import re

from course_lib.homework.words import en, ru

LANGUAGES = {"ru": ru.WORDS, "en": en.WORDS}
#: What TeX writes and a terminal shows; feedback keeps the formulas as they are.
PLAIN = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\rho": "ρ", r"\varepsilon": "ε",
    r"\lambda": "λ", r"\sigma": "σ", r"\ell": "ℓ", r"\ldots": "…", r"\cdot": "·", r"\hat m": "m̂",
    r"\hat v": "v̂", r"\hat s": "ŝ", r"\operatorname": "",
    r"\,": " ", r"\leq": "≤", r"\le": "≤", r"\ge": "≥", r"\approx": "≈",
    r"\|": "‖", r"\sqrt": "√", r"\mathbb": "", r"\tfrac12": "½", r"\mu": "μ",
    "_0": "₀", "_1": "₁", "_2": "₂", "_k": "ₖ", "_n": "ₙ", "_j": "ⱼ", "_{k-1}": "ₖ₋₁", "^2": "²",
    "^*": "*", "{": "", "}": "",
}  # fmt: skip
NO_WORDS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", re.DOTALL)  # formulas and code
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def say(language, key, **values):
    """A message with its values filled in."""
    return LANGUAGES[language][key].format(**values)


def plain(text, keep_code=False):
    """Markdown with formulas as ordinary characters; keep_code: with the marks of code."""

    def formula(match):
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", match[1])
        for tex in sorted(PLAIN, key=len, reverse=True):
            text = text.replace(tex, PLAIN[tex])
        return text

    text = re.sub(r"\$([^$]+)\$", formula, text)
    return text if keep_code else text.replace("`", "")


def language_of(cells):
    """Of a notebook's cells [(kind, text), …]: what most cells of prose are written in.

    Students answer in any language, in a few cells; without prose the code decides.
    """
    prose = [text for kind, text in cells if kind == "markdown"] or [text for _, text in cells]
    prose = [NO_WORDS.sub("", text) for text in prose]
    counts = [(len(CYRILLIC.findall(text)), sum(map(str.isalpha, text))) for text in prose]
    votes = [2 * cyrillic > letters for cyrillic, letters in counts if letters]
    return "ru" if 2 * sum(votes) >= len(votes) else "en"
