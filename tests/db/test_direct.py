"""Beside a transaction pooler: what needs a session of its own goes round it."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.engine import Database
from stockroom.db.server import locate


def beside_a_pooler(settings: Settings) -> Settings:
    """The same server under both names: the way is told by the name a session bears."""
    direct = f"{settings.database_url}?application_name=direct"
    return settings.model_copy(update={"database_direct_url": direct})


async def prepared(database: Database) -> int:
    async with database.loader.connection() as connection:
        for _ in range(10):
            await connection.execute("select 1 where true")
        row = await (
            await connection.execute("select count(*) from pg_prepared_statements")
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_sessions_that_last_go_past_the_pooler_and_all_others_through_it(
    settings: Settings,
) -> None:
    async with Database.open(beside_a_pooler(settings)) as database:
        session = conninfo_to_dict(database.writer_conninfo)
        assert session["application_name"] == "direct"
        assert session["user"] == database.place.writer.name
        async with database.loader.connection() as connection:
            assert connection.info.parameter_status("application_name") == "stockroom"


async def test_nothing_is_prepared_behind_a_pooler(settings: Settings) -> None:
    async with Database.open(beside_a_pooler(settings)) as database:
        assert await prepared(database) == 0
    async with Database.open(settings) as database:
        assert await prepared(database) > 0


async def test_without_a_pooler_there_is_one_way(database: Database) -> None:
    assert database.writer_conninfo == database.place.conninfo(database.place.writer)


@pytest.mark.parametrize(
    ("pooled", "direct", "complaint"),
    [
        (False, "postgresql://owner@127.0.0.1/stockroom", "DATABASE_URL is not"),
        (True, "mysql://owner@127.0.0.1/stockroom", "DATABASE_DIRECT_URL is not an address"),
    ],
)
async def test_a_direct_address_that_cannot_be_used_is_named(
    settings: Settings, *, pooled: bool, direct: str, complaint: str
) -> None:
    url = settings.database_url if pooled else None
    wrong = settings.model_copy(update={"database_url": url, "database_direct_url": direct})
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        async with locate(wrong):
            pass
    assert caught.value.field == "DATABASE_DIRECT_URL"
