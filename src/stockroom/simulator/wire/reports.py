"""Reports 2021-06-30: create, watch, list, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Ask
from stockroom.simulator.moods.influence import Influence, note
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.paging import Pages
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.report_jobs import RETENTION, Report, ReportShelf
from stockroom.simulator.wire.times import offset_time, read_time

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
FILTERS = (
    "reportTypes",
    "processingStatuses",
    "marketplaceIds",
    "pageSize",
    "createdSince",
    "createdUntil",
)
TOKEN_LIFETIME = timedelta(hours=1)
BASE = "/reports/2021-06-30"


class Reports:
    """The operations on reports; documents are another file's."""

    def __init__(self, shelf: ReportShelf, clock: Clock, moods: Influence) -> None:
        self._shelf = shelf
        self._moods = moods
        self._pages: Pages[str] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        one = f"{BASE}/reports/{{report_id}}"
        return [
            Operation(
                "createReport", "POST", f"{BASE}/reports", self.create, report_type=_asked_type
            ),
            Operation("getReports", "GET", f"{BASE}/reports", self.search),
            Operation("getReport", "GET", one, self.get, report_type=self._type),
            Operation("cancelReport", "DELETE", one, self.cancel, report_type=self._type),
        ]

    async def create(self, call: Call) -> Response:
        """``createReport``: 202 with the id, whatever becomes of it."""
        body = await query.json_object(call.request)
        report_type = body.get("reportType")
        if not isinstance(report_type, str) or report_type not in DOCUMENTS:
            raise invalid(f"reportType {str(report_type)[:100]} is not available.")
        if DOCUMENTS[report_type].automatic:
            raise invalid(f"reportType {report_type} cannot be requested.")
        at = Occasion(call.account, "createReport", report_type)
        report = self._shelf.request(
            call.account,
            report_type,
            _ask(call, body),
            call.now,
            factor=self._moods.generation_factor(at),
            poisons=self._moods.poisons(at),
        )
        for mood in report.poisons:
            note(call.request, mood)
        return JSONResponse({"reportId": report.id}, status_code=202)

    async def get(self, call: Call) -> Response:
        """``getReport``."""
        return JSONResponse(_shown(self._found(call), call.now))

    async def cancel(self, call: Call) -> Response:
        """``cancelReport``: only what is still in the queue can be cancelled."""
        report = self._found(call)
        if report.status(call.now) != "IN_QUEUE":
            raise invalid("Only reports with processingStatus IN_QUEUE can be cancelled.")
        self._shelf.cancel(report, call.now)
        return JSONResponse({})

    async def search(self, call: Call) -> Response:
        """``getReports``: newest first, by filters or by ``nextToken`` alone."""
        request = call.request
        token = request.query_params.get("nextToken")
        if token is None:
            size = query.whole(request, "pageSize", default=10, most=100)
            page = self._pages.first(call.account, list(self._matching(call)), size)
        elif any(name in request.query_params for name in FILTERS):
            # Facts 1.1: nextToken must be the only parameter.
            raise invalid("nextToken must be the only parameter.")
        else:
            page = self._pages.following(call.account, token)
        known = [self._shelf.find(call.account, report_id, call.now) for report_id in page.rows]
        answer: dict[str, Any] = {"reports": [_shown(one, call.now) for one in known if one]}
        if page.next_token:
            answer["nextToken"] = page.next_token
        return JSONResponse(answer)

    def _found(self, call: Call) -> Report:
        report_id = call.request.path_params["report_id"]
        report = self._shelf.find(call.account, report_id, call.now)
        if report is None:
            raise NotFoundError("One or more of the provided ReportRequestIds could not be found.")
        return report

    async def _type(self, call: Call) -> str:
        report = self._shelf.find(call.account, call.request.path_params["report_id"], call.now)
        return report.type if report else ""

    def _matching(self, call: Call) -> Iterator[str]:
        request = call.request
        types = query.csv(request, "reportTypes", most=10)
        if not types:
            raise invalid("Either reportTypes or nextToken is required.")
        statuses = query.chosen(request, "processingStatuses", STATUSES) or STATUSES
        wanted = set(query.csv(request, "marketplaceIds", most=10))
        # Facts 1.1: at most 90 days back, and that is the default.
        oldest = call.now - RETENTION
        since = max(query.instant(request, "createdSince") or oldest, oldest)
        until = query.instant(request, "createdUntil") or call.now
        for report in self._shelf.listed(call.account, call.now):
            if (
                since <= report.created_at <= until
                and report.type in types
                and report.status(call.now) in statuses
                and (not wanted or wanted & {one.id for one in report.ask.marketplaces})
            ):
                yield report.id


async def _asked_type(call: Call) -> str:
    try:
        body = await query.json_object(call.request)
    except InvalidInputError:
        return ""  # its handler will say what is wrong with it
    return str(body.get("reportType", ""))


def _ask(call: Call, body: Mapping[str, Any]) -> Ask:
    ids = body.get("marketplaceIds")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise invalid("marketplaceIds must be a list of strings.")
    options = body.get("reportOptions") or {}
    # Facts 1.1: option values are strings, also the booleans.
    if not isinstance(options, dict) or not all(isinstance(v, str) for v in options.values()):
        raise invalid("reportOptions must map names to strings.")
    start, end = (_instant(body, name) for name in ("dataStartTime", "dataEndTime"))
    if start and start > (end or call.now):
        raise invalid("dataStartTime must not be after dataEndTime.")
    markets = query.marketplaces(call.seller, ids)
    return Ask(call.seller.region, tuple(markets), start, end, options)


def _instant(body: Mapping[str, Any], name: str) -> datetime | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} must be an ISO 8601 date and time.")
    return read_time(value, name)


def _shown(report: Report, now: datetime) -> dict[str, Any]:
    status = report.status(now)
    shown: dict[str, Any] = {
        "reportId": report.id,
        "reportType": report.type,
        "marketplaceIds": [one.id for one in report.ask.marketplaces],
        # Recorded: a report without a window shows its creation time twice.
        "dataStartTime": offset_time(report.ask.start or report.created_at),
        "dataEndTime": offset_time(report.ask.end or report.created_at),
        "createdTime": offset_time(report.created_at),
        "processingStatus": status,
    }
    if status == "IN_QUEUE":
        return shown
    if report.cancelled_at is not None:
        return shown | {"processingEndTime": offset_time(report.cancelled_at)}
    shown["processingStartTime"] = offset_time(report.started_at)
    if status != "IN_PROGRESS":
        shown["processingEndTime"] = offset_time(report.finished_at)
        if report.document_id is not None:
            shown["reportDocumentId"] = report.document_id
    return shown
