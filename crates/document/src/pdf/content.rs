//! A page's content stream → glyphs with their places, ruling lines and pictures; knows nothing of lines of text.
//!
//! Only what leaves text or rules of tables is followed: colours, shading and clipping are passed over, and
//! every step is counted, so that a hostile page ends at a limit instead of never.

use std::rc::Rc;

use hayro_font::kurbo::{Affine, Point};
use hayro_syntax::{
    content::{TypedIter, ops::TypedInstruction},
    object::{Array, Dict, Name, Object, Stream, String as PdfString},
    page::{Page, Resources},
};

use super::{
    budget::{Budget, Fault, LIMITS},
    fonts::{Face, Fonts},
};

/// A character and its place; y grows downwards and is that of the base line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) y: f32,
    pub(super) size: f32,
}

/// A straight level or upright line, or the edge of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
}

/// How text runs on the page as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    Down,
    Left,
    Up,
    /// Lines that run from top to bottom, the next one to the left.
    Vertical,
}

/// What a page shows, turned so that its text is upright and runs to the right.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rules: Vec<Rule>,
    /// Share of the page that its largest picture covers.
    pub(super) picture: f32,
    /// Characters whose meaning the file does not tell.
    pub(super) unmapped: usize,
    /// Letters that run another way than the text of the page: marks across it, notes on its edge.
    pub(super) aside: String,
    /// Why something of the page is missing.
    pub(super) fault: Option<Fault>,
}

/// A glyph before the page is turned.
struct Raw {
    c: char,
    at: Point,
    end: Point,
    size: f64,
    vertical: bool,
}

/// Reads one page.
pub(super) fn sheet<'a>(page: &Page<'a>, fonts: &Fonts<'a>, budget: &mut Budget) -> Sheet {
    let (width, height) = page.render_dimensions();
    let ctm = Affine::new(page.initial_transform(true).as_coeffs());
    let mut reader = Reader {
        fonts,
        budget,
        state: State::new(ctm),
        saved: Vec::new(),
        path: Path::default(),
        marked: Vec::new(),
        raw: Vec::new(),
        rules: Vec::new(),
        picture: 0.0,
        page: (f64::from(width), f64::from(height)),
        depth: 0,
        fault: None,
    };
    match page_stream(page, reader.budget) {
        Ok(data) => reader.run(&data, page.resources()),
        Err(fault) => reader.fault = Some(fault),
    }
    reader.finish()
}

/// The content of a page, its parts joined, within the limits.
fn page_stream(page: &Page<'_>, budget: &mut Budget) -> Result<Vec<u8>, Fault> {
    let mut data = Vec::new();
    let parts: Vec<Stream<'_>> = match page.raw().get::<Stream<'_>>(b"Contents".as_slice()) {
        Some(stream) => vec![stream],
        None => match page.raw().get::<Array<'_>>(b"Contents".as_slice()) {
            Some(parts) => parts.iter::<Stream<'_>>().take(LIMITS.streams_per_page).collect(),
            None => return Ok(data),
        },
    };
    for part in parts {
        data.extend_from_slice(&budget.decode(&part)?);
        data.push(b'\n');
    }
    Ok(data)
}

#[derive(Clone)]
struct State<'a> {
    ctm: Affine,
    font: Option<Rc<Face<'a>>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    matrix: Affine,
    line: Affine,
}

impl State<'_> {
    const fn new(ctm: Affine) -> Self {
        State {
            ctm,
            font: None,
            size: 1.0,
            char_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            matrix: Affine::IDENTITY,
            line: Affine::IDENTITY,
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line *= Affine::translate((x, y));
        self.matrix = self.line;
    }
}

#[derive(Default)]
struct Path {
    start: Point,
    last: Point,
    lines: Vec<(Point, Point)>,
}

/// A marked content sequence with the text that stands for what is in it.
struct Marked {
    from: usize,
    actual: Option<String>,
}

struct Reader<'a, 'r> {
    fonts: &'r Fonts<'a>,
    budget: &'r mut Budget,
    state: State<'a>,
    saved: Vec<State<'a>>,
    path: Path,
    marked: Vec<Marked>,
    raw: Vec<Raw>,
    rules: Vec<Rule>,
    picture: f64,
    page: (f64, f64),
    depth: usize,
    fault: Option<Fault>,
}

impl<'a> Reader<'a, '_> {
    fn run(&mut self, data: &[u8], resources: &Resources<'a>) {
        let mut instructions = TypedIter::new(data);
        while let Some(instruction) = instructions.next() {
            if !self.budget.step(1) || self.raw.len() > LIMITS.glyphs_per_page {
                self.fault = Some(Fault::Limit);
                return;
            }
            self.text(&instruction, resources);
            self.graphics(&instruction, resources);
        }
    }

    fn text(&mut self, instruction: &TypedInstruction<'_, '_>, resources: &Resources<'a>) {
        use TypedInstruction as I;
        let state = &mut self.state;
        match instruction {
            I::BeginText(_) => (state.matrix, state.line) = (Affine::IDENTITY, Affine::IDENTITY),
            I::SetTextMatrix(m) => {
                state.line = Affine::new([m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64()));
                state.matrix = state.line;
            }
            I::TextFont(font) => {
                state.font = resources.get_font(font.0).and_then(|dict| self.fonts.face(&dict));
                state.size = font.1.as_f64();
            }
            I::HorizontalScaling(n) => state.scale = n.0.as_f64() / 100.0,
            I::TextLeading(n) => state.leading = n.0.as_f64(),
            I::CharacterSpacing(n) => state.char_space = n.0.as_f64(),
            I::WordSpacing(n) => state.word_space = n.0.as_f64(),
            I::TextRise(n) => state.rise = n.0.as_f64(),
            I::NextLine(n) => state.next_line(n.0.as_f64(), n.1.as_f64()),
            I::NextLineAndSetLeading(n) => {
                state.leading = -n.1.as_f64();
                state.next_line(n.0.as_f64(), n.1.as_f64());
            }
            I::NextLineUsingLeading(_) => state.next_line(0.0, -state.leading),
            I::ShowText(text) => self.show(text.0),
            I::NextLineAndShowText(text) => {
                state.next_line(0.0, -state.leading);
                self.show(text.0);
            }
            I::ShowTextWithParameters(text) => {
                (state.word_space, state.char_space) = (text.0.as_f64(), text.1.as_f64());
                state.next_line(0.0, -state.leading);
                self.show(text.2);
            }
            I::ShowTexts(texts) => self.show_all(texts.0),
            _ => {}
        }
    }

    fn graphics(&mut self, instruction: &TypedInstruction<'_, '_>, resources: &Resources<'a>) {
        use TypedInstruction as I;
        match instruction {
            I::SaveState(_) if self.saved.len() < LIMITS.saved_states => self.saved.push(self.state.clone()),
            I::RestoreState(_) => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            I::Transform(t) => self.state.ctm *= Affine::new([t.0, t.1, t.2, t.3, t.4, t.5].map(|n| n.as_f64())),
            I::MoveTo(p) => {
                self.path.start = Point::new(p.0.as_f64(), p.1.as_f64());
                self.path.last = self.path.start;
            }
            I::LineTo(p) => self.line_to(Point::new(p.0.as_f64(), p.1.as_f64())),
            I::CubicTo(c) => self.path.last = Point::new(c.4.as_f64(), c.5.as_f64()),
            I::CubicStartTo(c) => self.path.last = Point::new(c.2.as_f64(), c.3.as_f64()),
            I::CubicEndTo(c) => self.path.last = Point::new(c.2.as_f64(), c.3.as_f64()),
            I::ClosePath(_) => self.line_to(self.path.start),
            I::RectPath(r) => self.rectangle([r.0, r.1, r.2, r.3].map(|n| n.as_f64())),
            I::StrokePath(_)
            | I::CloseAndStrokePath(_)
            | I::FillAndStrokeEvenOdd(_)
            | I::FillAndStrokeNonZero(_)
            | I::CloseFillAndStrokeEvenOdd(_)
            | I::CloseFillAndStrokeNonZero(_) => self.stroke(),
            I::FillPathEvenOdd(_) | I::FillPathNonZero(_) | I::FillPathNonZeroCompatibility(_) => self.fill(),
            I::EndPath(_) => self.path.lines.clear(),
            I::XObject(name) => self.object(name.0, resources),
            I::InlineImage(_) => self.picture_here(),
            I::BeginMarkedContent(_) => self.mark(None),
            I::BeginMarkedContentWithProperties(content) => {
                let named = content.1.clone().into_name().and_then(|name| resources.properties.get::<Dict<'_>>(name));
                let actual = match named {
                    Some(dict) => actual_text(&dict),
                    None => content.1.clone().into_dict().and_then(|dict| actual_text(&dict)),
                };
                self.mark(actual);
            }
            I::EndMarkedContent(_) => self.unmark(),
            _ => {}
        }
    }

    fn show_all(&mut self, texts: &Array<'_>) {
        for item in texts.iter::<Object<'_>>() {
            match item {
                Object::Number(by) => {
                    let state = &mut self.state;
                    let by = -by.as_f64() / 1000.0 * state.size;
                    let vertical = state.font.as_ref().is_some_and(|font| font.vertical());
                    state.matrix *= Affine::translate(if vertical { (0.0, by) } else { (by * state.scale, 0.0) });
                }
                Object::String(text) => self.show(&text),
                _ => {}
            }
        }
    }

    fn show(&mut self, text: &PdfString<'_>) {
        let bytes = text.as_bytes();
        let Some(font) = self.state.font.clone() else {
            // Letters in a font that is not there or cannot be read: they are missing, and it is told.
            if !bytes.is_empty() {
                self.fault = self.fault.or(Some(Fault::Damage));
            }
            return;
        };
        let mut at = 0;
        while at < bytes.len() && self.raw.len() <= LIMITS.glyphs_per_page && self.budget.step(1) {
            let (code, length) = font.read_code(bytes, at);
            at += length.max(1);
            let shape = font.shape(code);
            let state = &mut self.state;
            let word = if code == 32 && length == 1 { state.word_space } else { 0.0 };
            let (advance, spacing) = (f64::from(shape.advance) / 1000.0 * state.size, state.char_space + word);
            let vertical = font.vertical();
            let step = |by: f64| if vertical { (0.0, by) } else { (by * state.scale, 0.0) };
            let full = state.ctm * state.matrix;
            let origin = Point::new(0.0, state.rise);
            let (dx, dy) = step(advance);
            let (at, end) = (full * origin, full * Point::new(dx, dy + state.rise));
            let size = glyph_size(full, state.size, vertical, state.scale);
            state.matrix *= Affine::translate(step(advance + spacing));
            let text: &[char] = &shape.text;
            let n = text.len().max(1) as f64;
            for (i, c) in text.iter().enumerate() {
                let (from, to) = (at.lerp(end, i as f64 / n), at.lerp(end, (i + 1) as f64 / n));
                self.raw.push(Raw { c: *c, at: from, end: to, size, vertical });
            }
        }
    }

    fn line_to(&mut self, to: Point) {
        if self.path.lines.len() < LIMITS.path_lines {
            self.path.lines.push((self.path.last, to));
        }
        self.path.last = to;
    }

    fn rectangle(&mut self, [x, y, width, height]: [f64; 4]) {
        self.path.start = Point::new(x, y);
        self.path.last = self.path.start;
        for corner in [(x + width, y), (x + width, y + height), (x, y + height), (x, y)] {
            self.line_to(corner.into());
        }
    }

    /// Level and upright lines of the path become rules.
    fn stroke(&mut self) {
        for (from, to) in std::mem::take(&mut self.path.lines) {
            let (from, to) = (self.state.ctm * from, self.state.ctm * to);
            self.rule(from, to);
        }
    }

    /// A filled box that is as thin as a line is one.
    fn fill(&mut self) {
        const THIN: f64 = 2.5;
        let lines = std::mem::take(&mut self.path.lines);
        for edges in lines.chunks(4) {
            let points = edges.iter().map(|(from, _)| self.state.ctm * *from);
            let (mut low, mut high) = (Point::new(f64::MAX, f64::MAX), Point::new(f64::MIN, f64::MIN));
            for p in points {
                low = Point::new(low.x.min(p.x), low.y.min(p.y));
                high = Point::new(high.x.max(p.x), high.y.max(p.y));
            }
            let (width, height) = (high.x - low.x, high.y - low.y);
            if edges.len() == 4 && width.min(height) <= THIN {
                let (x, y) = ((low.x + high.x) / 2.0, (low.y + high.y) / 2.0);
                if width > height {
                    self.rule(Point::new(low.x, y), Point::new(high.x, y));
                } else {
                    self.rule(Point::new(x, low.y), Point::new(x, high.y));
                }
            }
        }
    }

    fn rule(&mut self, from: Point, to: Point) {
        let (dx, dy) = ((from.x - to.x).abs(), (from.y - to.y).abs());
        if dx.min(dy) > 1.0 || dx.max(dy) < 3.0 || self.rules.len() >= LIMITS.rules_per_page {
            return;
        }
        let [x0, y0, x1, y1] = [from.x.min(to.x), from.y.min(to.y), from.x.max(to.x), from.y.max(to.y)].map(|n| n as f32);
        self.rules.push(Rule { x0, y0, x1, y1 });
    }

    fn object(&mut self, name: &Name<'_>, resources: &Resources<'a>) {
        let Some(stream) = resources.get_x_object(name) else { return };
        let dict = stream.dict();
        match dict.get::<Name<'_>>(b"Subtype".as_slice()).as_deref() {
            Some(b"Image") => self.picture_here(),
            Some(b"Form") => self.form(&stream, resources),
            _ => {}
        }
    }

    fn form(&mut self, stream: &Stream<'a>, resources: &Resources<'a>) {
        if self.depth >= LIMITS.form_depth {
            self.fault = Some(Fault::Limit);
            return;
        }
        let data = match self.budget.decode(stream) {
            Ok(data) => data,
            Err(fault) => {
                self.fault = Some(fault);
                return;
            }
        };
        let dict = stream.dict();
        let own = dict.get::<Dict<'a>>(b"Resources".as_slice()).map(Resources::new);
        let matrix = dict.get::<[f64; 6]>(b"Matrix".as_slice()).map_or(Affine::IDENTITY, Affine::new);
        let (state, saved) = (self.state.clone(), std::mem::take(&mut self.saved));
        self.path.lines.clear();
        self.state.ctm *= matrix;
        self.depth += 1;
        self.run(&data, own.as_ref().unwrap_or(resources));
        self.depth -= 1;
        (self.state, self.saved) = (state, saved);
    }

    /// A picture fills the unit square.
    fn picture_here(&mut self) {
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|p| self.state.ctm * Point::from(p));
        let side = |pick: fn(&Point) -> f64, most: f64| {
            let low = corners.iter().map(pick).fold(f64::MAX, f64::min).clamp(0.0, most);
            let high = corners.iter().map(pick).fold(f64::MIN, f64::max).clamp(0.0, most);
            (high - low) / most.max(1.0)
        };
        self.picture += side(|p| p.x, self.page.0) * side(|p| p.y, self.page.1);
    }

    fn mark(&mut self, actual: Option<String>) {
        if self.marked.len() < LIMITS.saved_states {
            self.marked.push(Marked { from: self.raw.len(), actual });
        }
    }

    /// The text given for a sequence takes the place of its glyphs.
    fn unmark(&mut self) {
        let Some(Marked { from, actual: Some(actual) }) = self.marked.pop() else { return };
        let Some(glyphs) = self.raw.get(from..) else { return };
        let (Some(first), Some(last)) = (glyphs.first(), glyphs.last()) else { return };
        let one_line = (first.at.y - last.at.y).abs() < first.size * 0.5 || first.vertical;
        let known = glyphs.iter().all(|glyph| glyph.c != char::REPLACEMENT_CHARACTER);
        if !one_line && known {
            return;
        }
        let (at, end, size, vertical) = (first.at, last.end, first.size, first.vertical);
        let n = actual.chars().count().max(1) as f64;
        self.raw.truncate(from);
        for (i, c) in actual.chars().filter(|c| !c.is_control()).enumerate() {
            let (from, to) = (at.lerp(end, i as f64 / n), at.lerp(end, (i + 1) as f64 / n));
            self.raw.push(Raw { c, at: from, end: to, size, vertical });
        }
    }

    fn finish(self) -> Sheet {
        let (width, height) = self.page;
        let shown = |p: Point| (-1.0..=width + 1.0).contains(&p.x) && (-1.0..=height + 1.0).contains(&p.y);
        // Letters higher than a hand are no text.
        let raw: Vec<Raw> = self.raw.into_iter().filter(|g| shown(g.at) && (0.5..300.0).contains(&g.size)).collect();
        let way = main_way(&raw);
        let turn = |p: Point| match way {
            Way::Right => (p.x, p.y),
            Way::Down | Way::Vertical => (p.y, width - p.x),
            Way::Left => (width - p.x, height - p.y),
            Way::Up => (height - p.y, p.x),
        };
        let mut sheet = Sheet { picture: self.picture.min(1.0) as f32, fault: self.fault, ..Sheet::default() };
        let upright = matches!(way, Way::Right | Way::Left);
        let (w, h) = if upright { (width, height) } else { (height, width) };
        (sheet.width, sheet.height) = (w as f32, h as f32);
        for glyph in &raw {
            if way_of(glyph) != Some(way) && !(way == Way::Vertical && way_of(glyph) == Some(Way::Right)) {
                if !super::characters::is_blank(glyph.c) {
                    sheet.aside.push(glyph.c);
                }
                continue;
            }
            if glyph.c == char::REPLACEMENT_CHARACTER {
                sheet.unmapped += 1;
            }
            let ((x0, y0), (x1, y1)) = (turn(glyph.at), turn(glyph.end));
            // Glyphs set upright in a vertical line keep the middle of the line as their base.
            let across = way == Way::Vertical && !glyph.vertical;
            let (x1, y) = if across { (x0 + 0.5 * glyph.size, y0.midpoint(y1)) } else { (x1, y0) };
            let [x0, x1, y, size] = [x0, x1, y, glyph.size].map(|n| n as f32);
            let (x0, x1) = (x0.min(x1), x1.max(x0));
            sheet.glyphs.push(Glyph { c: glyph.c, x0, x1: x1.min(x0 + 4.0 * size), y, size });
        }
        for rule in &self.rules {
            let (a, b) = (turn(Point::new(rule.x0.into(), rule.y0.into())), turn(Point::new(rule.x1.into(), rule.y1.into())));
            let [x0, y0, x1, y1] = [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)].map(|n| n as f32);
            sheet.rules.push(Rule { x0, y0, x1, y1 });
        }
        sheet
    }
}

/// The height of a line of text in points of the page.
fn glyph_size(full: Affine, size: f64, vertical: bool, scale: f64) -> f64 {
    let [a, b, c, d, _, _] = full.as_coeffs();
    let size = if vertical { a.hypot(b) * size * scale } else { c.hypot(d) * size };
    size.abs()
}

fn way_of(glyph: &Raw) -> Option<Way> {
    let by = glyph.end - glyph.at;
    if glyph.vertical {
        return Some(Way::Vertical);
    }
    let (dx, dy) = (by.x.abs(), by.y.abs());
    if dx.max(dy) < 1e-6 {
        return Some(Way::Right);
    }
    // Slanted text is a watermark.
    if dx.min(dy) > 0.1 * dx.max(dy) {
        return None;
    }
    Some(match (dx >= dy, by.x >= 0.0, by.y >= 0.0) {
        (true, true, _) => Way::Right,
        (true, false, _) => Way::Left,
        (false, _, true) => Way::Down,
        (false, _, false) => Way::Up,
    })
}

/// How most of the text of a page runs.
fn main_way(raw: &[Raw]) -> Way {
    let count = |way: Way| raw.iter().filter(|glyph| way_of(glyph) == Some(way)).count();
    let ways = [Way::Vertical, Way::Up, Way::Down, Way::Left, Way::Right];
    ways.into_iter().max_by_key(|way| count(*way)).unwrap_or(Way::Right)
}

fn actual_text(dict: &Dict<'_>) -> Option<String> {
    let text = dict.get::<PdfString<'_>>(b"ActualText".as_slice())?;
    let bytes = text.as_bytes();
    Some(match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        plain => plain.iter().map(|b| char::from(*b)).collect(),
    })
}
