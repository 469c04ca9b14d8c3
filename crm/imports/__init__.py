"""Files of other programs become records: read within limits, understood by their headers, brought in row by row, and taken back."""
