//! `sekisho demo`: an invented town with its policy in force, people at work and an incident under way.

mod scenario;
mod story;
pub(crate) mod town;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use office::calendar::Moment;
use registry::{Clock, Registry};
use web::{DemoAccount, Settings};

use crate::home::Home;

/// A clock that the story sets, and that is the machine's once the story is told.
#[derive(Clone, Default)]
pub(crate) struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    /// Sets the moment of the story.
    pub(crate) fn set(&self, moment: Moment) {
        self.0.store(moment.0, Ordering::SeqCst);
    }

    /// Runs with the machine from now on.
    pub(crate) fn run(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let told = self.0.clone();
        Arc::new(move || match told.load(Ordering::SeqCst) {
            0 => crate::machine::now(),
            moment => Moment(moment),
        })
    }
}

/// Tells the story if the folder is new, then serves the pages.
pub(crate) async fn run(data: Option<PathBuf>, port: u16) -> Result<(), String> {
    let temporary = data.is_none();
    let folder =
        data.unwrap_or_else(|| std::env::temp_dir().join(format!("sekisho-demo-{}", crate::home::hex(&crate::machine::random::<4>()))));
    let served = serve(&folder, port).await;
    if temporary && let Err(cause) = std::fs::remove_dir_all(&folder) {
        eprintln!("{}: 消せませんでした: {cause}", folder.display());
    }
    served
}

async fn serve(folder: &Path, port: u16) -> Result<(), String> {
    let scenario = scenario::Scenario::embedded()?;
    let clock = StoryClock::default();
    let book = if folder.join("sekisho.toml").exists() {
        Home::open(folder)?.book_with(clock.clock(), crate::machine::chance()).await?
    } else {
        let home = Home::create(folder, &scenario.body, None)?;
        let book = home.book_with(clock.clock(), crate::machine::chance()).await?;
        eprintln!("{}を用意しています…", scenario.body);
        for complaint in story::tell(&book, &clock, &scenario).await? {
            eprintln!("{complaint}");
        }
        book
    };
    let accounts = accounts(&book, &scenario).await?;
    let settings = Settings { demo_accounts: accounts.clone(), ..Settings::default() };
    let data = folder.display().to_string();
    crate::serve::serve(book, settings, SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None, |_| introduce(&scenario, &accounts, &data))
        .await
}

/// The accounts shown, with the second factor that the story set for them.
async fn accounts(book: &Registry, scenario: &scenario::Scenario) -> Result<Vec<DemoAccount>, String> {
    let snapshot = book.snapshot();
    let mut accounts = Vec::new();
    for account in &scenario.accounts {
        let secrets = book.secret(&account.person).await.map_err(|trouble| trouble.to_string())?;
        accounts.push(DemoAccount {
            id: account.person.clone(),
            name: snapshot.name(&account.person).to_owned(),
            role: account.shown.clone(),
            password: scenario.password.clone(),
            // What is kept is the secret and the step of the last code used.
            totp: secrets.totp.split_whitespace().next().map(str::to_owned),
        });
    }
    Ok(accounts)
}

fn introduce(scenario: &scenario::Scenario, accounts: &[DemoAccount], data: &str) {
    println!();
    println!("{}（架空の町）。記録の保存先: {data}", scenario.body);
    println!("アカウント（職員番号・パスワード・認証アプリの鍵・氏名と役割。確認コードはサインイン画面にも出ます）:");
    for account in accounts {
        let totp = account.totp.as_deref().unwrap_or("-");
        println!("  {}  {}  {totp}  {} {}", account.id, account.password, account.name, account.role);
    }
    println!();
}
