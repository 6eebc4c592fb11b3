// How large the matrices of operators would be, told from their descriptions before anything is built.
import { outputsOf } from "./axes.js";
import { grouped } from "./numerals.js";
import { productOfSizes } from "./sizes.js";

const MOST_ENTRIES = 4000000;
// Products that multiplying out takes: about half a second of them. An entry takes as long as some.
const MOST_PRODUCTS = 9000000;
const ENTRY_COST = 4;
// Beyond, terms are not told and take no time: see sparse.js.
const MOST_TERMS_MET = 4000000;

/**
 * What is known of a matrix: most entries in all, in a row and in a column, most terms in an entry; of all
 * that is built for it the most entries, the most rows or columns, the weights and the products.
 */
function sized({ rows, columns, entries, inRow = columns, inColumn = rows, terms = 1, ...spent }) {
  const { most = 0, longest = 0, weights = 0, products = 0 } = spent;
  const least = Math.min(entries, rows * columns, rows * inRow, columns * inColumn);
  return {
    rows,
    columns,
    entries: least,
    inRow: Math.min(inRow, columns),
    inColumn: Math.min(inColumn, rows),
    terms,
    most: Math.max(most, least),
    longest: Math.max(longest, rows, columns),
    weights,
    products,
  };
}

/** What several parts take together. */
function spentOn(parts) {
  const sum = (key) => parts.reduce((all, part) => all + part[key], 0);
  const largest = (key) => Math.max(0, ...parts.map((part) => part[key]));
  const [most, longest] = [largest("most"), largest("longest")];
  return { most, longest, weights: sum("weights"), products: sum("products") };
}

// --- leaves ---

/** How many of the taps of all outputs of an axis read an input. */
function tapsInside(axis) {
  const outputs = outputsOf(axis);
  if (axis.padding_mode !== "zeros") return outputs * axis.kernel;
  let inside = 0;
  for (let tap = 0; tap < axis.kernel; tap += 1) {
    const shift = tap * axis.dilation - axis.lo;
    const first = Math.max(0, Math.ceil(-shift / axis.stride));
    const last = Math.min(outputs - 1, Math.floor((axis.size - 1 - shift) / axis.stride));
    inside += Math.max(0, last - first + 1);
  }
  return inside;
}

/** A matrix that lays a kernel along axes, for `outs` channels that read `inGroup` channels each. */
function slidingSize(axes, inChannels, outs, inGroup, outGroup, weights) {
  const [outputs, sizes] = [axes.map(outputsOf), axes.map((axis) => axis.size)].map(productOfSizes);
  const taps = productOfSizes(axes.map((axis) => axis.kernel));
  const zeros = axes.every((axis) => axis.padding_mode === "zeros");
  const entries = outs * inGroup * productOfSizes(axes.map(tapsInside));
  const padded = axes.map((axis) => axis.size + axis.lo + axis.hi);
  return sized({
    rows: outs * outputs,
    columns: inChannels * sizes,
    entries,
    inRow: inGroup * taps,
    inColumn: zeros ? outGroup * taps : undefined,
    weights,
    most: entries,
    // Padding that repeats inputs is a factor of its own.
    longest: zeros ? 0 : inChannels * productOfSizes(padded),
    products: zeros ? 0 : (2 + ENTRY_COST) * entries,
  });
}

function convSize(op) {
  const [inGroup, outGroup] = [op.in_channels / op.groups, op.out_channels / op.groups];
  const weights = op.out_channels * inGroup * productOfSizes(op.axes.map((axis) => axis.kernel));
  return slidingSize(op.axes, op.in_channels, op.out_channels, inGroup, outGroup, weights);
}

function localSize(op) {
  const [ins, outs] = [op.in_channels, op.out_channels];
  const weights = ins * outs * productOfSizes(op.axes.map((axis) => axis.kernel * outputsOf(axis)));
  return { ...slidingSize(op.axes, ins, outs, ins, outs, weights), products: 0 };
}

function moveSize(rows, columns) {
  return sized({ rows, columns, entries: rows, inRow: 1 });
}

function denseSize(rows, columns, groups = 1, weights = 0) {
  const [inRow, inColumn] = [columns / groups, rows / groups];
  return sized({ rows, columns, entries: rows * inRow, inRow, inColumn, weights });
}

function tapSize({ in_channels: ins, out_channels: outs, kernel_size: kernel, groups, tap }) {
  const taps = productOfSizes(kernel);
  return denseSize(outs, ins * (tap.length ? 1 : taps), groups, (outs * ins * taps) / groups);
}

function phasesSize({ sizes: [channels, ...sizes], steps, residues }) {
  const chosen = residues ?? steps.map((step) => Array.from({ length: step }, (_, residue) => residue));
  const along = sizes.map((size, axis) =>
    chosen[axis].reduce((all, residue) => all + Math.ceil((size - residue) / steps[axis]), 0));
  return moveSize(channels * productOfSizes(along), channels * productOfSizes(sizes));
}

function filterSize({ axis }) {
  return sized({
    rows: outputsOf(axis),
    columns: axis.size,
    entries: outputsOf(axis) * axis.kernel,
    inRow: axis.kernel,
  });
}

function pointsSize({ transforms, in_channels: ins, out_channels: outs, groups }) {
  const pointsOf = ({ axis, tiles, points }) => axis?.size ?? tiles * points.length;
  const points = productOfSizes(transforms.map(pointsOf));
  const taps = productOfSizes(transforms.map((part) => part.kernel ?? part.axis.kernel));
  const inGroup = ins / groups;
  const entries = outs * points * inGroup;
  return sized({
    rows: outs * points,
    columns: ins * points,
    entries,
    inRow: inGroup,
    inColumn: outs / groups,
    terms: taps,
    weights: outs * inGroup * taps,
    products: (entries + points) * taps,
  });
}

const LEAF_SIZES = {
  Identity: ({ size }) => sized({ rows: size, columns: size, entries: size, inRow: 1, inColumn: 1 }),
  Selection: ({ axis }) => moveSize(outputsOf(axis), axis.size),
  Unfold: ({ axis }) => moveSize(outputsOf(axis) * axis.kernel, axis.size),
  Gather: ({ indices, size }) => moveSize(indices.length, size),
  Permutation: ({ sizes }) => LEAF_SIZES.Identity({ size: productOfSizes(sizes) }),
  Shuffle: ({ size }) => LEAF_SIZES.Identity({ size }),
  Phases: phasesSize,
  Conv: convSize,
  LocallyConnected: localSize,
  Dense: ({ rows, columns }) => denseSize(rows, columns, 1, rows * columns),
  TapWeights: tapSize,
  Fixed: ({ rows }) => denseSize(rows.length, rows[0].length),
  Filter: filterSize,
  Fourier: ({ size }) => denseSize(size, size),
  PointProducts: pointsSize,
};

// --- combinations ---

/** Whether all rows are known to be alike: then what a product takes is told exactly. */
function isEven({ rows, entries, inRow }) {
  return entries === rows * inRow;
}

function productSize(a, b) {
  const pairs = Math.min(a.entries * b.inRow, a.inColumn * b.entries);
  const met = pairs * a.terms * b.terms;
  const untold = met > MOST_TERMS_MET;
  const looked = untold && isEven(a) && isEven(b) ? 0 : Math.min(met, MOST_TERMS_MET);
  const spent = spentOn([a, b]);
  const entries = Math.min(pairs, a.rows * b.columns);
  return sized({
    rows: a.rows,
    columns: b.columns,
    entries,
    inRow: a.inRow * b.inRow,
    inColumn: a.inColumn * b.inColumn,
    terms: untold ? 1 : Math.min(a.inRow, b.inColumn) * a.terms * b.terms,
    ...spent,
    products: spent.products + pairs + looked + ENTRY_COST * entries,
  });
}

function kroneckerSize(a, b) {
  const spent = spentOn([a, b]);
  const entries = a.entries * b.entries;
  const terms = a.terms * b.terms;
  return sized({
    rows: a.rows * b.rows,
    columns: a.columns * b.columns,
    entries,
    inRow: a.inRow * b.inRow,
    inColumn: a.inColumn * b.inColumn,
    terms,
    ...spent,
    products: spent.products + (terms > 1 ? Math.min(entries * terms, MOST_TERMS_MET) : 0),
  });
}

/** Matrices joined: whether their rows, and their columns, stand side by side. */
function joinedSize(parts, rowsAdd, columnsAdd) {
  const of = (key, add) =>
    parts.map((part) => part[key]).reduce((a, b) => (add ? a + b : Math.max(a, b)));
  return sized({
    rows: of("rows", rowsAdd),
    columns: of("columns", columnsAdd),
    entries: of("entries", true),
    inRow: of("inRow", columnsAdd && !rowsAdd),
    inColumn: of("inColumn", rowsAdd && !columnsAdd),
    terms: of("terms", false),
    ...spentOn(parts),
  });
}

function sumSize(parts) {
  const beside = joinedSize(parts, false, true);
  const one = LEAF_SIZES.Identity({ size: parts[0].columns });
  return productSize(beside, joinedSize(parts.map(() => one), true, false));
}

function turnedSize(part) {
  const { rows, columns, inRow, inColumn } = part;
  return { ...part, rows: columns, columns: rows, inRow: inColumn, inColumn: inRow };
}

const JOINED_SIZES = {
  Kron: (parts) => parts.reduce(kroneckerSize),
  Product: (parts) => parts.reduce(productSize),
  Sum: sumSize,
  VStack: (parts) => joinedSize(parts, true, false),
  HStack: (parts) => joinedSize(parts, false, true),
  BlockDiag: (parts) => joinedSize(parts, true, true),
  Transposed: ([part]) => turnedSize(part),
  Reshaped: ([part]) => part,
};

/** What the matrix of an operator takes at most; all its sizes are numbers. */
export function sizeOfOperator(op) {
  if (Object.hasOwn(LEAF_SIZES, op.kind)) return LEAF_SIZES[op.kind](op);
  if (!Object.hasOwn(JOINED_SIZES, op.kind)) throw new Error(`there is no operator ${op.kind}`);
  return JOINED_SIZES[op.kind]((op.operators ?? [op.operator]).map(sizeOfOperator));
}

/** What stages and their product take at most. */
export function sizeOfStages(stages) {
  return JOINED_SIZES.Product(stages.map(sizeOfOperator));
}

// --- what is too large ---

const BOUNDED = [
  ["most", MOST_ENTRIES, "entries", "draws"],
  ["longest", MOST_ENTRIES, "rows or columns", "draws"],
  ["weights", MOST_ENTRIES, "weights", "holds"],
  ["products", MOST_PRODUCTS, "products to multiply it out", "works out"],
];

/** Why stages are too large for the page, in the form of other reasons; [] where they are not. */
export function reasonsTooLarge(stages) {
  const size = sizeOfStages(stages);
  const broken = BOUNDED.find(([key, bound]) => !(size[key] <= bound));
  if (!broken) return [];
  const [key, bound, what, does] = broken;
  const about = grouped(Number(size[key].toPrecision(4)));
  return [reasonOf(`${about} ${what}: more than the ${grouped(bound)} that this page ${does}`)];
}

/** A reason that is no condition and speaks of no control. */
export function reasonOf(text) {
  return { text, mathml: null, here: null, controls: [], keys: [] };
}
