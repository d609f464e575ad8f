//! The beginning of a part: its namespaces, its sheets, and which reading of alternatives is taken.

use super::*;

impl Filter<'_, '_, '_, '_> {
    pub(super) fn start_root(
        &mut self,
        reader: &Reader<'_>,
        spaces: &mut Spaces,
        name: Name<'_>,
        space: Option<Space>,
        frames: &mut Vec<Frame>,
    ) -> Result<(), Hold> {
        let (wanted, local) = self.role.root();
        let good =
            if self.role == Role::Vml { name.ns == Ns::NONE && name.local == local } else { space == Some(wanted) && name.local == local };
        if !good {
            return Err(Hold::damaged("a part that is not what its relationship tells"));
        }
        if let Some((_, strict)) = Space::of(reader.uri(name.ns)) {
            self.strict = strict && wanted.uri(true) != wanted.uri(false) || self.strict && wanted.uri(true) == wanted.uri(false);
        }
        self.root = Some(wanted);
        for attribute in reader.attributes() {
            if self.space(reader, spaces, attribute.name.ns) == Some(Space::Mc) && attribute.name.local == "Ignorable" {
                for prefix in attribute.value.split_whitespace() {
                    if let Some(space) = reader.resolve(prefix).and_then(|ns| self.space(reader, spaces, ns))
                        && let Some(slot) = self.ignorable.get_mut(space as usize)
                    {
                        *slot = true;
                    }
                }
            }
        }
        if self.role == Role::Workbook {
            self.count_sheets(reader)?;
        }
        if self.role == Role::Vml {
            self.out.start("", "xml");
            self.root_end = self.out.len();
        } else {
            let prefix = self.prefix(wanted);
            self.out.start(prefix, local);
            self.root_end = self.out.len();
            self.attributes(reader, spaces, wanted, local, reader.attributes())?;
        }
        frames.push(Frame::Written { text: false, empty: None });
        Ok(())
    }

    /// Which sheets stay, and their numbers then.
    pub(super) fn count_sheets(&mut self, reader: &Reader<'_>) -> Result<(), Hold> {
        let mut ahead = reader.clone();
        let (mut sheets, mut kept) = (Vec::new(), 0);
        while let Some(event) = ahead.next()? {
            let Event::Start(name) = event else { continue };
            if name.local != "sheet" || ahead.depth() != 3 {
                continue;
            }
            let id = ahead.attributes().iter().find(|attribute| attribute.name.local == "id").map(|attribute| attribute.value.to_string());
            let stays = id.is_some_and(|id| matches!(self.package.role_of(self.part, &id), Some(Role::Worksheet | Role::Chartsheet)));
            sheets.push(stays.then_some(kept));
            if stays {
                kept += 1;
                let state = ahead.attributes().iter().find(|attribute| attribute.name.local == "state");
                self.shown |= state.is_none_or(|state| state.value == "visible");
            }
        }
        if kept == 0 {
            return Err(Hold::new(crate::Reason::NothingLeft, "no sheet without macros"));
        }
        self.sheets = Some(sheets);
        Ok(())
    }

    /// `mc:AlternateContent` and its parts; how much to skip.
    pub(super) fn alternate(&mut self, reader: &Reader<'_>, spaces: &mut Spaces, name: Name<'_>, frames: &mut Vec<Frame>) -> usize {
        if name.local == "AlternateContent" {
            frames.push(Frame::Alternate(false));
            return 0;
        }
        let Some(Frame::Alternate(chosen)) = frames.last_mut() else { return 1 };
        let take = match name.local {
            "Fallback" => true,
            "Choice" => {
                let requires = reader.attributes().iter().find(|attribute| attribute.name.local == "Requires");
                let mut all = requires.is_some_and(|requires| !requires.value.trim().is_empty());
                for prefix in requires.map(|requires| &*requires.value).unwrap_or_default().split_whitespace() {
                    let space = reader.resolve(prefix).and_then(|ns| self.space(reader, spaces, ns));
                    all &= space.is_some_and(Space::is_chosen);
                }
                all
            }
            _ => false,
        };
        if *chosen || !take {
            return 1;
        }
        *chosen = true;
        frames.push(Frame::Unwrapped);
        0
    }
}
