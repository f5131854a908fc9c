"""``inflated-report``: some documents repeat their rows many times over.

Facts 1.3: inventory planning went from 8 thousand rows to 1.5 million and back
(#5282).
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.documents.view import Table
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import SNAPSHOTS, Mood, Poison


def _inflated(table: Table, luck: Random) -> Table:
    rows = list(table.rows)
    affordable = chances.MOST_ROWS // max(1, len(rows))
    return Table(table.columns, rows * max(2, min(luck.randint(*chances.COPIES), affordable)))


MOOD = Mood(
    name="inflated-report",
    takes_report_type=True,
    poison=Poison(chance=chances.INFLATED_DOCUMENTS, types=SNAPSHOTS, edit=_inflated),
)
