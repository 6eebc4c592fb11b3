"""Figures of reports: symbols and numbers only, which no language changes."""

from convalgebra.reporting.figures.field import field_figure
from convalgebra.reporting.figures.large import large_figure
from convalgebra.reporting.figures.matrix import matrix_figure
from convalgebra.reporting.figures.overlap import overlap_figure
from convalgebra.reporting.figures.ratio import Curve, ratio_figure

__all__ = ["Curve", "field_figure", "large_figure", "matrix_figure", "overlap_figure", "ratio_figure"]
