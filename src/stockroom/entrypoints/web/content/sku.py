"""One listing: its stock by state, its cover, its health, and ninety days of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content import charts
from stockroom.entrypoints.web.content.asking import Record, ask, reading
from stockroom.entrypoints.web.content.places import account_of, show
from stockroom.entrypoints.web.content.sku_history import history
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.tenancy.principal import Account

_LONGEST_SKU = 100


async def sku_page(request: Request) -> Response:
    """The listing that the address names."""
    membership, account = account_of(request)
    house = house_of(request)
    sku = request.query_params.get("sku", "")
    place = request.query_params.get("marketplace", "")
    stock = await _stock(house, account, sku, place)
    listed, cover, health = [
        await _one(house, account, tool, sku, place)
        for tool in ("listings", "days_of_cover", "inventory_health")
    ]
    today = house.clock.now().astimezone(MARKETPLACES[place].zone).date()
    async with reading(house, account) as db:
        days = await history(db, sku, place, today)
    dates = [one.day for one in days]
    return show(
        request,
        "sku.html",
        membership,
        account,
        sku=sku,
        place=place,
        stock=stock,
        listed=listed,
        cover=cover,
        health=health,
        days=days,
        held=charts.line(dates, [one.on_hand for one in days]),
        sold=charts.bars(dates, [one.sold for one in days]),
    )


async def _stock(house: House, account: Account, sku: str, place: str) -> Record:
    """Its row of ``stock``.

    Raises:
        NotFoundError: The account has no such listing.
    """
    missing = NotFoundError(
        "There is no such listing in this account.", next_step="Find it in the list of stock."
    )
    readable = 0 < len(sku) <= _LONGEST_SKU and sku.strip() and "\0" not in sku
    if not readable or place not in MARKETPLACES:
        raise missing
    found = await _one(house, account, "stock", sku, place)
    if found is None:
        raise missing
    return found


async def _one(
    house: House, account: Account, tool: str, sku: str, place: str
) -> dict[str, Any] | None:
    told = await ask(house, account, tool, sku=[sku], marketplace=place, detail="full")
    rows: Sequence[Record] = told.rows
    return dict(rows[0]) if rows else None
