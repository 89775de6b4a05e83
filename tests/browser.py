"""A browser, and JupyterLab in it, for the tests that need them.

What they share: `needs_browser` marks such a test, `open_browser` starts Chromium without a screen, `listen` keeps what
went wrong on a page and what it asked of other machines, and `lab_session` is a real JupyterLab with settings of its
own. Everything that is started is ended, whatever happens. Playwright's plain interface allows one `open_browser` at a
time in a process: tests that share one take it from a fixture of their module.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
import pytest

__all__ = ["Heard", "Lab", "browser_page", "choose", "chromium", "lab_session", "listen", "missing", "needs_browser",
           "open_browser", "open_notebook", "run_all", "start_all", "wait_all"]

#: no sandbox, as tests run as root in containers; none of the browser's own calls to the network
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]

#: no questions about news; every cell of a long notebook stands in the page, not only those in view
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}

START_S = 120  # for the server, and for a notebook with its kernel
STARTED = r"""() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
    .some(prompt => /\[(\d+|\*)\]/.test(prompt.textContent))"""
CLEARED = r"""() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
    .every(prompt => !/\d/.test(prompt.textContent))"""
DONE = r"""() => {
    const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
    return cells.length && cells.every(cell => /\[\d+\]/.test(cell.querySelector('.jp-InputPrompt').textContent))
        && document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status === 'idle';
}"""


def chromium() -> str | None:
    """The path of a Chromium or Chrome, by the variable CHROMIUM or by its name; None without one."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


def missing() -> str:
    """What is not there for tests in a browser; empty if all is."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: pip install -r requirements.txt"
    if chromium() is None:
        return "no browser: install chromium, or name one in the variable CHROMIUM"
    return ""


needs_browser = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")


@contextmanager
def open_browser() -> Iterator:
    """A Chromium without a screen: playwright's ``Browser``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browser_page(**settings) -> Iterator:
    """One page in a browser of its own; ``settings`` as for playwright's ``Browser.new_page``."""
    with open_browser() as browser:
        yield browser.new_page(**settings)


@dataclass
class Heard:
    """What a page complained of and asked for, since `listen`."""

    page_errors: list[str] = field(default_factory=list)  # exceptions nobody caught
    console_errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # requests without an answer, by address
    outside: list[str] = field(default_factory=list)  # requests to any other machine, by address

    def complaints(self) -> list[str]:
        """All of it, one line each."""
        return [f"{kind}: {text}" for kind, texts in vars(self).items() for text in texts]


def listen(page, home: str = "") -> Heard:
    """Keep what goes wrong on a page from now on.

    Args:
        page: playwright's, before it goes anywhere.
        home: the host and port that it may ask for things, e.g. ``127.0.0.1:8888``; files are always allowed.
    """
    heard = Heard()

    def asked(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("file", "data", "blob", "about") and parts.netloc != home:
            heard.outside.append(address)

    page.on("pageerror", lambda error: heard.page_errors.append(str(error)))
    page.on("console", lambda said: heard.console_errors.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda request: heard.failed.append(request.url))
    page.on("request", lambda request: asked(request.url))
    page.on("websocket", lambda socket: asked(socket.url))
    return heard


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    root: Path  # the folder that it shows
    home: str  # host and port
    token: str
    log: Path  # what the server says

    def address(self, notebook: str, workspace: str = "tests") -> str:
        """Where a notebook opens; two tabs at a time need two workspaces."""
        return f"http://{self.home}/lab/workspaces/{workspace}/tree/{quote(notebook)}?reset&token={self.token}"

    def ask(self, path: str, method: str = "GET") -> object:
        """The answer of the server's own interface, e.g. to ``api/sessions``."""
        request = urllib.request.Request(f"http://{self.home}/{path}", method=method,
                                         headers={"Authorization": f"token {self.token}"})
        local = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the machine has
        with local.open(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def end_kernel(self, notebook: str) -> None:
        """End the kernel of a notebook, and give back its memory."""
        for session in self.ask("api/sessions"):
            if session["path"] == notebook:
                self.ask(f"api/sessions/{session['id']}", "DELETE")


@contextmanager
def lab_session(root: Path, **variables: str) -> Iterator[Lab]:
    """JupyterLab on a folder and a free port, with no settings of the user's; ended with all its kernels.

    Args:
        root: what it shows.
        variables: of its environment and that of its kernels, besides those of this process.

    Raises:
        RuntimeError: the server does not start; the message has the end of its log.
    """
    with ExitStack() as ending:
        own = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True)))
        for name, settings in SETTINGS.items():
            path = own / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        lab = Lab(root, f"127.0.0.1:{_free_port()}", secrets.token_hex(16), own / "lab.log")
        said = ending.enter_context(open(lab.log, "w"))
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={lab.home.split(':')[1]}",
             "--ServerApp.port_retries=0", f"--IdentityProvider.token={lab.token}", f"--ServerApp.root_dir={root}",
             "--allow-root", "--ServerApp.terminals_enabled=False"],
            env=_environment(own) | variables, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True)
        ending.callback(_end, server)
        _wait_for(server, lab)
        yield lab


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _environment(own: Path) -> dict[str, str]:
    """The variables of a server that keeps everything in a folder of its own and starts kernels of this environment."""
    folders = ("IPYTHONDIR", "JUPYTERLAB_WORKSPACES_DIR",
               "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "PYTHONHOME", "PYTHONPATH")}
    return kept | {name: str(own / name) for name in folders} | {
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"), "JUPYTER_PREFER_ENV_PATH": "1"}


def _wait_for(server: subprocess.Popen, lab: Lab) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            lab.ask("api/status")
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                said = lab.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"JupyterLab did not start within {START_S} s: {said}") from None
            time.sleep(0.2)


def _end(server: subprocess.Popen) -> None:
    """End the server and every process it started: kernels are in sessions of their own, so no group holds them."""
    try:
        started = psutil.Process(server.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        started = []
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    _, left = psutil.wait_procs(started, timeout=3)
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass


# --- a notebook in a page ----------------------------------------------------------------------------


def open_notebook(page, lab: Lab, notebook: str, workspace: str = "tests") -> None:
    """Go to a notebook and wait for its cells and its kernel."""
    page.goto(lab.address(notebook, workspace))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=START_S * 1000)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=START_S * 1000)


def choose(page, menu: str, item: str) -> None:
    """Choose from a menu of JupyterLab's."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def start_all(page) -> None:
    """Clear what is stored, then run all cells; again until it has an effect: before the kernel listens, it is lost."""
    from playwright.sync_api import TimeoutError as NotYet

    choose(page, "Edit", "Clear Outputs of All Cells")  # else stored numbers look like those of this run
    page.wait_for_function(CLEARED)
    for _ in range(12):
        choose(page, "Run", "Run All Cells")
        try:
            page.wait_for_function(STARTED, timeout=5000)
            return
        except NotYet:
            page.keyboard.press("Escape")
    raise RuntimeError("Run All Cells has no effect: the kernel does not answer")


def wait_all(page, timeout_s: float = 300) -> list[str]:
    """Wait until every code cell has run, and return the text of each error that is shown."""
    page.wait_for_function(DONE, timeout=timeout_s * 1000)
    page.wait_for_timeout(500)  # what the last cell shows is drawn after its number
    return page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts()


def run_all(page, timeout_s: float = 300) -> list[str]:
    """Clear what is stored, run all cells, and return the text of each error that is shown in the end."""
    start_all(page)
    return wait_all(page, timeout_s)
