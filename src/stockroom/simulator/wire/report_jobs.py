"""A requested report: what becomes of it, as a function of the clock.

Nothing runs in the background. A report is written down when it is asked for,
with the moments at which it will start and finish; its status at any instant
follows from them. Reports survive a restart, because a client remembers their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol
from uuid import UUID

from stockroom.core.marketplaces import BY_ID, Region
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Ask
from stockroom.simulator.wire.journal import Journal

RETENTION = timedelta(days=90)
"""Facts 1.1: generated reports are kept 90 days."""


@dataclass(frozen=True, slots=True)
class Report:
    """One createReport call."""

    id: str
    account: str
    type: str
    ask: Ask
    created_at: datetime
    started_at: datetime
    finished_at: datetime
    outcome: str
    """DONE, FATAL or CANCELLED: how it ends if nobody cancels it."""
    poisons: tuple[str, ...] = ()
    """Moods that have their way with its document; it stays as it was generated."""
    cancelled_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """Amazon's processing status at ``now``."""
        if self.cancelled_at is not None:
            return "CANCELLED"
        if now < self.started_at:
            return "IN_QUEUE"
        return "IN_PROGRESS" if now < self.finished_at else self.outcome

    @property
    def document_id(self) -> str | None:
        """The id of what it leaves behind; FATAL reports leave their error text."""
        if self.outcome == "CANCELLED" or self.cancelled_at is not None:
            return None
        name = UUID(int=Random(f"document {self.id}").getrandbits(128))
        return f"amzn1.spdoc.1.4.{self.ask.region.lower()}.{name}.{self.id}"


class MadeByAmazon(Protocol):
    """Reports that nobody asked for."""

    def of(self, account: str, now: datetime) -> Iterable[Report]:
        """A seller's."""
        ...

    def find(self, report_id: str, now: datetime) -> Report | None:
        """The one of an id, whosever it is."""
        ...


class ReportShelf:
    """Every report of the last 90 days.

    Args:
        home: The installation's home; the file is ``simulator/reports.jsonl``.
        automatic: Those that nobody asked for.
    """

    def __init__(self, home: Path, automatic: MadeByAmazon) -> None:
        self._automatic = automatic
        self._journal = Journal(home / "simulator" / "reports.jsonl")
        self._reports: dict[str, Report] = {}
        for record in self._journal.read():
            report = _from_record(record)
            self._reports[report.id] = report
        self._written = len(self._reports)

    def request(
        self,
        account: str,
        report_type: str,
        ask: Ask,
        now: datetime,
        *,
        factor: float = 1.0,
        poisons: tuple[str, ...] = (),
    ) -> Report:
        """Take in a new report.

        Args:
            account: Whose.
            report_type: What.
            ask: Of which window and marketplaces, with which options.
            now: When.
            factor: How many times longer than usual it takes.
            poisons: Moods that have their way with its document.
        """
        self._written += 1
        number = f"{50_000 + self._written}018{20_000 + self._written}"
        pace = Random(number)
        started = now + timedelta(seconds=factor * (1 + pace.random()))
        report = Report(
            id=number,
            account=account,
            type=report_type,
            ask=ask,
            created_at=now,
            started_at=started,
            finished_at=now + timedelta(seconds=factor * (2 + 8 * pace.random())),
            outcome=self._outcome(account, report_type, ask, now),
            poisons=poisons,
        )
        self._keep(report)
        return report

    def cancel(self, report: Report, now: datetime) -> None:
        """End a report before it starts."""
        self._keep(replace(report, cancelled_at=now))

    def find(self, account: str, report_id: str, now: datetime) -> Report | None:
        """The seller's report of that id, while Amazon keeps it."""
        report = self._reports.get(report_id) or self._automatic.find(report_id, now)
        if report is None or report.account != account or report.created_at + RETENTION < now:
            return None
        return report

    def by_document(self, document_id: str, now: datetime) -> Report | None:
        """The finished report that left a document."""
        number = document_id.rpartition(".")[2]
        report = self._reports.get(number) or self._automatic.find(number, now)
        if report is None or report.document_id != document_id or report.finished_at > now:
            return None
        return report if report.created_at + RETENTION >= now else None

    def newest_first(self, account: str) -> Iterator[Report]:
        """The reports the seller asked for, also those no longer kept."""
        for report in reversed(list(self._reports.values())):
            if report.account == account:
                yield report

    def listed(self, account: str, now: datetime) -> list[Report]:
        """The seller's reports and those made for them, newest first."""
        known = [*self.newest_first(account), *self._automatic.of(account, now)]
        return sorted(known, key=lambda report: report.created_at, reverse=True)

    def _keep(self, report: Report) -> None:
        self._reports[report.id] = report
        self._journal.append(_to_record(report))

    def _outcome(self, account: str, report_type: str, ask: Ask, now: datetime) -> str:
        view = DOCUMENTS[report_type]
        if view.objection(ask) is not None:
            return "FATAL"
        if view.pause is None:
            return "DONE"
        # Facts 1.1: generated at most once in a while; what is asked sooner ends CANCELLED.
        same = (
            one
            for one in self.newest_first(account)
            if one.type == report_type
            and (view.alone or one.ask == ask)
            and one.cancelled_at is None
        )
        recent = any(one.outcome == "DONE" and one.created_at + view.pause > now for one in same)
        return "CANCELLED" if recent else "DONE"


def _to_record(report: Report) -> dict[str, Any]:
    record = {field.name: _plain(getattr(report, field.name)) for field in fields(report)}
    ask = report.ask
    return {
        **record,
        "ask": {
            "region": ask.region,
            "marketplaces": [one.id for one in ask.marketplaces],
            "start": _plain(ask.start),
            "end": _plain(ask.end),
            "options": dict(ask.options),
        },
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _from_record(record: dict[str, Any]) -> Report:
    ask = record["ask"]
    times = {key: _time(record[key]) for key in record if key.endswith("_at")}
    return Report(
        **record
        | times
        | {
            "poisons": tuple(record.get("poisons", ())),
            "ask": Ask(
                region=Region(ask["region"]),
                marketplaces=tuple(BY_ID[one] for one in ask["marketplaces"]),
                start=_time(ask["start"]),
                end=_time(ask["end"]),
                options=ask["options"],
            ),
        }
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
