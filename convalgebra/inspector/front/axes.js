// One axis in numbers: which input each tap reads at each output.

/** How many outputs an axis has. */
export function outputsOf(axis) {
  const span = axis.dilation * (axis.kernel - 1) + 1;
  return Math.floor((axis.size + axis.lo + axis.hi - span) / axis.stride) + 1;
}

/** The rest of a division, never negative. */
export function restOf(whole, part) {
  return ((whole % part) + part) % part;
}

/** Which input stands at a position of the padded line; -1 where a zero does. */
function inputAt(position, size, mode) {
  if (mode === "circular") return restOf(position, size);
  if (mode === "replicate") return Math.min(Math.max(position, 0), size - 1);
  if (mode === "reflect") {
    const turned = restOf(position, Math.max(1, 2 * (size - 1)));
    return Math.min(turned, 2 * (size - 1) - turned);
  }
  return position >= 0 && position < size ? position : -1;
}

/** The input that one tap reads at each output; -1 is a padding zero. */
export function readsOfTap(axis, tap) {
  const reads = new Int32Array(outputsOf(axis));
  for (let output = 0; output < reads.length; output += 1) {
    const position = output * axis.stride + tap * axis.dilation - axis.lo;
    reads[output] = inputAt(position, axis.size, axis.padding_mode);
  }
  return reads;
}

/** The inputs read, output after output: at `output * kernel + tap` the input, or -1. */
export function readsOf(axis) {
  const reads = new Int32Array(outputsOf(axis) * axis.kernel);
  for (let tap = 0; tap < axis.kernel; tap += 1) {
    readsOfTap(axis, tap).forEach((input, output) => { reads[output * axis.kernel + tap] = input; });
  }
  return reads;
}
