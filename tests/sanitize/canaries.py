"""Markers of 32 bytes in every place of a file that nobody shows: none may be in the output, however it is unpacked."""

import gzip
import hashlib
import io
import os
import pathlib
import re
import struct
import zipfile
import zlib

import samples


def marker(place):
    """32 letters that stand nowhere else; the same for the same place."""
    return ("Q" + hashlib.sha256(place.encode()).hexdigest()[:30] + "Z").encode()


def unpacked(data, depth=0):
    """All bytes of a file: as they are, members of archives, inflated streams, decoded base64."""
    yield data
    if depth > 4:
        return
    if data[:2] == b"PK":
        try:
            package = zipfile.ZipFile(io.BytesIO(data))
            for name in package.namelist():
                yield name.encode()
                yield from unpacked(package.read(name), depth + 1)
        except Exception:  # noqa: BLE001  (what cannot be opened was yielded as it is)
            pass
    if data[:4] == b"\x89PNG":
        at, body = 8, b""
        while at + 8 <= len(data):
            size, kind = struct.unpack(">I4s", data[at : at + 8])
            body += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
            at += size + 12
        yield from inflated(body)
    if b"%PDF" in data[:1024]:
        import pikepdf

        with pikepdf.open(io.BytesIO(data)) as document:
            for item in document.objects:
                if isinstance(item, pikepdf.Stream):
                    try:
                        yield item.read_bytes()
                    except Exception:  # noqa: BLE001
                        yield item.read_raw_bytes()
                yield repr(item).encode()
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    for match in re.finditer(rb"[A-Za-z0-9+/\r\n]{80,}={0,2}", data):
        import base64

        try:
            yield base64.b64decode(re.sub(rb"\s", b"", match.group()) + b"==")
        except Exception:  # noqa: BLE001
            pass


def inflated(data):
    try:
        inflate = zlib.decompressobj()
        yield inflate.decompress(data) + inflate.flush()
    except zlib.error:
        pass


def survives(data, mark):
    forms = [mark, mark.decode().encode("utf-16-le"), mark.decode().encode("utf-16-be"), mark.hex().encode(), mark.hex().upper().encode()]
    return any(form in piece for piece in unpacked(data) for form in forms)


# ── packages ─────────────────────────────────────────────────────────────────────────────────────────────────


def repack(data, change=None, add=None, extra=None, comment=b"", entry_comment=None):
    """A ZIP written anew with parts changed or added, extra fields and comments."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if change and info.filename in change:
                content = change[info.filename](content)
            new = zipfile.ZipInfo(info.filename, info.date_time)
            new.compress_type = info.compress_type
            if extra and not info.filename.startswith("mimetype"):
                new.extra = struct.pack("<HH", 0x7777, len(extra)) + extra
            if entry_comment:
                new.comment = entry_comment
            target.writestr(new, content)
        for name, content in (add or {}).items():
            target.writestr(name, content)
        target.comment = comment
    return out.getvalue()


def between(data, mark):
    """The marker between the members and the directory."""
    end = data.rfind(b"PK\5\6")
    start = struct.unpack("<I", data[end + 16 : end + 20])[0]
    head = bytearray(data[end:])
    head[16:20] = struct.pack("<I", start + len(mark))
    return data[:start] + mark + data[start:end] + bytes(head)


def sub_last(new):
    """New content as the last inside the root."""
    return lambda xml: re.sub(rb"(</[\w:]+>)\s*$", lambda found: new + found.group(1), xml)


def package_places(kind, data):
    part = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}.get(kind, "content.xml")
    after_root = lambda mark: lambda xml: xml + b"<!--" + mark + b"-->"  # noqa: E731
    yield "zip-comment", lambda m: repack(data, comment=m)
    yield "zip-entry-comment", lambda m: repack(data, entry_comment=m)
    yield "zip-extra", lambda m: repack(data, extra=m)
    yield "before-zip", lambda m: m + data
    yield "after-zip", lambda m: data + m
    yield "between-members-and-directory", lambda m: between(data, m)
    yield "unknown-part", lambda m: repack(data, add={"unknown/part.bin": m})
    yield "xml-comment", lambda m: repack(data, change={part: after_root(m)})
    yield "xml-instruction", lambda m: repack(data, change={part: lambda xml: xml + b"<?x " + m + b"?>"})
    yield "xml-unknown-attribute", lambda m: repack(data, change={part: lambda xml: re.sub(rb"(<[\w:-]+)( [^>]*xmlns)", rb'\1 xmlns:qq="urn:qq" qq:a="' + m + rb'"\2', xml, count=1)})
    if kind in ("docx", "xlsx", "pptx"):
        yield "custom-xml", lambda m: repack(data, add={"customXml/item9.xml": b"<a>" + m + b"</a>"})
        # Who wrote it is kept as text by the default policy; what the format does not know is not.
        yield "unknown-property", lambda m: repack(data, change={"docProps/core.xml": sub_last(b'<q:q xmlns:q="urn:q">' + m + b"</q:q>")})
        yield "printer-settings", lambda m: repack(data, add={"ppt/printerSettings/printerSettings7.bin": m})
        yield "part-in-picture", lambda m: repack(data, change={name: (lambda png: chunk(png, b"tEXt", b"Comment\0" + m)) for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name.endswith(".png")})
        yield "after-picture", lambda m: repack(data, change={name: (lambda png: png + m) for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name.endswith(".png")})
        yield "ignorable-extension", lambda m: repack(data, change={part: lambda xml: re.sub(rb"(<\w+:?\w*)( [^>]*>)", rb'\1 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:qq="urn:qq" mc:Ignorable="qq" qq:a="' + m + rb'"\2', xml, count=1) if b"mc:Ignorable" not in xml else xml.replace(b'mc:Ignorable="', b'xmlns:qq="urn:qq" qq:a="' + m + b'" mc:Ignorable="qq ', 1)})
    else:
        yield "thumbnail", lambda m: repack(data, add={"Thumbnails/thumbnail.png": m})
        yield "configuration", lambda m: repack(data, add={"Configurations2/a.xml": m})
        yield "generator", lambda m: repack(data, change={"meta.xml": lambda xml: re.sub(rb"(<meta:generator>)", rb"\1" + m, xml)})


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────


def chunk(png, kind, body):
    piece = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + piece + png[33:]


def idat_tail(png, mark):
    """The marker inside the pixels' chunk, after their compressed stream."""
    at = png.index(b"IDAT")
    (size,) = struct.unpack(">I", png[at - 4 : at])
    body = png[at + 4 : at + 4 + size] + mark
    return png[: at - 4] + struct.pack(">I", len(body)) + b"IDAT" + body + struct.pack(">I", zlib.crc32(b"IDAT" + body)) + png[at + 8 + size :]


def picture_places(kind, data):
    yield "after-end", lambda m: data + m
    if kind == "png":
        for name in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"prVt", b"tIME"):
            yield f"png-{name.decode()}", lambda m, name=name: chunk(data, name, b"a\0" + m)
        yield "png-pixel-tail", lambda m: idat_tail(data, m)
        yield "png-icc-name", lambda m: chunk(data, b"iCCP", m + b"\0\0" + zlib.compress(b"not a profile " + m))
    if kind == "jpg":
        for number in (1, 2, 3, 4, 12, 13, 15):
            head = {1: b"Exif\0\0", 2: b"ICC_PROFILE\0\1\1"}.get(number, b"")
            yield f"jpeg-app{number}", lambda m, number=number, head=head: data[:2] + bytes([0xFF, 0xE0 + number]) + struct.pack(">H", 2 + len(head + m)) + head + m + data[2:]
        yield "jpeg-comment", lambda m: data[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(m)) + m + data[2:]
        yield "jpeg-jfif-thumbnail", lambda m: data[:18] + m + data[18:] if False else data.replace(data[2:20], data[2:4] + struct.pack(">H", 16 + 33) + data[6:18] + b"\x0b\x01" + (m + b"\0"), 1)
    if kind == "gif":
        yield "gif-comment", lambda m: gif_block(data, b"\x21\xfe" + bytes([len(m)]) + m + b"\0")
        yield "gif-application", lambda m: gif_block(data, b"\x21\xff\x0bXMP DataXMP" + bytes([len(m)]) + m + b"\0")
    if kind == "webp":
        yield "webp-chunk", lambda m: webp_chunk(data, b"EXIF", m)
        yield "webp-unknown", lambda m: webp_chunk(data, b"QQQQ", m)
    if kind == "bmp":
        yield "bmp-gap", lambda m: data[:10] + struct.pack("<I", struct.unpack("<I", data[10:14])[0] + len(m)) + data[14:54] + m + data[54:]
    if kind == "ico":
        yield "ico-gap", lambda m: data[:18] + struct.pack("<I", struct.unpack("<I", data[18:22])[0]) + data[22:] + m
    if kind == "tif":
        yield "tiff-description", lambda m: tiff_with(270, m)
        yield "tiff-xmp", lambda m: tiff_with(700, m)


def gif_block(data, block):
    size = 13 + (3 << ((data[10] & 7) + 1))
    return data[:size] + block + data[size:]


def webp_chunk(data, kind, mark):
    body = data[12:] + kind + struct.pack("<I", len(mark)) + mark
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff_with(tag, mark):
    from PIL import Image, TiffImagePlugin

    info, out = TiffImagePlugin.ImageFileDirectory_v2(), io.BytesIO()
    info[tag] = mark.decode() if tag == 270 else mark
    if tag != 270:
        info.tagtype[tag] = 1
    Image.open(io.BytesIO(samples.picture())).save(out, "TIFF", tiffinfo=info)
    return out.getvalue()


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────


def pdf_with(change):
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(samples.pdf())) as document:
        change(document)
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return out.getvalue()


def unreferenced(data, mark):
    """A second revision with an object that nothing refers to."""
    xref = int(re.search(rb"startxref\s+(\d+)", data).group(1))
    size = int(re.search(rb"/Size (\d+)", data).group(1))
    root = re.search(rb"/Root (\d+ 0 R)", data).group(1)
    at = len(data)
    item = b"%d 0 obj\n(%s)\nendobj\n" % (size, mark)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer << /Size %d /Root %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, at, size + 1, root, xref, at + len(item))
    return data + item + table


def pdf_places(data):
    import pikepdf
    from pikepdf import Dictionary, Name, String

    yield "before-header", lambda m: m + b"\n" + data
    yield "after-end", lambda m: data + m
    yield "comment", lambda m: data.replace(b"endobj", b"endobj\n%" + m, 1)
    yield "unreferenced-object", lambda m: unreferenced(data, m)
    yield "xmp", lambda m: pdf_with(lambda d: d.Root.__setitem__("/Metadata", d.make_stream(b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:q="urn:q" rdf:about="" q:a="' + m + b'"/></rdf:RDF></x:xmpmeta>', Type=Name.Metadata, Subtype=Name.XML)))
    yield "author", lambda m: pdf_with(lambda d: d.docinfo.__setitem__("/Author", String(m.decode())))
    yield "unknown-catalog-key", lambda m: pdf_with(lambda d: d.Root.__setitem__("/Qq", String(m.decode())))
    yield "unknown-page-key", lambda m: pdf_with(lambda d: d.pages[0].obj.__setitem__("/Qq", String(m.decode())))
    yield "unknown-stream-key", lambda m: pdf_with(lambda d: d.pages[0].obj.Contents.__setitem__("/Qq", String(m.decode())))
    yield "piece-info", lambda m: pdf_with(lambda d: d.pages[0].obj.__setitem__("/PieceInfo", Dictionary(Qq=Dictionary(Private=String(m.decode())))))
    yield "attachment", lambda m: pdf_with(lambda d: d.attachments.__setitem__("a.txt", pikepdf.AttachedFileSpec(d, m, filename="a.txt")))
    yield "javascript", lambda m: pdf_with(lambda d: d.Root.__setitem__("/OpenAction", Dictionary(S=Name.JavaScript, JS=String(m.decode()))))
    yield "content-comment", lambda m: pdf_with(lambda d: d.pages[0].obj.__setitem__("/Contents", d.make_stream(d.pages[0].obj.Contents.read_bytes() + b"\n%" + m + b"\n")))
    yield "unused-resource", lambda m: pdf_with(lambda d: d.pages[0].obj.Resources.__setitem__("/Qq", Dictionary(A=String(m.decode()))))
    yield "content-properties", lambda m: pdf_with(lambda d: d.pages[0].obj.__setitem__("/Contents", d.make_stream(d.pages[0].obj.Contents.read_bytes() + b"\n/Qq <</A (" + m + b")>> DP\n")))
    yield "image-tail", lambda m: pdf_with(lambda d: d.pages[0].obj.Resources.XObject.I1.write(d.pages[0].obj.Resources.XObject.I1.read_bytes() + m))


# ── text and mail ────────────────────────────────────────────────────────────────────────────────────────────


def text_places():
    yield "svg", "comment", lambda m: samples.SVG.replace("</svg>", f"<!--{m.decode()}--></svg>").encode()
    yield "svg", "metadata", lambda m: samples.SVG.replace("</svg>", f"<metadata>{m.decode()}</metadata></svg>").encode()
    yield "svg", "unknown", lambda m: samples.SVG.replace("</svg>", f'<g xmlns:q="urn:q" q:a="{m.decode()}"/></svg>').encode()
    yield "svg", "script", lambda m: samples.SVG.replace("</svg>", f"<script>{m.decode()}</script></svg>").encode()
    yield "html", "comment", lambda m: samples.HTML.replace("</body>", f"<!--{m.decode()}--></body>").encode()
    yield "html", "script", lambda m: samples.HTML.replace("</body>", f"<script>{m.decode()}</script></body>").encode()
    yield "html", "data-attribute", lambda m: samples.HTML.replace("<p>", f'<p data-x="{m.decode()}">').encode()
    yield "html", "template", lambda m: samples.HTML.replace("</body>", f"<template>{m.decode()}</template></body>").encode()
    yield "html", "meta", lambda m: samples.HTML.replace("<title>", f'<meta name="generator" content="{m.decode()}"><title>').encode()
    yield "ics", "unknown-property", lambda m: samples.ICS.replace("END:VEVENT", f"X-QQ:{m.decode()}\r\nEND:VEVENT").encode()
    yield "ics", "attach", lambda m: samples.ICS.replace("END:VEVENT", f"ATTACH:https://example.com/{m.decode()}\r\nEND:VEVENT").encode()
    yield "vcf", "unknown-property", lambda m: samples.VCF.replace("END:VCARD", f"X-QQ:{m.decode()}\r\nEND:VCARD").encode()
    mail = samples.mail()
    yield "eml", "preamble", lambda m: mail.replace(b"\r\n\r\n--", b"\r\n\r\n" + m + b"\r\n--", 1)
    yield "eml", "epilogue", lambda m: mail + b"\r\n" + m + b"\r\n"
    yield "eml", "header", lambda m: b"X-Qq: " + m + b"\r\n" + mail
    yield "eml", "received", lambda m: b"Received: from " + m + b" by b\r\n" + mail
    yield "eml", "part-header", lambda m: mail.replace(b"Content-Disposition: attachment;", b"Content-Description: " + m + b"\r\nContent-Disposition: attachment;", 1)
    yield "eml", "after-base64", lambda m: mail.replace(b"\r\n--=_part_of_a_sample--", b"\r\n=\r\n!" + m + b"\r\n--=_part_of_a_sample--")
    yield "eml", "html-comment", lambda m: html_mail(b"<p>text</p><!--" + m + b"-->")
    yield "xml", "comment", lambda m: samples.XML.replace("</申請>", f"<?q {m.decode()}?></申請>").encode()


def html_mail(body):
    return b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body + b"\r\n"


def every_place():
    """(family, place, bytes with the marker of that place)."""
    files = samples.all_of_them()
    for kind in ("docx", "xlsx", "pptx", "odt", "ods", "odp"):
        for place, make in package_places(kind, files[f"clean.{kind}"]):
            yield kind, place, make
    for place, make in list(package_places("zip", files["clean.zip"]))[:6]:
        yield "zip", place, make
    for kind in ("png", "jpg", "gif", "webp", "bmp", "ico", "tif"):
        for place, make in picture_places(kind, files[f"clean-{kind}.{kind}"]):
            yield kind, place, make
    for place, make in pdf_places(files["clean.pdf"]):
        yield "pdf", place, make
    yield from text_places()


def check(engine, scratch, failures):
    folder = scratch / "in"
    folder.mkdir(parents=True, exist_ok=True)
    marks, inert = {}, 0
    for kind, place, make in every_place():
        mark = marker(kind + place)
        path = folder / f"{kind}-{place}.{kind}"
        path.write_bytes(make(mark))
        if not survives(path.read_bytes(), mark):
            inert += 1
            print(f"  the marker of {path.name} is not found before: not a test")
            continue
        marks[str(path)] = mark
    reports = engine.run(list(marks), scratch / "out")
    survived, held = 0, []
    for path, report in reports.items():
        output = report.get("output")
        if report["outcome"] == "HELD" or not output or not os.path.exists(output):
            held.append(os.path.basename(path))
            continue
        if survives(pathlib.Path(output).read_bytes(), marks[path]):
            survived += 1
            failures.add(os.path.basename(path), "canary", "the marker is in the output")
    print(f"{len(marks)} places with a marker: {survived} survive, {len(held)} held, {len(marks) - survived - len(held)} delivered without it")
    if held:
        print("  held: " + " ".join(held))
