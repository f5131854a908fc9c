"""``throttled``: a tenth of every usage plan, and now and then a 429 that no bucket explains.

Facts 2.2: the plan belongs to the pair of seller and application and may be
any; the recorded 429 carries no rate header, so a client cannot learn from it.
"""

from __future__ import annotations

from random import Random

from stockroom.core.errors import ThrottledError
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.ads_errors import busy_page
from stockroom.simulator.wire.errors import OVER_QUOTA, error_response
from stockroom.simulator.wire.rates import ADS_RATES, PLANS


def _sporadic(at: Occasion, luck: Random) -> Deed | None:
    # Sign-in and storage have no usage plan.
    if at.operation not in PLANS or luck.random() >= chances.SPORADIC_REFUSALS:
        return None
    if at.operation in ADS_RATES:
        return Deed("sporadic 429", busy_page())
    response = error_response(ThrottledError(OVER_QUOTA, status=429, code="QuotaExceeded"))
    del response.headers["x-amzn-ErrorType"]
    return Deed("sporadic 429", response)


MOOD = Mood(
    name="throttled",
    takes_operation=True,
    takes_report_type=True,
    quota_share=chances.QUOTA_SHARE,
    refusal=_sporadic,
)
