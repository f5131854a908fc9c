"""Requested advertising reports: what becomes of each, as a function of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from stockroom.simulator.documents.ads import AdsAsk
from stockroom.simulator.wire.journal import Journal

GENERATION_S: Final = (5.0, 40.0)
"""Seconds until a report is made. Facts 4: it can take up to three hours; few do."""
SAME: Final = timedelta(minutes=15)
"""How long the same question is answered with the report that was asked for first."""


@dataclass(frozen=True, slots=True)
class AdsReport:
    """One requested report."""

    id: str
    account: str
    name: str
    ask: AdsAsk
    configuration: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime
    deleted_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """Amazon's word for how far it is."""
        if self.deleted_at is not None:
            return "FAILED"
        if now >= self.finished_at:
            return "COMPLETED"
        half = self.created_at + (self.finished_at - self.created_at) / 2
        return "PENDING" if now < half else "PROCESSING"


class AdsShelf:
    """Every report there is.

    Args:
        home: The installation's home; the file is ``simulator/ads_reports.jsonl``.
    """

    def __init__(self, home: Path) -> None:
        self._journal = Journal(home / "simulator" / "ads_reports.jsonl")
        self._reports = {one.id: one for one in map(_from_record, self._journal.read())}
        self._written = len(self._reports)

    def request(
        self,
        account: str,
        ask: AdsAsk,
        named: tuple[str, Mapping[str, Any]],
        now: datetime,
        *,
        factor: float,
    ) -> AdsReport:
        """Take in a new report.

        Args:
            account: Whose.
            ask: Of what.
            named: Its name and configuration, as they were sent.
            now: When.
            factor: How many times longer than usual it takes.
        """
        self._written += 1
        rng = Random(f"{account} {self._written}")
        name, configuration = named
        report = AdsReport(
            id=str(UUID(int=rng.getrandbits(128), version=4)),
            account=account,
            name=name,
            ask=ask,
            configuration=configuration,
            created_at=now,
            finished_at=now + timedelta(seconds=factor * rng.uniform(*GENERATION_S)),
        )
        self._keep(report)
        return report

    def same(self, account: str, ask: AdsAsk, now: datetime) -> AdsReport | None:
        """The report that answers the same question and was asked for a moment ago."""
        for one in reversed(list(self._reports.values())):
            alike = (one.account, one.ask) == (account, ask) and one.deleted_at is None
            if alike and one.created_at + SAME > now:
                return one
        return None

    def find(self, account: str, report_id: str) -> AdsReport | None:
        """The seller's report of that id."""
        report = self._reports.get(report_id)
        return report if report is not None and report.account == account else None

    def stored(self, report_id: str, now: datetime) -> AdsReport | None:
        """The report whose document lies in storage under that id."""
        report = self._reports.get(report_id)
        return report if report is not None and report.status(now) == "COMPLETED" else None

    def delete(self, report: AdsReport, now: datetime) -> None:
        """End a report before it is made."""
        self._keep(replace(report, deleted_at=now))

    def _keep(self, report: AdsReport) -> None:
        self._reports[report.id] = report
        ask = asdict(report.ask)
        dates = {name: str(ask[name]) for name in ("first", "last")}
        times = {name: _plain(getattr(report, name)) for name in _TIMES}
        self._journal.append(
            {
                "id": report.id,
                "account": report.account,
                "name": report.name,
                "configuration": dict(report.configuration),
                "ask": ask | dates,
                **times,
            }
        )


_TIMES: Final = ("created_at", "finished_at", "deleted_at")


def _plain(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _from_record(record: dict[str, Any]) -> AdsReport:
    ask = record["ask"]
    read = {name: date.fromisoformat(ask[name]) for name in ("first", "last")}
    times = {
        name: datetime.fromisoformat(record[name]) if record[name] else None for name in _TIMES
    }
    asked = AdsAsk(**{**ask, **read, "columns": tuple(ask["columns"])})
    return AdsReport(**{**record, **times, "ask": asked})
