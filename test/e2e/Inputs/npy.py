# Arrays as NumPy writes them, without NumPy.
import struct


def write(path, shape, code, size, values):
    """`values` are integers of `size` bytes, `code` is their dtype, such as "|u1"."""
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(b"".join(v.to_bytes(size, "little") for v in values))
