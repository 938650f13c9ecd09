"""The formulas of our messages as MathML, which every browser shows without help from the network.

Only what `ru` and `en` use is known: letters, indices, roots, fractions, hats.
"""

import re
from html import escape

from course_lib.homework.words import PLAIN

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")
MINUS = "\u2212"


def math(tex):
    """A formula without its dollars as a <math> element."""
    tokens = TOKEN.findall(tex)
    tokens.reverse()
    return f"<math>{row(tokens)}</math>"


def row(tokens, end=None):
    """Elements up to a closing bracket, which is taken too."""
    found = []
    while tokens:
        if tokens[-1] == end:
            tokens.pop()
            break
        if tokens[-1] in "_^" and found:
            found.append(scripts(found.pop(), tokens))
        else:
            found.append(element(tokens))
    return f"<mrow>{''.join(found)}</mrow>"


def scripts(base, tokens):
    parts = {}
    while tokens and tokens[-1] in ("_", "^") and tokens[-1] not in parts:
        kind = tokens.pop()
        parts[kind] = element(tokens)
    if len(parts) == 2:
        return f"<msubsup>{base}{parts['_']}{parts['^']}</msubsup>"
    tag = "msub" if "_" in parts else "msup"
    return f"<{tag}>{base}{''.join(parts.values())}</{tag}>"


def element(tokens):
    """The next letter, number, bracket or command with what belongs to it."""
    if not tokens:
        return "<mrow></mrow>"
    token = tokens.pop()
    if token == "{":
        return row(tokens, "}")
    if token in (r"\frac", r"\tfrac"):
        return f"<mfrac>{element(tokens)}{element(tokens)}</mfrac>"
    if token == r"\sqrt":
        return f"<msqrt>{element(tokens)}</msqrt>"
    if token == r"\hat":
        return f"<mover accent='true'>{element(tokens)}<mo>^</mo></mover>"
    if token == r"\mathbb":
        return element(tokens).replace("E", "𝔼")
    if token == r"\operatorname":
        name = element(tokens).replace("</mi><mi>", "").replace("<mi>", "<mi mathvariant='normal'>")
        return f"{name}<mspace width='0.17em'/>"
    if token in PLAIN:
        token = PLAIN[token].strip() or "\u2009"
    token = token.removeprefix("\\")
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{escape(token)}</mi>"
    return f"<mo stretchy='false'>{escape(token.replace('-', MINUS))}</mo>"
