"""What a cheaper convolution in a layer's place would save."""
