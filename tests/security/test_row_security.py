"""Row security holds for every table there is, now and when one is added."""

from __future__ import annotations

from typing import Any, LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Integer, bindparam, create_engine, literal, select

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.credentials import Login, recall, remember
from stockroom.db.engine import Database
from stockroom.db.place import Place, read_address
from stockroom.db.query import Query
from stockroom.db.reach import EVERYWHERE
from stockroom.db.rls import unprotected
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.models import AccountRow

SLUGS = Query(select(AccountRow.slug))
QUOTIENT = Query(select(literal(1) / bindparam("by", type_=Integer)))

TENANT_TABLES = """
    select n.nspname, c.relname, c.relkind = 'p' from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id'
    where n.nspname in ('raw', 'core', 'metrics', 'app')
      and c.relkind in ('r', 'p') and not c.relispartition
    order by 1, 2
"""
REQUIRED = """
    select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a
    where a.attrelid = %s::regclass and a.attnum > 0 and a.attnotnull and not a.attisdropped
"""
VALUES: dict[str, Any] = {
    "uuid": uuid4(),
    "date": "2026-11-20",
    "timestamp with time zone": "2026-11-20T00:00:00Z",
    "text": "x",
    "jsonb": "{}",
    "bytea": b"x",
    "boolean": False,
}


def tenant_tables(connection: psycopg.Connection) -> list[tuple[str, str, bool]]:
    return [(str(a), str(b), bool(c)) for a, b, c in connection.execute(TENANT_TABLES)]


def value_of(kind: str) -> Any:
    return [] if kind.endswith("[]") else VALUES.get(kind, 1)


def insert_a_row(connection: psycopg.Connection, schema: str, table: str) -> None:
    """The smallest row that its constraints take, by a superuser and of any account."""
    columns = connection.execute(REQUIRED, (f'"{schema}"."{table}"',)).fetchall()
    values = {str(name): value_of(str(kind)) for name, kind in columns}
    connection.execute(
        SQL("insert into {}.{} ({}) values ({})").format(
            Identifier(schema),
            Identifier(table),
            SQL(", ").join(map(Identifier, values)),
            SQL(", ").join([SQL("%s")] * len(values)),
        ),
        list(values.values()),
    )


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with a row in every tenant table, and a partition under each that has months."""
    place = database.place
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys to satisfy
        for schema, table, partitioned in tenant_tables(connection):
            if partitioned:
                connection.execute(
                    "select app.ensure_partition(%s, %s, '2026-11-20')", (schema, table)
                )
            insert_a_row(connection, schema, table)
    return database


async def seen(connection: psycopg.AsyncConnection[Any], schema: str, table: str) -> int:
    found = await connection.execute(
        SQL("select count(*) from {}.{}").format(Identifier(schema), Identifier(table))
    )
    row = await found.fetchone()
    assert row is not None
    return int(row[0])


async def rows_without_an_account(database: Database) -> int:
    async with database.reader.connection() as connection:
        return await seen(connection, "app", "accounts")


def owner_of(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "select tableowner from pg_tables where tablename = 'order_lines'"
    ).fetchone()
    assert row is not None
    return str(row[0])


def log_in_as(settings: Settings, part: str, login: Login) -> None:
    assert settings.database_url is not None
    key = read_address(settings.database_url).key
    remember(settings.home_path, key, (recall(settings.home_path, key) or {}) | {part: login})


def granted_to_reader(place: Place) -> list[tuple[str, str]]:
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        return [
            (schema, table)
            for schema, table, _ in tenant_tables(connection)
            if connection.execute(
                "select has_any_column_privilege(%s, %s, 'select')",
                (place.reader.name, f'"{schema}"."{table}"'),
            ).fetchone()
            == (True,)
        ]


@pytest.mark.requirement("row-security-forced")
async def test_every_table_of_an_account_has_forced_row_security(filled: Database) -> None:
    engine = create_engine(filled.place.url(filled.place.admin))
    with engine.connect() as connection:
        assert unprotected(connection) == []
    engine.dispose()


@pytest.mark.requirement("row-security-forced")
@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("create table core.loose (account_id uuid)", "core.loose"),
        ("alter table core.order_lines no force row level security", "core.order_lines"),
        (
            "alter table core.order_lines_2026_11 disable row level security",
            "core.order_lines_2026_11",
        ),
        ("grant select on core.order_lines_2026_11 to public", "core.order_lines_2026_11"),
        ("drop policy one_holder on app.runs", "app.runs"),
        ("create view metrics.loose as select * from core.order_lines", "metrics.loose"),
        ("create materialized view metrics.kept as select 1 as one", "metrics.kept"),
    ],
)
async def test_a_hole_is_found(filled: Database, statement: str, name: str) -> None:
    engine = create_engine(filled.place.url(filled.place.admin))
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
        assert unprotected(connection) == [name]
    engine.dispose()


@pytest.mark.requirement("no-account-no-rows")
async def test_the_reader_without_an_account_sees_no_row_of_any_table(filled: Database) -> None:
    tables = granted_to_reader(filled.place)
    assert {("core", "order_lines"), ("metrics", "stock"), ("app", "accounts")} <= set(tables)

    async with filled.reader.connection() as connection:
        assert {table: await seen(connection, *table) for table in tables} == dict.fromkeys(
            tables, 0
        )


@pytest.mark.requirement("no-account-no-rows")
async def test_the_writer_without_an_account_sees_no_row_of_any_table(filled: Database) -> None:
    with psycopg.connect(filled.place.conninfo(filled.place.admin)) as connection:
        tables = [(schema, table) for schema, table, _ in tenant_tables(connection)]

    async with filled.loader.connection() as connection:
        for schema, table in tables:
            if table != "directory":
                assert await seen(connection, schema, table) == 0


@pytest.mark.requirement("row-security-forced")
async def test_the_owner_of_the_tables_is_held_to_it_too(filled: Database) -> None:
    with psycopg.connect(filled.place.conninfo(filled.place.admin)) as connection:
        connection.execute(SQL("set role {}").format(Identifier(owner_of(connection))))
        assert connection.execute("select count(*) from core.order_lines").fetchone() == (0,)


@pytest.mark.requirement("no-carry-over")
async def test_a_pooled_connection_carries_no_account_on(
    filled: Database, account: TargetAccount
) -> None:
    async with filled.read(account.id, EVERYWHERE) as db:
        assert await db.rows(SLUGS) == [("harbor",)]
        assert await rows_without_an_account(filled) == 0
        with pytest.raises(psycopg.errors.DivisionByZero):
            await db.many((SLUGS, {}), (QUOTIENT, {"by": 0}))
        assert await rows_without_an_account(filled) == 0


@pytest.mark.requirement("no-carry-over")
async def test_an_aborted_transaction_of_the_writer_carries_no_account_on(
    filled: Database, account: TargetAccount
) -> None:
    async def abort() -> None:
        async with filled.connection(account.id) as connection:
            await connection.execute("select 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await abort()
    async with filled.loader.connection() as connection:
        assert await seen(connection, "app", "accounts") == 0


@pytest.mark.requirement("one-account-only")
async def test_an_account_cannot_write_into_another(
    filled: Database, account: TargetAccount, neighbour: TargetAccount
) -> None:
    async with filled.connection(account.id) as connection:
        changed = await connection.execute("update app.accounts set stopped = true")
        assert changed.rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        async with filled.connection(account.id) as connection:
            await connection.execute(
                "insert into app.loaded_days (account_id, dataset, marketplace, day, complete,"
                " run_id, loaded_at) values (%s, 'd', '', '2026-11-20', true, %s, now())",
                (neighbour.id, uuid4()),
            )


@pytest.mark.requirement("audit-append-only")
@pytest.mark.parametrize("statement", ["update app.audit set seq = 9", "delete from app.audit"])
async def test_the_writer_cannot_change_the_audit(filled: Database, statement: str) -> None:
    async with filled.loader.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


@pytest.mark.requirement("no-powerful-role")
@pytest.mark.parametrize("part", ["writer", "reader"])
async def test_a_superuser_is_refused_as(part: str, settings: Settings, place: Place) -> None:
    log_in_as(settings, part, place.admin)

    with pytest.raises(ConfigurationError, match="is a superuser"):
        async with Database.open(settings):
            pass


@pytest.mark.requirement("no-powerful-role")
@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("create role {role} login password 'pw' bypassrls", "bypasses row security"),
        ("create role {role} login password 'pw' in role {owner}", "owns tables"),
    ],
)
async def test_a_role_that_could_step_around_is_refused(
    settings: Settings, place: Place, statement: LiteralString, complaint: str
) -> None:
    role = f"strong_{uuid4().hex[:8]}"
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        connection.execute(
            SQL(statement).format(role=Identifier(role), owner=Identifier(owner_of(connection)))
        )
    log_in_as(settings, "reader", Login(role, "pw"))

    with pytest.raises(ConfigurationError, match=complaint):
        async with Database.open(settings):
            pass
