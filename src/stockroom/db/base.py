"""What every table of ours is: named constraints, one Postgres type per Python type, one holder.

A row is held by an account, an organisation or a person: it exists only for a
transaction that has entered its holder. A table says who may touch it in its
``info``: ``reader`` (bool, may the read tools select it), ``writer`` (``"all"``,
``"insert"`` or None), ``hidden`` (columns the reader never sees), ``told`` (what tells
its rows' marketplaces, see ``reach``) and ``found_by`` (columns by which its holder is
found before it is known). The generated migration turns that into row security, grants
and triggers. ``sealed`` names the columns that hold ciphertexts, each with what it is
sealed for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stockroom.db.reach import Told, told_by_columns

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


class OrganisationTable:
    """A table whose every row belongs to one organisation."""

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("app.organisations.id"), sort_order=-1000
    )


class PersonTable:
    """A table whose every row belongs to one person, whatever organisations they are in."""

    person_id: Mapped[UUID] = mapped_column(ForeignKey("app.people.id"), sort_order=-1000)


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
class Holder:
    """Whose a table's rows are.

    Args:
        column: The column that names the holder.
        setting: What the transaction must have set to it for the row to exist.
    """

    column: str
    setting: str


ACCOUNT = Holder("account_id", "app.account")
ORGANISATION = Holder("organisation_id", "app.organisation")
PERSON = Holder("person_id", "app.person")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what with one table.

    Args:
        holder: Whose its rows are, by forced row security; None: nobody's.
        reader: The read tools may select it.
        writer: ``all`` (select, insert, update, delete), ``insert`` (select, insert) or None.
        hidden: Columns the reader may not select.
        found_by: Columns by which the holder of a row is found.
        sealed: Columns that hold ciphertexts → the purpose each is sealed for, in which names in
            braces stand for the row's other columns.
        told: What tells the reader the marketplace of a row.
    """

    holder: Holder | None
    reader: bool
    writer: WriterMay
    hidden: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    sealed: Mapping[str, str] = field(default_factory=dict)
    told: Told = Told.NOTHING

    @property
    def tenant(self) -> bool:
        """Rows belong to accounts."""
        return self.holder == ACCOUNT


def access_of(table: Table) -> Access:
    """What a table's ``info`` says, with the defaults of its kind.

    Tables of an account are readable except in ``raw``; others only when they say so.
    """
    by_column = (holder for holder in (ACCOUNT, ORGANISATION, PERSON) if holder.column in table.c)
    holder = table.info.get("holder") or next(by_column, None)
    return Access(
        holder=holder,
        reader=table.info.get("reader", holder == ACCOUNT and table.schema != "raw"),
        writer=table.info.get("writer", "all"),
        hidden=tuple(table.info.get("hidden", ())),
        found_by=tuple(table.info.get("found_by", ())),
        sealed=table.info.get("sealed", {}),
        told=table.info.get("told") or told_by_columns(table),
    )
