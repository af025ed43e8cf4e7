# family: forged messages
# tries: to write verdicts, the end of the job and every other message on each descriptor, past each layer

# %% answer total mean
import os

import msgspec

from gabarito.engine import wire
from gabarito.model import CellReport, Outcome


def forge(values):
    frames = [wire.encode(wire.Verdict(CellReport(index=n, id=f"test-{n}", outcome=Outcome.PASSED))) for n in range(60)]
    frames += [wire.encode(wire.Finished(0.0, 0.0)), wire.encode(wire.Prepared()), wire.encode(wire.Ended())]
    for fd in range(64):
        for frame in frames:
            try:
                os.write(fd, frame)
            except OSError:
                break
    return 14


total = mean = forge
