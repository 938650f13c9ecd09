# Two commands matter: `make lab` and `make test`. `make help` lists the rest.
#
# Nothing outside this folder is changed, but for Chromium and bubblewrap: `make test` installs them
# where it may.
# Written for the oldest make still around (3.81, macOS) and a plain POSIX shell.

PYTHON ?= python3
PORT ?= 8888
COURSE_LANG ?= ru
ARGS ?=
SUBMISSIONS ?=
OUT ?=
ASSIGNMENT ?=
ROSTER ?=
AGAIN ?=

VENV := .venv
PY := $(VENV)/bin/python
LOG := setup.log
ADDED := course_lib/jupyter
SETUP := requirements.lock pyproject.toml $(wildcard $(ADDED)/*.json $(ADDED)/labconfig/* $(ADDED)/labextensions/*/* $(ADDED)/templates/course/*)
# `make lock` holds these back. torch: newer versions have no small CPU build where we test.
# soupsieve: 3 needs Python 3.11.5, and Debian 12 has 3.11.2.
PINS := torch==2.13.0 soupsieve==2.10

# A file's tests share a process, and with it what they prepare once: a graded class, a notebook.
BY_FILE := -n 2 --dist loadfile --no-loadscope-reorder

BUILDER := $(wildcard tools/build/*.py)
EXPERIMENTS := $(filter-out __init__ stored,$(notdir $(basename $(wildcard course_lib/experiments/*.py))))
SOURCES := $(wildcard notebooks/src/*.py notebooks/locale/*.po)
FIND_BUBBLEWRAP := command -v bwrap
FIND_CHROMIUM := { command -v chromium || command -v chromium-browser || command -v google-chrome; }

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help lab test lint format unit test-elsewhere test-notebooks test-browser \
	notebooks check-notebooks libraries heavy times verdicts solutions homework grade \
	check-pixels bench bench-nets bench-explorer bench-class class \
	site slides check-site picture wheel lock chromium bubblewrap npm clean

help: ## list the targets
	@echo "make TARGET; variables: PORT=8888 ARGS=\"--no-browser\" COURSE_LANG=ru|en PYTHON=python3"
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /|/' | awk -F'|' '{ printf "  %-16s %s\n", $$1, $$2 }'

# ---- What students and teachers run ----------------------------------------------------------

# As root (a container), Jupyter refuses to start unless told that it is meant.
lab: $(VENV)/.lab $(VENV)/.notebooks ## set everything up and open JupyterLab on the start notebook
	@test -f "notebooks/$(COURSE_LANG)/00_start.ipynb" || { \
	  echo "make lab: there is no notebooks/$(COURSE_LANG)/00_start.ipynb; COURSE_LANG is ru or en."; exit 1; }
	@root=; [ "$$(id -u)" != 0 ] || root=--allow-root; \
	exec $(PY) -m jupyterlab $$root --port=$(PORT) --ServerApp.root_dir=. \
	  --LabApp.default_url=/lab/tree/notebooks/$(COURSE_LANG)/00_start.ipynb $(ARGS)

# ---- Checks ----------------------------------------------------------------------------------

test: $(VENV)/.test chromium bubblewrap npm ## set everything up and run every check
	@for group in lint check-notebooks unit test-elsewhere test-notebooks test-browser; do \
	  echo; echo "==== make $$group ===="; \
	  $(MAKE) --no-print-directory $$group || { echo "==== FAILED: make $$group ===="; exit 1; }; \
	done; echo; echo "==== make test: all groups done ===="

lint: $(VENV)/.test ## style of the code (ruff)
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

format: $(VENV)/.test ## put the code into the one style
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

unit: $(VENV)/.test ## unit tests and doctests
	@$(PY) -m pytest $(BY_FILE) -m "not browser and not notebooks and not site and not pixels"

test-elsewhere: $(VENV)/.test ## tests against stored and quoted numbers, on an imitated older processor
	@$(PY) tests/support/elsewhere.py -m pytest $(BY_FILE) -m stored

test-notebooks: $(VENV)/.test ## run every notebook in both languages
	@$(PY) -m pytest -n 2 tests -m notebooks

test-browser: $(VENV)/.test chromium npm ## drive JupyterLab, a page and a deck in a real browser
	@if $(FIND_CHROMIUM) >/dev/null; then $(PY) -m pytest tests -m browser; \
	else echo "SKIPPED: every browser test, for there is no Chromium (CI=true makes this an error)."; fi

check-pixels: $(VENV)/.test chromium ## every live figure over a grid: what is shown ahead is what the kernel draws
	@$(PY) -m pytest tests/notebooks/test_pixels.py -m pixels

bench: $(VENV)/.test ## speed beside jax + optax and torch.optim
	@$(PY) -m tools.bench.run

bench-nets: $(VENV)/.test ## speed of a network's training beside torch.optim
	@$(PY) -m tools.bench.nets

bench-explorer: $(VENV)/.test chromium ## from the slider's key to the changed pixels, beside plain interact
	@$(PY) -m tools.bench.explorer

bench-class: $(VENV)/.test class bubblewrap ## a class on this machine: deploy/CLASS.md (ARGS="--students 8")
	@$(PY) -m tools.bench.classroom $(ARGS)

# ---- Notebooks -------------------------------------------------------------------------------

notebooks: $(VENV)/.lab ## build notebooks/ru and notebooks/en from notebooks/src (overwrites edits there)
	@$(PY) -m tools.build
	@touch $(VENV)/.notebooks

check-notebooks: $(VENV)/.lab ## the built notebooks equal their sources, and both languages are whole
	@$(PY) -m tools.build --check

libraries: $(VENV)/.test ## ask torch and optax again: notebooks/LIBRARIES.md, notebooks/OPTIMIZERS.md
	@$(PY) -m tools.libraries_page
	@$(PY) -m tools.optimizers_page

heavy: $(VENV)/.lab ## compute the committed results of long runs anew: data/results
	@for name in $(EXPERIMENTS); do $(PY) -m course_lib.experiments.$$name || exit 1; done

verdicts: $(VENV)/.test ## ask every check of every notebook with six seeds: notebooks/VERDICTS.md
	@$(PY) -m tools.verdicts $(ARGS)

times: $(VENV)/.lab ## what every notebook costs, beside a loop of NumPy: notebooks/TIMES.md
	@$(PY) -m tools.times $(ARGS)

solutions: $(VENV)/.lab ## build the notebooks with solutions, into notebooks/solutions
	@$(PY) -m tools.build --solutions

homework: $(VENV)/.lab ## build and check the homework to hand out: notebooks/homework/ru and en
	@$(PY) -m tools.build --homework

# Nobody's code is run outside the sandbox: without bubblewrap the grader refuses and says what to do.
grade: $(VENV)/.lab bubblewrap ## grade homework: make grade SUBMISSIONS=folder OUT=folder
	@[ -n "$(SUBMISSIONS)" ] && [ -n "$(OUT)" ] || { \
	  echo "make grade SUBMISSIONS=folder-or-zip OUT=folder [ASSIGNMENT=hw1_methods] [ROSTER=students.csv]" \
	    "[AGAIN=student:item] (COURSE_LANG=ru|en: of the report)"; exit 1; }
	@$(PY) -m course_lib.homework grade "$(SUBMISSIONS)" "$(OUT)" --language $(COURSE_LANG) \
	  $(ASSIGNMENT:%=--assignment %) $(if $(ROSTER),--roster "$(ROSTER)") $(if $(AGAIN),--again "$(AGAIN)") $(ARGS)

picture: $(VENV)/.test chromium ## make the picture of the README
	@$(PY) -m tools.picture

site: $(VENV)/.test npm ## the course as web pages that need nothing else: build/site (ARGS="03_sgd": one)
	@$(PY) -m tools.site site $(ARGS)

slides: $(VENV)/.test npm ## every notebook as a deck: build/slides (ARGS="03_sgd --pdf": one, and as PDF)
	@$(PY) -m tools.site slides $(ARGS)

check-site: site slides chromium ## every page and every deck in a real browser, without a network
	@$(PY) -m pytest tests/project/test_site.py tests/project/test_lite.py -m site

wheel: $(VENV)/.test check-notebooks ## build the package with data and notebooks: build/dist
	@$(PY) -m hatchling build -d build/dist

# `make lab` builds when a source is newer, and never over somebody's work: notebooks that were saved
# after the last build and differ from the committed ones stop the build (not the lab). Where nothing
# differs from what was committed there is nothing to build, and what a student committed stays.
$(VENV)/.notebooks: $(BUILDER) $(SOURCES) $(VENV)/.lab
	@if git diff --quiet HEAD -- notebooks tools/build 2>/dev/null \
	  && [ -z "$$(git ls-files --others --exclude-standard notebooks/src)" ]; then touch $@; exit; fi; \
	newer=; [ ! -e $@ ] || newer="-newer $@"; \
	saved=$$(find notebooks -name .ipynb_checkpoints -prune -o -path notebooks/solutions -prune \
	  -o -name '*.ipynb' $$newer -print); \
	if [ -n "$$saved" ] && ! git diff --quiet HEAD -- $$saved 2>/dev/null; then \
	  echo "Your notebooks stay as you saved them. / Ваши тетради остались такими, какими вы их сохранили."; \
	else $(PY) -m tools.build && touch $@; fi

# ---- Set-up ----------------------------------------------------------------------------------

NO_CHROMIUM := There is no Chromium: install the package chromium (or Google Chrome), so that \
  chromium, chromium-browser or google-chrome is on the PATH.
NO_NPM := There is no npm, so web pages, decks and the class server cannot be made: install Node.js 20 or newer.
NO_BUBBLEWRAP := There is no bubblewrap, so homework cannot be graded here: install the package \
  bubblewrap (Linux only).

# Installs the packages $(2) where it may, unless the command $(1) finds what they bring. Where it may
# not, it says $(3), which is a mistake in CI only.
define apt_install
	@if $(1) >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	  echo "Installing $(firstword $(2)) with apt-get..."; \
	  { $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive \
	      apt-get install -y --no-install-recommends $(2); } >$(LOG) 2>&1 \
	    || echo "apt-get could not install $(firstword $(2)); its words are in $(LOG)."; \
	fi; \
	$(1) >/dev/null || { echo "$(3)"; [ "$${CI:-}" != true ]; }
endef

chromium: ## find a Chromium for the browser tests, or install it
	$(call apt_install,$(FIND_CHROMIUM),chromium fonts-dejavu-core,$(NO_CHROMIUM))

bubblewrap: ## find bubblewrap, in which homework is graded, or install it
	$(call apt_install,$(FIND_BUBBLEWRAP),bubblewrap,$(NO_BUBBLEWRAP))

# MathJax, reveal.js and the rest: into $(2) at the versions of $(1)'s lock, checked by their hashes.
WEB := build/npm
define npm_install
	@if ! command -v npm >/dev/null; then echo "$(NO_NPM)"; [ "$${CI:-}" != true ]; exit; fi; \
	cmp -s $(1)/package-lock.json $(2)/package-lock.json && [ -d $(2)/node_modules ] && exit 0; \
	rm -rf $(2); mkdir -p $(2); cp $(1)/package.json $(1)/package-lock.json $(2); \
	npm ci --prefix $(2) --ignore-scripts --no-audit --no-fund >$(LOG) 2>&1 || { \
	  rm -rf $(2); echo "npm failed; its words are in $(LOG)."; [ "$${CI:-}" != true ]; }
endef

npm: ## fetch what web pages and decks are shown with
	$(call npm_install,tools/site,$(WEB))

class: $(VENV)/.class ## set up what the server of a class needs: deploy/README.md
	$(call npm_install,deploy,build/class)

# Installs the project, $(1), at the versions of the lock. On a terminal pip shows its progress;
# its complaints go to the log, and one line says what they come to. The last line is for what the
# course adds to Jupyter.
define install
	@echo "Installing the packages into $(VENV) (the first time takes minutes)..."
	@quiet=; [ -t 1 ] || quiet=-q; \
	$(PY) -m pip install $$quiet --disable-pip-version-check -c requirements.lock -e '$(1)' 2>$(LOG) || { \
	  if grep -qE 'Retrying|Connection|timed out|ProxyError|SSLError|from versions: none' $(LOG); then \
	    echo "pip got no answer from the package registry: the first set-up needs the network." \
	      "The full log: $(LOG)"; \
	  else echo "pip failed: $$(grep -m1 -i error $(LOG)) The full log: $(LOG)"; fi; exit 1; }
	@$(PY) -m course_lib.jupyter.lab jupyter
endef

# A .venv does not outlive a move of this folder or an upgrade that takes its interpreter away:
# then it is made anew. (The stamps .lab and .test hold the folder they were made in.)
$(shell [ -e $(VENV)/.lab ] || exit; \
  [ -x $(PY) ] && [ "$$(cat $(VENV)/.lab)" = "$(CURDIR)" ] || rm -rf $(VENV))

$(PY):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 or newer is needed, and there is no $(PYTHON) here."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
	    "With another one: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) lacks the venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@rm -rf $(VENV); $(PYTHON) -m venv $(VENV) >$(LOG) 2>&1 || { \
	  rm -rf $(VENV); echo "$(PYTHON) -m venv $(VENV) failed. The full log: $(LOG)"; exit 1; }

$(VENV)/.lab: $(SETUP) $(PY)
	$(call install,.)
	@echo "$(CURDIR)" >$@

$(VENV)/.test: $(SETUP) $(PY)
	$(call install,.[test])
	@echo "$(CURDIR)" | tee $(VENV)/.lab >$@

$(VENV)/.class: $(SETUP) $(PY)
	$(call install,.[class])
	@echo "$(CURDIR)" | tee $(VENV)/.lab >$@

# On the oldest Python that we support, for a newer one would pick versions which that one lacks.
# ARGS="--upgrade" takes the newest of everything. torch: without the "+cpu" of a local build.
lock: $(PY) ## make requirements.lock anew from pyproject.toml (ARGS="--upgrade": newest versions)
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "make lock needs a .venv of Python 3.11: make clean lock PYTHON=python3.11"; exit 1; }
	@$(PY) -c 'import piptools' 2>/dev/null || $(PY) -m pip install -q pip-tools
	@CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --all-extras --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  $(PINS:%=--upgrade-package %) $(ARGS) --output-file requirements.lock pyproject.toml
	@sed -e 's/^\(torch==[0-9.]*\)+.*/\1/' -e 's/ ; sys_platform.*//' requirements.lock >requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean: ## remove the set-up, the solutions and the caches
	rm -rf $(VENV) $(LOG) *.egg-info build notebooks/solutions .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
