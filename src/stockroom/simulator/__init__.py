"""A pretend Amazon: one stream of physical events, and the wire format as a view of it."""
