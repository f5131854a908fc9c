"""``revoked``: the seller has withdrawn the authorisations.

Facts 3: Login with Amazon answers ``invalid_grant``, and trying again never
helps; facts 2.2: an access token that has not run out yet is a 403 from now on.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.ads_errors import UNAUTHORIZED, ads_error
from stockroom.simulator.wire.errors import BAD_TOKEN, denied, error_response, invalid_grant
from stockroom.simulator.wire.rates import ADS_RATES, RATES


def _withdrawn(at: Occasion, _: Random) -> Deed | None:
    if at.operation == "lwaToken":
        return Deed("invalid_grant", invalid_grant())
    if at.operation in RATES:
        return Deed("token", error_response(denied(BAD_TOKEN)))
    if at.operation in ADS_RATES:
        return Deed("token", ads_error(401, UNAUTHORIZED))
    return None  # an address already handed out carries its own permission


MOOD = Mood(name="revoked", refusal=_withdrawn)
