"""The words every room uses. Touches nothing: no network, no database."""
