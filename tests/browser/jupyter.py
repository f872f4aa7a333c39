"""Drive a real JupyterLab in Chromium the way a student would."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def chromium_page(width: int = 1280, height: int = 900, **context: Any) -> Iterator[Page]:
    """Open a page in Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        try:
            opened = browser.new_context(viewport={"width": width, "height": height}, **context)
            yield opened.new_page()
        finally:
            browser.close()


@contextlib.contextmanager
def jupyter_lab(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab on loopback and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "jupyter.log").open("w")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
            "--ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        stdout=log, stderr=log, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/api/status")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_until_up(address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not answer at {address} within {seconds:g} s")


def open_notebook(page: Page, address: str, name: str) -> None:
    """Open a notebook and wait for its kernel."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    # The indicator stands before the kernel does; what is run in between is lost.
    page.get_by_text("| Idle").wait_for(timeout=120_000)


def cell_at(page: Page, number: int) -> Locator:
    """The cell at a position of the notebook, counted from 0, scrolled to."""
    cell = page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{number}"]')
    cell.scroll_into_view_if_needed()
    return cell


def enter(page: Page, cell: Locator) -> None:
    """Click into a cell, unfolding it first, and wait until it is the one that keys go to."""
    folded = cell.locator(".jp-MoreHorizIcon")
    if folded.count():
        folded.first.click()
    cell.locator(".cm-content").click()
    cell.and_(page.locator(".jp-mod-active")).wait_for()


def empty(page: Page, cell: Locator) -> None:
    """Delete what a cell holds, and stay in it."""
    enter(page, cell)
    cell.locator(".cm-editor.cm-focused").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def run_cell(page: Page, cell: Locator, seconds: float = 60) -> None:
    """Run one cell with Shift+Enter and wait for its end."""
    enter(page, cell)
    before = _prompts(page)
    page.keyboard.press("Shift+Enter")
    _wait_for_runs(page, before, seconds)


def run_all(page: Page, seconds: float = 300) -> float:
    """Run all cells through the menu; return the seconds it took."""
    return _run_from_menu(page, "Run", "Run All Cells", seconds)


def run_all_above(page: Page, cell: Locator, seconds: float = 300) -> float:
    """Run the cells above one through the menu; return the seconds it took."""
    enter(page, cell)
    return _run_from_menu(page, "Run", "Run All Above Selected Cell", seconds)


def restart_and_run_all(page: Page, seconds: float = 300) -> float:
    """Restart the kernel and run all cells through the menu; return the seconds it took."""
    return _run_from_menu(page, "Kernel", "Restart Kernel and Run All Cells…", seconds)


def _run_from_menu(page: Page, menu: str, item: str, seconds: float) -> float:
    started = time.monotonic()
    before = _prompts(page)
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()
    if menu == "Kernel":
        page.get_by_role("button", name="Confirm Kernel Restart").click()
    _wait_for_runs(page, before, seconds)
    return time.monotonic() - started


def _prompts(page: Page) -> list[str]:
    return page.locator(".jp-InputPrompt").all_text_contents()


def _wait_for_runs(page: Page, before: list[str], seconds: float) -> None:
    """Wait until the first cells that were told to run say so, then until none is left to run."""
    prompts = "[...document.querySelectorAll('.jp-InputPrompt')].map(p => p.textContent)"
    status = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status"
    for done in (
        f"before => {prompts}.some((prompt, i) => prompt !== before[i])",
        f"() => {status} === 'idle' && !{prompts}.some(prompt => prompt.includes('*'))",
    ):
        page.wait_for_function(done, arg=before, timeout=seconds * 1000, polling=100)


def save(page: Page, path: Path) -> dict[str, Any]:
    """Save with the keyboard and return what lies on disk."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    deadline = time.monotonic() + 20
    while path.stat().st_mtime_ns == before and time.monotonic() < deadline:
        time.sleep(0.1)
    # The server writes the file in place: what can be parsed is whole.
    while True:
        with contextlib.suppress(ValueError):
            saved: dict[str, Any] = json.loads(path.read_text())
            return saved
        time.sleep(0.1)
