"""What an operator costs: each count is the sum over its stages of what one stage answers."""

from __future__ import annotations

from convalgebra.formulas import tidy
from convalgebra.operators.described import Described
from convalgebra.proofs import Size
from convalgebra.sizes import product


class Counted(Described):
    """The counts of an operator, derived from its entries, taps and rows."""

    @property
    def multiplications(self) -> Size:
        """Products of a weight with an input value; taps on padding zeros do not count.

        The entries of the factors that have weights, summed.

        >>> import convalgebra as ca
        >>> ca.conv(3, 128, input_size=(7, 7), kernel_size=3).multiplications
        86400
        >>> ca.conv(1, 1, input_size="N", kernel_size="m").multiplications
        m*(N - m + 1)
        """
        return tidy(sum((stage.products for stage in self.stages), start=0))

    @property
    def products(self) -> Size:
        """The multiplications of one stage: its entries, if it has weights; moving values costs none."""
        return self.entries if self.weight_shapes else 0

    @property
    def mult_adds(self) -> Size:
        """The papers' count: every tap at every output, padding zeros included.

        For a transposed convolution that is every tap at every *input*.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=5, kernel_size=3, padding=1).mult_adds
        15
        """
        return tidy(sum((stage.tap_products for stage in self.stages), start=0))

    @property
    def tap_products(self) -> Size:
        """The mult_adds of one stage: its taps, if it has weights."""
        return self.taps if self.weight_shapes else 0

    @property
    def additions(self) -> Size:
        """Additions performed: per output its products less one, where there is at least one.

        >>> import convalgebra as ca
        >>> ca.conv(1, 1, input_size=5, kernel_size=3).additions
        6
        """
        return tidy(sum((stage.sums for stage in self.stages), start=0))

    @property
    def sums(self) -> Size:
        """The additions of one stage: what each row adds up, a factor that moves values included."""
        return self.entries - self.rows_hit

    @property
    def parameters(self) -> Size:
        """The entries of the weights.

        >>> import convalgebra as ca
        >>> ca.conv("D", "N_c", input_size=("H", "W"), kernel_size="h").parameters
        D*N_c*h**2
        """
        return tidy(sum((product(shape) for shape in self.weight_shapes.values()), start=0))
