"""For every test: Ctrl-C means something, also in the background; axes in the project's style, closed afterwards."""

import signal

import pytest

# A shell starts background jobs with SIGINT ignored, and processes started from here would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def ax():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from alexnet_lib import plots

    plots.use_style()
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)
