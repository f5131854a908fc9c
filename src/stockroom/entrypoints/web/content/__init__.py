"""What members look at and decide: accounts, data, stock, keys, the audit."""
