"""What the daemon and its clients say to each other; no code of either side."""

PROTOCOL = "1.0"
"""Major and minor version of the protocol; another major is refused by `hello`."""
