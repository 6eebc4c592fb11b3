"""The colours of the page: taps are told apart by all common sights, and are those of the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray

from convalgebra.drawing.colours import kernel_colours
from tests.browsers import launched
from tests.test_inspector_engine import joined

Rgb = NDArray[np.float64]
Evaluate = Callable[[str], Any]

# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
SIGHTS = {
    "usual": np.eye(3),
    "red-blind": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "green-blind": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
# Ottosson's OKLab: linear RGB to the responses of the cones, these to lightness and two axes of colour.
CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# What one just sees is about 0.02.
APART = 0.045
BESIDE = 0.09


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Evaluate]:
    """Return a function that evaluates an expression where the palette's functions are known."""
    plain = joined("palette")
    with launched() as browser:
        page = browser.new_page()
        yield lambda expression: page.evaluate(f"(() => {{ {plain}\nreturn {expression}; }})()")
        page.close()


def linear(colours: list[str]) -> Rgb:
    encoded = np.array([to_rgb(colour) for colour in colours])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def distances(colours: list[str], sight: Rgb) -> Rgb:
    """Return how far each colour is from each other in OKLab, as someone with that sight sees them."""
    seen = np.clip(linear(colours) @ sight.T, 0, 1)
    lab = np.cbrt(seen @ CONES.T) @ LAB.T
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("kernel", [(2, 2), (3, 3), (9,), (1, 9), (4, 4), (5, 5), (7, 7), (49,), (30, 1)])
def test_no_two_taps_of_a_kernel_look_alike(
    evaluate: Evaluate, kernel: tuple[int, ...], sight: str
) -> None:
    taps = evaluate(f"tapColours({list(kernel)})")
    others = evaluate("[COLOUR_WITHOUT_WEIGHT, COLOUR_OF_SEVERAL]")
    assert len(taps) == np.prod(kernel)
    apart = distances([*taps, *others], SIGHTS[sight])
    np.fill_diagonal(apart, np.inf)
    assert apart[: len(taps)].min() >= APART


@pytest.mark.parametrize("sight", SIGHTS)
def test_taps_beside_each_other_differ_more(evaluate: Evaluate, sight: str) -> None:
    apart = distances(evaluate("tapColours([7, 7])"), SIGHTS[sight])
    taps = [divmod(tap, 7) for tap in range(49)]
    beside = [
        apart[7 * a + b, 7 * c + d]
        for a, b in taps
        for c, d in taps
        if (a, b) != (c, d) and max(abs(a - c), abs(b - d)) <= 1
    ]
    assert min(beside) >= BESIDE


@pytest.mark.parametrize("kernel", [(3, 3, 3), (2, 5, 5), (7, 1, 1), (11, 11)])
def test_larger_kernels_have_as_many_colours_as_taps(evaluate: Evaluate, kernel: tuple[int, ...]) -> None:
    taps = evaluate(f"tapColours({list(kernel)})")
    assert len(taps) == len(set(taps)) == np.prod(kernel)


def test_slices_are_the_plane_lighter_and_darker(evaluate: Evaluate) -> None:
    plane, cube = evaluate("tapColours([3, 3])"), evaluate("tapColours([3, 3, 3])")
    own, lighter, darker = (linear(cube[9 * at : 9 * at + 9]).sum(axis=1) for at in range(3))
    assert cube[:9] == plane
    assert (lighter > own).all()
    assert (darker < own).all()


@pytest.mark.parametrize(
    "kernel", [(1, 1), (1, 1, 1), (2, 2), (3, 3), (2, 3), (5,), (1, 7), (2, 2, 2), (3, 3, 3)]
)
def test_the_page_colours_taps_as_the_figures_do(evaluate: Evaluate, kernel: tuple[int, ...]) -> None:
    page = np.array([to_rgb(colour) for colour in evaluate(f"tapColours({list(kernel)})")])
    assert np.abs(page - kernel_colours(kernel)[:, :3]).max() <= 0.5 / 255 + 1e-12


def test_separable_factors_make_the_colours_of_their_product(evaluate: Evaluate) -> None:
    arrays = "[{offset: 0, kernel: [3, 1]}, {offset: 3, kernel: [1, 3]}, {offset: 6, kernel: [1, 1]}]"
    colour = f"productColours({{list: {arrays}, count: 7}})"
    made = evaluate(f"(() => {{ const of = {colour}; return [0, 1, 2].map((a) => of([a, 3 + 2, 6])); }})()")
    plane = evaluate("tapColours([3, 3])")
    assert made == [plane[2], plane[5], plane[8]]
    assert evaluate(f"{colour}([])") == evaluate("COLOUR_WITHOUT_WEIGHT")
    assert evaluate(f"{colour}([0, 1])") == evaluate("COLOUR_OF_SEVERAL")


def test_ink_is_read_on_every_colour(evaluate: Evaluate) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    colours = evaluate("[...tapColours([7, 7]), ...tapColours([3, 3, 3])]")
    for colour, ink in zip(colours, evaluate(f"{colours}.map(inkOn)"), strict=True):
        light, dark = sorted((linear([colour, ink]) @ weights).tolist(), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (colour, ink)


@pytest.mark.parametrize("dark", [False, True])
def test_a_denser_place_stands_out_more_from_the_paper(evaluate: Evaluate, dark: bool) -> None:
    scale = evaluate(f"Array.from({{length: 20}}, (_, at) => densityColour(at / 19, {str(dark).lower()}))")
    lightness = np.cbrt(linear(scale) @ CONES.T) @ LAB.T[:, 0]
    assert (np.diff(lightness) * (1 if dark else -1) > 0).all()
    assert to_hex(scale[0]) == ("#00224e" if dark else "#fee838")
