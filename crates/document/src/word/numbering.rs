//! Numbers that Word counts: lists, their levels and how they restart → the label of each paragraph.

use std::collections::{HashMap, HashSet};

use crate::{
    count::{self, Count},
    xml::{Element, Ns, Token, Xml, XmlError},
};

/// Levels of a list.
const LEVELS: usize = 9;

/// A level of a list.
#[derive(Debug, Clone, Default)]
struct Level {
    start: usize,
    count: Count,
    template: String,
    /// Whether all numbers of the label are written as decimals.
    legal: bool,
    /// The level after which it begins again: `None` any above, 0 never.
    restart: Option<usize>,
    /// The style whose paragraphs have this level.
    style: Option<String>,
}

/// A kind of list (`abstractNum`).
#[derive(Debug, Default)]
struct Kind {
    levels: Vec<Level>,
    /// The style that holds the levels instead.
    elsewhere: Option<String>,
}

/// A list (`num`) of a kind, with levels of its own.
#[derive(Debug, Default)]
struct List {
    kind: String,
    starts: HashMap<usize, usize>,
    levels: HashMap<usize, Level>,
}

/// All lists of a document and how far they have counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    kinds: HashMap<String, Kind>,
    lists: HashMap<String, List>,
    /// The kind that holds the levels of a style.
    of_style: HashMap<String, String>,
    /// Last number of each level of each kind.
    counts: HashMap<String, [Option<usize>; LEVELS]>,
    /// Lists and levels whose own start has been used.
    started: HashSet<(String, usize)>,
}

/// What stands before a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    /// A number, written out.
    Number(String),
    /// A mark of a list without numbers.
    Bullet,
    /// A mark that makes it a note (※).
    Note,
}

/// What is being read.
#[derive(Default)]
struct Open {
    kind: Option<String>,
    list: Option<String>,
    /// The level that a list changes.
    changed: Option<usize>,
    level: Option<(usize, Level)>,
}

impl Numbering {
    /// Reads `numbering.xml`.
    pub(super) fn read(&mut self, text: &str) -> Result<(), XmlError> {
        let mut xml = Xml::new(text);
        let mut open = Open::default();
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(element) if element.ns == Ns::Compatibility && element.name() == "Choice" => xml.skip()?,
                Token::Open(element) if element.ns == Ns::Word => match element.name() {
                    "pPr" if open.level.is_some() => xml.skip()?,
                    "rPr" => xml.skip()?,
                    name => self.element(&mut open, name, &element),
                },
                Token::Close(Ns::Word, end) => self.close(&mut open, end.local_name().into_inner()),
                _ => {}
            }
        }
    }

    fn element(&mut self, open: &mut Open, name: &str, element: &Element<'_>) {
        let value = || element.attribute("val");
        if let Some((_, level)) = &mut open.level {
            match name {
                "start" => level.start = element.number("val").unwrap_or(1),
                "numFmt" => level.count = count_of(&value().unwrap_or_default()),
                "lvlText" => level.template = value().unwrap_or_default(),
                "isLgl" => level.legal = element.is_on(),
                "lvlRestart" => level.restart = element.number("val"),
                "pStyle" => level.style = value(),
                _ => {}
            }
            return;
        }
        match name {
            "abstractNum" => open.kind = element.attribute("abstractNumId"),
            "num" => open.list = element.attribute("numId"),
            "lvl" => open.level = element.number("ilvl").filter(|n| *n < LEVELS).map(|n| (n, Level { start: 1, ..Level::default() })),
            "abstractNumId" => self.list(open).kind = value().unwrap_or_default(),
            "lvlOverride" => open.changed = element.number("ilvl").filter(|n| *n < LEVELS),
            "startOverride" => {
                if let (Some(at), Some(n)) = (open.changed, element.number("val")) {
                    self.list(open).starts.insert(at, n);
                }
            }
            "numStyleLink" => self.kind(open).elsewhere = value(),
            "styleLink" => self.of_style.extend(value().zip(open.kind.clone())),
            _ => {}
        }
    }

    fn list(&mut self, open: &Open) -> &mut List {
        self.lists.entry(open.list.clone().unwrap_or_default()).or_default()
    }

    fn kind(&mut self, open: &Open) -> &mut Kind {
        self.kinds.entry(open.kind.clone().unwrap_or_default()).or_default()
    }

    fn close(&mut self, open: &mut Open, name: &str) {
        match name {
            "abstractNum" => open.kind = None,
            "num" => open.list = None,
            "lvlOverride" => open.changed = None,
            "lvl" => {
                let Some((at, level)) = open.level.take() else { return };
                if open.list.is_some() {
                    self.list(open).levels.insert(at, level);
                } else {
                    let levels = &mut self.kind(open).levels;
                    while levels.len() <= at {
                        levels.push(Level { start: 1, count: Count::None, ..Level::default() });
                    }
                    if let Some(place) = levels.get_mut(at) {
                        *place = level;
                    }
                }
            }
            _ => {}
        }
    }

    /// The level at which a style's paragraphs stand in a list.
    pub(super) fn level_of_style(&self, list: &str, style: &str) -> Option<usize> {
        let (kind, list) = find(&self.kinds, &self.lists, &self.of_style, list)?;
        (0..LEVELS).find(|at| level(kind, list, *at).is_some_and(|level| level.style.as_deref() == Some(style)))
    }

    /// Counts a paragraph of a list; `None` if it shows no number.
    pub(super) fn next(&mut self, id: &str, at: usize) -> Option<Label> {
        let at = at.min(LEVELS - 1);
        let (kind, list) = find(&self.kinds, &self.lists, &self.of_style, id)?;
        let this = level(kind, list, at)?;
        if !self.counts.contains_key(&list.kind) {
            self.counts.insert(list.kind.clone(), [None; LEVELS]);
        }
        let counts = self.counts.get_mut(&list.kind)?;
        let own_start = list.starts.get(&at).copied();
        let fresh = own_start.filter(|_| self.started.insert((id.to_owned(), at)));
        for (n, count) in counts.iter_mut().enumerate().skip(at + 1) {
            if level(kind, list, n).and_then(|level| level.restart).is_none_or(|after| at < after) {
                *count = None;
            }
        }
        let here = counts.get_mut(at)?;
        *here = Some(match (fresh, *here) {
            (Some(start), _) => start,
            (None, Some(last)) => last.saturating_add(1),
            (None, None) => own_start.unwrap_or(this.start),
        });
        let numbers: Vec<(Count, usize)> = counts.iter().enumerate().map(|(n, count)| number(level(kind, list, n), *count, this)).collect();
        label(this, &numbers)
    }
}

/// The list of this name and the kind with its levels.
fn find<'n>(
    kinds: &'n HashMap<String, Kind>,
    lists: &'n HashMap<String, List>,
    of_style: &HashMap<String, String>,
    id: &str,
) -> Option<(&'n Kind, &'n List)> {
    let list = lists.get(id)?;
    let kind = kinds.get(&list.kind)?;
    let elsewhere = kind.elsewhere.as_deref().filter(|_| kind.levels.is_empty());
    let linked = elsewhere.and_then(|style| kinds.get(of_style.get(style)?));
    Some((linked.unwrap_or(kind), list))
}

/// A level, as the list or its kind has it.
fn level<'n>(kind: &'n Kind, list: &'n List, at: usize) -> Option<&'n Level> {
    list.levels.get(&at).or_else(|| kind.levels.get(at))
}

fn number(level: Option<&Level>, count: Option<usize>, this: &Level) -> (Count, usize) {
    let way = level.map_or(Count::None, |level| level.count);
    let way = if this.legal && way != Count::None { Count::Decimal } else { way };
    // A level that nothing has counted yet shows where it will start.
    (way, count.or(level.map(|level| level.start)).unwrap_or(1))
}

fn label(level: &Level, numbers: &[(Count, usize)]) -> Option<Label> {
    if level.count == Count::Bullet {
        let note = level.template.trim_start().starts_with(['※', '＊', '*']);
        return Some(if note { Label::Note } else { Label::Bullet });
    }
    let text = count::fill(&level.template, numbers);
    (!text.trim().is_empty()).then_some(Label::Number(text))
}

/// The way of counting that a name of WordprocessingML stands for.
fn count_of(name: &str) -> Count {
    match name {
        "decimalFullWidth" | "decimalFullWidth2" => Count::FullWidth,
        "decimalZero" => Count::Zero,
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => Count::Circled,
        "decimalEnclosedParen" => Count::Parenthesised,
        "aiueo" | "aiueoFullWidth" => Count::Kana,
        "iroha" | "irohaFullWidth" => Count::Iroha,
        "japaneseCounting" | "chineseCounting" | "chineseCountingThousand" | "taiwaneseCounting" | "taiwaneseCountingThousand" => {
            Count::Kanji
        }
        "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital" => Count::KanjiDigits,
        "japaneseLegal" | "ideographLegalTraditional" | "chineseLegalSimplified" => Count::Legal,
        "ideographTraditional" => Count::Stems,
        "ideographZodiac" => Count::Branches,
        "upperRoman" => Count::UpperRoman,
        "lowerRoman" => Count::LowerRoman,
        "upperLetter" => Count::UpperLetter,
        "lowerLetter" => Count::LowerLetter,
        "bullet" => Count::Bullet,
        "none" => Count::None,
        _ => Count::Decimal,
    }
}
