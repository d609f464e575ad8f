//! The clause tree with a rank of the statute book for each clause; knows no XML.

use policy::tree::{Clause, Document, Paragraph};

use crate::oscal::outline::{begins, is_number, label};

/// The levels of the statute book, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// 編.
    Part,
    /// 章.
    Chapter,
    /// 節.
    Section,
    /// 款.
    Subsection,
    /// 条.
    Article,
    /// 項.
    Paragraph,
    /// 号 (0) and its divisions (1 to 10).
    Item(u8),
}

/// Deepest division of an item that the schema knows.
pub(super) const DEEPEST: u8 = 10;

/// How the names of parts begin that stand after the main part.
const ANNEXES: [&str; 10] = ["別表", "別紙", "別図", "別記", "様式", "用語", "改定", "改正", "沿革", "策定"];

/// A clause with its rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) rank: Rank,
    /// Number or name; empty for a level that only the schema wants.
    pub(super) label: String,
    /// Heading; empty where it is only the beginning of the text.
    pub(super) heading: String,
    pub(super) paragraphs: Vec<Paragraph>,
    pub(super) children: Vec<Node>,
}

impl Node {
    fn wrapper(rank: Rank, children: Vec<Node>) -> Self {
        Self { rank, label: String::new(), heading: String::new(), paragraphs: Vec::new(), children }
    }

    /// Label and heading: 第1章　総則.
    pub(super) fn title(&self) -> String {
        match (self.label.is_empty(), self.heading.is_empty()) {
            (false, false) if self.label != self.heading => format!("{}\u{3000}{}", self.label, self.heading),
            (true, _) => self.heading.clone(),
            _ => self.label.clone(),
        }
    }

    /// The digits of the label with `_` for の: 第38条の3 → `38_3`; `0` where there are none.
    pub(super) fn number(&self) -> String {
        let mut out = String::new();
        for c in self.label.chars() {
            match c {
                c if c.is_ascii_digit() => out.push(c),
                'の' if out.ends_with(|c: char| c.is_ascii_digit()) => out.push('_'),
                _ => {}
            }
        }
        let out = out.trim_matches('_');
        if out.is_empty() { "0".to_owned() } else { out.to_owned() }
    }
}

/// A policy in the parts of the statute book.
pub(super) struct Parts {
    /// What stands before the first clause.
    pub(super) front: Vec<Paragraph>,
    /// 本則.
    pub(super) main: Vec<Node>,
    /// 附則.
    pub(super) supplements: Vec<Node>,
    /// 別表, 様式, 用語集 …
    pub(super) annexes: Vec<Node>,
}

/// Reads a document's clauses into the parts.
pub(super) fn read(document: &Document) -> Parts {
    let mut reader = Reader { document, children: vec![Vec::new(); document.clauses.len()], supplements: Vec::new(), annexes: Vec::new() };
    for (index, clause) in document.clauses.iter().enumerate() {
        if let Some(siblings) = clause.parent.and_then(|parent| reader.children.get_mut(parent)) {
            siblings.push(index);
        }
    }
    let front = document.clauses.first().map_or_else(Vec::new, |root| reader.paragraphs(0, root));
    let main = reader.below(0, None);
    let main = arranged(main, None);
    Parts { front, main, supplements: reader.supplements, annexes: reader.annexes }
}

struct Reader<'a> {
    document: &'a Document,
    children: Vec<Vec<usize>>,
    supplements: Vec<Node>,
    annexes: Vec<Node>,
}

impl Reader<'_> {
    fn below(&mut self, index: usize, above: Option<(Rank, &str)>) -> Vec<Node> {
        let mut children = self.children.get(index).cloned().unwrap_or_default();
        children.retain(|child| !self.is_row(*child));
        children.into_iter().filter_map(|child| self.node(child, above)).collect()
    }

    /// A row of a table is a clause of its own in the tree, and a row of its parent's table here.
    fn is_row(&self, index: usize) -> bool {
        let clause = self.document.clauses.get(index);
        clause.is_some_and(|clause| clause.path.contains("/表/") || clause.path.starts_with("表/"))
    }

    fn paragraphs(&self, index: usize, clause: &Clause) -> Vec<Paragraph> {
        let mut all = clause.paragraphs.clone();
        for row in self.children.get(index).into_iter().flatten().filter(|child| self.is_row(**child)) {
            if let Some(row_clause) = self.document.clauses.get(*row) {
                all.extend(self.paragraphs(*row, row_clause));
            }
        }
        all.sort_by_key(|paragraph| paragraph.line);
        all
    }

    /// A clause and those below it; `None` if it stands elsewhere in the statute book.
    fn node(&mut self, index: usize, above: Option<(Rank, &str)>) -> Option<Node> {
        let clause = self.document.clauses.get(index)?;
        let label = label(&clause.path);
        let paragraphs = self.paragraphs(index, clause);
        let named = !is_number(label);
        let supplement = named && (label.starts_with("附則") || label.starts_with("付則"));
        // The title of a second document in one file holds chapters, articles or numbers.
        let titled = named
            && self.children.get(index).into_iter().flatten().any(|child| {
                let path = self.document.clauses.get(*child).map_or("", |clause| clause.path.as_str());
                crate::oscal::outline::label(path).starts_with(|c: char| c == '第' || c.is_ascii_digit())
            });
        let annex = named && !supplement && !titled && ANNEXES.iter().any(|word| label.starts_with(word));
        let rank = match above {
            _ if supplement || annex => Rank::Article,
            above => rank(label, above, titled),
        };
        let children = self.below(index, Some((rank, label)));
        let heading = if paragraphs.first().is_some_and(|first| !first.table && begins(&first.text, &clause.heading)) {
            String::new()
        } else {
            clause.heading.clone()
        };
        let children = if supplement || annex { children } else { arranged(children, Some(rank)) };
        let node = Node { rank, label: label.to_owned(), heading, paragraphs, children };
        if supplement {
            self.supplements.push(node);
        } else if annex {
            self.annexes.push(node);
        } else {
            return Some(node);
        }
        None
    }
}

/// The rank of a clause below another.
fn rank(label: &str, above: Option<(Rank, &str)>, titled: bool) -> Rank {
    let unit = |word: char| label.starts_with('第') && label.contains(word);
    let stated = match () {
        () if unit('編') || titled => Some(Rank::Part),
        () if unit('章') => Some(Rank::Chapter),
        () if unit('節') => Some(Rank::Section),
        () if unit('款') => Some(Rank::Subsection),
        () if unit('条') => Some(Rank::Article),
        () => None,
    };
    match above {
        None => stated.unwrap_or(Rank::Article),
        Some((above, _)) if above < Rank::Article => stated.filter(|stated| *stated > above).unwrap_or(Rank::Article),
        Some((Rank::Article, _)) if unit('条') => Rank::Article,
        // 項 are plain numbers below a 第N条; everything else below an article is an item.
        Some((Rank::Article, parent)) => {
            let paragraph = label.chars().all(|c| c.is_ascii_digit()) && (parent.starts_with('第') || parent.contains('則'));
            if paragraph { Rank::Paragraph } else { Rank::Item(0) }
        }
        Some((Rank::Item(depth), _)) => Rank::Item(depth.saturating_add(1)),
        Some(_) => Rank::Item(0),
    }
}

/// Children as the schema wants them: of one rank, or articles first and then parts of one rank.
/// What does not fit gets a level without a number around it.
fn arranged(children: Vec<Node>, container: Option<Rank>) -> Vec<Node> {
    let wanted = match container {
        Some(Rank::Part) => Rank::Chapter,
        Some(Rank::Chapter) => Rank::Section,
        Some(Rank::Section) => Rank::Subsection,
        Some(_) => return children,
        None => children
            .iter()
            .map(|child| child.rank)
            .min()
            .map_or(Rank::Article, |rank| if rank == Rank::Subsection { Rank::Section } else { rank }),
    };
    if wanted >= Rank::Article || children.iter().all(|child| child.rank >= Rank::Article) {
        return children;
    }
    let mut out: Vec<Node> = Vec::new();
    let mut loose: Vec<Node> = Vec::new();
    let close = |loose: &mut Vec<Node>, out: &mut Vec<Node>| {
        if !loose.is_empty() {
            out.push(Node::wrapper(wanted, arranged(std::mem::take(loose), Some(wanted))));
        }
    };
    for child in children {
        let leads =
            container.is_some() && child.rank == Rank::Article && loose.is_empty() && out.iter().all(|one| one.rank == Rank::Article);
        if child.rank == wanted || leads {
            close(&mut loose, &mut out);
            out.push(child);
        } else {
            loose.push(child);
        }
    }
    close(&mut loose, &mut out);
    out
}
