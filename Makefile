# A thin front door: each rule is one script or one command. `make help` lists them.
.DEFAULT_GOAL := build
.PHONY: build demo test bench sanitize format check fuzz-long simulate endure clean help
JOBS ?= $(shell nproc)
export JOBS

build: ## build everything (preset ci) into build/
	@scripts/build ci -DCLOUDFLOW_TESTS=ON

demo: ## install what is missing, build and run the example `sensors`
	@scripts/setup demo
	@scripts/demo

test: ## install what is missing, build everything, run everything
	@scripts/setup test
	@scripts/test

bench: ## build preset release and run the benchmarks
	@scripts/setup test
	@scripts/bench

sanitize: ## all unit tests under ASan+UBSan and under TSan, and a build with clang without warnings
	@scripts/setup test
	@scripts/sanitize all

format: ## format every tracked C++ file
	@scripts/check format --fix

check: build ## the gate: format, layers, operators, headers, ABI, unit tests
	@scripts/check

fuzz-long: ## ten minutes for each fuzz target
	@scripts/setup test
	@CLOUDFLOW_FUZZ_SECONDS=600 scripts/fuzz

simulate: ## the simulations of whole applications under 10,000 seeds each, and kill -9 of `weather` and `metrics-http`
	@scripts/build ci -DCLOUDFLOW_TESTS=ON testkit_application_test cloudflow weather metrics-http
	@CLOUDFLOW_SIMULATION_SEEDS=$${CLOUDFLOW_SIMULATION_SEEDS:-10000} build/bin/testkit_application_test --source-file='*simulation*'
	@scripts/crash-weather --kills 200
	@scripts/crash-metrics --kills 200
	@scripts/crash-metrics --held-back

endure: ## an hour of readings at full speed, while streamlets fail at random: exact results, flat memory
	@scripts/build ci -DCLOUDFLOW_TESTS=ON cloudflow endurance
	@scripts/endure --minutes $${CLOUDFLOW_ENDURE_MINUTES:-60}

clean: ## remove all build folders
	rm -rf build build-*

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*##/ { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
