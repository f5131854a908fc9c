"""What a migration does beyond Alembic: protect and grant tables, make functions, install the queue.

Migrations call the functions here inside Alembic's context; what the roles are
called on this server arrives through that context. ``protections`` is the other
half: it puts those calls into a migration that is being generated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from alembic import op
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table

from stockroom.db import functions
from stockroom.db.base import Access, Holder, WriterMay, access_of
from stockroom.db.reach import Told, narrow_sql
from stockroom.db.rls import Roles, grant_sql, protect_sql, quoted

ROLES = "stockroom_roles"
"""The option of Alembic's context that holds our :class:`Roles`."""


def protect_table(
    schema: str,
    table: str,
    *,
    holder: tuple[str, str] | None,
    reader: bool,
    writer: WriterMay,
    shown: tuple[str, ...] = (),
) -> None:
    """Give a new table row security and its grants.

    Args:
        schema: Its schema.
        table: Its name.
        holder: Whose its rows are: the column, and the setting it must equal.
        reader: The read tools may select it.
        writer: What the writer may do.
        shown: The columns the reader sees, when not all.
    """
    name = f"{quoted(schema)}.{quoted(table)}"
    if holder:
        _execute(protect_sql(name, Holder(*holder)))
    _execute(grant_sql(name, reader=reader, writer=writer, shown=shown, roles=_roles()))


def note_holders(schema: str, table: str, holder: str, found_by: tuple[str, ...]) -> None:
    """Let the directory know whose the rows of a new table are.

    Args:
        schema: Its schema.
        table: Its name.
        holder: The column that names the holder.
        found_by: The columns by which the holder of a row is found.
    """
    _execute(functions.note_sql(f"{quoted(schema)}.{quoted(table)}", holder, found_by))


def narrow_reader(schema: str, table: str, told: str) -> None:
    """Hide from the reader what its transaction does not reach.

    Args:
        schema: The table's schema.
        table: Its name.
        told: What tells the marketplace of its rows.
    """
    name = f"{quoted(schema)}.{quoted(table)}"
    _execute(narrow_sql(name, Told(told), quoted(_roles().reader)))


def create_functions() -> None:
    """Make the database's own functions; their tables must be there."""
    _execute(functions.create_sql(_roles()))


def drop_functions() -> None:
    """Undo :func:`create_functions`."""
    _execute(functions.drop_sql())


def install_queue() -> None:
    """Install the job queue's own schema, as its package brings it, for the writer."""
    writer = quoted(_roles().writer)
    _script("set local search_path = queue")
    _script(files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8"))
    _script("set local search_path to default")
    _script(f"grant select, insert, update, delete on all tables in schema queue to {writer}")
    _script(f"grant usage on all sequences in schema queue to {writer}")


def drop_queue() -> None:
    """Undo :func:`install_queue`; the schema itself belongs to the bootstrap."""
    _script(_EMPTY_QUEUE)


_EMPTY_QUEUE = """
do $$
declare doomed text;
begin
  for doomed in
    select format('drop table %s cascade', c.oid::regclass) from pg_class c
    where c.relnamespace = 'queue'::regnamespace and c.relkind = 'r'
  loop execute doomed; end loop;
  for doomed in
    select format('drop function %s cascade', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'queue'::regnamespace
  loop execute doomed; end loop;
  for doomed in
    select format('drop type %s cascade', t.oid::regtype) from pg_type t
    left join pg_class c on c.oid = t.typrelid
    where t.typnamespace = 'queue'::regnamespace and (t.typtype = 'e' or c.relkind = 'c')
  loop execute doomed; end loop;
end $$
"""


def _roles() -> Roles:
    roles = op.get_context().opts[ROLES]
    assert isinstance(roles, Roles)
    return roles


def _execute(statements: Iterable[str]) -> None:
    for statement in statements:
        _script(statement)


def _script(text: str) -> None:
    """Run SQL as it is written: percent signs and several statements included."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(text)


# --- generating --------------------------------------------------------------------------------------


class _Ours(MigrateOperation):
    """A call of one of the functions above, in a migration that is being generated."""

    def __init__(self, call: str) -> None:
        self.call = call


@renderers.dispatch_for(_Ours)
def _render(_: AutogenContext, operation: _Ours) -> str:
    return f"operations.{operation.call}"


def protections(
    context: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
    """Alembic's hook: after each new table its protection; in the first migration all the rest.

    A migration that would do nothing is not written.
    """
    directives[:] = [one for one in directives if one.upgrade_ops and one.upgrade_ops.ops]
    for script in directives:
        up, down = script.upgrade_ops, script.downgrade_ops
        assert up is not None
        assert down is not None
        found = [note for operation in up.ops for note in _notes(operation)]
        up.ops[:] = [later for operation in up.ops for later in _with_protection(operation)]
        if context.get_current_revision() is None:
            up.ops += [_Ours("create_functions()"), _Ours("install_queue()")]
            down.ops[:0] = [_Ours("drop_queue()"), _Ours("drop_functions()")]
        up.ops += found


def _notes(operation: MigrateOperation) -> Iterator[MigrateOperation]:
    if isinstance(operation, ops.CreateTableOp):
        table = operation.to_table()
        access = access_of(table)
        if access.tenant and access.reader:
            told = access.told.value
            yield _Ours(f"narrow_reader({table.schema!r}, {table.name!r}, {told!r})")
        if access.found_by:
            assert access.holder is not None
            yield _Ours(
                f"note_holders({table.schema!r}, {table.name!r}, {access.holder.column!r},"
                f" {access.found_by!r})"
            )


def _with_protection(operation: MigrateOperation) -> list[MigrateOperation]:
    if not isinstance(operation, ops.CreateTableOp):
        return [operation]
    call = _call(operation.to_table())
    operation.info.clear()  # it has become the call; Alembic would print it again
    return [operation, _Ours(call)]


def _call(table: Table) -> str:
    access: Access = access_of(table)
    shown = tuple(name for name in table.columns.keys() if name not in access.hidden)  # noqa: SIM118 - a collection, not a dict
    arguments = [
        repr(table.schema),
        repr(table.name),
        f"holder={access.holder and (access.holder.column, access.holder.setting)!r}",
        f"reader={access.reader}",
        f"writer={access.writer!r}",
        *([f"shown={shown!r}"] if access.hidden else []),
    ]
    return f"protect_table({', '.join(arguments)})"
