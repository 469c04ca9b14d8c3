"""One file per change of the tables, in order; made by `python -m tests.house.new_revision "what changes"`."""
