"""Listings Items 2021-08-01: read one, change one, search all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.moods.influence import Influence
from stockroom.simulator.moods.mood import Submission
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.listing_changes import Change, ListingChanges, shows_after
from stockroom.simulator.wire.listing_items import INCLUDED, Listing, item, listing
from stockroom.simulator.wire.listing_search import Search, read_search
from stockroom.simulator.wire.listing_validation import (
    Issue,
    PatchRequest,
    find_issues,
    objection_to,
    read_patch,
)
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Pages
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import ListingState

BASE = "/listings/2021-08-01/items/{seller_id}"
PREVIEW = "VALIDATION_PREVIEW"


class Listings:
    """The operations on listings.

    Args:
        oracle: Reads the worlds.
        changes: What callers have written.
        clock: The simulator's clock.
        moods: What the moods that are on make of changes.
    """

    def __init__(
        self, oracle: Oracle, changes: ListingChanges, clock: Clock, moods: Influence
    ) -> None:
        self._oracle = oracle
        self._changes = changes
        self._moods = moods
        self._pages: Pages[str] = Pages(clock, Search.TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        one = f"{BASE}/{{sku:path}}"  # a SKU may contain a slash
        return [
            Operation("getListingsItem", "GET", one, self.get),
            Operation("patchListingsItem", "PATCH", one, self.patch, _patch_label),
            Operation("searchListingsItems", "GET", BASE, self.search),
        ]

    async def get(self, call: Call) -> Response:
        """``getListingsItem``."""
        included = query.chosen(call.request, "includedData", INCLUDED) or ("summaries",)
        sku, markets = _sku(call), _markets(call)
        states = await self._states(call, sku, markets)
        if not states:
            raise NotFoundError(f"SKU '{sku}' not found in marketplace {markets[0].id}")
        listings = [listing(call.account, one, self._changes, call.now) for one in states]
        return JSONResponse(item(sku, listings, included, call.now))

    async def patch(self, call: Call) -> Response:
        """``patchListingsItem``, as a preview or for real."""
        mode = call.request.query_params.get("mode")
        if mode not in {None, PREVIEW}:
            raise invalid(f"mode must be {PREVIEW} or absent.")
        shown = query.chosen(call.request, "includedData", ("identifiers", "issues"))
        sku, markets = _sku(call), _markets(call)
        request = read_patch(await query.json_object(call.request))
        states = await self._states(call, sku, markets)
        if not states:
            raise invalid(f"SKU '{sku}' not found in marketplace {markets[0].id}")
        listings = [listing(call.account, one, self._changes, None) for one in states]
        issues = list(find_issues(request, listings))
        submission = str(uuid4())
        if not issues and mode is None:
            issues = self._submitted(call, submission, request, listings)
        accepted = "VALID" if mode else "ACCEPTED"
        answer: dict[str, Any] = {
            "sku": sku,
            "status": "INVALID" if issues else accepted,
            "submissionId": submission,
            "issues": issues,
        }
        if "identifiers" in shown:
            answer["identifiers"] = _identifiers(states, markets)
        return JSONResponse(answer)

    def _submitted(
        self, call: Call, submission_id: str, request: PatchRequest, listings: Sequence[Listing]
    ) -> list[Issue]:
        """Take a patch in which nothing is wrong; the issues for which it is not taken after all."""
        fate = self._moods.submission(call.request, call.account)
        objection = objection_to(request)
        if fate is Submission.TURNED_DOWN:
            return [objection]
        if fate is not Submission.FORGOTTEN:
            objected = fate is Submission.OBJECTED
            late = fate is Submission.BELATED
            change = Change(
                submission_id=submission_id,
                request_id=call.request.scope[ENTRY].request_id,
                account=call.account,
                sku=listings[0].state.sku,
                marketplaces=tuple(one.market.id for one in listings),
                product_type=request.product_type,
                patches=() if objected else request.patches,
                accepted_at=call.now,
                visible_at=call.now + shows_after(submission_id, late=late),
                objections=(objection,) if objected else (),
                merchant_units={
                    one.market.id: one.state.merchant_quantity or 0 for one in listings
                },
            )
            self._changes.accept(change)
        return []

    async def search(self, call: Call) -> Response:
        """``searchListingsItems``: a page of SKUs, each with its listings."""
        markets = _markets(call)
        wanted = read_search(call.request)
        states = await self._oracle.ask(
            call.account, call.now, lambda world: world.listings_at(call.now)
        )
        by_sku = _by_sku(states, markets)
        found = wanted.found(call.account, by_sku, self._changes, call.now)
        return JSONResponse(self._page(call, wanted, by_sku, found))

    def _page(
        self,
        call: Call,
        wanted: Search,
        by_sku: dict[str, list[ListingState]],
        found: Sequence[str],
    ) -> dict[str, Any]:
        page = (
            self._pages.following(call.account, wanted.token)
            if wanted.token
            else self._pages.first(call.account, found[: Search.REACHABLE], wanted.size)
        )
        items = []
        for sku in page.rows:
            states = by_sku.get(sku, ())
            listings = [listing(call.account, one, self._changes, call.now) for one in states]
            items.append(item(sku, listings, wanted.included, call.now))
        pagination = {"nextToken": page.next_token} if page.next_token else {}
        return {"numberOfResults": len(found), "pagination": pagination, "items": items}

    async def _states(
        self, call: Call, sku: str, markets: Sequence[Marketplace]
    ) -> list[ListingState]:
        states = await self._oracle.ask(
            call.account, call.now, lambda world: world.listings_at(call.now)
        )
        call.request.scope[ENTRY].sku = sku
        return _by_sku(states, markets).get(sku, [])


def _patch_label(request: Request) -> str:
    """A preview writes nothing: whoever counts writes in the log must not count it."""
    preview = request.query_params.get("mode") == PREVIEW
    return f"patchListingsItem:{PREVIEW}" if preview else "patchListingsItem"


def _sku(call: Call) -> str:
    return str(call.request.path_params["sku"])


def _markets(call: Call) -> list[Marketplace]:
    return query.marketplaces(call.seller, query.csv(call.request, "marketplaceIds"))


def _by_sku(
    states: Iterable[ListingState], markets: Sequence[Marketplace]
) -> dict[str, list[ListingState]]:
    codes = {market.code for market in markets}
    found: defaultdict[str, list[ListingState]] = defaultdict(list)
    for state in states:
        if state.marketplace in codes:
            found[state.sku].append(state)
    return dict(found)


def _identifiers(
    states: Sequence[ListingState], markets: Sequence[Marketplace]
) -> list[dict[str, str]]:
    ids = {market.code: market.id for market in markets}
    return [{"marketplaceId": ids[one.marketplace], "asin": one.asin} for one in states]
