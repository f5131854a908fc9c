"""One file is one derived table."""
