"""What needs attention: how each account of an organisation stands, and which of it is a person's turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import reading
from stockroom.entrypoints.web.content.audit_rows import WAITING
from stockroom.entrypoints.web.content.connection import Connection, connection_of
from stockroom.entrypoints.web.content.loads import Loads, loads_of
from stockroom.entrypoints.web.content.shelf_rows import BANDS, URGENT
from stockroom.entrypoints.web.figures import said
from stockroom.tenancy.principal import Account
from stockroom.tools.connection import Health

_SHOWN = 3
_ANY = {"marketplace": None, "search": None}


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs somebody.

    Args:
        account: Where.
        urgency: 0 is the most urgent.
        tone: Class of its badge.
        word: What kind of thing it is.
        sentence: What is the matter.
        remedy: What to do, when that is not plain.
        path: Where it is seen, below the account's pages.
    """

    account: Account
    urgency: int
    tone: str
    word: str
    sentence: str
    remedy: str | None
    path: str


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """One account.

    Args:
        account: Which.
        connection: How Amazon answers for it.
        loads: How its datasets stand.
        bands: How many of its listings are in each band.
        urgent: The first few that run out: SKU, marketplace, stockout day, band.
        waiting: Changes that wait for a person.
    """

    account: Account
    connection: Connection
    loads: Loads
    bands: Mapping[str, int]
    urgent: Sequence[tuple[Any, ...]]
    waiting: int = 0

    @property
    def running_out(self) -> int:
        """Listings that are out of stock, or will be within days."""
        return self.bands.get("out_of_stock", 0) + self.bands.get("critical", 0)

    def concerns(self) -> Iterator[Concern]:
        """What needs somebody here."""
        yield from self._of_connection()
        yield from self._of_switches()
        yield from self._of_loads()
        if self.waiting:
            yield Concern(*(self.account, 1, "info", "Changes"), self._waiting(), None, "/changes")
        if self.running_out:
            yield Concern(
                *(self.account, 3, "bad", "Stock", self._running_out(), None, "/stock?sort=cover")
            )

    def _waiting(self) -> str:
        return f"{self.waiting} {'waits' if self.waiting == 1 else 'wait'} for somebody to decide."

    def _of_connection(self) -> Iterator[Concern]:
        told, ads = self.connection.told, self.connection.advertising
        healths = [Health(told["state"], told["reason"], told["next_step"])]
        if told["state"] != ads.state:
            healths.append(ads)
        for state, reason, step in healths:
            if reason is not None:
                urgency, tone = (4, "warn") if state in _NOT_URGENT else (0, "bad")
                yield Concern(self.account, urgency, tone, "Connection", reason, step, "/")

    def _of_switches(self) -> Iterator[Concern]:
        switches = self.connection.switches
        if switches.agents_since:
            what = "No agent may read or change anything here."
        elif switches.changes:
            what = "The stop switch is on: no change leaves for Amazon."
        else:  # nothing, or the organisation's switch, which is not told once per account
            return
        yield Concern(self.account, 1, "bad", "Stopped", what, None, "/")

    def _of_loads(self) -> Iterator[Concern]:
        for state, count in self.loads.troubles:
            names = [row["dataset"] for row in self.loads.rows if row["state"] == state]
            named = ", ".join(dict.fromkeys(names[:_SHOWN]))
            more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
            sentence = f"{_VERB[state]}: {named}{more}."
            tone = "warn" if state == "late" else "bad"
            yield Concern(self.account, 2, tone, said(state).capitalize(), sentence, None, "/data")

    def _running_out(self) -> str:
        out, soon = self.bands.get("out_of_stock", 0), self.bands.get("critical", 0)
        parts = [f"{out} out of stock"] * bool(out) + [f"{soon} critical"] * bool(soon)
        named = ", ".join(f"{sku} ({place})" for sku, place, *_ in self.urgent)
        return f"Listings: {' and '.join(parts)}. First {named}."


_NOT_URGENT = frozenset({"expiring", "ads_denied", "suspended"})
_VERB = {
    "quarantined": "Withheld, the last good data is shown",
    "failing": "The last load failed",
    "late": "No new data when it was due",
}


async def standing_of(house: House, account: Account) -> AccountStanding:
    """How one account stands."""
    connection, loads = await asyncio.gather(
        connection_of(house, account), loads_of(house, account)
    )
    async with reading(house, account) as db:
        bands, urgent, waiting = await db.many(
            (BANDS, _ANY), (URGENT, {"limit": _SHOWN}), (WAITING, {"now": house.clock.now()})
        )
    counted = {band: count for band, count, *_ in bands}
    return AccountStanding(account, connection, loads, counted, urgent, waiting[0][0])


async def standings(house: House, accounts: Sequence[Account]) -> list[AccountStanding]:
    """How several stand, in the order given."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(account: Account) -> AccountStanding:
        async with gate:
            return await standing_of(house, account)

    return list(await asyncio.gather(*map(one, accounts)))


_AT_ONCE = 4
"""Pages of many accounts leave connections to others."""
