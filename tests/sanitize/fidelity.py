"""How much of a file is still there: pages as pictures, text, structure, size."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import unicodedata
import zipfile

import numpy
from PIL import Image

import valid

OFFICE = tuple("docx docm dotx dotm xlsx xlsm xltx xltm pptx pptm potx potm ppsx ppsm odt ods odp odg ott ots otp fodt fods fodp fodg".split())
# Family: least median and minimum of the pages' likeness, least median and minimum of the text.
TARGETS = {"ooxml": (0.999, 0.98, 1.0, 0.99), "odf": (0.999, 0.98, 1.0, 0.99), "pdf": (0.999, 0.985, 1.0, 0.99), "image": (0.999, 0.98, 1.0, 0.0)}
SIZE = (1.05, 1.5)
# What such files show is what is taken out: told, and not counted.
CONTENT = {"ole-object", "embedded-file", "xlm", "dde", "formula", "control", "media", "foreign-content"}
PAGES = 8
DPI = 60


def ssim(one, other):
    """Mean structural similarity of two grey pictures, with a window of 8 by 8."""
    if one.shape != other.shape:
        height, width = max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])
        if abs(one.shape[0] - other.shape[0]) > 2 or abs(one.shape[1] - other.shape[1]) > 2:
            return 0.0
        grown = [numpy.full((height, width), 255.0), numpy.full((height, width), 255.0)]
        for target, source in zip(grown, (one, other)):
            target[: source.shape[0], : source.shape[1]] = source
        one, other = grown
    one, other = one.astype("float64"), other.astype("float64")
    size = min(8, *one.shape)

    def mean(picture):
        total = numpy.zeros((picture.shape[0] + 1, picture.shape[1] + 1))
        total[1:, 1:] = picture.cumsum(0).cumsum(1)
        return (total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]) / size**2

    m1, m2 = mean(one), mean(other)
    v1, v2, both = mean(one * one) - m1 * m1, mean(other * other) - m2 * m2, mean(one * other) - m1 * m2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(numpy.mean((2 * m1 * m2 + c1) * (2 * both + c2) / ((m1 * m1 + m2 * m2 + c1) * (v1 + v2 + c2))))


def to_pdf(files, folder):
    """PDFs of many office files: few LibreOffice processes, each with many files; a file it hangs on is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    staged, made = folder / "staged", {}
    staged.mkdir(exist_ok=True)
    for index, path in enumerate(files):
        copy = staged / f"{index:04}{pathlib.Path(path).suffix}"
        shutil.copyfile(path, copy)
        made[path] = (copy, folder / f"{index:04}.pdf")
    left = list(made)
    while left:
        batch, left = left[:25], left[25:]
        while batch:
            command = ["timeout", "-k", "5", str(40 + 8 * len(batch)), "soffice", "--headless", "--norestore", profile, "--convert-to", "pdf", "--outdir", str(folder)]
            subprocess.run(command + [str(made[path][0]) for path in batch], capture_output=True)
            done = [path for path in batch if made[path][1].exists()]
            if len(done) == len(batch) or len(batch) == 1:
                break
            missing = [path for path in batch if path not in done]
            # One that stops LibreOffice stops those behind it too: the first missing one is given up.
            batch = missing[1:]
    return {path: str(pdf) for path, (_, pdf) in made.items() if pdf.exists()}


def pages(pdf, folder, dpi=DPI):
    """The first pages as grey pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / "p"
    try:
        subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), "-l", str(PAGES), pdf, str(stem)], capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        pass
    files = sorted(folder.glob("p-*.pgm"))
    pictures = [numpy.asarray(Image.open(file)) for file in files]
    shutil.rmtree(folder, ignore_errors=True)
    return pictures


def count(pdf):
    found = re.search(r"Pages:\s+(\d+)", subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, errors="replace").stdout)
    return int(found.group(1)) if found else 0


def pdf_text(pdf):
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", pdf, "-"], capture_output=True, timeout=120)
    return fold(done.stdout.decode("utf-8", "replace"))


def fold(text):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def text_ratio(one, other):
    """1 when equal; else the share of pieces that both have in the same order, by words."""
    if one == other:
        return 1.0
    import difflib

    a, b = one.split(" "), other.split(" ")
    if len(a) + len(b) > 20_000 or len(one) + len(other) < 4000:
        a, b = (list(one), list(other)) if len(one) + len(other) < 20_000 else (a[:10_000], b[:10_000])
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def likeness(one, other, folder):
    """Least likeness of a page; 0 when the number of pages differs."""
    left, right = pages(one, folder / "a"), pages(other, folder / "b")
    if not left or count(one) != count(other):
        return None if not left and not right else 0.0
    return min(ssim(a, b) for a, b in zip(left, right))


def pictures(one, other):
    """Likeness of two pictures on white and on black."""
    from oracle import picture

    worst = 1.0
    first, second = picture.decode(pathlib.Path(one).read_bytes()), picture.decode(pathlib.Path(other).read_bytes())
    if getattr(first, "n_frames", 1) != getattr(second, "n_frames", 1):
        return 0.0
    from PIL import ImageOps

    for frame in range(min(getattr(first, "n_frames", 1), 5)):
        first.seek(frame)
        second.seek(frame)
        for ground in ("white", "black"):
            flat = []
            for image in (first, second):
                image = ImageOps.exif_transpose(image).convert("RGBA")
                flat.append(numpy.asarray(Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("L")))
            worst = min(worst, ssim(*flat))
    return worst


def own_text(path):
    """The text of a file without rendering it: all text nodes of packages, or the bytes."""
    data = pathlib.Path(path).read_bytes()
    if data[:2] != b"PK":
        return None
    from lxml import etree

    package, texts = zipfile.ZipFile(io.BytesIO(data)), []
    for name in sorted(package.namelist()):
        if name.endswith(".xml") and re.match(r"word/(document|header|footer|footnotes|endnotes|comments)|xl/(worksheets|sharedStrings)|ppt/(slides|notesSlides)/[^_]|content.xml", name):
            root = etree.fromstring(package.read(name))
            texts.append("".join(item.text or "" for item in root.iter() if isinstance(item.tag, str) and etree.QName(item).localname in ("t", "v", "p", "span", "h", "a")))
    return fold(" ".join(texts))


def shown(path):
    """Markup without elements that show nothing: empty ones, and pictures of nothing."""
    text, before = pathlib.Path(path).read_text(errors="replace"), None
    while text != before:
        before = text
        text = re.sub(r"<(\w+)\s*/>|<(\w+)></\2>|<image\b(?:(?!href)[^>])*/>", "", text)
    return text


def compare_pairs(pairs, folder):
    """(text, picture) of each pair of files of the same kind."""
    result, office = {}, []
    for one, other in pairs:
        end = pathlib.Path(other).suffix[1:].lower()
        if end in OFFICE:
            office.append((one, other))
        elif end == "pdf":
            result[one, other] = (text_ratio(pdf_text(one), pdf_text(other)), likeness(one, other, folder / "pdf"))
        elif end in valid.IMAGES:
            result[one, other] = (1.0, pictures(one, other))
        else:
            result[one, other] = (text_ratio(shown(one), shown(other)), None)
    if office:
        made = to_pdf(sorted({path for pair in office for path in pair}), folder / "office")
        for one, other in office:
            if one in made and other in made:
                result[one, other] = (text_ratio(pdf_text(made[one]), pdf_text(made[other])), likeness(made[one], made[other], folder / "pages"))
    return result


# ── structure ────────────────────────────────────────────────────────────────────────────────────────────────


def structure(path):
    """Counts and values by python-docx, openpyxl, python-pptx, pikepdf."""
    end = pathlib.Path(path).suffix[1:].lower()
    if end in valid.OFFICE:
        document = valid.read_office(path)
        return {"word": word, "sheet": sheet, "slides": slides}[valid.OFFICE[end]](document)
    if end == "pdf":
        return pdf(path)
    return None


def word(document):
    body = document.element.body
    number = lambda tag: len(body.findall(".//{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + tag))  # noqa: E731
    counts = {tag: number(tag) for tag in ("p", "tbl", "tr", "tc", "sectPr", "ruby", "ins", "del", "footnoteReference", "commentReference", "numPr")}
    counts["text"] = fold(" ".join(p.text for p in document.paragraphs))
    counts["styles"] = len(document.styles)
    counts["inline pictures"] = len(document.inline_shapes)
    return counts


def sheet(book):
    values = {"sheets": [s.title for s in book.worksheets]}
    for one in book.worksheets:
        values[one.title] = (
            one.dimensions,
            sorted(map(str, one.merged_cells.ranges)),
            len(one.data_validations.dataValidation),
            sum(len(v) for v in one.conditional_formatting._cf_rules.values()),
            len(one._charts),
            len(one._images),
            one.freeze_panes,
        )
        values[one.title + " cells"] = {cell.coordinate: (str(cell.value), cell.number_format) for row in one.iter_rows(max_row=400) for cell in row if cell.value is not None}
    values["names"] = sorted(book.defined_names)
    return values


def slides(deck):
    def shapes(group):
        return [(s.shape_type, s.has_text_frame and fold(s.text_frame.text), s.has_chart, s.has_table) for s in group]

    return {f"slide {n}": (len(s.shapes), s.has_notes_slide and fold(s.notes_slide.notes_text_frame.text if s.notes_slide.notes_text_frame else ""), str(shapes(s.shapes))) for n, s in enumerate(deck.slides)} | {"layouts": len(deck.slide_layouts)}


def pdf(path):
    import pikepdf

    with pikepdf.open(path) as document:
        boxes = [[round(float(x), 2) for x in page.mediabox] for page in document.pages]
        with document.open_outline() as outline:
            items = sum(1 for _ in walk(outline.root))
        fields = document.Root.get("/AcroForm", {}).get("/Fields", [])
        return {"pages": len(document.pages), "boxes": boxes, "outline": items, "tagged": "/StructTreeRoot" in document.Root, "fields": len(fields)}


def walk(items):
    for item in items:
        yield item
        yield from walk(item.children)


def differences(path, output):
    one, other = structure(path), structure(output)
    return [key for key in one if one[key] != other.get(key)] if one and other is not None else []


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────


def group(path):
    end = pathlib.Path(path).suffix[1:].lower()
    return "ooxml" if end in valid.OFFICE else "odf" if end in OFFICE else "pdf" if end == "pdf" else "image" if end in valid.IMAGES else None


def tell(name, values, least):
    values = sorted(values)
    if not values:
        return True
    middle, lowest = values[len(values) // 2], values[0]
    good = middle >= least[0] and lowest >= least[1]
    print(f"  {name:<14}{len(values):>5} files   median {middle:.4f} (≥ {least[0]})   p10 {values[len(values) // 10]:.4f}   minimum {lowest:.4f} (≥ {least[1]}){'' if good else '   ← below'}")
    return good


def check(reports, folder, failures, full):
    pairs = {path: report["output"] for path, report in reports.items() if report["outcome"] in ("REBUILT", "VERIFIED") and report["output"] and os.path.exists(report["output"])}
    pairs = {path: output for path, output in pairs.items() if group(path)}
    if not full:
        sample = []
        for name in TARGETS:
            of = [path for path in pairs if group(path) == name and os.path.getsize(path) < 1_500_000]
            sample += of[:: max(1, len(of) // 12)][:14]
        pairs = {path: pairs[path] for path in sample}
    # An original that no independent reader opens is no measure.
    good = [path for path in pairs if valid.why_not(path) is None or group(path) == "odf"]
    result = compare_pairs([(path, pairs[path]) for path in good], folder)
    for name, least in TARGETS.items():
        of = [path for path in good if group(path) == name]
        if not of:
            continue
        print(name)
        scores = {path: result.get((path, pairs[path])) for path in of}
        for path, score in list(scores.items()):
            low = score is not None and (score[1] is not None and score[1] < least[1] or score[0] < least[3])
            taken = CONTENT & {removal["kind"] for removal in reports[path]["removed"]}
            if low and taken:
                print(f"  shows the danger: {os.path.basename(path)[:60]}: page {score[1] or 0:.4f}, text {score[0]:.4f} ({', '.join(sorted(taken))})")
                del scores[path]
            elif low and valid.family(path) == "xlsx" and (score[1] is None or score[1] >= least[1]) and not differences(path, pairs[path]):
                # LibreOffice prints a link's text over the cell's edge, and clocks go on: openpyxl reads equal cells.
                print(f"  equal cells, other print: {os.path.basename(path)[:60]}: text {score[0]:.4f}")
                scores[path] = (1.0, score[1])
        for path, score in scores.items():
            if score is None:
                failures.add(os.path.basename(path), "open", "LibreOffice opens the original or the output only")
            elif score[1] is not None and score[1] < least[1] or score[0] < least[3]:
                failures.add(os.path.basename(path), "fidelity", f"page {score[1] if score[1] is None else round(score[1], 4)}, text {score[0]:.4f}")
        known = [score for score in scores.values() if score is not None]
        tell("pages", [score[1] for score in known if score[1] is not None], least[:2])
        if name != "image":
            tell("text", [score[0] for score in known], least[2:])
        sizes = sorted(os.path.getsize(pairs[path]) / os.path.getsize(path) for path in of)
        print(f"  size          {len(sizes):>5} files   median {sizes[len(sizes) // 2]:.3f} (≤ {SIZE[0]})   p99 {sizes[min(len(sizes) - 1, len(sizes) * 99 // 100)]:.3f} (≤ {SIZE[1]})")
        for path in of:
            ratio = os.path.getsize(pairs[path]) / os.path.getsize(path)
            if ratio > SIZE[1] and re.search(rb"/JBIG2Decode|/JPXDecode", pathlib.Path(path).read_bytes()):
                print(f"  larger, for its pictures are packed in a safer way: {os.path.basename(path)[:60]}: {ratio:.2f}")
            elif ratio > SIZE[1] and os.path.getsize(pairs[path]) > 20_000:
                failures.add(os.path.basename(path), "size", f"{ratio:.2f} times the original")
        if name in ("ooxml", "pdf"):
            unequal = 0
            for path in of:
                try:
                    differing = differences(path, pairs[path])
                except Exception as error:  # noqa: BLE001
                    failures.add(os.path.basename(path), "reader", f"{type(error).__name__}: {error}"[:120])
                    continue
                if differing:
                    unequal += 1
                    print(f"  differs: {os.path.basename(path)[:60]}: {', '.join(map(str, differing))[:120]}   (removed: {', '.join(sorted({r['kind'] for r in reports[path]['removed']}))})")
            print(f"  structure     {len(of):>5} files   {len(of) - unequal} with equal counts and values")
