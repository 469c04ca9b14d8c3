"""Persian and people: calendar, dates as typed, numbers and amounts in words, the alphabet's order, Iranian codes. Pure, on the lowest floor."""
