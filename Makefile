# AlexNet, section by section. `make` alone lists what there is.

PYTHON ?= python3

# which notebooks (e.g. ONLY=02_relu; none means all), and how much they compute: quick, reduced or full;
# how many at a time (e.g. JOBS=1; none means what cores and memory allow, two at most)
ONLY =
PRESET = quick
JOBS =

venv := .venv
python := $(venv)/bin/python
# Written last, so that an interrupted installation is taken up again.
installed := $(venv)/.installed

# The kernels of this environment, and figures in the notebooks, whatever the caller's settings.
export JUPYTER_PREFER_ENV_PATH = 1
unexport MPLBACKEND PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET

.DEFAULT_GOAL := help
.PHONY: help run test lab bench faults book clean data audit

help:
	@echo "make run    install, fetch CIFAR-10, run every notebook, build the reading edition"
	@echo "            (PRESET=reduced or full computes more; ONLY=02_relu runs one; JOBS=1 one at a time)"
	@echo "make test   install, fetch CIFAR-10, run all tests, re-run the stored notebooks"
	@echo "make lab    open the notebooks in JupyterLab"
	@echo "make faults kill it, fill the disk, damage its files, many times each: half an hour or two, one table"
	@echo "make bench  time the library against named peers, one table (QUICK=1: fewer repeats; WRITE=1: also every"
	@echo "            layer of a step, written to benchmarks/README.md)"
	@echo "make book   build the reading edition of what has been run, without running anything"
	@echo "make clean  remove what was built; packages, data and records stay"
	@echo "make audit  ask whether an installed package has a known vulnerability; needs a network"
	@echo "make help   this list"

run: data
	@$(python) -m alexnet_lib notebooks run $(ONLY) --preset $(PRESET) $(if $(JOBS),--jobs $(JOBS))

test: data
	@$(python) -m alexnet_lib notebooks test $(ONLY)

# Its kernels keep freed memory, as those of `make run` do: see alexnet_lib/notebooks/sharing.py.
lab: $(installed)
	@MALLOC_MMAP_MAX_=$${MALLOC_MMAP_MAX_-0} MALLOC_TRIM_THRESHOLD_=$${MALLOC_TRIM_THRESHOLD_-2147483647} \
		$(python) -m jupyterlab --ServerApp.root_dir=notebooks

faults: data
	@FAULTS=full $(python) -m pytest tests/faults -q

bench: data
	@$(python) benchmarks/table.py $(if $(QUICK),--quick) $(if $(WRITE),--write)

book: $(installed)
	@$(python) -m alexnet_lib notebooks book

clean:
	@rm -rf build .pytest_cache .ruff_cache

# pip-audit has an environment of its own, as it is no part of the project; its answer is its exit status.
audit: $(installed)
	@test -x build/audit/bin/pip-audit || { $(python) -m venv --clear build/audit && \
		build/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; } || \
		{ echo "error: pip-audit could not be installed: is there a network?" >&2; exit 2; }
	@$(python) -m pip freeze --exclude-editable --disable-pip-version-check >build/audit/installed.txt
	@build/audit/bin/pip-audit --requirement build/audit/installed.txt --no-deps --disable-pip --progress-spinner off \
		--vulnerability-service osv 2>build/audit/said.txt || { grep -q "ConnectionError\|Timeout" build/audit/said.txt && \
		{ echo "error: the advisory database (OSV) cannot be reached: run make audit where there is a network" >&2; \
		exit 2; } || { tail -n 3 build/audit/said.txt >&2; exit 1; }; }

data: $(installed)
	@$(python) -m alexnet_lib data

$(installed): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: there is no $(PYTHON): install Python 3.11 or newer, or name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("error: Python 3.11 or newer is needed, $(PYTHON) is %d.%d: name another, e.g. make run PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -c 'import sys, venv, ensurepip' 2>/dev/null || $(PYTHON) -c 'import sys; sys.exit("error: $(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python%d.%d-venv)" % sys.version_info[:2])'
	@echo "installing packages into $(venv): about 2-5 minutes and 6 GB, once"
	@rm -f $@
	@$(python) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(venv)
	@$(python) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(python) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
