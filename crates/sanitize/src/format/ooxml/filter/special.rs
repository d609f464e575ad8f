//! Elements that need more than an allowlist: links, pictures, controls, objects.

use super::*;

impl Filter<'_, '_, '_, '_> {
    #[allow(clippy::too_many_arguments, reason = "all of it is the state of one step")]
    pub(super) fn special(
        &mut self,
        special: Special,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
        frames: &[Frame],
    ) -> Result<Option<Frame>, Hold> {
        let get = |local: &str| attributes.iter().find(|attribute| attribute.name.local == local).map(|attribute| &*attribute.value);
        let mark = self.out.mark();
        let written = Some(Frame::Written { text: false, empty: None });
        Ok(match special {
            Special::FieldChar => {
                if self.field(get("fldCharType").unwrap_or_default()) {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                } else {
                    None
                }
            }
            Special::FieldText => {
                if self.in_bad_instruction() {
                    // Still heard, not written.
                    return Ok(Some(Frame::FieldText));
                }
                self.write(reader, spaces, space, local, attributes)?;
                Some(Frame::FieldText)
            }
            Special::RunText => {
                if self.in_bad_instruction() {
                    return Ok(Some(Frame::RunText));
                }
                self.write(reader, spaces, space, local, attributes)?;
                Some(Frame::RunText)
            }
            Special::FieldSimple => match field::judge(get("instr").unwrap_or_default(), false, self.job.policy) {
                Verdict::Good => {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                }
                Verdict::Bad(danger) | Verdict::Words(danger, _) => {
                    self.tell(danger, 1);
                    Some(Frame::Unwrapped)
                }
            },
            Special::FieldData | Special::SheetView => {
                self.write(reader, spaces, space, local, attributes)?;
                written
            }
            Special::WordHyperlink => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) => written,
                None if get("anchor").is_some() => written,
                _ => {
                    self.rollback(mark);
                    Some(Frame::Unwrapped)
                }
            },
            Special::WordObject => {
                let (object, picture, drawing) = self.look(reader)?;
                let stays = match object {
                    Some(id) => self.package.resolve(self.job, self.part, &id)?,
                    None => false,
                };
                if stays {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                } else if drawing || !picture {
                    Some(Frame::Unwrapped)
                } else {
                    let prefix = self.prefix(space);
                    self.out.start(prefix, "pict");
                    written
                }
            }
            Special::OleObject => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) if !matches!(get("Type"), Some("Link")) => written,
                _ => {
                    self.rollback(mark);
                    if space == Space::P && self.picture.is_none() {
                        // The frame shows the picture that belongs to it.
                        self.out.start("p", local);
                        for name in ["spid", "name", "imgW", "imgH"] {
                            if let Some(value) = get(name) {
                                self.out.attribute("", name, value);
                            }
                        }
                        written
                    } else if space == Space::P {
                        Some(Frame::Unwrapped)
                    } else {
                        None
                    }
                }
            },
            Special::GraphicFrame => {
                let (object, picture, _) = self.look(reader)?;
                let gone = match object {
                    Some(id) => !self.package.resolve(self.job, self.part, &id)?,
                    None => false,
                };
                if gone && picture && self.picture.is_none() {
                    self.picture = Some((String::new(), String::new()));
                    Some(Frame::Picture)
                } else {
                    self.write(reader, spaces, space, local, attributes)?;
                    written
                }
            }
            Special::HyperlinkOnShape => {
                let action = get("action").unwrap_or_default();
                let goes = ["ppaction://hlinksldjump", "ppaction://hlinkshowjump", "ppaction://noaction", "ppaction://customshow"];
                let fine = action.is_empty() || goes.iter().any(|good| action.starts_with(good));
                let id =
                    attributes.iter().find(|attribute| attribute.name.local == "id").map(|attribute| &*attribute.value).unwrap_or_default();
                let stays =
                    fine && (id.is_empty() && !action.is_empty() || !id.is_empty() && self.package.resolve(self.job, self.part, id)?);
                if stays {
                    self.write(reader, spaces, space, local, attributes)?;
                    return Ok(written);
                }
                if !fine {
                    self.tell(if action.contains("macro") { Danger::Macro } else { Danger::Action }, 1);
                }
                if local == "hlinkClick" && matches!(frames.last(), Some(Frame::Run)) {
                    self.look_like_link();
                }
                None
            }
            Special::SheetHyperlink => match self.write(reader, spaces, space, local, attributes)? {
                Some(true) => written,
                None if get("location").is_some_and(|location| !rule::leads_out(location)) => written,
                _ => {
                    self.rollback(mark);
                    None
                }
            },
            Special::Sheet => {
                let stays = match &self.sheets {
                    Some(sheets) if frames.len() == 2 => sheets.get(self.sheet).is_some_and(Option::is_some),
                    _ => true,
                };
                self.sheet += usize::from(frames.len() == 2);
                match self.write(reader, spaces, space, local, attributes)? {
                    Some(true) if stays => written,
                    None if self.sheets.is_none() => written,
                    _ => {
                        self.rollback(mark);
                        None
                    }
                }
            }
            Special::DefinedName => {
                let name = get("name").unwrap_or_default();
                let lower = name.to_ascii_lowercase();
                let set = |local: &str| matches!(get(local), Some("1" | "true" | "on"));
                let macro_like = set("xlm")
                    || set("function")
                    || set("vbProcedure")
                    || lower.starts_with("_xlnm.auto_")
                    || lower.starts_with("auto_open")
                    || lower.starts_with("auto_close");
                let local_id = get("localSheetId").map(|id| id.parse::<usize>().unwrap_or(usize::MAX));
                let new_id = local_id.map(|id| self.sheets.as_ref().and_then(|sheets| sheets.get(id).copied().flatten()));
                if macro_like || matches!(new_id, Some(None)) {
                    self.tell(Danger::Xlm, 1);
                    return Ok(None);
                }
                let prefix = self.prefix(space);
                self.out.start(prefix, local);
                let others: Vec<Attribute<'_>> =
                    attributes.iter().filter(|attribute| attribute.name.local != "localSheetId").cloned().collect();
                self.attributes(reader, spaces, space, local, &others)?;
                if let Some(Some(id)) = new_id {
                    self.out.attribute("", "localSheetId", &id.to_string());
                }
                Some(Frame::Gather(Gather { mark, name: true, shared: None, keep: false, text: String::new() }))
            }
            Special::VmlShape => {
                if self.role == Role::Vml && self.is_control(reader)? {
                    self.tell(Danger::Control, 1);
                    return Ok(None);
                }
                self.write(reader, spaces, space, local, attributes)?;
                written
            }
        })
    }

    /// Looks ahead into an element: the relationship of an object in it, whether a picture is there, whether a drawing.
    pub(super) fn look(&self, reader: &Reader<'_>) -> Result<(Option<String>, bool, bool), Hold> {
        let mut ahead = reader.clone();
        let depth = ahead.depth();
        let (mut object, mut picture, mut drawing) = (None, false, false);
        while let Some(event) = ahead.next()? {
            match event {
                Event::Start(name) => match name.local {
                    "OLEObject" | "oleObj" | "objectEmbed" => {
                        let id = ahead.attributes().iter().find(|attribute| attribute.name.ns != Ns::NONE && attribute.name.local == "id");
                        object = object.or_else(|| Some(id.map(|id| id.value.to_string()).unwrap_or_default()));
                    }
                    "pic" | "shape" | "rect" => picture = true,
                    "drawing" => drawing = true,
                    _ => {}
                },
                Event::End(_) if ahead.depth() < depth => break,
                _ => {}
            }
        }
        Ok((object, picture, drawing))
    }

    /// Whether a shape of a sheet is a control.
    pub(super) fn is_control(&self, reader: &Reader<'_>) -> Result<bool, Hold> {
        let mut ahead = reader.clone();
        let depth = ahead.depth();
        while let Some(event) = ahead.next()? {
            match event {
                Event::Start(name) if name.local == "ClientData" => {
                    let kind = ahead.attributes().iter().find(|attribute| attribute.name.local == "ObjectType");
                    return Ok(kind.is_none_or(|kind| {
                        !matches!(&*kind.value, "Note" | "Pict" | "Rect" | "Group" | "Shape" | "Line" | "Oval" | "Polygon")
                    }));
                }
                Event::End(_) if ahead.depth() < depth => break,
                _ => {}
            }
        }
        Ok(false)
    }

    /// Within a frame whose picture takes its place: what is not the picture.
    #[allow(clippy::option_option, reason = "outer: handled; inner: skipped")]
    pub(super) fn inside_picture(
        &mut self,
        reader: &Reader<'_>,
        space: Space,
        local: &str,
        attributes: &[Attribute<'_>],
        frames: &[Frame],
    ) -> Result<Option<Option<Frame>>, Hold> {
        let Some((id, name)) = self.picture.clone() else { return Ok(None) };
        let around = frames.iter().rposition(|frame| matches!(frame, Frame::Picture)).unwrap_or(0);
        let bare = frames.get(around..).is_some_and(|inside| !inside.iter().any(|frame| matches!(frame, Frame::Written { .. })));
        if space == Space::P && local == "cNvPr" && !bare {
            self.out.start("p", "cNvPr");
            self.out.attribute("", "id", &id);
            self.out.attribute("", "name", &name);
            for attribute in
                attributes.iter().filter(|attribute| attribute.name.ns == Ns::NONE && matches!(attribute.name.local, "descr" | "title"))
            {
                self.out.attribute("", attribute.name.local, &attribute.value);
            }
            return Ok(Some(Some(Frame::Written { text: false, empty: None })));
        }
        if !bare {
            return Ok(None);
        }
        Ok(match local {
            "nvGraphicFramePr" => {
                let mut ahead = reader.clone();
                while let Some(event) = ahead.next()? {
                    if let Event::Start(name) = event
                        && name.local == "cNvPr"
                    {
                        let get = |local: &str| {
                            ahead
                                .attributes()
                                .iter()
                                .find(|attribute| attribute.name.local == local)
                                .map(|attribute| attribute.value.to_string())
                        };
                        self.picture = Some((get("id").unwrap_or_default(), get("name").unwrap_or_default()));
                        break;
                    }
                }
                Some(None)
            }
            "graphic" | "graphicData" => Some(Some(Frame::Unwrapped)),
            "pic" => None,
            _ => Some(None),
        })
    }

    /// Text that was a link keeps the look of one.
    pub(super) fn look_like_link(&mut self) {
        const FILL: &str = "<a:solidFill><a:schemeClr val=\"hlink\"/></a:solidFill>";
        if self.out.in_tag() {
            if !self.run.underlined {
                self.out.attribute("", "u", "sng");
            }
            self.out.start("a", "solidFill");
            self.out.start("a", "schemeClr");
            self.out.attribute("", "val", "hlink");
            self.out.end();
            self.out.end();
        } else {
            match self.run.fill {
                Some((from, to)) => self.out.patch(from, to, FILL),
                None if !self.run.outlined => self.out.patch(self.run.tag_end + 1, self.run.tag_end + 1, FILL),
                None => {}
            }
            if !self.run.underlined {
                self.out.patch(self.run.tag_end, self.run.tag_end, " u=\"sng\"");
            }
        }
    }
}
