//! Zones (領域) of the network that a document names.

use super::{Citation, Zone, words::patterns};
use crate::tree::Document;

patterns! {
    MYNUMBER = "(?:マイナンバー|個人番号)(?:利用|関係)?事務系";
    LGWAN = "(?:総合行政ネットワーク)?[（(]?(?:LGWAN|ＬＧＷＡＮ)[）)]?[*＊]?[ 　]?接続系|総合行政ネットワーク接続系";
    INTERNET = "インターネット[ 　]?接続系";
}

/// The zones in the order of the text; a clause whose heading names the zone is its definition.
pub(super) fn derive(document: &Document) -> Vec<Zone> {
    let kinds = [("mynumber", &MYNUMBER), ("lgwan", &LGWAN), ("internet", &INTERNET)];
    let mut zones: Vec<(usize, Zone)> = Vec::new();
    for (id, pattern) in kinds {
        let clauses = || document.clauses.iter().filter(|clause| !clause.path.is_empty());
        let headed = clauses().find_map(|clause| {
            let found = pattern.find(&clause.heading).filter(|found| found.start() == 0)?;
            Some((clause, found.as_str(), clause.line))
        });
        let mentioned = || {
            clauses().find_map(|clause| {
                let mut paragraphs = clause.paragraphs.iter();
                paragraphs.find_map(|paragraph| pattern.find(&paragraph.text).map(|found| (clause, found.as_str(), paragraph.line)))
            })
        };
        if let Some((clause, name, line)) = headed.or_else(mentioned) {
            let name = name.replace(['*', '＊'], "");
            zones.push((line, Zone { id: id.to_owned(), name, cite: Citation { clause: clause.path.clone(), n: 0, line } }));
        }
    }
    zones.sort_by_key(|(line, _)| *line);
    zones.into_iter().map(|(_, zone)| zone).collect()
}
