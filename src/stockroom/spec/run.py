"""A run: one filling of one window, and what it leaves behind.

Lineage ends here: a number comes from a row, the row from a run, the run from a
document, the document from a report id at Amazon.

    planned → requested → ready → landed → filled → done
                                                  ↘ failed | quarantined → discarded
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.db.reach import Told
from stockroom.spec.window import Window


class RunState(StrEnum):
    """How far a run has come."""

    PLANNED = "planned"
    REQUESTED = "requested"
    """Amazon is generating; ``report_id`` is known."""
    READY = "ready"
    """Amazon has the document."""
    LANDED = "landed"
    """The redacted document is ours."""
    FILLED = "filled"
    """The rows are in; metrics are still to be derived for ``dirty_days``."""
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    """The guard did not believe the document; the last good rows stay."""
    DISCARDED = "discarded"
    """It was quarantined, and is settled: thrown away, or a good load took its place."""


ROLE_MISSING = "RoleMissing"
"""``error_kind`` of a run for which the application lacks a role."""
GRANT_LOST = "AuthorizationLost"
"""``error_kind`` of a run that met a revoked or expired authorisation."""
SECRET_REFUSED = "SecretRefused"  # noqa: S105 - a word for an error
"""``error_kind`` of a run that met Amazon's no to the installation's own client id and secret."""

OPEN_STATES = (
    RunState.PLANNED,
    RunState.REQUESTED,
    RunState.READY,
    RunState.LANDED,
    RunState.FILLED,
)
GOOD_STATES = (RunState.FILLED, RunState.DONE)


class Run(TenantTable, Base):
    """One filling of one window of one dataset."""

    __tablename__ = "runs"
    __table_args__ = (
        sa.Index("ix_runs_dataset", "account_id", "dataset", "marketplace", "created_at"),
        {"schema": "app", "info": {"reader": True, "writer": "all", "told": Told.LOAD}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dataset: Mapped[str]
    marketplace: Mapped[str] = mapped_column(default="")
    """Country code; empty for a dataset of the whole region."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    """nightly | weekly | backfill | manual | recheck | import"""
    state: Mapped[str] = mapped_column(default=RunState.PLANNED.value)
    report_id: Mapped[str | None]
    amazon_document_id: Mapped[str | None]
    document_id: Mapped[UUID | None]
    asked_from: Mapped[datetime | None]
    """Beginning of the interval asked of Amazon; stored before asking, so that a crash can look."""
    asked_until: Mapped[datetime | None]
    rows: Mapped[int | None]
    rejected: Mapped[int | None]
    changed_days: Mapped[int | None]
    dirty_days: Mapped[list[date]] = mapped_column(ARRAY(sa.Date), default=list)
    """Days whose metrics are still to be derived; emptied by ``done``."""
    remarks: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What the reading found (unknown headers, rejected rows by reason), the document's headline
    ``figures``, and of a withheld one the ``reasons`` and the ``last`` good figures; never cell values."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    """Not to be touched before; null: now."""
    error_kind: Mapped[str | None]
    error: Mapped[str | None]
    requested_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def window(self) -> Window:
        """The days it fills."""
        return Window(self.first_day, self.last_day)

    @property
    def open(self) -> bool:
        """Whether a step is still to be taken."""
        return self.state in OPEN_STATES

    def values(self) -> dict[str, Any]:
        """Every column by name."""
        return {column.key: getattr(self, column.key) for column in self.__table__.columns}

    def but(self, **changes: Any) -> Self:
        """The same run with other values; this one stays as it is."""
        return type(self)(**(self.values() | changes))


class LoadedDay(TenantTable, Base):
    """Coverage: a day of a dataset that is in. Freshness and ``history_from`` are read here."""

    __tablename__ = "loaded_days"
    __table_args__ = (
        {"schema": "app", "info": {"reader": True, "writer": "all", "told": Told.LOAD}},
    )

    dataset: Mapped[str] = mapped_column(primary_key=True)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    complete: Mapped[bool]
    """The day was over, and settled, when Amazon was asked."""
    run_id: Mapped[UUID]
    loaded_at: Mapped[datetime]


class Document(TenantTable, Base):
    """A document as it came, without its personal columns."""

    __tablename__ = "documents"
    __table_args__ = ({"schema": "raw", "info": {"reader": False, "writer": "all"}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    dataset: Mapped[str]
    content_type: Mapped[str]
    sha256_source: Mapped[str]
    """Of the bytes as Amazon sent them, decompressed."""
    sha256_kept: Mapped[str]
    """Of the bytes kept: equal when there was nothing personal in them."""
    bytes_source: Mapped[int] = mapped_column(sa.BigInteger)
    bytes_kept: Mapped[int] = mapped_column(sa.BigInteger)
    headers: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    """The kept column names, as Amazon wrote them."""
    dropped_rows: Mapped[int]
    """Rows not kept because nobody could tell which of their cells are personal."""
    landed_at: Mapped[datetime]


CHUNK_PURPOSE = "document:{document_id}:{seq}"
"""Binds a chunk to its place: chunks cannot be swapped or left out unnoticed."""


class DocumentChunk(TenantTable, Base):
    """A piece of a document: at most 4 MB, compressed, then encrypted."""

    __tablename__ = "document_chunks"
    __table_args__ = (
        {
            "schema": "raw",
            "info": {"reader": False, "writer": "all", "sealed": {"body": CHUNK_PURPOSE}},
        },
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]
