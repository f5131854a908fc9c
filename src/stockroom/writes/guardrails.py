"""Guardrails: everything that may forbid a change, asked for at each of its three gates.

At the preview, at the confirmation and again in the transaction that takes it, each time
with the limits of that moment: the house's, the account's and the key's. Each that
applies leaves a ruling in the audit. First comes what needs no look at Amazon
(:func:`check_moment`): the stop switch, quiet hours, the changes of a day. Then what
the change would do (:func:`check_change`): SKUs, measures, money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import StoppedError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.ruling import Holder, Ruling
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.spec.change import Change
from stockroom.tenancy.models import AccountRow, Organisation
from stockroom.writes.house_limits import HOUSE
from stockroom.writes.judging import (
    Held,
    check_known_cost,
    judge_change,
    judge_changes,
    judge_hour,
    judge_spend,
)
from stockroom.writes.limits import Limits
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import State

ACCOUNT_LIMITS = "limits"
"""Where an account's settings keep its own limits."""
_DAY = timedelta(hours=24)
_UNSPENT = (State.EXPIRED, State.CANCELLED, State.BLOCKED, State.REJECTED, State.FAILED)
"""A change that was confirmed and ended like this has spent nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """For whom, and when, something is judged.

    Args:
        account_id: Whose seller it touches.
        key_id: The credential that proposed it; None: the operator's own command line.
        limits: That credential's.
        now: The moment.
        besides: A change that was confirmed already and does not count against itself.
        changes: How many would be made together.
    """

    account_id: UUID
    key_id: UUID | None
    limits: Limits
    now: datetime
    besides: UUID | None = None
    changes: int = 1


async def check_all(session: AsyncSession, case: Case, change: Change) -> list[Ruling]:
    """Hold a change, and the moment, against all that may forbid it.

    Returns:
        Each guardrail that applied and what was held against it, for the audit.

    Raises:
        StoppedError: A stop switch is on.
        GuardrailError: A limit forbids it.
    """
    account = await _account(session, case.account_id)
    return [*await _moment(session, case, account), *await _change(session, case, account, change)]


async def check_moment(session: AsyncSession, case: Case) -> list[Ruling]:
    """Refuse what may not be done now, whatever it is.

    Raises:
        StoppedError: A stop switch is on.
        GuardrailError: These are quiet hours, or the changes of a day are used up.
    """
    return await _moment(session, case, await _account(session, case.account_id))


async def _moment(session: AsyncSession, case: Case, account: AccountRow) -> list[Ruling]:
    rulings = [await _switches(session, account)]
    here = case.now.astimezone(MARKETPLACES[account.primary_marketplace].zone)
    for held in _held(case, account):
        rulings += judge_hour(held, here)
        if held.limits.changes_per_day is not None:
            rulings.append(judge_changes(held, await _confirmed(session, case, held), case.changes))
    return rulings


async def check_change(session: AsyncSession, case: Case, change: Change) -> list[Ruling]:
    """Refuse a change for what it would do.

    Raises:
        GuardrailError: A limit forbids it.
    """
    return await _change(session, case, await _account(session, case.account_id), change)


async def _change(
    session: AsyncSession, case: Case, account: AccountRow, change: Change
) -> list[Ruling]:
    rulings: list[Ruling] = []
    for held in _held(case, account):
        rulings += judge_change(held, change)
        if held.limits.spend_per_day is not None and change.costs is not None:
            spent = await _spent(session, case, held, change.costs.currency)
            rulings.append(judge_spend(held, change.costs, spent))
        elif held.limits.spend_per_day is not None:
            check_known_cost(held, change)
    return rulings


async def check_switch(session: AsyncSession, account_id: UUID) -> Ruling:
    """Refuse while a stop switch is on: the account's, or that of all agents.

    Raises:
        StoppedError: One is on.
    """
    return await _switches(session, await _account(session, account_id))


async def _switches(session: AsyncSession, account: AccountRow) -> Ruling:
    if account.stopped or account.agents_stopped_at is not None:
        raise _stopped(
            "The stop switch of this account is on: nothing is changed at Amazon.",
            "Whoever runs this server can turn it off: stockroom account resume.",
        )
    await enter(session, ORGANISATION, account.organisation_id)
    since = select(Organisation.agents_stopped_at)
    if (await session.scalars(since)).one() is not None:
        raise _stopped(
            "All agents of this organisation are stopped: nothing is changed at Amazon.",
            "Whoever runs this server can let them go on: stockroom org resume.",
        )
    return _switch(passed=True)


def _switch(*, passed: bool) -> Ruling:
    value = "off" if passed else "on"
    return Ruling(Holder.ACCOUNT, "stop_switch", value, passed=passed, allowed="off")


def _stopped(summary: str, next_step: str) -> StoppedError:
    refusal = StoppedError(summary, next_step=next_step)
    refusal.ruling = _switch(passed=False)
    return refusal


async def _account(session: AsyncSession, account_id: UUID) -> AccountRow:
    return await session.get_one(AccountRow, account_id)


def _held(case: Case, account: AccountRow) -> Iterator[Held]:
    yield Held(Holder.HOUSE, HOUSE)
    yield Held(Holder.ACCOUNT, _limits_of(account))
    yield Held(Holder.KEY, case.limits)


def _limits_of(account: AccountRow) -> Limits:
    return Limits.read(account.settings.get(ACCOUNT_LIMITS) or {}, Holder.ACCOUNT)


def _of_a_day(case: Case, held: Held) -> list[ColumnElement[bool]]:
    """The changes that count against a limit of 24 hours."""
    mine = [
        ChangeRow.account_id == case.account_id,
        ChangeRow.confirmed_at > case.now - _DAY,
        ChangeRow.id.is_distinct_from(case.besides),
    ]
    if held.of is Holder.KEY:
        mine.append(ChangeRow.key_id.is_not_distinct_from(case.key_id))
    return mine


async def _confirmed(session: AsyncSession, case: Case, held: Held) -> int:
    question = select(func.count()).select_from(ChangeRow).where(*_of_a_day(case, held))
    return (await session.scalar(question)) or 0


async def _spent(session: AsyncSession, case: Case, held: Held, currency: str) -> Decimal:
    amount: Any = ChangeRow.costs["amount"].astext.cast(Numeric)
    question = select(func.sum(amount)).where(
        *_of_a_day(case, held),
        ChangeRow.costs["currency"].astext == currency,
        ChangeRow.state.not_in(_UNSPENT),
    )
    return (await session.scalar(question)) or Decimal()
