"""``half-report``: some documents come with about half of their rows, and nothing says so.

Facts 1.3: inventory planning arrived with a random half of its rows (#5149) and
without the best sellers (#5044), status DONE. Another document loses other rows.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.documents.view import Table
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import SNAPSHOTS, Mood, Poison


def _halved(table: Table, luck: Random) -> Table:
    lost = luck.uniform(*chances.LOST_ROWS)
    return Table(table.columns, (row for row in table.rows if luck.random() >= lost))


MOOD = Mood(
    name="half-report",
    takes_report_type=True,
    poison=Poison(chance=chances.HALVED_DOCUMENTS, types=SNAPSHOTS, edit=_halved),
)
