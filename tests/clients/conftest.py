"""One small seller behind a running server, for clients that other people wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping

import pytest
from tests.clients import programs
from tests.e2e.conftest import Demo, playing


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that answers while these suites run."""
    home = tmp_path_factory.mktemp("served") / "home"
    with playing(home, "--accounts", "1", "--skus", "12", "--days", "60") as (process, ready):
        yield Demo(home, ready)
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def script(served: Demo, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs one of our scripts for Node against that server, and gives what it printed."""
    home = tmp_path_factory.mktemp("node")

    def run(name: str, *arguments: str, **environment: str) -> str:
        done = programs.run(
            programs.node(),
            programs.package(programs.CLIENTS, f"../{name}"),
            *arguments,
            home=home,
            URL=served.ready["mcp_url"],
            **environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def person(served: Demo) -> Mapping[str, str]:
    """What a script needs to be a person at a browser: the environment it is given."""
    return {
        "CHROMIUM": programs.browser(),
        "CONSOLE": served.ready["console_url"],
        "LOGIN": json.dumps(served.ready["login"]),
        "SHOTS": os.environ.get("SHOTS", ""),  # noqa: TID251 - given by `make screenshots`
    }
