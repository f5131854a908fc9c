"""``role-missing``: the grant works, but not for one operation or report type.

Facts 2.2: a missing role is a 403 with empty details, the same as a wrong
region. It lasts until the application gets the role, so asking again is vain.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.ads_errors import NO_SCOPE, ads_error
from stockroom.simulator.wire.errors import denied, error_response
from stockroom.simulator.wire.rates import ADS_RATES, RATES


def _denied(at: Occasion, _: Random) -> Deed | None:
    if at.operation in ADS_RATES:
        return Deed("401", ads_error(401, NO_SCOPE))
    # Sign-in and storage know no roles.
    return Deed("403", error_response(denied())) if at.operation in RATES else None


MOOD = Mood(
    name="role-missing",
    takes_operation=True,
    takes_report_type=True,
    unless_named="getInventorySummaries",
    refusal=_denied,
)
