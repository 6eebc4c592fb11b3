// Paints the tiles of a block on a canvas: lit cells in the colours of their taps, padding dashed.
import { writeInCell } from "./cells.js";
import { cellPlace } from "./gridlayout.js";

const MOST_TOLD = 5000;

/** The colours of the page, as its style sheet has them now. */
export function pageColours(element) {
  const style = getComputedStyle(element);
  const get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    paper: get("--paper", "#fff"),
    ink: get("--ink", "#1b1f24"),
    faint: get("--faint", "#6b7280"),
    line: get("--line", "#c9ced6"),
    accent: get("--accent", "#0b5fff"),
    soft: get("--soft", "#f1f3f6"),
    font: style.fontFamily || "sans-serif",
  };
}

/** Writes the first of some texts that can be read in a cell, and returns it, or nothing. */
function writtenFirst(context, texts, colour, x, y, cell) {
  if (cell < 12) return "";
  return texts.find((text) => text && writeInCell(context, text, colour, x, y, cell)) ?? "";
}

function writeFaint(context, text, size, colours, x, y) {
  context.font = `${size}px ${colours.font}`;
  context.fillStyle = colours.faint;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
}

function dashed(context, colour, x, y, width, height) {
  context.setLineDash([3, 3]);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  context.setLineDash([]);
}

/** Fills a cell; very small ones on whole pixels, so that no seams show. */
function fillCell(context, { x, y }, cell) {
  if (cell >= 3) context.fillRect(x, y, cell, cell);
  else context.fillRect(Math.floor(x), Math.floor(y), Math.ceil(cell), Math.ceil(cell));
}

/** Fills very many very small cells: those beside each other in one colour at once. */
function fillRuns(context, layout, cells) {
  const { cell, wide } = layout;
  let [first, length, colour] = [-1, 0, ""];
  const flush = () => {
    const place = length ? cellPlace(layout, first) : null;
    if (!place) return;
    context.fillStyle = colour;
    context.fillRect(Math.floor(place.x), Math.floor(place.y), Math.ceil(length * cell), Math.ceil(cell));
  };
  for (const [index, { colour: own }] of cells) {
    if (index === first + length && own === colour && index % wide !== 0) length += 1;
    else {
      flush();
      [first, length, colour] = [index, 1, own];
    }
  }
  flush();
}

/** Lets what is not lit step back. */
function veil(context, { x, y }, cell, colours) {
  context.globalAlpha = 0.72;
  context.fillStyle = colours.soft;
  context.fillRect(x, y, cell, cell);
  context.globalAlpha = 1;
}

/** Lines between cells, and the dashed margin around a tile where taps may fall. */
function paintFrame(context, layout, tile, colours) {
  const { cell, tall, wide, margin } = layout;
  const [width, height] = [wide * cell, tall * cell];
  if (margin.top + margin.left + margin.bottom + margin.right > 0) {
    const [x, y] = [tile.x - margin.left * cell, tile.y - margin.top * cell];
    const across = width + (margin.left + margin.right) * cell;
    dashed(context, colours.faint, x, y, across, height + (margin.top + margin.bottom) * cell);
  }
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  if (cell >= 5) {
    for (let column = 1; column < wide; column += 1) {
      context.moveTo(tile.x + column * cell + 0.5, tile.y);
      context.lineTo(tile.x + column * cell + 0.5, tile.y + height);
    }
    for (let row = 1; row < tall; row += 1) {
      context.moveTo(tile.x, tile.y + row * cell + 0.5);
      context.lineTo(tile.x + width, tile.y + row * cell + 0.5);
    }
  }
  context.stroke();
  context.strokeStyle = colours.faint;
  context.strokeRect(tile.x + 0.5, tile.y + 0.5, width, height);
}

/** The taps outside a tile: pale, in the colour of the tap, with what is read there. */
function paintOutside(context, layout, tile, outside, colours) {
  const { cell, margin, tall, wide } = layout;
  const inked = { ...colours, faint: colours.ink };
  for (const { slice, row, column, colour, text } of outside) {
    const within = row >= -margin.top && row < tall + margin.bottom;
    if (slice !== tile.slice || !within || column < -margin.left || column >= wide + margin.right) continue;
    const [x, y] = [tile.x + column * cell, tile.y + row * cell];
    context.globalAlpha = 0.4;
    context.fillStyle = colour;
    context.fillRect(x, y, cell, cell);
    context.globalAlpha = 1;
    if (cell >= 5) dashed(context, colours.ink, x, y, cell, cell);
    if (cell >= 18) writeFaint(context, text, Math.min(13, cell * 0.4), inked, x + cell / 2, y + cell / 2);
  }
}

/** Makes a canvas as large as a layout, sharp on dense screens; null where it has no size. */
function prepared(canvas, layout) {
  const density = window.devicePixelRatio || 1;
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.width && canvas.height ? canvas.getContext("2d") : null;
  context?.setTransform(density, 0, 0, density, 0, 0);
  return context;
}

/**
 * Paint a block. scene: {cells: Map(index -> {colour, texts, dim, strong}), plain: index -> text|null,
 * outside: [{slice, row, column, colour, text}], outsideChannels: Set, label: (channel, slice) -> text}.
 * Returns what was drawn, [{index, colour, text, dim, strong, x, y, size}]; not of thousands of tiny cells.
 */
export function paintBlock(canvas, layout, scene, colours) {
  const context = prepared(canvas, layout);
  const drawn = [];
  if (!context) return drawn;
  const { cell, tall, wide } = layout;
  for (const tile of layout.tiles) {
    context.fillStyle = colours.soft;
    context.fillRect(tile.x, tile.y, wide * cell, tall * cell);
    const label = scene.label(tile.channel, tile.slice);
    if (label) {
      context.font = `12px ${colours.font}`;
      context.fillStyle = colours.faint;
      context.textAlign = "left";
      context.textBaseline = "alphabetic";
      const fits = context.measureText(label).width < wide * cell + 10 || layout.tiles.length === 1;
      if (fits) context.fillText(label, tile.x, tile.y - layout.margin.top * cell - 5);
    }
  }
  const strong = [];
  const many = cell < 3 && scene.cells.size > MOST_TOLD;
  if (many) fillRuns(context, layout, scene.cells);
  let last = "";
  for (const [index, { colour, texts, dim, strong: pointed }] of many ? [] : scene.cells) {
    const place = cellPlace(layout, index);
    if (!place) continue;
    if (colour !== last) context.fillStyle = colour;
    last = cell < 12 ? colour : "";
    fillCell(context, place, cell);
    const text = writtenFirst(context, texts, colour, place.x, place.y, cell);
    if (dim) {
      veil(context, place, cell, colours);
      last = "";
    }
    if (pointed) strong.push(place);
    drawn.push({ index, colour, text, dim: Boolean(dim), strong: Boolean(pointed), ...place, size: cell });
  }
  if (cell >= 18 && layout.tiles.length * tall * wide <= 2000) {
    for (const tile of layout.tiles) {
      for (let at = 0; at < tall * wide; at += 1) {
        const index = tile.tile * tall * wide + at;
        const text = scene.cells.has(index) ? null : scene.plain(index);
        if (text === null) continue;
        const place = cellPlace(layout, index);
        const size = Math.min(12, Math.max(8, cell * 0.4));
        writeFaint(context, text, size, colours, place.x + cell / 2, place.y + cell / 2);
      }
    }
  }
  for (const tile of layout.tiles) {
    paintFrame(context, layout, tile, colours);
    if (!scene.outsideChannels.has(tile.channel)) continue;
    paintOutside(context, layout, tile, scene.outside, colours);
  }
  for (const { x, y } of strong) {
    const size = Math.max(cell, 4);
    context.lineWidth = size >= 12 ? 3 : 2;
    context.strokeStyle = colours.accent;
    context.strokeRect(x + 0.5, y + 0.5, size, size);
    if (size >= 16) {
      context.lineWidth = 1;
      context.strokeStyle = colours.paper;
      context.strokeRect(x + 2.5, y + 2.5, size - 4, size - 4);
    }
  }
  return drawn;
}
