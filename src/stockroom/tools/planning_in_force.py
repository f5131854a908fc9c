"""Which planning input counts for a SKU: its own, else its group's, else the account's, else the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, select

from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.records.input_kinds import INPUT_KINDS, PRODUCT_GROUP, InputKind
from stockroom.tools.asked import Asked
from stockroom.tools.emptiness import KNOWN
from stockroom.tools.planning_sheet import IN_FORCE, TABLE
from stockroom.tools.planning_values import Value, shown, spelled_value

_C = TABLE.c
_STORED = (
    *(_C.marketplace, _C.sku, _C.product_group, _C.input, _C.value, _C.label),
    *(_C.unit, _C.currency, _C.said_by, _C.said_at, _C.version, _C.change_id),
)
OWN = Query(
    select(*_STORED).where(IN_FORCE, _C.sku == func.any(bindparam("skus", type_=ARRAY(Text()))))
)
SHARED = Query(
    select(*_STORED).where(
        IN_FORCE,
        _C.sku == "",
        _C.product_group == func.any(bindparam("groups", type_=ARRAY(Text()))),
    )
)
QUERIES = (OWN, SHARED)
_NOBODYS = ""


class Stored(NamedTuple):
    """One input on file."""

    marketplace: str
    sku: str
    product_group: str
    input: str
    value: Decimal | None
    label: str | None
    unit: str | None
    currency: str | None
    said_by: str
    said_at: datetime
    version: int
    change_id: UUID

    @property
    def shown(self) -> Value:
        """Its value as it is shown."""
        stored = None if self.value is None else str(self.value)
        return shown(self.input, {"label": self.label, "value": stored})


Place = tuple[str, str]
"""A marketplace and a SKU in it."""
_Key = tuple[str, str, str, str]


async def in_force(db: ReadSession, asked: Asked) -> list[dict[str, Any]]:
    """What counts for each SKU asked for, wherever it is listed or something was said of it."""
    own_rows, known = await db.many(
        (OWN, {"skus": list(asked.skus)}), (KNOWN, {"skus": list(asked.skus)})
    )
    own = [Stored(*row) for row in own_rows]
    groups = {one.label for one in own if one.input == PRODUCT_GROUP and one.label}
    shared = await db.rows(SHARED, groups=[_NOBODYS, *sorted(groups)])
    stored = {(one[0], one[1], one[2], one[3]): one for one in (*own, *map(Stored._make, shared))}
    places = {(market, sku) for sku, market in known} | {(one.marketplace, one.sku) for one in own}
    wanted = (place for place in places if asked.marketplace in {None, place[0]})
    return [row for place in sorted(wanted) for row in _of_place(place, stored)]


def _of_place(place: Place, stored: Mapping[_Key, Stored]) -> Iterator[dict[str, Any]]:
    market, sku = place
    member = stored.get((market, sku, _NOBODYS, PRODUCT_GROUP))
    group = None if member is None else member.label
    levels: Iterable[tuple[str, str, str]] = (
        ("sku", sku, _NOBODYS),
        *([("product_group", _NOBODYS, group)] if group else []),
        ("account", _NOBODYS, _NOBODYS),
    )
    for kind in INPUT_KINDS.values():
        found = ((source, stored.get((market, s, g, kind.name))) for source, s, g in levels)
        source, nearest = next(((s, one) for s, one in found if one is not None), (None, None))
        said = _default(kind) if nearest is None else _said(nearest, source)
        yield {"marketplace": market, "sku": sku, "product_group": group, "input": kind.name} | said


def _said(one: Stored, source: str | None) -> dict[str, Any]:
    at = one.said_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "value": one.shown,
        "unit": one.unit,
        "currency": one.currency,
        "source": source,
        "set_by": one.said_by,
        "valid_from": at,
        "valid_until": None,
        "version": one.version,
        "change_id": str(one.change_id),
    }


def _default(kind: InputKind) -> dict[str, Any]:
    value = None if kind.default is None else spelled_value(kind, kind.default)
    nobody = dict.fromkeys(
        ("currency", "set_by", "valid_from", "valid_until", "version", "change_id")
    )
    source = None if value is None else "default"
    return {"value": value, "unit": kind.unit, "source": source} | nobody
