"""What the house needs of Amazon, for one seller. Every failure is an AmazonError."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from stockroom.amazon.ads_ports import AdsControl
from stockroom.amazon.inbound_ports import InboundPlanning
from stockroom.amazon.outbound_ports import OutboundOrders
from stockroom.core.marketplaces import Marketplace


class ReportState(StrEnum):
    """Amazon's processing states."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FATAL = "FATAL"


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """One report as Amazon describes it."""

    report_id: str
    report_type: str
    state: ReportState
    document_id: str | None
    created_at: datetime
    data_start: datetime | None
    data_end: datetime | None
    marketplace_ids: tuple[str, ...]
    options: Mapping[str, str]
    started: bool = True
    """Whether Amazon began to make it: what is cancelled before, somebody took out of the queue."""
    ended_at: datetime | None = None
    """When Amazon had made it."""


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """What to ask Amazon to generate."""

    report_type: str
    marketplaces: tuple[Marketplace, ...]
    start: datetime | None = None
    end: datetime | None = None
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """An open document: its bytes, decompressed, in blocks.

    Args:
        content_type: As the server sent it; carries the charset.
        blocks: Decompressed bytes. Raises BadDocumentError past the size cap or when cut short.
    """

    content_type: str
    blocks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class AmazonAnswer:
    """A JSON answer with the request id that Amazon's support asks for."""

    body: Mapping[str, Any]
    request_id: str


@dataclass(frozen=True, slots=True)
class Participation:
    """A marketplace the seller takes part in."""

    marketplace: Marketplace
    store_name: str
    participating: bool
    suspended: bool


class AdsReportState(StrEnum):
    """The advertising API's processing states."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class AdsReportSpec:
    """What to ask the advertising API to generate: one row per day and subject."""

    report_type: str
    ad_product: str
    group_by: str
    columns: tuple[str, ...]
    first: date
    """Days are the profile's calendar."""
    last: date


@dataclass(frozen=True, slots=True)
class AdsReportStatus:
    """One advertising report as Amazon describes it."""

    report_id: str
    state: AdsReportState
    created_at: datetime
    failure: str
    """Why it failed, in Amazon's words; empty when it did not."""


class Advertiser(AdsControl, Protocol):
    """The advertising of one seller in one region: an authorisation of its own."""

    async def profiles(self) -> tuple[Marketplace, ...]:
        """The marketplaces in which the grant reaches this seller's advertising."""
        ...

    async def create_report(self, marketplace: Marketplace, spec: AdsReportSpec) -> str:
        """Ask for a report; returns its id, or that of the one that is there already."""
        ...

    async def report(self, marketplace: Marketplace, report_id: str) -> AdsReportStatus:
        """The state of one report."""
        ...

    def document(
        self, marketplace: Marketplace, report_id: str
    ) -> AbstractAsyncContextManager[Download]:
        """Open a finished report's document: a fresh URL, fetched at once, status checked."""
        ...


class InboundReads(Protocol):
    """What Amazon tells of shipments to its warehouses."""

    def inbound_shipments(
        self, marketplace: Marketplace, since: datetime, until: datetime
    ) -> AsyncIterator[AmazonAnswer]:
        """Pages of v0 shipments (``payload.ShipmentData``) that changed then, in every status."""
        ...

    def inbound_under_way(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """The same pages, of shipments that have left the seller and are not yet closed."""
        ...

    def inbound_items(
        self, marketplace: Marketplace, since: datetime, until: datetime
    ) -> AsyncIterator[AmazonAnswer]:
        """Pages of v0 items (``payload.ItemData``) that changed then: shipped and received."""
        ...

    def inbound_plans(self, since: datetime) -> AsyncIterator[AmazonAnswer]:
        """Plans of 2024-03-20 that changed since then, the last changed first.

        Pages of ``shipments``: ``{"plan": …, "shipment": …}``, joined from three operations; a
        plan that has no shipment yet stands alone.
        """
        ...


class AwdReads(Protocol):
    """What Amazon tells of its distribution centres (AWD)."""

    def awd_inventory(self) -> AsyncIterator[AmazonAnswer]:
        """Pages of ``inventory`` with details."""
        ...

    def awd_shipments(self, since: datetime, ended_since: datetime) -> AsyncIterator[AmazonAnswer]:
        """Shipments to distribution centres that changed since then; of those that ended, newer ones.

        Pages of ``shipments``: ``{"shipment": …, "sku": …}``, joined from two operations; a
        shipment of which Amazon names no SKU stands alone.
        """
        ...


class FinanceReads(Protocol):
    """What Amazon tells of the seller's money."""

    def transactions(self, since: datetime, until: datetime) -> AsyncIterator[AmazonAnswer]:
        """Pages of transactions (``payload.transactions``) of the region, posted in that time.

        At most 180 days; a page may be empty and not the last.
        """
        ...


class OutboundReads(Protocol):
    """What Amazon tells of multi-channel orders."""

    def mcf_orders(self, since: datetime, until: datetime) -> AsyncIterator[AmazonAnswer]:
        """Orders whose status changed then, whole (``payload``): one answer each.

        They name recipients and their addresses.
        """
        ...


class SellingPartner(
    InboundReads, InboundPlanning, AwdReads, OutboundReads, OutboundOrders, FinanceReads, Protocol
):
    """The Selling Partner API of one seller in one region."""

    @property
    def ads(self) -> Advertiser | None:
        """The same seller's advertising; None when it is not connected."""
        ...

    async def participations(self) -> list[Participation]:
        """Marketplaces of the grant. Rate 0.016/s: ask once a day."""
        ...

    async def create_report(self, spec: ReportSpec) -> str:
        """Ask for a report; returns its id. Never retried after a timeout without looking."""
        ...

    async def report(self, report_id: str) -> ReportStatus:
        """The state of one report."""
        ...

    async def reports(self, report_types: Sequence[str], since: datetime) -> list[ReportStatus]:
        """Reports created since then, newest first (the scarce call: 0.0222/s)."""
        ...

    def document(self, document_id: str) -> AbstractAsyncContextManager[Download]:
        """Open a report document: a fresh URL, fetched at once, status checked."""
        ...

    def inventory_summaries(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """Pages of fbaInventory v1 with details."""
        ...

    def search_listings(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """Pages of the seller's listings, by SKU; Amazon pages at most about 1,000 results."""
        ...

    async def listing(self, sku: str, marketplace: Marketplace) -> AmazonAnswer:
        """One listing, live, with attributes, offers and issues."""
        ...

    async def product_type_schema(
        self, product_type: str, marketplace: Marketplace
    ) -> Mapping[str, Any]:
        """The JSON Schema of a product type there, without what every listing must have."""
        ...

    async def patch_listing(
        self, sku: str, marketplace: Marketplace, body: Mapping[str, Any], *, preview: bool
    ) -> AmazonAnswer:
        """Validate (``preview``) or submit a patch. A submit is sent once, never retried."""
        ...
