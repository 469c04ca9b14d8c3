"""Back-ups: a vault of pieces that are kept once, sets that name them, and a journal of what changed between the sets."""
