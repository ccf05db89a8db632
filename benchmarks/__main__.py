"""`python -m benchmarks`, which is `make benchmark`: all there is to measure."""

import sys

from benchmarks import reserve

sys.exit(reserve.main())
