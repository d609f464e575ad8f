//! What a hall may decide about 無害化; the defaults are meant to be left alone.

use serde::{Deserialize, Serialize};

use crate::{Kind, Limits};

/// Which way a file goes between the zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// インターネット接続系 → LGWAN接続系.
    #[default]
    Inward,
    /// LGWAN接続系 → インターネット接続系.
    Outward,
}

/// What becomes of hyperlinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Links {
    /// The words stay, nothing can be clicked.
    #[default]
    Text,
    /// Links to hosts of [`LinkPolicy::hosts`] by http, https or mailto can be clicked; of others the words stay.
    AllowList,
    /// Addresses that are only an address are removed too.
    Remove,
}

/// Links, and to which hosts they may lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinkPolicy {
    /// What becomes of them.
    pub mode: Links,
    /// Hosts for [`Links::AllowList`]: `example.jp` stands for itself and all below it, `*` for every host.
    pub hosts: Vec<String>,
}

/// What to do when the scanner does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum OnDown {
    /// Hold the file.
    #[default]
    Hold,
    /// Go on with what was rebuilt, and say so in the report.
    Continue,
}

/// What to do with signed files: rebuilding breaks every signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum OnSigned {
    /// Remove the signature and say who signed.
    #[default]
    Strip,
    /// Hold the file.
    Hold,
}

/// What to do with an archive or a mail that contains a held file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum OnHeldMember {
    /// Put a note in its place (`○○_無害化結果.txt`) and go on.
    #[default]
    Note,
    /// Hold the whole.
    Hold,
}

/// The policy of one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Its name in reports.
    pub id: String,
    /// Which way files go.
    pub direction: Direction,
    /// Hyperlinks.
    pub links: LinkPolicy,
    /// Kinds that are held although they could be rebuilt.
    pub held: Vec<Kind>,
    /// Whether the report mentions macros that were removed.
    pub macro_notice: bool,
    /// Signed files.
    pub signed: OnSigned,
    /// Held members of archives and mails.
    pub held_member: OnHeldMember,
    /// A scanner that does not answer.
    pub scanner_down: OnDown,
    /// Whether the capture date of photographs is kept.
    pub keep_photo_date: bool,
    /// Limits.
    pub limits: Limits,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            id: "default".to_owned(),
            direction: Direction::default(),
            links: LinkPolicy::default(),
            held: Vec::new(),
            macro_notice: true,
            signed: OnSigned::default(),
            held_member: OnHeldMember::default(),
            scanner_down: OnDown::default(),
            keep_photo_date: false,
            limits: Limits::default(),
        }
    }
}

/// Schemes that may ever be clicked; all others (file, javascript, data, ms-*, search-ms, …) never.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

impl LinkPolicy {
    /// Whether a link to this address may stay one that can be clicked.
    ///
    /// Anything unusual (control characters, backslashes, user info, a host that is not plain) is told no.
    #[must_use]
    pub fn may_click(&self, address: &str) -> bool {
        if self.mode != Links::AllowList || address.len() > 2_000 {
            return false;
        }
        if address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || c == '"' || c == '<' || c == '>') {
            return false;
        }
        let Some((scheme, rest)) = address.split_once(':') else { return false };
        let scheme = scheme.to_ascii_lowercase();
        if !SCHEMES.contains(&scheme.as_str()) {
            return false;
        }
        let host = if scheme == "mailto" {
            let to = rest.split('?').next().unwrap_or_default();
            match to.rsplit_once('@') {
                Some((_, host)) => host,
                None => return false,
            }
        } else {
            let Some(rest) = rest.strip_prefix("//") else { return false };
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if authority.contains('@') {
                return false;
            }
            authority.split(':').next().unwrap_or_default()
        };
        self.allows_host(host)
    }

    fn allows_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
            return false;
        }
        self.hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            allowed == "*" || host == allowed || host.strip_suffix(&allowed).is_some_and(|before| before.ends_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_only_where_the_hall_lets_them() {
        let policy = LinkPolicy { mode: Links::AllowList, hosts: vec!["example.jp".into()] };
        for yes in ["https://example.jp", "HTTP://www.example.jp/a?b#c", "https://example.jp:8443/", "mailto:a@example.jp?subject=x"] {
            assert!(policy.may_click(yes), "{yes}");
        }
        for no in [
            "file://example.jp/a",
            "javascript:alert(1)",
            "https://example.jp@evil.test/",
            "https://evilexample.jp/",
            "https://example.jp.evil.test/",
            "https:\\\\example.jp",
            "//example.jp/",
            "https://ｅxample.jp/",
            "java\nscript:x",
            "",
        ] {
            assert!(!policy.may_click(no), "{no}");
        }
        assert!(!LinkPolicy::default().may_click("https://example.jp"));
    }
}
