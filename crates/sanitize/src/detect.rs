//! What a file is, by its structure, its name and what the sender says; they must agree.
//!
//! | they say | what is done |
//! |---|---|
//! | the same | rebuilt as that |
//! | a picture under another picture's ending, an old Excel name on HTML, CSV or xlsx, docm as docx | rebuilt as what it is, renamed |
//! | two structures at once (polyglot) | rebuilt as the name says, which drops the other |
//! | nothing by name | rebuilt as what the structure tells, or the declared type where text has none |
//! | anything else | held |

mod binary;
mod name;
mod package;
mod textual;

pub(crate) use name::{deceives, is_device, output_name};

use crate::{Hold, Kind, Reason, Treatment};

/// What the three say.
pub(crate) struct Found {
    /// The kind to tell a reader, agreed or not.
    pub(crate) kind: Kind,
    agreed: Result<Kind, Hold>,
}

impl Found {
    /// The kind, if all agree or differ harmlessly.
    pub(crate) fn agreed(self) -> Result<Kind, Hold> {
        self.agreed
    }
}

/// Looks at all three.
pub(crate) fn detect(name: &str, declared: Option<&str>, bytes: &[u8]) -> Found {
    let candidates = candidates(bytes);
    let content = candidates.first().copied().unwrap_or(Kind::Unknown);
    let agreed = name::check(name).and_then(|()| agree(name, declared, bytes, &candidates));
    let kind = match &agreed {
        Ok(kind) => *kind,
        Err(_) if content == Kind::Unknown => claimed(name).unwrap_or(Kind::Unknown),
        Err(_) => content,
    };
    Found { kind, agreed }
}

/// The kind that the bytes tell, [`Kind::Unknown`] if none.
pub(crate) fn content(bytes: &[u8]) -> Kind {
    candidates(bytes).first().copied().unwrap_or(Kind::Unknown)
}

/// Kinds whose structure the bytes show, the likeliest first.
fn candidates(bytes: &[u8]) -> Vec<Kind> {
    let mut found = binary::kinds(bytes);
    for kind in package::kinds(bytes).into_iter().chain(textual::kinds(bytes)) {
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    found
}

/// The kind that a name claims by its ending.
fn claimed(name: &str) -> Option<Kind> {
    let (_, ending) = name.rsplit_once('.')?;
    Kind::of_ending(ending.trim_end())
}

fn agree(name: &str, declared: Option<&str>, bytes: &[u8], candidates: &[Kind]) -> Result<Kind, Hold> {
    let content = candidates.first().copied().unwrap_or(Kind::Unknown);
    let by_name = claimed(name);
    // What must not be run is not passed under any content, nor under any name.
    for kind in by_name.iter().chain(candidates) {
        if kind.treatment() == Treatment::Never {
            return Err(Hold::new(Reason::DangerousKind, kind.id()));
        }
    }
    let declared = declared.and_then(by_mime);
    let Some(claim) = by_name.or(declared.filter(|kind| candidates.contains(kind) || textual::may_be(content, *kind))) else {
        return match content {
            Kind::Unknown => Err(Hold::new(Reason::UnknownKind, "neither structure nor name is known")),
            kind => Ok(kind),
        };
    };
    if candidates.contains(&claim) || textual::may_be(content, claim) {
        return Ok(claim);
    }
    if content == Kind::Unknown {
        // A kind that is held by name alone tells a clerk more than `unknown`.
        return match claim.treatment().held() {
            Some(reason) => Err(Hold::new(reason, claim.id())),
            None if bytes.iter().all(|byte| *byte == 0) => Err(Hold::damaged("nothing but zero bytes")),
            None => Err(Hold::damaged(format!("named {}, but no such structure", claim.id()))),
        };
    }
    if harmless(claim, content) || content.treatment() != Treatment::Rebuild {
        return Ok(content);
    }
    Err(Hold::new(Reason::KindMismatch, format!("named {}, but is {}", claim.id(), content.id())))
}

/// Whether a name may differ so from what the file is.
fn harmless(claim: Kind, content: Kind) -> bool {
    let same = |group: &[Kind]| group.contains(&claim) && group.contains(&content);
    let old_excel = matches!(claim, Kind::Xls)
        && matches!(content, Kind::Html | Kind::Csv | Kind::Tsv | Kind::Text | Kind::Xlsx | Kind::Xlsm | Kind::Xml | Kind::Mht);
    let old_word = matches!(claim, Kind::Doc) && matches!(content, Kind::Docx | Kind::Docm | Kind::Html | Kind::Mht | Kind::Text);
    let old_slides = matches!(claim, Kind::Ppt) && matches!(content, Kind::Pptx | Kind::Pptm | Kind::Ppsx | Kind::Ppsm);
    old_excel || old_word || old_slides || FAMILIES.iter().any(|family| same(family))
}

/// Kinds that are commonly named as each other; each is rebuilt as what it is.
const FAMILIES: &[&[Kind]] = &[
    &[Kind::Png, Kind::Jpeg, Kind::Gif, Kind::WebP, Kind::Bmp, Kind::Tiff, Kind::Ico, Kind::Cur],
    &[Kind::Emf, Kind::Wmf],
    &[Kind::Docx, Kind::Docm, Kind::Dotx, Kind::Dotm],
    &[Kind::Xlsx, Kind::Xlsm, Kind::Xltx, Kind::Xltm],
    &[Kind::Pptx, Kind::Pptm, Kind::Potx, Kind::Potm, Kind::Ppsx, Kind::Ppsm],
    &[Kind::Odt, Kind::Ott],
    &[Kind::Ods, Kind::Ots],
    &[Kind::Odp, Kind::Otp, Kind::Odg, Kind::Otg],
    &[Kind::Zip, Kind::Lzh, Kind::SevenZip, Kind::Tar, Kind::Gzip, Kind::Bzip2, Kind::Xz, Kind::Zstd, Kind::Cab],
    &[Kind::Html, Kind::Mht, Kind::Text, Kind::Xml, Kind::Svg],
    &[Kind::Eml, Kind::Mht, Kind::Text],
    &[Kind::Csv, Kind::Tsv, Kind::Text, Kind::Json],
    &[Kind::Text, Kind::Ics, Kind::Vcf],
];

/// The kind of a media type; none for the many that say nothing.
fn by_mime(declared: &str) -> Option<Kind> {
    let mime = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match mime.as_str() {
        "" | "application/octet-stream" | "multipart/related" => None,
        "application/x-zip-compressed" | "application/x-zip" => Some(Kind::Zip),
        "image/jpg" | "image/pjpeg" => Some(Kind::Jpeg),
        "image/x-png" => Some(Kind::Png),
        "text/xml" => Some(Kind::Xml),
        "application/x-msdownload" | "application/x-msdos-program" => Some(Kind::Executable),
        mime => Kind::ALL.iter().copied().find(|kind| kind.mime() == mime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> Result<Kind, Reason> {
        detect(name, None, bytes).agreed().map_err(|hold| hold.reason)
    }

    #[test]
    fn the_structure_the_name_and_the_sender_must_agree() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(kind("a.png", png), Ok(Kind::Png));
        assert_eq!(kind("a.jpg", png), Ok(Kind::Png));
        assert_eq!(kind("写真", png), Ok(Kind::Png));
        assert_eq!(kind("a.pdf", png), Err(Reason::KindMismatch));
        assert_eq!(kind("a.docx", png), Err(Reason::KindMismatch));
        assert_eq!(kind("a.exe", png), Err(Reason::DangerousKind));
        assert_eq!(kind("a.pdf.exe", b"%PDF-1.4\n"), Err(Reason::DangerousKind));
        assert_eq!(kind("a.exe.pdf", b"%PDF-1.4\n"), Err(Reason::DangerousName));
        assert_eq!(kind("a\u{202e}fdp.exe", b"MZ\x90\0"), Err(Reason::DangerousName));
        assert_eq!(kind("a.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"), Err(Reason::DangerousKind));
        assert_eq!(kind("a.pdf", b"junk\n%PDF-1.4\n"), Ok(Kind::Pdf));
        assert_eq!(kind("a.txt", "町長は、認める。\r\n".as_bytes()), Ok(Kind::Text));
        assert_eq!(kind("a.csv", "一,二\r\n".as_bytes()), Ok(Kind::Csv));
        assert_eq!(kind("a.bat", b"echo hello\r\n"), Err(Reason::DangerousKind));
        assert_eq!(kind("a.docx", b"hello"), Err(Reason::KindMismatch));
        assert_eq!(kind("a.docx", &[0xd8, 0, 1, 2, 3, 0xff, 0xfe, 0, 0, 9]), Err(Reason::Damaged));
        assert_eq!(kind("a.xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>"), Ok(Kind::Html));
        assert_eq!(kind("a.dwg", b"AC1021\0\0\0\0"), Ok(Kind::Dwg));
        assert_eq!(kind("a.url", b"[InternetShortcut]\r\nURL=https://example.jp/\r\n"), Err(Reason::DangerousKind));
        assert_eq!(kind("a.txt", b"[InternetShortcut]\r\nURL=https://example.jp/\r\n"), Err(Reason::DangerousKind));
        assert_eq!(kind("mail", b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\n\r\nbody\r\n"), Ok(Kind::Eml));
        assert_eq!(kind("a.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), Ok(Kind::Ics));
        assert_eq!(kind("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Ok(Kind::Svg));
        assert_eq!(kind("a.xml", b"<?xml version='1.0'?><a/>"), Ok(Kind::Xml));
        assert_eq!(kind("a.json", b"{\"a\": 1}"), Ok(Kind::Json));
        assert_eq!(kind("a.rtf", b"{\\rtf1 a}"), Ok(Kind::Rtf));
        assert_eq!(kind("a.unknown-ending", &[0, 1, 2, 3, 0xff]), Err(Reason::UnknownKind));
    }

    #[test]
    fn every_known_ending_names_one_kind() {
        let mut seen = std::collections::BTreeMap::new();
        for kind in Kind::ALL {
            for ending in kind.endings() {
                if let Some(other) = seen.insert(*ending, *kind) {
                    assert_eq!(*ending, "xml", "{other:?} and {kind:?} both claim {ending}");
                }
            }
        }
    }

    #[test]
    fn names_of_outputs_end_as_what_came_out() {
        assert_eq!(output_name("報告.docm", Kind::Docx), "報告.docx");
        assert_eq!(output_name("報告.JPEG", Kind::Jpeg), "報告.JPEG");
        assert_eq!(output_name("報告", Kind::Pdf), "報告.pdf");
        assert_eq!(output_name("3.5版", Kind::Pdf), "3.5版.pdf");
        assert_eq!(output_name("写真.jpg", Kind::Png), "写真.png");
        assert_eq!(output_name("か\u{3099}.txt", Kind::Text), "が.txt");
        assert_eq!(output_name("con.txt", Kind::Text), "_con.txt");
        assert_eq!(output_name("a.lzh", Kind::Zip), "a.zip");
        assert_eq!(output_name("../../a/b.txt", Kind::Text), "b.txt");
        assert_eq!(output_name("a.tar.gz", Kind::Zip), "a.zip");
    }
}
