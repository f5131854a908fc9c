"""Layouts that more than one of Amazon's documents have: columns, no table, no dataset."""
