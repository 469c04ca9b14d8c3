"""Settings, database, clock, logging and translations: what every other floor stands on."""
