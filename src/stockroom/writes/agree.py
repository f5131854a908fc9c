"""Agree: what was shown is agreed to, and the work is queued with it.

The agreement and the job that carries it out are committed in one transaction: there
is no moment in which one exists without the other. Who may agree, and what holds them
back, are the terms that ``confirm`` (a key) and ``approve`` (a person) bring; the walk
is one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stockroom.core.errors import InvalidInputError, NotFoundError, StaleError, StockroomError
from stockroom.core.ruling import Ruling
from stockroom.writes import jobs
from stockroom.writes.audit import Journal
from stockroom.writes.chain import Head
from stockroom.writes.means import PREVIEW_LASTS, Means, within_reach
from stockroom.writes.models import ChangeRow
from stockroom.writes.party import Party
from stockroom.writes.refusals import remember
from stockroom.writes.shown import ChangeState, is_turned_down, next_step_of
from stockroom.writes.states import State, step

_ON_ITS_WAY = {
    State.CONFIRMED,
    State.EXECUTING,
    State.SENT,
    State.UNKNOWN,
    State.VERIFIED,
}
_LAPSED = "The preview of this change has expired; nothing was changed."
_AGAIN = "Propose it again, under a new idempotency_key if it had one, and confirm that preview."


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms somebody agrees.

    Args:
        party: Who.
        by: What is remembered of them beside the change.
        delegated: A key, not a person.
        entitled: Refuses who may not agree to this change at all.
        judge: Refuses what limits, switches or other changes forbid; gives the guardrails it
            passed, for the audit.
    """

    party: Party
    by: Mapping[str, Any]
    delegated: bool
    entitled: Callable[[Journal, ChangeRow], Awaitable[None]]
    judge: Callable[[Journal, ChangeRow], Awaitable[list[Ruling]]]


async def agree(means: Means, terms: Terms, change_id: UUID, fingerprint: str) -> ChangeState:
    """Agree to a change, by the fingerprint of what was shown.

    Repeating it is harmless: a change that is on its way, or done, answers its state.

    Raises:
        NotFoundError: No such change within reach.
        StaleError: The fingerprint is another preview's, the preview has expired, or another
            change of the same target got ahead.
        InvalidInputError: The change was cancelled or rejected, or Amazon did not take it.
        StockroomError: The terms forbid it.
    """
    party = terms.party
    async with means.journal(party.account_id, party.actor) as journal:
        stored = await journal.session.get(ChangeRow, (party.account_id, change_id))
        try:
            row = within_reach(party, stored)
        except NotFoundError as unknown:
            told = {"id": change_id, "fingerprint": fingerprint}
            await remember(journal, party, "confirm", unknown, more=told)
            outcome: ChangeRow | StockroomError = unknown
        else:
            outcome = await _agreed(means, journal, terms, row, fingerprint)
    # Raised only now: the refusal's audit row must be committed, not rolled back with it.
    if isinstance(outcome, StockroomError):
        raise outcome
    if outcome.confirmed_at == journal.at:  # this very call agreed, and that is committed
        means.signer.tell(party.account_id, journal.at, Head(journal.head.seq, journal.head.hash))
    return ChangeState.of(outcome)


async def _agreed(
    means: Means, journal: Journal, terms: Terms, row: ChangeRow, fingerprint: str
) -> ChangeRow | StockroomError:
    try:
        await terms.entitled(journal, row)
        _check_fingerprint(row, fingerprint)
        if row.state != State.PROPOSED:
            return _repeated(row)
        if journal.at >= row.expires_at:
            await step(journal, row.id, State.PROPOSED, State.EXPIRED)
            raise StaleError(_LAPSED, field="id", next_step=_AGAIN)
        rulings = await terms.judge(journal, row)
    except StockroomError as refusal:
        told = {"offered_fingerprint": fingerprint}
        await remember(journal, terms.party, "confirm", refusal, row=row, more=told)
        return refusal
    return await _queued(means, journal, terms, row, rulings)


def _check_fingerprint(row: ChangeRow, fingerprint: str) -> None:
    if fingerprint != row.fingerprint:
        raise StaleError(
            "The fingerprint does not belong to this preview; nothing was changed.",
            field="fingerprint",
            next_step="Read the preview with changes, show it, and confirm with its fingerprint.",
        )


def _repeated(row: ChangeRow) -> ChangeRow:
    if row.state in _ON_ITS_WAY:
        return row
    if row.state == State.EXPIRED:
        raise StaleError(_LAPSED, field="id", next_step=_AGAIN)
    ended = StaleError if row.state == State.BLOCKED else InvalidInputError
    raise ended(
        f"This change is {row.state} and can no longer be confirmed. {row.problem or ''}".strip(),
        field="id",
        next_step=next_step_of(row) if is_turned_down(row) else _AGAIN,
        amazon_says=row.amazon_says,
    )


async def _queued(
    means: Means, journal: Journal, terms: Terms, row: ChangeRow, rulings: list[Ruling]
) -> ChangeRow:
    confirmed = await step(
        journal,
        row.id,
        State.PROPOSED,
        State.CONFIRMED,
        details={"by": terms.party.facts, "guardrails": [one.facts() for one in rulings]},
        confirmed_at=journal.at,
        confirmed_by=dict(terms.by),
        delegated=terms.delegated,
        # An agreement does not last for ever either: a worker that comes later must not act on it.
        expires_at=journal.at + PREVIEW_LASTS,
    )
    assert confirmed is not None  # the account's turn is ours and the row was proposed
    await jobs.defer(journal.session, means.clock, jobs.EXECUTE, row.account_id, row.id)
    return confirmed
