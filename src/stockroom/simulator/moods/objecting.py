"""``objecting``: listing patches are ACCEPTED, and an issue shows instead of the change."""

from __future__ import annotations

from stockroom.simulator.moods.mood import Mood, Submission

MOOD = Mood(name="objecting", only_submits=True, submission=Submission.OBJECTED)
