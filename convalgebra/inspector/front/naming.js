// How operators are called: C and its transpose; what transposes a convolution is Cᵀ itself.

const TRANSPOSED_TYPE = "conv_transpose";

/**
 * What a type's matrix and the turned one are called, with what each reads and writes: the names of
 * pixels go with the side, so that x is the large image of C and of Cᵀ alike.
 */
export function operatorNames(type) {
  const forward = { lead: "C", title: "C", reads: "x", writes: "y" };
  const backward = { lead: "Cᵀ", title: "Cᵀ", reads: "y", writes: "x" };
  return type?.name === TRANSPOSED_TYPE
    ? { whole: backward, turned: { ...forward, title: "C (the convolution)" } }
    : { whole: forward, turned: backward };
}

/** What a factor of a model is called: F0 and the weights in it, F0 alone where there are none. */
export function factorTitle(model, at) {
  const title = model.titles?.[at];
  return title ? `F${at}: ${title}` : `F${at}`;
}

/** The name of a type as words: conv transpose. */
export function typeWords(type) {
  return type.name.replaceAll("_", " ");
}
