"""``forgetful``: listing patches are ACCEPTED and never applied."""

from __future__ import annotations

from stockroom.simulator.moods.mood import Mood, Submission

MOOD = Mood(name="forgetful", only_submits=True, submission=Submission.FORGOTTEN)
