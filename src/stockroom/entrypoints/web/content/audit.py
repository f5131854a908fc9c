"""The audit: what happened in an account, who did it, what was refused, and each change in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.web.content.asking import ask, reading
from stockroom.entrypoints.web.content.audit_rows import FACETS, TRAIL, step_of
from stockroom.entrypoints.web.content.listing import Chosen, chosen, pages
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.surroundings import house_of

PAGE = 50
_DAY = timedelta(days=1)


async def audit_page(request: Request) -> Response:
    """The trail, newest first."""
    membership, account = account_of(request)
    house = house_of(request)
    path = f"{home_of(membership, account)}/audit"
    filters = ("who", "tool", "action", "day")
    asked = chosen(path, request.query_params, filters=filters)
    async with reading(house, account) as db:
        found, facets = await db.many((TRAIL, _given(asked)), (FACETS, {}))
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
        tools=sorted(tool.name for tool in house.write_tools),
    )


async def change_page(request: Request) -> Response:
    """One change: before and after, who agreed, what came of it.

    Raises:
        NotFoundError: The account has no such change.
    """
    membership, account = account_of(request)
    house = house_of(request)
    change_id: UUID = request.path_params["change_id"]
    told = await ask(house, account, "changes", id=change_id, detail="full")
    if not told.rows:
        raise NotFoundError(
            "There is no such change in this account.", next_step="Find it in the audit."
        )
    change = told.rows[0]
    return show(
        request,
        "change.html",
        membership,
        account,
        change=change,
        values=_compared(change["before"], change["after"]),
    )


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return [(name, before.get(name), after.get(name)) for name in names]


def _given(asked: Chosen) -> dict[str, Any]:
    begins = _begin_of(asked.given("day"))
    return {
        "who": asked.given("who"),
        "tool": asked.given("tool"),
        "action": asked.given("action"),
        "since": begins,
        "before": None if begins is None else begins + _DAY,
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
