"""The application the pretend Amazon knows: made up, the same everywhere, worth nothing outside.

They look like real ones on purpose, so that redaction is tested by the demo itself.
"""

CLIENT_ID = "amzn1.application-oa2-client.simulator"
CLIENT_SECRET = "amzn1.oa2-cs.v1.simulator"  # noqa: S105 - opens nothing but this simulator
APPLICATION_ID = "amzn1.sp.solution.simulator"
"""How consent links of Seller Central name it."""
