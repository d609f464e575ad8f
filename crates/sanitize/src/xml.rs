//! Strict XML, fast: a reader of events, a tree over it, and a writer.
//!
//! What is read: well-formed XML 1.0 with namespaces, in UTF-8 or, by its byte order mark, UTF-16.
//! A document type declaration is refused, and with it every entity but the five that need none.
//! Comments and processing instructions are read over; their number is told.
//!
//! Nothing is written but what passes through [`Writer`], which escapes.

mod decode;
mod read;
mod tree;
mod write;

pub(crate) use decode::decode;
pub(crate) use read::{Attribute, Event, Name, Ns, Reader};
pub(crate) use tree::{Node, Tree};
pub(crate) use write::{DECLARATION, Mark, Writer};

#[cfg(test)]
mod tests;
