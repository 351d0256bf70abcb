"""crystalmathd runs DFT calculations and keeps track of them."""

__version__ = "0.1.0"
