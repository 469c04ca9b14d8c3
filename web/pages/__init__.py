"""Pages: one module and one template of the same name per page; each module gives its routes (see web/routes.py)."""
