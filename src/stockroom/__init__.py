"""Stockroom: a seller's Amazon inventory for AI agents."""
