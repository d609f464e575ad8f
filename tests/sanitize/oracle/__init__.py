"""What is wrong with a file, by programs that share nothing with Sekisho.

`look(path)` gives a `Found`: `danger` (code, where) for what must not be in a sanitized file, `broken` for what
makes a reader repair or refuse it, `unknown` for detectors that failed (never to be read as clean), and `soft` for
what only the policy decides (who wrote it).
"""

import os
import pathlib
import tempfile


class Found:
    def __init__(self):
        self.danger, self.broken, self.unknown, self.soft = [], [], [], []

    def bad(self, code, where=""):
        if (code, where) not in self.danger:
            self.danger.append((code, where))

    def codes(self):
        return {code for code, _ in self.danger}

    def under(self, name, inner):
        for mine, theirs in ((self.danger, inner.danger), (self.broken, inner.broken), (self.soft, inner.soft)):
            mine.extend((code, f"{name} › {where}"[:160]) for code, where in theirs)
        self.unknown.extend(f"{name} › {text}" for text in inner.unknown)

    def attempt(self, name, function, *arguments):
        """Runs one detector; its failure is told as unknown."""
        try:
            return function(*arguments)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is not a clean bill)
            self.unknown.append(f"{name}: {type(error).__name__}: {str(error)[:120]}")
            return None


PICTURES = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"\0\0\1\0": "ico",
    b"\0\0\2\0": "ico",
}
EXECUTABLE = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"#!", b"L\0\0\0\x01\x14\x02\0")


def sniff(name, data):
    """The family of a file, by its first bytes and its name."""
    end = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if data[:4] == b"PK\3\4" or data[:4] == b"PK\5\6":
        from .archive import names

        inside = names(data)
        if end == "zip":
            return "zip"
        if "[Content_Types].xml" in inside:
            return "opc"
        if "mimetype" in inside and ("content.xml" in inside or "META-INF/manifest.xml" in inside):
            return "odf"
        return "zip"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    for magic, kind in PICTURES.items():
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(b"\xd7\xcd\xc6\x9a") or data.startswith(b"\1\0\t\0"):
        return "wmf"
    if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF":
        return "emf"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "cfb"
    if data.startswith(b"{\\rt"):
        return "rtf"
    if data.startswith(EXECUTABLE):
        return "executable"
    known = {"svg": "svg", "csv": "csv", "tsv": "csv", "tab": "csv", "htm": "html", "html": "html", "xhtml": "html", "mht": "eml"}
    known |= {"ics": "calendar", "vcf": "calendar", "ifb": "calendar", "eml": "eml", "xml": "xml", "json": "json", "gml": "xml"}
    known |= {"fodt": "flat", "fods": "flat", "fodp": "flat", "fodg": "flat", "txt": "text", "text": "text", "log": "text", "md": "text"}
    return known.get(end, "text")


DEPTH = 0


def look_bytes(name, data):
    """As `look`, for a file inside another one."""
    global DEPTH
    if DEPTH > 8:
        found = Found()
        found.bad("nesting", name)
        return found
    end = pathlib.PurePath(name).suffix[:12] or ".bin"
    handle, path = tempfile.mkstemp(suffix=end)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        DEPTH += 1
        return look(path)
    finally:
        DEPTH -= 1
        os.unlink(path)


def look(path):
    """Everything found in a file, and in the files inside it."""
    from . import archive, mail, odf, opc, pdf, picture, plain

    path = str(path)
    data = pathlib.Path(path).read_bytes()
    found = Found()
    kind = sniff(path, data)
    readers = {"opc": opc.look, "odf": odf.look, "flat": odf.look_flat, "pdf": pdf.look, "zip": archive.look}
    readers |= {"html": plain.html, "csv": plain.csv, "calendar": plain.calendar, "xml": plain.xml, "json": plain.json, "text": plain.text}
    readers |= {"eml": mail.look}
    readers |= {kind: picture.look for kind in ("png", "jpeg", "gif", "bmp", "tiff", "ico", "webp", "svg")}
    if kind in readers:
        readers[kind](found, path, data)
    elif kind in ("wmf", "emf"):
        picture.metafile(found, kind, data)
    else:
        found.bad("unsafe-kind", kind)
    return found
