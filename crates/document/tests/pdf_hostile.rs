//! PDFs that are protected, damaged or made to harm: a message or a part of the text, within limits, never a panic.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod paper;

use std::io::Write as _;

use document::{ExtractError, PdfError, Progress, extract, extract_with};
use paper::{Page, file, pdf, pdf_in, stream};

const SENTENCE: &str = "第１条　この規程は、架空町の情報資産を守る。";

fn fault(bytes: &[u8]) -> PdfError {
    match extract(bytes) {
        Err(ExtractError::Pdf(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Whatever comes of it, it comes in words.
fn comes_to_an_end(bytes: &[u8]) {
    match extract(bytes) {
        Ok(extract) => assert!(!extract.text.trim().is_empty() || !extract.unread.is_empty()),
        Err(error) => assert!(error.to_string().ends_with('。'), "{error}"),
    }
}

#[test]
fn a_password_is_asked_to_be_taken_off_and_an_empty_one_is_none() {
    for locked in [&include_bytes!("../test_data/pdf/password-aes256.pdf")[..], include_bytes!("../test_data/pdf/password-rc4.pdf")] {
        assert_eq!(fault(locked), PdfError::Password);
    }
    let open = [
        &include_bytes!("../test_data/pdf/open-aes256.pdf")[..],
        include_bytes!("../test_data/pdf/open-aes128.pdf"),
        include_bytes!("../test_data/pdf/open-rc4.pdf"),
        include_bytes!("../test_data/pdf/object-streams.pdf"),
    ];
    for file in open {
        assert_eq!(extract(file).unwrap().text.trim(), SENTENCE);
    }
}

#[test]
fn a_file_cut_off_anywhere_gives_its_text_or_a_message() {
    let whole = pdf(&[Page::default().text(80.0, 100.0, 10.0, SENTENCE), Page::default().text(80.0, 100.0, 10.0, "第２条")]);
    let mut read = 0;
    for end in (10..whole.len()).step_by(23) {
        comes_to_an_end(&whole[..end]);
        read += usize::from(extract(&whole[..end]).is_ok_and(|extract| extract.text.contains(SENTENCE)));
    }
    // The table of places stands at the end: without it the objects are looked for.
    assert!(read > 5, "{read}");
    assert_eq!(fault(b"%PDF-1.7\n"), PdfError::Damaged);
}

#[test]
fn a_wrong_table_of_places_is_mended() {
    let whole = String::from_utf8(pdf(&[Page::default().text(80.0, 100.0, 10.0, SENTENCE)])).unwrap();
    let (body, table) = whole.split_at(whole.find("xref\n").unwrap());
    let shifted = format!("{body}{}", table.replace("00000 n", "00007 n").replace("00000000", "00000001"));
    assert_eq!(extract(shifted.as_bytes()).unwrap().text.trim(), SENTENCE);
}

#[test]
fn changed_bytes_never_end_the_program() {
    let table = "第１章".encode_utf16().map(|unit| format!("{unit:04X}")).collect::<String>();
    let form =
        format!("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length {}>>stream\nBT /F 9 Tf <{table}> Tj ET\nendstream", table.len() + 18);
    let page = Page::default().text(80.0, 100.0, 10.0, SENTENCE).rule((80.0, 90.0), (300.0, 90.0)).raw("/X Do");
    let plain = pdf_in(paper::UTF16, &[page], &[form]);
    let packed = include_bytes!("../test_data/pdf/object-streams.pdf").to_vec();
    let locked = include_bytes!("../test_data/pdf/open-aes128.pdf").to_vec();
    let mut seed = 1_u64;
    let mut chance = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for whole in [plain, packed, locked] {
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..=chance(8) {
                let at = 5 + chance(bytes.len() - 5);
                match chance(3) {
                    0 => bytes[at] = u8::try_from(chance(256)).unwrap(),
                    1 => bytes[at] = b"0123456789<>[]/() R"[chance(19)],
                    _ => drop(bytes.remove(at)),
                }
            }
            comes_to_an_end(&bytes);
        }
    }
}

#[test]
fn circles_and_depth_come_to_an_end() {
    let font = b"<</Type/Font/Subtype/Type0/BaseFont/Mincho/Encoding/UniJIS-UTF16-H/DescendantFonts[3 0 R]>>".to_vec();
    // Pages that are their own children, contents that are their own length, a font that is made of itself.
    let tree = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 9/Kids[2 0 R 4 0 R 4 0 R]/Parent 2 0 R>>".to_vec(),
        font,
        b"<</Type/Page/Parent 4 0 R/Contents 5 0 R/Resources<</Font<</F 3 0 R>>>>>>".to_vec(),
        b"<</Length 5 0 R>>stream\nBT /F 9 Tf (ab) Tj ET\nendstream".to_vec(),
    ];
    comes_to_an_end(&file(&tree));
    // A drawing that draws itself twice.
    let form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 12>>stream\n/X Do /X Do \nendstream";
    let page = Page::default().text(80.0, 100.0, 10.0, SENTENCE).raw("/X Do");
    assert_eq!(extract(&pdf_in(paper::UTF16, &[page], &[form.to_owned()])).unwrap().text.trim(), SENTENCE);
    // Brackets within brackets.
    for open in ["[", "<<", "<</A ", "("] {
        let deep = format!("<</Type/Catalog/Pages 2 0 R/Deep {}>>", open.repeat(100_000));
        comes_to_an_end(&file(&[deep.into_bytes(), b"<</Type/Pages/Kids[]>>".to_vec()]));
        let page = Page::default().text(80.0, 100.0, 10.0, SENTENCE).raw(&open.repeat(100_000));
        comes_to_an_end(&pdf(&[page]));
    }
    let states = Page::default().raw(&"q ".repeat(300_000)).raw(&"/A BMC ".repeat(100_000)).text(80.0, 100.0, 10.0, SENTENCE);
    comes_to_an_end(&pdf(&[states]));
}

/// So many zeros, packed.
fn packed_zeros(megabytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..megabytes {
        packer.write_all(&zeros).unwrap();
    }
    packer.finish().unwrap()
}

#[test]
fn what_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() {
    let zeros = packed_zeros(80);
    let pages = |entries: &str| {
        file(&[
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>".to_vec(),
            stream(entries, &zeros),
        ])
    };
    assert_eq!(fault(&pages("/Filter/FlateDecode")), PdfError::Bomb);
    assert_eq!(fault(&pages("/Type/ObjStm/N 1/First 5/Filter/FlateDecode")), PdfError::Bomb);
    assert_eq!(fault(&pages("/Type/ObjStm/N 1/First 5/Filter[/FlateDecode/FlateDecode]")), PdfError::Bomb);
    // Not as a bomb, but neither as text: a picture is left packed, as contents it gives nothing.
    comes_to_an_end(&pages("/Subtype/Image/Filter/FlateDecode"));
    comes_to_an_end(&pages("/Filter[/ASCIIHexDecode/FlateDecode/LZWDecode]"));
}

#[test]
fn a_page_that_never_ends_is_cut_and_told() {
    let endless = Page::default().text(80.0, 100.0, 10.0, SENTENCE).raw(&"0 0 m 9 9 l S ".repeat(400_000));
    let read = extract(&pdf(&[endless, Page::default().text(80.0, 100.0, 10.0, "第２条　目的")])).unwrap();
    assert_eq!(read.unread.len(), 1);
    assert_eq!(read.unread[0].place, "1ページ");
    assert!(read.text.contains(SENTENCE) && read.text.contains("第２条　目的"));
}

#[test]
fn of_five_thousand_pages_the_first_are_read_and_each_is_counted() {
    let pages: Vec<Page> = (1..=5_000).map(|n| Page::default().text(80.0, 100.0, 10.0, &format!("第{n}条　目的"))).collect();
    let mut seen = Vec::new();
    let read = extract_with(&pdf(&pages), &mut |progress: Progress| seen.push(progress)).unwrap();
    assert_eq!(seen.last().map(|progress| (progress.done, progress.total)), Some((3_000, 5_000)));
    assert_eq!(seen.len(), 3_000);
    assert!(read.text.contains("第3000条") && !read.text.contains("第3001条"));
    assert_eq!(read.unread[0].place, "3001～5000ページ");
}
