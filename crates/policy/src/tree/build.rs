//! Lines and chosen markers → clauses with paragraphs: headings told from sentences, page breaks
//! joined, tables, notes and glossary entries given nodes of their own.

use std::{borrow::Cow, collections::HashMap};

use super::{
    Clause, Paragraph,
    chars::{head, is_space, squeeze},
    joins::{clause_comma, ends, mend, starts_inside, unbalanced, without_doubled, wrap_width},
    lines::Line,
    marker::{self, Family, Special},
    sequence::{Choice, Mark},
};
use crate::problem::{Kind, Problem};

/// Bytes after which a paragraph is no longer continued: no sentence is that long.
const LONGEST: usize = 6_000;

/// Builds the clauses of a document, the root first.
pub(crate) fn build(text: &str, lines: &[Line<'_>], marks: &[Mark<'_>], choices: &[Choice]) -> (Vec<Clause>, Vec<Problem>) {
    let mut builder = Builder::new(text, lines, marks, choices);
    let mut at = 0;
    while at < lines.len() {
        at = builder.line(at);
    }
    builder.finish(text.len())
}

/// Whether a text announces the items after it.
pub(crate) fn is_lead(text: &str) -> bool {
    let outside = outside_brackets(text);
    let text = outside.as_ref();
    ["次の", "次に掲げる", "次のとおり", "以下の", "以下を", "以下に", "下記の", "各号に"].iter().any(|w| text.contains(w))
}

/// A text without what stands in brackets.
pub(crate) fn outside_brackets(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', '（']) {
        return Cow::Borrowed(text);
    }
    let mut depth = 0_u32;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// Whether a marker's text is a heading rather than a sentence.
pub(crate) fn is_heading(text: &str) -> bool {
    !text.is_empty() && !text.contains('。') && !clause_comma(text) && text.chars().count() <= 60
}

struct Builder<'a> {
    lines: &'a [Line<'a>],
    marks: &'a [Mark<'a>],
    choices: &'a [Choice],
    /// Next choice to come, by line.
    next_choice: usize,
    next_mark: usize,
    clauses: Vec<Clause>,
    paths: HashMap<String, u32>,
    /// Clause index of each choice.
    of_choice: Vec<usize>,
    problems: Vec<Problem>,
    /// Markers that were misread: below which clause, as written, as meant.
    misread: HashMap<usize, Vec<(String, String)>>,
    /// The clause that text belongs to.
    current: usize,
    kind: Option<Special>,
    /// The marker line of the current clause may still turn out to be a cut sentence.
    open_head: bool,
    /// The last paragraph of the current clause may go on.
    open: bool,
    blank: bool,
    /// The last paragraph was marked as a list item: no sentence that fills the line.
    listed: bool,
    /// Characters of the last line of text.
    last_width: usize,
    /// Width at which the source was wrapped, if it was.
    width: Option<usize>,
}

impl<'a> Builder<'a> {
    fn new(text: &str, lines: &'a [Line<'a>], marks: &'a [Mark<'a>], choices: &'a [Choice]) -> Self {
        let root =
            Clause { path: String::new(), parent: None, line: 1, heading: String::new(), paragraphs: Vec::new(), span: 0..text.len() };
        Builder {
            lines,
            marks,
            choices,
            next_choice: 0,
            next_mark: 0,
            clauses: vec![root],
            paths: HashMap::new(),
            of_choice: Vec::with_capacity(choices.len()),
            problems: Vec::new(),
            misread: HashMap::new(),
            current: 0,
            kind: None,
            open_head: false,
            open: false,
            blank: false,
            listed: false,
            last_width: 0,
            width: wrap_width(lines),
        }
    }

    /// Takes a line, or several that belong together; returns the next one.
    fn line(&mut self, at: usize) -> usize {
        let lines = self.lines;
        let Some(line) = lines.get(at) else { return at + 1 };
        if line.body.is_empty() {
            self.blank = true;
            return at + 1;
        }
        if line.contents {
            self.open = false;
            return at + 1;
        }
        if let Some(choice) = self.choice_at(at) {
            self.clause(choice, at, None);
            return at + 1;
        }
        let marked = self.mark_at(at);
        if let Some((caption, article)) = self.caption(at) {
            self.clause_of_article(caption, at, article);
            return article + 1;
        }
        if line.body.contains('\t') {
            return self.table(at);
        }
        if self.kind == Some(Special::Glossary) && self.term(at) {
            return at + 1;
        }
        if line.note {
            let parent = self.current;
            let label = self.unique(parent, "注");
            self.open(label, parent, at, line.start, line.body.to_owned());
            self.say(at, line.body);
            self.current = parent;
            (self.open, self.open_head) = (false, false);
        } else if !marked && self.continues(at) {
            self.join(at);
        } else {
            self.leave_list(at);
            self.text(at, !marked);
        }
        self.blank = false;
        at + 1
    }

    fn choice_at(&mut self, at: usize) -> Option<Choice> {
        let choice = self.choices.get(self.next_choice).copied()?;
        (self.marks.get(choice.mark)?.line == at).then(|| {
            self.next_choice += 1;
            choice
        })
    }

    fn next_clause_line(&self) -> Option<usize> {
        let choice = self.choices.get(self.next_choice)?;
        self.marks.get(choice.mark).map(|mark| mark.line)
    }

    /// Whether a marker stands on this line although it is no clause.
    fn mark_at(&mut self, at: usize) -> bool {
        while self.marks.get(self.next_mark).is_some_and(|mark| mark.line < at) {
            self.next_mark += 1;
        }
        self.marks.get(self.next_mark).is_some_and(|mark| mark.line == at)
    }

    /// （目的） on the line before 第1条.
    fn caption(&self, at: usize) -> Option<(&'a str, usize)> {
        let body = self.lines.get(at)?.body;
        let inner = body.strip_prefix(['(', '（'])?.strip_suffix([')', '）'])?;
        let choice = self.choices.get(self.next_choice).filter(|choice| choice.family == Family::Article)?;
        let article = self.marks.get(choice.mark)?.line;
        let between = self.lines.get(at + 1..article)?;
        between.iter().all(|line| line.body.is_empty()).then_some((inner, article))
    }

    fn clause_of_article(&mut self, caption: &str, at: usize, article: usize) {
        if let Some(choice) = self.choice_at(article) {
            self.clause(choice, article, Some((caption, at)));
        }
    }

    fn clause(&mut self, choice: Choice, at: usize, caption: Option<(&str, usize)>) {
        let Some(mark) = self.marks.get(choice.mark) else { return };
        let Some(reading) = mark.marker.readings.get(choice.reading) else { return };
        let parent = choice.parent.and_then(|p| self.of_choice.get(p)).copied().unwrap_or(0);
        let token = mark.marker.token;
        let name = marker::label(choice.family, choice.ord, choice.sub, token);
        let first = caption.map_or(at, |(_, line)| line);
        let start = self.lines.get(first).map_or(0, |line| line.start);
        let (title, rest) = match caption {
            Some((title, _)) => (title, reading.rest),
            None => inline_caption(reading.rest).filter(|_| choice.family == Family::Article).unwrap_or(("", reading.rest)),
        };
        let path = self.unique(parent, &name);
        let misread = reading.ord != choice.ord && !matches!(choice.family, Family::Bullet(_));
        if misread {
            self.misread.entry(parent).or_default().push((squeeze(token), name.clone()));
        }
        self.report(choice, at, &path, &name, token, misread);
        let sentence = !title.is_empty() || !is_heading(rest) || (choice.family == Family::Number && self.is_article(parent));
        let heading = match (title, sentence) {
            ("", true) => head(rest, 20),
            ("", false) => rest,
            _ => title,
        };
        self.open(path, parent, first, start, heading.to_owned());
        self.of_choice.push(self.clauses.len() - 1);
        self.kind = match choice.family {
            Family::Special(kind) => Some(kind),
            _ => None,
        };
        (self.open_head, self.open, self.blank, self.listed) = (!rest.is_empty(), false, false, false);
        self.last_width = self.lines.get(at).map_or(0, |line| line.body.chars().count());
        if !rest.is_empty() && sentence {
            self.say(at, rest);
            (self.open, self.open_head) = (!ends(rest), false);
        }
    }

    fn is_article(&self, clause: usize) -> bool {
        let label = self.clauses.get(clause).map_or("", |c| c.path.rsplit('/').next().unwrap_or(""));
        label.starts_with('第') && label.contains('条')
    }

    fn report(&mut self, choice: Choice, at: usize, path: &str, name: &str, token: &str, misread: bool) {
        let literal = squeeze(token);
        let odd_decimal = choice.family == Family::Number && literal.contains('.') && literal.trim_end_matches('.').contains('.');
        let figures = matches!(choice.family, Family::ParenNumber | Family::Article | Family::Chapter | Family::Section);
        if misread || odd_decimal || (figures && literal.contains(['l', 'I', 'O'])) {
            let message = format!("「{literal}」は、前後の番号の並びから「{name}」と読みました。原本の番号を確かめてください。");
            self.problem(Kind::MarkerRepaired, at, path, message);
        }
        let expected = match (choice.family, choice.before) {
            (Family::Special(_) | Family::Bullet(_), _) => return,
            (_, Some(before)) => before + 1,
            (Family::Number | Family::Article, None) => choice.ord,
            (_, None) => 1,
        };
        let again = path.strip_suffix('〕').and_then(|path| path.rsplit_once('〔'));
        let first = again.and_then(|(base, _)| self.clauses.iter().find(|clause| clause.path == base)).map(|clause| clause.line);
        let odd = choice.ord != expected && choice.sub == 0;
        if let Some(line) = first.filter(|_| odd || choice.before.is_none() || choice.sub > 0) {
            let message = format!(
                "「{name}」が二度使われています（初めは{line}行目）。ほかの条項から「{name}」と書いても、どちらを指すか決まりません。どちらかの番号を直してください。"
            );
            self.problem(Kind::DuplicateNumber, at, path, message);
        } else if odd {
            let wanted = marker::label(choice.family, expected, 0, token);
            let what = match choice.before {
                Some(before) if choice.ord > before => "番号が飛んでいます",
                Some(_) => "番号が重なっているか、前に戻っています",
                None => "一つ目から始まっていません",
            };
            let message =
                format!("{what}。ここは「{wanted}」になるはずですが「{name}」と書かれています。条項の抜けがないか原本を確かめてください。");
            self.problem(Kind::Numbering, at, path, message);
        }
    }

    fn problem(&mut self, kind: Kind, at: usize, clause: &str, message: String) {
        let column = self.lines.get(at).map_or(1, |line| line.indent + 1);
        self.problems.push(Problem { kind, line: at + 1, column, clause: clause.to_owned(), message });
    }

    /// A path below `parent` that no clause has yet.
    fn unique(&mut self, parent: usize, label: &str) -> String {
        let base = self.clauses.get(parent).map_or("", |c| c.path.as_str());
        let path = if base.is_empty() { label.to_owned() } else { format!("{base}/{label}") };
        let count = self.paths.entry(path.clone()).or_insert(0);
        *count += 1;
        match *count {
            1 => path,
            n if label == "注" => format!("{path}{n}"),
            n => {
                let again = format!("{path}〔{n}〕");
                self.paths.insert(again.clone(), 1);
                again
            }
        }
    }

    fn open(&mut self, path: String, parent: usize, at: usize, start: usize, heading: String) {
        if let Some(last) = self.clauses.last_mut() {
            last.span.end = start;
        }
        self.clauses.push(Clause { path, parent: Some(parent), line: at + 1, heading, paragraphs: Vec::new(), span: start..start });
        self.current = self.clauses.len() - 1;
    }

    fn say(&mut self, at: usize, text: &str) {
        if let Some(clause) = self.clauses.get_mut(self.current) {
            clause.paragraphs.push(Paragraph { line: at + 1, text: mend(text), table: false });
        }
    }

    fn text(&mut self, at: usize, may_go_on: bool) {
        let Some(line) = self.lines.get(at) else { return };
        self.say(at, line.body);
        self.open = may_go_on && !line.hash && !ends(line.body);
        self.open_head = false;
        self.listed = line.bullet.is_some();
        self.last_width = line.body.chars().count();
    }

    /// Text behind a finished list belongs to the clause above: behind items without numbers, behind the items
    /// (号) of an article, neither of which has a second paragraph, and where it announces a list that begins again.
    fn leave_list(&mut self, at: usize) {
        let Some(line) = self.lines.get(at) else { return };
        while let Some(choice) = self.choice_of(self.current) {
            let Some(clause) = self.clauses.get(self.current) else { return };
            let next = self.choices.get(self.next_choice);
            let again = is_lead(line.body)
                && next.is_some_and(|next| next.family == choice.family && next.parent == choice.parent && next.ord == 1);
            let leaves = match choice.family {
                Family::Bullet(_) => line.bullet.is_none(),
                family => again || (family > Family::Number && !matches!(family, Family::Special(_)) && self.in_article()),
            };
            let Some(parent) = clause.parent.filter(|_| leaves && self.is_finished()) else { return };
            self.current = parent;
            if again {
                return;
            }
        }
    }

    /// Whether the current clause lies in an article.
    fn in_article(&self) -> bool {
        let mut at = self.clauses.get(self.current).and_then(|clause| clause.parent);
        while let Some(above) = at.filter(|above| *above > 0) {
            if self.is_article(above) {
                return true;
            }
            at = self.clauses.get(above).and_then(|clause| clause.parent);
        }
        false
    }

    /// Whether the current item has said what it has to say: a whole sentence, or a noun as the item before it.
    fn is_finished(&self) -> bool {
        let Some(clause) = self.clauses.get(self.current) else { return false };
        let silent = |clause: &Clause| clause.paragraphs.is_empty();
        let before = || self.clauses.iter().take(self.current).rev().find(|other| other.parent == clause.parent);
        let has_items = self.clauses.last().is_some_and(|last| last.line > clause.line);
        clause.paragraphs.last().is_some_and(|paragraph| ends(&paragraph.text))
            || has_items
            || (silent(clause) && before().is_some_and(silent))
    }

    /// The choice that opened a clause.
    fn choice_of(&self, clause: usize) -> Option<Choice> {
        let at = self.of_choice.binary_search(&clause).ok()?;
        self.choices.get(at).copied()
    }

    /// Whether this line goes on with the sentence before it.
    fn continues(&self, at: usize) -> bool {
        let Some(line) = self.lines.get(at).filter(|line| !line.hash && line.bullet.is_none() && !line.note) else { return false };
        let Some(clause) = self.clauses.get(self.current) else { return false };
        let before = match clause.paragraphs.last() {
            Some(paragraph) if self.open && !paragraph.table => paragraph.text.as_str(),
            _ if self.open_head => clause.heading.as_str(),
            _ => return false,
        };
        if before.len() > LONGEST {
            return false;
        }
        let length = before.chars().count();
        let strong = unbalanced(before) || before.ends_with(['、', '，', '・']) || (length >= 8 && starts_inside(line.body));
        let wrapped = !self.blank && self.width.is_some_and(|width| self.last_width + 2 >= width);
        if strong || wrapped {
            return true;
        }
        if self.open_head || self.listed {
            return length >= 20 && clause_comma(before);
        }
        self.current != 0 && length >= 20 && self.kind != Some(Special::History)
    }

    fn join(&mut self, at: usize) {
        let Some(line) = self.lines.get(at) else { return };
        let from_head = self.open_head;
        if from_head && self.joins_heading(at) {
            return;
        }
        let Some(clause) = self.clauses.get_mut(self.current) else { return };
        if from_head {
            clause.paragraphs.push(Paragraph { line: clause.line, text: mend(&clause.heading), table: false });
            clause.heading = head(&clause.heading, 20).to_owned();
        }
        let path = clause.path.clone();
        let Some(paragraph) = clause.paragraphs.last_mut() else { return };
        let rest = if self.blank { without_doubled(&paragraph.text, line.body) } else { line.body };
        paragraph.text.push_str(&mend(rest));
        if self.blank {
            let more = if rest.len() < line.body.len() { "重なっていた文字は除きました。" } else { "" };
            let message = format!("改ページで切れた文を前の行につなげました。{more}つなぎ目を原本で確かめてください。");
            self.problem(Kind::JoinedParagraph, at, &path, message);
        }
        (self.open, self.open_head) = (!ends(line.body), false);
        self.last_width = line.body.chars().count();
    }

    /// A heading that was wrapped stays a heading: the second line completes it and something else follows.
    fn joins_heading(&mut self, at: usize) -> bool {
        let next = self.lines.get(at + 1);
        let apart = next.is_none_or(|line| line.body.is_empty()) || self.next_clause_line() == Some(at + 1);
        let Some(line) = self.lines.get(at).filter(|_| apart && !self.blank) else { return false };
        let Some(clause) = self.clauses.get_mut(self.current) else { return false };
        let whole = format!("{}{}", clause.heading, line.body);
        if !is_heading(&whole) {
            return false;
        }
        clause.heading = whole;
        (self.open, self.open_head) = (false, false);
        true
    }

    /// A glossary entry: a short line without a full stop, followed by its meaning.
    fn term(&mut self, at: usize) -> bool {
        let Some(line) = self.lines.get(at).filter(|line| line.bullet.is_none() && !line.note) else { return false };
        let short = !line.body.contains('。') && line.body.chars().count() <= 40;
        let in_list = self.clauses.get(self.current).is_some_and(|c| c.paragraphs.is_empty() && c.path.contains('/'));
        if !short || in_list || (self.open && self.continues(at)) {
            return false;
        }
        let Some(glossary) = self.of_choice.last().copied() else { return false };
        let path = self.unique(glossary, &line.body.replace('/', "／"));
        self.open(path, glossary, at, line.start, String::new());
        (self.open, self.open_head, self.blank) = (false, false, false);
        true
    }

    /// Rows whose cells are divided by tabs.
    fn table(&mut self, at: usize) -> usize {
        let mut rows = Vec::new();
        let mut next = at;
        while let Some(line) = self.lines.get(next) {
            if line.body.contains('\t') && !line.contents && self.next_clause_line() != Some(next) {
                rows.push(next);
            } else if !line.body.is_empty() {
                break;
            }
            next += 1;
        }
        let end = rows.last().map_or(at, |row| row + 1);
        let parent = self.current;
        let labelled =
            rows.len() > 1 && rows.iter().skip(1).all(|row| self.lines.get(*row).is_some_and(|line| label_of(line.body).is_some()));
        let headless = labelled && self.lines.get(at).is_some_and(|line| label_of(line.body).is_some());
        let table = if rows.len() > 1 { self.unique(parent, "表") } else { String::new() };
        for (n, row) in rows.iter().enumerate() {
            let Some(line) = self.lines.get(*row) else { continue };
            if rows.len() > 1 && (n > 0 || headless) {
                let mut cells = line.body.split('\t').map(|cell| cell.trim_matches(is_space));
                let first = cells.next().unwrap_or("");
                let (key, heading) = if labelled { (squeeze(first), cells.next().unwrap_or("")) } else { (n.to_string(), first) };
                let path = self.unique(0, &format!("{table}/{key}"));
                self.open(path, parent, *row, line.start, heading.to_owned());
            }
            if let Some(clause) = self.clauses.get_mut(self.current) {
                clause.paragraphs.push(Paragraph { line: row + 1, text: mend(line.body), table: true });
            }
        }
        self.current = parent;
        (self.open, self.open_head, self.blank) = (false, false, false);
        end
    }

    /// Where a list was misread, its items refer to each other by the same misread numbers.
    fn mend_references(&mut self) {
        let mut found = Vec::new();
        for clause in &mut self.clauses {
            let Some(misread) = clause.parent.and_then(|parent| self.misread.get(&parent)) else { continue };
            for paragraph in &mut clause.paragraphs {
                for (wrong, right) in misread.iter().filter(|(wrong, _)| wrong.starts_with('(')) {
                    let wide = wrong.replace('(', "（").replace(')', "）");
                    if paragraph.text.contains(wrong.as_str()) || paragraph.text.contains(&wide) {
                        paragraph.text = paragraph.text.replace(wrong.as_str(), right).replace(&wide, right);
                        let message = format!("文中の「{wrong}」は「{right}」を指すと読みました。原本の番号を確かめてください。");
                        found.push((paragraph.line, clause.path.clone(), message));
                    }
                }
            }
        }
        for (line, path, message) in found {
            self.problem(Kind::MarkerRepaired, line - 1, &path, message);
        }
    }

    fn finish(mut self, length: usize) -> (Vec<Clause>, Vec<Problem>) {
        if let Some(last) = self.clauses.last_mut() {
            last.span.end = length;
        }
        let mut has_child = vec![false; self.clauses.len()];
        for clause in &self.clauses {
            if let Some(flag) = clause.parent.and_then(|p| has_child.get_mut(p)) {
                *flag = true;
            }
        }
        for (clause, parent) in self.clauses.iter_mut().zip(has_child) {
            if !parent && clause.paragraphs.is_empty() && !clause.heading.is_empty() {
                clause.paragraphs.push(Paragraph { line: clause.line, text: mend(&clause.heading), table: false });
            }
        }
        for (clause, _) in self.of_choice.iter().zip(self.choices).filter(|(_, choice)| !matches!(choice.family, Family::Special(_))) {
            let Some(clause) = self.clauses.get_mut(*clause).filter(|clause| clause.heading.is_empty()) else { continue };
            let first = clause.paragraphs.first().filter(|paragraph| !paragraph.table);
            clause.heading = first.map_or_else(String::new, |paragraph| head(&paragraph.text, 20).to_owned());
        }
        self.mend_references();
        number_supplements(&mut self.clauses);
        (self.clauses, self.problems)
    }
}

/// Several 附則 are told apart by their order: 附則1, 附則2.
fn number_supplements(clauses: &mut [Clause]) {
    let own = |path: &str| path == "附則" || (path.starts_with("附則〔") && !path.contains('/'));
    if clauses.iter().filter(|c| own(&c.path)).count() < 2 {
        return;
    }
    let mut n = 0;
    for clause in clauses {
        if own(&clause.path) {
            n += 1;
            clause.path = format!("附則{n}");
        } else if let Some((_, below)) = clause.path.strip_prefix("附則").and_then(|rest| rest.split_once('/')) {
            clause.path = format!("附則{n}/{below}");
        }
    }
}

/// 第1条（目的） この規程は… → 目的, この規程は….
fn inline_caption(rest: &str) -> Option<(&str, &str)> {
    let (title, after) = rest.strip_prefix(['(', '（'])?.split_once([')', '）'])?;
    Some((title, after.trim_start_matches(is_space)))
}

/// The first cell of a row, if it is a short label (Ⅰ, 1, A).
fn label_of(row: &str) -> Option<String> {
    let cell = squeeze(row.split('\t').next()?);
    let short = !cell.is_empty() && cell.chars().count() <= 4;
    let plain = |c: char| c.is_ascii_alphanumeric() || ('\u{2150}'..='\u{218f}').contains(&c) || ('\u{2460}'..='\u{2473}').contains(&c);
    (short && cell.chars().all(plain)).then_some(cell)
}
