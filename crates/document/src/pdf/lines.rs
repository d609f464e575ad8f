//! Glyphs → rows of text by their base lines, and a row → its characters with the spaces that only gaps tell of.

use super::{
    characters::{is_blank, is_kana, is_wide},
    content::Glyph,
};

/// Glyphs on one base line, from left to right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) glyphs: Vec<Glyph>,
}

impl Row {
    pub(super) fn new(mut glyphs: Vec<Glyph>) -> Option<Row> {
        glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        without_doubles(&mut glyphs);
        let mut sizes: Vec<f32> = glyphs.iter().filter(|g| !is_blank(g.c)).map(|g| g.size).collect();
        sizes.sort_by(f32::total_cmp);
        let size = *sizes.get(sizes.len() / 2)?;
        let y = glyphs.iter().filter(|g| g.size >= size * 0.9).map(|g| g.y).fold(f32::MIN, f32::max);
        Some(Row { y, size, glyphs })
    }

    /// The visible glyphs' left edge.
    pub(super) fn x0(&self) -> f32 {
        self.glyphs.iter().find(|g| !is_blank(g.c)).map_or(0.0, |g| g.x0)
    }

    /// The visible glyphs' right edge.
    pub(super) fn x1(&self) -> f32 {
        self.glyphs.iter().rev().find(|g| !is_blank(g.c)).map_or(0.0, |g| g.x1)
    }
}

/// Bold that is made by printing twice leaves every character twice.
fn without_doubles(glyphs: &mut Vec<Glyph>) {
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs.iter() {
        let twin = |before: &&Glyph| (before.x0 - glyph.x0).abs() < 0.2 * glyph.size.min((glyph.x1 - glyph.x0).max(1.0));
        let twice = kept.iter().rev().take(4).filter(twin).any(|before| before.c == glyph.c);
        if !twice {
            kept.push(*glyph);
        }
    }
    *glyphs = kept;
}

/// Puts glyphs into rows from top to bottom; ruby is dropped, raised and lowered characters join their row.
pub(super) fn rows(mut glyphs: Vec<Glyph>) -> Vec<Row> {
    glyphs.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut groups: Vec<Vec<Glyph>> = Vec::new();
    let mut base = f32::MIN;
    let mut height = 0.0_f32;
    for glyph in glyphs {
        match groups.last_mut() {
            Some(group) if glyph.y - base <= 0.2 * height.min(glyph.size) => group.push(glyph),
            _ => {
                base = glyph.y;
                height = glyph.size;
                groups.push(vec![glyph]);
            }
        }
    }
    let rows: Vec<Row> = groups.into_iter().filter_map(Row::new).collect();
    gather(rows)
}

/// What a small row is to the one beside it.
enum Role {
    Own,
    Ruby,
    Part,
}

fn gather(rows: Vec<Row>) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    let mut rest = rows.into_iter().peekable();
    let mut waiting: Vec<Glyph> = Vec::new();
    while let Some(row) = rest.next() {
        match rest.peek().map_or(Role::Own, |below| above(&row, below)) {
            Role::Ruby => continue,
            Role::Part => {
                waiting.extend(row.glyphs);
                continue;
            }
            Role::Own => {}
        }
        if let Some(before) = out.last_mut()
            && lowered(&row, before)
        {
            before.glyphs.extend(row.glyphs);
            before.glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
            continue;
        }
        let mut row = row;
        if !waiting.is_empty() {
            row.glyphs.append(&mut waiting);
            row.glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        }
        out.push(row);
    }
    out
}

/// Whether a row above another is its ruby or its raised characters.
fn above(small: &Row, row: &Row) -> Role {
    let rise = row.y - small.y;
    if small.size > 0.8 * row.size || rise <= 0.0 {
        return Role::Own;
    }
    let shown: Vec<&Glyph> = small.glyphs.iter().filter(|g| !is_blank(g.c)).collect();
    let over = |g: &&Glyph| row.glyphs.iter().any(|base| !is_blank(base.c) && base.x0 < g.x1 && g.x0 < base.x1);
    let ruby = small.size <= 0.62 * row.size && (0.6..1.6).contains(&(rise / row.size));
    if ruby && shown.iter().all(|g| is_kana(g.c) && over(g)) {
        return Role::Ruby;
    }
    let raised = rise / row.size <= 0.65 && !shown.iter().any(over);
    if raised { Role::Part } else { Role::Own }
}

fn lowered(small: &Row, row: &Row) -> bool {
    let fall = small.y - row.y;
    let over = |g: &Glyph| row.glyphs.iter().any(|base| !is_blank(base.c) && base.x0 + 0.2 < g.x1 && g.x0 + 0.2 < base.x1);
    small.size <= 0.8 * row.size && fall <= 0.4 * row.size && !small.glyphs.iter().any(over)
}

/// A part of a row that a wide gap sets off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) text: String,
}

/// The gap from which on two parts of a row are cells rather than words, in sizes.
const CELL_GAP: f32 = 1.6;

/// The parts of a row with spaces where its gaps are words' gaps.
pub(super) fn segments(glyphs: &[Glyph]) -> Vec<Segment> {
    let spaced = is_letter_spaced(glyphs);
    let mut out: Vec<Segment> = Vec::new();
    let mut before: Option<Glyph> = None;
    for (at, glyph) in glyphs.iter().enumerate() {
        let gap = before.map_or(0.0, |b| (glyph.x0 - b.x1) / glyph.size.max(b.size));
        let blank = is_blank(glyph.c) || before.is_some_and(|b| is_blank(b.c));
        match out.last_mut() {
            Some(segment) if spaced || blank || gap < CELL_GAP => {
                if let Some(b) = before.filter(|_| !spaced && !blank) {
                    segment.text.push_str(space(b.c, glyph.c, gap, at));
                }
                segment.text.push(glyph.c);
                segment.x1 = segment.x1.max(glyph.x1);
            }
            _ => out.push(Segment { x0: glyph.x0, x1: glyph.x1, text: glyph.c.to_string() }),
        }
        before = Some(*glyph);
    }
    for segment in &mut out {
        segment.text = segment.text.trim_matches(is_blank).to_owned();
    }
    out.retain(|segment| !segment.text.is_empty());
    out
}

/// The space that a gap between two characters stands for; between kanji none unless it is wide.
fn space(before: char, after: char, gap: f32, at: usize) -> &'static str {
    // After a number at the start of a line even a narrow gap divides.
    let wide_gap = if at <= 3 && is_kana(before) { 0.35 } else { 0.6 };
    match (is_wide(before), is_wide(after)) {
        (true, true) if gap > wide_gap => "\u{3000}",
        (false, false) if gap > 0.18 => " ",
        (true, false) | (false, true) if gap > 0.45 => " ",
        _ => "",
    }
}

/// Whether the characters of a row are set apart evenly (均等割付), so that their gaps mean nothing.
fn is_letter_spaced(glyphs: &[Glyph]) -> bool {
    if glyphs.iter().any(|g| is_blank(g.c) || !is_wide(g.c)) {
        return false;
    }
    let gaps = || glyphs.windows(2).filter_map(|pair| <&[Glyph; 2]>::try_from(pair).ok()).map(|[a, b]| (b.x0 - a.x1) / a.size);
    let (low, high) = (gaps().fold(f32::MAX, f32::min), gaps().fold(f32::MIN, f32::max));
    glyphs.len() >= 2 && glyphs.len() <= 24 && low > 0.2 && high < 1.3 * low + 0.2
}
