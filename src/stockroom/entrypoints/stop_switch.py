"""``stockroom account stop`` and ``resume``: the operator's switch over everything an account may change.

It is turned in the account's turn of the audit, so that a change is either
taken before it or not at all, and the chain says who turned it and why.
"""

from __future__ import annotations

from sqlalchemy import select, update

from stockroom.core.config import Settings
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.models import AccountRow
from stockroom.tenancy.principal import KnownAccount
from stockroom.writes.audit import journal

_OPERATOR = "operator"
_LONGEST_REASON = 500


def run(settings: Settings, slug: str, *, stopped: bool, reason: str | None) -> None:
    """Turn the switch of one account and say how it stands.

    Raises:
        NotFoundError: There is no such account.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            turned = await turn(house, account, stopped=stopped, reason=reason)
        standing = "stopped: no change leaves for Amazon" if stopped else "changes may leave"
        print(f"{slug}: {standing}{'' if turned else ', as before'}.")

    run_main(main())


async def turn(
    house: House, account: KnownAccount, *, stopped: bool, reason: str | None, by: str = _OPERATOR
) -> bool:
    """Turn the switch; whether it stood otherwise before (only that is audited)."""
    async with journal(house.database, house.clock, account.id, by) as step:
        mine = AccountRow.account_id == account.id
        if await step.session.scalar(select(AccountRow.stopped).where(mine)) is stopped:
            return False
        await step.session.execute(update(AccountRow).where(mine).values(stopped=stopped))
        said = None if reason is None else reason[:_LONGEST_REASON]
        await step.write("stopped" if stopped else "resumed", None, {"reason": said})
        return True
