//! Markdown → text, line by line: marks are taken off, words and line numbers stay; knows no CommonMark tree.
//!
//! Policies that a converter turned into Markdown have headings and lists at odd levels. A parser would
//! renumber, indent and join what is only misplaced, so each line keeps its place: a mark that says
//! nothing about words becomes an empty line.

use crate::{Extract, Format, manuscript::Manuscript};

const PICTURE: &str =
    "画像へのリンクがあります。画像の中の文字や表は読み取れません。規程の内容が画像になっているときは、文字や表に直してください。";

/// Whether a text bears marks of Markdown: headings, tables, fences or links.
pub(crate) fn is_markdown(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    lines.any(|line| is_heading(line) || is_divider(line) || line.starts_with("```") || line.contains("]("))
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with([' ', '\u{3000}', '\t'])
}

/// `|---|:--:|`: the line below the head of a table.
fn is_divider(line: &str) -> bool {
    let line = line.trim();
    line.contains('|') && line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

/// Takes the marks off.
pub(crate) fn extract(text: &str) -> Extract {
    let mut manuscript = Manuscript::new();
    let mut lines: Vec<String> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()).collect();
    front_matter(&mut lines);
    fences(&mut lines);
    comments(&mut lines);
    tables(&mut lines);
    underlined(&mut lines);
    lists(&mut lines);
    for line in &mut lines {
        *line = block(line);
        inline(line, &mut manuscript);
    }
    let mut extract = manuscript.finish(Format::Markdown, &[]);
    extract.text = lines.join("\n");
    extract
}

/// Properties between two lines of dashes at the top.
fn front_matter(lines: &mut [String]) {
    if lines.first().is_none_or(|line| line.trim_end() != "---") {
        return;
    }
    let end = lines.iter().take(60).skip(1).position(|line| line.trim_end() == "---").map(|at| at + 1);
    let properties =
        |end: usize| lines.iter().take(end).skip(1).all(|line| line.contains(':') || line.starts_with([' ', '-', '#']) || line.is_empty());
    if let Some(end) = end.filter(|end| properties(*end)) {
        lines.iter_mut().take(end + 1).for_each(String::clear);
    }
}

/// What stands between fences is text like any other here.
fn fences(lines: &mut [String]) {
    for line in lines.iter_mut().filter(|line| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~")) {
        line.clear();
    }
}

fn comments(lines: &mut [String]) {
    let mut inside = false;
    for line in lines {
        let mut kept = String::new();
        let mut rest = line.as_str();
        loop {
            let (mark, other) = if inside { ("-->", true) } else { ("<!--", false) };
            let Some((before, after)) = rest.split_once(mark) else { break };
            if !other {
                kept.push_str(before);
            }
            inside = !inside;
            rest = after;
        }
        if !inside {
            kept.push_str(rest);
        }
        if kept.len() < line.len() {
            *line = kept;
        }
    }
}

/// Tables: rows above and below a divider.
fn tables(lines: &mut [String]) {
    let dividers: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| is_divider(line)).map(|(at, _)| at).collect();
    for at in dividers {
        let Some(head) = at.checked_sub(1).filter(|head| lines.get(*head).is_some_and(|line| line.contains('|'))) else { continue };
        let rows = lines.iter().skip(at + 1).take_while(|line| line.contains('|')).count();
        for line in lines.iter_mut().skip(head).take(rows + 2) {
            *line = if is_divider(line) { String::new() } else { row(line) };
        }
    }
}

fn row(line: &str) -> String {
    let line = line.trim().replace("\\|", "\u{1}");
    let line = line.strip_prefix('|').unwrap_or(&line);
    let line = line.strip_suffix('|').unwrap_or(line);
    let mut cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('\t', " ").replace('\u{1}', "|")).collect();
    // A tab at either end would be lost, and the columns with it.
    for at in [0, cells.len() - 1] {
        if let Some(cell) = cells.get_mut(at).filter(|cell| cell.is_empty()) {
            "－".clone_into(cell);
        }
    }
    cells.join("\t")
}

/// Headings with a line of `=` or `-` below them.
fn underlined(lines: &mut [String]) {
    for at in 1..lines.len() {
        let line = lines.get(at).map_or("", |line| line.trim());
        let level = match line.chars().next() {
            Some('=') if line.len() >= 3 && line.chars().all(|c| c == '=') => "# ",
            Some('-') if line.len() >= 3 && line.chars().all(|c| c == '-') => "## ",
            _ => continue,
        };
        let above =
            lines.get_mut(at - 1).filter(|above| !above.trim().is_empty() && !above.contains(['。', '\t']) && above.chars().count() <= 60);
        if let Some(above) = above.filter(|above| !is_heading(above.trim_start())) {
            above.insert_str(0, level);
            lines.get_mut(at).into_iter().for_each(String::clear);
        }
    }
}

/// Lists whose items all say `1.` are counted; two or more `*` in a row are items, one alone is a note.
fn lists(lines: &mut [String]) {
    let mut last: Option<(usize, usize)> = None;
    let mut stars: Vec<usize> = Vec::new();
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("* ") || line.trim_start().starts_with("+ ") {
            stars.push(at);
        } else if indent == 0 {
            runs.push(std::mem::take(&mut stars));
        }
        match (item(line), last) {
            (Some((1, rest)), Some((own, n))) if own == indent => {
                *line = format!("{}{}{rest}", " ".repeat(indent), n + 1);
                last = Some((indent, n + 1));
            }
            (Some((n, _)), _) => last = Some((indent, n)).filter(|_| n == 1),
            (None, Some((own, _))) if indent > own => {}
            (None, _) => last = None,
        }
    }
    runs.push(stars);
    for at in runs.into_iter().filter(|run| run.len() > 1).flatten() {
        if let Some(line) = lines.get_mut(at) {
            *line = line.replacen(['*', '+'], "-", 1);
        }
    }
}

/// Number and rest of `1. text`.
fn item(line: &str) -> Option<(usize, &str)> {
    let line = line.trim_start();
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = line.get(..line.len() - rest.len())?.parse().ok()?;
    (rest.starts_with(". ") || rest.starts_with(") ")).then_some((number, rest))
}

/// Marks at the start and the end of a line.
fn block(line: &str) -> String {
    let mut line = line;
    while let Some(rest) = line.trim_start().strip_prefix('>') {
        line = rest.strip_prefix(' ').unwrap_or(rest);
    }
    let bare: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    if bare.len() >= 3 && ["-", "*", "_"].iter().any(|mark| bare.replace(mark, "").is_empty()) {
        return String::new();
    }
    if let Some(note) = line.strip_prefix("[^").and_then(|rest| rest.split_once("]:")) {
        return format!("※ {}", note.1.trim());
    }
    if is_heading(line.trim_start()) {
        let open = line.trim_end().trim_end_matches('#');
        if open.len() < line.trim_end().len() && open.ends_with(' ') {
            return open.trim_end().to_owned();
        }
    }
    line.to_owned()
}

/// Marks within a line.
fn inline(line: &mut String, manuscript: &mut Manuscript) {
    if !line.contains(['[', '\\', '`', '<', '_']) && !line.contains("**") && !line.contains("~~") {
        return;
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        rest = match c {
            '\\' if after.starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.extend(after.chars().next());
                after.get(1..).unwrap_or("")
            }
            '!' if after.starts_with('[') => match link(after) {
                Some((_, tail)) => {
                    manuscript.pass("", &out);
                    manuscript.miss(PICTURE);
                    tail
                }
                None => keep(&mut out, c, after),
            },
            '[' if after.starts_with('^') => after.split_once(']').map_or(after, |(_, tail)| tail),
            '[' => match link(rest) {
                Some((name, tail)) => {
                    out.push_str(name);
                    tail
                }
                None => keep(&mut out, c, after),
            },
            '`' => after,
            '<' => match tag(after) {
                Some(tail) => tail,
                None => keep(&mut out, c, after),
            },
            '*' | '_' | '~' if after.starts_with(c) => after.get(1..).unwrap_or(""),
            _ => keep(&mut out, c, after),
        };
    }
    *line = out;
}

fn keep<'l>(out: &mut String, c: char, after: &'l str) -> &'l str {
    out.push(c);
    after
}

/// `[name](address)`: the name and what follows.
fn link(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (_, tail) = rest.split_once(')')?;
    (!name.contains(['[', ']'])).then_some((name, tail))
}

/// What follows a tag of HTML; the reading of a kanji is dropped with it.
fn tag(after: &str) -> Option<&str> {
    let (inner, tail) = after.split_once('>')?;
    let name: String =
        inner.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match name.as_str() {
        "rt" | "rp" if !inner.starts_with('/') => {
            Some(tail.split_once("</").and_then(|(_, rest)| rest.split_once('>')).map_or(tail, |(_, rest)| rest))
        }
        "br" | "ruby" | "rb" | "rt" | "rp" | "sup" | "sub" | "u" | "b" | "i" | "em" | "strong" | "span" | "font" | "div" | "p"
        | "center" => Some(tail),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_lines_stay() {
        let cases = [
            ("## 1 目的 ##", "## 1 目的"),
            ("職員は、**必ず**[手順](a.html)に従う。[^1]", "職員は、必ず手順に従う。"),
            ("[^1]: 手順は別に定める。", "※ 手順は別に定める。"),
            ("1\\. 総則 \\*", "1. 総則 *"),
            ("> 第1条 `端末`を<ruby>守<rt>まも</rt></ruby>る。<br>", "第1条 端末を守る。"),
            ("| 区分 | 内容 |\n|---|:-:|\n| Ⅰ | 秘密\\|極秘 |\n|  | 公開 |", "区分\t内容\n\nⅠ\t秘密|極秘\n－\t公開"),
            ("総則\n===\n本文<!-- 非\n公開 -->です", "# 総則\n\n本文\nです"),
            ("1. 甲\n   続き\n1. 乙\n\n1. 丙", "1. 甲\n   続き\n2. 乙\n\n3. 丙"),
            ("* 甲\n* 乙\n\n本文\n* 注である", "- 甲\n- 乙\n\n本文\n* 注である"),
            ("---\ntitle: 規程\n---\n# 規程", "\n\n\n# 規程"),
            ("(ア) 端末*の管理 5 * 3 a_b", "(ア) 端末*の管理 5 * 3 a_b"),
        ];
        for (markdown, text) in cases {
            assert_eq!(extract(markdown).text, text);
            assert_eq!(extract(markdown).text.lines().count().max(1), text.lines().count().max(1));
        }
    }

    #[test]
    fn pictures_are_named() {
        let extract = extract("# 規程\n![体制の図](a.png)");
        assert_eq!(extract.unread.len(), 1);
        assert_eq!(extract.text, "# 規程\n");
    }

    #[test]
    fn plain_text_bears_no_marks() {
        assert!(!is_markdown("第1条 町は、守る。\n- (1) 甲\n#1 番"));
        assert!(is_markdown("# 規程"));
    }
}
