from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.tenancy.home_secrets import home_secrets, key_pepper
from stockroom.tenancy.vault import Vault

HARBOR, ELM = UUID(int=1), UUID(int=2)
OLD, NEW = b"o" * 32, b"n" * 32


def test_what_was_encrypted_opens_again() -> None:
    vault = Vault({"k1": OLD})
    sealed = vault.encrypt(b"grant", purpose="refresh_token", account_id=HARBOR)
    assert b"grant" not in sealed
    assert vault.decrypt(sealed, purpose="refresh_token", account_id=HARBOR) == b"grant"


def test_the_same_text_never_looks_the_same_twice() -> None:
    vault = Vault({"k1": OLD})
    assert vault.encrypt(b"x", purpose="p", account_id=HARBOR) != vault.encrypt(
        b"x", purpose="p", account_id=HARBOR
    )


@pytest.mark.requirement("tokens-encrypted")
@pytest.mark.parametrize(("purpose", "account"), [("document", HARBOR), ("refresh_token", ELM)])
def test_a_ciphertext_moved_elsewhere_does_not_open(purpose: str, account: UUID) -> None:
    vault = Vault({"k1": OLD})
    sealed = vault.encrypt(b"grant", purpose="refresh_token", account_id=HARBOR)
    with pytest.raises(ConfigurationError, match="does not open"):
        vault.decrypt(sealed, purpose=purpose, account_id=account)


def test_a_flipped_bit_does_not_open() -> None:
    vault = Vault({"k1": OLD})
    sealed = bytearray(vault.encrypt(b"grant", purpose="p", account_id=HARBOR))
    sealed[-1] ^= 1
    with pytest.raises(ConfigurationError):
        vault.decrypt(bytes(sealed), purpose="p", account_id=HARBOR)


def test_after_a_rotation_the_first_key_encrypts_and_all_decrypt() -> None:
    before = Vault({"k1": OLD})
    after = Vault({"k2": NEW, "k1": OLD})
    sealed = before.encrypt(b"grant", purpose="p", account_id=HARBOR)
    assert after.decrypt(sealed, purpose="p", account_id=HARBOR) == b"grant"
    fresh = after.encrypt(b"grant", purpose="p", account_id=HARBOR)
    with pytest.raises(ConfigurationError, match="k2"):
        before.decrypt(fresh, purpose="p", account_id=HARBOR)


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x01\xff", b"\x02\x02k1" + b"x" * 40])
def test_what_the_vault_never_made_is_refused(junk: bytes) -> None:
    with pytest.raises(ConfigurationError):
        Vault({"k1": OLD}).decrypt(junk, purpose="p", account_id=HARBOR)


@pytest.mark.parametrize("keys", ["k1", "k1:short", ":AAAA", "k1:!!!"])
def test_unusable_keys_are_refused_by_name_and_not_repeated(tmp_path: Path, keys: str) -> None:
    settings = Settings(home=tmp_path, encryption_keys=keys)
    with pytest.raises(ConfigurationError) as caught:
        Vault.from_settings(settings)
    assert caught.value.field == "STOCKROOM_ENCRYPTION_KEYS"
    assert keys not in str(caught.value).replace("id:base64", "")


def test_a_home_makes_its_secrets_once_and_for_its_user_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first, again = home_secrets(settings), home_secrets(settings)
    assert first == again
    assert (tmp_path / "home" / "keys.json").stat().st_mode & 0o777 == 0o600
    assert len(key_pepper(settings)) == 32


def test_a_database_that_outlives_the_home_needs_its_keys_given(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://owner@localhost/stockroom")
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Vault.from_settings(settings)
    assert not list(tmp_path.iterdir())
