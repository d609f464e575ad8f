//! Objects at their places, and streams unpacked.

use super::*;

impl File<'_> {
    /// The object at a place, and where it ends.
    pub(super) fn parse_at(&self, at: usize) -> Result<(usize, Object), Hold> {
        let mut lexer = Lexer::new(self.bytes, at);
        lexer.header().ok_or("no object where one should be")?;
        let value = if lexer.clone().word(b"endobj") { Obj::Null } else { lexer.value()? };
        let Obj::Dict(dict) = &value else {
            if !lexer.word(b"endobj") && !self.repaired {
                return Err(Hold::damaged("an object without end"));
            }
            return Ok((lexer.at(), Object { value, stream: None }));
        };
        if !lexer.word(b"stream") {
            if !lexer.word(b"endobj") && !self.repaired {
                return Err(Hold::damaged("an object without end"));
            }
            return Ok((lexer.at(), Object { value, stream: None }));
        }
        let mut start = lexer.at();
        match (self.bytes.get(start), self.bytes.get(start + 1)) {
            (Some(b'\r'), Some(b'\n')) => start += 2,
            (Some(b'\n' | b'\r'), _) => start += 1,
            _ if self.repaired => {}
            _ => {
                // Blanks before the end of the line.
                let blanks = self.bytes.get(start..).unwrap_or_default().iter().take_while(|&&byte| byte == b' ').count();
                if self.bytes.get(start + blanks) == Some(&b'\r') && self.bytes.get(start + blanks + 1) == Some(&b'\n') {
                    start += blanks + 2;
                } else if self.bytes.get(start + blanks) == Some(&b'\n') {
                    start += blanks + 1;
                } else {
                    return Err(Hold::damaged("a stream without a line of its own"));
                }
            }
        }
        if let Some(length) = self.length(dict.get(b"Length"))
            && let Some(end) = start.checked_add(length).filter(|&end| end <= self.bytes.len())
        {
            let mut after = Lexer::new(self.bytes, end);
            while after.peek().is_some_and(is_space) {
                after.seek(after.at() + 1);
            }
            if self.bytes.get(after.at()..).unwrap_or_default().starts_with(b"endstream") {
                after.seek(after.at() + 9);
                if !after.word(b"endobj") && !self.repaired {
                    return Err(Hold::damaged("a stream without endobj"));
                }
                return Ok((after.at(), Object { value, stream: Some(Raw::Range(start, end)) }));
            }
        }
        if !self.repaired {
            return Err(Hold::damaged("a stream of another length than told"));
        }
        let rest = self.bytes.get(start..).unwrap_or_default();
        let found =
            memchr::memmem::find(rest, b"endstream").or_else(|| memchr::memmem::find(rest, b"endobj")).ok_or("a stream without end")?;
        let mut end = start + found;
        if end > start && self.bytes.get(end - 1) == Some(&b'\n') {
            end -= 1;
        }
        if end > start && self.bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Ok((start + found + 9, Object { value, stream: Some(Raw::Range(start, end)) }))
    }

    /// The object stream that holds the length of the stream at a place.
    pub(super) fn length_within(&self, at: usize) -> Option<u32> {
        let mut lexer = Lexer::new(self.bytes, at);
        lexer.header()?;
        match lexer.value().ok()? {
            Obj::Dict(dict) => match dict.get(b"Length")? {
                Obj::Ref(id) => match self.table.get(&id.num) {
                    Some(&Entry::Within(stream, _)) => Some(stream),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// A length, which may be an object of its own: a bare number outside any stream.
    pub(super) fn length(&self, value: Option<&Obj>) -> Option<usize> {
        match value? {
            Obj::Ref(id) => {
                let value = match self.table.get(&id.num) {
                    Some(&Entry::At(at, _)) => {
                        let mut lexer = Lexer::new(self.bytes, at);
                        lexer.header()?;
                        lexer.value().ok()?
                    }
                    Some(&Entry::Within(stream, index)) => {
                        let packed = self.packed.borrow().get(&stream).cloned()?;
                        let &(_, at) = packed.index.get(usize::try_from(index).ok()?)?;
                        Lexer::new(&packed.bytes, at).value().ok()?
                    }
                    _ => return None,
                };
                value.as_int().and_then(|length| usize::try_from(length).ok())
            }
            value => value.as_int().and_then(|length| usize::try_from(length).ok()),
        }
    }

    pub(super) fn decrypt(&self, object: &mut Object, id: Id) {
        let Some(crypt) = &self.crypt else { return };
        if let Some(Obj::Ref(encrypt)) = self.trailer.get(b"Encrypt")
            && encrypt.num == id.num
        {
            return;
        }
        let mut method = crypt.streams;
        if let Obj::Dict(dict) = &object.value {
            match dict.get(b"Type").and_then(Obj::as_name) {
                Some(b"XRef") => return,
                Some(b"Metadata") if !crypt.metadata => method = Method::Plain,
                _ => {}
            }
            let first = match dict.get(b"Filter") {
                Some(Obj::Array(filters)) => filters.first().and_then(Obj::as_name),
                Some(Obj::Name(name)) => Some(name.as_slice()),
                _ => None,
            };
            // Only the filter named Identity is read further on.
            if first == Some(b"Crypt") {
                method = Method::Plain;
            }
        }
        decrypt_strings(crypt, &mut object.value, id);
        if let Some(Raw::Range(from, to)) = object.stream
            && method != Method::Plain
        {
            let bytes = crypt.decrypt(method, id, self.bytes.get(from..to).unwrap_or_default());
            object.stream = Some(Raw::Owned(Arc::new(bytes)));
        }
    }

    /// The raw bytes of a stream.
    pub(crate) fn raw<'b>(&'b self, object: &'b Object) -> &'b [u8] {
        match &object.stream {
            None => &[],
            Some(Raw::Range(from, to)) => self.bytes.get(*from..*to).unwrap_or_default(),
            Some(Raw::Owned(bytes)) => bytes,
        }
    }

    /// Decodes a stream up to an image filter.
    pub(crate) fn decode(&self, job: &mut Job<'_>, object: &Object) -> Result<Data, Hold> {
        let Obj::Dict(dict) = &object.value else { return Err(Hold::damaged("no stream")) };
        let filters = self.list(job, dict, [b"Filter", b"F"])?;
        let parms = self.list(job, dict, [b"DecodeParms", b"DP"])?;
        if dict.get(b"F").is_some() && dict.get(b"Filter").is_none() {
            return Err(Hold::new(Reason::UnsupportedKind, "a stream whose data is another file"));
        }
        self.run(job, self.raw(object), &filters, &parms).map(|(data, _)| data)
    }

    /// Runs filters over bytes; returns how many of them the first needed.
    pub(crate) fn run(&self, job: &mut Job<'_>, raw: &[u8], filters: &[Obj], parms: &[Obj]) -> Result<(Data, usize), Hold> {
        if filters.len() > job.policy.limits.pdf_filters as usize {
            return Err(Hold::new(Reason::TooDeep, "more filters on a stream than the limit"));
        }
        let mut data = Data { bytes: Vec::new(), left: None, predicted: false };
        let mut used = raw.len();
        if filters.is_empty() {
            data.bytes = raw.to_vec();
        }
        for (index, filter) in filters.iter().enumerate() {
            let mut parm = match parms.get(index) {
                Some(Obj::Dict(parm)) => parm.clone(),
                _ => Dict::default(),
            };
            for (_, value) in &mut parm.0 {
                if let Obj::Ref(id) = value {
                    let object = self.target(job, *id)?;
                    // Globals stay a reference to a stream.
                    if object.stream.is_none() {
                        *value = object.value.clone();
                    }
                }
            }
            let name = filter.as_name().ok_or("a filter that is no name")?;
            let input: &[u8] = if index == 0 { raw } else { &data.bytes };
            let packed = input.len() as u64;
            // Blank pages pack to almost nothing: small streams may, all together have a limit anyway.
            let room = job.room(packed).max(FREE);
            let picture = match name {
                b"DCTDecode" | b"DCT" => Some(Picture::Dct),
                b"JPXDecode" => Some(Picture::Jpx),
                b"CCITTFaxDecode" | b"CCF" => Some(Picture::Ccitt),
                b"JBIG2Decode" => Some(Picture::Jbig2),
                _ => None,
            };
            if let Some(picture) = picture {
                if index + 1 != filters.len() {
                    return Err(Hold::new(Reason::UnsupportedKind, "an image filter before other filters"));
                }
                if index == 0 {
                    data.bytes = raw.to_vec();
                }
                data.left = Some((picture, parm));
                break;
            }
            let decoded = match name {
                b"FlateDecode" | b"Fl" => filter::flate(input, room)?,
                b"LZWDecode" | b"LZW" => filter::lzw(input, parm.get(b"EarlyChange").and_then(Obj::as_int) != Some(0), room)?,
                b"ASCIIHexDecode" | b"AHx" => filter::ascii_hex(input)?,
                b"ASCII85Decode" | b"A85" => filter::ascii_85(input)?,
                b"RunLengthDecode" | b"RL" => filter::run_length(input, room)?,
                b"Crypt" => match parm.get(b"Name").and_then(Obj::as_name) {
                    None | Some(b"Identity") => filter::Decoded { bytes: input.to_vec(), used: input.len() },
                    Some(_) => return Err(Hold::new(Reason::EncryptionUnknown, "a stream with a crypt filter of its own")),
                },
                _ => return Err(Hold::new(Reason::UnsupportedKind, "a stream with an unknown filter")),
            };
            let unpacked = decoded.bytes.len() as u64;
            job.expand(if unpacked <= FREE { unpacked } else { packed }, unpacked)?;
            if index == 0 {
                used = decoded.used;
            }
            data.bytes = decoded.bytes;
            if matches!(name, b"FlateDecode" | b"Fl" | b"LZWDecode" | b"LZW") {
                let int = |key: &[u8], default: i64| parm.get(key).and_then(Obj::as_int).unwrap_or(default);
                let predictor = int(b"Predictor", 1);
                if predictor > 1 {
                    let rows = filter::Rows::new(int(b"Colors", 1), int(b"BitsPerComponent", 8), int(b"Columns", 1))?;
                    data.predicted = true;
                    data.bytes = match predictor {
                        2 => filter::unpredict_tiff(data.bytes, rows),
                        10..=15 => filter::unpredict_png(&data.bytes, rows)?,
                        _ => return Err(Hold::damaged("an unknown predictor")),
                    };
                }
            }
        }
        Ok((data, used))
    }

    pub(super) fn list(&self, job: &mut Job<'_>, dict: &Dict, keys: [&[u8]; 2]) -> Result<Vec<Obj>, Hold> {
        // The short key belongs to inline images, where the long one may stand as well.
        let Some(value) = dict.get(keys[0]) else { return Ok(Vec::new()) };
        match self.resolve(job, value)? {
            Obj::Null => Ok(Vec::new()),
            Obj::Array(items) => items.iter().map(|item| self.resolve(job, item)).collect(),
            one => Ok(vec![one]),
        }
    }
}

pub(super) fn decrypt_strings(crypt: &Crypt, value: &mut Obj, id: Id) {
    match value {
        Obj::Str(text) => *text = crypt.decrypt(crypt.strings, id, text),
        Obj::Array(items) => items.iter_mut().for_each(|item| decrypt_strings(crypt, item, id)),
        Obj::Dict(dict) => dict.0.iter_mut().for_each(|(_, item)| decrypt_strings(crypt, item, id)),
        _ => {}
    }
}

/// Bytes that are not white space behind the last `%%EOF`.
pub(super) fn behind(bytes: &[u8]) -> usize {
    memchr::memmem::rfind(bytes, b"%%EOF")
        .map_or(0, |at| bytes.get(at + 5..).unwrap_or_default().iter().filter(|&&byte| !is_space(byte)).count())
}
