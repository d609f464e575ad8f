//! Who is addressed and who stands opposite: found by the particles behind the names.

use super::sentence::last_run;
use crate::tree::{build::outside_brackets, chars::is_space};

const OFFICES: [&str; 32] = [
    "者",
    "職員",
    "議員",
    "組合員",
    "推進員",
    "委員",
    "補助員",
    "役員",
    "社員",
    "作業員",
    "長",
    "次長",
    "委員会",
    "会議",
    "本部",
    "部門",
    "部署",
    "課",
    "室",
    "局",
    "事務局",
    "機関",
    "事業者",
    "団体",
    "窓口",
    "チーム",
    "本人",
    "CISO",
    "CSIRT",
    "CIO",
    "係",
    "上司",
];
const OUTSIDE: [&str; 8] = ["省", "庁", "都", "警察", "審議会", "部局", "保護委員会", "機構"];
const NOT_ACTORS: [&str; 13] = ["関係", "延長", "成長", "身長", "全長", "第三者", "他者", "前者", "後者", "機会", "社会", "同者", "両者"];
const NOUNS_OF_LEAVE: [&str; 9] = ["許可", "承認", "同意", "指示", "判断", "承諾", "決裁", "了承", "許諾"];
const TELLING: [&str; 37] = [
    "許可",
    "承認",
    "報告",
    "通知",
    "通報",
    "相談",
    "連絡",
    "周知",
    "提供",
    "提出",
    "届",
    "申請",
    "求め",
    "依頼",
    "指示",
    "指導",
    "助言",
    "命じ",
    "命ずる",
    "命令",
    "注意喚起",
    "返却",
    "照会",
    "仰",
    "公表",
    "共有",
    "教育",
    "啓発",
    "勧告",
    "要請",
    "説明",
    "申し出",
    "取り決め",
    "契約を締結",
    "監査",
    "引き渡",
    "させなければ",
];

/// Whether a compound names somebody who can act.
pub(super) fn is_actor(run: &str) -> bool {
    let stem = run.strip_suffix('等').unwrap_or(run);
    let own = ["本市", "本町", "本村", "本県", "本組合", "本市議会", "市", "町", "村", "組合"].contains(&stem);
    let meeting = ["Web会議", "ウェブ会議", "テレビ会議"].iter().any(|end| stem.ends_with(end));
    let room = [
        "機械室",
        "電算室",
        "サーバ室",
        "サーバー室",
        "サーバルーム",
        "執務室",
        "会議室",
        "計算機室",
        "マシン室",
        "書庫室",
        "事務室",
        "保管室",
    ];
    let place = room.iter().any(|room| stem.ends_with(room));
    own || (!meeting && !place && !NOT_ACTORS.contains(&stem) && OFFICES.iter().any(|end| stem.ends_with(end)))
}

fn is_counterpart(run: &str) -> bool {
    let stem = run.strip_suffix('等').unwrap_or(run);
    if ["本市", "本町", "本村", "本県", "本組合", "市", "町", "村", "組合"].contains(&stem) {
        return false;
    }
    is_actor(run) || OUTSIDE.iter().any(|end| stem.ends_with(end)) || ["都道府県", "国", "県"].contains(&stem)
}

/// A name as it is given out: without 当該, and without 等 behind a proper name.
fn tidy(run: &str) -> String {
    let run = run.strip_prefix("当該").unwrap_or(run);
    let place = run.strip_suffix('等').filter(|stem| stem.ends_with(['都', '省', '庁', '県', '府']));
    place.unwrap_or(run).to_owned()
}

/// Names joined by 及び, 又は, 、 at the end of a text.
fn names_before(text: &str, accept: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut text = text.trim_end_matches(is_space);
    loop {
        let (before, run) = last_run(text);
        let run_name = run.strip_prefix("当該").unwrap_or(run);
        if run_name == "者" && before.ends_with('の') {
            let (rest, whose) = last_run(before.strip_suffix('の').unwrap_or(before));
            names.push(format!("{whose}の者"));
            text = rest;
        } else if run_name == "者" || run_name == "者等" {
            let (name, rest) = described(text);
            names.extend(name);
            text = rest;
        } else if accept(run_name) {
            let (owner, rest) = owner(before, run_name);
            names.push(tidy(&format!("{owner}{run_name}")));
            text = before_description(rest, accept).unwrap_or(rest);
        } else {
            break;
        }
        text = ["必要に応じて", "必要に応じ", "その"].iter().find_map(|word| text.strip_suffix(word)).unwrap_or(text);
        let joined =
            ["及び", "又は", "並びに", "若しくは", "または", "および", "、", "と", "・"].iter().find_map(|word| text.strip_suffix(word));
        match joined {
            Some(rest) if !rest.is_empty() => text = rest,
            _ => break,
        }
    }
    names.reverse();
    names
}

/// A及び当該職員が所属する課のB: what is left of the description of B, if a name is joined there.
fn before_description<'a>(text: &'a str, accept: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    let described = text.ends_with('の') || ["する", "した", "いる", "れる"].iter().any(|end| text.ends_with(end));
    let start = text.rfind('、').unwrap_or(0);
    let word = ["及び", "又は", "並びに"].into_iter().filter(|_| described).max_by_key(|word| text.rfind(word))?;
    let at = text.rfind(word).filter(|at| *at >= start)?;
    let (left, right) = text.split_at_checked(at + word.len())?;
    let name = last_run(left.strip_suffix(word)?).1;
    (right.contains('が') && accept(name)).then_some(left)
}

/// 被監査部門の情報セキュリティ担当者: whose officer, where that is a plain name.
fn owner<'a>(before: &'a str, run: &str) -> (String, &'a str) {
    let Some(outer) = before.strip_suffix('の') else { return (String::new(), before) };
    let (rest, name) = last_run(outer);
    let kind = ["部門", "申請", "外部", "機関", "課", "部", "所管課"].iter().any(|end| name.ends_with(end));
    let named = name.chars().count() >= 3 && (rest.is_empty() || rest.ends_with(['、', 'は', 'び', 'に']));
    if kind && (named || name == "外部" || run.chars().count() <= 2) { (format!("{name}の"), rest) } else { (String::new(), before) }
}

/// 情報資産を作成する者: a person described by what they do.
fn described(text: &str) -> (Vec<String>, &str) {
    let start = text.rfind('、').map_or(0, |at| at + '、'.len_utf8());
    let (rest, phrase) = text.split_at_checked(start).unwrap_or(("", text));
    if let Some((left, right)) = phrase.split_once("者とその") {
        return (vec![clean(right), clean(&format!("{left}者"))], rest);
    }
    for word in ["及び", "又は"] {
        if let Some((left, right)) = phrase.split_once(word) {
            let (_, run) = last_run(left);
            if is_actor(run) && right.contains(['が', 'を', 'に']) {
                return (vec![clean(right), tidy(run)], rest);
            }
        }
    }
    (vec![clean(phrase)], rest)
}

/// Drops from a description how and from whom: 車両等により…を運搬する者 → …を運搬する者.
fn clean(phrase: &str) -> String {
    let mut phrase = phrase;
    for word in ["により", "から", "に基づき"] {
        if let Some((_, after)) = phrase.split_once(word).filter(|(_, after)| after.contains('を')) {
            phrase = after;
        }
    }
    if let Some((_, after)) = phrase.split_once('が') {
        let inner =
            ["した", "された"].iter().filter_map(|end| after.split_once(end)).map(|(_, tail)| tail).find(|tail| tail.contains('を'));
        phrase = inner.unwrap_or(phrase);
    }
    phrase.to_owned()
}

/// The topics of an act that can act: …者は、.
pub(super) fn subjects(act: &str) -> Vec<String> {
    if let Some((before, _)) = ["という。）は", "という）は", "という。)は", "という)は"].iter().find_map(|end| act.split_once(end))
    {
        let alias = before.rsplit('「').next().and_then(|tail| tail.strip_suffix('」'));
        return alias.map(str::to_owned).into_iter().collect();
    }
    let text = outside_brackets(act);
    if let Some(before) = topic(&text) {
        return names_before(before, &is_actor);
    }
    appointed(&text).or_else(|| doer(&text)).or_else(|| place(&text)).or_else(|| applicant(&text)).unwrap_or_default()
}

/// The text up to the first topic that can act.
pub(super) fn topic(text: &str) -> Option<&str> {
    text.match_indices('は').filter_map(|(at, _)| text.get(..at)).find(|before| {
        let run = last_run(before).1;
        is_actor(run.strip_prefix("当該").unwrap_or(run))
    })
}

/// 鍵は、管理者が保管する: the one who does it, named after the thing.
fn doer(text: &str) -> Option<Vec<String>> {
    let (before, after) = text.rsplit_once('が')?;
    let last = !after.contains('、') && !["場合", "とき", "する者", "した者", "ように"].iter().any(|word| after.contains(word));
    let run = last_run(before).1;
    // 持ち出す者が: the person is described.
    let name = if run == "者" { before.rsplit('、').next().unwrap_or(run) } else { run };
    let topic = before.strip_suffix(name)?.ends_with("は、");
    (last && topic && is_actor(run)).then(|| names_before(before, &is_actor)).filter(|names| !names.is_empty())
}

/// 事故を見つけた職員は: whether who is addressed is known by what they did.
pub(super) fn did_something(text: &str) -> bool {
    let appointed = ["指名された", "指名した", "任命された", "定められた", "認められた", "許可された"];
    text.match_indices('は').filter_map(|(at, _)| text.get(..at)).any(|before| {
        let (left, run) = last_run(before);
        is_actor(run) && left.ends_with('た') && !appointed.iter().any(|word| left.ends_with(word))
    })
}

/// 副市長をもって…とする; 委員会を、…組織とし.
fn appointed(text: &str) -> Option<Vec<String>> {
    let office = ["とし", "とする", "充てる", "当てる"].iter().any(|end| text.trim_end_matches('。').ends_with(end));
    if let Some((before, _)) = text.split_once("をもって").filter(|_| office) {
        let names = names_before(before, &|run| !run.is_empty());
        return (!names.is_empty()).then_some(names);
    }
    if !(text.ends_with("とし") || text.ends_with("とする。")) {
        return None;
    }
    if let Some((before, _)) = text.split_once("の指名に基づき") {
        return Some(names_before(before, &is_actor)).filter(|names| !names.is_empty());
    }
    let (before, _) = text.split_once("を、")?;
    Some(names_before(before, &is_actor)).filter(|names| !names.is_empty())
}

/// 業務担当課において策定する.
fn place(text: &str) -> Option<Vec<String>> {
    let (before, _) = text.split_once("において")?;
    let (_, run) = last_run(before);
    let office = run.ends_with(['課', '室', '局']) || run.ends_with("部署");
    office.then(|| vec![run.to_owned()])
}

/// 職員等が…する場合は、…の許可を得なければならない.
fn applicant(text: &str) -> Option<Vec<String>> {
    let (before, after) = text.split_once('が')?;
    let leave = NOUNS_OF_LEAVE.iter().any(|noun| after.contains(noun)) && after.contains("得");
    let (rest, run) = last_run(before);
    (leave && rest.is_empty() && is_actor(run)).then(|| vec![tidy(run)])
}

/// Who gives leave, is told, is asked.
pub(super) fn counterparts(act: &str, subjects: &[String]) -> Vec<String> {
    let text = outside_brackets(act);
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, 'の' | 'に' | 'へ' | 'を' | 'と' | 'が' | '間')) {
        let (before, after) = text.split_at_checked(at).unwrap_or(("", ""));
        let (_, run) = last_run(before);
        if run.is_empty() || !is_counterpart(run.strip_prefix("当該").unwrap_or(run)) {
            continue;
        }
        if stands_opposite(c, after) {
            found.push((at, names_before(before, &is_counterpart)));
        }
    }
    let mut names: Vec<String> = Vec::new();
    for name in found.into_iter().flat_map(|(_, names)| names) {
        if !subjects.contains(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether the words after a name (the particle first) make it the other side of the act.
fn stands_opposite(particle: char, after: &str) -> bool {
    let within = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    match particle {
        'の' => {
            let noun = after.strip_prefix('の').unwrap_or(after);
            NOUNS_OF_LEAVE.iter().any(|leave| {
                noun.strip_prefix(leave).map(|rest| rest.strip_prefix('等').unwrap_or(rest)).is_some_and(|rest| {
                    rest.starts_with("を得")
                        || rest.starts_with("を受け")
                        || rest.starts_with("な")
                        || rest.starts_with("に従")
                        || rest.starts_with("の下")
                        || rest.starts_with("により")
                })
            })
        }
        'へ' | 'に' => {
            let wide = ["に対し", "に対する"].iter().any(|p| after.starts_with(p));
            if !wide
                && [
                    "において",
                    "における",
                    "によ",
                    "に関",
                    "に係",
                    "について",
                    "に従",
                    "に基",
                    "に属",
                    "に応",
                    "に限",
                    "には",
                    "に所",
                    "に担保",
                    "に利用さ",
                ]
                .iter()
                .any(|p| after.starts_with(p))
            {
                return false;
            }
            // 外部の者に提供するときは、…: told in the condition, not by the norm.
            let first = after.split('、').next().unwrap_or(after);
            let condition = ["場合", "とき", "際"].iter().any(|word| first.contains(word)) && first.len() < after.len();
            !condition && within(predicate(after), &TELLING)
        }
        'を' => after.starts_with("を指名し"),
        'と' => {
            after.starts_with("との間で") && within(after, &TELLING)
                || after.starts_with("との") && within(predicate(after), &["連携", "情報共有", "情報の共有"])
        }
        'が' => ["が指名し、", "が認めた", "が承認した", "が行った後"].iter().any(|p| after.starts_with(p)),
        _ => after.starts_with("間で共有"),
    }
}

/// The words up to the verb that a particle depends on: at most two commas on.
fn predicate(after: &str) -> &str {
    let commas: Vec<usize> = after.match_indices('、').map(|(at, _)| at).take(2).collect();
    let end = if after.starts_with("に対し") {
        after.len()
    } else {
        commas.last().copied().filter(|_| commas.len() == 2).unwrap_or(after.len())
    };
    after.get(..end).unwrap_or(after)
}
