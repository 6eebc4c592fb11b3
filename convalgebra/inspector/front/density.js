// A picture of how densely the entries stand, for more of them than can be seen one by one.
import { grouped } from "./numerals.js";
import { firstFrom, rowOfEntry } from "./entries.js";
import { rgbOf, densityColour } from "./palette.js";

const LEAST_BIN = 1.5;
const SHADES = 255;

/** Counts of the entries in square blocks of 2**shift cells, aligned to the matrix: a pan moves no edge. */
export function binnedEntries(matrix, range, scale) {
  const shift = Math.max(0, Math.ceil(Math.log2(LEAST_BIN / scale)));
  const firstRow = range.row >> shift;
  const firstColumn = range.column >> shift;
  const rows = ((range.rowEnd - 1) >> shift) - firstRow + 1;
  const columns = ((range.columnEnd - 1) >> shift) - firstColumn + 1;
  const counts = new Uint32Array(rows * columns);
  const { starts, indices } = matrix;
  const allColumns = range.column === 0 && range.columnEnd === matrix.columns;
  for (let row = range.row; row < range.rowEnd; row += 1) {
    const base = ((row >> shift) - firstRow) * columns - firstColumn;
    const end = allColumns ? starts[row + 1] : firstFrom(matrix, row, range.columnEnd);
    for (let at = allColumns ? starts[row] : firstFrom(matrix, row, range.column); at < end; at += 1) {
      counts[base + (indices[at] >> shift)] += 1;
    }
  }
  const most = counts.reduce((largest, count) => (count > largest ? count : largest), 0);
  return { counts, rows, columns, firstRow, firstColumn, block: 2 ** shift, most };
}

/** A canvas with one pixel for every bin; a bin without an entry is clear. */
export function densityPicture(bins, dark) {
  const shades = shadesOf(dark);
  const picture = document.createElement("canvas");
  picture.width = bins.columns;
  picture.height = bins.rows;
  const context = picture.getContext("2d");
  const image = context.createImageData(bins.columns, bins.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const step = bins.most > 1 ? SHADES / (bins.most - 1) : 0;
  const least = bins.most > 1 ? 0 : SHADES;
  for (let at = 0; at < pixels.length; at += 1) {
    const count = bins.counts[at];
    if (count) pixels[at] = shades[Math.round(least + (count - 1) * step)];
  }
  context.putImageData(image, 0, 0);
  return picture;
}

const shadesKept = new Map();

function shadesOf(dark) {
  if (!shadesKept.has(dark)) {
    const parts = new Uint8ClampedArray(4 * (SHADES + 1));
    for (let at = 0; at <= SHADES; at += 1) {
      parts.set([...rgbOf(densityColour(at / SHADES, dark)), 255], 4 * at);
    }
    shadesKept.set(dark, new Uint32Array(parts.buffer));
  }
  return shadesKept.get(dark);
}

/** The scale of a density picture, its right end at x: what each colour says. Returns its left end. */
export function drawDensityLegend(context, bins, theme, x, y) {
  const width = 96;
  const what = bins.block === 1 ? "entries per cell" : `entries per ${bins.block} × ${bins.block} cells`;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = theme.ink;
  context.textAlign = "right";
  const most = grouped(bins.most);
  context.fillText(most, x, y);
  const right = x - context.measureText(most).width - 6;
  for (let at = 0; at < width; at += 1) {
    context.fillStyle = densityColour(bins.most > 1 ? at / (width - 1) : 1, theme.dark);
    context.fillRect(right - width + at, y - 5, 1, 10);
  }
  context.fillStyle = theme.ink;
  const label = bins.most > 1 ? `${what}  1` : what;
  context.fillText(label, right - width - 6, y);
  return right - width - 6 - context.measureText(label).width;
}

/** A colour as a canvas holds it in 32 bits, whichever end of them comes first here. */
function pixelOf(colour) {
  return new Uint32Array(new Uint8ClampedArray([...rgbOf(colour), 255]).buffer)[0];
}

/** A canvas with one pixel for every cell, in the colours of the taps: cells too small and many to draw. */
export function tapPicture(matrix, range, faces) {
  const picture = document.createElement("canvas");
  picture.width = range.columnEnd - range.column;
  picture.height = range.rowEnd - range.row;
  const context = picture.getContext("2d");
  const image = context.createImageData(picture.width, picture.height);
  const pixels = new Uint32Array(image.data.buffer);
  const painted = new Map();
  for (let row = range.row; row < range.rowEnd; row += 1) {
    const base = (row - range.row) * picture.width - range.column;
    const end = firstFrom(matrix, row, range.columnEnd);
    for (let at = firstFrom(matrix, row, range.column); at < end; at += 1) {
      const colour = faces.colour(at);
      if (!painted.has(colour)) painted.set(colour, pixelOf(colour));
      pixels[base + matrix.indices[at]] = painted.get(colour);
    }
  }
  context.putImageData(image, 0, 0);
  return picture;
}

/** A canvas with one pixel for every bin, coloured where one of the entries is that are lit. */
export function litPicture(matrix, bins, entries, colour) {
  const picture = document.createElement("canvas");
  picture.width = bins.columns;
  picture.height = bins.rows;
  const context = picture.getContext("2d");
  const image = context.createImageData(bins.columns, bins.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const painted = pixelOf(colour);
  const { starts, indices } = matrix;
  const shift = Math.log2(bins.block);
  let row = 0;
  for (const index of entries) {
    // Entries mostly come in order: the next is in this row, or not far below.
    while (starts[row + 1] <= index) row += 1;
    if (starts[row] > index) row = rowOfEntry(matrix, index);
    const down = (row >> shift) - bins.firstRow;
    const across = (indices[index] >> shift) - bins.firstColumn;
    if (down < 0 || across < 0 || down >= bins.rows || across >= bins.columns) continue;
    pixels[down * bins.columns + across] = painted;
  }
  context.putImageData(image, 0, 0);
  return picture;
}
