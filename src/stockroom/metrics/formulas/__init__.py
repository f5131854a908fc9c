"""Arithmetic that metrics share: pure functions over exact numbers, no database."""
