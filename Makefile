# Needs make and Python 3.11 or newer; everything else is installed into .venv on first use.

PYTHONS = python3.13 python3.12 python3.11 python3
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run test test-fast test-one lint clean
.DELETE_ON_ERROR:
# A make that another make starts would print directories into TOKEN=$(make token FOR=ana).
MAKEFLAGS += --no-print-directory

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run-installed $(if $(HEIC),.venv/heic-installed) ## serve on http://localhost:8000 (another port: make run PORT=8001)
	@exec .venv/bin/python main.py

.PHONY: doctor token sweep provision render stats export restore import
doctor: .venv/run-installed ## check the configuration as a client would (more: ARGS=--json)
	@.venv/bin/python main.py doctor $(ARGS)

# FOR, because USER is a variable of every shell.
token: DAYS = 30
token: .venv/run-installed ## print a token for a user: make token FOR=ana (DAYS=30; more: ARGS=--admin)
	$(if $(FOR),,$(error Name the user: make token FOR=ana))
	@.venv/bin/python main.py token --user "$$FOR" --days $(DAYS) $(ARGS)

sweep: .venv/run-installed ## clean up after interrupted requests (more: ARGS=--audit)
	@.venv/bin/python main.py sweep $(ARGS)

stats: .venv/run-installed ## show how much is stored, and the free room (more: ARGS=--json)
	@.venv/bin/python main.py stats $(ARGS)

render: .venv/run-installed ## make the thumbnails that images of earlier versions lack
	@.venv/bin/python main.py render --missing

export: .venv/run-installed ## write all images to a folder: make export FOLDER=/backup/images (more: ARGS=--update)
	$(if $(FOLDER),,$(error Name the folder: make export FOLDER=/backup/images))
	@.venv/bin/python main.py export "$$FOLDER" $(ARGS)

restore: .venv/run-installed ## bring back the images of an export: make restore FOLDER=/backup/images
	$(if $(FOLDER),,$(error Name the folder: make restore FOLDER=/backup/images))
	@.venv/bin/python main.py restore "$$FOLDER" $(ARGS)

import: .venv/run-installed ## upload the pictures of a folder: make import ARGS="~/Photos --to http://localhost:8000 --user ana"
	@.venv/bin/python main.py import $(ARGS)

provision: .venv/run-installed ## create bucket, table and indexes, or add what is missing
	@.venv/bin/python main.py provision

test: .venv/test-installed ## run all tests that need no emulator
	.venv/bin/python -m pytest tests/ -n auto --dist worksteal

# The tests that find most mistakes.
FAST = tests/test_*_image.py tests/test_list_images.py tests/test_upload_json.py tests/test_problems.py \
  tests/test_house_rules.py tests/test_documents.py tests/repositories/test_images.py

test-fast: .venv/test-installed ## run the tests that find most mistakes, some seconds
	.venv/bin/python -m pytest $(FAST) -n auto --dist worksteal

test-one: .venv/test-installed ## run one file or test: make test-one T=tests/test_health.py::test_it_works
	.venv/bin/python -m pytest -s $(T)

lint: .venv/test-installed ## check style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

clean: ## remove what make and the tests made; never the images in ./data
	rm -rf .venv .tools .hypothesis .pytest_cache .ruff_cache node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run-installed: .venv/made requirements-run.lock
	@echo "Installing what the service needs (once) ..." >&2
	@$(PIP) --require-hashes -r requirements-run.lock
	@touch $@

.venv/heic-installed: .venv/run-installed requirements-heic.lock
	@echo "Installing what HEIC needs (once) ..."
	@$(PIP) --require-hashes -r requirements-heic.lock
	@touch $@

# With uv, which needs an eighth of pip's time; with pip where uv finds no wheel or no index.
.venv/test-installed: .venv/made requirements.lock
	@echo "Installing what the tests need (once) ..."
	@sed -n '/^uv==/,/# via/p' requirements.lock >.venv/uv.lock
	@{ $(PIP) --require-hashes -r .venv/uv.lock && \
	  .venv/bin/uv pip install --quiet --python .venv --require-hashes -r requirements.lock; } || \
	  $(PIP) --require-hashes -r requirements.lock
	@touch $@ .venv/run-installed

# Run each candidate: a command may be only a shim of a version that is not installed.
.venv/made:
	@rm -rf .venv
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then "$$python" -m venv .venv && touch $@; exit; fi; \
	done; \
	echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt install python3-venv)." >&2; \
	exit 1

.PHONY: test-system
test-system: .venv/test-installed ## run the system tests on S3 and DynamoDB emulators
	.venv/bin/python -m pytest tests/system

.PHONY: test-chaos
test-chaos: .venv/test-installed ## kill the service under load many times, then check that nothing was lost
	.venv/bin/python -m tests.chaos.kill_test

.PHONY: test-power
test-power: .venv/test-installed ## cut the power at every point of recorded runs, then check that nothing was lost (10 minutes; needs gcc)
	.venv/bin/python -m tests.power

.PHONY: test-slow-clients
test-slow-clients: .venv/test-installed ## serve others beside a thousand slow clients of each kind
	.venv/bin/python -m tests.chaos.slow_clients

.PHONY: test-fuzz test-fuzz-deep
test-fuzz: .venv/test-installed ## send random valid and invalid requests, 2,000 of each kind
	.venv/bin/python -m tests.fuzz.api_fuzz

test-fuzz-deep: .venv/test-installed ## search for inputs that break the service (atheris, 20 minutes)
	.venv/bin/python -m tests.fuzz.deep_fuzz

.PHONY: lock audit
lock: .venv/test-installed ## lock what the requirements need, with hashes, for every Python
	.venv/bin/uv pip compile $(LOCK) requirements-run.txt --output-file requirements-run.lock
	.venv/bin/uv pip compile $(LOCK) requirements.txt --output-file requirements.lock
	.venv/bin/uv pip compile $(LOCK) requirements-heic.txt --output-file requirements-heic.lock

LOCK = --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"

# --strict: fail also for a package about which the service has no answer.
audit: .venv/test-installed ## look for known vulnerabilities of the locked packages (asks PyPI)
	.venv/bin/uv tool run pip-audit==2.10.1 --strict --disable-pip --require-hashes \
	  --requirement requirements.lock

# Each installs what it needs into .tools/.
.PHONY: check-packaging check-lambda check-deploy check-containers check-postman check-heic check-proxies
.PHONY: check-clients check-browser check-gallery check-privacy check-arm64 sbom
check-packaging: .venv/test-installed ## lint Dockerfile, compose file and serverless.yml, make the CloudFormation template
	@tests/packaging/packaging.sh

check-lambda: ## use main.handler in AWS's Lambda emulator, measure its cold start
	@tests/packaging/lambda.sh

check-deploy: ## deploy serverless.yml to an emulated AWS, use it, remove it, deploy it again
	@tests/packaging/deploy.sh

check-containers: ## build and run the images and compose; starts a Docker engine if necessary
	@tests/packaging/containers.sh

check-arm64: ## build both images for Graviton on an emulated processor, use them (10 minutes, later 3)
	@tests/packaging/arm64.sh

check-heic: .venv/test-installed ## upload HEIC with pillow-heif installed, in a folder of its own
	@tests/packaging/heic.sh

check-privacy: .venv/test-installed ## compare with exiftool what is told of private metadata, and what strip leaves
	@tests/packaging/privacy.sh

check-postman: ## run the Postman collection against a new service
	@tests/packaging/postman.sh

check-proxies: ## run the README's nginx and Caddy blocks in real proxies, use the service through them
	@tests/packaging/proxies.sh

check-clients: ## lint the API document, make clients of it, use a new service with them
	@tests/packaging/clients.sh

check-browser: ## upload with the front ends of the web in Chromium; installs it if necessary
	@tests/packaging/browser.sh

check-gallery: ## use the gallery in Chromium (a part: CHECK=looking, =speed, =pictures)
	@tests/packaging/gallery.sh

sbom: ## write a bill of materials of the locked packages: make sbom FILE=sbom.cdx.json (more: HEIC=1)
	@tests/packaging/sbom.sh $(FILE)

.PHONY: postman
postman: .venv/test-installed ## make the Postman collection from the API document
	.venv/bin/python -m tests.packaging.postman

.PHONY: cost
COST_OF = IMAGES VIEWS PAGES UPLOADS DIRECT_UPLOADS CHANGES DELETES BYTES
cost: .venv/test-installed ## compute what a month on AWS costs (yours: make cost IMAGES=50000 VIEWS=2000000)
	@.venv/bin/python -m tests.bench.costs $(foreach name,$(COST_OF),$(if $($(name)),$(name)=$($(name))))

.PHONY: bench bench-peers bench-lists bench-searches bench-import check-budget soak
bench: .venv/test-installed ## measure what the service costs (8 minutes; needs a C compiler)
	.venv/bin/python -m tests.bench

bench-peers: .venv/test-installed ## compare with PocketBase, Supabase Storage, thumbor, sharp and ipx (8 minutes)
	.venv/bin/python -m tests.bench.peers

bench-lists: .venv/test-installed ## measure pages of up to 100,000 images on DynamoDB Local
	.venv/bin/python -m tests.bench.lists

bench-searches: .venv/test-installed ## measure views beside searches: IMAGES=1000000 ROUNDS=5
	.venv/bin/python -m tests.bench.searches $(IMAGES) $(ROUNDS)

bench-import: .venv/test-installed ## compare the import of 2,000 photographs with uploads alone
	.venv/bin/python -m tests.bench.imports

check-budget: .venv/test-installed ## fail when a request costs more than its budget
	.venv/bin/python -m tests.bench.budget

SOAK = $(if $(filter aws,$(STORE)),bench,chaos).soak
soak: .venv/test-installed ## load the service for 10 minutes (longer: make soak MINUTES=60; on stand-ins of AWS: STORE=aws)
	.venv/bin/python -m tests.$(SOAK) $(MINUTES)
