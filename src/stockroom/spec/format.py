"""The four shapes in which Amazon hands data over. Gzip is transport and not among them."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Format(StrEnum):
    """How a document's bytes become records."""

    TSV = "tsv"
    """Tab-separated and unquoted: a quote is a character like any other."""
    QUOTED_TSV = "quoted_tsv"
    """Tab-separated, fields in double quotes; a field may span lines."""
    JSON_PAGES = "json_pages"
    """One answer page per line, as a paged API gave them."""
    JSON_DOCUMENT = "json_document"
    """One JSON object. It is kept as pages: each of its lists in pieces, beside what is no list."""


TSV = Format.TSV
QUOTED_TSV = Format.QUOTED_TSV
JSON_PAGES = Format.JSON_PAGES
JSON_DOCUMENT = Format.JSON_DOCUMENT

_IGNORED = re.compile(r"[\s\-_/.?]+")


@lru_cache(maxsize=1024)  # a document of JSON asks for its few names at each of its rows
def normalized(header: str) -> str:
    """A header as it is compared: case, spaces, hyphens and underscores do not count."""
    return _IGNORED.sub("", header.strip().strip('"').lower())
