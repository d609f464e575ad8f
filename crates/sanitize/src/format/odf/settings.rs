//! Data about the document and settings of the program: only what the look depends on.

use crate::{
    Danger, Hold,
    job::Job,
    xml::{Event, Reader, Writer},
};

use super::names::prefix;

/// Reads on behind the start of `office:meta` up to its end, and writes what is kept.
pub(super) fn meta(job: &mut Job<'_>, reader: &mut Reader<'_>, writer: &mut Writer, place: &str) -> Result<(), Hold> {
    let mut removed = 0;
    while let Some(event) = reader.next()? {
        let Event::Start(name) = event else {
            if matches!(event, Event::End(_)) {
                break;
            }
            continue;
        };
        let prefix = prefix(reader.uri(name.ns)).unwrap_or("?");
        let local = name.local.to_owned();
        let words = leaf(reader)?;
        let kept = match (prefix, local.as_str()) {
            ("dc", "title") => Some(crate::text::clean_in(job, place, &words).into_owned()),
            ("dc", "language") if words.len() <= 20 && words.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
                Some(words)
            }
            // Which version wrote it decides how old documents are laid out.
            ("meta", "generator") if is_generator(&words) => Some(words),
            _ => None,
        };
        match kept {
            Some(words) => writer.leaf(prefix, &local, &words),
            None => removed += 1,
        }
    }
    job.removed(Danger::Metadata, place, removed);
    Ok(())
}

/// `LibreOffice/7.4.7.2$Linux_X86_64 LibreOffice_project/40$Build-2`.
fn is_generator(words: &str) -> bool {
    const PROGRAMS: [&str; 8] =
        ["LibreOffice", "LibreOfficeDev", "OpenOffice", "OpenOffice.org", "StarOffice", "NeoOffice", "BrOffice.org", "MicrosoftOffice"];
    let Some((program, rest)) = words.split_once('/') else { return false };
    let (version, rest) = rest.split_once('$').map_or((rest, None), |(version, rest)| (version, Some(rest)));
    let version_good = version.len() <= 12 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let rest_good = rest.is_none_or(|rest| {
        let Some((system, build)) = rest.split_once(' ') else { return false };
        let Some((project, number)) = build.split_once('/') else { return false };
        let (number, step) = number.split_once("$Build-").unwrap_or((number, ""));
        system.len() <= 20
            && system.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && project.strip_suffix("_project").is_some_and(|program| PROGRAMS.contains(&program))
            && number.len() <= 40
            && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'm'))
            && step.len() <= 6
            && step.bytes().all(|byte| byte.is_ascii_digit())
    });
    PROGRAMS.contains(&program) && version_good && rest_good
}

/// All text up to the end of the element just started.
pub(super) fn leaf(reader: &mut Reader<'_>) -> Result<String, Hold> {
    let mut words = String::new();
    let mut depth = 1_usize;
    while depth > 0 {
        match reader.next()? {
            Some(Event::Text(text)) => words.push_str(&text),
            Some(Event::Start(_)) => depth += 1,
            Some(Event::End(_)) => depth -= 1,
            None => break,
        }
    }
    Ok(words)
}

/// Sets, maps and items that the look depends on. Not: printers, paths, databases, passwords, updates of links.
const ITEMS: &str = " ooo:view-settings ooo:configuration-settings Views Tables ForbiddenCharacters Language Country Variant BeginLine EndLine \
ActiveSplitRange ActiveTable AddExternalLeading AddFrameOffsets AddParaLineSpacingToTableCells AddParaSpacingToTableCells AddParaTableSpacing \
AddParaTableSpacingAtStart AddVerticalFrameOffsets AlignTabStopPosition AnchoredTextOverflowLegacy ApplyParagraphMarkFormatToNumbering \
AutoCalculate AutoFirstLineIndentDisregardLineSpace BackgroundParaOverDrawings CharacterCompressionType ClipAsCharacterAnchoredWriterFlyFrames \
ClippedPictures CollapseEmptyCellPara ConsiderTextWrapOnObjPos ContinuousEndnotes CursorPositionX CursorPositionY DefaultTabStop \
DisableOffPagePositioning DoNotCaptureDrawObjsOnPage DoNotJustifyLinesWithManualBreak DoNotResetParaAttrsForNumFont DropCapPunctuation \
EmptyDbFieldHidesPara FloattableNomargins FootnoteInColumnToPageEnd FrameAutowidthWithMorePara GridColor GutterAtTop HasColumnRowHeaders \
HasSheetTabs HeaderSpacingBelowLastPara HorizontalSplitMode HorizontalSplitPosition HyphenateURLs IgnoreFirstLineIndentInNumbering IgnoreHiddenCharsForLineCalculation \
IgnoreTabsAndBlanksForLineCalculation ImagePreferredDPI InBrowseMode InvertBorderSpacing IsKernAsianPunctuation IsLabelDocument \
JustifyLinesWithShrinking KeepRatio LayerVisible MathBaselineAlignment MsWordCompGridMetrics MsWordCompMinLineHeightByFly MsWordCompTrailingBlanks MsWordUlTrailSpace \
NoAttribs NoColors NoNumberingShowFollowBy OutlineLevelYieldsNumbering PageKind PageNumberFormat PageViewZoomValue ParagraphSummation \
PositionBottom PositionLeft PositionRight PositionTop PrinterIndependentLayout PropLineSpacingShrinksFirstLine ProtectForm RasterIsVisible \
RasterResolutionX RasterResolutionY RasterSubdivisionX RasterSubdivisionY SelectedPage ShowGrid ShowNotes ShowPageBreakPreview ShowPageBreaks \
ShowRedlineChanges ShowZeroValues SmallCapsPercentage66 StylesNoDefault SubtractFlysAnchoredAtFlys SurroundTextWrapSmall \
TabAtLeftIndentForParagraphsInList TableRowKeep TabOverflow TabOverMargin TabOverSpacing TabsRelativeToIndent \
TreatSingleColumnBreakAsPageBreak UnbreakableNumberings UnxForceZeroExtLeading UseFormerLineSpacing UseFormerObjectPositioning \
UseFormerTextWrapping UseOldNumbering UseOldPrinterMetrics UseVariableWidthNBSP VerticalSplitMode VerticalSplitPosition ViewAreaHeight ViewAreaLeft ViewAreaTop \
ViewAreaWidth ViewId ViewLayoutBookMode ViewLayoutColumns ViewLeft ViewTop VisibleAreaHeight VisibleAreaLeft VisibleAreaTop VisibleAreaWidth \
VisibleBottom VisibleLayers VisibleLeft VisibleRight VisibleTop PrintableLayers LockedLayers WordLikeWrapForAsCharFlys ZoomFactor ZoomType \
ZoomValue BaseFontHeight BaseLine BottomMargin BracketsHorizontalDistance BracketsVerticalDistance TopMargin LeftMargin RightMargin Alignment \
Formula_ FontNameVariables FontNameFunctions FontNameNumbers FontNameText CustomFontNameSerif CustomFontNameSans CustomFontNameFixed \
LimitsLowerDistance LimitsUpperDistance LineSpacing IntegralSize_ RelativeFontHeightFunctions RelativeFontHeightIndices RelativeFontHeightLimits \
RelativeFontHeightOperators RelativeFontHeightText RelativeSpacing IsScaleAllBrackets IsTextMode ";

fn known(name: &str) -> bool {
    !name.is_empty() && !name.contains(' ') && ITEMS.contains(&format!(" {name} "))
}

/// Reads on behind the start of `office:settings` up to its end, and writes what is kept.
pub(super) fn settings(job: &mut Job<'_>, reader: &mut Reader<'_>, writer: &mut Writer, place: &str) -> Result<(), Hold> {
    let mut removed = 0;
    let mut depth = 0_usize;
    // In a map by name the names are the document's own: of its tables.
    let mut by_name: Vec<bool> = Vec::new();
    while let Some(event) = reader.next()? {
        let name = match event {
            Event::End(_) => {
                if depth == 0 {
                    break;
                }
                writer.end();
                depth -= 1;
                by_name.pop();
                continue;
            }
            Event::Text(_) => continue,
            Event::Start(name) => name,
        };
        let is_config = prefix(reader.uri(name.ns)) == Some("config");
        let attribute = |wanted: &str| {
            reader
                .attributes()
                .iter()
                .find(|attribute| attribute.name.local == wanted)
                .map(|attribute| attribute.value.clone().into_owned())
        };
        let (own, kind) = (attribute("name"), attribute("type"));
        match (is_config, name.local) {
            (true, local @ ("config-item-set" | "config-item-map-named" | "config-item-map-indexed"))
                if own.as_deref().is_some_and(known) =>
            {
                writer.start("config", local);
                writer.attribute("config", "name", own.as_deref().unwrap_or_default());
                by_name.push(local == "config-item-map-named");
                depth += 1;
            }
            (true, local @ "config-item-map-entry") if depth > 0 => {
                let named = by_name.last() == Some(&true);
                writer.start("config", local);
                if let Some(own) = own.filter(|own| named && own.len() <= 1_000) {
                    writer.attribute("config", "name", &crate::text::clean(&own).text);
                }
                by_name.push(false);
                depth += 1;
            }
            (true, local @ "config-item") if depth > 0 && own.as_deref().is_some_and(known) => {
                let words = leaf(reader)?;
                let kind = kind.unwrap_or_default();
                if is_value(&kind, words.trim()) {
                    writer.start("config", local);
                    writer.attribute("config", "name", own.as_deref().unwrap_or_default());
                    writer.attribute("config", "type", &kind);
                    writer.text(&crate::text::clean(&words).text);
                    writer.end();
                } else {
                    removed += 1;
                }
            }
            _ => {
                leaf(reader)?;
                removed += 1;
            }
        }
    }
    job.removed(Danger::Leftover, place, removed);
    Ok(())
}

/// Whether a value is one of its type.
fn is_value(kind: &str, value: &str) -> bool {
    match kind {
        "boolean" => matches!(value, "true" | "false" | "0" | "1"),
        "short" | "int" | "long" => value.parse::<i64>().is_ok(),
        "double" => value.len() <= 30 && value.parse::<f64>().is_ok(),
        "string" => value.len() <= 500 && !super::formula::outside(value),
        // Bits for up to a few hundred layers.
        "base64Binary" => value.len() <= 400 && crate::format::base64::decode(value).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_other_words() {
        for good in [
            "LibreOffice/5.3.4.2$Windows_X86_64 LibreOffice_project/f82d347ccc0be322489bf7da61d7e4ad13fe2ff3",
            "OpenOffice.org/3.2$Win32 OpenOffice.org_project/320m12$Build-9483",
            "MicrosoftOffice/12.0",
        ] {
            assert!(is_generator(good), "{good}");
        }
        assert!(!is_generator("LibreOffice/5.3 山田"));
        assert!(!is_generator("MicrosoftOffice/12.0 MicrosoftWord"));
    }
}
