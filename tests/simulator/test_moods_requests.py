"""Moods that strike requests: each does what it says, and is gone when it is off."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.simulator.conftest import Application
from tests.simulator.moods import flaky_calls, log, mood
from tests.simulator.test_wire_reports import REPORTS, ledger, orders, status

from stockroom.core.clock import FixedClock
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.moods.chances import FAILS_DONE, FAILS_UNSEEN

LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"


async def moods_seen(application: Application) -> set[str]:
    return {entry["mood"] for entry in await log(application)}


# --- throttled ------------------------------------------------------------------------------------


async def test_throttled_leaves_a_tenth_of_the_usage_plan(
    application: Application, clock: FixedClock
) -> None:
    await mood(application, "throttled:getInventorySummaries")
    first, second = [await application.inventory("US") for _ in range(2)]
    assert [first.status_code, second.status_code] == [200, 429]
    assert first.headers["x-amzn-ratelimit-limit"] == "0.2"
    assert "x-amzn-ratelimit-limit" not in second.headers
    assert (await log(application))[-1]["mood"] == "throttled"
    clock.move(5)
    assert (await application.inventory("US")).status_code == 200
    assert await status(application, await application.report(orders())) == "IN_QUEUE"


async def test_throttled_ends_with_a_bucket_that_was_not_emptied(application: Application) -> None:
    await mood(application, "throttled")
    for _ in range(4):
        await application.get("/sellers/v1/account")
    await mood(application)
    again = [await application.get("/sellers/v1/account") for _ in range(15)]
    assert {answer.status_code for answer in again} == {200}
    assert again[0].headers["x-amzn-ratelimit-limit"] == "0.016"


async def test_throttled_refuses_now_and_then_without_any_header_that_explains_it(
    application: Application, clock: FixedClock
) -> None:
    await mood(application, "throttled")
    refused = []
    for _ in range(60):
        clock.move(10)
        answer = (await flaky_calls(application, 1))[0]
        assert isinstance(answer, httpx.Response)
        if answer.status_code == 429:
            refused.append(answer)
    assert 1 <= len(refused) <= 9
    for answer in refused:
        assert answer.json()["errors"][0]["code"] == "QuotaExceeded"
        assert not {"x-amzn-errortype", "x-amzn-ratelimit-limit", "retry-after"} & set(
            answer.headers
        )
    assert "throttled: sporadic 429" in await moods_seen(application)


# --- slow -----------------------------------------------------------------------------------------


async def test_slow_answers_late_and_generates_ten_times_longer(
    application: Application, clock: FixedClock
) -> None:
    await mood(application, "slow")
    before = clock.monotonic()
    report_id = await application.report(orders())
    assert 0.5 <= clock.monotonic() - before <= 4
    report = (await application.get(f"{REPORTS}/{report_id}")).json()
    assert report["processingStatus"] in {"IN_QUEUE", "IN_PROGRESS"}
    await mood(application)
    clock.move(max(0, 19 - (clock.monotonic() - before)))
    assert await status(application, report_id) != "DONE"
    clock.move(81)
    assert await status(application, report_id) == "DONE"
    quick = await application.report(orders())
    clock.move(10)
    assert await status(application, quick) == "DONE"
    assert any(seen.startswith("slow: ") for seen in await moods_seen(application))


# --- flaky ----------------------------------------------------------------------------------------


async def test_flaky_breaks_answers_in_every_way(application: Application) -> None:
    await mood(application, "flaky")
    found = await flaky_calls(application, 400)
    kinds = {f"flaky: {kind}" for kind in (*FAILS_UNSEEN, *FAILS_DONE)}
    assert await moods_seen(application) == {"", *kinds}
    answers = [one for one in found if isinstance(one, httpx.Response)]
    broken = " ".join(one for one in found if isinstance(one, str))
    assert "without sending a response" in broken
    assert "without sending complete message body" in broken
    bodies = {one.status_code: one for one in answers}
    assert set(bodies) == {404, 429, 500, 503}
    assert bodies[500].json()["errors"][0]["code"] == "InternalFailure"
    assert bodies[503].text.startswith("<html>")
    assert bodies[429].content == b""
    troubled = 400 - sum(one.status_code == 404 for one in answers)
    assert 0.1 < troubled / 400 < 0.25


async def test_flaky_is_over_when_it_is_off(application: Application) -> None:
    await mood(application, "flaky")
    await flaky_calls(application, 20)
    await mood(application)
    found = await flaky_calls(application, 50)
    assert {one.status_code for one in found if isinstance(one, httpx.Response)} == {404}
    assert len(found) == 50


async def test_an_answer_that_is_lost_does_not_mean_that_nothing_was_done(
    application: Application, clock: FixedClock
) -> None:
    await mood(application, "flaky:createReport")
    done = 0
    for _ in range(50):
        clock.move(62)
        await application.login()
        try:
            answer = await application.call("POST", REPORTS, json=orders())
        except httpx.TransportError:
            continue
        done += answer.status_code == 202
    entries = await log(application)
    lost = sum(entry["mood"] in {f"flaky: {kind}" for kind in FAILS_DONE} for entry in entries)
    assert lost > 0
    listed = await application.get(REPORTS, reportTypes=orders()["reportType"], pageSize=100)
    assert len(listed.json()["reports"]) == done + lost


async def test_a_dropped_connection_is_logged_without_a_status(application: Application) -> None:
    await mood(application, "flaky")
    await flaky_calls(application, 100)
    dropped = [one for one in await log(application) if one["mood"] == "flaky: dropped"]
    assert dropped
    assert {one["status"] for one in dropped} == {0}


# --- revoked --------------------------------------------------------------------------------------


async def sign_in(application: Application) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": application.seller.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return await application.http.post(f"{application.url}/auth/o2/token", data=form)


async def test_revoked_refuses_the_grant_and_the_tokens_that_still_live(
    application: Application, european: Application
) -> None:
    await mood(application, f"revoked@{application.seller.slug}")
    refused = await sign_in(application)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    denied = await application.inventory("US")
    assert denied.status_code == 403
    assert "revoked, malformed or invalid" in denied.json()["errors"][0]["details"]
    assert (await sign_in(european)).status_code == 200
    await mood(application)
    assert (await application.inventory("US")).status_code == 200
    assert (await sign_in(application)).status_code == 200
    assert {"revoked: invalid_grant", "revoked: token"} <= await moods_seen(application)


# --- role-missing ---------------------------------------------------------------------------------


async def test_role_missing_denies_the_inventory_without_details(application: Application) -> None:
    await mood(application, "role-missing")
    denied = await application.inventory("US")
    assert denied.status_code == 403
    assert denied.json()["errors"][0]["details"] == ""
    await application.report(ledger())
    await mood(application)
    assert (await application.inventory("US")).status_code == 200


async def test_role_missing_can_mean_one_report_type(
    application: Application, clock: FixedClock
) -> None:
    before = await application.report(ledger())
    clock.move(10)
    document = (await application.get(f"{REPORTS}/{before}")).json()["reportDocumentId"]
    await mood(application, f"role-missing:{LEDGER}")
    for method, path, body in (
        ("POST", REPORTS, ledger()),
        ("GET", f"{REPORTS}/{before}", None),
        ("GET", f"/reports/2021-06-30/documents/{document}", None),
    ):
        answer = await application.call(method, path, json=body)
        assert answer.status_code == 403, path
    await application.report(orders())
    assert (await application.inventory("US")).status_code == 200


@pytest.mark.parametrize("body", ["{", "[]", '{"reportType": 7}'])
async def test_a_mood_for_a_report_type_leaves_impossible_requests_to_amazon(
    application: Application, body: str
) -> None:
    await mood(application, f"role-missing:{LEDGER}")
    answer = await application.call("POST", REPORTS, content=body)
    assert answer.status_code == 400


# --- expired-url ----------------------------------------------------------------------------------


async def address(application: Application, report_id: str) -> str:
    application.clock.move(61)
    report = (await application.get(f"{REPORTS}/{report_id}")).json()
    path = f"/reports/2021-06-30/documents/{report['reportDocumentId']}"
    answer: dict[str, Any] = (await application.get(path)).json()
    return str(answer["url"])


async def test_expired_url_hands_out_addresses_that_are_dead_already(
    application: Application, clock: FixedClock
) -> None:
    report_id = await application.report(orders())
    clock.move(10)
    await mood(application, "expired-url")
    used = [await application.http.get(await address(application, report_id)) for _ in range(12)]
    assert {one.status_code for one in used} == {200, 403}
    dead = next(one for one in used if one.status_code == 403)
    assert "Request has expired" in dead.text
    assert dead.headers["content-type"].startswith("application/xml")
    await mood(application)
    used = [await application.http.get(await address(application, report_id)) for _ in range(5)]
    assert {one.status_code for one in used} == {200}
    assert "expired-url" in await moods_seen(application)
