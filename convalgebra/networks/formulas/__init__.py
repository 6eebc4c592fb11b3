"""A network's totals as formulas: quotients named, sizes put in, counted again."""
