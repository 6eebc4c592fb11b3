// Formulas of Python at numbers, exactly: every value is a fraction of two whole numbers of any length.

const MOST_SUMMED = 1000000;

/** The value of a formula: a number, or for a condition true or false. */
export function evaluate(expression, values) {
  const found = worked(expression, values);
  return typeof found === "boolean" ? found : Number(found[0]) / Number(found[1]);
}

/** A number that must be whole, as a fraction. */
function whole(number, what) {
  if (!Number.isSafeInteger(number)) throw new Error(`${what} = ${number} must be a whole number`);
  return [BigInt(number), 1n];
}

/** A fraction in lowest terms, its sign above the line. */
function fraction(above, below) {
  if (below === 1n) return [above, 1n];
  if (below === 0n) throw new Error("a formula divides by zero here");
  const common = commonDivisor(above, below) * (below < 0n ? -1n : 1n);
  return [above / common, below / common];
}

/** The greatest common divisor of two whole numbers; not negative. */
function commonDivisor(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** A fraction rounded down. */
function below([above, under]) {
  const quotient = above / under;
  return above % under < 0n ? quotient - 1n : quotient;
}

/** The sign of the difference of two fractions, as sorting wants it. */
function compared([a, b], [c, d]) {
  const difference = a * d - c * b;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const OPERATIONS = {
  "+": parts => parts.reduce(([a, b], [c, d]) => fraction(a * d + c * b, b * d), [0n, 1n]),
  "*": parts => parts.reduce(([a, b], [c, d]) => fraction(a * c, b * d), [1n, 1n]),
  "/": ([[a, b], [c, d]]) => fraction(a * d, b * c),
  "^": ([[a, b], [power, under]]) => {
    if (under !== 1n) throw new Error("a power must be a whole number");
    return power < 0n ? fraction(b ** -power, a ** -power) : [a ** power, b ** power];
  },
  floor: ([part]) => [below(part), 1n],
  ceil: ([[a, b]]) => [-below([-a, b]), 1n],
  abs: ([[a, b]]) => [a < 0n ? -a : a, b],
  max: parts => parts.reduce((a, b) => (compared(a, b) < 0 ? b : a)),
  min: parts => parts.reduce((a, b) => (compared(a, b) > 0 ? b : a)),
  mod: ([[a, b], [c, d]]) => {
    const times = below(fraction(a * d, b * c));
    return fraction(a * d - times * c * b, b * d);
  },
  gcd: ([[a], [b]]) => [commonDivisor(a, b), 1n],
  ">=": ([a, b]) => compared(a, b) >= 0,
  ">": ([a, b]) => compared(a, b) > 0,
  "<=": ([a, b]) => compared(a, b) <= 0,
  "<": ([a, b]) => compared(a, b) < 0,
  "==": ([a, b]) => compared(a, b) === 0,
  "!=": ([a, b]) => compared(a, b) !== 0,
  and: parts => parts.every(Boolean),
  or: parts => parts.some(Boolean),
  not: ([part]) => !part,
};

/** The value of a formula as a fraction, or of a condition as true or false. */
function worked(expression, values) {
  if (typeof expression === "boolean") return expression;
  if (typeof expression === "number") return whole(expression, "a number of a formula");
  if ("name" in expression) {
    const { name } = expression;
    if (!Object.hasOwn(values, name)) throw new Error(`there is no number for ${name}`);
    return whole(values[name], name);
  }
  if (expression.op === "sum") return summed(expression.args, values);
  if (!Object.hasOwn(OPERATIONS, expression.op)) throw new Error(`there is no operation ${expression.op}`);
  return OPERATIONS[expression.op](expression.args.map(part => worked(part, values)));
}

/** A sum from one index to another, both included; nothing where there is none. */
function summed([body, { name }, from, to], values) {
  const [above, under] = worked(from, values);
  const first = -below([-above, under]);
  const last = below(worked(to, values));
  if (last - first > MOST_SUMMED) throw new Error(`a sum has more than ${MOST_SUMMED} terms`);
  const terms = [];
  for (let index = first; index <= last; index++) {
    terms.push(worked(body, { ...values, [name]: Number(index) }));
  }
  return OPERATIONS["+"](terms);
}
