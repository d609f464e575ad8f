//! Plain text ↔ the Markdown that OSCAL uses for prose: what has a meaning in Markdown is escaped, tables are tables.

use policy::tree::Paragraph;

/// Characters with a meaning in OSCAL's Markdown wherever they stand.
const SPECIAL: [char; 11] = ['\\', '*', '_', '`', '<', '[', ']', '~', '^', '{', '|'];

/// A text on one line for a title: escaped, without breaks or outer spaces.
#[must_use]
pub fn line(text: &str) -> String {
    escape(&value(text))
}

/// A text on one line for a property, which is no Markdown: without breaks or outer spaces.
#[must_use]
pub fn value(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.trim().to_owned()
}

/// A text with what Markdown would take for a sign escaped.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        // A heading, quotation or list begins only at the beginning.
        if SPECIAL.contains(&c) || at == 0 && ['#', '>', '+', '-', '='].contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What [`escape`] was given. A backslash before anything else stays, as in Markdown.
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The paragraphs of a clause as Markdown; `None` where there are none.
#[must_use]
pub fn prose(paragraphs: &[Paragraph]) -> Option<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut rows: Vec<&str> = Vec::new();
    for paragraph in paragraphs {
        if paragraph.table {
            rows.push(&paragraph.text);
            continue;
        }
        blocks.extend(table(&rows));
        rows.clear();
        blocks.push(paragraph.text.lines().map(escape).collect::<Vec<_>>().join("\n"));
    }
    blocks.extend(table(&rows));
    (!blocks.is_empty()).then(|| blocks.join("\n\n"))
}

/// Rows as a Markdown table, the first as its head.
fn table(rows: &[&str]) -> Option<String> {
    let cells = |row: &str| format!("| {} |", row.split('\t').map(cell).collect::<Vec<_>>().join(" | "));
    let head = rows.first()?;
    let rule = format!("|{}", "---|".repeat(head.split('\t').count()));
    let mut lines = vec![cells(head), rule];
    lines.extend(rows.iter().skip(1).map(|row| cells(row)));
    Some(lines.join("\n"))
}

fn cell(text: &str) -> String {
    escape(text).replace('\n', "<br/>")
}

/// The paragraphs that [`prose`] was given, without their lines; of foreign Markdown its blocks.
#[must_use]
pub fn paragraphs(prose: &str) -> Vec<Paragraph> {
    let mut found = Vec::new();
    for block in prose.split("\n\n").filter(|block| !block.is_empty()) {
        let mut lines = block.lines();
        if lines.next().is_some_and(is_row) && lines.next().is_some_and(is_rule) {
            let rows = block.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, row)| row);
            found.extend(rows.map(|row| Paragraph { line: 0, text: row_text(row), table: true }));
        } else {
            let text = block.lines().map(unescape).collect::<Vec<_>>().join("\n");
            found.push(Paragraph { line: 0, text, table: false });
        }
    }
    found
}

fn is_row(line: &str) -> bool {
    line.starts_with('|') && line.ends_with('|')
}

fn is_rule(line: &str) -> bool {
    is_row(line) && line.chars().all(|c| ['|', '-', ':', ' '].contains(&c))
}

fn row_text(row: &str) -> String {
    let inner = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        if c == '|' && !escaped {
            cells.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = cells.last_mut() {
            last.push(c);
        }
    }
    // One space on each side is the table's own.
    let own = |cell: &str| {
        let cell = cell.strip_prefix(' ').unwrap_or(cell);
        cell.strip_suffix(' ').unwrap_or(cell).replace("<br/>", "\n")
    };
    cells.iter().map(|cell| unescape(&own(cell))).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(text in "[ -~ぁ-ん一-丁。\\\\|*_\t]{0,40}") {
            prop_assert_eq!(unescape(&escape(&text)), text);
        }

        #[test]
        fn paragraphs_come_back(texts in prop::collection::vec(("[^\n\r\t\u{b}\u{c}\u{85}\u{2028}\u{2029}]{1,30}", any::<bool>()), 0..8)) {
            let given: Vec<Paragraph> = texts.into_iter().map(|(text, table)| {
                let text = if table { format!("{text}\t{text}") } else { text };
                Paragraph { line: 0, text, table }
            }).collect();
            let back = prose(&given).map_or_else(Vec::new, |prose| paragraphs(&prose));
            prop_assert_eq!(back, given);
        }
    }
}
