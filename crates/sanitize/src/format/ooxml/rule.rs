//! What is done with each element and attribute of the known namespaces.

use super::{names, role::Role, space::Space};
use crate::Danger;

/// What is done with an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It stays, with the children that stay.
    Keep,
    /// It stays, and so does its text.
    KeepText,
    /// It stays unless nothing stays in it.
    KeepFilled,
    /// It stays if what it points at does.
    KeepBound(Danger),
    /// Its children take its place.
    Unwrap(Danger),
    /// It goes with everything in it; `None`: as bookkeeping that is not told.
    Drop(Option<Danger>),
    /// Its text is a formula, to be judged.
    Formula,
    /// Something of its own.
    Special(Special),
}

/// Elements that need more than a look at their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    FieldChar,
    FieldText,
    FieldSimple,
    /// Text that may be part of an instruction.
    RunText,
    WordHyperlink,
    WordObject,
    OleObject,
    GraphicFrame,
    HyperlinkOnShape,
    SheetHyperlink,
    Sheet,
    SheetView,
    DefinedName,
    VmlShape,
    FieldData,
}

use Act::{Drop, Formula, Keep, KeepBound, KeepFilled, KeepText, Unwrap};

/// The rule of an element.
pub(super) fn element(space: Space, local: &str, role: Role) -> Act {
    use Special as S;
    let act = match space {
        Space::W => match local {
            "t" | "delText" => Act::Special(S::RunText),
            "instrText" | "delInstrText" => Act::Special(S::FieldText),
            "fldChar" => Act::Special(S::FieldChar),
            "fldSimple" => Act::Special(S::FieldSimple),
            "hyperlink" => Act::Special(S::WordHyperlink),
            "object" => Act::Special(S::WordObject),
            "ffData" => Act::Special(S::FieldData),
            "fldData" => Drop(Some(Danger::CustomData)),
            "control" => Drop(Some(Danger::Control)),
            "altChunk" => Drop(Some(Danger::ForeignContent)),
            "subDoc" | "attachedTemplate" | "frameset" | "movie" => Drop(Some(Danger::Remote)),
            "mailMerge" => Drop(Some(Danger::DataConnection)),
            "entryMacro" | "exitMacro" => Drop(Some(Danger::Macro)),
            "smartTag" | "customXml" => Unwrap(Danger::CustomData),
            "smartTagPr" | "customXmlPr" | "dataBinding" | "docVars" | "attachedSchema" | "schemaLibrary" | "saveThroughXslt"
            | "smartTagType" => Drop(Some(Danger::CustomData)),
            "customXmlInsRangeStart"
            | "customXmlInsRangeEnd"
            | "customXmlDelRangeStart"
            | "customXmlDelRangeEnd"
            | "customXmlMoveFromRangeStart"
            | "customXmlMoveFromRangeEnd"
            | "customXmlMoveToRangeStart"
            | "customXmlMoveToRangeEnd" => Drop(None),
            "embedRegular" | "embedBold" | "embedItalic" | "embedBoldItalic" => Drop(Some(Danger::Font)),
            "embedTrueTypeFonts" | "saveSubsetFonts" => Drop(None),
            "headerReference" | "footerReference" => KeepBound(Danger::Unknown),
            "printerSettings" => Drop(Some(Danger::Leftover)),
            "scriptAnchor" => Drop(Some(Danger::Script)),
            "contentPart" => Drop(Some(Danger::Media)),
            _ => Keep,
        },
        Space::S => match local {
            "f" | "formula" | "formula1" | "formula2" | "calculatedColumnFormula" | "totalsRowFormula" => Formula,
            "definedName" => Act::Special(S::DefinedName),
            "t" | "v" | "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" | "author" => KeepText,
            "sheet" => Act::Special(S::Sheet),
            "workbookView" => Act::Special(S::SheetView),
            "hyperlink" => Act::Special(S::SheetHyperlink),
            "hyperlinks" | "tableParts" | "pivotCaches" | "definedNames" | "extLst" | "ext" | "dataRefs" => KeepFilled,
            "drawing" | "legacyDrawing" | "legacyDrawingHF" | "picture" | "tablePart" | "pivotCache" => KeepBound(Danger::Unknown),
            "oleObjects" | "oleObject" => Drop(Some(Danger::OleObject)),
            "controls" | "control" => Drop(Some(Danger::Control)),
            "customProperties" | "customPr" | "smartTags" | "smartTagPr" | "smartTagTypes" => Drop(Some(Danger::CustomData)),
            "externalReferences" | "ddeLink" | "oleLink" | "webPublishItems" | "webPublishing" | "webPublishObjects" => {
                Drop(Some(Danger::Remote))
            }
            "functionGroups" | "fileRecoveryPr" | "oleSize" | "revisionPtr" => Drop(None),
            "dataRef" => KeepBound(Danger::Remote),
            "xmlColumnPr" | "xmlCellPr" => Drop(Some(Danger::CustomData)),
            "volType" | "volTypes" => Drop(Some(Danger::DataConnection)),
            _ => Keep,
        },
        Space::P => match local {
            "text" | "attrName" => KeepText,
            "cmd" => Drop(Some(Danger::Action)),
            "audio" | "video" | "sndAc" | "sndTgt" => Drop(Some(Danger::Media)),
            "childTnLst" | "extLst" | "ext" => KeepFilled,
            "graphicFrame" => Act::Special(S::GraphicFrame),
            "oleObj" => Act::Special(S::OleObject),
            "controls" | "control" => Drop(Some(Danger::Control)),
            "custDataLst" | "custData" | "tags" | "smartTags" => Drop(Some(Danger::CustomData)),
            "htmlPubPr" | "webPr" => Drop(Some(Danger::Remote)),
            "embeddedFontLst" | "embeddedFont" => Drop(Some(Danger::Font)),
            "contentPart" => Drop(Some(Danger::Media)),
            "sldId" | "sldMasterId" | "sldLayoutId" | "notesMasterId" | "handoutMasterId" => KeepBound(Danger::Unknown),
            "sld" if role == Role::Presentation => KeepBound(Danger::Unknown),
            _ => Keep,
        },
        Space::A => match local {
            "t" | "tableStyleId" => KeepText,
            "audioCd" | "wavAudioFile" | "audioFile" | "videoFile" | "quickTimeFile" | "snd" => Drop(Some(Danger::Media)),
            "hlinkClick" | "hlinkHover" | "hlinkMouseOver" => Act::Special(S::HyperlinkOnShape),
            "extLst" | "ext" => KeepFilled,
            _ => Keep,
        },
        Space::C | Space::C14 | Space::C15 | Space::C16 | Space::C16r3 => match local {
            "f" | "fullRef" | "levelRef" | "formulaRef" | "sqref" => Formula,
            "v" | "formatCode" | "separator" | "evenFooter" | "evenHeader" | "oddFooter" | "oddHeader" | "firstFooter" | "firstHeader" => {
                KeepText
            }
            "name" => KeepText,
            "externalData" | "userShapes" | "chart" => KeepBound(Danger::Unknown),
            "legacyDrawingHF" => KeepBound(Danger::Unknown),
            "extLst" | "ext" => KeepFilled,
            "xForSave" | "showDataLabelsRange" => Keep,
            _ => Keep,
        },
        Space::V => match local {
            "shape" => Act::Special(S::VmlShape),
            _ => Keep,
        },
        Space::O => match local {
            "OLEObject" => Act::Special(S::OleObject),
            "WordFieldCodes" | "FieldCodes" | "LinkType" | "LockedField" => KeepText,
            "signatureline" => Drop(Some(Danger::Signature)),
            _ => Keep,
        },
        Space::Xv => match local {
            "FmlaMacro" | "MapOCX" | "DDE" | "FmlaPict" | "FmlaLink" | "FmlaRange" | "FmlaGroup" | "FmlaTxbx" | "Camera" | "ScriptText"
            | "ScriptExtended" | "ScriptLanguage" | "ScriptLocation" => Drop(Some(Danger::Control)),
            "ClientData" => Keep,
            _ => KeepText,
        },
        Space::M => match local {
            "t" => KeepText,
            _ => Keep,
        },
        Space::Wp | Space::Wp14 | Space::Wp15 => match local {
            "posOffset" | "align" | "pctWidth" | "pctHeight" | "pctPosHOffset" | "pctPosVOffset" => KeepText,
            "webVideoPr" => Drop(Some(Danger::Media)),
            _ => Keep,
        },
        Space::Xm => match local {
            "f" => Formula,
            _ => KeepText,
        },
        Space::X14 | Space::X15 | Space::X16r2 => match local {
            "slicerList" | "slicerRefs" | "slicerRef" | "slicer" | "slicerCaches" | "slicerCache" | "timelineRefs" | "timelineRef"
            | "timelineCacheRefs" => Drop(Some(Danger::Unknown)),
            "connection" | "connections" | "dataModel" | "modelTables" | "modelRelationships" | "webExtensions" => {
                Drop(Some(Danger::DataConnection))
            }
            "definedNames" | "definedName" => Drop(Some(Danger::Formula)),
            "argumentDescriptions" => Drop(None),
            // What ties a rule to its extension.
            "id" => KeepText,
            "f" | "formula" => Formula,
            _ => Keep,
        },
        Space::Xdr | Space::Cdr => match local {
            "graphicFrame" => Keep,
            "col" | "row" | "colOff" | "rowOff" | "x" | "y" => KeepText,
            "contentPart" => Drop(Some(Danger::Media)),
            _ => Keep,
        },
        Space::P14 => match local {
            "media" => Drop(Some(Danger::Media)),
            "bldLst" => Keep,
            _ => Keep,
        },
        Space::Xltc => match local {
            "text" => KeepText,
            "extLst" => Drop(None),
            _ => Keep,
        },
        Space::Asvg => match local {
            "svgBlip" => KeepBound(Danger::Media),
            _ => Keep,
        },
        Space::A14 => match local {
            // Photo effects keep a second, private copy of the picture.
            "imgProps" => Drop(Some(Danger::Media)),
            "contentPart" => Drop(Some(Danger::Media)),
            _ => Keep,
        },
        Space::Wps | Space::Wpg | Space::Wpc => match local {
            "contentPart" => Drop(Some(Danger::Media)),
            _ => Keep,
        },
        Space::Dgm => match local {
            "relIds" => KeepBound(Danger::Unknown),
            "extLst" | "ext" => KeepFilled,
            _ => Keep,
        },
        Space::Cs => match local {
            "lineWidthScale" => KeepText,
            _ => Keep,
        },
        Space::Sl => Drop(Some(Danger::CustomData)),
        _ => Keep,
    };
    if matches!(act, Drop(_)) || names::known(local) { act } else { Drop(Some(Danger::Unknown)) }
}

/// What is done with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// It stays if its value leads nowhere.
    Keep,
    /// It points at a part.
    Relation,
    /// It goes; `None`: not told.
    Drop(Option<Danger>),
    /// A formula.
    Formula,
}

/// The rule of an attribute; `own` is the namespace of its element, `space` its own if it has one.
pub(super) fn attribute(own: Space, element: &str, space: Option<Space>, local: &str, role: Role) -> Value {
    match space {
        Some(Space::R) => return Value::Relation,
        Some(Space::O) => match local {
            "relid" => return Value::Relation,
            "href" | "althref" | "hrefnew" | "hrefnoise" | "movie" | "detectmouseclick" | "gfxdata" => {
                return Value::Drop(Some(Danger::Remote));
            }
            "oleid" | "master" | "title" => return Value::Drop(None),
            _ => {}
        },
        Some(_) => {}
        None => match (own, local) {
            (Space::Dsp, "relId") => return Value::Relation,
            (Space::V | Space::O | Space::W10 | Space::Xv | Space::Pv, "href" | "src" | "target" | "althref") => {
                return Value::Drop(Some(Danger::Remote));
            }
            (_, "macro" | "onAction" | "onclick" | "onmouseover") => return Value::Drop(Some(Danger::Macro)),
            (Space::Xdr | Space::Cdr, "textlink") => return Value::Formula,
            (Space::S, "formula") if element == "cacheField" || element == "calculatedItem" => return Value::Formula,
            (Space::S, "queryTableFieldId" | "connectionId" | "dataDxfIdQuery" | "backgroundRefresh" | "xmlMaps") => {
                return Value::Drop(None);
            }
            (Space::S, "tableType") if element == "table" => return Value::Drop(None),
            (Space::S, "vm") => return Value::Drop(None),
            // May be wrong once something was left out; the reader counts itself.
            (Space::S, "count") if matches!(element, "tableParts" | "pivotCaches" | "hyperlinks" | "oleObjects") => {
                return Value::Drop(None);
            }
            (Space::A, "invalidUrl") => return Value::Drop(Some(Danger::Remote)),
            (Space::P, "showOleIcon") if role == Role::Vml => return Value::Drop(None),
            _ => {}
        },
    }
    if names::known(local) { Value::Keep } else { Value::Drop(Some(Danger::Unknown)) }
}

/// Whether a value leads out of the file: a share, a drive, a scheme that something runs.
pub(super) fn leads_out(value: &str) -> bool {
    let value = value.trim_start();
    let Some(first) = value.bytes().next() else { return false };
    if matches!(first, b'\\' | b'/') {
        return value.starts_with("\\\\") || value.starts_with("//");
    }
    const SCHEMES: [&str; 12] =
        ["file:", "javascript:", "vbscript:", "data:", "mhtml:", "ms-", "search-ms:", "search:", "ldap:", "ftp:", "http:", "https:"];
    // Cheap for the usual value: a number or a word.
    value.bytes().take(12).any(|byte| byte == b':' || byte == b'-') && {
        let head: String = value.chars().take(12).collect::<String>().to_ascii_lowercase();
        SCHEMES.iter().any(|scheme| head.starts_with(scheme) && (*scheme != "ms-" || value.contains(':')))
    }
}
