"""OOXML: the package as a graph, each part by its names and values, and oletools on top."""

import io
import logging
import posixpath
import re
import zipfile
from urllib.parse import unquote

from lxml import etree

from . import archive, look_bytes, sniff

logging.disable(logging.CRITICAL)
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
RS = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"

PARTS = {
    "vbaproject": "macro",
    "vbadata": "macro",
    "attachedtoolbars": "macro",
    "customizations.xml": "macro",
    "/activex/": "control",
    "/ctrlprops/": "control",
    "/macrosheets/": "xlm",
    "/dialogsheets/": "xlm",
    "intlmacrosheet": "xlm",
    "customui": "add-in",
    "usercustomization": "add-in",
    "webextension": "add-in",
    "taskpanes": "add-in",
    "printersettings": "leftover",
    "thumbnail": "leftover",
    "/connections.xml": "connection",
    "/querytables/": "connection",
    "/externallinks/": "external",
    "/model/": "connection",
    "_xmlsignatures": "signature",
    ".odttf": "font",
    ".fntdata": "font",
    "/afchunk": "foreign",
    ".mht": "foreign",
    ".rtf": "foreign",
}
MEDIA = tuple(".mp3 .mp4 .wav .wma .wmv .avi .mov .m4a .m4v .mid .midi .au .aif .aiff .mpg .mpeg .asf .mkv .swf .glb".split())
ELEMENTS = {
    "altChunk": "foreign",
    "control": "control",
    "attachedTemplate": "template",
    "subDoc": "external",
    "framesetSrc": "external",
    "ddeLink": "dde",
    "oleLink": "dde",
    "webExtension": "add-in",
    "webPublishItems": "connection",
    "externalReferences": "external",
    "queryTableRefresh": "connection",
    "connection": "connection",
    "audioFile": "media",
    "videoFile": "media",
    "wavAudioFile": "media",
    "audioCd": "media",
    "quickTimeFile": "media",
    "sndAc": "media",
    "snd": "media",
    "embedRegular": "font",
    "embedBold": "font",
    "embedItalic": "font",
    "embedBoldItalic": "font",
    "embeddedFont": "font",
    "dataBinding": "custom-data",
    "movie": "media",
    "saveThroughXslt": "external",
    "mailMerge": "connection",
}
SCHEME = re.compile(r"^\s*(file:|\\\\|//[\w.]|javascript:|vbscript:|ms-[a-z]+:|search-ms:|mhtml:|ldap:|data:)", re.I)
FIELD = re.compile(r"^[\s\"]*(DDE|DDEAUTO|INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DATABASE|MACROBUTTON|GOTOBUTTON|HYPERLINK(?!\s+\\l)|RD|AUTOTEXT|AUTOTEXTLIST|CONTROL|HTMLCONTROL|ADDIN|MAILMERGE|PRINT|EMBED)\b", re.I)
FORMULA = re.compile(r"\b(WEBSERVICE|FILTERXML|RTD|CALL|REGISTER(\.ID)?|EXEC|STOCKHISTORY|_xlws\.PY|IMAGE|HYPERLINK|SQL\.REQUEST|DDE)\s*\(|\|\s*'|\[\d+\]\S*!|'[^']*(?:https?:|\\\\|file:)[^']*'!", re.I)


def parse(data):
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False))


def resolve(source, target):
    if target.startswith("/"):
        return posixpath.normpath(unquote(target)).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(target)))


def graph(found, parts):
    """Every part typed and reached, every relationship leads somewhere, every id once."""
    types = parse(parts["[Content_Types].xml"])
    default = {item.get("Extension", "").lower(): item.get("ContentType") for item in types.iter(TYPES + "Default")}
    override = {}
    for item in types.iter(TYPES + "Override"):
        name = item.get("PartName", "").lstrip("/")
        if name in override:
            found.broken.append(("opc", f"typed twice: {name}"))
        override[name] = item.get("ContentType")
        if name not in parts:
            found.broken.append(("opc", f"type of a missing part: {name}"))
    kinds = {name: override.get(name, default.get(name.rsplit(".", 1)[-1].lower())) for name in parts}
    for name, kind in kinds.items():
        if kind is None and name != "[Content_Types].xml":
            found.broken.append(("opc", f"no type: {name}"))
        if kind and ("macroEnabled" in kind or "vba" in kind.lower() or "activeX" in kind):
            found.bad("macro", f"type {kind}")
    reached, left = {"[Content_Types].xml"}, [""]
    while left:
        source = left.pop()
        rels = posixpath.join(posixpath.dirname(source), "_rels", posixpath.basename(source) + ".rels")
        if rels not in parts:
            continue
        reached.add(rels)
        ids = set()
        for item in parse(parts[rels]):
            if not isinstance(item.tag, str):
                continue
            number, target, kind = item.get("Id"), item.get("Target", ""), item.get("Type", "").rsplit("/", 1)[-1]
            if number in ids:
                found.broken.append(("opc", f"id twice: {rels} {number}"))
            ids.add(number)
            if item.get("TargetMode") == "External":
                found.bad("link" if kind == "hyperlink" else "external", f"{rels} {kind} {target[:60]}")
                if SCHEME.match(target):
                    found.bad("scheme", f"{rels} {target[:60]}")
                continue
            if target.startswith("#") or kind == "hyperlink" and "#" in target:
                continue
            name = resolve(source, target)
            if name not in parts:
                found.broken.append(("opc", f"dangling: {rels} {kind} {target[:60]}"))
            elif name not in reached:
                reached.add(name)
                left.append(name)
        # Ids that the part's own text asks for.
        if source.endswith((".xml", ".vml")):
            asked = {
                value
                for item in parse(parts[source]).iter()
                if isinstance(item.tag, str)
                for key, value in item.attrib.items()
                if key.startswith((R, RS)) and value
            }
            for number in asked - ids:
                found.broken.append(("opc", f"no relationship {number} of {source}"))
    for name in set(parts) - reached:
        found.bad("unreferenced", name)
    # Parts without relationships must not ask for any.
    for name in parts:
        rels = posixpath.join(posixpath.dirname(name), "_rels", posixpath.basename(name) + ".rels")
        if name.endswith(".xml") and rels not in parts and "/_rels/" not in name:
            for item in parse(parts[name]).iter():
                if isinstance(item.tag, str) and any(key.startswith((R, RS)) and value for key, value in item.attrib.items()):
                    found.broken.append(("opc", f"no relationships of {name}"))
                    break
    return kinds


def fields(found, name, tree):
    """Field codes of Word, put together from their runs, nested ones each by itself."""
    stack = []
    for item in tree.iter():
        if not isinstance(item.tag, str):
            continue
        tag = etree.QName(item).localname
        if tag == "fldSimple":
            code(found, name, next((v for k, v in item.attrib.items() if k.endswith("}instr")), ""))
        elif tag == "fldChar":
            kind = next((v for k, v in item.attrib.items() if k.endswith("}fldCharType")), "")
            if kind == "begin":
                stack.append([])
            elif kind in ("separate", "end") and stack:
                if stack[-1] is not None:
                    whole = "".join(stack[-1])
                    code(found, name, whole)
                    if len(stack) > 1 and stack[-2] is not None:
                        stack[-2].append(whole)
                    stack[-1] = None
                if kind == "end":
                    stack.pop()
        elif tag in ("instrText", "delInstrText"):
            if stack and stack[-1] is not None:
                stack[-1].append(item.text or "")
            else:
                code(found, name, item.text or "")


def code(found, name, text):
    if FIELD.match(text) or re.search(r"\bDDE(AUTO)?\b", text, re.I):
        found.bad("dde" if "DDE" in text.upper() else "field", f"{name} {text.strip()[:60]}")
    if re.search(r"https?:|\\\\\\\\|file:", text) and not text.strip().upper().startswith(("TC", "XE", "QUOTE", "TITLE", "REF")):
        found.bad("field", f"{name} {text.strip()[:60]}")


def part(found, name, data):
    """One XML part by the names and values in it."""
    if re.search(rb"<!DOCTYPE|<!ENTITY", data):
        found.bad("dtd", name)
        return
    tree = parse(data)
    word = name.startswith("word/")
    if word:
        fields(found, name, tree)
    for item in tree.iter():
        if isinstance(item.tag, etree._ProcessingInstruction.__class__) or not isinstance(item.tag, str):
            found.bad("slack", f"{name} comment or instruction")
            continue
        tag = etree.QName(item).localname
        space = etree.QName(item).namespace or ""
        if tag in ELEMENTS and not (tag == "control" and "spreadsheet" not in space and "wordprocessing" not in space and "presentation" not in space):
            found.bad(ELEMENTS[tag], f"{name} {tag}")
        if tag == "cmd" and "presentationml" in space or tag in ("audio", "video") and "presentationml" in space:
            found.bad("media" if tag != "cmd" else "action", f"{name} {tag}")
        if tag in ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "oldFormula") and "chart" not in space and item.text:
            if FORMULA.search(item.text):
                found.bad("formula", f"{name} {item.text[:60]}")
        if tag == "definedName" and (
            any(item.get(flag) in ("1", "true") for flag in ("xlm", "function", "vbProcedure")) or item.get("name", "").lower().startswith(("_xlnm.auto_", "auto_"))
        ):
            found.bad("xlm", f"{name} {item.get('name')}")
        for key, value in item.attrib.items():
            key = etree.QName(key).localname
            if not value:
                continue
            if key in ("macro", "onAction", "fmlaMacro", "onLoad") or tag in ("FmlaMacro",):
                found.bad("macro", f"{name} {tag}@{key}={value[:40]}")
            if key == "action" and tag.startswith("hlink") and re.match(r"ppaction://(macro|program|ole|hlinkfile|hlinkpres|media|customshow\?.*file)", value, re.I):
                found.bad("action", f"{name} {value[:60]}")
            if SCHEME.match(value) and key not in ("uri", "val", "text", "t", "typeface", "formatCode", "descr", "title", "name", "alt", "prompt"):
                if value.startswith("//") or not re.match(r"data:image", value):
                    found.bad("scheme", f"{name} {tag}@{key}={value[:60]}")
            if key in ("src", "href") and "vml" in space and not value.startswith("#"):
                found.bad("external", f"{name} {tag}@{key}={value[:60]}")
        if tag == "FmlaMacro" and item.text:
            found.bad("macro", f"{name} FmlaMacro")
        if tag == "oleObject" or tag == "OLEObject":
            link = item.get("Type") == "Link" or item.get("link") is not None
            if link:
                found.bad("external", f"{name} linked object")


def oletools(found, path):
    from oletools import msodde, oleid, oleobj, olevba

    def vba():
        parser = olevba.VBA_Parser(path)
        try:
            if parser.detect_vba_macros():
                found.bad("macro", "olevba")
            if parser.detect_xlm_macros():
                found.bad("xlm", "olevba")
        finally:
            parser.close()

    def identity():
        for indicator in oleid.OleID(path).check():
            if indicator.id in ("vba", "xlm", "encrypted", "flash", "ObjectPool") and indicator.value not in (False, "No", 0, "none", None, "NO"):
                found.bad(indicator.id, "oleid")
            if indicator.id == "ext_rels" and indicator.value not in (0, "0", False, None):
                found.ext_rels = True

    def dde():
        links = msodde.process_maybe_encrypted(path, [], field_filter_mode=msodde.FIELD_FILTER_DDE).strip()
        if links:
            found.bad("dde", f"msodde {links[:60]}")

    def objects():
        for stream in oleobj.find_ole(path, None):
            for item in stream.listdir() if stream is not None else []:
                if item[-1].lower().startswith("\x01ole10native"):
                    found.bad("ole", "oleobj")
        parser = oleobj.XmlParser(path)
        for _, target in oleobj.find_external_relationships(parser):
            found.bad("link" if re.match(r"https?:|mailto:", target) and ("link" in found.codes()) else "external", f"oleobj {target[:60]}")
        for tag, _, custom in oleobj.find_customUI(parser):
            found.bad("add-in", f"oleobj {tag} {custom}"[:80])

    for name, check in (("olevba", vba), ("oleid", identity), ("msodde", dde), ("oleobj", objects)):
        found.attempt(name, check)


def look(found, path, data):
    found.attempt("strict zip", archive.strict, found, data)
    pieces = zipfile.ZipFile(io.BytesIO(data))
    parts = found.attempt("zipfile", lambda: {name: pieces.read(name) for name in pieces.namelist() if not name.endswith("/")})
    if parts is None:
        return
    found.attempt("opc graph", graph, found, parts)
    bound = b"".join(value for name, value in parts.items() if name.startswith("word/"))
    for name, content in parts.items():
        low = "/" + name.lower()
        for piece, code_ in PARTS.items():
            if piece in low:
                found.bad(code_, name)
        if low.endswith(MEDIA):
            found.bad("media", name)
        if low.startswith("/customxml/") and b"dataBinding" not in bound:
            found.bad("custom-data", name)
        if low.endswith((".xml", ".rels", ".vml")):
            found.attempt(name, part, found, name, content)
        elif "/embeddings/" in low or sniff(name, content) in ("opc", "odf", "pdf", "zip", "cfb"):
            found.under(name, look_bytes(name, content))
        elif content:
            found.under(name, look_bytes(name, content))
    oletools(found, path)
