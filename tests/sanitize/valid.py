"""Whether independent readers open an original: only then must the engine deliver it."""

import io
import pathlib
import re
import subprocess
import zipfile

from oracle import Found, sniff
from oracle.archive import DEVICE, UNSAFE

OFFICE = {"docx": "word", "docm": "word", "dotx": "word", "dotm": "word", "xlsx": "sheet", "xlsm": "sheet", "xltx": "sheet", "xltm": "sheet"}
OFFICE |= {kind: "slides" for kind in ("pptx", "pptm", "potx", "potm", "ppsx", "ppsm")}
NESTING = 6
ODF = ("odt", "ods", "odp", "odg", "ott", "ots", "otp")
IMAGES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "dib", "tif", "tiff", "ico")
MACRO_TYPES = [
    (rb"application/vnd\.ms-word\.(document|template)\.macroEnabled(Template)?\.main\+xml", b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    (rb"application/vnd\.openxmlformats-officedocument\.wordprocessingml\.template\.main\+xml", b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    (rb"application/vnd\.ms-excel\.(sheet|template)\.macroEnabled\.main\+xml", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    (rb"application/vnd\.ms-powerpoint\.(presentation|template|slideshow)\.macroEnabled\.main\+xml", b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"),
    (rb"application/vnd\.openxmlformats-officedocument\.presentationml\.(template|slideshow)\.main\+xml", b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"),
]


def family(path):
    """The family whose delivery is counted, by the name; none for others."""
    end = pathlib.Path(path).suffix[1:].lower()
    if end in OFFICE:
        return {"word": "docx", "sheet": "xlsx", "slides": "pptx"}[OFFICE[end]]
    if end in ODF:
        return {"ott": "odt", "ots": "ods", "otp": "odp"}.get(end, end)
    if end in IMAGES:
        return "image"
    return end if end in ("pdf", "zip") else None


def plain_types(data):
    """The same package with the content types of macro variants and templates as those of plain files."""
    package, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for info in package.infolist():
            content = package.read(info)
            if info.filename == "[Content_Types].xml":
                for old, new in MACRO_TYPES:
                    content = re.sub(old, new, content)
            copy.writestr(info.filename, content)
    return out.getvalue()


def read_office(path):
    """The document as python-docx, openpyxl or python-pptx read it."""
    data = plain_types(pathlib.Path(path).read_bytes())
    kind = OFFICE[pathlib.Path(path).suffix[1:].lower()]
    if kind == "word":
        import docx

        return docx.Document(io.BytesIO(data))
    if kind == "sheet":
        import openpyxl

        return openpyxl.load_workbook(io.BytesIO(data))
    import pptx

    return pptx.Presentation(io.BytesIO(data))


def whole(data):
    """A ZIP that zipfile reads to the end, without tricks."""
    package = zipfile.ZipFile(io.BytesIO(data))
    names = [info.filename for info in package.infolist()]
    assert names and package.testzip() is None, "damaged"
    assert not any(info.flag_bits & 1 for info in package.infolist()), "encrypted"
    assert len({name.casefold() for name in names}) == len(names), "a name twice"
    return package


def depth(data, so_far=0):
    """How deep archives are in archives; one that contains itself is as deep as anyone looks."""
    if so_far > NESTING or data[:4] != b"PK\3\4":
        return so_far
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        inner = [package.read(name) for name in package.namelist() if not name.endswith("/")]
    except Exception:  # noqa: BLE001
        return so_far + 1
    return max([depth(one, so_far + 1) for one in inner] or [so_far + 1])


def why_not(path):
    """None if independent readers open it, else what they say."""
    path = str(path)
    data, kind = pathlib.Path(path).read_bytes(), family(path)
    try:
        if kind in ("docx", "xlsx", "pptx"):
            package = whole(data)
            for name in package.namelist():
                assert not name.endswith((".xml", ".rels")) or b"<!DOCTYPE" not in package.read(name), "DTD"
            read_office(path)
        elif kind in ("odt", "ods", "odp", "odg"):
            package = whole(data)
            assert b"encryption-data" not in package.read("META-INF/manifest.xml"), "encrypted"
            import odf.opendocument

            odf.opendocument.load(path)
        elif kind == "pdf":
            done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
            assert done.returncode == 0, "qpdf: " + (done.stderr + done.stdout).strip().splitlines()[-1][-80:]
        elif kind == "image":
            from oracle import picture

            found = sniff(path, data)
            assert found in picture.READERS, f"is {found}"
            picture.decode(data)
            strict = Found()
            picture.READERS[found](strict, data)
            assert not strict.broken, f"strictly read: {strict.broken[0][1]}"
        elif kind == "zip":
            package = whole(data)
            assert not any(UNSAFE.search(name.rstrip("/")) or DEVICE.match(name) for name in package.namelist()), "names"
            assert depth(data) <= NESTING, "archives within archives"
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"[:120]
    return None
