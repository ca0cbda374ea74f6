"""From Japan Post's lists of postal codes to codes.bin. See README.md beside this file."""

import json
import sqlite3
import sys
import zlib
from pathlib import Path


def read(database):
    """All codes of places and of large offices, ascending."""
    tables = sqlite3.connect(database)
    codes = {int(code) for table in ("postal_data", "office_data") for (code,) in tables.execute(f"select code from {table}")}
    return sorted(codes)


def packed(codes):
    """Each code less the one before it, in groups of seven bits, lowest first; the high bit says that more follow."""
    out, before = bytearray(), 0
    for code in codes:
        gap, before = code - before, code
        while gap >= 128:
            out.append(gap & 127 | 128)
            gap >>= 7
        out.append(gap)
    return zlib.compress(bytes(out), 9)


if __name__ == "__main__":
    codes = read(sys.argv[1])
    Path(sys.argv[2]).write_bytes(packed(codes))
    print(json.dumps({"codes": len(codes), "first": codes[0], "last": codes[-1]}))
