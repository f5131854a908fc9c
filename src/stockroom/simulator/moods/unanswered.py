"""``unanswered``: what changes something is carried out, and the caller never hears of it."""

from __future__ import annotations

from random import Random

from starlette.responses import Response

from stockroom.simulator.moods.mood import Deed, Mood
from stockroom.simulator.wire.broken import HungUp


def _lost(_: Response, __: Random) -> Deed:
    return Deed("lost", HungUp())


MOOD = Mood(
    name="unanswered",
    takes_operation=True,
    unless_named="patchListingsItem",
    only_submits=True,
    spoiled=_lost,
)
