"""`make picture`: notebooks/images/explorer.png, the live explorer as JupyterLab shows it."""

import io
import sys

from matplotlib import image

from tools import NOTEBOOKS, ROOT
from tools.browser import Lab, NoBrowser, chromium, jupyterlab

NOTEBOOK = "ru/03_sgd.ipynb"
TARGET = NOTEBOOKS / "images" / "explorer.png"
WIDTH = 1280  # of the picture
MARGIN = 4


def main():
    # A window wide enough for the widget; the side bar is closed, so that nothing is cut.
    size = {"width": WIDTH + 160, "height": 1200}
    try:
        with jupyterlab(NOTEBOOKS) as server, chromium(viewport=size) as window:
            lab = Lab(window, server)
            lab.open(NOTEBOOK)
            lab.menu("View", "Appearance", "Show Left Sidebar")
            lab.run_all()
            figure = lab.figure().show()
            for n in range(figure.canvases()):
                figure.settled(n)
            picture = lab.page.screenshot(clip=around(figure))
            problems = [*lab.problems, *([figure.error()] if figure.error() else [])]
    except NoBrowser as missing:
        sys.exit(f"make picture: {missing}")
    if problems:
        sys.exit("\n".join(["make picture: the page complained:", *problems]))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(picture)
    height, width = image.imread(io.BytesIO(picture), format="png").shape[:2]
    print(f"{TARGET.relative_to(ROOT)}: {width} × {height}")


def around(figure):
    """The widget and a little paper around it."""
    box = figure.root.bounding_box()
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": min(WIDTH, box["width"] + 2 * MARGIN),
        "height": box["height"] + 2 * MARGIN,
    }


if __name__ == "__main__":
    main()
