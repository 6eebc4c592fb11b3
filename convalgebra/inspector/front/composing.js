// A matrix as it is seen, put together from layers: what the view alone changes, and what pointing changes.
import { drawCells } from "./cells.js";
import { binnedEntries, densityPicture, drawDensityLegend, litPicture, tapPicture } from "./density.js";
import { drawEdges, drawLines } from "./edges.js";
import { hasMoreThan, rowOfEntry } from "./entries.js";
import { seenRange } from "./viewport.js";

export const MOST_CELLS = 20000;
export const LEGEND_HEIGHT = 26;
const LEAST_CELL = 0.4;
const FADED = 0.26;
const BANDED = 0.16;
const BANDED_EMPTY = 0.1;
const LEAST_RING = 9;

/** Draws what changes with the view alone: grid and cells, or the density; {range, drawn, bins} of it. */
export function paintLayer(layer, scene) {
  const { matrix, view, frame, box, theme } = scene;
  const range = seenRange(view, frame);
  const drawn = [];
  const context = scaledContext(layer);
  context.clearRect(0, 0, layer.width, layer.height);
  context.save();
  clipTo(context, box, 0);
  let bins = null;
  if (hasMoreThan(matrix, range, MOST_CELLS) || view.scale < LEAST_CELL) {
    bins = binnedEntries(matrix, range, view.scale);
    const picture = bins.single ? tapPicture(matrix, range, scene.faces) : densityPicture(bins, theme.dark);
    drawBins(context, picture, bins, scene);
  } else {
    drawLines(context, { ...scene, range }, ["grid"]);
    drawCells(context, { ...scene, range }, (cell) => drawn.push(cell));
  }
  context.restore();
  return { range, drawn, bins };
}

/** Puts layer, light, lines and edges together on the canvas; lit = what is lit here, or null. */
export function composePicture(canvas, layer, scene, lit, pointing) {
  const { box, theme, drawn, bins, frame } = scene;
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  const context = scaledContext(canvas);
  context.globalAlpha = 1;
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, height);
  context.save();
  clipTo(context, box, 1);
  // Of an empty cell only its row and column are told: nothing else steps back for them.
  if (lit) drawBands(context, scene, lit, lit.empty ? BANDED_EMPTY : BANDED);
  context.globalAlpha = lit && !lit.empty ? FADED : 1;
  context.drawImage(layer, 0, 0, width, height);
  context.globalAlpha = 1;
  drawLines(context, scene, ["line", "channel"]);
  for (const cell of drawn) cell.lit = lit ? lit.entries.has(cell.index) : null;
  if (lit && !lit.empty) drawLit(context, layer, scene, lit, ratio);
  if (pointing?.kind === "entry") drawRing(context, scene, pointing.index);
  context.restore();
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  drawEdges(context, { ...scene, lit });
  if (bins && !bins.single) {
    drawDensityLegend(context, bins, theme, width - 10, box.y + frame.height + 6 + LEGEND_HEIGHT / 2);
  }
  if (canvas.matches(":focus-visible")) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.strokeRect(1, 1, width - 2, height - 2);
  }
}

function scaledContext(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function clipTo(context, { x, y, width, height }, around) {
  context.beginPath();
  context.rect(x - around, y - around, width + 2 * around, height + 2 * around);
  context.clip();
}

function drawBins(context, picture, bins, { view, box }) {
  const [wide, tall] = [bins.width * view.scale, bins.height * view.scale];
  const x = box.x + bins.firstColumn * wide - view.left * view.scale;
  const y = box.y + bins.firstRow * tall - view.top * view.scale;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, x, y, bins.columns * wide, bins.rows * tall);
}

function drawBands(context, { view, box, range, theme }, lit, strength) {
  const thick = Math.max(view.scale, 2);
  context.fillStyle = theme.accent;
  context.globalAlpha = strength;
  for (const row of lit.rows) {
    if (row < range.row || row >= range.rowEnd) continue;
    context.fillRect(box.x, box.y + (row - view.top) * view.scale, box.width, thick);
  }
  for (const column of lit.columns) {
    if (column < range.column || column >= range.columnEnd) continue;
    context.fillRect(box.x + (column - view.left) * view.scale, box.y, thick, box.height);
  }
}

function drawLit(context, layer, scene, lit, ratio) {
  const { matrix, view, theme, bins } = scene;
  if (bins) drawBins(context, litPicture(matrix, bins, lit.entries, theme.accent), bins, scene);
  context.strokeStyle = theme.accent;
  context.lineWidth = view.scale > 14 ? 2 : 1;
  const wide = layer.width / ratio;
  const high = layer.height / ratio;
  for (const { lit: strong, x, y, size } of scene.drawn) {
    if (!strong || x + size < 0 || y + size < 0 || x > wide || y > high) continue;
    context.drawImage(layer, x * ratio, y * ratio, size * ratio, size * ratio, x, y, size, size);
    if (size > 3) context.strokeRect(x, y, size, size);
  }
}

/** A ring around the one entry that is pointed at, seen however small the cell is. */
function drawRing(context, { matrix, view, box, theme }, index) {
  const size = Math.max(view.scale, LEAST_RING);
  const shift = (view.scale - size) / 2;
  const x = box.x + (matrix.indices[index] - view.left) * view.scale + shift;
  const y = box.y + (rowOfEntry(matrix, index) - view.top) * view.scale + shift;
  for (const [width, colour] of [[5, theme.paper], [3, theme.accent]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.strokeRect(x, y, size - 1, size - 1);
  }
}
