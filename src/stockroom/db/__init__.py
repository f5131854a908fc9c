"""Postgres: the declarative base, engines, account-scoped sessions, row security, the embedded server."""
