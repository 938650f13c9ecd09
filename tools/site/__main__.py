"""`python -m tools.site`: see the package."""

import argparse
import sys

import tools.site
from tools import NOTEBOOKS, ROOT
from tools.browser import NoBrowser, chromium
from tools.site.convert import LANGUAGES, write_static
from tools.site.executed import executed
from tools.site.lite import needs_torch, write_lite
from tools.site.pages import write_pages
from tools.site.slides import SIZE, write_pdf, write_slides


def main(argv=None):
    parser = argparse.ArgumentParser(description=tools.site.__doc__.split("\n")[0])
    parser.add_argument("what", choices=["site", "slides"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of notebooks (default: all)")
    parser.add_argument("--pdf", action="store_true", help="of the slides too")
    asked = parser.parse_args(argv)
    there = [file.stem for file in (NOTEBOOKS / "ru").glob("*.ipynb")]
    there.sort(key=lambda name: name if name[0].isdigit() else "00~")  # the seminar after the start
    if unknown := set(asked.names) - set(there):
        parser.error(f"no notebook {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    target = ROOT / "build" / asked.what
    try:
        write_static(target / "static")
    except FileNotFoundError as missing:
        sys.exit(f"make {asked.what}: {missing.filename} is missing: make npm")
    notebooks = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        for name in asked.names or there:
            print(f"{language}/{name}", flush=True)
            notebooks[language][name] = executed(NOTEBOOKS / language / f"{name}.ipynb")
    if asked.what == "site":
        runs = {name: not needs_torch(notebook) for name, notebook in notebooks["ru"].items()}
        write_pages(notebooks, NOTEBOOKS, target, runs)
        paths = [
            f"{language}/{name}.ipynb" for language in LANGUAGES for name in runs if runs[name]
        ]
        write_lite({path: NOTEBOOKS / path for path in paths}, target / "lite")
        print(target / "index.html")
        return
    write_slides(notebooks, target)
    print(target)
    if asked.pdf:
        try:
            with chromium(viewport=SIZE) as window:
                files = [target / lang / f"{n}.html" for lang in LANGUAGES for n in notebooks[lang]]
                write_pdf(window, files)
        except NoBrowser as missing:
            sys.exit(f"make slides: {missing}")


if __name__ == "__main__":
    main()
