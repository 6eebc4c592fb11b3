// The tap of an entry: which cell of the kernel it stands for, also where small kernels make up one.
import { flatIndex, placeAt, productOfSizes } from "./sizes.js";
import { arrayOfWeight } from "./weights.js";

/** The place of a weight in its kernel. */
function weightTap(weights, id) {
  const array = arrayOfWeight(weights, id);
  return placeAt((id - array.offset) % productOfSizes(array.kernel), array.kernel);
}

/**
 * The tap of a product of weights in the kernel that theirs make up: a 3x1 and a 1x3 make a 3x3.
 * {kernel, place, at: flat index}; null where there is no weight, or two kernels meet on an axis.
 */
export function tapOfProduct(weights, ids) {
  let kernel = null;
  let place = null;
  for (const id of ids) {
    const own = arrayOfWeight(weights, id).kernel;
    const tap = weightTap(weights, id);
    kernel ??= own.map(() => 1);
    place ??= own.map(() => 0);
    if (own.length !== kernel.length) return null;
    if (own.some((length, axis) => length > 1 && kernel[axis] > 1)) return null;
    kernel = kernel.map((length, axis) => Math.max(length, own[axis]));
    place = place.map((index, axis) => Math.max(index, tap[axis]));
  }
  return kernel ? { kernel, place, at: flatIndex(place, kernel) } : null;
}
