// What a page holds with its repeated parts shared: see packing.py, which packs.

/** The data that were packed; of objects in a list each part is unpacked when it is first asked for. */
export function unpacked({ marks, shared, packed }) {
  const done = [];
  const sharedPart = (at) => (done[at] ??= whole(shared[at]));

  function whole(part) {
    if (typeof part === "string") {
      return part.replace(/[\ue000-\uf8ff]/g, (mark) => marks[mark.charCodeAt(0) - 0xe000]);
    }
    if (Array.isArray(part)) return part.map(whole);
    if (part === null || typeof part !== "object") return part;
    if ("$" in part) return sharedPart(part.$);
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, whole(inner)]));
  }

  const opened = (part) => (part && typeof part === "object" && "$" in part ? opened(shared[part.$]) : part);
  const list = opened(packed);
  return Array.isArray(list) ? list.map((part) => unpackedLater(opened(part), whole)) : whole(list);
}

/** An object whose values are made when they are asked for, once. */
function unpackedLater(part, whole) {
  if (part === null || typeof part !== "object" || Array.isArray(part)) return whole(part);
  const made = {};
  for (const [key, inner] of Object.entries(part)) {
    const get = () => {
      const value = whole(inner);
      Object.defineProperty(made, key, { value, enumerable: true });
      return value;
    };
    Object.defineProperty(made, key, { get, enumerable: true, configurable: true });
  }
  return made;
}
