// Colours that all eyes tell apart, as far as there are such, and ink that is read on them.
import { productOfSizes } from "./sizes.js";
import { tapOfProduct } from "./taps.js";
import { arrayOfWeight } from "./weights.js";

// Okabe and Ito's colours for all kinds of sight, black left out, and two of Tol's dark ones.
const DISTINCT_TAPS = [
  "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#332288", "#882255",
];
// The one tap of a kernel that has no other.
const ALONE_TAP = "#999933";
// The 49 taps of a 7 x 7 kernel, row by row: as far apart as 49 colours can be for usual, red-blind and
// green-blind sight at once, laid so that taps beside each other differ most.
const GRID_TAPS = [
  "#99aa88", "#aaddcc", "#996644", "#44aabb", "#ddcc66", "#bb8855", "#775599",
  "#886699", "#0033aa", "#663333", "#6666bb", "#660088", "#992200", "#44ccdd",
  "#8888dd", "#ffaa00", "#77bbff", "#3388ff", "#cceebb", "#ffee22", "#5577dd",
  "#995500", "#99ccaa", "#cc7700", "#449999", "#aabb77", "#bb6611", "#555577",
  "#aa1166", "#99ffff", "#7744bb", "#662266", "#880000", "#77eeff", "#66aaee",
  "#8877bb", "#eeee88", "#5599ff", "#885544", "#dddd00", "#2266dd", "#558877",
  "#dd4466", "#ee9933", "#55ddff", "#dd6699", "#dd8800", "#aadd99", "#554488",
];
const GRID_SIDE = 7;
// How the slices of a kernel in three dimensions differ: mixed with so much white, or black.
const SLICE_MIXES = [[0, 255], [0.5, 255], [0.45, 0], [0.27, 255], [0.24, 0], [0.7, 255], [0.62, 0]];
const CIVIDIS = [
  "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958", "#fee838",
];

/** The colour of an entry in which no weight stands: a constant. */
export const COLOUR_WITHOUT_WEIGHT = "#b0b0b0";
/** The colour of an entry in which several taps stand: no other grey is apart from all taps. */
export const COLOUR_OF_SEVERAL = "#303030";

/** Red, green and blue of a colour #rrggbb, 0 to 255. */
export function rgbOf(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function hexOf(channels) {
  return `#${channels.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function mixedColour(colour, share, other) {
  return hexOf(rgbOf(colour).map((part) => (1 - share) * part + share * other));
}

const inSlice = (colour, slice) => mixedColour(colour, ...SLICE_MIXES[slice % SLICE_MIXES.length]);

/** The colours of a kernel's taps, row-major: told by the kernel alone, whatever else is drawn. */
export function tapColours(kernel) {
  const count = productOfSizes(kernel);
  if (count === 1) return [ALONE_TAP];
  if (kernel.length === 2 && Math.max(...kernel) <= 3) return planeColours(kernel);
  if (count <= DISTINCT_TAPS.length) return DISTINCT_TAPS.slice(0, count);
  const long = kernel.filter((length) => length > 1);
  if (long.length === 1) return planeColours([Math.ceil(count / GRID_SIDE), GRID_SIDE]).slice(0, count);
  if (long.length === 2) return planeColours(long);
  const plane = planeColours(kernel.slice(-2));
  const slices = count / plane.length;
  return Array.from({ length: slices }, (_, slice) => plane.map((colour) => inSlice(colour, slice))).flat();
}

/** The colours of a kernel in the plane; past 7 taps along an axis they come again, lighter or darker. */
function planeColours([height, width]) {
  const few = Math.max(height, width) <= 3;
  const [colours, side] = few ? [DISTINCT_TAPS, 3] : [GRID_TAPS, GRID_SIDE];
  const wide = Math.ceil(width / side);
  return Array.from({ length: height * width }, (_, tap) => {
    const [a, b] = [Math.floor(tap / width), tap % width];
    const again = Math.floor(a / side) * wide + Math.floor(b / side);
    return inSlice(colours[side * (a % side) + (b % side)], again);
  });
}

/** A function that gives the colour of a set of weights which stand as a product in an entry. */
export function productColours(weights) {
  const palettes = new Map();
  const paletteOf = (kernel) => {
    const key = kernel.join();
    if (!palettes.has(key)) palettes.set(key, tapColours(kernel));
    return palettes.get(key);
  };
  return (ids) => {
    if (!ids.length) return COLOUR_WITHOUT_WEIGHT;
    const wide = ids.filter((id) => productOfSizes(arrayOfWeight(weights, id).kernel) > 1);
    if (!wide.length) return ALONE_TAP;
    const tap = tapOfProduct(weights, wide);
    return tap ? paletteOf(tap.kernel)[tap.at] : COLOUR_OF_SEVERAL;
  };
}

/** The colour of every weight, by its tap. */
export function weightColours(weights) {
  const colourOf = productColours(weights);
  return Array.from({ length: weights.count }, (_, id) => colourOf([id]));
}

/** Black or white, whichever is read better on a colour. */
export function inkOn(colour) {
  const linear = rgbOf(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.18 ? "#000000" : "#ffffff";
}

/** The colour of a density from 0 to 1, cividis: more ink is more, on light paper and on dark. */
export function densityColour(t, dark = false) {
  const along = Math.min(Math.max(dark ? t : 1 - t, 0), 1) * (CIVIDIS.length - 1);
  const below = Math.min(Math.floor(along), CIVIDIS.length - 2);
  const next = rgbOf(CIVIDIS[below + 1]);
  const share = along - below;
  return hexOf(rgbOf(CIVIDIS[below]).map((part, at) => (1 - share) * part + share * next[at]));
}
