# Bridges of Trust: every target sets up .venv from requirements.lock first, when that changed.

BIN := .venv/bin
READY := .venv/.ready

# The first of these that is Python 3.11 or newer; choose another with `make PYTHON=/path test`.
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

.PHONY: help demo test lint lock clean

help:
	@echo "make demo    harvest the bundled sample site and show what was read"
	@echo "make test    run the tests"
	@echo "make lint    check style, types and the direction of imports"
	@echo "make lock    write requirements.lock anew (LOCK_FLAGS=--upgrade for newer releases)"
	@echo "make clean   remove .venv, caches and demo-out"

demo: $(READY)
	$(BIN)/bridges demo

# A file stays with one worker, which makes its fixtures once; tests/conftest.py says which files
# come first. What is compiled is kept: two hundred children would each compile the program again.
test: $(READY)
	env -u PYTHONDONTWRITEBYTECODE \
		$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# `--clear`: what left the lock file leaves the environment too.
.venv/.locked: requirements.lock
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Bridges of Trust needs Python 3.11 or newer, and found" \
		"$$($(or $(PYTHON),python3) --version 2>&1 || true)." \
		"Install one, or: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock; the first time takes a few minutes."
	@$(PYTHON) -m venv --clear .venv || { echo "No virtual environment could be made." \
		"On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

$(READY): .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $@

# One lock file for every platform. pip-tools writes down what one machine would install; the sed
# takes away what is only that machine's: the local suffix of a torch build (2.13.0+cpu), and the
# GPU libraries a torch built for CUDA asks for (pip adds those by itself where they are wanted).
# It adds the Python versions that have no use, or no build, of a package.
# Releases already in the file stay unless pyproject.toml or LOCK_FLAGS says otherwise.
PIP_TOOLS := pip-tools==7.6.2

.venv-lock/.ready: Makefile
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check "$(PIP_TOOLS)"
	@touch $@

lock: .venv-lock/.ready
	@if test -f requirements.lock; then cp requirements.lock .venv-lock/lock.txt; \
		else rm -f .venv-lock/lock.txt; fi
	.venv-lock/bin/pip-compile --quiet --extra dev --allow-unsafe --strip-extras \
		--no-header --no-emit-options --no-emit-index-url --annotation-style line \
		$(LOCK_FLAGS) --output-file .venv-lock/lock.txt pyproject.toml
	@{ echo "# Every package of the program, its tests and its checks. Written by 'make lock'."; \
		sed -E -e '/^(nvidia-|cuda-|triton)/d' -e 's/^(torch==[0-9.]+)\+[a-z0-9.]+/\1    /' \
		-e 's/^(pgserver==[0-9.]+)/\1 ; python_version < "3.13"/' \
		-e 's/^(backports-zstd==[0-9.]+)/\1 ; python_version < "3.14"/' \
		-e '/^#/d' -e '/^$$/d' .venv-lock/lock.txt; } > .venv-lock/new.txt
	@mv .venv-lock/new.txt requirements.lock

clean:
	rm -rf .venv .venv-lock build demo-out *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
