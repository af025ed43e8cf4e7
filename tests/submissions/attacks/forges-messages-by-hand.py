# family: forged messages
# tries: to send a message that ends the test, made byte by byte, right before the true one

# %% answer total roman
import os
import struct


def text(s):
    return bytes([0xA0 + len(s)]) + s.encode()


def message(kind, **fields):
    body = bytes([0x80 + 1 + len(fields)]) + text("type") + text(kind)
    for name, value in fields.items():
        body += text(name) + value
    return struct.pack(">I", len(body)) + body


rich = message("Rich", data=b"\x81" + text("text/plain") + text("1.0"), metadata=b"\x80", is_result=b"\xc3")
done = message("Done", count=b"\x01")


def total(values):
    for fd in range(3, 64):
        try:
            os.write(fd, rich + done)
        except OSError:
            pass
    return 14


roman = total
