//! The command an auditor types: its words and its exit codes.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The bundle of an empty log, made by hand with the key whose seed is 32 times 1.
fn empty_bundle(name: &str) -> PathBuf {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::{Signer, SigningKey};
    use sha2::{Digest, Sha256};

    let folder = std::env::temp_dir().join(format!("sekisho-verifier-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = SigningKey::from_bytes(&[1; 32]);
    let material = [&[1][..], key.verifying_key().as_bytes()].concat();
    let id = Sha256::digest([&b"log\n"[..], &material].concat());
    let id = id.first_chunk::<4>().unwrap();
    let vkey = format!("log+{:08x}+{}\n", u32::from_be_bytes(*id), STANDARD.encode(&material));
    let text = format!("log\n0\n{}\n", STANDARD.encode(Sha256::digest([])));
    let signature = [&id[..], &key.sign(text.as_bytes()).to_bytes()].concat();
    let note = format!("{text}\n— log {}\n", STANDARD.encode(signature));
    std::fs::write(folder.join("key.txt"), vkey).unwrap();
    std::fs::write(folder.join("checkpoint"), note).unwrap();
    folder
}

fn run(arguments: &[&Path]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_sekisho-verifier")).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_good_bundle_ends_with_0_and_a_warning_about_its_own_key() {
    let bundle = empty_bundle("good");
    let (code, page, _) = run(&[&bundle]);
    assert_eq!(code, Some(0));
    assert!(page.starts_with("判定: 改ざんなし"), "{page}");
    assert!(page.contains("--key で指定してください"));
    let key = bundle.join("key.txt");
    let old = bundle.join("checkpoint");
    let (code, page, _) = run(&[&bundle, "--key".as_ref(), &key, "--old".as_ref(), &old]);
    assert_eq!(code, Some(0));
    assert!(page.contains("照合した以前のチェックポイント: 1件") && !page.contains("注意"));
    std::fs::remove_dir_all(bundle).unwrap();
}

#[test]
fn a_bad_bundle_ends_with_1_and_names_the_place() {
    let bundle = empty_bundle("bad");
    std::fs::write(bundle.join("extra"), "").unwrap();
    let (code, page, _) = run(&[&bundle]);
    assert_eq!(code, Some(1));
    assert!(page.contains("[file-unexpected] extra: "), "{page}");
    std::fs::remove_dir_all(bundle).unwrap();
}

#[test]
fn what_cannot_be_checked_ends_with_2() {
    let bundle = empty_bundle("unclear");
    let nowhere = bundle.join("nowhere");
    for arguments in [
        &[][..],
        &[nowhere.as_path()],
        &[&bundle, "--key".as_ref()],
        &[&bundle, "--key".as_ref(), &nowhere],
        &[&bundle, "--key".as_ref(), &bundle.join("checkpoint")],
        &[&bundle, "--fast".as_ref()],
        &[&bundle, &bundle],
    ] {
        let (code, page, message) = run(arguments);
        assert_eq!((code, page.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(message.starts_with("検証できませんでした: "), "{message}");
    }
    std::fs::remove_dir_all(bundle).unwrap();
}
