// Sizes of arrays, row by row: how many there are, and the places in them.

/** The product of sizes; of none, 1. */
export function productOfSizes(sizes) {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The place of a flat index in a shape, row-major: placeAt(12, [1, 4, 4]) is [0, 3, 0]. */
export function placeAt(index, shape) {
  const place = new Array(shape.length);
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

/** The flat index of a place in a shape, -1 where the shape has no such place. */
export function flatIndex(place, shape) {
  if (place.length !== shape.length) return -1;
  let index = 0;
  for (let axis = 0; axis < shape.length; axis += 1) {
    if (!(place[axis] >= 0 && place[axis] < shape[axis])) return -1;
    index = index * shape[axis] + place[axis];
  }
  return index;
}
