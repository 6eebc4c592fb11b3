"""Formulas on paper and on a page: how wide they are, where they break, what they are in MathML."""
