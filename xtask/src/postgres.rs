//! A PostgreSQL server of the tests' own, on a socket in a temporary folder, gone when dropped.

use crate::process::{self, Scratch};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A running server. It listens on no network address, so two test runs never meet.
pub(crate) struct Postgres {
    server: Child,
    programs: PathBuf,
    scratch: Scratch,
}

impl Postgres {
    /// Makes a cluster and starts its server.
    pub(crate) fn start() -> Result<Self, String> {
        crate::machine::postgres()?;
        let programs = programs().ok_or("PostgreSQL's server programs are not installed")?;
        let scratch = Scratch::new("postgres")?;
        if crate::machine::is_root() {
            process::run(process::command("chown", &["postgres"]).arg(scratch.path()))?;
        }
        let data = scratch.path().join("data");
        process::read(
            as_owner(&programs.join("initdb"))
                .args(["--username=sekisho", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D"])
                .arg(&data),
        )?;
        let server = as_owner(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(scratch.path())
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            .args(["-c", "logging_collector=off", "-c", "log_min_messages=fatal"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("PostgreSQL did not start: {error}"))?;
        let started = Self { server, programs, scratch };
        started.wait_until_ready()?;
        Ok(started)
    }

    /// The address of the default database, as sqlx and psql take it.
    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes a fresh database and returns its address.
    pub(crate) fn create(&self, name: &str) -> Result<String, String> {
        let mut psql = process::command("psql", &["--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1"]);
        psql.arg(self.url()).args(["-c", &format!("DROP DATABASE IF EXISTS {name}")]);
        psql.args(["-c", &format!("CREATE DATABASE {name}")]);
        process::read(psql.env("PGOPTIONS", "--client-min-messages=warning"))?;
        Ok(self.url_of(name))
    }

    /// The folder of the server's programs (`pgbench` among them).
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://sekisho@localhost/{database}?host={}", self.scratch.path().display())
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        for _ in 0..300 {
            let mut ask = process::command(self.programs.join("pg_isready"), &["--quiet", "-h"]);
            if process::output(ask.arg(self.scratch.path()))?.status.success() {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err("PostgreSQL did not answer within 30 seconds".into())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = as_owner(&self.programs.join("pg_ctl"));
        stop.args(["stop", "--silent", "-m", "immediate", "-D"]).arg(self.scratch.path().join("data"));
        let _ = stop.status();
        let _ = self.server.wait();
    }
}

/// The newest installed server's programs.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|version| {
            let number = version.file_name().to_str()?.parse().ok()?;
            let programs = version.path().join("bin");
            programs.join("initdb").is_file().then_some((number, programs))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, programs)| programs)
}

/// PostgreSQL refuses to run as root, so root starts it as Debian's `postgres` user.
fn as_owner(program: &Path) -> Command {
    let mut command = if crate::machine::is_root() {
        let mut runuser = process::command("runuser", &["-u", "postgres", "--"]);
        runuser.arg(program);
        runuser
    } else {
        process::command(program, &[])
    };
    command.current_dir(std::env::temp_dir());
    command
}
