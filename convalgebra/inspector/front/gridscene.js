// What the blocks of a panel show: which cells of input, kernels and output are lit, in which colour.
import { cellFaces } from "./cells.js";
import { rowOfEntry } from "./entries.js";
import { tapColours, weightColours } from "./palette.js";
import { placeAt, flatIndex, productOfSizes } from "./sizes.js";
import { termsOfEntry } from "./contents.js";
import { tapOfProduct } from "./taps.js";
import { tapsOutside } from "./windows.js";

const MOST_NAMED = 4000;
const facesKept = new WeakMap();
const coloursKept = new WeakMap();

function facesOf({ matrix, model }) {
  if (!facesKept.has(matrix)) facesKept.set(matrix, cellFaces(matrix, model));
  return facesKept.get(matrix);
}

function coloursOf(weights) {
  if (!coloursKept.has(weights)) coloursKept.set(weights, weightColours(weights));
  return coloursKept.get(weights);
}

/** The taps alone, where names have no room: 1,1 of w[0,0,1,1]; nothing where a kernel has but one. */
function shortName(panel, entry) {
  const terms = termsOfEntry(panel, entry) ?? [];
  const taps = terms.map(({ factors }) => tapOfProduct(panel.model.weights, factors));
  const told = taps.length && taps.every((tap) => tap && tap.kernel.some((length) => length > 1));
  return told ? taps.map(({ place }) => place.join(",")).join(" + ") : "";
}

/** Lay one more entry on a cell: its colour, or that of what is mixed. */
function lay(cells, index, colour, texts, mixed) {
  const cell = cells.get(index);
  if (!cell) cells.set(index, { colour, texts });
  else {
    cell.texts = [];
    if (cell.colour !== colour) cell.colour = mixed;
  }
}

/** The cells of the input and of the output that are lit. */
export function pixelCells(panel, light, accent) {
  const { matrix } = panel;
  const faces = facesOf(panel);
  const [inputs, outputs] = [new Map(), new Map()];
  const named = light.entries.size <= MOST_NAMED;
  let row = 0;
  for (const entry of light.entries) {
    // Entries come sorted: the row is the same, or one of the next; it is looked up when it is not.
    if (!(matrix.starts[row] <= entry && entry < matrix.starts[row + 1])) row = rowOfEntry(matrix, entry);
    const colour = faces.colour(entry);
    const texts = named ? [faces.text(entry, "names"), shortName(panel, entry)] : [];
    lay(inputs, matrix.indices[entry], colour, texts, accent);
    lay(outputs, row, colour, texts, accent);
  }
  const point = (cells, index) => {
    const cell = cells.get(index);
    const texts = cell?.texts.length ? cell.texts : [String(index)];
    cells.set(index, { colour: cell?.colour ?? accent, texts, strong: true });
  };
  light.columns.forEach((index) => point(inputs, index));
  light.rows.forEach((index) => point(outputs, index));
  return { inputs, outputs };
}

/** The cells of the block of an array of weights, of the pairs of channels shown. */
export function kernelCells(panel, { offset, spatial }, pairs, light) {
  const { weights, short } = panel.model;
  const colours = coloursOf(weights);
  const size = productOfSizes(spatial);
  const cells = new Map();
  const some = light.weights.size > 0;
  for (const pair of pairs) {
    for (let at = 0; at < size; at += 1) {
      const id = offset + pair * size + at;
      const tap = placeAt(at, spatial).join(",");
      const lit = light.weights.has(id);
      const strong = lit && light.weights.size === 1;
      const texts = [short(id), tap];
      cells.set(pair * size + at, { colour: colours[id], texts, dim: some && !lit, strong });
    }
  }
  return cells;
}

/** The taps that fall outside of a window lit alone, as a block paints them, and the channels where. */
export function outsideOf(panel, light, geometry) {
  const nothing = { outside: [], channels: new Set() };
  if (!geometry) return nothing;
  const pixels = geometry.sends ? light.columns : light.rows;
  const others = geometry.sends ? light.rows : light.columns;
  if (pixels.length !== 1 || others.length) return nothing;
  const { inputShape, outputShape } = panel.matrix;
  const [ownShape, otherShape] = geometry.sends ? [inputShape, outputShape] : [outputShape, inputShape];
  const taps = tapsOutside(geometry, placeAt(pixels[0], ownShape).slice(1));
  const channels = new Set();
  const inChannel = productOfSizes(otherShape.slice(1));
  for (const entry of light.entries) {
    const pixel = geometry.sends ? rowOfEntry(panel.matrix, entry) : panel.matrix.indices[entry];
    channels.add(Math.floor(pixel / inChannel));
  }
  const slices = geometry.onto.slice(0, -2);
  const outside = taps.map(({ position, at, kernel, source }) => ({
    slice: flatIndex(position.slice(0, -2), slices),
    row: position.length > 1 ? position[position.length - 2] : 0,
    column: position[position.length - 1],
    colour: tapColours(kernel)[at],
    text: outsideText(source, geometry),
  }));
  return { outside, channels };
}

/** What is read outside: a zero, or the pixel folded there; what a transposed one sends there is lost. */
function outsideText(source, { sends, onto }) {
  if (source) return String(flatIndex(source, onto));
  return sends ? "×" : "0";
}
