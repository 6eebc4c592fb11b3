"""The algebra: operators, described by geometry, and what one can make of them."""
