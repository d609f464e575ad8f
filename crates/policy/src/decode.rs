//! Bytes → text: UTF-8, Shift_JIS, EUC-JP; or an error that says what the file is instead.
