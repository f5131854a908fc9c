"""``stockroom import`` and ``stockroom quarantine`` as a person types them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.unsynced import Unsynced, unsynced
from tests.reports.lines import LEDGER, quoted

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LEDGERS = "GET_LEDGER_SUMMARY_VIEW_DATA"


@pytest.fixture(scope="module")
def seller() -> Iterator[Unsynced]:
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="stockroom tests ") as folder:
        path = Path(folder)
        path.chmod(0o711)
        with unsynced(path) as found:
            yield found


def ledger(skus: int) -> str:
    return quoted(*({"MSKU": f"SKU-{number}"} for number in range(skus)))


def imported(
    seller: Unsynced, document: bytes, *more: str, kind: str = LEDGERS, code: int = 0
) -> dict[str, Any]:
    file = seller.home / "ledger.txt"
    file.write_bytes(document)
    where = ("--account", seller.seller.slug, "--marketplace", seller.seller.marketplaces[0])
    told = seller.run("import", kind, str(file), *where, "--json", *more, code=code)
    if code == 2:
        assert len(told.strip().splitlines()) == 1
        return {"said": told}
    found: dict[str, Any] = json.loads(told)
    assert set(found) == {"report_type", "rows", "rejected", "days", "state", "reason"}
    return found


def test_it_is_loaded_then_unchanged_then_withheld_then_accepted(seller: Unsynced) -> None:
    whole = ledger(40).encode("utf-16")
    assert imported(seller, whole) == {
        "report_type": LEDGERS,
        "rows": 40,
        "rejected": 0,
        "days": 1,
        "state": "loaded",
        "reason": None,
    }
    assert imported(seller, whole)["state"] == "unchanged"

    half = ledger(20).encode()
    withheld = imported(seller, half, code=3)
    assert (withheld["state"], withheld["rows"]) == ("quarantined", 20)
    assert "rows went from 40 to 20" in withheld["reason"]
    assert seller.rows("select count(*) from core.ledger_days") == [(40,)]

    (shown,) = json.loads(seller.run("quarantine", "list", "--json"))
    assert (shown["account"], shown["dataset"]) == (seller.seller.slug, "ledger_summary")
    told = seller.run("quarantine", "show", shown["run"])
    assert "withheld    20 rows, 260 units, 20 skus" in told
    assert "last good   40 rows, 520 units, 40 skus" in told
    assert "forgotten" in seller.run("quarantine", "discard", shown["run"])
    assert json.loads(seller.run("quarantine", "list", "--json")) == []

    assert imported(seller, half, "--accept")["state"] == "loaded"
    assert seller.rows("select count(*) from core.ledger_days") == [(20,)]


def test_what_is_withheld_can_be_released(seller: Unsynced) -> None:
    imported(seller, ledger(30).encode(), "--accept")
    imported(seller, ledger(15).encode(), code=3)
    (shown,) = json.loads(seller.run("quarantine", "list", "--json"))
    assert "ledger_summary loaded, 15 rows" in seller.run("quarantine", "release", shown["run"])
    assert seller.rows("select count(*) from core.ledger_days") == [(15,)]
    assert "Nothing is withheld" in seller.run("quarantine", "release", shown["run"], code=1)


def test_translated_headers_are_withheld_and_name_the_column(seller: Unsynced) -> None:
    german = {("Datum" if name == "Date" else name): cell for name, cell in LEDGER.items()}
    withheld = imported(seller, quoted({}, columns=german).encode("cp1252"), code=3)
    assert withheld["reason"].startswith("The column 'Date' is missing. Found: Datum, FNSKU")


def test_what_cannot_be_used_ends_with_two_and_a_remedy(seller: Unsynced) -> None:
    assert LEDGERS in imported(seller, b"a\tb\n", kind="GET_NOTHING", code=2)["said"]
    said = imported(seller, b"PK\x03\x04 a workbook", code=2)["said"]
    assert "is a workbook. Export the report as tab-separated text" in said
    assert "is empty" in imported(seller, b"", code=2)["said"]
    file = ("import", LEDGERS, str(seller.home / "ledger.txt"), "--marketplace")
    assert "not a marketplace" in seller.run(*file, "XX", "--account", seller.seller.slug, code=2)
    assert "There is no account 'nobody'" in seller.run(*file, "US", "--account", "nobody", code=2)
