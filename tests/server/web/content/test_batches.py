"""The page of a batch: all of it shown, all that waits decided about by one form."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from tests.server.web.conftest import Browser, form_of
from tests.server.web.content.conftest import FINGERPRINT, NOW, Plant, SignIn
from tests.server.web.content.test_pages import words

from stockroom.core.clock import FixedClock
from stockroom.core.ids import uuid7
from stockroom.entrypoints.account_limits import set_limits
from stockroom.entrypoints.house import House
from stockroom.tenancy.roles import Role
from stockroom.writes.models import ChangeRow
from stockroom.writes.personal import sealed

WHY = "No such listing."
STREET, PERSON = "17 Quince Lane", "Ottilie <b>Testperson"


async def planted_batch(plant: Plant, **values: Any) -> UUID:
    """Two prices that wait, and one item that was refused at the preview."""
    batch_id = uuid7(NOW)
    first = {"sku": "harbor-first", "marketplace": f"U{batch_id.hex[-2:]}"}
    await plant(batch_id=batch_id, target=first, **values)
    await plant(batch_id=batch_id, **values)
    refused = {"state": "blocked", "fingerprint": "", "before": {}, "after": {}, "warnings": []}
    why = {"problem_kind": "not_found", "problem": WHY, "summary": "Refused at the preview."}
    await plant(batch_id=batch_id, **refused, **why)
    return batch_id


async def states(house: House, batch_id: UUID) -> Counter[str]:
    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        those = select(ChangeRow.state).where(ChangeRow.batch_id == batch_id)
        return Counter(await session.scalars(those))


def path_of(home: str, batch_id: UUID) -> str:
    return f"{home}/a/harbor/changes/together/{batch_id}"


async def opened(browser: Browser, home: str, batch_id: UUID) -> Any:
    page = await browser.get(path_of(home, batch_id))
    assert page.status_code == 200
    return page


async def test_the_address_of_a_batch_leads_to_its_page_and_does_nothing(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id, browser = await planted_batch(plant), await sign_in(Role.APPROVER, "harbor")
    page = await browser.get(f"/console/changes/{batch_id}")

    assert page.url.path == path_of(home, batch_id)
    told = words(page.text)
    assert "price 19.99 → 17.49" in told
    assert WHY in told
    assert "Approve all 2" in told
    assert "Mind the &lt;script&gt;x&lt;/script&gt; Title of" in page.text
    assert "<script>x" not in page.text
    given = form_of(page, f"{path_of(home, batch_id)}/approve")
    assert given["fingerprint"] not in {FINGERPRINT, ""}
    assert page.headers["cache-control"] == "no-store"
    listed = await browser.get(f"{home}/changes")
    assert listed.text.count(path_of(home, batch_id)) == 2
    assert await states(house, batch_id) == {"proposed": 2, "blocked": 1}


async def test_all_that_waits_is_approved_by_one_form_and_followed(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id, browser = await planted_batch(plant), await sign_in(Role.APPROVER, "harbor")
    path = path_of(home, batch_id)
    page = await opened(browser, home, batch_id)
    forged = await browser.send(page, f"{path}/approve", fingerprint="0" * 64)
    assert forged.status_code == 409
    assert await states(house, batch_id) == {"proposed": 2, "blocked": 1}

    answer = await browser.send(page, f"{path}/approve")
    assert answer.status_code == 303
    assert await states(house, batch_id) == {"confirmed": 2, "blocked": 1}
    after = await browser.get(answer.headers["location"])
    assert "progress.js" in after.text
    assert f"{path}/approve" not in after.text
    part = (await browser.get(f"{path}/now")).text
    assert "2 confirmed" in words(f"<main>{part}")
    assert "<html" not in part
    assert "data-done" not in part


async def test_an_item_that_could_not_be_approved_says_why(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id, browser = await planted_batch(plant), await sign_in(Role.APPROVER, "harbor")
    account = await house.registry.account("harbor")
    page = await opened(browser, home, batch_id)
    await set_limits(house, account, {"skus": ["harbor-first"]}, reason=None)
    answer = await browser.send(page, f"{path_of(home, batch_id)}/approve")
    await set_limits(house, account, {}, reason=None)

    page = await browser.get(answer.headers["location"])
    after = words(page.text)
    assert await states(house, batch_id) == {"confirmed": 1, "proposed": 1, "blocked": 1}
    assert "progress.js" in page.text  # the one that was approved goes on while the other waits
    assert 'http-equiv="refresh"' not in page.text  # without script nothing that is typed is lost
    assert "Refused 2026-11-21 08:45: " in after
    assert "Approve all 1" in after


@pytest.mark.requirement("costs-restated")
async def test_what_they_cost_together_is_restated_and_asks_who_it_is(
    sign_in: SignIn, home: str, house: House, plant: Plant, clock: FixedClock
) -> None:
    later = NOW.replace(hour=9, minute=30)
    costs = {"amount": "12.30", "currency": "USD"}
    batch_id = await planted_batch(plant, costs=costs, irreversible="It stays.", expires_at=later)
    browser, path = await sign_in(Role.APPROVER, "harbor"), path_of(home, batch_id)
    clock.move(16 * 60)
    page = await opened(browser, home, batch_id)
    assert "Approve all 2 and spend 24.60 USD" in words(page.text)
    assert "You will be asked for your password first." in words(page.text)
    answer = await browser.send(page, f"{path}/approve")
    assert answer.headers["location"].startswith("/console/prove?next=")
    assert await states(house, batch_id) == {"proposed": 2, "blocked": 1}

    prove = await browser.get(answer.headers["location"])
    await browser.send(prove, "/console/prove", password="correct horse battery")
    page = await opened(browser, home, batch_id)
    assert (await browser.send(page, f"{path}/approve", amount="12.30 USD")).status_code == 409
    assert (await browser.send(page, f"{path}/approve")).status_code == 303
    assert await states(house, batch_id) == {"confirmed": 2, "blocked": 1}


async def test_all_that_waits_is_rejected_with_its_reason(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id, browser = await planted_batch(plant), await sign_in(Role.APPROVER, "harbor")
    path = path_of(home, batch_id)
    page = await opened(browser, home, batch_id)
    assert (await browser.send(page, f"{path}/reject", reason=" ")).status_code == 400
    answer = await browser.send(page, f"{path}/reject", reason="Too cheap")
    after = words((await browser.get(answer.headers["location"])).text)
    assert after.count("A person rejected it: Too cheap") == 2
    assert await states(house, batch_id) == {"rejected": 2, "blocked": 1}


@pytest.mark.requirement("forms-from-here")
async def test_nobody_else_decides_about_a_batch(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id = await planted_batch(plant)
    path = path_of(home, batch_id)
    approver, operator = await sign_in(Role.APPROVER, "harbor"), await sign_in(Role.OPERATOR)
    shown = form_of(await opened(approver, home, batch_id), f"{path}/approve")
    assert f"{path}/approve" not in (await opened(operator, home, batch_id)).text
    for verb in ("approve", "reject"):
        forged = {**shown, "reason": "x", "csrf": "guessed"}
        assert (await approver.http.post(f"{path}/{verb}", data=forged)).status_code == 403
        assert (await approver.http.get(f"{path}/{verb}")).status_code == 405
        assert (await operator.http.post(f"{path}/{verb}", data=shown)).status_code == 403
    elsewhere = await sign_in(Role.OWNER, "elm")
    for address in (f"/console/changes/{batch_id}", path, path_of(home, uuid4())):
        assert (await elsewhere.get(address)).status_code == 404
    alone = path_of(home, await plant())  # a change is no batch
    assert (await approver.get(alone)).status_code == 404
    assert await states(house, batch_id) == {"proposed": 2, "blocked": 1}


@pytest.mark.requirement("recipients-forgotten")
async def test_whom_an_order_is_for_is_shown_to_who_decides_while_it_waits(
    sign_in: SignIn, home: str, house: House, plant: Plant, clock: FixedClock
) -> None:
    account = await house.registry.account("harbor")
    about = {"recipient": {"name": PERSON, "line1": STREET}, "comment": None}
    box = sealed(house.vault, account.id, about)
    change_id = await plant(tool="create_mcf_order", personal=box)
    approver, viewer = await sign_in(Role.APPROVER, "harbor"), await sign_in(Role.VIEWER)
    path = f"{home}/a/harbor/changes/{change_id}"

    page = await approver.get(path)
    assert page.headers["cache-control"] == "no-store"
    assert f"recipient line1 {STREET}" in words(page.text)
    assert "Ottilie &lt;b&gt;Testperson" in page.text
    for browser, address in (
        (viewer, path),
        (approver, f"{path}/now"),
        (approver, f"{home}/changes"),
        (approver, f"{home}/a/harbor/audit"),
    ):
        assert STREET not in (await browser.get(address)).text
    clock.move(15 * 60)
    assert STREET not in (await approver.get(path)).text


async def test_who_still_looks_at_it_is_told_when_less_is_left_to_decide(
    sign_in: SignIn, home: str, house: House, plant: Plant
) -> None:
    batch_id = await planted_batch(plant, costs={"amount": "2.00", "currency": "USD"})
    browser, path = await sign_in(Role.APPROVER, "harbor"), path_of(home, batch_id)
    page = await opened(browser, home, batch_id)
    assert "progress.js" in page.text
    assert 'data-decides="2 4.00 USD"' in page.text

    account = await house.registry.account("harbor")
    async with house.database.session(account.id) as session:
        first = select(ChangeRow.id).where(
            ChangeRow.batch_id == batch_id, ChangeRow.state == "proposed"
        )
        taken = update(ChangeRow).where(ChangeRow.id == first.limit(1).scalar_subquery())
        await session.execute(taken.values(state="sent"))
    part = (await browser.get(f"{path}/now")).text
    assert 'data-decides="1 2.00 USD"' in part
    assert "data-done" not in part
