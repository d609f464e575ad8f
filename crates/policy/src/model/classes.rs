//! Asset classes: from the rows of a classification table, or from lines that begin with a class.

use unicode_normalization::UnicodeNormalization;

use super::{
    Citation, Class,
    words::{fold, patterns},
};
use crate::tree::Document;

patterns! {
    HEADER = "分類|区分|格付|重要度|レベル|等級";
    NAME = "^(?P<axis>機密性|完全性|可用性|重要性(?:分類)?|重要度|分類|レベル|区分)?(?P<mark>[ⅠⅡⅢⅣⅤⅥ]|[IVX]{1,4}|[0-9]{1,2}[A-Za-z]?|[A-E]|[Ａ-Ｅ]|高|中|低|大|小|極秘|秘|公開)(?:情報|の情報資産)?$";
    LINE = "^(?P<name>(?:機密性|完全性|可用性|重要性分類|重要度|分類|レベル)(?:[ⅠⅡⅢⅣⅤⅥ]|[IVX]{1,4}|[0-9]{1,2}[A-Za-z]?))(?:[：:、　（]|は、|とは、?|…)(?P<meaning>.+)$";
}

/// The axis of a policy that ranks by importance alone.
const ONLY_AXIS: &str = "重要性";

/// The classes of a document, highest first within each axis.
pub(super) fn derive(document: &Document) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    let mut in_table = false;
    for clause in document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
        for paragraph in &clause.paragraphs {
            let cite = Citation { clause: clause.path.clone(), n: 0, line: paragraph.line };
            if paragraph.table || paragraph.text.contains('\t') {
                let cells: Vec<String> = paragraph.text.split('\t').map(fold).collect();
                let Some(first) = cells.first() else { continue };
                match name_of(first) {
                    Some((axis, name)) if in_table || axis != ONLY_AXIS => {
                        let meaning =
                            cells.get(1..).unwrap_or_default().iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>();
                        push(&mut classes, axis, name, meaning.join(" "), cite);
                    }
                    _ => in_table = HEADER.is_match(first) && cells.len() > 1,
                }
            } else if let Some(found) = LINE.captures(&fold(&paragraph.text))
                && let (Some(name), Some(meaning)) = (found.name("name"), found.name("meaning"))
                && let Some((axis, name)) = name_of(name.as_str())
            {
                push(&mut classes, axis, name, meaning.as_str().trim_end_matches('）').to_owned(), cite);
            }
        }
    }
    rank(&mut classes);
    classes
}

/// Axis and name of a class, from the cell that holds it.
fn name_of(cell: &str) -> Option<(String, String)> {
    let found = NAME.captures(cell)?;
    let mark = found.name("mark")?.as_str();
    let axis = found.name("axis").map_or("", |axis| axis.as_str());
    let mark = canonical(mark);
    Some(match axis {
        "機密性" | "完全性" | "可用性" => (axis.to_owned(), format!("{axis}{mark}")),
        _ => (ONLY_AXIS.to_owned(), mark),
    })
}

/// Roman numerals in one spelling: `II` and `Ⅱ` are both `Ⅱ`.
pub(crate) fn canonical(mark: &str) -> String {
    let plain: String = mark.nfkc().collect();
    let numerals = ["I", "II", "III", "IV", "V", "VI"];
    let signs = ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "Ⅵ"];
    let sign = numerals.iter().zip(signs).find(|(numeral, _)| **numeral == plain);
    sign.map_or(plain, |(_, sign)| sign.to_owned())
}

fn push(classes: &mut Vec<Class>, axis: String, name: String, meaning: String, cite: Citation) {
    if !classes.iter().any(|known| known.axis == axis && known.name == name) {
        classes.push(Class { name, axis, rank: 0, meaning, cite });
    }
}

/// Orders each axis: figures count upwards on the three axes of the national guideline (機密性3 is the
/// highest); everywhere else the first row is the highest.
fn rank(classes: &mut Vec<Class>) {
    let mut axes: Vec<String> = Vec::new();
    for class in classes.iter() {
        if !axes.contains(&class.axis) {
            axes.push(class.axis.clone());
        }
    }
    let mut ranked = Vec::with_capacity(classes.len());
    for axis in axes {
        let mut group: Vec<Class> = classes.iter().filter(|class| class.axis == axis).cloned().collect();
        if axis != ONLY_AXIS {
            let figure = |class: &Class| class.name.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u32>().unwrap_or(0);
            group.sort_by_key(|class| std::cmp::Reverse(figure(class)));
        }
        for (rank, mut class) in group.into_iter().enumerate() {
            class.rank = rank;
            ranked.push(class);
        }
    }
    *classes = ranked;
}
