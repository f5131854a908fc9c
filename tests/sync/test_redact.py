"""People leave before anything is stored."""

from __future__ import annotations

import pytest

from stockroom.spec.format import QUOTED_TSV, TSV
from stockroom.sync.redact import Redactor, is_personal, without_persons


def redacted(document: bytes, *, block: int = 1 << 20, redactor: Redactor | None = None) -> bytes:
    redactor = redactor or Redactor(TSV)
    parts = [redactor.feed(document[at : at + block]) for at in range(0, len(document), block)]
    return b"".join([*parts, redactor.finish()])


@pytest.mark.parametrize(
    "name",
    [
        *("buyer-name", "Buyer Email", "buyer_phone_number", "recipient-name", "ship-city"),
        *("ship-state", "ship-postal-code", "ship-address-1", "bill-address-2", "cpf"),
        *("purchase-order-number", "Phone", "shippingAddress", "city", "BuyerInfo"),
    ],
)
def test_these_carry_a_person(name: str) -> None:
    assert is_personal(name)


@pytest.mark.parametrize(
    "name",
    [
        *("ship-country", "sku", "product-name", "state", "status", "condition", "ship-date"),
        *("customerDamagedQuantity", "Customer Shipments", "Location", "address-type"),
    ],
)
def test_these_do_not(name: str) -> None:
    assert not is_personal(name)


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_personal_columns_are_gone_whole(block: int) -> None:
    document = b"sku\tship-city\tquantity\nA\tParis\t1\nB\tRome\t2"
    assert redacted(document, block=block) == b"sku\tquantity\nA\t1\nB\t2\n"


def test_a_document_without_people_is_kept_byte_for_byte() -> None:
    document = b'sku\ttitle\r\nA\t12" shelf\r\n\r\nB\t\x81\r\nC\t'
    assert redacted(document) == document


def test_a_short_row_keeps_what_it_has() -> None:
    assert redacted(b"sku\tship-city\tquantity\nA\tParis\nB") == b"sku\tquantity\nA\nB\n"


def test_a_row_whose_cells_have_moved_is_dropped_and_counted() -> None:
    redactor = Redactor(TSV)
    document = b"title\tship-city\tpromotion\nlamp\tdesk\tParis\t\nok\tRome\tx\n"
    assert redacted(document, redactor=redactor) == b"title\tpromotion\nok\tx\n"
    assert redactor.dropped == 1


def test_quoted_documents_lose_their_people_too() -> None:
    document = b'"sku"\t"ship-city"\t"title"\n"A"\t"Par\nis"\t"a ""b"""\n'
    assert redacted(document, redactor=Redactor(QUOTED_TSV)) == b'"sku"\t"title"\n"A"\t"a ""b"""\n'


def test_a_wrong_charset_does_not_hide_them() -> None:
    redactor = Redactor(TSV)
    kept = redacted(b"sku\ts\0hip-c\0ity\nA-1\tNowhereville\n", redactor=redactor)
    assert kept == b"sku\nA-1\n"
    assert redacted(b"s\0ku\tunits\n", redactor=(other := Redactor(TSV))) == b"s\0ku\tunits\n"
    assert other.headers == ["sku", "units"]


def test_a_declaration_may_name_more() -> None:
    redactor = Redactor(TSV, ["customer-comments"])
    assert redacted(b"sku\tcustomer-comments\nA\tcall me\n", redactor=redactor) == b"sku\nA\n"
    assert redactor.headers == ["sku"]


def test_where_people_are_only_known_columns_stay_whatever_the_others_are_called() -> None:
    redactor = Redactor(TSV, only={"sku", "quantity", "shipcity"})
    document = b"\xef\xbb\xbfSKU\tLiefer-Stadt\tship-city\tquantity\nA\tParis\tParis\t1\n"
    assert redacted(document, redactor=redactor) == b"\xef\xbb\xbfSKU\tquantity\nA\t1\n"


def test_people_in_json_are_gone_at_any_depth() -> None:
    page = {"orders": [{"id": 1, "buyerInfo": {"name": "x"}, "to": {"city": "Paris", "sku": "A"}}]}
    assert without_persons(page) == {"orders": [{"id": 1, "to": {"sku": "A"}}]}
