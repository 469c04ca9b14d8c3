"""The declared entities: crm/entities/<area>/<noun>.py, one file each, found by crm/catalogue.py."""
