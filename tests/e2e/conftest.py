"""One small demo, started by its command, for all tests of this folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult
from tests.commands import clean, stockroom
from tests.serving import NO_TLS

WORLD = ["--accounts", "2", "--skus", "8", "--days", "45"]
_PATIENCE_S = 150


@dataclass(frozen=True)
class Demo:
    """A demo that was ready."""

    home: Path
    ready: dict[str, Any]

    def key(self, name: str) -> str:
        return str(self.ready["keys"][name])

    def run(self, *arguments: str, given: str = "") -> str:
        """What another command with the same home prints, given that on standard input."""
        done = stockroom(*arguments, "--home", str(self.home), given=given)
        done.check_returncode()
        return done.stdout

    @asynccontextmanager
    async def _client(self, key: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key(key)}"}
        async with httpx2.AsyncClient(verify=NO_TLS, headers=headers, timeout=30) as http:
            transport = streamable_http_client(self.ready["mcp_url"], http_client=http)
            async with Client(transport) as client:
                yield client

    def client(self, key: str) -> AbstractAsyncContextManager[Client]:
        """The SDK's client with one of the demo's keys."""
        return self._client(key)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stockroom.entrypoints.cli", *arguments]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo while it runs; afterwards, nothing of it may be left running."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with playing(home, *WORLD) as (process, ready):
        yield Demo(home, ready)
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE_S) == 0, (home.parent / "demo.log").read_text()
    assert not processes_of(home)


@contextmanager
def playing(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A demo in a home, ready, with what its ready file says."""
    path = home.parent / "ready.json"
    asked = command("demo", "--home", str(home), "--port", "0", "--ready-file", str(path))
    with (home.parent / "demo.log").open("wb") as log:
        process = subprocess.Popen([*asked, *options], env=clean(), stdout=log, stderr=log)
        try:
            wait_until(lambda: path.exists() or process.poll() is not None)
            assert path.exists(), (home.parent / "demo.log").read_text()
            yield process, json.loads(path.read_text())
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def killed(tmp_path: Path) -> Demo:
    """A demo that was ready and was then killed, without a chance to clear up."""
    home = tmp_path / "home"
    with playing(home, "--accounts", "1", "--skus", "4", "--days", "30") as (process, ready):
        process.kill()
    wait_until(lambda: not processes_of(home))
    return Demo(home, ready)


def wait_until(true: Callable[[], bool]) -> None:
    """Look until it is so, or give up."""
    end = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)  # noqa: TID251 - another process tells us nothing


def processes_of(home: Path) -> list[str]:
    """Command lines of running processes that work in a home."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(home) in line]


@pytest.fixture
def ask() -> Callable[..., Any]:
    """The object of a tool's answer."""

    async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    return call


@pytest.fixture
def records(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Every row of a tool's answer as a mapping, page after page."""

    async def all_pages(client: Client, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            body = await ask(client, tool, limit=7, **arguments, **more)
            assert "error_kind" not in body, body
            found += [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
            if body["next_cursor"] is None:
                return found
            more = {"cursor": body["next_cursor"]}

    return all_pages
