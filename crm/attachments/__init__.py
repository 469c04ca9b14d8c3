"""Files on records: sent in pieces, known by their content, kept once, shown as thumbnails, given out as attachments only."""
