"""Amazon as the rest of the house may use it: every failure is one of our errors."""
