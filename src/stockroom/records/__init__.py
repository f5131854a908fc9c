"""What the seller tells us and Amazon does not know. One file is one table; nothing is overwritten."""
