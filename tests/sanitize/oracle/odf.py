"""OpenDocument: mimetype, manifest, names and links of every part; flat files too."""

import io
import posixpath
import re
import zipfile

from lxml import etree

from . import archive, look_bytes

XLINK = "{http://www.w3.org/1999/xlink}href"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
PARTS = {
    "basic/": "macro",
    "scripts/": "macro",
    "dialogs/": "macro",
    "configurations2/": "leftover",
    "thumbnails/": "leftover",
    "documentsignatures": "signature",
    "macrosignatures": "signature",
    "manifest.rdf": "custom-data",
    "fonts/": "font",
    "layout-cache": "leftover",
    "database/": "connection",
    "versionlist": "leftover",
}
ELEMENTS = {
    "event-listener": "macro",
    "script": "macro",
    "libraries": "macro",
    "dde-source": "dde",
    "dde-connection": "dde",
    "dde-connection-decl": "dde",
    "dde-link": "dde",
    "dde-links": "dde",
    "table-source": "external",
    "cell-range-source": "external",
    "section-source": "external",
    "plugin": "media",
    "applet": "control",
    "object-ole": "ole",
    "floating-frame": "external",
    "execute-macro": "macro",
    "database-display": "connection",
    "database-next": "connection",
    "database-row-select": "connection",
    "database-row-number": "connection",
    "database-name": "connection",
    "database-source-sql": "connection",
    "database-source-table": "connection",
    "database-source-query": "connection",
    "font-face-src": "font",
    "meta-template": "template",
    "template": "template",
    "auto-reload": "external",
    "source-service": "connection",
    "connection-resource": "connection",
    "form-file": "control",
    "sound": "media",
    "filter-and-source": "external",
    "model": "control",
}
FORMULA = re.compile(r"\b(WEBSERVICE|FILTERXML|DDE|HYPERLINK|IMAGE|COM\.[A-Z.]*|CALL)\s*\(|'(?:file|https?|ftp):[^']*'#|\bcmd\s*\|", re.I)


def parse(data):
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False))


def part(found, name, data, inside=None):
    if re.search(rb"<!DOCTYPE|<!ENTITY", data):
        found.bad("dtd", name)
        return
    for item in parse(data).iter():
        if not isinstance(item.tag, str):
            found.bad("slack", f"{name} comment or instruction")
            continue
        tag = etree.QName(item)
        if tag.localname in ELEMENTS and not (tag.localname in ("script", "template", "model", "sound") and "opendocument" not in (tag.namespace or "") and "xforms" not in (tag.namespace or "")):
            # office:scripts without children and text:script are told by their own names.
            found.bad(ELEMENTS[tag.localname], f"{name} {tag.localname}")
        for key, value in item.attrib.items():
            short = etree.QName(key).localname
            if key == XLINK and value and not value.startswith("#"):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), value))
                if inside is None or not any(other == target or other.startswith(target + "/") for other in inside):
                    link = tag.localname in ("a",) and re.match(r"(https?|mailto):", value)
                    found.bad("link" if link else "external", f"{name} {tag.localname} {value[:60]}")
            if short in ("formula", "condition", "content-validation", "base-cell-address", "target-range-address", "value") and short == "formula":
                if FORMULA.search(value):
                    found.bad("formula", f"{name} {value[:60]}")
            if short in ("macro-name", "dde-application", "target-frame") and short != "target-frame":
                found.bad("macro", f"{name} {short}={value[:40]}")
            if re.match(r"\s*(vnd\.sun\.star|macro:|\.uno:|javascript:|vbscript:|file:|\\\\|slot:|service:)", value) and short not in ("name", "display-name", "title", "desc", "string-value"):
                found.bad("scheme", f"{name} {short}={value[:60]}")
        if tag.localname == "config-item" and any("Printer" in value for value in item.attrib.values()) and len(item.text or "") > 60:
            found.bad("leftover", f"{name} printer setup")


def look(found, path, data):
    found.attempt("strict zip", archive.strict, found, data)
    package = zipfile.ZipFile(io.BytesIO(data))
    parts = found.attempt("zipfile", lambda: {name: package.read(name) for name in package.namelist()})
    if parts is None:
        return
    first = package.infolist()[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        found.broken.append(("odf", "mimetype is not first and stored"))
    listed = set()
    if "META-INF/manifest.xml" in parts:
        for item in parse(parts["META-INF/manifest.xml"]).iter(MANIFEST + "file-entry"):
            name = item.get(MANIFEST + "full-path", "")
            if name in listed:
                found.broken.append(("odf", f"listed twice: {name}"))
            listed.add(name)
            if len(item):
                found.bad("encrypted", name)
            if not name.endswith("/") and name not in parts:
                found.broken.append(("odf", f"listed but missing: {name}"))
    else:
        found.broken.append(("odf", "no manifest"))
    for name in parts:
        if name not in listed and name != "mimetype" and not name.startswith("META-INF/") and not name.endswith("/"):
            found.bad("unreferenced", name)
    inside = set(parts)
    for name, content in parts.items():
        low = name.lower()
        for piece, code in PARTS.items():
            if low.startswith(piece) or f"/{piece}" in low or piece in ("documentsignatures", "macrosignatures", "manifest.rdf") and piece in low:
                found.bad(code, name)
        if low.endswith((".xml", ".rdf")) and content:
            found.attempt(name, part, found, name, content, inside)
        elif content and name != "mimetype" and not name.endswith("/"):
            found.under(name, look_bytes(name if "." in name else name + ".bin", content))


def look_flat(found, path, data):
    found.attempt("flat", part, found, "flat", data)
