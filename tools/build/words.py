"""One word for one thing: the words of `notebooks/GLOSSARY.md` that the prose does not use, and one
English opening, **The slide's claim.**, for each Russian one.
"""

import re

#: Columns of its table, from 0: the words that a language does not use.
UNUSED = {"msgid": 3, "msgstr": 4}
OPENING = re.compile(r"[> ]*\*\*(?P<words>[^*]+)\*\*")


def glossary(text):
    """{"msgid": [word, …], "msgstr": […]}: what the Russian and the English prose avoid."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {
        side: [word for row in rows for word in re.split(r",\s*", row[column]) if word]
        for side, column in UNUSED.items()
    }


def check_words(entry, avoided):
    """Problems of one paragraph of the catalogue, in both languages; its code may say anything."""
    for side, words in avoided.items():
        prose = re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", " ", getattr(entry, side))
        for word in words:
            if re.search(rf"\b{re.escape(word)}\b", prose, re.IGNORECASE):
                yield f"the glossary has another word for «{word}»"


def check_openings(entries):
    """Problems of paragraphs that open with the same bold words in Russian and not in English."""
    first = {}
    for entry in entries:
        opens = [OPENING.match(text) for text in (entry.msgid, entry.msgstr)]
        if all(opens):
            russian, english = (match["words"] for match in opens)
            if english != (before := first.setdefault(russian, english)):
                yield f"«{russian}»: **{english}** here, **{before}** elsewhere: make them equal"
