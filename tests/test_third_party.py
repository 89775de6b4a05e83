"""THIRD_PARTY.md says what requirements.txt installs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "THIRD_PARTY.md").read_text()
ROWS = dict(re.findall(r"^\| ([a-z][a-z0-9-]+) \| (\d\S*) \| .+ \|$", TEXT, re.M))

spec = importlib.util.spec_from_file_location("third_party", ROOT / ".ci" / "third_party.py")
third_party = importlib.util.module_from_spec(spec)
spec.loader.exec_module(third_party)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def as_on_the_page() -> str:
    """Why this environment is not the page's; empty if it is."""
    here = f"{sys.platform} {platform.machine()} {sys.version_info[0]}.{sys.version_info[1]}"
    if here != "linux x86_64 3.11":
        return f"the page is drawn up on Linux x86-64 with Python 3.11, and this is {here}"
    for name, version in ROWS.items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return f"{name} is not installed: requirements have changed, or the index has"
        if found != version:
            return f"{name} is {found} here and {version} on the page: the index has a newer one"
    return ""


def test_every_pin_is_on_the_page():
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert len(pins) > 20
    wrong = [f"{name}=={version}" for name, version in pins if ROWS.get(canonical(name)) != version]
    assert wrong == [], "run: python .ci/third_party.py"


def test_the_page_is_what_its_script_writes():
    pinned = {canonical(name) for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)}
    reason = as_on_the_page()
    if reason and not any(reason.startswith(f"{name} ") for name in pinned):
        pytest.skip(reason)
    assert third_party.page() == TEXT, "run: python .ci/third_party.py"


def test_no_licence_is_unknown_and_what_is_not_permissive_is_explained():
    assert "not stated" not in TEXT
    conditions = TEXT.partition("### With conditions of their own")[2].partition("<!-- end -->")[0]
    named = re.findall(r"^\| ([a-z0-9-]+) \| \d", conditions, re.M)
    assert len(named) >= 5 and set(re.findall(r"^- \*\*(.+)\*\*: \w", conditions, re.M)) == set(named)
    for name, licence in re.findall(r"^\| (\S+) \| \S+ \| (.*GPL.*|.*MPL.*) \| .+ \|$", TEXT, re.M):
        assert name in named, licence


@pytest.mark.parametrize(("stated", "known"), [
    ({"License-Expression": "MIT"}, "MIT"), ({"License": "Apache 2.0"}, "Apache-2.0"),
    ({"License": "BSD 3-Clause License\n\nCopyright"}, "BSD-3-Clause"),
    ({"License": "UNKNOWN", "Classifier": "License :: OSI Approved :: ISC License (ISCL)"}, "ISC"),
    ({"Classifier": "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"}, "MPL-2.0"), ({}, "not stated"),
])
def test_a_licence_is_read_from_wherever_a_package_says_it(monkeypatch, stated, known):
    from email.message import Message

    about = Message()
    for name, value in stated.items():
        about.add_header(name, value)
    monkeypatch.setattr(third_party.metadata, "metadata", lambda name: about)
    assert third_party.licence("some-package") == known


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "LGPL-2.1-or-later", "MPL-2.0 AND MIT", "not stated"])
def test_what_has_conditions_is_never_among_the_permissive(licence):
    assert third_party.family(licence) == "With conditions of their own"
