"""Call recordings: kept, repaired, measured, played."""
