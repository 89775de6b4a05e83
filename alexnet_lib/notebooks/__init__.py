"""Runs the notebooks, builds their reading edition, refreshes what is stored of them.

Stored notebooks lie in ``notebooks/`` and are never written to by a run: papermill leaves executed
copies in ``build/notebooks/``, Sphinx makes the pages in ``build/html/`` of these.

papermill, nbformat and Sphinx are imported inside the functions that need them, so that a machine
without Jupyter can import all of `alexnet_lib`.
"""

from .book import build_book
from .files import NotebookError, test_command
from .refresh import refresh_notebooks
from .run import run_notebooks

__all__ = ["NotebookError", "build_book", "refresh_notebooks", "run_notebooks", "test_command"]
