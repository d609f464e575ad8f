//! OpenDocument files made here: what is kept, what goes, what is held.

use crate::{
    Danger, Input, Outcome, Policy, Reason, sanitize,
    zip::{Method, Writer},
};

const CONTENT: &str = r##"<?xml version="1.0"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0"
 xmlns:form="urn:oasis:names:tc:opendocument:xmlns:form:1.0" xmlns:x="urn:x"><office:scripts><office:script script:language="ooo:Basic">CANARY
</office:script></office:scripts><office:body><office:text><text:p>一<text:a xlink:href="http://CANARY/" text:style-name="S">二</text:a></text:p>
<text:p><text:execute-macro xlink:href="macro:CANARY">三</text:execute-macro><x:y>CANARY</x:y><!-- CANARY --></text:p>
<text:section text:name="a"><text:section-source xlink:href="file:///CANARY"/><text:p x:z="CANARY">四</text:p></text:section>
<table:table><table:table-row><table:table-cell table:formula="of:=DDE(&quot;CANARY&quot;)" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"><text:p>五</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame><draw:object-ole xlink:href="./Object 1"/><draw:image xlink:href="Pictures/a.png" xlink:type="simple"/></draw:frame>
<draw:frame><draw:image xlink:href="http://CANARY/a.png"/></draw:frame></text:p></office:text></office:body></office:document-content>"##;

fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.add("mimetype", b"application/vnd.oasis.opendocument.text", Method::Stored);
    for (name, bytes) in parts {
        writer.add(name, bytes, Method::Deflated);
    }
    writer.finish()
}

fn png() -> Vec<u8> {
    // One black pixel.
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let body = [name, data].concat();
        let mut crc = flate2::Crc::new();
        crc.update(&body);
        out.extend(&body);
        out.extend(crc.sum().to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &[0, 0]).unwrap();
    chunk(b"IDAT", &packed.finish().unwrap());
    chunk(b"tEXt", b"Comment\0CANARY");
    chunk(b"IEND", b"");
    out
}

fn made(name: &str, bytes: &[u8]) -> (crate::Report, Vec<u8>) {
    let verdict = sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
    (verdict.report, verdict.output.map(crate::Sanitized::into_bytes).unwrap_or_default())
}

fn unpacked(bytes: &[u8]) -> String {
    let policy = Policy::default();
    let mut members = |_: &str, _: &[u8]| {};
    let mut job = crate::job::Job::new(&policy, &[], &mut members);
    let archive = crate::zip::Archive::read(bytes).unwrap();
    archive.entries.iter().map(|entry| entry.name.clone() + "\n" + &String::from_utf8_lossy(&entry.unpack(&mut job).unwrap())).collect()
}

#[test]
fn what_runs_or_fetches_is_gone_and_the_words_stay() {
    let bytes = package(&[
        ("content.xml", CONTENT.as_bytes()),
        ("Basic/Standard/a.xml", b"CANARY"),
        ("Configurations2/menubar/a.xml", b"CANARY"),
        ("Thumbnails/thumbnail.png", b"CANARY"),
        ("Pictures/a.png", &png()),
        ("Pictures/CANARY.png", b"CANARY"),
        ("Object 1", b"CANARY"),
        ("META-INF/manifest.xml", b"<m xmlns='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"),
    ]);
    let (report, out) = made("a.odt", &bytes);
    assert_eq!(report.outcome, Outcome::Rebuilt, "{report:?}");
    let all = unpacked(&out);
    assert!(!all.contains("CANARY"), "{all}");
    for word in ["一", "二", "三", "四", "五", "Pictures/0001.png"] {
        assert!(all.contains(word), "{word}");
    }
    for danger in
        [Danger::Macro, Danger::Dde, Danger::Remote, Danger::Link, Danger::OleObject, Danger::Unknown, Danger::AddIn, Danger::Leftover]
    {
        assert!(report.removed.iter().any(|removal| removal.kind == danger), "{danger:?}: {:?}", report.removed);
    }
    let (again, same) = made("a.odt", &out);
    assert_eq!(again.removed, []);
    assert!(same == out);
}

#[test]
fn single_xml_is_filtered_likewise() {
    let flat = CONTENT
        .replace("document-content", "document")
        .replace("office:version", "office:mimetype=\"application/vnd.oasis.opendocument.text\" office:version");
    let (report, out) = made("a.fodt", flat.as_bytes());
    assert_eq!(report.outcome, Outcome::Rebuilt, "{report:?}");
    let text = String::from_utf8(out.clone()).unwrap();
    assert!(!text.contains("CANARY") && text.contains("五"), "{text}");
    let (again, same) = made("a.fodt", &out);
    assert_eq!(again.removed, []);
    assert!(same == out);
}

#[test]
fn what_cannot_be_read_is_held() {
    let held = |parts: &[(&str, &[u8])]| made("a.odt", &package(parts)).0.reason;
    assert_eq!(held(&[]), Some(Reason::Damaged));
    assert_eq!(held(&[("content.xml", b"<a")]), Some(Reason::Damaged));
    let entity = format!("<!DOCTYPE a [<!ENTITY b 'x'>]>{}", CONTENT.trim_start_matches("<?xml version=\"1.0\"?>"));
    assert_eq!(held(&[("content.xml", entity.as_bytes())]), Some(Reason::Damaged));
    let secret = b"<m xmlns='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'><encryption-data/></m>";
    assert_eq!(held(&[("content.xml", b"xx"), ("META-INF/manifest.xml", secret)]), Some(Reason::PasswordNeeded));
}

/// Encrypts as LibreOffice does; few rounds keep the test short.
fn sealed(password: &str, content: &[u8]) -> Vec<u8> {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use sha2::Digest;
    let encode = crate::format::base64::encode;
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, content).unwrap();
    let mut clear = packed.finish().unwrap();
    let sum = encode(&sha2::Sha256::digest(&clear[..clear.len().min(1_024)]));
    let padding = 16 - clear.len() % 16;
    clear.extend(std::iter::repeat_n(u8::try_from(padding).unwrap(), padding));
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha1::Sha1>(&sha2::Sha256::digest(password.as_bytes()), b"salt", 10, &mut key);
    let cipher = aes::Aes256::new_from_slice(&key).unwrap();
    let mut before = [7_u8; 16];
    let mut out = Vec::new();
    for block in clear.as_chunks::<16>().0 {
        let mut own: [u8; 16] = std::array::from_fn(|at| block[at] ^ before[at]);
        let mut array = aes::cipher::Array::from(own);
        cipher.encrypt_block(&mut array);
        own.copy_from_slice(&array);
        out.extend(own);
        before = own;
    }
    let manifest = format!(
        "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'><m:file-entry m:full-path='content.xml' m:size='{}'>\
         <m:encryption-data m:checksum-type='x#sha256-1k' m:checksum='{sum}'><m:algorithm m:algorithm-name='x#aes256-cbc' \
         m:initialisation-vector='{}'/><m:key-derivation m:key-derivation-name='PBKDF2' m:iteration-count='10' m:salt='{}'/>\
         <m:start-key-generation m:start-key-generation-name='x#sha256'/></m:encryption-data></m:file-entry></m:manifest>",
        content.len(),
        encode(&[7; 16]),
        encode(b"salt"),
    );
    package(&[("content.xml", &out), ("META-INF/manifest.xml", manifest.as_bytes())])
}

#[test]
fn a_password_opens_what_it_closes() {
    let bytes = sealed("合言葉", CONTENT.as_bytes());
    let with = |passwords: &[&str]| {
        let verdict = sanitize(Input { name: "a.odt", declared: None, bytes: &bytes, passwords }, &Policy::default(), &mut |_, _| {});
        (verdict.report, verdict.output.map(crate::Sanitized::into_bytes).unwrap_or_default())
    };
    assert_eq!(with(&[]).0.reason, Some(Reason::PasswordNeeded));
    assert_eq!(with(&["x"]).0.reason, Some(Reason::PasswordWrong));
    let (report, out) = with(&["x", "合言葉"]);
    assert_eq!(report.outcome, Outcome::Rebuilt, "{report:?}");
    assert!(report.removed.iter().any(|removal| removal.kind == Danger::Encryption));
    assert!(unpacked(&out).contains("三"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn mangled_content_never_panics(at in 0..CONTENT.len(), byte: u8, length in 0..40_usize) {
        let mut bytes = CONTENT.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, [byte]);
        let (report, out) = made("a.odt", &package(&[("content.xml", &bytes)]));
        if report.outcome != Outcome::Held {
            let (again, same) = made("a.odt", &out);
            proptest::prop_assert_eq!(again.removed, []);
            proptest::prop_assert!(same == out);
        }
    }
}
