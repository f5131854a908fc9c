"""Question: what the person at a client is asked before a key with ``changes:ask`` confirms.

The answer counts for exactly what was shown: who asks it binds it to the fingerprint.
Where there is nothing to ask about, confirming says by itself why it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import GuardrailError, NotAllowedError, NotFoundError, StoppedError
from stockroom.core.scope import Scope
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch, fingerprint_of, rows_of, standing
from stockroom.writes.confirm import check_asker, check_limits
from stockroom.writes.eyes import check_eyes
from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.settle_batch import check_room
from stockroom.writes.shown import ChangeState, Preview
from stockroom.writes.states import State


@dataclass(frozen=True, slots=True)
class Question:
    """What would be agreed to.

    Args:
        changes: Those that wait, as they were shown.
        reason: Why, in the words of the program that proposed.
        unanswered: How it stands while nobody answers.
    """

    changes: Sequence[Preview]
    reason: str | None
    unanswered: ChangeState | Batch


async def question(
    means: Means, asker: Asker, number: UUID, fingerprint: str, *, answered: bool = False
) -> Question | None:
    """What to ask before this key confirms; None: nothing, it confirms or is refused unasked.

    Args:
        means: The gate's surroundings.
        asker: The key.
        number: Which change, or which batch.
        fingerprint: Of what was shown to the program.
        answered: The person was asked, and what they said is at hand: that takes no turn more.

    Raises:
        BusyError: The key asks too fast.
    """
    if Scope.CONFIRM in asker.scopes or Scope.ASK not in asker.scopes:
        return None
    if not answered:
        await means.pace.take(asker, "ask", {"id": number})
    async with means.database.session(asker.account_id) as session:
        try:
            rows = await rows_of(session, asker, number)
            waiting = _waiting(means, rows, number, fingerprint)
            await _check(means, asker, session, waiting)
        except (NotFoundError, NotAllowedError, GuardrailError, StoppedError):
            return None
    if not waiting or waiting[0].local:
        return None
    return Question(
        changes=[Preview.of(row, means.base_url) for row in waiting],
        reason=waiting[0].reason,
        unanswered=standing(rows, number, means.base_url),
    )


def _waiting(
    means: Means, rows: Sequence[ChangeRow], number: UUID, fingerprint: str
) -> list[ChangeRow]:
    """Those that can still be agreed to by that fingerprint."""
    prints = [row.fingerprint for row in rows]
    alone = rows[0].id == number
    if fingerprint != (prints[0] if alone else fingerprint_of(prints)):
        return []
    now = means.clock.now()
    return [row for row in rows if row.state == State.PROPOSED and now < row.expires_at]


async def _check(
    means: Means, asker: Asker, session: AsyncSession, waiting: Sequence[ChangeRow]
) -> None:
    """Refuse what no word of that person could allow: they are not asked in vain.

    Of several it is refused where none passes; those that do not pass end alone, as confirmed.
    """
    for row in waiting:
        check_asker(means, asker, row)
    for row in waiting[:1]:
        await check_eyes(session, row, None)
    now, refusals = means.clock.now(), list[GuardrailError]()
    await check_room(session, asker, len(waiting), now)
    for row in waiting:
        try:
            await check_limits(session, asker, row, now)
        except GuardrailError as refusal:
            refusals.append(refusal)
    if refusals and len(refusals) == len(waiting):
        raise refusals[0]
