"""Whom the company deals with, and what was said: parties, their groups, communications."""
