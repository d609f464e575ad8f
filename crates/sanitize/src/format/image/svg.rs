//! SVG: elements and attributes by allowlist, written as a new document; pictures in it are rebuilt.
//!
//! No script, no foreign content, no reference to anything outside, no style that could fetch something.

use std::collections::BTreeMap;

use super::PICTURES;
use crate::{
    Danger, Hold, Kind, Reason,
    format::base64,
    job::{Built, Job},
    xml::{self, Node, Tree, Writer},
};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "tref",
    "textPath",
    "image",
    "marker",
    "pattern",
    "clipPath",
    "mask",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "style",
    "switch",
    "a",
    "view",
];

/// Attributes that are numbers, words or colours; references within are checked for all.
const ATTRIBUTES: &[&str] = &[
    "id",
    "class",
    "style",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "fr",
    "width",
    "height",
    "d",
    "points",
    "viewBox",
    "preserveAspectRatio",
    "version",
    "transform",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-dasharray",
    "stroke-dashoffset",
    "opacity",
    "color",
    "display",
    "visibility",
    "overflow",
    "clip",
    "clip-path",
    "clip-rule",
    "mask",
    "filter",
    "marker",
    "marker-start",
    "marker-mid",
    "marker-end",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "font-variant",
    "font-stretch",
    "font-size-adjust",
    "text-anchor",
    "text-decoration",
    "text-rendering",
    "letter-spacing",
    "word-spacing",
    "writing-mode",
    "direction",
    "unicode-bidi",
    "baseline-shift",
    "dominant-baseline",
    "alignment-baseline",
    "glyph-orientation-vertical",
    "glyph-orientation-horizontal",
    "kerning",
    "dx",
    "dy",
    "rotate",
    "textLength",
    "lengthAdjust",
    "startOffset",
    "method",
    "spacing",
    "side",
    "gradientUnits",
    "gradientTransform",
    "spreadMethod",
    "offset",
    "stop-color",
    "stop-opacity",
    "patternUnits",
    "patternContentUnits",
    "patternTransform",
    "clipPathUnits",
    "maskUnits",
    "maskContentUnits",
    "mask-type",
    "markerUnits",
    "markerWidth",
    "markerHeight",
    "refX",
    "refY",
    "orient",
    "filterUnits",
    "primitiveUnits",
    "in",
    "in2",
    "result",
    "mode",
    "type",
    "values",
    "tableValues",
    "slope",
    "intercept",
    "amplitude",
    "exponent",
    "operator",
    "k1",
    "k2",
    "k3",
    "k4",
    "order",
    "kernelMatrix",
    "divisor",
    "bias",
    "targetX",
    "targetY",
    "edgeMode",
    "kernelUnitLength",
    "preserveAlpha",
    "surfaceScale",
    "diffuseConstant",
    "specularConstant",
    "specularExponent",
    "scale",
    "xChannelSelector",
    "yChannelSelector",
    "azimuth",
    "elevation",
    "z",
    "pointsAtX",
    "pointsAtY",
    "pointsAtZ",
    "limitingConeAngle",
    "flood-color",
    "flood-opacity",
    "lighting-color",
    "stdDeviation",
    "radius",
    "baseFrequency",
    "numOctaves",
    "seed",
    "stitchTiles",
    "color-interpolation",
    "color-interpolation-filters",
    "color-rendering",
    "shape-rendering",
    "image-rendering",
    "vector-effect",
    "paint-order",
    "mix-blend-mode",
    "isolation",
    "enable-background",
    "pathLength",
    "role",
    "lang",
    "media",
    "xml:space",
];

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let text = xml::decode(bytes)?;
    // A document type without a subset of its own says nothing that a reader of SVG needs.
    let text = without_doctype(&text);
    job.removed(Danger::Metadata, "文書型宣言", u64::from(text.1));
    let tree = Tree::parse(&text.0, &job.policy.limits)?;
    if tree.local(tree.root()) != "svg" {
        return Err(Hold::damaged("SVG: the root is something else"));
    }
    job.removed(Danger::Metadata, "コメント・処理命令", tree.ignored());
    let mut out = Writer::new();
    element(job, &tree, tree.root(), &mut out)?;
    Ok(Built::new(Kind::Svg, out.finish().into_bytes()))
}

/// The text without a document type that has no subset; whether there was one.
fn without_doctype(text: &str) -> (std::borrow::Cow<'_, str>, bool) {
    let found = text.find("<!DOCTYPE").and_then(|from| {
        let rest = text.get(from..)?;
        let end = rest.find('>')?;
        // Before the root, and without anything that defines.
        let root = text.find("<svg").is_none_or(|root| root > from);
        (root && !rest.get(..end)?.contains('[')).then_some((from, from + end + 1))
    });
    match found {
        None => (text.into(), false),
        Some((from, to)) => (format!("{}{}", text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default()).into(), true),
    }
}

/// Writes what may stay of a tree. Depth is limited by the reader.
fn element(job: &mut Job<'_>, tree: &Tree<'_>, root: Node, out: &mut Writer) -> Result<(), Hold> {
    // Opened elements are closed when their turn comes.
    enum Step {
        Open(Node),
        Close,
    }
    let mut steps = vec![Step::Open(root)];
    while let Some(step) = steps.pop() {
        let Step::Open(node) = step else {
            out.end();
            continue;
        };
        let Some(name) = tree.name(node) else {
            out.text(tree.text(node).unwrap_or_default());
            continue;
        };
        // Some writers forget the namespace.
        let svg = matches!(tree.uri(name.ns), SVG | "");
        if !svg || !ELEMENTS.contains(&name.local) {
            let danger = match name.local {
                "script" | "handler" | "listener" => Danger::Script,
                "foreignObject" | "iframe" | "object" | "embed" => Danger::ForeignContent,
                "animate" | "animateMotion" | "animateTransform" | "set" | "animateColor" | "discard" => Danger::Action,
                "audio" | "video" => Danger::Media,
                "metadata" => Danger::Metadata,
                _ if svg => Danger::Unknown,
                _ => Danger::Metadata,
            };
            job.removed(danger, if svg { name.local } else { "他の名前空間の要素" }, 1);
            continue;
        }
        if name.local == "a" {
            // What is shown stays, the click goes.
            job.removed(Danger::Link, "a", u64::from(tree.attributes(node).iter().any(|attribute| attribute.name.local == "href")));
            out.start("", "g");
        } else {
            out.start("", name.local);
        }
        if node == root {
            out.declare("", SVG);
            out.declare("xlink", XLINK);
        }
        let attributes = attributes(job, tree, node)?;
        for ((prefix, local), value) in &attributes {
            out.attribute(prefix, local, value);
        }
        steps.push(Step::Close);
        if name.local == "style" {
            let style = tree.text_of(node);
            if harmless(&style) {
                out.text(&style);
            } else {
                job.removed(Danger::Remote, "style", 1);
            }
            continue;
        }
        let children: Vec<Node> = tree.children(node).collect();
        steps.extend(children.into_iter().rev().map(Step::Open));
    }
    Ok(())
}

/// The attributes that stay, in the order of their names.
fn attributes<'t>(job: &mut Job<'_>, tree: &'t Tree<'_>, node: Node) -> Result<BTreeMap<(&'static str, &'t str), String>, Hold> {
    let mut kept = BTreeMap::new();
    for attribute in tree.attributes(node) {
        let (uri, local, value) = (tree.uri(attribute.name.ns), attribute.name.local, &*attribute.value);
        match (uri, local) {
            ("" | XLINK, "href") => {
                // Without a link, an anchor is only a group.
                if tree.local(node) == "a" {
                    continue;
                }
                let prefix = if uri.is_empty() { "" } else { "xlink" };
                if let Some(value) = reference(job, tree.local(node), value)? {
                    kept.insert((prefix, "href"), value);
                }
            }
            ("", local) if ATTRIBUTES.contains(&local) => {
                if harmless(value) {
                    kept.insert(("", local), value.to_owned());
                } else {
                    job.removed(Danger::Remote, local, 1);
                }
            }
            (XML, "space" | "lang") => {
                kept.insert(("xml", local), value.to_owned());
            }
            ("", local) if local.starts_with("on") => job.removed(Danger::Script, local, 1),
            (
                "",
                "requiredFeatures" | "requiredExtensions" | "systemLanguage" | "baseProfile" | "contentScriptType" | "contentStyleType"
                | "zoomAndPan",
            ) => {}
            (XLINK, _) => {}
            _ if uri.is_empty() => job.removed(Danger::Unknown, local, 1),
            _ => job.removed(Danger::Metadata, "他の名前空間の属性", 1),
        }
    }
    Ok(kept)
}

/// What a reference may be: something in the same picture, or a picture written out in it, rebuilt.
fn reference(job: &mut Job<'_>, element: &str, value: &str) -> Result<Option<String>, Hold> {
    let value = value.trim();
    if value.starts_with('#') {
        return Ok(Some(value.to_owned()));
    }
    let data = value.strip_prefix("data:").filter(|_| matches!(element, "image" | "feImage"));
    let Some((head, body)) = data.and_then(|data| data.split_once(',')) else {
        job.removed(Danger::Remote, element, 1);
        return Ok(None);
    };
    let decoded = if head.ends_with(";base64") { base64::decode(body) } else { None };
    let made = decoded.ok_or_else(|| Hold::new(Reason::Damaged, "SVG: data")).and_then(|bytes| job.part("image", &bytes, PICTURES));
    match made {
        Ok(built) => Ok(Some(format!("data:{};base64,{}", built.kind.mime(), base64::encode(&built.bytes)))),
        Err(hold) if job.note_instead(&hold) => {
            job.removed(Danger::EmbeddedFile, element, 1);
            Ok(None)
        }
        Err(hold) => Err(hold),
    }
}

/// Whether a style or value fetches nothing and runs nothing: the only addresses are within the picture.
fn harmless(value: &str) -> bool {
    let plain: String =
        value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect::<String>().to_ascii_lowercase();
    let forbidden = [
        "@import",
        "@font-face",
        "javascript:",
        "vbscript:",
        "expression(",
        "-moz-binding",
        "behavior:",
        "image-set(",
        "image(",
        "data:",
        "src(",
    ];
    if plain.contains('\\') || plain.contains("/*") || plain.contains("<!") || forbidden.iter().any(|word| plain.contains(word)) {
        return false;
    }
    plain.match_indices("url(").all(|(at, _)| plain.get(at + 4..).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with('#')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn clean(svg: &str) -> (String, u64) {
        let policy = Policy::default();
        let mut members = |_: &str, _: &[u8]| {};
        let mut job = Job::new(&policy, &[], &mut members);
        let made = rebuild(&mut job, svg.as_bytes()).map(|built| String::from_utf8(built.bytes).unwrap()).unwrap();
        (made, job.into_found().removed.iter().map(|removal| removal.count).sum())
    }

    #[test]
    fn dangers_go_and_drawing_stays() {
        let (made, removed) = clean(
            "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'>\
            <svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' onload='CANARY' width='10'>\
            <!-- CANARY --><script>CANARY</script><foreignObject>CANARY</foreignObject><use href='http://x/CANARY'/>\
            <image href='file:///CANARY'/><style>@import url(CANARY);</style><rect fill='url(http://CANARY)' stroke='url(#a)'/>\
            <a href='javascript:CANARY'><text>字</text></a><animate attributeName='href' values='CANARY'/><path d='M0 0L1 1'/></svg>",
        );
        assert!(!made.contains("CANARY"), "{made}");
        assert!(made.contains("字") && made.contains("M0 0L1 1") && made.contains("url(#a)"));
        assert!(removed >= 10);
        assert_eq!(clean(&made), (made.clone(), 0));
    }
}
