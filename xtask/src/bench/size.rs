//! What the binary asks of a machine: disk, time to start, memory while nobody uses it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    thread::sleep,
    time::Duration,
};

use super::Figure;
use crate::process::{self, Profile, Scratch, Start};

/// Ends the server whatever happens.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an office with the sample town's policy and waits until it answers its first page.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let sekisho = process::sekisho(Profile::Release)?;
    let size = std::fs::metadata(&sekisho).map_err(|error| format!("{}: {error}", sekisho.display()))?.len();
    let scratch = Scratch::new("bench-machine")?;
    let data = scratch.path().join("data");
    let mut init = process::command(&sekisho, &["init", "--name", "試験町", "--policy"]);
    process::read(init.arg(crate::root().join("samples/policy.txt")).arg("--data").arg(&data))?;

    let start = Start::now();
    let mut serve = process::command(&sekisho, &["serve", "--listen", "127.0.0.1:0", "--data"]);
    let mut server = Server(serve.arg(&data).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?);
    let printed = server.0.stdout.take().ok_or("the server has no standard output")?;
    // Held until the end: a server whose words nobody takes could not speak.
    let mut printed = BufReader::new(printed);
    let address = printed
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("http://")?.1.split('/').next()?.to_owned()))
        .ok_or("the server printed no address")?;
    first_page(&address)?;
    let started = start.elapsed();

    // Long enough for whatever a start leaves behind to settle.
    sleep(Duration::from_secs(3));
    let memory = resident_kb(server.0.id())?;
    Ok(vec![
        figure("the binary", megabytes(size), "MB", ""),
        figure("from start to the first page", started.as_secs_f64(), "s", "below 1"),
        figure("memory at rest", megabytes(memory * 1024), "MB", "below 150"),
    ])
}

fn figure(name: &str, value: f64, unit: &'static str, aim: &'static str) -> Figure {
    Figure { name: name.into(), value, unit, beside: None, aim }
}

/// Asks for the first page and reads it to its end.
fn first_page(address: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{address}: {error}");
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    if answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.1 3") {
        Ok(())
    } else {
        Err(format!("{address} answered: {}", answer.lines().next().unwrap_or_default()))
    }
}

/// Memory of a process that is in the machine's memory now.
fn resident_kb(process: u32) -> Result<u64, String> {
    let file = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
        .ok_or_else(|| format!("{file} does not say how much memory is used"))
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0
}
