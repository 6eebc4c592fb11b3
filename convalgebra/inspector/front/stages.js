// The stages of an operator whose sizes are numbers, as Python has them: what is run one after the other.
import { paddedApart } from "./conv.js";
import { operatorMatrix } from "./operators.js";

const SIDE_BY_SIDE = new Set(["Sum", "VStack", "HStack", "BlockDiag"]);
// Kinds whose transpose is of the transposes of their parts.
const TURNED_KINDS = {
  Sum: "Sum", BlockDiag: "BlockDiag", VStack: "HStack", HStack: "VStack", Kron: "Kron",
};

/** The operators whose product an operator is, applied right to left; one run at once is its own. */
export function stagesOf(op, weights) {
  if (op.kind === "Product") return op.operators.flatMap((factor) => stagesOf(factor, weights));
  if (op.kind === "Reshaped") return stagesOf(op.operator, weights);
  if (op.kind === "Transposed") return turnedStages(op, weights);
  if (op.kind === "Conv" && op.axes[0].padding_mode !== "zeros") return paddedApart(op);
  if (op.kind === "Kron") return alignedRows(op, weights).flatMap((row) => distributed(row, weights));
  return [op];
}

/** The stages of a transpose: (A B)^T = B^T A^T. */
function turnedStages(op, weights) {
  const turned = transposeOf(op.operator);
  if (turned.kind !== "Transposed") return stagesOf(turned, weights);
  const stages = stagesOf(op.operator, weights);
  return stages.length === 1 && stages[0] === op.operator ? [op] : stages.map(transposeOf).reverse();
}

function transposeOf(op) {
  if (op.kind === "Transposed") return op.operator;
  if (op.kind === "Product") return { ...op, operators: op.operators.map(transposeOf).reverse() };
  if (op.kind === "Reshaped") {
    return { ...op, operator: transposeOf(op.operator), inputs: op.outputs, outputs: op.inputs };
  }
  if (Object.hasOwn(TURNED_KINDS, op.kind)) {
    return { ...op, kind: TURNED_KINDS[op.kind], operators: op.operators.map(transposeOf) };
  }
  return { kind: "Transposed", operator: op };
}

const kron = (operators) => ({ kind: "Kron", operators });

/** A Kronecker product by the stages of its operands, from the input on: (A B) x C = (A x I) (B x C). */
function alignedRows(whole, weights) {
  const columns = whole.operators.map((op) => stagesOf(op, weights).reverse());
  const single = columns.every((stages, at) => stages.length === 1 && stages[0] === whole.operators[at]);
  if (single) return [whole];
  const rows = Math.max(...columns.map((stages) => stages.length));
  const rowAt = (row) => kron(whole.operators.map((op, at) =>
    columns[at][row] ?? identityAfter(op, weights)));
  return Array.from({ length: rows }, (_, row) => rowAt(rows - 1 - row));
}

/** The identity on what an operator gives. */
function identityAfter(op, weights) {
  return { kind: "Identity", size: operatorMatrix(op, weights).rows };
}

/** A Kronecker product as its stages, what stands side by side in it brought outside: P ((B | C) x A) Q. */
function distributed(row, weights) {
  const place = row.operators.findIndex(({ kind }) => SIDE_BY_SIDE.has(kind));
  if (place < 0) return [row];
  const whole = row.operators[place];
  const [before, after] = [row.operators.slice(0, place), row.operators.slice(place + 1)];
  if (!before.length || whole.kind === "Sum") {
    return [{ ...whole, operators: whole.operators.map((part) => kron([...before, part, ...after])) }];
  }
  const order = [place, ...row.operators.keys()].filter((at, first) => first === 0 || at !== place);
  const matrices = row.operators.map((op) => operatorMatrix(op, weights));
  const moved = (sizes) => ({ kind: "Permutation", sizes, order });
  const front = kron([whole, ...before, ...after]);
  return [
    { kind: "Transposed", operator: moved(matrices.map(({ rows }) => rows)) },
    ...distributed(front, weights),
    moved(matrices.map(({ columns }) => columns)),
  ];
}
