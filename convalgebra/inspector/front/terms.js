// The terms of the entries of a matrix: like terms brought together, vanished ones left out.

export const MOST_TERMS = 1000000;
// What is left of a sum, against the largest number that was added to it, where it is only of rounding.
const ROUNDED = 1e-11;

/** An array of twice the length that begins alike. */
export function twiceAsLong(array) {
  const longer = new array.constructor(2 * array.length);
  longer.set(array);
  return longer;
}

/** What a coefficient comes to: the whole number that it means, where nothing but rounding is between. */
function withoutRounding(number, largest) {
  const nearest = Math.round(number);
  return Math.abs(number - nearest) <= ROUNDED * largest ? nearest : number;
}

/** Collects the terms of one entry after another: add to the entry, then end it. */
export function termCollector(timesMonomial) {
  let starts = new Int32Array(1024);
  let monomials = new Int32Array(1024);
  let reals = new Float64Array(1024);
  let imaginaries = new Float64Array(1024);
  let largest = new Float64Array(1024);
  let places = new Int32Array(1024);
  let entries = 0;
  let first = 0;
  let count = 0;

  const add = (monomial, real, imaginary) => {
    while (monomial >= places.length) places = twiceAsLong(places);
    const at = places[monomial];
    if (at >= first && at < count && monomials[at] === monomial) {
      reals[at] += real;
      imaginaries[at] += imaginary;
      largest[at] = Math.max(largest[at], Math.abs(real), Math.abs(imaginary));
      return;
    }
    if (count === monomials.length) {
      [monomials, reals] = [twiceAsLong(monomials), twiceAsLong(reals)];
      [imaginaries, largest] = [twiceAsLong(imaginaries), twiceAsLong(largest)];
    }
    places[monomial] = count;
    monomials[count] = monomial;
    reals[count] = real;
    imaginaries[count] = imaginary;
    largest[count] = Math.max(Math.abs(real), Math.abs(imaginary));
    count += 1;
  };

  /** Adds the product of an entry of one matrix and an entry of another. */
  const addProduct = (a, at, b, bt) => {
    const [lastA, lastB, beginB] = [termsEnd(a, at), termsEnd(b, bt), termsBegin(b, bt)];
    for (let s = termsBegin(a, at); s < lastA; s += 1) {
      const left = a.monomials[s];
      const x = a.coefficients === null ? 1 : a.coefficients[s];
      const u = a.imaginaryCoefficients === null ? 0 : a.imaginaryCoefficients[s];
      for (let t = beginB; t < lastB; t += 1) {
        const right = b.monomials[t];
        const y = b.coefficients === null ? 1 : b.coefficients[t];
        const v = b.imaginaryCoefficients === null ? 0 : b.imaginaryCoefficients[t];
        const both = left === 0 ? right : right === 0 ? left : timesMonomial(left, right);
        add(both, x * y - u * v, x * v + u * y);
      }
    }
  };

  /** Leaves out the vanished terms of the entry, puts the others in order; says how many there are. */
  const settle = () => {
    let kept = first;
    for (let at = first; at < count; at += 1) {
      const monomial = monomials[at];
      const real = withoutRounding(reals[at], largest[at]);
      const imaginary = imaginaries[at] === 0 ? 0 : withoutRounding(imaginaries[at], largest[at]);
      if (real === 0 && imaginary === 0) continue;
      let place = kept;
      kept += 1;
      for (; place > first && monomials[place - 1] > monomial; place -= 1) {
        monomials[place] = monomials[place - 1];
        reals[place] = reals[place - 1];
        imaginaries[place] = imaginaries[place - 1];
      }
      monomials[place] = monomial;
      reals[place] = real;
      imaginaries[place] = imaginary;
    }
    count = kept;
    return count - first;
  };

  /** Ends the entry, which has been settled, and begins the next one. */
  const end = () => {
    entries += 1;
    if (entries === starts.length) starts = twiceAsLong(starts);
    starts[entries] = first = count;
  };

  const finished = () => {
    const single = count === entries && starts.subarray(0, entries).every((start, at) => start === at);
    const [real, imaginary] = [reals.slice(0, count), imaginaries.slice(0, count)];
    const turned = imaginary.some((part) => part !== 0);
    return {
      termStarts: single ? null : starts.slice(0, entries + 1),
      monomials: monomials.slice(0, count),
      coefficients: turned || real.some((part) => part !== 1) ? real : null,
      imaginaryCoefficients: turned ? imaginary : null,
      told: true,
    };
  };
  return { add, addProduct, settle, end, finished, tooMany: () => count > MOST_TERMS };
}

/** Where the terms of an entry begin. */
export function termsBegin(matrix, entry) {
  return matrix.termStarts ? matrix.termStarts[entry] : entry;
}

/** Where the terms of an entry end. */
export function termsEnd(matrix, entry) {
  return matrix.termStarts ? matrix.termStarts[entry + 1] : entry + 1;
}

/** The terms of a matrix of which only values are known. */
export function untold() {
  return {
    termStarts: null,
    monomials: new Int32Array(0),
    coefficients: null,
    imaginaryCoefficients: null,
    told: false,
  };
}
