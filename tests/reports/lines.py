"""Lines of the two tab-separated documents, with values to override."""

from __future__ import annotations

ORDER = {
    "amazon-order-id": "111-0000001-0000001",
    "merchant-order-id": "",
    "purchase-date": "2026-11-20T18:00:00+00:00",
    "last-updated-date": "2026-11-20T19:00:00+00:00",
    "order-status": "Shipped",
    "fulfillment-channel": "Amazon",
    "sales-channel": "Amazon.com",
    "product-name": "Desk lamp",
    "sku": "LAMP-1",
    "asin": "B000000001",
    "item-status": "Shipped",
    "quantity": "1",
    "currency": "USD",
    "item-price": "19.99",
    "item-promotion-discount": "",
    "ship-city": "Nowhereville",
    "ship-country": "US",
    "promotion-ids": "",
}

LEDGER = {
    "Date": "11/18/2026",
    "FNSKU": "X000000001",
    "ASIN": "B000000001",
    "MSKU": "LAMP-1",
    "Title": "Desk lamp",
    "Disposition": "SELLABLE",
    "Starting Warehouse Balance": "10",
    "In Transit Between Warehouses": "0",
    "Receipts": "5",
    "Customer Shipments": "-2",
    "Customer Returns": "0",
    "Vendor Returns": "0",
    "Warehouse Transfer In/Out": "0",
    "Found": "0",
    "Lost": "0",
    "Damaged": "0",
    "Disposed": "0",
    "Other Events": "0",
    "Ending Warehouse Balance": "13",
    "Unknown Events": "0",
    "Location": "US",
}


def tsv(*rows: dict[str, str], columns: dict[str, str] = ORDER, end: str = "\n") -> str:
    """An unquoted document of these rows."""
    head = "\t".join(columns)
    return end.join([head, *("\t".join((columns | row).values()) for row in rows), ""])


def quoted(*rows: dict[str, str], columns: dict[str, str] = LEDGER) -> str:
    """A quoted document of these rows."""

    def line(cells: list[str]) -> str:
        return "\t".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    body = [line(list((columns | row).values())) for row in rows]
    return "\n".join([line(list(columns)), *body, ""])
