// The picture that comes with the page, drawn by these lines: edges, texture, smooth parts and letters.

const LETTERS = {
  C: ["01110", "10001", "10000", "10000", "10000", "10001", "01110"],
  O: ["01110", "10001", "10001", "10001", "10001", "10001", "01110"],
  N: ["10001", "11001", "10101", "10101", "10011", "10001", "10001"],
  V: ["10001", "10001", "10001", "10001", "01010", "01010", "00100"],
};

const between = (value, low, high) => value >= low && value < high;
const blend = (from, to, t) => from.map((part, at) => part + (to[at] - part) * Math.min(Math.max(t, 0), 1));

/** Whether a point of a board, in units of one pixel of a letter, is ink of the word. */
function inkOf(word, x, y) {
  const letter = LETTERS[word[Math.floor(x / 6)]];
  return Boolean(letter) && x >= 0 && y >= 0 && letter[Math.floor(y)]?.[Math.floor(x % 6)] === "1";
}

/** The colour of the scene at a point of the unit square, y downwards; parts in 0..1. */
function sceneAt(x, y) {
  if (between(x, 0.54, 0.97) && between(y, 0.76, 0.93)) return boardAt(x, y);
  if (between(x, 0.1, 0.5) && between(y, 0.44, 0.84)) return houseAt(x, y);
  if (between(y, 0.22, 0.44) && Math.abs(x - 0.3) < (y - 0.22) * 1.16) return [0.27, 0.2, 0.27];
  const leaves = Math.hypot(x - 0.76, y - 0.46);
  if (leaves < 0.17) return Math.sin(x * 105) * Math.sin(y * 105) > 0 ? [0.12, 0.36, 0.17]
    : [0.36, 0.62, 0.24];
  if (between(x, 0.735, 0.785) && between(y, 0.6, 0.76)) return [0.36, 0.24, 0.15];
  if (y > 0.68 + 0.035 * Math.sin(x * 9)) return blend([0.62, 0.74, 0.36], [0.3, 0.48, 0.22],
    (y - 0.68) / 0.32);
  if (Math.hypot(x - 0.84, y - 0.14) < 0.085) return [1, 0.86, 0.36];
  return blend([0.3, 0.52, 0.86], [0.9, 0.94, 0.98], y / 0.7);
}

function boardAt(x, y) {
  const edge = !between(x, 0.56, 0.95) || !between(y, 0.78, 0.91);
  if (edge) return [0.34, 0.22, 0.14];
  return inkOf("CONV", (x - 0.573) * 64, (y - 0.79) * 64) ? [0.08, 0.08, 0.12] : [0.97, 0.96, 0.9];
}

function houseAt(x, y) {
  if (between(x, 0.25, 0.35) && y > 0.62) return [0.22, 0.16, 0.14];
  const pane = [0.14, 0.38].some((left) => between(x, left, left + 0.09)) && between(y, 0.52, 0.63);
  if (pane) return blend([0.98, 0.93, 0.66], [0.72, 0.62, 0.34], (y - 0.52) / 0.11);
  const row = Math.floor(y / 0.0625);
  const across = ((x + (row % 2) * 0.0625) / 0.125) % 1;
  return y / 0.0625 - row < 0.26 || across < 0.13 ? [0.86, 0.78, 0.68] : [0.7, 0.3, 0.22];
}

const SAMPLES = 3;

/** The picture of size x size pixels, three planes of values in 0..1, one after the other. */
export function samplePicture(size) {
  const planes = new Float64Array(3 * size * size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      for (let at = 0; at < SAMPLES * SAMPLES; at += 1) {
        const inner = [((at % SAMPLES) + 0.5) / SAMPLES, (Math.floor(at / SAMPLES) + 0.5) / SAMPLES];
        const colour = sceneAt((x + inner[0]) / size, (y + inner[1]) / size);
        colour.forEach((part, plane) => (planes[(plane * size + y) * size + x] += part / SAMPLES ** 2));
      }
    }
  }
  return planes;
}

/** One plane of greys of a picture of three planes. */
export function greyOf(planes) {
  const many = planes.length / 3;
  return Float64Array.from({ length: many }, (_, at) => 0.299 * planes[at] + 0.587 * planes[many + at]
    + 0.114 * planes[2 * many + at]);
}
