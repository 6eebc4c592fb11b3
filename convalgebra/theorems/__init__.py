"""The theorems: left operator = right operator, under a condition, with its source; checked data."""
