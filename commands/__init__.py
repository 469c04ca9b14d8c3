"""The console commands, one file each, found by folder."""
