"""A client leaves: with everything it had, and without a trace."""

from __future__ import annotations

import asyncio
import csv
from functools import partial
from pathlib import Path

import polars as pl
import psycopg
import pytest

from stockroom.amazon.rates import GET_REPORT
from stockroom.amazon.throttle import Share
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.scope import READ_SCOPES
from stockroom.db.base import Base, access_of
from stockroom.db.place import Place
from stockroom.entrypoints import offboarding
from stockroom.entrypoints.house import House
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.entrypoints.stop_switch import turn
from stockroom.tenancy.export import export_account
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.removal import remove_account

FORMULA = "=HYPERLINK(1)"
LISTINGS = """
    insert into core.listings (account_id, day, marketplace, sku, title, status, channel, issues,
                               asked_at, run_id)
    select %s, date '2026-11-20', 'US', 'SKU-' || n, %s, 'ACTIVE', 'FBA', '[]', now(),
           gen_random_uuid()
    from generate_series(1, 3) n
"""

JOB = """
    insert into queue.procrastinate_jobs (queue_name, task_name, args, scheduled_at)
    values ('changes', 'verify', jsonb_build_object('account_id', %s::text), now())
"""


@pytest.fixture
async def busy(house: House) -> House:
    """Harbor and elm have done something; a key opens harbor alone, another both."""
    harbor, elm = [await house.registry.account(slug) for slug in ("harbor", "elm")]
    for account in (harbor, elm):
        await turn(house, account, stop="changes", reason=FORMULA)
        async with house.database.connection(account.id) as connection:
            await connection.execute(
                "select app.ensure_partition('core', 'listings', date '2026-11-20')"
            )
            await connection.execute(LISTINGS, [account.id, FORMULA])
            await connection.execute(JOB, [str(account.id)])
    for accounts in ([harbor], [harbor, elm]):
        key = NewKey("client", accounts, READ_SCOPES)
        await house.authenticator.principal(await house.registry.issue(harbor.organisation_id, key))
    return house


async def rows_left(place: Place, account_id: object) -> dict[str, int]:
    left = {}
    async with await psycopg.AsyncConnection.connect(place.conninfo(place.admin)) as owner:
        for table in Base.metadata.sorted_tables:
            if access_of(table).tenant:
                counted = await owner.execute(
                    f"select count(*) from {table} where account_id = %s",  # noqa: S608
                    [account_id],
                )
                left[str(table)] = (await counted.fetchone() or (0,))[0]
    return {name: count for name, count in left.items() if count}


async def test_every_row_is_in_the_files_and_no_secret(busy: House, tmp_path: Path) -> None:
    harbor = await busy.registry.account("harbor")
    folder = tmp_path / "harbor"
    written = {
        one.table: one.rows
        async for one in export_account(busy.database, harbor, folder, as_csv=False)
    }
    in_database = await rows_left(busy.database.place, harbor.id)
    assert {name: rows for name, rows in written.items() if rows} == in_database
    listings = pl.read_parquet(folder / "core" / "listings")
    assert set(listings["sku"]) == {"SKU-1", "SKU-2", "SKU-3"}
    assert listings["title"][0] == FORMULA
    assert "refresh_token" not in pl.read_parquet(folder / "app" / "accounts").columns
    assert pl.read_parquet(folder / "core" / "returns").height == 0


async def test_a_cell_that_a_spreadsheet_would_run_is_quoted(busy: House, tmp_path: Path) -> None:
    harbor = await busy.registry.account("harbor")
    folder = tmp_path / "harbor"
    async for _ in export_account(busy.database, harbor, folder, as_csv=True):
        pass
    with (folder / "core" / "listings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["title"] for row in rows} == {f"'{FORMULA}"}
    assert len(rows) == 3


async def test_an_export_never_writes_into_a_folder_that_is_there(
    busy: House, tmp_path: Path
) -> None:
    harbor = await busy.registry.account("harbor")
    with pytest.raises(InvalidInputError, match="there already"):
        async for _ in export_account(busy.database, harbor, tmp_path, as_csv=False):
            pass
    assert not (tmp_path / "accounts.csv").exists()
    assert not tmp_path.with_name(f"{tmp_path.name}.unfinished").exists()


@pytest.mark.requirement("removed-without-trace")
async def test_a_removed_account_leaves_nothing_but_the_fact(busy: House) -> None:
    place = busy.database.place
    harbor, elm = [await busy.registry.account(slug) for slug in ("harbor", "elm")]
    of_elm = await rows_left(place, elm.id)
    for account in (harbor, elm):
        seller = await busy.grounds.target(account.id)
        share = Share(f"{seller.seller_id} {seller.region}", "app")
        await SharedBuckets(busy.database).take(share, GET_REPORT, busy.clock.now(), 1)
    gone = await remove_account(place, busy.clock, harbor)
    assert gone > 3
    assert await rows_left(place, harbor.id) == {}
    assert await rows_left(place, elm.id) == of_elm
    with pytest.raises(NotFoundError):
        await busy.registry.account("harbor")
    (key,) = await busy.registry.keys()
    assert key.account_ids == [elm.id]
    async with await psycopg.AsyncConnection.connect(place.conninfo(place.admin)) as owner:
        found = await (await owner.execute("select id, rows from app.removed_accounts")).fetchall()
        directory = await owner.execute(
            "select 1 from app.directory where holder = %s", [harbor.id]
        )
        assert await directory.fetchone() is None
        jobs = await owner.execute("select args ->> 'account_id' from queue.procrastinate_jobs")
        assert await jobs.fetchall() == [(str(elm.id),)]
        buckets = await owner.execute("select seller from app.rate_buckets")
        assert [(share.seller,)] == await buckets.fetchall()  # elm's, the last one taken
    assert found == [(harbor.id, gone)]


@pytest.mark.requirement("removed-without-trace")
async def test_a_removal_that_broke_off_is_finished_by_repeating_the_command(
    busy: House, capsys: pytest.CaptureFixture[str]
) -> None:
    place, harbor = busy.database.place, await busy.registry.account("harbor")
    await remove_account(place, busy.clock, harbor)
    async with busy.database.connection(harbor.id) as connection:  # a worker that came too late
        await connection.execute(LISTINGS, [harbor.id, FORMULA])

    remove = partial(offboarding.remove, busy.settings, "harbor", purge=True, yes="harbor")
    await asyncio.to_thread(remove)

    assert "finished, with 3 more rows" in capsys.readouterr().out
    assert await rows_left(place, harbor.id) == {}
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(remove)


@pytest.mark.parametrize(("purge", "yes"), [(False, "harbor"), (True, None), (True, "elm")])
async def test_nothing_is_removed_unless_it_is_said_clearly(
    busy: House, *, purge: bool, yes: str | None
) -> None:
    with pytest.raises(InvalidInputError, match="deletes every row"):
        offboarding.remove(busy.settings, "harbor", purge=purge, yes=yes)
    assert (await busy.registry.account("harbor")).slug == "harbor"
