"""What the five advertising datasets have in common."""
