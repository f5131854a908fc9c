"""The authorization server, joined: its programs, grants and tokens, for one address."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.net.outbound import Outbound
from stockroom.tenancy.oauth.arrivals import Arrivals
from stockroom.tenancy.oauth.clients import Clients
from stockroom.tenancy.oauth.grants import Grants
from stockroom.tenancy.oauth.tokens import Tokens

_REGISTRATIONS_AN_HOUR = 30
_QUESTIONS_IN_TEN_MINUTES = 100


@dataclass(frozen=True, slots=True)
class Authority:
    """Everything an authorization passes through.

    Args:
        clients: The programs.
        grants: Questions, answers, and what was granted.
        tokens: Codes and tokens.
        registrations: How often an address may register a program.
        questions: How often an address may ask: a question costs a row, perhaps a fetch.
    """

    clients: Clients
    grants: Grants
    tokens: Tokens
    registrations: Arrivals
    questions: Arrivals

    @classmethod
    def of(cls, database: Database, pepper: bytes, clock: Clock, outbound: Outbound) -> Authority:
        """The authority of an installation."""
        return cls(
            clients=Clients(database, pepper, clock, outbound),
            grants=Grants(database, pepper, clock),
            tokens=Tokens(database, pepper, clock),
            registrations=Arrivals(clock, _REGISTRATIONS_AN_HOUR, 3600),
            questions=Arrivals(clock, _QUESTIONS_IN_TEN_MINUTES, 600),
        )
