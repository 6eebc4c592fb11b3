"""PyTorch's own calls ("aten") in ONNX's words: one table, a room for each kind of call."""
