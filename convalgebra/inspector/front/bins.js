// The bins of a density picture: along each axis so many to a line of pixels, or to a channel, as a whole.

const LEAST_BIN = 1.5;
const MOST_COARSER = 2;
// A share of the entries of a bin that no eye sees in its colour.
const ALIKE = 0.03;

/**
 * The bins of rows and columns, {down, across}: in `period` cells so many bins, as a whole number, the same
 * for both where they have the same structure: a diagonal then meets the same bins in every period.
 */
export function binsOf(matrix, scale) {
  const least = Math.max(1, LEAST_BIN / scale);
  const [tall, wide] = [periodsOf(matrix.outputShape), periodsOf(matrix.inputShape)];
  const fits = (at) => tall[at] >= least && wide[at] >= least;
  const alike = tall.length === wide.length ? tall.findIndex((_, at) => fits(at)) : -1;
  if (least === 1) return { down: { period: 1, count: 1 }, across: { period: 1, count: 1 } };
  if (alike >= 0) return sharedBins(tall[alike], wide[alike], least);
  const [rows, columns] = [tall, wide].map((periods) => periods[periods.length - 1]);
  return { down: ownBins(rows, least), across: ownBins(columns, least) };
}

/** The lengths after which an axis of a matrix repeats itself: a line of pixels, a slice, a channel. */
function periodsOf(shape) {
  const periods = [];
  for (const length of shape.slice(shape.length > 1 ? 1 : 0).reverse()) {
    periods.push(length * (periods[periods.length - 1] ?? 1));
  }
  return periods.length ? periods : [1];
}

/** As many bins to a period of rows as to one of columns, or a whole number of times as many. */
function sharedBins(tall, wide, least) {
  const [small, large] = [Math.min(tall, wide), Math.max(tall, wide)];
  const most = Math.floor(small / least);
  const times = (count) => Math.max(1, Math.floor(large / least / count));
  const uneven = (count) => unevenness(small, count) + unevenness(large, count * times(count));
  const few = bestCount(most, uneven);
  const many = few * times(few);
  const [down, across] = tall <= wide ? [few, many] : [many, few];
  return { down: { period: tall, count: down }, across: { period: wide, count: across } };
}

/** The bins of one axis by itself: a period has several, or a bin several periods. */
function ownBins(period, least) {
  if (period < least) return { period: period * Math.ceil(least / period), count: 1 };
  return { period, count: bestCount(Math.floor(period / least), (count) => unevenness(period, count)) };
}

/** Of so many bins at most and half as many at least, the most that are alike enough, else most alike. */
function bestCount(most, uneven) {
  let best = most;
  for (let count = most; count >= Math.max(1, most / MOST_COARSER); count -= 1) {
    if (uneven(best) < ALIKE) return best;
    if (uneven(count) < uneven(best)) best = count;
  }
  return best;
}

/** By how much the cells of bins differ, as a share of them. */
function unevenness(period, count) {
  return period % count ? 1 / Math.floor(period / count) : 0;
}

/** The bin of a cell, from the first row or column on. */
export function binAt({ period, count }, cell) {
  return Math.floor((cell * count) / period);
}

/** How many cells a bin has along an axis; a fraction where they take turns. */
export function binSize({ period, count }) {
  return period / count;
}
