// Looking entries up in a matrix in CSR order.

/** The first position in a row whose column is at least `column`; the row's end if there is none. */
export function firstFrom(matrix, row, column) {
  const { starts, indices } = matrix;
  let low = starts[row];
  let high = starts[row + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle] < column) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The row of the entry at a position. */
export function rowOfEntry(matrix, index) {
  const { starts } = matrix;
  let low = 0;
  let high = matrix.rows;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= index) low = middle;
    else high = middle;
  }
  return low;
}

/** The entry of a row that is nearest to a column, -1 in an empty row. */
export function nearestInRow(matrix, row, column) {
  const at = firstFrom(matrix, row, column);
  const before = at > matrix.starts[row];
  if (at === matrix.starts[row + 1]) return before ? at - 1 : -1;
  return before && column - matrix.indices[at - 1] < matrix.indices[at] - column ? at - 1 : at;
}

/** The entry nearest to a place, at most so many rows or columns away; -1 if there is none. */
export function nearestEntry(matrix, row, column, reach) {
  let found = -1;
  let least = reach;
  for (let away = 0; away <= least; away += 1) {
    for (const other of away ? [row - away, row + away] : [row]) {
      if (other < 0 || other >= matrix.rows) continue;
      const index = nearestInRow(matrix, other, column);
      const far = index < 0 ? Infinity : Math.max(away, Math.abs(matrix.indices[index] - column));
      if (far < least || (far === least && found < 0)) [found, least] = [index, far];
    }
  }
  return found;
}

/** Whether more than so many entries are in a range of rows and columns. */
export function hasMoreThan(matrix, range, most) {
  const { starts } = matrix;
  const whole = range.column === 0 && range.columnEnd === matrix.columns;
  if (whole) return starts[range.rowEnd] - starts[range.row] > most;
  let count = 0;
  for (let row = range.row; row < range.rowEnd; row += 1) {
    count += firstFrom(matrix, row, range.columnEnd) - firstFrom(matrix, row, range.column);
    if (count > most) return true;
  }
  return false;
}

/** The entry that a key leads to from another (-1: none yet); null for a key that leads nowhere. */
export function walkedEntry(matrix, index, key, far) {
  const last = matrix.starts[matrix.rows] - 1;
  if (last < 0) return null;
  const row = index < 0 ? 0 : rowOfEntry(matrix, index);
  const steps = {
    ArrowLeft: () => Math.max(index - 1, 0),
    ArrowRight: () => Math.min(index + 1, last),
    ArrowUp: () => entryInRowBeyond(matrix, index, row, -1),
    ArrowDown: () => entryInRowBeyond(matrix, index, row, 1),
    Home: () => (far ? 0 : matrix.starts[row]),
    End: () => (far ? last : matrix.starts[row + 1] - 1),
  };
  if (!Object.hasOwn(steps, key)) return null;
  return index < 0 && key !== "End" ? 0 : steps[key]();
}

/** The nearest entry in the next row up or down that has one. */
function entryInRowBeyond(matrix, index, row, step) {
  for (let next = row + step; next >= 0 && next < matrix.rows; next += step) {
    const found = nearestInRow(matrix, next, matrix.indices[index]);
    if (found >= 0) return found;
  }
  return index;
}
