#!/usr/bin/env bash
# Gradescope runs this once, when the autograder is built.
set -euo pipefail
cd "${AUTOGRADER:-/autograder}/source"
python3 -m venv .venv
.venv/bin/python -m pip install --quiet -r requirements.txt
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
.venv/bin/python -m alexnet_lib data
