"""``returns``: what customers sent back, in which state, and why."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Described
from sqlalchemy import Text, bindparam

from stockroom.core.clock import Clock
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.reports.returns import CustomerReturn
from stockroom.spec.answer import Answer
from stockroom.spec.fact import table_of
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    SkuFilter,
    read_tool,
)
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked, readable
from stockroom.tools.columns import iso_day, iso_instant
from stockroom.tools.layout import Field
from stockroom.tools.loaded import loaded_until, through
from stockroom.tools.outside_text import cleaned, words
from stockroom.tools.sheet import Sheet
from stockroom.tools.span import EndArgument, Span, StartArgument, within

_T = table_of(CustomerReturn)
_C = _T.c
_FIELDS = (
    Field("day", "Day of the return, of the account's main marketplace.", iso_day(_C.day), "date"),
    Field("order_id", "Amazon's order.", _C.order_id),
    Field("sku", "Seller SKU.", _C.sku),
    Field("units", "Units that came back.", _C.units, "units"),
    Field("disposition", "In which state they arrived, Amazon's word.", _C.disposition),
    Field("reason", "The customer's choice, Amazon's word: data.", _C.reason),
    Field("status", "What Amazon did with them: data.", _C.status),
    Field("asin", "Amazon's product.", _C.asin, full=True),
    Field("fnsku", "Amazon's label.", _C.fnsku, full=True),
    Field("fulfillment_center", "Where they arrived.", _C.fulfillment_center, full=True),
    Field("license_plate", "The unit's own label.", _C.license_plate, full=True),
    Field("returned_at", "When.", iso_instant(_C.returned_at), "instant", full=True),
)
_SHEET = Sheet(
    "returns",
    _T,
    _FIELDS,
    order=(_C.day, _C.order_id, _C.sku, _C.ordinal),
    descending=True,
    dated={},
    always=(within(_C.day),),
    optional={"disposition": _C.disposition == bindparam("disposition", type_=Text())},
)
_WORDS = dict.fromkeys(("disposition", "reason", "status"), words)
_LOADED = loaded_until("returns")
QUERIES = (*_SHEET.queries(), _LOADED)


@read_tool(scope=Scope.SALES_READ, title="Returns", columns=_SHEET.columns)
async def returns(
    db: ReadSession,
    clock: Clock,
    *,
    sku: SkuFilter = None,
    start: StartArgument = None,
    end: EndArgument = None,
    disposition: Annotated[
        str | None, Described(description="Only this, e.g. SELLABLE or DEFECTIVE.", max_length=40)
    ] = None,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """FBA customer returns with disposition and reason, newest first; 30 days unless said otherwise.

    Use it for why units come back and whether they can be sold again. Not every return is a
    refund; sales are never reduced by returns. Amazon names no marketplace.
    """
    span = Span.of(start, end, clock, default=30, most=186)
    asked = Asked.of(None, sku, cursor, limit, detail)
    filters = {"disposition": readable(disposition, "disposition") if disposition else None}
    given = {name: value for name, value in filters.items() if value is not None}
    page = await _SHEET.page(db, asked, (_LOADED, {}), **span.params(), **given)
    page = through(cleaned(page, _WORDS), "returns")
    return await answered(
        db,
        asked,
        page,
        datasets=("returns",),
        filters=filters | span.params(),
        notes=(span.note(),),
    )
