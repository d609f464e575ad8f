//! vCard: known properties, the picture rebuilt, nothing that sounds, is fetched or followed.

use super::{
    base64,
    card::{self, Line},
    image::PICTURES,
};
use crate::{
    Danger, Hold, Kind,
    job::{Built, Job},
};

/// Properties that are kept.
const PROPERTIES: &str = " VERSION FN N NICKNAME BDAY ADR LABEL TEL EMAIL TZ GEO TITLE ROLE ORG CATEGORIES NOTE REV SORT-STRING UID CLASS KIND \
GENDER LANG ANNIVERSARY MEMBER PROFILE NAME X-PHONETIC-FIRST-NAME X-PHONETIC-MIDDLE-NAME X-PHONETIC-LAST-NAME X-PHONETIC-ORG X-ABLABEL \
X-DCM-FURIGANA X-GENDER X-REDUCTION X-NO ";

/// Parameters that are kept; of old versions a type is a word alone.
const PARAMETERS: &str = " TYPE PREF LANGUAGE VALUE PID ALTID SORT-AS CALSCALE TZ LABEL HOME WORK CELL VOICE FAX PAGER MSG PCS CAR MODEM BBS ISDN \
VIDEO INTERNET X400 DOM INTL POSTAL PARCEL X-IRMC-N X-PHONETIC-FIRST-NAME ";

/// Rebuilds contacts.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let (lines, bad) = card::lines(bytes);
    job.removed(Danger::Unknown, "", bad);
    let mut out = String::new();
    let mut version = String::new();
    let mut depth = 0_usize;
    let mut cards = 0_u64;
    for (at, line) in lines.iter().enumerate() {
        match (line.name.as_str(), depth) {
            ("BEGIN", 0) if line.value.trim().eq_ignore_ascii_case("VCARD") => {
                depth = 1;
                cards += 1;
                job.count_member()?;
                let own = lines.iter().skip(at).take_while(|line| line.name != "END").find(|line| line.name == "VERSION");
                version = own.map_or_else(|| "3.0".to_owned(), |line| line.value.trim().to_owned());
                out.push_str("BEGIN:VCARD\r\n");
            }
            // A card of an agent within a card.
            ("BEGIN", depth_) if depth_ > 0 => {
                if depth_ > 4 {
                    return Err(Hold::new(crate::Reason::TooDeep, "cards within cards"));
                }
                depth += 1;
                job.removed(Danger::Unknown, "AGENT", 1);
            }
            ("END", 1) => {
                depth = 0;
                out.push_str("END:VCARD\r\n");
            }
            ("END", depth_) if depth_ > 1 => depth -= 1,
            (_, 1) => property(job, line, &version, &mut out)?,
            (_, 0) => return Err(Hold::damaged("a line outside of a card")),
            _ => {}
        }
    }
    if depth > 0 || cards == 0 {
        return Err(Hold::damaged("a card without end"));
    }
    Ok(Built::new(Kind::Vcf, out.into_bytes()))
}

fn property(job: &mut Job<'_>, line: &Line, version: &str, out: &mut String) -> Result<(), Hold> {
    let name = line.name.as_str();
    // The reading of a name, on Japanese telephones.
    let reading = name == "SOUND" && line.has("X-IRMC-N");
    let danger = match name {
        "PHOTO" | "LOGO" => return picture(job, line, version, out),
        "SOUND" if !reading => Some(Danger::Media),
        "KEY" => Some(Danger::EmbeddedFile),
        "AGENT" => Some(Danger::Unknown),
        "URL" | "SOURCE" | "FBURL" | "CALURI" | "CALADRURI" | "IMPP" | "RELATED" | "X-SOCIALPROFILE" => Some(Danger::Link),
        "PRODID" | "MAILER" => Some(Danger::Metadata),
        _ if !reading && !PROPERTIES.contains(&format!(" {name} ")) => Some(Danger::Unknown),
        _ => None,
    };
    let place: String = name.chars().take(40).collect();
    if let Some(danger) = danger
        && !(name == "URL" && job.policy.links.may_click(line.value.trim()))
    {
        job.removed(danger, &place, 1);
        return Ok(());
    }
    let mut line = line.clone();
    let before = line.parameters.len();
    line.parameters.retain(|(name, _)| PARAMETERS.contains(&format!(" {name} ")));
    job.removed(Danger::Unknown, &place, (before - line.parameters.len()) as u64);
    for (_, value) in &mut line.parameters {
        *value = crate::text::clean_in(job, &place, value).into_owned();
    }
    line.value = crate::text::clean_in(job, &place, &line.value).into_owned();
    // Old versions know the charset of each line by its name.
    line.printable |= version.starts_with('2') && !line.value.is_ascii();
    card::write(out, &line);
    Ok(())
}

fn picture(job: &mut Job<'_>, line: &Line, version: &str, out: &mut String) -> Result<(), Hold> {
    let inline = line.value.trim().strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).map(|(_, body)| body);
    let packed = line.has("BASE64") || line.has("B");
    let Some(bytes) = inline.or(packed.then_some(line.value.as_str())).and_then(base64::decode) else {
        job.removed(Danger::Remote, &line.name, 1);
        return Ok(());
    };
    match job.part(&line.name, &bytes, PICTURES) {
        Ok(built) => {
            let body = base64::encode(&built.bytes);
            let kind = built.kind.id().to_ascii_uppercase();
            let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let (parameters, value) = match version {
                "4.0" => (Vec::new(), format!("data:{};base64,{body}", built.kind.mime())),
                version if version.starts_with('2') => (vec![parameter("ENCODING", "BASE64"), parameter("TYPE", &kind)], body),
                _ => (vec![parameter("ENCODING", "b"), parameter("TYPE", &kind)], body),
            };
            card::write(out, &Line { group: String::new(), name: line.name.clone(), parameters, value, printable: false });
            Ok(())
        }
        Err(hold) if job.note_instead(&hold) => {
            job.removed(Danger::EmbeddedFile, &line.name, 1);
            Ok(())
        }
        Err(hold) => Err(hold),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Danger, Input, Outcome, Policy, sanitize};

    fn made(bytes: &[u8]) -> (crate::Report, String) {
        let verdict = sanitize(Input { name: "a.vcf", declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        (verdict.report, verdict.output.map(|output| String::from_utf8(output.into_bytes()).unwrap()).unwrap_or_default())
    }

    #[test]
    fn cards_of_every_version_are_read() {
        let old = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8ER=\r\n=93c;=91=BE=98Y\r\n\
            TEL;CELL:090-0000-0000\r\nSOUND;X-IRMC-N;CHARSET=SHIFT_JIS:\xd4\xcf\xc0\xde;\xc0\xdb\xb3\r\nURL:http://CANARY\r\nX-CANARY:a\r\nEND:VCARD\r\n";
        let (report, out) = made(old);
        assert_eq!(report.outcome, Outcome::Rebuilt, "{report:?}");
        assert!(!out.contains("CANARY"), "{out}");
        assert!(out.contains("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=B1=B1=E7=94=B0;"), "{out}");
        assert!(out.contains("TEL;CELL:090-0000-0000\r\n"));
        assert_eq!(report.removed.iter().map(|removal| removal.kind).collect::<Vec<_>>(), [Danger::Link, Danger::Unknown]);
        let (again, same) = made(out.as_bytes());
        assert_eq!((same.as_str(), again.removed), (out.as_str(), vec![]));
        let new = "BEGIN:VCARD\nVERSION:4.0\nFN:髙橋 花子\nitem1.EMAIL;TYPE=work:a@example.jp\nPHOTO:https://CANARY/a.png\nKEY:CANARY\nEND:VCARD\n";
        let (_, out) = made(new.as_bytes());
        assert!(!out.contains("CANARY") && out.contains("FN:髙橋 花子") && out.contains("item1.EMAIL;TYPE=work:"), "{out}");
    }

    proptest::proptest! {
        #[test]
        fn any_lines_come_to_rest(body in "[A-Z:;=\"\r\n .a-z0-9あ髙-]{0,80}") {
            let card = format!("BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;ENCODING=QUOTED-PRINTABLE:{body}\r\nFN:{body}\r\nEND:VCARD\r\n");
            let (report, out) = made(card.as_bytes());
            if report.outcome != Outcome::Held {
                let (again, same) = made(out.as_bytes());
                proptest::prop_assert_eq!(same, out);
                proptest::prop_assert_eq!(again.removed, vec![]);
            }
        }
    }
}
