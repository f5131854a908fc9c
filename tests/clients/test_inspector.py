"""The inspector's command line: both eras, and its lint of our schemas."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients import programs
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign

ERAS = ("legacy", "modern")
SIGN_IN_NEEDED = 3
TOOL_ERROR = 5

Inspect = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=ERAS)
def inspect(request: pytest.FixtureRequest, served: Demo, tmp_path: Path) -> Inspect:
    """Asks the inspector, in one of the eras."""

    def ask(*arguments: str, key: str = "operator") -> subprocess.CompletedProcess[str]:
        command = [
            programs.node(),
            programs.package(programs.CLIENTS, ".bin/mcp-inspector"),
            *("--cli", served.ready["mcp_url"], "--transport", "http", "--format", "json"),
            *("--protocol-era", request.param, "--header", f"Authorization: Bearer {key}"),
            *arguments,
        ]
        return programs.run(*command, home=tmp_path)

    return ask


def test_strict_finds_nothing(inspect: Inspect, served: Demo) -> None:
    for name in ("operator", "agency", "reader"):
        done = inspect("--method", "tools/list", "--strict", key=served.key(name))

        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["result"]["tools"]


def test_it_calls_a_tool(inspect: Inspect, served: Demo) -> None:
    wanted = ("--method", "tools/call", "--tool-name", "stock", "--tool-arg", "limit=1")
    done = inspect(*wanted, key=served.key("operator"))

    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)["result"]["structuredContent"]
    assert len(body["rows"]) == 1


def test_a_refused_call_is_a_tool_error(inspect: Inspect, served: Demo) -> None:
    wanted = ("--method", "tools/call", "--tool-name", "stock", "--tool-arg", "limit=0")

    assert inspect(*wanted, key=served.key("operator")).returncode == TOOL_ERROR


def test_a_wrong_key_is_told_apart_from_a_fault(inspect: Inspect, served: Demo) -> None:
    done = inspect("--method", "tools/list", key=served.key("operator") + "x")

    assert done.returncode == SIGN_IN_NEEDED
