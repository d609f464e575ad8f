//! iCalendar and vCalendar: known properties, reminders that only show, no attachments and no addresses to follow.

use super::card::{self, Line};
use crate::{
    Danger, Hold, Kind,
    job::{Built, Job},
};

/// Components that are kept.
const COMPONENTS: [&str; 10] =
    ["VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM", "VAVAILABILITY"];

/// Properties that are kept.
const PROPERTIES: &str = " VERSION CALSCALE METHOD DTSTART DTEND DUE DURATION DTSTAMP UID CREATED LAST-MODIFIED SEQUENCE STATUS SUMMARY \
DESCRIPTION LOCATION COMMENT CATEGORIES CLASS PRIORITY TRANSP ORGANIZER ATTENDEE RRULE RDATE EXDATE EXRULE RECURRENCE-ID RELATED-TO \
REQUEST-STATUS GEO RESOURCES CONTACT PERCENT-COMPLETE COMPLETED FREEBUSY TZID TZNAME TZOFFSETFROM TZOFFSETTO TRIGGER ACTION REPEAT NAME COLOR \
X-WR-CALNAME X-WR-CALDESC X-WR-TIMEZONE X-WR-RELCALID X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-CDO-INTENDEDSTATUS X-MICROSOFT-CDO-ALLDAYEVENT \
X-MICROSOFT-CDO-IMPORTANCE X-MICROSOFT-DISALLOW-COUNTER X-LIC-LOCATION TZ DAYLIGHT RNUM DCREATED ";

/// Parameters that are kept.
const PARAMETERS: &str = " TZID VALUE LANGUAGE CN ROLE PARTSTAT RSVP CUTYPE RANGE RELATED RELTYPE FBTYPE MEMBER DELEGATED-FROM DELEGATED-TO \
SENT-BY EXPECT STATUS TYPE ";

/// Rebuilds a calendar.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let (lines, bad) = card::lines(bytes);
    job.removed(Danger::Unknown, "", bad);
    let mut out = String::new();
    // Open components, whether kept.
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let name = line.value.trim().to_ascii_uppercase();
        let inside = open.iter().all(|(_, kept)| *kept);
        match line.name.as_str() {
            "BEGIN" => {
                if open.len() >= 8 {
                    return Err(Hold::new(crate::Reason::TooDeep, "components within components"));
                }
                if open.is_empty() && name != "VCALENDAR" {
                    return Err(Hold::damaged("a component outside of a calendar"));
                }
                let keep = COMPONENTS.contains(&name.as_str()) && (name != "VALARM" || shows(lines.get(at..).unwrap_or_default()));
                if inside {
                    if keep {
                        out.push_str(&format!("BEGIN:{name}\r\n"));
                        if name == "VCALENDAR" {
                            out.push_str("PRODID:-//Sekisho//Sanitize//JA\r\n");
                        }
                    } else {
                        let danger = if name == "VALARM" { Danger::Action } else { Danger::Unknown };
                        job.removed(danger, &safe(&name), 1);
                    }
                }
                open.push((name, keep));
            }
            "END" => {
                if open.pop().is_none_or(|(own, _)| own != name) {
                    return Err(Hold::damaged("components that do not nest"));
                }
                if inside {
                    out.push_str(&format!("END:{name}\r\n"));
                }
            }
            _ if open.is_empty() => return Err(Hold::damaged("a line outside of a calendar")),
            _ if inside => {
                if let Some(line) = property(job, line) {
                    card::write(&mut out, &line);
                }
            }
            _ => {}
        }
    }
    if !open.is_empty() || out.is_empty() {
        return Err(Hold::damaged("a calendar without end"));
    }
    Ok(Built::new(Kind::Ics, out.into_bytes()))
}

fn safe(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect()
}

/// Whether a reminder only shows itself.
fn shows(rest: &[Line]) -> bool {
    let own = rest.iter().take_while(|line| line.name != "END");
    let mut actions = own.filter(|line| line.name == "ACTION");
    actions.next().is_some_and(|line| line.value.trim().eq_ignore_ascii_case("DISPLAY")) && actions.next().is_none()
}

fn property(job: &mut Job<'_>, line: &Line) -> Option<Line> {
    let name = line.name.as_str();
    let danger = match name {
        "PRODID" => return None,
        "ATTACH" if line.has("BASE64") || line.value.starts_with("data:") => Some(Danger::EmbeddedFile),
        "ATTACH" | "TZURL" | "IMAGE" | "STRUCTURED-DATA" | "SOURCE" | "REFRESH-INTERVAL" => Some(Danger::Remote),
        "URL" | "CONFERENCE" | "X-MICROSOFT-SKYPETEAMSMEETINGURL" | "X-GOOGLE-CONFERENCE" => Some(Danger::Link),
        "X-ALT-DESC" | "STYLED-DESCRIPTION" => Some(Danger::MailPart),
        "AALARM" | "DALARM" | "MALARM" | "PALARM" => Some(Danger::Action),
        _ if !PROPERTIES.contains(&format!(" {name} ")) => Some(Danger::Unknown),
        _ => None,
    };
    if let Some(danger) = danger {
        let clickable = name == "URL" && job.policy.links.may_click(line.value.trim());
        if !clickable {
            job.removed(danger, &safe(name), 1);
            return None;
        }
    }
    let mut line = line.clone();
    line.group.clear();
    let before = line.parameters.len();
    line.parameters.retain(|(name, _)| PARAMETERS.contains(&format!(" {name} ")));
    job.removed(Danger::Unknown, &safe(name), (before - line.parameters.len()) as u64);
    for (_, value) in &mut line.parameters {
        *value = crate::text::clean_in(job, name, value).into_owned();
    }
    line.value = crate::text::clean_in(job, name, &line.value).into_owned();
    let address = line.value.trim().to_ascii_lowercase();
    if matches!(name, "ORGANIZER" | "ATTENDEE")
        && address.contains(':')
        && !address.starts_with("mailto:")
        && !address.starts_with("invalid:")
    {
        job.removed(Danger::Link, &safe(name), 1);
        line.value = "invalid:nomail".to_owned();
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use crate::{Danger, Input, Outcome, Policy, Reason, sanitize};

    fn made(bytes: &[u8]) -> (crate::Report, String) {
        let verdict = sanitize(Input { name: "a.ics", declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        (verdict.report, verdict.output.map(|output| String::from_utf8(output.into_bytes()).unwrap()).unwrap_or_default())
    }

    #[test]
    fn calendars_keep_what_is_told_and_lose_what_acts() {
        let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Asia/Tokyo:20260401T100000\r\n\
            SUMMARY:条例説明会、場所は役場の二階\r\n  大会議室\r\nATTACH:file:///CANARY\r\nURL:http://CANARY\r\nX-ALT-DESC;FMTTYPE=text/html:<CANARY>\r\n\
            X-CANARY:a\r\nORGANIZER;CN=\"山田; 太郎\":mailto:a@example.jp\r\nATTENDEE:http://CANARY\r\nBEGIN:VALARM\r\nACTION:PROCEDURE\r\nATTACH:CANARY\r\nEND:VALARM\r\n\
            BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:開始\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let (report, out) = made(ics.as_bytes());
        assert_eq!(report.outcome, Outcome::Rebuilt, "{report:?}");
        assert!(!out.contains("CANARY"), "{out}");
        let unfolded = out.replace("\r\n ", "");
        for words in ["役場の二階 大会議室", "TZID=Asia/Tokyo:20260401", "CN=\"山田; 太郎\":mailto:a@example.jp", "ACTION:DISPLAY"]
        {
            assert!(unfolded.contains(words), "{words}: {out}");
        }
        for danger in [Danger::Action, Danger::Remote, Danger::Link, Danger::MailPart, Danger::Unknown] {
            assert!(report.removed.iter().any(|removal| removal.kind == danger), "{danger:?}");
        }
        let (again, same) = made(out.as_bytes());
        assert_eq!((same.as_str(), again.removed), (out.as_str(), vec![]));
        assert_eq!(made(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n").0.reason, Some(Reason::Damaged));
    }
}
