"""What callers changed of the advertising: kept in a file, visible a little later, laid over the plan.

The world's campaigns go on by themselves; what a caller wrote stays on top of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from stockroom.simulator.wire.journal import Journal
from stockroom.simulator.world import World

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """One accepted change of one entity."""

    account: str
    kind: str
    """As the bodies call them, e.g. ``campaigns``."""
    id: str
    fields: Mapping[str, Any]
    visible_at: datetime
    day: int
    """The day number of its marketplace from which the world goes by it."""


class AdsDesk:
    """All edits of all sellers' advertising.

    Args:
        home: The installation's home; the file is ``simulator/ads_edits.jsonl``.
        world: Goes on by what callers switched off and on.
    """

    def __init__(self, home: Path, world: World) -> None:
        self._world = world
        self._journal = Journal(home / "simulator" / "ads_edits.jsonl")
        self._edits: defaultdict[tuple[str, str, str], list[Edit]] = defaultdict(list)
        for record in self._journal.read():
            at = datetime.fromisoformat(record["visible_at"])
            self._remember(Edit(**record | {"visible_at": at}))

    def edit(
        self,
        account: str,
        entity: tuple[str, str],
        fields: Mapping[str, Any],
        now: datetime,
        *,
        today: date,
    ) -> None:
        """Write an edit down; it shows 1 to 6 seconds later.

        Args:
            account: Whose.
            entity: Its kind, and its id.
            fields: What is new.
            now: When.
            today: The marketplace's: what it does to the traffic is felt from tomorrow on.
        """
        kind, entity_id = entity
        day = (today - self._world.options.first_day).days + 1
        rng = Random(f"{entity_id}|{now.isoformat()}")
        shows = now + timedelta(seconds=1 + 5 * rng.random())
        edit = Edit(account, kind, entity_id, fields, shows, day)
        self._journal.append(asdict(edit) | {"visible_at": shows.isoformat()})
        self._remember(edit)

    def laid_over(
        self, account: str, kind: str, entity_id: str, row: Row, now: datetime | None
    ) -> Row:
        """The entity as it is shown; ``now`` None: with edits that are not visible yet."""
        shown = dict(row)
        for edit in self._edits.get((account, kind, entity_id), ()):
            if now is None or edit.visible_at <= now:
                shown |= edit.fields
        return {name: value for name, value in shown.items() if value is not None}

    def _remember(self, edit: Edit) -> None:
        self._edits[edit.account, edit.kind, edit.id].append(edit)
        if edit.kind == "campaigns" and "state" in edit.fields:
            switches = self._world.seller(edit.account).switches[edit.id]
            switches.append((edit.day, edit.fields["state"] == "PAUSED"))
