"""The same small seller that other people's clients meet."""

from tests.clients.conftest import served as served
