# Needs make and Python 3.11 or newer; everything else is installed into .venv on first use.

PYTHONS = python3.13 python3.12 python3.11 python3
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run test lint clean
.DELETE_ON_ERROR:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run-installed ## serve on http://localhost:8000 (another port: make run PORT=8001)
	@exec .venv/bin/python main.py

test: .venv/test-installed ## run all tests
	.venv/bin/python -m pytest tests/

lint: .venv/test-installed ## check style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

clean: ## remove what make and the tests made; never the images in ./data
	rm -rf .venv .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run-installed: .venv/made requirements-run.txt
	@echo "Installing what the service needs (once) ..."
	@$(PIP) -r requirements-run.txt
	@touch $@

.venv/test-installed: .venv/made requirements-run.txt requirements.txt
	@echo "Installing what the tests need (once) ..."
	@$(PIP) -r requirements.txt
	@touch $@ .venv/run-installed

# A candidate must really run: a shim may be there for a version that is not.
.venv/made:
	@rm -rf .venv
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then "$$python" -m venv .venv && touch $@; exit; fi; \
	done; \
	echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt install python3-venv)." >&2; \
	exit 1
