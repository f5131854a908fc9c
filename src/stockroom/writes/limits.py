"""Guardrails: what a key may not do even though its scope allows the tool.

A key's limits are data::

    {"changes_per_day": 20,
     "rules": [{"tool": "set_price", "measure": "relative_change", "max": "0.25"},
               {"tool": "set_price", "measure": "price", "currency": "USD",
                "min": "1.00", "max": "500.00"}]}

A rule judges one measure that a tool's change carries. Where rules name currencies,
a change in a currency that none of them names is refused, and so is a change that
does not carry the measure: an unclear case never passes. Everything is judged at the
preview, at the confirmation and again just before the call. A refusal names the rule,
its value and who can change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import GuardrailError, StoppedError
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.tenancy.models import AccountRow, Organisation
from stockroom.writes.models import ChangeRow

_OWNER = "An owner of the account can issue a key with other limits."
_DAY = timedelta(hours=24)


Ruling = dict[str, Any]
"""A rule, the value that was held against it, and whether it passed: JSON values, for the audit."""


class Rule(BaseModel):
    """A range for one measure of one tool's changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str
    measure: str
    currency: str | None = None
    min: Decimal | None = None
    max: Decimal | None = None


class Limits(BaseModel):
    """What one key is held to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    changes_per_day: int | None = Field(default=None, ge=0)
    """Changes of this key confirmed within any 24 hours. Needed to confirm without a person."""
    spend_per_day: dict[str, Decimal] | None = None
    """Most money its changes may spend within any 24 hours, by currency."""
    rules: tuple[Rule, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Limits:
        """The limits stored with a key.

        Raises:
            GuardrailError: They cannot be understood: then nothing passes.
        """
        try:
            return cls.model_validate(stored)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise GuardrailError(
                f"The limits of this key cannot be read (at {where}), so it may change nothing.",
                next_step=_OWNER,
            ) from None

    def judge(self, tool: str, measures: Mapping[str, Any]) -> list[Ruling]:
        """Hold a change's measures against the rules for its tool.

        Returns:
            Each rule that applied and what was held against it, for the audit.

        Raises:
            GuardrailError: A rule forbids it.
        """
        rules = [rule for rule in self.rules if rule.tool == tool]
        return [
            ruling
            for measure in sorted({rule.measure for rule in rules})
            for ruling in _judge_measure(
                measure, [r for r in rules if r.measure == measure], measures
            )
        ]


def _judge_measure(
    measure: str, rules: list[Rule], measures: Mapping[str, Any]
) -> Iterator[Ruling]:
    currency = measures.get("currency")
    applying = [rule for rule in rules if rule.currency in (None, currency)]
    value = _decimal(measures.get(measure))
    if value is None or not applying:
        raise GuardrailError(
            f"The limits of this key hold {measure} within a range, and this change cannot be "
            f"judged by it ({currency or 'no currency'}).",
            next_step=_OWNER,
        )
    for rule in applying:
        if rule.max is not None and value > rule.max:
            raise _outside(rule, value, f"at most {rule.max}")
        if rule.min is not None and value < rule.min:
            raise _outside(rule, value, f"at least {rule.min}")
        yield _ruling(rule, value, passed=True)


def _ruling(rule: Rule, value: Decimal, *, passed: bool) -> Ruling:
    return {**rule.model_dump(mode="json"), "value": str(value), "passed": passed}


def _outside(rule: Rule, value: Decimal, bound: str) -> GuardrailError:
    money = f" {rule.currency}" if rule.currency else ""
    refusal = GuardrailError(
        f"The limits of this key allow {rule.measure} {bound}{money} for {rule.tool}; "
        f"this change has {value}{money}.",
        next_step=_OWNER,
    )
    refusal.ruling = _ruling(rule, value, passed=False)
    return refusal


def _decimal(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


async def check_switch(session: AsyncSession, account_id: UUID) -> None:
    """Refuse while a stop switch is on: the account's, or that of all agents.

    Raises:
        StoppedError: One is on.
    """
    mine = select(AccountRow).where(AccountRow.account_id == account_id)
    account = (await session.scalars(mine)).one()
    if account.stopped or account.agents_stopped_at is not None:
        raise StoppedError(
            "The stop switch of this account is on: nothing is changed at Amazon.",
            next_step="Whoever runs this server can turn it off: stockroom account resume.",
        )
    await enter(session, ORGANISATION, account.organisation_id)
    since = select(Organisation.agents_stopped_at)
    if (await session.scalars(since)).one() is not None:
        raise StoppedError(
            "All agents of this organisation are stopped: nothing is changed at Amazon.",
            next_step="Whoever runs this server can let them go on: stockroom org resume.",
        )


async def check_day(
    session: AsyncSession,
    account_id: UUID,
    key_id: UUID | None,
    limits: Limits,
    now: datetime,
    *,
    besides: UUID | None = None,
) -> list[Ruling]:
    """Refuse when the key's changes of the last 24 hours have used up its limit.

    ``besides`` is a change that was confirmed already and does not count against itself.

    Returns:
        The limit and what was held against it, for the audit; nothing when there is no limit.

    Raises:
        GuardrailError: One more would be too many.
    """
    if limits.changes_per_day is None:
        return []
    done = await session.scalar(
        select(func.count())
        .select_from(ChangeRow)
        .where(
            ChangeRow.account_id == account_id,
            ChangeRow.key_id.is_not_distinct_from(key_id),
            ChangeRow.confirmed_at > now - _DAY,
            ChangeRow.id.is_distinct_from(besides),
        )
    )
    most, ruling = limits.changes_per_day, {"measure": "changes_per_day", "value": done or 0}
    if (done or 0) >= most:
        refusal = GuardrailError(
            f"The limits of this key allow {most} changes in 24 hours, and {done} were confirmed.",
            next_step=f"Wait, or: {_OWNER}",
        )
        refusal.ruling = {**ruling, "max": most, "passed": False}
        raise refusal
    return [{**ruling, "max": most, "passed": True}]
