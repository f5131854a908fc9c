"""Moods that poison documents: while they are on, and for good in what was generated meanwhile."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from tests.serving import serving
from tests.simulator.conftest import NOW, Application, logged_in
from tests.simulator.moods import log, mood
from tests.simulator.test_wire_reports import US, ledger, orders

from stockroom.core.clock import FixedClock
from stockroom.simulator.app import create_app
from stockroom.simulator.documents.ledger_summary import COLUMNS
from stockroom.simulator.documents.view import Table
from stockroom.simulator.moods import half_report, inflated_report
from stockroom.simulator.moods.chances import MOST_ROWS
from stockroom.simulator.moods.mood import Mood
from stockroom.simulator.moods.translated_headers import FRENCH, GERMAN, translation
from stockroom.simulator.world import World

LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
CODECS = {"UTF-8": "utf-8", "Cp1252": "cp1252"}


def settled() -> dict[str, Any]:
    """A ledger of days that change no more, however far a test moves the clock."""
    first, last = [(NOW - timedelta(days=days)).isoformat() for days in (30, 10)]
    return ledger() | {"dataStartTime": first, "dataEndTime": last}


class Document:
    """A downloaded document, read the way its content type says."""

    def __init__(self, about: dict[str, Any], content: bytes, content_type: str) -> None:
        plain = gzip.decompress(content) if "compressionAlgorithm" in about else content
        self.charset = content_type.rpartition("=")[2]
        self.text = plain.decode(CODECS[self.charset])
        head, *rows = self.text.splitlines()
        self.columns = [name.strip('"') for name in head.split("\t")]
        self.rows = rows

    def column(self, name: str) -> Counter[str]:
        at = self.columns.index(name)
        return Counter(row.split("\t")[at] for row in self.rows)


async def generated(application: Application, body: dict[str, Any] | None = None) -> str:
    """A new report, generated; the ledger's only once in four hours."""
    application.clock.move(4 * 3600 + 1)
    await application.login()
    report_id = await application.report(body or settled())
    application.clock.move(10)
    return report_id


async def downloaded(application: Application, report_id: str) -> Document:
    application.clock.move(61)
    about, answer = await application.download(report_id)
    assert answer.status_code == 200
    return Document(about, answer.content, answer.headers["content-type"])


async def fresh(application: Application, body: dict[str, Any] | None = None) -> Document:
    return await downloaded(application, await generated(application, body))


async def test_half_report_loses_about_half_of_the_rows(application: Application) -> None:
    whole = await fresh(application)
    await mood(application, f"half-report:{LEDGER}")
    first, second = [await fresh(application) for _ in range(2)]
    for half in (first, second):
        assert half.columns == whole.columns
        assert 0.3 < len(half.rows) / len(whole.rows) < 0.7
        assert not Counter(half.rows) - Counter(whole.rows)
    assert first.rows != second.rows


async def test_a_half_report_stays_half_and_the_next_one_is_whole(
    application: Application,
) -> None:
    whole = await fresh(application)
    await mood(application, f"half-report:{LEDGER}")
    report_id = await generated(application)
    half = await downloaded(application, report_id)
    await mood(application)
    assert (await downloaded(application, report_id)).text == half.text
    assert (await fresh(application)).text == whole.text


async def test_a_half_report_is_the_same_half_after_a_restart(
    world: World, clock: FixedClock, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    seller = next(iter(world.sellers.values()))
    async with serving(create_app(world, clock, tmp_path)) as url:
        application = await logged_in(url, seller, http, clock)
        await mood(application, f"half-report:{LEDGER}")
        report_id = await generated(application)
        before = await downloaded(application, report_id)
        await mood(application)
    async with serving(create_app(world, clock, tmp_path)) as url:
        application = await logged_in(url, seller, http, clock)
        assert (await downloaded(application, report_id)).text == before.text


async def test_a_report_asked_for_before_the_mood_is_untouched(application: Application) -> None:
    report_id = await generated(application)
    await mood(application, f"half-report:{LEDGER}", "renamed-columns", "cp1252")
    before = await downloaded(application, report_id)
    await mood(application)
    assert before.text == (await fresh(application)).text


async def test_some_snapshots_are_halved_and_nothing_else_when_no_type_is_named(
    application: Application,
) -> None:
    listings = {"reportType": LISTINGS, "marketplaceIds": [US]}
    whole = await fresh(application, listings), await fresh(application)
    await mood(application, "half-report")
    lengths = [len((await fresh(application, listings)).rows) for _ in range(8)]
    assert len(whole[0].rows) in lengths
    assert min(lengths) < len(whole[0].rows)
    assert (await fresh(application)).text == whole[1].text


async def test_some_snapshots_are_inflated_when_no_type_is_named(application: Application) -> None:
    listings = {"reportType": LISTINGS, "marketplaceIds": [US]}
    whole = len((await fresh(application, listings)).rows)
    await mood(application, "inflated-report")
    lengths = [len((await fresh(application, listings)).rows) // whole for _ in range(8)]
    assert min(lengths) == 1
    assert max(lengths) >= 20


async def test_inflated_report_repeats_its_rows_many_times(application: Application) -> None:
    whole = await fresh(application)
    await mood(application, f"inflated-report:{LEDGER}")
    inflated = await fresh(application)
    assert set(inflated.rows) == set(whole.rows)
    assert 20 <= len(inflated.rows) / len(whole.rows) <= 187


def test_no_document_is_inflated_beyond_what_a_small_machine_holds() -> None:
    rows = [("x",)] * (MOST_ROWS // 10)
    assert len(edited(inflated_report.MOOD, rows)) == MOST_ROWS
    assert len(edited(inflated_report.MOOD, [("x",)] * MOST_ROWS)) == 2 * MOST_ROWS
    assert edited(inflated_report.MOOD, []) == edited(half_report.MOOD, []) == []


def edited(one: Mood, rows: list[tuple[str]]) -> list[Any]:
    assert one.poison is not None
    assert one.poison.edit is not None
    return list(one.poison.edit(Table(("a",), rows), Random(1)).rows)


async def test_renamed_columns_are_elsewhere_and_some_have_another_name(
    application: Application,
) -> None:
    whole = await fresh(application)
    await mood(application, "renamed-columns")
    first, second = await fresh(application), await fresh(application)
    assert first.columns == second.columns
    strangers = set(first.columns) - set(COLUMNS)
    kept = [name for name in first.columns if name in COLUMNS]
    assert len(strangers) == 3
    assert kept != [name for name in COLUMNS if name in kept]
    for name in kept:
        assert first.column(name) == whole.column(name)
    await mood(application)
    assert (await fresh(application)).text == whole.text


async def test_translated_headers_are_german_or_french(application: Application) -> None:
    await mood(application, f"translated-headers:{LEDGER}")
    languages = {(await fresh(application)).columns[6] for _ in range(8)}
    assert languages == {"Anfang Lager Bestand", "Initial Entrepôt Solde"}
    await mood(application)
    assert (await fresh(application)).columns == list(COLUMNS)


def test_only_words_are_translated() -> None:
    assert translation("afn-fulfillable-quantity", GERMAN) == "afn-Versandfähig-Menge"
    assert translation("Warehouse Transfer In/Out", FRENCH) == "Entrepôt Transfert In/Out"
    assert {translation(name, GERMAN) for name in ("FNSKU", "ASIN", "sku")} == {
        "FNSKU",
        "ASIN",
        "sku",
    }


async def test_cp1252_says_so_in_the_content_type(application: Application) -> None:
    whole = await fresh(application)
    await mood(application, "cp1252")
    latin = await fresh(application)
    assert [whole.charset, latin.charset] == ["UTF-8", "Cp1252"]
    assert len(latin.rows) == len(whole.rows)


async def test_moods_combine_in_one_document(application: Application, clock: FixedClock) -> None:
    whole = await fresh(application)
    await mood(
        application,
        f"half-report:{LEDGER}",
        f"translated-headers:{LEDGER}",
        "renamed-columns",
        "cp1252",
        "slow",
    )
    report_id = await generated(application)
    clock.move(100)
    poor = await downloaded(application, report_id)
    assert poor.charset == "Cp1252"
    assert len(poor.rows) < 0.7 * len(whole.rows)
    assert not set(poor.columns) & {"Ending Warehouse Balance", "Lost"}
    creation = next(
        entry["mood"] for entry in await log(application) if "half-report" in entry["mood"]
    )
    assert creation.endswith("half-report, renamed-columns, translated-headers, cp1252")


async def test_a_fatal_reports_text_is_not_poisoned(application: Application) -> None:
    await mood(application, "renamed-columns")
    application.clock.move(4 * 3600)
    await application.login()
    report_id = await application.report(orders(days=31))
    application.clock.move(10)
    about, answer = await application.download(report_id)
    assert "compressionAlgorithm" not in about
    assert "30 days" in answer.text


async def test_the_download_of_a_poisoned_document_is_marked(application: Application) -> None:
    await mood(application, f"half-report:{LEDGER}")
    report_id = await generated(application)
    await mood(application)
    await downloaded(application, report_id)
    assert (await log(application))[-1]["mood"] == "half-report"
