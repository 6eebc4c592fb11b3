"""What the readers of models stand on: files looked at within bounds, other words put into ONNX's."""
