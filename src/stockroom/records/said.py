"""What somebody said: every version with who, when and by which change.

A table of records has a key of its own (what is spoken of) and facts (what is said of
it). Saying something again adds a version and closes the one before, so that any past
day can be asked what was believed then. Taking something back is a version, too.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import TenantTable


class Said(TenantTable):
    """A table of records; its primary key is the account, its own key, the version."""

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=500)
    """1, 2, 3 … of one key."""
    withdrawn: Mapped[bool] = mapped_column(sort_order=900)
    """From here on nothing is on file; the facts are null."""
    said_by: Mapped[str] = mapped_column(sort_order=900)
    """The key or the person behind the change."""
    said_at: Mapped[datetime] = mapped_column(sort_order=900)
    """Since when it counts."""
    change_id: Mapped[UUID] = mapped_column(sort_order=900)
    """The change by which it was said; the audit knows the rest."""
    superseded_at: Mapped[datetime | None] = mapped_column(sort_order=900)
    """When the next version took over; null: it counts."""


OWN_COLUMNS = frozenset(
    {"account_id", "version", "withdrawn", "said_by", "said_at", "change_id", "superseded_at"}
)
"""What every table of records has besides its key and its facts."""
