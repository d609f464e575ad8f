"""Clean files of every family, made here by libraries of others."""

import email.message
import email.policy
import io
import json
import zipfile

import numpy
from PIL import Image

TEXT = "令和七年度　情報資産の棚卸しについて（照会）"
LONG = "各課においては、別紙様式により回答されたい。期限は十二月十日とする。髙橋、﨑山、①㈱も確かめる。"


def picture(kind="PNG", size=(64, 48)):
    """A picture with edges and a slope, so that a difference is seen."""
    x, y = numpy.meshgrid(numpy.arange(size[0]), numpy.arange(size[1]))
    pixels = numpy.stack([x * 255 // size[0], y * 255 // size[1], ((x // 8 + y // 8) % 2) * 200], axis=-1).astype("uint8")
    image, out = Image.fromarray(pixels), io.BytesIO()
    if kind == "GIF":
        image = image.quantize(64)
    image.save(out, kind, **({"quality": 85} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


def docx():
    import docx as library
    from docx.oxml import parse_xml
    from docx.shared import Mm

    document = library.Document()
    document.core_properties.author = ""
    document.add_heading(TEXT, 1)
    document.add_paragraph(LONG)
    document.add_paragraph("一つめ", style="List Number")
    document.add_paragraph("二つめ", style="List Number")
    table = document.add_table(rows=2, cols=3, style="Table Grid")
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"欄{index}"
    document.add_picture(io.BytesIO(picture()), width=Mm(40))
    document.add_picture(io.BytesIO(picture("JPEG")), width=Mm(40))
    document.sections[0].header.paragraphs[0].text = "庁内限り"
    ruby = (
        '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:ruby><w:rubyPr><w:rubyAlign w:val="distributeSpace"/>'
        '<w:hps w:val="10"/><w:hpsRaise w:val="18"/><w:hpsBaseText w:val="21"/><w:lid w:val="ja-JP"/></w:rubyPr>'
        "<w:rt><w:r><w:t>さきやま</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>﨑山</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    )
    document.add_paragraph("氏名 ")._p.append(parse_xml(ruby))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx():
    import openpyxl
    from openpyxl.chart import BarChart, Reference
    from openpyxl.drawing.image import Image as Drawing
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.styles import Font, PatternFill
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "内訳"
    sheet.append(["品名", "数", "単価", "金額"])
    for row in range(2, 8):
        sheet.append([f"品{row}", row, row * 100, f"=B{row}*C{row}"])
    sheet["D8"] = "=SUM(D2:D7)"
    sheet["A1"].font = Font(bold=True)
    sheet["D8"].number_format = "#,##0"
    sheet.merge_cells("A9:D9")
    sheet["A9"] = TEXT
    sheet.conditional_formatting.add("B2:B7", CellIsRule(operator="greaterThan", formula=["4"], fill=PatternFill("solid", bgColor="FFFF00")))
    check = DataValidation(type="list", formula1='"はい,いいえ"')
    sheet.add_data_validation(check)
    check.add("F2:F7")
    book.defined_names["合計"] = DefinedName("合計", attr_text="内訳!$D$8")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=7), titles_from_data=True)
    sheet.add_chart(chart, "H2")
    sheet.add_image(Drawing(io.BytesIO(picture())), "H20")
    sheet.freeze_panes = "A2"
    book.create_sheet("二枚目")["A1"] = LONG
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx():
    import pptx as library
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    deck = library.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = TEXT
    slide.placeholders[1].text = LONG
    slide.notes_slide.notes_text_frame.text = "発表者の控え"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "図と表"
    second.shapes.add_picture(io.BytesIO(picture()), Inches(1), Inches(2))
    table = second.shapes.add_table(2, 2, Inches(3), Inches(2), Inches(4), Inches(1)).table
    table.cell(0, 0).text = "項目"
    data = CategoryChartData()
    data.categories = ["春", "夏"]
    data.add_series("件数", (3, 5))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(5), Inches(3), data)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def pdf():
    import pikepdf
    from pikepdf import Array, Dictionary, Name, String

    document = pikepdf.new()
    pages = []
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding))
    pixels = Image.open(io.BytesIO(picture())).convert("RGB")
    image = document.make_stream(pixels.tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=64, Height=48, ColorSpace=Name.DeviceRGB, BitsPerComponent=8)
    for number in range(2):
        page = document.add_blank_page(page_size=(400, 300))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font), XObject=Dictionary(I1=image))
        content = f"q 120 0 0 90 240 180 cm /I1 Do Q BT /F1 18 Tf 30 250 Td (Page {number + 1} of the report) Tj 0 -30 Td (Second line) Tj ET 1 0 0 rg 30 40 80 60 re f"
        page.obj.Contents = document.make_stream(content.encode())
        pages.append(page.obj)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([30, 240, 200, 270]), Border=Array([0, 0, 0]), Dest=Array([pages[1], Name.Fit]))
    pages[0].Annots = Array([document.make_indirect(link)])
    look = document.make_stream(b"BT /F1 12 Tf 2 5 Td (Kita) Tj ET", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 20]), Resources=Dictionary(Font=Dictionary(F1=font)))
    field = document.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), V=String("Kita"), Rect=Array([200, 60, 300, 80]), DA=String("/F1 12 Tf 0 g"), AP=Dictionary(N=look), F=4)
    )
    pages[1].Annots = Array([field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]), DR=Dictionary(Font=Dictionary(F1=font)))
    with document.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("はじめに", 0))
    document.docinfo = document.make_indirect(Dictionary(Title=String("report")))
    out = io.BytesIO()
    document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def odf(kind):
    import odf.opendocument as library
    from odf import draw, style, table, text

    out = io.BytesIO()
    if kind == "odt":
        document = library.OpenDocumentText()
        bold = style.Style(name="Bold", family="text")
        bold.addElement(style.TextProperties(fontweight="bold"))
        document.automaticstyles.addElement(bold)
        document.text.addElement(text.H(outlinelevel=1, text=TEXT))
        paragraph = text.P(text=LONG)
        paragraph.addElement(text.Span(stylename=bold, text="太字"))
        document.text.addElement(paragraph)
        frame = draw.Frame(width="40mm", height="30mm", anchortype="paragraph", name="図1")
        frame.addElement(draw.Image(href=document.addPictureFromString(picture(), "image/png")))
        holder = text.P()
        holder.addElement(frame)
        document.text.addElement(holder)
        target = document.text
    elif kind == "ods":
        document = library.OpenDocumentSpreadsheet()
        target = document.spreadsheet
    else:
        document = library.OpenDocumentPresentation()
        layout = style.PageLayout(name="Layout")
        layout.addElement(style.PageLayoutProperties(pagewidth="254mm", pageheight="190mm"))
        document.automaticstyles.addElement(layout)
        master = style.MasterPage(name="Master", pagelayoutname=layout)
        document.masterstyles.addElement(master)
        page = draw.Page(name="一枚目", masterpagename=master)
        frame = draw.Frame(width="200mm", height="50mm", x="20mm", y="20mm")
        box = draw.TextBox()
        box.addElement(text.P(text=TEXT))
        frame.addElement(box)
        page.addElement(frame)
        document.presentation.addElement(page)
        target = None
    if target is not None:
        grid = table.Table(name="表1")
        grid.addElement(table.TableColumn(numbercolumnsrepeated=2))
        for row in range(3):
            line = table.TableRow()
            for column in range(2):
                values = {"valuetype": "float", "value": str(row * column)} if kind == "ods" else {}
                cell = table.TableCell(**values)
                cell.addElement(text.P(text=str(row * column)))
                line.addElement(cell)
            grid.addElement(line)
        target.addElement(grid)
    document.write(out)
    return out.getvalue()


def mail():
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "kita@example.jp", "minami@example.jp"
    message["Subject"], message["Date"], message["Message-ID"] = TEXT, "Fri, 14 Nov 2025 10:00:00 +0900", "<1@example.jp>"
    message.set_content(LONG + "\n")
    message.add_attachment(picture(), maintype="image", subtype="png", filename="図.png")
    message.set_boundary("=_part_of_a_sample")
    return message.as_bytes()


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name, (2025, 11, 14, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60" viewBox="0 0 80 60"><rect x="5" y="5" width="40" height="30" fill="#c00"/><text x="10" y="50" font-size="10">図</text></svg>'
HTML = f'<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>照会</title></head><body><h1>{TEXT}</h1><p>{LONG}</p><table><tr><td>一</td><td>二</td></tr></table></body></html>'
ICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//ja\r\nBEGIN:VEVENT\r\nUID:1@example.jp\r\nDTSTAMP:20251114T010000Z\r\nDTSTART:20251201T010000Z\r\nDTEND:20251201T020000Z\r\nSUMMARY:打合せ\r\nLOCATION:三階会議室\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
VCF = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:北;太郎;;;\r\nFN:北 太郎\r\nTEL;TYPE=WORK:03-0000-0000\r\nEMAIL:kita@example.jp\r\nEND:VCARD\r\n"
CSV = "品名,数,単価\r\n鉛筆,3,-120\r\n消しゴム,5,80\r\n"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<申請><氏名>北太郎</氏名><数 単位="部">3</数></申請>\n'


def all_of_them():
    """Every clean file by name."""
    files = {"clean.docx": docx(), "clean.xlsx": xlsx(), "clean.pptx": pptx(), "clean.pdf": pdf()}
    files |= {f"clean.{kind}": odf(kind) for kind in ("odt", "ods", "odp")}
    files |= {f"clean-{end}.{end}": picture(kind) for end, kind in (("png", "PNG"), ("jpg", "JPEG"), ("gif", "GIF"), ("bmp", "BMP"), ("tif", "TIFF"), ("webp", "WEBP"), ("ico", "ICO"))}
    files |= {"clean.svg": SVG.encode(), "clean.html": HTML.encode(), "clean.ics": ICS.encode(), "clean.vcf": VCF.encode(), "clean-utf8.csv": CSV.encode("utf-8-sig"), "clean-sjis.csv": CSV.encode("cp932")}
    files |= {"clean.txt": (TEXT + "\r\n" + LONG + "\r\n").encode("cp932"), "clean.tsv": CSV.replace(",", "\t").encode(), "clean.xml": XML.encode(), "clean.json": json.dumps({"氏名": "北", "数": [1, 2.5, None]}, ensure_ascii=False).encode()}
    files |= {"clean.eml": mail(), "clean.zip": archive({"様式/内訳.xlsx": files["clean.xlsx"], "図.png": picture(), "読んでください.txt": TEXT.encode()})}
    return files


def write(folder):
    """Writes them; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in all_of_them().items():
        (folder / name).write_bytes(data)
        paths.append(str(folder / name))
    return paths
