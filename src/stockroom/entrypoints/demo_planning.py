"""What the demo's first seller assumes: lead times, said through the gate as an agent would.

Without them nobody could tell when to order, and the demo would show unknowns. They are
said once: whoever changes them, or takes them back, finds them so at the next start.
"""

from __future__ import annotations

from contextlib import suppress

from stockroom.core.errors import StockroomError
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import ask
from stockroom.writes.asker import Asker

_INPUTS = {"lead_time_days": 35, "lead_time_spread_days": 6, "transit_to_fba_days": 12}
_REASON = "What our suppliers and carriers took this year."


async def assume(house: House, key: str) -> None:
    """Say what is assumed in each marketplace, unless something was ever said.

    Args:
        house: Where it is kept.
        key: The text of the key that says and confirms it.
    """
    principal = await house.authenticator.principal(key)
    if principal is None:  # somebody revoked the key: that is a decision
        return
    account = principal.accounts[0]
    if (await ask(house, account, "planning_inputs", history=True, limit=1)).rows:
        return
    asker = Asker.of(principal, account)
    with suppress(StockroomError):  # somebody stopped the account, or narrowed the key
        for code in account.marketplaces:
            arguments = {"marketplace": code, "inputs": _INPUTS}
            preview = await house.gate.propose(
                asker, "set_planning_inputs", arguments, reason=_REASON
            )
            await house.gate.confirm(asker, preview.id, preview.fingerprint)
