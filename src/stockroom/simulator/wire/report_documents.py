"""Report documents: rendered when due, handed out by addresses that live five minutes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Edit, Generation, Listings
from stockroom.simulator.moods.influence import Influence, charset, note
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire import query
from stockroom.simulator.wire.changed_listings import listings_with
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.listing_changes import ListingChanges
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.report_jobs import Report, ReportShelf
from stockroom.simulator.wire.storage import Addresses, missing
from stockroom.simulator.world import SellerWorld, World

URL_LIFETIME = timedelta(seconds=300)
"""Reports: the document URL lives 5 minutes (recorded ``X-Amz-Expires=300``)."""
COMPRESSED_FROM = 20_000
"""Bytes; smaller documents come as they are, without ``compressionAlgorithm``."""
KEPT = 12
"""Rendered documents in memory: a URL is used at once or soon; later it is rendered again."""
PYTHON_CODECS = {"Cp1252": "cp1252", "UTF-8": "utf-8"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as it lies in Amazon's storage."""

    body: bytes
    content_type: str
    zipped: bool


class ReportDocuments:
    """Rendering, addresses, and the storage behind them.

    Args:
        world: Whose sellers the documents are about.
        shelf: The reports that left them.
        oracle: Reads the worlds.
        clock: The simulator's clock.
        moods: What the moods that are on do.
        changes: What callers wrote: no document contradicts it.
    """

    def __init__(
        self,
        world: World,
        shelf: ReportShelf,
        oracle: Oracle,
        clock: Clock,
        *,
        moods: Influence,
        changes: ListingChanges,
    ) -> None:
        self._world = world
        self._shelf = shelf
        self._oracle = oracle
        self._clock = clock
        self._moods = moods
        self._changes = changes
        self._rendered: OrderedDict[str, Rendered] = OrderedDict()
        self._addresses = Addresses("/documents", URL_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        path = "/reports/2021-06-30/documents/{document_id:path}"
        return [Operation("getReportDocument", "GET", path, self.get, report_type=self._type)]

    @property
    def storage(self) -> Route:
        """Where the addresses lead: not the Selling Partner API, so no token and no quota."""
        return Route("/documents/{document_id:path}", self.download, methods=["GET"])

    async def get(self, call: Call) -> Response:
        """``getReportDocument``: an address, and whether the bytes are compressed."""
        document_id = call.request.path_params["document_id"]
        report = self._shelf.by_document(document_id, call.now)
        if report is None or report.account != call.account:
            raise NotFoundError("The requested report document could not be found.")
        document = await self._document(report)
        # New in April 2026: lets HTTP clients decompress by themselves.
        unzip = query.flag(call.request, "enableContentEncodingUrlHeader")
        more = {"response-content-encoding": "gzip"} if unzip else {}
        at = Occasion(call.account, "getReportDocument", report.type)
        age = self._moods.address_age(at, URL_LIFETIME)
        if age:
            note(call.request, "expired-url")
        answer = {
            "reportDocumentId": document_id,
            "url": self._addresses.of(call.request, document_id, call.now - age, **more),
        }
        if document.zipped:
            answer["compressionAlgorithm"] = "GZIP"
        return JSONResponse(answer)

    async def download(self, request: Request) -> Response:
        """The bytes, or storage's refusal in XML."""
        entry = request.scope[ENTRY]
        entry.operation = "downloadDocument"
        now = self._clock.now()
        document_id = request.path_params["document_id"]
        refusal = self._addresses.refusal(request, document_id, now)
        report = self._shelf.by_document(document_id, now)
        if refusal is not None or report is None:
            return refusal or missing()
        seller = self._world.sellers[report.account]
        entry.seller, entry.account = seller.seller_id, seller.slug
        at = Occasion(report.account, entry.operation, report.type)
        return await self._moods.around(request, at, lambda: self._stored(request, report))

    async def _stored(self, request: Request, report: Report) -> Response:
        document = await self._document(report)
        for mood in report.poisons:
            note(request, mood)
        headers = {"Content-Type": document.content_type}
        if document.zipped and "response-content-encoding" in request.query_params:
            headers["Content-Encoding"] = "gzip"
        return Response(document.body, headers=headers)

    async def _type(self, call: Call) -> str:
        report = self._shelf.by_document(call.request.path_params["document_id"], call.now)
        return report.type if report and report.account == call.account else ""

    async def _document(self, report: Report) -> Rendered:
        known = self._rendered.get(report.id)
        if known is None:
            edit = self._moods.edit(report.poisons, report.type, report.id)
            listings = listings_with(self._changes, report.account)
            known = await self._oracle.ask(
                report.account,
                report.finished_at,
                # Whoever asked again in the queue finds what was rendered for the first.
                lambda world: (
                    self._rendered.get(report.id) or render(world, report, edit, listings)
                ),
            )
            self._rendered[report.id] = known
        self._rendered.move_to_end(report.id)
        while len(self._rendered) > KEPT:
            self._rendered.popitem(last=False)
        return known


def render(world: SellerWorld, report: Report, edit: Edit, listings: Listings) -> Rendered:
    """The document a finished report leaves: its rows, or why there are none."""
    view = DOCUMENTS[report.type]
    name = charset(report.poisons, view.charset(report.ask.region))
    reason = view.objection(report.ask)
    text = (
        view.text(world, _generation(report, listings), edit) if reason is None else f"{reason}\n"
    )
    body = text.encode(PYTHON_CODECS[name], errors="replace")
    zipped = len(body) >= COMPRESSED_FROM
    return Rendered(
        gzip.compress(body, compresslevel=6, mtime=0) if zipped else body,
        # Facts 1.1: the content type is where the charset is said.
        f"{view.media_type}; charset={name}",
        zipped,
    )


def _generation(report: Report, listings: Listings) -> Generation:
    start = report.ask.start or report.created_at
    # Nothing lies beyond the moment of generation, whatever end was asked for.
    end = min(report.ask.end or report.created_at, report.finished_at)
    return Generation(report.ask, start, end, report.finished_at, listings)
