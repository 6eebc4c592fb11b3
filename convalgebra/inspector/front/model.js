// What the page knows of one setting: whether it is legal, its stages as matrices, what a product takes.
import { evaluate } from "./expressions.js";
import { stageMatrices } from "./operators.js";
import { multiplyAll } from "./sparse.js";
import { productOfSizes, weightsOf } from "./weights.js";

/** The settings under the names that expressions use: kernel_size_0, padding_1_lo, in_channels. */
export function flattened(values) {
  const flat = {};
  for (const [key, value] of Object.entries(values)) {
    if (!Array.isArray(value)) flat[key] = value;
    else value.forEach((part, axis) => {
      if (Array.isArray(part)) [flat[`${key}_${axis}_lo`], flat[`${key}_${axis}_hi`]] = part;
      else flat[`${key}_${axis}`] = part;
    });
  }
  return flat;
}

/** Whether a setting is one that a variant or a formula is for. */
export function fits(when, axes, values) {
  return Object.entries(when).every(([key, wanted]) => wanted === (key === "axes" ? axes : values[key]));
}

/** The type of a setting: of the catalogue, or one's own. */
export function typeOf(data, name) {
  return name === "own" ? data.own : data.types.find((type) => type.name === name);
}

/** The model of a setting; what is not legal has reasons in the place of matrices. */
export function modelOf(data, { type: name, axes, values }) {
  const type = typeOf(data, name);
  const bare = { type, axes, values, legal: false, reasons: [], weights: null, stages: [], whole: null };
  const variant = type.variants.find(({ when }) => fits(when, axes, values));
  if (!variant) return { ...bare, reasons: [{ text: notHeld(type, axes, values), mathml: "" }] };
  const flat = flattened(values);
  const broken = variant.conditions.filter(({ expression }) => !holds(expression, flat));
  if (broken.length) return { ...bare, reasons: broken };
  const weights = weightsOf(variant.stages, flat);
  const stages = stageMatrices(variant.stages, flat, weights);
  return {
    ...bare,
    legal: true,
    weights,
    stages,
    whole: multiplyAll(stages),
    titles: variant.stages.map((stage, at) => titleOf(stage, at)),
    label: (id) => labelOf(weights, id),
    counted: stages.map((matrix, at) => countedByRunning(matrix, namesIn(variant.stages[at]).length > 0)).reduce(bothOf, { multiplications: 0, additions: 0 }),
  };
}

/** Whether a condition holds; one that cannot be told for these numbers does not. */
export function holds(expression, flat) {
  try {
    return Boolean(evaluate(expression, flat));
  } catch {
    return false;
  }
}

function notHeld(type, axes, values) {
  if (!type.axes.includes(axes)) return `axes = ${axes}: ${type.name} has ${type.axes.join(", ")} here`;
  const keys = [...new Set(type.variants.flatMap(({ when }) => Object.keys(when)))];
  const settled = keys.filter((key) => key !== "axes").map((key) => `${key} = ${values[key]}`);
  return `${settled.join(", ")}: this page does not hold that setting`;
}

/** The names of the weights in a stage, the letter of the factor where it has none. */
function titleOf(stage, at) {
  const names = [...new Set(namesIn(stage))];
  return names.length ? names.join(", ") : `factor ${at + 1}`;
}

function namesIn(node) {
  if (!node || typeof node !== "object") return [];
  if (Array.isArray(node)) return node.flatMap(namesIn);
  const own = typeof node.name === "string" && node.kind ? [node.name] : [];
  return [...own, ...Object.values(node).flatMap(namesIn)];
}

/** A weight as one writes it: w[0,0,1,1], or under its own name where there are several. */
function labelOf(weights, id) {
  const array = weights.list.find(({ offset, shape }) => id >= offset && id < offset + productOfSizes(shape));
  const indices = [];
  let rest = id - array.offset;
  for (const length of [...array.shape].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `${weights.list.length === 1 ? "w" : array.name}[${indices.join(",")}]`;
}

const bothOf = (a, b) => ({
  multiplications: a.multiplications + b.multiplications,
  additions: a.additions + b.additions,
});

/** What one product with a vector takes: the loop over stored entries is run, each * and + counted. */
function countedByRunning(matrix, weighted) {
  const ones = new Float64Array(matrix.columns).fill(1);
  let products = 0;
  let additions = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    let begun = false;
    let total = 0;
    for (let at = matrix.starts[row]; at < matrix.starts[row + 1]; at += 1) {
      const product = matrix.values[at] * ones[matrix.indices[at]];
      products += 1;
      if (begun) additions += 1;
      total = begun ? total + product : product;
      begun = true;
    }
  }
  return { multiplications: weighted ? products : 0, additions };
}
