"""Texts with places for fields: letters and messages."""
