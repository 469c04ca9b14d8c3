"""Moving all rows of an installation from one database to another: read in one moment, written, counted and compared."""
