// Formulas of Python at numbers, exactly: every value is a fraction of two whole numbers of any length.

const MOST_SUMMED = 1000000;

/** The value of a formula: a number, or for a condition true or false. */
export function evaluate(expression, values) {
  const found = workedOut(expression, values);
  return typeof found === "boolean" ? found : Number(found[0]) / Number(found[1]);
}

/** A number that must be whole, as a fraction. */
function wholeFraction(number, what) {
  if (!Number.isSafeInteger(number)) throw new Error(`${what} = ${number} must be a whole number`);
  return [BigInt(number), 1n];
}

/** A fraction in lowest terms, its sign above the line. */
function lowestTerms(above, below) {
  if (below === 1n) return [above, 1n];
  if (below === 0n) throw new Error("a formula divides by zero here");
  const common = commonDivisor(above, below) * (below < 0n ? -1n : 1n);
  return [above / common, below / common];
}

/** The greatest common divisor of two whole numbers; not negative. */
export function commonDivisor(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** A fraction rounded down. */
function roundedDown([above, under]) {
  const quotient = above / under;
  return above % under < 0n ? quotient - 1n : quotient;
}

/** The sign of the difference of two fractions, as sorting wants it. */
function comparedFractions([a, b], [c, d]) {
  const difference = a * d - c * b;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const FORMULA_OPERATIONS = {
  "+": (parts) => parts.reduce(([a, b], [c, d]) => lowestTerms(a * d + c * b, b * d), [0n, 1n]),
  "*": (parts) => parts.reduce(([a, b], [c, d]) => lowestTerms(a * c, b * d), [1n, 1n]),
  "/": ([[a, b], [c, d]]) => lowestTerms(a * d, b * c),
  "^": ([[a, b], [power, under]]) => {
    if (under !== 1n) throw new Error("a power must be a whole number");
    return power < 0n ? lowestTerms(b ** -power, a ** -power) : [a ** power, b ** power];
  },
  floor: ([part]) => [roundedDown(part), 1n],
  ceil: ([[a, b]]) => [-roundedDown([-a, b]), 1n],
  abs: ([[a, b]]) => [a < 0n ? -a : a, b],
  max: (parts) => parts.reduce((a, b) => (comparedFractions(a, b) < 0 ? b : a)),
  min: (parts) => parts.reduce((a, b) => (comparedFractions(a, b) > 0 ? b : a)),
  mod: ([[a, b], [c, d]]) => {
    const times = roundedDown(lowestTerms(a * d, b * c));
    return lowestTerms(a * d - times * c * b, b * d);
  },
  gcd: ([[a], [b]]) => [commonDivisor(a, b), 1n],
  ">=": ([a, b]) => comparedFractions(a, b) >= 0,
  ">": ([a, b]) => comparedFractions(a, b) > 0,
  "<=": ([a, b]) => comparedFractions(a, b) <= 0,
  "<": ([a, b]) => comparedFractions(a, b) < 0,
  "==": ([a, b]) => comparedFractions(a, b) === 0,
  "!=": ([a, b]) => comparedFractions(a, b) !== 0,
  and: (parts) => parts.every(Boolean),
  or: (parts) => parts.some(Boolean),
  not: ([part]) => !part,
};

/** The value of a formula as a fraction, or of a condition as true or false. */
function workedOut(expression, values) {
  if (typeof expression === "boolean") return expression;
  if (typeof expression === "number") return wholeFraction(expression, "a number of a formula");
  if ("name" in expression) {
    const { name } = expression;
    if (!Object.hasOwn(values, name)) throw new Error(`there is no number for ${name}`);
    return wholeFraction(values[name], name);
  }
  if (expression.op === "sum") return sumOfTerms(expression.args, values);
  const { op, args } = expression;
  if (!Object.hasOwn(FORMULA_OPERATIONS, op)) throw new Error(`there is no operation ${op}`);
  return FORMULA_OPERATIONS[op](args.map((part) => workedOut(part, values)));
}

/** A sum from one index to another, both included; nothing where there is none. */
function sumOfTerms([body, { name }, from, to], values) {
  const [above, under] = workedOut(from, values);
  const first = -roundedDown([-above, under]);
  const last = roundedDown(workedOut(to, values));
  if (last - first > MOST_SUMMED) throw new Error(`a sum has more than ${MOST_SUMMED} terms`);
  const terms = [];
  for (let index = first; index <= last; index += 1n) {
    terms.push(workedOut(body, { ...values, [name]: Number(index) }));
  }
  return FORMULA_OPERATIONS["+"](terms);
}
