// Operators as Python describes them become sparse matrices of polynomials in the weights.
import { CONVOLUTIONS, turnedConvMatrix } from "./conv.js";
import { LEAVES } from "./leaves.js";
import { MOVES } from "./moves.js";
import { POINTS } from "./points.js";
import { blockDiagonal, kroneckerProduct, matricesBelow, matricesBeside } from "./sparse.js";
import { matrixSum, multiplyAll, transposed } from "./sparse.js";
import { settled } from "./weights.js";

/** A combinator of operators by one of their matrices. */
function combinator(combine) {
  return (op, weights) => combine(op.operators.map((part) => operatorMatrix(part, weights)));
}

const OPERATORS = {
  ...MOVES,
  ...CONVOLUTIONS,
  ...LEAVES,
  ...POINTS,
  Kron: combinator((parts) => parts.reduce(kroneckerProduct)),
  Product: combinator(multiplyAll),
  Sum: combinator(matrixSum),
  VStack: combinator(matricesBelow),
  HStack: combinator(matricesBeside),
  BlockDiag: combinator(blockDiagonal),
  Transposed: ({ operator }, weights) =>
    operator.kind === "Conv" && operator.axes[0].padding_mode === "zeros"
      ? turnedConvMatrix(operator, weights)
      : transposed(operatorMatrix(operator, weights)),
  Reshaped: (op, weights) => ({
    ...operatorMatrix(op.operator, weights),
    outputShape: op.outputs,
    inputShape: op.inputs,
  }),
};

const builtMatrices = new WeakMap();

/** The matrix of an operator whose sizes are all numbers; made once for each tree and kept with it. */
export function operatorMatrix(op, weights) {
  const kept = builtMatrices.get(op);
  if (kept) return kept;
  if (!Object.hasOwn(OPERATORS, op.kind)) throw new Error(`there is no operator ${op.kind}`);
  const matrix = OPERATORS[op.kind](op, weights);
  builtMatrices.set(op, matrix);
  return matrix;
}

/** The matrix of each stage, numbers put for the names in it. */
export function stageMatrices(stages, values, weights) {
  return stages.map((stage) => operatorMatrix(settled(stage, values), weights));
}
