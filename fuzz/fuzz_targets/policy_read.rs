//! Any bytes as a policy document: reading never fails, and every character lies in exactly one clause.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(document::Extract { text, .. }) = document::extract(bytes) else { return };
    let reading = policy::read(&text, &policy::control::Controls::embedded());
    assert_eq!(reading.document.source, text);
    let mut spans: Vec<_> = reading.document.clauses.iter().map(|clause| (clause.span.start, clause.span.end)).collect();
    spans.sort_unstable();
    let end = spans.iter().fold(0, |end, (from, to)| {
        assert_eq!(*from, end, "a gap or an overlap between clauses");
        *to
    });
    assert_eq!(end, text.len());
});
