"""The named convolutions: plain functions that return operators."""
