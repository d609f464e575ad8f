//! What is taken out of files, by name: codes for machines, words for clerks.

use serde::{Deserialize, Serialize};

macro_rules! dangers {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal, $counter:literal;)*) => {
        /// A thing that is removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Danger {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Danger {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code in reports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The word that a clerk reads, and how it is counted (件, 個, 枚).
            #[must_use]
            pub const fn word(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($word, $counter),)* }
            }
        }
    };
}

dangers! {
    /// VBA, Basic and other macro code, and what calls it.
    Macro = "macro", "マクロ", "件";
    /// Excel 4 macro sheets and names.
    Xlm = "xlm", "旧式マクロ（XLM）", "件";
    /// Dynamic data exchange.
    Dde = "dde", "DDE（外部プログラムの呼出し）", "件";
    /// Script in any language.
    Script = "script", "スクリプト", "件";
    /// Something done by itself on opening, printing, clicking.
    Action = "action", "自動実行の指定", "件";
    /// ActiveX and form controls.
    Control = "control", "コントロール", "個";
    /// OLE packages and objects that could not be rebuilt.
    OleObject = "ole-object", "埋込みオブジェクト", "個";
    /// A file inside that was not let through.
    EmbeddedFile = "embedded-file", "添付・埋込みファイル", "個";
    /// A reference that is fetched from elsewhere: template, picture, frame.
    Remote = "remote", "外部参照", "件";
    /// A link that can no longer be clicked.
    Link = "link", "リンクのクリック", "件";
    /// Connections to databases and queries.
    DataConnection = "data-connection", "外部データ接続", "件";
    /// A formula or field that reaches outside or runs something.
    Formula = "formula", "危険な数式・フィールド", "件";
    /// Foreign content to be merged in on opening (altChunk).
    ForeignContent = "foreign-content", "取込み指定", "件";
    /// Add-ins, task panes, custom buttons.
    AddIn = "add-in", "アドイン・独自メニュー", "件";
    /// Forms that send.
    Form = "form", "送信フォーム", "件";
    /// Sound, film, 3D.
    Media = "media", "音声・動画など", "個";
    /// Embedded fonts.
    Font = "font", "埋込みフォント", "個";
    /// Custom XML and data stores.
    CustomData = "custom-data", "独自データ", "件";
    /// Signatures, which no rebuilt file can keep.
    Signature = "signature", "電子署名", "件";
    /// Who, where, with which program: data about the file.
    Metadata = "metadata", "作成者情報など", "件";
    /// Printer settings, thumbnails and other leftovers of programs.
    Leftover = "leftover", "プログラムの残りもの", "件";
    /// Parts, elements, chunks, records that are not known.
    Unknown = "unknown", "不明な部分", "件";
    /// Bytes that belong to nothing.
    Slack = "slack", "余分なデータ", "件";
    /// Control, bidirectional and invisible characters.
    ControlCharacter = "control-character", "制御文字", "字";
    /// Text nobody sees.
    HiddenText = "hidden-text", "隠し文字", "件";
    /// Encryption; the file comes out open.
    Encryption = "encryption", "暗号化", "件";
    /// A name that was changed.
    Name = "name", "危険なファイル名", "件";
    /// Parts of a mail that are not passed on: HTML, tracking pictures, headers.
    MailPart = "mail-part", "メールのHTML部分など", "件";
}

/// Things of one kind removed at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// What.
    pub kind: Danger,
    /// Where: `word/vbaProject.bin`, `3ページ`, `添付 見積.zip › 内訳.xlsm`.
    pub place: String,
    /// How many.
    pub count: u64,
}
