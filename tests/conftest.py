"""For every test: Ctrl-C means something, also where the tests were started in the background."""

import signal

# A shell starts background jobs with SIGINT ignored, and processes started from here would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
