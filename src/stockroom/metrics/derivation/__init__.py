"""How metrics are derived: compiled statements, and the frames that several of them share."""
