"""``revoked``: the seller has withdrawn the authorisation.

Facts 3: Login with Amazon answers ``invalid_grant``, and trying again never
helps; facts 2.2: an access token that has not run out yet is a 403 from now on.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.errors import BAD_TOKEN, denied, error_response, invalid_grant
from stockroom.simulator.wire.rates import RATES


def _withdrawn(at: Occasion, _: Random) -> Deed | None:
    if at.operation == "lwaToken":
        return Deed("invalid_grant", invalid_grant())
    if at.operation in RATES:
        return Deed("token", error_response(denied(BAD_TOKEN)))
    return None  # an address already handed out carries its own permission


MOOD = Mood(name="revoked", refusal=_withdrawn)
