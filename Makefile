# make demo   one real calculation, from nothing to its energy
# make test   every test
# make check  lint, types, import contracts
# make bench  measurements; prints figures, fails for none

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

# Bytecode makes every start three times faster.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench schema clean
.DELETE_ON_ERROR:

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo-ready: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[pyscf]'
	touch $@

$(VENV)/test-ready: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/demo-ready

demo: $(VENV)/demo-ready
	@sh docs/examples/demo.sh $(BIN)

check: $(VENV)/test-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest $(PYTEST)

bench: $(VENV)/test-ready
	$(BIN)/python tests/bench/run.py

schema: $(VENV)/test-ready
	$(BIN)/python -m crystalmath_protocol.schema > protocol/openrpc.json

clean:
	rm -rf $(VENV) .demo .bench build dist
