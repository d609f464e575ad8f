//! What kind of document it is: found out from its titles and numbering, not asked for; judges no sentence itself.

use serde::{Deserialize, Serialize};

use crate::{
    model::words::{fold, without_brackets},
    obligation::{Modality, Obligation},
    tree::{Clause, Document},
};

/// What kind of document a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Genre {
    /// 基本方針.
    BasicPolicy,
    /// 対策基準.
    Standard,
    /// 実施手順.
    Procedure,
    /// 条例・規則・規程・要綱.
    Ordinance,
    /// 基本方針 and 対策基準 (or 実施手順) of one body in one file: the whole policy.
    Whole,
    /// Two or more documents that do not belong together in one file.
    Several,
    /// No policy.
    None,
}

/// A document within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its title.
    pub title: String,
    /// Index of the clause it begins with, 0 for the first.
    pub clause: usize,
    /// Its kind, where the title tells.
    pub genre: Option<Genre>,
}

/// What a word at the end of a title says.
const WORDS: [(&str, Genre); 21] = [
    ("基本方針", Genre::BasicPolicy),
    ("方針", Genre::BasicPolicy),
    ("対策基準", Genre::Standard),
    ("管理基準", Genre::Standard),
    ("運用基準", Genre::Standard),
    ("基準", Genre::Standard),
    ("実施手順", Genre::Procedure),
    ("手順書", Genre::Procedure),
    ("手順", Genre::Procedure),
    ("マニュアル", Genre::Procedure),
    ("手引", Genre::Procedure),
    ("手引き", Genre::Procedure),
    ("条例", Genre::Ordinance),
    ("規則", Genre::Ordinance),
    ("規程", Genre::Ordinance),
    ("規定", Genre::Ordinance),
    ("要綱", Genre::Ordinance),
    ("要領", Genre::Ordinance),
    ("細則", Genre::Ordinance),
    ("訓令", Genre::Ordinance),
    ("ポリシー", Genre::Whole),
];

/// The kind a title names: by its last word of a kind.
#[must_use]
pub fn of_title(title: &str) -> Option<Genre> {
    let title = without_brackets(&fold(title));
    let places = WORDS.iter().filter_map(|(word, genre)| title.rfind(word).map(|at| (at + word.len(), word.len(), *genre)));
    places.max_by_key(|(end, length, _)| (*end, *length)).map(|(_, _, genre)| genre)
}

/// The documents in a file: the one that names it, and those that begin anew with a title of their own.
#[must_use]
pub fn parts(document: &Document) -> Vec<Part> {
    let first = Part { title: document.title.clone(), clause: 0, genre: of_title(&document.title) };
    let begins = |(at, clause): (usize, &Clause)| {
        is_title(clause).then(|| Part { title: clause.path.clone(), clause: at, genre: of_title(&clause.path) })
    };
    std::iter::once(first).chain(document.clauses.iter().enumerate().filter_map(begins)).collect()
}

/// Whether a clause is the title of a further document in the file.
fn is_title(clause: &Clause) -> bool {
    let name = clause.path.split('〔').next().unwrap_or_default();
    let own = clause.parent == Some(0) && clause.heading.is_empty() && !name.contains('/') && name.chars().count() > 4;
    own && !name.starts_with(['附', '別', '様', '用', '改', '沿', '表']) && of_title(name).is_some()
}

/// The kind of a document.
#[must_use]
pub fn genre(document: &Document, obligations: &[Obligation]) -> Genre {
    if document.clauses.len() < 2 || obligations.is_empty() {
        return Genre::None;
    }
    let parts = parts(document);
    if parts.len() > 1 {
        return if belong_together(&parts) { Genre::Whole } else { Genre::Several };
    }
    let chapter = |clause: &&Clause| clause.parent == Some(0) && clause.path.starts_with('第') && !clause.path.ends_with('条');
    let mut chapters: Vec<Genre> = document.clauses.iter().filter(chapter).filter_map(|clause| tail_genre(&clause.heading)).collect();
    chapters.dedup();
    match (chapters.as_slice(), of_title(&document.title)) {
        ([_, _, ..], _) => Genre::Whole,
        (_, Some(genre)) if genre != Genre::Whole => genre,
        ([only], _) => *only,
        _ => by_contents(document, obligations),
    }
}

/// 第2章 …基本方針: a chapter that is a part of the policy, not one that only speaks of it.
fn tail_genre(heading: &str) -> Option<Genre> {
    let parts = [("基本方針", Genre::BasicPolicy), ("対策基準", Genre::Standard), ("実施手順", Genre::Procedure)];
    parts.into_iter().find(|(word, _)| heading.ends_with(word)).map(|(_, genre)| genre)
}

/// A 基本方針 and the 対策基準 of the same body are one policy.
fn belong_together(parts: &[Part]) -> bool {
    let layer = |part: &Part| matches!(part.genre, Some(Genre::BasicPolicy | Genre::Standard | Genre::Procedure | Genre::Whole));
    let body = |part: &Part| {
        let name = fold(&part.title);
        ["情報", "セキュリティ", "サイバー"]
            .iter()
            .filter_map(|word| name.find(word))
            .min()
            .and_then(|at| name.get(..at).map(str::to_owned))
    };
    let first = parts.first().and_then(body);
    let distinct = parts.iter().enumerate().all(|(at, part)| parts.iter().skip(at + 1).all(|other| other.genre != part.genre));
    let same = parts
        .iter()
        .filter_map(body)
        .all(|other| other.is_empty() || first.as_ref().is_none_or(|first| first.is_empty() || *first == other));
    distinct && same && parts.iter().all(layer)
}

/// Without a telling title: articles make an ordinance, duties a standard, statements a basic policy.
fn by_contents(document: &Document, obligations: &[Obligation]) -> Genre {
    if document
        .clauses
        .iter()
        .any(|clause| clause.path.rsplit('/').next().is_some_and(|last| last.starts_with('第') && last.contains('条')))
    {
        return Genre::Ordinance;
    }
    let binding = obligations.iter().filter(|o| matches!(o.modality, Modality::Duty | Modality::Prohibition)).count();
    if binding * 4 > obligations.len() { Genre::Standard } else { Genre::BasicPolicy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Controls;

    fn kind(text: &str) -> Genre {
        let reading = crate::read(text, &Controls::default());
        genre(&reading.document, &reading.obligations)
    }

    #[test]
    fn titles_tell_the_kind() {
        assert_eq!(of_title("港町情報セキュリティ基本方針（令和8年改定）"), Some(Genre::BasicPolicy));
        assert_eq!(of_title("港町情報セキュリティ基本方針に基づく対策基準"), Some(Genre::Standard));
        assert_eq!(of_title("基幹システム実施手順書"), Some(Genre::Procedure));
        assert_eq!(of_title("港町情報セキュリティ対策基準を定める訓令"), Some(Genre::Ordinance));
        assert_eq!(of_title("港町のお知らせ"), None);
    }

    #[test]
    fn the_kind_is_found_out() {
        assert_eq!(kind("港町情報セキュリティ基本方針\n\n1 目的\n\n情報を守ることとする。\n"), Genre::BasicPolicy);
        assert_eq!(kind("港町情報管理規程\n\n第1条 職員は、情報を守らなければならない。\n"), Genre::Ordinance);
        assert_eq!(kind("第1条 職員は、情報を守らなければならない。\n"), Genre::Ordinance);
        assert_eq!(kind("1 遵守\n\n職員は、情報を守らなければならない。\n"), Genre::Standard);
        let whole = "港町情報セキュリティポリシー\n\n第1章 港町情報セキュリティ基本方針\n\n1 目的\n\n情報を守ることとする。\n\n第2章 港町情報セキュリティ対策基準\n\n1 端末\n\n職員は、端末を守らなければならない。\n";
        assert_eq!(kind(whole), Genre::Whole);
        assert_eq!(kind("夏まつりのお知らせ\n\n港の広場で開きます。\n"), Genre::None);
    }

    #[test]
    fn two_documents_in_one_file_are_one_policy_or_two() {
        let file = |first: &str, second: &str| {
            format!(
                "{first}\n\n1 目的\n\n情報を守ることとする。\n\n2 見直し\n\n見直すこととする。\n\n{second}\n\n1 端末\n\n職員は、端末を守らなければならない。\n\n2 記録\n\n職員は、記録を残さなければならない。\n"
            )
        };
        assert_eq!(kind(&file("港町情報セキュリティ基本方針", "港町情報セキュリティ対策基準")), Genre::Whole);
        assert_eq!(kind(&file("港町情報セキュリティ基本方針", "谷村情報セキュリティ対策基準")), Genre::Several);
        assert_eq!(kind(&file("港町情報管理規程", "港町文書管理規程")), Genre::Several);
    }
}
