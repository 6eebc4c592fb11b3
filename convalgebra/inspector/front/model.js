// What the page knows of one setting: whether it is legal, its stages as matrices, what a product takes.
import { reasonOf, reasonsTooLarge } from "./bounds.js";
import { countedStages } from "./counting.js";
import { flattened, reasonsAgainst, variantOf } from "./legal.js";
import { operatorMatrix } from "./operators.js";
import { multiplyAll } from "./sparse.js";
import { placeOfWeight, settled, weightsOf } from "./weights.js";

/** The type of a setting: of the catalogue, or one's own. */
export function typeOf(data, name) {
  return name === "own" ? data.own : data.types.find((type) => type.name === name);
}

/** The model of a setting; what is not legal has reasons in the place of matrices. Nothing is thrown. */
export function modelOf(data, { type: name, axes, values }) {
  const type = typeOf(data, name) ?? typeUnknown(name);
  const bare = { type, axes, values, legal: false, reasons: [], weights: null, stages: [], whole: null };
  try {
    const broken = type.unknown ? [reasonOf(`type = ${type.name}: this page has none`)]
      : reasonsAgainst(type, axes, values);
    return broken.length ? { ...bare, reasons: broken } : builtModel(bare);
  } catch (error) {
    return { ...bare, reasons: [reasonOf(`this page cannot build it: ${error.message}`)] };
  }
}

/** What stands in the place of a type that the page does not have. */
function typeUnknown(name) {
  const call = { function: "", positional: [], keywords: [], settled: {} };
  const nothing = { axes: [], controls: [], variants: [], formulas: [] };
  const start = { axes: 1, values: {} };
  return { name: String(name), unknown: true, summary: "", call, start, ...nothing };
}

/** The model of a setting against which no condition speaks; what is too large is not built. */
function builtModel(bare) {
  const variant = variantOf(bare.type, bare.axes, bare.values);
  const flat = flattened(bare.values);
  const operators = settled(variant.stages, flat);
  const tooLarge = reasonsTooLarge(operators);
  if (tooLarge.length) return { ...bare, reasons: tooLarge };
  const weights = weightsOf(variant.stages, flat);
  const stages = operators.map((operator) => operatorMatrix(operator, weights));
  return {
    ...bare,
    legal: true,
    weights,
    stages,
    whole: multiplyAll(stages),
    titles: variant.stages.map(titleOf),
    label: (id) => labelOf(weights, id),
    short: (id) => shortOf(weights, id),
    counted: countedStages(operators, weights),
  };
}

/** The names of the weights in a stage; empty where it has none. */
function titleOf(stage) {
  return [...new Set(namesIn(stage))].join(", ");
}

function namesIn(node) {
  if (!node || typeof node !== "object") return [];
  if (Array.isArray(node)) return node.flatMap(namesIn);
  const own = typeof node.name === "string" && node.kind ? [node.name] : [];
  return [...own, ...Object.values(node).flatMap(namesIn)];
}

/** A weight as one writes it: w[0,0,1,1], or under its own name where there are several. */
function labelOf(weights, id) {
  const { array, indices } = placeOfWeight(weights, id);
  return `${weights.list.length === 1 ? "w" : array.name}[${indices.join(",")}]`;
}

/** The same for a small cell: a letter, and below it the indices along axes that are longer than one. */
function shortOf(weights, id) {
  const { array, indices } = placeOfWeight(weights, id);
  const initials = weights.list.map(({ name }) => name[0]);
  const alone = initials.filter((letter) => letter === array.name[0]).length === 1;
  const letter = weights.list.length === 1 ? "w" : alone ? array.name[0] : array.name;
  const told = indices.filter((_, axis) => array.shape[axis] > 1);
  const between = array.shape.some((length) => length > 10) ? "," : "";
  return letter + told.map(subscript).join(between);
}

const subscript = (index) => [...String(index)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
