"""PDF: every object by qpdf's reader (unreferenced ones and those in object streams too), pdfid, qpdf --check."""

import re
import subprocess
import tempfile

import pikepdf
from pdfid import pdfid

ACTIONS = set(
    "JavaScript Launch SubmitForm ImportData GoToR GoToE Thread Sound Movie Rendition RichMediaExecute Trans GoTo3DView Hide ResetForm URI".split()
)
TURNING = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
ANNOTATIONS = set("FileAttachment RichMedia Screen Movie Sound 3D TrapNet PrinterMark Watermark3D Projection".split())
KEYS = {
    "/JS": "script",
    "/XFA": "xfa",
    "/EF": "embedded-file",
    "/EmbeddedFiles": "embedded-file",
    "/AF": "embedded-file",
    "/Collection": "portfolio",
    "/RichMediaContent": "media",
    "/RichMediaSettings": "media",
    "/3DD": "media",
    "/Perms": "signature",
    "/DSS": "signature",
    "/PieceInfo": "private-data",
    "/SpiderInfo": "private-data",
    "/OPI": "opi",
    "/Alternates": "alternate-image",
    "/AlternatePresentations": "presentation",
    "/FFilter": "external-stream",
    "/JavaScript": "script",
    "/Requirements": "script",
    "/Threads": "thread",
}
FILTERS = {"/JBIG2Decode": "jbig2", "/JPXDecode": "jpx", "/Crypt": "crypt"}
QUIET = "/AA /JS /JavaScript /Launch /EmbeddedFile /RichMedia /XFA /Encrypt /JBIG2Decode /AcroForm".split()


def dictionary(found, item, where):
    """One dictionary by itself."""
    for key, code in KEYS.items():
        if key in item:
            found.bad(code, f"{where} {key}")
    if "/AA" in item and len(item["/AA"]):
        found.bad("action", f"{where} /AA")
    kind, sub, action = (str(item.get(key, "")) for key in ("/Type", "/Subtype", "/S"))
    is_structure = kind == "/StructElem" or ("/P" in item and "/K" in item)
    if action.lstrip("/") in ACTIONS and not is_structure and (kind in ("", "/Action")) and not is_transparency(item):
        found.bad("link" if action == "/URI" else "action", f"{where} {action}")
    if action == "/Named" and str(item.get("/N", "")) not in TURNING:
        found.bad("action", f"{where} Named {item.get('/N', '')}")
    if sub.lstrip("/") in ANNOTATIONS and ("/Rect" in item or kind == "/Annot"):
        found.bad("annotation", f"{where} {sub}")
    if kind in ("/Filespec", "/F", "/EmbeddedFile"):
        found.bad("embedded-file", f"{where} {kind}")
    if kind == "/Sig" or str(item.get("/FT", "")) == "/Sig" and "/V" in item or "/ByteRange" in item:
        found.bad("signature", where)
    if "/OpenAction" in item:
        opens = item["/OpenAction"]
        if isinstance(opens, pikepdf.Dictionary) and str(opens.get("/S", "")) != "/GoTo":
            found.bad("action", f"{where} /OpenAction")
    if sub == "/PS" or (sub == "/Form" and "/Ref" in item) or str(item.get("/Subtype2", "")) == "/PS":
        found.bad("postscript", where)
    if kind == "/ExtGState" and any(key in item and item[key] not in (pikepdf.Name("/Default"), pikepdf.Name("/Identity")) for key in ("/HTP", "/TR")):
        found.soft.append(("transfer-function", where))
    if "/Metadata" in item:
        found.soft.append(("metadata", where))


def is_transparency(item):
    return "/CS" in item and "/I" in item


def walk(found, value, where, depth=0):
    """A value with what stands directly inside it; references have numbers of their own."""
    if depth > 60:
        found.unknown.append(f"{where}: too deep")
        return
    if isinstance(value, pikepdf.Stream):
        if "/F" in value and not isinstance(value["/F"], pikepdf.Name):
            found.bad("external-stream", where)
        filters = value.get("/Filter", [])
        for name in [filters] if isinstance(filters, pikepdf.Name) else list(filters):
            if str(name) in FILTERS:
                found.bad(FILTERS[str(name)], where)
    if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        dictionary(found, value, where)
        for key in value.keys():
            # qpdf resolves a reference when it is asked for; those objects are walked by their own number.
            inner = value.get(key)
            if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
                walk(found, inner, where, depth + 1)
    elif isinstance(value, pikepdf.Array):
        for inner in value:
            if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
                walk(found, inner, where, depth + 1)


def reachable(document):
    """Numbers of the objects that the trailer leads to."""
    seen, left = set(), [document.trailer]
    while left:
        value = left.pop()
        if value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
            left.extend(inner for inner in (value.get(key) for key in value.keys()) if isinstance(inner, pikepdf.Object))
        elif isinstance(value, pikepdf.Array):
            left.extend(inner for inner in value if isinstance(inner, pikepdf.Object))
    return seen


def objects(found, path):
    with pikepdf.open(path) as document:
        if document.is_encrypted:
            found.bad("encrypted")
        walk(found, document.trailer, "trailer")
        total = []
        for item in document.objects:
            if isinstance(item, pikepdf.Object) and item.objgen != (0, 0):
                total.append(item.objgen)
                walk(found, item, f"object {item.objgen[0]}")
        unreached = {
            number
            for number in set(total) - reachable(document)
            if not isinstance(document.get_object(number), pikepdf.Stream)
            or str(document.get_object(number).get("/Type", "")) not in ("/ObjStm", "/XRef")
        }
        if unreached:
            found.bad("unreferenced", f"{len(unreached)} objects, first {min(unreached)}")
        info = document.trailer.get("/Info")
        if info is not None and any(key in info for key in ("/Author", "/Creator", "/Keywords", "/Subject")):
            found.soft.append(("metadata", "/Info"))
        found.pages = len(document.pages)


def without_streams(data):
    return re.sub(rb"stream\r?\n.*?endstream", b"stream\nendstream", data, flags=re.S)


def counts(path):
    """What pdfid counts, by name."""
    tree = pdfid.PDFiD(path, allNames=False, extraData=False, disarm=False, force=True)
    return {word.getAttribute("Name"): int(word.getAttribute("Count")) for word in tree.documentElement.getElementsByTagName("Keyword")}


def names(found, path, data):
    seen = {name for name, count in counts(path).items() if count and name in QUIET}
    if seen:
        # Three bytes of compressed pixels can look like a name: look again without the streams' content.
        with tempfile.NamedTemporaryFile(suffix=".pdf") as bare:
            bare.write(without_streams(data))
            bare.flush()
            again = counts(bare.name)
        for name in seen:
            if again.get(name) and name != "/AcroForm":
                found.bad("pdfid", name)


def look(found, path, data):
    if not data.startswith(b"%PDF-"):
        found.bad("slack", "before the header")
    if data.count(b"startxref") > 1 and without_streams(data).count(b"startxref") > 1:
        found.bad("revisions", "more than one")
    if not re.search(rb"startxref\s+\d+\s+%%EOF\s*$", data[-64:]):
        found.bad("slack", "after the end")
    found.attempt("objects", objects, found, path)
    found.attempt("pdfid", names, found, path, data)
    check = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    if check.returncode or "WARNING" in check.stdout + check.stderr:
        lines = [line for line in (check.stderr + check.stdout).splitlines() if "WARNING" in line or "rror" in line]
        found.broken.append(("qpdf --check", (lines or ["?"])[0][-140:]))
