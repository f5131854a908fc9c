"""What connecting tells to whom: nothing to a log, little to a browser, less to a client."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from tests.server.web.connect.conftest import MINE, Client, Installation, count

from stockroom.core.clock import FixedClock
from stockroom.core.log import configure
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.links import account_link, own_account, renewal_link
from stockroom.tenancy.connect_links import AskedConsent, ConnectLink
from stockroom.tenancy.removal import remove_account


@pytest.fixture
def logs_on() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure("DEBUG")
    yield
    root.handlers, root.level = before, level


@pytest.mark.requirement("secrets-never-logged")
@pytest.mark.usefixtures("logs_on")
async def test_no_address_of_the_way_is_logged_or_handed_on(
    house: House, link: str, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    page = await client.open(link)
    back = await client.consents(link, MINE)
    denied = await client.open(back.replace("spapi_oauth_code=", "spapi_oauth_code=x"))
    back_again = await client.consents(link, MINE)
    done = await client.open(back_again)

    assert done.status_code == 200
    logged = capfd.readouterr()
    secrets = {link.rpartition("/")[2], "Atzr|", "Atza|"}
    for address in (back, back_again):
        query = parse_qs(urlsplit(address).query)
        secrets |= {query["state"][0], query["spapi_oauth_code"][0]}
    for secret in secrets:
        assert secret not in logged.err + logged.out
        assert secret not in done.text + denied.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert done.headers["referrer-policy"] == denied.headers["referrer-policy"] == "no-referrer"
    assert done.headers["cache-control"] == "no-store"
    assert len(await house.registry.accounts()) == 1


async def test_the_form_may_lead_to_amazon_and_nowhere_else(
    installation: tuple[Installation, House], link: str, client: Client
) -> None:
    policy = (await client.open(link)).headers["content-security-policy"]
    (actions,) = [one for one in policy.split("; ") if one.startswith("form-action")]
    assert actions == f"form-action 'self' {installation[0].amazon} https://*.amazon.com"


async def test_a_client_learns_nothing_of_what_is_not_set_up(
    installation: tuple[Installation, House], clock: FixedClock
) -> None:
    settings = installation[0].settings.model_copy(update={"spapi_application_id": "", "port": 0})
    async with open_house(settings, clock) as house:
        agency = await house.registry.organisation("Agency")
        link = await account_link(house, agency, "elm", "Elm", store="US")
        transport = httpx2.ASGITransport(create_app(house))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            told = await http.get(urlsplit(link).path)
    assert told.status_code == 503
    assert "STOCKROOM" not in told.text
    assert "cannot be done here" in told.text


@pytest.mark.usefixtures("account_id")
async def test_a_removed_account_leaves_no_link(house: House, agency: UUID, client: Client) -> None:
    account = await own_account(house, agency, "harbor")
    link = await renewal_link(house, account)
    await client.goes_to_amazon(link)
    await remove_account(house.database.place, house.clock, account)
    assert await count(house, agency, ConnectLink) == 0
    assert await count(house, agency, AskedConsent) == 0
    assert (await client.open(link)).status_code == 404
