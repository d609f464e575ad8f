//! Damage and other ways of writing that change no clause: each document is read again after a mutation, and
//! what must not change is compared. Each mutation says what that is; at least 99 of 100 nodes and norms agree.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use policy::{control::Controls, obligation, tree};

/// A small generator of numbers: the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next()).unwrap() % n.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A mutation: the mutated text and what must be seen of it; nothing where it does not apply.
type Mutation<'m> = &'m dyn Fn(&str, &mut Chance) -> Option<(String, Seen)>;

/// What is compared: paths with headings, and norms with clause, force and addressees.
#[derive(Default, Clone)]
struct Seen {
    nodes: Vec<String>,
    norms: Vec<String>,
}

/// A text in one width and without spaces.
fn squeeze(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap(),
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect()
}

fn see(text: &str) -> Seen {
    let (document, _) = tree::parse(text);
    assert_eq!(document.clauses.iter().filter_map(|c| document.source.get(c.span.clone())).collect::<String>(), text);
    // A heading that is the beginning of a text is cut at 20 characters, spaces included.
    let head = |c: &tree::Clause| squeeze(&c.heading).chars().take(12).collect::<String>();
    let nodes = document.clauses.iter().skip(1).map(|c| format!("{} {}", c.path, head(c))).collect();
    let norm = |o: obligation::Obligation| format!("{}#{} {:?} {}", o.clause, o.n, o.modality, squeeze(&o.subjects.join(" ")));
    Seen { nodes, norms: obligation::extract(&document, &Controls::default()).into_iter().map(norm).collect() }
}

/// Entries of both, as bags.
fn common(left: &[String], right: &[String]) -> usize {
    let mut bag: HashMap<&str, usize> = HashMap::new();
    for entry in left {
        *bag.entry(entry).or_default() += 1;
    }
    right
        .iter()
        .filter(|entry| {
            let left = bag.entry(entry.as_str()).or_default();
            let there = *left > 0;
            *left = left.saturating_sub(1);
            there
        })
        .count()
}

/// Name and text of the invented documents, the sample and, where they are at hand, the real policies.
fn documents() -> Vec<(String, String)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["test_data/family", "test_data/read", "../../samples", "../../../shared/seeds"] {
        let Ok(entries) = fs::read_dir(here.join(folder)) else {
            println!("skipped: no {folder}");
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txt")));
    }
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), document::extract(&fs::read(path).unwrap()).unwrap().text)).collect()
}

/// Mutates all documents several times; `expect` says what must be seen of the mutated text.
fn check(what: &str, seeds: u64, mutate: Mutation<'_>) {
    check_of(what, seeds, documents(), mutate);
}

fn check_of(what: &str, seeds: u64, documents: Vec<(String, String)>, mutate: Mutation<'_>) {
    let (mut same, mut all) = (0, 0);
    let (mut worst, mut changed) = (String::new(), 0);
    for (name, text) in documents {
        for seed in 1..=seeds {
            let mut chance = Chance(seed * 7_919 + text.len() as u64);
            let Some((mutated, expected)) = mutate(&text, &mut chance) else { continue };
            changed += usize::from(mutated != text);
            let found = see(&mutated);
            for (found, expected) in [(&found.nodes, &expected.nodes), (&found.norms, &expected.norms)] {
                let agree = common(expected, found);
                same += agree;
                all += expected.len().max(found.len());
                for entry in expected.iter().filter(|entry| !found.contains(entry)).take(4) {
                    writeln!(worst, "{name} seed {seed}: lost  {entry}").unwrap();
                }
                for entry in found.iter().filter(|entry| !expected.contains(entry)).take(4) {
                    writeln!(worst, "{name} seed {seed}: found {entry}").unwrap();
                }
            }
        }
    }
    let share = f64::from(u32::try_from(same).unwrap()) / f64::from(u32::try_from(all.max(1)).unwrap());
    println!("{what}: {same} of {all} agree, {share:.4}");
    if std::env::var_os("SHOW_DIFFERENCES").is_some() {
        println!("{worst}");
    }
    assert!(changed >= 5, "{what}: the mutation changed {changed} texts");
    assert!(share >= 0.99, "{what}: {share:.4}\n{}", worst.lines().take(60).collect::<Vec<_>>().join("\n"));
}

fn each_line(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => change(line) + "\n",
            None => change(line),
        })
        .collect()
}

/// Whether a line is a row of a table or an entry of a contents list: a unit of its own layout.
fn is_set(line: &str) -> bool {
    line.contains(['\t', '…', '#']) || line.contains("...")
}

#[test]
fn full_width_and_half_width_are_the_same() {
    let wide =
        |c: char| if matches!(c, '0'..='9' | '(' | ')' | 'a'..='z' | 'A'..='Z') { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' if c.is_alphanumeric() || matches!(c, '（' | '）') => char::from_u32(c as u32 - 0xfee0).unwrap(),
        '\u{3000}' => ' ',
        c => c,
    };
    let set = |line: &str| line.contains(['\t', '^']);
    check("wide", 1, &|text, _| {
        Some((each_line(text, |line| if set(line) { line.into() } else { line.chars().map(wide).collect() }), see(text)))
    });
    check("narrow", 1, &|text, _| {
        Some((each_line(text, |line| if set(line) { line.into() } else { line.chars().map(narrow).collect() }), see(text)))
    });
}

#[test]
fn wrapping_lines_changes_nothing() {
    // Lines of a fixed number of characters; no line begins with what may not begin one.
    let wrap = |line: &str, width: usize| {
        let mut out = String::new();
        let mut used = 0;
        for c in line.chars() {
            if used >= width && !"、。，．）」』*＊※ー・ッャュョっゃゅょァィゥェォ".contains(c) {
                out.push('\n');
                used = 0;
            }
            out.push(c);
            used += 1;
        }
        out
    };
    for width in [32, 38, 44] {
        // Texts that are wrapped already, or have no long line, say nothing here.
        let long: Vec<_> =
            documents().into_iter().filter(|(_, text)| text.lines().filter(|line| line.chars().count() > 50).count() >= 5).collect();
        check_of(&format!("wrap {width}"), 1, long, &|text, _| {
            Some((each_line(text, |line| if is_set(line) { line.into() } else { wrap(line, width) }), see(text)))
        });
    }
}

#[test]
fn page_breaks_change_nothing() {
    for style in 0..3 {
        check(&format!("pages {style}"), 3, &|text, chance| {
            let title = text.lines().find(|line| line.chars().count() > 6)?.trim_start_matches(['#', ' ']).to_owned();
            let count = text.lines().count();
            if count < 30 {
                return None;
            }
            let mut page = 1;
            let mut since = 0;
            let mut tables = text.lines().skip(1).map(is_set).chain([false]).collect::<Vec<_>>().into_iter();
            let broken = each_line(text, |line| {
                since += 1;
                let beside = is_set(line) || tables.next() == Some(true);
                if beside || since < 12 || !chance.one_in(8) {
                    return line.to_owned();
                }
                since = 0;
                page += 1;
                match style {
                    0 => format!("{line}\n\u{c}"),
                    1 => format!("{line}\n\n{page}\n\u{c}{title}\n"),
                    _ => format!("{line}\n\n- {page} -\n\n{title}\n"),
                }
            });
            Some((broken, see(text)))
        });
    }
}

#[test]
fn noise_of_recognition_is_mended() {
    // Markers misread by their shape, as far as their place tells what they are.
    check("kana as figures", 3, &|text, chance| {
        let misread = [("(ア)", "(7)"), ("(イ)", "(4)"), ("(ウ)", "(9)"), ("（ア）", "（7）"), ("（イ）", "（4）")];
        let noisy = each_line(text, |line| {
            let start = line.trim_start_matches(['-', ' ', '　']);
            match misread.iter().find(|(right, _)| start.starts_with(right)) {
                Some((right, wrong)) if !chance.one_in(3) => line.replacen(right, wrong, 1),
                _ => line.to_owned(),
            }
        });
        Some((noisy, see(text)))
    });
    check("kanji for kana", 2, &|text, _| {
        let misread = [("エ", "工"), ("カ", "力"), ("ロ", "口"), ("ハ", "八"), ("ニ", "二"), ("タ", "夕"), ("オ", "才")];
        let noisy = each_line(text, |line| {
            let found = misread.iter().find(|(right, _)| [" ", "　", "．"].iter().any(|gap| line.starts_with(&format!("{right}{gap}"))));
            let bracketed =
                misread.iter().find(|(right, _)| line.starts_with(&format!("({right})")) || line.starts_with(&format!("（{right}）")));
            found.or(bracketed).map_or_else(|| line.to_owned(), |(right, wrong)| line.replacen(right, wrong, 1))
        });
        Some((noisy, see(text)))
    });
    check("letters for figures", 2, &|text, _| {
        let noisy = each_line(text, |line| {
            let one = line.strip_prefix("(1)").map(|rest| format!("(l){rest}"));
            let ten = line.strip_prefix("(10)").map(|rest| format!("(1O){rest}"));
            let article = line.strip_prefix("第10条").map(|rest| format!("第1O条{rest}"));
            let first = line.strip_prefix("第1条").map(|rest| format!("第l条{rest}"));
            one.or(ten).or(article).or(first).unwrap_or_else(|| line.to_owned())
        });
        Some((noisy, see(text)))
    });
    check("spaced headings", 1, &|text, _| {
        // Between the characters of a short heading behind its number.
        let spaced = each_line(text, |line| {
            let Some((marker, heading)) =
                line.split_once(['　', ' ']).filter(|(marker, _)| marker.starts_with('第') && marker.ends_with(['章', '節']))
            else {
                return line.to_owned();
            };
            let heading: Vec<String> = heading.chars().map(String::from).collect();
            if heading.len() > 8 { line.to_owned() } else { format!("{marker}　{}", heading.join(" ")) }
        });
        let spaced = each_line(&spaced, |line| if line == "附則" { "附　　則".to_owned() } else { line.to_owned() });
        Some((spaced, see(text)))
    });
    check("doubled characters", 2, &|text, chance| {
        // In the middle of long sentences; the beginning is the heading.
        let noisy = each_line(text, |line| {
            let length = line.chars().count();
            if is_set(line) || length < 45 || !chance.one_in(3) {
                return line.to_owned();
            }
            let at = 28 + chance.below(4);
            line.chars().enumerate().flat_map(|(i, c)| std::iter::repeat_n(c, if i == at && c.is_alphabetic() { 2 } else { 1 })).collect()
        });
        // A doubled character may lie in a name: only clauses and force are compared.
        let force = |seen: Seen| Seen {
            norms: seen.norms.iter().map(|norm| norm.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect(),
            ..seen
        };
        let _ = force;
        Some((noisy, see(text)))
    });
}

#[test]
fn renumbering_changes_numbers_only() {
    // All articles ten further: paths change by just that.
    let shifted = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('第') {
            let (before, after) = rest.split_at(at + '第'.len_utf8());
            out.push_str(before);
            let figures: String = after.chars().take_while(char::is_ascii_digit).collect();
            rest = after.strip_prefix(figures.as_str()).unwrap();
            match figures.parse::<u32>() {
                Ok(n) if rest.starts_with('条') => write!(out, "{}", n + 10).unwrap(),
                _ => out.push_str(&figures),
            }
        }
        out + rest
    };
    let articles: Vec<_> = documents().into_iter().filter(|(_, text)| text.matches("条").count() > 15 && text.contains("第1条")).collect();
    let doubled: Vec<_> = articles.iter().cloned().chain(articles.iter().cloned()).collect();
    check_of("articles + 10", 1, doubled, &|text, _| {
        let seen = see(text);
        let moved = |list: &[String]| list.iter().map(|entry| shifted(entry)).collect();
        Some((shifted(text), Seen { nodes: moved(&seen.nodes), norms: moved(&seen.norms) }))
    });
    // Items in another dress: (1) as ⑴ is the same label.
    check("enclosed items", 1, &|text, _| {
        // Where (ア) was misread as (7), a figure in a dress of its own would be no misread kana.
        if tree::parse(text).1.iter().any(|problem| problem.kind == policy::problem::Kind::MarkerRepaired) {
            return None;
        }
        let dressed = each_line(text, |line| {
            let found = (1..=20_u32).find_map(|n| {
                let rest = line.strip_prefix(&format!("({n})")).or_else(|| line.strip_prefix(&format!("（{n}）")))?;
                Some(format!("{}{rest}", char::from_u32(0x2473 + n).unwrap()))
            });
            found.unwrap_or_else(|| line.to_owned())
        });
        Some((dressed, see(text)))
    });
}

#[test]
fn an_amendment_changes_no_other_clause() {
    // A clause that has no others below it and is not the first of its list.
    let leaf = |document: &tree::Document, chance: &mut Chance| {
        let clauses = &document.clauses;
        let parent = |at: usize| clauses.iter().any(|clause| clause.parent == Some(at));
        let first = |at: usize| clauses.iter().position(|clause| clause.parent == clauses[at].parent) == Some(at);
        let plain = |at: usize| {
            !clauses[at].path.contains("表") && clauses[at].paragraphs.iter().all(|p| !p.table && p.line < clauses[at].line + 3)
        };
        let leaves: Vec<usize> = (1..clauses.len()).filter(|at| !parent(*at) && !first(*at) && plain(*at)).collect();
        leaves.get(chance.below(leaves.len())).copied()
    };
    check("removed", 4, &|text, chance| {
        let (document, _) = tree::parse(text);
        let clause = &document.clauses[leaf(&document, chance)?];
        let without = |list: Vec<String>, ends: [&str; 2]| {
            list.into_iter().filter(|entry| !ends.iter().any(|end| entry.starts_with(&format!("{}{end}", clause.path)))).collect()
        };
        let seen = see(text);
        let expected = Seen { nodes: without(seen.nodes, [" ", " "]), norms: without(seen.norms, ["#", "#"]) };
        Some(([text.get(..clause.span.start)?, text.get(clause.span.end..)?].concat(), expected))
    });
    check("changed", 4, &|text, chance| {
        let (document, _) = tree::parse(text);
        let clause = &document.clauses[leaf(&document, chance)?];
        let sentence = clause.paragraphs.last()?.text.split_inclusive('。').next_back()?.to_owned();
        let own = text.get(clause.span.clone())?.to_owned();
        if !own.contains(&sentence) || clause.heading.starts_with(sentence.chars().next()?) {
            return None;
        }
        let new = own.replacen(&sentence, "会計課長は、手引を作らなければならない。", 1);
        let others = |seen: Seen| Seen {
            norms: seen.norms.into_iter().filter(|norm| !norm.starts_with(&format!("{}#", clause.path))).collect(),
            ..seen
        };
        let mut expected = others(see(text));
        let mutated = text.replacen(&own, &new, 1);
        expected.norms.extend(see(&mutated).norms.into_iter().filter(|norm| norm.starts_with(&format!("{}#", clause.path))));
        Some((mutated, expected))
    });
    check("inserted", 4, &|text, chance| {
        let (document, _) = tree::parse(text);
        let at = leaf(&document, chance)?;
        let clause = &document.clauses[at];
        // Behind the last of its list: nothing after it moves.
        let next = document.clauses.get(at + 1);
        let label = clause.path.rsplit('/').next()?;
        let n: u32 = label.strip_prefix('(')?.strip_suffix(')')?.parse().ok()?;
        if next.is_some_and(|next| next.parent == clause.parent) {
            return None;
        }
        let new = format!("({}) 会計課長は、手引を作らなければならない。\n", n + 1);
        let path = format!("{}({})", clause.path.strip_suffix(label)?, n + 1);
        let mut expected = see(text);
        expected.nodes.push(format!("{path} 会計課長は、手引を作らな"));
        let mutated = [text.get(..clause.span.end)?, &new, text.get(clause.span.end..)?].concat();
        expected.norms.extend(see(&mutated).norms.into_iter().filter(|norm| norm.starts_with(&format!("{path}#"))));
        Some((mutated, expected))
    });
}
