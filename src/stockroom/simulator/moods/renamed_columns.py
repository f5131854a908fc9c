"""``renamed-columns``: columns in another order, and some by another name.

Facts 1.3: columns were renamed and reordered without notice (#5284, #5091). A
change of that kind holds for every document of the type until Amazon mends it.
"""

from __future__ import annotations

from random import Random

from stockroom.simulator.documents.view import Table
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Mood, Poison


def _renamed(table: Table, luck: Random) -> Table:
    order = list(range(len(table.columns)))
    luck.shuffle(order)
    count = max(1, round(len(order) * chances.RENAMED_COLUMNS))
    strangers = set(luck.sample(order, count))
    names = [_other(name) if at in strangers else name for at, name in enumerate(table.columns)]
    return Table(
        tuple(names[at] for at in order),
        (tuple(row[at] for at in order) for row in table.rows),
    )


def _other(name: str) -> str:
    return f"{name} Value" if " " in name or name[:1].isupper() else f"{name}-value"


MOOD = Mood(
    name="renamed-columns",
    takes_report_type=True,
    poison=Poison(edit=_renamed, alike=True),
)
