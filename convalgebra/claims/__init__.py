"""What the literature states, as data: never the source of a formula, always what one is held against."""
