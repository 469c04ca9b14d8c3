"""Web-hooks: other programs are told of changed records, durably, in order of the changes, signed, as far as their owner may see."""
