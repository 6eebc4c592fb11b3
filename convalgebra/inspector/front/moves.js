// Leaves that only move values: each row of the 0/1 matrix takes one input, or none.
import { outputsOf, readsOf, readsOfTap } from "./axes.js";
import { constantMatrix, identityMatrix, shapedAs } from "./sparse.js";
import { placeAt, productOfSizes } from "./sizes.js";

/** The 0/1 matrix of which row i takes input `source[i]`; -1 is none. */
function moveMatrix(weights, outputShape, inputShape, source) {
  const starts = new Int32Array(source.length + 1);
  source.forEach((place, row) => {
    starts[row + 1] = starts[row] + (place >= 0 ? 1 : 0);
  });
  const indices = source.filter((place) => place >= 0);
  const ones = new Float64Array(indices.length).fill(1);
  return constantMatrix(weights, shapedAs(outputShape, inputShape), starts, indices, ones);
}

/** Every place of an array of some sizes, row by row, as the index along each axis. */
function eachPlace(sizes, use) {
  const count = sizes.some((size) => size < 1) ? 0 : productOfSizes(sizes);
  for (let at = 0; at < count; at += 1) use(placeAt(at, sizes), at);
}

/** How far apart neighbours along each axis of an array lie, row by row. */
function strideOf(sizes) {
  return sizes.map((_, axis) => productOfSizes(sizes.slice(axis + 1)));
}

/** The axes of an array in another order. */
function permutationMatrix(op, weights) {
  const turned = op.order.map((axis) => op.sizes[axis]);
  const steps = strideOf(op.sizes);
  const source = new Int32Array(productOfSizes(turned));
  eachPlace(turned, (index, place) => {
    source[place] = index.reduce((sum, at, axis) => sum + at * steps[op.order[axis]], 0);
  });
  return moveMatrix(weights, turned, op.sizes, source);
}

/** The values of groups, the first of each, then the second of each. */
function shuffleMatrix(op, weights) {
  const turned = { sizes: [op.groups, op.size / op.groups], order: [1, 0] };
  return { ...permutationMatrix(turned, weights), outputShape: [op.size], inputShape: [op.size] };
}

/** The phases of an image modulo steps, one after the other. */
function phasesMatrix(op, weights) {
  const [channels, ...sizes] = op.sizes;
  const wanted = op.residues ?? op.steps.map((step) => [...Array(step).keys()]);
  const steps = strideOf(op.sizes);
  const source = [];
  eachPlace(wanted.map((residues) => residues.length), (chosen) => {
    const phase = chosen.map((at, axis) => wanted[axis][at]);
    const places = phase.map((residue, axis) => Math.ceil((sizes[axis] - residue) / op.steps[axis]));
    eachPlace([channels, ...places], ([channel, ...at]) => {
      const inside = at.map((i, axis) => (phase[axis] + i * op.steps[axis]) * steps[axis + 1]);
      source.push(inside.reduce((sum, part) => sum + part, channel * steps[0]));
    });
  });
  return moveMatrix(weights, [source.length], op.sizes, Int32Array.from(source));
}

export const MOVES = {
  Identity: (op, weights) => identityMatrix(weights, [op.size]),
  Selection: (op, weights) =>
    moveMatrix(weights, [outputsOf(op.axis)], [op.axis.size], readsOfTap(op.axis, op.tap)),
  Unfold: (op, weights) =>
    moveMatrix(weights, [outputsOf(op.axis), op.axis.kernel], [op.axis.size], readsOf(op.axis)),
  Gather: (op, weights) =>
    moveMatrix(weights, [op.indices.length], [op.size], Int32Array.from(op.indices)),
  Permutation: permutationMatrix,
  Shuffle: shuffleMatrix,
  Phases: phasesMatrix,
};
