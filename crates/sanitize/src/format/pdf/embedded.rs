//! Files inside a PDF: never kept, but shown to the scanner before they are dropped.

use super::{
    model::Model,
    object::{Dict, Obj},
};
use crate::{Danger, Hold, job::Job};

/// Shows the file that a file specification carries.
pub(crate) fn show_file(model: &mut Model<'_, '_>, job: &mut Job<'_>, annot: &Dict) -> Result<(), Hold> {
    if let Some(spec) = model.look_dict(job, annot, b"FS")? {
        show_spec(model, job, &spec)?;
    }
    Ok(())
}

/// Shows the files of a name tree and tells of them.
pub(crate) fn drop_tree(model: &mut Model<'_, '_>, job: &mut Job<'_>, tree: &Obj) -> Result<(), Hold> {
    let mut count = 0;
    for (_, value) in model.leaves(job, tree, b"Names")? {
        count += 1;
        if let Obj::Dict(spec) = model.resolve(job, &value)? {
            show_spec(model, job, &spec)?;
        }
    }
    // A tree without leaves is told as well, once.
    model.tell(Danger::EmbeddedFile, count.max(1));
    Ok(())
}

fn show_spec(model: &mut Model<'_, '_>, job: &mut Job<'_>, spec: &Dict) -> Result<(), Hold> {
    let Some(files) = model.look_dict(job, spec, b"EF")? else { return Ok(()) };
    let mut seen = Vec::new();
    for key in [b"F".as_slice(), b"UF", b"DOS", b"Mac", b"Unix"] {
        let Some(Obj::Ref(id)) = files.get(key) else { continue };
        let (num, object) = model.follow(job, *id)?;
        if seen.contains(&num) || object.stream.is_none() {
            continue;
        }
        seen.push(num);
        // What does not unpack cannot be looked at and does not come out either.
        if let Ok(data) = model.file.decode(job, &object) {
            let name = match model.look(job, spec, b"UF")? {
                Obj::Str(name) => text(&name),
                _ => match model.look(job, spec, b"F")? {
                    Obj::Str(name) => text(&name),
                    _ => "添付".to_owned(),
                },
            };
            job.show(&name, &data.bytes);
        }
    }
    Ok(())
}

/// A text string, for people.
pub(crate) fn text(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, &byte| unit << 8 | u16::from(byte))).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}
