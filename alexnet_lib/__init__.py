"""AlexNet, section by section: a small library for the notebooks that take the 2012 paper apart.

``paper`` what it says; ``data`` and ``nets`` what goes in and what is built; ``training`` the update rule
and the loop; ``experiments`` what is compared, and the records; ``plots`` how it is drawn.
"""

__version__ = "0.1.0"
