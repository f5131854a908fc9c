"""Inbound plans that callers made: what was asked, kept in a file, and what came of it by a moment.

Facts 2.4: nearly every write is answered with an operation that ends some time
later, ``SUCCESS`` or ``FAILED`` with problems. What an operation does, it does when
it ends; nothing else is kept: where a plan stands is read from its operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from stockroom.simulator.wire.journal import Journal

CREATE = "createInboundPlan"
CANCEL = "cancelInboundPlan"
GENERATE_PACKING = "generatePackingOptions"
CONFIRM_PACKING = "confirmPackingOption"
GENERATE_PLACEMENT = "generatePlacementOptions"
CONFIRM_PLACEMENT = "confirmPlacementOption"
GENERATE_TRANSPORTATION = "generateTransportationOptions"
CONFIRM_TRANSPORTATION = "confirmTransportationOptions"
GENERATE_WINDOWS = "generateDeliveryWindowOptions"
CONFIRM_WINDOW = "confirmDeliveryWindowOptions"

Problem = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One write that was taken, and how it ends."""

    operation_id: str
    account: str
    plan_id: str
    operation: str
    asked_at: datetime
    ends_at: datetime
    details: Mapping[str, Any]
    """What was asked, e.g. the body of the call."""
    problems: tuple[Problem, ...]

    @property
    def fails(self) -> bool:
        """An error among its problems ends it; a warning does not."""
        return any(one["severity"] == "ERROR" for one in self.problems)

    def status(self, now: datetime) -> str:
        """In the words of ``getInboundOperationStatus``."""
        if now < self.ends_at:
            return "IN_PROGRESS"
        return "FAILED" if self.fails else "SUCCESS"


@dataclass(slots=True)
class SellerPlan:
    """One plan: the operations asked of it, oldest first; the first made it."""

    asked: list[Asked] = field(default_factory=list)

    @property
    def id(self) -> str:
        """``wf`` and 36 characters."""
        return self.asked[0].plan_id

    @property
    def made(self) -> Mapping[str, Any]:
        """The body it was made from."""
        return self.asked[0].details

    @property
    def created_at(self) -> datetime:
        """When it was asked for."""
        return self.asked[0].asked_at

    def done(self, operation: str, now: datetime, **about: str) -> Asked | None:
        """The last such operation that has succeeded, of those that were asked about just this."""
        return next(self._all(operation, "SUCCESS", now, about), None)

    def begun(self, operation: str, now: datetime, **about: str) -> bool:
        """Whether such an operation has succeeded, or is under way."""
        statuses = ("SUCCESS", "IN_PROGRESS")
        return any(any(self._all(operation, status, now, about)) for status in statuses)

    def _all(
        self, operation: str, status: str, now: datetime, about: Mapping[str, str]
    ) -> Iterator[Asked]:
        for one in reversed(self.asked):
            meant = one.operation == operation and about.items() <= one.details.items()
            if meant and one.status(now) == status:
                yield one

    def status(self, now: datetime) -> str:
        """In the words of ``getInboundPlan``."""
        if self.done(CANCEL, now):
            return "VOIDED"
        return "ERRORED" if self.asked[0].status(now) == "FAILED" else "ACTIVE"

    def updated_at(self, now: datetime) -> datetime:
        """When it last changed."""
        ends = (one.ends_at for one in self.asked if one.ends_at <= now)
        return max(ends, default=self.created_at)

    def units(self, now: datetime) -> dict[str, int]:
        """Units by SKU, once it is made."""
        if self.done(CREATE, now) is None:
            return {}
        units: dict[str, int] = {}
        for item in self.made["items"]:
            units[item["msku"]] = units.get(item["msku"], 0) + item["quantity"]
        return units


class PlanDesk:
    """All plans that callers made, of all sellers.

    Args:
        home: The installation's home; the file is ``simulator/plans.jsonl``.
    """

    def __init__(self, home: Path) -> None:
        self._journal = Journal(home / "simulator" / "plans.jsonl")
        self._plans: dict[str, SellerPlan] = {}
        self._operations: dict[str, Asked] = {}
        for record in self._journal.read():
            self._remember(_from_record(record))

    def take(
        self,
        account: str,
        operation: str,
        now: datetime,
        *,
        plan_id: str,
        details: Mapping[str, Any] | None = None,
        problems: Sequence[Problem] = (),
    ) -> Asked:
        """Write an operation down; it ends 5 to 15 seconds later."""
        operation_id = str(uuid4())
        delay = timedelta(seconds=5 + 10 * Random(operation_id).random())
        one = Asked(
            operation_id=operation_id,
            account=account,
            plan_id=plan_id,
            operation=operation,
            asked_at=now,
            ends_at=now + delay,
            details=details or {},
            problems=tuple(problems),
        )
        times = {"asked_at": now.isoformat(), "ends_at": one.ends_at.isoformat()}
        self._journal.append(asdict(one) | times)
        self._remember(one)
        return one

    def operation(self, account: str, operation_id: str) -> Asked | None:
        """One operation of that seller."""
        one = self._operations.get(operation_id)
        return one if one is not None and one.account == account else None

    def plan(self, account: str, plan_id: str) -> SellerPlan | None:
        """One plan of that seller."""
        plan = self._plans.get(plan_id)
        return plan if plan is not None and plan.asked[0].account == account else None

    def plans(self, account: str, now: datetime) -> list[SellerPlan]:
        """The seller's plans that were asked for by then, oldest first."""
        return [
            plan
            for plan in self._plans.values()
            if plan.asked[0].account == account and plan.created_at <= now
        ]

    def _remember(self, one: Asked) -> None:
        self._plans.setdefault(one.plan_id, SellerPlan()).asked.append(one)
        self._operations[one.operation_id] = one


def _from_record(record: dict[str, Any]) -> Asked:
    changed = {
        "asked_at": datetime.fromisoformat(record["asked_at"]),
        "ends_at": datetime.fromisoformat(record["ends_at"]),
        "problems": tuple(record["problems"]),
    }
    return Asked(**record | changed)
