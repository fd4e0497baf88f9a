"""The compiled kernels of the software renderer."""
