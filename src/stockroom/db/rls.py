"""Row security: the SQL that gives a table to its holders, and the question which tables lack it.

Every table that is held (by account, organisation or person) shows only rows of
the holder the transaction entered, to everyone: ``force`` includes its owner.
None entered means no rows. Partitions inherit none of this and are protected one
by one; nobody is granted anything on a partition, so they are reached through
their parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from stockroom.db.base import TENANT_SCHEMAS, Holder, WriterMay

_ALL = "select, insert, update, delete"


@dataclass(frozen=True, slots=True)
class Roles:
    """What the roles are called on this server."""

    writer: str
    reader: str


def quoted(name: str) -> str:
    """An identifier as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def protect_sql(table: str, holder: Holder) -> Iterator[str]:
    """Statements that give a table row security.

    Args:
        table: Its quoted, qualified name.
        holder: Whose its rows are.
    """
    # The setting is empty after the transaction that set it.
    entered = f"nullif(current_setting('{holder.setting}', true), '')::uuid"
    condition = f"{quoted(holder.column)} = {entered}"
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"create policy one_holder on {table} using ({condition}) with check ({condition})"


def grant_sql(
    table: str, *, reader: bool, writer: WriterMay, shown: tuple[str, ...], roles: Roles
) -> Iterator[str]:
    """Statements that give a table to the roles that may use it.

    Args:
        table: Its quoted, qualified name.
        reader: The reader may select.
        writer: What the writer may do.
        shown: The columns the reader sees, when not all.
        roles: What the roles are called.
    """
    if writer is not None:
        allowed = _ALL if writer == "all" else "select, insert"
        yield f"grant {allowed} on {table} to {quoted(roles.writer)}"
    if reader:
        columns = f" ({', '.join(map(quoted, shown))})" if shown else ""
        yield f"grant select{columns} on {table} to {quoted(roles.reader)}"


_UNPROTECTED = """
    select format('%%I.%%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s)
      and (
        c.relkind in ('r', 'p')
          and exists (
            select from pg_attribute a
            where a.attrelid = c.oid and not a.attisdropped
              and (
                a.attname in ('account_id', 'organisation_id', 'person_id')
                or n.nspname = 'app' and c.relname in ('organisations', 'people')
              )
          )
          and not (
            c.relrowsecurity and c.relforcerowsecurity
            and exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive)
          )
        or c.relkind = 'v'
          and not coalesce('security_invoker=true' = any(c.reloptions), false)
        or c.relkind = 'm'
        or c.relispartition and exists (
            select from aclexplode(c.relacl) g where g.grantee <> c.relowner
          )
      )
    order by 1
"""


def unprotected(connection: Connection) -> list[str]:
    """Relations through which one account could see another's rows; empty when all is well.

    Tables and partitions without forced row security, partitions granted to anyone, views that
    run as their owner, and materialized views, which know no row security.
    """
    found = connection.exec_driver_sql(_UNPROTECTED, {"schemas": list(TENANT_SCHEMAS)})
    return [str(name) for (name,) in found]
