"""An installation whose Amazon is the pretend one, a client's browser, and an agency that sends it links."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from pydantic import SecretStr
from tests.server.web.conftest import form_of
from tests.serving import NO_TLS, serving

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.marketplaces import Region
from stockroom.db.engine import Database
from stockroom.entrypoints.addresses import ads_callback, seller_callback
from stockroom.entrypoints.house import House, furnished
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.links import account_link
from stockroom.entrypoints.listening import listening, serve_until
from stockroom.entrypoints.runtime import Stop
from stockroom.simulator.app import create_app as create_amazon
from stockroom.simulator.credentials import APPLICATION_ID, CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.registration import Registration
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.models import AccountRow
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.reception import Reception
from stockroom.tenancy.registry import NewAccount

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
WORLD = World(WorldOptions.create(now=NOW, skus=4, days=30))
MINE, OTHER = [one for one in WORLD.sellers.values() if one.region is Region.NA][:2]


@dataclass
class Installation:
    url: str
    amazon: str
    settings: Settings


@pytest.fixture
async def installation(
    database: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[tuple[Installation, House]]:
    with listening("127.0.0.1", 0) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        registration = Registration((seller_callback(settings),), (ads_callback(settings),))
        amazon = create_amazon(WORLD, clock, tmp_path / "amazon", registration)
        async with serving(amazon) as url:
            settings = settings.model_copy(update=at(url))
            async with furnished(database, settings, clock) as opened:
                cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
                reception = Reception.staffed(
                    opened.database, opened.vault, key_pepper(settings), clock, cheap
                )
                house = replace(opened, reception=reception)
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
    async with httpx2.AsyncClient(verify=NO_TLS, timeout=60) as http:
        yield Client(http)


@pytest.fixture
async def stranger() -> AsyncIterator[Client]:
    """Another browser."""
    async with httpx2.AsyncClient(verify=NO_TLS, timeout=60) as http:
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
