// The product of a matrix and a vector, by the loop over stored entries.

/** C x as [real, imaginary] for x as real and imaginary parts; null is no imaginary part. */
export function timesVector({ rows, starts, indices, values, imaginary }, real, other) {
  const sum = new Float64Array(rows);
  if (!imaginary && !other) {
    for (let row = 0; row < rows; row += 1) {
      let total = 0;
      for (let at = starts[row]; at < starts[row + 1]; at += 1) total += values[at] * real[indices[at]];
      sum[row] = total;
    }
    return [sum, null];
  }
  const turned = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      const from = indices[at];
      const [a, b] = [imaginary ? imaginary[at] : 0, other ? other[from] : 0];
      sum[row] += values[at] * real[from] - a * b;
      turned[row] += a * real[from] + values[at] * b;
    }
  }
  return [sum, turned];
}
