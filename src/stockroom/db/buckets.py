"""Amazon's rate limits as all processes keep them together: one bucket per seller, application, operation.

A seller may be connected by two organisations, and a bucket belongs to the
seller: so no account owns one, and nobody may read them. They are reached only
through functions that take the house's present, because its clock may be scaled.

A turn is booked when it is promised: tokens below zero are calls whose callers
still wait. ``counted_at`` in the future means closed, after Amazon refused.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Double, Integer, Table, Text

from stockroom.db.base import Base

RATE_BUCKETS = Table(
    "rate_buckets",
    Base.metadata,
    Column("seller", Text(), primary_key=True),
    Column("application", Text(), primary_key=True),
    Column("operation", Text(), primary_key=True),
    Column("pace", Double(), nullable=False),
    Column("tokens", Double(), nullable=False),
    Column("counted_at", DateTime(timezone=True), nullable=False),
    Column("refusals", Integer(), nullable=False),
    Column("refused_at", DateTime(timezone=True)),
    schema="app",
    info={"reader": False, "writer": None},
)
"""``pace`` is calls a second, as last learned; ``refusals`` counts those in a row."""

_TAKE_CALL = """
create function app.take_call(
  for_seller text, for_application text, for_operation text,
  published float8, burst int, at timestamptz, patience_s float8,
  out wait_s float8, out known_pace float8, out refused int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  bucket app.rate_buckets;
begin
  -- A crash may forget the last moment's calls: one refusal too many, never a wrong figure.
  perform set_config('synchronous_commit', 'off', true);
  insert into app.rate_buckets (seller, application, operation, pace, tokens, counted_at, refusals)
  values (for_seller, for_application, for_operation, published, burst, at, 0)
  on conflict do nothing;
  select * into strict bucket from app.rate_buckets b
  where (b.seller, b.application, b.operation) = (for_seller, for_application, for_operation)
  for update;
  -- Nothing is closed for so long: the clock was set back.
  bucket.counted_at := case when bucket.counted_at > at + interval '2 hours' then at
    else bucket.counted_at end;
  if at > bucket.counted_at then
    bucket.tokens := least(burst,
      bucket.tokens + extract(epoch from at - bucket.counted_at) * bucket.pace);
    bucket.counted_at := at;
  end if;
  wait_s := greatest(extract(epoch from bucket.counted_at - at), 0)
    + greatest(1 - bucket.tokens, 0) / bucket.pace;
  known_pace := bucket.pace;
  refused := bucket.refusals;
  if wait_s <= patience_s then
    bucket.tokens := bucket.tokens - 1;
  end if;
  update app.rate_buckets b set tokens = bucket.tokens, counted_at = bucket.counted_at
  where (b.seller, b.application, b.operation) = (for_seller, for_application, for_operation);
end $body$
"""

_LEARN_PACE = """
create function app.learn_pace(
  for_seller text, for_application text, for_operation text, at timestamptz, learned float8)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  -- What has refilled so far did so at the old pace.
  update app.rate_buckets b set
    tokens = b.tokens + greatest(extract(epoch from at - b.counted_at), 0) * b.pace,
    counted_at = greatest(b.counted_at, at),
    pace = learned,
    refusals = 0
  where (b.seller, b.application, b.operation) = (for_seller, for_application, for_operation);
end $body$
"""

_CLOSE_BUCKET = """
create function app.close_bucket(
  for_seller text, for_application text, for_operation text,
  taken_at timestamptz, at timestamptz, retry_after_s float8)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  update app.rate_buckets b set
    tokens = 0,
    -- Each refusal in a row doubles the pause; chance keeps callers from coming back together.
    counted_at = at + make_interval(secs =>
      greatest(retry_after_s, 2 ^ least(b.refusals, 6) / b.pace) * (1 + random() / 4)
      - 1 / b.pace),
    refusals = b.refusals + 1,
    refused_at = at
  where (b.seller, b.application, b.operation) = (for_seller, for_application, for_operation)
    -- A call that was under way when the bucket was closed says nothing new.
    and (b.refused_at is null or taken_at >= b.refused_at or at < b.refused_at);
end $body$
"""

BODIES = (_TAKE_CALL, _LEARN_PACE, _CLOSE_BUCKET)
SIGNATURES = (
    "app.take_call(text, text, text, float8, int, timestamptz, float8)",
    "app.learn_pace(text, text, text, timestamptz, float8)",
    "app.close_bucket(text, text, text, timestamptz, timestamptz, float8)",
)
