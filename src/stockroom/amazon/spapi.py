"""The Selling Partner API of one seller: reports, stock and listings; the others are beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sp_api.asyncio.api import (
    Inventories,
    ListingsItemsV20210801,
    ProductTypeDefinitions,
    Reports,
    Sellers,
)

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, iso, segment
from stockroom.amazon.awd import AwdApi
from stockroom.amazon.documents import Address, Documents
from stockroom.amazon.finances import FinancesApi
from stockroom.amazon.inbound import InboundApi
from stockroom.amazon.inbound_planning import InboundPlanningApi
from stockroom.amazon.json_document import json_document
from stockroom.amazon.outbound import OutboundApi
from stockroom.amazon.paging import pages, whole
from stockroom.amazon.ports import (
    Advertiser,
    AmazonAnswer,
    Download,
    Participation,
    ReportSpec,
    ReportStatus,
)
from stockroom.amazon.repeat import Repeat
from stockroom.amazon.transport import Transport
from stockroom.core.marketplaces import Marketplace

_LISTING_PARTS = "summaries,attributes,issues,offers,fulfillmentAvailability,productTypes"
_LISTINGS_PAGE = 20
_REPORTS_PAGE = 100
_MOST_TYPES = 10
_LOCALE = "en_US"


class SpApi(InboundApi, InboundPlanningApi, AwdApi, OutboundApi, FinancesApi):
    """Implements :class:`stockroom.amazon.ports.SellingPartner`.

    Args:
        transport: The seller's HTTP policy.
        documents: Opens what the Reports API points to.
        seller_id: The seller's merchant id, part of listing paths.
        ads: The seller's advertising, where it is connected.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        documents: Documents,
        seller_id: str,
        ads: Advertiser | None = None,
    ) -> None:
        super().__init__(transport)
        self._documents = documents
        self._seller_id = seller_id
        self.ads = ads

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
            body["dataStartTime"] = iso(spec.start)
        if spec.end is not None:
            body["dataEndTime"] = iso(spec.end)
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
        path = segment(report_id, "report_id")
        answer = await self._ask(
            rates.GET_REPORT,
            Reports,
            lambda api: api.get_report(path, marketplaceIds=NO_MARKETPLACE),
        )
        return answers.report_status(answer)

    async def reports(self, report_types: Sequence[str], since: datetime) -> list[ReportStatus]:
        """Reports created since then, newest first; Amazon takes ten types at a time."""
        found: list[ReportStatus] = []
        for at in range(0, len(report_types), _MOST_TYPES):
            found += await self._listed(report_types[at : at + _MOST_TYPES], since)
        return sorted(found, key=lambda status: status.created_at, reverse=True)

    async def _listed(self, report_types: Sequence[str], since: datetime) -> list[ReportStatus]:
        first = {
            "reportTypes": ",".join(report_types),
            "createdSince": iso(since),
            "pageSize": _REPORTS_PAGE,
            "marketplaceIds": NO_MARKETPLACE,
        }

        async def page(token: str | None) -> AmazonAnswer:
            # A token must come alone: with any other parameter Amazon answers 400.
            query = first if token is None else {"nextToken": token}
            return await self._ask(rates.GET_REPORTS, Reports, lambda api: api.get_reports(**query))

        return [
            status async for answer in pages(page) for status in answers.report_statuses(answer)
        ]

    def document(self, document_id: str) -> AbstractAsyncContextManager[Download]:
        """Open a report document."""
        path = segment(document_id, "document_id")

        async def address() -> Address:
            answer = await self._ask(
                rates.GET_REPORT_DOCUMENT, Reports, lambda api: api.get_report_document(path)
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
        seller = segment(self._seller_id, "seller_id")

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
        path = (segment(self._seller_id, "seller_id"), segment(sku, "sku"))
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

    async def product_type_schema(
        self, product_type: str, marketplace: Marketplace
    ) -> Mapping[str, Any]:
        """The JSON Schema of a product type; what this seller may say is in it."""
        path = segment(product_type, "product type")
        query = {
            "marketplaceIds": marketplace.id,
            "sellerId": self._seller_id,
            "requirements": "LISTING",
            # A patch names some attributes: what a whole listing needs is not its matter.
            "requirementsEnforced": "NOT_ENFORCED",
        }

        async def address() -> Address:
            answer = await self._ask(
                rates.GET_PRODUCT_TYPE,
                ProductTypeDefinitions,
                lambda api: api.get_definitions_product_type(path, **query),
            )
            return answers.schema_address(answer)

        return await json_document(self._documents.open(address))

    async def patch_listing(
        self, sku: str, marketplace: Marketplace, body: Mapping[str, Any], *, preview: bool
    ) -> AmazonAnswer:
        """Validate or submit a patch; a submit is sent once."""
        path = (segment(self._seller_id, "seller_id"), segment(sku, "sku"))
        query = {"marketplaceIds": marketplace.id, "issueLocale": _LOCALE}
        if preview:
            query["mode"] = "VALIDATION_PREVIEW"
        return await self._ask(
            rates.PATCH_LISTING,
            ListingsItemsV20210801,
            lambda api: api.patch_listings_item(*path, body=dict(body), **query),
            repeat=Repeat.FREELY if preview else Repeat.NEVER,
        )
