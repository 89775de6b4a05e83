"""The reading edition: Sphinx pages of the executed notebooks, readable without a network.

`chapters` makes a page of a notebook, `pages` writes those around them, `claims` the ledger, `building` calls Sphinx.
"""

from .building import build_book

__all__ = ["build_book"]
