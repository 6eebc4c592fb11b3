// The entries of a pattern in compressed rows, sorted by their columns.

/** The entries column by column, {starts, rows, entries}: those of column j begin at starts[j]. */
export function sortedByColumns(rowStarts, indices, columns) {
  const starts = new Int32Array(columns + 1);
  for (let entry = 0; entry < indices.length; entry += 1) starts[indices[entry] + 1] += 1;
  for (let column = 0; column < columns; column += 1) starts[column + 1] += starts[column];
  const next = starts.slice(0, columns);
  const [rows, entries] = [new Int32Array(indices.length), new Int32Array(indices.length)];
  for (let row = 0; row + 1 < rowStarts.length; row += 1) {
    for (let entry = rowStarts[row]; entry < rowStarts[row + 1]; entry += 1) {
      const at = next[indices[entry]];
      next[indices[entry]] = at + 1;
      rows[at] = row;
      entries[at] = entry;
    }
  }
  return { starts, rows, entries };
}
