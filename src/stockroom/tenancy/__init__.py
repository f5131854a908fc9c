"""Who is asking, and for which account."""
