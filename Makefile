# make demo   the whole bot on this machine, with invented buyers: the one start command
# make test   everything, with all it needs: the one test command
# make check  ruff and mypy --strict          make bench  speed, each against a floor timed in the same run
# make models train what ships, anew          make evaluate  how it holds on what it never saw (3 min)
# make lock   requirements.lock from requirements.in

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SEARCH := $(BIN)/python -m

.PHONY: install demo test check bench lock models evaluate screenshots clean

install: $(STAMP)

# The locked packages with their hashes, then the project itself; compiled once, since importing scikit-learn uncompiled takes 4 s.
$(STAMP): requirements.lock pyproject.toml
	@sh tools/debian.sh python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q -j 0 $(VENV)/lib || true
	@touch $(STAMP)

demo: install
	@exec $(BIN)/helpdesk demo

check: install
	@$(SEARCH) ruff format --check --quiet .
	@$(SEARCH) ruff check --quiet .
	@$(SEARCH) mypy

test: check
	@sh tools/debian.sh test
	@sh tools/axe.sh
	@env -u PYTHONDONTWRITEBYTECODE $(SEARCH) compileall -q -j 0 helpdesk tests/support
	@$(SEARCH) pytest -n 3 --dist loadfile --no-loadscope-reorder

bench: install
	@$(SEARCH) benchmarks

models: install
	@$(SEARCH) tools.make_models
	@$(SEARCH) tools.make_sense

evaluate: install
	@$(SEARCH) tools.validate

lock:
	uv pip compile --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 requirements.in -o requirements.lock

screenshots: install
	@sh tools/debian.sh test
	@sh tools/debian.sh pictures
	@$(SEARCH) tools.screenshots
	@$(SEARCH) tools.slack_pictures

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache
