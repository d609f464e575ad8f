"""Text in its many forms: text, CSV, HTML, calendars and contacts, XML, JSON."""

import csv as table
import io
import json as notation
import re
from html.parser import HTMLParser

from lxml import etree

CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
BAD_SCHEME = re.compile(
    r"^\s*(?:file:|\\\\|javascript:|vbscript:|ms-[a-z]+:|search-ms:|search:|mhtml:|ldap:|data:(?!image/(?:png|jpeg|gif|webp|bmp);base64,)|vnd\.sun\.star|macro:|\.uno:|slot:|service:)", re.I
)


def decode(data):
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name)
    names = ("iso-2022-jp-3",) if b"\x1b$" in data or b"\x1b(" in data else ()
    for name in (*names, "utf-8", "cp932", "euc_jp"):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def text(found, path, data):
    # A text that switches its own character set by escapes keeps them; nothing else may.
    plain = decode(data)
    if CONTROL.search(plain):
        found.bad("control-character", repr(CONTROL.search(plain).group()))


NUMBER = re.compile(r"^[+\-＋－]?[¥\\$]?[\d０-９][\d０-９,，.．]*(e[+\-]?\d+)?%?$", re.I)


def csv(found, path, data):
    content = decode(data)
    if CONTROL.search(content):
        found.bad("control-character", repr(CONTROL.search(content).group()))
    mark = "\t" if path.lower().endswith((".tsv", ".tab")) else None
    for separator in [mark] if mark else [",", ";", "\t"]:
        for row in table.reader(io.StringIO(content, newline=""), delimiter=separator):
            for cell in row:
                begins = cell.lstrip(" ")[:1]
                if begins in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠") and begins and not NUMBER.match(cell.strip()):
                    if len(cell.strip()) > 1 and not re.fullmatch(r"[-+=－＋＝@\s]*", cell):
                        found.bad("formula", cell[:60])


class Tags(HTMLParser):
    BAD = set("script iframe frame object embed applet form base link input button isindex noscript template portal".split())

    def __init__(self, found):
        super().__init__(convert_charrefs=True)
        self.found, self.style = found, False

    def handle_starttag(self, tag, attributes):
        found = self.found
        self.style = tag == "style"
        if tag.split(":")[-1] in self.BAD:
            found.bad("script" if tag == "script" else "active-tag", tag)
        values = dict(attributes)
        if tag == "meta" and values.get("http-equiv", "").lower() in ("refresh", "set-cookie"):
            found.bad("action", "meta refresh")
        for name, value in attributes:
            value = value or ""
            if name.startswith("on"):
                found.bad("script", name)
            if name in ("srcdoc", "formaction", "ping", "manifest"):
                found.bad("active-tag", name)
            if name in ("href", "src", "action", "background", "poster", "data", "srcset", "xlink:href", "cite", "longdesc", "codebase"):
                if re.match(r"data:image/(png|jpeg|gif|webp|bmp);base64,", value) and name == "src":
                    from . import look_bytes
                    import base64

                    found.under("data:", look_bytes("picture." + value[11:15].split(";")[0], base64.b64decode(value.split(",", 1)[1])))
                elif not value.startswith("#") and value:
                    found.bad("link" if name == "href" and tag == "a" else "remote", f"{tag} {value[:60]}")
            if name == "style":
                css(found, value)

    def handle_data(self, data):
        if self.style:
            css(self.found, data)

    def handle_endtag(self, tag):
        self.style = False

    def handle_comment(self, data):
        self.found.bad("slack", "comment")


def css(found, text):
    if re.search(r"url\s*\(|expression\s*\(|@import|behavior\s*:|-moz-binding|javascript:", re.sub(r"/\*.*?\*/|\\", "", text, flags=re.S), re.I):
        found.bad("remote", f"style {text.strip()[:60]}")


def html(found, path, data):
    reader = Tags(found)
    content = decode(data)
    if re.search(r"<!DOCTYPE[^>]*\[|<\?xml-stylesheet|<!\[CDATA", content):
        found.bad("dtd")
    reader.feed(content)
    reader.close()


CALENDAR = re.compile(r"^(item\d+\.)?(ATTACH|X-ALT-DESC|CONFERENCE|SOUND|KEY|AGENT|IMAGE|SOURCE|STRUCTURED-DATA|X-[A-Z-]*(?:URL|HTML|ALARM)[A-Z-]*)[;:]", re.I | re.M)


def calendar(found, path, data):
    content = re.sub(r"\r?\n[ \t]", "", decode(data))
    for match in CALENDAR.finditer(content):
        found.bad("calendar-property", match.group(2))
    for match in re.finditer(r"^ACTION:(.*)$", content, re.M):
        if match.group(1).strip().upper() != "DISPLAY":
            found.bad("action", match.group(1)[:30])
    for match in re.finditer(r"^(URL|FBURL|CALURI)[^:\n]*:(.*)$", content, re.M | re.I):
        found.bad("link", match.group(2)[:60])
    if re.search(r"ALTREP=|DIR=", content):
        found.bad("remote", "ALTREP")
    bad = re.search(r"(?:^|:)\s*(file:|javascript:|\\\\\\\\\\w)", content, re.M)
    if bad:
        found.bad("remote", bad.group(1))
    if CONTROL.search(content):
        found.bad("control-character")


def xml(found, path, data):
    if re.search(rb"<!DOCTYPE|<!ENTITY", data) or re.search("<!DOCTYPE".encode("utf-16-le"), data):
        found.bad("dtd")
        return
    try:
        tree = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        found.broken.append(("xml", str(error)[:100]))
        return
    before = tree.getprevious()
    items = [*([before] if before is not None else []), *tree.iter()]
    for item in items:
        if isinstance(item, etree._ProcessingInstruction):
            found.bad("instruction", str(item)[:60])
        elif isinstance(item.tag, str) and etree.QName(item).namespace == "http://www.w3.org/2001/XInclude":
            found.bad("remote", "XInclude")


def json(found, path, data):
    try:
        notation.loads(decode(data))
    except ValueError as error:
        found.broken.append(("json", str(error)[:100]))
