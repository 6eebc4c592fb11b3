"""The chapter of a network: what it is, what its layers cost, formulas, tools, advice, what it sees."""
