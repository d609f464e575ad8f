//! Addresses of links: where they really lead, and whether the words beside them say otherwise.

/// What a link leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Somewhere else: the address to show, its host in ASCII.
    Away { shown: String, host: String },
    /// A mailbox.
    Mail(String),
    /// A place in the page, or relative to a page nobody has.
    Here,
    /// Something that must not be followed: javascript, data, file.
    Dangerous,
}

/// The longest address that is shown whole.
const LONG: usize = 500;

/// Reads an address as browsers do.
pub(super) fn target(href: &str) -> Target {
    // Browsers pass over tabs and line ends anywhere and controls at the ends.
    let href: String = href.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let href = href.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let scheme: String = match href.split_once(':') {
        Some((scheme, _)) if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) => {
            scheme.to_ascii_lowercase()
        }
        _ if href.starts_with("//") || href.starts_with("\\\\") => "https".to_owned(),
        _ => return Target::Here,
    };
    match scheme.as_str() {
        "http" | "https" | "ftp" => {
            let rest = href.split_once(':').filter(|_| !href.starts_with(['/', '\\'])).map_or(href, |(_, rest)| rest);
            let rest = rest.trim_start_matches(['/', '\\']);
            let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
            // What stands before @ is no host, though it is written to look like one.
            let host = authority.rsplit('@').next().unwrap_or_default();
            let host = ascii_host(host);
            let mut shown = format!("{scheme}://{host}");
            for c in path.chars().take(LONG) {
                match c {
                    c if c.is_whitespace() || c.is_control() || crate::text::is_invisible(c) => shown.push_str("%20"),
                    '<' => shown.push_str("%3C"),
                    '>' => shown.push_str("%3E"),
                    c => shown.push(c),
                }
            }
            if path.chars().nth(LONG).is_some() {
                shown.push('…');
            }
            Target::Away { shown, host }
        }
        "mailto" => {
            let to = href.split_once(':').map_or("", |(_, to)| to).split('?').next().unwrap_or_default();
            let to = to.replace("%40", "@");
            Target::Mail(to.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>')).collect())
        }
        "tel" | "sms" | "callto" => Target::Here,
        _ => Target::Dangerous,
    }
}

/// Whether words name another host than the one they lead to.
pub(super) fn lies(words: &str, host: &str) -> bool {
    let host = bare(host);
    words.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '「' | '」' | '（' | '）' | '、' | '。' | ',')).any(
        |word| {
            let Some(named) = named_host(word) else { return false };
            let named = bare(&ascii_host(&named));
            let below = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|before| before.is_empty() || before.ends_with('.'));
            !below(&host, &named)
        },
    )
}

fn bare(host: &str) -> String {
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
}

/// The host that a word names, if it is an address or looks like the name of a host.
fn named_host(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let (rest, sure) = match lower.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (lower.as_str(), false),
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    if !sure && authority.contains('@') {
        return None;
    }
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let last = host.rsplit_once('.').map(|(_, last)| last)?;
    const ENDINGS: [&str; 22] = [
        "jp", "com", "net", "org", "info", "biz", "co", "io", "cn", "kr", "uk", "de", "fr", "us", "ru", "tv", "me", "app", "dev", "site",
        "online", "gov",
    ];
    let named = sure || host.starts_with("www.") || ENDINGS.contains(&last);
    (named && !host.starts_with('.') && last.len() > 1).then(|| host.to_owned())
}

/// A host as the network knows it: other scripts in their ASCII form, so that lookalikes are seen.
fn ascii_host(host: &str) -> String {
    host.split(['.', '。', '．'])
        .map(|label| {
            let label: String = label.chars().filter(|c| !crate::text::is_invisible(*c)).collect::<String>().to_lowercase();
            if label.is_ascii() { label } else { punycode(&label).map_or_else(String::new, |code| format!("xn--{code}")) }
        })
        .collect::<Vec<_>>()
        .join(".")
        .chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
        .collect()
}

/// RFC 3492.
fn punycode(label: &str) -> Option<String> {
    let chars: Vec<u32> = label.chars().take(64).map(u32::from).collect();
    let mut out: String = label.chars().take(64).filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    let mut handled = basic;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias) = (128_u32, 0_u32, 72_u32);
    while (handled as usize) < chars.len() {
        let next = chars.iter().copied().filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in &chars {
            if *c < n {
                delta = delta.checked_add(1)?;
            }
            if *c == n {
                let mut q = delta;
                let mut k = 36;
                loop {
                    let t = if k <= bias { 1 } else { (k - bias).min(26) };
                    if q < t {
                        break;
                    }
                    out.push(digit(t + (q - t) % (36 - t))?);
                    q = (q - t) / (36 - t);
                    k += 36;
                }
                out.push(digit(q)?);
                let mut d = if handled == basic { delta / 700 } else { delta / 2 };
                d += d / (handled + 1);
                let mut k = 0;
                while d > 455 {
                    d /= 35;
                    k += 36;
                }
                bias = k + 36 * d / (d + 38);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(out)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value.checked_sub(26).unwrap_or(value + 10), 36).filter(|_| value < 36)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_show_where_they_lead() {
        let away = |href: &str| match target(href) {
            Target::Away { shown, .. } => shown,
            other => panic!("{href}: {other:?}"),
        };
        assert_eq!(away("https://example.jp/a?b#c"), "https://example.jp/a?b#c");
        assert_eq!(away("https://www.pref.example.jp@evil.test/x"), "https://evil.test/x");
        assert_eq!(away("ht\ntp:\\\\Evil.test\\a"), "http://evil.test\\a");
        assert_eq!(away("//evil.test/"), "https://evil.test/");
        assert_eq!(away("http://日本語.jp/"), "http://xn--wgv71a119e.jp/");
        assert_eq!(away("http://b\u{fc}cher.test/"), "http://xn--bcher-kva.test/");
        assert_eq!(target("java\tscript:alert(1)"), Target::Dangerous);
        assert_eq!(target("file://server/share"), Target::Dangerous);
        assert_eq!(target("#top"), Target::Here);
        assert_eq!(target("mailto:a@example.jp?subject=x"), Target::Mail("a@example.jp".into()));
    }

    #[test]
    fn words_that_name_another_host_lie() {
        assert!(lies("https://www.pref.example.jp/", "evil.test"));
        assert!(lies("www.city.example.jp を開く", "evil.test"));
        assert!(!lies("https://example.jp/", "www.example.jp"));
        assert!(!lies("詳しくはこちら", "evil.test"));
        assert!(!lies("第1.2版 v1.0", "evil.test"));
        assert!(lies("example.jp", "example.jp.evil.test"));
    }
}
