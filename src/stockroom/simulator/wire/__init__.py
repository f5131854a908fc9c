"""The pretend Amazon's HTTP half: the Selling Partner API as it answers on the wire.

Facts about the world come from ``simulator.world``; here they are only given
Amazon's shapes, limits, delays and refusals.
"""
