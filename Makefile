# Every target only calls npm scripts, the scripts in scripts/ and demo/, or aimctl.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# npm ci replaces the pinned Node.js while it runs, so it runs on the host's; all else runs on the pinned one.
HOST_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

DEPENDENCIES := node_modules/.package-lock.json
# Says that the generated code is there; the files themselves keep their time while they stay the same.
GENERATED := runtime/src/generated/.made
GENERATOR := $(shell find schemas runtime/scripts -type f)
RUNTIME := runtime/dist/aim-runtime
RUNTIME_SOURCES := $(shell find runtime/src runtime/scripts schemas -type f -not -path '*/generated/*' -not -name '*.test.ts')
AIMCTL := node toolkit/bin/aimctl.js
BUILD_FLAGS = $(if $(REGISTRY),--registry $(REGISTRY)) $(if $(BASE),--base $(BASE)) $(ARGS)

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r target text; do \
	  printf '  %-18s %s\n' "$$target" "$$text"; done
	@echo
	@echo '  Variables: ORG and MODEL (build, build-model, push), BASE, REGISTRY, ARGS="more aimctl flags", KEEP=1 (demo)'

.PHONY: demo
demo: $(GENERATED) ## Build, serve and ask a model image on any machine, with a simulated engine
	@node demo/run.ts

.PHONY: build
build: build-base build-model ## Build the base image and one model's image (ORG=… MODEL=…)

.PHONY: build-base
build-base: $(RUNTIME) ## Build the base image (BASE=… is the upstream image)
	@$(AIMCTL) build-base $(BUILD_FLAGS)

.PHONY: build-model
build-model: $(GENERATED) ## Build one model's image (ORG=… MODEL=…)
	@$(if $(and $(ORG),$(MODEL)),,echo 'Error: ORG and MODEL are needed: make build-model ORG=meta-llama MODEL=Llama-3.1-8B-Instruct' >&2; exit 2)
	@$(AIMCTL) build-model $(ORG)/$(MODEL) $(if $(REGISTRY),--registry $(REGISTRY)) $(ARGS)

.PHONY: tag
tag: $(GENERATED) ## Name the images built here for a registry (REGISTRY=…)
	@$(AIMCTL) tag $(if $(REGISTRY),--registry $(REGISTRY)) $(ARGS)

.PHONY: push
push: $(RUNTIME) ## Push the base image and one model's (ORG=… MODEL=…) or all models' to a registry (REGISTRY=…)
	@$(if $(REGISTRY)$(AIMCTL_REGISTRY),,echo 'Error: REGISTRY is needed: make push REGISTRY=ghcr.io/my-org' >&2; exit 2)
	@$(AIMCTL) build-base --push $(filter-out -y --yes,$(BUILD_FLAGS))
	@$(AIMCTL) push $(if $(and $(ORG),$(MODEL)),$(ORG)/$(MODEL),--all) $(if $(REGISTRY),--registry $(REGISTRY)) $(ARGS)

.PHONY: clean
clean: $(DEPENDENCIES) ## Remove built files, the AIM images built here and their stopped containers
	@node scripts/clean-images.ts
	rm -rf runtime/dist toolkit/dist toolkit/assets {runtime,toolkit}/src/generated coverage .cache

.PHONY: test
test: $(DEPENDENCIES) ## Run everything: checks, unit, contract and integration tests
	npm run generate
	npm run build
	npm run check
	node scripts/simulator-tests.ts
	node scripts/with-docker.ts npm run test:all

.PHONY: test-all
test-all: test ## The same as test

.PHONY: test-unit
test-unit: $(GENERATED) ## Run the unit tests: no engine, no network, seconds
	npm run test:all -- --project unit

.PHONY: test-integration
test-integration: $(RUNTIME) ## Run the integration tests (they need a Docker Engine)
	node scripts/with-docker.ts npm run test:integration

.PHONY: test-cov
test-cov: $(RUNTIME) ## Run unit and contract tests with coverage
	npm run test:cov

.PHONY: test-cov-open
test-cov-open: test-cov ## The same, then open the report
	xdg-open coverage/index.html

.PHONY: lint
lint: $(GENERATED) ## Check format, lint rules, types and import rules
	npm run check

.PHONY: dev-setup
dev-setup: $(RUNTIME) ## Install dependencies, generate code, build

$(DEPENDENCIES): package-lock.json
	@echo 'Installing dependencies: npm ci'
	@PATH="$(HOST_PATH)" npm ci --loglevel error
	@touch $@

$(GENERATED): $(DEPENDENCIES) $(GENERATOR)
	npm run generate
	@touch $@

$(RUNTIME): $(GENERATED) $(RUNTIME_SOURCES)
	npm run build
