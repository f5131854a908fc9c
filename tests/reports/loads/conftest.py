"""Sellers of the pretend Amazon, and one dataset loaded from it over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.serving import NO_TLS, serving
from tests.sync.conftest import NOW, Connected, connected, rows

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.db.engine import Database
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.reports import all_reports
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Event, Seller, World, WorldOptions
from stockroom.simulator.world.advertised import advertised
from stockroom.simulator.world.campaigns import profile_id
from stockroom.simulator.world.stream import SellerWorld
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=14, days=100))


@pytest.fixture
async def amazon_url(world: World, clock: FixedClock, tmp_path: Path) -> AsyncIterator[str]:
    async with serving(create_app(world, clock, tmp_path)) as url:
        yield url


@pytest.fixture
async def connections(
    amazon_url: str, clock: FixedClock, buckets: SharedBuckets, tmp_path: Path
) -> AsyncIterator[AmazonConnections]:
    settings = load_settings(
        home=tmp_path,
        lwa_url=f"{amazon_url}/auth/o2/token",
        lwa_client_id=CLIENT_ID,
        lwa_client_secret=CLIENT_SECRET,
        spapi_na_url=f"{amazon_url}/na",
        spapi_eu_url=f"{amazon_url}/eu",
        ads_lwa_na_url=f"{amazon_url}/auth/o2/token",
        ads_lwa_eu_url=f"{amazon_url}/auth/o2/token",
        ads_na_url=f"{amazon_url}/ads/na",
        ads_eu_url=f"{amazon_url}/ads/eu",
    )
    async with AmazonConnections(settings, buckets, clock) as connections:
        yield connections


@dataclass(frozen=True)
class Loader:
    """Loads datasets of one seller and looks at what is stored."""

    engine: SyncEngine
    database: Database
    connected: Connected
    happened: SellerWorld
    home: Path
    clock: FixedClock
    url: str

    @property
    def seller(self) -> Seller:
        return self.connected.seller

    @property
    def zone(self) -> ZoneInfo:
        """Of the primary marketplace."""
        return MARKETPLACES[self.seller.marketplaces[0]].zone

    async def load(self, *datasets: str, days: int = 101) -> None:
        """Everything Amazon has; or less."""
        summary = await self.engine.sync(
            self.connected.facts, self.connected.amazon, datasets=datasets, days=days
        )
        assert not summary.bad
        assert not summary.waiting

    async def rows(self, sql: str, *params: Any) -> list[Any]:
        return await rows(self.database, self.connected.facts, sql, *params)

    async def days(self, dataset: str) -> set[Any]:
        """The days that are in."""
        found = await self.rows("select day from app.loaded_days where dataset = %s", dataset)
        return {day for (day,) in found}

    def generated(self, report_type: str) -> Iterator[tuple[tuple[str, ...], datetime]]:
        """Marketplaces and moment of every document of a type: what it shows is as of then."""
        journal = self.home / "simulator" / "reports.jsonl"
        for line in journal.read_text().splitlines():
            record = json.loads(line)
            if record["type"] == report_type:
                moment = datetime.fromisoformat(record["finished_at"])
                yield tuple(record["ask"]["marketplaces"]), moment

    def events(self, *kinds: str) -> list[Event]:
        """What happened and is shown by now."""
        return [one for one in self.happened.events(visible_by=NOW) if one.kind in kinds]

    async def cancel_ads_report(self, report_id: str, marketplace: str) -> None:
        """Somebody ends an advertising report before it is made."""
        seller = self.seller
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, base_url=self.url) as http:
            form = {"grant_type": "refresh_token", "refresh_token": seller.ads_refresh_token}
            application = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            signed_in = await http.post("/auth/o2/token", data=form | application)
            headers = {
                "authorization": f"Bearer {signed_in.json()['access_token']}",
                "amazon-advertising-api-clientid": CLIENT_ID,
                "amazon-advertising-api-scope": profile_id(seller.seller_id, marketplace),
            }
            path = f"/ads/{seller.region.lower()}/reporting/reports/{report_id}"
            answer = await http.delete(path, headers=headers)
        assert answer.status_code == 200, answer.text

    @cached_property
    def advertised(self) -> list[Event]:
        """The advertising that Amazon's reports have by now."""
        return [one for one in advertised(self.happened, NOW) if one.visible_at <= NOW]


@pytest.fixture
async def loader_of(
    *,
    database: Database,
    connections: AmazonConnections,
    clock: FixedClock,
    world: World,
    amazon_url: str,
    tmp_path: Path,
) -> Callable[[str], Any]:
    """Make the loader of the first seller of a region, or of one by its name."""

    async def make(region: str) -> Loader:
        seller = next(one for one in world.sellers.values() if region in {one.region, one.slug})
        engine = SyncEngine(
            database=database,
            clock=clock,
            reports=all_reports(),
            metrics=(),
            cipher=Vault({"test": bytes(32)}),
        )
        tenant = await connected(database, connections, seller)
        happened = world.seller(seller.slug)
        return Loader(engine, database, tenant, happened, tmp_path, clock, amazon_url)

    return make


@pytest.fixture(params=[pytest.param("NA", marks=pytest.mark.slow), "EU"])
async def loader(request: pytest.FixtureRequest, loader_of: Callable[[str], Any]) -> Loader:
    """Of a seller in each region."""
    found: Loader = await loader_of(request.param)
    return found
