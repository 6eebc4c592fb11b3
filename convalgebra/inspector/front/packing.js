/** What a page holds with its repeated parts shared: see packing.py, which packs. */

/** Return the data that were packed; parts that occur several times are one and the same object. */
export function unpacked(data) {
  const shared = [];
  for (const part of data.shared) shared.push(unpackedPart(part, shared, data.marks));
  return unpackedPart(data.packed, shared, data.marks);
}

/** Return one part, its references followed and its marks written out. */
function unpackedPart(part, shared, marks) {
  if (typeof part === "string") {
    return part.replace(/[\ue000-\uf8ff]/g, (mark) => marks[mark.charCodeAt(0) - 0xe000]);
  }
  if (Array.isArray(part)) return part.map((inner) => unpackedPart(inner, shared, marks));
  if (part === null || typeof part !== "object") return part;
  if ("$" in part) return shared[part.$];
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, unpackedPart(inner, shared, marks)]));
}
