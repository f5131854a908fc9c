"""A client connects: a link, Amazon's page of consent, and back; and every way in which that goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from tests.server.web.conftest import form_of

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.log import configure
from stockroom.core.marketplaces import Region
from stockroom.entrypoints.addresses import ads_callback, seller_callback
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.links import account_link, own_account, renewal_link
from stockroom.entrypoints.listening import listening, serve_until
from stockroom.entrypoints.runtime import Stop
from stockroom.simulator.app import create_app as create_amazon
from stockroom.simulator.credentials import APPLICATION_ID, CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.registration import Registration
from stockroom.simulator.serving import serving
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.tenancy.connect_links import AskedConsent, ConnectLink
from stockroom.tenancy.models import AccountRow
from stockroom.tenancy.registry import NewAccount
from stockroom.tenancy.removal import remove_account

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
WORLD = World(WorldOptions.create(now=NOW, skus=4, days=30))
MINE, OTHER = [one for one in WORLD.sellers.values() if one.region is Region.NA][:2]
HOSTILE = "\"><script>alert('x')</script>"


# --- an installation whose Amazon is the pretend one, and a client's browser ----------------------


@dataclass
class Installation:
    url: str
    amazon: str
    settings: Settings


@pytest.fixture
async def installation(
    settings: Settings, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[tuple[Installation, House]]:
    with listening("127.0.0.1", 0) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        registration = Registration((seller_callback(settings),), (ads_callback(settings),))
        amazon = create_amazon(WORLD, clock, tmp_path / "amazon", registration)
        async with serving(amazon) as url:
            settings = settings.model_copy(update=at(url))
            async with open_house(settings, clock) as house:
                stop = Stop()
                server = asyncio.create_task(serve_until(stop, create_app(house), listener))
                yield Installation(house.base_url, url, settings), house
                stop.ask()
                await server


def at(url: str) -> dict[str, Any]:
    sellers = {f"seller_central_{one.lower()}_url": one for one in Region}
    return {
        "lwa_url": f"{url}/auth/o2/token",
        "lwa_client_id": CLIENT_ID,
        "lwa_client_secret": SecretStr(CLIENT_SECRET),
        "spapi_application_id": APPLICATION_ID,
        "ads_lwa_na_url": f"{url}/auth/o2/token",
        "ads_consent_na_url": f"{url}/ap/oa",
        "spapi_na_url": f"{url}/na",
        "ads_na_url": f"{url}/ads/na",
        **{name: f"{url}/seller-central/{one.lower()}" for name, one in sellers.items()},
    }


@pytest.fixture
def house(installation: tuple[Installation, House]) -> House:
    return installation[1]


@dataclass
class Client:
    """A client's browser: opens a link, says yes or no at Amazon, is sent back."""

    http: httpx2.AsyncClient

    async def open(self, link: str) -> httpx2.Response:
        return await self.http.get(link)

    async def goes_to_amazon(self, link: str) -> str:
        page = await self.open(link)
        assert page.status_code == 200, page.text
        answer = await self.http.post(link, data=form_of(page, ""))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def decides(self, address: str, seller: Seller, decision: str = "approve") -> str:
        assert (await self.http.get(address)).status_code == 200
        form = {"seller": seller.seller_id, "decision": decision}
        answer = await self.http.post(address, data=form)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def consents(self, link: str, seller: Seller, decision: str = "approve") -> str:
        """Where Amazon sends the browser back to."""
        return await self.decides(await self.goes_to_amazon(link), seller, decision)

    async def connects(self, link: str, seller: Seller) -> httpx2.Response:
        return await self.open(await self.consents(link, seller))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(timeout=60) as http:
        yield Client(http)


@pytest.fixture
async def stranger() -> AsyncIterator[Client]:
    """Another browser."""
    async with httpx2.AsyncClient(timeout=60) as http:
        yield Client(http)


@pytest.fixture
async def agency(house: House) -> UUID:
    return await house.registry.organisation("Northlight Agency")


@pytest.fixture
async def link(house: House, agency: UUID) -> str:
    """Sent to a new client."""
    return await account_link(house, agency, "harbor", "Harbor Goods", store="US")


@pytest.fixture
async def account_id(house: House, agency: UUID) -> UUID:
    """An account that is there already, with the grant the world began with."""
    new = NewAccount("harbor", "Harbor Goods", MINE.seller_id, Region.NA, ("US", "CA"), "Atzr|old")
    return await house.registry.add_account(agency, new)


async def row_of(house: House, account_id: UUID) -> AccountRow:
    async with house.database.session(account_id) as session:
        return (await session.scalars(sa.select(AccountRow))).one()


async def count(house: House, organisation: UUID, kind: Any) -> int:
    async with house.database.organisation_session(organisation) as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


# --- the way that works ---------------------------------------------------------------------------


async def test_a_client_connects_their_account_by_a_link(
    house: House, agency: UUID, link: str, client: Client
) -> None:
    page = await client.open(link)
    assert "Northlight Agency" in page.text
    assert "Harbor Goods" in page.text
    assert "What will be read" in page.text
    assert "What may be changed" in page.text

    done = await client.connects(link, MINE)

    assert done.status_code == 200, done.text
    assert "Harbor Goods is connected" in done.text
    account = await own_account(house, agency, "harbor")
    assert account.marketplaces == MINE.marketplaces
    assert (await house.grounds.target(account.id)).seller_id == MINE.seller_id
    assert (await row_of(house, account.id)).authorised_at == house.clock.now()
    partner = await house.grounds.partner(account.id)
    assert len(await partner.participations()) == len(MINE.marketplaces)


async def test_opening_a_link_changes_nothing(
    house: House, agency: UUID, link: str, client: Client, stranger: Client
) -> None:
    for browser in (client, stranger):
        for _ in range(3):
            assert (await browser.open(link)).status_code == 200
            assert (await browser.http.head(link)).status_code == 200
    assert await count(house, agency, AskedConsent) == 0
    assert len(await house.links.counting(agency)) == 1
    assert (await client.connects(link, MINE)).status_code == 200


async def test_advertising_is_connected_by_a_link_of_its_own(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    account = await own_account(house, agency, "harbor")
    link = await renewal_link(house, account, advertising=True)
    assert "advertising" in (await client.open(link)).text

    done = await client.connects(link, MINE)

    assert done.status_code == 200, done.text
    assert (await house.grounds.facts(account_id)).ads_marketplaces == MINE.marketplaces
    partner = await house.grounds.partner(account_id)
    assert partner.ads is not None
    assert {place.code for place in await partner.ads.profiles()} == set(MINE.marketplaces)


async def test_a_seller_authorises_again(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    await house.registry.probed(account_id, "authorization_lost")
    link = await renewal_link(house, await own_account(house, agency, "harbor"))

    assert (await client.connects(link, MINE)).status_code == 200

    after = await row_of(house, account_id)
    assert after.refresh_token != before.refresh_token
    assert after.probe_error is None
    assert len(await house.registry.accounts()) == 1


async def test_a_new_link_for_a_seller_who_is_there_already_authorises_again(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    link = await account_link(house, agency, "harbor-2", "Harbor once more", store="US")

    assert (await client.connects(link, MINE)).status_code == 200

    (account,) = await house.registry.accounts()
    assert account.id == account_id
    assert (await row_of(house, account_id)).refresh_token != before.refresh_token


async def test_two_organisations_may_hold_the_same_seller_and_want_the_same_name(
    house: House, account_id: UUID, client: Client
) -> None:
    other = await house.registry.organisation("Other Agency")
    link = await account_link(house, other, "harbor", "Harbor", store="US")

    assert (await client.connects(link, MINE)).status_code == 200

    theirs = [one for one in await house.registry.accounts() if one.organisation_id == other]
    assert len(theirs) == 1
    assert theirs[0].slug.startswith("harbor-")
    assert theirs[0].id != account_id


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
    (row, _) = await house.links.counting(agency)
    page = await client.open(withdrawn)
    await house.links.withdraw(agency, row.id)

    assert "withdrawn" in (await client.open(withdrawn)).text
    sent = await client.http.post(withdrawn, data=form_of(page, ""))
    assert sent.status_code == 404
    clock.move(timedelta(days=7).total_seconds())
    assert "expired" in (await client.open(link)).text
    invented = await client.open(f"{house.base_url}/connect/{'x' * 43}")
    assert invented.status_code == 404
    assert "not one of ours" in invented.text


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


# --- what is told to whom -------------------------------------------------------------------------


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
