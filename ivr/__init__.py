"""Call flows: the menu tree that a caller walks through."""
