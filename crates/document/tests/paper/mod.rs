//! A small writer of PDFs for tests: pages of placed text, rules and pictures; knows nothing of how they are read.

#![expect(clippy::unwrap_used, reason = "writing to a string cannot fail")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Write as _;

/// A page under construction.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) content: String,
    /// Whether the page has the picture among its resources.
    pub(crate) picture: bool,
}

impl Page {
    /// Text at a place; y is measured from the top, as readers see it.
    pub(crate) fn text(mut self, x: f32, y: f32, size: f32, text: &str) -> Self {
        self.put(x, y, size, text);
        self
    }

    pub(crate) fn put(&mut self, x: f32, y: f32, size: f32, text: &str) {
        let hex: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        writeln!(self.content, "BT /F {size} Tf 1 0 0 1 {x} {} Tm <{hex}> Tj ET", HEIGHT - y).unwrap();
    }

    /// A straight line.
    pub(crate) fn rule(mut self, from: (f32, f32), to: (f32, f32)) -> Self {
        writeln!(self.content, "0.5 w {} {} m {} {} l S", from.0, HEIGHT - from.1, to.0, HEIGHT - to.1).unwrap();
        self
    }

    /// Operators as they are.
    pub(crate) fn raw(mut self, operators: &str) -> Self {
        self.content.push_str(operators);
        self.content.push('\n');
        self
    }

    /// A paragraph broken after so many characters; returns where the next line would stand.
    pub(crate) fn paragraph(&mut self, x: f32, y: f32, size: f32, columns: usize, text: &str) -> f32 {
        let chars: Vec<char> = text.chars().collect();
        let mut y = y;
        for line in chars.chunks(columns) {
            self.put(x, y, size, &line.iter().collect::<String>());
            y += size * 1.5;
        }
        y
    }

    /// A picture over the whole page.
    pub(crate) fn scan(mut self) -> Self {
        self.picture = true;
        writeln!(self.content, "q {WIDTH} 0 0 {HEIGHT} 0 0 cm /P Do Q").unwrap();
        self
    }
}

pub(crate) const WIDTH: f32 = 595.0;
pub(crate) const HEIGHT: f32 = 842.0;

/// The font of all pages unless said otherwise: not embedded, its codes are UTF-16.
pub(crate) const UTF16: &str = "/Encoding /UniJIS-UTF16-H";

/// A PDF of pages in a font with the given encoding.
pub(crate) fn pdf_in(encoding: &str, pages: &[Page], more: &[String]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = Vec::new();
    let first = 6 + more.len();
    let kids: String = (0..pages.len()).map(|n| format!("{} 0 R ", first + 2 * n)).collect();
    objects.push(b"<</Type/Catalog/Pages 2 0 R>>".to_vec());
    objects.push(format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len()).into_bytes());
    objects.push(format!("<</Type/Font/Subtype/Type0/BaseFont/Mincho{encoding}/DescendantFonts[4 0 R]>>").into_bytes());
    objects.push(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/Mincho/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 6>>\
          /DW 1000/W[1 94 500 231 632 500]/FontDescriptor<</Type/FontDescriptor/FontName/Mincho/Flags 4>>>>"
            .to_vec(),
    );
    objects.push(stream("/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", b"\0"));
    objects.extend(more.iter().map(|object| object.clone().into_bytes()));
    for (n, page) in pages.iter().enumerate() {
        let picture = if page.picture { "/XObject<</P 5 0 R>>" } else { "/XObject<</X 6 0 R>>" };
        let contents = first + 2 * n + 1;
        objects.push(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents {contents} 0 R/Resources<</Font<</F 3 0 R>>{picture}>>>>"
            )
            .into_bytes(),
        );
        objects.push(stream("", page.content.as_bytes()));
    }
    file(&objects)
}

pub(crate) fn pdf(pages: &[Page]) -> Vec<u8> {
    pdf_in(UTF16, pages, &[])
}

/// A stream object.
pub(crate) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{entries}/Length {}>>stream\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
    out
}

/// Objects from number 1 on, with their table; the first is the catalogue.
pub(crate) fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n", n + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let table = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        out.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    out.extend_from_slice(format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1).as_bytes());
    out
}
