"""``stockroom account stop``, ``stockroom org stop`` and ``resume``: switches that stop agents.

An account's switch stops changes, or with ``--agents`` everything an agent may do there;
an organisation's stops all agents in all its accounts. Processes ask for it with every
call (see ``tenancy.authenticate``) and again when a change is taken. An account's is turned in
its turn of the audit, so that a change is either taken before it or not at all, and the
chain says who turned it and why. An organisation's stops first and tells the chains then.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import select, update

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.whole_organisation import stop_at_once, turn_for_all
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.models import AccountRow, Organisation
from stockroom.tenancy.principal import KnownAccount
from stockroom.writes.audit import journal

_OPERATOR = "operator"
_LONGEST_REASON = 500

Stop = Literal["nothing", "changes", "agents"]
"""What is stopped: changes on their way to Amazon, or all that agents may do, reading included."""

_STANDING = {
    "nothing": "agents may ask, changes may leave",
    "changes": "stopped: no change leaves for Amazon",
    "agents": "stopped: no agent may read or change anything",
}
_ACTIONS = {"nothing": "resumed", "changes": "stopped", "agents": "agents_stopped"}


def stop_account(settings: Settings, slug: str, *, stop: Stop, reason: str | None) -> None:
    """Turn the switch of one account and say how it stands.

    Raises:
        NotFoundError: There is no such account.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            turned = await turn(house, account, stop=stop, reason=reason)
        print(f"{slug}: {_STANDING[stop]}{'' if turned else ', as before'}.")

    run_main(main())


def stop_organisation(settings: Settings, name: str, *, stopped: bool, reason: str | None) -> None:
    """Turn the switch of one organisation and say how it stands.

    Raises:
        NotFoundError: There is no such organisation.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            turned = await turn_organisation(house, name, stopped=stopped, reason=reason)
        standing = _STANDING["agents"] if stopped else "its agents may go on"
        print(f"{name}: {standing}{'' if turned else ', as before'}.")

    run_main(main())


async def turn(
    house: House, account: KnownAccount, *, stop: Stop, reason: str | None, by: str = _OPERATOR
) -> bool:
    """Turn an account's switch; whether it stood otherwise before (only that is audited)."""
    async with journal(house.database, house.clock, account.id, by) as step:
        row = (await step.session.scalars(select(AccountRow))).one()
        stands = "agents" if row.agents_stopped_at else "changes" if row.stopped else "nothing"
        if stop == stands or (stop, stands) == ("changes", "agents"):  # a stop lifts no other
            return False
        row.stopped = stop == "changes"
        row.agents_stopped_at = step.at if stop == "agents" else None
        await step.write(_ACTIONS[stop], None, _told(reason))
        return True


async def turn_organisation(
    house: House, name: str, *, stopped: bool, reason: str | None, by: str = _OPERATOR
) -> bool:
    """Turn an organisation's switch; whether it stood otherwise before.

    A stop counts before the audits are told, whoever holds an account's turn; agents go on in the
    turn of every account.

    Raises:
        NotFoundError: There is no such organisation.
    """
    organisation_id = await holder_of(house.database, "organisations", name)
    if organisation_id is None:
        raise NotFoundError(
            f"There is no organisation '{name}'.",
            field="organisation",
            next_step="See 'stockroom account list', or make it with 'stockroom org create'.",
        )
    since = Organisation.agents_stopped_at
    change = update(Organisation).where(since.is_(None) if stopped else since.is_not(None))
    now = house.clock.now() if stopped else None
    turned = change.values(agents_stopped_at=now).returning(Organisation.id)
    if now is None:
        return await turn_for_all(
            house, organisation_id, turned, action="organisation_resumed", told=_told(reason), by=by
        )
    told = {**_told(reason), "since": now.isoformat()}
    return await stop_at_once(
        house, organisation_id, turned, action="organisation_stopped", told=told, by=by
    )


def _told(reason: str | None) -> dict[str, Any]:
    return {"reason": None if reason is None else reason[:_LONGEST_REASON]}
