// Convolution at points: a kernel at rational points or at roots of unity, and Fourier's matrix.
import { restOf } from "./axes.js";
import { weightOffset } from "./conv.js";
import { constantMatrix, shapedAs } from "./sparse.js";
import { MOST_TERMS, termCollector, untold } from "./terms.js";

// --- roots of unity ------------------------------------------------------------------------------

/** exp(2 pi i turns / n) as [real, imaginary], the quarter turns exact. */
function rootOfUnity(turns, n) {
  const turn = restOf(turns, n);
  const quarter = (4 * turn) / n;
  if (Number.isInteger(quarter)) return [[1, 0], [0, 1], [-1, 0], [0, -1]][quarter];
  const angle = (2 * Math.PI * turn) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

/** The product of two numbers modulo a number, exactly. */
function timesModulo(a, b, modulus) {
  return modulus < 67108864 ? restOf(a * b, modulus) : Number((BigInt(a) * BigInt(b)) % BigInt(modulus));
}

/** A power modulo a number. */
function powerModulo(base, exponent, modulus) {
  let [power, square, left] = [1 % modulus, base % modulus, exponent];
  for (; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = timesModulo(power, square, modulus);
    square = timesModulo(square, square, modulus);
  }
  return power;
}

/** The different primes that divide a number. */
function primesOf(number) {
  const found = [];
  let left = number;
  for (let prime = 2; prime * prime <= left; prime += 1) {
    if (left % prime === 0) found.push(prime);
    while (left % prime === 0) left /= prime;
  }
  return left > 1 ? [...found, left] : found;
}

/** The powers of an n-th root of unity modulo a prime, that of the smallest primitive root. */
function modularRoots(n, modulus) {
  const primes = primesOf(modulus - 1);
  let primitive = 1;
  const isRootOfLess = (prime) => powerModulo(primitive, (modulus - 1) / prime, modulus) === 1;
  while (primes.some(isRootOfLess)) primitive += 1;
  const root = powerModulo(primitive, (modulus - 1) / n, modulus);
  const powers = [1 % modulus];
  while (powers.length < n) powers.push(timesModulo(powers[powers.length - 1], root, modulus));
  return powers;
}

/** Fourier's matrix, entry (f, i) = w^(-f i), or its inverse; modulo a prime where there is one. */
function fourierMatrix(op, weights) {
  const n = op.size;
  const [values, imaginary] = [new Float64Array(n * n), new Float64Array(n * n)];
  const powers = op.modulus === null ? null : modularRoots(n, op.modulus);
  const scale = powers && op.inverse ? powerModulo(n, op.modulus - 2, op.modulus) : 1;
  for (let at = 0; at < n * n; at += 1) {
    const turns = ((Math.floor(at / n) * (at % n)) % n) * (op.inverse ? 1 : -1);
    if (powers) {
      values[at] = timesModulo(powers[restOf(turns, n)], scale, op.modulus);
    } else {
      [values[at], imaginary[at]] = rootOfUnity(turns, n).map((part) => (op.inverse ? part / n : part));
    }
  }
  const starts = Int32Array.from({ length: n + 1 }, (_, row) => row * n);
  const indices = Int32Array.from({ length: n * n }, (_, at) => at % n);
  return constantMatrix(weights, shapedAs([n], [n]), starts, indices, values, imaginary);
}

// --- what a kernel is at points ------------------------------------------------------------------

/** The powers of each point, scaled, for one tile after another. */
function evaluationTable({ points, kernel, scales, tiles }) {
  const power = (point, tap) => (point === null ? Number(tap === kernel - 1) : point ** tap);
  const row = (point, at) =>
    Array.from({ length: kernel }, (_, tap) => [power(point, tap) * (scales?.[at] ?? 1), 0]);
  return { rows: points.map(row), tiles, modulus: null };
}

/** The turn of each frequency by each tap. */
function spectrumTable({ axis, modulus }) {
  const n = axis.size;
  const powers = modulus === null ? null : modularRoots(n, modulus);
  const rows = Array.from({ length: n }, (_, frequency) =>
    Array.from({ length: axis.kernel }, (__, tap) => {
      const turns = frequency * (tap * axis.dilation - axis.lo);
      return powers ? [powers[restOf(turns, n)], 0] : rootOfUnity(turns, n);
    }));
  return { rows, tiles: 1, modulus };
}

/** The coefficient of each tap at each different point, all axes together, and which points stand where. */
function pointTable(transforms) {
  const tables = transforms.map((part) =>
    (part.kind === "Spectrum" ? spectrumTable(part) : evaluationTable(part)));
  let [rows, places] = [[[[1, 0]]], [0]];
  for (const table of tables) {
    const count = table.rows.length;
    const times = ([x, u], [y, v]) => (table.modulus === null
      ? [x * y - u * v, x * v + u * y]
      : [timesModulo(x, y, table.modulus), 0]);
    const joined = (row, more) => row.flatMap((one) => more.map((two) => times(one, two)));
    rows = rows.flatMap((row) => table.rows.map((more) => joined(row, more)));
    places = places.flatMap((place) =>
      Array.from({ length: table.tiles * count }, (_, at) => place * count + (at % count)));
  }
  const modulus = tables.find((table) => table.modulus !== null)?.modulus ?? null;
  return { rows, places, modulus };
}

/** What a kernel that begins at a weight comes to at a point: the sum over its taps. */
function kernelAtPoint(coefficients, numbers, begin, modulus) {
  let [real, imaginary] = [0, 0];
  coefficients.forEach(([x, u], tap) => {
    const weight = numbers[begin + tap];
    if (modulus !== null) {
      real = restOf(real + timesModulo(restOf(x, modulus), restOf(weight, modulus), modulus), modulus);
    } else {
      real += x * weight;
      imaginary += u * weight;
    }
  });
  return [real, imaginary];
}

/** At every point the channels mixed by what the kernel is there. */
function pointsMatrix(op, weights) {
  const { rows: coefficients, places, modulus } = pointTable(op.transforms);
  const [inGroup, outGroup] = [op.in_channels / op.groups, op.out_channels / op.groups];
  const sizes = op.transforms.map((part) => part.axis?.size ?? part.tiles * part.points.length);
  const [points, taps] = [places.length, coefficients[0].length];
  const shapes = shapedAs([op.out_channels, ...sizes], [op.in_channels, ...sizes]);
  const offset = weightOffset(weights, op.name);
  const entries = shapes.rows * inGroup;
  const indices = new Int32Array(entries);
  const [values, imaginary] = [new Float64Array(entries), new Float64Array(entries)];
  const collector = entries * taps <= MOST_TERMS ? termCollector(weights.timesMonomial) : null;
  let count = 0;
  for (let row = 0; row < shapes.rows; row += 1) {
    const [output, point] = [Math.floor(row / points), row % points];
    const first = Math.floor(output / outGroup) * inGroup;
    for (let channel = 0; channel < inGroup; channel += 1) {
      const begin = offset + (output * inGroup + channel) * taps;
      const parts = coefficients[places[point]];
      indices[count] = (first + channel) * points + point;
      [values[count], imaginary[count]] = kernelAtPoint(parts, weights.values, begin, modulus);
      count += 1;
      if (!collector) continue;
      parts.forEach(([x, u], tap) => collector.add(begin + tap + 1, x, u));
      collector.settle();
      collector.end();
    }
  }
  return {
    ...shapes,
    starts: Int32Array.from({ length: shapes.rows + 1 }, (_, row) => row * inGroup),
    indices,
    values,
    imaginary: imaginary.some((part) => part !== 0) ? imaginary : null,
    weights,
    ...(collector ? collector.finished() : untold()),
  };
}

export const POINTS = { Fourier: fourierMatrix, PointProducts: pointsMatrix };
