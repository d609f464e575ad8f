"""Pictures: nothing in the file but what makes the picture; Pillow must decode it."""

import io
import re
import struct
import zlib

from lxml import etree
from PIL import Image

Image.MAX_IMAGE_PIXELS = 200_000_000
PNG = set("IHDR PLTE tRNS gAMA sRGB cHRM pHYs IDAT IEND iCCP sBIT bKGD acTL fcTL fdAT cICP".split())
TIFF_PRIVATE = {700, 33723, 34377, 34665, 34853, 37724, 50341, 37500, 270, 271, 272, 305, 306, 315, 316, 33432, 285, 269}


def png(found, data):
    at, pixels, chunks = 8, [], []
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body, check = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        kind = kind.decode("latin-1")
        chunks.append(kind)
        if check != struct.pack(">I", zlib.crc32(data[at + 4 : at + 8 + size])):
            found.broken.append(("png", f"check sum of {kind}"))
        if kind not in PNG:
            found.bad("chunk", kind)
        if kind == "IDAT":
            pixels.append(body)
        at += 12 + size
        if kind == "IEND":
            break
    if at != len(data):
        found.bad("slack", "after the picture")
    inflate = zlib.decompressobj()
    raw = inflate.decompress(b"".join(pixels)) + inflate.flush()
    if inflate.unused_data:
        found.bad("slack", "after the pixels' stream")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    if not interlace and len(raw) != height * (1 + (width * depth * samples + 7) // 8):
        found.bad("slack", "in the pixels' stream")


def jpeg(found, data):
    at = 2
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            found.broken.append(("jpeg", "marker"))
            return
        while at < len(data) and data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == 0xD9:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        (size,) = struct.unpack(">H", data[at : at + 2])
        body = data[at + 2 : at + size]
        kept = (marker == 0xE0 and body[:5] == b"JFIF\0" and size <= 16) or (marker == 0xE2 and body[:12] == b"ICC_PROFILE\0") or (
            marker == 0xEE and body[:5] == b"Adobe" and size <= 14
        )
        if 0xE0 <= marker <= 0xEF and not kept:
            found.bad("chunk", f"APP{marker - 0xE0}")
        if marker == 0xFE:
            found.bad("chunk", "COM")
        at += size
        if marker == 0xDA:
            end = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]").search(data, at)
            if end is None:
                found.broken.append(("jpeg", "no end"))
                return
            at = end.start()
    if at != len(data):
        found.bad("slack", "after the picture")


def gif(found, data):
    flags = data[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)

    def blocks(at):
        while data[at]:
            at += 1 + data[at]
        return at + 1

    while data[at] != 0x3B:
        if data[at] == 0x2C:
            local = data[at + 9]
            at = blocks(at + 10 + (3 << ((local & 7) + 1) if local & 0x80 else 0) + 1)
        elif data[at] == 0x21:
            label = data[at + 1]
            if label in (0xFE, 0x01) or (label == 0xFF and data[at + 3 : at + 14] not in (b"NETSCAPE2.0", b"ANIMEXTS1.0")):
                found.bad("chunk", f"extension {label:#x}")
            at = blocks(at + 2)
        else:
            found.broken.append(("gif", "block"))
            return
    if at + 1 != len(data):
        found.bad("slack", "after the picture")


def webp(found, data):
    (size,) = struct.unpack("<I", data[4:8])
    if size + 8 != len(data):
        found.bad("slack", "after the picture")
    at = 12
    while at + 8 <= min(len(data), size + 8):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if kind not in (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            found.bad("chunk", kind.decode("latin-1"))
        at += 8 + length + (length & 1)


def bmp(found, data):
    (size,) = struct.unpack("<I", data[2:6])
    if size != len(data):
        found.bad("slack", f"{len(data)} bytes, says {size}")


def tiff(found, data):
    picture = Image.open(io.BytesIO(data))
    for frame in range(getattr(picture, "n_frames", 1)):
        picture.seek(frame)
        for tag in picture.tag_v2:
            if tag in TIFF_PRIVATE or tag > 32995 and tag not in (34675,):
                found.bad("chunk", f"tag {tag}")


SVG_BAD = set("script foreignObject handler listener set iframe object embed audio video".split())


def svg(found, data):
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        found.bad("dtd")
    if b"<?xml-stylesheet" in data:
        found.bad("remote", "xml-stylesheet")
    for item in etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True)).iter():
        if not isinstance(item.tag, str):
            found.bad("slack", "comment or instruction")
            continue
        tag = etree.QName(item).localname
        if tag in SVG_BAD:
            found.bad("script", tag)
        if tag.startswith("animate") and item.get("attributeName", "").endswith("href"):
            found.bad("script", tag)
        for name, value in item.attrib.items():
            name = etree.QName(name).localname
            if name.lower().startswith("on"):
                found.bad("script", name)
            if name == "href" and not value.startswith("#") and not re.match(r"data:image/(png|jpeg|gif|webp);base64,", value):
                found.bad("remote", f"{tag} {value[:60]}")
            if re.search(r"url\(\s*['\"]?(?!#)|expression|@import|javascript:", value, re.I):
                found.bad("remote", f"{name} {value[:60]}")
        if tag == "style" and re.search(r"url\(\s*['\"]?(?!#)|expression|@import", item.text or "", re.I):
            found.bad("remote", "style")


def metafile(found, kind, data):
    """Records that hold what no drawing needs: escapes, comments."""
    at = 0
    if kind == "emf":
        while at + 8 <= len(data):
            record, size = struct.unpack("<II", data[at : at + 8])
            if size < 8:
                found.broken.append(("emf", "record size"))
                return
            if record in (70, 105, 106):
                found.bad("chunk", f"record {record}")
            at += size
            if record == 14:
                break
        if at != len(data):
            found.bad("slack", "after the metafile")
        return
    at = 18 + (22 if data.startswith(b"\xd7\xcd") else 0)
    while at + 6 <= len(data):
        size, record = struct.unpack("<IH", data[at : at + 6])
        if size < 3:
            found.broken.append(("wmf", "record size"))
            return
        if record & 0xFF == 0x26:
            found.bad("chunk", "escape")
        at += size * 2
        if not record:
            break
    if at != len(data):
        found.bad("slack", "after the metafile")


def ico(found, data):
    (count,) = struct.unpack("<H", data[4:6])
    spans = sorted(struct.unpack("<8xII", data[6 + 16 * n : 22 + 16 * n]) for n in range(count))
    spans = sorted((offset, size) for size, offset in spans)
    position = 6 + 16 * count
    for offset, size in spans:
        if offset != position:
            found.bad("slack", "between pictures")
        position = offset + size
        if position > len(data):
            found.broken.append(("ico", "a picture longer than the file"))
            return
        if data[offset : offset + 8] == b"\x89PNG\r\n\x1a\n":
            png(found, data[offset : offset + size])
            continue
        _, width, height, _, depth, packed = struct.unpack("<IiiHHI", data[offset : offset + 20])
        rows = abs(height) // 2
        least = 40 + (4 << depth if depth <= 8 else 0) + rows * ((width * depth + 31) // 32 * 4)
        if not packed and least > size + (4 << depth if depth <= 8 else 0):
            found.broken.append(("ico", "pixels are missing"))
    if position != len(data):
        found.bad("slack", "after the pictures")


READERS = {"png": png, "jpeg": jpeg, "gif": gif, "webp": webp, "bmp": bmp, "tiff": tiff, "svg": svg, "ico": ico}


def decode(data):
    picture = Image.open(io.BytesIO(data))
    for frame in range(min(getattr(picture, "n_frames", 1), 50)):
        picture.seek(frame)
        picture.load()
    return picture


def look(found, path, data):
    from . import sniff

    kind = sniff(path, data)
    found.attempt(kind, READERS[kind], found, data)
    if kind != "svg":
        try:
            decode(data)
        except Exception as error:  # noqa: BLE001
            found.broken.append(("Pillow", str(error)[:100]))
