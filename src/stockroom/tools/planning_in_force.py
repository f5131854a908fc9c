"""Which planning input counts for a SKU: its own, else its group's, else the account's, else the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, select

from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.records.input_kinds import INPUT_KINDS, PRODUCT_GROUP, InputKind
from stockroom.tools.asked import Asked
from stockroom.tools.emptiness import KNOWN
from stockroom.tools.planning_sheet import IN_FORCE, TABLE
from stockroom.tools.planning_values import Value, shown, spelled_value
from stockroom.tools.sheet import Call, Rows

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


class Sayings:
    """What is on file of some SKUs, their groups and their marketplaces.

    Args:
        own: Said of a SKU.
        shared: Said of a group, or of all.
    """

    def __init__(self, own: Iterable[Stored], shared: Iterable[Stored]) -> None:
        self._own = list(own)
        self._stored: dict[_Key, Stored] = {
            (one.marketplace, one.sku, one.product_group, one.input): one
            for one in (*self._own, *shared)
        }

    @classmethod
    async def read(
        cls, db: ReadSession, skus: Sequence[str], *beside: Call, withheld: Call | None = None
    ) -> tuple[Self, list[Rows]]:
        """What is on file of them, and the rows of the others from the same round trip."""
        rows, *others = await db.many((OWN, {"skus": list(skus)}), *beside, withheld=withheld)
        own = [Stored(*row) for row in rows]
        groups = {one.label for one in own if one.input == PRODUCT_GROUP and one.label}
        shared = await db.rows(SHARED, groups=[_NOBODYS, *sorted(groups)])
        return cls(own, map(Stored._make, shared)), others

    def places(self) -> set[Place]:
        """Where something was said of a SKU."""
        return {(one.marketplace, one.sku) for one in self._own}

    def of(self, place: Place) -> dict[str, dict[str, Any]]:
        """What counts there, by input."""
        market, sku = place
        group = self.group(place)
        levels: Iterable[tuple[str, str, str]] = (
            ("sku", sku, _NOBODYS),
            *([("product_group", _NOBODYS, group)] if group else []),
            ("account", _NOBODYS, _NOBODYS),
        )
        counting = {}
        for kind in INPUT_KINDS.values():
            found = ((at, self._stored.get((market, s, g, kind.name))) for at, s, g in levels)
            source, nearest = next(
                ((at, one) for at, one in found if one is not None), (None, None)
            )
            counting[kind.name] = _default(kind) if nearest is None else _said(nearest, source)
        return counting

    def group(self, place: Place) -> str | None:
        """The product group of a SKU."""
        member = self._stored.get((*place, _NOBODYS, PRODUCT_GROUP))
        return None if member is None else member.label


async def in_force(db: ReadSession, asked: Asked) -> list[dict[str, Any]]:
    """What counts for each SKU asked for, wherever it is listed or something was said of it."""
    said, (known,) = await Sayings.read(db, asked.skus, (KNOWN, {"skus": list(asked.skus)}))
    places = {(market, sku) for sku, market in known} | said.places()
    wanted = (place for place in places if asked.marketplace in {None, place[0]})
    return [row for place in sorted(wanted) for row in _rows(place, said)]


def _rows(place: Place, said: Sayings) -> Iterator[dict[str, Any]]:
    market, sku = place
    shared = {"marketplace": market, "sku": sku, "product_group": said.group(place)}
    for name, counting in said.of(place).items():
        yield shared | {"input": name} | counting


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
