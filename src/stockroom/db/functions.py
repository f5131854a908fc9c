"""What the database does on its own authority: make partitions, and answer before an account is known.

These functions run as the owner of the tables, with a fixed search path. The
owner is held to row security like everyone, and no policy admits two accounts
at once: so the functions that list accounts walk through a directory, entering one
account at a time, and leave what the caller had entered as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Table, Text, Uuid

from stockroom.db import access_tokens, buckets, memberships, reach
from stockroom.db.base import Base
from stockroom.db.rls import Roles, quoted

DIRECTORY = Table(
    "directory",
    Base.metadata,
    Column("kind", Text(), primary_key=True),
    Column("name", Text(collation="C"), primary_key=True),  # found by how it begins, too
    Column("holder", Uuid(), nullable=False),
    schema="app",
    info={"reader": False, "writer": None},
)
"""What is found before it is known whose it is: table and name → holder.

Kept by triggers and granted to nobody. A name is a row's ``found_by`` columns, joined by a space.
"""

_ENSURE_PARTITION = """
create function app.ensure_partition(parent_schema text, parent_table text, month date)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  first date := date_trunc('month', month)::date;
  parent text := format('%I.%I', parent_schema, parent_table);
  child text := format('%I.%I', parent_schema, parent_table || to_char(first, '_YYYY_MM'));
  condition text;
begin
  if to_regclass(child) is not null then
    return;
  end if;
  if not exists (
    select from pg_class c
    where c.oid = to_regclass(parent) and c.relkind = 'p' and c.relowner = current_user::regrole
  ) or first not between date '2000-01-01' and date '2099-12-01' then
    raise exception '% has no partition for %', parent, month;
  end if;
  -- One table's months are made by one transaction at a time: it keeps the parent's lock from
  -- its first month on, and another that held a later month would wait for it in a circle.
  perform pg_advisory_xact_lock(hashtextextended(parent, 0));
  if exists (  -- the name cache may not have heard of a month that was just made
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = parent_schema and c.relname = parent_table || to_char(first, '_YYYY_MM')
  ) then
    return;
  end if;
  -- Attaching a finished table lets others go on reading the parent; "partition of" does not.
  execute format('create table %s (like %s including all)', child, parent);
  execute format('alter table %s enable row level security', child);
  execute format('alter table %s force row level security', child);
  select pg_get_expr(p.polqual, p.polrelid) into strict condition
    from pg_policy p where p.polrelid = parent::regclass and p.polpermissive;
  execute format('create policy one_account on %s using (%s) with check (%s)',
    child, condition, condition);
  execute format('alter table %s attach partition %s for values from (%L) to (%L)',
    parent, child, first, first + interval '1 month');
end $body$
"""

_NOTE_HOLDER = """
create function app.note_holder() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set bytea_output = 'hex' as $body$
declare
  row jsonb;
  entry text;
begin
  -- The first argument is the holder's column, the others are those the row is found by.
  if tg_op <> 'INSERT' then
    row := to_jsonb(old);
    select string_agg(row ->> tg_argv[i], ' ' order by i) into entry
      from generate_series(1, tg_nargs - 1) i;
    delete from app.directory d where d.kind = tg_table_name and d.name = entry;
  end if;
  if tg_op <> 'DELETE' then
    row := to_jsonb(new);
    select string_agg(row ->> tg_argv[i], ' ' order by i) into entry
      from generate_series(1, tg_nargs - 1) i;
    if entry is not null then
      insert into app.directory values (tg_table_name, entry, (row ->> tg_argv[0])::uuid);
    end if;
  end if;
  return null;
end $body$
"""

_HOLDER_OF = """
create function app.holder_of(kind text, name text) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $body$
  select d.holder from app.directory d
  where d.kind = holder_of.kind and d.name = holder_of.name
$body$
"""

_ALL_HOLDERS = """
create function app.all_holders(kind text) returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $body$
  select distinct d.holder from app.directory d where d.kind = all_holders.kind order by 1
$body$
"""

_ALL_ACCOUNTS = """
create function app.all_accounts()
returns table (account_id uuid, slug text, organisation_id uuid, region text, marketplaces text[])
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
#variable_conflict use_column
declare
  caller text := current_setting('app.account', true);
  one uuid;
begin
  for one in select d.holder from app.directory d where d.kind = 'accounts' order by 1 loop
    perform set_config('app.account', one::text, true);
    return query
      select a.account_id, a.slug, a.organisation_id, a.region, a.marketplaces
      from app.accounts a where a.account_id = one;
  end loop;
  perform set_config('app.account', coalesce(caller, ''), true);
end $body$
"""

_ENTER_ACCOUNT = """
create function app.enter_account(account uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  perform set_config('app.account', account::text, true);
  return coalesce((
    select jsonb_build_array(jsonb_build_object(
      'id', a.account_id, 'slug', a.slug, 'name', a.name, 'seller_id', a.seller_id,
      'region', a.region, 'marketplaces', a.marketplaces, 'settings', a.settings,
      'agents_stopped', a.agents_stopped_at is not null))
    from app.accounts a where a.account_id = account), '[]');
end $body$
"""
"""What is known of an account before it is entered by a caller; empty when it is gone.

Leaves it entered: those who ask walk on, and leave what they found.
"""

_AUTHENTICATE = """
create function app.authenticate(key_hash bytea) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  caller text := current_setting('app.account', true);
  organisation text := current_setting('app.organisation', true);
  key app.api_keys;
  stopped boolean;
  one uuid;
  reach jsonb := '[]';
begin
  perform set_config('app.organisation', d.holder::text, true) from app.directory d
    where d.kind = 'api_keys' and d.name = '\\x' || encode(key_hash, 'hex');
  select * into key from app.api_keys k where k.hash = key_hash and k.revoked_at is null;
  select o.agents_stopped_at is not null into stopped from app.organisations o;
  perform set_config('app.organisation', coalesce(organisation, ''), true);
  if key.id is null then
    return null;
  end if;
  foreach one in array key.account_ids loop
    reach := reach || app.enter_account(one);
  end loop;
  perform set_config('app.account', coalesce(caller, ''), true);
  return jsonb_build_object(
    'key_id', key.id, 'organisation_id', key.organisation_id, 'name', key.name,
    'agents_stopped', stopped, 'marketplaces', key.marketplaces,
    'scopes', key.scopes, 'tools', key.tools, 'limits', key.limits,
    'networks', key.networks, 'requests_per_minute', key.requests_per_minute,
    'requests_per_day', key.requests_per_day,
    'expires_at', key.expires_at, 'accounts', reach);
end $body$
"""

_SIGNATURES = {
    "app.ensure_partition(text, text, date)": ("writer",),
    "app.note_holder()": (),
    "app.holder_of(text, text)": ("writer",),
    "app.all_holders(text)": ("writer",),
    "app.all_accounts()": ("writer",),
    "app.enter_account(uuid)": (),
    "app.authenticate(bytea)": ("writer", "reader"),
    **dict.fromkeys(access_tokens.SIGNATURES, ("writer", "reader")),
    **dict.fromkeys(buckets.SIGNATURES, ("writer",)),
    **dict.fromkeys(memberships.SIGNATURES, ("writer",)),
    **dict.fromkeys(reach.SIGNATURES, ("reader",)),
}


def create_sql(roles: Roles) -> Iterator[str]:
    """Statements that make the functions and say who may call them."""
    yield from (_ENSURE_PARTITION, _NOTE_HOLDER)
    yield from (_HOLDER_OF, _ALL_HOLDERS, _ALL_ACCOUNTS, _ENTER_ACCOUNT)
    yield from (_AUTHENTICATE, *buckets.BODIES)
    yield from (*access_tokens.BODIES, *memberships.BODIES, *reach.BODIES)
    names = {"writer": roles.writer, "reader": roles.reader}
    for signature, callers in _SIGNATURES.items():
        yield f"revoke all on function {signature} from public"
        for caller in callers:
            yield f"grant execute on function {signature} to {quoted(names[caller])}"


def drop_sql() -> Iterator[str]:
    """Statements that undo :func:`create_sql`."""
    for signature in _SIGNATURES:
        yield f"drop function {signature} cascade"  # triggers go with theirs


def note_sql(table: str, holder: str, found_by: tuple[str, ...]) -> Iterator[str]:
    """Statements that keep a table's entries in the directory.

    Args:
        table: Its quoted, qualified name.
        holder: The column that names the holder.
        found_by: The columns by which the holder of a row is found.
    """
    columns = ", ".join(quoted(name) for name in {holder: None} | dict.fromkeys(found_by))
    arguments = ", ".join(f"'{name}'" for name in (holder, *found_by))
    yield (
        f"create trigger note_holder after insert or delete or update of {columns} on {table}"
        f" for each row execute function app.note_holder({arguments})"
    )
