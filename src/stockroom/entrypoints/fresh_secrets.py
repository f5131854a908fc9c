"""``stockroom secrets``: fresh secrets for an installation whose database is a server of its own.

Printed as lines of an environment file and kept nowhere: whoever runs the
installation keeps them beside the database's backups, and the last one out of the
reach of whoever owns the database.
"""

from __future__ import annotations

from stockroom.tenancy.home_secrets import new_secrets


def run() -> None:
    """Print them."""
    made = new_secrets()
    print(f"STOCKROOM_ENCRYPTION_KEYS={made.vault_keys}")
    print(f"STOCKROOM_KEY_PEPPER={made.pepper}")
    print(f"STOCKROOM_AUDIT_KEY={made.audit_key}")
