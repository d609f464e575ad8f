//! Documents that a policy requires to exist.

use super::{
    Citation, DocumentRequired,
    names::Names,
    outline::Outline,
    words::{fold, is_role_like, joins_word, patterns},
};
use crate::obligation::{Form, Modality, Obligation};

patterns! {
    KEPT = "(?:実施手順|運用手順|利用手順|対処手順|移行手順|手順書|手順|対策基準|選定基準|基準|計画書|計画（[^（）]{1,12}）|計画|規程|規定|規則|要領|要綱|マニュアル|手引書|手引|ガイドライン|連絡網|管理簿|管理台帳|台帳|一覧表|一覧|仕様書|緊急連絡先|体制図|構成図|チェックリスト)(?P<after>(?:等)?(?:の規定)?(?:を|の)(?:別に|それぞれ|あらかじめ|文書化し|部署ごとに|業務担当課において)?(?:策定|整備|定め|作成|維持|確立|構築|備え|規定))";
    MODIFIES = "^(?:し|め|さ|れ)*(?:た|ている)|^(?:する|る)[\\p{Han}\\p{Katakana}]|^(?:に)?(?:時|際|に当た|段階|の際|に係)";
}

/// The documents in the order they are first required; one entry a document.
pub(super) fn derive(outline: &Outline<'_>, obligations: &[Obligation], names: &Names) -> Vec<DocumentRequired> {
    let mut documents: Vec<DocumentRequired> = Vec::new();
    let required = |obligation: &&Obligation| {
        matches!(obligation.modality, Modality::Duty | Modality::Declaration) && matches!(obligation.form, Form::Sentence | Form::Lead)
    };
    for obligation in obligations.iter().filter(required) {
        let text = fold(&obligation.text).replace(['「', '」'], "");
        let bare = introduced(&text);
        for found in KEPT.captures_iter(&bare) {
            let (Some(whole), Some(after)) = (found.get(0), found.name("after")) else { continue };
            if bare.get(after.end()..).is_some_and(|rest| MODIFIES.is_match(rest)) {
                continue;
            }
            let Some(name) = bare.get(..after.start()).map(|before| name(before, whole.start())) else { continue };
            if name.is_empty() || is_role_like(&name) {
                continue;
            }
            let keeper = names.resolve(&obligation.subjects);
            match documents.iter_mut().find(|known| same(&known.name, &name)) {
                Some(known) => {
                    let new = keeper.into_iter().filter(|who| !known.keeper.contains(who)).collect::<Vec<_>>();
                    known.keeper.extend(new);
                }
                None => documents.push(DocumentRequired {
                    name: if name.chars().count() <= 4 { qualified(outline, obligation, name) } else { name },
                    keeper,
                    cite: Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line },
                }),
            }
        }
    }
    documents
}

/// The sentence without the brackets that introduce another name (以下「X」という。).
fn introduced(text: &str) -> String {
    let mut kept = text.to_owned();
    while let Some(start) = kept.find("（以下") {
        let Some(end) = kept.get(start..).and_then(|rest| rest.find('）')).map(|at| start + at + '）'.len_utf8()) else { break };
        kept.replace_range(start..end, "");
    }
    kept
}

/// A name that says nothing alone (利用手順), with the heading it stands under.
fn qualified(outline: &Outline<'_>, obligation: &Obligation, name: String) -> String {
    let heading = outline.title(&obligation.clause);
    if heading.is_empty() || heading.contains(&name) { name } else { format!("{name}（{heading}）") }
}

/// The noun that ends a text: back over words, brackets and the particles that tie nouns together.
fn name(before: &str, ending: usize) -> String {
    let ties = ["に関する", "に係る", "にかかる", "のための", "における"];
    let mut start = ending;
    loop {
        start = word_start(before, start);
        let Some(tie) = before.get(..start).and_then(|rest| ties.iter().find(|tie| rest.ends_with(**tie))) else { break };
        let tied = start - tie.len();
        if word_start(before, tied) == tied {
            break;
        }
        start = tied;
    }
    let name = before.get(start..).unwrap_or_default().trim_start_matches(['の', '等', '・']);
    // 「場合の罰則規定」: the circumstance is no part of the name.
    let leads = ["場合の", "以外の", "際の", "本市の", "本組合の", "本町の", "本議会の"];
    leads.iter().find_map(|lead| name.split_once(lead).map(|(_, rest)| rest)).unwrap_or(name).to_owned()
}

/// Where the run of words, brackets and の that ends at a place begins.
fn word_start(text: &str, end: usize) -> usize {
    let mut start = end;
    let mut depth = 0_usize;
    for (at, character) in text.get(..end).unwrap_or_default().char_indices().rev() {
        match character {
            '）' => depth += 1,
            '（' => depth = depth.saturating_sub(1),
            _ if depth > 0 || joins_word(character) || matches!(character, '・' | 'の' | ' ') => {}
            _ => break,
        }
        start = at;
    }
    start
}

/// Whether two names mean one document: equal, or one is the tail of the other (実施手順).
fn same(left: &str, right: &str) -> bool {
    left == right || (left.ends_with(right) || right.ends_with(left)) && left.chars().count().min(right.chars().count()) >= 3
}
