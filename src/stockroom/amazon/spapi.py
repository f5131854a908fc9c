"""The Selling Partner API of one seller, built on python-amazon-sp-api's async clients.

The library contributes what Amazon's models say: paths, methods, encodings.
Each call gets a client of its own, because a client keeps state between await
points; it is made without its constructor, which would read the environment
(one variable redirects every call to another region), want credentials, and
open two HTTP clients of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from sp_api.asyncio.api import Inventories, ListingsItemsV20210801, Reports, Sellers

from stockroom.amazon import answers, rates
from stockroom.amazon.documents import Address, Documents
from stockroom.amazon.paging import pages, whole
from stockroom.amazon.ports import (
    AmazonAnswer,
    Download,
    Participation,
    ReportSpec,
    ReportStatus,
)
from stockroom.amazon.rates import Operation
from stockroom.amazon.repeat import Repeat
from stockroom.amazon.transport import Call, Transport
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace

_LISTING_PARTS = "summaries,attributes,issues,offers,fulfillmentAvailability,productTypes"
_LISTINGS_PAGE = 20
_REPORTS_PAGE = 100
_LOCALE = "en_US"
_NO_MARKETPLACE = ()  # named but empty: else the library adds four parameters of its own


class SpApi:
    """Implements :class:`stockroom.amazon.ports.SellingPartner`.

    Args:
        transport: The seller's HTTP policy.
        documents: Opens what the Reports API points to.
        seller_id: The seller's merchant id, part of listing paths.
    """

    def __init__(self, *, transport: Transport, documents: Documents, seller_id: str) -> None:
        self._transport = transport
        self._documents = documents
        self._seller_id = seller_id

    async def participations(self) -> list[Participation]:
        """Marketplaces of the grant."""
        answer = await self._ask(
            rates.GET_PARTICIPATIONS, Sellers, lambda api: api.get_marketplace_participation()
        )
        return answers.participations(answer)

    async def create_report(self, spec: ReportSpec) -> str:
        """Ask for a report; sent again only when Amazon surely made none."""
        body: dict[str, Any] = {
            "reportType": spec.report_type,
            "marketplaceIds": [place.id for place in spec.marketplaces],
        }
        if spec.start is not None:
            body["dataStartTime"] = _iso(spec.start)
        if spec.end is not None:
            body["dataEndTime"] = _iso(spec.end)
        if spec.options:
            body["reportOptions"] = dict(spec.options)
        answer = await self._ask(
            rates.CREATE_REPORT,
            Reports,
            lambda api: api.create_report(**body),
            repeat=Repeat.IF_NOT_DONE,
        )
        return answers.report_id(answer)

    async def report(self, report_id: str) -> ReportStatus:
        """The state of one report."""
        segment = _segment(report_id, "report_id")
        answer = await self._ask(
            rates.GET_REPORT,
            Reports,
            lambda api: api.get_report(segment, marketplaceIds=_NO_MARKETPLACE),
        )
        return answers.report_status(answer)

    async def reports(self, report_types: Sequence[str], since: datetime) -> list[ReportStatus]:
        """Reports created since then, newest first."""
        first = {
            "reportTypes": ",".join(report_types),
            "createdSince": _iso(since),
            "pageSize": _REPORTS_PAGE,
            "marketplaceIds": _NO_MARKETPLACE,
        }

        async def page(token: str | None) -> AmazonAnswer:
            # A token must come alone: with any other parameter Amazon answers 400.
            query = first if token is None else {"nextToken": token}
            return await self._ask(rates.GET_REPORTS, Reports, lambda api: api.get_reports(**query))

        found = [
            status async for answer in pages(page) for status in answers.report_statuses(answer)
        ]
        return sorted(found, key=lambda status: status.created_at, reverse=True)

    def document(self, document_id: str) -> AbstractAsyncContextManager[Download]:
        """Open a report document."""
        segment = _segment(document_id, "document_id")

        async def address() -> Address:
            answer = await self._ask(
                rates.GET_REPORT_DOCUMENT, Reports, lambda api: api.get_report_document(segment)
            )
            return answers.document_address(answer)

        return self._documents.open(address)

    async def inventory_summaries(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """Pages of fbaInventory v1 with details, all of one pull."""
        query = {
            "details": "true",
            "granularityType": "Marketplace",
            "granularityId": marketplace.id,
            "marketplaceIds": marketplace.id,
        }

        async def page(token: str | None) -> AmazonAnswer:
            more = {} if token is None else {"nextToken": token}
            answer = await self._ask(
                rates.GET_INVENTORY,
                Inventories,
                lambda api: api.get_inventory_summary_marketplace(**query, **more),
            )
            answers.rows(answer, "payload", "inventorySummaries")
            return answer

        async for answer in whole(page):
            yield answer

    async def search_listings(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """Pages of the seller's listings, by SKU."""
        query = {
            "marketplaceIds": marketplace.id,
            "includedData": _LISTING_PARTS,
            "issueLocale": _LOCALE,
            "sortBy": "sku",
            "sortOrder": "ASC",
            "pageSize": _LISTINGS_PAGE,
        }
        seller = _segment(self._seller_id, "seller_id")

        async def page(token: str | None) -> AmazonAnswer:
            more = {} if token is None else {"pageToken": token}
            answer = await self._ask(
                rates.SEARCH_LISTINGS,
                ListingsItemsV20210801,
                lambda api: api.search_listings_items(seller, **query, **more),
            )
            answers.rows(answer, "items")
            return answer

        async for answer in pages(page):
            yield answer

    async def listing(self, sku: str, marketplace: Marketplace) -> AmazonAnswer:
        """One listing, live."""
        path = (_segment(self._seller_id, "seller_id"), _segment(sku, "sku"))
        return await self._ask(
            rates.GET_LISTING,
            ListingsItemsV20210801,
            lambda api: api.get_listings_item(
                *path,
                marketplaceIds=marketplace.id,
                includedData=_LISTING_PARTS,
                issueLocale=_LOCALE,
            ),
        )

    async def patch_listing(
        self, sku: str, marketplace: Marketplace, body: Mapping[str, Any], *, preview: bool
    ) -> AmazonAnswer:
        """Validate or submit a patch; a submit is sent once."""
        path = (_segment(self._seller_id, "seller_id"), _segment(sku, "sku"))
        query = {"marketplaceIds": marketplace.id, "issueLocale": _LOCALE}
        if preview:
            query["mode"] = "VALIDATION_PREVIEW"
        return await self._ask(
            rates.PATCH_LISTING,
            ListingsItemsV20210801,
            lambda api: api.patch_listings_item(*path, body=dict(body), **query),
            repeat=Repeat.FREELY if preview else Repeat.NEVER,
        )

    async def _ask(
        self,
        operation: Operation,
        kind: type[Any],
        build: Callable[[Any], Awaitable[object]],
        *,
        repeat: Repeat = Repeat.FREELY,
    ) -> AmazonAnswer:
        call = Call(self._transport, operation, repeat)
        await build(_client(kind, call))
        assert call.answer is not None, f"the library sent nothing for {operation.name}"
        return call.answer


def _client(kind: type[Any], call: Call) -> Any:
    """A library client with what a request needs and nothing else."""
    client = object.__new__(kind)
    client.endpoint = call.transport.endpoint
    client.marketplace_id = ""
    client.version = None
    client.restricted_data_token = "-"  # noqa: S105 - so that it asks for none: the transport signs
    client._transport = call
    return client


def _segment(text: str, field: str) -> str:
    """An id or SKU fit for a place in a path.

    The library encodes it, but no encoding keeps a lone dot from meaning another path.
    """
    if not text.strip() or text in {".", ".."}:
        raise InvalidInputError(
            f"'{text}' cannot be a {field}.", field=field, next_step="Check its spelling."
        )
    return text


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
