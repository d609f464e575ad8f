//! `sekisho serve`: pages over TLS, or over plain HTTP on this machine only.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use registry::Registry;
use web::{App, Settings};

use crate::home::Home;

/// How often the passing of time is looked at.
const TICK: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// 記録の保存先
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// 待ち受ける番地。このマシンの外から開けるようにするときは 0.0.0.0:8443 など（TLS になります）
    #[arg(long, default_value = "127.0.0.1:8686")]
    listen: SocketAddr,
    /// 証明書（PEM）
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// 証明書の鍵（PEM）
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// 証明書に書く名前（証明書を作るとき）
    #[arg(long = "host", value_name = "NAME", default_value = "localhost")]
    hosts: Vec<String>,
    /// 操作が無いときにサインアウトするまでの分数
    #[arg(long, default_value_t = 30)]
    idle_minutes: i64,
    /// 二要素認証を求めない（閉じた環境で、ほかの手段で行うとき）
    #[arg(long)]
    without_second_factor: bool,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), String> {
    let home = Home::open(&arguments.data)?;
    let book = home.book().await?;
    if let Err(reason) = home.check_kept(&book).await {
        book.close().await;
        return Err(reason);
    }
    let local = arguments.listen.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) || arguments.listen.ip().is_loopback();
    let tls = !local || arguments.certificate.is_some();
    let first = book.snapshot().office.accounts.is_empty();
    let setup_code = first.then(|| crate::home::hex(&crate::machine::random::<5>()));
    let settings = Settings {
        tls,
        idle_minutes: arguments.idle_minutes.clamp(1, 600),
        second_factor: !arguments.without_second_factor,
        setup_code: setup_code.clone(),
        ..Settings::default()
    };
    println!("{}", home.settings.name);
    if let Some(code) = setup_code {
        println!("最初の管理者を登録するための設定コード: {code}");
    }
    let certificate = arguments.certificate.as_deref().zip(arguments.key.as_deref());
    let tls = if tls { Some(crate::tls::config(&home.folder, certificate, arguments.hosts.clone()).await?) } else { None };
    serve(book, settings, arguments.listen, tls, |_| ()).await
}

/// Serves the pages until the process is asked to stop. `ready` is told the address once it answers.
pub(crate) async fn serve(
    book: Registry,
    settings: Settings,
    listen: SocketAddr,
    tls: Option<axum_server::tls_rustls::RustlsConfig>,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), String> {
    let listener = std::net::TcpListener::bind(listen).map_err(|cause| {
        format!("{listen}: 待ち受けられません（{cause}）。ほかのプログラムが使っていないか確かめるか、別のポートを指定してください。")
    })?;
    listener.set_nonblocking(true).map_err(|cause| cause.to_string())?;
    let address = listener.local_addr().map_err(|cause| cause.to_string())?;
    let handle = axum_server::Handle::new();
    let ticking = tokio::spawn(tick(book.clone()));
    tokio::spawn(stop(handle.clone()));
    let pages = web::router(App::new(book.clone(), settings)).into_make_service_with_connect_info::<SocketAddr>();
    let shown =
        if address.ip().is_unspecified() { format!("（このマシンの名前）:{}", address.port()) } else { address.to_string() };
    println!("{}://{shown}/ で開けます。止めるには Ctrl+C を押してください。", if tls.is_some() { "https" } else { "http" });
    ready(address);
    let served = match tls {
        Some(tls) => axum_server::from_tcp_rustls(listener, tls).map_err(|cause| cause.to_string())?.handle(handle).serve(pages).await,
        None => axum_server::from_tcp(listener).map_err(|cause| cause.to_string())?.handle(handle).serve(pages).await,
    };
    ticking.abort();
    keep_checkpoint(&book);
    book.close().await;
    served.map_err(|cause| format!("画面の提供が止まりました: {cause}"))
}

/// Lets time pass for the office: permits expire, tasks fall due.
async fn tick(book: Registry) {
    loop {
        if let Err(refused) = book.tick().await {
            tracing::warn!("定時の処理ができませんでした: {refused}");
        }
        keep_checkpoint(&book);
        tokio::time::sleep(TICK).await;
    }
}

/// Keeps the checkpoint outside the database, where a rollback of the database does not reach it.
fn keep_checkpoint(book: &Registry) {
    let kept = book.checkpoint().map(|note| crate::home::keep_checkpoint(book.data_dir(), &note));
    if let Ok(Err(cause)) = kept {
        tracing::warn!("チェックポイントを控えられませんでした: {cause}");
    }
}

/// Waits for Ctrl+C or SIGTERM, then lets requests under way finish.
async fn stop(handle: axum_server::Handle<SocketAddr>) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else { return };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
    handle.graceful_shutdown(Some(Duration::from_secs(10)));
}
