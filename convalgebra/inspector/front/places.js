// Where the entries of a sparse matrix stand, by row and column.
import { sortedByColumns } from "./columns.js";

const columnIndexes = new WeakMap();

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
  const index = sortedByColumns(matrix.starts, matrix.indices, matrix.columns);
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
