"""The kinds of nodes a call flow is made of: one file per kind, found by its name in this folder."""
