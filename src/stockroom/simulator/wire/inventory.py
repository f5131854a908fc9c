"""FBA Inventory v1 summaries: what Amazon says it holds, listing by listing.

Facts 2.3: asked per marketplace, every listing shows the stock of the pool that
serves it. European listings of one FNSKU all show the European stock, two MSKUs
of one FNSKU both show it, a remote-fulfilled listing shows the other country's.
Merchant-fulfilled SKUs are absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.last_moves import LastMoves
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.plan_desk import PlanDesk
from stockroom.simulator.wire.plan_rows import desk_shipments
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import InboundShipment, ListingState, PoolStock, SellerWorld

PAGE = 50
TOKEN_LIFETIME = timedelta(seconds=30)
"""Facts 2.3: a nextToken works for 30 seconds."""
OLDEST_START = timedelta(days=548)
"""Changes are known for 18 months."""
MOST_SKUS = 50

CONDITION = "NewItem"
_NOTHING = PoolStock(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A listing and the stock of the pool behind it."""

    listing: ListingState
    stock: PoolStock
    updated_at: datetime


class Inventory:
    """The one operation Amazon keeps for production."""

    def __init__(self, oracle: Oracle, clock: Clock, desk: PlanDesk) -> None:
        self._oracle = oracle
        self._desk = desk
        self._moves: defaultdict[str, LastMoves] = defaultdict(LastMoves)
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        return [
            Operation("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", self.summaries)
        ]

    async def summaries(self, call: Call) -> Response:
        """``getInventorySummaries``."""
        marketplace_id = _marketplace_id(call)
        token = call.request.query_params.get("nextToken")
        page = (
            self._pages.following(call.account, token)
            if token
            else await self._first(call, marketplace_id)
        )
        answer: dict[str, Any] = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": marketplace_id},
                "inventorySummaries": page.rows,
            }
        }
        if page.next_token:
            # Facts 2.3: pagination stands beside the payload, not in it.
            answer["pagination"] = {"nextToken": page.next_token}
        return JSONResponse(answer)

    async def _first(self, call: Call, marketplace_id: str) -> Page[Row]:
        since = query.instant(call.request, "startDateTime")
        if since is not None and since < call.now - OLDEST_START:
            raise invalid("startDateTime must be no earlier than 18 months ago.")
        skus = query.csv(call.request, "sellerSkus", most=MOST_SKUS)
        skus = skus or query.csv(call.request, "sellerSku", most=1)
        details = query.flag(call.request, "details")
        (market,) = query.marketplaces(call.seller, [marketplace_id], most=1)

        def question(world: SellerWorld) -> list[Row]:
            moves = self._moves[call.account].by(world, call.now)
            planned = desk_shipments(self._desk, call.account, world, call.now)
            stock = _with_planned(world.stock_at(call.now), planned)
            shelves = [
                Shelf(one, stock.get(pool, _NOTHING), moves.get(pool, one.created_at))
                for one in world.listings_at(call.now)
                if one.marketplace == market.code and (pool := _pool(one))
            ]
            if since is not None:  # the SKU parameters are then ignored
                shelves = [one for one in shelves if one.updated_at >= since]
            elif skus:
                shelves = [one for one in shelves if one.listing.sku in skus]
            return [_row(one, details=details) for one in shelves]

        rows = await self._oracle.ask(call.account, call.now, question)
        return self._pages.first(call.account, rows, PAGE)


def _with_planned(
    stock: Mapping[tuple[str, str], PoolStock], planned: Iterable[InboundShipment]
) -> dict[tuple[str, str], PoolStock]:
    """What plans made over the wire add: units that the seller is about to send."""
    changed = dict(stock)
    for one in planned:
        if one.status == "WORKING":
            known = changed.get((one.network, one.fnsku), _NOTHING)
            working = known.inbound_working + one.units
            changed[one.network, one.fnsku] = replace(known, inbound_working=working)
    return changed


def _pool(listing: ListingState) -> tuple[str, str] | None:
    if listing.network is None or listing.fnsku is None:
        return None  # merchant-fulfilled
    return listing.network, listing.fnsku


def _marketplace_id(call: Call) -> str:
    params = call.request.query_params
    if params.get("granularityType") != "Marketplace":
        raise invalid("granularityType must be Marketplace.")
    ids = query.csv(call.request, "marketplaceIds", most=1)
    if not ids or params.get("granularityId") != ids[0]:
        raise invalid("granularityId and marketplaceIds must name the same marketplace.")
    return query.marketplaces(call.seller, ids, most=1)[0].id


def _row(shelf: Shelf, *, details: bool) -> Row:
    listing, stock = shelf.listing, shelf.stock
    home = [one.sales_channel for one in MARKETPLACES.values() if one.network == listing.network]
    row: Row = {
        "asin": listing.asin,
        "fnSku": listing.fnsku,
        "sellerSku": listing.sku,
        "condition": CONDITION,
        "lastUpdatedTime": zulu_time(shelf.updated_at),
        "productName": listing.title,
        "totalQuantity": _total(stock),
        # Remote fulfilment names the store whose stock is sold.
        "stores": home if listing.remote else [],
    }
    return {**row, "inventoryDetails": _details(stock)} if details else row


def _total(stock: PoolStock) -> int:
    """Amazon: the units in an inbound shipment or in its fulfilment centres."""
    inbound = stock.inbound_working + stock.inbound_shipped + stock.inbound_receiving
    return inbound + stock.on_hand + stock.researching + stock.unsellable


def _details(stock: PoolStock) -> Row:
    return {
        "fulfillableQuantity": stock.sellable,
        "inboundWorkingQuantity": stock.inbound_working,
        "inboundShippedQuantity": stock.inbound_shipped,
        "inboundReceivingQuantity": stock.inbound_receiving,
        "reservedQuantity": {
            "totalReservedQuantity": (
                stock.reserved_orders + stock.fc_transfer + stock.fc_processing
            ),
            "pendingCustomerOrderQuantity": stock.reserved_orders,
            "pendingTransshipmentQuantity": stock.fc_transfer,
            "fcProcessingQuantity": stock.fc_processing,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": stock.researching,
            "researchingQuantityBreakdown": _researching(stock.researching),
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": stock.unsellable,
            "customerDamagedQuantity": stock.customer_damaged,
            "warehouseDamagedQuantity": stock.warehouse_damaged,
            "distributorDamagedQuantity": stock.distributor_damaged,
            "carrierDamagedQuantity": stock.carrier_damaged,
            "defectiveQuantity": stock.defective,
            "expiredQuantity": stock.expired,
        },
    }


def _researching(units: int) -> list[Row]:
    return [
        {"name": "researchingQuantityInShortTerm", "quantity": units},
        {"name": "researchingQuantityInMidTerm", "quantity": 0},
        {"name": "researchingQuantityInLongTerm", "quantity": 0},
    ]
