// Sparse matrices, rows compressed, of polynomials in the weights: each entry its value and its terms.
import { sortedByColumns } from "./columns.js";
import { productOfSizes } from "./sizes.js";
import { MOST_TERMS, twiceAsLong, termCollector, termsBegin, termsEnd, untold } from "./terms.js";

// Products of terms that are worth a look at each; beyond, a product is told by its values only.
const MOST_MET = 4 * MOST_TERMS;

/** A matrix of numbers; those that are zero stay stored, as entries without a term. */
export function constantMatrix(weights, shapes, starts, indices, values, imaginary = null) {
  const some = imaginary !== null && imaginary.some((part) => part !== 0);
  const imaginaries = some ? imaginary : null;
  const plain = { ...shapes, starts, indices, values, imaginary: imaginaries, weights };
  if (values.some((value, at) => value === 0 && !imaginaries?.[at])) {
    const collector = termCollector(weights.timesMonomial);
    values.forEach((value, at) => {
      if (value !== 0 || imaginaries?.[at]) collector.add(0, value, imaginaries?.[at] ?? 0);
      collector.settle();
      collector.end();
    });
    return { ...plain, ...collector.finished() };
  }
  return {
    ...plain,
    termStarts: null,
    monomials: new Int32Array(values.length),
    coefficients: some || values.some((value) => value !== 1) ? values : null,
    imaginaryCoefficients: imaginaries,
    told: true,
  };
}

/** A matrix in which every entry is one weight: its monomials are the numbers of the weights plus 1. */
export function weightMatrix(weights, shapes, starts, indices, monomials) {
  const values = new Float64Array(monomials.length);
  for (let at = 0; at < values.length; at += 1) values[at] = weights.values[monomials[at] - 1];
  const plain = { termStarts: null, coefficients: null, imaginaryCoefficients: null, told: true };
  return { ...shapes, starts, indices, values, imaginary: null, weights, monomials, ...plain };
}

/** Rows, columns and shapes of a matrix from an output to an input. */
export function shapedAs(outputShape, inputShape) {
  const [rows, columns] = [productOfSizes(outputShape), productOfSizes(inputShape)];
  return { rows, columns, outputShape, inputShape };
}

/** The transpose: rows and columns exchanged, entry for entry. */
export function transposed(matrix) {
  const { columns, starts, indices } = matrix;
  const sorted = sortedByColumns(starts, indices, columns);
  const from = sorted.entries;
  return {
    ...matrix,
    ...shapedAs(matrix.inputShape, matrix.outputShape),
    starts: sorted.starts,
    indices: sorted.rows,
    values: numbersFrom(matrix.values, from),
    imaginary: numbersFrom(matrix.imaginary, from),
    ...termsTaken(matrix, from),
  };
}

/** An array's whole numbers at places. */
function wholesFrom(array, from) {
  const taken = new Int32Array(from.length);
  for (let at = 0; at < from.length; at += 1) taken[at] = array[from[at]];
  return taken;
}

/** An array's numbers at places; nothing of nothing. */
function numbersFrom(array, from) {
  if (array === null) return null;
  const taken = new Float64Array(from.length);
  for (let at = 0; at < from.length; at += 1) taken[at] = array[from[at]];
  return taken;
}

/** The terms of the entries at places. */
function termsTaken(matrix, from) {
  if (!matrix.told) return untold();
  if (matrix.termStarts === null) return {
    monomials: wholesFrom(matrix.monomials, from),
    coefficients: numbersFrom(matrix.coefficients, from),
    imaginaryCoefficients: numbersFrom(matrix.imaginaryCoefficients, from),
  };
  const termStarts = new Int32Array(from.length + 1);
  const terms = new Int32Array(matrix.monomials.length);
  let count = 0;
  for (let at = 0; at < from.length; at += 1) {
    for (let term = matrix.termStarts[from[at]]; term < matrix.termStarts[from[at] + 1]; term += 1) {
      terms[count] = term;
      count += 1;
    }
    termStarts[at + 1] = count;
  }
  return {
    termStarts,
    monomials: wholesFrom(matrix.monomials, terms),
    coefficients: numbersFrom(matrix.coefficients, terms),
    imaginaryCoefficients: numbersFrom(matrix.imaginaryCoefficients, terms),
  };
}

// --- one beside the other ------------------------------------------------------------------------

/** Shapes one after the other along the first axis where the others agree; otherwise one flat axis. */
function stackedShape(shapes) {
  const [first, ...others] = shapes;
  const alike = others.every(
    (shape) => shape.length === first.length && shape.slice(1).every((size, at) => size === first[at + 1]),
  );
  const heads = shapes.map((shape) => (alike ? shape[0] : shapedAs(shape, []).rows));
  return [heads.reduce((all, size) => all + size, 0), ...(alike ? first.slice(1) : [])];
}

/** Matrices one below the other; with `apart` each on columns of its own. */
function stackedBelow(parts, { apart }) {
  const inputShape = apart ? stackedShape(parts.map((part) => part.inputShape)) : parts[0].inputShape;
  const shapes = shapedAs(stackedShape(parts.map((part) => part.outputShape)), inputShape);
  const entries = parts.reduce((all, part) => all + part.indices.length, 0);
  const [starts, indices] = [new Int32Array(shapes.rows + 1), new Int32Array(entries)];
  let [row, column, entry] = [0, 0, 0];
  for (const part of parts) {
    for (let at = 1; at <= part.rows; at += 1) starts[row + at] = entry + part.starts[at];
    for (let at = 0; at < part.indices.length; at += 1) indices[entry + at] = column + part.indices[at];
    row += part.rows;
    column += apart ? part.columns : 0;
    entry += part.indices.length;
  }
  return {
    ...shapes,
    starts,
    indices,
    values: joinedNumbers(parts, "values", 0),
    imaginary: joinedNumbers(parts, "imaginary", 0),
    weights: parts[0].weights,
    ...joinedTerms(parts),
  };
}

/** Arrays of several matrices one after the other; nothing where none has it. */
function joinedNumbers(parts, key, otherwise) {
  if (parts.every((part) => part[key] === null)) return null;
  const lengths = parts.map((part) => (key.endsWith("oefficients") ? part.monomials : part.indices).length);
  const joined = new Float64Array(lengths.reduce((all, length) => all + length, 0)).fill(otherwise);
  let begin = 0;
  parts.forEach((part, at) => {
    if (part[key] !== null) joined.set(part[key], begin);
    begin += lengths[at];
  });
  return joined;
}

/** The terms of several matrices one after the other. */
function joinedTerms(parts) {
  if (parts.some((part) => !part.told)) return untold();
  const monomials = new Int32Array(parts.reduce((all, part) => all + part.monomials.length, 0));
  const entries = parts.reduce((all, part) => all + part.indices.length, 0);
  const single = parts.every((part) => part.termStarts === null);
  const termStarts = single ? null : new Int32Array(entries + 1);
  let [entry, term] = [0, 0];
  for (const part of parts) {
    monomials.set(part.monomials, term);
    for (let at = 0; !single && at < part.indices.length; at += 1) {
      termStarts[entry + at + 1] = term + termsEnd(part, at);
    }
    entry += part.indices.length;
    term += part.monomials.length;
  }
  const coefficients = joinedNumbers(parts, "coefficients", 1);
  const imaginaryCoefficients = joinedNumbers(parts, "imaginaryCoefficients", 0);
  return { termStarts, monomials, coefficients, imaginaryCoefficients, told: true };
}

/** Matrices on the same input, one below the other. */
export function matricesBelow(parts) {
  return stackedBelow(parts, { apart: false });
}

/** Matrices with the same output, beside each other. */
export function matricesBeside(parts) {
  return transposed(stackedBelow(parts.map(transposed), { apart: false }));
}

/** Matrices each on its own stretch of input and output. */
export function blockDiagonal(parts) {
  return stackedBelow(parts, { apart: true });
}

/** The sum of matrices, zeros kept: [A B ...] times identities one below the other. */
export function matrixSum(parts) {
  const one = identityMatrix(parts[0].weights, parts[0].inputShape);
  const below = matricesBelow(parts.map(() => one));
  const summed = productMatrix(matricesBeside(parts), below, { zeros: true });
  return { ...summed, outputShape: parts[0].outputShape, inputShape: parts[0].inputShape };
}

/** The identity on arrays of a shape. */
export function identityMatrix(weights, shape) {
  const shapes = shapedAs(shape, shape);
  const starts = Int32Array.from({ length: shapes.rows + 1 }, (_, row) => row);
  const ones = new Float64Array(shapes.rows).fill(1);
  return constantMatrix(weights, shapes, starts, starts.slice(0, -1), ones);
}

// --- products ------------------------------------------------------------------------------------

/** The Kronecker product: the first matrix acts on the slowest index. */
export function kroneckerProduct(a, b) {
  const shapes = shapedAs([...a.outputShape, ...b.outputShape], [...a.inputShape, ...b.inputShape]);
  const entries = a.indices.length * b.indices.length;
  const [starts, indices] = [new Int32Array(shapes.rows + 1), new Int32Array(entries)];
  const [left, right] = [new Int32Array(entries), new Int32Array(entries)];
  let count = 0;
  for (let row = 0; row < shapes.rows; row += 1) {
    const [rowA, rowB] = [Math.floor(row / b.rows), row % b.rows];
    for (let at = a.starts[rowA]; at < a.starts[rowA + 1]; at += 1) {
      const first = a.indices[at] * b.columns;
      for (let bt = b.starts[rowB]; bt < b.starts[rowB + 1]; bt += 1) {
        indices[count] = first + b.indices[bt];
        left[count] = at;
        right[count] = bt;
        count += 1;
      }
    }
    starts[row + 1] = count;
  }
  const numbers = kroneckerNumbers(a, b, left, right);
  const terms = kroneckerTerms(a, b, left, right);
  return { ...shapes, starts, indices, ...numbers, weights: a.weights, ...terms };
}

/** The values of a Kronecker product, entry `left[i]` of a times entry `right[i]` of b. */
function kroneckerNumbers(a, b, left, right) {
  const values = new Float64Array(left.length);
  for (let at = 0; at < left.length; at += 1) values[at] = a.values[left[at]] * b.values[right[at]];
  if (!a.imaginary && !b.imaginary) return { values, imaginary: null };
  const imaginary = new Float64Array(left.length);
  for (let at = 0; at < left.length; at += 1) {
    const [s, t] = [left[at], right[at]];
    const [u, v] = [a.imaginary?.[s] ?? 0, b.imaginary?.[t] ?? 0];
    values[at] -= u * v;
    imaginary[at] = a.values[s] * v + u * b.values[t];
  }
  return { values, imaginary };
}

/** The terms of a Kronecker product. */
function kroneckerTerms(a, b, left, right) {
  if (!a.told || !b.told) return untold();
  const turned = a.imaginaryCoefficients || b.imaginaryCoefficients;
  const times = a.weights.timesMonomial;
  if (!a.termStarts && !b.termStarts && !turned) {
    const monomials = new Int32Array(left.length);
    for (let at = 0; at < left.length; at += 1) {
      monomials[at] = times(a.monomials[left[at]], b.monomials[right[at]]);
    }
    const some = a.coefficients || b.coefficients;
    const coefficients = some ? new Float64Array(left.length) : null;
    for (let at = 0; some && at < left.length; at += 1) {
      coefficients[at] = (a.coefficients?.[left[at]] ?? 1) * (b.coefficients?.[right[at]] ?? 1);
    }
    return { termStarts: null, monomials, coefficients, imaginaryCoefficients: null, told: true };
  }
  if (a.monomials.length * b.monomials.length > MOST_MET) return untold();
  const collector = termCollector(times);
  for (let at = 0; at < left.length; at += 1) {
    collector.addProduct(a, left[at], b, right[at]);
    collector.settle();
    collector.end();
    if (collector.tooMany()) return untold();
  }
  return collector.finished();
}

/** The product of matrices in their order, applied right to left. */
export function multiplyAll(matrices) {
  return matrices.reduce((left, right) => productMatrix(left, right));
}

/** How many pairs of terms meet in a product. */
function termsMet(a, b) {
  let met = 0;
  for (let at = 0; at < a.indices.length; at += 1) {
    const row = a.indices[at];
    const terms = termsBegin(b, b.starts[row + 1]) - termsBegin(b, b.starts[row]);
    met += (termsEnd(a, at) - termsBegin(a, at)) * terms;
  }
  return met;
}

/**
 * The product of two matrices. As scipy does, it stores what any pair of entries gives, but leaves out
 * what comes to zero whatever the weights are (all that comes to zero, where only values are told).
 * With `zeros` it leaves out nothing.
 */
export function productMatrix(a, b, { zeros = false } = {}) {
  const turned = Boolean(a.imaginary || b.imaginary);
  const telling = a.told && b.told && termsMet(a, b) <= MOST_MET;
  let collector = telling ? termCollector(a.weights.timesMonomial) : null;
  const row = rowOfProduct(a, b, turned, telling);
  const starts = new Int32Array(a.rows + 1);
  let [indices, values] = [new Int32Array(1024), new Float64Array(1024)];
  let imaginary = turned ? new Float64Array(1024) : null;
  let count = 0;
  for (let at = 0; at < a.rows; at += 1) {
    const columns = row.gather(at);
    for (let c = 0; c < columns.length; c += 1) {
      const column = columns[c];
      if (collector) row.addPairs(column, collector);
      const terms = collector ? collector.settle() : 0;
      const value = row.sums[column];
      if (!zeros && terms === 0 && value === 0 && !(turned && row.turns[column] !== 0)) continue;
      if (count === indices.length) {
        [indices, values] = [twiceAsLong(indices), twiceAsLong(values)];
        imaginary = turned ? twiceAsLong(imaginary) : null;
      }
      indices[count] = column;
      values[count] = value;
      if (turned) imaginary[count] = row.turns[column];
      count += 1;
      if (collector) collector.end();
    }
    starts[at + 1] = count;
    if (collector?.tooMany()) collector = null;
  }
  return {
    ...shapedAs(a.outputShape, b.inputShape),
    starts,
    indices: indices.slice(0, count),
    values: values.slice(0, count),
    imaginary: turned ? imaginary.slice(0, count) : null,
    weights: a.weights,
    ...(collector ? collector.finished() : untold()),
  };
}

/** Works out one row of a product after another: its columns in order, their sums, the pairs that met. */
function rowOfProduct(a, b, turned, paired) {
  const sums = new Float64Array(b.columns);
  const turns = turned ? new Float64Array(b.columns) : null;
  const seen = new Int32Array(b.columns);
  const [first, last] = paired ? [new Int32Array(b.columns), new Int32Array(b.columns)] : [null, null];
  let [lefts, rights, next] = [new Int32Array(1024), new Int32Array(1024), new Int32Array(1024)];
  let pairs = 0;
  let found = new Int32Array(1024);

  const meet = (column, s, t, fresh) => {
    if (pairs === lefts.length) [lefts, rights, next] = [lefts, rights, next].map(twiceAsLong);
    lefts[pairs] = s;
    rights[pairs] = t;
    next[pairs] = -1;
    if (fresh) first[column] = pairs;
    else next[last[column]] = pairs;
    last[column] = pairs;
    pairs += 1;
  };

  const gather = (row) => {
    let count = 0;
    pairs = 0;
    for (let s = a.starts[row]; s < a.starts[row + 1]; s += 1) {
      const middle = a.indices[s];
      const x = a.values[s];
      const u = a.imaginary ? a.imaginary[s] : 0;
      for (let t = b.starts[middle]; t < b.starts[middle + 1]; t += 1) {
        const column = b.indices[t];
        const fresh = seen[column] !== row + 1;
        if (fresh) {
          seen[column] = row + 1;
          sums[column] = 0;
          if (turned) turns[column] = 0;
          if (count === found.length) found = twiceAsLong(found);
          found[count] = column;
          count += 1;
        }
        sums[column] += x * b.values[t];
        if (turned) {
          const v = b.imaginary ? b.imaginary[t] : 0;
          sums[column] -= u * v;
          turns[column] += x * v + u * b.values[t];
        }
        if (paired) meet(column, s, t, fresh);
      }
    }
    return inOrder(found.subarray(0, count));
  };

  const addPairs = (column, collector) => {
    for (let pair = first[column]; pair >= 0; pair = next[pair]) {
      collector.addProduct(a, lefts[pair], b, rights[pair]);
    }
  };
  return { sums, turns, gather, addPairs };
}

/** Whole numbers in order; few are quicker put in order by hand. */
function inOrder(numbers) {
  if (numbers.length > 40) return numbers.sort();
  for (let at = 1; at < numbers.length; at += 1) {
    const number = numbers[at];
    let place = at;
    for (; place > 0 && numbers[place - 1] > number; place -= 1) numbers[place] = numbers[place - 1];
    numbers[place] = number;
  }
  return numbers;
}
