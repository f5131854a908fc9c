"""One file is one Amazon dataset is one table."""
