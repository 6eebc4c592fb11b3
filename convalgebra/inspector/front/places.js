// Where things stand in a sparse matrix: places of pixels, entries by row and column.

const columnIndexes = new WeakMap();

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

/** The position of the entry at a row and a column, -1 where none is stored. */
export function entryAt(matrix, row, column) {
  if (!(row >= 0 && row < matrix.rows)) return -1;
  let low = matrix.starts[row];
  let high = matrix.starts[row + 1] - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = matrix.indices[middle];
    if (found === column) return middle;
    if (found < column) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The row and the column of an empty cell, by its number: row * columns + column. */
export function cellOfEmpty(matrix, index) {
  return [Math.floor(index / matrix.columns), index % matrix.columns];
}

/** The entries by columns, {starts, entries, rows}: those of j begin at starts[j]; made once and kept. */
export function columnIndexOf(matrix) {
  const kept = columnIndexes.get(matrix);
  if (kept) return kept;
  const count = matrix.starts[matrix.rows];
  const starts = new Int32Array(matrix.columns + 1);
  for (let entry = 0; entry < count; entry += 1) starts[matrix.indices[entry] + 1] += 1;
  for (let column = 0; column < matrix.columns; column += 1) starts[column + 1] += starts[column];
  const next = starts.slice();
  const entries = new Int32Array(count);
  const rows = new Int32Array(count);
  for (let row = 0; row < matrix.rows; row += 1) {
    for (let entry = matrix.starts[row]; entry < matrix.starts[row + 1]; entry += 1) {
      const at = next[matrix.indices[entry]];
      next[matrix.indices[entry]] = at + 1;
      entries[at] = entry;
      rows[at] = row;
    }
  }
  const index = { starts, entries, rows };
  columnIndexes.set(matrix, index);
  return index;
}

/** The entries of a row, from the first column on. */
export function entriesOfRow(matrix, row) {
  const entries = [];
  for (let entry = matrix.starts[row]; entry < matrix.starts[row + 1]; entry += 1) entries.push(entry);
  return entries;
}

/** The entries of a column, from the first row on. */
export function entriesOfColumn(matrix, column) {
  const index = columnIndexOf(matrix);
  return Array.from(index.entries.subarray(index.starts[column], index.starts[column + 1]));
}

/** Something to ask like a Set (has, size, iteration) over sorted numbers; a Set while they are few. */
export function entrySet(sorted) {
  if (sorted.length <= 50000) return new Set(sorted);
  return {
    size: sorted.length,
    has(entry) {
      let low = 0;
      let high = sorted.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        if (sorted[middle] === entry) return true;
        if (sorted[middle] < entry) low = middle + 1;
        else high = middle - 1;
      }
      return false;
    },
    forEach(act) {
      for (const entry of sorted) act(entry);
    },
    [Symbol.iterator]() {
      return sorted[Symbol.iterator]();
    },
  };
}
