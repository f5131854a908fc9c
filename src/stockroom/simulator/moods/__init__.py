"""Moods: the ways in which the real Amazon misbehaves, switched on one by one while it runs.

A mood is a small declaration in a file of its own, with the fact it imitates;
:mod:`chances` holds every figure. What is on stands in the home, so a restart
keeps it. Decisions are drawn from the world's seed: the same calls in the same
mood meet the same trouble. Off is off: the next answer is clean, and only what
Amazon itself would have kept (a report already generated) stays as it was made.
"""
