// The cells of a matrix, one by one: what each says and how it is drawn.
import { firstFrom } from "./entries.js";
import { COLOUR_OF_SEVERAL, COLOUR_WITHOUT_WEIGHT, inkOn, productColours } from "./palette.js";

const LEAST_FONT = 8;
const LARGEST_FONT = 15;
const LEAST_CELL_WITH_TEXT = 16;
// Dark taps on dark paper have an edge.
const EDGE_ON_DARK = "rgba(255, 255, 255, 0.3)";
const CELL_FONT = "system-ui, sans-serif";

/** What the cells of a matrix look like and say; what is told once for a product of weights is kept. */
export function cellFaces(matrix, model) {
  const colourOf = productColours(model.weights);
  const colours = new Map();
  const names = new Map();
  const factorsOf = (monomial) => (monomial ? model.weights.factorsOf(monomial) : []);
  const kept = (map, monomial, make) => {
    if (!map.has(monomial)) map.set(monomial, make(factorsOf(monomial)));
    return map.get(monomial);
  };
  // What is applied last stands first, as in C = F0 F1.
  const product = (factors) => [...factors].sort((a, b) => b - a).map(model.short).join("·");
  const colour = (at) => {
    if (matrix.told === false) return COLOUR_OF_SEVERAL;
    const [first, end] = termsOf(matrix, at);
    if (end - first === 1) return kept(colours, matrix.monomials[first], colourOf);
    const shared = new Set();
    for (let term = first; term < end; term += 1) {
      shared.add(kept(colours, matrix.monomials[term], colourOf));
    }
    if (!shared.size) return COLOUR_WITHOUT_WEIGHT;
    return shared.size === 1 ? [...shared][0] : COLOUR_OF_SEVERAL;
  };
  const text = (at, what) => {
    if (what === "none") return "";
    if (what === "values" || matrix.told === false) return valueText(matrix, at);
    const [first, end] = termsOf(matrix, at);
    let sum = "";
    for (let term = first; term < end; term += 1) {
      const name = kept(names, matrix.monomials[term], product);
      const part = termText(coefficientText(matrix, term), name);
      if (!sum) sum = part;
      else sum += part.startsWith("-") ? ` - ${part.slice(1)}` : ` + ${part}`;
    }
    return sum || valueText(matrix, at);
  };
  return { colour, text };
}

function termsOf(matrix, at) {
  return matrix.termStarts ? [matrix.termStarts[at], matrix.termStarts[at + 1]] : [at, at + 1];
}

function termText(coefficient, name) {
  if (!name) return coefficient;
  if (coefficient === "1") return name;
  if (coefficient === "-1") return `-${name}`;
  return /.[+-]/.test(coefficient) ? `(${coefficient})*${name}` : `${coefficient}*${name}`;
}

function coefficientText(matrix, term) {
  const imaginary = matrix.imaginaryCoefficients ? matrix.imaginaryCoefficients[term] : 0;
  return complexText(matrix.coefficients ? matrix.coefficients[term] : 1, imaginary);
}

function numberText(number) {
  return Number.isInteger(number) ? String(number) : String(Number(number.toPrecision(3)));
}

/** The number in an entry, short. */
function valueText(matrix, at) {
  return complexText(matrix.values[at], matrix.imaginary ? matrix.imaginary[at] : 0);
}

function complexText(real, imaginary) {
  if (!imaginary) return numberText(real);
  const minus = imaginary < 0 ? "-" : "";
  const before = real ? `${numberText(real)}${minus || "+"}` : minus;
  return `${before}${numberText(Math.abs(imaginary))}i`;
}

/** Draws the cells of a range; told gets each as drawn: {row, column, text, colour, x, y, size, index}. */
export function drawCells(context, { matrix, faces, range, view, box, what, theme }, told) {
  const { scale } = view;
  const size = Math.max(scale > 6 ? scale - 1 : scale, 1);
  const writes = what !== "none" && scale >= LEAST_CELL_WITH_TEXT;
  for (let row = range.row; row < range.rowEnd; row += 1) {
    const end = firstFrom(matrix, row, range.columnEnd);
    const y = box.y + (row - view.top) * scale;
    for (let at = firstFrom(matrix, row, range.column); at < end; at += 1) {
      const column = matrix.indices[at];
      const x = box.x + (column - view.left) * scale;
      const colour = faces.colour(at);
      context.fillStyle = colour;
      context.fillRect(x, y, size, size);
      if (theme.dark && size > 6 && inkOn(colour) === "#ffffff") {
        context.strokeStyle = EDGE_ON_DARK;
        context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      }
      const text = writes ? faces.text(at, what) : "";
      const written = text && writeInCell(context, text, colour, x, y, size) ? text : "";
      told({ row, column, text: written, colour, x, y, size, index: at });
    }
  }
}

/** Writes a text in a cell, in one line or broken at its factors and indices, if it can be read there. */
export function writeInCell(context, text, colour, x, y, size) {
  const layout = linesFor(context, text, size - 4);
  if (!layout) return false;
  context.font = `${layout.font}px ${CELL_FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = inkOn(colour);
  const step = layout.font * 1.15;
  const top = y + size / 2 - ((layout.lines.length - 1) * step) / 2;
  layout.lines.forEach((line, at) => context.fillText(line, x + size / 2, top + at * step));
  return true;
}

const widthsKept = new Map();

function widthAtTen(context, line) {
  if (!widthsKept.has(line)) {
    if (widthsKept.size > 20000) widthsKept.clear();
    context.font = `10px ${CELL_FONT}`;
    widthsKept.set(line, context.measureText(line).width);
  }
  return widthsKept.get(line);
}

/** The lines of a text and the largest font in which they fit a square; null where that cannot be read. */
function linesFor(context, text, room) {
  let best = null;
  for (const lines of waysToBreak(text)) {
    const widest = Math.max(...lines.map((line) => widthAtTen(context, line)));
    const largest = Math.min((room / widest) * 10, room / lines.length / 1.15, LARGEST_FONT);
    const font = Math.floor(largest * 2) / 2;
    if (font >= LEAST_FONT && (!best || font > best.font)) best = { lines, font };
  }
  return best;
}

function waysToBreak(text) {
  const parts = text.split(/(?<=[*+]) ?|(?<= -) /).map((part) => part.trim());
  const named = parts.flatMap((part) => part.replace("[", "\n[").split("\n"));
  const halved = parts.flatMap((part) => part.replace(/^(.*,)(\d+,\d+\].*)$/, "$1\n$2").split("\n"));
  const both = named.flatMap((part) => part.replace(/^(.*,)(\d+,\d+\].*)$/, "$1\n$2").split("\n"));
  return [[text], parts, named, halved, both];
}
