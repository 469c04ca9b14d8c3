"""Texts that the office writes again and again."""
