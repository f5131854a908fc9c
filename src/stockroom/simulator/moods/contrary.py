"""``contrary``: listing patches that the preview called VALID are INVALID when they are sent.

Facts 2.8: with HTTP 200.
"""

from __future__ import annotations

from stockroom.simulator.moods.mood import Mood, Submission

MOOD = Mood(name="contrary", only_submits=True, submission=Submission.TURNED_DOWN)
