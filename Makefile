# Everything here does its own set-up: a virtual environment in .venv, made once.

PYTHON ?= python3
BIN := .venv/bin
SECONDS ?= 600
RUNS ?= 1000
# As many tests side by side as there are cores; with more than a few they only wait for each other.
JOBS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))

.PHONY: help setup engines demo test nbgrader-suite answers parts compat kubernetes audits lint format lock bench fuzz clean

help:
	@echo "make demo    release, hand in, grade, feedback: the whole way of a class of 40"
	@echo "make test    all checks and tests"
	@echo "make nbgrader-suite  nbgrader's own tests of autograde, with the plug-in (minutes)"
	@echo "make answers grade every known answer of the whole course (about ten minutes)"
	@echo "make parts   compare parts of 20,000 made-up notebooks with the whole (minutes)"
	@echo "make compat  ask nbgrader itself for the points of every trait of notebooks (minutes)"
	@echo "make kubernetes  a class through dask-kubernetes, with a stand-in for the cluster (a minute)"
	@echo "make audits  audit every assignment, with RUNS=1000 (hours)"
	@echo "make lint    the checks alone"
	@echo "make engines install what the tests of sandboxes need (as root on Debian or Ubuntu)"
	@echo "make lock    pin the packages of the images anew"
	@echo "make fuzz    throw bytes at the codec for SECONDS=600"
	@echo "make bench   measure against nbgrader, otter and the floor (up to an hour)"

setup:
	@scripts/setup $(PYTHON)

demo: setup
	@$(BIN)/gabarito demo

engines:
	@scripts/engines

test: lint engines
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadscope --cov --cov-report=
	@$(BIN)/python -m coverage report --include='$(TRUSTED)' --fail-under=100 --skip-covered --show-missing

nbgrader-suite: setup
	@$(BIN)/python scripts/nbgrader-suite

answers: setup
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadscope -m slow tests/test_known_answers.py

parts: setup
	@$(BIN)/python -m pytest -m slow tests/grading/test_parts.py

compat: setup
	@$(BIN)/python -m pytest -m slow tests/compat

kubernetes: setup
	@$(BIN)/python -c 'import dask_kubernetes' 2>/dev/null || $(BIN)/python -m pip install --quiet dask-kubernetes
	@$(BIN)/python -m pytest -W ignore::pytest.PytestUnraisableExceptionWarning tests/grading/test_kubernetes.py

audits: setup
	@bad=; for each in $(notdir $(wildcard source/*)); do \
		$(BIN)/gabarito audit $$each --runs $(RUNS) --draws $(RUNS) || bad="$$bad $$each"; \
	done; if [ -n "$$bad" ]; then echo "something to mend in:$$bad"; exit 1; fi

# The trusted side: what decides, keeps or puts back must be tested on every branch.
TRUSTED := src/gabarito/engine/checker.py,src/gabarito/engine/bench.py,src/gabarito/engine/remote/*,src/gabarito/engine/codec/*,src/gabarito/engine/wire.py,src/gabarito/engine/outputs.py,src/gabarito/notebook/restore.py,src/gabarito/notebook/order.py,src/gabarito/notebook/clean.py,src/gabarito/grading/score.py,src/gabarito/grading/store.py,src/gabarito/grading/reuse.py,src/gabarito/grading/passed.py,src/gabarito/grading/keys.py,src/gabarito/notebook/influence.py,src/gabarito/notebook/confined.py,src/gabarito/notebook/slices.py,src/gabarito/gradebook/history.py,src/gabarito/gradebook/writer.py,src/gabarito/gradebook/rows.py,src/gabarito/exchange/archive.py,src/gabarito/exchange/people.py

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: setup
	@$(BIN)/python scripts/lock

bench: setup
	@$(BIN)/python benchmarks/class.py
	@$(BIN)/python benchmarks/modes.py
	@$(BIN)/python benchmarks/beginning.py
	@$(BIN)/python benchmarks/sandboxes.py
	@$(BIN)/python benchmarks/memory.py
	@$(BIN)/python benchmarks/scaling.py

fuzz: setup
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --editable '.[fuzz]'
	@$(BIN)/python fuzz/codec.py -max_total_time=$(SECONDS)

clean:
	rm -rf submitted feedback gradebook.db gradebook.db.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find autograded -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
