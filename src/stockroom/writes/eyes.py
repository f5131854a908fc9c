"""Four eyes: where an organisation asks for it, nobody confirms a change at Amazon that they proposed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import NotAllowedError
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.tenancy.models import AccountRow, ApiKey, Organisation
from stockroom.writes.models import ChangeRow


async def check_eyes(session: AsyncSession, row: ChangeRow, email: str | None) -> None:
    """Refuse a confirmation by whoever stands behind the proposal.

    What is only kept here needs no second person, whoever confirms it: it can be put back.

    Args:
        session: The transaction that would confirm, inside the account.
        row: The change.
        email: The member who would confirm it; None: the very key that proposed it.

    Raises:
        NotAllowedError: The organisation wants a second person.
    """
    if row.local:
        return
    mine = select(AccountRow.organisation_id).where(AccountRow.account_id == row.account_id)
    await enter(session, ORGANISATION, (await session.scalars(mine)).one())
    if not (await session.scalars(select(Organisation.four_eyes))).one():
        return
    if email is None:
        raise NotAllowedError(
            "This organisation wants a second person for every change: no key may confirm.",
            next_step="Ask a person who may approve changes of this account to open approve_url.",
        )
    if email == await _proposer(session, row):
        raise NotAllowedError(
            "This change was proposed in your name, and your organisation wants a second person.",
            next_step="Ask somebody else who may approve changes of this account.",
        )


async def _proposer(session: AsyncSession, row: ChangeRow) -> str | None:
    """The member behind the key or grant; None: the operator of the installation."""
    person: str | None = row.proposed_by.get("person")
    if person is None and row.key_id is not None:
        made = select(ApiKey.created_by).where(ApiKey.id == row.key_id)
        person = (await session.scalars(made)).one_or_none()
    return person
