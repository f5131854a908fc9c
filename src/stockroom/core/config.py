"""Settings: the only place that reads the environment.

Precedence: environment, then ``stockroom.env`` in the home (what ``stockroom
demo`` writes for the commands that share it), then the defaults here.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stockroom.core.clock import Clock
from stockroom.core.errors import ConfigurationError
from stockroom.core.marketplaces import Region

HOME_FILE = "stockroom.env"
_LAST_PORT = 65535


class Settings(BaseSettings):
    """Everything an operator can set. ``.env.example`` documents the same fields."""

    model_config = SettingsConfigDict(
        env_prefix="STOCKROOM_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Path("~/.stockroom")
    """Where the embedded database, its passwords and the demo's world live."""
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "STOCKROOM_DATABASE_URL"),
        repr=False,  # it holds a password
    )
    """Owner URL of a PostgreSQL ≥ 15; unset: the embedded server under ``home``."""

    database_direct_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_DIRECT_URL", "STOCKROOM_DATABASE_DIRECT_URL"),
        repr=False,  # as above
    )
    """The same database past a transaction pooler that stands in ``database_url``."""

    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)
    public_url: str | None = None
    """The https address clients use, when a proxy stands in front."""
    keys_port: int | None = Field(default=None, ge=0, le=65535)
    """Where keys alone are good, without OAuth; 0 picks a free one. Unset: the port after ``port``."""
    keys_public_url: str | None = None
    """The https address of that, when a proxy stands in front."""
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks (CIDR, comma-separated) of the proxies whose ``X-Forwarded-For`` counts."""

    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|console)$")

    encryption_keys: SecretStr | None = None
    """``id:base64,id:base64``: the first encrypts, all decrypt. Unset: made in the home."""
    key_pepper: SecretStr | None = None
    """Keyed hash of API keys (base64, 32 bytes). Unset: made in the home."""
    audit_key: SecretStr | None = None
    """``base64[,base64…]``: private keys (Ed25519) of the audit's heads; the first signs, heads of all
    are believed. Unset: made in the home."""
    api_key: SecretStr | None = None
    """The caller's own key, for ``stockroom stdio`` only."""

    oidc_issuer: str | None = None
    """An identity provider by which people may sign in, e.g. ``https://login.example.com``."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    open_sign_up: bool = False
    """Whether anybody may make an organisation of their own; else people are invited."""

    lwa_client_id: str = ""
    lwa_client_secret: SecretStr = SecretStr("")
    lwa_secret_rotated_on: date | None = None
    """When the client secret was made; it lives 180 days. Unset: nobody can be warned."""
    lwa_url: str = "https://api.amazon.com/auth/o2/token"
    spapi_na_url: str = "https://sellingpartnerapi-na.amazon.com"
    spapi_eu_url: str = "https://sellingpartnerapi-eu.amazon.com"
    spapi_fe_url: str = "https://sellingpartnerapi-fe.amazon.com"
    spapi_application_id: str = ""
    """How Seller Central names the application (``amzn1.sp.solution…``): for its page of consent."""
    spapi_application_draft: bool = False
    """The application is not published: its page of consent must be asked for its draft."""
    seller_central_na_url: str | None = None
    """Where sellers of a region authorise; unset: Amazon's own host of the seller's marketplace."""
    seller_central_eu_url: str | None = None
    seller_central_fe_url: str | None = None
    ads_client_id: str = ""
    """The application of the advertising API; unset: the one above."""
    ads_client_secret: SecretStr = SecretStr("")
    ads_lwa_na_url: str = "https://api.amazon.com/auth/o2/token"
    ads_lwa_eu_url: str = "https://api.amazon.co.uk/auth/o2/token"
    ads_lwa_fe_url: str = "https://api.amazon.co.jp/auth/o2/token"
    ads_consent_na_url: str = "https://www.amazon.com/ap/oa"
    ads_consent_eu_url: str = "https://eu.account.amazon.com/ap/oa"
    ads_consent_fe_url: str = "https://apac.account.amazon.com/ap/oa"
    ads_na_url: str = "https://advertising-api.amazon.com"
    ads_eu_url: str = "https://advertising-api-eu.amazon.com"
    ads_fe_url: str = "https://advertising-api-fe.amazon.com"
    max_document_mb: int = Field(default=2048, ge=1)
    """Largest report document accepted, after decompression."""

    raw_retention_days: int = Field(default=90, ge=1)
    """How long a raw document is kept after it landed; replay reaches no further back."""
    night_hour: int = Field(default=2, ge=0, le=12)
    """When an account's night begins, in its home marketplace: spread over the hour that follows."""

    clock_start: datetime | None = None
    """The instant the installation's clock showed at ``clock_anchor``; unset: real time."""
    clock_anchor: datetime | None = None
    clock_rate: float = Field(default=1.0, gt=0)

    simulator_url: str | None = None
    """Where this home's pretend Amazon listens (written by ``stockroom demo``)."""

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.startswith("[") else value.replace(",", " ").split()

    @property
    def keys_port_to_use(self) -> int:
        """The port for keys: the one set, else the next after the main one; 0: any."""
        if self.keys_port is not None:
            return self.keys_port
        return self.port + 1 if 0 < self.port < _LAST_PORT else 0

    @cached_property
    def home_path(self) -> Path:
        """``home`` with ``~`` expanded, absolute."""
        return self.home.expanduser().absolute()

    @cached_property
    def clock(self) -> Clock:
        """The clock every process of this installation reads."""
        if self.clock_start is None:
            return Clock()
        anchor = self.clock_anchor or Clock().now()
        return Clock(self.clock_start, anchor, self.clock_rate)

    def spapi_url(self, region: Region) -> str:
        """The Selling Partner API endpoint of a region."""
        return {
            Region.NA: self.spapi_na_url,
            Region.EU: self.spapi_eu_url,
            Region.FE: self.spapi_fe_url,
        }[region]

    def seller_central_url(self, region: Region) -> str | None:
        """Where sellers of a region authorise, when it is not Amazon's own host."""
        return {
            Region.NA: self.seller_central_na_url,
            Region.EU: self.seller_central_eu_url,
            Region.FE: self.seller_central_fe_url,
        }[region]

    def ads_consent_url(self, region: Region) -> str:
        """Where the advertising of a region is authorised."""
        return {
            Region.NA: self.ads_consent_na_url,
            Region.EU: self.ads_consent_eu_url,
            Region.FE: self.ads_consent_fe_url,
        }[region]

    def ads_url(self, region: Region) -> str:
        """The advertising API's endpoint of a region."""
        return {
            Region.NA: self.ads_na_url,
            Region.EU: self.ads_eu_url,
            Region.FE: self.ads_fe_url,
        }[region]

    def ads_lwa_url(self, region: Region) -> str:
        """Where the grants of a region's advertising API become access tokens."""
        return {
            Region.NA: self.ads_lwa_na_url,
            Region.EU: self.ads_lwa_eu_url,
            Region.FE: self.ads_lwa_fe_url,
        }[region]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings of this process.

    Args:
        overrides: Field values that win over the environment (command-line options).

    Raises:
        ConfigurationError: A value cannot be used; the message names the variable.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    home = given.get("home") or os.environ.get("STOCKROOM_HOME") or "~/.stockroom"  # noqa: TID251 - this is the one place
    home_file = Path(home).expanduser() / HOME_FILE
    try:
        return Settings(_env_file=home_file, **given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        variable = name if name.startswith("DATABASE_") else f"STOCKROOM_{name}"
        raise ConfigurationError(
            f"The setting {variable} cannot be used: {first['msg']}.",
            field=variable,
            next_step="Correct it in the environment or in stockroom.env; .env.example lists all.",
        ) from None
    except PermissionError:
        raise ConfigurationError(
            f"{home_file} cannot be read.",
            field="STOCKROOM_HOME",
            next_step="Run as the user that owns the home, or choose another with --home.",
        ) from None
