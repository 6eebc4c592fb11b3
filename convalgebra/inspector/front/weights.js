// The weights of an operator, one number each, and the products of them that stand in its matrix.
import { outputsOf } from "./axes.js";
import { evaluate } from "./expressions.js";
import { monomialsOf } from "./monomials.js";
import { placeAt, productOfSizes } from "./sizes.js";

/** A tree of Python's with numbers put for its names: every formula in it worked out. */
export function settled(tree, values) {
  if (Array.isArray(tree)) return tree.map((part) => settled(part, values));
  if (tree === null || typeof tree !== "object") return tree;
  if (!("kind" in tree)) return evaluate(tree, values);
  return Object.fromEntries(Object.entries(tree).map(([field, part]) => [field, settled(part, values)]));
}

const kernelsOf = (parts) => parts.map((part) => part.kernel ?? part.axis.kernel);

// The weight of a leaf: its shape, and its last axes along which the taps lie.
const OWN_WEIGHT = {
  Conv: (op) => {
    const kernel = kernelsOf(op.axes);
    return { shape: [op.out_channels, op.in_channels / op.groups, ...kernel], kernel };
  },
  LocallyConnected: (op) => {
    const kernel = kernelsOf(op.axes);
    return { shape: [op.out_channels, ...op.axes.map(outputsOf), op.in_channels, ...kernel], kernel };
  },
  PointProducts: (op) => {
    const kernel = kernelsOf(op.transforms);
    return { shape: [op.out_channels, op.in_channels / op.groups, ...kernel], kernel };
  },
  Dense: (op) => ({ shape: [op.rows, op.columns], kernel: [op.columns] }),
  TapWeights: (op) => {
    const [group, kernel] = [op.in_channels / op.groups, op.kernel_size];
    const rest = op.tap.length ? [group, ...kernel] : [group * productOfSizes(kernel)];
    return { shape: [op.out_channels, ...rest], kernel };
  },
};

/** The operands of an operator in the order in which they are applied. */
function appliedParts(op) {
  const parts = op.operators ?? (op.operator ? [op.operator] : []);
  return op.kind === "Product" ? [...parts].reverse() : parts;
}

/** Whether weights stand in an operator; one without them multiplies nothing. */
export function holdsWeights(op) {
  return Object.hasOwn(OWN_WEIGHT, op.kind) || appliedParts(op).some(holdsWeights);
}

/** Puts the weights of an operator into a list, each name once, in the order of application. */
function gatherWeights(op, list) {
  const own = OWN_WEIGHT[op.kind]?.(op);
  if (own && !list.some((known) => known.name === op.name)) list.push({ name: op.name, ...own });
  for (const part of appliedParts(op)) gatherWeights(part, list);
}

/** The weights of stages (C = stages[0] stages[1] ...), and names for their products. */
export function weightsOf(stages, values) {
  const list = [];
  for (const stage of [...stages].reverse()) gatherWeights(settled(stage, values), list);
  let count = 0;
  for (const weight of list) {
    weight.offset = count;
    count += productOfSizes(weight.shape);
  }
  const numbers = new Float64Array(count);
  for (const { offset, shape } of list) {
    const length = productOfSizes(shape);
    for (let i = 0; i < length; i += 1) numbers[offset + i] = 1 + (i % 9);
  }
  return { list, count, values: numbers, ...monomialsOf(count) };
}

/** The array that a weight belongs to, as in weights.list. */
export function arrayOfWeight(weights, id) {
  return weights.list.findLast(({ offset }) => offset <= id);
}

/** The array that a weight belongs to, and its indices there. */
export function placeOfWeight(weights, id) {
  const array = arrayOfWeight(weights, id);
  return { array, indices: placeAt(id - array.offset, array.shape) };
}
