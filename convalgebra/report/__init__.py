"""Reports: LaTeX from derivations, and PDF where a TeX engine is installed."""
