//! Ways through a document: destinations, actions, name and number trees, outlines.

use std::collections::BTreeSet;

use super::{
    model::{Got, Model, reference},
    object::{Dict, Obj},
    schema::{Shape, T},
};
use crate::{Danger, Hold, Reason, job::Job};

/// A line of an outline.
struct Line {
    title: Obj,
    dest: Option<Obj>,
    action: Option<Obj>,
    color: Option<Obj>,
    flags: Option<Obj>,
    open: bool,
    parent: usize,
    children: Vec<usize>,
}

impl Model<'_, '_> {
    /// A destination within this document.
    pub(crate) fn dest(&mut self, job: &mut Job<'_>, value: &Obj, depth: u32) -> Result<Got, Hold> {
        if depth > job.policy.limits.pdf_depth {
            return Ok(Got::Gone);
        }
        let items = match self.resolve(job, value)? {
            named @ (Obj::Name(_) | Obj::Str(_)) => return Ok(Got::Value(named)),
            Obj::Dict(dict) => {
                return match dict.get(b"D") {
                    Some(inner) => match self.dest(job, inner, depth + 1)? {
                        Got::Value(dest @ Obj::Array(_)) => Ok(Got::Value(dest)),
                        _ => Ok(Got::Gone),
                    },
                    None => Ok(Got::No),
                };
            }
            Obj::Array(items) => items,
            Obj::Null => return Ok(Got::Gone),
            _ => return Ok(Got::No),
        };
        let Some((page, view)) = items.split_first() else { return Ok(Got::Gone) };
        let page = match page {
            Obj::Ref(id) => match self.pages.get(&id.num) {
                Some(&page) => reference(page),
                // A page that is no longer there.
                None => return Ok(Got::Gone),
            },
            Obj::Num(num) if num.as_int().is_some_and(|page| page >= 0) => Obj::Num(*num),
            _ => return Ok(Got::Gone),
        };
        let mut new = vec![page];
        for part in view.iter().take(5) {
            match self.resolve(job, part)? {
                Obj::Name(name)
                    if [b"XYZ".as_slice(), b"Fit", b"FitH", b"FitV", b"FitR", b"FitB", b"FitBH", b"FitBV"].contains(&name.as_slice()) =>
                {
                    new.push(Obj::Name(name));
                }
                plain @ (Obj::Num(_) | Obj::Null) => new.push(plain),
                _ => return Ok(Got::No),
            }
        }
        Ok(Got::Value(Obj::Array(new)))
    }

    /// An action that may stay; what may not is told here.
    pub(crate) fn action(&mut self, job: &mut Job<'_>, value: &Obj, depth: u32) -> Result<Got, Hold> {
        if depth > 8 {
            self.tell(Danger::Action, 1);
            return Ok(Got::Gone);
        }
        let dict = match self.resolve(job, value)? {
            Obj::Dict(dict) => dict,
            Obj::Null => return Ok(Got::Gone),
            _ => return Ok(Got::No),
        };
        let kind = self.look(job, &dict, b"S")?;
        let mut new = Dict::default();
        new.put(b"S", kind.clone());
        let mut known: &[&[u8]] = &[b"S", b"Type", b"Next"];
        let danger = match kind.as_name().unwrap_or_default() {
            b"GoTo" => match self.value(job, dict.get(b"D").unwrap_or(&Obj::Null), &Shape::Dest, 0)? {
                Got::Value(dest) => {
                    known = &[b"S", b"Type", b"Next", b"D", b"SD"];
                    new.put(b"D", dest);
                    None
                }
                // Leads nowhere.
                _ => return Ok(Got::Gone),
            },
            b"Named" => {
                let name = self.look(job, &dict, b"N")?;
                if matches!(name.as_name(), Some(b"NextPage" | b"PrevPage" | b"FirstPage" | b"LastPage")) {
                    known = &[b"S", b"Type", b"Next", b"N"];
                    new.put(b"N", name);
                    None
                } else {
                    Some(Danger::Action)
                }
            }
            b"URI" => {
                let address = match self.look(job, &dict, b"URI")? {
                    Obj::Str(address) => address,
                    _ => Vec::new(),
                };
                let allowed = std::str::from_utf8(&address).is_ok_and(|address| job.policy.links.may_click(address));
                if allowed {
                    known = &[b"S", b"Type", b"Next", b"URI", b"IsMap"];
                    new.put(b"URI", Obj::Str(address));
                    None
                } else {
                    Some(Danger::Link)
                }
            }
            b"SetOCGState" => {
                known = &[b"S", b"Type", b"Next", b"State", b"PreserveRB"];
                match self.value(job, dict.get(b"State").unwrap_or(&Obj::Null), &Shape::Order, 0)? {
                    Got::Value(state) => {
                        new.put(b"State", state);
                        if let Got::Value(preserve) = self.value(job, dict.get(b"PreserveRB").unwrap_or(&Obj::Null), &Shape::Bool, 0)? {
                            new.put(b"PreserveRB", preserve);
                        }
                        None
                    }
                    _ => Some(Danger::Action),
                }
            }
            b"JavaScript" => Some(Danger::Script),
            b"SubmitForm" | b"ImportData" | b"ResetForm" => Some(Danger::Form),
            b"GoToR" | b"GoToE" | b"Thread" => Some(Danger::Remote),
            b"Sound" | b"Movie" | b"Rendition" | b"RichMediaExecute" | b"GoTo3DView" => Some(Danger::Media),
            _ => Some(Danger::Action),
        };
        if let Some(danger) = danger {
            self.tell(danger, 1);
        } else {
            for (key, value) in &dict.0 {
                if !known.contains(&key.as_slice()) {
                    self.leave_out(job, key, value)?;
                }
            }
        }
        // What follows is looked at in any case, so that it is told.
        let mut next = Vec::new();
        match self.look(job, &dict, b"Next")? {
            Obj::Array(actions) => {
                for action in actions.iter().take(100) {
                    if let Got::Value(action) = self.action(job, action, depth + 1)? {
                        next.push(action);
                    }
                }
            }
            action @ Obj::Dict(_) => {
                if let Got::Value(action) = self.action(job, &action, depth + 1)? {
                    next.push(action);
                }
            }
            _ => {}
        }
        if danger.is_some() {
            return Ok(Got::Gone);
        }
        match next.len() {
            0 => {}
            1 => new.0.extend(next.into_iter().map(|action| (b"Next".to_vec(), action))),
            _ => new.put(b"Next", Obj::Array(next)),
        }
        Ok(Got::Value(Obj::Dict(new)))
    }

    /// The leaves of a name or number tree in order.
    pub(crate) fn leaves(&mut self, job: &mut Job<'_>, value: &Obj, key: &[u8]) -> Result<Vec<(Obj, Obj)>, Hold> {
        let mut leaves = Vec::new();
        let mut seen = BTreeSet::new();
        let mut stack = vec![(value.clone(), 0_u32)];
        while let Some((value, depth)) = stack.pop() {
            if depth > job.policy.limits.pdf_depth {
                return Err(Hold::new(Reason::TooDeep, "a tree deeper than the limit"));
            }
            if let Obj::Ref(id) = &value
                && !seen.insert(id.num)
            {
                return Err(Hold::damaged("a tree that is a circle"));
            }
            let Obj::Dict(node) = self.resolve(job, &value)? else { continue };
            if let Obj::Array(pairs) = self.look(job, &node, key)? {
                for pair in pairs.chunks_exact(2) {
                    if let [name, value] = pair {
                        leaves.push((self.resolve(job, name)?, value.clone()));
                    }
                }
            }
            if let Obj::Array(kids) = self.look(job, &node, b"Kids")? {
                stack.extend(kids.into_iter().rev().map(|kid| (kid, depth + 1)));
            }
            if leaves.len() > job.policy.limits.pdf_objects as usize {
                return Err(Hold::new(Reason::TooMany, "a tree with more leaves than the limit"));
            }
        }
        Ok(leaves)
    }

    /// A number tree, flat.
    pub(crate) fn numbers(&mut self, job: &mut Job<'_>, value: &Obj, shape: &'static Shape) -> Result<Got, Hold> {
        let mut leaves: Vec<(i64, Obj)> = Vec::new();
        for (number, value) in self.leaves(job, value, b"Nums")? {
            if let (Some(number), Got::Value(value)) = (number.as_int(), self.value(job, &value, shape, 0)?) {
                leaves.push((number, value));
            }
        }
        leaves.sort_by_key(|(number, _)| *number);
        leaves.dedup_by_key(|(number, _)| *number);
        if leaves.is_empty() {
            return Ok(Got::Gone);
        }
        let mut dict = Dict::default();
        dict.put(b"Nums", Obj::Array(leaves.into_iter().flat_map(|(number, value)| [Obj::int(number), value]).collect()));
        Ok(Got::Value(Obj::Dict(dict)))
    }

    /// A name tree, flat.
    pub(crate) fn names(&mut self, job: &mut Job<'_>, value: &Obj, shape: &'static Shape) -> Result<Got, Hold> {
        let mut leaves: Vec<(Vec<u8>, Obj)> = Vec::new();
        for (name, value) in self.leaves(job, value, b"Names")? {
            if let (Obj::Str(name), Got::Value(value)) = (name, self.value(job, &value, shape, 0)?) {
                leaves.push((name, value));
            }
        }
        leaves.sort_by(|(a, _), (b, _)| a.cmp(b));
        leaves.dedup_by(|(a, _), (b, _)| a == b);
        if leaves.is_empty() {
            return Ok(Got::Gone);
        }
        let mut dict = Dict::default();
        dict.put(b"Names", Obj::Array(leaves.into_iter().flat_map(|(name, value)| [Obj::Str(name), value]).collect()));
        Ok(Got::Value(Obj::Dict(dict)))
    }

    /// The outline, its links made new.
    pub(crate) fn outlines(&mut self, job: &mut Job<'_>, value: &Obj) -> Result<Option<Obj>, Hold> {
        let Obj::Dict(root) = self.resolve(job, value)? else { return Ok(None) };
        for (key, value) in &root.0 {
            if ![b"Type".as_slice(), b"First", b"Last", b"Count"].contains(&key.as_slice()) {
                self.leave_out(job, key, value)?;
            }
        }
        let mut lines: Vec<Line> = vec![Line {
            title: Obj::Null,
            dest: None,
            action: None,
            color: None,
            flags: None,
            open: true,
            parent: 0,
            children: Vec::new(),
        }];
        let mut seen = BTreeSet::new();
        // Siblings still to be read, and whose children they are.
        let mut stack: Vec<(Obj, usize, u32)> = root.get(b"First").map(|first| (first.clone(), 0, 1)).into_iter().collect();
        while let Some((value, parent, depth)) = stack.pop() {
            if depth > job.policy.limits.pdf_depth {
                return Err(Hold::new(Reason::TooDeep, "an outline deeper than the limit"));
            }
            let Obj::Ref(id) = &value else { continue };
            if !seen.insert(id.num) {
                continue;
            }
            let Obj::Dict(dict) = self.resolve(job, &value)? else { continue };
            if let Some(next) = dict.get(b"Next") {
                stack.push((next.clone(), parent, depth));
            }
            let index = lines.len();
            let title = match self.look(job, &dict, b"Title")? {
                title @ Obj::Str(_) => title,
                _ => Obj::Str(Vec::new()),
            };
            let take = |this: &mut Self, job: &mut Job<'_>, key: &[u8], shape: &'static Shape| -> Result<Option<Obj>, Hold> {
                match dict.get(key) {
                    None => Ok(None),
                    Some(value) => match this.value(job, value, shape, 0)? {
                        Got::Value(value) => Ok(Some(value)),
                        _ => Ok(None),
                    },
                }
            };
            let line = Line {
                title,
                dest: take(self, job, b"Dest", &Shape::Dest)?,
                action: take(self, job, b"A", &Shape::Action)?,
                color: take(self, job, b"C", &Shape::Nums)?,
                flags: take(self, job, b"F", &Shape::Int)?,
                open: self.look(job, &dict, b"Count")?.as_int().is_none_or(|count| count >= 0),
                parent,
                children: Vec::new(),
            };
            for (key, value) in &dict.0 {
                let known: [&[u8]; 12] =
                    [b"Type", b"Title", b"Dest", b"A", b"C", b"F", b"Count", b"Parent", b"Prev", b"Next", b"First", b"Last"];
                if !known.contains(&key.as_slice()) && key != b"SE" {
                    self.leave_out(job, key, value)?;
                }
            }
            lines.push(line);
            if let Some(line) = lines.get_mut(parent) {
                line.children.push(index);
            }
            if let Some(first) = dict.get(b"First") {
                stack.push((first.clone(), index, depth + 1));
            }
        }
        if lines.len() == 1 {
            return Ok(None);
        }
        let mut slots = Vec::with_capacity(lines.len());
        for _ in &lines {
            slots.push(self.slot(job)?);
        }
        // Lines below one that are seen when it is open.
        let mut seen_below = vec![0_i64; lines.len()];
        for index in (1..lines.len()).rev() {
            let Some(line) = lines.get(index) else { continue };
            let own = 1 + if line.open { seen_below.get(index).copied().unwrap_or(0) } else { 0 };
            if let Some(count) = seen_below.get_mut(line.parent) {
                *count += own;
            }
        }
        let link = |index: Option<&usize>| index.and_then(|&index| slots.get(index)).map(|&slot| reference(slot));
        let mut built = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let mut dict = Dict::default();
            if index == 0 {
                dict.put(b"Type", Obj::name(b"Outlines"));
            } else {
                dict.put(b"Title", line.title.clone());
                if let Some(parent) = link(Some(&line.parent)) {
                    dict.put(b"Parent", parent);
                }
                let siblings = lines.get(line.parent).map(|parent| parent.children.as_slice()).unwrap_or_default();
                let at = siblings.binary_search(&index).unwrap_or(0);
                if let Some(previous) = link(at.checked_sub(1).and_then(|at| siblings.get(at))) {
                    dict.put(b"Prev", previous);
                }
                if let Some(next) = link(siblings.get(at + 1)) {
                    dict.put(b"Next", next);
                }
            }
            if let (Some(first), Some(last)) = (link(line.children.first()), link(line.children.last())) {
                dict.put(b"First", first);
                dict.put(b"Last", last);
                let count = seen_below.get(index).copied().unwrap_or(0);
                dict.put(b"Count", Obj::int(if line.open { count } else { -count }));
            }
            for (key, value) in [(b"Dest".as_slice(), &line.dest), (b"A", &line.action), (b"C", &line.color), (b"F", &line.flags)] {
                if let Some(value) = value {
                    dict.put(key, value.clone());
                }
            }
            built.push(dict);
        }
        for (slot, dict) in slots.iter().zip(built) {
            self.set(*slot, Obj::Dict(dict), None);
        }
        Ok(slots.first().map(|&slot| reference(slot)))
    }

    /// Fields that are filled in.
    pub(crate) fn form(&mut self, job: &mut Job<'_>, value: &Obj) -> Result<Option<Obj>, Hold> {
        let Obj::Dict(dict) = self.resolve(job, value)? else { return Ok(None) };
        static TABLE: [(&[u8], Shape); 5] = [
            (b"Fields", Shape::Each(&Shape::Is(T::Field))),
            (b"NeedAppearances", Shape::Bool),
            (b"DR", Shape::Is(T::Resources)),
            (b"DA", Shape::Text),
            (b"Q", Shape::Int),
        ];
        let mut new = Dict::default();
        let mut any = false;
        for (key, shape) in &TABLE {
            let Some(value) = dict.get(key) else { continue };
            match self.value(job, value, shape, 0)? {
                Got::Value(value) => {
                    any |= matches!(&value, Obj::Array(fields) if *key == b"Fields" && !fields.is_empty());
                    new.put(key, value);
                    // Without fields, nothing else has a meaning.
                    if !any {
                        break;
                    }
                }
                Got::Gone => {}
                Got::No => self.tell(Danger::Unknown, 1),
            }
        }
        for (key, value) in &dict.0 {
            if !TABLE.iter().any(|(known, _)| known == key) {
                // The order of calculation, which only scripts do.
                if key == b"CO" {
                    continue;
                }
                if key == b"XFA" {
                    job.note("動的フォーム（XFA）を取り除きました。画面上の表示が元と異なることがあります。");
                }
                self.leave_out(job, key, value)?;
            }
        }
        Ok(any.then_some(Obj::Dict(new)))
    }
}
