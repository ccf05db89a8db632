"""`python -m benchmarks`, which is `make benchmark`: reservations, or with `notify` as the first word notifications."""

import sys

from benchmarks import notify, reserve

if sys.argv[1:2] == ["notify"]:
    sys.exit(notify.main(sys.argv[2:]))
sys.exit(reserve.main())
