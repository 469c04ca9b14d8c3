"""Real telephones for tests: SIPp callers and baresip phones, started on free ports and stopped by process id."""
