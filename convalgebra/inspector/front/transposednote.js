// Whose padding and stride are meant, where a transposed convolution is shown.
import { element, mathElement } from "./elements.js";
import { signedText, placeValue } from "./legal.js";

const SPREADS_AND_CROPS = "For Cᵀ, stride spreads the inputs apart and padding crops the output.";

/** A note that shows with a transposed convolution, or with C beside its transpose. */
export function transposedNote(store) {
  const node = element("aside", { class: "ca-note", hidden: "" });
  return {
    node,
    update() {
      const { type, view } = store.state();
      const itself = type === "conv_transpose";
      node.hidden = !itself && view !== "transpose";
      if (!node.hidden) node.replaceChildren(...(itself ? ofTransposed(store) : ofConvolution(store)));
    },
  };
}

/** What is said beside conv_transpose: its arguments are those of C. */
function ofTransposed(store) {
  const { axes, values } = store.state();
  const along = [...Array(axes).keys()].map((axis) => argumentsAt(values, axis));
  const extra = "output_padding" in values;
  const sizes = along.map((one) => signedText(outputSize(one)));
  const lines = [...new Set(along.map((one) => inNumbers(one)))].map((text) => element("p", {}, [text]));
  return [
    element("h3", {}, ["Whose padding and stride?"]),
    element("p", {}, ["Those of the convolution C whose transpose this is. "
      + SPREADS_AND_CROPS]),
    element("p", { class: "ca-note-formula" }, [sizeFormula("n", extra)]),
    ...lines,
    strongLine(`output ${sizes.join(" × ")}`),
  ];
}

/** What is said beside a convolution and its transpose. */
function ofConvolution(store) {
  const model = store.model();
  const shapes = model.legal ? [model.whole.inputShape, model.whole.outputShape].map(channelWords) : null;
  const { values } = store.state();
  const settings = ["stride", "padding"].filter((key) => key in values).join(" and ");
  const both = settings === "stride and padding";
  return [
    element("h3", {}, [both ? "Whose padding and stride?" : "What the transpose maps"]),
    element("p", {}, [(settings ? `The ${settings} are those of C. ` : "")
      + "Cᵀ sends back along the same entries."
      + (both ? ` ${SPREADS_AND_CROPS}` : "")]),
    ...(shapes ?? []).map((_, i) => strongLine(`${["C", "Cᵀ"][i]}: ${shapes[i]} → ${shapes[1 - i]}`)),
  ];
}

function strongLine(text) {
  return element("p", {}, [element("strong", {}, [text])]);
}

/** Writes a shape, channels first where there are several. */
function channelWords([channels, ...size]) {
  return channels === 1 ? size.join(" × ") : `${channels} channels of ${size.join(" × ")}`;
}

function argumentsAt(values, axis) {
  const at = (key, usual, side = null) => placeValue(values[key] ?? usual, { axis, side });
  const lo = at("padding", 0, "lo");
  const hi = at("padding", 0, "hi");
  return { n: at("input_size", 1), h: at("kernel_size", 1), s: at("stride", 1), lo, hi,
    l: at("dilation", 1), a: at("output_padding", 0) };
}

function outputSize({ n, h, s, lo, hi, l, a }) {
  return (n - 1) * s - lo - hi + l * (h - 1) + 1 + a;
}

/** Writes the output size along one axis with its numbers put in. */
function inNumbers({ n, h, s, lo, hi, l, a }) {
  const cropped = lo === hi ? `2·${signedText(lo)}` : `${signedText(lo)} − ${signedText(hi)}`;
  const kernel = l === 1 ? `(${h} − 1)` : `${l}·(${h} − 1)`;
  const size = outputSize({ n, h, s, lo, hi, l, a });
  return `(${n} − 1)·${s} − ${cropped} + ${kernel} + 1${a ? ` + ${a}` : ""} = ${signedText(size)}`;
}

/** The formula of the output size in the literature's letters. */
function sizeFormula(letter, extra) {
  const signs = `( ${letter} − 1 ) s − 2 p + l ( h − 1 ) + 1${extra ? " + a" : ""}`.split(" ");
  return mathElement("math", [mathElement("mrow", signs.map(signElement))]);
}

/** One sign of a formula: a letter, a number or an operator; brackets stand close to what they hold. */
function signElement(sign) {
  const kind = /^[a-z]$/.test(sign) ? "mi" : /^\d+$/.test(sign) ? "mn" : "mo";
  const made = mathElement(kind, [sign]);
  if ("()".includes(sign)) made.setAttribute("stretchy", "false");
  return made;
}
