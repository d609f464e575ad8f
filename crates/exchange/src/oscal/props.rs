//! Properties as Sekisho writes and finds them: its own under its own name space, OSCAL's without one.

use super::{
    markup,
    model::{Prop, ResponsibleRole},
};
use crate::identity;

/// The name space of Sekisho's own properties and parts. RFC 2606 keeps `example` from ever being somebody else's;
/// a URN would do for OSCAL, but trestle's 1.1 line takes only addresses with a host.
pub(crate) const NS: &str = "https://sekisho.example/ns/oscal";

/// A property of our own; `None` for a value that is empty, which OSCAL does not know.
pub(crate) fn own(name: &str, value: &str) -> Option<Prop> {
    Some(Prop { ns: Some(NS.to_owned()), ..standard(name, value)? })
}

/// A property that OSCAL defines.
pub(crate) fn standard(name: &str, value: &str) -> Option<Prop> {
    let value = markup::value(value);
    (!value.is_empty()).then(|| Prop { name: name.to_owned(), value, ..Prop::default() })
}

/// The values of a property of ours.
pub(crate) fn values<'p>(props: &'p [Prop], name: &'p str) -> impl Iterator<Item = &'p str> {
    props.iter().filter(move |prop| prop.name == name && prop.ns.as_deref() == Some(NS)).map(|prop| prop.value.as_str())
}

/// The first value of a property of ours.
pub(crate) fn one<'p>(props: &'p [Prop], name: &'p str) -> Option<&'p str> {
    values(props, name).next()
}

/// The value of a property of OSCAL.
pub(crate) fn known<'p>(props: &'p [Prop], name: &str) -> Option<&'p str> {
    props.iter().find(|prop| prop.name == name && prop.ns.as_deref() != Some(NS)).map(|prop| prop.value.as_str())
}

/// The id of a role in documents.
pub(crate) fn role_id(seed: &str, role: &str) -> String {
    identity::token("role", seed, &["role", role])
}

/// Roles that answer for something, each once.
pub(crate) fn responsible(seed: &str, roles: &[String]) -> Vec<ResponsibleRole> {
    let mut found: Vec<ResponsibleRole> = Vec::new();
    for role in roles {
        let role_id = role_id(seed, role);
        if found.iter().all(|one| one.role_id != role_id) {
            found.push(ResponsibleRole { role_id, ..ResponsibleRole::default() });
        }
    }
    found
}
