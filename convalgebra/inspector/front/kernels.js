// Kernels that one knows, laid into the weights of an operator in the place of the page's own.
import { productOfSizes } from "./sizes.js";

/** Kernels by name, in the order in which they are offered. */
export const KERNEL_PRESETS = [
  ["page", "the page's weights"],
  ["identity", "identity"],
  ["blur", "blur"],
  ["sobel_x", "Sobel x"],
  ["sobel_y", "Sobel y"],
  ["sharpen", "sharpen"],
  ["laplacian", "Laplacian"],
  ["learned", "learned-looking"],
];

const SMOOTH = { 1: [1], 2: [1, 1], 3: [1, 2, 1] };
const STEEP = { 1: [1], 2: [-1, 1], 3: [-1, 0, 1] };

const centred = (list, size) => {
  const from = Math.floor((size - list.length) / 2);
  return Array.from({ length: size }, (_, at) => list[at - from] ?? 0);
};
const lineOf = (lists, size) => centred(lists[Math.min(size, 3)], size);

/** The outer product of one list for each axis, flat. */
function outerOf(lists) {
  return lists.reduce((all, list) => all.flatMap((one) => list.map((part) => one * part)), [1]);
}

const deltaOf = (kernel) => outerOf(kernel.map((size) => centred([1], size)));

/** The sum of the second differences along all axes that hold one. */
function laplacianOf(kernel) {
  const parts = kernel.map((size, axis) => (size < 3 ? null
    : outerOf(kernel.map((one, other) => centred(other === axis ? [1, -2, 1] : [1], one)))));
  return deltaOf(kernel).map((_, at) => parts.reduce((sum, part) => sum + (part ? part[at] : 0), 0));
}

/** A wave under a bell, turned by the number of the slice: what first layers are seen to learn. */
function learnedOf(kernel, slice) {
  const angle = (Math.PI * slice) / 4 + 0.3;
  const sizes = kernel.length > 1 ? kernel.slice(-2) : [1, ...kernel];
  const lines = sizes.map((size) =>
    Array.from({ length: size }, (_, at) => (size > 1 ? (2 * at) / (size - 1) - 1 : 0)));
  const waves = lines[0].flatMap((y) => lines[1].map((x) => {
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    return Math.exp(-0.8 * (x * x + y * y)) * Math.sin(2 * along + 0.4 * (slice % 3));
  }));
  const mean = waves.reduce((a, b) => a + b, 0) / waves.length;
  const level = waves.length > 1 ? waves.map((wave) => wave - 0.7 * mean) : [1];
  const all = level.reduce((sum, part) => sum + Math.abs(part), 0) || 1;
  const repeated = productOfSizes(kernel) / level.length;
  return Array.from({ length: productOfSizes(kernel) },
    (_, at) => (2 * level[at % level.length]) / all / repeated);
}

/** The numbers of one slice of a kernel, flat; null where the kernel does not hold such a one. */
function presetKernel(name, kernel, slice = 0) {
  const last = kernel.length - 1;
  const across = name === "sobel_x" ? last : last - 1;
  switch (name) {
    case "identity":
      return deltaOf(kernel);
    case "blur":
      return new Array(productOfSizes(kernel)).fill(1 / productOfSizes(kernel));
    case "sobel_x":
    case "sobel_y":
      if (across < 0) return null;
      return outerOf(kernel.map((size, axis) => lineOf(axis === across ? STEEP : SMOOTH, size)));
    case "laplacian":
      return kernel.some((size) => size > 2) ? laplacianOf(kernel) : null;
    case "sharpen":
      return kernel.some((size) => size > 2)
        ? laplacianOf(kernel).map((part, at) => deltaOf(kernel)[at] - part) : null;
    case "learned":
      return learnedOf(kernel, slice);
    default:
      return null;
  }
}

/**
 * The taps of an array of weights along the axes; none where it only mixes channels, as a dense matrix
 * does.
 */
function kernelIn({ shape, kernel }, axes) {
  return kernel?.length && (shape.length > 2 || kernel.length >= axes) ? kernel : [];
}

/**
 * How the arrays of weights share a preset: which takes it, which only hands the picture on; null: it
 * cannot be.
 */
function rolesOf(name, list, axes) {
  const wide = list.filter((array) => productOfSizes(kernelIn(array, axes)) > 1);
  if (name === "page") return new Map();
  if (!list.length || (name !== "identity" && !wide.length)) return null;
  const roles = new Map(list.map((array) => [array, "identity"]));
  if (name === "identity") return roles;
  const whole = wide.filter(({ kernel }) => kernel.length >= axes);
  if (name === "blur") wide.forEach((array) => roles.set(array, name));
  else if (name.startsWith("sobel")) {
    if (whole.length !== wide.length) return null;
    const across = (kernel) => kernel.length - (name === "sobel_x" ? 1 : 2);
    if (!wide.some(({ kernel }) => kernel[across(kernel)] > 1)) return null;
    const full = wide.find(({ kernel }) => kernel.filter((size) => size > 1).length === axes);
    if (full) roles.set(full, name);
    else wide.forEach((array) => roles.set(array, name));
  } else {
    const taken = whole.find(({ kernel }) => kernel.filter((size) => size > 2).length === axes) ?? null;
    if (!taken) return null;
    roles.set(taken, name);
  }
  return roles;
}

/** Whether an operator with such arrays of weights can take a preset. */
export function presetFits(name, weights, axes) {
  return rolesOf(name, weights.list, axes) !== null;
}

/**
 * Lays a preset into the weights: on every slice, so that channel c of the output comes of channel c of the
 * input (or of their mean, where fewer come out). `gain` makes up for the zeros in a transposed one.
 */
export function layPreset(name, weights, { axes, turned = false, gain = 1 }) {
  const roles = rolesOf(name, weights.list, axes);
  for (const [array, role] of roles ?? []) {
    const kernel = kernelIn(array, axes);
    const volume = productOfSizes(kernel);
    const slices = productOfSizes(array.shape) / volume;
    const outs = array.shape[0];
    const head = array.shape.slice(0, array.shape.length - kernel.length);
    const ins = head.length > 1 ? head.at(-1) : slices / outs;
    for (let slice = 0; slice < slices; slice += 1) {
      const out = Math.floor(slice / (slices / outs));
      const share = shareOf(out, slice % ins, outs, ins, turned);
      const numbers = presetKernel(role, kernel, turned ? slice % ins : out);
      const scale = role === "learned" ? 1 / ins : share;
      for (let at = 0; at < volume; at += 1) {
        weights.values[array.offset + slice * volume + at] = (numbers ? numbers[at]
          : 1) * scale * (role === "blur" ? gain : 1);
      }
    }
  }
}

/** How much of channel b goes into channel a of the output (turned: of a into b). */
function shareOf(a, b, many, others, turned) {
  if (turned) return others >= many ? Number(a === b % many) : 1 / many;
  return many >= others ? Number(b === a % others) : 1 / others;
}
