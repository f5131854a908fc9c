"""``stockroom doctor``: everything an installation stands on, looked at one thing after the other."""
