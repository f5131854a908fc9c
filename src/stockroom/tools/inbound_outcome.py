"""How a write to an inbound plan goes: taken at once, done minutes later, or not, with Amazon's reasons.

Amazon's sentences are data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError
from stockroom.core.text import plain, quoted
from stockroom.spec.change import Change, Seen, Verdict
from stockroom.tools.listing_patch import objects

_LONGEST = 200
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write goes or went.

    Args:
        status: ``IN_PROGRESS``, ``SUCCESS`` or ``FAILED``.
        problems: Amazon's errors and warnings, as data.
    """

    status: str
    problems: tuple[str, ...]


async def outcome(amazon: SellingPartner, operation_id: str) -> Outcome:
    """How a write goes or went."""
    body = (await amazon.inbound_operation(operation_id)).body
    return Outcome(
        status=plain(str(body.get("operationStatus")), 40),
        problems=problems_of(body.get("operationProblems")),
    )


async def not_shown(amazon: SellingPartner, change: Change, live: Mapping[str, Any]) -> Verdict:
    """What a look comes to that does not find the change: it may come yet, unless it failed."""
    if "operationId" in change.answer:
        how = await outcome(amazon, str(change.answer["operationId"]))
        if how.status == "FAILED":
            return Verdict(Seen.REFUSED, live, how.problems)
    return Verdict(Seen.PENDING, live)


def problems_of(found: Any) -> tuple[str, ...]:
    """Amazon's problems, the errors first, one sentence each: data."""
    ordered = sorted(objects(found), key=lambda one: one.get("severity") != "ERROR")
    return tuple(
        plain(f"{one.get('severity')} {one.get('code')}: {one.get('message')}", _LONGEST)
        for one in ordered[:_MOST_PROBLEMS]
    )


def said(refusal: AmazonRefusedError) -> tuple[str, ...]:
    """What Amazon said when it refused, as data."""
    return quoted(refusal.amazon_says)
