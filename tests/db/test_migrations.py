"""Migrations go up, down and up again, and leave nothing between them and the declarations."""

from __future__ import annotations

import psycopg
import pytest

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.engine import Database
from stockroom.db.migrate import downgrade, pending_changes, status, upgrade
from stockroom.db.place import Place
from stockroom.entrypoints.wiring import load_declarations

OBJECTS = """
    select n.nspname, c.relname, c.relkind::text from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('raw', 'core', 'metrics', 'app', 'queue')
    union all
    select n.nspname, p.proname, 'function' from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('raw', 'core', 'metrics', 'app', 'queue')
    union all
    select n.nspname, t.typname, 'type' from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    where n.nspname in ('raw', 'core', 'metrics', 'app', 'queue')
    order by 1, 2, 3
"""


def objects(place: Place) -> list[tuple[str, str, str]]:
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        return [(str(a), str(b), str(c)) for a, b, c in connection.execute(OBJECTS)]


async def test_down_and_up_again_gives_the_same_database(settings: Settings, place: Place) -> None:
    before = objects(place)

    down = await downgrade(settings, "base")
    left = objects(place)
    up = await upgrade(settings)

    assert down.current is None
    assert {name for _, name, _ in left} <= {
        "alembic_version",
        "alembic_version_pkc",
        "_alembic_version",
    }
    assert up.up_to_date
    assert objects(place) == before


async def test_nothing_is_declared_that_is_not_migrated(settings: Settings) -> None:
    load_declarations()

    assert await pending_changes(settings) == []


async def test_partitions_are_not_taken_for_strangers(settings: Settings, place: Place) -> None:
    load_declarations()
    with psycopg.connect(place.conninfo(place.writer)) as connection:
        connection.execute("select app.ensure_partition('core', 'order_lines', '2026-11-01')")

    assert await pending_changes(settings) == []


async def test_a_second_upgrade_finds_nothing_to_do(settings: Settings) -> None:
    before = await status(settings)

    assert await upgrade(settings) == before
    assert before.up_to_date


async def test_a_database_of_a_newer_version_is_left_alone(
    settings: Settings, place: Place
) -> None:
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        connection.execute("update app.alembic_version set version_num = '9999'")

    with pytest.raises(ConfigurationError, match="9999"):
        await upgrade(settings)


async def test_an_empty_database_is_refused_with_the_remedy(settings: Settings) -> None:
    await downgrade(settings, "base")

    with pytest.raises(ConfigurationError) as raised:
        async with Database.open(settings):
            pass

    assert "stockroom db upgrade" in raised.value.next_step


async def test_a_database_of_an_older_version_is_refused_with_the_remedy(
    settings: Settings, place: Place
) -> None:
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        connection.execute("update app.alembic_version set version_num = '0000'")

    with pytest.raises(ConfigurationError, match="at migration 0000") as raised:
        async with Database.open(settings):
            pass

    assert "stockroom db upgrade" in raised.value.next_step


async def test_the_queue_takes_jobs_from_the_writer(place: Place) -> None:
    with psycopg.connect(place.conninfo(place.writer)) as connection:
        deferred = connection.execute(
            "select procrastinate_defer_jobs_v1(array[row('q', 'task', 0, null, null, '{}', null)"
            "::procrastinate_job_to_defer_v1])"
        ).fetchone()

    assert deferred == ([1],)
