"""What waits for a person in a demo: three proposals, made through the gate as an agent would.

A preview lapses after fifteen minutes. While nobody has decided about any of them, the
demo proposes anew, so that whoever looks in an hour later finds something to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from stockroom.core.errors import StockroomError
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import ask
from stockroom.tenancy.principal import Account
from stockroom.writes.asker import Asker
from stockroom.writes.means import PREVIEW_LASTS
from stockroom.writes.shown import Preview
from stockroom.writes.states import State

_CENT = Decimal("0.01")
_CANDIDATES = 6
_PATIENCE_S = 30.0
_AGENT = "Replenishment agent"

Record = Mapping[str, Any]
Wanted = tuple[str, dict[str, Any], str]
"""A write tool, its arguments, and why."""


class Proposals:
    """The demo's proposals in its first account.

    Args:
        house: Where they are made.
        key: The text of the key that proposes.
    """

    def __init__(self, house: House, key: str) -> None:
        self._house = house
        self._key = key
        self._made: list[UUID] = []
        self._lapse_at: datetime | None = None

    async def keep(self) -> None:
        """See to it that some wait, unless somebody has decided about the last ones."""
        now = self._house.clock.now()
        if self._lapse_at is not None and now < self._lapse_at:
            return
        self._lapse_at = now + PREVIEW_LASTS
        with suppress(TimeoutError):  # an Amazon in a mood holds nothing up
            async with asyncio.timeout(_PATIENCE_S):
                await self._renewed()

    async def _renewed(self) -> None:
        principal = await self._house.authenticator.principal(self._key)
        if principal is None:  # somebody revoked the key: that is a decision, too
            return
        account = principal.accounts[0]
        if await self._are_wanted(account):
            asker = Asker.of(replace(principal, client=_AGENT), account)
            self._made = [one.id for one in await self._proposed(asker, account)]

    async def _are_wanted(self, account: Account) -> bool:
        for change_id in self._made:
            told = await self._told(account, id=change_id)
            if told and told[0]["state"] != State.EXPIRED:
                return False
        return not await self._told(account, state="proposed")

    async def _told(self, account: Account, **arguments: Any) -> Sequence[Record]:
        return (await ask(self._house, account, "changes", **arguments)).rows

    async def _proposed(self, asker: Asker, account: Account) -> list[Preview]:
        """One of each kind; candidates are tried until Amazon's own checks let one through."""
        listings = (await ask(self._house, account, "listings", status="active", limit=500)).rows
        priced = {(row["sku"], row["marketplace"]): row for row in listings if row["price"]}
        covers = await ask(self._house, account, "days_of_cover", limit=500)
        selling = [row for row in covers.rows if row["in_time_days"] and _place(row) in priced]
        short, long = selling[:_CANDIDATES], selling[::-1][:_CANDIDATES]
        kinds = (
            _dearer(short, priced),
            _cheaper(long, priced),
            _plans([row for row in short if priced[_place(row)]["channel"] == "FBA"]),
        )
        made = [await self._first(asker, wanted) for wanted in kinds]
        return [one for one in made if one is not None]

    async def _first(self, asker: Asker, wanted: Iterator[Wanted]) -> Preview | None:
        for tool, arguments, reason in wanted:
            try:
                return await self._house.gate.propose(asker, tool, arguments, reason=reason)
            except StockroomError:  # e.g. a SKU that is not prepared, or Amazon in a mood
                continue
        return None


def _place(row: Record) -> tuple[str, str]:
    return row["sku"], row["marketplace"]


def _dearer(rows: Sequence[Record], priced: Mapping[tuple[str, str], Record]) -> Iterator[Wanted]:
    for row in rows:
        why = f"Runs out in {row['in_time_days']:.0f} days, before more can land: sell it slower."
        yield "set_price", _price(priced[_place(row)], Decimal("1.05")), why


def _cheaper(rows: Sequence[Record], priced: Mapping[tuple[str, str], Record]) -> Iterator[Wanted]:
    for row in rows:
        why = f"{row['in_time_days']:.0f} days of cover: the stock costs more than a lower price."
        yield "set_price", _price(priced[_place(row)], Decimal("0.95")), why


def _price(listing: Record, factor: Decimal) -> dict[str, Any]:
    price = (Decimal(listing["price"]) * factor).quantize(_CENT)
    named = {name: listing[name] for name in ("sku", "marketplace", "currency")}
    return {**named, "price": str(price)}


def _plans(rows: Sequence[Record]) -> Iterator[Wanted]:
    for row in rows:
        why = f"It runs out on {row['stockout_date']}: send what replenishment says."
        yield "create_inbound_plan", {"marketplace": row["marketplace"], "skus": [row["sku"]]}, why
