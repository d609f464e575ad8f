//! What the tests need on the machine, and how it gets there when it is missing.

use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One Debian package and the sign that it is already there.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

fn has_program(name: &str) -> bool {
    process::which(name).is_some()
}

/// A library that moves a program's clock: the tests let years pass.
fn has_faketime() -> bool {
    std::fs::read_dir("/usr/lib")
        .is_ok_and(|folders| folders.flatten().any(|folder| folder.path().join("faketime/libfaketimeMT.so.1").is_file()))
}

fn has_japanese_font() -> bool {
    ["/usr/share/fonts/opentype/noto", "/usr/share/fonts/opentype/ipafont-gothic"].iter().any(|folder| Path::new(folder).is_dir())
}

/// Programs of the browser tests.
const BROWSER: &[Need] = &[
    Need { package: "chromium", present: || has_program("chromium") },
    Need { package: "fonts-noto-cjk", present: has_japanese_font },
    Need { package: "libfaketime", present: has_faketime },
    Need { package: "nodejs", present: || has_program("node") },
    Need { package: "npm", present: || has_program("npm") },
];

/// What turns the test documents into other formats, and into pages that can be looked at.
const OFFICE: &[Need] = &[
    Need { package: "fonts-noto-cjk", present: has_japanese_font },
    Need { package: "libreoffice-writer", present: || has_program("soffice") },
    Need { package: "poppler-utils", present: || has_program("pdftotext") },
];

/// The virus scanner that the gate's tests start for themselves; no signatures are fetched.
const CLAMAV: &[Need] = &[Need { package: "clamav-daemon", present: || has_program("clamd") || Path::new("/usr/sbin/clamd").is_file() }];

/// The database server.
const POSTGRES: &[Need] = &[Need { package: "postgresql", present: || crate::postgres::programs().is_some() }];

/// What the independent verifier is written in.
const PYTHON: &[Need] = &[Need { package: "python3", present: || has_program("python3") }];

/// What installs the validators of others into a folder of their own.
const PYTHON_FOLDERS: &[Need] = &[
    Need { package: "python3", present: || has_program("python3") },
    Need { package: "python3-venv", present: || process::read(&mut process::command("python3", &["-c", "import ensurepip"])).is_ok() },
];

/// What looks at sanitized files.
const ORACLES: &[Need] = &[
    Need { package: "fonts-noto-cjk", present: has_japanese_font },
    Need { package: "libreoffice-writer", present: || has_program("soffice") },
    Need { package: "libreoffice-calc", present: || has_program("localc") },
    Need { package: "libreoffice-impress", present: || has_program("loimpress") },
    Need { package: "poppler-utils", present: || has_program("pdftoppm") },
    Need { package: "qpdf", present: || has_program("qpdf") },
    Need { package: "p7zip-full", present: || has_program("7z") },
    Need { package: "clamav", present: || has_program("clamscan") },
];

/// Programs beside which sanitizing is measured.
const SANITIZERS: &[Need] =
    &[Need { package: "ghostscript", present: || has_program("gs") }, Need { package: "mat2", present: || has_program("mat2") }];

/// A converter of documents, beside which reading is measured.
const PANDOC: &[Need] = &[Need { package: "pandoc", present: || has_program("pandoc") }];

/// A word splitter, beside which reading is measured.
const MECAB: &[Need] = &[
    Need { package: "mecab", present: || has_program("mecab") },
    Need { package: "mecab-ipadic-utf8", present: || Path::new("/var/lib/mecab/dic/ipadic-utf8").is_dir() },
];

/// Makes sure that Chromium, a Japanese font and Node with the test packages are there.
pub(crate) fn browser() -> Result<(), String> {
    install(BROWSER)?;
    let folder = crate::root().join("tests/browser");
    let lock = read(&folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = process::command("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    process::run(npm.current_dir(&folder))?;
    std::fs::write(&mark, lock).map_err(|error| format!("{}: {error}", mark.display()))
}

/// Makes sure that LibreOffice, a reader of PDF to compare with and a Japanese font are there.
pub(crate) fn office() -> Result<(), String> {
    install(OFFICE)
}

/// Makes sure that pandoc is there.
pub(crate) fn pandoc() -> Result<(), String> {
    install(PANDOC)
}

/// Makes sure that a PostgreSQL server can be started.
pub(crate) fn postgres() -> Result<(), String> {
    install(POSTGRES)
}

/// Makes sure that mecab and its dictionary are there.
pub(crate) fn mecab() -> Result<(), String> {
    install(MECAB)
}

/// Makes sure that ClamAV's daemon is there.
pub(crate) fn clamav() -> Result<(), String> {
    install(CLAMAV)
}

/// Makes sure that Python is there; its standard library is all that the tests use.
pub(crate) fn python() -> Result<(), String> {
    install(PYTHON)
}

/// A Python with the packages of a requirements file in a folder of its own; made once, and anew when the file changes.
pub(crate) fn python_folder(requirements: &Path) -> Result<PathBuf, String> {
    install(PYTHON_FOLDERS)?;
    let wanted = read(requirements)?;
    let name = |path: Option<&std::ffi::OsStr>| path.unwrap_or_default().to_string_lossy().into_owned();
    let test = name(requirements.parent().and_then(Path::file_name));
    let folder = process::target().join(test).join(name(requirements.file_stem()));
    let (python, mark) = (folder.join("bin/python"), folder.join("installed.txt"));
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    process::run(process::command("python3", &["-m", "venv", "--clear"]).arg(&folder))?;
    process::run(process::command(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))?;
    std::fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(python)
}

/// Makes sure that the readers, renderers and scanners that look at sanitized files are there.
pub(crate) fn oracles() -> Result<(), String> {
    install(ORACLES)
}

/// Makes sure that the programs are there beside which sanitizing is measured.
pub(crate) fn sanitizers() -> Result<(), String> {
    install(ORACLES)?;
    install(SANITIZERS)
}

fn install(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&str> = needs.iter().filter(|need| !(need.present)()).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    if !has_program("apt-get") {
        return Err(format!("this machine has no apt-get; install by hand what Debian calls {}", missing.join(", ")));
    }
    process::run(apt().args(["update", "-qq"]))?;
    process::run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(&missing))
}

fn apt() -> Command {
    let mut command = if is_root() {
        process::command("apt-get", &[])
    } else {
        process::command("sudo", &["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether this process may do everything on the machine.
pub(crate) fn is_root() -> bool {
    process::read(&mut process::command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}
