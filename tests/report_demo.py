"""A made-up report that has every block, hostile names and formulas as long as they come."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import convalgebra as ca
from convalgebra.derivation.identities import derive_identity
from convalgebra.reporting.blocks import (
    Chapter,
    Command,
    Contents,
    Document,
    Drawing,
    Entry,
    Figure,
    Formula,
    Heading,
    Items,
    Paragraph,
    Step,
    Steps,
    Table,
)
from convalgebra.reporting.steps import steps_of
from convalgebra.reporting.words import (
    Code,
    Inline,
    Math,
    Reference,
    Row,
    Translated,
    Verdict,
    Words,
    formula,
    say,
    sizes,
)

HOSTILE = ("a_b%$#&{}~^\\", "<script>", r"\input{/etc/passwd}", "é", "ü × → “quoted” – —", "--``''<<>>,,")
LONG = "verylongword" * 14
LAYER = ("D", "N_c", ("H", "W"), "h")
PROSE = (
    "A depthwise separable convolution takes a kernel of its own to each channel, and then mixes the "
    "channels at every place by themselves. What it costs is the sum of what the two cost, and the ratio "
    "to a standard convolution depends on the number of filters and on the size of the kernel alone."
)


@cache
def drawing(name: str, width: float = 6.3, height: float = 2.2) -> Drawing:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(width, height))
    FigureCanvasPdf(canvas)
    axes = canvas.subplots()
    axes.plot([1, 2, 4, 8], [1, 0.6, 0.4, 0.3], marker="o")
    axes.set_xlabel("filters")
    file = BytesIO()
    canvas.savefig(file, format="pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})
    return Drawing(name, file.getvalue(), "<svg/>", width)


def words(*parts: str | Inline) -> Inline:
    return Row(tuple(Words(part) if isinstance(part, str) else part for part in parts), "demo.nothing")


def demo(rows: int = 60) -> Document:
    separable = ca.derive_ratio(ca.depthwise_separable(*LAYER), ca.conv(*LAYER))
    shuffled = ca.derive_ratio(
        ca.shuffled_grouped(*LAYER, groups="g", middle_channels="b"), ca.conv(*LAYER)
    )
    identities = [derive_identity(name) for name in ("depthwise separable", "strided is decimated")]
    return Document(
        "demo",
        Words("What convolutions cost"),
        Words("Derived with sympy, confirmed by counting; convalgebra 0.1.0"),
        (
            Chapter("front", (Contents(), Paragraph(Words(PROSE)))),
            Chapter("separable", _separable(separable)),
            Chapter(
                "shuffled",
                (
                    Heading(1, words("Long derivations of ", formula(separable.result)), "long"),
                    Paragraph(
                        words("What is used in ", Reference("separable", Words("?")), " is derived.")
                    ),
                    Heading(2, Words("The steps")),
                    *steps_of(shuffled, "shuffled"),
                    Heading(2, Words("Identities")),
                    *(block for derivation in identities for block in steps_of(derivation)),
                    Heading(3, Words("Formulas of many lines"), "many"),
                    Formula((r"C = \sum_{k} W_{k} \otimes S_{k_1} \otimes \dots \otimes S_{k_d}",)),
                    Formula((" + ".join(f"a_{{{i}}} x^{{{i}}}" for i in range(40)),), "sum"),
                    Formula(("A = B", "= C + D", "= E"), "lines"),
                    Steps((Step(r"\mu_{A}", "=", ("N", "+ M"), Words("two lines"), "two"),), False),
                ),
            ),
            Chapter("claims", _claims(rows)),
            Chapter("hostile", _hostile()),
        ),
    )


def _separable(derivation: ca.Derivation) -> tuple:
    cells = [
        (Words("depthwise"), Math("3 \\times 3"), Math("675"), Math("675"), Verdict("equal")),
        (Words("pointwise"), Math("1 \\times 1"), Math("9600"), Math("9600"), Verdict("equal")),
        (Words("standard"), Math("3 \\times 3"), Math("86400"), Math("86401"), Verdict("different")),
    ]
    head = tuple(map(Words, ("operator", "kernel", "formula", "measured", "verdict")))
    return (
        Heading(1, Words("Depthwise separable convolutions"), "separable"),
        Paragraph(Words(PROSE)),
        Formula(
            (r"y_{c,i,j} = \sum_{d=1}^{D} p_{c,d} \sum_{k=1}^{h} \sum_{l=1}^{h} w_{d,k,l} x_{d,i+k,j+l}",),
            "index",
        ),
        Heading(2, Words("Worked numbers"), "numbers"),
        Paragraph(
            words(
                "At ",
                sizes([("D", 3), ("N_c", 128)]),
                " see ",
                Reference("numbers-table", Words("?")),
                ", ",
                Reference("ratio", Words("the ratio")),
                ", ",
                Reference("figure-one", Words("the figure")),
                " and ",
                Reference("claim-one", Words("the claim")),
                "; nobody has ",
                Reference("nothing", Code("another_one")),
                ". Call ",
                Code("ca.depthwise_separable(3, 128, (7, 7), 3).multiplications"),
                ".",
            )
        ),
        Table("lcrrl", head, tuple(cells), Words("Formulas and what was measured."), "numbers-table"),
        Figure(
            drawing("ratio"),
            words(
                "The ratio over the number of filters, for kernels of size ",
                Math("3 \\times 3"),
                ". ",
                Words(PROSE),
            ),
            Words("A falling curve."),
            "figure-one",
        ),
        Heading(2, words("The ratio ", Math(r"\frac{\mu_{A}}{\mu_{B}}"), " is derived")),
        Paragraph(Words(PROSE)),
        *steps_of(derivation, "ratio"),
        Items((Words("first"), words("second, with ", Math("N_c \\to \\infty")), Words(PROSE))),
        Command("convalgebra report depthwise_separable --format pdf --language en --output reports"),
        Command(
            "import convalgebra as ca\nfor filters in (1, 2):\n"
            "    print(ca.ratio(ca.depthwise_separable(3, filters, 7, 3), ca.conv(3, filters, 7, 3)),"
            " 'of', filters)"
        ),
    )


def _claims(rows: int) -> tuple:
    entries = [
        Entry(
            words("Separable convolutions are cheaper", " (S08-", str(i), ")"),
            Verdict(verdict),
            Words(PROSE),
            (
                (Words("source"), Words("Howard et al., arXiv:1704.04861, section 3.1")),
                (Words("condition"), words(Math("N_c \\geq 2"), ", ", Math("h \\geq 2"))),
                (Words("counterexample"), words(Math("N_c = 1"), ": ", Words(PROSE))),
            ),
            "claim-one" if i == 1 else f"claim {i}_%",
        )
        for i, verdict in enumerate(("exact", "conditional", "wrong", "cited", "undecided"), start=1)
    ]
    numbers = [
        (*(Math(str(n)) for n in (i, i * i, 7 * i, i**3, i + 1)), Verdict("equal"))
        for i in range(1, rows + 1)
    ]
    sentences = [
        (
            Code(f"catalogue.layer_{i}(channels={i})"),
            Words(PROSE[: 60 + 40 * (i % 3)]),
            Words(PROSE[:90]),
            Verdict("holds"),
        )
        for i in range(1, 9)
    ]
    wide = tuple(Math(rf"\mu_{{{i}}} = {i}^{{5}} \cdot (N - {i})") for i in range(9))
    return (
        Heading(1, Words("Claims"), "claims"),
        *entries,
        Heading(2, Words("Tables")),
        Table(
            "rrrrrl",
            tuple(map(Words, "abcdef")),
            tuple(numbers),
            Words("A long table."),
            "long-table",
            long=True,
        ),
        Table(
            "lppl",
            tuple(map(Words, ("call", "what", "why", "verdict"))),
            tuple(sentences),
            Words("Sentences."),
        ),
        Table(
            "lpl",
            tuple(map(Words, ("call", "what", "verdict"))),
            tuple((r[0], r[1], r[3]) for r in sentences * 5),
        ),
        Table("l" * 9, tuple(Words(str(i)) for i in range(9)), (wide, wide), Words("A wide one.")),
        Table(
            "ll",
            (Words("name"), Words("said")),
            ((Words("x"), Words(PROSE)), (Code(LONG), Words(LONG))),
            anchor="bare",
        ),
        Paragraph(
            words(
                "See ",
                Reference("bare", Words("the table without a number")),
                ", ",
                Reference("many", Words("?")),
                ", ",
                Reference("claim 2_%", Words("?")),
                " and ",
                Reference("sum", Words("?")),
                ".",
            )
        ),
    )


def _hostile() -> tuple:
    blocks: list = [Heading(1, words("Hostile names: ", Row(tuple(map(Words, HOSTILE)))), HOSTILE[0])]
    for text in (*HOSTILE, LONG, "中文 and emoji 🙂 and Ω ŵ ﬁ"):
        blocks += [
            Heading(2, Words(text), f"h {text}"),
            Paragraph(words(text, " in words, ", Code(text), " in code, and ", Words(text), " again.")),
            Items((Words(text), Code(text))),
            Command(f"echo {text}  # twice"),
            Entry(Words(text), Verdict("wrong"), Words(text), ((Words(text), Code(text)),), f"e {text}"),
            Paragraph(words(Reference(f"h {text}", Words("?")), " ", Reference(f"e {text}", Words("?")))),
            Steps((Step("a", "=", ("b",), Translated("reasons", text + " {}", (Math("x"),))),), False),
            Table("lc", (Words(text), Code(text)), ((Words(text), Code(text)),), Words(text), f"t {text}"),
            Figure(drawing("small", 2.0, 0.6), Words(text), Words(text), f"f {text}"),
        ]
    blocks.append(Paragraph(say("demo.message", name=Words(HOSTILE[0]))))
    return tuple(blocks)
