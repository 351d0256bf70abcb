# make demo   one real calculation, from nothing to its energy
# make test   every test
# make check  lint, types, import contracts
# make coverage  decoder, state machine and store: every branch by unit tests
# make torture   kills, hostile bytes, simulated machines and load, for hours
# make vsix   the extension for VS Code, as dist/crystalmath.vsix; needs Node 20
# make bench  measurements; prints figures, fails for none

VENV ?= .venv
PYTHON ?= python3
# Most tests wait: for a clock, a network, a queue. Each file stays in one process.
WORKERS ?= 2
BIN := $(VENV)/bin

# Bytecode makes every start three times faster.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check coverage torture bench schema vsix clean
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

test: check coverage
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

COVERED := $(addprefix tests/unit/,protocol rpc services store)

coverage: $(VENV)/test-ready
	CRYSTALMATH_TEST_FRAMES=1000 $(BIN)/coverage run -m pytest --quiet $(COVERED)
	$(BIN)/coverage report

torture: $(VENV)/test-ready
	CRYSTALMATH_TEST_ALL_FAILPOINTS=1 \
	CRYSTALMATH_TEST_ALL_FAULTS=1 \
	CRYSTALMATH_TEST_KILLS=$(or $(KILLS),1000) \
	CRYSTALMATH_TEST_SLURM_KILLS=$(or $(SLURM_KILLS),300) \
	CRYSTALMATH_TEST_FRAMES=$(or $(FRAMES),1000000) \
	CRYSTALMATH_TEST_SEEDS=$(or $(SEEDS),20000) \
	CRYSTALMATH_TEST_EVENTS=$(or $(EVENTS),1000000) \
	CRYSTALMATH_TEST_RACES=$(or $(RACES),1000) \
	CRYSTALMATH_TEST_SOAK_S=$(or $(SOAK_S),3600) \
	$(BIN)/pytest -s -m "crash or fuzz or simulation or load or soak or faults" $(PYTEST)

bench: $(VENV)/test-ready
	$(BIN)/python tests/bench/run.py
	$(BIN)/python -m tests.bench.outputs
	$(BIN)/python -m tests.bench.vasp_outputs
	$(BIN)/python -m tests.bench.generation
	$(BIN)/python -m tests.bench.structures
	$(BIN)/python -m tests.bench.progress
	$(BIN)/python -m tests.bench.materials
	$(BIN)/python -m tests.bench.editor
	$(BIN)/python -m tests.bench.editing

schema: $(VENV)/test-ready
	$(BIN)/python -m crystalmath_protocol.schema > protocol/openrpc.json

VSCODE := clients/vscode

# A stamp, since npm gives every file the time of its release.
$(VSCODE)/node_modules/.ready: $(VSCODE)/package-lock.json
	cd $(VSCODE) && npm ci --silent
	touch $@

vsix: $(VSCODE)/node_modules/.ready
	cd $(VSCODE) && npm run --silent package
	mkdir -p dist
	cp $(VSCODE)/dist/crystalmath.vsix dist/

clean:
	rm -rf $(VSCODE)/node_modules $(VSCODE)/dist $(VSCODE)/out
	rm -rf $(VENV) .demo .bench build dist
