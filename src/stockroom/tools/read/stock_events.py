"""``stock_events``: every movement of units in Amazon's network, as its ledger tells."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described
from sqlalchemy import Text, bindparam

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import marketplace as marketplace_of
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.reports.layouts.ledger_reasons import reason_class
from stockroom.reports.ledger_detail import LedgerEvent
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
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.columns import iso_day
from stockroom.tools.layout import Field
from stockroom.tools.loaded import loaded_until, through
from stockroom.tools.outside_text import cleaned, words
from stockroom.tools.sheet import Sheet
from stockroom.tools.span import EndArgument, Span, StartArgument, within

_TYPES = Literal[
    "Receipts", "Shipments", "CustomerReturns", "WhseTransfers", "Adjustments", "VendorReturns"
]
_T = table_of(LedgerEvent)
_C = _T.c
_FIELDS = (
    Field("day", "Amazon's own day.", iso_day(_C.day), "date"),
    Field("network", "The warehouses it happened in: with fnsku, the pool.", _C.network),
    Field("sku", "Seller SKU of the units.", _C.sku),
    Field("fnsku", "Amazon's label.", _C.fnsku),
    Field("event_type", "Amazon's word.", _C.event_type),
    Field("quantity", "Units; what leaves is negative.", _C.quantity, "units"),
    Field("disposition", "Condition the units were, or are now, in.", _C.disposition),
    Field("reason", "Amazon's code, of adjustments.", _C.reason),
    Field(
        "reason_class",
        "What the code means: lost, found, damaged, disposition_in or _out, disposed, donated, "
        "correction, redefined_in or _out; unknown: Amazon's help does not list it.",
        reason_class(_C.reason),
    ),
    Field("reference_id", "Amazon's; of receipts, the shipment.", _C.reference_id),
    Field("fulfillment_center", "The warehouse.", _C.fulfillment_center),
    Field("country", "Where it stands.", _C.country),
    Field("asin", "Amazon's product.", _C.asin, full=True),
    Field("reconciled_units", "Settled by later events.", _C.reconciled_units, "units", full=True),
    Field("unreconciled_units", "Still open.", _C.unreconciled_units, "units", full=True),
)
_SHEET = Sheet(
    "stock_events",
    _T,
    _FIELDS,
    order=(_C.day, _C.fnsku, _C.ordinal),
    descending=True,
    dated={},
    always=(within(_C.day),),
    optional={
        "network": _C.network == bindparam("network", type_=Text()),
        "event_type": _C.event_type == bindparam("event_type", type_=Text()),
    },
)
_WORDS = dict.fromkeys(("event_type", "disposition", "reason", "reference_id"), words)
_LOADED = loaded_until("ledger_detail")
QUERIES = (*_SHEET.queries(), _LOADED)


@read_tool(scope=Scope.STOCK_READ, title="Stock events", columns=_SHEET.columns)
async def stock_events(
    db: ReadSession,
    clock: Clock,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    event_type: Annotated[_TYPES | None, Described(description="Only these.")] = None,
    start: StartArgument = None,
    end: EndArgument = None,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """How stock came to be what it is: receipts, shipments, returns, transfers, losses, finds.

    Newest first; 30 days unless said otherwise, at most 92. Use it to explain a change of stock.
    marketplace means the network that serves it. For what lies there now use stock.
    """
    span = Span.of(start, end, clock, default=30, most=92)
    asked = Asked.of(None, sku, cursor, limit, detail)
    place = marketplace_of(marketplace) if marketplace is not None else None
    given = {"network": place.network if place else None, "event_type": event_type}
    filters = {name: value for name, value in given.items() if value is not None}
    page = await _SHEET.page(db, asked, (_LOADED, {}), **span.params(), **filters)
    page = through(cleaned(page, _WORDS), "ledger_detail")
    return await answered(
        db,
        asked,
        page,
        datasets=("ledger_detail",),
        filters=filters | span.params(),
        notes=(span.note(),),
    )
