"""A made-up report with every block and every kind of words in it, its content made by the library."""

from __future__ import annotations

import dataclasses
import io
from functools import cache

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure as Canvas

import convalgebra as ca
from convalgebra.derivation.writing import lines, widths
from convalgebra.formulas import latex
from convalgebra.reporting.blocks import (
    Block,
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
from convalgebra.reporting.languages import Language, find_language
from convalgebra.reporting.words import (
    Code,
    Inline,
    Math,
    Recorded,
    Reference,
    Translated,
    Verdict,
    Words,
    formula,
    listed,
    say,
)

# Names as nobody should give them.
HOSTILE = (
    "a_b%$",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    r"\input{x} & ~^#",
)
COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#000000",
    "#999999",
)
LAYER = ("D", "N_c", ("H", "W"), "h")

_MESSAGES = {
    "en": {
        "title": "Convolutions as matrices",
        "subtitle": "What they cost, derived and counted",
        "plain": "Plain convolution",
        "separable": "Depthwise separable convolution",
        "what": "What it is",
        "cost": "Its cost, step by step",
        "checked": "Checked against counting",
        "claims": "What the literature says",
        "detail": "At the border",
        "intro": "A convolution is a *linear map*: each output is a sum over taps, "
        "$\\sum_{k} w_{k} x_{i + k}$, and `conv.matrix(weight)` writes it down as a sparse matrix. "
        "It needs {needs}, and multiplies {count} times; "
        "see {equation}, figure {figure} and table {table}.",
        "later": "Chapter {chapter} compares it with a depthwise separable one, whose ratio is {ratio}; "
        "{identity} is behind it, and {nowhere} is in no report.",
        "found": "found",
        "condition": "condition",
        "right": "right is",
        "items.first": "Without padding, $H \\geq h$ and $W \\geq h$.",
        "items.second": "Names that a user gives stay as they are: {names}.",
        "matrix": "The matrix of a convolution of {size} inputs, kernel {kernel}, one colour for each tap.",
        "matrix.shows": "A matrix of {rows} rows and {columns} columns: nine diagonals in groups of three.",
        "curve": "The ratio of both costs over the number of outputs $N_{c}$, for $h = 3$ and $h = 5$.",
        "curve.shows": "Two falling curves that flatten towards {three} and {five}.",
        "binned": "The same for {size} inputs, entries counted in bins.",
        "binned.shows": "A narrow diagonal band on a {rows} by {columns} matrix.",
        "sizes": "sizes",
        "formula": "formula",
        "measured": "measured",
        "verdict": "verdict",
        "note": "note",
        "table": "Multiplications by formula and by counting, for {channels}.",
        "padded": "Taps on padding zeros do not count, so it is less than $D N_c h^2 H W$.",
    },
    "zh": {
        "title": "作为矩阵的卷积",
        "subtitle": "计算量：推导与计数",
        "plain": "标准卷积",
        "separable": "深度可分离卷积",
        "what": "定义",
        "cost": "逐步推导计算量",
        "checked": "与计数结果对照",
        "claims": "文献中的说法",
        "detail": "边界处",
        "intro": "卷积是*线性映射*：每个输出是各抽头之和 $\\sum_{k} w_{k} x_{i + k}$，"
        "`conv.matrix(weight)` 把它写成稀疏矩阵。"
        "条件为{needs}，乘法次数为 {count}；见式{equation}、图 {figure} 与表 {table}。",
        "later": "第 {chapter} 章把它与深度可分离卷积比较，比值为 {ratio}；"
        "其依据是{identity}，而{nowhere}不在任何报告中。",
        "found": "结果",
        "condition": "条件",
        "right": "正确的是",
        "items.first": "无填充时须有 $H \\geq h$ 且 $W \\geq h$。",
        "items.second": "用户给的名称原样保留：{names}。",
        "matrix": "输入为 {size}、卷积核为 {kernel} 的卷积的矩阵，每个抽头一种颜色。",
        "matrix.shows": "{rows} 行 {columns} 列的带状矩阵：九条对角线，每三条一组。",
        "curve": "两种计算量之比随输出通道数 $N_{c}$ 的变化，$h = 3$ 与 $h = 5$。",
        "curve.shows": "两条下降曲线，分别趋于 {three} 与 {five}。",
        "binned": "输入为 {size} 时的同一矩阵，按格计数。",
        "binned.shows": "{rows} 乘 {columns} 的矩阵上一条窄的对角带。",
        "sizes": "尺寸",
        "formula": "公式",
        "measured": "实测",
        "verdict": "结论",
        "note": "说明",
        "table": "{channels} 时，乘法次数的公式值与计数值。",
        "padded": "落在填充零上的抽头不计，故小于 $D N_c h^2 H W$。",
    },
}


def demo_language(code: str) -> Language:
    """Return a language with what the made-up report says in it."""
    language = find_language(code)
    own = {f"demo.{key}": text for key, text in _MESSAGES[code].items()}
    return dataclasses.replace(language, messages={**language.messages, **own})


@cache
def demo() -> Document:
    """Return the report."""
    chapters = (_plain(), _separable())
    front = Chapter("front", (Contents(),))
    return Document("demo", say("demo.title"), say("demo.subtitle"), (front, *chapters))


def _plain() -> Chapter:
    conv = ca.conv(*LAYER)
    blocks: tuple[Block, ...] = (
        Heading(1, say("demo.plain"), "chapter:plain"),
        Heading(2, say("demo.what")),
        Paragraph(
            say(
                "demo.intro",
                needs=listed(map(formula, conv.conditions), "list.comma"),
                count=formula(conv.multiplications),
                equation=Reference("eq:cost", Words("?")),
                figure=Reference("figure:matrix", Words("?")),
                table=Reference("table:counts", Words("?")),
            )
        ),
        Formula((rf"C = {conv.latex()}",), "eq:structure"),
        Items(
            (
                say("demo.items.first"),
                say("demo.items.second", names=listed(map(Code, HOSTILE), "list.semicolon")),
                listed(map(Words, HOSTILE), "list.semicolon"),
            )
        ),
        *_figures(),
        Heading(2, say("demo.cost")),
        _steps(ca.derive_cost(conv), "eq:cost"),
        Heading(3, say("demo.detail"), "border"),
        _steps(ca.derive_cost(ca.conv("D", "N_c", ("H", "W"), 3, stride=2, padding=1)), "eq:padded"),
        Formula(
            (
                r"\left\lfloor \frac{H + 2 p - d \left(h - 1\right) - 1}{s} \right\rfloor + 1 = H',",
                r"\sum_{k = 0}^{h - 1} \max\left(0, \min\left(H, H'\right) - k\right) = "
                r"h H - \frac{h \left(h - 1\right)}{2} \geq \left(H - h + 1\right) h",
            )
        ),
        Heading(2, say("demo.checked")),
        _table(),
        Command("convalgebra derive cost conv --format html --input-size H,W --kernel-size h --stride 2"),
    )
    return Chapter("plain", blocks)


def _separable() -> Chapter:
    ratio = ca.derive_ratio(ca.depthwise_separable(*LAYER), ca.conv(*LAYER))
    identity = ca.identities()[0]
    blocks: tuple[Block, ...] = (
        Heading(1, say("demo.separable"), "chapter:separable"),
        Heading(2, say("demo.what")),
        Paragraph(
            say(
                "demo.later",
                chapter=Reference("chapter:separable", Words("2")),
                ratio=formula(ratio.result),
                identity=Reference("identity:first", Words(identity.name)),
                nowhere=Reference("nowhere", Code("S99-99")),
            )
        ),
        _steps(ratio, "eq:ratio"),
        Heading(2, say("demo.claims")),
        *map(_claim, ("S01-02", "S08-12")),
        *map(_claim, [claim.id for claim in ca.ledger() if claim.verdict.value in ("wrong", "cited")][:3]),
        Entry(
            Translated("theorems", identity.name),
            Verdict("holds"),
            Math(identity.statement),
            ((say("demo.condition"), Words(identity.condition or "-")),),
            "identity:first",
        ),
    )
    return Chapter("separable", blocks)


def _claim(name: str) -> Entry:
    claim = ca.find_claim(name)
    lines_of_it = [
        (say(f"demo.{field}"), Recorded(name, field))
        for field in ("condition", "right")
        if getattr(claim, field)
    ]
    if claim.formula:
        lines_of_it.insert(0, (say("demo.formula"), Recorded(name, "formula")))
    return Entry(
        Words(name),
        Verdict(claim.verdict.value),
        Recorded(name, "statement"),
        tuple(lines_of_it),
        f"claim:{name}",
    )


def _steps(derivation: ca.Derivation, anchor: str) -> Steps:
    steps = (*derivation.steps, *derivation.limits)
    made = [
        Step(left, relation, (right,), Translated("reasons", step.reason, tuple(map(formula, step.about))))
        for left, relation, right, step in lines(steps)
    ]
    made[-1] = dataclasses.replace(made[-1], anchor=anchor)
    return Steps(tuple(made), wide=sum(widths(steps)) > 54)


def _table() -> Table:
    rows: list[tuple[Inline, ...]] = []
    for height, kernel in ((8, 3), (12, 5), (16, 3)):
        conv = ca.conv(3, 64, (height, height), kernel)
        measured = ca.measure(conv.matrix(np.ones(conv.weight_shapes["weight"], int))).multiplications
        rows.append(
            (
                Math(rf"H = W = {height}, \; h = {kernel}"),
                Math(latex(ca.conv("D", 64, ("H", "H"), kernel).multiplications)),
                formula(int(conv.multiplications)),
                formula(measured),
                Verdict("equal" if measured == conv.multiplications else "different"),
                say("demo.padded"),
            )
        )
    head = tuple(
        say(f"demo.{key}") for key in ("sizes", "formula", "formula", "measured", "verdict", "note")
    )
    return Table(
        "llrrcp",
        head,
        tuple(rows),
        say("demo.table", channels=Math("N_{c} = 64")),
        "table:counts",
        long=True,
    )


def _figures() -> tuple[Figure, ...]:
    rows, columns = map(str, ca.conv(1, 1, (5, 5), 3).shape)
    return (
        Figure(
            _matrix(),
            say("demo.matrix", size=Math(r"5 \times 5"), kernel=Math(r"3 \times 3")),
            say("demo.matrix.shows", rows=Words(rows), columns=Words(columns)),
            "figure:matrix",
        ),
        Figure(
            _curve(),
            say("demo.curve"),
            say("demo.curve.shows", three=Math(r"\frac{1}{9}"), five=Math(r"\frac{1}{25}")),
        ),
        Figure(
            _binned(),
            say("demo.binned", size=Math(r"40 \times 40")),
            say("demo.binned.shows", rows=Words("1444"), columns=Words("1600")),
        ),
    )


def _matrix() -> Drawing:
    conv = ca.conv(1, 1, (5, 5), 3)
    found = conv.matrix(np.arange(1, 10).reshape(1, 1, 3, 3)).toarray()
    canvas = Canvas(figsize=(6, 2.6), layout="tight")
    axes = canvas.subplots()
    axes.pcolormesh(np.ma.masked_equal(found, 0)[::-1], cmap=ListedColormap(COLOURS), edgecolors="white")
    axes.set_aspect("equal")
    axes.set_xlabel("25 inputs")
    axes.set_ylabel("9 outputs")
    return _drawing("matrix", canvas)


def _curve() -> Drawing:
    canvas = Canvas(figsize=(6, 2.8), layout="tight")
    axes = canvas.subplots()
    outputs = np.arange(1, 129)
    for size, colour in ((3, COLOURS[0]), (5, COLOURS[5])):
        axes.plot(outputs, 1 / outputs + 1 / size**2, color=colour, label=f"$h = {size}$")
    axes.set_xlabel("$N_c$")
    axes.set_ylim(0, 1.2)
    axes.legend()
    return _drawing("curve", canvas)


def _binned() -> Drawing:
    matrix = ca.conv(1, 1, (40, 40), 3).matrix(np.ones((1, 1, 3, 3), int)).tocoo()
    bins, _, _ = np.histogram2d(matrix.row, matrix.col, bins=160)
    canvas = Canvas(figsize=(4, 3.6), layout="tight")
    canvas.subplots().imshow(bins, cmap="Blues", interpolation="none")
    return _drawing("binned", canvas)


def _drawing(name: str, canvas: Canvas) -> Drawing:
    FigureCanvasAgg(canvas)
    with mpl.rc_context({"svg.hashsalt": name, "font.size": 9}):
        vector, image = io.BytesIO(), io.StringIO()
        canvas.savefig(vector, format="pdf", metadata={"CreationDate": None})
        canvas.savefig(image, format="svg", metadata={"Date": None})
    return Drawing(name, vector.getvalue(), image.getvalue(), canvas.get_figwidth())
