// Leaves of weights without a geometry, and leaves of fixed numbers.
import { outputsOf, readsOf } from "./axes.js";
import { weightOffset } from "./conv.js";
import { constantMatrix, shapedAs, weightMatrix } from "./sparse.js";
import { flatIndex, productOfSizes } from "./sizes.js";

/** A matrix of weights in blocks down the diagonal: `weightAt(row, place in the row)`. */
function blocksOfWeights(weights, rows, columns, groups, weightAt) {
  const [high, wide] = [rows / groups, columns / groups];
  const [starts, indices] = [new Int32Array(rows + 1), new Int32Array(rows * wide)];
  const monomials = new Int32Array(rows * wide);
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at < wide; at += 1) {
      indices[row * wide + at] = Math.floor(row / high) * wide + at;
      monomials[row * wide + at] = weightAt(row, at) + 1;
    }
    starts[row + 1] = (row + 1) * wide;
  }
  return weightMatrix(weights, shapedAs([rows], [columns]), starts, indices, monomials);
}

/** A full matrix that is itself the weight. */
function denseMatrix(op, weights) {
  const offset = weightOffset(weights, op.name);
  return blocksOfWeights(weights, op.rows, op.columns, 1, (row, at) => offset + row * op.columns + at);
}

/** The weights of one tap, or of all taps side by side. */
function tapMatrix(op, weights) {
  const offset = weightOffset(weights, op.name);
  const [inGroup, taps] = [op.in_channels / op.groups, productOfSizes(op.kernel_size)];
  const all = op.tap.length === 0;
  const tap = all ? 0 : flatIndex(op.tap, op.kernel_size);
  const columns = op.in_channels * (all ? taps : 1);
  return blocksOfWeights(weights, op.out_channels, columns, op.groups, (row, at) =>
    offset + row * inGroup * taps + (all ? at : at * taps + tap));
}

/** A matrix from the numbers of each row by column, zeros among them stored. */
function matrixOfRows(weights, shapes, rows) {
  const starts = new Int32Array(rows.length + 1);
  const [indices, values] = [[], []];
  rows.forEach((row, at) => {
    for (const column of [...row.keys()].sort((a, b) => a - b)) {
      indices.push(column);
      values.push(row.get(column));
    }
    starts[at + 1] = indices.length;
  });
  return constantMatrix(weights, shapes, starts, Int32Array.from(indices), Float64Array.from(values));
}

/** Fixed numbers; their zeros are not stored. */
function fixedMatrix(op, weights) {
  const rows = op.rows.map((row) => new Map([...row.entries()].filter(([, value]) => value !== 0)));
  return matrixOfRows(weights, shapedAs([op.rows.length], [op.rows[0].length]), rows);
}

// The value of a tap at an output, by the name of the kernel; `there` counts the inputs that are there.
const FILTER_TAPS = {
  box: () => 1,
  average: ({ axis }) => 1 / axis.kernel,
  mean: (op, tap, there) => 1 / Math.max(1, there),
  tent: ({ axis }, tap) => Math.max(0, 1 - Math.abs(2 * tap - axis.kernel + 1) / (2 * axis.stride)),
};

/** How many inputs an output reads, the padding zeros that count as inputs among them. */
function inputsThere({ axis, counted: [before, after] }, reads, output) {
  let there = 0;
  for (let tap = 0; tap < axis.kernel; tap += 1) {
    const position = output * axis.stride + tap * axis.dilation - axis.lo;
    const counts = position >= -before && position < axis.size + after;
    if (counts || reads[output * axis.kernel + tap] >= 0) there += 1;
  }
  return there;
}

/** The convolution along one axis with a fixed kernel. */
function filterMatrix(op, weights) {
  const { axis } = op;
  const reads = readsOf(axis);
  const tapAt = Array.isArray(op.kernel) ? (_, tap) => op.kernel[tap] : FILTER_TAPS[op.kernel];
  const rows = Array.from({ length: outputsOf(axis) }, (_, output) => {
    const [row, there] = [new Map(), inputsThere(op, reads, output)];
    for (let tap = 0; tap < axis.kernel; tap += 1) {
      const input = reads[output * axis.kernel + tap];
      if (input >= 0) row.set(input, (row.get(input) ?? 0) + tapAt(op, tap, there));
    }
    return row;
  });
  return matrixOfRows(weights, shapedAs([rows.length], [axis.size]), rows);
}

export const LEAVES = {
  Dense: denseMatrix,
  TapWeights: tapMatrix,
  Fixed: fixedMatrix,
  Filter: filterMatrix,
};
