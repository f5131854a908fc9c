"""Alembic's entry: runs inside the connection and transaction that ``stockroom.db.migrate`` opened.

That transaction began before Alembic was configured, so Alembic leaves its end
to whoever began it.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, **context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
