// Convolutions: the pattern of one pair of channels, written out once for every pair that meets.
import { outputsOf, readsOf } from "./axes.js";
import { sortedByColumns } from "./columns.js";
import { MOVES } from "./moves.js";
import { productOfSizes } from "./sizes.js";
import { kroneckerProduct, productMatrix, shapedAs, weightMatrix } from "./sparse.js";

/**
 * Which tap reads which input at each output position, as the rows of one pair of channels. `taps` are
 * counted row by row as the kernel lies in memory, along each axis from the other end with `flip`.
 */
function spatialPattern(axes, { flip }) {
  let pattern = { starts: Int32Array.of(0, 1), columns: Int32Array.of(0), taps: Int32Array.of(0) };
  for (const axis of axes) pattern = alongOneMore(pattern, axis, flip);
  return pattern;
}

/** The pattern with one more axis, the fastest. */
function alongOneMore({ starts, columns, taps }, axis, flip) {
  const [outputs, reads] = [outputsOf(axis), readsOf(axis)];
  const inside = reads.reduce((count, input) => count + (input >= 0 ? 1 : 0), 0);
  const rows = (starts.length - 1) * outputs;
  const entries = columns.length * inside;
  const more = {
    starts: new Int32Array(rows + 1),
    columns: new Int32Array(entries),
    taps: new Int32Array(entries),
  };
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    const [before, output] = [Math.floor(row / outputs), row % outputs];
    for (let at = starts[before]; at < starts[before + 1]; at += 1) {
      for (let tap = 0; tap < axis.kernel; tap += 1) {
        const input = reads[output * axis.kernel + tap];
        if (input < 0) continue;
        more.columns[count] = columns[at] * axis.size + input;
        more.taps[count] = taps[at] * axis.kernel + (flip ? axis.kernel - 1 - tap : tap);
        count += 1;
      }
    }
    more.starts[row + 1] = count;
  }
  return more;
}

/** The pattern with inputs and outputs exchanged. */
function turnedPattern({ starts, columns, taps }, inputs) {
  const sorted = sortedByColumns(starts, columns, inputs);
  const read = sorted.entries.map((entry) => taps[entry]);
  return { starts: sorted.starts, columns: sorted.rows, taps: read };
}

/**
 * The matrix that repeats a pattern for every channel of its rows and every channel that meets it:
 * `first(output)` is the first of the `inGroup` channels, `weightAt(output, position, channel)`
 * the number of the weight of tap 0.
 */
function repeatedPattern(weights, pattern, shapes, inGroup, first, weightAt) {
  const { starts, columns, taps } = pattern;
  const [positions, outs] = [starts.length - 1, shapes.outputShape[0]];
  const inputs = shapes.columns / shapes.inputShape[0];
  const entries = outs * inGroup * columns.length;
  const [rows, indices] = [new Int32Array(shapes.rows + 1), new Int32Array(entries)];
  const monomials = new Int32Array(entries);
  let count = 0;
  for (let output = 0; output < outs; output += 1) {
    for (let position = 0; position < positions; position += 1) {
      const [begin, end] = [starts[position], starts[position + 1]];
      for (let channel = 0; channel < inGroup; channel += 1) {
        const column = (first(output) + channel) * inputs;
        const monomial = weightAt(output, position, channel) + 1;
        for (let at = begin; at < end; at += 1) {
          indices[count] = column + columns[at];
          monomials[count] = monomial + taps[at];
          count += 1;
        }
      }
      rows[output * positions + position + 1] = count;
    }
  }
  return weightMatrix(weights, shapes, rows, indices, monomials);
}

/** Where the numbers of a weight begin. */
export function weightOffset(weights, name) {
  const found = weights.list.find((weight) => weight.name === name);
  if (!found) throw new Error(`there is no weight ${name}`);
  return found.offset;
}

/** The axis that reads the padded input. */
function axisWithoutPadding(axis) {
  return { ...axis, size: axis.size + axis.lo + axis.hi, lo: 0, hi: 0, padding_mode: "zeros" };
}

/** The convolution that reads the padded input, and what pads or crops: conv(padded) = conv(valid) P. */
export function paddedApart(op) {
  const pads = op.axes.map((axis) =>
    ({ kind: "Selection", axis: { ...axis, kernel: 1, stride: 1, dilation: 1 }, tap: 0 }));
  const padding = { kind: "Kron", operators: [{ kind: "Identity", size: op.in_channels }, ...pads] };
  return [{ ...op, axes: op.axes.map(axisWithoutPadding) }, padding];
}

/** A convolution; padding that repeats inputs stands before the one that reads the padded input. */
function convMatrix(op, weights) {
  if (op.axes[0].padding_mode !== "zeros") {
    const [valid, padding] = paddedApart(op);
    const moves = padding.operators.map((part) => MOVES[part.kind](part, weights));
    return productMatrix(convMatrix(valid, weights), moves.reduce(kroneckerProduct), { zeros: true });
  }
  const [inGroup, outGroup] = [op.in_channels / op.groups, op.out_channels / op.groups];
  const taps = productOfSizes(op.axes.map((axis) => axis.kernel));
  const offset = weightOffset(weights, op.name);
  return repeatedPattern(
    weights,
    spatialPattern(op.axes, op),
    shapedAs(
      [op.out_channels, ...op.axes.map(outputsOf)],
      [op.in_channels, ...op.axes.map((axis) => axis.size)],
    ),
    inGroup,
    (output) => Math.floor(output / outGroup) * inGroup,
    (output, position, channel) => offset + (output * inGroup + channel) * taps,
  );
}

/** The transpose of a convolution, written at once: every input and the outputs that read it. */
export function turnedConvMatrix(op, weights) {
  const [inGroup, outGroup] = [op.in_channels / op.groups, op.out_channels / op.groups];
  const sizes = op.axes.map((axis) => axis.size);
  const taps = productOfSizes(op.axes.map((axis) => axis.kernel));
  const offset = weightOffset(weights, op.name);
  const first = (input) => Math.floor(input / inGroup) * outGroup;
  return repeatedPattern(
    weights,
    turnedPattern(spatialPattern(op.axes, op), productOfSizes(sizes)),
    shapedAs([op.in_channels, ...sizes], [op.out_channels, ...op.axes.map(outputsOf)]),
    outGroup,
    first,
    (input, position, channel) =>
      offset + ((first(input) + channel) * inGroup + (input % inGroup)) * taps,
  );
}

/** A convolution whose kernel differs from output to output. */
function localMatrix(op, weights) {
  const pattern = spatialPattern(op.axes, { flip: false });
  const positions = pattern.starts.length - 1;
  const taps = productOfSizes(op.axes.map((axis) => axis.kernel));
  const offset = weightOffset(weights, op.name);
  return repeatedPattern(
    weights,
    pattern,
    shapedAs(
      [op.out_channels, ...op.axes.map(outputsOf)],
      [op.in_channels, ...op.axes.map((axis) => axis.size)],
    ),
    op.in_channels,
    () => 0,
    (output, position, channel) =>
      offset + ((output * positions + position) * op.in_channels + channel) * taps,
  );
}

export const CONVOLUTIONS = { Conv: convMatrix, LocallyConnected: localMatrix };
