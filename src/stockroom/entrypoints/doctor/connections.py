"""What the doctor sees of each account: a real question to Amazon, then what the loads told."""

from __future__ import annotations

from dataclasses import replace

from stockroom.db.reach import EVERYWHERE
from stockroom.entrypoints.doctor.finding import Finding, Verdict, fail, ok, warn
from stockroom.entrypoints.house import House
from stockroom.entrypoints.probe import probe
from stockroom.tenancy.principal import KnownAccount
from stockroom.tools.read.accounts import accounts

_BROKEN = {"revoked", "secret_refused", "unreachable"}
_RESUME = "Run stockroom account resume when changes may leave again."


async def connection(house: House, account: KnownAccount) -> list[Finding]:
    """The account's connection, and its stop switch where that is on."""
    error = await probe(house, account)
    async with house.database.read(account.id, EVERYWHERE) as db:
        answer = await accounts.ask(db, house.clock)
    told = dict(zip(answer.columns, answer.rows[0], strict=True))
    found = [_found(told["state"], told["reason"], told["next_step"], told["authorised_until"])]
    if error is not None and found[0].verdict is Verdict.OK:
        found = [warn("connection", error.summary, error.next_step)]
    if told["stopped"]:
        found.append(
            warn("stop switch", "On: no change leaves for Amazon, or no agent may ask.", _RESUME)
        )
    return [replace(one, account=account.slug) for one in found]


def _found(state: str, reason: str | None, remedy: str | None, until: str) -> Finding:
    if reason is None or remedy is None:
        return ok("connection", f"Amazon answers; authorised until {until}.")
    return (fail if state in _BROKEN else warn)("connection", f"{state}: {reason}", remedy)
