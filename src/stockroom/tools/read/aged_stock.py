"""``aged_stock``: how old stock is, what that costs, and whether too little of it costs too."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field as Described
from sqlalchemy import ColumnElement, Text, bindparam, func, or_, select

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.reports.overage_fees import OverageFee
from stockroom.spec.answer import Answer
from stockroom.spec.fact import table_of
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools.aged_sheet import BRACKETS, SHEET
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.columns import iso_day, money
from stockroom.tools.outside_text import cleaned, words

_POOLS = (
    "Units and costs are a pool's: rows of one pool (detail full) show the same ones, never add them. "
    "Amounts of two currencies cannot be compared."
)
_RADAR = (
    "The low-inventory fee applies only while short_supply_days and long_supply_days are both under "
    "28; projected_supply_days is ours, null where our history is too short or nothing was shipped."
)
_WORDS = dict.fromkeys(("alert", "recommended_action"), words)


def _overage() -> Query:
    """The account's newest charges for room beyond the limit, where they were asked about."""
    row, network = table_of(OverageFee).c, bindparam("network", type_=Text())
    newest = select(func.max(row.day)).scalar_subquery()
    shown: tuple[ColumnElement[Any], ...] = (row.country, row.storage_type, row.currency)
    there = or_(network.is_(None), row.network == network)
    return Query(select(iso_day(row.day), *shown, money(row.fee)).where(row.day == newest, there))


_OVERAGE = _overage()
QUERIES = (*SHEET.queries(), _OVERAGE)


@read_tool(scope=Scope.STOCK_READ, title="Aged stock and its fees", columns=SHEET.columns)
async def aged_stock(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    min_age: Annotated[
        int | None,
        Described(description="Only SKUs with units of at least that many days.", ge=1, le=456),
    ] = None,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """FBA units by age, expected surcharge and storage, low-inventory fee; dearest first.

    Use it for what old stock will cost, what Amazon advises to do with it, and which SKUs are near
    the low-inventory fee. For stockouts use days_of_cover.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    given, notes = _bracket(min_age)
    page = cleaned(
        await SHEET.page(db, asked, (_OVERAGE, {"network": _network(asked)}), **given), _WORDS
    )
    return await answered(
        db,
        asked,
        page,
        datasets=("inventory_planning",),
        filters={"min_age": min_age},
        notes=(*notes, _POOLS, _RADAR, *_overages(page.beside[0])),
    )


def _network(asked: Asked) -> str | None:
    """The network of the marketplace that is asked about; None: all of them."""
    return MARKETPLACES[asked.marketplace].network if asked.marketplace else None


def _bracket(min_age: int | None) -> tuple[dict[str, int], tuple[str, ...]]:
    """The bracket from which on all units are that old, as a parameter, and said."""
    if min_age is None:
        return {}, ()
    first = min(days for days in BRACKETS if days >= min_age)
    return {"min_age": first}, (f"Amazon tells ages in brackets: units of {first} days and more.",)


def _overages(rows: list[tuple[Any, ...]]) -> list[str]:
    return [
        f"Overage fee charged on {day}: {fee} {currency} ({kind}, {country})."
        for day, country, kind, currency, fee in rows
    ]
