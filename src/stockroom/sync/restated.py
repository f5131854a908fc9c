"""Days that Amazon may have restated: the newest are read again each night, older ones each week.

What is due follows from when a day was last asked for, never from a tick. Older
days are cut into blocks of one request each, and every block has a weekday of
its own: a block that was not asked for since that day is due, so a night that
was missed is made up, and no night bears them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from zlib import crc32

from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.window import ONE_DAY, Window

_WEEK = 7


def weekly(
    report: Report, target: Window, loaded: Mapping[date, tuple[bool, datetime]], now: datetime
) -> list[Window]:
    """Blocks of older days to read again, newest first.

    Args:
        report: The dataset.
        target: The days that are to be in at all; the last of them is the newest to ask for.
        loaded: Per day: whether it is complete, and when Amazon was asked.
        now: The present.
    """
    if report.restated_weekly <= report.restated:
        return []
    oldest = max(target.first, target.last - report.restated_weekly * ONE_DAY)
    newest = target.last - (report.restated + 1) * ONE_DAY
    older = sorted(day for day in loaded if oldest <= day <= newest)
    due: list[Window] = []
    for block, grouped in groupby(older, lambda day: day.toordinal() // report.window):
        days = list(grouped)
        if min(loaded[day][1] for day in days).date() < _turn(_asked(report), block, now.date()):
            due.insert(0, Window(days[0], days[-1]))
    return due


def _asked(report: Report) -> str:
    """What is asked for: datasets that share a document have their turn on the same day."""
    request = report.request
    return request.report_type if isinstance(request, SpApiReport) else report.name


def _turn(asked: str, block: int, today: date) -> date:
    """The newest day, today or before, whose weekday is the block's.

    Days are UTC's here: they only spread the work, and no zone has a second one of them.
    """
    late = (today.toordinal() - block - crc32(asked.encode())) % _WEEK
    return today - late * ONE_DAY
