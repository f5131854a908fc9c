"""Stock and cover: every listing of an account, sorted and filtered as its address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.content import charts
from stockroom.entrypoints.web.content.asking import reading
from stockroom.entrypoints.web.content.listing import Chosen, chosen, pages
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.content.shelf_rows import BANDS, SORTS, UNKNOWN, shelf_rows
from stockroom.entrypoints.web.figures import said
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.metrics.formulas.bands import Bands
from stockroom.tools.accounts import SETTINGS

PAGE = 50
_TONES = {
    "out_of_stock": "gone",
    "critical": "bad",
    "at_risk": "warn",
    "warning": "mild",
    "healthy": "good",
    "excess": "info",
    "no_demand": "still",
    UNKNOWN: "still",
}
"""Every band in the order of urgency, with the colour of its column."""


async def stock_page(request: Request) -> Response:
    """The listings."""
    membership, account = account_of(request)
    path = f"{home_of(membership, account)}/stock"
    asked = chosen(
        *(path, request.query_params),
        filters=("q", "marketplace", "band"),
        sorts=SORTS,
        sort="cover",
    )
    async with reading(house_of(request), account) as db:
        given = _given(asked)
        found, counted, settings = await db.many(
            (shelf_rows(asked.sort, descending=asked.descending), given | _place(asked)),
            (BANDS, {name: given[name] for name in ("search", "marketplace")}),
            (SETTINGS, {}),
        )
    names = shelf_rows(asked.sort, descending=asked.descending).columns
    rows = [dict(zip(names, row, strict=True)) for row in found]
    total = rows[0]["total"] if rows else 0
    bands = Bands.of_settings(settings[0][0] if settings else {})
    return show(
        request,
        "stock.html",
        membership,
        account,
        asked=asked,
        rows=rows,
        total=total,
        pages=pages(total, PAGE),
        as_of=_as_of(counted),
        meanings=_meanings(bands),
        **_distribution(counted),
    )


def _given(asked: Chosen) -> dict[str, Any]:
    return {
        "search": asked.given("q"),
        "marketplace": asked.given("marketplace"),
        "band": asked.given("band"),
    }


def _place(asked: Chosen) -> dict[str, int]:
    return {"limit": PAGE, "offset": (asked.page - 1) * PAGE}


def _distribution(counted: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The chart of how many listings are in each band, and the same as numbers."""
    numbers = {band: count for band, count, *_ in counted}
    shown = {band: numbers.get(band, 0) for band in _TONES if band != UNKNOWN or band in numbers}
    panel, drawn = charts.columns(
        [(said(band), count, _TONES[band]) for band, count in shown.items()], height=170
    )
    return {"bands": shown, "tones": _TONES, "panel": panel, "columns": drawn}


def _as_of(counted: Sequence[Sequence[Any]]) -> Mapping[str, Any]:
    asked = [at for _, _, at, _ in counted if at is not None]
    demand = [day for *_, day in counted if day is not None]
    return {"asked": min(asked, default=None), "demand": min(demand, default=None)}


def _meanings(bands: Bands) -> Mapping[str, str]:
    """What each band means for this account."""
    return {
        "out_of_stock": "sells, and nothing is there",
        "critical": f"under {bands.critical} days",
        "at_risk": f"{bands.critical} to {bands.at_risk} days",
        "warning": f"{bands.at_risk} to {bands.warning} days",
        "healthy": f"{bands.warning} days and more",
        "excess": f"over {bands.excess} days with everything on its way",
        "no_demand": "nothing sold in 30 days, or unknown",
        UNKNOWN: "not worked out yet",
    }
