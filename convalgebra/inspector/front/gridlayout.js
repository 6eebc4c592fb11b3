// How the tiles of a block lie, one per channel (and per slice, of three axes): as large as there is room.
import { productOfSizes } from "./sizes.js";

const TILE_GAP = 12;
const TILE_LABEL = 18;
const MOST_CELL = 60;
const LEAST_TILE_CELL = 14;
const LEAST_TILE = 110;

/** The height and width of one tile, and how many tiles a channel has: its slices. */
function tileSize(spatial) {
  const height = spatial.length > 1 ? spatial[spatial.length - 2] : 1;
  const width = spatial.length > 0 ? spatial[spatial.length - 1] : 1;
  const slices = productOfSizes(spatial.slice(0, -2));
  return { height, width, slices };
}

/** The best arrangement of so many tiles: the columns for which the cells are largest. */
function arranged(count, tall, wide, room) {
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const lines = Math.ceil(count / columns);
    const label = room.labels ? TILE_LABEL : 0;
    const byWidth = (room.width - (columns - 1) * TILE_GAP - 2) / (columns * wide);
    const byHeight = (room.height - lines * label - (lines - 1) * TILE_GAP - 2) / (lines * tall);
    const size = Math.min(room.cell ?? MOST_CELL, byWidth, byHeight);
    if (!best || size > best.size + 1e-9) best = { columns, lines, size };
  }
  return best;
}

/** Which channels are shown where not all can be: those before, while what is wanted is among them. */
function chosenChannels(channels, shown, wanted, before) {
  if (shown === channels) return Array.from({ length: channels }, (_, at) => at);
  const first = Array.from({ length: shown }, (_, at) => at);
  const kept = before.length === shown ? before : first;
  const needed = wanted.slice(0, shown);
  if (needed.every((channel) => kept.includes(channel))) return kept;
  const others = kept.filter((channel) => !needed.includes(channel));
  return [...needed, ...others].slice(0, shown).sort((a, b) => a - b);
}

/**
 * Where each tile lies, in pixels: {cell, width, height, tiles: [{channel, slice, tile, x, y}], shown}.
 * room: {width, height, labels, cell: the most}; margin: {top, left, bottom, right} in cells; wanted: the
 * channels to show; before: those shown until now, which stay while they can, so that nothing moves away.
 */
export function tileLayout(channels, spatial, room, margin, wanted = [], before = []) {
  const { height, width, slices } = tileSize(spatial);
  const tall = height + margin.top + margin.bottom;
  const wide = width + margin.left + margin.right;
  if (!(room.width > 0) || channels * slices * height * width === 0) {
    return { cell: 0, width: 0, height: 0, tiles: [], hidden: channels, shown: [] };
  }
  const readable = Math.min(LEAST_TILE_CELL, Math.max(1, LEAST_TILE / Math.max(tall, wide)));
  const least = Math.min(readable, (room.width - 2) / wide, (room.height - TILE_LABEL - 2) / tall);
  let shown = Math.max(1, Math.min(channels, Math.floor(48 / slices)));
  let best = arranged(shown * slices, tall, wide, room);
  while (shown > 1 && best.size < least) {
    shown = shown > 16 ? 16 : shown > 8 ? 8 : shown > 4 ? 4 : shown - 1;
    best = arranged(shown * slices, tall, wide, room);
  }
  const cell = best.size >= 3 ? Math.floor(best.size) : Math.max(best.size, 0.05);
  const label = room.labels ? TILE_LABEL : 0;
  const tiles = [];
  const picked = chosenChannels(channels, shown, wanted, before);
  picked.forEach((channel, order) => {
    for (let slice = 0; slice < slices; slice += 1) {
      const at = order * slices + slice;
      const x = (at % best.columns) * (wide * cell + TILE_GAP) + margin.left * cell + 1;
      const line = Math.floor(at / best.columns);
      const y = line * (tall * cell + TILE_GAP + label) + label + margin.top * cell + 1;
      tiles.push({ channel, slice, tile: channel * slices + slice, x, y });
    }
  });
  return {
    cell,
    tall: height,
    wide: width,
    slices,
    margin,
    width: best.columns * wide * cell + (best.columns - 1) * TILE_GAP + 2,
    height: best.lines * (tall * cell + label) + (best.lines - 1) * TILE_GAP + 2,
    tiles,
    hidden: channels - shown,
    shown: picked,
  };
}

/** The flat index of the cell at a point of a block, -1 where there is none. */
export function cellUnder(layout, x, y) {
  for (const tile of layout.tiles) {
    const column = Math.floor((x - tile.x) / layout.cell);
    const row = Math.floor((y - tile.y) / layout.cell);
    if (column < 0 || row < 0 || column >= layout.wide || row >= layout.tall) continue;
    return (tile.tile * layout.tall + row) * layout.wide + column;
  }
  return -1;
}

/** Where a cell lies, {x, y}; null where its channel is not shown. */
export function cellPlace(layout, index) {
  const size = layout.tall * layout.wide;
  const tile = layout.tiles.find((each) => each.tile === Math.floor(index / size));
  if (!tile) return null;
  const within = index % size;
  const [row, column] = [Math.floor(within / layout.wide), within % layout.wide];
  return { x: tile.x + column * layout.cell, y: tile.y + row * layout.cell };
}
