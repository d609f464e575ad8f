//! Disks that fill up and servers that go away: nothing acknowledged is lost, and the book works again by itself.

use std::{path::Path, process::Command, time::Duration};

use jiff::civil::date;
use office::act::Act;
use registry::{Receipt, Registry, SubmitError, Trouble};
use tokio::{
    net::{UnixListener, UnixStream},
    task::JoinSet,
};

use crate::town::{CLERK, Place, by, carry_out, folder, schema};

/// An application whose reason is as long as one may be.
async fn long_application(registry: &Registry) -> Result<Receipt, SubmitError> {
    let mut application = carry_out("", date(2026, 11, 21), date(2026, 11, 22));
    application.values.insert("reason".to_owned(), "理".repeat(3900));
    by(registry, CLERK, Act::ApplyForPermit { application }).await
}

fn trouble(result: Result<Receipt, SubmitError>) -> Trouble {
    match result {
        Err(SubmitError::Unavailable(trouble)) => trouble,
        other => panic!("not unavailable: {other:?}"),
    }
}

/// Every receipt's records stand in the ledger where it says, and the projections are those of the ledger.
async fn all_there(registry: &Registry, receipts: &[Receipt]) {
    for receipt in receipts {
        for (index, record) in (receipt.first_index..).zip(&receipt.records) {
            let proven = registry.record(index).await.unwrap().unwrap();
            assert_eq!(proven.record.as_ref(), Some(record));
        }
    }
    let digest = registry.projection_digest().await.unwrap();
    registry.rebuild().await.unwrap();
    assert_eq!(registry.projection_digest().await.unwrap(), digest);
}

/// A small disk; taken out again when dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    /// `None` without the right to mount.
    fn new() -> Option<Self> {
        let disk = Self(folder());
        mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"], &disk.0).then_some(disk)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy"]).arg(&self.0).output();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    Command::new("mount").args(arguments).arg(folder).output().is_ok_and(|output| output.status.success())
}

/// Needs the right to mount a small disk; without it only the next test covers this.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_nothing_acknowledged_is_lost() {
    let Some(disk) = Disk::new() else {
        eprintln!("no right to mount: the full disk is not tested");
        return;
    };
    let place = Place::at(disk.0.join("data"), None);
    let registry = place.town().await;
    let mut receipts = Vec::new();
    let full = loop {
        match long_application(&registry).await {
            Ok(receipt) => receipts.push(receipt),
            Err(SubmitError::Unavailable(trouble)) => break trouble,
            Err(refused) => panic!("{refused}"),
        }
    };
    assert!(full.says.contains("ディスクの空きがない"), "{full} {}", full.detail);
    assert!(trouble(long_application(&registry).await).help.contains("空きを増やして"));
    assert_eq!(registry.permit("2026-0001").await.unwrap().unwrap().applicant, CLERK);
    assert!(mount(&["-o", "remount,size=64m"], &disk.0));
    receipts.push(long_application(&registry).await.unwrap());
    all_there(&registry, &receipts).await;
    registry.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_fails_leaves_nothing_and_is_forgotten() {
    let place = Place::sqlite();
    let registry = place.town().await;
    let kept = long_application(&registry).await.unwrap();
    // The last table that a batch writes before its commit fails, as it would on a bad sector.
    let fails = "CREATE TRIGGER bad_sector BEFORE INSERT ON waiting BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END";
    sqlx::query(fails).execute(registry.pool()).await.unwrap();
    let size = registry.size();
    let mut tries = JoinSet::new();
    for _ in 0..8 {
        let registry = registry.clone();
        tries.spawn(async move { trouble(long_application(&registry).await) });
    }
    for trouble in tries.join_all().await {
        assert!(trouble.says.contains("操作は記録されていません"), "{trouble}");
    }
    assert_eq!(registry.size(), size);
    assert_eq!(registry.snapshot().office.counters["permit-2026"], 1);
    sqlx::query("DROP TRIGGER bad_sector").execute(registry.pool()).await.unwrap();
    let next = long_application(&registry).await.unwrap();
    assert_eq!(next.first_index, size);
    all_there(&registry, &[kept, next]).await;
    registry.close().await;
}

/// The server that tests may use, and a name for our connections to it.
fn server() -> Option<(String, String)> {
    let url = std::env::var("SEKISHO_TEST_POSTGRES").ok()?;
    let name = folder().file_name()?.to_str()?.to_owned();
    Some((url, name))
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_under_load_lose_nothing_acknowledged() {
    let Some((url, name)) = server() else { return };
    let own = format!("{}&application_name={name}", schema(&url).await);
    let place = Place::at(folder(), Some(own));
    let registry = place.town().await;
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let registry = registry.clone();
        clients.spawn(async move {
            let (mut receipts, mut failures) = (Vec::new(), 0);
            for _ in 0..60 {
                match long_application(&registry).await {
                    Ok(receipt) => receipts.push(receipt),
                    Err(SubmitError::Unavailable(_)) => failures += 1,
                    Err(refused) => panic!("{refused}"),
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (receipts, failures)
        });
    }
    let admin = ledger::connect(&url, 1).await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let cut = "SELECT CAST(COUNT(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity WHERE application_name = $1";
        sqlx::query(cut).bind(&name).fetch_all(&admin).await.unwrap();
    }
    let (mut receipts, mut failures) = (Vec::new(), 0);
    for (acknowledged, failed) in clients.join_all().await {
        receipts.extend(acknowledged);
        failures += failed;
    }
    assert!(failures > 0 && receipts.len() > 100, "{failures} failed, {} acknowledged", receipts.len());
    receipts.push(long_application(&registry).await.unwrap());
    all_there(&registry, &receipts).await;
    registry.close().await;
}

/// Passes connections on to a server's socket until it is aborted.
async fn pass(listener: UnixListener, socket: String) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let socket = socket.clone();
        connections.spawn(async move {
            if let Ok(mut far) = UnixStream::connect(socket).await {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_named_and_found_again() {
    let Some((url, _)) = server() else { return };
    let Some((_, host)) = url.split_once("host=") else { return };
    let (door, host) = (folder(), host.to_owned());
    let (near, far) = (door.join(".s.PGSQL.5432"), format!("{host}/.s.PGSQL.5432"));
    let place = Place::at(folder(), Some(schema(&url).await.replace(&host, &door.display().to_string())));
    let open = || tokio::spawn(pass(UnixListener::bind(&near).unwrap(), far.clone()));
    let proxy = open();
    let registry = place.town().await;
    let kept = long_application(&registry).await.unwrap();
    proxy.abort();
    let _ = proxy.await;
    std::fs::remove_file(&near).unwrap();
    let away = trouble(long_application(&registry).await);
    assert!(away.says.contains("データベースとの接続が切れている"), "{away} {}", away.detail);
    assert!(registry.permit("2026-0001").await.is_err());
    // What pages read from memory stays readable.
    assert_eq!(registry.snapshot().office.name, "川辺町");
    let proxy = open();
    let mut back = long_application(&registry).await;
    for _ in 0..50 {
        if back.is_ok() {
            break;
        }
        // The server may not have noticed yet that the old connection, which holds the lock, is gone.
        tokio::time::sleep(Duration::from_millis(100)).await;
        back = long_application(&registry).await;
    }
    all_there(&registry, &[kept, back.unwrap()]).await;
    registry.close().await;
    proxy.abort();
}
