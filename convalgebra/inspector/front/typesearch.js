// Finding a type by the words that people have for it.

const OTHER_NAMES = {
  conv_transpose: "deconv deconvolution fractionally fractional strided backward",
  dilated: "atrous à trous",
  dilated_polyphase: "atrous à trous",
  spatially_separable: "separable",
  depthwise_separable: "separable",
  flattened: "separable",
  grouped: "group groups",
  resnext_block: "group groups cardinality",
  shuffled_grouped: "group groups",
  pointwise_grouped: "group groups",
  channel_shuffle: "group groups",
  average_pool: "pooling downsampling subsampling",
  decimation: "downsampling subsampling",
  zero_insertion: "unpooling upsampling",
  upsample_nearest: "unpooling upsampling",
  upsample_bilinear: "upsampling interpolation",
  pixel_shuffle: "upsampling depth to space",
  pixel_unshuffle: "downsampling",
};

/** The types that all words speak of, told = what is said of a type; those named so come first. */
export function typesFound(kinds, wanted, told) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const name = (kind) => kind.name.replaceAll("_", " ").toLowerCase();
  const all = (kind) => [kind.name, name(kind), told(kind), OTHER_NAMES[kind.name] ?? ""].join(" ");
  const whole = (kind) => all(kind).toLowerCase();
  const found = kinds.filter((kind) => words.every((word) => whole(kind).includes(word)));
  const named = (kind) => words.every((word) => name(kind).includes(word));
  return [...found.filter(named), ...found.filter((kind) => !named(kind))];
}
