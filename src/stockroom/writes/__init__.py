"""The gate: propose, confirm, execute once, verify, record."""
