"""ZIP: read strictly by a reader of our own and by zipfile; 7z as a third opinion."""

import io
import re
import struct
import subprocess
import unicodedata
import zipfile
import zlib

from . import look_bytes


def names(data):
    try:
        return set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except Exception:  # noqa: BLE001
        return set()


def members(data):
    """Name and content of every member; raises what zipfile raises."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [(info.filename, archive.read(info)) for info in archive.infolist() if not info.is_dir()]


def strict(found, data):
    """Every byte of the archive belongs to a header, a member's data or the directory, and they agree."""
    end = data.rfind(b"PK\5\6")
    if end < 0 or data.count(b"PK\5\6", 0, end) and data.find(b"PK\5\6") != end and b"PK\5\6" in data[end - 22 : end]:
        found.broken.append(("zip", "no single end record"))
        return
    count, size, start, comment = struct.unpack("<10xHIIH", data[end : end + 22])
    if comment or end + 22 != len(data):
        found.bad("slack", "after the end record")
    if start + size != end:
        found.bad("slack", "between directory and end record")
    entries, at = [], start
    for _ in range(count):
        if data[at : at + 4] != b"PK\1\2":
            found.broken.append(("zip", "directory"))
            return
        head = struct.unpack("<4x2H2H2H3I3H2H2I", data[at : at + 46])
        _, _, flags, method, _, _, crc, packed, unpacked, name_len, extra_len, comment_len, _, _, external, offset = head
        name = data[at + 46 : at + 46 + name_len]
        if extra_len or comment_len:
            found.bad("slack", f"extra field or comment of {name[:60]!r}")
        mode = external >> 16
        if mode & 0o170000 not in (0, 0o100000, 0o040000):
            found.bad("link-entry", repr(name[:60]))
        entries.append((offset, flags, method, crc, packed, unpacked, name))
        at += 46 + name_len + extra_len + comment_len
    if at != end:
        found.bad("slack", "after the directory")
    position = 0
    for offset, flags, method, crc, packed, unpacked, name in sorted(entries):
        if offset != position:
            found.bad("slack", f"before {name[:60]!r}")
        if data[offset : offset + 4] != b"PK\3\4":
            found.broken.append(("zip", f"no local header of {name[:60]!r}"))
            return
        local = struct.unpack("<4xHHHHHIIIHH", data[offset : offset + 30])
        here = data[offset + 30 : offset + 30 + local[8]]
        if (local[1], local[2], local[5], local[6], local[7], here) != (flags, method, crc, packed, unpacked, name):
            found.broken.append(("zip", f"headers of {name[:60]!r} disagree"))
        if local[9]:
            found.bad("slack", f"local extra field of {name[:60]!r}")
        if flags & ~0x0806 or method not in (0, 8):
            found.bad("zip-feature", f"{name[:60]!r}: flags {flags:#x}, method {method}")
        begin = offset + 30 + local[8] + local[9]
        body = data[begin : begin + packed]
        if method == 8:
            inflate = zlib.decompressobj(-15)
            if len(inflate.decompress(body) + inflate.flush()) != unpacked or inflate.unused_data:
                found.bad("slack", f"in the data of {name[:60]!r}")
        position = begin + packed
    if position != start:
        found.bad("slack", "before the directory")
    folded = [unicodedata.normalize("NFC", name.decode("utf-8", "replace")).casefold() for *_, name in entries]
    if len(folded) != len(set(folded)):
        found.bad("duplicate-name")
    archive = zipfile.ZipFile(io.BytesIO(data))
    wrong = archive.testzip()
    if wrong:
        found.broken.append(("zip", f"zipfile: {wrong}"))


UNSAFE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[. ]($|/)|[\\:*?\"<>|]")
DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
RUNS = "exe dll scr com sys cpl ocx pif bat cmd ps1 vbs vbe js jse wsf wsh hta sh reg inf lnk url scf chm msi iso jar swf docm xlsm pptm dotm xltm potm ppsm xlam".split()


def safe_name(found, name):
    if UNSAFE.search(name.rstrip("/")) or any(DEVICE.match(part) for part in name.split("/")):
        found.bad("unsafe-name", repr(name[:80]))
    if name.rsplit(".", 1)[-1].lower() in RUNS:
        found.bad("unsafe-kind", name[:80])


def look(found, path, data):
    found.attempt("strict zip", strict, found, data)
    inside = found.attempt("zipfile", members, data) or []
    for name, content in inside:
        safe_name(found, name)
        if content:
            found.under(name, look_bytes(name, content))
    seven = subprocess.run(["7z", "t", "-bd", path], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if seven.returncode and inside:
        found.broken.append(("7z", (seven.stdout + seven.stderr)[-120:]))
