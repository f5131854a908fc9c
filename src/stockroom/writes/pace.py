"""Pace: how fast one caller may preview and confirm, counted in Postgres for all processes.

Every preview reads live values, and Amazon's pace belongs to the seller: a program that
runs wild must not use it up for everybody else. So a turn is taken before anything is
read. The buckets are those that Amazon's own rates are kept in (``db/buckets``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Rollback

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError
from stockroom.core.log import logger
from stockroom.core.ruling import Holder
from stockroom.db.engine import Database
from stockroom.db.failures import answering
from stockroom.tenancy.models import AccountRow
from stockroom.writes.asker import Asker
from stockroom.writes.audit import journal
from stockroom.writes.guardrails import ACCOUNT_LIMITS
from stockroom.writes.house_limits import PREVIEWS_PER_MINUTE
from stockroom.writes.limits import WHO_CHANGES
from stockroom.writes.refusals import remember

_TAKE = b"""
select count(*) filter (where wait_s > 0), max(wait_s)
from (select (app.take_call(%s, %s, %s, %s, %s, %s, 0)).wait_s
      from generate_series(1, %s)) as turns
"""
_MINUTE_S = 60
_AT_ONCE = 20
"""Turns that somebody who was quiet for a while finds saved up, at most."""
_ITEMS_AT_ONCE = 100
"""And items of a call for several: each reads live values, as a preview of its own does."""
_ITEMS = "propose items"

_log = logger("writes.pace")


class Pace:
    """Takes turns for the callers of one process.

    Args:
        database: Where the buckets are, and the audit.
        clock: The installation's.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held_until: dict[_Share, float] = {}

    async def take(self, asker: Asker, asked: str, more: Mapping[str, Any]) -> None:
        """Take one turn of the key, and one of the account when its limits give all a common pace.

        Args:
            asker: Who asks.
            asked: ``propose``, ``confirm``, or ``ask`` (the person at its client).
            more: What else the audit tells of it.

        Raises:
            BusyError: There is none left for now.
        """
        await self._take_each(asker, asked, 1, more)

    async def take_items(self, asker: Asker, items: int, more: Mapping[str, Any]) -> None:
        """Take a turn for each item of a call for several: all of them, or none.

        Raises:
            BusyError: There are not so many left for now.
        """
        await self._take_each(asker, _ITEMS, items, more)

    async def _take_each(
        self, asker: Asker, asked: str, turns: int, more: Mapping[str, Any]
    ) -> None:
        if asker.key_id is not None:
            own = _quota_of(asker.limits) or PREVIEWS_PER_MINUTE
            share = _Share(Holder.KEY, asker.key_id, own, asked, turns)
            await self._take(share, asker, more)
        async with self._database.session(asker.account_id) as session:
            account = await session.get_one(AccountRow, asker.account_id)
        common = _quota_of(account.settings.get(ACCOUNT_LIMITS) or {})
        if common is not None:
            share = _Share(Holder.ACCOUNT, asker.account_id, common, asked, turns)
            await self._take(share, asker, more)

    async def _take(self, share: _Share, asker: Asker, more: Mapping[str, Any]) -> None:
        now = self._clock.monotonic()
        until = self._held_until.get(share)
        if until is not None and now < until:
            raise _too_fast(share, until - now)  # known without asking: a runaway costs little
        wait_s = await self._wait(share)
        if wait_s <= 0:
            self._held_until.pop(share, None)
            return
        self._held_until[share] = now + wait_s
        refusal = _too_fast(share, wait_s)
        if until is None:
            # Once per spell: a row for each refusal would be what the runaway floods next.
            _log.warning("held back", asked=share.asked, of=share.of, holder=str(share.holder))
            async with journal(self._database, self._clock, asker.account_id, asker.actor) as step:
                await remember(step, asker, _STEP[share.asked], refusal, more=more)
        raise refusal

    async def _wait(self, share: _Share) -> float:
        """Seconds until there are all its turns; 0: they are taken."""
        key = (str(share.holder), "stockroom", f"{share.asked} {share.quota} a minute")
        plan = (share.quota / _MINUTE_S, share.at_once, self._clock.now())
        with answering():
            async with (
                self._database.meter.connection() as connection,
                connection.transaction() as all_,
            ):
                cursor = await connection.execute(_TAKE, (*key, *plan, share.turns))
                row = await cursor.fetchone()
                assert row is not None
                missing, wait_s = int(row[0]), float(row[1])
                if missing:
                    raise Rollback(all_)  # those that were left stay for a smaller call
        return wait_s + max(missing - 1, 0) * _MINUTE_S / share.quota


class _Share(NamedTuple):
    """A bucket. The quota is part of its name: a bucket keeps the pace it was made with."""

    of: Holder
    holder: UUID
    quota: int
    asked: str
    turns: int

    @property
    def at_once(self) -> int:
        """How many turns it holds."""
        return _ITEMS_AT_ONCE if self.asked == _ITEMS else min(self.quota, _AT_ONCE)


def _quota_of(limits: Mapping[str, Any]) -> int | None:
    """The pace that limits give; those that cannot be read are refused by whoever judges them."""
    given = limits.get("previews_per_minute")
    return given if isinstance(given, int) and given > 0 else None


_DONE = {
    "propose": "preview {} changes",
    "confirm": "confirm {} changes",
    "ask": "put {} questions to its person",
    _ITEMS: "preview {} items of batches",
}
_STEP = {"propose": "propose", "confirm": "confirm", "ask": "confirm", _ITEMS: "propose"}
"""What the audit calls it."""


def _too_fast(share: _Share, wait_s: float) -> BusyError:
    whose = "This key" if share.of is Holder.KEY else "All programs of this account together"
    return BusyError(
        f"{whose} may {_DONE[share.asked].format(share.quota)} a minute, at most "
        f"{share.at_once} at once, and did.",
        next_step=f"Wait, then repeat the call. {WHO_CHANGES[share.of]}",
        retry_after_s=wait_s,
    )
