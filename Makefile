# Two commands: `make demo` and `make test`. Each sets itself up; PYTHON=... names the interpreter.
.POSIX:
.PHONY: help demo test lint unit bench docs lock clean

BIN = .venv/bin
PINS = --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-header --quiet

help:
	@echo "make demo   run the main job on the sample study; writes demo-out/"
	@echo "make test   run every check: lint, types, import contract, tests, notebooks"
	@echo "make lint   the checks that run nothing of the package"
	@echo "make bench  measure cfspace beside its peers, in .venv-bench; writes benchmarks/RESULTS.md (hours; JOBS=\"nearest\")"
	@echo "make docs   build the documentation; open site/index.html"
	@echo "make lock   pin the dependencies anew (needs uv; UPGRADE=--upgrade for newer ones)"
	@echo "make clean  remove what the commands above wrote, .venv included"

demo:
	@PYTHON="$(PYTHON)" scripts/setup.sh run
	@$(BIN)/cfspace demo --out demo-out --force

test: lint unit

lint:
	@PYTHON="$(PYTHON)" scripts/setup.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

unit:
	@PYTHON="$(PYTHON)" scripts/setup.sh dev
	$(BIN)/pytest -n 2 --nbmake tests cfspace notebooks

bench:
	@PYTHON="$(PYTHON)" scripts/setup.sh bench
	@.venv-bench/bin/python -m benchmarks $(JOBS)

docs:
	@PYTHON="$(PYTHON)" scripts/setup.sh dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

# The pins hold for every Python and platform that pyproject.toml names, and hold no index address.
lock:
	uv pip compile pyproject.toml --group build $(PINS) $(UPGRADE) --extra dev --extra docs --extra charts \
		--extra cluster --extra pdf --extra raster --extra remote --extra siting --extra stats \
		--output-file requirements/dev.txt
	uv pip compile pyproject.toml --group build $(PINS) --constraint requirements/dev.txt --extra dev \
		--extra siting --extra bench --output-file requirements/bench.txt
	uv pip compile pyproject.toml --group build $(PINS) --constraint requirements/dev.txt \
		--output-file requirements/run.txt

clean:
	rm -rf .venv .venv-bench demo-out site build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find cfspace tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
