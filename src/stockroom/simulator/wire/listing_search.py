"""What a listings search asks for, and which SKUs answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire import query
from stockroom.simulator.wire.listing_changes import ListingChanges
from stockroom.simulator.wire.listing_items import INCLUDED, ISSUES, status
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import ListingState

STATUSES = ("BUYABLE", "DISCOVERABLE")
IDENTIFIERS = ("ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
MOST_IDENTIFIERS = 20
LARGEST_PAGE = 20


@dataclass(frozen=True, slots=True)
class Search:
    """A validated search. Empty members do not narrow."""

    REACHABLE: ClassVar[int] = 1000
    """Facts 2.8: only the first 1,000 results can be paged to, however many there are."""
    TOKEN_LIFETIME: ClassVar[timedelta] = timedelta(hours=1)

    included: Sequence[str]
    identifiers: frozenset[str]
    identifiers_type: str
    with_status: frozenset[str]
    without_status: frozenset[str]
    severities: frozenset[str]
    created: tuple[datetime | None, datetime | None]
    updated: tuple[datetime | None, datetime | None]
    sort_by: str
    descending: bool
    size: int
    token: str | None

    def found(
        self,
        account: str,
        by_sku: Mapping[str, Sequence[ListingState]],
        changes: ListingChanges,
        now: datetime,
    ) -> list[str]:
        """SKUs that match, in order."""

        def touched(state: ListingState) -> datetime:
            market_id = MARKETPLACES[state.marketplace].id
            written = changes.of(account, state.sku, market_id, now)
            return max([state.updated_at, *(change.visible_at for change in written)])

        order = self._order(by_sku, touched)
        kept = [
            sku
            for sku, states in by_sku.items()
            if any(self._matches(state, touched(state)) for state in states)
        ]
        kept.sort()  # ties never change places between pages
        kept.sort(key=order, reverse=self.descending)
        return kept

    def _order(
        self,
        by_sku: Mapping[str, Sequence[ListingState]],
        touched: Callable[[ListingState], datetime],
    ) -> Callable[[str], Any]:
        if self.sort_by == "sku":
            return lambda sku: sku
        if self.sort_by == "createdDate":
            return lambda sku: min(state.created_at for state in by_sku[sku])
        return lambda sku: max(touched(state) for state in by_sku[sku])

    def _matches(self, state: ListingState, touched_at: datetime) -> bool:
        flags = set(status(state))
        severities = {ISSUES[name]["severity"] for name in state.issues}
        return (
            (not self.identifiers or self._identifier(state) in self.identifiers)
            and (not self.with_status or bool(flags & self.with_status))
            and not flags & self.without_status
            and (not self.severities or bool(severities & self.severities))
            and _between(state.created_at, self.created)
            and _between(touched_at, self.updated)
        )

    def _identifier(self, state: ListingState) -> str | None:
        known = {"SKU": state.sku, "ASIN": state.asin, "FNSKU": state.fnsku}
        return known.get(self.identifiers_type)  # this world has no barcodes


def read_search(request: Request) -> Search:
    """The search a request asks for.

    Raises:
        InvalidInputError: A parameter cannot be used.
    """
    params = request.query_params
    identifiers = query.csv(request, "identifiers", most=MOST_IDENTIFIERS)
    identifiers_type = params.get("identifiersType", "")
    if bool(identifiers) != bool(identifiers_type):
        raise invalid("identifiers and identifiersType are given together or not at all.")
    if identifiers_type and identifiers_type not in IDENTIFIERS:
        raise invalid(f"identifiersType must be one of {', '.join(IDENTIFIERS)}.")
    sort_by = params.get("sortBy", "lastUpdatedDate")
    sort_order = params.get("sortOrder", "DESC")
    if sort_by not in {"sku", "createdDate", "lastUpdatedDate"} or sort_order not in {
        "ASC",
        "DESC",
    }:
        raise invalid("sortBy or sortOrder has an unknown value.")
    return Search(
        included=query.chosen(request, "includedData", INCLUDED) or ("summaries",),
        identifiers=frozenset(identifiers),
        identifiers_type=identifiers_type,
        with_status=frozenset(query.chosen(request, "withStatus", STATUSES)),
        without_status=frozenset(query.chosen(request, "withoutStatus", STATUSES)),
        severities=frozenset(query.chosen(request, "withIssueSeverity", ("WARNING", "ERROR"))),
        created=_span(request, "created"),
        updated=_span(request, "lastUpdated"),
        sort_by=sort_by,
        descending=sort_order == "DESC",
        size=query.whole(request, "pageSize", default=10, most=LARGEST_PAGE),
        token=params.get("pageToken"),
    )


def _span(request: Request, name: str) -> tuple[datetime | None, datetime | None]:
    return query.instant(request, f"{name}After"), query.instant(request, f"{name}Before")


def _between(at: datetime, span: tuple[datetime | None, datetime | None]) -> bool:
    after, before = span
    return (after is None or at >= after) and (before is None or at <= before)
