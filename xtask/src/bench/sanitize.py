"""Times the sanitizing engine, alone and in its sandbox, beside programs of others on the same files.

    sanitize.py ENGINE SEKISHO SCRATCH FILE...

Prints one figure a line as JSON. All programs take one file after another, each peer in a process of its own for
each file, but for LibreOffice, which gets all files of a family at once and so pays for its start only once.
"""

import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import zipfile

# Peers are slow: so many files of each family are enough for them; ours are then reckoned on the same ones.
SOME = 12
OOXML = (".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm", ".dotx", ".xltx", ".ppsx")
FAMILIES = {
    "Office up to 100 KB": lambda path, size: path.suffix.lower() in OOXML and size <= 100_000,
    "Office above 100 KB": lambda path, size: path.suffix.lower() in OOXML and size > 100_000,
    "OpenDocument": lambda path, size: path.suffix.lower() in (".odt", ".ods", ".odp"),
    "PDF": lambda path, size: path.suffix.lower() == ".pdf",
    "pictures": lambda path, size: path.suffix.lower() in (".png", ".jpg", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    "mails": lambda path, size: path.suffix.lower() == ".eml",
    "archives": lambda path, size: path.suffix.lower() in (".zip", ".lzh", ".7z", ".cab", ".tgz", ".tar"),
}


def figure(name, value, unit, beside=None, aim=""):
    print(json.dumps({"name": name, "value": value, "unit": unit, "beside": beside, "aim": aim}, ensure_ascii=False), flush=True)


def peer(command, folder):
    """Seconds and megabytes of one process; none when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(["timeout", "300", *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (time.perf_counter() - start, usage.ru_maxrss / 1024) if process.returncode in (0, 3) else None


def engine(program, files, folder, repeat):
    done = subprocess.run([program, "--repeat", str(repeat), *files, str(folder)], capture_output=True, text=True)
    return {line["input"]: line for line in map(json.loads, done.stdout.splitlines())}


def boxed(program, files, folder):
    report = folder.with_suffix(".jsonl")
    subprocess.run([program, "sanitize", "--jobs", "1", *files, "-o", str(folder), "--report", str(report), "--overwrite"], capture_output=True)
    named = {os.path.basename(path): path for path in files}
    lines = map(json.loads, report.read_text().splitlines()) if report.exists() else []
    return {named.get(os.path.basename(line["input"]), line["input"]): line for line in lines}


def redeflate(path):
    """The least that anything does with a package: unpack it and pack it again, at level 6, in memory."""
    data = pathlib.Path(path).read_bytes()
    start = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as out:
        for info in package.infolist():
            out.writestr(info.filename, package.read(info))
    return time.perf_counter() - start


def pixels(path, folder):
    """Pages to pictures of 150 dpi and back to PDF."""
    stem = folder / "page"
    first = peer(["pdftoppm", "-r", "150", "-jpeg", path, str(stem)], folder)
    if first is None:
        return None
    from PIL import Image

    start = time.perf_counter()
    pages = [Image.open(file) for file in sorted(folder.glob("page-*.jpg"))]
    if pages:
        pages[0].save(folder / "pages.pdf", save_all=True, append_images=pages[1:], resolution=150)
    for file in folder.glob("page-*.jpg"):
        file.unlink()
    return first[0] + time.perf_counter() - start, first[1]


def office(files, folder):
    """Seconds a file for LibreOffice to open and save again, all files in one process."""
    total = 0.0
    for end in sorted({pathlib.Path(path).suffix[1:].lower() for path in files}):
        of = [path for path in files if path.lower().endswith("." + end)]
        to = {"docm": "docx", "dotx": "docx", "xlsm": "xlsx", "xltx": "xlsx", "pptm": "pptx", "ppsx": "pptx"}.get(end, end)
        done = peer(["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder / 'profile'}", "--convert-to", to, "--outdir", str(folder), *of], folder)
        total += done[0] if done else 0.0
        peak = done[1] if done else 0.0
    return (total / len(files), peak)


def main():
    program, sekisho, scratch = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    paths = [pathlib.Path(path) for path in sys.argv[4:]]
    for family, belongs in FAMILIES.items():
        files = [str(path) for path in paths if belongs(path, path.stat().st_size)]
        folder = scratch / family.split()[0]
        folder.mkdir(parents=True, exist_ok=True)
        alone = {path: line for path, line in engine(program, files, folder / "engine", 5).items() if line["outcome"] != "HELD"}
        if not alone:
            continue
        inside = {path: line for path, line in boxed(sekisho, list(alone), folder / "boxed").items() if line["outcome"] != "HELD"}
        size = sum(os.path.getsize(path) for path in alone)
        seconds = [line["seconds"] for line in alone.values()]
        rate, middle = size / 1e6 / sum(seconds), statistics.median(seconds) * 1e3
        small = family == "Office up to 100 KB"
        what = f"{family}, {len(alone)} files"
        figure(f"{what}: engine, median", middle, "ms", aim="10 ms" if small else "")
        if inside:
            figure(f"{what}: engine in its sandbox, median", statistics.median(line["seconds"] for line in inside.values()) * 1e3, "ms", ["engine", middle], "30 ms" if small else "")
            figure(f"{what}: sandbox, most memory", max(line["peak_bytes"] for line in inside.values()) / 1e6, "MB", aim="64 MB and four times the largest part")
        figure(f"{what}: engine, most memory", max(line["peak_bytes"] for line in alone.values()) / 1e6, "MB", aim="64 MB and four times the largest part")
        if family in ("Office above 100 KB", "PDF"):
            figure(f"{what}: engine", rate, "MB/s", aim="20 MB/s")
        if family == "mails":
            figure(f"{what}: engine", len(alone) / sum(seconds), "mails/s", aim="300 mails/s")
        if family.startswith(("Office", "Open")):
            floor = {path: redeflate(path) for path in alone}
            theirs = size / 1e6 / sum(floor.values())
            figure(f"{what}: engine", rate, "MB/s", ["bare unzip and deflate", theirs], "within half of the floor" if family.startswith("Office") else "")
        some = list(alone)[:: max(1, len(alone) // SOME)][:SOME]
        ours = statistics.median(alone[path]["seconds"] for path in some) * 1e3
        memory = max(alone[path]["peak_bytes"] for path in some) / 1e6

        def beside(name, results, count=None):
            results = [result for result in results if result]
            if results:
                figure(f"{family}, {count or len(results)} files: engine, median", ours, "ms", [name, statistics.median(r[0] for r in results) * 1e3])
                figure(f"{family}: engine, most memory", memory, "MB", [name, max(r[1] for r in results)])

        if family == "PDF":
            beside("qpdf", [peer(["qpdf", path, str(folder / "q.pdf")], folder) for path in some])
            beside("Ghostscript", [peer(["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-sOutputFile={folder / 'g.pdf'}", path], folder) for path in some])
            beside("pixels at 150 dpi", [pixels(path, folder) for path in some])
        if family.startswith(("Office", "Open")):
            beside("LibreOffice, saved again, one process", [office(some, folder)], len(some))
        if family.startswith(("Office", "Open", "PDF", "pictures")):
            copies = folder / "mat2"
            copies.mkdir(exist_ok=True)
            staged = []
            for index, path in enumerate(some[:8]):
                staged.append(str(shutil.copyfile(path, copies / f"{index}{pathlib.Path(path).suffix}")))
            beside("mat2", [peer(["mat2", "--unknown-members", "omit", path] if not family.startswith(("PDF", "pictures")) else ["mat2", path], copies) for path in staged])


main()
