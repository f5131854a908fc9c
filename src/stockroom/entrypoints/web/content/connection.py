"""How an account's two grants at Amazon stand: the seller's, and that of its advertising.

The ``accounts`` tool tells one state, the worst. A page has room for both, judged by the
same function from the same loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import Record, ask, reading
from stockroom.reports import all_reports
from stockroom.spec.report import AdsReport
from stockroom.tenancy.models import AccountRow, Organisation
from stockroom.tenancy.principal import Account
from stockroom.tools.accounts import SOLD_IN
from stockroom.tools.connection import REMEMBERED, TRIALS, Health, Standing, Trial, judge

_AUTHORISED_AGAIN = frozenset({"revoked", "expiring", "role_missing", "ads_denied"})
_ADVERTISING = {one.name for one in all_reports() if isinstance(one.request, AdsReport)}


@dataclass(frozen=True, slots=True)
class Switches:
    """What is stopped, and since when where that is known."""

    changes: bool
    agents_since: datetime | None
    organisation_since: datetime | None

    @property
    def any(self) -> bool:
        """Whether something is."""
        return self.changes or self.agents

    @property
    def agents(self) -> bool:
        """Whether no agent may do anything."""
        return bool(self.agents_since or self.organisation_since)


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of one account's connection to Amazon.

    Args:
        told: What the ``accounts`` tool says of it.
        days_left: Until the seller must have authorised again; negative: overdue.
        advertising: How the grant of the advertising stands.
        advertised_in: Country codes it reaches.
        missing: Datasets that Amazon denies, each with the role the application lacks.
        switches: What is stopped.
    """

    told: Record
    days_left: int
    advertising: Health
    advertised_in: Sequence[str]
    missing: Sequence[tuple[str, str]]
    switches: Switches

    @property
    def awaits_seller(self) -> bool:
        """Whether the seller mends it by authorising again."""
        return self.told["state"] in _AUTHORISED_AGAIN

    @property
    def awaits_advertiser(self) -> bool:
        """Whether a grant of the advertising mends that, or is still to be had."""
        return self.advertising.state in _AUTHORISED_AGAIN or not self.advertised_in


async def connection_of(house: House, account: Account) -> Connection:
    """The connection of one account."""
    now = house.clock.now()
    told = (await ask(house, account, "accounts")).rows[0]
    async with reading(house, account) as db:
        tried, sold_in = await db.many((TRIALS, {"since": now - REMEMBERED}), (SOLD_IN, {}))
    trials = [Trial(*row) for row in tried]
    advertised_in = sold_in[0][1]
    return Connection(
        told=told,
        days_left=(date.fromisoformat(told["authorised_until"]) - now.date()).days,
        advertising=_advertising(trials, advertised_in, now),
        advertised_in=advertised_in,
        missing=_missing(trials),
        switches=await _switches(house, account),
    )


def _advertising(trials: Sequence[Trial], places: Sequence[str], now: datetime) -> Health:
    """How the advertising's loads went, by themselves."""
    if not places:
        return Health("not_connected")
    own = [one for one in trials if one.dataset in _ADVERTISING]
    # A grant as new as can be: what the seller's own grant has come to is told apart.
    return judge(Standing(now, None, None), own, (), now)


def _missing(trials: Sequence[Trial]) -> list[tuple[str, str]]:
    roles = {one.name: one.role for one in all_reports()}
    denied = {
        one.dataset
        for one in trials
        if one.dataset not in _ADVERTISING
        and one.role_missing
        and (one.good is None or one.role_missing > one.good)
    }
    return [(name, roles.get(name, "")) for name in sorted(denied)]


async def _switches(house: House, account: Account) -> Switches:
    mine = select(AccountRow.stopped, AccountRow.agents_stopped_at, AccountRow.organisation_id)
    async with house.database.session(account.id) as session:
        stopped, agents_since, organisation_id = (await session.execute(mine)).one()
    async with house.database.organisation_session(organisation_id) as session:
        organisation_since = await session.scalar(select(Organisation.agents_stopped_at))
    return Switches(stopped, agents_since, organisation_since)
