// What an entry is made of: a polynomial in the weights, and where each weight stands.
import { rowOfEntry } from "./entries.js";
import { columnIndexOf } from "./places.js";
import { termsBegin, termsEnd } from "./terms.js";
import { MOST_STEPS, pathsBetween, pathsUsing, entriesOfPaths } from "./paths.js";

const MOST_PATH_TERMS = 500;
const MOST_LOOKED_INTO = 20000;
const weightIndexes = new WeakMap();

/** The terms of an entry of a matrix that tells them: [{coefficient, factors: [ids]}]; null: complex. */
function toldTerms(matrix, weights, entry) {
  const terms = [];
  for (let term = termsBegin(matrix, entry); term < termsEnd(matrix, entry); term += 1) {
    if (matrix.imaginaryCoefficients && matrix.imaginaryCoefficients[term] !== 0) return null;
    const factors = weights.factorsOf(matrix.monomials[term]);
    terms.push({ coefficient: matrix.coefficients ? matrix.coefficients[term] : 1, factors });
  }
  return terms;
}

/** Equal products taken together, those that cancel left out. */
function gathered(terms) {
  const sums = new Map();
  for (const { coefficient, factors } of terms) {
    const sorted = [...factors].sort((a, b) => a - b);
    const key = sorted.join();
    const sum = sums.get(key);
    if (sum) sum.coefficient += coefficient;
    else sums.set(key, { coefficient, factors });
  }
  return [...sums.values()];
}

/** The terms of an entry of a product, from the paths through its factors; null where they are too many. */
function pathTerms(factors, weights, row, column) {
  const { steps, cut } = pathsBetween(factors, row, column);
  if (cut) return null;
  let reached = new Map([[row, [{ coefficient: 1, factors: [] }]]]);
  for (let at = 0; at < factors.length; at += 1) {
    const next = new Map();
    let count = 0;
    for (const entry of steps[at]) {
      const target = factors[at].indices[entry];
      const list = next.get(target) ?? [];
      next.set(target, list);
      const own = toldTerms(factors[at], weights, entry);
      if (!own) return null;
      for (const before of reached.get(rowOfEntry(factors[at], entry)) ?? []) {
        for (const term of own) {
          count += 1;
          if (count > MOST_PATH_TERMS) return null;
          const product = [...before.factors, ...term.factors];
          list.push({ coefficient: before.coefficient * term.coefficient, factors: product });
        }
      }
    }
    reached = next;
  }
  return gathered(reached.get(column) ?? []);
}

/** The terms of an entry of a panel's matrix, [{coefficient, factors: [weight ids]}]; null: values only. */
export function termsOfEntry(panel, entry) {
  const { matrix, model } = panel;
  if (matrix.told !== false) return toldTerms(matrix, model.weights, entry);
  if (!model.stages.every((stage) => stage.told !== false)) return null;
  const [row, column] = [rowOfEntry(matrix, entry), matrix.indices[entry]];
  return panel.id === "T"
    ? pathTerms(model.stages, model.weights, column, row)
    : pathTerms(model.stages, model.weights, row, column);
}

/** For each weight the entries whose polynomial has it; counted once for each matrix and kept. */
function weightIndexOf(matrix, weights) {
  const kept = weightIndexes.get(matrix);
  if (kept) return kept;
  const count = matrix.starts[matrix.rows];
  const products = [];
  const factorsOf = (monomial) => (products[monomial] ??= weights.factorsOf(monomial));
  const last = new Int32Array(weights.count).fill(-1);
  const visit = (act) => {
    last.fill(-1);
    for (let entry = 0; entry < count; entry += 1) {
      const end = termsEnd(matrix, entry);
      for (let term = termsBegin(matrix, entry); term < end; term += 1) {
        const monomial = matrix.monomials[term];
        if (monomial > 0 && monomial <= weights.count) {
          if (last[monomial - 1] !== entry) act(monomial - 1, entry);
          last[monomial - 1] = entry;
        } else if (monomial > 0) {
          for (const id of factorsOf(monomial)) {
            if (last[id] !== entry) act(id, entry);
            last[id] = entry;
          }
        }
      }
    }
  };
  const starts = new Int32Array(weights.count + 1);
  visit((id) => {
    starts[id + 1] += 1;
  });
  for (let id = 0; id < weights.count; id += 1) starts[id + 1] += starts[id];
  const next = starts.slice();
  const entries = new Int32Array(starts[weights.count]);
  visit((id, entry) => {
    entries[next[id]] = entry;
    next[id] += 1;
  });
  const index = { starts, entries };
  weightIndexes.set(matrix, index);
  return index;
}

/** The entries of a panel's matrix whose polynomial has a weight: {entries: sorted, cut: some left out}. */
export function entriesOfWeight(panel, id) {
  const { matrix, model } = panel;
  if (id < 0 || id >= model.weights.count) return { entries: new Int32Array(0), cut: false };
  if (matrix.told !== false) return { entries: ownEntries(matrix, model.weights, id), cut: false };
  const found = new Set();
  let cut = false;
  for (const [at, stage] of model.stages.entries()) {
    if (stage.told === false) {
      cut = true;
      continue;
    }
    for (const step of ownEntries(stage, model.weights, id)) {
      if (found.size >= MOST_STEPS) return { entries: Int32Array.from(found).sort(), cut: true };
      const paths = pathsUsing(model.stages, at, step);
      const turned = { tops: paths.bottoms, bottoms: paths.tops, cut: paths.cut };
      const made = entriesOfPaths(matrix, panel.id === "T" ? turned : paths);
      for (const entry of made.entries) found.add(entry);
      cut ||= made.cut;
    }
  }
  return { entries: Int32Array.from(found).sort(), cut };
}

/** The entries of a matrix that tells its terms in which a weight stands. */
function ownEntries(matrix, weights, id) {
  const { starts, entries } = weightIndexOf(matrix, weights);
  return entries.subarray(starts[id], starts[id + 1]);
}

/** The ids of the weights in some entries of a panel: {weights: a set, cut: not all looked into}. */
export function weightsOfEntries(panel, entries) {
  const weights = new Set();
  let left = MOST_LOOKED_INTO;
  for (const entry of entries) {
    if (weights.size === panel.model.weights.count) break;
    if (left === 0) return { weights, cut: true };
    left -= 1;
    for (const term of termsOfEntry(panel, entry) ?? []) for (const id of term.factors) weights.add(id);
  }
  return { weights, cut: false };
}

/** The arrays of weights that stand in a panel's matrix, as in weights.list. */
export function arraysIn(panel) {
  const { list, count } = panel.model.weights;
  const whole = panel.id[0] !== "F";
  if (panel.matrix.told === false || (whole && list.length < 2)) return list;
  const { starts } = weightIndexOf(panel.matrix, panel.model.weights);
  return list.filter((array, at) => {
    const end = at + 1 < list.length ? list[at + 1].offset : count;
    return starts[end] > starts[array.offset];
  });
}

/** The number of entries in a column, without a list of them. */
export function columnLength(matrix, column) {
  const { starts } = columnIndexOf(matrix);
  return starts[column + 1] - starts[column];
}
