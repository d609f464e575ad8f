//! Reads the files named on standard input, two at a time, and says how much text they held: what the bench measures.

use std::{
    fs,
    io::{self, Read as _},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

fn main() -> io::Result<()> {
    let mut names = String::new();
    io::stdin().read_to_string(&mut names)?;
    let names: Vec<&str> = names.lines().collect();
    let (next, text) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match fs::read(name).map(|bytes| document::extract(&bytes)) {
                        Ok(Ok(extract)) => text.fetch_add(extract.text.len(), Ordering::Relaxed),
                        _ => failed.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
    });
    println!("{}\t{}\t{}", names.len(), text.into_inner(), failed.into_inner());
    Ok(())
}
