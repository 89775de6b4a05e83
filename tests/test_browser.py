"""The means of the tests in a browser: they say what is missing, and leave nothing running."""

from __future__ import annotations

import importlib.util

import browser
import psutil
import pytest
from browser import Heard, chromium, lab_session, missing


def test_a_browser_is_found_by_name_or_by_the_variable(tmp_path, monkeypatch):
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium() == str(program)
    monkeypatch.setenv("PATH", "")
    assert chromium() is None
    monkeypatch.setenv("CHROMIUM", str(program))
    assert chromium() == str(program)


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert missing().startswith("playwright is not installed")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(browser, "chromium", lambda: None)
    assert missing().startswith("no browser") and "CHROMIUM" in missing()
    monkeypatch.setattr(browser, "chromium", lambda: "there")
    assert missing() == ""


def test_every_complaint_has_its_line():
    heard = Heard(page_errors=["a"], console_errors=["b"], failed=["c", "d"], outside=["e"])
    assert heard.complaints() == ["page_errors: a", "console_errors: b", "failed: c", "failed: d", "outside: e"]
    assert Heard().complaints() == []


def test_a_session_that_fails_ends_with_all_its_kernels(tmp_path):
    with pytest.raises(ZeroDivisionError), lab_session(tmp_path) as lab:
        lab.ask("api/kernels", "POST")
        server, = (process for process in psutil.process_iter() if process.ppid() == psutil.Process().pid
                   and f"--IdentityProvider.token={lab.token}" in process.cmdline())
        started = [server, *server.children(recursive=True)]
        assert any("ipykernel_launcher" in " ".join(process.cmdline()) for process in started)
        raise ZeroDivisionError
    assert [process for process in started if process.is_running()] == []
    assert not lab.log.exists()
