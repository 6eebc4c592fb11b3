"""The forms that claims have: a judge is written once for all claims of a form."""
