//! The namespaces whose elements are read, each with the prefix it is written with.

macro_rules! spaces {
    ($($name:ident $prefix:literal $uri:literal $($strict:literal)?;)*) => {
        /// A namespace.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Space { $($name,)* }

        /// All, with prefix, name, and name in the strict edition of the standard.
        const ALL: &[(Space, &str, &str, &str)] = &[$((Space::$name, $prefix, $uri, concat!($($strict)?)),)*];
    };
}

spaces! {
    W "w" "http://schemas.openxmlformats.org/wordprocessingml/2006/main" "http://purl.oclc.org/ooxml/wordprocessingml/main";
    S "x" "http://schemas.openxmlformats.org/spreadsheetml/2006/main" "http://purl.oclc.org/ooxml/spreadsheetml/main";
    P "p" "http://schemas.openxmlformats.org/presentationml/2006/main" "http://purl.oclc.org/ooxml/presentationml/main";
    A "a" "http://schemas.openxmlformats.org/drawingml/2006/main" "http://purl.oclc.org/ooxml/drawingml/main";
    R "r" "http://schemas.openxmlformats.org/officeDocument/2006/relationships" "http://purl.oclc.org/ooxml/officeDocument/relationships";
    Wp "wp" "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing";
    Pic "pic" "http://schemas.openxmlformats.org/drawingml/2006/picture" "http://purl.oclc.org/ooxml/drawingml/picture";
    Xdr "xdr" "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing";
    C "c" "http://schemas.openxmlformats.org/drawingml/2006/chart" "http://purl.oclc.org/ooxml/drawingml/chart";
    Cdr "cdr" "http://schemas.openxmlformats.org/drawingml/2006/chartDrawing" "http://purl.oclc.org/ooxml/drawingml/chartDrawing";
    Dgm "dgm" "http://schemas.openxmlformats.org/drawingml/2006/diagram" "http://purl.oclc.org/ooxml/drawingml/diagram";
    Lc "lc" "http://schemas.openxmlformats.org/drawingml/2006/lockedCanvas" "http://purl.oclc.org/ooxml/drawingml/lockedCanvas";
    M "m" "http://schemas.openxmlformats.org/officeDocument/2006/math" "http://purl.oclc.org/ooxml/officeDocument/math";
    Sl "sl" "http://schemas.openxmlformats.org/schemaLibrary/2006/main" "http://purl.oclc.org/ooxml/schemaLibrary/main";
    V "v" "urn:schemas-microsoft-com:vml";
    O "o" "urn:schemas-microsoft-com:office:office";
    W10 "w10" "urn:schemas-microsoft-com:office:word";
    Xv "xv" "urn:schemas-microsoft-com:office:excel";
    Pv "pvml" "urn:schemas-microsoft-com:office:powerpoint";
    Mc "mc" "http://schemas.openxmlformats.org/markup-compatibility/2006";
    Dsp "dsp" "http://schemas.microsoft.com/office/drawing/2008/diagram";
    W14 "w14" "http://schemas.microsoft.com/office/word/2010/wordml";
    W15 "w15" "http://schemas.microsoft.com/office/word/2012/wordml";
    W16se "w16se" "http://schemas.microsoft.com/office/word/2015/wordml/symex";
    W16cid "w16cid" "http://schemas.microsoft.com/office/word/2016/wordml/cid";
    W16 "w16" "http://schemas.microsoft.com/office/word/2018/wordml";
    W16cex "w16cex" "http://schemas.microsoft.com/office/word/2018/wordml/cex";
    W16sdtdh "w16sdtdh" "http://schemas.microsoft.com/office/word/2020/wordml/sdtdatahash";
    Wp14 "wp14" "http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing";
    Wp15 "wp15" "http://schemas.microsoft.com/office/word/2012/wordprocessingDrawing";
    Wps "wps" "http://schemas.microsoft.com/office/word/2010/wordprocessingShape";
    Wpg "wpg" "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup";
    Wpc "wpc" "http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas";
    X14 "x14" "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main";
    X14ac "x14ac" "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac";
    X15 "x15" "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main";
    X16r2 "x16r2" "http://schemas.microsoft.com/office/spreadsheetml/2015/02/main";
    Xm "xm" "http://schemas.microsoft.com/office/excel/2006/main";
    Xr "xr" "http://schemas.microsoft.com/office/spreadsheetml/2014/revision";
    Xr2 "xr2" "http://schemas.microsoft.com/office/spreadsheetml/2015/revision2";
    Xr3 "xr3" "http://schemas.microsoft.com/office/spreadsheetml/2016/revision3";
    Xr6 "xr6" "http://schemas.microsoft.com/office/spreadsheetml/2016/revision6";
    Xr10 "xr10" "http://schemas.microsoft.com/office/spreadsheetml/2016/revision10";
    Xr16 "xr16" "http://schemas.microsoft.com/office/spreadsheetml/2017/revision16";
    Xpdl "xpdl" "http://schemas.microsoft.com/office/spreadsheetml/2016/pivotdefaultlayout";
    Xda "xda" "http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray";
    Xcalcf "xcalcf" "http://schemas.microsoft.com/office/spreadsheetml/2018/calcfeatures";
    Xltc "xltc" "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments";
    Xdr14 "xdr14" "http://schemas.microsoft.com/office/excel/2010/spreadsheetDrawing";
    P14 "p14" "http://schemas.microsoft.com/office/powerpoint/2010/main";
    P15 "p15" "http://schemas.microsoft.com/office/powerpoint/2012/main";
    P159 "p159" "http://schemas.microsoft.com/office/powerpoint/2015/09/main";
    A14 "a14" "http://schemas.microsoft.com/office/drawing/2010/main";
    A15 "a15" "http://schemas.microsoft.com/office/drawing/2012/main";
    A16 "a16" "http://schemas.microsoft.com/office/drawing/2014/main";
    Asvg "asvg" "http://schemas.microsoft.com/office/drawing/2016/SVG/main";
    Adec "adec" "http://schemas.microsoft.com/office/drawing/2017/decorative";
    C14 "c14" "http://schemas.microsoft.com/office/drawing/2007/8/2/chart";
    C15 "c15" "http://schemas.microsoft.com/office/drawing/2012/chart";
    C16 "c16" "http://schemas.microsoft.com/office/drawing/2014/chart";
    C16r3 "c16r3" "http://schemas.microsoft.com/office/drawing/2017/03/chart";
    Cs "cs" "http://schemas.microsoft.com/office/drawing/2012/chartStyle";
    Thm15 "thm15" "http://schemas.microsoft.com/office/thememl/2012/main";
    Dgm14 "dgm14" "http://schemas.microsoft.com/office/drawing/2010/diagram";
}

impl Space {
    /// The namespace of this name, and whether it is the name of the strict edition.
    pub(super) fn of(uri: &str) -> Option<(Self, bool)> {
        ALL.iter()
            .find(|(_, _, loose, strict)| *loose == uri || !strict.is_empty() && *strict == uri)
            .map(|(space, _, loose, _)| (*space, *loose != uri))
    }

    /// The prefix it is written with.
    pub(super) fn prefix(self) -> &'static str {
        ALL.get(self as usize).map_or("", |(_, prefix, _, _)| prefix)
    }

    /// Its name.
    pub(super) fn uri(self, strict: bool) -> &'static str {
        ALL.get(self as usize).map_or("", |(_, _, loose, other)| if strict && !other.is_empty() { other } else { loose })
    }

    /// How many there are.
    pub(super) const COUNT: usize = ALL.len();

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(space, _, _, _)| *space)
    }

    /// Whether a choice that requires it is taken: what current programs read, and nothing that needs a part we drop.
    pub(super) const fn is_chosen(self) -> bool {
        matches!(
            self,
            Self::Wps
                | Self::Wpg
                | Self::Wpc
                | Self::W14
                | Self::W15
                | Self::Wp14
                | Self::Wp15
                | Self::A14
                | Self::P14
                | Self::P15
                | Self::P159
                | Self::X15
                | Self::X14ac
        )
    }

    /// Whether it belongs to drawings in VML.
    pub(super) const fn is_vml(self) -> bool {
        matches!(self, Self::V | Self::O | Self::W10 | Self::Xv | Self::Pv)
    }
}
