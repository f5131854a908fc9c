"""Connecting Amazon from the console: who may, what the page offers, and what its forms do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2
import pytest
from tests.server.web.conftest import PASSWORD, Browser, form_of
from tests.server.web.connect.conftest import MINE, OTHER, Client, row_of

from stockroom.entrypoints.house import House
from stockroom.entrypoints.links import account_link, own_account
from stockroom.tenancy.roles import Role

LINK = re.compile(r'<span class="secret">([^<]+/connect/[^<]+)</span>')
AGENCY = "Northlight Agency"
NEW = {"name": "Elm & Sons", "slug": "elm", "marketplace": "US"}
SignIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def sign_in(house: House, agency: UUID, client: Client) -> SignIn:
    """Makes a member of the agency and signs them in: ``await sign_in(Role.VIEWER, "harbor")``."""

    async def make(role: Role, *slugs: str) -> Browser:
        people, members = house.reception.persons, house.reception.members
        person = await people.add("ada@example.com", "Ada", PASSWORD)
        granted = [(await own_account(house, agency, slug)).id for slug in slugs]
        await members.admit(agency, person, role, granted or None)
        client.http.base_url = httpx2.URL(house.base_url)
        browser = Browser(client.http)
        assert (await browser.sign_in("ada@example.com")).status_code == 303
        return browser

    return make


def page_of(agency: UUID) -> str:
    return f"/console/o/{agency}/connect"


async def filled(browser: Browser, agency: UUID, form: str, **fields: str) -> httpx2.Response:
    page = await browser.get(page_of(agency))
    return await browser.send(page, f"{page_of(agency)}/{form}", **fields)


async def test_an_operator_makes_a_link_and_a_client_connects_by_it(
    house: House, agency: UUID, sign_in: SignIn, stranger: Client
) -> None:
    browser = await sign_in(Role.OPERATOR)
    made = await filled(browser, agency, "link", **NEW)
    (link,) = LINK.findall(made.text)

    listed = (await browser.get(page_of(agency))).text
    assert "Elm &amp; Sons" in listed
    assert "ada@example.com" in listed
    assert link not in listed
    assert (await stranger.connects(link, OTHER)).status_code == 200
    assert (await own_account(house, agency, "elm")).region == OTHER.region
    assert "Links that count" not in (await browser.get(page_of(agency))).text


async def test_who_makes_a_link_may_use_it_right_now(
    house: House, agency: UUID, sign_in: SignIn, client: Client
) -> None:
    browser = await sign_in(Role.OWNER)
    made = await filled(browser, agency, "link", **NEW)
    (link,) = LINK.findall(made.text)
    assert f'href="{link}"' in made.text

    assert (await client.connects(link, OTHER)).status_code == 200
    assert len(await house.registry.accounts()) == 1


@pytest.mark.usefixtures("account_id")
async def test_a_member_with_some_accounts_renews_those_and_sees_no_other_link(
    house: House, agency: UUID, sign_in: SignIn, stranger: Client
) -> None:
    await account_link(house, agency, "secret-client", "Secret Client", store="US")
    browser = await sign_in(Role.OPERATOR, "harbor")
    page = await browser.get(page_of(agency))
    assert "Secret Client" not in page.text
    assert "A new account" not in page.text

    (link,) = LINK.findall(
        (await filled(browser, agency, "again", account="harbor", what="seller")).text
    )
    assert (await stranger.connects(link, MINE)).status_code == 200

    again = f"{page_of(agency)}/again"
    form = form_of(await browser.get(page_of(agency)), again)
    for path, fields in (
        (again, {"account": "elm"}),
        (f"{page_of(agency)}/link", NEW | {"days": "7"}),
        (f"{page_of(agency)}/token", NEW),
        (f"{page_of(agency)}/withdraw", {"link": str((await house.links.counting(agency))[0].id)}),
    ):
        refused = await browser.http.post(path, data={"csrf": form["csrf"], **fields})
        assert refused.status_code in {403, 404}, path
    assert len(await house.links.counting(agency)) == 1


async def test_a_withdrawn_link_leads_nowhere(
    house: House, agency: UUID, link: str, sign_in: SignIn, stranger: Client
) -> None:
    browser = await sign_in(Role.ADMIN)
    (row,) = await house.links.counting(agency)

    done = await filled(browser, agency, "withdraw", link=str(row.id))

    assert done.status_code == 303
    assert (await stranger.open(link)).status_code == 404


async def test_a_pasted_token_is_tried_at_amazon_before_it_is_stored(
    house: House, agency: UUID, sign_in: SignIn
) -> None:
    browser = await sign_in(Role.OWNER)
    right = NEW | {"seller_id": OTHER.seller_id, "refresh_token": OTHER.refresh_token}
    for wrong in (
        {"refresh_token": "Atzr|invented"},
        {"refresh_token": ""},
        {"seller_id": MINE.seller_id},
        {"seller_id": "<b>"},
        {"marketplace": "DE"},
        {"slug": "Not a slug"},
    ):
        refused = await filled(browser, agency, "token", **right | wrong)
        assert 400 <= refused.status_code < 600, wrong
        assert 'role="alert"' in refused.text
        assert "Elm &amp; Sons" in refused.text
        assert "Atzr" not in refused.text.replace("begins with Atzr", "")
        assert await house.registry.accounts() == []

    assert (await filled(browser, agency, "token", **right)).status_code == 303
    account = await own_account(house, agency, "elm")
    assert (await row_of(house, account.id)).seller_id == OTHER.seller_id


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
async def test_who_may_not_connect_gets_no_page_and_no_link(
    house: House, agency: UUID, sign_in: SignIn, role: Role
) -> None:
    browser = await sign_in(role)
    assert "/connect" not in (await browser.get("/console/")).text
    assert (await browser.get(page_of(agency))).status_code == 403
    other = await house.registry.organisation("Somebody else")
    assert (await browser.get(page_of(other))).status_code == 404
    csrf = form_of(await browser.get("/console/"), "/console/sign-out")["csrf"]
    made = await browser.http.post(f"{page_of(agency)}/link", data={"csrf": csrf, **NEW})
    assert made.status_code == 403
    assert await house.links.counting(agency) == []
