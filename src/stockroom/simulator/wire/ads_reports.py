"""Reporting of the advertising API, version 3: ask, watch, cancel, fetch."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.simulator.documents.ads import rendered
from stockroom.simulator.moods.influence import Influence, note
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire.ads_asking import ask_of
from stockroom.simulator.wire.ads_errors import ads_error
from stockroom.simulator.wire.ads_gateway import AdsCall, AdsOperation
from stockroom.simulator.wire.ads_shelf import AdsReport, AdsShelf
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.storage import Addresses, missing
from stockroom.simulator.wire.times import zulu_milliseconds
from stockroom.simulator.world import World

URL_LIFETIME: Final = timedelta(seconds=3599)
"""Facts 4: a presigned link, valid about an hour; a later GET gives a new one."""
CREATE: Final = "application/vnd.createasyncreportrequest.v3+json"
KEPT: Final = 12
"""Rendered documents in memory."""
_BASE: Final = "/reporting/reports"


class AdsReports:
    """The operations on reports, and the storage behind them."""

    def __init__(
        self, world: World, shelf: AdsShelf, oracle: Oracle, clock: Clock, moods: Influence
    ) -> None:
        self._world = world
        self._shelf = shelf
        self._oracle = oracle
        self._clock = clock
        self._moods = moods
        self._addresses = Addresses("/ads-documents", URL_LIFETIME)
        self._rendered: OrderedDict[str, bytes] = OrderedDict()

    @property
    def operations(self) -> list[AdsOperation]:
        """What the wire serves."""
        one = f"{_BASE}/{{report_id}}"
        return [
            AdsOperation("createAdsReport", "POST", _BASE, self.create),
            AdsOperation("getAdsReport", "GET", one, self.get),
            AdsOperation("deleteAdsReport", "DELETE", one, self.delete),
        ]

    @property
    def storage(self) -> Route:
        """Where the addresses lead."""
        return Route("/ads-documents/{report_id}", self.download, methods=["GET"])

    async def create(self, call: AdsCall) -> Response:
        """``POST /reporting/reports``: a report, or a 425 that names the one there is."""
        if call.request.headers.get("content-type", "").partition(";")[0] != CREATE:
            return ads_error(415, f"Content-Type must be {CREATE}")
        assert call.marketplace is not None
        try:
            body = _object(await call.request.body())
            ask = ask_of(body, call.marketplace, call.now)
        except InvalidInputError as error:
            return ads_error(400, error.summary)
        there = self._shelf.same(call.account, ask, call.now)
        if there is not None:
            return ads_error(425, f"The Request is a duplicate of : {there.id}")
        at = Occasion(call.account, "createAdsReport", ask.report_type)
        factor = self._moods.generation_factor(at)
        named = str(body.get("name", "")), body["configuration"]
        report = self._shelf.request(call.account, ask, named, call.now, factor=factor)
        return JSONResponse(self._shown(call, report))

    async def get(self, call: AdsCall) -> Response:
        """``GET /reporting/reports/{id}``: how far it is; a fresh address once it is made."""
        report = self._found(call)
        return JSONResponse(self._shown(call, report)) if report else _unknown()

    async def delete(self, call: AdsCall) -> Response:
        """``DELETE /reporting/reports/{id}``."""
        report = self._found(call)
        if report is None:
            return _unknown()
        if report.status(call.now) not in {"PENDING", "PROCESSING"}:
            return ads_error(400, "Only a report that is not finished can be cancelled.")
        self._shelf.delete(report, call.now)
        return JSONResponse({"reportId": report.id})

    async def download(self, request: Request) -> Response:
        """The bytes, or storage's refusal in XML."""
        entry = request.scope[ENTRY]
        entry.operation = "downloadAdsDocument"
        now, report_id = self._clock.now(), request.path_params["report_id"]
        refusal = self._addresses.refusal(request, report_id, now)
        report = self._shelf.stored(report_id, now)
        if refusal is not None or report is None:
            return refusal or missing()
        seller = self._world.sellers[report.account]
        entry.seller, entry.account = seller.seller_id, seller.slug
        at = Occasion(report.account, entry.operation, report.ask.report_type)

        async def answer() -> Response:
            return Response(await self._document(report), media_type="binary/octet-stream")

        return await self._moods.around(request, at, answer)

    def _found(self, call: AdsCall) -> AdsReport | None:
        report = self._shelf.find(call.account, call.request.path_params["report_id"])
        assert call.marketplace is not None
        ours = report is not None and report.ask.marketplace == call.marketplace.code
        return report if ours else None

    async def _document(self, report: AdsReport) -> bytes:
        known = self._rendered.get(report.id)
        if known is None:
            at = report.finished_at
            known = await self._oracle.ask(
                report.account, at, lambda world: rendered(world, report.ask, at)
            )
            self._rendered[report.id] = known
        self._rendered.move_to_end(report.id)
        while len(self._rendered) > KEPT:
            self._rendered.popitem(last=False)
        return known

    def _shown(self, call: AdsCall, report: AdsReport) -> dict[str, Any]:
        status = report.status(call.now)
        shown: dict[str, Any] = {
            "reportId": report.id,
            "name": report.name,
            "status": status,
            "startDate": report.ask.first.isoformat(),
            "endDate": report.ask.last.isoformat(),
            "configuration": dict(report.configuration),
            "createdAt": zulu_milliseconds(report.created_at),
            "updatedAt": zulu_milliseconds(min(call.now, report.finished_at)),
            "generatedAt": None,
            "url": None,
            "urlExpiresAt": None,
            "fileSize": None,
            "failureReason": "The report was cancelled." if status == "FAILED" else None,
        }
        if status != "COMPLETED":
            return shown
        age = self._moods.address_age(
            Occasion(call.account, "getAdsReport", report.ask.report_type), URL_LIFETIME
        )
        if age:
            note(call.request, "expired-url")
        signed_at = call.now - age
        return shown | {
            "generatedAt": zulu_milliseconds(report.finished_at),
            "url": self._addresses.of(call.request, report.id, signed_at),
            "urlExpiresAt": zulu_milliseconds(signed_at + URL_LIFETIME),
        }


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidInputError("The request body is not a JSON object.")
    return value


def _unknown() -> Response:
    return ads_error(404, "The requested report could not be found.")
