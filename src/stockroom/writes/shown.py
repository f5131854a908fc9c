"""What a caller is shown of a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from stockroom.core.text import plain, quoted
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import State

_NEXT_STEPS = {
    State.PROPOSED: (
        "Nothing has changed yet. Show before and after to the person. They approve or reject it "
        "at approve_url; or, once they agree, call confirm_change with id and fingerprint, for "
        "which the key that proposes needs the scope changes:confirm or changes:ask."
    ),
    State.CONFIRMED: "It is being carried out. Ask changes with this id for the result.",
    State.EXECUTING: "It is being carried out. Ask changes with this id for the result.",
    State.SENT: "Amazon accepted it and has not shown it yet. Ask changes with this id later.",
    State.UNKNOWN: "Amazon did not answer; it is being read back. Do not propose it again yet.",
    State.VERIFIED: "Done: the new values are in force.",
    State.EXPIRED: "Nothing was changed. Propose it again for a fresh preview.",
    State.CANCELLED: "Nothing was changed.",
}
_ENDED_BADLY = (
    "It is not in force. Read problem and amazon_says, then propose again if it is still wanted."
)


_FOR_A_PERSON = (
    "Nothing has changed yet. This spends money or cannot be undone: ask a person who may approve "
    "changes of this account to open approve_url. confirm_change is refused for it."
)
_FOR_THE_KEY = (
    "Nothing is recorded yet. Show before and after to the person. Once they agree, call "
    "confirm_change with id and fingerprint; this key may. Nothing at Amazon changes."
)


_TURNED_DOWN = (
    "A person rejected it, for the reason in problem. Do not propose it again unless they ask or "
    "the reason no longer holds."
)


_LEFT_ALONE = (
    "Nobody reads it back any more. See at Amazon whether it is in force, and propose it again if it "
    "is not."
)


def approve_url(base_url: str, change_id: UUID) -> str:
    """Where a person decides about a change; it carries no secret."""
    return f"{base_url}/console/changes/{change_id}"


def needs_person(row: ChangeRow) -> bool:
    """Whether a key may never confirm it: it spends money, or commits to something for good."""
    return row.costs is not None or row.irreversible != ""


def is_turned_down(row: ChangeRow) -> bool:
    """Whether a person rejected it; the other rejected ones were not taken by Amazon."""
    return row.rejected_at is not None


def next_step(state: str) -> str:
    """What follows from a state, in the imperative."""
    return _NEXT_STEPS.get(State(state), _ENDED_BADLY)


def next_step_of(row: ChangeRow) -> str:
    """What the caller does next about this very change."""
    if is_turned_down(row):
        return _TURNED_DOWN
    if row.state in {State.SENT, State.UNKNOWN} and row.looks and row.next_look_at is None:
        return _LEFT_ALONE
    if row.state == State.PROPOSED and needs_person(row):
        return _FOR_A_PERSON
    if row.state == State.PROPOSED and row.local:
        return _FOR_THE_KEY
    return next_step(row.state)


@dataclass(frozen=True, slots=True)
class Preview:
    """A proposal: what would change, and what to confirm it with."""

    id: UUID
    tool: str
    state: str
    fingerprint: str
    summary: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    warnings: tuple[str, ...]
    costs: Mapping[str, Any] | None
    """What it spends, amount and currency; then only a person may confirm it."""
    irreversible: str
    """What it commits to for good; then, too, only a person may confirm it."""
    expires_at: str
    approve_url: str
    """Its address on the console; carries no secret."""
    next_step: str

    @classmethod
    def of(cls, row: ChangeRow, base_url: str) -> Preview:
        """The preview stored in a row; its state is the present one."""
        return cls(
            id=row.id,
            tool=row.tool,
            state=row.state,
            fingerprint=row.fingerprint,
            summary=row.summary,
            before=row.before,
            after=row.after,
            warnings=tuple(row.warnings),
            costs=row.costs,
            irreversible=row.irreversible,
            expires_at=row.expires_at.isoformat(timespec="seconds"),
            approve_url=approve_url(base_url, row.id),
            next_step=next_step_of(row),
        )

    def facts(self) -> dict[str, Any]:
        """JSON values, in the order of the fields."""
        return {**asdict(self), "id": str(self.id), "warnings": list(self.warnings)}


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Where a change stands after it was confirmed, cancelled or settled."""

    id: UUID
    tool: str
    state: str
    summary: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    delegated: bool | None
    """True when a key confirmed it instead of a person."""
    problem_kind: str | None
    problem: str | None
    amazon_says: tuple[str, ...]
    """Amazon's words about the problem: data."""
    seen: Mapping[str, Any]
    """What the last read-back found."""
    local: bool
    """It changes only what is kept here."""
    next_step: str

    @classmethod
    def of(cls, row: ChangeRow) -> ChangeState:
        """The present state of a row."""
        return cls(
            id=row.id,
            tool=row.tool,
            state=row.state,
            summary=row.summary,
            before=row.before,
            after=row.after,
            delegated=row.delegated,
            problem_kind=row.problem_kind,
            problem=None if row.problem is None else plain(row.problem, 1000),
            amazon_says=quoted(row.amazon_says),
            seen=(row.last_verdict or {}).get("live", {}),
            local=row.local,
            next_step=next_step_of(row),
        )

    def facts(self) -> dict[str, Any]:
        """JSON values, in the order of the fields."""
        return {**asdict(self), "id": str(self.id), "amazon_says": list(self.amazon_says)}
