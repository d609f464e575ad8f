//! Encodings told and repaired, characters cleaned.

use super::*;

const SENTENCES: &str = "町長は、情報資産を守る責任を負う。\r\n電話：①㈱髙﨑 ﾃｽﾄ～−ＡＢＣ\r\n";

fn read_as(bytes: &[u8], declared: Option<&str>) -> (String, &'static str, u64) {
    let decoded = decode(bytes, declared);
    (decoded.text, decoded.charset.label(), decoded.bad)
}

#[test]
fn japanese_is_read_in_every_encoding_with_nothing_declared() {
    for charset in [
        Charset::UTF8,
        Charset::Utf8 { bom: true },
        Charset::Utf16 { big: false },
        Charset::Utf16 { big: true },
        Charset::CP932,
        Charset::EUC_JP,
        Charset::Iso2022Jp,
    ] {
        // MINUS SIGN is not in CP932; its full-width form is.
        let text = SENTENCES.replace('−', "－");
        let (bytes, written) = encode(&text, charset);
        assert_eq!(written, charset);
        for declared in [None, Some("utf-8"), Some("us-ascii"), Some("iso-8859-1"), Some(charset.label()), Some("x-nonsense")] {
            assert_eq!(decode(&bytes, declared), Decoded { text: text.clone(), charset, bad: 0 }, "{charset:?} {declared:?}");
        }
    }
}

#[test]
fn short_words_are_read_too() {
    for text in ["こんにちは", "名前", "ﾔﾏﾀﾞ ﾀﾛｳ", "請求書\r\n", "山田,東京都\r\n"] {
        for charset in [Charset::CP932, Charset::UTF8, Charset::Iso2022Jp] {
            let (bytes, _) = encode(text, charset);
            assert_eq!(decode(&bytes, None).text, text, "{charset:?}");
        }
    }
    for text in ["こんにちは", "請求書の件", "山田,東京都\r\n"] {
        assert_eq!(decode(&encode(text, Charset::EUC_JP).0, None).text, text);
    }
}

#[test]
fn jis_is_read_as_senders_write_it() {
    // Half-width kana by shift, as raw bytes, by escape; a line that never returns.
    assert_eq!(read_as(b"\x1b$B$\"\x1b(B\x0eCDE\x0f", Some("iso-2022-jp")).0, "あﾃﾄﾅ");
    assert_eq!(read_as(b"\x1b$B$\"\x1b(B\xc3\xc4", Some("iso-2022-jp")).0, "あﾃﾄ");
    assert_eq!(read_as(b"\x1b(ICD\x1b(B.", None).0, "ﾃﾄ.");
    assert_eq!(read_as(b"\x1b$B$\"\r\nplain\r\n", None).0, "あ\r\nplain\r\n");
    assert_eq!(read_as(b"\x1b$B$\"\r\n$$\x1b(B\r\n", None).0, "あ\r\nい\r\n");
    // Escapes that lost their ESC.
    assert_eq!(read_as(b"Re: $B$3$s$K$A$O(B", None).0, "Re: こんにちは");
    assert_eq!(read_as(b"$BEl5~(B", Some("iso-2022-jp")).0, "東京");
    assert_eq!(read_as(b"$B5 and (B)", None).0, "$B5 and (B)");
    // NEC row 13 and NEC-selected IBM.
    assert_eq!(read_as(b"\x1b$B-!-j|b\x1b(B", None), ("①㈱髙".into(), "ISO-2022-JP", 0));
    assert_eq!(read_as(b"\x1b$B$\"\x7e\x7e\x1b(B", None).2, 1);
}

#[test]
fn what_is_declared_is_believed_only_if_true() {
    let (sjis, _) = encode(SENTENCES.replace('−', "－").as_str(), Charset::CP932);
    assert_eq!(decode(&sjis, Some("euc-jp")).charset, Charset::CP932);
    assert_eq!(read_as(b"caf\xe9", Some("iso-8859-1")).0, "café");
    assert_eq!(read_as(b"r\xe9sum\xe9 de la r\xe9union", None).0, "résumé de la réunion");
    assert_eq!(read_as("\u{4f60}\u{597d}".as_bytes(), Some("gbk")).0, "你好");
    let bytes = [b"a\xff".as_slice(), "町の条例を改める。".as_bytes()].concat();
    assert_eq!(read_as(&bytes, Some("utf-8")), ("a\u{fffd}町の条例を改める。".into(), "UTF-8", 1));
}

#[test]
fn a_character_without_a_place_makes_it_utf_8() {
    assert_eq!(encode("𠮟る", Charset::CP932).1, Charset::Utf8 { bom: true });
    assert_eq!(encode("😀", Charset::Iso2022Jp).1, Charset::Utf8 { bom: true });
}

#[test]
fn what_no_text_needs_is_taken_out_and_counted() {
    let dirty = "a\u{0}b\u{202e}c\u{e0041}\u{1b}[31md\u{1b}]0;title\u{7}e\u{200b}f\u{feff}\tg\r\n\u{9b}1mh";
    let cleaned = clean(dirty);
    assert_eq!(cleaned.text, "abcdef\tg\r\nh");
    assert_eq!((cleaned.controls, cleaned.bidi, cleaned.invisible, cleaned.escapes), (1, 1, 3, 3));
    // Variants of kanji and joined emoji stay; runs of selectors do not.
    for text in ["葛\u{e0100}城", "👨\u{200d}👩", "❤\u{fe0f}\u{200d}🔥", "か\u{3099}", "ＡＢ①㈱\u{e000}"] {
        assert_eq!(clean(text).total(), 0, "{text}");
    }
    assert_eq!(clean("a\u{fe00}\u{fe01}\u{fe02}\u{fe03}b").text, "a\u{fe00}\u{fe01}b");
}

proptest::proptest! {
    #[test]
    fn any_bytes_become_text_and_clean_text_stays(bytes: Vec<u8>, label in 0..6_usize) {
        let declared = [None, Some("utf-8"), Some("shift_jis"), Some("euc-jp"), Some("iso-2022-jp"), Some("utf-16")][label];
        let decoded = decode(&bytes, declared);
        let first = clean(&decoded.text).text.into_owned();
        proptest::prop_assert_eq!(clean(&first).total(), 0);
        let (written, charset) = encode(&first, decoded.charset);
        if charset == decoded.charset && !matches!(charset, Charset::Other(_)) {
            proptest::prop_assert!(!written.is_empty() || first.is_empty());
        }
    }
}
