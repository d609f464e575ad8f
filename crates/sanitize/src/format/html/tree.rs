//! The elements of a page as a tree in one vector; html5ever decides where each belongs, as browsers do.

use std::{
    borrow::Cow,
    cell::{Cell, Ref, RefCell},
};

use html5ever::{
    Attribute, ParseOpts, QualName, local_name, ns, parse_document,
    tendril::{StrTendril, TendrilSink},
    tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink},
};

use crate::{Hold, Reason};

/// What a node is.
pub(super) enum Data {
    /// The page itself, a comment, a processing instruction.
    Nothing,
    Element {
        name: QualName,
        attributes: Vec<Attribute>,
    },
    Text(String),
}

/// A node.
pub(super) struct Node {
    parent: Option<usize>,
    depth: usize,
    pub(super) children: Vec<usize>,
    pub(super) data: Data,
}

impl Node {
    /// Name of an element of HTML; empty for text and for foreign elements (SVG, MathML).
    pub(super) fn name(&self) -> &str {
        match &self.data {
            Data::Element { name, .. } if name.ns == ns!(html) => &name.local,
            _ => "",
        }
    }

    /// Whether it is an element of SVG or MathML.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(&self.data, Data::Element { name, .. } if name.ns != ns!(html))
    }

    /// Attributes of an element.
    pub(super) fn attributes(&self) -> &[Attribute] {
        match &self.data {
            Data::Element { attributes, .. } => attributes,
            Data::Nothing | Data::Text(_) => &[],
        }
    }

    /// Value of an attribute.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&str> {
        self.attributes().iter().find(|a| &*a.name.local == wanted).map(|a| &*a.value)
    }
}

/// A page.
pub(super) struct Page {
    pub(super) nodes: Vec<Node>,
    /// Comments, instructions.
    pub(super) comments: u64,
    /// Whether browsers lay it out in the old way.
    pub(super) quirks: bool,
}

impl Page {
    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// Children of a node.
    pub(super) fn children(&self, at: usize) -> &[usize] {
        self.nodes.get(at).map_or(&[], |node| &node.children)
    }

    /// All text below a node.
    pub(super) fn text_of(&self, at: usize) -> String {
        let mut text = String::new();
        let mut stack = vec![at];
        while let Some(at) = stack.pop() {
            if let Some(Data::Text(own)) = self.node(at).map(|node| &node.data) {
                text.push_str(own);
            }
            stack.extend(self.children(at).iter().rev());
        }
        text
    }
}

/// Elements within elements; browsers themselves stop at 512.
const DEPTH: usize = 512;
/// Nodes of one page.
const NODES: usize = 2_000_000;
/// Marks that may divide attributes of one element: each attribute is compared with all before it.
const ATTRIBUTES: usize = 20_000;
/// Bytes between two looks at depth and size. A page cannot nest by more than a third of that unseen.
const PIECE: usize = 4_096;

/// Reads a page; refuses what is beyond the limits.
pub(super) fn parse(text: &str) -> Result<Page, Hold> {
    let options =
        ParseOpts { tree_builder: TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() }, ..ParseOpts::default() };
    let mut parser = parse_document(Builder::new(), options);
    let mut rest = text;
    while !rest.is_empty() {
        let mut cut = rest.len().min(PIECE);
        while !rest.is_char_boundary(cut) {
            cut += 1;
        }
        let (piece, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        parser.process(StrTendril::from_slice(piece));
        rest = after;
        if let Some(detail) = parser.tokenizer.sink.sink.full(piece) {
            return Err(Hold::new(Reason::TooDeep, detail));
        }
    }
    Ok(parser.finish())
}

struct Builder {
    nodes: RefCell<Vec<Node>>,
    deep: Cell<bool>,
    comments: Cell<u64>,
    quirks: Cell<bool>,
    /// Whether anything was added since the last look.
    moved: Cell<bool>,
    /// Marks that may divide attributes, read since then.
    divided: Cell<usize>,
}

impl Builder {
    fn new() -> Self {
        let root = Node { parent: None, depth: 0, children: Vec::new(), data: Data::Nothing };
        Self {
            nodes: RefCell::new(vec![root]),
            deep: Cell::new(false),
            comments: Cell::new(0),
            quirks: Cell::new(false),
            moved: Cell::new(false),
            divided: Cell::new(0),
        }
    }

    /// Which limit is passed.
    fn full(&self, piece: &str) -> Option<&'static str> {
        let marks = piece.bytes().filter(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'/')).count();
        self.divided.set(if self.moved.replace(false) { 0 } else { self.divided.get() + marks });
        if self.deep.get() {
            Some("elements within elements")
        } else if self.nodes.borrow().len() > NODES {
            Some("elements of the page")
        } else if self.divided.get() > ATTRIBUTES {
            Some("attributes of one element")
        } else {
            None
        }
    }

    fn add(&self, data: Data) -> usize {
        self.moved.set(true);
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { parent: None, depth: 0, children: Vec::new(), data });
        nodes.len() - 1
    }

    fn comment(&self) -> usize {
        self.comments.set(self.comments.get() + 1);
        self.add(Data::Nothing)
    }

    /// Puts a node or text among a parent's children, before the child `before` or at the end.
    fn place(&self, parent: usize, before: Option<usize>, child: NodeOrText<usize>) {
        self.moved.set(true);
        let mut nodes = self.nodes.borrow_mut();
        let Some(holder) = nodes.get(parent) else { return };
        let at = before.and_then(|b| holder.children.iter().rposition(|c| *c == b)).unwrap_or(holder.children.len());
        let depth = holder.depth + 1;
        let neighbour = at.checked_sub(1).and_then(|at| holder.children.get(at)).copied();
        let child = match child {
            NodeOrText::AppendNode(node) => node,
            NodeOrText::AppendText(text) => {
                if let Some(Data::Text(own)) = neighbour.and_then(|n| nodes.get_mut(n)).map(|node| &mut node.data) {
                    own.push_str(&text);
                    return;
                }
                nodes.push(Node { parent: None, depth: 0, children: Vec::new(), data: Data::Text(text.to_string()) });
                nodes.len() - 1
            }
        };
        if depth > DEPTH {
            self.deep.set(true);
        }
        if let Some(node) = nodes.get_mut(child) {
            (node.parent, node.depth) = (Some(parent), depth);
        }
        if let Some(holder) = nodes.get_mut(parent) {
            holder.children.insert(at.min(holder.children.len()), child);
        }
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.nodes.borrow().get(node).and_then(|node| node.parent)
    }
}

impl TreeSink for Builder {
    type Handle = usize;
    type Output = Page;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Page {
        Page { nodes: self.nodes.into_inner(), comments: self.comments.get(), quirks: self.quirks.get() }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> Ref<'a, QualName> {
        static NONE: QualName = QualName { prefix: None, ns: ns!(), local: local_name!("") };
        Ref::map(self.nodes.borrow(), |nodes| match nodes.get(*target).map(|node| &node.data) {
            Some(Data::Element { name, .. }) => name,
            _ => &NONE,
        })
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.add(Data::Element { name, attributes })
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.comment()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.comment()
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.place(*parent, None, child);
    }

    fn append_based_on_parent_node(&self, element: &usize, before: &usize, child: NodeOrText<usize>) {
        match self.parent(*element) {
            Some(parent) => self.place(parent, Some(*element), child),
            None => self.place(*before, None, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// A template is never shown: whatever it holds stays below it.
    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, x: &usize, y: &usize) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.quirks.set(mode == QuirksMode::Quirks);
    }

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &child {
            self.remove_from_parent(node);
        }
        if let Some(parent) = self.parent(*sibling) {
            self.place(parent, Some(*sibling), child);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, new: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(Data::Element { attributes, .. }) = nodes.get_mut(*target).map(|node| &mut node.data) {
            for attribute in new {
                if attributes.len() < 500 && attributes.iter().all(|own| own.name != attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        let Some(parent) = self.parent(*target) else { return };
        let mut nodes = self.nodes.borrow_mut();
        if let Some(holder) = nodes.get_mut(parent)
            && let Some(at) = holder.children.iter().rposition(|child| child == target)
        {
            holder.children.remove(at);
        }
        if let Some(node) = nodes.get_mut(*target) {
            node.parent = None;
        }
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let moved = nodes.get_mut(*node).map(|node| std::mem::take(&mut node.children)).unwrap_or_default();
        let depth = nodes.get(*new_parent).map_or(0, |node| node.depth + 1);
        for child in &moved {
            if let Some(child) = nodes.get_mut(*child) {
                (child.parent, child.depth) = (Some(*new_parent), depth);
            }
        }
        if let Some(parent) = nodes.get_mut(*new_parent) {
            parent.children.extend(moved);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, _: &usize) -> bool {
        false
    }
}
