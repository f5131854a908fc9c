"""Write tools: each works out a Change, and later executes and verifies it."""
