"""What a key that is limited to marketplaces is told of rows that nothing assigns to one.

Rows of a whole region name no marketplace. Where a network, an order or a listing tells
it, they are shown or do not exist, like all others (see ``db.reach``). The rest is
withheld, and counted: an answer says how much it leaves out, and why.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Table, Text, and_, bindparam, exists, func

from stockroom.db.base import access_of
from stockroom.db.reach import Reach, Told
from stockroom.metrics.stock import Stock
from stockroom.reports.orders import OrderLine
from stockroom.spec.fact import table_of

_REACHED = bindparam("reached", type_=ARRAY(Text()))


def untold(table: Table) -> ColumnElement[bool] | None:
    """The rows of a table whose marketplace nothing tells; None: its column always does.

    Raises:
        TypeError: A tool cannot page through a table that says nothing of its marketplaces.
    """
    match access_of(table).told:
        case Told.MARKETPLACE:
            return None
        case Told.LISTING:
            stock = table_of(Stock).c
            listed = exists().where(stock.sku == table.c.sku)
            return and_(table.c.network == func.any(_REACHED), ~listed)
        case Told.ORDER:
            return ~exists().where(table_of(OrderLine).c.order_id == table.c.order_id)
        case told:
            raise TypeError(f"{table} is told by {told}: its rows cannot be counted.")


def parameters(reach: Reach) -> dict[str, Any]:
    """The parameters of :func:`untold`."""
    return {"reached": reach.setting.split(",")}


def note(count: int, reach: Reach) -> tuple[str, ...]:
    """What the answer says of them."""
    if not count:
        return ()
    codes = ", ".join(reach.marketplaces or ())
    rows = "1 row is" if count == 1 else f"{count} rows are"
    return (
        f"{rows} withheld: nothing in them tells their marketplace, and this key is for {codes} only.",
    )
