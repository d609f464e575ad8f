//! What parts there are: by which relationship each is reached, how it is named and typed, what its root is.

use super::space::Space;
use crate::Danger;

macro_rules! roles {
    ($($name:ident $relation:literal $folder:literal $base:literal $content:literal $root:ident $local:literal;)*) => {
        /// What a part is to the one that points at it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Role { $($name,)* }

        const ALL: &[(Role, &str, &str, &str, &str, Space, &str)] =
            &[$((Role::$name, $relation, $folder, $base, $content, Space::$root, $local),)*];
    };
}

/// Of relationships that the standard defines, without what strict and transitional differ in.
const LOOSE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.";

roles! {
    Document "officeDocument" "word" "document" "" W "document";
    Workbook "officeDocument" "xl" "workbook" "" S "workbook";
    Presentation "officeDocument" "ppt" "presentation" "" P "presentation";

    Styles "styles" "word" "styles" "w:styles" W "styles";
    Numbering "numbering" "word" "numbering" "w:numbering" W "numbering";
    Settings "settings" "word" "settings" "w:settings" W "settings";
    WebSettings "webSettings" "word" "webSettings" "w:webSettings" W "webSettings";
    FontTable "fontTable" "word" "fontTable" "w:fontTable" W "fonts";
    Footnotes "footnotes" "word" "footnotes" "w:footnotes" W "footnotes";
    Endnotes "endnotes" "word" "endnotes" "w:endnotes" W "endnotes";
    Comments "comments" "word" "comments" "w:comments" W "comments";
    CommentsExtended "http://schemas.microsoft.com/office/2011/relationships/commentsExtended" "word" "commentsExtended" "w:commentsExtended" W15 "commentsEx";
    CommentsIds "http://schemas.microsoft.com/office/2016/09/relationships/commentsIds" "word" "commentsIds" "w:commentsIds" W16cid "commentsIds";
    CommentsExtensible "http://schemas.microsoft.com/office/2018/08/relationships/commentsExtensible" "word" "commentsExtensible" "w:commentsExtensible" W16cex "commentsExtensible";
    People "http://schemas.microsoft.com/office/2011/relationships/people" "word" "people" "w:people" W15 "people";
    Header "header" "word" "header" "w:header" W "hdr";
    Footer "footer" "word" "footer" "w:footer" W "ftr";

    Worksheet "worksheet" "xl/worksheets" "sheet" "x:worksheet" S "worksheet";
    Chartsheet "chartsheet" "xl/chartsheets" "sheet" "x:chartsheet" S "chartsheet";
    SharedStrings "sharedStrings" "xl" "sharedStrings" "x:sharedStrings" S "sst";
    SheetStyles "styles" "xl" "styles" "x:styles" S "styleSheet";
    SheetMetadata "sheetMetadata" "xl" "metadata" "x:sheetMetadata" S "metadata";
    Table "table" "xl/tables" "table" "x:table" S "table";
    PivotTable "pivotTable" "xl/pivotTables" "pivotTable" "x:pivotTable" S "pivotTableDefinition";
    PivotCache "pivotCacheDefinition" "xl/pivotCache" "pivotCacheDefinition" "x:pivotCacheDefinition" S "pivotCacheDefinition";
    PivotRecords "pivotCacheRecords" "xl/pivotCache" "pivotCacheRecords" "x:pivotCacheRecords" S "pivotCacheRecords";
    SheetComments "comments" "xl" "comments" "x:comments" S "comments";
    ThreadedComments "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" "xl/threadedComments" "threadedComment" "application/vnd.ms-excel.threadedcomments+xml" Xltc "ThreadedComments";
    Persons "http://schemas.microsoft.com/office/2017/10/relationships/person" "xl/persons" "person" "application/vnd.ms-excel.person+xml" Xltc "personList";
    Drawing "drawing" "xl/drawings" "drawing" "application/vnd.openxmlformats-officedocument.drawing+xml" Xdr "wsDr";

    Slide "slide" "ppt/slides" "slide" "p:slide" P "sld";
    SlideLayout "slideLayout" "ppt/slideLayouts" "slideLayout" "p:slideLayout" P "sldLayout";
    SlideMaster "slideMaster" "ppt/slideMasters" "slideMaster" "p:slideMaster" P "sldMaster";
    NotesSlide "notesSlide" "ppt/notesSlides" "notesSlide" "p:notesSlide" P "notes";
    NotesMaster "notesMaster" "ppt/notesMasters" "notesMaster" "p:notesMaster" P "notesMaster";
    HandoutMaster "handoutMaster" "ppt/handoutMasters" "handoutMaster" "p:handoutMaster" P "handoutMaster";
    PresProps "presProps" "ppt" "presProps" "p:presProps" P "presentationPr";
    ViewProps "viewProps" "ppt" "viewProps" "p:viewProps" P "viewPr";
    TableStyles "tableStyles" "ppt" "tableStyles" "p:tableStyles" A "tblStyleLst";
    CommentAuthors "commentAuthors" "ppt" "commentAuthors" "p:commentAuthors" P "cmAuthorLst";
    SlideComments "comments" "ppt/comments" "comment" "p:comments" P "cmLst";

    Theme "theme" "theme" "theme" "application/vnd.openxmlformats-officedocument.theme+xml" A "theme";
    ThemeOverride "themeOverride" "theme" "themeOverride" "application/vnd.openxmlformats-officedocument.themeOverride+xml" A "themeOverride";
    Chart "chart" "charts" "chart" "application/vnd.openxmlformats-officedocument.drawingml.chart+xml" C "chartSpace";
    ChartStyle "http://schemas.microsoft.com/office/2011/relationships/chartStyle" "charts" "style" "application/vnd.ms-office.chartstyle+xml" Cs "chartStyle";
    ChartColors "http://schemas.microsoft.com/office/2011/relationships/chartColorStyle" "charts" "colors" "application/vnd.ms-office.chartcolorstyle+xml" Cs "colorStyle";
    ChartDrawing "chartUserShapes" "drawings" "chartDrawing" "application/vnd.openxmlformats-officedocument.drawingml.chartshapes+xml" C "userShapes";
    DiagramData "diagramData" "diagrams" "data" "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml" Dgm "dataModel";
    DiagramLayout "diagramLayout" "diagrams" "layout" "application/vnd.openxmlformats-officedocument.drawingml.diagramLayout+xml" Dgm "layoutDef";
    DiagramStyle "diagramQuickStyle" "diagrams" "quickStyle" "application/vnd.openxmlformats-officedocument.drawingml.diagramStyle+xml" Dgm "styleDef";
    DiagramColors "diagramColors" "diagrams" "colors" "application/vnd.openxmlformats-officedocument.drawingml.diagramColors+xml" Dgm "colorsDef";
    DiagramDrawing "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing" "diagrams" "drawing" "application/vnd.ms-office.drawingml.diagramDrawing+xml" Dsp "drawing";
    Vml "vmlDrawing" "drawings" "vmlDrawing" "application/vnd.openxmlformats-officedocument.vmlDrawing" V "xml";

    Image "image" "media" "image" "" A "";
    Package "package" "embeddings" "object" "" A "";
}

impl Role {
    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str, &'static str, Space, &'static str) {
        const NONE: &(Role, &str, &str, &str, &str, Space, &str) = &(Role::Image, "", "", "", "", Space::A, "");
        ALL.get(self as usize).unwrap_or(NONE)
    }

    /// The role of a relationship's target, by its type, in a package whose main part is `main`.
    pub(super) fn of(relation: &str, main: Self) -> Option<Self> {
        let relation = short(relation);
        let home = main.row().2;
        let mut found = ALL.iter().filter(|row| row.1 == relation && row.0 as usize > Self::Presentation as usize).map(|row| row.0);
        let first = found.next()?;
        // `styles` and `comments` mean different parts in different packages.
        let mut all = std::iter::once(first).chain(found);
        all.find(|role| {
            !matches!(role.row().2.split('/').next(), Some("word" | "xl" | "ppt")) || role.row().2.split('/').next() == Some(home)
        })
    }

    /// The full type of the relationship to it.
    pub(super) fn relation(self, strict: bool) -> String {
        let name = self.row().1;
        if name.starts_with("http") { name.to_owned() } else { format!("{}{name}", if strict { STRICT } else { LOOSE }) }
    }

    /// Its name without number and ending, in a package whose main part is `main`.
    pub(super) fn stem(self, main: Self) -> String {
        let (folder, base) = (self.row().2, self.row().3);
        match folder.split('/').next() {
            Some("word" | "xl" | "ppt") => format!("{folder}/{base}"),
            _ => format!("{}/{folder}/{base}", main.row().2),
        }
    }

    /// Whether a package has only one of it, named without number.
    pub(super) const fn is_single(self) -> bool {
        matches!(
            self,
            Self::Document
                | Self::Workbook
                | Self::Presentation
                | Self::Styles
                | Self::Numbering
                | Self::Settings
                | Self::WebSettings
                | Self::FontTable
                | Self::Footnotes
                | Self::Endnotes
                | Self::Comments
                | Self::CommentsExtended
                | Self::CommentsIds
                | Self::CommentsExtensible
                | Self::People
                | Self::SharedStrings
                | Self::SheetStyles
                | Self::SheetMetadata
                | Self::PresProps
                | Self::ViewProps
                | Self::TableStyles
                | Self::CommentAuthors
        )
    }

    /// Its content type.
    pub(super) fn content_type(self) -> String {
        let content = self.row().4;
        let family = |prefix: &str, family: &str| {
            content.strip_prefix(prefix).map(|rest| format!("application/vnd.openxmlformats-officedocument.{family}.{rest}+xml"))
        };
        family("x:", "spreadsheetml")
            .or_else(|| family("p:", "presentationml"))
            .or_else(|| content.strip_prefix("w:").map(|rest| format!("{WORD}{rest}+xml")))
            .unwrap_or_else(|| content.to_owned())
    }

    /// Its root element; VML has one without namespace.
    pub(super) fn root(self) -> (Space, &'static str) {
        (self.row().5, self.row().6)
    }

    /// Whether it belongs to its source without being pointed at by an attribute.
    pub(super) const fn is_implicit(self, source: Self) -> bool {
        match self {
            Self::Styles
            | Self::Numbering
            | Self::Settings
            | Self::WebSettings
            | Self::FontTable
            | Self::Footnotes
            | Self::Endnotes
            | Self::Comments
            | Self::CommentsExtended
            | Self::CommentsIds
            | Self::CommentsExtensible
            | Self::People => matches!(source, Self::Document),
            Self::SharedStrings | Self::SheetStyles | Self::SheetMetadata | Self::Persons => matches!(source, Self::Workbook),
            Self::SheetComments | Self::ThreadedComments | Self::PivotTable => matches!(source, Self::Worksheet),
            Self::PivotCache => matches!(source, Self::PivotTable),
            Self::Slide => matches!(source, Self::NotesSlide),
            Self::SlideLayout => matches!(source, Self::Slide),
            Self::SlideMaster => matches!(source, Self::SlideLayout),
            Self::NotesSlide | Self::SlideComments => matches!(source, Self::Slide),
            Self::NotesMaster => matches!(source, Self::NotesSlide),
            Self::PresProps | Self::ViewProps | Self::TableStyles | Self::CommentAuthors => matches!(source, Self::Presentation),
            // Pictures of old objects are named by shape, not by relationship.
            Self::Vml => matches!(source, Self::Slide | Self::SlideLayout | Self::SlideMaster | Self::NotesSlide),
            Self::Theme => true,
            Self::ThemeOverride | Self::ChartStyle | Self::ChartColors => true,
            Self::DiagramDrawing => true,
            _ => false,
        }
    }
}

/// A relationship's type without what all have in common.
pub(super) fn short(relation: &str) -> &str {
    relation.strip_prefix(LOOSE).or_else(|| relation.strip_prefix(STRICT)).unwrap_or(relation)
}

/// What is told of a relationship that is left out.
pub(super) fn danger(relation: &str, external: bool) -> Option<Danger> {
    let last = relation.rsplit('/').next().unwrap_or_default();
    let danger = match last {
        "vbaProject"
        | "wordVbaData"
        | "vbaProjectSignature"
        | "vbaProjectSignatureAgile"
        | "vbaProjectSignatureV3"
        | "attachedToolbars"
        | "keyMapCustomizations"
        | "dialogsheet" => Danger::Macro,
        "xlMacrosheet" | "xlIntlMacrosheet" => Danger::Xlm,
        "hyperlink" => Danger::Link,
        "attachedTemplate"
        | "subDocument"
        | "frame"
        | "externalLinkPath"
        | "transform"
        | "recipientData"
        | "mailMergeSource"
        | "mailMergeHeaderSource"
        | "externalLink"
        | "xlExternalLinkPath"
        | "xlPathMissing"
        | "xlStartup"
        | "xlAlternateStartup"
        | "xlLibrary" => Danger::Remote,
        "oleObject" | "package" => Danger::OleObject,
        "control" | "activeXControlBinary" | "ctrlProp" => Danger::Control,
        "aFChunk" => Danger::ForeignContent,
        "connections" | "queryTable" | "powerPivotData" | "model" | "volatileDependencies" => Danger::DataConnection,
        "ui" | "extensibility" | "userCustomization" | "webextension" | "webextensiontaskpanes" | "taskpanes" => Danger::AddIn,
        "audio" | "video" | "media" | "model3d" => Danger::Media,
        "font" => Danger::Font,
        "customXml" | "customXmlProps" | "customProperty" | "customXmlMappings" | "xmlMaps" | "tags" | "customData" | "customDataProps" => {
            Danger::CustomData
        }
        "origin" | "signature" | "certificate" => Danger::Signature,
        "thumbnail" | "printerSettings" | "stylesWithEffects" | "stylesWithtEffects" | "glossaryDocument" | "changesInfo"
        | "revisionInfo" | "slideUpdateInfo" | "revisionHeaders" | "revisionLog" | "usernames" => Danger::Leftover,
        // Made anew by the program that opens the file.
        "calcChain" => return None,
        _ if external => Danger::Remote,
        "image" => Danger::Leftover,
        _ => Danger::Unknown,
    };
    Some(danger)
}
