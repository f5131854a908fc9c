"""A mood as it was asked for: ``flaky``, ``flaky@shop``, ``half-report:GET_…``, ``slow:getReport@shop``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stockroom.core.errors import InvalidInputError
from stockroom.core.text import plain
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.moods.catalogue import MOODS
from stockroom.simulator.moods.mood import Mood, Occasion
from stockroom.simulator.wire.rates import PLANS

_SPELLING = re.compile(r"(?P<name>[^:@]*)(?::(?P<subject>[^:@]*))?(?:@(?P<account>[^:@]*))?")


@dataclass(frozen=True, slots=True)
class Setting:
    """A mood that is on, and what for."""

    mood: Mood
    subject: str = ""
    """An operation or a report type; empty: whatever the mood is about."""
    account: str = ""
    """Empty: every seller."""

    def __str__(self) -> str:
        subject = self.subject and f":{self.subject}"
        return f"{self.mood.name}{subject}{self.account and f'@{self.account}'}"

    def applies(self, at: Occasion) -> bool:
        """Whether the occasion is one that was meant."""
        if self.mood.only_submits and not at.submits:
            return False
        subject = self.subject or self.mood.unless_named
        return (not self.account or self.account == at.account) and (
            not subject or subject in {at.operation, at.report_type}
        )


def read_settings(texts: Iterable[str], accounts: Collection[str]) -> tuple[Setting, ...]:
    """What was asked for, each once, in the order in which the moods act, the narrowest first.

    Args:
        texts: ``NAME[:OPERATION or REPORT_TYPE][@ACCOUNT]``.
        accounts: The sellers of this world.

    Raises:
        InvalidInputError: A part is unknown; the remedy names the known ones.
    """
    found = {_setting(text, accounts): None for text in texts}
    order = list(MOODS)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                order.index(one.mood.name),
                not one.subject,
                not one.account,
                str(one),
            ),
        )
    )


def _setting(text: str, accounts: Collection[str]) -> Setting:
    parts = _SPELLING.fullmatch(text.strip())
    name = parts["name"] if parts else text
    if parts is None or name not in MOODS:
        raise _unknown(f"'{plain(name, 60)}' is no mood.", MOODS)
    mood, subject, account = MOODS[name], parts["subject"], parts["account"]
    if subject is not None and subject not in (known := _subjects(mood)):
        if not known:
            raise InvalidInputError(
                f"The mood {name} cannot be narrowed to a part of Amazon.",
                field="mood",
                next_step=f"Write {name}, or {name}@ACCOUNT.",
            )
        raise _unknown(f"The mood {name} cannot be narrowed to '{plain(subject, 60)}'.", known)
    if account is not None and account not in accounts:
        raise _unknown(f"There is no account '{plain(account, 60)}' in this world.", accounts)
    return Setting(mood, subject or "", account or "")


def _subjects(mood: Mood) -> list[str]:
    operations = PLANS if mood.takes_operation else ()
    types = DOCUMENTS if mood.takes_report_type else ()
    return [*operations, *types]


def _unknown(summary: str, known: Iterable[str]) -> InvalidInputError:
    names = ", ".join(sorted(known))
    return InvalidInputError(summary, field="mood", next_step=f"Use one of: {names}.")
