# Two commands for a newcomer: make demo, make test. The rest is for those who work on Chromaloom.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CORES ?= $(shell nproc)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# the locked environment alone: nothing of the user's own site-packages
export PYTHONNOUSERSITE := 1
# without a GPU, trainings need not queue for one: they run side by side on the CPU
RESOURCES := $(if $(shell command -v nvidia-smi),,--resources gpu=0 download=4)
SNAKEMAKE = $(BIN)/snakemake --cores $(CORES) $(RESOURCES)

.PHONY: help setup demo apply test test-all real conda lint format docs site lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## install the locked Python environment and the command-line tools
	@workflow_scripts/setup/install.sh

# (its many short jobs: see max-jobs-per-timespan in profiles/default)
# Progress alone on the terminal, all lines in Snakemake's log file; VERBOSE=1: all lines here.
PLUGINS := $(CURDIR):$(CURDIR)/workflow_scripts/setup/plugins
PROGRESS := PYTHONPATH=$(PLUGINS) $(SNAKEMAKE) --logger chromaloom
DEMO = $(if $(VERBOSE),$(SNAKEMAKE),$(PROGRESS)) --max-jobs-per-timespan 200/10s
demo: setup ## run the built-in data sets to results/demo*/report.html
	@echo "demo, 1 of 2: DeepChrome, Conformation, Enhancement"
	@$(DEMO) --
	@echo "demo, 2 of 2: DeepExpression"
	@$(DEMO) --configfile resources/configs/demo-deepexpression.yaml --
	@$(BIN)/python -m workflow_scripts.setup.show_results results/demo results/demo-deepexpression

NAME = apply
APPLY = results/$(NAME).config.yaml
OPTIONS := SAMPLES RUNS FASTA GTF PROMOTERS REGIONS SIZES MAP ANY_ASSEMBLY MATCH_DEPTH CONFIG
# what the command sets, misspelt options too
VARIABLES = $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
apply: setup ## run a model on new data: MODEL= SAMPLES= RUNS= FASTA= GTF= MAP=, see docs/apply.md
	@$(BIN)/python -m workflow_scripts.setup.apply_config "$(APPLY)" "$(NAME)" "$(MODEL)" \
	  $(foreach option,$(OPTIONS),"$(option)=$($(option))") \
	  "VARIABLES=$(strip $(VARIABLES))"
	@$(DEMO) --configfile $(CONFIG) "$(APPLY)" --
	@$(BIN)/python -m workflow_scripts.setup.show_results "results/$(NAME)"

PYTEST = $(BIN)/python -m pytest -n $(CORES) --dist loadgroup --no-loadscope-reorder
SLOW := slow or real or demo or conda or cluster
COVERAGE := --cov=workflow_scripts/chromaloom --cov-report=term
test: setup ## run unit tests, a small workflow, invalid input and dry runs, or TESTS=...
	@$(PYTEST) $(if $(TESTS),$(TESTS),-m "not ($(SLOW))" $(COVERAGE))

test-all: setup ## run the other tests: demos, conda, SLURM, faults, downloads, real data
	@$(PYTEST) -m "$(SLOW)" $(TESTS)

real: setup ## run the small real data sets (CHROMALOOM_REAL_DATA or ../shared/data)
	@workflow_scripts/setup/run_real.sh $(SNAKEMAKE)

conda: setup ## run the demo in the environments of envs/, which conda on PATH makes
	@$(DEMO) --sdm conda --config name=demo-conda --

lint: setup ## check style, spelling and types, and the workflow itself
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check Snakefile rules
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/snakemake --lint

format: setup ## format Python and rules
	@$(BIN)/ruff check -q --fix .
	@$(BIN)/ruff format .
	@$(BIN)/snakefmt Snakefile rules

docs: setup ## write the pages made from the schemas and from the tests of error messages
	@$(BIN)/python -m workflow_scripts.setup.write_docs docs
	@$(BIN)/python -m pytest -q -p workflow_scripts.setup.record_errors --errors-page docs/errors.md \
	  --ignore tests/unit/fuzz tests/unit

site: setup ## build the documentation site: site/index.html, readable offline
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q

lock: setup ## solve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock

clean: ## remove everything that was made, but not the environment
	@rm -rf results .snakemake site
