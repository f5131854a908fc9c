"""Accepted listing changes: kept in a file, visible a little later, laid over the world's listings.

The world goes on by itself; what a caller wrote stays on top of it for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from stockroom.simulator.moods import chances
from stockroom.simulator.wire.journal import Journal

Patch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One accepted patch call."""

    submission_id: str
    request_id: str
    account: str
    sku: str
    marketplaces: tuple[str, ...]
    """Marketplace ids it was sent for."""
    product_type: str
    patches: tuple[Patch, ...]
    """None, when Amazon objects to it after all."""
    accepted_at: datetime
    visible_at: datetime
    objections: tuple[Mapping[str, Any], ...] = ()
    """Issues that show instead of the change."""
    merchant_units: Mapping[str, int] = field(default_factory=dict)
    """What the merchant had for sale when it was accepted, by marketplace id."""


class ListingChanges:
    """All accepted changes of all sellers.

    Args:
        home: The installation's home; the file is ``simulator/changes.jsonl``.
    """

    def __init__(self, home: Path) -> None:
        self._journal = Journal(home / "simulator" / "changes.jsonl")
        self._changes: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
        for record in self._journal.read():
            self._remember(_from_record(record))

    def accept(self, change: Change) -> None:
        """Write a change down."""
        times = {
            "accepted_at": change.accepted_at.isoformat(),
            "visible_at": change.visible_at.isoformat(),
        }
        self._journal.append(asdict(change) | times)
        self._remember(change)

    def of(
        self, account: str, sku: str, marketplace_id: str, as_of: datetime | None
    ) -> Iterator[Change]:
        """Changes of one listing, oldest first; ``as_of`` None: also those not visible yet."""
        for change in self._changes.get((account, sku), ()):
            if marketplace_id in change.marketplaces and (
                as_of is None or change.visible_at <= as_of
            ):
                yield change

    def _remember(self, change: Change) -> None:
        self._changes[change.account, change.sku].append(change)


def shows_after(submission_id: str, *, late: bool) -> timedelta:
    """How long an accepted change takes to show: 10 to 25 seconds, unless it is ``late``.

    Facts 2.8: ACCEPTED is not applied; a reader sees the old value for a while.
    """
    luck = Random(submission_id)
    if late:
        return timedelta(hours=luck.uniform(*chances.BELATED_H))
    return timedelta(seconds=10 + 15 * luck.random())


def _from_record(record: dict[str, Any]) -> Change:
    changed = {
        "marketplaces": tuple(record["marketplaces"]),
        "patches": tuple(record["patches"]),
        "objections": tuple(record.get("objections", ())),
        "accepted_at": datetime.fromisoformat(record["accepted_at"]),
        "visible_at": datetime.fromisoformat(record["visible_at"]),
    }
    return Change(**record | changed)
