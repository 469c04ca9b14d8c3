"""The JSON interface, /api/v1; each module gives its routes (see web/routes.py)."""
