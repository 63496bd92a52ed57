# make demo   a virtual session with its console    make check  linters, prose, types, layers, docs
# make test   each check in one form, in minutes     make bench  benchmarks (prints ratios)
# make test-all   the extended tests as well, as in CI, which tries more examples    make coverage   all, measured
# make test-fast   tests without servers, browsers and other processes
# make soak   the long forms of what make test tries shortly: hours of sessions, kills, examples, fuzz
# make calls-check   calls through real mail servers and brokers, and broken networks: root, 5 minutes
# make attack   a real service under attack: what each attack achieves; 3 minutes
# make lock   resolve pyproject.toml into the locks (UPGRADE=1: to the newest versions)
# make deploy-check   the image, the container and both systemd units, for real: root, 10 minutes
# make platforms   facts of two recordings on 64-bit ARM, Debian 12, 13 and the next (also on x86-64): root, 10 minutes
# make browsers   the page's main road in WebKit, Firefox and by touch in Chromium: 3 minutes
# make bluez  physiomon on the real BlueZ in a virtual machine (SCENARIOS=crash: some)
# make audit   known vulnerabilities of what the locks list; needs pypi.org itself, not a mirror
# make dist   sdist and wheel; the sdist tests itself    make sbom   CycloneDX of what is installed
# make docs   the reference pages, and the documentation site in site/
# make screenshots   docs/grafana-panels.md, docs/evidence.svg and all pictures of the console

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LOCKS  := requirements.lock $(wildcard requirements/*.lock)

# What the locks list with these hashes, and nothing else. physiomon itself is built by the backend
# of requirements/build.lock, which is therefore the first.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
           --use-pep517

# What the tests drive for real; a package whose program is there is not touched.
SERVERS := chromium-headless-shell:chromium-headless-shell dbus-daemon:dbus faketime:faketime firefox-esr:firefox-esr influxd:influxdb mosquitto:mosquitto \
           nginx:nginx-light pulseaudio:pulseaudio promtool:prometheus systemd-analyze:systemd victoria-metrics:victoria-metrics
# Only for `make browsers`: half a gigabyte.
browsers: SERVERS += WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb
missing  = $(foreach pair,$(SERVERS),$(if $(shell PATH=$$PATH:/usr/sbin command -v $(firstword $(subst :, ,$(pair)))),,$(lastword $(subst :, ,$(pair)))))

# Tests of a file share what it starts; those that wait leave the processor to further workers.
PYTEST := $(BIN)/pytest --dist=loadfile --no-loadscope-reorder --numprocesses
COVER  := --cov --cov-report=term
# docs/decisions/0030-extended-tests.md
SHORT  := -m "not extended"
FAST   := alerts analysis devices engine policy scenarios sessions statistics storage
SOAK   := api/test_schema.py api/test_schemathesis.py calls/test_call_model.py calls/test_escalation.py \
          delivery/test_kill.py delivery/test_outage.py gateway/test_exchange.py gateway/test_kill.py \
          links/test_adapter_faults.py links/test_failures.py links/test_link.py \
          replay/test_player.py system/test_alarm_report_page.py system/test_commands.py \
          virtual/test_soak.py

# Without compiled files each worker compiles all of the product and of the tests for itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all test-fast coverage soak calls-check attack deploy-check platforms bluez browsers check bench docs screenshots setup servers lock dist sbom audit

demo: $(VENV)/.runtime
	@$(BIN)/physiomon demo

# Tests wait for half of the time; a fourth worker on two processors saves 20 s of 280, and costs 40 CPU s.
test: check servers
	$(PYTEST)=$$(($$(nproc) * 3 / 2)) $(if $(CI),$(COVER),$(SHORT))

test-all: check servers
	$(PYTEST)=$$(($$(nproc) * 3 / 2))

# Those that start processes are left to `make test`.
test-fast: setup
	$(PYTEST)=$$(nproc) $(SHORT) $(FAST:%=tests/%) \
	  $(addprefix --ignore=tests/,sessions/test_kill.py sessions/test_engine_failure.py storage/test_journal.py)

# Counting lines and branches doubles the time of Python: `make test` leaves it to CI, and properties,
# models and long forms are not counted (no_cover).
coverage: setup servers
	$(PYTEST)=$$(nproc) $(COVER)

soak: $(VENV)/.fuzz servers
	SOAK=1 $(PYTEST)=$$(nproc) --timeout=0 $(FAST:%=tests/%) $(SOAK:%=tests/%)
	$(BIN)/python -m tests.never_blind --sessions 2000 --processes $$(nproc)
	$(BIN)/python -m tests.fuzz.decoders -max_total_time=600

calls-check: setup
	@$(BIN)/python -m tests.calls_check

# Three minutes, on this machine only.
attack: setup servers
	@$(BIN)/python -m tests.attack

deploy-check: setup
	@$(BIN)/python -m tests.deploy_check

platforms: setup
	@$(BIN)/python -m tests.platforms

browsers: setup servers
	$(BIN)/pytest tests/browsers/roads.py tests/browsers/test_firefox.py

# Needs Debian and root to build its machine, once; see tests/bluez.
bluez: setup
	$(BIN)/python -m tests.bluez $(SCENARIOS)

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/python -m scripts.check_prose
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zensical build --strict

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m scripts.notebook
	$(BIN)/zensical build --clean --strict

screenshots: setup servers
	TZ=UTC $(BIN)/python -m tests.grafana.document docs
	$(BIN)/python -m tests.scenarios.drawing docs
	TZ=UTC $(BIN)/python -m tests.console.pictures docs/console
	TZ=UTC $(BIN)/python -m tests.console.moving_picture docs/console/alarm.gif
	$(BIN)/python -m tests.reports.pictures docs

lock: $(VENV)/.release
	$(BIN)/python -m scripts.lock $(if $(UPGRADE),--upgrade)

dist: setup
	rm -rf dist
	$(BIN)/python -m hatchling build --directory dist
	$(BIN)/python -m pytest --quiet tests/project/test_sdist.py

sbom: $(VENV)/.release
	@mkdir -p dist
	$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file dist/physiomon.cdx.json requirements.lock

audit: $(VENV)/.release
	@$(BIN)/python -m scripts.audit

setup: $(READY)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }; \
	  apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml $(LOCKS) | $(VENV)/bin/python
	$(INSTALL) --require-hashes --requirement requirements/build.lock
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --editable .
	@touch $@

$(READY): $(VENV)/.runtime
	$(INSTALL) --require-hashes --requirement requirements/dev.lock
	@touch $@

$(VENV)/.bench: $(READY)
	$(INSTALL) --require-hashes --requirement requirements/bench.lock
	@touch $@

$(VENV)/.fuzz: $(READY)
	$(INSTALL) --require-hashes --requirement requirements/fuzz.lock
	@touch $@

$(VENV)/.release: $(READY)
	$(INSTALL) --require-hashes --requirement requirements/release.lock
	@touch $@

# As root the missing servers are installed; otherwise the tests that need them are skipped with the reason.
servers:
	@todo="$(strip $(missing))"; test -z "$$todo" && exit 0; \
	if test "$$(id -u)" = 0; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$todo >/dev/null; \
	else echo "not root: tests that need these Debian packages are skipped: $$todo"; fi
