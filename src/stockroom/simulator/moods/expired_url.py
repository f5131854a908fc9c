"""``expired-url``: some document addresses are past their five minutes when they are handed out.

Facts 1.1 and 5.1 (trap 3): the address lives five minutes, and past them storage
answers with XML that a careless client keeps as the document. Asking for another
address costs one of the scarcest calls there are.
"""

from __future__ import annotations

from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Mood

MOOD = Mood(
    name="expired-url",
    takes_report_type=True,
    expired_addresses=chances.EXPIRED_ADDRESSES,
)
