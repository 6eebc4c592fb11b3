// The window of a pixel: where its taps stand, on padding too. The geometry is read off the matrix itself:
// along each axis, position = place * stride + tap * dilation - before. What fits not every entry has none.
import { columnIndexOf } from "./places.js";
import { placeAt, productOfSizes } from "./sizes.js";
import { termsOfEntry } from "./contents.js";
import { tapOfProduct } from "./taps.js";

const LOOKED_AT = 600;
const geometries = new WeakMap();

/** Taps of some entries: [{pixel, place, tap, position, kernel}]; null where an entry has no taps. */
function samplesOf(panel, sends) {
  const { matrix, model } = panel;
  const pixels = sends ? matrix.columns : matrix.rows;
  const [ownShape, otherShape] = sends
    ? [matrix.inputShape, matrix.outputShape]
    : [matrix.outputShape, matrix.inputShape];
  const index = sends ? columnIndexOf(matrix) : null;
  const samples = [];
  const step = Math.max(1, Math.floor(pixels / 48));
  for (let pixel = 0; pixel < pixels && samples.length < LOOKED_AT; pixel += pixel < 4 ? 1 : step) {
    const [first, end] = sends
      ? [index.starts[pixel], index.starts[pixel + 1]]
      : [matrix.starts[pixel], matrix.starts[pixel + 1]];
    const place = placeAt(pixel, ownShape).slice(1);
    for (let k = first; k < Math.min(end, first + 64); k += 1) {
      const entry = sends ? index.entries[k] : k;
      const position = placeAt(sends ? index.rows[k] : matrix.indices[k], otherShape).slice(1);
      for (const { factors } of termsOfEntry(panel, entry) ?? [{ factors: [] }]) {
        const tap = tapOfProduct(model.weights, factors);
        if (!tap || tap.place.length !== place.length) return null;
        samples.push({ pixel, place, position, tap: tap.place, kernel: tap.kernel });
      }
    }
  }
  return samples;
}

/** Stride, dilation and padding along an axis that all samples agree with; null where there are none. */
function fittedAxis(samples, axis) {
  const kernel = samples[0].kernel[axis];
  let dilation = null;
  for (let at = 1; at < samples.length && dilation === null; at += 1) {
    const [a, b] = [samples[at - 1], samples[at]];
    if (a.pixel !== b.pixel || a.tap[axis] === b.tap[axis]) continue;
    dilation = (b.position[axis] - a.position[axis]) / (b.tap[axis] - a.tap[axis]);
  }
  dilation ??= 1;
  const based = samples.map(({ place, position, tap }) => {
    return { place: place[axis], base: position[axis] - tap[axis] * dilation };
  });
  const other = based.find(({ place }) => place !== based[0].place);
  const stride = other ? (other.base - based[0].base) / (other.place - based[0].place) : 1;
  const before = based[0].place * stride - based[0].base;
  const whole = Number.isInteger(dilation) && dilation !== 0 && Number.isInteger(stride) && stride > 0;
  const agree = based.every(({ place, base }) => base === place * stride - before);
  return whole && agree ? { kernel, dilation, stride, before } : null;
}

/** Where a position outside an axis takes its value from, as padding modes fold it. */
function foldedPosition(position, size, mode) {
  if (position >= 0 && position < size) return position;
  if (mode === "replicate") return Math.min(Math.max(position, 0), size - 1);
  if (mode === "circular") return ((position % size) + size) % size;
  const period = 2 * Math.max(size - 1, 1);
  const at = ((position % period) + period) % period;
  return at < size ? at : period - at;
}

/** The geometry that the settings say, where positions outside are folded in; kept if the samples agree. */
function statedAxes(samples, values, sizes) {
  const { stride, dilation, padding, padding_mode: mode } = values;
  if (!mode || mode === "zeros" || !Array.isArray(padding)) return null;
  const axes = samples[0].kernel.map((kernel, axis) => {
    const spread = (dilation?.[axis] ?? 1) * (values.flip ? -1 : 1);
    const turned = values.flip ? (kernel - 1) * -spread : 0;
    return { kernel, dilation: spread, stride: stride?.[axis] ?? 1, before: padding[axis]?.[0] - turned };
  });
  const agree = samples.every(({ place, position, tap }) =>
    axes.every(({ dilation: d, stride: s, before }, axis) => {
      return foldedPosition(place[axis] * s + tap[axis] * d - before, sizes[axis], mode) === position[axis];
    }),
  );
  return agree ? axes : null;
}

function geometryFor(panel, sends) {
  const samples = samplesOf(panel, sends);
  if (!samples?.length) return null;
  const { inputShape, outputShape } = panel.matrix;
  const shapes = sends ? [inputShape, outputShape] : [outputShape, inputShape];
  const [from, onto] = shapes.map((shape) => shape.slice(1));
  const kernels = samples.every(({ kernel }) => kernel.join() === samples[0].kernel.join());
  if (!kernels) return null;
  const fitted = from.map((_, axis) => fittedAxis(samples, axis));
  const straight = fitted.every(Boolean);
  const stated = straight || sends ? null : statedAxes(samples, panel.model.values, onto);
  if (!straight && !stated) return null;
  const axes = stated ?? fitted;
  const margins = axes.map(({ kernel, dilation, stride, before }, axis) => {
    const reach = (kernel - 1) * dilation;
    const low = Math.min(0, reach) - before;
    const high = (from[axis] - 1) * stride + Math.max(0, reach) - before;
    return [Math.max(0, -low), Math.max(0, high - onto[axis] + 1)];
  });
  return { sends, axes, margins, from, onto, mode: stated ? panel.model.values.padding_mode : "zeros" };
}

/**
 * The geometry of a panel: {sends, axes, margins: [[lo, hi]...], from, onto, mode}; null where none is.
 * sends: a window is of an input pixel and lies on the outputs, as for a transposed convolution.
 */
export function windowGeometry(panel) {
  if (geometries.has(panel.matrix)) return geometries.get(panel.matrix);
  const transposedType = panel.id[0] !== "F" && /transpose/.test(panel.model.type?.name ?? "");
  const sends = (panel.id === "T") !== transposedType;
  const geometry = geometryFor(panel, sends) ?? geometryFor(panel, !sends);
  geometries.set(panel.matrix, geometry);
  return geometry;
}

/** The taps of a window that fall outside: [{position, at, kernel, source}]; source null for zeros. */
export function tapsOutside(geometry, place) {
  const { axes, onto, mode } = geometry;
  const kernel = axes.map((axis) => axis.kernel);
  const count = productOfSizes(kernel);
  const outside = [];
  for (let at = 0; at < Math.min(count, 4096); at += 1) {
    const tap = placeAt(at, kernel);
    const position = tap.map((index, axis) => {
      return place[axis] * axes[axis].stride + index * axes[axis].dilation - axes[axis].before;
    });
    if (position.every((index, axis) => index >= 0 && index < onto[axis])) continue;
    const source = position.map((index, axis) => foldedPosition(index, onto[axis], mode));
    outside.push({ position, at, kernel, source: mode === "zeros" ? null : source });
  }
  return outside;
}
