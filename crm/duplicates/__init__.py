"""Records that are the same thing twice: noticed at entry, found in batch, merged with everything that points to them, and undone."""
