"""The one guarded way out: fetching what an address somebody else wrote leads to."""
