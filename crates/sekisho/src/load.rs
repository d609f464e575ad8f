//! `sekisho load` (hidden): many clients act as fast as the book acknowledges, for the kill tests and benchmarks.

use std::{
    io::Write,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use office::{
    act::{Act, Actor},
    incident::Report,
};
use registry::Registry;
use sha2::{Digest, Sha256};

use crate::{demo::town, home::Home};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Data folder that `sekisho init` made.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Clients that act at the same time.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Stop after so many seconds and print the number of acts; never stop if absent.
    #[arg(long)]
    seconds: Option<u64>,
}

/// Prints `ack INDEX HASH` (SHA-256 of the payload) for every record, after it was acknowledged.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), String> {
    let book = Home::open(&arguments.data)?.book().await?;
    if book.snapshot().rulebook(book.now().date()).is_none() {
        town::settle(&book).await?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicU64::new(0));
    let mut clients = Vec::new();
    for client in 0..arguments.clients {
        let (book, stop, count, quiet) = (book.clone(), stop.clone(), count.clone(), arguments.seconds.is_some());
        clients.push(tokio::spawn(async move { act(&book, client, &stop, &count, quiet).await }));
    }
    if let Some(seconds) = arguments.seconds {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        stop.store(true, Ordering::Relaxed);
    }
    for client in clients {
        client.await.map_err(|cause| cause.to_string())??;
    }
    book.close().await;
    println!("acts {}", count.load(Ordering::Relaxed));
    Ok(())
}

/// One client: reports, registers and applies in turn until it is told to stop.
async fn act(book: &Registry, client: usize, stop: &AtomicBool, count: &AtomicU64, quiet: bool) -> Result<(), String> {
    let people: Vec<String> =
        book.snapshot().office.accounts.iter().filter(|(_, account)| account.open).map(|(id, _)| id.clone()).collect();
    for turn in 0_usize.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let person = people.get((client + turn * 7) % people.len().max(1)).cloned().unwrap_or_default();
        let report = Report {
            event: town::event(book),
            title: format!("負荷試験 {client}-{turn}"),
            what: "紙の書類を置き忘れたが、すぐに見つかった。".to_owned(),
            place: "庁舎2階".to_owned(),
            aware_at: book.now(),
            personal: turn % 3 == 0,
            persons: Some(1),
        };
        let (actor, act) = if turn % 2 == 0 {
            (Actor::Person(person), Act::ReportIncident { report })
        } else {
            (Actor::Console, town::some_row(book, client, turn))
        };
        let receipt = book.submit(actor, act).await.map_err(|refused| refused.to_string())?;
        count.fetch_add(1, Ordering::Relaxed);
        if !quiet {
            let mut out = std::io::stdout().lock();
            for (index, record) in (receipt.first_index..).zip(&receipt.records) {
                let payload = serde_json::to_vec(record).map_err(|cause| cause.to_string())?;
                let _ = writeln!(out, "ack {index} {}", crate::home::hex(&Sha256::digest(&payload)));
            }
            let _ = out.flush();
        }
    }
    Ok(())
}
