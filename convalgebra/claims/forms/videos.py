"""Networks for video of Tran et al., as tables of the kernels of their layers; and their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convalgebra.catalogue.basic import conv
from convalgebra.claims.forms.networks import kernel_taps
from convalgebra.operators.base import Operator

Kernel = tuple[int, int, int]
_CLASSES = 400


@dataclass(frozen=True)
class VideoLayer:
    """A convolution of a clip: channels, and a kernel over time, height and width."""

    in_channels: int
    out_channels: int
    kernel: Kernel

    @property
    def operator(self) -> Operator:
        """The operator of the layer, on the smallest clip of which each tap reads a value."""
        return conv(self.in_channels, self.out_channels, self.kernel, self.kernel)

    @property
    def weights(self) -> int:
        """The weights by matrices: the pairs of channels on one pixel, times the taps along each axis."""
        mixing = conv(self.in_channels, self.out_channels, 1, 1)
        pairs = mixing.matrix(np.ones((self.out_channels, self.in_channels, 1), np.int8)).nnz
        return int(pairs) * int(np.prod([kernel_taps(k) for k in self.kernel]))


def middle_channels(before: Any, after: Any, time: Any, space: Any) -> Any:
    """Return the M of the paper, section 3.5: the channels between the two halves of a (2+1)D block.

    >>> middle_channels(64, 64, 3, 3)
    144
    """
    return (time * space**2 * before * after) // (space**2 * before + time * after)


def video_resnet(form: str, switch: int = 6, stem: int = 0) -> Iterator[VideoLayer]:
    """Yield the layers of the 18-layer network: Tran et al., arXiv:1711.11248, Figure 1 and Table 1.

    ``form`` is "3d", "mc" (3-D before group ``switch``, 2-D from it on) or "2+1d", with ``stem`` channels
    in the middle of the first layer (as the formula says, where it is 0). Shortcuts that change the
    channels are 1 x 1 x 1; the classifier has 400 classes.

    >>> len(list(video_resnet("3d")))
    21
    """
    channels = 3
    for group, width in enumerate((64, 64, 128, 256, 512), start=1):
        space = 7 if group == 1 else 3
        for _ in range(1 if group == 1 else 4):
            if form == "2+1d":
                given = stem if group == 1 else 0
                middle = given or middle_channels(channels, width, 3, space)
                yield VideoLayer(channels, middle, (1, space, space))
                yield VideoLayer(middle, width, (3, 1, 1))
            else:
                deep = form == "3d" or group < switch
                yield VideoLayer(channels, width, (3 if deep else 1, space, space))
            if group > 2 and channels != width:
                yield VideoLayer(channels, width, (1, 1, 1))
            channels = width
    yield VideoLayer(channels, _CLASSES, (1, 1, 1))
