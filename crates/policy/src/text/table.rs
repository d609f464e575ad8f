//! Tables in plain text whose columns line up although Japanese characters are two cells wide.

/// Widest cell before it is cut, in terminal cells.
const WIDEST: usize = 48;

/// Rows under headings.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with headings and no rows.
    pub(super) fn new(headings: &[&str]) -> Table {
        Table { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(super) fn push<const COLUMNS: usize>(&mut self, row: [String; COLUMNS]) {
        self.rows.push(row.into_iter().map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect());
    }

    /// The table under a title with the number of rows, long cells cut.
    pub(super) fn titled(&self, title: &str) -> String {
        format!("■ {title}（{}件）\n{}\n", self.rows.len().saturating_sub(1), self.render(WIDEST))
    }

    /// The table with every cell whole.
    pub(super) fn unclipped(&self) -> String {
        self.render(usize::MAX)
    }

    fn render(&self, widest: usize) -> String {
        let cells: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(|cell| clip(cell, widest)).collect()).collect();
        let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
        let column_width = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(column_width).collect();
        let mut out = String::new();
        for (at, row) in cells.iter().enumerate() {
            push_row(&mut out, row, &widths);
            if at == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                push_row(&mut out, &rule, &widths);
            }
        }
        out
    }
}

/// One line, padded to the widths, without blanks at its end.
fn push_row(out: &mut String, row: &[String], widths: &[usize]) {
    let mut line = String::new();
    for (cell, column) in row.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(column.saturating_sub(width(cell)) + 2));
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// A text cut to a width, with an ellipsis where something was cut.
fn clip(text: &str, widest: usize) -> String {
    if width(text) <= widest {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0_usize;
    for character in text.chars() {
        used += cells(character);
        if used > widest.saturating_sub(2) {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// The width of a text in terminal cells.
fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// The width of a character: two cells for what Japanese fonts draw full-width.
fn cells(character: char) -> usize {
    match character {
        '\u{0300}'..='\u{036f}' | '\u{3099}' | '\u{309a}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2010}'..='\u{2026}'
        | '\u{203b}'
        | '\u{2160}'..='\u{217f}'
        | '\u{2190}'..='\u{21ff}'
        | '\u{2460}'..='\u{24ff}'
        | '\u{2500}'..='\u{27bf}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ if character.is_control() => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_wide_characters() {
        let mut table = Table::new(&["役割", "n"]);
        table.push(["CISO".to_owned(), "1".to_owned()]);
        table.push(["管理者".to_owned(), "22".to_owned()]);
        assert_eq!(table.unclipped(), "役割    n\n------  --\nCISO    1\n管理者  22\n");
    }

    #[test]
    fn long_cells_are_cut_by_width() {
        assert_eq!(clip("情報資産の管理", 8), "情報資…");
        assert_eq!(clip("asset", 8), "asset");
    }
}
