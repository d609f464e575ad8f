//! Character codes of a PDF's fonts → characters and widths; knows nothing of where they stand.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use hayro_cmap::{BfString, CMap, CMapName, load_embedded};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn};
use hayro_syntax::object::{Array, Dict, Name, Stream, String as PdfString};

use super::characters::plain;

/// Faces by the place of their dictionary in the file.
type Faces<'a> = HashMap<(usize, usize), Option<Rc<Face<'a>>>>;

/// The fonts of a document, each read once.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    cmaps: CMapResolverFn,
    faces: RefCell<Faces<'a>>,
    /// CMaps from CIDs to Unicode, by their name.
    unicode: RefCell<HashMap<&'static str, Option<Rc<CMap>>>>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Fonts {
            cache: FontCache::new(),
            // Fonts that the file lacks are stood in for: only their codes matter here.
            programs: Arc::new(|query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
            }),
            cmaps: Arc::new(load_embedded),
            faces: RefCell::default(),
            unicode: RefCell::default(),
        }
    }

    /// The face that a font dictionary describes.
    pub(super) fn face(&self, dict: &Dict<'a>) -> Option<Rc<Face<'a>>> {
        let data = dict.data();
        let key = (data.as_ptr().addr(), data.len());
        if let Some(face) = self.faces.borrow().get(&key) {
            return face.clone();
        }
        let face = self.cache.font(dict, &self.programs, &self.cmaps).map(|font| {
            let cids = self.cids(dict);
            Rc::new(Face { vertical: !font.is_horizontal(), font, cids, shapes: RefCell::default() })
        });
        self.faces.borrow_mut().insert(key, face.clone());
        face
    }

    /// How the codes of a font of a known collection of characters (Adobe-Japan1) become Unicode.
    fn cids(&self, dict: &Dict<'a>) -> Option<Cids> {
        let below = dict.get::<Array<'_>>(b"DescendantFonts".as_slice())?.iter::<Dict<'_>>().next()?;
        let info = below.get::<Dict<'_>>(b"CIDSystemInfo".as_slice());
        let ordering = info.and_then(|info| info.get::<PdfString<'_>>(b"Ordering".as_slice()));
        let name = match ordering.as_ref().map(PdfString::as_bytes) {
            Some(b"Japan1") => "Adobe-Japan1-UCS2",
            Some(b"GB1") => "Adobe-GB1-UCS2",
            Some(b"CNS1") => "Adobe-CNS1-UCS2",
            Some(b"Korea1") => "Adobe-Korea1-UCS2",
            _ => return None,
        };
        let encoding = match dict.get::<Name<'_>>(b"Encoding".as_slice()) {
            Some(name) => match CMapName::from_bytes(&name) {
                CMapName::IdentityH => CMap::identity_h(),
                CMapName::IdentityV => CMap::identity_v(),
                name => CMap::parse(load_embedded(name)?, load_embedded)?,
            },
            None => CMap::parse(&dict.get::<Stream<'_>>(b"Encoding".as_slice())?.decoded_data().ok()?, load_embedded)?,
        };
        let read = || CMap::parse(load_embedded(CMapName::from_bytes(name.as_bytes()))?, load_embedded).map(Rc::new);
        let unicode = self.unicode.borrow_mut().entry(name).or_insert_with(read).clone()?;
        Some(Cids { encoding, unicode })
    }
}

/// Codes → CIDs → Unicode.
struct Cids {
    encoding: CMap,
    unicode: Rc<CMap>,
}

impl Cids {
    fn text(&self, code: u32) -> Option<BfString> {
        let cid = (1..=4).find_map(|length| self.encoding.lookup_cid_code(code, length))?;
        self.unicode.lookup_bf_string(cid)
    }
}

/// What a code shows.
#[derive(Debug)]
pub(super) struct Shape {
    /// Width, or height in vertical writing, in thousandths of the size.
    pub(super) advance: f32,
    /// Its characters; U+FFFD if the file does not tell them.
    pub(super) text: Vec<char>,
}

/// A font with what has been asked of it.
pub(super) struct Face<'a> {
    font: Font<'a>,
    vertical: bool,
    cids: Option<Cids>,
    shapes: RefCell<HashMap<u32, Rc<Shape>>>,
}

impl Face<'_> {
    pub(super) const fn vertical(&self) -> bool {
        self.vertical
    }

    /// The code at a place of a string and its length in bytes.
    pub(super) fn read_code(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        self.font.read_code(bytes, at)
    }

    pub(super) fn shape(&self, code: u32) -> Rc<Shape> {
        if let Some(shape) = self.shapes.borrow().get(&code) {
            return Rc::clone(shape);
        }
        let advance = self.font.code_advance(code);
        let advance = if self.vertical { advance.y } else { advance.x };
        let shape = Rc::new(Shape { advance: advance as f32, text: self.text(code) });
        self.shapes.borrow_mut().insert(code, Rc::clone(&shape));
        shape
    }

    fn text(&self, code: u32) -> Vec<char> {
        let told = match self.font.glyph(self.font.map_code(code), code) {
            FontGlyph::Outline(glyph) => glyph.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let usable = |text: &BfString| match text {
            BfString::Char(c) => *c != '\0' && *c != char::REPLACEMENT_CHARACTER,
            BfString::String(text) => !text.is_empty(),
        };
        let told = told.filter(usable).or_else(|| self.cids.as_ref().and_then(|cids| cids.text(code)));
        match told {
            Some(BfString::Char(c)) => plain(c),
            Some(BfString::String(text)) => text.chars().flat_map(plain).collect(),
            None => vec![char::REPLACEMENT_CHARACTER],
        }
    }
}
