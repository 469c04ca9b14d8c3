"""The kinds of fields: the only place that knows how a value is read, shown, edited, compared, stored and described."""
