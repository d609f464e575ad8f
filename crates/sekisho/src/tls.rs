//! The certificate pages are served with: the body's own, or one made here.

use std::{fs, path::Path};

use axum_server::tls_rustls::RustlsConfig;

/// The certificate and key given, or those in the folder, made on first use.
pub(crate) async fn config(folder: &Path, given: Option<(&Path, &Path)>, hosts: Vec<String>) -> Result<RustlsConfig, String> {
    let (certificate, key) = match given {
        Some((certificate, key)) => (certificate.to_owned(), key.to_owned()),
        None => {
            let (certificate, key) = (folder.join("tls-certificate.pem"), folder.join("tls-key.pem"));
            if !certificate.exists() || !key.exists() {
                make(&certificate, &key, hosts)?;
            }
            (certificate, key)
        }
    };
    // Only the first call installs the provider; a second one finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(&certificate, &key)
        .await
        .map_err(|cause| format!("{} と {}: 証明書を使えません: {cause}", certificate.display(), key.display()))
}

fn make(certificate: &Path, key: &Path, hosts: Vec<String>) -> Result<(), String> {
    let made = rcgen::generate_simple_self_signed(hosts).map_err(|cause| format!("証明書を作れません: {cause}"))?;
    crate::home::write_secret(key, &made.signing_key.serialize_pem())?;
    fs::write(certificate, made.cert.pem()).map_err(|cause| format!("{}: 書けません: {cause}", certificate.display()))?;
    println!("証明書を作りました: {}（正式な証明書があれば --certificate と --key で指定してください）", certificate.display());
    Ok(())
}
