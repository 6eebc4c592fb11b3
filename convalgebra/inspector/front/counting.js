// What a product with one input vector takes, counted by running: this room knows matrices, and no formula.
// Two instruments that must agree. The first multiplies the pattern, all ones, with a vector of ones: each
// output then holds the number of its products. The second sends a number that tallies through the loop.
import { operatorMatrix } from "./operators.js";
import { stagesOf } from "./stages.js";
import { timesVector } from "./vectors.js";
import { holdsWeights } from "./weights.js";

// Up to this many entries every count is taken with both instruments.
const MOST_TALLIED = 2000;
const NO_COUNTS = { multiplications: 0, additions: 0 };
// How far the sums of two loops may be apart, against the sum of what was added, by rounding alone.
const ROUNDED_APART = 1e-9;

function totalCounts(counts) {
  return counts.reduce((all, one) => ({
    multiplications: all.multiplications + one.multiplications,
    additions: all.additions + one.additions,
  }), NO_COUNTS);
}

/** The multiplications and additions of stages whose sizes are numbers, run one after the other. */
export function countedStages(stages, weights) {
  const all = stages.flatMap((stage) => stagesOf(stage, weights));
  return totalCounts(all.map((stage) => countedStage(stage, weights)));
}

/** The counts of one stage: of what stands side by side, of each part by itself. */
function countedStage(stage, weights) {
  if (stage.kind === "Sum" || stage.kind === "HStack") return countedSum(stage, weights);
  if (stage.kind === "BlockDiag" || stage.kind === "VStack") {
    return totalCounts(stage.operators.map((part) => countedStages([part], weights)));
  }
  const counted = countedMatrix(operatorMatrix(stage, weights));
  return holdsWeights(stage) ? counted : { ...counted, multiplications: 0 };
}

/** The counts of terms that are run one by one and added up: at an output an addition for each further. */
function countedSum(sum, weights) {
  const terms = totalCounts(sum.operators.map((term) => countedStages([term], weights)));
  const reaching = new Int32Array(operatorMatrix(sum, weights).rows);
  for (const term of sum.operators) {
    writtenBy(term, weights).forEach((there, row) => {
      reaching[row] += there;
    });
  }
  const additions = reaching.reduce((all, many) => all + Math.max(many - 1, 0), 0);
  return totalCounts([terms, { multiplications: 0, additions }]);
}

/** Which outputs an operator writes to, 1 or 0 each, whatever the values: along stored entries. */
function writtenBy(op, weights) {
  const stages = stagesOf(op, weights);
  const columns = operatorMatrix(stages[stages.length - 1], weights).columns;
  return stages.reduceRight(
    (written, stage) => writtenFrom(operatorMatrix(stage, weights), written),
    new Uint8Array(columns).fill(1),
  );
}

function writtenFrom({ rows, starts, indices }, read) {
  const written = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let at = starts[row]; at < starts[row + 1] && !written[row]; at += 1) {
      written[row] = read[indices[at]];
    }
  }
  return written;
}

/** The counts of one matrix as it is stored. Throws where the two instruments disagree. */
export function countedMatrix(matrix) {
  const counted = countedByOnes(matrix);
  if (matrix.indices.length > MOST_TALLIED) return counted;
  const tallied = countedByTally(matrix);
  if (counted.multiplications !== tallied.multiplications || counted.additions !== tallied.additions) {
    const [ones, tally] = [counted, tallied].map((one) => JSON.stringify(one));
    throw new Error(`the two instruments disagree: ${ones} by ones, ${tally} by tally`);
  }
  return counted;
}

// --- the first instrument ---

/** The pattern of ones times the vector of ones, summed. */
function countedByOnes({ rows, columns, starts, indices }) {
  const values = new Float64Array(indices.length).fill(1);
  const pattern = { rows, starts, indices, values, imaginary: null };
  const [products] = timesVector(pattern, new Float64Array(columns).fill(1), null);
  const counted = { ...NO_COUNTS };
  for (const many of products) {
    counted.multiplications += many;
    counted.additions += Math.max(many - 1, 0);
  }
  return counted;
}

// --- the second instrument ---

/** A number, perhaps complex, that reports each operation done with it to the log it carries. */
class TalliedNumber {
  constructor(real, imaginary, log) {
    Object.assign(this, { real, imaginary, log });
  }

  times({ real, imaginary }) {
    this.log.multiplications += 1;
    return new TalliedNumber(
      this.real * real - this.imaginary * imaginary,
      this.real * imaginary + this.imaginary * real,
      this.log,
    );
  }

  plus({ real, imaginary }) {
    this.log.additions += 1;
    return new TalliedNumber(this.real + real, this.imaginary + imaginary, this.log);
  }
}

/** Each operation counted as the loop performs it; what comes out must be the page's own product. */
function countedByTally(matrix) {
  const log = { ...NO_COUNTS };
  const vector = Float64Array.from({ length: matrix.columns }, (_, at) => 1 + (at % 7));
  const stored = Array.from(matrix.values, (value, at) =>
    new TalliedNumber(value, matrix.imaginary?.[at] ?? 0, log));
  const given = Array.from(vector, (value) => new TalliedNumber(value, 0, log));
  const result = tallyingProduct(matrix, stored, given);
  const [real, imaginary] = timesVector(matrix, vector, null);
  const sizes = matrix.values.map((value, at) => Math.abs(value) + Math.abs(matrix.imaginary?.[at] ?? 0));
  const [most] = timesVector({ ...matrix, values: sizes, imaginary: null }, vector, null);
  result.forEach((number, row) => {
    const apart = Math.abs((number?.real ?? 0) - real[row])
      + Math.abs((number?.imaginary ?? 0) - (imaginary?.[row] ?? 0));
    if (apart <= ROUNDED_APART * most[row]) return;
    throw new Error(`the tallied product is another in row ${row}`);
  });
  return log;
}

/** The product of a matrix and a vector by the textbook loop; null for an empty row. */
function tallyingProduct({ rows, starts, indices }, stored, vector) {
  return Array.from({ length: rows }, (_, row) => {
    let total = null;
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      const product = stored[at].times(vector[indices[at]]);
      total = total === null ? product : total.plus(product);
    }
    return total;
  });
}
