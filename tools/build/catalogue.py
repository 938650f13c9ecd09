"""English as gettext: `notebooks/locale/en.po`, whose keys are the Russian paragraphs."""

from difflib import SequenceMatcher

import polib

from tools.build.sources import SourceError, prose

PO_METADATA = {
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
}
SIMILAR = 0.6  # an edited paragraph keeps its old English above this difflib ratio


def read_po(root):
    path = root / "locale" / "en.po"
    if not path.exists():
        return polib.POFile()
    try:
        return polib.pofile(str(path), encoding="utf-8", check_for_duplicates=True)
    except (OSError, ValueError) as error:
        raise SourceError(f"locale/en.po: {' '.join(str(error).split())}") from error


def closest(text, entries):
    """The entry whose Russian is most like the text, if any is like it at all."""
    best, best_ratio = None, SIMILAR
    matcher = SequenceMatcher(None, "", text, autojunk=False)
    for entry in entries:
        matcher.set_seq1(entry.msgid)
        if matcher.quick_ratio() > best_ratio and matcher.ratio() > best_ratio:
            best, best_ratio = entry, matcher.ratio()
    return best


def translate(text, old):
    """A paragraph's entry with the English of an older one; fuzzy if that was for another text."""
    entry = polib.POEntry(msgid=text)
    if old:
        entry.msgstr, entry.tcomment = old.msgstr, old.tcomment
        if old.fuzzy or old.msgid != text:
            entry.flags = ["fuzzy"]
            entry.previous_msgid = old.previous_msgid if old.fuzzy else old.msgid
    return entry


def update_po(old, notebooks):
    """The catalogue for today's paragraphs, with all English that can be kept."""
    known = {entry.msgid: entry for entry in old}
    new = polib.POFile(wrapwidth=0)
    new.header = (
        "English of the notebooks. Edit msgstr and remove 'fuzzy'; the builder does the rest."
    )
    new.metadata = PO_METADATA
    added = {}
    for name, cells in notebooks.items():
        place = (f"src/{name}.py", "")
        texts = dict.fromkeys(prose(cells))
        here = [entry for entry in known.values() if place in entry.occurrences]
        vanished = [entry for entry in here if entry.msgid not in texts and entry.msgstr]
        for text in texts:
            if text not in added:
                added[text] = translate(text, known.get(text) or closest(text, vanished))
                new.append(added[text])
            added[text].occurrences.append(place)
    return new
