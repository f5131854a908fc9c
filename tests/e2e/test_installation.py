"""The walk of docs/operations.md: an installation on a PostgreSQL of its own, by its commands."""

from __future__ import annotations

import asyncio
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult
from psycopg.sql import SQL, Identifier
from tests.commands import clean
from tests.e2e.conftest import command
from tests.serving import NO_TLS, serving

from stockroom.core.clock import Clock
from stockroom.db.place import Place
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World, WorldOptions

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_PATIENCE_S = 300
"""A command takes two seconds, or a minute on a machine that does everything at once."""
AGENCY = ("--org", "Northlight Agency")


@dataclass(frozen=True)
class Shell:
    """Where somebody types commands: a home, and an environment."""

    home: Path
    environment: dict[str, str]

    async def run(self, *arguments: str, given: str = "") -> tuple[int | None, str, str]:
        """Exit code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            env=clean() | self.environment | {"STOCKROOM_HOME": str(self.home)},
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(_PATIENCE_S):
            out, err = await process.communicate(given.encode())
        return process.returncode, out.decode(), err.decode()

    async def done(self, *arguments: str, given: str = "") -> str:
        """What a command prints that succeeds."""
        code, out, err = await self.run(*arguments, given=given)
        assert code == 0, err
        return out

    async def refused(self, *arguments: str) -> str:
        """The one line of a command that does not."""
        code, _, err = await self.run(*arguments)
        assert code in {1, 2}
        (line,) = err.splitlines()
        return line


@pytest.fixture
def database_url(template: Place, administrator: psycopg.Connection) -> Iterator[str]:
    """Of a database that is not there yet; it and the roles named after it go in the end."""
    name, admin = f"shop_{uuid4().hex[:12]}", template.admin
    yield f"postgresql://{admin.name}:{admin.password}@{template.host}:{template.port}/{name}"
    administrator.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
    for part in ("owner", "writer", "reader"):
        role = Identifier(f"{part}_{name}")
        administrator.execute(SQL("drop role if exists {}").format(role))


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldOptions.create(now=Clock().now(), skus=4, days=30))


@pytest.fixture
def seller(world: World) -> Seller:
    return next(one for one in world.sellers.values() if one.region == "NA")


@pytest.fixture
async def amazon(world: World, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings that lead to a pretend Amazon."""
    async with serving(create_app(world, Clock(), tmp_path)) as url:
        yield {
            "STOCKROOM_LWA_URL": f"{url}/auth/o2/token",
            "STOCKROOM_LWA_CLIENT_ID": CLIENT_ID,
            "STOCKROOM_LWA_CLIENT_SECRET": CLIENT_SECRET,
            "STOCKROOM_SPAPI_NA_URL": f"{url}/na",
        }


@asynccontextmanager
async def served(shell: Shell) -> AsyncIterator[str]:
    """The address of a running ``stockroom serve``, once it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *command("serve", "--port", str(port)),
        env=clean() | shell.environment | {"STOCKROOM_HOME": str(shell.home)},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient(verify=NO_TLS) as http, asyncio.timeout(_PATIENCE_S):
            while not await answers(http, f"{url}/readyz"):
                assert process.returncode is None
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def answers(http: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx2.TransportError:
        return False


async def test_from_nothing_to_a_first_answer(
    database_url: str, amazon: dict[str, str], seller: Seller, tmp_path: Path
) -> None:
    bare = Shell(tmp_path / "home", {"DATABASE_URL": database_url, **amazon})
    assert "db upgrade" in await bare.refused("serve", "--port", "0")
    await bare.done("db", "upgrade")
    assert "stockroom secrets" in await bare.refused("serve", "--port", "0")

    secrets = dict(line.split("=", 1) for line in (await bare.done("secrets")).splitlines())
    shell = Shell(bare.home, bare.environment | secrets)
    await shell.done("org", "create", AGENCY[1])
    who = (*AGENCY, "--name", "Harbor", "--region", "NA", "--seller-id", seller.seller_id)
    said = await shell.done("account", "add", "harbor-us", *who, given=seller.refresh_token)
    assert "harbor-us: connected" in said
    await shell.done("sync", "--account", "harbor-us", "--dataset", "inventory")
    key = (
        await shell.done("key", "create", "weekly review", *AGENCY, "--account", "harbor-us")
    ).strip()
    assert not (shell.home / "keys.json").exists()

    async with served(shell) as url:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(verify=NO_TLS, headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport) as client:
                result = await client.call_tool("stock", {})
        assert isinstance(result, CallToolResult)
        assert isinstance(result.structured_content, dict)
        assert result.structured_content["rows"]
        assert result.structured_content["account"] == "harbor-us"
