"""How far a reader sees inside an account: all of it, or some marketplaces.

A key may be limited to marketplaces. The limit is a second row security policy, for
the reader alone: a transaction says which marketplaces it reaches (``app.reach``),
and rows of others do not exist for it. What tells a row's marketplace depends on the
table (``Told``); a table that says nothing is hidden whole. Nothing set: no rows.

``app.reach`` is ``*``, or country codes and the networks that serve them; a network
that is called like a country serves it alone. An empty entry in it admits rows whose
marketplace nothing tells: an account that sells nowhere else has no other rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Table

from stockroom.core.marketplaces import MARKETPLACES

SETTING = "app.reach"
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Reach:
    """The marketplaces whose rows exist.

    Args:
        marketplaces: Country codes; None: the account as a whole.
        alone: The account sells nowhere else, so rows that name no marketplace are theirs.
    """

    marketplaces: tuple[str, ...] | None = None
    alone: bool = False

    @property
    def setting(self) -> str:
        """As the policies read it."""
        if self.marketplaces is None:
            return _ALL
        networks = (MARKETPLACES[code].network for code in self.marketplaces)
        untold = ("",) if self.alone else ()
        return ",".join(dict.fromkeys((*self.marketplaces, *networks, *untold)))

    @property
    def withholds(self) -> bool:
        """Whether rows whose marketplace nothing tells are withheld."""
        return self.marketplaces is not None and not self.alone

    def within(self, marketplaces: Iterable[str]) -> tuple[str, ...]:
        """Those of the marketplaces that are reached."""
        return tuple(
            code for code in marketplaces if self.marketplaces is None or code in self.marketplaces
        )


EVERYWHERE = Reach()
"""The account as a whole."""


class Told(StrEnum):
    """What tells the marketplace of a table's rows."""

    MARKETPLACE = "marketplace"
    """Its column; empty where the row's source does not tell."""
    LOAD = "load"
    """Its column; empty says that a whole region was loaded, which is everybody's."""
    LISTING = "listing"
    """A network, and a SKU that is listed in a marketplace reached."""
    NETWORK = "network"
    """A network."""
    POOL = "pool"
    """A pool, network and FNSKU, that a listing reached sells from."""
    ORDER = "order"
    """The order it belongs to."""
    TARGET = "target"
    """What a change is about."""
    CHANGE = "change"
    """The change it is about."""
    ACCOUNT = "account"
    """The row is about the account itself."""
    NOTHING = "nothing"


def told_by_columns(table: Table) -> Told:
    """What tells a table's marketplaces when its declaration says no more."""
    match table.c:
        case found if "marketplace" in found:
            return Told.MARKETPLACE
        case found if "network" in found and "sku" in found:
            return Told.LISTING
        case found if "network" in found and "fnsku" in found:
            return Told.POOL
        case found if "network" in found:
            return Told.NETWORK
    return Told.NOTHING


_SET = f"(select current_setting('{SETTING}', true))"
_REACHED = f"(select string_to_array(current_setting('{SETTING}', true), ','))::text[]"
_CONDITIONS = {
    Told.MARKETPLACE: "marketplace = any({reached}) or marketplace is null and '' = any({reached})",
    Told.LOAD: "marketplace = '' or marketplace = any({reached})",
    Told.LISTING: "network = any({reached}) and app.lists(sku) or '' = any({reached})",
    Told.NETWORK: "network = any({reached}) or network is null and '' = any({reached})",
    Told.POOL: "'' = any({reached}) or app.sells_from(network, fnsku)",
    Told.ORDER: "'' = any({reached}) or app.ordered_here(order_id)",
    Told.TARGET: "coalesce(target ->> 'marketplace', '') = any({reached})",
    Told.CHANGE: "app.may_see_change(change_id)",
    Told.NOTHING: "'' = any({reached})",
}


def narrow_sql(table: str, told: Told, reader: str) -> Iterator[str]:
    """Statements that hide from the reader what a transaction does not reach.

    Args:
        table: Its quoted, qualified name.
        told: What tells the marketplace of its rows.
        reader: The reader's quoted name.
    """
    if told is Told.ACCOUNT:
        return
    # Sub-selects are answered once per statement, and an account's whole view costs no more than
    # that: what follows "or" is not looked at. Columns are compared bare, so that the planner
    # knows how few rows are hidden; the functions keep their tables out of its plans.
    condition = _CONDITIONS[told].format(reached=_REACHED)
    yield (
        f"create policy within_reach on {table} as restrictive for select to {reader}"
        f" using ({_SET} = '{_ALL}' or ({condition}))"
    )


def _function(name: str, arguments: str, question: str) -> str:
    return f"""
create function app.{name}({arguments}) returns boolean
language plpgsql stable parallel safe cost 1 set search_path = pg_catalog, pg_temp as $body$
begin
  return exists ({question});
end $body$
"""


# They run as the reader, so what they find is within reach itself.
BODIES = (
    """
create function app.reached(marketplaces text[]) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $body$
  select array(
    select code from unnest(marketplaces) code
    where current_setting('app.reach', true) = '*'
      or code = any(string_to_array(current_setting('app.reach', true), ','))
  )
$body$
""",
    _function("lists", "sku text", "select from metrics.stock s where s.sku = lists.sku"),
    _function(
        "sells_from",
        "network text, fnsku text",
        "select from metrics.stock s"
        " where (s.fnsku = sells_from.fnsku or s.sku = sells_from.fnsku)"
        " and sells_from.network in (s.network, s.left_in)",
    ),
    _function(
        "ordered_here",
        "order_id text",
        "select from core.order_lines o where o.order_id = ordered_here.order_id",
    ),
    _function(
        "may_see_change", "id uuid", "select from app.changes c where c.id = may_see_change.id"
    ),
)
SIGNATURES = (
    "app.reached(text[])",
    "app.lists(text)",
    "app.sells_from(text, text)",
    "app.ordered_here(text)",
    "app.may_see_change(uuid)",
)
