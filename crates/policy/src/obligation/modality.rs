//! The fixed endings of legal Japanese and the force they give a sentence.

use super::Modality;

/// What the ending of a sentence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The force is in the words themselves.
    Strong(Modality),
    /// ものとする, こととする, こと: a duty in a standard, a statement in a basic policy.
    Set,
    /// A plain verb: a duty if somebody is addressed.
    Plain,
    /// AをBとする: states what is so.
    Being,
}

/// The ending of a sentence without its full stop; `None` if it is no norm.
pub(super) fn ending(text: &str) -> Option<Ending> {
    let ends = |list: &[&str]| list.iter().any(|end| text.ends_with(end));
    if ends(&[
        "目的とする",
        "をいう",
        "である",
        "であった",
        "とおりとする",
        "という",
        "呼ぶ",
        "呼称する",
        "とみなす",
        "略す",
        "略する",
        "に適用する",
        "を適用する",
        "に関すること",
        "に関する事項",
        "対象とする範囲とする",
    ]) {
        return None;
    }
    if ends(&[
        "てはならない",
        "ではならない",
        "てはいけない",
        "ことはできない",
        "ことができない",
        "を禁止する",
        "を禁ずる",
        "を禁じる",
        "禁止とする",
        "ないものとする",
        "認めない",
        "を禁止すること",
    ]) {
        return Some(Ending::Strong(Modality::Prohibition));
    }
    if text.ends_with("ないこと") && !text.ends_with("がないこと") {
        return Some(Ending::Strong(Modality::Prohibition));
    }
    if ends(&[
        "限りでない",
        "限りではない",
        "妨げない",
        "可能とする",
        "ことができる",
        "できるものとする",
        "することも可",
        "認める",
        "差し支えない",
    ]) {
        return Some(Ending::Strong(Modality::Permission));
    }
    if ends(&["望ましい", "望ましいものとする", "推奨する", "推奨される"]) {
        return Some(Ending::Strong(Modality::Recommendation));
    }
    let stem = ["なければならない", "ねばならない", "ものとする", "こと", "こととする"].iter().find_map(|end| text.strip_suffix(end));
    if stem.unwrap_or(text).ends_with("努め")
        || stem.unwrap_or(text).ends_with("努める")
        || stem.unwrap_or(text).ends_with("心掛け")
        || stem.unwrap_or(text).ends_with("心掛ける")
    {
        return Some(Ending::Strong(Modality::Effort));
    }
    if ends(&[
        "なければならない",
        "ねばならない",
        "なくてはならない",
        "義務を負う",
        "責任を負う",
        "責務を負う",
        "必要がある",
        "なければいけない",
    ]) {
        return Some(Ending::Strong(Modality::Duty));
    }
    if ends(&["ものとする", "こととする"]) || (text.ends_with("こと") && !ends(&["のこと", "なこと"])) {
        return Some(Ending::Set);
    }
    if ends(&["とする", "に充てる", "を充てる", "をもって充てる", "とし", "にあたる", "に当たる"]) {
        return Some(Ending::Being);
    }
    if ends(&["ている", "てある", "なる", "いる", "がある", "できる", "される", "られる", "といえる", "考えられる", "による", "ことによる"])
        && !ends(&["用いる", "講じる"])
    {
        return None;
    }
    let verb = text.chars().last().is_some_and(|c| matches!(c, 'る' | 'う' | 'く' | 'す' | 'つ' | 'む' | 'ぶ' | 'ぐ' | 'ず'));
    (verb && !ends(&["など", "及ぶ"])).then_some(Ending::Plain)
}

/// Ending of an act that is followed by another: …を行い、 …し、.
pub(super) fn continued(text: &str) -> Option<Ending> {
    if text.ends_with("とし") {
        return Some(Ending::Being);
    }
    Some(Ending::Plain)
}

/// Whether a clause states an office or its powers rather than an act.
pub(super) fn states_authority(text: &str) -> bool {
    text.contains("をもって") && (text.ends_with('し') || text.ends_with("とする") || text.ends_with("充てる"))
        || text.ends_with("権限を有する")
        || text.ends_with("権限及び責任を有する")
}
