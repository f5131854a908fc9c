"""``inbound_shipments``: what is on its way to Amazon, how far it is, and when it can be sold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described
from sqlalchemy import Text, bindparam

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.metrics.arrivals import Arrival
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
from stockroom.tools.outside_text import cleaned, words
from stockroom.tools.sheet import Sheet

_T = table_of(Arrival)
_C = _T.c
_FIELDS = (
    Field("marketplace", "Country code under which Amazon lists it.", _C.marketplace),
    Field("shipment_id", "Amazon's (FBA…), as in the ledger.", _C.shipment_id),
    Field("sku", "Seller SKU.", _C.sku),
    Field("fnsku", "Amazon's label.", _C.fnsku),
    Field("status", "Amazon's word.", _C.status),
    Field("units_shipped", "Expected by Amazon.", _C.units_shipped, "units"),
    Field(
        "units_received",
        "Counted so far; goes on for weeks after CLOSED.",
        _C.units_received,
        "units",
    ),
    Field("units_coming", "What cover counts: 0 unless under way.", _C.units_coming, "units"),
    Field(
        "expected_on",
        "Expected to be for sale; null unless under way.",
        iso_day(_C.expected_on),
        "date",
    ),
    Field(
        "eta_source",
        "delivery_window (its end + learned median), shipped_seen (first seen under way + learned "
        "median) or first_seen (+ transit_days, 21 unless set).",
        _C.eta_source,
    ),
    Field("statuses", "Each status with the day we first saw it.", _C.statuses, "list"),
    Field("name", "The seller's name for it: data.", _C.name, full=True),
    Field("destination_fc", "The warehouse.", _C.destination_fc, full=True),
    Field("first_seen", "Day we first saw it.", iso_day(_C.first_seen), "date", full=True),
    Field("window_start", "Of the delivery window.", iso_day(_C.window_start), "date", full=True),
    Field("window_end", "Of the delivery window.", iso_day(_C.window_end), "date", full=True),
    Field(
        "available_on",
        "Day by which half of it was received, by the ledger.",
        iso_day(_C.available_on),
        "date",
        full=True,
    ),
    Field("pool", "The stock it adds to.", _C.pool, full=True),
    Field("as_of", "Day whose closing it describes.", iso_day(_C.as_of), "date", full=True),
)
_SHEET = Sheet(
    "inbound_shipments",
    _T,
    _FIELDS,
    order=(_C.rank, _C.shipment_id, _C.sku, _C.fnsku),
    dated={"inbound_shipments": iso_day(_C.as_of)},
    optional={"stage": _C.stage == bindparam("stage", type_=Text())},
)
QUERIES = tuple(_SHEET.queries())


@read_tool(scope=Scope.INBOUND_READ, title="Inbound shipments", columns=_SHEET.columns)
async def inbound_shipments(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    status: Annotated[
        Literal["coming", "announced", "ended"] | None,
        Described(
            description="coming: SHIPPED to RECEIVING. ended: CLOSED, CANCELLED and the like."
        ),
    ] = None,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Shipments to Amazon per SKU: status, expected and received units, expected day. Soonest first.

    Use it for what is on its way, what is late, and what Amazon has not counted. Amazon gives no
    dates: expected_on is ours, and eta_source says from what. For whether it lands in time use
    days_of_cover.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    given = {"stage": status} if status else {}
    page = cleaned(await _SHEET.page(db, asked, **given), {"name": words})
    return await answered(
        db,
        asked,
        page,
        datasets=("inbound_shipments", "inbound_items"),
        filters={"status": status},
    )
