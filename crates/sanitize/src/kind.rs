//! Kinds of files: what each is called, how its name ends, and what is done with it; one table.

use serde::{Deserialize, Serialize};

use crate::Reason;

/// What is done with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Rebuilt.
    Rebuild,
    /// Held: [`Reason::UnsupportedKind`], no rebuilder yet.
    Later,
    /// Held: [`Reason::DangerousKind`], may never pass.
    Never,
}

impl Treatment {
    /// Why a kind is held, if it is.
    #[must_use]
    pub const fn held(self) -> Option<Reason> {
        match self {
            Self::Rebuild => None,
            Self::Later => Some(Reason::UnsupportedKind),
            Self::Never => Some(Reason::DangerousKind),
        }
    }
}

macro_rules! kinds {
    ($($name:ident $id:literal $word:literal [$($ending:literal)*] $mime:literal $treatment:ident;)*) => {
        /// What kind of file something is, told from its structure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $(#[doc = $word] #[serde(rename = $id)] $name,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code in reports and policies.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What a clerk calls it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// How names of such files end, without the dot, in lower case; the first is written.
            #[must_use]
            pub const fn endings(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($ending,)*],)* }
            }

            /// Its media type.
            #[must_use]
            pub const fn mime(self) -> &'static str {
                match self { $(Self::$name => $mime,)* }
            }

            /// What is done with it.
            #[must_use]
            pub const fn treatment(self) -> Treatment {
                match self { $(Self::$name => Treatment::$treatment,)* }
            }
        }
    };
}

kinds! {
    Docx "docx" "Word文書" ["docx"] "application/vnd.openxmlformats-officedocument.wordprocessingml.document" Rebuild;
    Docm "docm" "Word文書（マクロ有効）" ["docm"] "application/vnd.ms-word.document.macroEnabled.12" Rebuild;
    Dotx "dotx" "Wordテンプレート" ["dotx"] "application/vnd.openxmlformats-officedocument.wordprocessingml.template" Rebuild;
    Dotm "dotm" "Wordテンプレート（マクロ有効）" ["dotm"] "application/vnd.ms-word.template.macroEnabled.12" Rebuild;
    Xlsx "xlsx" "Excelブック" ["xlsx"] "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" Rebuild;
    Xlsm "xlsm" "Excelブック（マクロ有効）" ["xlsm"] "application/vnd.ms-excel.sheet.macroEnabled.12" Rebuild;
    Xltx "xltx" "Excelテンプレート" ["xltx"] "application/vnd.openxmlformats-officedocument.spreadsheetml.template" Rebuild;
    Xltm "xltm" "Excelテンプレート（マクロ有効）" ["xltm"] "application/vnd.ms-excel.template.macroEnabled.12" Rebuild;
    Pptx "pptx" "PowerPointプレゼンテーション" ["pptx"] "application/vnd.openxmlformats-officedocument.presentationml.presentation" Rebuild;
    Pptm "pptm" "PowerPointプレゼンテーション（マクロ有効）" ["pptm"] "application/vnd.ms-powerpoint.presentation.macroEnabled.12" Rebuild;
    Potx "potx" "PowerPointテンプレート" ["potx"] "application/vnd.openxmlformats-officedocument.presentationml.template" Rebuild;
    Potm "potm" "PowerPointテンプレート（マクロ有効）" ["potm"] "application/vnd.ms-powerpoint.template.macroEnabled.12" Rebuild;
    Ppsx "ppsx" "PowerPointスライドショー" ["ppsx"] "application/vnd.openxmlformats-officedocument.presentationml.slideshow" Rebuild;
    Ppsm "ppsm" "PowerPointスライドショー（マクロ有効）" ["ppsm"] "application/vnd.ms-powerpoint.slideshow.macroEnabled.12" Rebuild;
    Pdf "pdf" "PDF" ["pdf"] "application/pdf" Rebuild;
    Odt "odt" "OpenDocument文書" ["odt"] "application/vnd.oasis.opendocument.text" Rebuild;
    Ods "ods" "OpenDocument表計算" ["ods"] "application/vnd.oasis.opendocument.spreadsheet" Rebuild;
    Odp "odp" "OpenDocumentプレゼンテーション" ["odp"] "application/vnd.oasis.opendocument.presentation" Rebuild;
    Odg "odg" "OpenDocument図形描画" ["odg"] "application/vnd.oasis.opendocument.graphics" Rebuild;
    Ott "ott" "OpenDocument文書テンプレート" ["ott"] "application/vnd.oasis.opendocument.text-template" Rebuild;
    Ots "ots" "OpenDocument表計算テンプレート" ["ots"] "application/vnd.oasis.opendocument.spreadsheet-template" Rebuild;
    Otp "otp" "OpenDocumentプレゼンテーションテンプレート" ["otp"] "application/vnd.oasis.opendocument.presentation-template" Rebuild;
    Otg "otg" "OpenDocument図形描画テンプレート" ["otg"] "application/vnd.oasis.opendocument.graphics-template" Rebuild;
    Fodt "fodt" "OpenDocument文書（単一XML）" ["fodt"] "application/vnd.oasis.opendocument.text-flat-xml" Rebuild;
    Fods "fods" "OpenDocument表計算（単一XML）" ["fods"] "application/vnd.oasis.opendocument.spreadsheet-flat-xml" Rebuild;
    Fodp "fodp" "OpenDocumentプレゼンテーション（単一XML）" ["fodp"] "application/vnd.oasis.opendocument.presentation-flat-xml" Rebuild;
    Fodg "fodg" "OpenDocument図形描画（単一XML）" ["fodg"] "application/vnd.oasis.opendocument.graphics-flat-xml" Rebuild;
    Png "png" "画像（PNG）" ["png" "apng"] "image/png" Rebuild;
    Jpeg "jpeg" "画像（JPEG）" ["jpg" "jpeg" "jpe" "jfif"] "image/jpeg" Rebuild;
    Gif "gif" "画像（GIF）" ["gif"] "image/gif" Rebuild;
    WebP "webp" "画像（WebP）" ["webp"] "image/webp" Rebuild;
    Bmp "bmp" "画像（BMP）" ["bmp" "dib"] "image/bmp" Rebuild;
    Tiff "tiff" "画像（TIFF）" ["tif" "tiff"] "image/tiff" Rebuild;
    Ico "ico" "アイコン" ["ico"] "image/vnd.microsoft.icon" Rebuild;
    Cur "cur" "カーソル" ["cur"] "image/x-icon" Rebuild;
    Svg "svg" "画像（SVG）" ["svg"] "image/svg+xml" Rebuild;
    Emf "emf" "図（EMF）" ["emf"] "image/emf" Rebuild;
    Wmf "wmf" "図（WMF）" ["wmf"] "image/wmf" Rebuild;
    Text "text" "テキスト" ["txt" "text" "log" "md" "asc"] "text/plain" Rebuild;
    Csv "csv" "CSV" ["csv"] "text/csv" Rebuild;
    Tsv "tsv" "TSV" ["tsv" "tab"] "text/tab-separated-values" Rebuild;
    Html "html" "ウェブページ（HTML）" ["html" "htm" "xhtml"] "text/html" Rebuild;
    Mht "mht" "ウェブページ（MHT）" ["mht" "mhtml"] "multipart/related" Rebuild;
    Xml "xml" "XML" ["xml" "gml"] "application/xml" Rebuild;
    Json "json" "JSON" ["json" "geojson"] "application/json" Rebuild;
    Ics "ics" "予定表（iCalendar）" ["ics" "ifb" "vcs"] "text/calendar" Rebuild;
    Vcf "vcf" "連絡先（vCard）" ["vcf"] "text/vcard" Rebuild;
    Zip "zip" "ZIP書庫" ["zip"] "application/zip" Rebuild;
    Lzh "lzh" "LZH書庫" ["lzh" "lha"] "application/x-lzh-compressed" Rebuild;
    SevenZip "7z" "7z書庫" ["7z"] "application/x-7z-compressed" Rebuild;
    Tar "tar" "tar書庫" ["tar"] "application/x-tar" Rebuild;
    Gzip "gz" "gzip圧縮" ["gz" "tgz"] "application/gzip" Rebuild;
    Bzip2 "bz2" "bzip2圧縮" ["bz2" "tbz2" "tbz"] "application/x-bzip2" Rebuild;
    Xz "xz" "xz圧縮" ["xz" "txz"] "application/x-xz" Rebuild;
    Zstd "zst" "Zstandard圧縮" ["zst" "tzst"] "application/zstd" Rebuild;
    Cab "cab" "CAB書庫" ["cab"] "application/vnd.ms-cab-compressed" Rebuild;
    Eml "eml" "メール" ["eml"] "message/rfc822" Rebuild;
    Tnef "tnef" "Outlook添付（winmail.dat）" ["dat" "tnef"] "application/ms-tnef" Rebuild;

    Xlsb "xlsb" "Excelバイナリブック" ["xlsb"] "application/vnd.ms-excel.sheet.binary.macroEnabled.12" Later;
    Vsdx "vsdx" "Visio図面" ["vsdx" "vsdm" "vssx" "vstx"] "application/vnd.ms-visio.drawing" Later;
    Doc "doc" "旧形式のWord文書" ["doc" "dot"] "application/msword" Later;
    Xls "xls" "旧形式のExcelブック" ["xls" "xlt"] "application/vnd.ms-excel" Later;
    Ppt "ppt" "旧形式のPowerPoint" ["ppt" "pps" "pot"] "application/vnd.ms-powerpoint" Later;
    OldVisio "vsd" "旧形式のVisio図面" ["vsd" "vss"] "application/vnd.visio" Later;
    Publisher "pub" "Publisher文書" ["pub"] "application/vnd.ms-publisher" Later;
    Project "mpp" "Projectファイル" ["mpp"] "application/vnd.ms-project" Later;
    Msg "msg" "Outlookメール（MSG）" ["msg" "oft"] "application/vnd.ms-outlook" Later;
    OtherCfb "cfb" "OLE複合ファイル" [] "application/x-cfb" Later;
    Rtf "rtf" "リッチテキスト（RTF）" ["rtf"] "application/rtf" Later;
    WordXml "wordxml" "Office XML（2003・Flat OPC）" ["xml"] "application/xml" Later;
    Jtd "jtd" "一太郎文書" ["jtd" "jtt" "jttc" "jtdc"] "application/x-js-taro" Later;
    DocuWorks "xdw" "DocuWorks文書" ["xdw" "xbd" "xct"] "application/vnd.fujifilm.fb.docuworks" Later;
    Dwg "dwg" "CAD図面（DWG）" ["dwg"] "image/vnd.dwg" Later;
    Dxf "dxf" "CAD図面（DXF）" ["dxf"] "image/vnd.dxf" Later;
    Jww "jww" "CAD図面（Jw_cad）" ["jww" "jwc" "jwk" "jws"] "application/x-jww" Later;
    Sxf "sfc" "CAD図面（SXF）" ["sfc" "p21" "stp" "step"] "application/step" Later;
    Hwp "hwp" "ハングル文書（HWP）" ["hwp" "hwpx"] "application/x-hwp" Later;
    OneNote "one" "OneNote" ["one" "onetoc2"] "application/onenote" Later;
    Rar "rar" "RAR書庫" ["rar"] "application/vnd.rar" Later;
    OldArchive "arj" "古い形式の書庫（ARJ・Z・ACE・ZOO）" ["arj" "z" "ace" "zoo"] "application/octet-stream" Later;
    Xps "xps" "XPS文書" ["xps" "oxps"] "application/vnd.ms-xpsdocument" Later;
    Epub "epub" "電子書籍（EPUB）" ["epub"] "application/epub+zip" Later;
    PostScript "ps" "PostScript・EPS" ["ps" "eps" "ai"] "application/postscript" Later;
    Jp2 "jp2" "画像（JPEG 2000）" ["jp2" "j2k" "jpx"] "image/jp2" Later;
    Heif "heic" "画像（HEIC・AVIF）" ["heic" "heif" "avif"] "image/heic" Later;
    Psd "psd" "画像（Photoshop）" ["psd"] "image/vnd.adobe.photoshop" Later;
    Audio "audio" "音声" ["mp3" "wav" "m4a" "wma" "ogg" "flac" "aac" "mid"] "audio/mpeg" Later;
    Video "video" "動画" ["mp4" "mov" "avi" "wmv" "mpg" "mkv" "webm" "asf"] "video/mp4" Later;
    FontFile "font" "フォント" ["ttf" "otf" "ttc" "woff" "woff2"] "font/ttf" Later;
    Shape "shp" "地理データ" ["shp" "shx" "dbf" "kmz" "kml"] "application/octet-stream" Later;
    Database "mdb" "データベース" ["mdb" "accdb" "sqlite" "db"] "application/vnd.ms-access" Later;
    Slk "slk" "SYLK・DIF表" ["slk" "dif"] "application/x-sylk" Later;
    Pkcs7 "p7m" "暗号・署名（PKCS#7）" ["p7m" "p7s" "p7b" "p12" "pfx"] "application/pkcs7-mime" Later;

    OfficeAddIn "addin" "Officeアドイン" ["xlam" "xla" "xll" "wll" "ppam" "ppa"] "application/octet-stream" Never;
    Executable "exe" "実行ファイル" ["exe" "dll" "scr" "com" "sys" "cpl" "ocx" "elf" "so" "pif"] "application/octet-stream" Never;
    Script "script" "スクリプト" ["bat" "cmd" "ps1" "psm1" "vbs" "vbe" "js" "jse" "mjs" "wsf" "wsh" "hta" "sh" "py" "pl" "rb" "php" "lua" "reg" "inf" "sct" "ahk"] "text/plain" Never;
    Shortcut "lnk" "ショートカット" ["lnk" "url" "scf" "library-ms" "search-ms" "searchconnector-ms" "settingcontent-ms" "website" "desktop" "webloc" "appref-ms"] "application/x-ms-shortcut" Never;
    Help "chm" "ヘルプファイル" ["chm" "hlp"] "application/vnd.ms-htmlhelp" Never;
    Installer "msi" "インストーラー" ["msi" "msp" "msix" "appx" "application" "deb" "rpm" "apk" "pkg"] "application/octet-stream" Never;
    DiskImage "iso" "ディスクイメージ" ["iso" "img" "vhd" "vhdx" "dmg" "wim"] "application/x-iso9660-image" Never;
    Java "jar" "Javaプログラム" ["jar" "war" "class" "jnlp"] "application/java-archive" Never;
    Flash "swf" "Flash" ["swf"] "application/x-shockwave-flash" Never;
    WebQuery "iqy" "データ接続ファイル" ["iqy" "rqy" "oqy" "odc" "dqy" "udl"] "text/plain" Never;
    RemoteDesktop "rdp" "リモート接続設定" ["rdp" "vnc" "ovpn"] "application/x-rdp" Never;
    Unknown "unknown" "不明な種類のファイル" [] "application/octet-stream" Never;
}

impl Kind {
    /// The kind whose names end so (without the dot, any case), if one claims the ending.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        let ending = ending.to_ascii_lowercase();
        Self::ALL.iter().copied().find(|kind| kind.endings().contains(&ending.as_str()))
    }
}
