"""Confirm: someone agrees to exactly what was shown, and the work is queued with it.

The agreement and the job that carries it out are committed in one transaction: there
is no moment in which one exists without the other. Confirmation by a key is
*delegated* confirmation: the key must carry ``changes:confirm``, must be the key that
proposed, must have a daily limit, and the audit says so. It never holds for what
spends money or cannot be undone. What is only kept here asks for less (``powers``).
"""

from __future__ import annotations

from uuid import UUID

from stockroom.core.errors import (
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StaleError,
    StockroomError,
)
from stockroom.core.ruling import Ruling
from stockroom.writes import jobs
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal
from stockroom.writes.chain import Head
from stockroom.writes.guardrails import Case, check_all
from stockroom.writes.limits import Limits
from stockroom.writes.means import PREVIEW_LASTS, Means, change_of, within_reach
from stockroom.writes.models import ChangeRow
from stockroom.writes.powers import confirming_scopes, needs_daily_limit
from stockroom.writes.problems import block
from stockroom.writes.refusals import remember
from stockroom.writes.rivals import check_rivals
from stockroom.writes.shown import ChangeState, needs_person
from stockroom.writes.states import State, step

_ON_ITS_WAY = {
    State.CONFIRMED,
    State.EXECUTING,
    State.SENT,
    State.UNKNOWN,
    State.VERIFIED,
}
_LAPSED = "The preview of this change has expired; nothing was changed."
_WITH_POWER = (
    "Propose and confirm it with a key that has the scopes of the tool and changes:confirm; an "
    "owner of the account can issue one."
)
_AGAIN = "Propose it again, under a new idempotency_key if it had one, and confirm that preview."


async def confirm(means: Means, asker: Asker, change_id: UUID, fingerprint: str) -> ChangeState:
    """Agree to a change, by the fingerprint of what was shown.

    Repeating it is harmless: a change that is on its way, or done, answers its state.

    Raises:
        NotFoundError: No such change within reach.
        NotAllowedError: This key may not confirm, or did not propose this change.
        StaleError: The fingerprint is another preview's, the preview has expired, or another
            change of the same target got ahead.
        InvalidInputError: The change was cancelled, or Amazon did not take it.
        GuardrailError: A limit forbids it, or the key has none for a day.
        StoppedError: The account's stop switch is on.
        BusyError: The key confirms too fast.
    """
    await means.pace.take(asker, "confirm", {"id": change_id})
    return await agree(means, asker, change_id, fingerprint)


async def agree(means: Means, asker: Asker, change_id: UUID, fingerprint: str) -> ChangeState:
    """What :func:`confirm` does, without taking a turn: of a batch, the caller took one for all."""
    async with means.journal(asker.account_id, asker.actor) as journal:
        try:
            row = within_reach(
                asker, await journal.session.get(ChangeRow, (asker.account_id, change_id))
            )
        except NotFoundError as unknown:
            told = {"id": change_id, "fingerprint": fingerprint}
            await remember(journal, asker, "confirm", unknown, more=told)
            outcome: ChangeRow | StockroomError = unknown
        else:
            outcome = await _confirmed(means, journal, asker, row, fingerprint)
    # Raised only now: the refusal's audit row must be committed, not rolled back with it.
    if isinstance(outcome, StockroomError):
        raise outcome
    if outcome.confirmed_at == journal.at:  # this very call agreed, and that is committed
        means.signer.tell(asker.account_id, journal.at, Head(journal.head.seq, journal.head.hash))
    return ChangeState.of(outcome)


async def _confirmed(
    means: Means, journal: Journal, asker: Asker, row: ChangeRow, fingerprint: str
) -> ChangeRow | StockroomError:
    try:
        _check_asker(means, asker, row)
        _check_fingerprint(row, fingerprint)
        if row.state != State.PROPOSED:
            return _repeated(row)
        if journal.at >= row.expires_at:
            await step(journal, row.id, State.PROPOSED, State.EXPIRED)
            raise StaleError(_LAPSED, field="id", next_step=_AGAIN)
        rulings = await _check_limits(journal, asker, row)
        await _check_rivals(journal, row)
    except StockroomError as refusal:
        told = {"offered_fingerprint": fingerprint}
        await remember(journal, asker, "confirm", refusal, row=row, more=told)
        return refusal
    return await _agree(means, journal, asker, row, rulings)


def _check_asker(means: Means, asker: Asker, row: ChangeRow) -> None:
    tool = means.tools[row.tool]
    powers = confirming_scopes(row, tool)
    if not powers <= asker.scopes or not asker.may(tool.name, tool.scope):
        raise NotAllowedError(
            "This key may not confirm this change.",
            next_step=_WITH_POWER,
        )
    if asker.key_id != row.key_id:
        raise NotAllowedError(
            "Another key proposed this change; only that key may confirm it.",
            next_step="Confirm it with that key, or propose it again with this one.",
        )
    if needs_person(row):
        raise NotAllowedError(
            "This change spends money or cannot be undone: no key may confirm it.",
            next_step=f"A person approves it at {means.base_url}/changes/{row.id}.",
        )


def _check_fingerprint(row: ChangeRow, fingerprint: str) -> None:
    if fingerprint != row.fingerprint:
        raise StaleError(
            "The fingerprint does not belong to this preview; nothing was changed.",
            field="fingerprint",
            next_step="Read the preview with changes, show it, and confirm with its fingerprint.",
        )


async def _check_limits(journal: Journal, asker: Asker, row: ChangeRow) -> list[Ruling]:
    limits = Limits.read(asker.limits)
    if limits.changes_per_day is None and needs_daily_limit(row):
        raise GuardrailError(
            "A key may confirm only with a limit of changes per day, and this one has none.",
            next_step="An owner of the account can issue a key whose limits name changes_per_day.",
        )
    case = Case(asker.account_id, asker.key_id, limits, journal.at)
    return await check_all(journal.session, case, change_of(row))


async def _check_rivals(journal: Journal, row: ChangeRow) -> None:
    """Of two previews of one target only one can win: the other ends when that is certain."""
    try:
        await check_rivals(
            journal.session,
            row.account_id,
            row.tool,
            row.target,
            since=row.proposed_at,
            change_id=row.id,
        )
    except StaleError as refusal:
        await block(journal, row, refusal)
        raise


def _repeated(row: ChangeRow) -> ChangeRow:
    if row.state in _ON_ITS_WAY:
        return row
    if row.state == State.EXPIRED:
        raise StaleError(_LAPSED, field="id", next_step=_AGAIN)
    ended = StaleError if row.state == State.BLOCKED else InvalidInputError
    raise ended(
        f"This change is {row.state} and can no longer be confirmed. {row.problem or ''}".strip(),
        field="id",
        next_step=_AGAIN,
        amazon_says=row.amazon_says,
    )


async def _agree(
    means: Means, journal: Journal, asker: Asker, row: ChangeRow, rulings: list[Ruling]
) -> ChangeRow:
    confirmed = await step(
        journal,
        row.id,
        State.PROPOSED,
        State.CONFIRMED,
        details={"by": asker.facts, "guardrails": [one.facts() for one in rulings]},
        confirmed_at=journal.at,
        confirmed_by={**asker.facts, "key_id": None if asker.key_id is None else str(asker.key_id)},
        delegated=True,
        # An agreement does not last for ever either: a worker that comes later must not act on it.
        expires_at=journal.at + PREVIEW_LASTS,
    )
    assert confirmed is not None  # the account's turn is ours and the row was proposed
    await jobs.defer(journal.session, means.clock, jobs.EXECUTE, row.account_id, row.id)
    return confirmed
