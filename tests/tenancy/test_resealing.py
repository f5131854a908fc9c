"""Rotating the vault's keys: everything is sealed anew, once, wherever it was interrupted."""

from __future__ import annotations

import asyncio
import base64
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.core.marketplaces import Region
from stockroom.db.engine import Database
from stockroom.entrypoints import reseal as command
from stockroom.entrypoints import wiring
from stockroom.spec.run import CHUNK_PURPOSE, DocumentChunk
from stockroom.tenancy.models import ADS_GRANT, GRANT, AccountRow
from stockroom.tenancy.people import TOTP, Person
from stockroom.tenancy.registry import AdsGrant, NewAccount, Registry
from stockroom.tenancy.resealing import census, reseal
from stockroom.tenancy.vault import Vault

OLD, NEW = b"o" * 32, b"n" * 32
BEFORE, BETWEEN, AFTER = Vault({"old": OLD}), Vault({"new": NEW, "old": OLD}), Vault({"new": NEW})
DOCUMENT, ADA = UUID(int=7), UUID(int=8)
CHUNKS = 20
ROWS = 2 + CHUNKS + 1
PEPPER = b"p" * 32


@pytest.fixture
async def accounts(database: Database, clock: FixedClock) -> list[UUID]:
    """What the old key sealed: two sellers' grants, a document of many chunks, a second factor."""
    wiring.load_declarations()
    registry = Registry(database, BEFORE, PEPPER, clock)
    organisation = await registry.organisation("Agency")
    made = []
    for slug in ("harbor", "elm"):
        new = NewAccount(slug, slug, f"A{slug}", Region.NA, ("US",), f"grant of {slug}")
        ads = AdsGrant(f"ads of {slug}", ("US",)) if slug == "elm" else None
        made.append(await registry.add_account(organisation, replace(new, ads=ads)))
    async with database.session(made[0]) as session:
        for seq in range(CHUNKS):
            purpose = CHUNK_PURPOSE.format(document_id=DOCUMENT, seq=seq)
            body = BEFORE.encrypt(b"rows", purpose=purpose, account_id=made[0])
            session.add(DocumentChunk(account_id=made[0], document_id=DOCUMENT, seq=seq, body=body))
    factor = BEFORE.encrypt(b"factor", purpose=TOTP, account_id=ADA)
    async with database.person_session(ADA) as session:
        known = {"id": ADA, "email": "ada@example.com", "name": "Ada", "created_at": clock.now()}
        session.add(Person(**known, totp_secret=factor))
    return made


async def opened(database: Database, vault: Vault, account_id: UUID) -> list[bytes]:
    async with database.session(account_id) as session:
        row = (await session.scalars(sa.select(AccountRow))).one()
        found = [vault.decrypt(row.refresh_token, purpose=GRANT, account_id=account_id)]
        if row.ads_refresh_token:
            sealed = row.ads_refresh_token
            found.append(vault.decrypt(sealed, purpose=ADS_GRANT, account_id=account_id))
        chunks = sa.select(DocumentChunk).order_by(DocumentChunk.seq)
        for chunk in await session.scalars(chunks):
            purpose = CHUNK_PURPOSE.format(document_id=chunk.document_id, seq=chunk.seq)
            found.append(vault.decrypt(chunk.body, purpose=purpose, account_id=account_id))
    return found


async def test_after_a_rotation_the_old_key_is_needed_for_nothing(
    database: Database, accounts: list[UUID]
) -> None:
    assert {key for _, key in await census(database)} == {"old"}

    sealed = sum([step.sealed async for step in reseal(database, BETWEEN)])

    assert sealed == ROWS
    assert await census(database) == {
        ("app.accounts", "new"): 3,
        ("app.people", "new"): 1,
        ("raw.document_chunks", "new"): CHUNKS,
    }
    harbor, elm = accounts
    assert await opened(database, AFTER, harbor) == [b"grant of harbor", *[b"rows"] * CHUNKS]
    assert await opened(database, AFTER, elm) == [b"grant of elm", b"ads of elm"]
    async with database.person_session(ADA) as session:
        factor = await session.scalar(sa.select(Person.totp_secret))
    assert factor is not None
    assert AFTER.decrypt(factor, purpose=TOTP, account_id=ADA) == b"factor"


async def test_an_interrupted_rotation_is_gone_on_with(
    database: Database, accounts: list[UUID]
) -> None:
    async with aclosing(reseal(database, BETWEEN)) as steps:
        first = await anext(steps)
        second = await anext(steps)
    done = first.sealed + second.sealed
    assert 0 < done < ROWS
    assert {key for _, key in await census(database)} == {"old", "new"}

    rest = sum([step.sealed async for step in reseal(database, BETWEEN)])

    assert done + rest == ROWS
    assert len(await opened(database, AFTER, accounts[0])) == 1 + CHUNKS
    assert [step async for step in reseal(database, BETWEEN)] == []


async def test_a_row_that_does_not_open_is_told_and_the_others_are_sealed_anew(
    database: Database, accounts: list[UUID]
) -> None:
    swapped = Vault({"old": OLD}).encrypt(b"grant of elm", purpose=GRANT, account_id=accounts[1])
    async with database.session(accounts[0]) as session:
        await session.execute(sa.update(AccountRow).values(refresh_token=swapped))

    steps = [step async for step in reseal(database, BETWEEN)]

    (error,) = [error for step in steps for error in step.unopened]
    assert "does not open" in error.summary
    assert sum(step.sealed for step in steps) == ROWS - 1
    assert (await census(database))["app.accounts", "old"] == 1


@pytest.mark.requirement("tokens-encrypted")
async def test_a_swapped_row_opens_for_nobody(database: Database, accounts: list[UUID]) -> None:
    harbor, elm = accounts
    async with database.session(harbor) as session:
        stolen = await session.scalar(sa.select(AccountRow.refresh_token))
    async with database.session(elm) as session:
        await session.execute(sa.update(AccountRow).values(refresh_token=stolen))
    with pytest.raises(ConfigurationError, match="does not open"):
        await opened(database, BEFORE, elm)


@pytest.mark.usefixtures("accounts")
async def test_the_command_says_what_is_done_and_when_a_key_may_go(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {name: base64.b64encode(key).decode() for name, key in (("new", NEW), ("old", OLD))}
    keys = ",".join(f"{name}:{text}" for name, text in texts.items())
    with_both = settings.model_copy(update={"encryption_keys": SecretStr(keys)})

    await _run(with_both, only_look=True)
    assert "'old' is still needed" in capsys.readouterr().out
    await _run(with_both, only_look=False)
    told = capsys.readouterr().out
    assert f"raw.document_chunks: {CHUNKS} sealed with 'new'" in told
    assert "Nothing is sealed with 'old' any more." in told
    assert not any(text in told for text in texts.values())

    await _run(settings.model_copy(update={"encryption_keys": SecretStr(f"new:{texts['new']}")}))
    assert "old" not in capsys.readouterr().out


@pytest.mark.usefixtures("accounts")
async def test_the_command_fails_where_a_key_is_missing(settings: Settings) -> None:
    only_new = f"new:{base64.b64encode(NEW).decode()}"
    with pytest.raises(ConfigurationError, match="stayed as they were"):
        await _run(settings.model_copy(update={"encryption_keys": SecretStr(only_new)}))


async def _run(settings: Settings, *, only_look: bool = False) -> None:
    """In a thread: the command begins a loop of its own, and listens for signals on it."""
    await asyncio.to_thread(command.run, settings, only_look=only_look)
