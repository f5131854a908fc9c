"""A seller of the pretend Amazon, connected: the engine with the real declarations, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from tests.serving import NO_TLS, serving

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import SellingPartner
from stockroom.amazon.spapi import SpApi
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.reports import inventory, ledger_summary, listings, orders
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.spec.account import AccountFacts
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.report import Report
from stockroom.spec.run import Run, RunState
from stockroom.sync import documents, runs
from stockroom.sync.documents import Keeping, Opening
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.models import AccountRow, Organisation
from stockroom.tenancy.vault import Vault

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
REPORTS = (inventory.REPORT, orders.REPORT, ledger_summary.REPORT, listings.REPORT)


@dataclass
class Derivations:
    """Metrics that only write down which days they were asked to derive."""

    days: list[tuple[str, DaySpan]] = field(default_factory=list)

    def metrics(self) -> tuple[Metric, ...]:
        return tuple(self._metric(report) for report in REPORTS)

    def _metric(self, report: Report) -> Metric:
        async def derive(_: DeriveContext, span: DaySpan) -> None:
            self.days.append((report.name, span))

        return Metric(report.name, _TABLES[report.name], (report.fills,), derive)


_TABLES: dict[str, Any] = {report.name: type(report.name, (), {}) for report in REPORTS}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=14, days=100))


@pytest.fixture
def vault() -> Vault:
    return Vault({"test": bytes(32)})


@pytest.fixture
def derivations() -> Derivations:
    return Derivations()


@pytest.fixture
def new_engine(
    database: Database, clock: FixedClock, vault: Vault, derivations: Derivations
) -> Callable[[], SyncEngine]:
    """Engines that have never seen a run, as a new process would make them."""

    def make() -> SyncEngine:
        return SyncEngine(
            database=database,
            clock=clock,
            reports=REPORTS,
            metrics=derivations.metrics(),
            cipher=vault,
        )

    return make


@pytest.fixture
def engine(new_engine: Callable[[], SyncEngine]) -> SyncEngine:
    return new_engine()


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
class Connected:
    """One seller: as the house knows it, and its line to Amazon."""

    facts: AccountFacts
    amazon: SpApi
    seller: Seller


class OneAccount:
    """Opens the one account there is, for a worker."""

    def __init__(self, seller: Connected) -> None:
        self._seller = seller

    async def facts(self, account_id: UUID) -> AccountFacts:
        assert account_id == self._seller.facts.id
        return self._seller.facts

    async def partner(self, account_id: UUID) -> SellingPartner:
        assert account_id == self._seller.facts.id
        return self._seller.amazon


async def connected(
    database: Database, connections: AmazonConnections, seller: Seller
) -> Connected:
    """Make the seller a tenant."""
    account_id = uuid7(NOW)
    organisation = Organisation(id=uuid7(NOW), name=seller.name, created_at=NOW)
    async with database.organisation_session(organisation.id) as session:
        session.add(organisation)
    async with database.session(account_id) as session:
        session.add(
            AccountRow(
                account_id=account_id,
                organisation_id=organisation.id,
                slug=seller.slug,
                name=seller.name,
                seller_id=seller.seller_id,
                region=seller.region,
                marketplaces=list(seller.marketplaces),
                primary_marketplace=seller.marketplaces[0],
                refresh_token=b"",
                ads_marketplaces=list(seller.marketplaces),
                created_at=NOW,
            )
        )
    facts = AccountFacts(
        account_id,
        seller.slug,
        seller.region,
        seller.marketplaces,
        seller.marketplaces[0],
        ads_marketplaces=seller.marketplaces,
    )
    amazon = connections.for_seller(
        seller.seller_id,
        seller.region,
        seller.refresh_token,
        SecretStr(seller.ads_refresh_token),
    )
    return Connected(facts, amazon, seller)


@pytest.fixture
async def harbor(database: Database, connections: AmazonConnections, world: World) -> Connected:
    """The first North American seller."""
    seller = next(one for one in world.sellers.values() if one.region == "NA")
    return await connected(database, connections, seller)


@pytest.fixture
async def european(database: Database, connections: AmazonConnections, world: World) -> Connected:
    """The seller with one European pool under several marketplaces."""
    seller = next(one for one in world.sellers.values() if one.region == "EU")
    return await connected(database, connections, seller)


async def rows(database: Database, account: AccountFacts, sql: str, *params: Any) -> list[Any]:
    """Rows as the writer sees them inside the account."""
    async with database.connection(account.id) as connection:
        cursor = await connection.execute(sql.encode(), params)
        return await cursor.fetchall()


async def calls(amazon_url: str, operation: str) -> int:
    """How often the pretend Amazon was asked."""
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        answer = await http.get(f"{amazon_url}/_log", params={"operation": operation})
    return len(answer.json())


async def kept(database: Database, vault: Vault, run: Run) -> bytes:
    """The document of a run, as it is kept."""
    opening = Opening()
    assert run.document_id is not None
    return b"".join(
        [
            block
            async for chunk in documents.chunks(database, vault, run.account_id, run.document_id)
            for block in opening.blocks(chunk)
        ]
    )


# --- documents without Amazon: for what happens after landing ---------------------------------------


@dataclass
class Desk:
    """Puts documents before the engine as if they had just been landed."""

    engine: SyncEngine
    database: Database
    vault: Vault
    clock: FixedClock
    seller: Connected

    async def landed(
        self,
        dataset: str,
        document: str,
        first: date,
        last: date | None = None,
        *,
        marketplace: str = "",
        asked: datetime | None = None,
    ) -> Run:
        """A run whose document is stored."""
        run = Run(
            account_id=self.seller.facts.id,
            id=uuid7(self.clock.now()),
            dataset=dataset,
            marketplace=marketplace,
            first_day=first,
            last_day=last or first,
            reason="nightly",
            state=RunState.LANDED.value,
            dirty_days=[],
            remarks={},
            attempts=0,
            requested_at=asked or self.clock.now(),
            created_at=self.clock.now(),
        )
        run = run.but(document_id=run.id)
        keeping = Keeping(self.vault, run.account_id, run.id)
        body = document.encode()
        chunks = [*keeping.add(body, body), *keeping.finish()]
        async with self.database.connection(run.account_id) as connection:
            await documents.store_chunks(connection, run.account_id, run.id, chunks)
            await documents.store(connection, described(run, keeping))
            await runs.save(connection, run)
        return run

    async def store(self, run: Run) -> None:
        """Put a run back as it was."""
        async with self.database.connection(run.account_id) as connection:
            await runs.save(connection, run)

    async def filled(self, *given: Any, **more: Any) -> Run:
        """A run that was filled from the document given (or was refused)."""
        run = await self.landed(*given, **more)
        return await self.engine.advance(self.seller.facts, run, self.seller.amazon)

    async def rows(self, sql: str, *params: Any) -> list[Any]:
        """Rows of the seller."""
        return await rows(self.database, self.seller.facts, sql, *params)


def described(run: Run, keeping: Keeping) -> dict[str, Any]:
    source, kept = keeping.digests()
    return {
        "account_id": run.account_id,
        "id": run.id,
        "run_id": run.id,
        "dataset": run.dataset,
        "content_type": "text/plain; charset=UTF-8",
        "sha256_source": source,
        "sha256_kept": kept,
        "bytes_source": keeping.bytes_source,
        "bytes_kept": keeping.bytes_kept,
        "headers": [],
        "dropped_rows": 0,
        "landed_at": NOW,
    }


@pytest.fixture
def desk(
    engine: SyncEngine, database: Database, vault: Vault, clock: FixedClock, harbor: Connected
) -> Desk:
    return Desk(engine, database, vault, clock, harbor)
