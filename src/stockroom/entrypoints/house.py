"""The one composition root: joins the rooms into the house that one process works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.db.engine import Database
from stockroom.entrypoints import wiring
from stockroom.entrypoints.grounds import Grounds
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.net.outbound import Outbound
from stockroom.spec.tool import ReadTool, WriteTool
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.oauth.authority import Authority
from stockroom.tenancy.reception import Reception
from stockroom.tenancy.registry import Registry
from stockroom.tenancy.vault import Vault
from stockroom.writes.gate import Gate


@dataclass(frozen=True, slots=True)
class House:
    """Everything joined.

    Args:
        settings: As read at the start.
        clock: The installation's clock.
        database: Postgres, as writer and as reader.
        vault: Encrypts grants and documents.
        authenticator: Knows keys and access tokens.
        authority: Gives programs access on a person's word.
        registry: Organisations, accounts, keys.
        reception: Lets people in.
        grounds: Opens accounts for the engines.
        read_tools: Every declared read tool.
        write_tools: Every declared write tool.
        gate: The writes.
    """

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    authenticator: Authenticator
    authority: Authority
    registry: Registry
    reception: Reception
    grounds: Grounds
    read_tools: Sequence[ReadTool]
    write_tools: Sequence[WriteTool]
    gate: Gate

    @property
    def base_url(self) -> str:
        """Where callers reach this installation."""
        return base_url(self.settings)

    @property
    def keys_url(self) -> str:
        """Where MCP is spoken with keys alone."""
        return f"{keys_base_url(self.settings)}/mcp"


_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what to write in its place
"""Hosts to listen on that are nobody's address, and how this machine reaches them."""


def base_url(settings: Settings) -> str:
    """Where callers reach the installation: its public address, else its own."""
    return (settings.public_url or _own(settings, settings.port)).rstrip("/")


def keys_base_url(settings: Settings) -> str:
    """Where callers with keys reach it, and find no OAuth."""
    return (settings.keys_public_url or _own(settings, settings.keys_port_to_use)).rstrip("/")


def _own(settings: Settings, port: int) -> str:
    return f"http://{_EVERYWHERE.get(settings.host, settings.host)}:{port}"


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock | None = None, outbound: Outbound | None = None
) -> AsyncIterator[House]:
    """Join the rooms for as long as the block lasts.

    Args:
        settings: Where everything is.
        clock: Overrides the settings' clock.
        outbound: Overrides the way out to addresses that strangers name.

    Raises:
        ConfigurationError: A setting or key cannot be used, or a database role may too much.
        DatabaseUnavailableError: Postgres does not answer.
    """
    wiring.load_declarations()
    clock = clock or settings.clock
    async with (
        Database.open(settings) as database,
        AmazonConnections(settings, SharedBuckets(database), clock) as amazon,
    ):
        vault, pepper = Vault.from_settings(settings), key_pepper(settings)
        grounds = Grounds(database, vault, amazon, clock)
        write_tools = wiring.write_tools()
        authenticator = Authenticator(database, pepper, clock)
        yield House(
            settings=settings,
            clock=clock,
            database=database,
            vault=vault,
            authenticator=authenticator,
            authority=Authority.of(database, pepper, clock, outbound or Outbound()),
            registry=Registry(database, vault, pepper, clock),
            reception=Reception.staffed(database, pepper, clock),
            grounds=grounds,
            read_tools=wiring.read_tools(),
            write_tools=write_tools,
            gate=Gate(
                database=database,
                clock=clock,
                tools={tool.name: tool for tool in write_tools},
                ground=grounds.ground,
                base_url=base_url(settings),
            ),
        )
        await authenticator.settled()
