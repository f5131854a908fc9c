"""``belated``: listing patches are ACCEPTED and applied hours or days later."""

from __future__ import annotations

from stockroom.simulator.moods.mood import Mood, Submission

MOOD = Mood(name="belated", only_submits=True, submission=Submission.BELATED)
