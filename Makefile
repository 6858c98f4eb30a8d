# Two commands for a newcomer: `make demo` and `make test`. The scripts behind them are in .ci/.
.DEFAULT_GOAL := help
.PHONY: help demo test fast rooms lint docs texts bench bench-quick soak audit lock clean
VENV = .ci/system work && .ci/venv requirements-dev.lock && .ci/kernel

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

demo: ## a seeded desk to look at, from nothing; Ctrl-C stops it
	@.ci/demo

test: ## everything: style, types, contracts, unit, both databases, journeys
	@.ci/test

fast: ## the quick tests, under a minute
	@$(VENV) && .ci/fast

rooms: ## contracts and house tests, in seconds
	@$(VENV) && .ci/rooms

lint: ## style, spelling, dead code, types
	@$(VENV) && .ci/lint

docs: ## write the generated pages of docs/ anew
	@$(VENV) && .venv/bin/python docs/generate.py && .venv/bin/python docs/robustness.py

texts: ## catalogues of LANGUAGE=fr brought up to date; REVIEWED=carer says who read them
	@$(VENV) && .venv/bin/python docs/texts.py $(LANGUAGE) $(if $(REVIEWED),--reviewed $(REVIEWED)) $(if $(AS),--as $(AS))

bench: ## how fast, each figure against its peer
	@$(VENV) && .venv/bin/python -m bench

bench-quick: ## the same in two minutes, on smaller lists
	@$(VENV) && .venv/bin/python -m bench --quick

soak: ## for hours: the benchmarks at full size, and the kills on both databases
	@.ci/test soak

audit: ## what we stand on: hashes, licences, changed files; ADVISORIES=all.zip for known weaknesses
	@$(VENV) && .venv/bin/python deploy/audit.py requirements.lock requirements-extras.lock --tools requirements-dev.lock requirements-build.lock \
	  $(if $(ADVISORIES),--advisories $(ADVISORIES))

lock: ## write the lock files anew (needs uv)
	@.ci/lock

clean: ## remove environment, caches and demo data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache screenshots soak data/demo build
	.ci/place forget
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
