// Numbers for products of weights: 0 is the empty product, i + 1 is weight i, above are those of several.

/**
 * The products of `count` weights, each known by one number. One of several weights, in order, is kept
 * as the product without its last factor and that factor, and found again in a table of such pairs.
 */
export function monomialsOf(count) {
  let [prefixes, lasts] = [new Int32Array(256), new Int32Array(256)];
  let slots = new Int32Array(1024);
  let known = 0;

  const slotOf = (prefix, last) => {
    const mask = slots.length - 1;
    let slot = Math.imul(Math.imul(prefix, 0x9e3779b1) ^ last, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    while (slots[slot] && (prefixes[slots[slot] - 1] !== prefix || lasts[slots[slot] - 1] !== last)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  };

  const makeRoom = () => {
    const [longer, later] = [new Int32Array(2 * known), new Int32Array(2 * known)];
    longer.set(prefixes);
    later.set(lasts);
    [prefixes, lasts, slots] = [longer, later, new Int32Array(8 * known)];
    for (let at = 0; at < known; at += 1) slots[slotOf(prefixes[at], lasts[at])] = at + 1;
  };

  /** The product of a monomial and a weight that is none of its factors but perhaps the last. */
  const longerBy = (prefix, last) => {
    if (prefix === 0) return last + 1;
    if (known === prefixes.length) makeRoom();
    const slot = slotOf(prefix, last);
    if (slots[slot] === 0) {
      prefixes[known] = prefix;
      lasts[known] = last;
      known += 1;
      slots[slot] = known;
    }
    return count + slots[slot];
  };

  /** The weights whose product a monomial is, in order. */
  const factorsOf = (monomial) => {
    const factors = [];
    let rest = monomial;
    for (; rest > count; rest = prefixes[rest - count - 1]) factors.push(lasts[rest - count - 1]);
    if (rest > 0) factors.push(rest - 1);
    return factors.reverse();
  };

  /** The product of weights, in any order. */
  const monomialOf = (ids) => [...ids].sort((a, b) => a - b).reduce(longerBy, 0);

  /** The product of two monomials. */
  const timesMonomial = (a, b) => {
    if (a === 0) return b;
    if (b === 0) return a;
    if (a <= count && b <= count) return a < b ? longerBy(a, b - 1) : longerBy(b, a - 1);
    return monomialOf([...factorsOf(a), ...factorsOf(b)]);
  };
  return { monomialOf, factorsOf, timesMonomial };
}
