"""The pages on which people decide: nothing by looking, everything by what was shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.server.web.conftest import Browser
from tests.server.web.content.conftest import FINGERPRINT, NOW, Plant, Planted, SignIn
from tests.server.web.content.test_pages import words

from stockroom.core.clock import FixedClock
from stockroom.entrypoints.differences import lists_of, values_of
from stockroom.entrypoints.house import House
from stockroom.tenancy.roles import Role
from stockroom.writes.models import AuditRow, ChangeRow, ReadCount


async def row_of(house: House, change_id: UUID) -> ChangeRow:
    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        return await session.get_one(ChangeRow, (account.id, change_id))


async def seen_at_amazon(house: House, change_id: UUID, live: dict[str, Any]) -> None:
    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        row = await session.get_one(ChangeRow, (account.id, change_id))
        row.last_verdict = {"seen": "pending", "live": live}


async def test_the_address_an_agent_was_given_leads_to_the_page_and_does_nothing(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    change_id, browser = await plant(), await sign_in(Role.APPROVER, "harbor")
    page = await browser.get(f"/console/changes/{change_id}")

    assert page.url.path == f"{home}/a/harbor/changes/{change_id}"
    told = words(page.text)
    assert "price 19.99 17.49" in told
    assert "by robot of harbor, Claude" in told
    assert "within relative change 0.12" in told
    assert "Approve" in told
    assert "<script>x" not in page.text
    assert "Mind the &lt;script&gt;x&lt;/script&gt; Title of" in page.text
    assert (await row_of(house, change_id)).state == "proposed"
    assert FINGERPRINT not in str(page.url)


async def test_what_is_only_kept_here_is_told_without_amazon(
    sign_in: SignIn, home: str, plant: Plant
) -> None:
    done = {"executed_at": NOW, "verified_at": NOW}
    change_id = await plant(tool="set_planning_inputs", local=True, state="verified", **done)
    browser = await sign_in(Role.APPROVER, "harbor")
    told = words((await browser.get(f"{home}/a/harbor/changes/{change_id}")).text)
    assert "It is recorded here." in told
    assert "Recorded 20" in told
    assert "Amazon" not in told


async def test_who_is_not_signed_in_comes_back_to_the_change_afterwards(
    browser: Browser, plant: Plant
) -> None:
    answer = await browser.http.get(f"/console/changes/{await plant()}")
    assert answer.status_code == 303
    assert "/console/sign-in?next=%2Fconsole%2Fchanges%2F" in answer.headers["location"]


async def test_a_change_of_somebody_elses_answers_like_an_unknown_one(
    sign_in: SignIn, plant: Plant
) -> None:
    browser = await sign_in(Role.OWNER, "elm")
    for change_id in (await plant(), uuid4()):
        page = await browser.get(f"/console/changes/{change_id}")
        assert page.status_code == 404
        assert "There is no such change in your accounts." in words(page.text)


async def test_an_approval_is_followed_on_the_page_to_its_end(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    change_id, browser = await plant(), await sign_in(Role.APPROVER, "harbor")
    path = f"{home}/a/harbor/changes/{change_id}"
    page = await browser.get(path)
    assert "progress.js" not in page.text

    answer = await browser.send(page, f"{path}/approve")
    assert answer.status_code == 303
    row = await row_of(house, change_id)
    assert (row.state, row.delegated) == ("confirmed", False)
    after = await browser.get(answer.headers["location"])
    assert "Approved. What becomes of it shows here." in words(after.text)
    assert "progress.js" in after.text
    assert "/approve" not in after.text
    seen = {"plan": "wf-7", "placement_options": [{"option": "pl-1", "fee": "12.30 USD"}]}
    await seen_at_amazon(house, change_id, seen)
    part = (await browser.get(f"{path}/now")).text
    assert "plan wf-7 placement options fee option 12.30 USD pl-1" in words(f"<main>{part}")
    assert "<html" not in part
    assert "data-done" not in part
    assert "Agreed to" in part


@pytest.mark.requirement("costs-restated")
async def test_what_costs_asks_who_it_is_and_then_for_that_very_amount(
    sign_in: SignIn, home: str, house: House, plant: Plant, clock: FixedClock
) -> None:
    costs = {"amount": "12.30", "currency": "USD"}
    later = NOW + timedelta(minutes=31)
    change_id = await plant(costs=costs, expires_at=later)
    browser = await sign_in(Role.APPROVER, "harbor")
    path = f"{home}/a/harbor/changes/{change_id}"
    page = await browser.get(path)
    assert "Approve and spend 12.30 USD" in words(page.text)
    other = await browser.send(page, f"{path}/approve", amount="1.00 USD")
    assert other.status_code == 409

    clock.move(16 * 60)
    page = await browser.get(path)
    assert "You will be asked for your password first." in words(page.text)
    answer = await browser.send(page, f"{path}/approve")
    assert answer.headers["location"].startswith("/console/prove?next=")
    assert (await row_of(house, change_id)).state == "proposed"

    prove = await browser.get(answer.headers["location"])
    back = await browser.send(prove, "/console/prove", password="correct horse battery")
    assert back.headers["location"] == path
    page = await browser.get(path)
    assert (await browser.send(page, f"{path}/approve")).status_code == 303
    assert (await row_of(house, change_id)).state == "confirmed"


async def test_a_rejection_says_why_on_the_page_and_in_the_list(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    change_id, browser = await plant(), await sign_in(Role.APPROVER, "harbor")
    path = f"{home}/a/harbor/changes/{change_id}"
    empty = await browser.send(await browser.get(path), f"{path}/reject", reason=" ")
    assert empty.status_code == 400

    answer = await browser.send(await browser.get(path), f"{path}/reject", reason="Too cheap")
    page = words((await browser.get(answer.headers["location"])).text)
    assert "A person rejected it: Too cheap" in page
    assert (await row_of(house, change_id)).state == "rejected"
    listed = words((await browser.get(f"{home}/changes")).text)
    assert "A person rejected it: Too cheap" in listed.partition("Latest decisions")[2]


@pytest.mark.requirement("forms-from-here")
async def test_a_decision_from_elsewhere_or_without_the_right_changes_nothing(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    change_id = await plant()
    path = f"{home}/a/harbor/changes/{change_id}"
    approver = await sign_in(Role.APPROVER, "harbor")
    for verb in ("approve", "reject"):
        forged = {"fingerprint": FINGERPRINT, "amount": "", "reason": "x", "csrf": "guessed"}
        assert (await approver.http.post(f"{path}/{verb}", data=forged)).status_code == 403
        assert (await approver.http.get(f"{path}/{verb}")).status_code == 405
    operator = await sign_in(Role.OPERATOR, "harbor")
    page = await operator.get(path)
    assert "/approve" not in page.text
    form = re.findall(r'name="csrf" value="([^"]*)"', page.text)[0]
    sent = await operator.http.post(
        f"{path}/approve", data={"csrf": form, "fingerprint": FINGERPRINT, "amount": ""}
    )
    assert sent.status_code == 403
    assert (await row_of(house, change_id)).state == "proposed"


async def test_what_waits_is_listed_newest_first_and_on_the_overview(
    sign_in: SignIn, home: str, plant: Plant, clock: FixedClock
) -> None:
    browser = await sign_in(Role.VIEWER, "harbor")
    await plant(summary="The older one", proposed_at=NOW - timedelta(minutes=1))
    await plant(summary="The newer one", costs={"amount": "5.00", "currency": "USD"})
    for path in (f"{home}/changes", f"{home}/a/harbor/changes"):
        waiting = words((await browser.get(path)).text).partition("Latest decisions")[0]
        assert waiting.index("The newer one") < waiting.index("The older one")
        assert "5.00 USD" in waiting
    assert "for somebody to decide" in words((await browser.get("/console/")).text)
    clock.move(15 * 60)
    listed = words((await browser.get(f"{home}/changes")).text)
    assert "The newer one" not in listed.partition("Latest decisions")[0]


async def test_four_eyes_are_an_owners_and_stand_in_the_audit(
    sign_in: SignIn, home: str, house: House, clock: FixedClock
) -> None:
    owner, admin = await sign_in(Role.OWNER), await sign_in(Role.ADMIN)
    path = f"{home}/four-eyes"
    assert path not in (await admin.get(f"{home}/changes")).text
    page = await owner.get(f"{home}/changes")
    assert (await owner.send(page, path, four_eyes="maybe")).status_code == 400

    answer = await owner.send(page, path)
    told = words((await owner.get(answer.headers["location"])).text)
    assert "From now on nobody confirms what they proposed themselves." in told
    await owner.send(await owner.get(f"{home}/changes"), path)
    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        turned = select(AuditRow.action).where(AuditRow.action.like("four_eyes%"))
        actions = list(await session.scalars(turned.order_by(AuditRow.seq)))
    assert actions == ["four_eyes_on", "four_eyes_off"]
    clock.move(16 * 60)
    stale = await owner.send(await owner.get(f"{home}/changes"), path)
    assert stale.headers["location"].startswith("/console/prove")


def test_every_value_is_shown_and_lists_of_things_are_tables() -> None:
    items = [{"sku": "a", "units": 3, "prep": {"owner": "SELLER"}}, {"sku": "b", "units": 4}]
    after = {"name": "Plan", "items": items, "to": {"city": "Harbour", "zip": None}, "days": [1, 2]}
    values = {one.name: (one.before, one.after) for one in values_of({"plan": None}, after)}
    assert values == {
        "name": (None, "Plan"),
        "to city": (None, "Harbour"),
        "days": (None, "1, 2"),
    }
    (listed,) = lists_of({"plan": None}, after)
    assert (listed.name, listed.side) == ("items", "after")
    assert list(listed.columns) == ["sku", "units", "prep owner"]
    assert [list(row) for row in listed.rows] == [["a", "3", "SELLER"], ["b", "4", None]]


async def test_the_audit_shows_how_often_a_key_that_writes_has_read(
    sign_in: SignIn, home: str, house: House, planted: Planted
) -> None:
    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        for minute, tool in ((NOW, "stock"), (NOW - timedelta(days=2), "stock"), (NOW, "sales")):
            counted = {"account_id": account.id, "key_id": planted.keys["harbor"], "tool": tool}
            session.add(ReadCount(**counted, minute=minute, calls=3))
    browser = await sign_in(Role.VIEWER, "harbor")

    async def reads(query: str = "") -> str:
        page = words((await browser.get(f"{home}/a/harbor/audit{query}")).text)
        return page.partition("Reads are counted, not chained.")[2]

    assert "key of harbor stock 6 2026-11-21 08:45" in await reads()
    assert "key of harbor stock 3" in await reads("?since=2026-11-21")
    assert "sales" not in await reads("?until=2026-11-20")
