"""Pictures of operators. Matplotlib is at home here."""
