"""How often somebody may try to prove who they are: counted in the database, for all processes.

A trial is taken before it is looked at, so that many at once cannot slip by, and given
back when it was right. An address is held to less than a person: whoever guesses is
locked out for long, whose password is guessed never for more than a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError
from stockroom.db.base import Base
from stockroom.db.engine import Database
from stockroom.tenancy.customers import customer
from stockroom.tenancy.marks import Marks

_FORGOTTEN_AFTER = timedelta(hours=1)
_SWEPT = 100


class Trial(Base):
    """How often something was tried in vain. It belongs to nobody: who tries is not known yet."""

    __tablename__ = "trials"
    __table_args__ = ({"schema": "app", "info": {"reader": False}},)

    name: Mapped[str] = mapped_column(primary_key=True)
    """A keyed hash of who, or from where: what strangers type is not kept."""
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    closed_until: Mapped[datetime | None]


_OLD = (
    select(Trial.name)
    .where(Trial.last_at < bindparam("before"))
    .limit(_SWEPT)
    .with_for_update(skip_locked=True)
)
_SWEEP = delete(Trial).where(Trial.name.in_(_OLD)).execution_options(synchronize_session=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many trials in vain are borne.

    Args:
        free: Trials before any waiting.
        first: The first wait; each further trial doubles it.
        longest: The longest wait. An hour without a trial, and all is forgotten.
    """

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long is to be waited after so many trials in vain."""
        beyond = failures - self.free
        return timedelta() if beyond < 0 else min(self.longest, self.first * 2 ** min(beyond, 20))


ADDRESS = Patience(free=10, first=timedelta(seconds=30), longest=timedelta(hours=1))
EMAIL = Patience(free=10, first=timedelta(seconds=5), longest=timedelta(minutes=1))
CODE = Patience(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15))
"""A second factor is six digits: whoever comes so far knows the password."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial counts for.

    Args:
        kind: ``email``, ``address`` or ``code``.
        whose: The address, e-mail or person.
        patience: What is borne.
    """

    kind: str
    whose: str
    patience: Patience


def from_address(address: str | None) -> Tried:
    """A trial from there; one who holds an IPv6 network of their own counts as one."""
    return Tried("address", customer(address), ADDRESS)


class Throttle:
    """Takes trials, and gives back those that were right.

    Args:
        database: Where they are counted.
        marks: Makes their names.
        clock: The installation's.
    """

    def __init__(self, database: Database, marks: Marks, clock: Clock) -> None:
        self._database = database
        self._marks = marks
        self._clock = clock

    async def take(self, *trials: Tried) -> None:
        """Count a trial as one in vain, for now.

        Raises:
            BusyError: There were too many; this one counts for nothing and is not to be looked at.
        """
        now = self._clock.now()
        named = {self._name(trial): trial for trial in trials}
        async with self._database.system_session() as session:
            await session.execute(_SWEEP, {"before": now - _FORGOTTEN_AFTER})
            for name in sorted(named):  # in one order: two who share both cannot block each other
                fresh = {"name": name, "failures": 0, "last_at": now}
                await session.execute(insert(Trial).values(fresh).on_conflict_do_nothing())
            rows = await session.scalars(
                select(Trial).where(Trial.name.in_(named)).order_by(Trial.name).with_for_update()
            )
            found = rows.all()
            _refuse(found, now)
            for row in found:
                stale = row.last_at <= now - _FORGOTTEN_AFTER
                row.failures = 1 if stale else row.failures + 1
                row.last_at = now
                wait = named[row.name].patience.wait(row.failures)
                row.closed_until = now + wait if wait else None

    async def right(self, *trials: Tried) -> None:
        """Give a trial back: it was right. Whoever proved who they are starts anew."""
        names = [self._name(trial) for trial in trials]
        question = select(Trial).where(Trial.name.in_(names)).order_by(Trial.name)
        own = {self._name(trial) for trial in trials if trial.kind != "address"}
        async with self._database.system_session() as session:
            for row in await session.scalars(question.with_for_update()):
                # Else a right password of one's own would buy ten guesses at another's.
                row.failures = 0 if row.name in own else max(0, row.failures - 1)
                row.closed_until = None

    def _name(self, trial: Tried) -> str:
        return self._marks.mark("trial", trial.kind, trial.whose)


def _refuse(rows: Sequence[Trial], now: datetime) -> None:
    until = max((row.closed_until for row in rows if row.closed_until), default=now)
    if until > now:
        wait = until - now
        raise BusyError(
            "There were too many attempts to sign in.",
            next_step=f"Wait {_in_words(wait)}, then try again.",
            retry_after_s=wait.total_seconds(),
        )


def _in_words(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 90:  # noqa: PLR2004 - a person's sense of a minute
        return f"{seconds} second{'s' if seconds > 1 else ''}"
    return f"{-(-seconds // 60)} minutes"
