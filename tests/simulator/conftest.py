"""The pretend Amazon on loopback, and a seller's application that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import NO_TLS, serving

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World, WorldOptions

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


@dataclass
class Application:
    """Calls the pretend Amazon as one seller's authorised application would."""

    url: str
    seller: Seller
    http: httpx.AsyncClient
    clock: FixedClock
    headers: dict[str, str] = field(default_factory=dict)

    async def login(self) -> None:
        answer = await self.http.post(
            f"{self.url}/auth/o2/token",
            data={
                "grant_type": "refresh_token",
                "refresh_token": self.seller.refresh_token,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            },
        )
        assert answer.status_code == 200, answer.text
        self.headers["x-amz-access-token"] = answer.json()["access_token"]

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        address = f"{self.url}/{self.seller.region.lower()}{path}"
        return await self.http.request(method, address, headers=self.headers, **options)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.call("GET", path, params=params)

    async def inventory(self, country: str, **params: Any) -> httpx.Response:
        id_ = MARKETPLACES[country].id
        self.clock.move(0.5)  # two calls a second are allowed
        return await self.get(
            "/fba/inventory/v1/summaries",
            granularityType="Marketplace",
            granularityId=id_,
            marketplaceIds=id_,
            **params,
        )

    async def report(self, body: dict[str, Any]) -> str:
        answer = await self.call("POST", "/reports/2021-06-30/reports", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["reportId"])

    async def download(self, report_id: str) -> tuple[dict[str, Any], httpx.Response]:
        """The finished report's document: what the API says of it, and its bytes."""
        report = (await self.get(f"/reports/2021-06-30/reports/{report_id}")).json()
        document = await self.get(f"/reports/2021-06-30/documents/{report['reportDocumentId']}")
        assert document.status_code == 200, document.text
        return document.json(), await self.http.get(document.json()["url"])


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=24, days=100))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def amazon(world: World, clock: FixedClock, tmp_path: Path) -> AsyncIterator[str]:
    async with serving(create_app(world, clock, tmp_path)) as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=30) as client:
        yield client


async def logged_in(
    url: str, seller: Seller, http: httpx.AsyncClient, clock: FixedClock
) -> Application:
    application = Application(url, seller, http, clock)
    application.headers["user-agent"] = "Stockroom/0 (Language=Python)"
    await application.login()
    return application


@pytest.fixture
async def application(
    amazon: str, world: World, http: httpx.AsyncClient, clock: FixedClock
) -> Application:
    """The first North American seller."""
    return await logged_in(amazon, next(iter(world.sellers.values())), http, clock)


@pytest.fixture
async def european(
    amazon: str, world: World, http: httpx.AsyncClient, clock: FixedClock
) -> Application:
    """The seller with one European pool under four marketplaces."""
    seller = next(one for one in world.sellers.values() if one.region == "EU")
    return await logged_in(amazon, seller, http, clock)
