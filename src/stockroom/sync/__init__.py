"""The engine that fills windows. It runs declarations it has never seen."""
