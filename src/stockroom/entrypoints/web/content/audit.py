"""The audit: what happened in an account, who did it, what was refused, and each change in full."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.content.asking import reading
from stockroom.entrypoints.web.content.audit_rows import FACETS, TRAIL, step_of
from stockroom.entrypoints.web.content.listing import Chosen, chosen, pages
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.content.read_counts import reads_in
from stockroom.entrypoints.web.surroundings import house_of

PAGE = 50
_DAY = timedelta(days=1)


async def audit_page(request: Request) -> Response:
    """The trail, newest first."""
    membership, account = account_of(request)
    house = house_of(request)
    path = f"{home_of(membership, account)}/audit"
    filters = ("who", "tool", "action", "since", "until")
    asked = chosen(path, request.query_params, filters=filters)
    given = _given(asked)
    async with reading(house, account) as db:
        found, facets = await db.many((TRAIL, given), (FACETS, {}))
    rows = [dict(zip(TRAIL.columns, row, strict=True)) for row in found]
    total = rows[0]["total"] if rows else 0
    return show(
        request,
        "audit.html",
        membership,
        account,
        asked=asked,
        steps=[step_of(row) for row in rows],
        total=total,
        pages=pages(total, PAGE),
        actions=[action for (action,) in facets],
        reads=await reads_in(house, membership, account, given["since"], given["before"]),
        tools=sorted(tool.name for tool in house.write_tools),
    )


def _given(asked: Chosen) -> dict[str, Any]:
    last = _begin_of(asked.given("until"))
    return {
        "who": asked.given("who"),
        "tool": asked.given("tool"),
        "action": asked.given("action"),
        "since": _begin_of(asked.given("since")),
        "before": None if last is None else last + _DAY,
        "limit": PAGE,
        "offset": (asked.page - 1) * PAGE,
    }


def _begin_of(text: str | None) -> datetime | None:
    """The first instant of a UTC day; a text that is no day filters nothing."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return datetime.combine(day, time(0), UTC) if day < date.max else None
