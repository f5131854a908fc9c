"""A gate over real Postgres and the pretend Amazon on loopback, at a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from tests.serving import NO_TLS, serving

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.db.engine import Database
from stockroom.db.reach import Reach
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import ListingState, Seller, World, WorldOptions
from stockroom.spec.tool import ChangeTool, Ground, TargetAccount
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.models import AccountRow, ApiKey
from stockroom.tenancy.roles import Role
from stockroom.tenancy.vault import Vault
from stockroom.tenancy.visitors import Membership, Visitor
from stockroom.tools.write.set_price import TOOL as SET_PRICE
from stockroom.writes.approver import Approver
from stockroom.writes.asker import Asker
from stockroom.writes.gate import Gate
from stockroom.writes.heads import Signer
from stockroom.writes.models import AuditRow, ChangeRow
from stockroom.writes.shown import Preview

MARKET = "US"
SEED = b"signs the audit of our own tests"
NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=24, days=60))


@pytest.fixture
def seller(world: World) -> Seller:
    return next(one for one in world.sellers.values() if MARKET in one.marketplaces)


@pytest.fixture
async def simulator(world: World, clock: FixedClock, tmp_path: Path) -> AsyncIterator[str]:
    async with serving(create_app(world, clock, tmp_path)) as url:
        yield url


@dataclass
class Bench:
    """Everything a test of the gate needs at hand."""

    database: Database
    clock: FixedClock
    account: TargetAccount
    amazon: SellingPartner
    http: httpx.AsyncClient
    simulator: str
    listings: list[ListingState]
    """Buyable ones in the marketplace under test."""
    listing: ListingState
    """One with a business price and bounds of its own."""
    asker: Asker

    def gate(
        self,
        tool: ChangeTool = SET_PRICE,
        amazon: SellingPartner | None = None,
        also: tuple[ChangeTool, ...] = (),
        vault: Vault | None = None,
    ) -> Gate:
        """A process of its own: gates share nothing but the database."""

        @asynccontextmanager
        async def ground(account_id: UUID, reach: Reach) -> AsyncIterator[Ground]:
            async with self.database.read(account_id, reach) as db:
                seen = replace(self.account, marketplaces=reach.within(self.account.marketplaces))
                yield Ground(seen, amazon or self.amazon, db, self.clock)

        return Gate(
            database=self.database,
            clock=self.clock,
            tools={one.name: one for one in (tool, *also)},
            ground=ground,
            base_url="https://stock.example.com/",
            signer=Signer([SEED]),
            vault=vault or Vault({"test": SEED}),
            marks=Marks(SEED),
        )

    def wanted(self, price: str | None = None, **more: str) -> dict[str, Any]:
        """Arguments of ``set_price`` for the listing under test."""
        raised = price or str(self.listing.price + Decimal("0.50"))
        return {
            "sku": self.listing.sku,
            "marketplace": self.listing.marketplace,
            "price": raised,
            "currency": self.listing.currency,
            **more,
        }

    async def proposed(self, price: str | None = None) -> Preview:
        """A preview that waits to be confirmed."""
        return await self.gate().propose(self.asker, "set_price", self.wanted(price))

    async def confirmed(self, price: str | None = None) -> UUID:
        """A change that waits to be carried out."""
        preview = await self.proposed(price)
        await self.gate().confirm(self.asker, preview.id, preview.fingerprint)
        return preview.id

    async def carried_out(self, price: str | None = None) -> UUID:
        """A change that Amazon shows."""
        change_id, gate = await self.confirmed(price), self.gate()
        await gate.execute(self.account.id, change_id)
        self.clock.move(30)
        await gate.verify(self.account.id, change_id)
        return change_id

    async def sent(self) -> int:
        """Writes the pretend Amazon received."""
        answer = await self.http.get(
            f"{self.simulator}/_log", params={"operation": "patchListingsItem"}
        )
        return len(answer.json())

    async def row(self, change_id: UUID) -> ChangeRow:
        async with self.database.session(self.account.id) as session:
            row = await session.get(ChangeRow, (self.account.id, change_id))
        assert row is not None
        return row

    async def audit(self) -> list[AuditRow]:
        async with self.database.session(self.account.id) as session:
            rows = await session.scalars(select(AuditRow).order_by(AuditRow.seq))
            return list(rows)

    async def actions(self) -> list[str]:
        return [row.action for row in await self.audit()]

    async def live_offer(self) -> dict[str, Any]:
        """The attribute as Amazon shows it now, by audience."""
        answer = await self.amazon.listing(self.listing.sku, MARKETPLACES[MARKET])
        entries = answer.body["attributes"]["purchasable_offer"]
        return {entry["audience"]: entry for entry in entries}

    async def moved_price(self, price: object, audience: str = "ALL") -> None:
        """Somebody else changes a price, and Amazon shows it."""
        entry = (await self.live_offer())[audience]
        entry["our_price"][0]["schedule"][0]["value_with_tax"] = float(str(price))
        await self.written_offer(entry)

    async def put_on_sale(self, price: object) -> None:
        """The seller sets a sale price, and Amazon shows it."""
        days = {"start_at": "2026-11-20T00:00:00Z", "end_at": "2026-12-24T00:00:00Z"}
        slot = {**days, "value_with_tax": float(str(price))}
        entry = (await self.live_offer())["ALL"]
        await self.written_offer({**entry, "discounted_price": [{"schedule": [slot]}]})

    async def written_offer(self, entry: dict[str, Any]) -> None:
        """Somebody else writes an entry of the offer, and Amazon shows it."""
        patch = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [entry]}
        body = {"productType": self.listing.product_type, "patches": [patch]}
        market = MARKETPLACES[MARKET]
        answer = await self.amazon.patch_listing(self.listing.sku, market, body, preview=False)
        assert answer.body["status"] == "ACCEPTED", answer.body
        self.clock.move(30)

    async def another_key(self, **values: Any) -> Asker:
        """A second key of the same account."""
        key_id = await insert_key(self.database, self.account.id, self.clock, **values)
        return replace(self.asker, key_id=key_id, name="second")

    def person(self, name: str = "lin", role: Role = Role.APPROVER, proved: int = 1) -> Approver:
        """A member of the account's organisation who proved who they are so many minutes ago."""
        membership = Membership(uuid4(), "Agency", role, (), all_accounts=True)
        proved_at = self.clock.now() - timedelta(minutes=proved)
        visitor = Visitor(uuid4(), f"{name}@example.com", name, uuid4(), proved_at, (membership,))
        return Approver(self.account.id, visitor, membership, "203.0.113.7")

    async def set_account(self, **values: Any) -> None:
        async with self.database.session(self.account.id) as session:
            await session.execute(update(AccountRow).values(**values))

    async def set_key(self, **values: Any) -> None:
        organisation_id = await organisation_of(self.database, self.account.id)
        async with self.database.organisation_session(organisation_id) as session:
            key = update(ApiKey).where(ApiKey.id == self.asker.key_id)
            await session.execute(key.values(**values))


async def organisation_of(database: Database, account_id: UUID) -> UUID:
    async with database.session(account_id) as session:
        return (await session.scalars(select(AccountRow.organisation_id))).one()


async def insert_key(
    database: Database,
    account_id: UUID,
    clock: FixedClock,
    limits: Mapping[str, Any] | None = None,
) -> UUID:
    organisation_id = await organisation_of(database, account_id)
    async with database.organisation_session(organisation_id) as session:
        key = ApiKey(
            id=uuid7(clock.now()),
            organisation_id=organisation_id,
            name="operator",
            hash=uuid7(clock.now()).bytes,
            prefix="sk_stockroom_test",
            account_ids=[account_id],
            scopes=[Scope.LISTINGS_WRITE, Scope.CONFIRM],
            limits=dict(limits or {}),
            created_at=clock.now(),
            created_by="operator",
        )
        session.add(key)
    return key.id


@cache
def _application() -> Settings:
    return Settings(home=Path(), lwa_client_id=CLIENT_ID, lwa_client_secret=CLIENT_SECRET)


@pytest.fixture
async def amazon(
    simulator: str, seller: Seller, clock: FixedClock, buckets: SharedBuckets, tmp_path: Path
) -> AsyncIterator[SellingPartner]:
    settings = _application().model_copy(
        update={
            "home": tmp_path,
            "lwa_url": f"{simulator}/auth/o2/token",
            "spapi_na_url": f"{simulator}/na",
            "ads_na_url": f"{simulator}/ads/na",
            "ads_lwa_na_url": f"{simulator}/auth/o2/token",
        }
    )
    grants = seller.refresh_token, SecretStr(seller.ads_refresh_token)
    async with AmazonConnections(settings, buckets, clock) as connections:
        yield connections.for_seller(seller.seller_id, seller.region, *grants)


@pytest.fixture
async def asker(database: Database, account: TargetAccount, clock: FixedClock) -> Asker:
    limits = {"changes_per_day": 5}
    return Asker(
        account_id=account.id,
        key_id=await insert_key(database, account.id, clock, limits),
        name="operator",
        client="tests",
        scopes=frozenset({Scope.LISTINGS_WRITE, Scope.CONFIRM}),
        limits=limits,
    )


@pytest.fixture
async def bench(
    *,
    database: Database,
    clock: FixedClock,
    asker: Asker,
    account: TargetAccount,
    amazon: SellingPartner,
    simulator: str,
    seller: Seller,
    world: World,
) -> AsyncIterator[Bench]:
    target = replace(
        account,
        seller_id=seller.seller_id,
        region=seller.region,
        marketplaces=seller.marketplaces,
    )
    listings = [
        one
        for one in world.seller(seller.slug).listings_at(clock.now())
        if one.marketplace == MARKET and one.buyable
    ]
    rich = next(one for one in listings if one.business_price and one.minimum_price)
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        yield Bench(database, clock, target, amazon, http, simulator, listings, rich, asker)
