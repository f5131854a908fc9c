"""Units that plans made here are to send and that have not left yet: Amazon counts them nowhere.

A fresh plan is in no load, and what it announces is not on its way. So our own record
tells, until a shipment of the plan is seen under way or a load shows the plan as over.
All of a pool counts, also what is planned for marketplaces that the reader does not
reach: like the pool's stock it is one number, and only the names of such plans are kept back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnClause,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import DateTime

from stockroom.core.text import plain
from stockroom.db.query import Query
from stockroom.db.reach import Reach
from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.derivation.closings import newest_day
from stockroom.metrics.derivation.statement import one_of
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.reports.inbound_plans import InboundPlan
from stockroom.spec.fact import table_of

_FORGOTTEN_DAYS = 14
"""A plan of which no shipment was seen under way for so long is taken for abandoned."""
_CREATE, _CANCEL = "create_inbound_plan", "cancel_inbound_plan"
_SENT = ("sent", "unknown", "verified")
_OVER = ("VOIDED", "ERRORED")
_LONGEST = 60


def _changes(name: str) -> Any:
    """The gate's table, which tools never meet: here it is only names."""
    columns: tuple[ColumnClause[Any], ...] = (
        *(column("id", Uuid()), column("tool", Text()), column("state", Text())),
        column("taken_at", DateTime(timezone=True)),
        *(column(one, JSONB()) for one in ("target", "payload", "receipt", "last_verdict")),
    )
    return table("changes", *columns, schema="app").alias(name)


class Planned(NamedTuple):
    """Units of one SKU in one plan; of a plan that is out of reach only the units.

    Args:
        pool: The stock that they go to.
        marketplace: Where the plan is for.
        sku: What it sends.
        plan: Amazon's id of the plan, or of the change while nobody knows it; None: out of reach.
        units: That have not left yet.
    """

    pool: str
    marketplace: str
    sku: str
    plan: str | None
    units: int


class Pools(NamedTuple):
    """What of some pools is seen only with the whole account in view.

    Args:
        planned: Units in plans.
        partial: Pools that serve marketplaces out of the reader's reach.
    """

    planned: Sequence[Planned]
    partial: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], reach: Reach) -> Pools:
        """The rows of :data:`BEYOND`, as far as the reader may know."""
        planned, partial = list[Planned](), set[str]()
        for row in rows:
            one = Planned(*row)
            within = bool(reach.within((one.marketplace,)))
            if one.plan is None and not within:
                partial.add(one.pool)
            elif one.plan is not None:
                named = one._replace(plan=plain(one.plan, _LONGEST))
                planned.append(named if within else one._replace(plan=None))
        return cls(planned, frozenset(partial))


_C, _PLAN, _ARRIVAL = table_of(ReplenishmentRow).c, table_of(InboundPlan).c, table_of(Arrival).c
_POOLS = _C.pool == func.any(bindparam("pools", type_=ARRAY(Text())))


def _planned() -> Select[Any]:
    """One row per SKU of each plan that was sent to Amazon and not cancelled since."""
    made = _changes("made")
    items = func.jsonb_array_elements(made.c.payload["items"]).table_valued(
        column("value", JSONB())
    )
    item: ColumnElement[Any] = items.c.value
    place = made.c.target["marketplace"].astext
    sku = item["msku"].astext
    plan = func.coalesce(
        made.c.receipt["answer"]["inboundPlanId"].astext,
        made.c.last_verdict["live"]["plan"].astext,
        cast(made.c.id, Text),
    )
    left = cast(item["quantity"].astext, Integer) - _gone(plan, sku)
    return (
        select(_C.pool, place, sku, plan, left)
        .select_from(made)
        .join(items, literal(True))
        .join(table_of(ReplenishmentRow), and_(_C.marketplace == place, _C.sku == sku))
        .where(
            _POOLS,
            made.c.tool == literal(_CREATE, Text),
            one_of(made.c.state, _SENT),
            made.c.taken_at >= _C.as_of - _FORGOTTEN_DAYS,
            left > 0,
            ~_cancelled(made.c.target, plan),
            ~_over(plan),
        )
    )


def _cancelled(target: Any, plan: ColumnElement[Any]) -> ColumnElement[bool]:
    cancel = _changes("cancel")
    same = func.jsonb_build_object("marketplace", target["marketplace"], "plan", plan)
    # Not of everything: the reader has no right to all of its columns.
    return exists(cancel.c.id).where(
        cancel.c.tool == literal(_CANCEL, Text),
        cancel.c.target == same,
        cancel.c.state == "verified",
    )


def _over(plan: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a load shows that nothing comes of it any more."""
    return exists().where(
        _PLAN.day == newest_day("inbound_plans"),
        _PLAN.inbound_plan_id == plan,
        one_of(_PLAN.plan_status, _OVER),
    )


def _gone(plan: ColumnElement[Any], sku: ColumnElement[Any]) -> ColumnElement[int]:
    """Units that its shipments have under way, have brought or will never bring: others count them."""
    return func.coalesce(
        select(func.sum(_ARRIVAL.units_shipped))
        .join_from(
            table_of(InboundPlan),
            table_of(Arrival),
            _ARRIVAL.shipment_id == _PLAN.shipment_confirmation_id,
        )
        .where(
            _PLAN.day == newest_day("inbound_plans"),
            _PLAN.inbound_plan_id == plan,
            _ARRIVAL.sku == sku,
            _ARRIVAL.stage != "announced",
        )
        .scalar_subquery(),
        0,
    )


_SERVED = select(_C.pool, _C.marketplace, _C.sku, cast(null(), Text), literal(0)).where(_POOLS)
BEYOND = Query(union_all(_SERVED, _planned()))
"""Whom some pools serve, and what is planned for them; asked with the whole account in view."""
