"""What the pages show: the tools' own figures, in plain words, with somebody else's text as data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from tests.server.web.conftest import Browser, form_of
from tests.server.web.content.conftest import AS_OF, NOW, Planted, SignIn

from stockroom.core.clock import FixedClock
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.charts import bars, line, scale
from stockroom.entrypoints.web.content.listing import chosen
from stockroom.entrypoints.web.figures import due, number, said, since
from stockroom.tenancy.roles import Role
from stockroom.writes.models import AuditRow


def words(page: str) -> str:
    """A page's text, as somebody reads it."""
    body = page.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def skus(page: str) -> list[str]:
    return re.findall(r'class="mono" href="[^"]+">([^<]+)</a>', page)


@pytest.fixture
async def browser(sign_in: SignIn) -> Browser:
    """An operator of harbor alone."""
    return await sign_in(Role.OPERATOR, "harbor")


async def test_the_overview_says_what_needs_somebody(browser: Browser, home: str) -> None:
    told = words((await browser.get("/console/")).text)

    assert "1 account 1 needs attention" in told
    assert "Listings: 1 out of stock and 1 critical. First harbor-sku-2 (US)" in told
    assert "Withheld, the last good data is shown: inventory." in told
    assert told == words((await browser.get(f"{home}/")).text)


async def test_stock_is_sorted_filtered_and_paged_by_its_address(
    browser: Browser, home: str
) -> None:
    async def listed(query: str = "") -> list[str]:
        return skus((await browser.get(f"{home}/a/harbor/stock{query}")).text)

    one, two, three = (f"harbor-sku-{n}" for n in (1, 2, 3))
    assert await listed() == [two, one, three]  # nulls are last
    assert await listed("?sort=cover&order=desc") == [one, two, three]
    assert await listed("?sort=sellable") == [two, three, one]
    assert await listed("?sort=nonsense&order=sideways&page=minus") == [two, one, three]
    assert await listed("?band=critical") == [one]
    assert await listed("?q=SKU-3") == [three]
    assert await listed("?q=%25") == []
    assert await listed("?marketplace=CA") == []
    assert await listed("?page=2") == []


async def test_a_row_of_stock_shows_the_figures_of_the_tools(browser: Browser, home: str) -> None:
    told = words((await browser.get(f"{home}/a/harbor/stock?q=sku-1")).text)
    assert "US critical 4.0 2026-11-24 40 40 0 10.0" in told
    assert "Stock as of 2026-11-21 10:00 UTC, demand of 30 days to 2026-11-20." in told


async def test_a_listing_shows_ninety_days_as_charts_and_as_a_table(
    browser: Browser, home: str
) -> None:
    page = (await browser.get(f"{home}/a/harbor/sku?sku=harbor-sku-1&marketplace=US")).text
    told = words(page)
    assert f"{AS_OF} 50 10 0" in told
    assert "2026-09-01 – – –" in told
    assert page.count('role="img"') == 2
    assert "<title" in page
    assert 'class="unknown"' in page


@pytest.mark.requirement("listing-text-is-data")
async def test_somebody_elses_words_stay_words(browser: Browser, home: str) -> None:
    for path in ("stock", "sku?sku=harbor-sku-1&marketplace=US"):
        page = (await browser.get(f"{home}/a/harbor/{path}")).text
        assert "<script>x" not in page
        assert "&lt;script&gt;x&lt;/script&gt; Title of" in page
        assert "\u202e" not in page
        assert "\x07" not in page
        assert " style=" not in page


async def test_data_says_why_a_document_was_withheld(browser: Browser, home: str) -> None:
    page = (await browser.get(f"{home}/a/harbor/data")).text
    told = words(page)
    assert "It has 3 rows, the last good one of harbor had 900." in told
    assert "Withheld 3 12 3 Last good 900 7,200 450" in told
    assert "Load it after all" in told
    assert f"orders late region {AS_OF}" in told or f"orders fresh region {AS_OF}" in told


async def test_a_withheld_document_that_is_no_longer_kept_says_so(
    browser: Browser, home: str, planted: Planted
) -> None:
    page = await browser.get(f"{home}/a/harbor/data")
    action = f"{home}/a/harbor/data/{planted.runs['harbor']}/discard"

    answer = await browser.send(page, action)

    assert answer.status_code == 404
    assert "no longer kept" in answer.text


async def test_history_is_asked_for_again_by_script_or_by_the_browser(
    browser: Browser, home: str
) -> None:
    page = (await browser.get(f"{home}/a/harbor/backfill")).text
    assert '<noscript><meta http-equiv="refresh"' in page
    (script,) = re.findall(r'<script src="([^"]+)" defer></script>', page)
    served = await browser.http.get(script)
    assert served.headers["content-type"].startswith("text/javascript")
    part = (await browser.get(f"{home}/a/harbor/backfill/now")).text
    assert "<html" not in part
    assert "datasets complete" in part


async def test_the_audit_is_filtered_and_shows_refusals(browser: Browser, home: str) -> None:
    async def told(query: str = "") -> str:
        return words((await browser.get(f"{home}/a/harbor/audit{query}")).text)

    assert (
        "refused robot of harbor Claude, 203.0.113.9 set_price Too much for harbor." in await told()
    )
    assert "Price of harbor-sku-1 in US" in await told("?action=proposed&tool=set_price")
    assert "Too much" not in await told("?action=proposed")
    assert "Too much" in await told("?who=ROBOT&since=2026-11-21&until=2026-11-21&tool=set_price")
    for query in ("?who=somebody", "?until=2026-11-20", "?since=2026-11-22", "?tool=other"):
        assert "Nothing fits" in await told(query)
    assert "Too much" in await told("?since=soon")


async def test_a_change_is_shown_before_and_after(
    browser: Browser, home: str, planted: Planted
) -> None:
    page = await browser.get(f"{home}/a/harbor/changes/{planted.changes['harbor']}")
    told = words(page.text)
    assert "price 19.99 17.49 currency USD USD" in told
    assert "by robot of harbor, Claude Because Sale at harbor" in told


async def test_the_stop_switch_takes_a_reason_and_says_who_turned_it(
    sign_in: SignIn, home: str, house: House
) -> None:
    browser = await sign_in(Role.ADMIN, "elm")
    path = f"{home}/a/elm/"
    answer = await browser.send(await browser.get(path), f"{path}stop", stop="changes", reason=" ")
    assert answer.status_code == 400

    answer = await browser.send(
        await browser.get(path), f"{path}stop", stop="changes", reason="odd"
    )
    assert answer.status_code == 303
    told = words((await browser.get(answer.headers["location"])).text)
    assert "Stopped: no change leaves for Amazon from this moment on." in told
    assert "The stop switch is on" in words((await browser.get("/console/")).text)
    await browser.send(await browser.get(path), f"{path}stop", stop="agents", reason="worse")
    assert "Agents are stopped since 2026-11-21 08:45 UTC" in words((await browser.get(path)).text)
    await browser.send(await browser.get(path), f"{path}stop", stop="nothing")

    account = await house.registry.account("elm")
    async with house.database.session(account.id) as session:
        rows = (
            await session.scalars(select(AuditRow).order_by(AuditRow.seq.desc()).limit(3))
        ).all()
    assert [row.action for row in rows] == ["resumed", "agents_stopped", "stopped"]
    assert all(row.actor.startswith("member member") for row in rows)
    assert '"reason":"odd"' in rows[2].details


async def test_all_agents_are_stopped_by_whoever_sees_all_accounts(
    sign_in: SignIn, home: str, house: House, issue: Callable[..., Any]
) -> None:
    key = await issue("harbor")
    some, everything = await sign_in(Role.ADMIN, "harbor", "elm"), await sign_in(Role.ADMIN)

    async def turned(browser: Browser, stop: str) -> int:
        csrf = form_of(await browser.get(f"{home}/accounts"), "/console/sign-out")["csrf"]
        sent = await browser.http.post(
            f"{home}/stop", data={"csrf": csrf, "stop": stop, "reason": "all of it"}
        )
        return sent.status_code

    async def stopped() -> bool:
        principal = await house.authenticator.principal(key)
        assert principal is not None
        return principal.accounts[0].agents_stopped

    assert f"{home}/stop" not in (await some.get(f"{home}/accounts")).text
    assert await turned(some, "agents") == 403
    assert await turned(everything, "agents") == 303
    assert "All agents of Agency are stopped" in words((await some.get(f"{home}/")).text)
    assert await stopped()
    assert await turned(everything, "nothing") == 303


async def test_a_connection_that_ends_soon_is_told_with_the_days_that_are_left(
    browser: Browser, home: str, clock: FixedClock
) -> None:
    assert "2027-11-21 in 365 days" in words((await browser.get(f"{home}/a/harbor/")).text)
    assert clock.now() == NOW


async def test_a_missing_grant_is_one_click_away_for_whoever_may_connect(
    sign_in: SignIn, home: str
) -> None:
    link = f'href="{home}/connect#again"'

    for role, linked in ((Role.ADMIN, True), (Role.VIEWER, False)):
        browser = await sign_in(role, "harbor")
        assert (link in (await browser.get(f"{home}/a/harbor/")).text) is linked


def test_a_list_keeps_its_filters_when_it_is_sorted_or_paged() -> None:
    query = {"q": "a&b", "sort": "sku", "page": "3", "other": "x"}
    asked = chosen("/x", query, filters=("q",), sorts=("sku", "cover"), sort="cover")  # type: ignore[arg-type]

    assert asked.page == 3
    assert asked.by("sku") == "/x?q=a%26b&sort=sku&order=desc"
    assert asked.by("cover") == "/x?q=a%26b&sort=cover"
    assert asked.address(page=4) == "/x?q=a%26b&sort=sku&page=4"
    assert asked.address(q=None) == "/x?sort=sku"


@pytest.mark.parametrize("most", [0, 1, 4, 5, 9, 12, 30, 99, 100, 101, 12_345, 2_000_000])
def test_a_scale_is_round_and_holds_all(most: int) -> None:
    marks = scale(most)
    assert marks[0] == 0
    assert marks[-1] >= max(most, 1)
    assert 2 <= len(marks) <= 6
    assert len({b - a for a, b in pairwise(marks)}) == 1


def test_unknown_days_interrupt_a_line_and_have_no_column() -> None:
    days = [AS_OF + timedelta(days=k) for k in range(6)]
    drawn = line(days, [5, 4, None, None, 2, 1])
    assert len(drawn.lines) == 2
    assert len(drawn.unknown) == 1
    assert [bar.value for bar in bars(days, [0, 3, None, 2, None, 0]).bars] == ["3", "2"]
    assert line(days, [None] * 6).lines == []


def test_values_are_written_for_people() -> None:
    assert since(NOW - timedelta(minutes=61), NOW) == "1 hour ago"
    assert since(NOW + timedelta(days=3), NOW) == "in 3 days"
    assert since(None, NOW) == "–"
    assert due(NOW, NOW) == "now"
    assert number(1234567.26, 1) == "1,234,567.3"
    assert said("not_applicable") == "not here"
