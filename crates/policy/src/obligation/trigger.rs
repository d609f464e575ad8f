//! What sets a norm in motion, and which asset class it is limited to.

use super::{Trigger, actors};
use crate::tree::{
    build::outside_brackets,
    chars::{fold, is_hiragana, squeeze},
};

/// Words that make a norm come again by the calendar.
const PERIODS: [&str; 27] = [
    "定期的",
    "定期に",
    "定期又は",
    "定期報告",
    "毎年",
    "毎月",
    "毎週",
    "毎日",
    "スケジュール",
    "次の日程",
    "年間の日程",
    "年1回",
    "年一回",
    "年2回",
    "年に",
    "月1回",
    "月一回",
    "週1回",
    "日次",
    "月次",
    "に一度",
    "に1度",
    "年度ごと",
    "年ごと",
    "か月ごと",
    "箇月ごと",
    "四半期",
];

/// The trigger stated in an act.
pub(super) fn trigger(act: &str, subjects: &[String]) -> Option<Trigger> {
    let text = squeeze(&outside_brackets(act));
    let text = text.as_str();
    if PERIODS.iter().any(|word| text.contains(word)) {
        return Some(Trigger::Periodic);
    }
    if is_event(text, subjects) {
        return Some(Trigger::Event);
    }
    ["常に", "常時監視", "常駐させ", "常時、"].iter().any(|word| text.contains(word)).then_some(Trigger::Always)
}

fn is_event(text: &str, subjects: &[String]) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    condition(text, "場合", &["場合を除", "場合の"])
        || condition(text, "とき", &[])
        || ["際、", "際は", "際に", "際し"].iter().any(|marker| condition(text, marker, &["際して、"]))
        || has(&[
            "次第",
            "必要に応じ",
            "途上の",
            "途上で",
            "時点で",
            "に伴う",
            "に伴い",
            "を受けた",
            "から施行",
            "事後",
            "申請を審査",
            "の可否を",
            "その後も",
        ])
        || has(&["結果に基づ", "結果から", "結果を踏まえ", "変化等を踏まえ", "変化を踏まえ", "する前に", "した後", "た後に"])
        || ["に当たって", "に当たり", "にあたって", "にあたり"].iter().any(|w| {
            text.split_once(w)
                .is_some_and(|(before, _)| !["業務の遂行", "職務の遂行", "事務の遂行"].iter().any(|usual| before.ends_with(usual)))
        })
        || ["時に", "時は", "時、", "後、", "後に", "後は", "後速やか"].iter().any(|marker| moment(text, marker))
        || matches!(subjects, [who] if acting(who))
        || actors::did_something(text)
}

/// A condition, unless it is part of what the norm is for (…した場合に対応するため、).
fn condition(text: &str, marker: &str, but: &[&str]) -> bool {
    text.match_indices(marker).any(|(at, _)| {
        let rest = text.get(at..).unwrap_or("");
        !but.iter().any(|other| rest.starts_with(other)) && !for_a_purpose(rest)
    })
}

fn for_a_purpose(rest: &str) -> bool {
    rest.split('、').next().is_some_and(|clause| clause.contains("ため"))
}

/// 作成時に, 侵害時には, 完了後、: a noun and a point in time.
fn moment(text: &str, marker: &str) -> bool {
    text.match_indices(marker).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().last());
        let noun = before.is_some_and(|c| c == 'し' || !is_hiragana(c) && !matches!(c, '常' | '随' | '同' | '急' | '今'));
        noun && !for_a_purpose(text.get(at..).unwrap_or(""))
    })
}

/// 廃棄を行う者: the person is named by the act.
fn acting(who: &str) -> bool {
    let verb = who.strip_suffix('者').and_then(|act| act.chars().last());
    who.contains('を') && verb.is_some_and(|c| "るうくすつむぶぐた".contains(c))
}

/// The asset class a text limits itself to.
pub(super) fn class(text: &str) -> Option<String> {
    for (at, word) in text.match_indices("分類") {
        let after = text.get(at + word.len()..).unwrap_or("");
        let name: String = after.chars().map(fold).take_while(|c| c.is_ascii_digit() || matches!(c, 'Ⅰ'..='Ⅻ' | 'I' | 'V')).collect();
        if name.is_empty() {
            continue;
        }
        let rest = after.chars().skip(name.chars().count()).collect::<String>();
        return Some(limited(&roman(&name), &rest));
    }
    for axis in ["機密性", "完全性", "可用性"] {
        for (at, word) in text.match_indices(axis) {
            let after = text.get(at + word.len()..).unwrap_or("");
            let Some(level) = after.chars().next().map(fold).filter(char::is_ascii_digit) else { continue };
            let rest = after.chars().skip(1).collect::<String>();
            return Some(limited(&format!("{axis}{level}"), &rest));
        }
    }
    None
}

fn limited(name: &str, rest: &str) -> String {
    let above = rest.starts_with("以上");
    let name = if above { format!("{name}以上") } else { name.to_owned() };
    let clause = rest.split(['。', '、']).next().unwrap_or(rest);
    let negated = ["を取り扱わない", "を扱わない", "を取り扱うことがない", "以外"].iter().any(|word| clause.contains(word));
    if negated { format!("not:{name}") } else { name }
}

fn roman(name: &str) -> String {
    match name {
        "I" => "Ⅰ",
        "II" => "Ⅱ",
        "III" => "Ⅲ",
        "IV" => "Ⅳ",
        "V" => "Ⅴ",
        other => other,
    }
    .to_owned()
}
