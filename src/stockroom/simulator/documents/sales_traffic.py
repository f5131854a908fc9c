"""GET_SALES_AND_TRAFFIC_REPORT: orders and visits of one store, by day and by product.

Schema ``sellerSalesAndTrafficReport.json``; facts 1.2: JSON, exactly one
marketplace, at most two years back, rows by product are sums over all days
asked, and days are corrected for up to three days. Here a day's visits in the
app come in 36 hours after the others. Only the dates of the window are read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from stockroom.core.clock import day_end, day_start
from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.documents.view import Ask, DocumentView, Generation, Table
from stockroom.simulator.world import Event, SellerWorld

COLUMNS = ("parentAsin", "childAsin", "sku", "salesByAsin", "trafficByAsin")
APP_LATER = timedelta(hours=36)
FARTHEST = timedelta(days=731)
KINDS = frozenset({"ordered", "shipped", "refunded", "visited"})
_IDENTITY = {"PARENT": 1, "CHILD": 2, "SKU": 3}
"""How many of the columns tell rows apart, by granularity."""
Sums = Counter[str]


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """A product each, of everything asked; cells are JSON."""
    place = generation.ask.marketplaces[0]
    depth = _IDENTITY[generation.ask.options.get("asinGranularity", "PARENT")]
    sums: dict[tuple[str, ...], Sums] = {}
    for day in _days(generation):
        for happened in _of(world, generation, day):
            identity = (happened.asin, happened.asin, happened.msku)[:depth]
            sums.setdefault(identity, Counter()).update(_sums(happened, generation.as_of))
    shown = {key: one for key, one in sums.items() if one["sessions"] or one["units"]}
    total: Sums = Counter()
    for one in shown.values():
        total.update(one)
    for key in sorted(shown):
        cells = (*key, *[None] * (3 - depth), _sales(shown[key], place))
        yield tuple(json.dumps(cell) for cell in (*cells, _traffic(shown[key], total)))


def written(world: SellerWorld, generation: Generation, table: Table) -> str:
    """The document."""
    ask, days = generation.ask, list(_days(generation))
    products = [
        {name: value for name, value in zip(table.columns, cells, strict=True) if value is not None}
        for cells in ([json.loads(cell) for cell in row] for row in table.rows)
    ]
    document = {
        "reportSpecification": {
            "reportType": VIEW.report_type,
            "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "PARENT"}
            | dict(ask.options),
            "dataStartTime": _first(generation).isoformat(),
            "dataEndTime": _last(generation).isoformat(),
            "marketplaceIds": [place.id for place in ask.marketplaces],
        },
        "salesAndTrafficByDate": [_by_date(world, generation, day) for day in days],
        "salesAndTrafficByAsin": products,
    }
    return json.dumps(document, ensure_ascii=False)


def objection(ask: Ask) -> str | None:
    """One store, two years, and a grain that is known."""
    if ask.start is None:
        return "dataStartTime is required for this report type."
    if len(ask.marketplaces) != 1:
        return "Exactly one marketplaceId is required for this report type."
    if ask.options.get("dateGranularity", "DAY") != "DAY":
        return "dateGranularity must be DAY."
    if ask.options.get("asinGranularity", "PARENT") not in _IDENTITY:
        return "asinGranularity must be PARENT, CHILD or SKU."
    return None


VIEW = DocumentView(
    report_type="GET_SALES_AND_TRAFFIC_REPORT",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=None,
    charsets={},
    written=written,
)


# --- what is counted ------------------------------------------------------------------------------


def _first(generation: Generation) -> date:
    return max(generation.start, generation.as_of - FARTHEST).date()


def _last(generation: Generation) -> date:
    return max(_first(generation), generation.end.date())


def _days(generation: Generation) -> Iterator[date]:
    first = _first(generation)
    for offset in range((_last(generation) - first).days + 1):
        yield first + timedelta(days=offset)


def _of(world: SellerWorld, generation: Generation, day: date) -> Iterable[Event]:
    """What happened in the store on its calendar day, and is shown."""
    place = generation.ask.marketplaces[0]
    window = day_start(day, place.zone), day_end(day, place.zone)
    for happened in world.happened(KINDS, *window, generation.as_of):
        elsewhere = happened.refs.get("order_channel") == "mcf" or "replaces" in happened.refs
        if happened.marketplace == place.code and not elsewhere:
            yield happened


def _sums(happened: Event, as_of: datetime) -> Mapping[str, int]:
    cents = int((happened.price or "0").replace(".", ""))
    if happened.kind == "ordered":
        return {"units": happened.units, "items": 1, "cents": cents}
    if happened.kind == "shipped":
        return {"shipped": happened.units, "shipped cents": cents}
    if happened.kind == "refunded":
        return {"refunded": happened.units}
    refs, late = happened.refs, as_of < happened.visible_at + APP_LATER
    app, app_views = refs["app"], refs["app_page_views"]
    browser, views = happened.units - app, refs["page_views"] - app_views
    shown = (0, 0) if late else (app, app_views)
    return {
        "browser": browser,
        "app": shown[0],
        "sessions": browser + shown[0],
        "shared": min(refs["shared"], browser + shown[0]),
        "browser views": views,
        "app views": shown[1],
        "views": views + shown[1],
    }


# --- how it is written -----------------------------------------------------------------------------


def _by_date(world: SellerWorld, generation: Generation, day: date) -> dict[str, Any]:
    place = generation.ask.marketplaces[0]
    found, offers, parcels = Counter[str](), set[str](), set[str]()
    for happened in _of(world, generation, day):
        found.update(_sums(happened, generation.as_of))
        offers.add(happened.asin)
        if happened.kind == "shipped":
            parcels.add(happened.refs["order_id"])
    sessions = found["sessions"] - found["shared"]
    items, units = found["items"], found["units"]
    sales = _sales(found, place) | {
        "averageSalesPerOrderItem": _money(found["cents"], items, place),
        "averageUnitsPerOrderItem": round(units / items, 2) if items else 0,
        "averageSellingPrice": _money(found["cents"], units, place),
        "unitsRefunded": found["refunded"],
        "refundRate": _percent(min(found["refunded"], units), units),
        "claimsGranted": 0,
        "claimsAmount": _money(0, 1, place),
        "shippedProductSales": _money(found["shipped cents"], 1, place),
        "unitsShipped": found["shipped"],
        "ordersShipped": len(parcels),
    }
    app = min(found["app"], sessions)
    traffic = {
        "browserPageViews": found["browser views"],
        "mobileAppPageViews": found["app views"],
        "pageViews": found["views"],
        "browserSessions": sessions - app,
        "mobileAppSessions": app,
        "sessions": sessions,
        "buyBoxPercentage": 100 if sessions else 0,
        "orderItemSessionPercentage": min(100, _percent(items, sessions)),
        "unitSessionPercentage": _percent(units, sessions),
        "averageOfferCount": len(offers),
        "averageParentItems": len(offers),
        "feedbackReceived": 0,
        "negativeFeedbackReceived": 0,
        "receivedNegativeFeedbackRate": 0,
    }
    return {"date": day.isoformat(), "salesByDate": sales, "trafficByDate": traffic}


def _sales(found: Sums, place: Marketplace) -> dict[str, Any]:
    return {
        "unitsOrdered": found["units"],
        "orderedProductSales": _money(found["cents"], 1, place),
        "totalOrderItems": found["items"],
    }


def _traffic(found: Sums, total: Sums) -> dict[str, Any]:
    shares = {
        "browserSession": "browser",
        "mobileAppSession": "app",
        "session": "sessions",
        "browserPageViews": "browser views",
        "mobileAppPageViews": "app views",
        "pageViews": "views",
    }
    return {
        "browserSessions": found["browser"],
        "mobileAppSessions": found["app"],
        "sessions": found["sessions"],
        "browserPageViews": found["browser views"],
        "mobileAppPageViews": found["app views"],
        "pageViews": found["views"],
        **{f"{name}Percentage": _percent(found[key], total[key]) for name, key in shares.items()},
        "buyBoxPercentage": 100 if found["sessions"] else 0,
        "unitSessionPercentage": _percent(found["units"], found["sessions"]),
    }


def _money(cents: int, parts: int, place: Marketplace) -> dict[str, Any]:
    amount = round(cents / parts / 100, 2) if parts else 0.0
    return {"amount": amount, "currencyCode": place.currency}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0
