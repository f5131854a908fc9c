"""A world full of trouble, its documents as rows, and its events as an outside judge reads them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

import pytest

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Ask, Generation
from stockroom.simulator.world import SellerWorld, World, WorldOptions, truth

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
DAYS = 200
START = NOW - timedelta(days=DAYS + 2)
SLUGS = ["tallowmere-home", "fennwick-outdoor", "quillon-haus"]
every_seller = pytest.mark.parametrize(
    "slug", [SLUGS[0], pytest.param(SLUGS[1], marks=pytest.mark.slow), SLUGS[2]]
)
"""One of each continent; the second American one is `make soak`'s."""
TROUBLE = {
    "loss_rate": 0.002,
    "damage_rate": 0.002,
    "transfer_rate": 0.2,
    "return_rate": 0.15,
    "replacement_rate": 0.05,
    "mcf_rate": 0.2,
    "short_receipt_rate": 0.6,
    "reimburse_delay_days": 8,
    "reversal_rate": 0.6,
    "strand_rate": 0.01,
    "suppress_rate": 0.01,
    "fbm_share": 0.2,
    "discontinued_share": 0.5,
    "stockout_bias": 0.8,
}
Row = dict[str, str]


@cache
def world() -> World:
    return World(WorldOptions.create(now=NOW, seed=9, skus=16, days=DAYS, overrides=TROUBLE))


def seller(slug: str) -> SellerWorld:
    return world().seller(slug)


@cache
def events(slug: str) -> list[dict[str, Any]]:
    """Everything that happened, as ``stockroom truth --events`` prints it."""
    return [json.loads(line) for line in truth.event_lines(world(), slug, NOW)]


def visible(slug: str, as_of: datetime, *kinds: str) -> list[dict[str, Any]]:
    """The events of ``kinds`` that may be seen at ``as_of``."""
    return [
        row
        for row in events(slug)
        if row["kind"] in kinds and datetime.fromisoformat(row["visible_at"]) <= as_of
    ]


def shown(
    slug: str,
    report_type: str,
    *countries: str,
    start: datetime = START,
    end: datetime = NOW,
    as_of: datetime = NOW,
    **options: str,
) -> list[Row]:
    """The document's rows, read back from its text."""
    view, made = DOCUMENTS[report_type], seller(slug)
    markets = tuple(MARKETPLACES[code] for code in countries or made.seller.marketplaces)
    ask = Ask(made.seller.region, markets, start, end, options)
    assert view.objection(ask) is None or report_type.endswith("SALES_DATA")
    text = view.text(made, Generation(ask, start, end, as_of))
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if view.quoted else csv.QUOTE_NONE
    lines = csv.reader(text.splitlines(), delimiter="\t", quoting=quoting)
    header = next(lines)
    assert header == list(view.columns)
    return [dict(zip(header, line, strict=True)) for line in lines]
