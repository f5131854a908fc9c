"""``reimbursements``: what Amazon paid for lost, damaged and returned units, and took back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Described
from sqlalchemy import Text, bindparam

from stockroom.core.clock import Clock
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.reports.reimbursements import Reimbursement
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
from stockroom.tools.columns import iso_day, iso_instant, money
from stockroom.tools.layout import Field
from stockroom.tools.loaded import loaded_until, through
from stockroom.tools.outside_text import cleaned, words
from stockroom.tools.sheet import Sheet
from stockroom.tools.span import EndArgument, Span, StartArgument, within

_T = table_of(Reimbursement)
_C = _T.c
_FIELDS = (
    Field(
        "day", "Day of the approval, of the account's main marketplace.", iso_day(_C.day), "date"
    ),
    Field("reimbursement_id", "Amazon's.", _C.reimbursement_id),
    Field("reason", "Amazon's word; Reimbursement_Reversal takes one back.", _C.reason),
    Field("sku", "Seller SKU.", _C.sku),
    Field("fnsku", "Amazon's label.", _C.fnsku),
    Field("amount_total", "Paid; negative when taken back.", money(_C.amount_total), "money"),
    Field("currency", "Of the amounts.", _C.currency),
    Field("units_total", "Units paid for, in money or in kind.", _C.units_total, "units"),
    Field("units_cash", "Of these, in money.", _C.units_cash, "units"),
    Field("units_inventory", "Of these, given back as units.", _C.units_inventory, "units"),
    Field("order_id", "The customer's order it is about, if any.", _C.order_id),
    Field("case_id", "The seller's case it answers, if any.", _C.case_id),
    Field(
        "original_reimbursement_id",
        "The reimbursement that this one takes back or changes.",
        _C.original_reimbursement_id,
    ),
    Field("amount_per_unit", "Per unit.", money(_C.amount_per_unit), "money", full=True),
    Field("asin", "Amazon's product.", _C.asin, full=True),
    Field("condition", "Of the units.", _C.condition, full=True),
    Field(
        "original_reimbursement_type",
        "What that one was.",
        _C.original_reimbursement_type,
        full=True,
    ),
    Field("approved_at", "When.", iso_instant(_C.approved_at), "instant", full=True),
)
_SHEET = Sheet(
    "reimbursements",
    _T,
    _FIELDS,
    order=(_C.day, _C.reimbursement_id, _C.ordinal),
    descending=True,
    dated={},
    always=(within(_C.day),),
    optional={"reason": _C.reason == bindparam("reason", type_=Text())},
)
_WORDS = dict.fromkeys(("reason", "condition", "original_reimbursement_type"), words)
_LOADED = loaded_until("reimbursements")
QUERIES = (*_SHEET.queries(), _LOADED)


@read_tool(scope=Scope.FINANCE_READ, title="Reimbursements", columns=_SHEET.columns)
async def reimbursements(
    db: ReadSession,
    clock: Clock,
    *,
    sku: SkuFilter = None,
    start: StartArgument = None,
    end: EndArgument = None,
    reason: Annotated[
        str | None, Described(description="Only this, e.g. Lost_Warehouse.", max_length=60)
    ] = None,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """What Amazon paid, newest first; 90 days unless said otherwise.

    Use it for what was paid for which units. Reversals are rows of their own with negative
    amounts: net them. Never add amounts of two currencies. Amazon names no marketplace.
    """
    span = Span.of(start, end, clock, default=90, most=548)
    asked = Asked.of(None, sku, cursor, limit, detail)
    filters = {"reason": readable(reason, "reason") if reason is not None else None}
    given = {name: value for name, value in filters.items() if value is not None}
    page = await _SHEET.page(db, asked, (_LOADED, {}), **span.params(), **given)
    page = through(cleaned(page, _WORDS), "reimbursements")
    return await answered(
        db,
        asked,
        page,
        datasets=("reimbursements",),
        filters=filters | span.params(),
        notes=(span.note(),),
    )
