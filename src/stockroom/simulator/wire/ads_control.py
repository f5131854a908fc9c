"""Sponsored Products, version 3: entities listed and updated.

Each kind has a media type of its own, asked and answered; anything else is refused.
An update answers 207: what was taken and what was not, item by item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.simulator.wire.ads_desk import AdsDesk
from stockroom.simulator.wire.ads_edits import missing, problems
from stockroom.simulator.wire.ads_entities import KINDS, Kind, runs
from stockroom.simulator.wire.ads_errors import ads_error
from stockroom.simulator.wire.ads_gateway import AdsCall, AdsHandler, AdsOperation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.world import SellerWorld

Row = dict[str, Any]
_MOST: Final = 1000
_TOKEN_LIFETIME: Final = timedelta(hours=1)
_LIVING: Final = ("ENABLED", "PAUSED")
"""What is listed when no state is named."""


class AdsControl:
    """The operations on entities."""

    def __init__(self, oracle: Oracle, desk: AdsDesk, clock: Clock) -> None:
        self._oracle = oracle
        self._desk = desk
        self._pages: Pages[Row] = Pages(clock, _TOKEN_LIFETIME)

    @property
    def operations(self) -> list[AdsOperation]:
        """What the wire serves."""
        return [one for kind in KINDS for one in self._of(kind)]

    def _of(self, kind: Kind) -> list[AdsOperation]:
        name = f"SponsoredProducts{kind.operations}"
        return [
            AdsOperation(f"list{name}", "POST", f"{kind.path}/list", self._listing(kind)),
            AdsOperation(f"update{name}", "PUT", kind.path, self._updating(kind)),
        ]

    def _listing(self, kind: Kind) -> AdsHandler:
        async def listed(call: AdsCall) -> Response:
            if refusal := _wrong_type(call, kind):
                return refusal
            try:
                body = _object(await call.request.body())
                page = await self._page(call, kind, body)
            except InvalidInputError as error:
                return ads_error(400, error.summary)
            answer: Row = {kind.name: page.rows}
            if page.next_token:
                answer["nextToken"] = page.next_token
            return JSONResponse(answer, media_type=kind.media_type)

        return listed

    async def _page(self, call: AdsCall, kind: Kind, body: Row) -> Page[Row]:
        if token := body.get("nextToken"):
            return self._pages.following(call.account, str(token))
        rows = [row for row in await self._rows(call, kind) if _meant(kind, body, row)]
        return self._pages.first(call.account, rows, _size(body))

    def _updating(self, kind: Kind) -> AdsHandler:
        async def updated(call: AdsCall) -> Response:
            if refusal := _wrong_type(call, kind):
                return refusal
            try:
                items = _items(_object(await call.request.body()), kind)
            except InvalidInputError as error:
                return ads_error(400, error.summary)
            there = {row[kind.id]: row for row in await self._rows(call, kind, settled=True)}
            told: dict[str, list[Row]] = {"success": [], "error": []}
            for index, item in enumerate(items):
                wrong = self._edited(call, kind, item, there.get(str(item.get(kind.id))))
                if wrong:
                    told["error"].append({"index": index, "errors": wrong})
                else:
                    told["success"].append({"index": index, kind.id: item[kind.id]})
            return JSONResponse({kind.name: told}, 207, media_type=kind.media_type)

        return updated

    def _edited(
        self, call: AdsCall, kind: Kind, item: Mapping[str, Any], now: Row | None
    ) -> list[Row]:
        """Make one edit, or say what is wrong with it."""
        assert call.marketplace is not None
        if now is None:
            return [missing(kind)]
        fields = {name: value for name, value in item.items() if name != kind.id}
        today = call.now.astimezone(call.marketplace.zone).date()
        wrong = list(problems(kind, fields, now, call.marketplace, today))
        if not wrong:
            entity = kind.name, now[kind.id]
            self._desk.edit(call.account, entity, fields, call.now, today=today)
        return wrong

    async def _rows(self, call: AdsCall, kind: Kind, *, settled: bool = False) -> list[Row]:
        """Every entity of a kind in the profile; ``settled``: also with what does not show yet."""
        assert call.marketplace is not None
        place, now = call.marketplace.code, call.now

        def question(world: SellerWorld) -> list[Row]:
            return [row for run in runs(world, place, now) for row in kind.rows(run)]

        rows = await self._oracle.ask(call.account, now, question)
        moment = None if settled else now
        return [
            self._desk.laid_over(call.account, kind.name, row[kind.id], row, moment) for row in rows
        ]


def _wrong_type(call: AdsCall, kind: Kind) -> Response | None:
    headers, wanted = call.request.headers, kind.media_type.lower()
    if headers.get("content-type", "").partition(";")[0].lower() != wanted:
        return ads_error(415, f"Content-Type must be {kind.media_type}")
    if headers.get("accept", "").lower() != wanted:
        return ads_error(406, f"Accept must be {kind.media_type}")
    return None


def _object(content: bytes) -> Row:
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise InvalidInputError("The request body is not a JSON object")
    return body


def _items(body: Row, kind: Kind) -> list[Row]:
    items = body.get(kind.name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInputError(f"{kind.name} must be a list of objects")
    if len(items) > _MOST:
        raise InvalidInputError(f"{kind.name} must have at most {_MOST} entries")
    return items


def _meant(kind: Kind, body: Row, row: Row) -> bool:
    for name in dict.fromkeys((kind.id, "campaignId", "adGroupId")):
        wanted = _included(body, f"{name}Filter")
        if wanted is not None and row.get(name) not in wanted:
            return False
    return row["state"] in (_included(body, "stateFilter") or _LIVING)


def _included(body: Row, name: str) -> list[Any] | None:
    chosen = body.get(name)
    if chosen is None:
        return None
    if not isinstance(chosen, dict) or not isinstance(chosen.get("include"), list):
        raise InvalidInputError(f"{name} must have a list called include")
    return list(chosen["include"])


def _size(body: Row) -> int:
    most = body.get("maxResults", _MOST)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= _MOST:
        raise InvalidInputError(f"maxResults must be a number from 1 to {_MOST}")
    return most
