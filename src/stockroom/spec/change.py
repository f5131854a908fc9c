"""A change is a value: worked out, shown, confirmed by its fingerprint, done once.

Nothing here talks to Amazon. A write tool makes a :class:`Change` from live
values; the gate stores it, and later asks the same tool to make it again. Equal
fingerprints mean that what was shown is still what would happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from stockroom.core.ids import digest
from stockroom.spec.measures import CURRENCY, Measure


@dataclass(frozen=True, slots=True)
class Cost:
    """Money that a change spends.

    Args:
        amount: A decimal in plain spelling, e.g. ``12.30``.
        currency: ISO code.
    """

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Change:
    """A write worked out but not done.

    Args:
        tool: Name of the write tool that made it.
        account_id: The one account it touches.
        arguments: The tool's arguments, as JSON values; enough to make it again.
        target: What is changed, e.g. ``{"sku": …, "marketplace": …}``.
        before: Live values it would replace, as JSON values.
        after: Values it would set.
        observed: Everything live that the payload was computed from (a superset of ``before``).
        payload: The exact body that would be sent to Amazon.
        summary: One line for the person who confirms; contains no text from listings or buyers.
        warnings: What the person should know before confirming.
        measures: Figures guardrails judge by, named as in :mod:`stockroom.spec.measures`, e.g.
            ``{"price": "19.99", "currency": "USD", "relative_change": "0.05"}``.
        runs: Which run of a load supplied the figures that are shown of a SKU: SKU → run id. Live
            values have none.
        requests: Under which of Amazon's request ids a live value of ``before`` was read: its name
            → request id.
        reversible: Whether a later change can put ``before`` back.
        costs: What it spends; None: nothing.
        irreversible: What it commits to for good, one sentence; empty: nothing is lost by it.
        personal: What the body carries besides, about a person: sent, and never stored with the
            change (:mod:`stockroom.spec.personal`); the gate binds ``observed`` to whom it is about.
        id: Which change it is, once it is carried out or read back; what it makes at Amazon can be
            named after it, so that it is never made twice.
        answer: Amazon's answer to the call; empty before it was made, or when none arrived.
        seen: What the last read-back found (:attr:`Verdict.live`).
    """

    tool: str
    account_id: UUID
    arguments: Mapping[str, Any]
    target: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    observed: Mapping[str, Any]
    payload: Mapping[str, Any]
    summary: str
    warnings: tuple[str, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    reversible: bool = True
    runs: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    costs: Cost | None = None
    irreversible: str = ""
    personal: Mapping[str, Any] = field(default_factory=dict)
    id: UUID | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strange = sorted(set(self.measures) - {*Measure, CURRENCY})
        if strange:
            raise ValueError(f"{self.tool}: no limit can name the measures {strange}")

    @property
    def skus(self) -> frozenset[str]:
        """The SKUs it touches: all that its target and arguments call ``sku`` or ``skus``."""
        return frozenset((*_skus(self.target), *_skus(self.arguments)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over tool, account, observed live values, what is sent, and what it spends for good.

        Nothing personal: whoever holds one could test guesses of it.
        """
        return digest(
            {
                "tool": self.tool,
                "account": str(self.account_id),
                "observed": self.observed,
                "payload": self.payload,
                "costs": None if self.costs is None else asdict(self.costs),
                "irreversible": self.irreversible,
            }
        )


def _skus(value: Any, *, named: bool = False) -> Iterator[str]:
    match value:
        case str() if named:
            yield value
        case Mapping():
            for name, inner in value.items():
                yield from _skus(inner, named=name in {"sku", "skus"})
        case list() | tuple():
            for inner in value:
                yield from _skus(inner, named=named)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Amazon answered to the one call that writes.

    Args:
        accepted: Amazon took it (not yet: it is done).
        answer: Amazon's answer, as JSON values.
        request_id: ``x-amzn-RequestId`` of the call.
        problems: Amazon's issues, one sentence each.
    """

    accepted: bool
    answer: Mapping[str, Any]
    request_id: str = ""
    problems: tuple[str, ...] = ()


class Seen(StrEnum):
    """What a read-back found."""

    APPLIED = "applied"
    PENDING = "pending"
    REFUSED = "refused"
    """Amazon reports an issue that rules the change out."""
    NOTHING = "nothing"
    """The look itself failed: Amazon may show the change or not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one read-back.

    Args:
        seen: Applied, not visible yet, refused, or that nothing could be seen.
        live: The values Amazon shows now, in the shape of ``Change.after``, and whatever the next
            look needs to know of this one (it is given back as ``Change.seen``).
        problems: Amazon's issues, one sentence each.
    """

    seen: Seen
    live: Mapping[str, Any]
    problems: tuple[str, ...] = ()
