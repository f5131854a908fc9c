"""How stock is named: a pool at Amazon, or a shelf of the merchant's own."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Text, func
from sqlalchemy.sql.elements import SQLCoreOperations

SEPARATOR = "/"


def pool_of(network: SQLCoreOperations[str], fnsku: SQLCoreOperations[str]) -> ColumnElement[str]:
    """The name of a pool at Amazon."""
    return func.concat(network, SEPARATOR, fnsku, type_=Text())


def shelf_of(
    marketplace: SQLCoreOperations[str], sku: SQLCoreOperations[str]
) -> ColumnElement[str]:
    """The name of stock that serves one listing alone: the merchant's own shelf."""
    return func.concat(marketplace, SEPARATOR * 2, sku, type_=Text())
