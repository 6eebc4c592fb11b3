"""Everything that can be checked, checked again: side by side, on other sizes each time, in a time."""
