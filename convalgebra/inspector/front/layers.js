// The layers that the receptive field is drawn for: [kernel, stride, dilation, padding], within bounds.

export const LAYER_KEYS = [["kernel", 1, 31], ["stride", 1, 16], ["dilation", 1, 32], ["padding", 0, 64]];
export const MOST_FIELD_LAYERS = 12;

/** Layers that are some, not too many, and each within its bounds; otherwise null. */
export function layersWithin(layers) {
  if (!Array.isArray(layers) || !layers.length || layers.length > MOST_FIELD_LAYERS) return null;
  return layers.every(isLayer) ? layers : null;
}

function isLayer(layer) {
  if (!Array.isArray(layer) || layer.length !== LAYER_KEYS.length) return false;
  return LAYER_KEYS.every(([, least, most], at) =>
    Number.isInteger(layer[at]) && layer[at] >= least && layer[at] <= most);
}
