"""Judging: one holder's limits against one change, or one moment. Nothing is looked up here.

An unclear case never passes: a change that does not carry a measure its tool is limited
by, a currency that no rule names, a change without a SKU where SKUs are limited. A
refusal names the limit, its value, what was held against it, and who can change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from stockroom.core.errors import GuardrailError
from stockroom.core.ruling import Holder, Ruling
from stockroom.core.text import plain
from stockroom.spec.change import Change, Cost
from stockroom.spec.measures import CURRENCY, UNMOVED, Measure
from stockroom.writes.limits import WHO_CHANGES, WHOSE, Limits, Rule

_SHOWN = 5
"""SKUs that a sentence names."""


class Held(NamedTuple):
    """Limits, and whose they are."""

    of: Holder
    limits: Limits


def judge_change(held: Held, change: Change) -> list[Ruling]:
    """Hold what a change would do against limits: its SKUs and its measures.

    Raises:
        GuardrailError: A limit forbids it.
    """
    return [*_judge_skus(held, change), *judge_measures(held, change.tool, change.measures)]


def judge_measures(held: Held, tool: str, measures: Mapping[str, Any]) -> Iterator[Ruling]:
    """Hold a change's measures against the rules for its tool.

    Raises:
        GuardrailError: A rule forbids it, or it cannot be judged.
    """
    rules = [
        rule
        for rule in held.limits.rules
        if measures.get(rule.measure) != UNMOVED
        and (rule.tool == tool or (rule.tool is None and rule.measure in measures))
    ]
    for measure in sorted({rule.measure for rule in rules}):
        of_measure = [rule for rule in rules if rule.measure == measure]
        yield from _judge_measure(held, tool, measures, of_measure)


def judge_hour(held: Held, at: datetime) -> Iterator[Ruling]:
    """Hold a moment, on the clock of the account's marketplace, against the quiet hours.

    Raises:
        GuardrailError: They hold.
    """
    quiet = held.limits.quiet_hours
    if quiet is None:
        return
    ruling = Ruling(
        of=held.of,
        measure="quiet_hours",
        value=f"{at:%H:%M}",
        passed=not quiet.hold(at.time()),
        allowed=f"outside {quiet.begin} to {quiet.end}",
    )
    if not ruling.passed:
        raise refused(
            ruling,
            f"{WHOSE[held.of]} keep {quiet.begin} to {quiet.end} quiet, and it is {at:%H:%M} "
            f"({at.tzname()}): nothing is changed now.",
            f"Propose it again after {quiet.end}.",
        )
    yield ruling


def judge_changes(held: Held, done: int, more: int = 1) -> Ruling:
    """Hold the changes that were confirmed in 24 hours against the limit for a day.

    Raises:
        GuardrailError: So many more would be too many.
    """
    most = held.limits.changes_per_day
    assert most is not None  # else nobody would have counted
    ruling = Ruling(
        of=held.of,
        measure="changes_per_day",
        value=str(done),
        passed=done + more <= most,
        max=str(most),
    )
    if not ruling.passed:
        raise refused(
            ruling,
            f"{WHOSE[held.of]} allow {most} changes in 24 hours, and {done} were confirmed.",
            "Wait.",
        )
    return ruling


def judge_spend(held: Held, cost: Cost, spent: Decimal) -> Ruling:
    """Hold what a change costs, and what was spent in 24 hours, against the limit for a day.

    Raises:
        GuardrailError: It would be too much, or no limit names its currency.
    """
    limit = held.limits.spend_per_day
    assert limit is not None  # else nobody would have summed up
    most, total = limit.get(cost.currency, Decimal()), spent + Decimal(cost.amount)
    ruling = Ruling(
        of=held.of,
        measure="spend_per_day",
        value=f"{total:f}",
        passed=total <= most,
        currency=cost.currency,
        max=f"{most:f}",
    )
    if not ruling.passed:
        raise refused(
            ruling,
            f"{WHOSE[held.of]} allow to spend {most:f} {cost.currency} in 24 hours; with this "
            f"change it would be {total:f} {cost.currency}.",
        )
    return ruling


def check_known_cost(held: Held, change: Change) -> None:
    """Refuse a change of which nobody can say what it spends, where spending is limited.

    Raises:
        GuardrailError: It carries a cost, and that is unknown.
    """
    if change.measures.get(Measure.COST, "") is not None:
        return
    raise refused(
        Ruling(of=held.of, measure="spend_per_day", value="unknown", passed=False),
        f"{WHOSE[held.of]} limit what is spent in 24 hours, and nobody can say what this change "
        "spends.",
    )


def refused(ruling: Ruling, summary: str, instead: str = "") -> GuardrailError:
    """The refusal of a limit, with what the audit keeps and who can change it."""
    refusal = GuardrailError(summary, next_step=f"{instead} {WHO_CHANGES[ruling.of]}".strip())
    refusal.ruling = ruling
    return refusal


# --- SKUs ------------------------------------------------------------------------------------------


def _judge_skus(held: Held, change: Change) -> Iterator[Ruling]:
    allowed = held.limits.skus
    if allowed is None:
        return
    foreign = sorted(sku for sku in change.skus if not _listed(sku, allowed))
    ruling = Ruling(
        of=held.of,
        measure="skus",
        value=_in_short(foreign or sorted(change.skus)) or "no SKU",
        passed=bool(change.skus) and not foreign,
        tool=change.tool,
        allowed=_in_short(allowed),
    )
    if not ruling.passed:
        raise refused(
            ruling,
            f"{WHOSE[held.of]} allow changes of {_in_short(allowed)} only; this one is of "
            f"{_in_short(foreign) or 'no SKU that can be told'}.",
        )
    yield ruling


def _listed(sku: str, allowed: Iterable[str]) -> bool:
    return any(sku.startswith(one[:-1]) if one.endswith("*") else sku == one for one in allowed)


def _in_short(names: Sequence[str]) -> str:
    shown = ", ".join(plain(name, 100) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


# --- measures --------------------------------------------------------------------------------------


def _judge_measure(
    held: Held, tool: str, measures: Mapping[str, Any], rules: list[Rule]
) -> Iterator[Ruling]:
    measure, currency = rules[0].measure, measures.get(CURRENCY)
    applying = [rule for rule in rules if rule.currency in (None, currency)]
    value = _decimal(measures.get(measure))
    if value is None or not applying:
        raise GuardrailError(
            f"{WHOSE[held.of]} hold {measure} within a range, and this change cannot be judged by "
            f"it ({currency or 'no currency'}).",
            next_step=WHO_CHANGES[held.of],
        )
    for rule in applying:
        over = rule.max is not None and value > rule.max
        under = rule.min is not None and value < rule.min
        ruling = _ruling(held, tool, rule, value, passed=not (over or under))
        if not ruling.passed:
            money = f" {rule.currency}" if rule.currency else ""
            bound = f"at most {ruling.max}" if over else f"at least {ruling.min}"
            raise refused(
                ruling,
                f"{WHOSE[held.of]} allow {measure} {bound}{money} for {tool}; this change has "
                f"{ruling.value}{money}.",
            )
        yield ruling


def _ruling(held: Held, tool: str, rule: Rule, value: Decimal, *, passed: bool) -> Ruling:
    return Ruling(
        of=held.of,
        measure=rule.measure,
        value=f"{value:f}",
        passed=passed,
        tool=tool,
        currency=rule.currency,
        min=None if rule.min is None else f"{rule.min:f}",
        max=None if rule.max is None else f"{rule.max:f}",
    )


def _decimal(value: Any) -> Decimal | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
