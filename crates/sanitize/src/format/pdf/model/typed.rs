//! What an object is, where its dictionary must say so: pages, annotations, fields, colours, contents.

use super::*;

/// What a dictionary was found to be.
pub(super) enum Class {
    Is(T),
    /// Only its looks are kept.
    Looks(Danger),
    Drop(Danger),
    Not,
}

impl Model<'_, '_> {
    /// What something is that could be several things.
    pub(super) fn classify(&mut self, job: &mut Job<'_>, want: T, dict: &Dict, stream: bool) -> Result<Class, Hold> {
        let subtype = self.look(job, dict, b"Subtype")?;
        let subtype = subtype.as_name().unwrap_or_default();
        let class = match want {
            T::XObject => match subtype {
                _ if !stream => Class::Not,
                b"Image" => Class::Is(T::Image),
                b"PS" => Class::Drop(Danger::Script),
                b"Form" if dict.get(b"Subtype2").is_some() || dict.get(b"PS").is_some() => Class::Drop(Danger::Script),
                b"Form" => Class::Is(T::Form),
                b"" if dict.get(b"BBox").is_some() => Class::Is(T::Form),
                b"" if dict.get(b"Width").is_some() => Class::Is(T::Image),
                _ => Class::Drop(Danger::Unknown),
            },
            T::Pattern => match self.look(job, dict, b"PatternType")?.as_int() {
                Some(1) if stream => Class::Is(T::Tiling),
                Some(2) if !stream => Class::Is(T::ShadingPattern),
                _ => Class::Not,
            },
            T::Property => match self.look(job, dict, b"Type")?.as_name() {
                _ if stream => Class::Not,
                Some(b"OCG") => Class::Is(T::Ocg),
                Some(b"OCMD") => Class::Is(T::Ocmd),
                _ => Class::Is(T::Marked),
            },
            T::StructParent => match self.look(job, dict, b"Type")?.as_name() {
                Some(b"StructTreeRoot") => Class::Is(T::StructRoot),
                _ => Class::Is(T::StructElem),
            },
            T::Kid => match self.look(job, dict, b"Type")?.as_name() {
                Some(b"MCR") => Class::Is(T::Mcr),
                Some(b"OBJR") => {
                    // What it tells of may be gone.
                    match self.value(job, dict.get(b"Obj").unwrap_or(&Obj::Null), &Shape::Late, 0)? {
                        Got::Value(_) => Class::Is(T::Objr),
                        _ => Class::Drop(Danger::Leftover),
                    }
                }
                _ => Class::Is(T::StructElem),
            },
            T::Field | T::Annot => return self.classify_annot(job, want, dict, subtype),
            T::Function | T::Shading => Class::Is(want),
            T::Form
            | T::Tiling
            | T::CharProc
            | T::CMap
            | T::Gids
            | T::FontFile1
            | T::FontFile2
            | T::FontFile3
            | T::Image
            | T::Icc
            | T::Lookup => {
                if stream {
                    Class::Is(want)
                } else {
                    Class::Not
                }
            }
            _ => {
                if stream {
                    Class::Not
                } else {
                    Class::Is(want)
                }
            }
        };
        Ok(class)
    }

    pub(super) fn classify_annot(&mut self, job: &mut Job<'_>, want: T, dict: &Dict, subtype: &[u8]) -> Result<Class, Hold> {
        let looks = match self.look_dict(job, dict, b"AP")? {
            Some(appearance) => !matches!(self.look(job, &appearance, b"N")?, Obj::Null),
            None => false,
        };
        let bare = |danger| if looks && want == T::Annot { Class::Looks(danger) } else { Class::Drop(danger) };
        if (subtype == b"Widget" || want == T::Field) && self.field_type(job, dict)? == b"Sig" {
            self.signed = true;
            return Ok(bare(Danger::Signature));
        }
        Ok(match subtype {
            b"Widget" => Class::Is(T::Annot),
            _ if want == T::Field => Class::Is(T::Field),
            b"FileAttachment" => {
                super::super::embedded::show_file(self, job, dict)?;
                bare(Danger::EmbeddedFile)
            }
            b"Sound" | b"Movie" | b"Screen" | b"3D" | b"RichMedia" => bare(Danger::Media),
            b"Text" | b"Link" | b"FreeText" | b"Line" | b"Square" | b"Circle" | b"Polygon" | b"PolyLine" | b"Highlight" | b"Underline"
            | b"Squiggly" | b"StrikeOut" | b"Stamp" | b"Caret" | b"Ink" | b"Popup" | b"Watermark" | b"Redact" => Class::Is(T::Annot),
            _ => bare(Danger::Unknown),
        })
    }

    /// The type of a field, which it may have from those above it.
    pub(super) fn field_type(&self, job: &mut Job<'_>, dict: &Dict) -> Result<Vec<u8>, Hold> {
        let mut dict = dict.clone();
        for _ in 0..job.policy.limits.pdf_depth {
            if let Obj::Name(name) = self.look(job, &dict, b"FT")? {
                return Ok(name);
            }
            match self.look_dict(job, &dict, b"Parent")? {
                Some(parent) => dict = parent,
                None => break,
            }
        }
        Ok(Vec::new())
    }

    /// A color space.
    pub(crate) fn color(&mut self, job: &mut Job<'_>, value: &Obj, depth: u32) -> Result<Got, Hold> {
        if depth > job.policy.limits.pdf_depth {
            return Err(Hold::new(Reason::TooDeep, "color spaces nested too deep"));
        }
        let deeper = depth + 1;
        let items = match self.resolve(job, value)? {
            Obj::Name(name) => return Ok(Got::Value(Obj::Name(name))),
            Obj::Array(items) => items,
            Obj::Null => return Ok(Got::Gone),
            _ => return Ok(Got::No),
        };
        let mut parts = items.iter();
        let Some(head) = parts.next() else { return Ok(Got::No) };
        let Obj::Name(family) = self.resolve(job, head)? else { return Ok(Got::No) };
        let mut new = vec![Obj::Name(family.clone())];
        let mut next = |this: &mut Self, job: &mut Job<'_>, shape: &'static Shape| -> Result<Option<Obj>, Hold> {
            match parts.next() {
                None => Ok(None),
                Some(part) => match this.value(job, part, shape, deeper)? {
                    Got::Value(value) => Ok(Some(value)),
                    _ => Ok(None),
                },
            }
        };
        const FUNCTION: Shape = Shape::Is(T::Function);
        let shapes: &'static [Shape] = match family.as_slice() {
            b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK" | b"G" | b"RGB" | b"CMYK" => &[],
            b"CalGray" | b"CalRGB" | b"CalCMYK" | b"Lab" => &[Shape::Is(T::CalSpace)],
            b"ICCBased" => {
                return self.icc(job, items.get(1).unwrap_or(&Obj::Null));
            }
            b"Indexed" | b"I" => &[Shape::Color, Shape::Int, Shape::Or(&Shape::Text, &Shape::Is(T::Lookup))],
            b"Separation" => &[Shape::Name, Shape::Color, FUNCTION],
            b"DeviceN" => &[Shape::Plain, Shape::Color, FUNCTION],
            b"Pattern" => &[],
            _ => return Ok(Got::No),
        };
        for shape in shapes {
            match next(self, job, shape)? {
                Some(value) => new.push(value),
                None => return Ok(Got::No),
            }
        }
        // What may follow but need not.
        let more: &'static [Shape] = match family.as_slice() {
            b"DeviceN" => &[Shape::Is(T::DeviceNAttributes)],
            b"Pattern" => &[Shape::Color],
            _ => &[],
        };
        for shape in more {
            if let Some(value) = next(self, job, shape)? {
                new.push(value);
            }
        }
        Ok(Got::Value(Obj::Array(new)))
    }

    /// A color space by a profile; one that cannot be read gives way to what it stands for.
    pub(super) fn icc(&mut self, job: &mut Job<'_>, value: &Obj) -> Result<Got, Hold> {
        let Obj::Ref(id) = value else { return Ok(Got::No) };
        let (num, object) = self.follow(job, *id)?;
        let Obj::Dict(dict) = &object.value else { return Ok(Got::No) };
        if !self.memo.contains_key(&(num, T::Icc)) {
            let components = self.look(job, dict, b"N")?.as_int().unwrap_or(0);
            let good = object.stream.is_some() && {
                let data = self.file.decode(job, &object)?;
                data.left.is_none() && icc::rebuild(&data.bytes, components).is_some()
            };
            if !good {
                if self.told_objects.insert(num) {
                    self.tell(Danger::Unknown, 1);
                }
                let name: &[u8] = match components {
                    1 => b"DeviceGray",
                    3 => b"DeviceRGB",
                    4 => b"DeviceCMYK",
                    _ => return Ok(Got::No),
                };
                return Ok(Got::Value(Obj::name(name)));
            }
        }
        match self.is(job, value, T::Icc, 0)? {
            Got::Value(profile) => Ok(Got::Value(Obj::Array(vec![Obj::name(b"ICCBased"), profile]))),
            got => Ok(got),
        }
    }

    /// All content of a page as one stream.
    pub(super) fn contents(&mut self, job: &mut Job<'_>, value: &Obj) -> Result<Got, Hold> {
        let list = match value {
            Obj::Ref(id) => {
                let (num, object) = self.follow(job, *id)?;
                match &object.value {
                    Obj::Array(items) => items.clone(),
                    Obj::Dict(_) => vec![Obj::Ref(Id { num, generation: id.generation })],
                    _ => return Ok(Got::Gone),
                }
            }
            Obj::Array(items) => items.clone(),
            _ => return Ok(Got::No),
        };
        let mut nums = Vec::new();
        for item in &list {
            let Obj::Ref(id) = item else { continue };
            let (num, object) = self.follow(job, *id)?;
            if object.stream.is_some() {
                nums.push(num);
            }
        }
        if nums.is_empty() {
            return Ok(Got::Gone);
        }
        if let Some(&slot) = self.joined.get(&nums) {
            return Ok(Got::Value(reference(slot)));
        }
        let slot = self.slot(job)?;
        let mut bytes = Vec::new();
        for &num in &nums {
            let object = self.file.get(job, num)?;
            if let Obj::Dict(dict) = &object.value {
                for (key, value) in &dict.0 {
                    if !is_stream_key(key) && key != b"Type" {
                        self.leave_out(job, key, value)?;
                    }
                }
            }
            let data = self.file.decode(job, &object)?;
            if data.left.is_some() {
                return Err(Hold::damaged("an image filter on something else"));
            }
            if nums.len() == 1 {
                bytes = data.bytes;
            } else {
                bytes.extend_from_slice(&data.bytes);
                bytes.push(b'\n');
            }
        }
        self.joined.insert(nums, slot);
        let bytes = content::rewrite(self, job, &bytes)?;
        let mut dict = Dict::default();
        let packed = pack(&mut dict, &bytes);
        self.set(slot, Obj::Dict(dict), Some(packed));
        Ok(Got::Value(reference(slot)))
    }
}
