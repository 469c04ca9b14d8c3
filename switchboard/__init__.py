"""Events, bus, live calls, the telephone link and messaging."""
