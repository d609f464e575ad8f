//! What a check concludes, and the Japanese page it prints.

use std::collections::BTreeMap;
use std::fmt;

/// More faults than this are counted but not listed.
const FAULTS_MAX: usize = 1_000;

/// Something that is not as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A name that never changes, for programs.
    pub code: &'static str,
    /// File or record it was found in.
    pub place: String,
    /// What is wrong, in Japanese.
    pub what: &'static str,
}

/// The result of a check.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Name of the log.
    pub origin: String,
    /// Id of the key the signature was checked with.
    pub fingerprint: String,
    /// Whether the key came from outside the bundle.
    pub key_given: bool,
    /// Number of entries that the checkpoint names.
    pub size: u64,
    /// Root hash that the checkpoint names, in base64.
    pub root: String,
    /// Number of older checkpoints that the log was compared with.
    pub compared: usize,
    /// Records whose payload is lawfully erased.
    pub erased: u64,
    /// Records by the `kind` of their payload.
    pub kinds: BTreeMap<String, u64>,
    /// Faults in the order they were found; at most 1,000.
    pub faults: Vec<Fault>,
    /// Faults found but not listed.
    pub unlisted: u64,
}

impl Verdict {
    /// Whether everything is as it was signed.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn fault(&mut self, code: &'static str, place: impl ToString, what: &'static str) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { code, place: place.to_string(), what });
        } else {
            self.unlisted += 1;
        }
    }

    pub(crate) fn is_hopeless(&self) -> bool {
        self.unlisted > 0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_good() {
            true => writeln!(f, "判定: 改ざんなし（すべての記録が署名と一致しました）")?,
            false => writeln!(f, "判定: 異常あり（{}件）", self.faults.len() as u64 + self.unlisted)?,
        }
        writeln!(f, "台帳: {}", self.origin)?;
        writeln!(f, "鍵: {}", self.fingerprint)?;
        if !self.key_given {
            writeln!(f, "  注意: 書き出しに含まれる鍵で検証しました。別に入手した鍵の番号と照合するか、--key で指定してください。")?;
        }
        writeln!(f, "記録: {}件（うち消去済み {}件）", self.size, self.erased)?;
        writeln!(f, "ルートハッシュ: {}", self.root)?;
        writeln!(f, "照合した以前のチェックポイント: {}件", self.compared)?;
        if !self.kinds.is_empty() {
            writeln!(f, "種別ごとの件数:")?;
            for (kind, count) in &self.kinds {
                writeln!(f, "  {kind}: {count}")?;
            }
        }
        if !self.faults.is_empty() {
            writeln!(f, "異常の一覧:")?;
        }
        for fault in &self.faults {
            writeln!(f, "  [{}] {}: {}", fault.code, fault.place, fault.what)?;
        }
        if self.unlisted > 0 {
            writeln!(f, "  ほか{}件以上（検証を打ち切りました）", self.unlisted)?;
        }
        Ok(())
    }
}
