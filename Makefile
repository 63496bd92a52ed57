# make demo   a virtual session with its console          make check  linters, types, layers
# make test   everything that CI runs                     make bench  benchmarks (prints ratios)
# make screenshots   docs/grafana-panels.md and all pictures of the console

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# What the tests drive for real; a package whose program is there is not touched.
SERVERS := chromium:chromium influxd:influxdb mosquitto:mosquitto nginx:nginx-light \
           systemd-analyze:systemd victoria-metrics:victoria-metrics
missing  = $(foreach pair,$(SERVERS),$(if $(shell PATH=$$PATH:/usr/sbin command -v $(firstword $(subst :, ,$(pair)))),,$(lastword $(subst :, ,$(pair)))))

.PHONY: demo test check bench screenshots setup servers

demo: $(VENV)/.runtime
	@$(BIN)/physiomon demo

test: check servers
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --cov --cov-report=term

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

screenshots: setup servers
	TZ=UTC $(BIN)/python -m tests.grafana.document docs
	TZ=UTC $(BIN)/python -m tests.console.pictures docs/console

setup: $(READY)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }; \
	  apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(READY): $(VENV)/.runtime
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(READY)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@

# As root the missing servers are installed; otherwise the tests that need them say so and skip.
servers:
	@todo="$(strip $(missing))"; test -z "$$todo" && exit 0; \
	if test "$$(id -u)" = 0; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$todo >/dev/null; \
	else echo "not root: tests that need these Debian packages are skipped: $$todo"; fi
