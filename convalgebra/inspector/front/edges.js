// What stands around and between the cells: numbers, channels, lines.

const EDGE_FONT = "12px system-ui, sans-serif";
const STRONG_FONT = "bold 12px system-ui, sans-serif";
const LINE_HEIGHT = 18;
const DIGIT_WIDTH = 7.2;
const LEAST_BLOCK = 12;
const LEAST_GRID = 10;

/** The channels along an axis and how many rows or columns each has, and each line of pixels in it. */
function blocksAlong(shape, count) {
  const channels = shape.length > 1 ? shape[0] : 1;
  const line = shape.length > 2 ? shape[shape.length - 1] : 0;
  return { channels, channel: count / channels, line };
}

/** The room for numbers and channels at the edges. */
export function marginsOf(matrix) {
  const digits = String(Math.max(matrix.rows - 1, 0)).length;
  // The number of the last column stands in the middle of it: half of it goes beyond.
  const beyond = Math.ceil((String(Math.max(matrix.columns - 1, 0)).length * DIGIT_WIDTH) / 2) + 5;
  const channel = (shape) => (blocksAlong(shape, 1).channels > 1 ? LINE_HEIGHT : 0);
  return {
    left: Math.max(Math.ceil(digits * DIGIT_WIDTH + 10 + channel(matrix.outputShape)), beyond),
    top: LINE_HEIGHT + 6 + channel(matrix.inputShape),
    right: Math.max(10, beyond),
    bottom: 8,
  };
}

/** Where the lines of an axis are drawn: at = position in cells, weight = how strong. */
function linesAlong(shape, count, first, end, scale) {
  const lines = [];
  const { line, channel, channels } = blocksAlong(shape, count);
  const add = (step, weight) => {
    for (let at = Math.ceil(first / step) * step; at <= end; at += step) lines.push({ at, weight });
  };
  if (scale >= LEAST_GRID) add(1, "grid");
  if (line > 1 && line < count && line * scale >= LEAST_BLOCK) add(line, "line");
  if (channels > 1 && channel * scale >= 4) add(channel, "channel");
  return lines;
}

/** Draws the lines between cells, pixel lines and channels within a box {x, y, width, height}. */
export function drawLines(context, { matrix, range, view, box, theme }, weights) {
  const looks = {
    grid: { colour: theme.line, alpha: 0.5 },
    line: { colour: theme.faint, alpha: 0.4 },
    channel: { colour: theme.ink, alpha: 0.8 },
  };
  const { scale, left, top } = view;
  const down = linesAlong(matrix.inputShape, matrix.columns, range.column, range.columnEnd, scale);
  const across = linesAlong(matrix.outputShape, matrix.rows, range.row, range.rowEnd, scale);
  for (const weight of weights) {
    context.fillStyle = looks[weight].colour;
    context.globalAlpha = looks[weight].alpha;
    const thick = weight === "channel" ? 1.5 : 1;
    const nudge = scale > 6 ? 0.5 + thick / 2 : thick / 2;
    for (const { at } of down.filter((line) => line.weight === weight)) {
      context.fillRect(box.x + (at - left) * scale - nudge, box.y, thick, box.height);
    }
    for (const { at } of across.filter((line) => line.weight === weight)) {
      context.fillRect(box.x, box.y + (at - top) * scale - nudge, box.width, thick);
    }
  }
  context.globalAlpha = 1;
}

/** Draws the numbers and the channels at the upper and the left edge; what is lit is named always. */
export function drawEdges(context, { matrix, range, view, box, theme, lit }) {
  const columns = {
    first: range.column, end: range.columnEnd, start: view.left, scale: view.scale,
    from: box.x, length: box.width,
    blocks: blocksAlong(matrix.inputShape, matrix.columns),
    gap: String(matrix.columns).length * DIGIT_WIDTH + 8,
    lit: lit?.columns ?? [],
  };
  const rows = {
    first: range.row, end: range.rowEnd, start: view.top, scale: view.scale,
    from: box.y, length: box.height,
    blocks: blocksAlong(matrix.outputShape, matrix.rows),
    gap: 15,
    lit: lit?.rows ?? [],
  };
  const widest = String(Math.max(matrix.rows - 1, 0)).length * DIGIT_WIDTH;
  drawNumbers(context, columns, theme, "center", (at) => [at, box.y - 10]);
  drawNumbers(context, rows, theme, "right", (at) => [box.x - 6, at]);
  drawChannels(context, columns, theme, (at) => {
    context.translate(at, box.y - 10 - LINE_HEIGHT);
  });
  drawChannels(context, rows, theme, (at) => {
    context.translate(box.x - 10 - widest - LINE_HEIGHT / 2, at);
    context.rotate(-Math.PI / 2);
  });
}

function drawNumbers(context, side, theme, align, placeOf) {
  const middleOf = (at) => side.from + (at + 0.5 - side.start) * side.scale;
  const inside = (at) => middleOf(at) >= side.from - 1 && middleOf(at) <= side.from + side.length + 1;
  const step = roundStep(side.gap / side.scale);
  const strong = side.lit.length <= 64 ? side.lit.filter(inside) : [];
  const free = (at) => strong.every((other) => Math.abs(other - at) * side.scale >= side.gap);
  context.textAlign = align;
  context.textBaseline = "middle";
  context.font = EDGE_FONT;
  context.fillStyle = theme.faint;
  for (let at = Math.ceil(side.first / step) * step; at < side.end; at += step) {
    if (inside(at) && free(at)) context.fillText(String(at), ...placeOf(middleOf(at)));
  }
  context.font = STRONG_FONT;
  context.fillStyle = theme.accent;
  let last = -Infinity;
  for (const at of [...strong].sort((a, b) => a - b)) {
    if ((at - last) * side.scale < side.gap) continue;
    context.fillText(String(at), ...placeOf(middleOf(at)));
    last = at;
  }
}

/** The least of 1, 2, 5, 10, 20, ... that is enough. */
function roundStep(least) {
  for (let power = 1; ; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power >= least) return step * power;
  }
}

function drawChannels(context, side, theme, moveTo) {
  const { channels, channel } = side.blocks;
  if (channels < 2) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const lit = new Set(side.lit.length <= 64 ? side.lit.map((at) => Math.floor(at / channel)) : []);
  const last = Math.min(channels - 1, Math.floor((side.end - 1) / channel));
  const least = String(channels - 1).length * DIGIT_WIDTH + 6;
  const step = roundStep(least / (channel * side.scale));
  for (let at = Math.floor(side.first / channel / step) * step; at <= last; at += step) {
    const inside = (length) => Math.min(Math.max(length, 0), side.length);
    const placeOf = (cell) => side.from + inside((cell - side.start) * side.scale);
    const [begin, end] = [placeOf(at * channel), placeOf((at + 1) * channel)];
    context.font = lit.has(at) ? STRONG_FONT : EDGE_FONT;
    context.fillStyle = lit.has(at) ? theme.accent : theme.ink;
    const fitsHere = (words) => context.measureText(words).width + 6 <= end - begin;
    const text = [`channel ${at}`, String(at)].find(fitsHere);
    if (!text && step === 1) continue;
    context.save();
    moveTo((begin + end) / 2);
    context.fillText(text ?? String(at), 0, 0);
    context.restore();
  }
}
