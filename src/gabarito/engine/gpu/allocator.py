"""torch's own limit of GPU memory, set before torch opens the GPU."""

from __future__ import annotations

import sys


def limit_allocator(fraction: float) -> None:
    """Let torch's allocator hand out no more than this part of the GPU's memory, once CUDA is opened.

    CUDA isn't opened by this: the limit waits in the list of what torch does then, and a forked process inherits the
    list. Past the limit torch raises OutOfMemoryError. A notebook can lift it; the watchdog holds then.

    Args:
        fraction: above 0, up to 1; 0 sets no limit.
    """
    torch = sys.modules.get("torch")
    if not fraction or torch is None or not torch.backends.cuda.is_built():
        return
    # PYTORCH_CUDA_ALLOC_CONF knows such a limit in new versions only, and older ones refuse to work with it.
    torch.cuda._lazy_call(lambda: torch._C._cuda_setMemoryFraction(fraction, 0))
