"""The parts of a chapter: each a plain function that derives, measures and returns blocks."""
