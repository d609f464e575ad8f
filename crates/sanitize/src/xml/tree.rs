//! The whole document in memory: nodes in one vector, each knowing its first child and its next sibling.

use std::borrow::Cow;

use super::{Attribute, Event, Name, Ns, Reader};
use crate::{Hold, Limits, Reason};

/// A node of a [`Tree`], by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(u32);

enum Content<'a> {
    Element { name: Name<'a>, first_attribute: u32, attributes: u32 },
    Text(Cow<'a, str>),
}

struct Entry<'a> {
    content: Content<'a>,
    parent: Option<Node>,
    child: Option<Node>,
    next: Option<Node>,
}

/// A document.
pub(crate) struct Tree<'a> {
    entries: Vec<Entry<'a>>,
    attributes: Vec<Attribute<'a>>,
    uris: Vec<String>,
    ignored: u64,
}

impl<'a> Tree<'a> {
    /// Reads a document; `text` comes from [`super::decode`].
    pub(crate) fn parse(text: &'a str, limits: &Limits) -> Result<Self, Hold> {
        let mut reader = Reader::new(text, limits)?;
        let mut tree = Self { entries: Vec::new(), attributes: Vec::new(), uris: Vec::new(), ignored: 0 };
        // Of every open element: itself and its last child so far.
        let mut open: Vec<(Node, Option<Node>)> = Vec::new();
        while let Some(event) = reader.next()? {
            let content = match event {
                Event::End(_) => {
                    open.pop();
                    continue;
                }
                Event::Text(more) => {
                    // Pieces of one text are joined.
                    if let Some((_, Some(last))) = open.last()
                        && let Some(Entry { content: Content::Text(text), .. }) = tree.entries.get_mut(last.0 as usize)
                    {
                        text.to_mut().push_str(&more);
                        continue;
                    }
                    Content::Text(more)
                }
                Event::Start(name) => {
                    let first_attribute = u32::try_from(tree.attributes.len()).unwrap_or(u32::MAX);
                    let attributes = u32::try_from(reader.attributes().len()).unwrap_or(u32::MAX);
                    tree.attributes.append(reader.attributes_mut());
                    Content::Element { name, first_attribute, attributes }
                }
            };
            let node = Node(u32::try_from(tree.entries.len()).map_err(|_| Hold::new(Reason::TooMany, "XML nodes"))?);
            let parent = open.last().map(|(parent, _)| *parent);
            let is_element = matches!(content, Content::Element { .. });
            tree.entries.push(Entry { content, parent, child: None, next: None });
            if let Some((parent, last)) = open.last_mut() {
                let before = match last.replace(node) {
                    Some(last) => tree.entries.get_mut(last.0 as usize).map(|entry| &mut entry.next),
                    None => tree.entries.get_mut(parent.0 as usize).map(|entry| &mut entry.child),
                };
                if let Some(slot) = before {
                    *slot = Some(node);
                }
            }
            if is_element {
                open.push((node, None));
            }
        }
        tree.ignored = reader.ignored();
        let mut ns = 0;
        while ns < 2 || !reader.uri(Ns(ns)).is_empty() {
            tree.uris.push(reader.uri(Ns(ns)).to_owned());
            ns += 1;
        }
        Ok(tree)
    }

    /// The root element.
    pub(crate) const fn root(&self) -> Node {
        Node(0)
    }

    /// Comments and processing instructions that were read over.
    pub(crate) const fn ignored(&self) -> u64 {
        self.ignored
    }

    fn entry(&self, node: Node) -> Option<&Entry<'a>> {
        self.entries.get(node.0 as usize)
    }

    /// The element around, none at the root.
    #[cfg(test)]
    pub(crate) fn parent(&self, node: Node) -> Option<Node> {
        self.entry(node)?.parent
    }

    /// Children in their order: elements and texts.
    pub(crate) fn children(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        std::iter::successors(self.entry(node).and_then(|entry| entry.child), |node| self.entry(*node)?.next)
    }

    /// Children that are elements.
    pub(crate) fn elements(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.children(node).filter(|child| self.name(*child).is_some())
    }

    /// The name of an element, none of a text.
    pub(crate) fn name(&self, node: Node) -> Option<Name<'a>> {
        match self.entry(node)?.content {
            Content::Element { name, .. } => Some(name),
            Content::Text(_) => None,
        }
    }

    /// The local name of an element; empty for a text.
    pub(crate) fn local(&self, node: Node) -> &'a str {
        self.name(node).map_or("", |name| name.local)
    }

    /// The namespace of an element or attribute by its name.
    pub(crate) fn uri(&self, ns: Ns) -> &str {
        self.uris.get(usize::from(ns.0)).map_or("", String::as_str)
    }

    /// Whether it is this element.
    pub(crate) fn is(&self, node: Node, uri: &str, local: &str) -> bool {
        self.name(node).is_some_and(|name| name.local == local && self.uri(name.ns) == uri)
    }

    /// The attributes of an element.
    pub(crate) fn attributes(&self, node: Node) -> &[Attribute<'a>] {
        match self.entry(node).map(|entry| &entry.content) {
            Some(Content::Element { first_attribute, attributes, .. }) => {
                let start = *first_attribute as usize;
                self.attributes.get(start..start.saturating_add(*attributes as usize)).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// The value of an attribute, by the name of its namespace (`""`: none) and its own.
    pub(crate) fn attribute(&self, node: Node, uri: &str, local: &str) -> Option<&str> {
        let found = self.attributes(node).iter().find(|attribute| attribute.name.local == local && self.uri(attribute.name.ns) == uri);
        found.map(|attribute| &*attribute.value)
    }

    /// The characters of a text node, none of an element.
    pub(crate) fn text(&self, node: Node) -> Option<&str> {
        match &self.entry(node)?.content {
            Content::Text(text) => Some(text),
            Content::Element { .. } => None,
        }
    }

    /// All texts below, one after the other.
    pub(crate) fn text_of(&self, node: Node) -> String {
        let mut out = String::new();
        // Depth first, without recursion: the nodes below lie behind this one up to its next relative.
        let end = self.after(node);
        for entry in self.entries.get(node.0 as usize..end).unwrap_or_default() {
            if let Content::Text(text) = &entry.content {
                out.push_str(text);
            }
        }
        out
    }

    /// All elements below and the node itself, in the order of the document.
    pub(crate) fn descendants(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        let end = u32::try_from(self.after(node)).unwrap_or(u32::MAX);
        (node.0..end).map(Node).filter(|node| self.name(*node).is_some())
    }

    /// Where the nodes below end.
    fn after(&self, node: Node) -> usize {
        let mut at = Some(node);
        while let Some(node) = at {
            let Some(entry) = self.entry(node) else { break };
            if let Some(next) = entry.next {
                return next.0 as usize;
            }
            at = entry.parent;
        }
        self.entries.len()
    }
}
