"""The advertising API of one seller: profiles, reports and entities of version 3.

A profile is the advertising account of one marketplace. Reports are asked for
per profile, take from seconds to hours, and lie behind a link of about an hour,
which is had anew by asking again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from stockroom.amazon.ads_entities import found, listing, outcome, updating
from stockroom.amazon.ads_failures import ads_failure, duplicate_of
from stockroom.amazon.ads_ports import AdsEntity, EntityOutcome
from stockroom.amazon.ads_transport import (
    CREATE_REPORT,
    GET_REPORT,
    LIST_PROFILES,
    AdsRequest,
    AdsTransport,
)
from stockroom.amazon.asking import segment
from stockroom.amazon.documents import Address, Documents
from stockroom.amazon.exchange import Answer
from stockroom.amazon.failures import no_use, plain
from stockroom.amazon.ports import AdsReportSpec, AdsReportState, AdsReportStatus, Download
from stockroom.core.clock import Clock
from stockroom.core.errors import RoleMissingError
from stockroom.core.marketplaces import BY_ID, Marketplace

_CREATE = "application/vnd.createasyncreportrequest.v3+json"
_REPORTS = "/reporting/reports"
_KNOWN_FOR = timedelta(hours=6)
"""Profiles come and go seldom."""


class AdsApi:
    """Implements :class:`stockroom.amazon.ports.Advertiser`.

    Args:
        transport: The seller's HTTP policy.
        documents: Opens what reports point to.
        seller_id: Of all profiles that a grant reaches, this seller's are used.
        clock: How old the known profiles are.
    """

    def __init__(
        self, *, transport: AdsTransport, documents: Documents, seller_id: str, clock: Clock
    ) -> None:
        self._transport = transport
        self._documents = documents
        self._seller_id = seller_id
        self._clock = clock
        self._profiles: dict[str, str] = {}
        self._asked_at: datetime | None = None

    async def profiles(self) -> tuple[Marketplace, ...]:
        """The marketplaces in which the grant reaches this seller's advertising."""
        answer = await self._transport.send(AdsRequest(LIST_PROFILES, "GET", "/v2/profiles"))
        self._profiles = dict(_profiles(answer, self._seller_id))
        self._asked_at = self._clock.now()
        return tuple(BY_ID[id_] for id_ in self._profiles)

    async def create_report(self, marketplace: Marketplace, spec: AdsReportSpec) -> str:
        """Ask for a report. One of the same content that was asked a moment ago is taken over."""
        request = AdsRequest(
            CREATE_REPORT,
            "POST",
            _REPORTS,
            await self._profile(marketplace),
            _body(spec),
            _CREATE,
        )
        answer = await self._transport.send(request)
        there = duplicate_of(answer)
        if there is not None:
            return there
        if answer.status != HTTPStatus.OK:
            raise ads_failure(CREATE_REPORT.name, answer)
        return _text(CREATE_REPORT.name, answer, "reportId")

    async def report(self, marketplace: Marketplace, report_id: str) -> AdsReportStatus:
        """The state of one report."""
        answer = await self._report(marketplace, report_id)
        body = answer.json_object() or {}
        try:
            state = AdsReportState(body["status"])
            created_at = datetime.fromisoformat(body["createdAt"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            raise no_use(GET_REPORT.name, answer) from None
        return AdsReportStatus(report_id, state, created_at, plain(body.get("failureReason")))

    @asynccontextmanager
    async def document(self, marketplace: Marketplace, report_id: str) -> AsyncIterator[Download]:
        """Open a finished report's document."""

        async def address() -> Address:
            answer = await self._report(marketplace, report_id)
            return Address(_text(GET_REPORT.name, answer, "url"), "gzip")

        async with self._documents.open(address) as download:
            yield download

    async def entity(
        self, marketplace: Marketplace, kind: AdsEntity, entity_id: str
    ) -> Mapping[str, Any] | None:
        """One entity as it stands."""
        request = listing(kind, await self._profile(marketplace), entity_id)
        return found(kind, entity_id, await self._transport.send(request))

    async def update_entity(
        self, marketplace: Marketplace, kind: AdsEntity, fields: Mapping[str, Any]
    ) -> EntityOutcome:
        """Change the entity that the fields name: one call."""
        request = updating(kind, await self._profile(marketplace), fields)
        return outcome(kind, await self._transport.send(request))

    async def _report(self, marketplace: Marketplace, report_id: str) -> Answer:
        path = f"{_REPORTS}/{segment(report_id, 'report_id')}"
        profile = await self._profile(marketplace)
        return await self._transport.send(AdsRequest(GET_REPORT, "GET", path, profile))

    async def _profile(self, marketplace: Marketplace) -> str:
        asked_at, now = self._asked_at, self._clock.now()
        if asked_at is None or now - asked_at > _KNOWN_FOR:
            await self.profiles()
        known = self._profiles.get(marketplace.id)
        if known is None:
            raise RoleMissingError(
                f"The advertising grant reaches no profile of this seller in {marketplace.code}.",
                code="profile",
                next_step="Check who may see the advertising account, then run 'stockroom account ads'.",
            )
        return known


def _body(spec: AdsReportSpec) -> Mapping[str, Any]:
    return {
        "name": f"{spec.report_type} {spec.first} {spec.last}",
        "startDate": spec.first.isoformat(),
        "endDate": spec.last.isoformat(),
        "configuration": {
            "adProduct": spec.ad_product,
            "groupBy": [spec.group_by],
            "columns": [*spec.columns],
            "reportTypeId": spec.report_type,
            "timeUnit": "DAILY",
            "format": "GZIP_JSON",
        },
    }


def _profiles(answer: Answer, seller_id: str) -> Iterator[tuple[str, str]]:
    """Marketplace id and profile id of the seller's own profiles, in known marketplaces."""
    try:
        listed = json.loads(answer.content)
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise no_use(LIST_PROFILES.name, answer)
    for one in listed:
        account = one.get("accountInfo") if isinstance(one, dict) else None
        if not isinstance(account, dict) or account.get("id") != seller_id:
            continue
        place, profile = account.get("marketplaceStringId"), one.get("profileId")
        if place in BY_ID and isinstance(profile, int | str):
            yield place, str(profile)


def _text(operation: str, answer: Answer, name: str) -> str:
    value = (answer.json_object() or {}).get(name)
    if not isinstance(value, str) or not value:
        raise no_use(operation, answer)
    return value
