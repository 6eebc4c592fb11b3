// What is lit, in words: as one writes it on a board, and as a screen reader says it.
import { rowOfEntry } from "./entries.js";
import { cellOfEmpty, entriesOfRow, entriesOfColumn } from "./places.js";
import { placeAt } from "./sizes.js";
import { termsOfEntry, entriesOfWeight, columnLength } from "./contents.js";
import { operatorNames } from "./naming.js";

const SHOWN_TERMS = 4;
const SHOWN_BESIDE = 2;
const SHOWN_LETTERS = 150;
const AXIS_WORDS = [[], ["position"], ["row", "column"], ["slice", "row", "column"]];

/** How a panel is called, what it reads and writes: C maps x to y, Cᵀ y to x, a factor what is between. */
export function namesOf(panel) {
  const { whole, turned } = operatorNames(panel.model.type);
  if (panel.id[0] !== "F") {
    const { lead, reads, writes } = panel.id === "T" ? turned : whole;
    return { lead: panel.lead ?? lead, input: reads, output: writes };
  }
  const [at, count] = [Number(panel.id.slice(1)), panel.model.stages.length];
  const between = (level) => (count === 2 ? "z" : `z${count - level}`);
  return {
    lead: panel.id,
    input: at === count - 1 ? whole.reads : between(at + 1),
    output: at === 0 ? whole.writes : between(at),
  };
}

/** Whether a panel shows a transposed convolution: its inputs are sent, not read. */
function sendsInputs(panel) {
  const { whole, turned } = operatorNames(panel.model.type);
  return panel.id[0] !== "F" && (panel.id === "T" ? turned : whole).reads === "y";
}

/** A number as one writes it: 3, 0.5, 0.3333. */
function shortNumber(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A pixel as one writes it: x[0,2,2]. */
function pixelText(name, index, shape) {
  return `${name}[${placeAt(index, shape).join(",")}]`;
}

function plainValue(matrix, entry) {
  const real = shortNumber(matrix.values[entry]);
  const imaginary = matrix.imaginary ? matrix.imaginary[entry] : 0;
  if (imaginary === 0) return real;
  const size = Math.abs(imaginary) === 1 ? "i" : `${shortNumber(Math.abs(imaginary))}i`;
  if (matrix.values[entry] === 0) return imaginary < 0 ? `-${size}` : size;
  return `${real} ${imaginary < 0 ? "-" : "+"} ${size}`;
}

/** Weights as the matrices stand that they are in: of what is applied last first, as in C = F0 F1. */
function inOrderOfFactors(ids) {
  return [...ids].sort((a, b) => b - a);
}

/** The first of some parts, as many as a line may hold, and how many are left out. */
function firstParts(items, most, partOf) {
  const parts = [];
  let letters = 0;
  for (const item of items) {
    const enough = parts.length >= most && items.length > most + 1;
    if (parts.length && (enough || letters > SHOWN_LETTERS)) break;
    parts.push(partOf(item));
    letters += parts[parts.length - 1].length;
  }
  return parts;
}

/** A polynomial: w[0,0,1,1], 2*a[0]*b[1] - c[0], 0.25. */
function polynomialText(terms, label) {
  if (!terms.length) return "0";
  const parts = terms.map(({ coefficient, factors }) => {
    const size = Math.abs(coefficient);
    const names = inOrderOfFactors(factors).map(label);
    const text = [...(size === 1 && names.length ? [] : [shortNumber(size)]), ...names].join("*");
    return [coefficient < 0 ? "-" : "+", text];
  });
  const sum = parts.map(([sign, text]) => `${sign} ${text}`).join(" ");
  return sum.startsWith("+") ? sum.slice(2) : `-${sum.slice(2)}`;
}

/** What stands in an entry, in the names of the weights where these are told. */
function entryValueText(panel, entry) {
  const terms = termsOfEntry(panel, entry);
  return terms ? polynomialText(terms, panel.model.label) : plainValue(panel.matrix, entry);
}

function factorText(panel, entry) {
  const text = entryValueText(panel, entry);
  if (text === "1") return "";
  return `${text.includes(" ") ? `(${text})` : text}*`;
}

function productWord(panel, row) {
  const [first, end] = [panel.matrix.starts[row], panel.matrix.starts[row + 1]];
  const count = end - first;
  const terms = count ? termsOfEntry(panel, first) : null;
  const word = terms?.every(({ factors }) => factors.length === 0) ? "term" : "product";
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function outputWord(count) {
  return `${count} output${count === 1 ? "" : "s"}`;
}

/** C[4, 12] = w[0,0,1,1] : x[0,2,2] -> y[0,1,1] */
function entryText(panel, entry) {
  const { matrix } = panel;
  const { lead, input, output } = namesOf(panel);
  const [row, column] = [rowOfEntry(matrix, entry), matrix.indices[entry]];
  const from = pixelText(input, column, matrix.inputShape);
  const to = pixelText(output, row, matrix.outputShape);
  return `${lead}[${row}, ${column}] = ${entryValueText(panel, entry)} : ${from} -> ${to}`;
}

/** C[0, 3] = 0 : y[0,0,0] does not read x[0,0,3] */
function emptyText(panel, index) {
  const { matrix } = panel;
  const { lead, input, output } = namesOf(panel);
  const [row, column] = cellOfEmpty(matrix, index);
  const from = pixelText(input, column, matrix.inputShape);
  const to = pixelText(output, row, matrix.outputShape);
  return `${lead}[${row}, ${column}] = 0 : ${to} does not read ${from}`;
}

/** y[0,1,1] = w[0,0,0,0]*x[0,1,1] + w[0,0,0,1]*x[0,1,2] + ... */
function rowText(panel, row, most) {
  const { matrix } = panel;
  const { input, output } = namesOf(panel);
  const entries = entriesOfRow(matrix, row);
  const parts = firstParts(entries, most, (entry) => {
    return factorText(panel, entry) + pixelText(input, matrix.indices[entry], matrix.inputShape);
  });
  const more = parts.length < entries.length ? ` + … (${productWord(panel, row)})` : "";
  const sum = parts.join(" + ").replaceAll("+ -", "- ");
  return `${pixelText(output, row, matrix.outputShape)} = ${sum || "0"}${more}`;
}

/** x[0,2,2] goes to y[0,0,0] by w[0,0,2,2], y[0,0,1] by w[0,0,2,1], ... */
function columnText(panel, column, most) {
  const { matrix } = panel;
  const { input, output } = namesOf(panel);
  const entries = entriesOfColumn(matrix, column);
  const parts = firstParts(entries, most, (entry) => {
    const value = entryValueText(panel, entry);
    const to = pixelText(output, rowOfEntry(matrix, entry), matrix.outputShape);
    return value === "1" ? to : `${to} by ${value}`;
  });
  const from = pixelText(input, column, matrix.inputShape);
  if (!entries.length) return `${from} goes to no output`;
  const more = parts.length < entries.length ? `, … (${outputWord(entries.length)})` : "";
  return `${from} goes to ${parts.join(", ")}${more}`;
}

function weightText(panel, id) {
  const { entries: found, cut } = entriesOfWeight(panel, id);
  const entries = found.length === 1 ? "1 entry" : `${found.length} entries`;
  return `${panel.model.label(id)} stands in ${cut ? "at least " : ""}${entries} of ${namesOf(panel).lead}`;
}

/** The text of one thing in a panel, shorter where another stands below it. */
export function textOf(panel, kind, index, beside = false) {
  const most = beside ? SHOWN_BESIDE : SHOWN_TERMS;
  if (kind === "entry") return entryText(panel, index);
  if (kind === "empty") return emptyText(panel, index);
  if (kind === "row") return rowText(panel, index, most);
  if (kind === "column") return columnText(panel, index, most);
  return weightText(panel, index);
}

/** A place in words: channel 0, row 1, column 1. */
function spokenPlace(index, shape) {
  const place = placeAt(index, shape);
  if (place.length === 1) return `number ${place[0]}`;
  const words = AXIS_WORDS[place.length - 1] ?? place.slice(1).map((_, axis) => `axis ${axis}`);
  return [`channel ${place[0]}`, ...words.map((word, axis) => `${word} ${place[axis + 1]}`)].join(", ");
}

function spokenWeight(label) {
  const words = label.replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
  return words.replace(/^w /, "weight ");
}

function spokenValue(panel, entry) {
  const terms = termsOfEntry(panel, entry);
  if (!terms) return `value ${plainValue(panel.matrix, entry)}`;
  const said = terms.map(({ coefficient, factors }) => {
    const names = inOrderOfFactors(factors).map((id) => spokenWeight(panel.model.label(id)));
    const number = shortNumber(coefficient).replace("-", "minus ");
    return [...(coefficient === 1 && names.length ? [] : [number]), ...names].join(" times ");
  });
  return said.join(" plus ") || "zero";
}

/** One thing in a panel as a sentence for a screen reader. */
export function sentenceOf(panel, kind, index) {
  const { matrix } = panel;
  const output = (row) => `output ${spokenPlace(row, matrix.outputShape)}`;
  const input = (column) => `input ${spokenPlace(column, matrix.inputShape)}`;
  if (kind === "entry") {
    const [row, column] = [rowOfEntry(matrix, index), matrix.indices[index]];
    const value = spokenValue(panel, index);
    const by = value === "1" ? "" : ` with ${value}`;
    if (sendsInputs(panel)) return `${input(column)} is sent to ${output(row)}${by}`;
    return `${output(row)} reads ${input(column)}${by}`;
  }
  if (kind === "empty") {
    const [row, column] = cellOfEmpty(matrix, index);
    if (sendsInputs(panel)) return `${input(column)} is not sent to ${output(row)}`;
    return `${output(row)} does not read ${input(column)}`;
  }
  if (kind === "row") {
    const count = matrix.starts[index + 1] - matrix.starts[index];
    if (count === 0) return `${output(index)} is zero`;
    if (count === 1) return sentenceOf(panel, "entry", matrix.starts[index]);
    return `${output(index)} is the sum of ${productWord(panel, index)}`;
  }
  if (kind === "column") return `${input(index)} goes to ${outputWord(columnLength(matrix, index))}`;
  return weightText(panel, index).replace(panel.model.label(index), spokenWeight(panel.model.label(index)));
}
