//! What the pages are served with: the book, settings, and the little that is remembered between requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use office::calendar::Moment;
use registry::Registry;
use tokio::sync::Semaphore;

use crate::pages::search::index::Kept;

/// Settings of the pages.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether pages are served over TLS: cookies are then sent over TLS only.
    pub tls: bool,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: i64,
    /// Minutes after which a session ends in any case.
    pub session_minutes: i64,
    /// Whether everybody must set a second factor (多要素認証) at the first sign-in.
    pub second_factor: bool,
    /// Code printed on the machine, with which the first account is made on `/setup`.
    pub setup_code: Option<String>,
    /// Accounts shown on the sign-in page of a demonstration; empty everywhere else.
    pub demo_accounts: Vec<DemoAccount>,
    /// What is to be read before signing in (利用上の注意).
    pub sign_in_notice: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tls: false,
            idle_minutes: 30,
            session_minutes: 600,
            second_factor: true,
            setup_code: None,
            demo_accounts: Vec::new(),
            sign_in_notice: "このシステムは職員等が業務のために使うものです。操作はすべて記録され、監査の対象になります。権限の無い方の利用は禁じられています。".to_owned(),
        }
    }
}

/// An account of a demonstration, shown on its sign-in page.
#[derive(Debug, Clone, Default)]
pub struct DemoAccount {
    /// Staff number.
    pub id: String,
    /// Name.
    pub name: String,
    /// Post and roles, in words.
    pub role: String,
    /// Password.
    pub password: String,
    /// TOTP secret in base32, if one is preset; its current code is shown.
    pub totp: Option<String>,
}

/// A sign-in whose password was right and whose code is awaited.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) person: String,
    pub(crate) next: String,
    pub(crate) until: Moment,
    pub(crate) tries: u32,
}

/// Failures of one account or address lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    pub(crate) count: u32,
    pub(crate) since: Moment,
}

/// What is remembered between requests, in this process only. Losing it costs nobody more than a repeated sign-in.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Sign-ins that wait for their code, by hash of the token in the cookie.
    pub(crate) pending: HashMap<String, Pending>,
    /// Failures by account and by address.
    pub(crate) failures: HashMap<String, Failures>,
    /// Last time step of a code used, by staff number: no code serves twice.
    pub(crate) steps: HashMap<String, u64>,
}

/// Everything the pages are served with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The book.
    pub registry: Registry,
    /// Settings.
    pub settings: Arc<Settings>,
    /// At most so many passwords are stretched at once, so that guessing cannot exhaust the machine.
    pub(crate) stretching: Arc<Semaphore>,
    /// Key for secrets that need no storage; new with every start.
    pub(crate) key: [u8; 32],
    /// The index that pages search.
    pub(crate) searched: Arc<tokio::sync::Mutex<Kept>>,
    memory: Arc<Mutex<Memory>>,
}

impl App {
    /// Pages over this book with these settings.
    #[must_use]
    pub fn new(registry: Registry, settings: Settings) -> Self {
        let mut key = [0; 32];
        registry.chance(&mut key);
        Self {
            registry,
            settings: Arc::new(settings),
            stretching: Arc::new(Semaphore::new(2)),
            key,
            searched: Arc::default(),
            memory: Arc::default(),
        }
    }

    /// Looks at or changes what is remembered.
    pub(crate) fn remember<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> T {
        look(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
