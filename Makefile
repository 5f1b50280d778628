# Zählwerk: one word per thing a person wants to do. `make help` lists them.
# The recipes only call; what is installed, and how a missing package is named, stands in Scripts/setup.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8080
RELEASE := .build/release
PYTHON := .venv/bin/python

.PHONY: help setup build run demo test bench check format screenshots samples clean

help: ## lists these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## installs what is missing and nothing else (system packages; as root)
	@Scripts/setup run

build: setup ## builds the program in release
	@swift build -c release --product zaehlwerk

run: build ## loads Samples/, validates, bills, posts, prints a summary and serves on http://127.0.0.1:8080 (PORT=9000 moves it) until Ctrl-C
	@exec $(RELEASE)/zaehlwerk demo --port $(PORT)

demo: build ## the same as run, but stops after the summary
	@exec $(RELEASE)/zaehlwerk demo --stop --port $(PORT)

# One run of one process. The last line is the runner's own, so nothing may be printed after it.
test: ## installs what is missing, builds and runs every test against a private PostgreSQL (FILTER=words for some)
	@Scripts/setup test
	@ZAEHLWERK_TEST_PYTHON=$(CURDIR)/$(PYTHON) swift test --disable-xctest $(if $(FILTER),--filter '$(FILTER)')

bench: setup ## runs the benchmarks: each figure beside its baseline of the same run
	@swift build -c release --product benchmarks
	@exec $(RELEASE)/benchmarks $(ARGS)

check: ## formatting and lint as CI demands them
	@Scripts/check

format: ## formats the Swift sources in place
	@Scripts/format

screenshots: ## photographs the pages of the server at ZAEHLWERK_URL into Docs/ and looks for overflow, barriers and script errors
	@Scripts/setup test
	@$(PYTHON) Scripts/screenshots.py --output Docs $(ARGS)

samples: ## makes Samples/ again from the measured data of its source (a Python environment of its own, network)
	@Scripts/make-samples

clean: ## removes what was built; data folders stay
	@rm -rf .build
