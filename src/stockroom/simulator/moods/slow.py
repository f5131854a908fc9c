"""``slow``: reports take ten times as long, and every answer is late.

Facts 1.1: how long a report is IN_QUEUE and IN_PROGRESS is promised nowhere;
5.1 (trap 4): client libraries wait for ever, or for five seconds only.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Mood


def _delay_s(luck: Random) -> float:
    return luck.uniform(*chances.ANSWER_DELAY_S)


MOOD = Mood(
    name="slow",
    takes_operation=True,
    takes_report_type=True,
    generation_factor=chances.GENERATION_FACTOR,
    delay_s=_delay_s,
)
