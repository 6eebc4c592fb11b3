// A picture of how densely the entries stand, for more of them than can be seen one by one.
import { binAt, binSize, binsOf } from "./bins.js";
import { firstFrom, rowOfEntry } from "./entries.js";
import { grouped } from "./numerals.js";
import { rgbOf, densityColour } from "./palette.js";

const SHADES = 255;

/** Counts of the entries in bins, which are aligned to the matrix: a pan moves no edge. */
export function binnedEntries(matrix, range, scale) {
  const { down, across } = binsOf(matrix, scale);
  const [firstRow, firstColumn] = [binAt(down, range.row), binAt(across, range.column)];
  const rows = binAt(down, range.rowEnd - 1) - firstRow + 1;
  const columns = binAt(across, range.columnEnd - 1) - firstColumn + 1;
  const counts = new Uint32Array(rows * columns);
  const place = placesOfBins(across, range.column, range.columnEnd);
  const { starts, indices } = matrix;
  const allColumns = range.column === 0 && range.columnEnd === matrix.columns;
  for (let row = range.row; row < range.rowEnd; row += 1) {
    const base = (binAt(down, row) - firstRow) * columns;
    const end = allColumns ? starts[row + 1] : firstFrom(matrix, row, range.columnEnd);
    for (let at = allColumns ? starts[row] : firstFrom(matrix, row, range.column); at < end; at += 1) {
      counts[base + place[indices[at] - range.column]] += 1;
    }
  }
  const most = counts.reduce((largest, count) => (count > largest ? count : largest), 0);
  const [height, width] = [binSize(down), binSize(across)];
  const single = height === 1 && width === 1;
  return { counts, rows, columns, firstRow, firstColumn, down, across, height, width, single, most };
}

/** The bin of each column of a range, from that of the first on. */
function placesOfBins(across, first, end) {
  const place = new Int32Array(end - first);
  const begin = binAt(across, first);
  for (let at = first; at < end; at += 1) place[at - first] = binAt(across, at) - begin;
  return place;
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
  const about = Number.isInteger(bins.height) && Number.isInteger(bins.width) ? "" : "about ";
  const [tall, wide] = [bins.height, bins.width].map((size) => grouped(Math.round(size)));
  const what = bins.single ? "entries per cell" : `entries per ${about}${tall} × ${wide} cells`;
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
  let row = 0;
  for (const index of entries) {
    // Entries mostly come in order: the next is in this row, or not far below.
    while (starts[row + 1] <= index) row += 1;
    if (starts[row] > index) row = rowOfEntry(matrix, index);
    const down = binAt(bins.down, row) - bins.firstRow;
    const across = binAt(bins.across, indices[index]) - bins.firstColumn;
    if (down < 0 || across < 0 || down >= bins.rows || across >= bins.columns) continue;
    pixels[down * bins.columns + across] = painted;
  }
  context.putImageData(image, 0, 0);
  return picture;
}
