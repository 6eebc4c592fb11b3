"""The structure of an operator in LaTeX, as the theorem writes it: C is the sum over k of W_k (x) S_k."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convalgebra.errors import ArgumentError
from convalgebra.formulas import latex
from convalgebra.operators.base import Operator
from convalgebra.operators.composition import Product, Reshaped, Transposed
from convalgebra.operators.conv import Conv
from convalgebra.operators.kron import Kron
from convalgebra.operators.leaves import weight_latex
from convalgebra.operators.onaxis import options_latex
from convalgebra.operators.onweight import OnWeight
from convalgebra.operators.sidebyside import BlockDiag, Sum
from convalgebra.operators.stacks import HStack, VStack
from convalgebra.proofs import Size
from convalgebra.sizes import exact_quotient

# Blocks or terms beyond the first and the last are left out from this number on, as in the text form.
_MANY = 4
_TAP = r"\mathbf{k}"


def master_form(operator: Operator) -> str:
    r"""Return an equation: the convolutions as letters, and as what they are made of.

    Without a convolution there is one side only. Raises ``ArgumentError`` for anything but an operator.

    >>> import convalgebra as ca
    >>> master_form(ca.conv("D", "N_c", ("H", "W"), "h"))
    'C^{h \\times h}_{D \\to N_{c}} = \\sum_{\\mathbf{k}} W_{\\mathbf{k}} \\otimes S_{k_1} \\otimes S_{k_2}'
    """
    right = structure_latex(operator)
    return f"{_written(operator, short=True)} = {right}" if _convolutions(operator) else right


def master_forms(operator: Operator) -> tuple[str, ...]:
    r"""Return the equation of each factor of an operator, the first that is applied first.

    Behind that of a convolution in groups stands what its matrices are: block diagonal, a block a group.

    >>> import convalgebra as ca
    >>> for line in master_forms(ca.depthwise("D", "N", "m")): print(line)
    C^{m}_{D \to D, g = D} = \sum_{\mathbf{k}} \mathrm{depthwise}_{\mathbf{k}} \otimes S_{k_1}
    \mathrm{depthwise}_{\mathbf{k}} = \operatorname{diag}\left(\mathrm{depthwise}^{(1)}_{\mathbf{k}}, \ldots, \mathrm{depthwise}^{(D)}_{\mathbf{k}}\right)
    """  # noqa: E501
    found: list[str] = []
    for factor in _factors(operator):
        found.append(master_form(factor))
        found += (group_form(conv) for conv in _convolutions(factor) if conv.groups != 1)
    return tuple(dict.fromkeys(found))


def group_form(conv: Conv) -> str:
    r"""Return the matrices of a convolution in groups as what they are: block diagonal, a block a group.

    >>> import convalgebra as ca
    >>> group_form(ca.conv("D", "N_c", "N", "m", groups="g"))
    'W_{\\mathbf{k}} = \\operatorname{blockdiag}\\left(W^{(1)}_{\\mathbf{k}}, \\ldots, W^{(g)}_{\\mathbf{k}}\\right)'
    """  # noqa: E501
    letter = weight_latex(conv.name)
    numbers: list[Size] = [1, conv.groups] if conv.groups != 1 else [1]
    blocks = [rf"{letter}^{{({latex(n)})}}_{{{_TAP}}}" for n in numbers]
    if conv.groups not in (1, 2):
        blocks.insert(1, r"\ldots")
    alone = conv.in_group == 1 and exact_quotient(conv.out_channels, conv.groups) == 1
    kind = "diag" if alone else "blockdiag"
    return rf"{letter}_{{{_TAP}}} = \operatorname{{{kind}}}\left({', '.join(blocks)}\right)"


def structure_latex(operator: Operator) -> str:
    r"""Return the structure in LaTeX, part for part that of ``operator.structure()``.

    Raises ``ArgumentError`` for anything but an operator.

    >>> import convalgebra as ca
    >>> structure_latex(ca.channel_shuffle("D", ("H", "W"), groups="g"))
    '\\Pi_{g} \\otimes I_{H} \\otimes I_{W}'
    """
    if not isinstance(operator, Operator):
        raise ArgumentError(f"operator={operator!r} must be an operator, such as ca.conv(1, 1, 5, 3)")
    return _written(operator, short=False)


def _written(operator: Operator, short: bool) -> str:
    """Return the structure, in a ``short`` one each convolution as a letter."""
    if isinstance(operator, Reshaped):
        return _written(operator.operator, short)
    if isinstance(operator, Transposed):
        return rf"{_base(operator.operator, short)}^{{\mathsf T}}"
    for kind, write in _COMBINED.items():
        if isinstance(operator, kind):
            return write(operator.operands, short)
    if isinstance(operator, Conv) and not short:
        return _conv(operator)
    if isinstance(operator, OnWeight):
        return f"X_{{{_written(operator.operator, short)}}}"
    return operator.latex()


def _factors(operator: Operator) -> tuple[Operator, ...]:
    match operator:
        case Product():
            return tuple(part for factor in reversed(operator.operators) for part in _factors(factor))
        case Reshaped():
            return _factors(operator.operator)
    return (operator,)


def _convolutions(operator: Operator) -> tuple[Conv, ...]:
    if isinstance(operator, Conv):
        return (operator,)
    return tuple(conv for part in operator.operands for conv in _convolutions(part))


def _conv(operator: Conv) -> str:
    selections = [rf"S_{{k_{at}{options_latex(axis)}}}" for at, axis in enumerate(operator.axes, start=1)]
    letter = weight_latex(operator.name)
    letter = rf"\operatorname{{flip}}({letter})" if operator.flip else letter
    return rf"\sum_{{{_TAP}}} " + r" \otimes ".join([rf"{letter}_{{{_TAP}}}", *selections])


def _is_simple(operator: Operator, short: bool) -> bool:
    """Say whether the form of an operator needs no brackets as a factor."""
    if isinstance(operator, Reshaped):
        return _is_simple(operator.operator, short)
    if isinstance(operator, Product | Kron | Sum | BlockDiag):
        return len(operator.operators) == 1 and _is_simple(operator.operators[0], short)
    return short or not isinstance(operator, Conv)


def _in_brackets(operator: Operator, short: bool) -> str:
    inside = _written(operator, short)
    return inside if _is_simple(operator, short) else rf"\left({inside}\right)"


def _base(operator: Operator, short: bool) -> str:
    """Return a form that takes an exponent."""
    inside = _in_brackets(operator, short)
    return rf"\left({inside}\right)" if _is_simple(operator, short) and "^" in inside else inside


def _listed(parts: Sequence[Operator], short: bool, dots: str = r"\cdots") -> list[str]:
    """Return the forms of some operators, of many the first and the last."""
    return _some([_written(part, short) for part in parts], dots)


def _factor_forms(parts: Sequence[Operator], short: bool) -> list[str]:
    return [_in_brackets(part, short) for part in parts]


def _some(parts: list[str], dots: str = r"\cdots") -> list[str]:
    return parts if len(parts) <= _MANY else [parts[0], dots, parts[-1]]


def _matrix(parts: Sequence[str], between: str) -> str:
    return rf"\begin{{bmatrix}} {between.join(parts)} \end{{bmatrix}}"


_COMBINED: Mapping[type[Operator], Callable[[Sequence[Operator], bool], str]] = {
    Product: lambda parts, short: r" \, ".join(_factor_forms(parts, short)),
    Kron: lambda parts, short: r" \otimes ".join(_factor_forms(parts, short)),
    Sum: lambda parts, short: " + ".join(_listed(parts, short)),
    BlockDiag: lambda parts, short: r" \oplus ".join(_some(_factor_forms(parts, short))),
    VStack: lambda parts, short: _matrix(_listed(parts, short, r"\vdots"), r" \\ "),
    HStack: lambda parts, short: _matrix(_listed(parts, short), " & "),
}
