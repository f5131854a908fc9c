"""``stockroom account limits``: what no key of an account, and no person, may do there.

They are replaced in the account's turn of the audit, so that a change is judged either by
the old ones or by the new, and the chain says who replaced what, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.core.text import plain
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.wiring import write_tools
from stockroom.tenancy.models import AccountRow
from stockroom.tenancy.principal import KnownAccount
from stockroom.writes.audit import journal
from stockroom.writes.guardrails import ACCOUNT_LIMITS
from stockroom.writes.limits import Limits

_OPERATOR = "operator"
_LONGEST_REASON = 500


def limit_account(settings: Settings, slug: str, *, to: str | None, reason: str | None) -> None:
    """Print an account's limits as JSON, after replacing them when ``to`` is given.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: ``to`` says something that is no limit; the old ones stay.
    """
    wanted = None if to is None else read_limits(to)

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            if wanted is not None:
                await set_limits(house, account, wanted, reason=reason)
            print(json.dumps(await limits_of(house, account)))

    run_main(main())


def read_limits(text: str) -> dict[str, Any]:
    """Limits as somebody typed them.

    Raises:
        InvalidInputError: They are not a JSON object, or say something that is no limit.
    """
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise InvalidInputError(
            "The limits are not a JSON object.",
            field="limits",
            next_step='Write them like {"changes_per_day": 20}; {} lifts them all.',
        )
    try:
        limits = Limits.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in ("limits", *first["loc"]))
        raise InvalidInputError(
            f"{where}: {first['msg']}.",
            field="limits",
            next_step="docs/limits.md lists what limits can say.",
        ) from None
    _check_rules(limits)
    return values


def _check_rules(limits: Limits) -> None:
    known = {tool.name for tool in write_tools()}
    for rule in limits.rules:
        if rule.tool is not None and rule.tool not in known:
            raise InvalidInputError(
                f"There is no write tool '{plain(rule.tool, 40)}': the rule would hold for nothing.",
                field="limits",
                next_step="docs/tools.md lists them.",
            )


async def limits_of(house: House, account: KnownAccount) -> dict[str, Any]:
    """The account's own limits, as they were set."""
    async with house.database.session(account.id) as session:
        row = await session.get_one(AccountRow, account.id)
    return dict(row.settings.get(ACCOUNT_LIMITS) or {})


async def set_limits(
    house: House,
    account: KnownAccount,
    limits: Mapping[str, Any],
    *,
    reason: str | None,
    by: str = _OPERATOR,
) -> bool:
    """Replace an account's limits; whether they were others before (only that is audited)."""
    async with journal(house.database, house.clock, account.id, by) as step:
        row = await step.session.get_one(AccountRow, account.id)
        before = row.settings.get(ACCOUNT_LIMITS) or {}
        if before == limits:
            return False
        row.settings = {**row.settings, ACCOUNT_LIMITS: dict(limits)}
        told = {
            "before": before,
            "after": dict(limits),
            "reason": None if reason is None else reason[:_LONGEST_REASON],
        }
        await step.write("limits_set", None, told)
        return True
