"""What a key must hold to confirm by itself what it proposed.

What happens at Amazon asks for ``changes:confirm`` and a limit of changes per day, which an
owner grants, and for a budget or a bid for a rule that caps it. ``changes:ask`` does with the
word of the person at the client. What is only kept here moves no goods and no money, is told
with its history, and can always be put back: the tool's own scope is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from stockroom.core.scope import CONFIRMING, Scope
from stockroom.spec.measures import UNMOVED, Measure
from stockroom.spec.tool import ChangeTool, SpendsLater
from stockroom.writes.limits import Limits
from stockroom.writes.models import ChangeRow


def may_confirm(
    row: ChangeRow, tool: ChangeTool, scopes: Collection[Scope], *, asked: bool
) -> bool:
    """Whether a key with these scopes may confirm a change that it proposed.

    Args:
        row: The change.
        tool: What made it.
        scopes: The key's.
        asked: The person at the key's client was shown it and said yes.
    """
    confirming = CONFIRMING if asked else {Scope.CONFIRM}
    return tool.scope in scopes and (row.local or not confirming.isdisjoint(scopes))


def needs_daily_limit(row: ChangeRow) -> bool:
    """Whether a key without a limit of changes per day may not confirm it."""
    return not row.local


def unruled_spending(row: ChangeRow, limits: Limits) -> str | None:
    """The measure of later spending that a change moves and the limits do not cap; None: there is none.

    A budget or a bid spends nothing when it is set, so the money of a day does not hold it.
    """
    capped = _capped(row.tool, limits)
    moved = (one for one in (Measure.BUDGET, Measure.BID) if one in row.measures)
    return next((one for one in moved if one not in capped and row.measures[one] != UNMOVED), None)


def left_to_people(
    tools: Iterable[ChangeTool],
    scopes: Collection[str],
    only: Collection[str] | None,
    limits: Limits,
) -> Iterator[str]:
    """What a key that confirms will be refused for want of a rule, a sentence each.

    Args:
        tools: Every write tool.
        scopes: The key's.
        only: The tools it is held to, if it is.
        limits: The key's.
    """
    if CONFIRMING.isdisjoint(scopes):
        return
    for tool in tools:
        usable = tool.scope in scopes and (only is None or tool.name in only)
        if not (usable and isinstance(tool, SpendsLater)):
            continue
        if tool.spends_later not in _capped(tool.name, limits):
            yield (
                f"This key cannot confirm {tool.name} by itself: its limits have no rule with a max "
                f"for {tool.spends_later}. A person approves what it proposes with it."
            )


def _capped(tool: str, limits: Limits) -> set[Measure]:
    rules = (one for one in limits.rules if one.tool in {None, tool})
    return {one.measure for one in rules if one.max is not None}
