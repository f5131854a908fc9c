"""``cp1252``: documents in Windows Latin, and the content type says so.

Facts 1.1: the content type carries the charset; UTF-8, Cp1252, ISO-8859-1 and
windows-31j were seen. What Windows Latin cannot write becomes a question mark.
"""

from __future__ import annotations

from stockroom.simulator.moods.mood import Mood, Poison

MOOD = Mood(name="cp1252", takes_report_type=True, poison=Poison(charset="Cp1252"))
