"""All moods by name, in the order in which they act upon the same thing."""

from __future__ import annotations

from stockroom.simulator.moods import (
    belated,
    busy,
    contrary,
    cp1252,
    expired_url,
    failing,
    flaky,
    forgetful,
    half_report,
    inflated_report,
    objecting,
    renamed_columns,
    revoked,
    role_missing,
    slow,
    throttled,
    translated_headers,
    unanswered,
)
from stockroom.simulator.moods.mood import Mood

MOODS: dict[str, Mood] = {
    module.MOOD.name: module.MOOD
    for module in (
        slow,
        flaky,
        revoked,
        role_missing,
        throttled,
        busy,
        failing,
        unanswered,
        contrary,
        objecting,
        forgetful,
        belated,
        expired_url,
        inflated_report,
        half_report,
        renamed_columns,
        translated_headers,
        cp1252,
    )
}
