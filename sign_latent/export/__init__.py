"""Generators for programs without this package: ONNX graphs, programs of torch.export, and what runs them in numpy."""
