"""Read tools: account-scoped questions, each answered from one indexed table."""
