"""What the database answers before an account is known, and that it answers no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import delete, func, select, text

from stockroom.core.clock import FixedClock
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.models import AccountRow, ApiKey, Organisation


async def insert_key(
    database: Database, clock: FixedClock, accounts: Sequence[UUID], **more: Any
) -> bytes:
    hashed = uuid7(clock.now()).bytes
    organisation_id = uuid7(clock.now())
    async with database.organisation_session(organisation_id) as session:
        session.add(
            Organisation(id=organisation_id, name=organisation_id.hex, created_at=clock.now())
        )
        await session.flush()
        session.add(
            ApiKey(
                id=uuid7(clock.now()),
                organisation_id=organisation_id,
                name="desk",
                hash=hashed,
                prefix="sk",
                account_ids=list(accounts),
                scopes=["stock:read"],
                created_at=clock.now(),
                created_by="operator",
                **more,
            )
        )
    return hashed


async def authenticate(database: Database, hashed: bytes) -> Any:
    async with database.system_session() as session:
        return await session.scalar(select(func.app.authenticate(hashed)))


async def test_a_key_is_answered_with_its_accounts_in_its_own_order(
    database: Database, clock: FixedClock, account: TargetAccount, neighbour: TargetAccount
) -> None:
    hashed = await insert_key(database, clock, [neighbour.id, account.id])

    found = await authenticate(database, hashed)

    assert [row["slug"] for row in found["accounts"]] == ["ridge", "harbor"]
    assert found["accounts"][1] == {
        "id": str(account.id),
        "slug": "harbor",
        "name": "Harbor",
        "seller_id": "AHARBOR",
        "region": "NA",
        "marketplaces": ["US", "CA"],
        "settings": {},
        "agents_stopped": False,
    }
    assert (found["name"], found["scopes"], found["tools"]) == ("desk", ["stock:read"], None)


async def test_a_key_that_reaches_no_account_is_still_known(
    database: Database, clock: FixedClock
) -> None:
    hashed = await insert_key(database, clock, [])

    assert (await authenticate(database, hashed))["accounts"] == []


async def test_an_unknown_key_is_answered_with_nothing(database: Database) -> None:
    assert await authenticate(database, b"unknown") is None


@pytest.mark.requirement("keys-revocable")
async def test_a_revoked_key_is_answered_with_nothing(
    database: Database, clock: FixedClock, account: TargetAccount
) -> None:
    hashed = await insert_key(database, clock, [account.id], revoked_at=clock.now())

    assert await authenticate(database, hashed) is None


async def test_the_callers_account_is_as_it_was(
    database: Database, clock: FixedClock, account: TargetAccount, neighbour: TargetAccount
) -> None:
    hashed = await insert_key(database, clock, [neighbour.id])

    async with database.session(account.id) as session:
        await session.execute(select(func.app.authenticate(hashed)))
        await session.execute(text("select * from app.all_accounts()"))
        assert list(await session.scalars(select(AccountRow.slug))) == ["harbor"]


async def test_no_account_is_left_behind_when_there_was_none(
    database: Database, clock: FixedClock, account: TargetAccount
) -> None:
    hashed = await insert_key(database, clock, [account.id])

    async with database.system_session() as session:
        await session.execute(select(func.app.authenticate(hashed)))
        await session.execute(text("select * from app.all_accounts()"))
        assert list(await session.scalars(select(AccountRow.slug))) == []


@pytest.mark.usefixtures("account", "neighbour")
async def test_the_writer_lists_every_account(database: Database) -> None:
    async with database.system_session() as session:
        rows = await session.execute(text("select slug, region from app.all_accounts()"))
        assert set(rows) == {("harbor", "NA"), ("ridge", "NA")}


@pytest.mark.usefixtures("neighbour")
async def test_a_deleted_account_leaves_the_list(
    database: Database, account: TargetAccount
) -> None:
    async with database.session(account.id) as session:
        await session.execute(delete(AccountRow))
    async with database.system_session() as session:
        rows = await session.execute(text("select slug from app.all_accounts()"))
        assert [slug for (slug,) in rows] == ["ridge"]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from app.all_accounts()",
        "select * from app.directory",
        "select * from app.api_keys",
        "select * from app.organisations",
        "select * from raw.documents",
        "select app.ensure_partition('core', 'order_lines', '2026-11-01')",
    ],
)
async def test_the_reader_may_not(database: Database, statement: str) -> None:
    async with database.reader.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_the_writer_may_not_read_the_directory(database: Database) -> None:
    async with database.loader.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("select * from app.directory")
