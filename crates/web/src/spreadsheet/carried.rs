//! A file that is shown first and taken over on confirmation: it travels with the form, so that nothing is kept in between.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{fault::Fault, html::Html, input::Input};

/// Largest file that can be confirmed, in bytes.
const CARRIED_MAX: usize = 10 * 1024 * 1024;

/// A file that was chosen, or that came back with its confirmation.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    /// Name of the file.
    pub(crate) name: String,
    /// Content.
    pub(crate) bytes: Vec<u8>,
}

impl Carried {
    /// The file of a form: the one chosen, else the one carried along; `None` if there is neither.
    ///
    /// # Errors
    /// [`Fault::Bad`] if it is too large or was damaged on the way.
    pub(crate) fn of(input: &Input) -> Result<Option<Self>, Fault> {
        if let Some(upload) = input.files.iter().find(|file| file.key == "file") {
            if upload.bytes.len() > CARRIED_MAX {
                return Err(Fault::Bad(
                    "ファイルが大きすぎます。取り込めるのは10MBまでです。ファイルを分けて、もう一度選んでください。".to_owned(),
                ));
            }
            return Ok(Some(Self { name: upload.name.clone(), bytes: upload.bytes.to_vec() }));
        }
        let carried = input.get("carried");
        if carried.is_empty() {
            return Ok(None);
        }
        let damaged = |_| Fault::Bad("ファイルの内容を受け取れませんでした。もう一度ファイルを選んでください。".to_owned());
        Ok(Some(Self { name: input.get("carried_name").to_owned(), bytes: STANDARD.decode(carried).map_err(damaged)? }))
    }

    /// The hidden fields that carry it; their form must be `multipart/form-data`.
    pub(crate) fn fields(&self) -> Html {
        Html::hidden("carried_name", &self.name).and(&Html::hidden("carried", &STANDARD.encode(&self.bytes)))
    }
}
