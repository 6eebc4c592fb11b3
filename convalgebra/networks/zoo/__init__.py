"""The papers' networks as plain descriptions, each with its source and the numbers that were published."""
