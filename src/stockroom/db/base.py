"""What every table of ours is: named constraints, one Postgres type per Python type, one tenant.

A table says who may touch it in its ``info``: ``reader`` (bool, may the read
tools select it), ``writer`` (``"all"``, ``"insert"`` or None) and ``hidden``
(columns the reader never sees). The generated migration turns that into row
security and grants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMAS = ("raw", "core", "metrics", "app", "queue")
TENANT_SCHEMAS = ("raw", "core", "metrics", "app")
"""Where tables of ours live; ``queue`` belongs to the job queue."""

WriterMay = Literal["all", "insert"] | None


class Base(DeclarativeBase):
    """The root of all mapped classes; its metadata is the whole schema."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(18, 4),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
    }


class TenantTable:
    """A table whose every row belongs to one account; row security hides all others."""

    account_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1000)


def partitioned_by_month(schema: str, column: str = "day", **info: Any) -> dict[str, Any]:
    """The ``__table_args__`` entry of a table cut into months by a day column.

    Args:
        schema: Schema of the table.
        column: The day it is cut by; must be part of the primary key.
        info: Who may touch it, as the module says.
    """
    return {
        "schema": schema,
        "postgresql_partition_by": f"RANGE ({column})",
        "info": {"partitioned_by": column, **info},
    }


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what with one table.

    Args:
        tenant: Rows belong to accounts: forced row security.
        reader: The read tools may select it.
        writer: ``all`` (select, insert, update, delete), ``insert`` (select, insert) or None.
        hidden: Columns the reader may not select.
    """

    tenant: bool
    reader: bool
    writer: WriterMay
    hidden: tuple[str, ...] = ()


def access_of(table: Table) -> Access:
    """What a table's ``info`` says, with the defaults of its kind.

    Tables of an account are readable except in ``raw``; others only when they say so.
    """
    tenant = "account_id" in table.columns
    return Access(
        tenant=tenant,
        reader=table.info.get("reader", tenant and table.schema != "raw"),
        writer=table.info.get("writer", "all"),
        hidden=tuple(table.info.get("hidden", ())),
    )
