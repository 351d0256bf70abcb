"""`python -m crystalmath` is the command `crystalmath`."""

from crystalmath.cli import main

if __name__ == "__main__":
    main()
