"""Reports: derived formulas and measured counts as LaTeX, PDF and HTML, in English and Chinese."""
