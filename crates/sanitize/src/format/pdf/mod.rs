//! PDF: read to objects, filtered by an allowlist of keys per type, written as one fresh revision.
//!
//! The cross-reference is believed if every entry of it is right; else the file is read by scanning it
//! from front to back, and held if that leaves a choice between several documents.

pub(crate) mod ccitt;
mod cmap;
mod content;
mod crypt;
mod embedded;
mod file;
mod filter;
mod font;
mod function;
pub(crate) mod icc;
mod image;
mod lex;
mod model;
mod nav;
mod object;
mod schema;
/// An entry of the catalog, if it is there and of the shape it should have.
fn entry(
    model: &mut Model<'_, '_>,
    job: &mut Job<'_>,
    catalog: &Dict,
    new: &mut Dict,
    key: &[u8],
    shape: &'static Shape,
) -> Result<(), Hold> {
    let Some(value) = catalog.get(key) else { return Ok(()) };
    match model.value(job, value, shape, 0)? {
        Got::Value(value) => new.put(key, value),
        Got::Gone => {}
        Got::No => model.tell(Danger::Unknown, 1),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;

use crate::{
    Danger, Hold, Kind, OnSigned, Reason,
    job::{Built, Job},
};
use file::File;
use model::{Got, Model, reference};
use object::{Dict, Id, Obj};
use schema::{Shape, T};

impl From<&'static str> for Hold {
    /// What a reader of syntax finds wrong.
    fn from(wrong: &'static str) -> Self {
        if wrong == filter::TOO_MUCH { Self::new(Reason::ExpandsTooMuch, wrong) } else { Self::damaged(wrong) }
    }
}

/// Rebuilds a file.
pub(crate) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let strict = File::strict(job, bytes).and_then(|file| document(job, &file));
    let (out, removed) = match strict {
        Err(hold) if hold.reason == Reason::Damaged => {
            let file =
                File::repair(job, bytes).map_err(|repair| Hold { detail: format!("{}; {}", hold.detail, repair.detail), ..repair })?;
            let mut done =
                document(job, &file).map_err(|repair| Hold { detail: format!("{}; {}", hold.detail, repair.detail), ..repair })?;
            done.1.push((Danger::Slack, "相互参照表".to_owned(), 1));
            done
        }
        done => done?,
    };
    for (danger, place, count) in removed {
        job.removed(danger, &place, count);
    }
    Ok(Built::new(Kind::Pdf, out))
}

type Removed = Vec<(Danger, String, u64)>;

/// Makes the new document from the file's objects.
fn document(job: &mut Job<'_>, file: &File<'_>) -> Result<(Vec<u8>, Removed), Hold> {
    let mut model = Model::new(file);
    "文書".clone_into(&mut model.place);
    if file.encrypted() {
        model.tell(Danger::Encryption, 1);
    }
    if file.around > 0 {
        model.tell(Danger::Slack, 1);
    }
    if file.revisions > 1 && !file.repaired {
        // Older revisions are gone, with what they still told.
        model.tell(Danger::Slack, u64::from(file.revisions.saturating_sub(1)));
    }
    let root = file.trailer.get(b"Root").cloned().unwrap_or(Obj::Null);
    let Obj::Dict(catalog) = model.resolve(job, &root)? else { return Err(Hold::damaged("no catalog")) };
    let catalog_slot = model.slot(job)?;
    let pages_slot = model.slot(job)?;
    let mut new = Dict::default();
    new.put(b"Type", Obj::name(b"Catalog"));
    new.put(b"Pages", reference(pages_slot));
    pages(&mut model, job, &catalog, pages_slot)?;
    "文書".clone_into(&mut model.place);
    for (key, value) in &catalog.0 {
        rest_of_catalog(&mut model, job, key, value)?;
    }
    static TABLE: [(&[u8], Shape); 7] = [
        (b"PageLabels", Shape::Numbers(&Shape::Is(T::Label))),
        (b"ViewerPreferences", Shape::Is(T::ViewerPreferences)),
        (b"PageLayout", Shape::OneOf(&["SinglePage", "OneColumn", "TwoColumnLeft", "TwoColumnRight", "TwoPageLeft", "TwoPageRight"])),
        (b"PageMode", Shape::OneOf(&["UseNone", "UseOutlines", "UseThumbs", "FullScreen", "UseOC"])),
        (b"Lang", Shape::Text),
        (b"MarkInfo", Shape::Is(T::MarkInfo)),
        (b"Dests", Shape::Map(&Shape::Dest)),
    ];
    for (key, shape) in &TABLE {
        entry(&mut model, job, &catalog, &mut new, key, shape)?;
    }
    model.drain(job)?;
    if let Some(names) = model.look_dict(job, &catalog, b"Names")? {
        if let Some(value) = names.get(b"Dests")
            && let Got::Value(tree) = model.names(job, value, &Shape::Dest)?
        {
            let slot = model.slot(job)?;
            model.set(slot, tree, None);
            let mut dict = Dict::default();
            dict.put(b"Dests", reference(slot));
            new.put(b"Names", Obj::Dict(dict));
        }
        for (key, value) in &names.0 {
            match key.as_slice() {
                b"Dests" => {}
                b"EmbeddedFiles" => embedded::drop_tree(&mut model, job, value)?,
                b"JavaScript" => {
                    let count = model.leaves(job, value, b"Names")?.len() as u64;
                    model.tell(Danger::Script, count.max(1));
                }
                _ => model.leave_out(job, key, value)?,
            }
        }
    }
    match catalog.get(b"OpenAction").map(|value| model.resolve(job, value)).transpose()? {
        Some(action @ Obj::Dict(_)) => {
            if let Got::Value(Obj::Dict(action)) = model.action(job, &action, 0)? {
                // On opening, a document may only show a place in itself.
                if action.get(b"S").and_then(Obj::as_name) == Some(b"GoTo") && action.get(b"Next").is_none() {
                    new.put(b"OpenAction", Obj::Dict(action));
                } else {
                    model.tell(Danger::Action, 1);
                }
            }
        }
        Some(dest @ Obj::Array(_)) => {
            if let Got::Value(dest) = model.dest(job, &dest, 0)? {
                new.put(b"OpenAction", dest);
            }
        }
        None | Some(Obj::Null) => {}
        Some(_) => model.tell(Danger::Action, 1),
    }
    "しおり".clone_into(&mut model.place);
    if let Some(value) = catalog.get(b"Outlines")
        && let Some(outlines) = model.outlines(job, value)?
    {
        new.put(b"Outlines", outlines);
    }
    "フォーム".clone_into(&mut model.place);
    if let Some(value) = catalog.get(b"AcroForm")
        && let Some(form) = model.form(job, value)?
    {
        new.put(b"AcroForm", form);
    }
    model.drain(job)?;
    "文書".clone_into(&mut model.place);
    static LATER: [(&[u8], Shape); 3] = [
        (b"OCProperties", Shape::Is(T::OcProperties)),
        (b"OutputIntents", Shape::Each(&Shape::Is(T::OutputIntent))),
        (b"StructTreeRoot", Shape::Is(T::StructRoot)),
    ];
    for (key, shape) in &LATER {
        entry(&mut model, job, &catalog, &mut new, key, shape)?;
        model.drain(job)?;
    }
    model.set(catalog_slot, Obj::Dict(new), None);
    let info = info(&mut model, job)?;
    if model.signed && job.policy.signed == OnSigned::Hold {
        return Err(Hold::new(Reason::Signed, "a signature field"));
    }
    Ok((write::write(model.out, catalog_slot, info), model.removed))
}

/// Keys of the catalog that are not kept, and what they stand for.
fn rest_of_catalog(model: &mut Model<'_, '_>, job: &mut Job<'_>, key: &[u8], value: &Obj) -> Result<(), Hold> {
    const KNOWN: [&[u8]; 17] = [
        b"Type",
        b"Pages",
        b"PageLabels",
        b"ViewerPreferences",
        b"PageLayout",
        b"PageMode",
        b"Lang",
        b"MarkInfo",
        b"Dests",
        b"Names",
        b"OpenAction",
        b"Outlines",
        b"AcroForm",
        b"OCProperties",
        b"OutputIntents",
        b"StructTreeRoot",
        b"Version",
    ];
    if KNOWN.contains(&key) {
        return Ok(());
    }
    if key == b"Collection" {
        job.note("PDFポートフォリオの中のファイルは取り除きました。必要なものは別に送るよう送り主に頼んでください。");
    }
    model.leave_out(job, key, value)
}

/// The title stays; who made the file with what, and when, goes.
fn info(model: &mut Model<'_, '_>, job: &mut Job<'_>) -> Result<Option<u32>, Hold> {
    let Some(value) = model.file.trailer.get(b"Info").cloned() else { return Ok(None) };
    let Obj::Dict(dict) = model.resolve(job, &value)? else { return Ok(None) };
    "文書情報".clone_into(&mut model.place);
    let mut new = Dict::default();
    for (key, value) in &dict.0 {
        match (key.as_slice(), model.resolve(job, value)?) {
            (b"Title", title @ Obj::Str(_)) => new.put(b"Title", title),
            (_, Obj::Null) => {}
            _ => model.tell(Danger::Metadata, 1),
        }
    }
    if new.0.is_empty() {
        return Ok(None);
    }
    let slot = model.slot(job)?;
    model.set(slot, Obj::Dict(new), None);
    Ok(Some(slot))
}

/// A page, and what it has from the nodes above it.
struct Leaf {
    num: Option<u32>,
    dict: Dict,
    resources: Option<(u32, Obj)>,
}

/// Attributes that pages have from above.
const INHERITED: [&[u8]; 3] = [b"MediaBox", b"CropBox", b"Rotate"];

/// Reads the tree of pages.
fn leaves(model: &Model<'_, '_>, job: &mut Job<'_>, catalog: &Dict) -> Result<Vec<Leaf>, Hold> {
    let mut leaves = Vec::new();
    let Some(root) = catalog.get(b"Pages") else { return Err(Hold::damaged("no pages")) };
    let mut open: BTreeSet<u32> = BTreeSet::new();
    struct Node {
        value: Obj,
        above: Vec<(Vec<u8>, Obj)>,
        resources: Option<(u32, Obj)>,
        depth: u32,
    }
    let mut stack = vec![Node { value: root.clone(), above: Vec::new(), resources: None, depth: 0 }];
    while let Some(node) = stack.pop() {
        if node.depth > job.policy.limits.pdf_depth {
            return Err(Hold::new(Reason::TooDeep, "a page tree deeper than the limit"));
        }
        let num = match &node.value {
            Obj::Ref(Id { num, .. }) => Some(*num),
            _ => None,
        };
        let Obj::Dict(dict) = model.resolve(job, &node.value)? else { continue };
        let mut above = node.above;
        for key in INHERITED {
            if let Some(value) = dict.get(key) {
                above.retain(|(known, _)| known != key);
                above.push((key.to_vec(), value.clone()));
            }
        }
        let resources = match dict.get(b"Resources") {
            Some(value) => Some((num.unwrap_or(0), value.clone())),
            None => node.resources,
        };
        if let Obj::Array(kids) = model.look(job, &dict, b"Kids")? {
            if let Some(num) = num
                && !open.insert(num)
            {
                return Err(Hold::damaged("a page tree that is a circle"));
            }
            if stack.len().saturating_add(kids.len()) > job.policy.limits.pdf_objects as usize {
                return Err(Hold::new(Reason::TooMany, "more pages than the limit"));
            }
            for kid in kids.into_iter().rev() {
                stack.push(Node { value: kid, above: above.clone(), resources: resources.clone(), depth: node.depth + 1 });
            }
            continue;
        }
        if model.look(job, &dict, b"Type")?.as_name() == Some(b"Pages") {
            continue;
        }
        let mut dict = dict;
        dict.0.retain(|(key, _)| !INHERITED.contains(&key.as_slice()));
        dict.0.extend(above);
        leaves.push(Leaf { num, dict, resources });
        if leaves.len() > job.policy.limits.pdf_objects as usize {
            return Err(Hold::new(Reason::TooMany, "more pages than the limit"));
        }
    }
    Ok(leaves)
}

/// Makes all pages under one node.
fn pages(model: &mut Model<'_, '_>, job: &mut Job<'_>, catalog: &Dict, pages_slot: u32) -> Result<(), Hold> {
    let leaves = leaves(model, job, catalog)?;
    if leaves.is_empty() {
        return Err(Hold::damaged("no pages"));
    }
    let mut slots = Vec::with_capacity(leaves.len());
    for leaf in &leaves {
        let slot = model.slot(job)?;
        if let Some(num) = leaf.num {
            model.pages.entry(num).or_insert(slot);
        }
        slots.push(slot);
    }
    for ((index, leaf), &slot) in leaves.iter().enumerate().zip(&slots) {
        model.place = format!("{}ページ", index + 1);
        let mut dict = leaf.dict.clone();
        let shared = match &leaf.resources {
            // A node above has it in itself: made once, for all its pages.
            Some((node, Obj::Dict(resources))) if leaf.num != Some(*node) => {
                dict.0.retain(|(key, _)| key != b"Resources");
                Some(model.inherit(job, *node, resources)?)
            }
            Some((_, value)) => {
                dict.0.retain(|(key, _)| key != b"Resources");
                dict.put(b"Resources", value.clone());
                None
            }
            None => None,
        };
        let mut new = Dict::default();
        new.put(b"Type", Obj::name(b"Page"));
        new.put(b"Parent", reference(pages_slot));
        let mut entries = model.entries(job, &dict, T::Page, 0)?;
        if entries.get(b"Resources").is_none() {
            // In its place, so that the order is the same when the page is read again.
            let after: [&[u8]; 7] = [b"Group", b"Contents", b"StructParents", b"Tabs", b"Dur", b"Trans", b"Annots"];
            let at = entries.0.iter().position(|(key, _)| after.contains(&key.as_slice())).unwrap_or(entries.0.len());
            entries.0.insert(at, (b"Resources".to_vec(), shared.unwrap_or_else(|| Obj::Dict(Dict::default()))));
        }
        if entries.get(b"MediaBox").is_none() {
            // What all readers take for granted.
            entries.0.insert(0, (b"MediaBox".to_vec(), Obj::Array([0, 0, 612, 792].map(Obj::int).to_vec())));
        }
        new.0.append(&mut entries.0);
        model.set(slot, Obj::Dict(new), None);
        model.drain(job)?;
    }
    let mut dict = Dict::default();
    dict.put(b"Type", Obj::name(b"Pages"));
    dict.put(b"Count", Obj::int(i64::try_from(slots.len()).unwrap_or(0)));
    dict.put(b"Kids", Obj::Array(slots.iter().map(|&slot| reference(slot)).collect()));
    model.set(pages_slot, Obj::Dict(dict), None);
    Ok(())
}
