"""Lists on pages: a sort, filters and a page number, all in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

_LONGEST_FILTER = 100
_LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an address asks a list for.

    Args:
        path: Of the page.
        sort: By what; empty where there is one order only.
        descending: Largest first.
        page: From 1.
        filters: Filters that are given, by name.
    """

    path: str
    sort: str
    descending: bool
    page: int
    filters: Mapping[str, str]

    def given(self, name: str) -> str | None:
        """The value of a filter; None where it is not given."""
        return self.filters.get(name)

    def address(self, **others: str | int | None) -> str:
        """The same list, with some of it otherwise; back on its first page unless one is named."""
        order = {"sort": self.sort, "order": "desc" if self.descending else ""}
        asked = {**self.filters, **order, **others}
        kept = {name: value for name, value in asked.items() if value not in {None, ""}}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def by(self, sort: str) -> str:
        """The same list by another column, or by the same the other way round."""
        again = sort == self.sort and not self.descending
        return self.address(sort=sort, order="desc" if again else "")

    def direction(self, sort: str) -> str | None:
        """``aria-sort`` of a column; None when the list is not sorted by it."""
        if sort != self.sort:
            return None
        return "descending" if self.descending else "ascending"


def chosen(
    path: str,
    query: QueryParams,
    *,
    filters: Collection[str],
    sorts: Collection[str] = (),
    sort: str = "",
) -> Chosen:
    """What an address asks for; what it should not say is passed over.

    Args:
        path: Of the page.
        query: What follows it.
        filters: Names of the filters.
        sorts: What it can be sorted by.
        sort: By what, when nothing is said.
    """
    page = query.get("page", "1")
    wanted = query.get("sort", "")
    given = {name: _readable(query.get(name, "")) for name in filters}
    return Chosen(
        path=path,
        sort=wanted if wanted in sorts else sort,
        descending=query.get("order") == "desc",
        page=max(1, min(int(page), _LAST_PAGE)) if page.isascii() and page.isdigit() else 1,
        filters={name: value for name, value in given.items() if value},
    )


def pages(total: int, size: int) -> int:
    """How many pages there are."""
    return max(1, ceil(total / size))


def _readable(text: str) -> str:
    """A filter's value as a database can hold it."""
    kept = "".join(sign for sign in text if sign != "\0" and not "\ud800" <= sign <= "\udfff")
    return kept.strip()[:_LONGEST_FILTER]
