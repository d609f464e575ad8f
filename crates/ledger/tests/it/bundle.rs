//! Bundles, whole and tampered with, before the auditor's verifier and before the one in Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::{NewEntry, SigningKey};
use verifier::{Key, Question, Verdict};

use crate::town::{self, Store, append, entries, key, open, salt};

/// Chance that is the same on every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// A log whose payloads are text, bytes and nothing, with erasures among them.
async fn fill(store: &Store, size: u64) -> Vec<String> {
    let mut log = open(store).await;
    let mut notes = vec![log.head().note().to_owned()];
    while log.head().size() < size {
        let first = log.head().size();
        let mut batch = entries(first, (size - first).min(1 + first * 2));
        for (index, new) in (first..).zip(&mut batch) {
            match index % 7 {
                3 => new.payload = vec![0xff, index as u8, 0],
                5 => new.payload = format!("制御文字\u{1}\u{7f}\n\"{index}\\").into_bytes(),
                6 => new.payload = Vec::new(),
                _ => (),
            }
        }
        if let [.., last] = batch.as_mut_slice()
            && first > 2
        {
            last.erases = Some(first - 2);
        }
        append(store, &mut log, &batch).await;
        notes.push(log.head().note().to_owned());
    }
    notes
}

async fn export(store: &Store, key: &SigningKey, folder: &Path) {
    let mut conn = store.pool.acquire().await.unwrap();
    ledger::export(&mut conn, key.verifier(), folder, |_| ()).await.unwrap();
}

fn ask_rust(folder: &Path, old: &[String]) -> Verdict {
    let key = Key::parse(&key().verifier().to_string());
    let question = Question { folder: folder.to_owned(), key, old: old.to_vec() };
    verifier::check(&question).unwrap()
}

/// Asks the verifier in Python about many bundles at once: good or what is wrong, in their order.
fn ask_python(work: &Path, folders: &[PathBuf], old: &[String]) -> Option<Vec<Option<String>>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent/verify.py");
    let key_file = work.join("given-key.txt");
    fs::write(&key_file, format!("{}\n", key().verifier())).unwrap();
    let mut command = Command::new("python3");
    command.arg(script).arg("--key").arg(key_file);
    for (number, note) in old.iter().enumerate() {
        let path = work.join(format!("old-{number}"));
        fs::write(&path, note).unwrap();
        command.arg("--old").arg(path);
    }
    let Ok(output) = command.args(folders).output() else {
        eprintln!("python3 is not at hand: the independent verifier is not tested");
        return None;
    };
    let lines = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<_> = lines
        .lines()
        .map(|line| {
            let verdict: serde_json::Value = serde_json::from_str(line).unwrap();
            verdict["fault"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(verdicts.len(), folders.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.success(), verdicts.iter().all(Option::is_none));
    Some(verdicts)
}

#[tokio::test]
async fn good_bundles_of_every_shape_are_accepted() {
    let work = town::folder();
    for size in [0, 1, 2, 3, 255, 256, 257, 512, 700, 66_000] {
        let store = town::sqlite().await;
        let notes = fill(&store, size).await;
        let folder = work.join(size.to_string());
        export(&store, &key(), &folder).await;
        let verdict = ask_rust(&folder, &notes);
        assert!(verdict.is_good(), "{size}: {verdict}");
        assert_eq!((verdict.size, verdict.compared), (size, notes.len()));
        if let Some(python) = ask_python(&work, &[folder], &notes) {
            assert_eq!(python, [None], "{size}");
        }
    }
    fs::remove_dir_all(work).unwrap();
}

#[tokio::test]
async fn the_recount_and_the_export_agree() {
    let store = town::sqlite().await;
    fill(&store, 300).await;
    let folder = store.folder.join("bundle");
    export(&store, &key(), &folder).await;
    let verdict = ask_rust(&folder, &[]);
    let counted: u64 = verdict.kinds.values().sum();
    assert_eq!(counted + verdict.erased, 300);
    assert!(verdict.kinds["試験"] > 100 && verdict.erased > 2);
    assert!(verdict.to_string().starts_with("判定: 改ざんなし"));

    let mut conn = store.pool.acquire().await.unwrap();
    let again = ledger::export(&mut conn, key().verifier(), &folder, |_| ()).await;
    assert!(matches!(again, Err(ledger::LedgerError::Refused(_))));
}

type Damage = fn(&Path, &mut Dice);

/// What a bundle can suffer. The bundle has two full blocks and an open one.
const DAMAGES: [(&str, Damage); 44] = [
    ("entry flipped", |b, d| flip(&b.join("tile/entries/000"), d)),
    ("entry flipped, open", |b, d| flip(&open_file(b, "tile/entries"), d)),
    ("tile flipped", |b, d| flip(&b.join("tile/0/001"), d)),
    ("tile flipped, open", |b, d| flip(&open_file(b, "tile/0"), d)),
    ("tile above flipped", |b, d| flip(&b.join("tile/1/000.p/2"), d)),
    ("payload flipped", |b, d| flip(&b.join("payload/001"), d)),
    ("payload flipped, open", |b, d| flip(&open_file(b, "payload"), d)),
    ("checkpoint flipped", |b, d| flip(&b.join("checkpoint"), d)),
    ("key flipped", |b, d| flip(&b.join("key.txt"), d)),
    ("entries lost", |b, _| fs::remove_file(b.join("tile/entries/001")).unwrap()),
    ("open entries lost", |b, _| fs::remove_file(open_file(b, "tile/entries")).unwrap()),
    ("tile lost", |b, _| fs::remove_file(b.join("tile/0/000")).unwrap()),
    ("tile above lost", |b, _| fs::remove_file(b.join("tile/1/000.p/2")).unwrap()),
    ("payloads lost", |b, _| fs::remove_file(b.join("payload/000")).unwrap()),
    ("checkpoint lost", |b, _| fs::remove_file(b.join("checkpoint")).unwrap()),
    ("key lost", |b, _| fs::remove_file(b.join("key.txt")).unwrap()),
    ("entries cut", |b, d| cut(&b.join("tile/entries/000"), d)),
    ("open entries cut", |b, d| cut(&open_file(b, "tile/entries"), d)),
    ("tile cut", |b, d| cut(&b.join("tile/0/000"), d)),
    ("payloads cut", |b, d| cut(&b.join("payload/000"), d)),
    ("open payloads cut", |b, d| cut(&open_file(b, "payload"), d)),
    ("checkpoint cut", |b, d| cut(&b.join("checkpoint"), d)),
    ("entries lengthened", |b, _| lengthen(&b.join("tile/entries/000"), &[0, 1, 1])),
    ("tile lengthened", |b, _| lengthen(&b.join("tile/0/000"), &[0; 32])),
    ("payloads lengthened", |b, _| lengthen(&b.join("payload/000"), b"{\"index\":256,\"erased\":true}\n")),
    ("checkpoint lengthened", |b, _| lengthen(&b.join("checkpoint"), b"\n")),
    ("entries swapped", |b, d| {
        edit_entries(b, |e| {
            let i = d.throw(255);
            e.swap(i, 255);
        })
    }),
    ("entry lost", |b, d| {
        edit_entries(b, |e| {
            e.remove(d.throw(256));
        })
    }),
    ("entry doubled", |b, d| {
        edit_entries(b, |e| {
            let i = d.throw(256);
            e.insert(i, e[i].clone());
        })
    }),
    ("entry replaced", |b, d| {
        edit_entries(b, |e| {
            let i = d.throw(256);
            e[i] = entries(9_999, 1)[0].entry().to_bytes();
        })
    }),
    ("entry blocks swapped", |b, _| swap_files(b, "tile/entries/000", "tile/entries/001")),
    ("tiles swapped", |b, _| swap_files(b, "tile/0/000", "tile/0/001")),
    ("payload blocks swapped", |b, _| swap_files(b, "payload/000", "payload/001")),
    ("payload lines swapped", |b, d| {
        edit_lines(b, |l| {
            let i = d.throw(255);
            l.swap(i, 255);
        })
    }),
    ("payload line lost", |b, d| {
        edit_lines(b, |l| {
            l.remove(d.throw(256));
        })
    }),
    ("payload line doubled", |b, d| {
        edit_lines(b, |l| {
            let i = d.throw(256);
            l.insert(i, l[i].clone());
        })
    }),
    ("payload under another salt", |b, _| edit_lines(b, |l| l[0] = l[0].replacen(":\"AA", ":\"AB", 1))),
    ("payload respelled", |b, d| {
        edit_lines(b, |l| {
            let i = d.throw(256);
            l[i] = l[i].replacen(':', ": ", 1);
        })
    }),
    ("erased without order", |b, _| edit_lines(b, |l| l[0] = "{\"index\":0,\"erased\":true}".to_owned())),
    ("erasure undone", |b, _| {
        edit_lines(b, |l| {
            let i = erased(l);
            l[i] = l[0].replacen("\"index\":0", &format!("\"index\":{i}"), 1);
        })
    }),
    ("file added to payloads", |b, _| fs::write(b.join("payload/009"), "").unwrap()),
    ("file added to tiles", |b, _| fs::write(b.join("tile/0/000.p"), "").unwrap()),
    ("file added", |b, _| fs::write(b.join("note.txt"), "").unwrap()),
    ("size grown by a digit", |b, _| {
        let note = fs::read_to_string(b.join("checkpoint")).unwrap();
        fs::write(b.join("checkpoint"), note.replacen("asagiri\n", "asagiri\n9", 1)).unwrap();
    }),
];

fn flip(path: &Path, dice: &mut Dice) {
    let mut bytes = fs::read(path).unwrap();
    // The last byte of a key or note is a line end that means nothing; every other byte counts.
    let at = dice.throw(bytes.len() - 1);
    bytes[at] ^= 1 << dice.throw(8);
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, dice: &mut Dice) {
    let mut bytes = fs::read(path).unwrap();
    bytes.truncate(dice.throw(bytes.len()));
    fs::write(path, bytes).unwrap();
}

fn lengthen(path: &Path, more: &[u8]) {
    fs::write(path, [&fs::read(path).unwrap(), more].concat()).unwrap();
}

/// The one file of the partial block.
fn open_file(bundle: &Path, kind: &str) -> PathBuf {
    let folder = bundle.join(kind).join("002.p");
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

fn swap_files(bundle: &Path, a: &str, b: &str) {
    let (a, b) = (bundle.join(a), bundle.join(b));
    let held = fs::read(&a).unwrap();
    fs::write(&a, fs::read(&b).unwrap()).unwrap();
    fs::write(&b, held).unwrap();
}

fn edit_entries(bundle: &Path, edit: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let path = bundle.join("tile/entries/001");
    let bytes = fs::read(&path).unwrap();
    let (mut rest, mut entries) = (bytes.as_slice(), Vec::new());
    while let [high, low, tail @ ..] = rest {
        let (entry, tail) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        rest = tail;
    }
    edit(&mut entries);
    let lengthen = |entry: &Vec<u8>| [&(entry.len() as u16).to_be_bytes()[..], entry].concat();
    fs::write(&path, entries.iter().flat_map(lengthen).collect::<Vec<u8>>()).unwrap();
}

fn edit_lines(bundle: &Path, edit: impl FnOnce(&mut Vec<String>)) {
    let path = bundle.join("payload/000");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    edit(&mut lines);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
}

fn erased(lines: &[String]) -> usize {
    lines.iter().position(|line| line.ends_with("\"erased\":true}")).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for inside in fs::read_dir(from).unwrap() {
        let inside = inside.unwrap();
        let target = to.join(inside.file_name());
        match inside.file_type().unwrap().is_dir() {
            true => copy(&inside.path(), &target),
            false => drop(fs::copy(inside.path(), target).unwrap()),
        }
    }
}

#[tokio::test]
async fn both_verifiers_reject_every_damage() {
    let work = town::folder();
    for seed in 1..=6u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let store = town::sqlite().await;
        fill(&store, 513 + dice.throw(250) as u64).await;
        let good = work.join(format!("{seed}-good"));
        export(&store, &key(), &good).await;
        assert!(ask_rust(&good, &[]).is_good());
        let mut folders = vec![good.clone()];
        for (name, damage) in DAMAGES {
            let folder = work.join(format!("{seed}-{name}"));
            copy(&good, &folder);
            damage(&folder, &mut dice);
            let verdict = ask_rust(&folder, &[]);
            assert!(!verdict.is_good(), "seed {seed}: {name} was accepted");
            folders.push(folder);
        }
        if let Some(verdicts) = ask_python(&work, &folders, &[]) {
            assert_eq!(verdicts[0], None, "seed {seed}");
            for (folder, verdict) in folders.iter().zip(&verdicts).skip(1) {
                assert!(verdict.is_some(), "{} was accepted", folder.display());
            }
        }
    }
    fs::remove_dir_all(work).unwrap();
}

#[tokio::test]
async fn both_verifiers_reject_other_logs_and_other_pasts() {
    let work = town::folder();
    let store = town::sqlite().await;
    let notes = fill(&store, 600).await;
    let good = work.join("good");
    export(&store, &key(), &good).await;

    // Rewritten by the owner of the database under a key of his own, once with its key file.
    let rewritten = town::sqlite().await;
    let thief = SigningKey::from_seed(town::ORIGIN, &[66; 32]).unwrap();
    let mut conn = rewritten.pool.acquire().await.unwrap();
    let mut log = ledger::Log::open(&mut conn, thief.clone()).await.unwrap();
    append(&rewritten, &mut log, &entries(0, 600)).await;
    let with_key = work.join("thief");
    export(&rewritten, &thief, &with_key).await;
    let without_key = work.join("thief-in-disguise");
    copy(&with_key, &without_key);
    fs::copy(good.join("key.txt"), without_key.join("key.txt")).unwrap();
    // An older checkpoint beside the newer files.
    let older = work.join("older");
    copy(&good, &older);
    fs::write(older.join("checkpoint"), &notes[3]).unwrap();
    let folders = [with_key, without_key, older];
    for folder in &folders {
        assert!(!ask_rust(folder, &[]).is_good(), "{}", folder.display());
    }
    if let Some(verdicts) = ask_python(&work, &folders, &[]) {
        assert!(verdicts.iter().all(Option::is_some), "{verdicts:?}");
    }

    // Rewritten with the stolen seed, and put back to an earlier day: only a kept checkpoint tells.
    let stolen = town::sqlite().await;
    let mut log = open(&stolen).await;
    append(&stolen, &mut log, &entries(0, 600)).await;
    let stolen_bundle = work.join("stolen");
    export(&stolen, &key(), &stolen_bundle).await;
    let rolled = town::sqlite().await;
    fill(&rolled, 40).await;
    let rolled_bundle = work.join("rolled");
    export(&rolled, &key(), &rolled_bundle).await;
    for (folder, code) in [(stolen_bundle, "history-rewritten"), (rolled_bundle, "rolled-back")] {
        assert!(ask_rust(&folder, &[]).is_good());
        let kept = &notes[notes.len() - 1..];
        assert_eq!(ask_rust(&folder, kept).faults[0].code, code);
        if let Some(verdicts) = ask_python(&work, std::slice::from_ref(&folder), kept) {
            assert!(verdicts[0].is_some());
        }
        assert_eq!(ask_python(&work, &[folder], &[]).unwrap_or(vec![None]), [None]);
    }
    fs::remove_dir_all(work).unwrap();
}

#[tokio::test]
async fn a_store_that_was_tampered_with_exports_a_bundle_that_says_so() {
    let store = town::sqlite().await;
    let mut log = open(&store).await;
    append(&store, &mut log, &entries(0, 256)).await;
    append(&store, &mut log, &[NewEntry::new(salt(256), b"last".to_vec())]).await;
    let data: Vec<u8> = sqlx::query_scalar("SELECT data FROM ledger_segment WHERE first = 0").fetch_one(&store.pool).await.unwrap();
    let mut changed = data.clone();
    changed[8 + 71] ^= 1;
    let update = sqlx::query("UPDATE ledger_segment SET data = $1 WHERE first = 0").bind(changed);
    update.execute(&store.pool).await.unwrap();
    let folder = store.folder.join("bundle");
    export(&store, &key(), &folder).await;
    let verdict = ask_rust(&folder, &[]);
    assert_eq!(verdict.faults.len(), 1, "{verdict}");
    assert_eq!((verdict.faults[0].code, verdict.faults[0].place.as_str()), ("payload-changed", "番号0（payload/000）"));
}
