"""Writes the tables of THIRD_PARTY.md: what requirements.txt installs, directly or not, under which licence.

    python .ci/third_party.py           # writes them, from what is installed in this environment
    python .ci/third_party.py --check   # exit status 1 if they say something else

The set is that of Linux on x86-64 and Python 3.11, whatever this machine is. CUDA's libraries are left to the page's
own words, as one family: which there are, and their versions, differ by platform.
"""

from __future__ import annotations

import importlib.metadata as metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "THIRD_PARTY.md"
MARKS = re.compile(r"(<!-- rendered: packages -->\n).*?(<!-- end -->)", re.DOTALL)

PLATFORM = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix",
            "python_version": "3.11", "python_full_version": "3.11.7", "implementation_name": "cpython",
            "platform_python_implementation": "CPython"}
CUDA = re.compile(r"nvidia-|cuda-")

#: what packages say in words, by its SPDX name
SPDX = {
    "MIT License": "MIT", "MIT license": "MIT", "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0", "ISC License (ISCL)": "ISC", "BSD": "BSD-3-Clause",
    "Python Software Foundation License": "PSF-2.0", "PSFL": "PSF-2.0", "ISC license": "ISC",
    "BSD 3-Clause License": "BSD-3-Clause", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "BSD License": "BSD",  # of which kind, the classifier does not say
}

#: read from the files of packages whose metadata name none, or not all
READ = {
    "axe-playwright-python": "MIT AND MPL-2.0",
    "docutils": "CC0-1.0 AND BSD-2-Clause AND BSD-3-Clause AND PSF-2.0 AND GPL-3.0-or-later",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0 AND GPL-3.0-or-later WITH GCC-exception-3.1",
    "scipy": "BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1",
    "pyzmq": "BSD-3-Clause AND MPL-2.0 AND ISC",
    "sphinx-mathjax-offline": "MIT AND Apache-2.0",
}

#: what is not simply permissive, in words
NOTES = {
    "axe-playwright-python": "it holds axe-core, under MPL-2.0, which asks that changes to its own files be published; "
                             "tests use it unchanged.",
    "certifi": "MPL-2.0, for its list of certificates: the same.",
    "docutils": "public domain but for a few files; the one under the GPL, for the editor Emacs, is not installed.",
    "fqdn": "MPL-2.0: used by Jupyter's server, unchanged.",
    "hypothesis": "MPL-2.0: used by tests alone, unchanged.",
    "numpy": "its file holds GCC's Fortran runtime, under the GPL with the exception that lets any program use it.",
    "pyzmq": "its file holds libzmq, under MPL-2.0, unchanged.",
    "scipy": "as numpy.",
    "tqdm": "MPL-2.0 for some of its files, MIT for the others: unchanged.",
}


def requirements() -> list[Requirement]:
    """The lines of requirements.txt."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def needs(name: str, extra: str) -> Iterator[Requirement]:
    """What a distribution asks for, with one of its extras."""
    for text in metadata.requires(name) or []:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({**PLATFORM, "extra": extra}):
            yield wanted


def installed() -> dict[str, set[str]]:
    """Every distribution that requirements.txt installs, with the requirements that bring it in."""
    found: dict[str, set[str]] = {}
    for root in requirements():
        waiting, seen = [root], set()
        while waiting:
            one = waiting.pop()
            name = canonicalize_name(one.name)
            for extra in {"", *one.extras} - {extra for other, extra in seen if other == name}:
                seen.add((name, extra))
                found.setdefault(name, set()).add(canonicalize_name(root.name))
                waiting.extend(needs(name, extra))
    return found


def licence(name: str) -> str:
    """The licence of an installed distribution, as an SPDX expression where it can be known."""
    about = metadata.metadata(name)
    classified = [text.rpartition(" :: ")[2] for text in about.get_all("Classifier", []) if text.startswith("License")]
    stated = (about.get("License") or "").strip()
    if "\n" in stated or len(stated) > 40 or stated == "UNKNOWN":  # the whole text, or nothing
        stated = "BSD-3-Clause" if re.search("BSD 3-Clause|Modified BSD|Redistribution and use", stated) else ""
    words = READ.get(name) or about.get("License-Expression") or stated or next(iter(classified), "")
    return SPDX.get(words, words) or "not stated"


def family(expression: str) -> str:
    """Under which heading a licence stands."""
    if re.search(r"GPL|MPL|not stated", expression):
        return "With conditions of their own"
    if "PSF" in expression:
        return "PSF"
    kinds = {kind for kind in ("Apache", "BSD", "MIT") if kind in expression}
    return kinds.pop() if len(kinds) == 1 else "Other permissive, and several together"


def render() -> str:
    """The tables, as Markdown."""
    found, parts = installed(), {}
    for name in sorted(found):
        if not CUDA.match(name):
            parts.setdefault(family(licence(name)), []).append(name)
    direct = {canonicalize_name(one.name) for one in requirements()}
    count = sum(map(len, parts.values()))
    lines = [f"{count} distributions, {len(direct)} of them named in `requirements.txt`, besides CUDA's libraries."]
    for title in sorted(parts, key=lambda title: (title == "With conditions of their own", -len(parts[title]))):
        lines += ["", f"### {title} ({len(parts[title])})", "", "| package | version | licence | brought in by |",
                  "|---|---|---|---|"]
        for name in parts[title]:
            origin = "`requirements.txt`" if name in direct else _shortened(sorted(found[name]))
            lines.append(f"| {name} | {metadata.version(name)} | {licence(name)} | {origin} |")
    lines += ["", *(f"- **{name}**: {NOTES[name]}" for name in parts.get("With conditions of their own", []))]
    return "\n".join(lines) + "\n"


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def page() -> str:
    """THIRD_PARTY.md as it should be."""
    return MARKS.sub(lambda found: found[1] + render() + found[2], PAGE.read_text())


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if page() == PAGE.read_text() else "error: THIRD_PARTY.md is old: run python .ci/third_party.py")
    PAGE.write_text(page())
