"""crystalmathd as it is: nothing validates what it says."""

import sys

from crystalmathd import main

if __name__ == "__main__":
    sys.exit(main.main())
