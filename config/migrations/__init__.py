"""Alembic's scripts: how the tables came to be as they are. Run when the database is opened (config/migrate.py)."""
