"""Finances 2024-06-19: transactions with their items and breakdowns.

Facts 2.7: at most 180 days, posted more than two minutes ago, the region's where
no marketplace is named; orders may show 48 hours late. A page may be empty and
not the last: here every third one is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import BY_ID, MARKETPLACES
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Pages
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import Seller, SellerWorld
from stockroom.simulator.world.money import BookedItem, Booking, Charge, bookings

LONGEST = timedelta(days=180)
JUST_NOW = timedelta(minutes=2)
TOKEN_LIFETIME = timedelta(hours=1)
PAGE = 100
STATUSES = ("DEFERRED", "RELEASED", "DEFERRED_RELEASED")
_GROUPS = {"Principal": "Product Charges", "Commission": "Amazon Fees"}
_DESCRIPTIONS = {"Shipment": "Order Payment", "Refund": "Refund Order"}
Row = dict[str, Any]


class Finances:
    """The seller's balance."""

    def __init__(self, oracle: Oracle, clock: Clock) -> None:
        self._oracle = oracle
        self._pages: Pages[Row | None] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        path = "/finances/2024-06-19/transactions"
        return [Operation("listTransactions", "GET", path, self.transactions)]

    async def transactions(self, call: Call) -> Response:
        """``listTransactions``: oldest first; following pages repeat the question."""
        token = call.request.query_params.get("nextToken")
        if token:
            page = self._pages.following(call.account, token)
        else:
            page = self._pages.first(call.account, await self._found(call), PAGE)
        payload: Row = {"transactions": [row for row in page.rows if row is not None]}
        if page.next_token:
            payload["nextToken"] = page.next_token
        return JSONResponse({"payload": payload})

    async def _found(self, call: Call) -> list[Row | None]:
        request, newest = call.request, call.now - JUST_NOW
        since = query.instant(request, "postedAfter")
        until = query.instant(request, "postedBefore") or newest
        if since is None or since > newest or until > newest or until <= since:
            raise invalid("postedAfter and postedBefore must be in order and two minutes ago.")
        if until - since > LONGEST:
            return []
        wanted = query.chosen(request, "transactionStatus", STATUSES) or STATUSES
        place = request.query_params.get("marketplaceId")
        if place is not None and place not in BY_ID:
            raise invalid("marketplaceId is not a marketplace.")
        booked = await self._oracle.ask(
            call.account, call.now, lambda world: _booked(world, since, until, call.now)
        )
        rows = [
            _transaction(one, call.seller, call.now)
            for one in booked
            if place in {None, MARKETPLACES[one.marketplace].id}
            and _status(one, call.now) in wanted
        ]
        return _with_gaps(rows)


def _booked(world: SellerWorld, since: datetime, until: datetime, now: datetime) -> list[Booking]:
    return [one for one in bookings(world, since, until) if one.visible_at <= now]


def _with_gaps(rows: list[Row]) -> list[Row | None]:
    """The rows, with pages in between on which there is nothing."""
    spaced: list[Row | None] = []
    for at in range(0, len(rows), 2 * PAGE):
        spaced += rows[at : at + 2 * PAGE]
        if at + 2 * PAGE < len(rows):
            spaced += [None] * PAGE
    return spaced


def _status(one: Booking, now: datetime) -> str:
    if one.held_until is None:
        return "RELEASED"
    return "DEFERRED" if one.held_until > now else "DEFERRED_RELEASED"


def _transaction(one: Booking, seller: Seller, now: datetime) -> Row:
    place = MARKETPLACES[one.marketplace]
    return {
        "sellingPartnerMetadata": {
            "sellingPartnerId": seller.seller_id,
            "accountType": "Standard Orders",
            "marketplaceId": place.id,
        },
        "relatedIdentifiers": [
            {"relatedIdentifierName": name, "relatedIdentifierValue": value}
            for name, value in _related(one, now).items()
        ],
        "transactionType": one.kind,
        "transactionId": one.id,
        "transactionStatus": _status(one, now),
        "description": _DESCRIPTIONS.get(one.kind, "FBA Inventory Reimbursement"),
        "postedDate": zulu_time(one.at),
        "totalAmount": _money(one.cents, one.currency),
        "marketplaceDetails": {
            "marketplaceId": place.id,
            "marketplaceName": place.sales_channel,
        },
        "items": [_item(item, one) for item in one.items],
        "contexts": [],
        "breakdowns": _branches(list(one.items), one.currency),
    }


def _related(one: Booking, now: datetime) -> dict[str, str]:
    found = {"ORDER_ID": one.order_id} if one.order_id else {}
    if one.releases:
        found["DEFERRED_TRANSACTION_ID"] = one.releases
    if one.held_until is not None and one.held_until <= now:
        found["RELEASE_TRANSACTION_ID"] = one.release.id
    return found


def _item(item: BookedItem, one: Booking) -> Row:
    event = item.event
    contexts: list[Row] = [
        {
            "contextType": "ProductContext",
            "asin": event.asin,
            "sku": event.msku,
            "quantityShipped": event.units,
            "fulfillmentNetwork": "AFN" if event.channel == "FBA" else "MFN",
        }
    ]
    if one.held_until is not None:
        matures = zulu_time(one.held_until)
        contexts.append(
            {"contextType": "DeferredContext", "deferralReason": "DD7", "maturityDate": matures}
        )
    return {
        "description": event.msku,
        "relatedIdentifiers": [],
        "totalAmount": _money(item.cents, one.currency),
        "breakdowns": _branches([item], one.currency),
        "contexts": contexts,
    }


def _branches(items: list[BookedItem], currency: str) -> list[Row]:
    """Amounts by name, under the two branches that Amazon shows."""
    branches: dict[str, list[Charge]] = {}
    for item in items:
        for charge in item.charges:
            fees = "Expenses" if charge.kind == "ItemFees" else "Sales"
            branches.setdefault(fees, []).append(charge)
    return [
        _breakdown(name, sum(charge.cents for charge in charges), currency)
        | {"breakdowns": [_leaf(charge, currency) for charge in charges]}
        for name, charges in branches.items()
    ]


def _leaf(charge: Charge, currency: str) -> Row:
    group = _GROUPS.get(charge.name)
    leaf = _breakdown(charge.name, charge.cents, currency)
    if group is None:
        return leaf
    return _breakdown(group, charge.cents, currency) | {"breakdowns": [leaf]}


def _breakdown(name: str, cents: int, currency: str) -> Row:
    return {
        "breakdownType": name,
        "breakdownAmount": _money(cents, currency),
        "breakdowns": [],
    }


def _money(cents: int, currency: str) -> Row:
    return {"currencyCode": currency, "currencyAmount": cents / 100}
