"""Where changes and their history are kept.

A change is one row that walks through the states of :mod:`stockroom.writes.states`.
Its history is not that row but ``app.audit``: rows are only ever added there (the
writer has no grant for more), numbered without a gap and chained by hash per
account, so that nobody can quietly rewrite what happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from stockroom.db.base import Base, TenantTable
from stockroom.db.reach import Told

PERSONAL_PURPOSE = "personal arguments"
"""What the vault seals them for."""


class ChangeRow(TenantTable, Base):
    """One change: what was shown, who agreed, what Amazon answered, what came of it."""

    __tablename__ = "changes"
    __table_args__ = (
        Index(
            "uq_changes_idempotency",
            "account_id",
            "key_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key is not null"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_changes_state", "account_id", "state", "id"),
        Index("ix_changes_confirmed", "account_id", "key_id", "confirmed_at"),
        Index("ix_changes_batch", "account_id", "batch_id", "id"),
        Index("ix_changes_target", "account_id", "tool", "target"),
        {
            "schema": "app",
            "info": {
                "reader": True,
                "writer": "all",
                "told": Told.TARGET,
                "hidden": ["personal"],
                "sealed": {"personal": PERSONAL_PURPOSE},
            },
        },
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Version 7: sorts by the time of the proposal."""
    tool: Mapped[str]
    state: Mapped[str]
    fingerprint: Mapped[str]
    """SHA-256 over tool, account, observed live values and payload: what is agreed to."""

    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Enough to work the change out again, with what is personal among them."""
    personal: Mapped[bytes | None]
    """Arguments about a person, sealed; kept until the change is taken or over, told to no audit."""
    target: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    observed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    measures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    summary: Mapped[str]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reversible: Mapped[bool]
    costs: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``{"amount": …, "currency": …}``; null: it spends nothing."""
    irreversible: Mapped[str] = mapped_column(server_default=text("''"))
    """What it commits to for good; empty: nothing."""
    local: Mapped[bool] = mapped_column(server_default=text("false"))
    """It changes only what is kept here: nothing at Amazon moves."""
    batch_id: Mapped[UUID | None]
    """The changes that were shown together with it, and are agreed to together."""
    reverts: Mapped[UUID | None]
    """The change whose old values this one puts back."""

    reason: Mapped[str | None]
    """Why, in the words of the one who proposed it."""
    idempotency_key: Mapped[str | None]
    key_id: Mapped[UUID | None]
    """The key that proposed it: only that key may confirm it without a person."""
    proposed_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Name, client and address of the proposer."""
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """Until confirmed: when the preview lapses. After: when the agreement does."""

    confirmed_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    confirmed_at: Mapped[datetime | None]
    delegated: Mapped[bool | None]
    """Confirmed by a key, not by a person."""

    rejected_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The member who turned it down."""
    rejected_at: Mapped[datetime | None]
    rejected_because: Mapped[str | None]
    """Why, in that member's words."""

    taken_at: Mapped[datetime | None]
    """When the one call that writes was about to be made."""
    executed_at: Mapped[datetime | None]
    """When Amazon's answer to it was stored."""
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    looks: Mapped[int] = mapped_column(server_default=text("0"))
    """Read-backs made so far."""
    next_look_at: Mapped[datetime | None]
    last_verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    verified_at: Mapped[datetime | None]

    problem_kind: Mapped[str | None]
    """An error kind of the answer contract, e.g. ``stale`` for a change that was blocked."""
    problem: Mapped[str | None]
    """Why it did not happen, for a person; a sentence of ours."""
    amazon_says: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Amazon's words about it: data."""


class AuditRow(TenantTable, Base):
    """One thing that happened. Inserted once, never changed: the writer may do no more.

    ``actor`` and ``details`` are text on purpose: the hash covers their exact bytes,
    and ``jsonb`` would respell numbers.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_change", "account_id", "change_id", "seq"),
        {"schema": "app", "info": {"reader": True, "writer": "insert", "told": Told.CHANGE}},
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 … per account, without a gap."""
    at: Mapped[datetime]
    actor: Mapped[str]
    """``key <id>``, ``grant <id>``, ``member <e-mail>``, ``operator`` or ``worker``."""
    action: Mapped[str]
    change_id: Mapped[UUID | None]
    details: Mapped[str]
    """JSON in one canonical spelling."""
    previous_hash: Mapped[str]
    hash: Mapped[str]


class ReadCount(TenantTable, Base):
    """How often a credential that may also write has read with one tool in one minute."""

    __tablename__ = "audit_reads"
    __table_args__ = ({"schema": "app", "info": {"reader": False, "writer": "all"}},)

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    tool: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    """When the minute began."""
    calls: Mapped[int] = mapped_column(BigInteger)


class AuditHead(TenantTable, Base):
    """The end of an account's chain; its row lock is the turn everyone waits for."""

    __tablename__ = "audit_heads"
    __table_args__ = ({"schema": "app", "info": {"reader": True, "writer": "all"}},)

    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
