// How the tiles of a block lie: one tile per channel (and per slice, in three dimensions), as large as there is room.

const GAP = 12;
const LABEL = 18;
const MOST_CELL = 60;

/** The height and width of one tile, and how many tiles a channel has: slices of what has more than two axes. */
export function tileSize(spatial) {
  const height = spatial.length > 1 ? spatial[spatial.length - 2] : 1;
  const width = spatial.length > 0 ? spatial[spatial.length - 1] : 1;
  const slices = spatial.slice(0, -2).reduce((product, length) => product * length, 1);
  return { height, width, slices };
}

/** The best arrangement of so many tiles: the columns for which the cells are largest. */
function arranged(count, tall, wide, room) {
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const lines = Math.ceil(count / columns);
    const label = room.labels ? LABEL : 0;
    const byWidth = (room.width - (columns - 1) * GAP - 2) / (columns * wide);
    const byHeight = (room.height - lines * label - (lines - 1) * GAP - 2) / (lines * tall);
    const size = Math.min(room.cell ?? MOST_CELL, byWidth, byHeight);
    if (!best || size > best.size + 1e-9) best = { columns, lines, size };
  }
  return best;
}

/** Which channels are shown where not all can be: those before while they hold what is wanted, else what is wanted. */
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
 * Where each tile lies: {cell, width, height, tiles: [{channel, slice, tile, x, y}], hidden}, in CSS pixels.
 * room: {width, height, labels, cell: the most}; margin: {top, left, bottom, right} in cells; wanted: channels to show,
 * before: those shown until now, which stay while they can: nothing moves away under the pointer.
 */
export function tileLayout(channels, spatial, room, margin, wanted = [], before = []) {
  const { height, width, slices } = tileSize(spatial);
  const tall = height + margin.top + margin.bottom;
  const wide = width + margin.left + margin.right;
  if (!(room.width > 0) || channels * slices * height * width === 0) {
    return { cell: 0, width: 0, height: 0, tiles: [], hidden: channels, shown: [] };
  }
  const least = Math.min(14, (room.width - 2) / wide, (room.height - LABEL - 2) / tall);
  let shown = Math.max(1, Math.min(channels, Math.floor(48 / slices)));
  let best = arranged(shown * slices, tall, wide, room);
  while (shown > 1 && best.size < Math.min(least, height * width > 4096 ? 1 : least)) {
    shown = shown > 16 ? 16 : shown > 8 ? 8 : shown > 4 ? 4 : shown - 1;
    best = arranged(shown * slices, tall, wide, room);
  }
  const cell = best.size >= 3 ? Math.floor(best.size) : Math.max(best.size, 0.05);
  const label = room.labels ? LABEL : 0;
  const tiles = [];
  const picked = chosenChannels(channels, shown, wanted, before);
  picked.forEach((channel, order) => {
    for (let slice = 0; slice < slices; slice += 1) {
      const at = order * slices + slice;
      const x = (at % best.columns) * (wide * cell + GAP) + margin.left * cell + 1;
      const y = Math.floor(at / best.columns) * (tall * cell + GAP + label) + label + margin.top * cell + 1;
      tiles.push({ channel, slice, tile: channel * slices + slice, x, y });
    }
  });
  return {
    cell,
    tall: height,
    wide: width,
    slices,
    margin,
    width: best.columns * wide * cell + (best.columns - 1) * GAP + 2,
    height: best.lines * (tall * cell + label) + (best.lines - 1) * GAP + 2,
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
