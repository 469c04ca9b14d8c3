"""Lists become files for other programs: as searched and sorted, in the background, without formulas that run in a spreadsheet."""
