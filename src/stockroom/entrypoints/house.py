"""The one composition root: joins the rooms into the house that one process works with."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.db.engine import Database
from stockroom.entrypoints import wiring
from stockroom.entrypoints.addresses import base_url, keys_base_url
from stockroom.entrypoints.grounds import Grounds
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.net.outbound import Outbound
from stockroom.spec.tool import ChangeTool, ReadTool
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.links import Links
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.oauth.authority import Authority
from stockroom.tenancy.reception import Reception
from stockroom.tenancy.registry import Registry
from stockroom.tenancy.vault import Vault
from stockroom.writes.gate import Gate
from stockroom.writes.heads import Signer
from stockroom.writes.reads import ReadCounts


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
        links: What clients are sent to connect their accounts.
        reception: Lets people in.
        grounds: Opens accounts for the engines.
        read_tools: Every declared read tool.
        write_tools: Every declared write tool.
        signer: Signs the heads of the audit.
        reads: Counts the reads of credentials that may also write.
        gate: The writes.
    """

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    authenticator: Authenticator
    authority: Authority
    registry: Registry
    links: Links
    reception: Reception
    grounds: Grounds
    read_tools: Sequence[ReadTool]
    write_tools: Sequence[ChangeTool]
    signer: Signer
    reads: ReadCounts
    gate: Gate

    @property
    def base_url(self) -> str:
        """Where callers reach this installation."""
        return base_url(self.settings)

    @property
    def question_key(self) -> bytes:
        """Seals what clients are asked; every replica has the same, and nobody must be told another."""
        return hmac.digest(key_pepper(self.settings), b"questions", "sha256")

    @property
    def keys_url(self) -> str:
        """Where MCP is spoken with keys alone."""
        return f"{keys_base_url(self.settings)}/mcp"


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock | None = None, outbound: Outbound | None = None
) -> AsyncIterator[House]:
    """Open the database and join the rooms, for as long as the block lasts.

    Args:
        settings: Where everything is.
        clock: Overrides the settings' clock.
        outbound: Overrides the way out to addresses that strangers name.

    Raises:
        ConfigurationError: A setting or key cannot be used, or a database role may too much.
        DatabaseUnavailableError: Postgres does not answer.
    """
    async with (
        Database.open(settings) as database,
        furnished(database, settings, clock or settings.clock, outbound) as house,
    ):
        yield house


@asynccontextmanager
async def furnished(
    database: Database, settings: Settings, clock: Clock, outbound: Outbound | None = None
) -> AsyncIterator[House]:
    """``open_house`` on a database that is open already.

    Raises:
        ConfigurationError: A setting or key cannot be used.
    """
    wiring.load_declarations()
    async with AmazonConnections(settings, SharedBuckets(database), clock) as amazon:
        vault, pepper = Vault.from_settings(settings), key_pepper(settings)
        grounds = Grounds(database, vault, amazon, clock)
        write_tools, signer = wiring.write_tools(), Signer.from_settings(settings)
        authenticator, reads = Authenticator(database, pepper, clock), ReadCounts(database, clock)
        yield House(
            settings=settings,
            clock=clock,
            database=database,
            vault=vault,
            authenticator=authenticator,
            authority=Authority.of(database, pepper, clock, outbound or Outbound()),
            registry=Registry(database, vault, pepper, clock),
            links=Links(database, pepper, clock),
            reception=Reception.staffed(database, vault, pepper, clock),
            grounds=grounds,
            read_tools=wiring.read_tools(),
            write_tools=write_tools,
            signer=signer,
            reads=reads,
            gate=Gate(
                database=database,
                clock=clock,
                tools={tool.name: tool for tool in write_tools},
                ground=grounds.ground,
                base_url=base_url(settings),
                signer=signer,
                vault=vault,
                marks=Marks(pepper),
            ),
        )
        await authenticator.settled()
        await reads.settled()
