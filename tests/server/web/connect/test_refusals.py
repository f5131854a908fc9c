"""Links that do not count, answers that were not asked for, sellers who are not the one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from tests.server.web.conftest import form_of
from tests.server.web.connect.conftest import MINE, OTHER, Client, count, row_of

from stockroom.core.clock import FixedClock
from stockroom.entrypoints.house import House
from stockroom.entrypoints.links import account_link, own_account, renewal_link
from stockroom.tenancy.connect_links import AskedConsent

HOSTILE = "\"><script>alert('x')</script>"


# --- links that do not count ----------------------------------------------------------------------


@pytest.mark.requirement("connect-links-once")
async def test_a_used_link_counts_no_more(
    house: House, agency: UUID, link: str, client: Client, stranger: Client
) -> None:
    state_of_another = await stranger.goes_to_amazon(link)
    assert (await client.connects(link, MINE)).status_code == 200

    assert "used already" in (await client.open(link)).text
    late = await stranger.open(await stranger.decides(state_of_another, OTHER))
    assert late.status_code == 404
    assert len(await house.registry.accounts()) == 1
    assert await house.links.counting(agency) == []


async def test_an_expired_a_withdrawn_and_an_invented_link_lead_nowhere(
    house: House, agency: UUID, link: str, client: Client, clock: FixedClock
) -> None:
    withdrawn = await account_link(house, agency, "elm", "Elm", store="CA")
    row = next(one for one in await house.links.counting(agency) if one.slug == "elm")
    page = await client.open(withdrawn)
    await house.links.withdraw(agency, row.id)

    assert "withdrawn" in (await client.open(withdrawn)).text
    sent = await client.http.post(withdrawn, data=form_of(page, ""))
    assert sent.status_code == 404
    clock.move(timedelta(days=7).total_seconds())
    assert "expired" in (await client.open(link)).text
    for name in ("x" * 43, "%ff", "%3Cscript%3E", "x" * 9000):
        invented = await client.open(f"{house.base_url}/connect/{name}")
        assert invented.status_code == 404
        assert "not one of ours" in invented.text
    assert (await client.open(f"{house.base_url}/connect/%00")).status_code == 404


async def test_of_two_who_come_back_at_once_only_one_uses_the_link(
    house: House, link: str, client: Client, stranger: Client
) -> None:
    mine, theirs = await client.consents(link, MINE), await stranger.consents(link, OTHER)

    answers = await asyncio.gather(client.open(mine), stranger.open(theirs))

    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert len(await house.registry.accounts()) == 1


async def test_the_answer_comes_too_late_for_its_link_its_state_or_its_code(
    house: House, link: str, client: Client, clock: FixedClock
) -> None:
    back = await client.consents(link, MINE)
    clock.move(301)
    late = await client.open(back)
    assert "expired or was used" in late.text

    back = await client.consents(link, MINE)
    clock.move(601)
    late = await client.open(back)
    assert (late.status_code, "too long ago" in late.text) == (403, True)
    assert await house.registry.accounts() == []
    assert (await client.connects(link, MINE)).status_code == 200


# --- who is sent, who comes back ------------------------------------------------------------------


@pytest.mark.requirement("consent-bound-to-browser")
async def test_an_answer_counts_only_in_the_browser_that_was_sent_and_only_once(
    house: House, link: str, client: Client, stranger: Client
) -> None:
    back = await client.consents(link, MINE)
    await stranger.open(link)  # it has a cookie of its own

    assert (await stranger.open(back)).status_code == 403
    assert (await client.open(back)).status_code == 200
    again = await client.open(back)
    assert again.status_code == 403
    assert len(await house.registry.accounts()) == 1


async def test_a_form_that_was_given_to_another_browser_is_refused(
    house: House, agency: UUID, link: str, client: Client, stranger: Client
) -> None:
    theirs = form_of(await stranger.open(link), "")
    await client.open(link)
    for form in (theirs, {"csrf": ""}):
        assert (await client.http.post(link, data=form)).status_code == 403
    mine = form_of(await client.open(link), "")
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await client.http.post(link, data=mine, headers=elsewhere)).status_code == 403
    assert await count(house, agency, AskedConsent) == 0


async def test_who_says_no_is_told_so_and_may_come_back(
    house: House, link: str, client: Client
) -> None:
    told = await client.open(await client.consents(link, MINE, "deny"))
    assert told.status_code == 400
    assert "did not agree" in told.text
    assert await house.registry.accounts() == []
    assert (await client.connects(link, MINE)).status_code == 200


@pytest.mark.requirement("same-seller-only")
async def test_another_seller_cannot_renew_an_account(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    account = await own_account(house, agency, "harbor")
    for advertising in (False, True):
        link = await renewal_link(house, account, advertising=advertising)
        told = await client.connects(link, OTHER)
        assert told.status_code == 400
        assert "harbor" in told.text.lower() or "no profile" in told.text
        assert (await client.open(link)).status_code == 200

    after = await row_of(house, account_id)
    assert after.refresh_token == before.refresh_token
    assert after.ads_refresh_token is None
    assert len(await house.registry.accounts()) == 1


@pytest.mark.requirement("same-seller-only")
async def test_a_consent_cannot_be_passed_off_as_another_seller_s(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    link = await renewal_link(house, await own_account(house, agency, "harbor"))
    back = await client.consents(link, OTHER)

    told = await client.open(back.replace(OTHER.seller_id, MINE.seller_id))

    assert told.status_code == 400
    assert "does not confirm" in told.text
    assert (await row_of(house, account_id)).refresh_token == before.refresh_token


HOSTILE_ANSWERS = [
    *(("selling_partner_id", one) for one in (HOSTILE, "../../x", "A" * 5000, "\x00", "")),
    *(("spapi_oauth_code", one) for one in (HOSTILE, "x" * 5000, "")),
    *(("state", one) for one in (HOSTILE, "x" * 9000, "\x00", "")),
]


async def test_hostile_values_are_refused_and_not_repeated(
    house: House, link: str, client: Client
) -> None:
    for name, value in HOSTILE_ANSWERS:
        back = await client.consents(link, MINE)
        parts = urlsplit(back)
        query = {key: one for key, (one,) in parse_qs(parts.query).items()}
        address = f"{house.base_url}{parts.path}"

        told = await client.http.get(address, params={**query, name: value})

        assert 400 <= told.status_code < 500, (name, value)
        assert "<script" not in told.text
        assert value == "" or value not in told.text
    assert await house.registry.accounts() == []
