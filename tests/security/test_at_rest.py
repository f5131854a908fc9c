"""What a stolen copy of the database would hold: no buyer, no grant, no key, no readable document."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr
from tests.conftest import SECRET
from tests.serving import serving

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.documents.planted import PERSONS
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.sync import documents
from stockroom.sync.documents import Opening
from stockroom.sync.redact import is_personal
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.models import GRANT
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.registry import NewAccount
from stockroom.tenancy.vault import Vault

DAYS = 5


@pytest.fixture
def world(clock: FixedClock) -> World:
    return World(WorldOptions.create(now=clock.now(), skus=12, days=30))


@pytest.fixture
def seller(world: World) -> Seller:
    return next(iter(world.sellers.values()))


@pytest.fixture
async def house(
    settings: Settings, world: World, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[House]:
    """The house, with a pretend Amazon in front of it."""
    async with serving(create_app(world, clock, tmp_path)) as amazon:
        reachable = settings.model_copy(
            update={
                "lwa_url": f"{amazon}/auth/o2/token",
                "lwa_client_id": CLIENT_ID,
                "lwa_client_secret": SecretStr(CLIENT_SECRET),
                **{f"spapi_{region}_url": f"{amazon}/{region}" for region in ("na", "eu", "fe")},
            }
        )
        async with open_house(reachable, clock) as house:
            yield house


@pytest.fixture
async def account(house: House, seller: Seller) -> KnownAccount:
    """A seller of the pretend Amazon, taken in as the operator's command does."""
    new = NewAccount(
        seller.slug,
        seller.name,
        seller.seller_id,
        seller.region,
        seller.marketplaces,
        seller.refresh_token,
        {"history_days": DAYS},
    )
    await house.registry.add_account(await house.registry.organisation("Agency"), new)
    return await house.registry.account(seller.slug)


@pytest.fixture
def thief(house: House) -> Iterator[psycopg.Connection]:
    """Somebody who reads every table, of every account, past row security."""
    place = house.database.place
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        yield connection


def tables(thief: psycopg.Connection) -> list[tuple[str, str]]:
    found = thief.execute(
        "select schemaname, tablename from pg_tables"
        " where schemaname in ('raw', 'core', 'metrics', 'app', 'queue') order by 1, 2"
    )
    return [(str(schema), str(table)) for schema, table in found]


def holding(thief: psycopg.Connection, *words: str) -> list[tuple[str, str]]:
    """Tables in which one of the words stands, as text or as bytes."""
    patterns = [f"%{word}%" for word in words]
    patterns += [f"%{word.encode().hex()}%" for word in words]
    query = "select exists (select from {} t where t::text like any(%s))"
    return [
        (schema, table)
        for schema, table in tables(thief)
        if thief.execute(SQL(query).format(Identifier(schema, table)), (patterns,)).fetchone()
        == (True,)
    ]


def filled(thief: psycopg.Connection, schema: str) -> set[str]:
    query = "select exists (select from {} t)"
    return {
        table
        for there, table in tables(thief)
        if there == schema
        and thief.execute(SQL(query).format(Identifier(there, table))).fetchone() == (True,)
    }


async def synced(house: House, account: KnownAccount) -> None:
    """Everything loaded, and the figures derived from it."""
    engine, facts = sync_engine(house), await house.grounds.facts(account.id)
    summary = await engine.sync(facts, await house.grounds.partner(account.id), days=DAYS)
    assert (summary.waiting, summary.bad) == ((), ())


async def opened(house: House, account_id: UUID, document_id: UUID) -> bytes:
    """A kept document, decrypted and unpacked."""
    opening = Opening()
    return b"".join(
        [
            block
            async for chunk in documents.chunks(
                house.database, house.vault, account_id, document_id
            )
            for block in opening.blocks(chunk)
        ]
    )


@pytest.mark.requirement("buyers-removed")
@pytest.mark.requirement("documents-encrypted")
async def test_no_buyer_reaches_a_table_or_a_document_and_no_document_can_be_read(
    house: House, account: KnownAccount, thief: psycopg.Connection
) -> None:
    await synced(house, account)
    kept = thief.execute(
        "select id, dataset, headers, sha256_source, sha256_kept from raw.documents"
    )
    described: list[tuple[Any, ...]] = kept.fetchall()
    texts = {row[0]: await opened(house, account.id, row[0]) for row in described}

    # There was something to remove, and the rest arrived.
    assert {dataset for _, dataset, _, source, left in described if source != left} >= {"orders"}
    for name in (b"amazon-order-id", b"sellerFulfillmentOrderId"):
        assert any(name in text for text in texts.values())
    assert len(filled(thief, "core")) > 5
    assert len(filled(thief, "metrics")) > 3

    assert holding(thief, *PERSONS) == []
    assert not [text for text in texts.values() if any(word.encode() in text for word in PERSONS)]
    assert not [name for _, _, headers, _, _ in described for name in headers if is_personal(name)]

    bodies = [bytes(row[0]) for row in thief.execute("select body from raw.document_chunks")]
    assert len(bodies) >= len(described)
    for body in bodies:
        assert b"amazon-order-id" not in body
        with pytest.raises(zlib.error):
            zlib.decompressobj().decompress(body)
    with pytest.raises(ConfigurationError, match="does not open"):
        Vault({"test": b"x" * 32}).decrypt(
            bodies[0], purpose=f"document:{described[0][0]}:0", account_id=account.id
        )


@pytest.mark.requirement("tokens-encrypted")
async def test_a_grant_is_sealed_for_its_account_and_the_reader_cannot_even_see_that(
    house: House, account: KnownAccount, seller: Seller, thief: psycopg.Connection
) -> None:
    row = thief.execute("select refresh_token from app.accounts").fetchone()
    assert row is not None
    sealed = bytes(row[0])
    assert holding(thief, seller.refresh_token) == []
    opens = house.vault.decrypt(sealed, purpose=GRANT, account_id=account.id)
    assert opens.decode() == seller.refresh_token
    for purpose, owner in (("document", account.id), (GRANT, UUID(int=1))):
        with pytest.raises(ConfigurationError, match="does not open"):
            house.vault.decrypt(sealed, purpose=purpose, account_id=owner)

    async with house.database.reader.connection() as reading:
        for columns in (SQL("refresh_token"), SQL("*"), SQL("a")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await reading.execute(SQL("select {} from app.accounts a").format(columns))
        await reading.execute("select slug from app.accounts")


@pytest.mark.requirement("keys-hashed")
async def test_a_key_is_nowhere_but_as_a_hash_that_needs_the_pepper(
    house: House, account: KnownAccount, thief: psycopg.Connection
) -> None:
    new = NewKey("desk", [account], READ_SCOPES)
    text = await house.registry.issue(account.organisation_id, new)
    assert await house.authenticator.principal(text) is not None

    row = thief.execute("select hash, prefix from app.api_keys").fetchone()
    assert row is not None
    stored, prefix = bytes(row[0]), str(row[1])
    assert holding(thief, text, text.removeprefix(prefix), SECRET) == []
    assert text.startswith(prefix)
    assert len(prefix) < 20
    assert stored != hashlib.sha256(text.encode()).digest()
    assert stored != key_hash(text, bytes(32))


@pytest.mark.requirement("keys-revocable")
async def test_a_revoked_key_opens_nothing(
    house: House, account: KnownAccount, clock: FixedClock
) -> None:
    text = await house.registry.issue(
        account.organisation_id, NewKey("desk", [account], READ_SCOPES)
    )
    assert await house.authenticator.principal(text) is not None
    await house.registry.revoke("desk")
    clock.move(1)
    assert await house.authenticator.principal(text) is None


@pytest.mark.requirement("secrets-never-in-errors")
def test_settings_show_no_secret_when_they_are_printed(settings: Settings) -> None:
    assert settings.database_url is not None
    password = settings.database_url.partition("@")[0].rpartition(":")[2]
    assert len(password) > 5
    for shown in (repr(settings), str(settings)):
        assert password not in shown
        assert SECRET not in shown
