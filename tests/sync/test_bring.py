"""A document that a person brings: the way of all documents, and the guard's word counts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.reports.lines import LEDGER, ORDER, quoted, tsv
from tests.sync.conftest import Desk, kept

from stockroom.core.errors import InvalidInputError
from stockroom.reports import sales_traffic_by_day, sales_traffic_by_sku
from stockroom.spec.run import Run
from stockroom.spec.window import Window
from stockroom.sync.bring import Brought
from stockroom.sync.by_hand import ByHand
from stockroom.sync.engine import SyncEngine
from stockroom.sync.replay import Replay

LEDGERS = "GET_LEDGER_SUMMARY_VIEW_DATA"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "report.txt"


async def brought(
    desk: Desk,
    file: Path,
    document: str,
    report_type: str = LEDGERS,
    *,
    marketplace: str = "US",
    accept: bool = False,
) -> Run:
    file.write_text(document, encoding="utf-8")  # noqa: ASYNC240 - nobody else waits in a test
    (run,) = await ByHand(desk.engine).bring(
        desk.seller.facts, Brought(report_type, file, marketplace, accept), desk.seller.amazon
    )
    return run


def ledger(skus: int, day: str = "11/18/2026") -> str:
    return quoted(*({"MSKU": f"SKU-{number}", "Date": day} for number in range(skus)))


async def test_it_is_loaded_for_the_days_it_has_and_derived(desk: Desk, file: Path) -> None:
    both = ledger(3) + ledger(3, "11/16/2026").partition("\n")[2]
    run = await brought(desk, file, both)
    assert (run.state, run.reason, run.rows) == ("done", "import", 6)
    assert (run.first_day, run.last_day) == (date(2026, 11, 16), date(2026, 11, 18))
    assert await desk.rows("select count(*), count(distinct run_id) from core.ledger_days") == [
        (6, 1)
    ]


async def test_the_same_again_changes_nothing(desk: Desk, file: Path) -> None:
    await brought(desk, file, ledger(3))
    assert (await brought(desk, file, ledger(3))).changed_days == 0


async def test_its_last_day_may_not_have_been_over(desk: Desk, file: Path) -> None:
    days = [{"Date": f"11/{day}/2026"} for day in (14, 15, 16)]
    await brought(desk, file, quoted(*days))
    complete = dict(await desk.rows("select day, complete from app.loaded_days"))
    assert complete == {
        date(2026, 11, 14): True,
        date(2026, 11, 15): True,
        date(2026, 11, 16): False,
    }


async def test_people_are_taken_out_of_it(desk: Desk, file: Path) -> None:
    run = await brought(desk, file, tsv(ORDER), ORDERS)
    assert run.rows == 1
    body = await kept(desk.database, desk.vault, run)
    assert b"amazon-order-id" in body
    assert b"Nowhereville" not in body


async def test_it_is_withheld_like_any_other_and_nothing_asks_amazon_for_it(
    desk: Desk, file: Path
) -> None:
    await brought(desk, file, ledger(40))
    run = await brought(desk, file, ledger(10))
    assert run.state == "quarantined"
    assert "recheck" not in run.remarks
    assert await desk.rows("select count(*) from core.ledger_days") == [(40,)]


async def test_who_accepts_it_gets_it(desk: Desk, file: Path) -> None:
    await brought(desk, file, ledger(40))
    run = await brought(desk, file, ledger(10), accept=True)
    assert run.state == "done"
    assert await desk.rows("select count(*) from core.ledger_days") == [(10,)]


async def test_translated_headers_are_drift_and_name_the_column(desk: Desk, file: Path) -> None:
    german = {("Datum" if name == "Date" else name): cell for name, cell in LEDGER.items()}
    run = await brought(desk, file, quoted({}, columns=german), accept=True)
    assert run.state == "quarantined"
    assert run.error is not None
    assert run.error.startswith("The column 'Date' is missing. Found: Datum, FNSKU")


async def test_column_names_alone_say_nothing_about_any_day(desk: Desk, file: Path) -> None:
    await brought(desk, file, ledger(3))
    run = await brought(desk, file, ledger(0), accept=True)
    assert (run.state, run.error_kind) == ("quarantined", "Drift")
    assert "no rows" in (run.error or "")
    assert await desk.rows("select day from app.loaded_days") == [(date(2026, 11, 18),)]


async def test_the_same_implausible_file_twice_does_not_bear_itself_out(
    desk: Desk, file: Path
) -> None:
    await brought(desk, file, ledger(40))
    for _ in range(2):
        assert (await brought(desk, file, ledger(10))).state == "quarantined"
    assert await desk.rows("select count(*) from core.ledger_days") == [(40,)]


async def test_rows_that_nobody_can_read_do_not_bear_each_other_out(desk: Desk, file: Path) -> None:
    for day in ("soon", "20.11.2026"):
        run = await brought(desk, file, ledger(30, day))
        assert "30 of 30 rows cannot be read" in (run.error or "")


async def test_what_is_of_another_region_is_withheld_until_somebody_accepts_it(
    desk: Desk, file: Path
) -> None:
    german = [{"MSKU": f"SKU-{number}", "Location": "DE"} for number in range(3)]
    run = await brought(desk, file, quoted(*german))
    assert (run.state, run.error) == (
        "quarantined",
        "3 of 3 rows are of other regions than NA.",
    )
    sold = tsv(ORDER | {"sales-channel": "Amazon.de"})
    assert (await brought(desk, file, sold, ORDERS)).state == "quarantined"
    assert await desk.rows("select count(*) from core.ledger_days") == [(0,)]
    assert (await brought(desk, file, quoted(*german), accept=True)).state == "done"


async def test_an_unknown_type_names_the_known_ones(desk: Desk, file: Path) -> None:
    with pytest.raises(InvalidInputError, match=f"'GET_X' are not supported.*{LEDGERS}"):
        await brought(desk, file, ledger(1), "GET_X")


@pytest.mark.parametrize(
    ("code", "why"), [("DE", "does not sell in DE.*US, CA"), ("XX", "'XX' is not a marketplace")]
)
async def test_a_marketplace_that_is_not_the_accounts_is_refused(
    desk: Desk, file: Path, code: str, why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        await brought(desk, file, ledger(1), marketplace=code)


def traffic(*days: str) -> str:
    money = {"amount": 20.5, "currencyCode": "USD"}
    sales = {"unitsOrdered": 2, "totalOrderItems": 1, "orderedProductSales": money}
    visits = {"sessions": 9, "pageViews": 12}
    of_day = {"salesByDate": sales, "trafficByDate": visits}
    of_sku = {"sku": "S1", "salesByAsin": sales, "trafficByAsin": visits}
    document = {
        "reportSpecification": {"dataStartTime": days[0], "dataEndTime": days[-1]},
        "salesAndTrafficByDate": [{"date": day, **of_day} for day in days],
        "salesAndTrafficByAsin": [of_sku],
    }
    return json.dumps(document)


async def shared(desk: Desk, file: Path, document: str) -> list[Run]:
    file.write_text(document, encoding="utf-8-sig")  # noqa: ASYNC240 - nobody else waits in a test
    given = Brought("GET_SALES_AND_TRAFFIC_REPORT", file, "US")
    return await ByHand(desk.engine).bring(desk.seller.facts, given, desk.seller.amazon)


@pytest.fixture
def counter(desk: Desk) -> Desk:
    """With the two datasets that are read from one document."""
    reports = (sales_traffic_by_day.REPORT, sales_traffic_by_sku.REPORT)
    clock, vault = desk.clock, desk.vault
    engine = SyncEngine(
        database=desk.database, clock=clock, reports=reports, metrics=(), cipher=vault
    )
    return replace(desk, engine=engine)


async def test_one_document_fills_every_dataset_that_is_read_from_it(
    counter: Desk, file: Path
) -> None:
    runs = await shared(counter, file, traffic("2026-11-18"))
    assert [(run.dataset, run.state, run.rows) for run in runs] == [
        ("sales_traffic_by_day", "done", 1),
        ("sales_traffic_by_sku", "done", 1),
    ]
    assert {run.window for run in runs} == {Window(date(2026, 11, 18), date(2026, 11, 18))}
    assert len({run.document_id for run in runs}) == 1
    for run in runs:
        table = f"core.{run.dataset}"
        before = await counter.rows(f"select * from {table}")  # noqa: S608 - a table of ours
        assert await counter.rows(f"delete from {table} returning *") == before  # noqa: S608
        replay = Replay(counter.engine, counter.seller.facts, counter.seller.amazon)
        found = await replay.of(run.dataset)
        assert (found.documents, found.rows, found.gone) == (1, 1, ())
        assert await counter.rows(f"select * from {table}") == before  # noqa: S608


async def test_sums_over_several_days_are_withheld_and_its_days_are_loaded(
    counter: Desk, file: Path
) -> None:
    day, sku = await shared(counter, file, traffic("2026-11-17", "2026-11-18"))
    assert (day.state, day.rows, len(day.window)) == ("done", 2, 2)
    assert (sku.state, sku.document_id) == ("quarantined", day.document_id)
    assert await counter.rows("select 1 from core.sales_traffic_by_sku") == []


@pytest.mark.parametrize(
    ("document", "why"),
    [("a\tb\n", "holds no JSON object"), ('{"half": [', "is not laid out")],
)
async def test_what_is_no_whole_json_object_is_refused_and_leaves_nothing(
    counter: Desk, file: Path, document: str, why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        await shared(counter, file, document)
    assert await counter.rows("select 1 from raw.document_chunks") == []
