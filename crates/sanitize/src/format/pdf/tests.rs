//! Files built in code: what must survive does, what must not does not, and nothing panics.

use proptest::prelude::*;

use super::rebuild;
use crate::{Danger, Hold, Kind, Policy, Reason, job::Job};

/// What came of a file: its bytes and what was removed.
type Came = (Vec<u8>, Vec<(Danger, u64)>);

fn run(bytes: &[u8], passwords: &[&str]) -> Result<Came, Hold> {
    let policy = Policy::default();
    let mut members = |_: &str, _: &[u8]| ();
    let mut job = Job::new(&policy, passwords, &mut members);
    let built = rebuild(&mut job, bytes)?;
    assert_eq!(built.kind, Kind::Pdf);
    let removed = job.into_found().removed.into_iter().map(|removal| (removal.kind, removal.count)).collect();
    Ok((built.bytes, removed))
}

/// Twice: the second time nothing may change.
fn twice(bytes: &[u8]) -> Came {
    let (out, removed) = run(bytes, &[]).unwrap();
    let (again, nothing) = run(&out, &[]).unwrap();
    assert_eq!(again, out, "not idempotent");
    assert_eq!(nothing, [], "removed from an output");
    (out, removed)
}

/// A file of these objects, the first being the catalog, with extra entries in its trailer.
fn pdf(objects: &[&[u8]], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for at in places {
        out.extend_from_slice(format!("{at:010} 00000 n \n").as_bytes());
    }
    out.extend_from_slice(format!("trailer\n<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).as_bytes());
    out
}

fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{dict}/Length {}>>\nstream\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
    out
}

const PAGES: &[u8] = b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 100]>>";

/// A page with these entries, in a catalog with these.
fn page(catalog: &str, entries: &str, content: &[u8], more: &[&[u8]]) -> Vec<u8> {
    let catalog = format!("<</Type/Catalog/Pages 2 0 R{catalog}>>");
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{entries}>>");
    let content = stream("", content);
    let mut objects: Vec<&[u8]> = vec![catalog.as_bytes(), PAGES, page.as_bytes(), &content];
    objects.extend_from_slice(more);
    pdf(&objects, "")
}

/// All bytes that a reader could get at: the file and its streams unpacked.
fn everything(bytes: &[u8]) -> Vec<u8> {
    let policy = Policy::default();
    let mut members = |_: &str, _: &[u8]| ();
    let mut job = Job::new(&policy, &[], &mut members);
    let file = super::file::File::strict(&mut job, bytes).unwrap();
    let mut all = bytes.to_vec();
    for num in 1..200 {
        let object = file.get(&mut job, num).unwrap();
        super::object::write_obj(&object.value, &mut all);
        if object.stream.is_some() {
            all.extend(file.decode(&mut job, &object).unwrap().bytes);
        }
    }
    all
}

fn has(all: &[u8], what: &str) -> bool {
    memchr::memmem::find(all, what.as_bytes()).is_some()
}

#[test]
fn a_plain_page_comes_out_with_its_words() {
    let (out, removed) = twice(&page(
        "",
        "/Resources<</Font<</F1 5 0 R>>>>",
        b"BT /F1 12 Tf 10.50 20 Td (Hello) Tj ET",
        &[b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"],
    ));
    assert_eq!(removed, []);
    let all = everything(&out);
    assert!(has(&all, "(Hello)Tj") && has(&all, "10.5 20 Td") && has(&all, "/BaseFont/Helvetica"));
}

#[test]
fn what_acts_is_removed_and_told() {
    let cases: [(&str, &str, &[u8], Danger); 12] = [
        ("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", "", b"null", Danger::Script),
        ("/OpenAction<</S/Launch/F(calc.exe)>>", "", b"null", Danger::Action),
        ("/AA<</WC<</S/JavaScript/JS(x)>>>>", "", b"null", Danger::Script),
        ("/Names<</JavaScript<</Names[(a)5 0 R]>>>>", "", b"<</S/JavaScript/JS(x)>>", Danger::Script),
        ("/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>", "", b"<</Type/Filespec/F(a)>>", Danger::EmbeddedFile),
        ("/AcroForm<</XFA(x)/Fields[]>>", "", b"null", Danger::Form),
        ("/Metadata 5 0 R", "", b"null", Danger::Metadata),
        ("", "/AA<</O<</S/Launch/F(x)>>>>", b"null", Danger::Action),
        ("", "/Annots[5 0 R]", b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://example.test/)>>>>", Danger::Link),
        ("", "/Annots[5 0 R]", b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/GoToR/F(\\\\\\\\host\\\\a)/D[0/Fit]>>>>", Danger::Remote),
        ("", "/Annots[5 0 R]", b"<</Subtype/FileAttachment/Rect[0 0 9 9]/FS<</F(a)>>>>", Danger::EmbeddedFile),
        ("", "/PieceInfo<</x<</Private(y)>>>>", b"null", Danger::Leftover),
    ];
    for (catalog, entries, object, danger) in cases {
        let object: &[u8] = if catalog.contains("Metadata") { &stream("/Type/Metadata/Subtype/XML", b"<x/>") } else { object };
        let (out, removed) = twice(&page(catalog, entries, b"0 g", &[object]));
        assert!(removed.iter().any(|(kind, _)| *kind == danger), "{catalog}{entries}: {removed:?}");
        let all = everything(&out);
        for word in
            ["JavaScript", "/JS", "Launch", "URI", "EmbeddedFile", "GoToR", "XFA", "FileAttachment", "PieceInfo", "/AA", "OpenAction"]
        {
            assert!(!has(&all, word), "{catalog}{entries}: {word}");
        }
    }
}

#[test]
fn no_canary_lives_on() {
    let mut marks = Vec::new();
    let mut mark = || {
        let mark = format!("CANARY{:026}", marks.len() * 7_919 + 13);
        marks.push(mark.clone());
        mark
    };
    let content = format!("% {}\n0 g {} (x) Bogus /P <</X({})/MCID 0>> BDC EMC", mark(), mark(), mark());
    let objects: Vec<Vec<u8>> = vec![
        format!("<</Type/Catalog/Pages 2 0 R/Odd({})/Metadata 5 0 R/Names<</EmbeddedFiles<</Names[({})6 0 R]>>>>>>", mark(), mark())
            .into_bytes(),
        PAGES.to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/Contents 4 0 R/{} 1/Resources<</XObject<</I 8 0 R>>/Font<</F 9 0 R>>>>/Thumb({})>>",
            mark(),
            mark()
        )
        .into_bytes(),
        stream(&format!("/Odd({})", mark()), content.as_bytes()),
        stream("/Type/Metadata", mark().as_bytes()),
        format!("<</Type/Filespec/F({})/EF<</F 7 0 R>>>>", mark()).into_bytes(),
        stream("/Type/EmbeddedFile", mark().as_bytes()),
        stream("/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", format!("a{}", mark()).as_bytes()),
        format!("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Secret({})/ToUnicode 10 0 R>>", mark()).into_bytes(),
        stream("", format!("% {}\n/x ({}) def 1 beginbfchar <01> <0041> endbfchar", mark(), mark()).as_bytes()),
        format!("({})", mark()).into_bytes(),
    ];
    let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
    let info = format!("/Info<</Producer({})/Title(Kept)>>/{} 1", mark(), mark());
    let mut bytes = pdf(&objects, &info);
    bytes.extend_from_slice(mark().as_bytes());
    let (out, _) = twice(&bytes);
    let all = everything(&out);
    for mark in marks {
        assert!(!has(&all, &mark), "{mark}");
    }
    assert!(has(&all, "(Kept)") && has(&all, "<01><0041>"));
}

#[test]
fn links_inside_outlines_and_form_values_stay() {
    let (out, removed) = twice(&page(
        "/Outlines 5 0 R/AcroForm<</Fields[8 0 R]>>/Names<</Dests<</Names[(here)[3 0 R/Fit]]>>>>/PageLabels<</Nums[0<</S/r>>]>>",
        "/Annots[7 0 R 8 0 R]",
        b"q Q",
        &[
            b"<</Type/Outlines/First 6 0 R/Last 6 0 R/Count 1>>",
            b"<</Title(Chapter)/Parent 5 0 R/Dest[3 0 R/XYZ null 50 null]>>",
            b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/GoTo/D(here)>>>>",
            b"<</Subtype/Widget/FT/Tx/T(name)/V(value)/Rect[0 0 9 9]/AP<</N 9 0 R>>>>",
            &stream("/Subtype/Form/BBox[0 0 9 9]", b"0 g"),
        ],
    ));
    assert_eq!(removed, []);
    let all = everything(&out);
    for word in ["(Chapter)", "/XYZ null 50 null", "/S/GoTo/D(here)", "/V(value)", "/Names[(here)[", "/S/r", "/Subtype/Form"] {
        assert!(has(&all, word), "{word}");
    }
}

#[test]
fn a_broken_cross_reference_is_repaired_unless_it_is_ambiguous() {
    let whole = page("", "", b"0 g", &[]);
    let text = String::from_utf8(whole).unwrap();
    let broken = text.replace("startxref\n", "startxref\n9");
    let (out, removed) = run(broken.as_bytes(), &[]).unwrap();
    assert!(removed.contains(&(Danger::Slack, 1)));
    assert_eq!(out, run(text.as_bytes(), &[]).unwrap().0);
    let two = format!("{broken}\n9 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\ntrailer\n<</Root 9 0 R>>\n");
    assert_eq!(run(two.as_bytes(), &[]).unwrap_err().reason, Reason::Damaged);
    let doubled = text.replace("/Type/Catalog", "/Type/Catalog/Pages 3 0 R");
    assert_eq!(run(doubled.as_bytes(), &[]).unwrap_err().reason, Reason::Damaged);
}

#[test]
fn inline_images_stay() {
    let (out, removed) = twice(&page("", "", b"q BI /W 2 /H 2 /CS /G /BPC 8 ID \x01EI\x02 EI Q", &[]));
    assert_eq!(removed, []);
    assert!(has(&everything(&out), "BI/W 2/H 2/CS/G/BPC 8/F[/A85/Fl]\nID "));
}

#[test]
fn bombs_are_held() {
    let mut packed = super::filter::to_flate(&vec![0; 60 << 20]);
    packed = super::filter::to_flate(&packed);
    let data = stream("/Filter[/FlateDecode/FlateDecode]", &packed);
    let bytes = pdf(&[b"<</Type/Catalog/Pages 2 0 R>>", PAGES, b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", &data], "");
    assert_eq!(run(&bytes, &[]).unwrap_err().reason, Reason::ExpandsTooMuch);
    let deep = [b"[".repeat(5_000), b"]".repeat(5_000)].concat();
    let bytes = page("", "", b"0 g", &[&deep]);
    assert!(run(&bytes, &[]).is_ok(), "what is not reached does not matter");
    let circle = pdf(&[b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"], "");
    assert_eq!(run(&circle, &[]).unwrap_err().reason, Reason::Damaged);
}

#[test]
fn calculator_functions_are_written_anew() {
    assert_eq!(super::function::rebuild(b"{ dup 0.50 mul  % c\n { pop 1 } if }").unwrap(), b"{dup .5 mul {pop 1}if}");
    assert!(super::function::rebuild(b"{ run }").is_err());
    assert!(super::function::rebuild(b"{ 1").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mangled_files_never_panic(at in 0.0_f64..1.0, length in 0_usize..40, noise in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = page("/Outlines 5 0 R", "/Annots[6 0 R]/Resources<</Font<</F 7 0 R>>>>", b"BT /F 1 Tf (a) Tj ET BI /W 1/H 1/BPC 8/CS/G ID a EI", &[
            b"<</First 5 0 R/Title(x)/Next 5 0 R>>",
            b"<</Subtype/Widget/Parent 6 0 R/Kids[6 0 R]/AP<</N 4 0 R>>>>",
            b"<</Type/Font/Subtype/Type3/CharProcs<</a 4 0 R>>/Resources 7 0 R>>",
        ]);
        let from = (at * bytes.len() as f64) as usize;
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, noise);
        if let Ok((out, _)) = run(&bytes, &[]) {
            let (again, removed) = run(&out, &[]).unwrap();
            prop_assert_eq!(&again, &out);
            prop_assert_eq!(removed, []);
        }
    }

    #[test]
    fn noise_never_panics_the_leaves(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = super::filter::flate(&noise, 1 << 16);
        let _ = super::filter::lzw(&noise, true, 1 << 16);
        let _ = super::filter::ascii_85(&noise);
        let _ = super::filter::run_length(&noise, 1 << 16);
        let _ = super::cmap::rebuild(&noise);
        let _ = super::function::rebuild(&noise);
        let _ = super::icc::rebuild(&noise, 3);
    }
}
