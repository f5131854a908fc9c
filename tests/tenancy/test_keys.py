from __future__ import annotations

import pytest

from stockroom.tenancy.keys import key_hash, new_key, well_formed


def test_a_new_key_is_well_formed_and_never_the_same() -> None:
    texts = {new_key()[0] for _ in range(100)}
    assert len(texts) == 100
    assert all(map(well_formed, texts))


def test_the_prefix_is_what_the_key_begins_with_and_gives_nothing_away() -> None:
    text, prefix = new_key()
    assert text.startswith(prefix)
    assert len(prefix) <= len("sk_stockroom_") + 4


@pytest.mark.parametrize("at", [13, 25, 44, 50])
def test_one_wrong_character_is_seen_without_asking_anyone(at: int) -> None:
    text, _ = new_key()
    other = "a" if text[at] != "a" else "b"
    assert not well_formed(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize("text", ["", "sk_stockroom_", "Bearer x", "sk_stockroom_" + "é" * 49])
def test_anything_else_is_no_key(text: str) -> None:
    assert not well_formed(text)


@pytest.mark.requirement("keys-hashed")
def test_the_hash_depends_on_the_pepper() -> None:
    text, _ = new_key()
    assert key_hash(text, b"a" * 32) != key_hash(text, b"b" * 32)
    assert text.encode() not in key_hash(text, b"a" * 32)
