//! What is XML and what is refused; what is written reads the same.

use proptest::prelude::*;

use super::*;
use crate::Limits;

/// Reads and writes everything again.
fn again(text: &str) -> Result<String, crate::Hold> {
    let tree = Tree::parse(text, &Limits::default())?;
    let mut out = Writer::piece(0);
    fn write(tree: &Tree<'_>, node: Node, out: &mut Writer) {
        let Some(name) = tree.name(node) else {
            out.text(tree.text(node).unwrap());
            return;
        };
        out.start(name.prefix, name.local);
        for attribute in tree.attributes(node) {
            out.attribute(attribute.name.prefix, attribute.name.local, &attribute.value);
        }
        for child in tree.children(node) {
            write(tree, child, out);
        }
        out.end();
    }
    write(&tree, tree.root(), &mut out);
    Ok(out.finish())
}

#[test]
fn what_is_well_formed_is_read_and_written() {
    for (given, wanted) in [
        ("<a/>", "<a/>"),
        (
            "<?xml version='1.0'?>\r\n<!-- x --><a b='1\n2' c = \"&quot;\"><!--y-->t&lt;<![CDATA[<&]]></a >\n",
            "<a b=\"1 2\" c=\"&quot;\">t&lt;&lt;&amp;</a>",
        ),
        ("<a>\r\n&#13;&#x3042;外字</a>", "<a>\n&#13;あ外字</a>"),
        ("<a xml:space='preserve'> <b></b></a>", "<a xml:space=\"preserve\"> <b/></a>"),
    ] {
        assert_eq!(again(given).as_deref(), Ok(wanted));
        assert_eq!(again(wanted).as_deref(), Ok(wanted));
    }
}

#[test]
fn what_is_not_well_formed_is_held() {
    for bad in [
        "",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a b/>",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a>&nbsp;</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&</a>",
        "<a>\u{1}</a>",
        "<!DOCTYPE a><a/>",
        "<a><!DOCTYPE b></a>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<1/>",
        "<a:b:c xmlns:a='x'/>",
        "<a xmlns:p=''/>",
        "< a/>",
        "<a><!-- </a>",
        "<?xml version='1.1'?><a/>",
        "<a xmlns:xml='x'/>",
        "<:a/>",
        "</a>",
        "<a",
        "<![CDATA[x]]>",
    ] {
        assert!(again(bad).is_err(), "{bad}");
    }
    assert_eq!(Tree::parse(&"<a>".repeat(300), &Limits::default()).err().map(|hold| hold.reason), Some(crate::Reason::TooDeep));
}

#[test]
fn namespaces_hold_where_they_are_declared() {
    let text = "<a xmlns='u' xmlns:p='v'><p:b p:c='1' c='2'><a xmlns=''/></p:b><q:d xmlns:q='v'/></a>";
    let tree = Tree::parse(text, &Limits::default()).unwrap();
    let root = tree.root();
    assert!(tree.is(root, "u", "a"));
    let children: Vec<_> = tree.elements(root).collect();
    assert!(tree.is(children[0], "v", "b") && tree.is(children[1], "v", "d"));
    assert_eq!((tree.attribute(children[0], "v", "c"), tree.attribute(children[0], "", "c")), (Some("1"), Some("2")));
    let inner = tree.elements(children[0]).next().unwrap();
    assert!(tree.is(inner, "", "a"));
    assert_eq!(tree.descendants(children[0]).count(), 2);
    assert_eq!(tree.parent(inner), Some(children[0]));
}

#[test]
fn charsets_are_told_by_the_mark() {
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain("<a>あ𠮷</a>".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(decode(&utf16).unwrap(), "<a>あ𠮷</a>");
    assert!(decode(b"\xFF\xFE<").is_err());
    assert!(decode(b"<a>\xFF</a>").is_err());
    assert!(decode("<?xml version='1.0' encoding='Shift_JIS'?><a>あ</a>".as_bytes()).is_err());
    assert!(decode(b"<?xml version='1.0' encoding='us-ascii'?><a/>").is_ok());
    assert_eq!(decode("\u{FEFF}<a/>".as_bytes()).unwrap(), "<a/>");
}

proptest! {
    #[test]
    fn mangled_documents_never_panic(text in "[<>/a-c:='\"&;#!?\\-\\[\\] xmlns\n\u{3042}]{0,60}") {
        if let Ok(once) = again(&format!("<a xmlns:b='u'>{text}</a>")) {
            prop_assert_eq!(again(&once.replacen("<a", "<a xmlns:b='u' xmlns:c='u' xmlns:a='u'", 1)).is_ok(), true);
        }
    }

    #[test]
    fn what_is_written_is_read_the_same(text in "\\PC{0,40}", value in "\\PC{0,40}") {
        let mut writer = Writer::new();
        writer.start("", "a");
        writer.attribute("", "b", &value);
        writer.text(&text);
        let written = writer.finish();
        let tree = Tree::parse(&written, &Limits::default()).unwrap();
        prop_assert_eq!(tree.text_of(tree.root()), text);
        prop_assert_eq!(tree.attribute(tree.root(), "", "b"), Some(&*value));
    }
}
