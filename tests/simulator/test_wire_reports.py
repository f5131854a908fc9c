"""The life of a report: asked for, generated, listed, cancelled, kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import NOW, Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app
from stockroom.simulator.world import World

ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
REPORTS = "/reports/2021-06-30/reports"
US = MARKETPLACES["US"].id


def orders(days: int = 7, **more: Any) -> dict[str, Any]:
    start = NOW - timedelta(days=days)
    window = {"dataStartTime": start.isoformat(), "dataEndTime": NOW.isoformat()}
    return {"reportType": ORDERS, "marketplaceIds": [US], **window, **more}


def ledger(days: int = 10, **options: str) -> dict[str, Any]:
    start = NOW - timedelta(days=days)
    window = {"dataStartTime": start.isoformat(), "dataEndTime": NOW.isoformat()}
    return {
        "reportType": LEDGER,
        "marketplaceIds": [US],
        "reportOptions": {"aggregatedByTimePeriod": "DAILY", **options},
        **window,
    }


async def status(application: Application, report_id: str) -> str:
    return str((await application.get(f"{REPORTS}/{report_id}")).json()["processingStatus"])


async def test_a_report_is_queued_then_generated_then_done(
    application: Application, clock: FixedClock
) -> None:
    report_id = await application.report(orders())
    seen = [await status(application, report_id)]
    for _ in range(11):
        clock.move(1)
        seen.append(await status(application, report_id))
    assert seen[0] == "IN_QUEUE"
    assert seen[2] == "IN_PROGRESS" or seen[3] == "DONE"
    assert seen[-1] == "DONE"
    assert sorted(seen, key=["IN_QUEUE", "IN_PROGRESS", "DONE"].index) == seen


async def test_a_finished_report_names_its_times_with_an_offset(
    application: Application, clock: FixedClock
) -> None:
    report_id = await application.report(orders())
    clock.move(10)
    report = (await application.get(f"{REPORTS}/{report_id}")).json()
    assert report["createdTime"] == "2026-11-21T08:45:00+00:00"
    assert report["dataStartTime"] == "2026-11-14T08:45:00+00:00"
    finished = datetime.fromisoformat(report["processingEndTime"])
    assert timedelta(seconds=1) <= finished - NOW <= timedelta(seconds=10)
    assert report["reportDocumentId"].startswith("amzn1.spdoc.")
    assert report["marketplaceIds"] == [US]


@pytest.mark.parametrize(
    "change",
    [
        {"reportType": "GET_NOTHING"},
        {"reportType": None},
        {"marketplaceIds": []},
        {"marketplaceIds": "ATVPDKIKX0DER"},
        {"marketplaceIds": [MARKETPLACES["DE"].id]},
        {"marketplaceIds": ["NOWHERE"]},
        {"dataStartTime": "yesterday"},
        {"dataStartTime": 20261114},
        {"dataStartTime": "0001-01-01T00:00:00+14:00"},
        {"dataEndTime": (NOW - timedelta(days=9)).isoformat()},
        {"reportOptions": {"custom": True}},
    ],
)
async def test_a_request_amazon_cannot_use_is_400(
    application: Application, change: dict[str, Any]
) -> None:
    answer = await application.call("POST", REPORTS, json=orders() | change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"


async def test_a_body_that_is_no_json_object_is_400(application: Application) -> None:
    for body in ("{", "[]", "\xff"):
        answer = await application.call("POST", REPORTS, content=body.encode("latin-1"))
        assert answer.status_code == 400


async def test_all_orders_longer_than_thirty_days_ends_fatal_with_a_text(
    application: Application, clock: FixedClock
) -> None:
    report_id = await application.report(orders(days=31))
    clock.move(10)
    assert await status(application, report_id) == "FATAL"
    _, document = await application.download(report_id)
    assert "30 days" in document.text


async def test_the_same_daily_report_asked_again_too_soon_ends_cancelled(
    application: Application, clock: FixedClock
) -> None:
    ids = [await application.report(ledger()) for _ in range(2)]
    other = await application.report(ledger(days=20))
    clock.move(10)
    assert [await status(application, one) for one in ids] == ["DONE", "CANCELLED"]
    assert await status(application, other) == "DONE"
    clock.move(4 * 3600 + 1)
    await application.login()
    again = await application.report(ledger())
    clock.move(10)
    assert await status(application, again) == "DONE"


async def test_all_orders_may_be_asked_as_often_as_wanted(
    application: Application, clock: FixedClock
) -> None:
    ids = [await application.report(orders()) for _ in range(3)]
    clock.move(10)
    assert {await status(application, one) for one in ids} == {"DONE"}


async def test_only_a_queued_report_can_be_cancelled(
    application: Application, clock: FixedClock
) -> None:
    queued, running = [await application.report(orders()) for _ in range(2)]
    cancelled = await application.call("DELETE", f"{REPORTS}/{queued}")
    assert cancelled.status_code == 200
    clock.move(10)
    refused = await application.call("DELETE", f"{REPORTS}/{running}")
    assert refused.status_code == 400
    assert await status(application, queued) == "CANCELLED"
    report = (await application.get(f"{REPORTS}/{queued}")).json()
    assert "reportDocumentId" not in report


async def test_reports_are_listed_newest_first_by_type_and_status(
    application: Application, clock: FixedClock
) -> None:
    first = await application.report(orders())
    await application.report(ledger())
    clock.move(60)
    last = await application.report(orders())
    listed = await application.get(REPORTS, reportTypes=ORDERS)
    assert [one["reportId"] for one in listed.json()["reports"]] == [last, first]
    done = await application.get(REPORTS, reportTypes=ORDERS, processingStatuses="DONE")
    assert [one["reportId"] for one in done.json()["reports"]] == [first]
    since = (NOW + timedelta(seconds=30)).isoformat()
    recent = await application.get(REPORTS, reportTypes=ORDERS, createdSince=since)
    assert [one["reportId"] for one in recent.json()["reports"]] == [last]


async def test_a_next_token_must_come_alone(application: Application) -> None:
    ids = [await application.report(orders()) for _ in range(3)]
    first = (await application.get(REPORTS, reportTypes=ORDERS, pageSize=2)).json()
    token = first["nextToken"]
    mixed = await application.get(REPORTS, nextToken=token, pageSize=2)
    assert mixed.status_code == 400
    rest = (await application.get(REPORTS, nextToken=token, junk="1")).json()
    seen = [one["reportId"] for one in first["reports"] + rest["reports"]]
    assert seen == ids[::-1]
    assert "nextToken" not in rest


async def test_a_listing_without_types_is_400(application: Application) -> None:
    for params in ({}, {"reportTypes": ORDERS, "pageSize": "101"}, {"nextToken": "made-up"}):
        assert (await application.get(REPORTS, **params)).status_code == 400


async def test_a_report_is_kept_for_ninety_days(
    application: Application, clock: FixedClock
) -> None:
    report_id = await application.report(orders())
    clock.move(90 * 86_400)
    await application.login()
    assert (await application.get(f"{REPORTS}/{report_id}")).status_code == 200
    clock.move(1)
    assert (await application.get(f"{REPORTS}/{report_id}")).status_code == 404


async def test_another_sellers_report_does_not_exist(
    application: Application, european: Application
) -> None:
    report_id = await application.report(orders())
    answer = await european.get(f"{REPORTS}/{report_id}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NotFound"


async def test_reports_survive_a_restart(
    world: World, clock: FixedClock, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    seller = next(iter(world.sellers.values()))
    ids = []
    for _ in range(2):
        async with serving(create_app(world, clock, tmp_path)) as url:
            application = await logged_in(url, seller, http, clock)
            ids.append(await application.report(orders()))
            clock.move(10)
            assert {await status(application, one) for one in ids} == {"DONE"}
    assert len(set(ids)) == 2
