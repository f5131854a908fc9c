"""``busy``: whatever would change something is turned away with a 429, unread.

Facts 2.2: the recorded 429 carries neither a rate nor a time to come back.
"""

from __future__ import annotations

from random import Random

from stockroom.core.errors import ThrottledError
from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.errors import OVER_QUOTA, error_response


def _turned_away(_: Occasion, __: Random) -> Deed:
    return Deed("429", error_response(ThrottledError(OVER_QUOTA, status=429, code="QuotaExceeded")))


MOOD = Mood(
    name="busy",
    takes_operation=True,
    unless_named="patchListingsItem",
    only_submits=True,
    refusal=_turned_away,
)
