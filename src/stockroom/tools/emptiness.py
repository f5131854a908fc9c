"""Why an answer holds no rows: asked only then, in one more round trip.

Never loaded? A marketplace this account does not sell in? An unknown SKU, or one
of another marketplace? Filtered out? What is outside the account's reach and
what does not exist give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, select

from stockroom.core.text import plain
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.metrics.stock import Stock
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.accounts import SOLD_IN
from stockroom.tools.asked import Asked

MOST_NAMED = 10
"""SKUs named in one note."""

_loaded, _stock = table_of(LoadedDay), table_of(Stock)
_DATASETS = bindparam("datasets", type_=ARRAY(Text()))
LOADED = Query(
    select(_loaded.c.dataset, _loaded.c.marketplace)
    .where(_loaded.c.dataset == func.any(_DATASETS))
    .distinct()
)
KNOWN = Query(
    select(_stock.c.sku, _stock.c.marketplace).where(
        _stock.c.sku == func.any(bindparam("skus", type_=ARRAY(Text())))
    )
)
QUERIES = (LOADED, KNOWN)
NOTHING = "Nothing is known here yet; data_freshness shows what has been loaded."
"""What is said when nothing else explains it."""


async def why_empty(
    db: ReadSession,
    asked: Asked,
    *,
    datasets: Sequence[str],
    filters: Mapping[str, Any],
) -> tuple[str, ...]:
    """Notes that say why nothing was found; none when there is no more to say than that.

    Args:
        db: The account.
        asked: What was asked for.
        datasets: What the answer is made from.
        filters: The tool's own conditions that were given, by argument name.
    """
    if asked.cursor is not None:
        return ("There are no more rows.",)
    loaded, known, sold_in = await db.many(
        (LOADED, {"datasets": list(datasets)}), (KNOWN, {"skus": list(asked.skus)}), (SOLD_IN, {})
    )
    return tuple(
        dict.fromkeys(
            [
                *_missing(datasets, loaded, asked.marketplace),
                *_elsewhere(asked.marketplace, sold_in[0][0] if sold_in else []),
                *_unknown(asked, known),
                *_filtered(filters),
            ]
        )
    )


def _missing(
    datasets: Sequence[str], loaded: Iterable[tuple[str, str]], marketplace: str | None
) -> list[str]:
    found = {
        dataset for dataset, place in loaded if marketplace is None or place in {"", marketplace}
    }
    where = f" for {marketplace}" if marketplace else ""
    return [
        f"{dataset} has never been loaded{where}; see data_freshness."
        for dataset in datasets
        if dataset not in found
    ]


def _elsewhere(marketplace: str | None, sold_in: Sequence[str]) -> list[str]:
    if marketplace is None or marketplace in sold_in:
        return []
    return [f"This account does not sell in {marketplace}; it sells in {', '.join(sold_in)}."]


def _unknown(asked: Asked, known: Iterable[tuple[str, str]]) -> list[str]:
    places: dict[str, list[str]] = {}
    for sku, place in known:
        places.setdefault(sku, []).append(place)
    notes = unknown_skus(asked.skus, places)
    if asked.marketplace is not None:
        notes += [
            f"{plain(sku, 100)} is not listed in {asked.marketplace}; it is in {', '.join(sorted(found))}."
            for sku, found in list(places.items())[:MOST_NAMED]
            if asked.marketplace not in found
        ]
    return notes


def unknown_skus(asked: Sequence[str], found: Iterable[str]) -> list[str]:
    """A note on the SKUs that were asked for and are not among those found."""
    present = set(found)
    unknown = [plain(sku, 100) for sku in asked if sku not in present]
    if not unknown:
        return []
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    named = ", ".join(unknown[:MOST_NAMED])
    return [f"Not found in this account: {named}{more}. SKUs are written exactly as in listings."]


def _filtered(filters: Mapping[str, Any]) -> list[str]:
    given = ", ".join(f"{name}={plain(str(value), 100)}" for name, value in filters.items())
    return [f"Rows may have been filtered out by {given}."] if given else []
