"""Customer records: parties, their numbers, their timeline."""
