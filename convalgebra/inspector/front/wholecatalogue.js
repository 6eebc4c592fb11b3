// The types that a page does not show at first: they stand in it compressed, and are read once it is painted.

/** A function that reads all types, packed as packing.js unpacks them; null where the page has no more. */
export function catalogueIn(document) {
  const kept = document.getElementById("convalgebra-catalogue");
  if (!kept) return null;
  return () => {
    const bytes = Uint8Array.from(atob(kept.textContent), (letter) => letter.charCodeAt(0));
    const read = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(read).json();
  };
}
