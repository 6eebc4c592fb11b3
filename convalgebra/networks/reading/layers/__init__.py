"""Plain descriptions of layers in ONNX's words: one table of types, a room for each kind of them."""
