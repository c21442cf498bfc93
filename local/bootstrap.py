"""Starts `awslambdaric` with the layers' libraries alone: `python -S bootstrap.py <site-packages> <handler>`.

What the layer forgot must fail here as it would in Lambda: `-S` leaves this environment's libraries out, and only the
runtime client itself, which Lambda has on its own, is taken from the folder that the first argument names.
"""

import sys

if __name__ == "__main__":
    here, libraries, handler = sys.argv
    own = sys.path[1:]  # without the folder of this file
    sys.path.append(libraries)
    from awslambdaric.__main__ import main  # type: ignore[import-untyped]

    sys.path[:] = own
    main([here, handler])
