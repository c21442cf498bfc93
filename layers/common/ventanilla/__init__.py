"""What the steps of Ventanilla share: a package for tests and tools, a layer for Lambda."""

import gc
import sys

# A function's process starts by importing, which makes no garbage: to look for it time and again takes a tenth of a
# cold start. `wiring.services` lets it be looked for from the first event on.
if "awslambdaric" in sys.modules:
    gc.disable()
