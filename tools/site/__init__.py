"""`make site` and `make slides`: the course to read and to show, without a kernel or a network.

Every notebook is executed once (`executed`) and turned into a web page and a deck (`convert`) by
nbconvert with the templates here, which stand on the course's own; `pages` adds what holds a site
together: the index, the search, the pages of times, verdicts and libraries. Nothing leads outside:
MathJax, reveal.js and MiniSearch come from npm at the set-up, at the versions of package-lock.json.
Where a server shows the site, a chapter without torch can be run in the browser too: `lite`.

    python -m tools.site site [NAME ...]            build/site/{ru,en}/NAME.html
    python -m tools.site slides [NAME ...] [--pdf]  build/slides/{ru,en}/NAME.html
"""
