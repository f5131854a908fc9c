"""One account per session: what is written is found again, by that account alone."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import bindparam, func, literal, select, text
from sqlalchemy.types import Integer

from stockroom.core.config import Settings
from stockroom.core.errors import DatabaseUnavailableError
from stockroom.db.engine import Database
from stockroom.db.place import Place
from stockroom.db.query import Query
from stockroom.db.reach import EVERYWHERE
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.models import AccountRow

SLUGS = Query(select(AccountRow.slug).order_by(AccountRow.slug))
QUOTIENT = Query(select(literal(12) / bindparam("by", type_=Integer)))


async def test_a_reader_sees_its_own_account_alone(
    database: Database, account: TargetAccount, neighbour: TargetAccount
) -> None:
    async with database.read(account.id, EVERYWHERE) as db:
        assert await db.rows(SLUGS) == [("harbor",)]
    async with database.read(neighbour.id, EVERYWHERE) as db:
        assert await db.rows(SLUGS) == [("ridge",)]


async def test_several_queries_are_answered_in_order(
    database: Database, account: TargetAccount
) -> None:
    by_slug = Query(select(AccountRow.name).where(AccountRow.slug == bindparam("slug")))
    async with database.read(account.id, EVERYWHERE) as db:
        answers = await db.many(
            (SLUGS, {}), (by_slug, {"slug": "harbor"}), (by_slug, {"slug": "x"})
        )

    assert answers == [[("harbor",)], [("Harbor",)], []]


async def test_lists_match_by_any(database: Database, account: TargetAccount) -> None:
    listed = Query(
        select(AccountRow.slug).where(
            AccountRow.slug == func.any(bindparam("slugs", type_=AccountRow.marketplaces.type))
        )
    )
    async with database.read(account.id, EVERYWHERE) as db:
        assert await db.rows(listed, slugs=["ridge", "harbor"]) == [("harbor",)]


async def test_values_written_into_a_query_are_kept(
    database: Database, account: TargetAccount
) -> None:
    named = Query(select(AccountRow.slug).where(AccountRow.region == "NA").limit(1))
    async with database.read(account.id, EVERYWHERE) as db:
        assert await db.rows(named) == [("harbor",)]


def test_a_query_names_its_columns() -> None:
    assert Query(select(AccountRow.slug, AccountRow.name.label("title"))).columns == (
        "slug",
        "title",
    )


def test_an_expanding_in_is_refused_when_the_query_is_made() -> None:
    with pytest.raises(TypeError, match="any"):
        Query(select(AccountRow.slug).where(AccountRow.slug.in_(["a", "b"])))


async def test_a_failed_query_leaves_the_session_usable(
    database: Database, account: TargetAccount
) -> None:
    async with database.read(account.id, EVERYWHERE) as db:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await db.rows(QUOTIENT, by=0)
        assert await db.rows(QUOTIENT, by=4) == [(3,)]


async def test_the_reader_cannot_write(database: Database) -> None:
    async with database.reader.connection() as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("update app.accounts set slug = 'mine'")
        await connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("update app.accounts set slug = 'mine'")


async def test_a_session_is_rolled_back_as_a_whole(
    database: Database, account: TargetAccount
) -> None:
    async def fail_half_way() -> None:
        async with database.session(account.id) as session:
            await session.execute(text("update app.accounts set name = 'Half'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_half_way()
    async with database.session(account.id) as session:
        assert await session.scalar(select(AccountRow.name)) == "Harbor"


async def test_a_bare_connection_copies_through_a_temporary_table(
    database: Database, account: TargetAccount
) -> None:
    async with database.connection(account.id) as connection:
        await connection.execute("create temp table staged (slug text) on commit drop")
        async with (
            connection.cursor() as cursor,
            cursor.copy("copy staged from stdin (format csv)") as copy,
        ):
            await copy.write(b"harbor\nridge\n")
        found = await connection.execute("select slug from staged join app.accounts using (slug)")
        assert await found.fetchall() == [("harbor",)]


async def test_reading_goes_on_after_every_idle_connection_was_cut(
    database: Database, account: TargetAccount, administrator: psycopg.Connection
) -> None:
    async with database.read(account.id, EVERYWHERE) as db:
        assert await db.rows(SLUGS) == [("harbor",)]
        administrator.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            (database.place.database,),
        )
        assert await db.rows(SLUGS) == [("harbor",)]


async def test_a_query_that_takes_too_long_says_so(
    settings: Settings, place: Place, administrator: psycopg.Connection
) -> None:
    administrator.execute(
        SQL("alter role {} in database {} set statement_timeout = '100ms'").format(
            Identifier(place.reader.name), Identifier(place.database)
        )
    )
    async with Database.open(settings) as database, database.read(uuid4(), EVERYWHERE) as db:
        with pytest.raises(DatabaseUnavailableError, match="longer"):
            await db.rows(Query(select(func.pg_sleep(5))))


async def test_a_server_that_is_down_is_named(settings: Settings, unused_port: int) -> None:
    assert settings.database_url is not None
    host, _, database = settings.database_url.rpartition("/")
    gone = settings.model_copy(
        update={"database_url": f"{host.rpartition(':')[0]}:{unused_port}/{database}"}
    )
    home = settings.home_path / "postgres.json"
    home.write_text(home.read_text().replace(host.rpartition(":")[2], str(unused_port)))

    with pytest.raises(DatabaseUnavailableError, match=f"127.0.0.1:{unused_port}") as raised:
        async with Database.open(gone):
            pass

    assert "DATABASE_URL" in raised.value.next_step


@pytest.mark.usefixtures("account")
async def test_an_unknown_account_reads_nothing(database: Database) -> None:
    stranger: UUID = uuid4()
    async with database.read(stranger, EVERYWHERE) as db:
        assert await db.rows(SLUGS) == []
