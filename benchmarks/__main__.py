"""`python -m benchmarks`, which is `make benchmark`: all of speed.py or the parts named; or `notify`, or `reserve`."""

import sys

from benchmarks import notify, reserve, speed

OTHERS = {"notify": notify.main, "reserve": reserve.main}
word, *rest = sys.argv[1:] or [""]
sys.exit(OTHERS[word](rest) if word in OTHERS else speed.main(sys.argv[1:]))
