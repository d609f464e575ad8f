//! The one writer: takes what waits, decides, writes it all in one transaction, commits, answers.
//!
//! INVARIANT: nobody is answered `Ok` before the commit of the transaction that holds his records.
//! A crash before the commit leaves nothing of the batch; a crash after it leaves all of it, and the
//! next start reads it. When a transaction fails, memory goes back to what was committed last.

use std::{collections::BTreeSet, sync::Arc};

use ledger::{Log, NewEntry, Pending};
use office::{
    act::{Act, Actor},
    catalog::{Catalog, FieldType},
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    state::{Key, State},
};
use sqlx::{AnyConnection, Connection, SqlSafeStr};
use tokio::sync::{mpsc, oneshot};

use crate::{
    OpenError, Receipt, SecretWrite, SubmitError, Trouble,
    evidence::Gathered,
    replay, schema,
    session::SessionWrite,
    shared::{Lock, Shared},
    snapshot::Publisher,
    sql, store, submit,
};

/// Most submissions that one transaction takes.
const BATCH: usize = 64;

/// Things held in memory between batches; beyond it the shelves are cleared.
const HELD: usize = 20_000;

/// Policy versions held between batches: their readings are large.
const VERSIONS_HELD: usize = 2;

/// What the writer is asked to do.
pub(crate) enum Job {
    /// Take an act through the door.
    Act(Box<(Actor, Act, SecretWrite)>, oneshot::Sender<Result<Receipt, SubmitError>>),
    /// Change a session.
    Session(SessionWrite, oneshot::Sender<Result<(), Trouble>>),
    /// Make every projection again.
    Rebuild(oneshot::Sender<Result<(), Trouble>>),
    /// Finish and give the lock back.
    Close(oneshot::Sender<()>),
}

/// Who waits for an answer, and what was decided for him.
enum Answer {
    Act(oneshot::Sender<Result<Receipt, SubmitError>>, Result<std::ops::Range<usize>, SubmitError>),
    Session(oneshot::Sender<Result<(), Trouble>>),
}

/// What one transaction shall write.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    entries: Vec<NewEntry>,
    touched: BTreeSet<Key>,
    secrets: Vec<SecretWrite>,
    sessions: Vec<SessionWrite>,
    answers: Vec<Answer>,
    erases: bool,
}

/// What there is only while the store is reachable.
struct Store {
    conn: AnyConnection,
    log: Log,
    _lock: Lock,
}

/// The writer's own memory.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    state: State,
    publisher: Publisher,
    store: Option<Store>,
    /// Version of the rulebook by which `waiting` was last written.
    book: u32,
}

impl Writer {
    /// Takes the lock, brings tables and projections up to date and reads the office.
    pub(crate) async fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let lock = Lock::file(&shared.config)?;
        let mut store = connect(&shared, lock).await?;
        let state = replay::bring_up_to_date(&shared, &mut store.conn, store.log.head().size()).await?;
        let book = schema::meta(&mut store.conn, "book").await.map_err(Trouble::from)?;
        shared.publish(Arc::new(crate::Snapshot::of(&state)), store.log.head().clone());
        Ok(Self { publisher: Publisher::new(&state), shared, state, store: Some(store), book: u32::try_from(book).unwrap_or(0) })
    }

    /// Works until it is closed or nobody can ask any more.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::new();
        while jobs.recv_many(&mut waiting, BATCH).await > 0 {
            let mut batch = Vec::new();
            for job in waiting.drain(..) {
                match job {
                    Job::Rebuild(answer) => {
                        self.process(std::mem::take(&mut batch)).await;
                        let result = self.rebuild().await;
                        drop(answer.send(result));
                    }
                    Job::Close(answer) => {
                        self.process(std::mem::take(&mut batch)).await;
                        if let Some(store) = self.store.take() {
                            drop(store.conn.close().await);
                        }
                        let _closed = answer.send(());
                        return;
                    }
                    // The ledger can erase only what was committed, and the projections must follow at once: alone.
                    Job::Act(job, answer) if matches!(job.1, Act::ErasePayload { .. }) => {
                        self.process(std::mem::take(&mut batch)).await;
                        self.process(vec![Job::Act(job, answer)]).await;
                    }
                    job => batch.push(job),
                }
            }
            self.process(batch).await;
        }
    }

    /// One batch from decision to answer.
    async fn process(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        if let Err(trouble) = self.ready().await {
            for job in jobs {
                refuse(job, &trouble);
            }
            return;
        }
        let mut batch = Batch::default();
        for job in jobs {
            match job {
                Job::Act(job, answer) => {
                    let (actor, act, secret) = *job;
                    let decided = self.act(&mut batch, &actor, &act, secret).await;
                    batch.answers.push(Answer::Act(answer, decided));
                }
                Job::Session(write, answer) => {
                    batch.sessions.push(write);
                    batch.answers.push(Answer::Session(answer));
                }
                Job::Rebuild(_) | Job::Close(_) => {}
            }
        }
        let written = if batch.records.is_empty() && batch.sessions.is_empty() { Ok(None) } else { self.write(&batch).await };
        match written {
            Ok(pending) => {
                if batch.erases {
                    self.purge().await;
                }
                self.committed(batch, pending);
            }
            Err(trouble) => self.failed(batch, &trouble),
        }
    }

    /// Decides on an act and folds its records into memory; they wait in the batch to be written.
    async fn act(
        &mut self,
        batch: &mut Batch,
        actor: &Actor,
        act: &Act,
        secret: SecretWrite,
    ) -> Result<std::ops::Range<usize>, SubmitError> {
        let now = (self.shared.clock)();
        let Some(store) = &mut self.store else { return Err(Trouble::closed().into()) };
        if let Act::ErasePayload { index, .. } = act {
            erasable(store, *index).await?;
        }
        let catalog = Arc::clone(&self.shared.catalog);
        let records = loop {
            match office::decide(&catalog, &self.state, actor, act, now) {
                Ok(records) => break records,
                Err(Stop::Refused(refusal)) => return Err(SubmitError::Refused(refusal)),
                // What was loaded cannot be missing: a door that asks for it again would ask for ever.
                Err(Stop::Missing(key)) if store::known(&self.state, &key) => return Err(Trouble::closed().into()),
                Err(Stop::Missing(key)) => store::load(&mut store.conn, &mut self.state, &key).await?,
            }
        };
        let mut entries = Vec::with_capacity(records.len());
        for record in &records {
            let payload = store::payload(record)?;
            if payload.len() > ledger::PAYLOAD_BYTES_MAX {
                return Err(too_large());
            }
            let mut salt = [0; 32];
            (self.shared.chance)(&mut salt);
            let erases = if let Fact::PayloadErased { index, .. } = record.fact { Some(index) } else { None };
            batch.erases |= erases.is_some();
            entries.push(NewEntry { salt, payload, erases });
        }
        for record in &records {
            for key in referred(&catalog, record) {
                if !store::known(&self.state, &key) {
                    store::load(&mut store.conn, &mut self.state, &key).await?;
                }
            }
        }
        // Nothing can fail from here on: all records of an act are folded, or none.
        let first = batch.records.len();
        for record in &records {
            batch.touched.extend(office::apply(&catalog, &mut self.state, record));
        }
        batch.entries.extend(entries);
        batch.records.extend(records);
        if !secret.is_empty() {
            batch.secrets.push(secret);
        }
        Ok(first..batch.records.len())
    }

    /// Writes a batch in one transaction. Memory of the ledger is moved by [`Self::committed`].
    async fn write(&mut self, batch: &Batch) -> Result<Option<Pending>, Trouble> {
        let Some(store) = &mut self.store else { return Err(Trouble::closed()) };
        let now = (self.shared.clock)();
        let statement = match ledger::Backend::of(&store.conn) {
            ledger::Backend::Sqlite => "BEGIN IMMEDIATE",
            ledger::Backend::Postgres => "BEGIN",
        };
        let mut tx = store.conn.begin_with(statement.into_sql_str()).await?;
        let mut pending = None;
        if !batch.entries.is_empty() {
            let appended = store.log.append(&mut tx, &batch.entries).await?;
            if batch.erases {
                let size = appended.head().size();
                self.state = replay::rebuild(&self.shared, &mut tx, size).await?;
            } else {
                let records: Vec<Option<&Record>> = batch.records.iter().map(Some).collect();
                store::write_records(&mut tx, appended.first_index(), &records).await?;
                let mut evidence = Gathered::default();
                for (index, record) in (appended.first_index()..).zip(&batch.records) {
                    evidence.add(office::coverage::evidence(&self.state, record), index, record.at);
                }
                evidence.write(&mut tx).await?;
                let (state, before) = (&self.state, self.publisher.committed());
                store::write_things(&mut tx, state, batch.touched.iter()).await?;
                if batch.touched.contains(&Key::Office) || batch.touched.iter().any(|key| matches!(key, Key::Person(_))) {
                    let people: Vec<&str> = batch.touched.iter().filter_map(person).collect();
                    store::write_office(&mut tx, state, &before, &batch.records, &people).await?;
                }
                let book = state.rulebook(now.date());
                let version = book.map_or(0, |book| book.version);
                if version != self.book || batch.records.iter().any(moves_people) {
                    store::write_all_waiting(&mut tx, state, book).await?;
                    schema::set_meta(&mut tx, "book", version.into()).await?;
                } else {
                    let keys: Vec<&Key> = batch.touched.iter().collect();
                    store::write_waiting(&mut tx, state, book, &batch.records, &keys).await?;
                }
                self.book = version;
            }
            pending = Some(appended);
        }
        submit::write_secrets(&mut tx, &batch.secrets).await?;
        for session in &batch.sessions {
            session.write(&mut tx).await?;
        }
        // The commit point.
        tx.commit().await.map_err(Trouble::in_doubt)?;
        Ok(pending)
    }

    /// Makes what was erased unrecoverable from the database files. The erasure stands even if this fails.
    async fn purge(&mut self) {
        let Some(store) = &mut self.store else { return };
        if let Err(error) = ledger::purge(&mut store.conn).await {
            tracing::error!(%error, "erased bytes may still lie in the database files");
        }
        if ledger::Backend::of(&store.conn) == ledger::Backend::Postgres
            && let Err(error) = sql::execute(&mut store.conn, "VACUUM FULL thing, item, record, evidence", Vec::new()).await
        {
            tracing::error!(%error, "erased bytes may still lie in the database files");
        }
    }

    /// Memory follows the commit, the snapshot is published, everybody is answered.
    fn committed(&mut self, batch: Batch, pending: Option<Pending>) {
        let mut first = 0;
        if let (Some(pending), Some(store)) = (pending, &mut self.store) {
            first = pending.first_index();
            if let Err(error) = store.log.commit(pending) {
                // The store has it; the next batch reads it back from there.
                tracing::error!(%error, "the ledger's memory did not follow a commit");
                self.store = None;
            } else {
                let snapshot = if batch.erases {
                    self.shared.evidence.forget();
                    self.publisher = Publisher::new(&self.state);
                    self.publisher.committed()
                } else {
                    self.publisher.publish(&self.shared.catalog, &self.state, &batch.records, &batch.touched)
                };
                self.shared.publish(snapshot, store.log.head().clone());
            }
            self.shared.forget_versions(&batch.touched, batch.erases);
        }
        self.bound();
        for answer in batch.answers {
            match answer {
                Answer::Session(sender) => drop(sender.send(Ok(()))),
                Answer::Act(sender, decided) => drop(sender.send(decided.map(|range| Receipt {
                    first_index: first.saturating_add(range.start as u64),
                    records: batch.records.get(range).unwrap_or_default().to_vec(),
                }))),
            }
        }
    }

    /// Nothing was written: memory goes back to the last commit, everybody who hoped is told.
    fn failed(&mut self, batch: Batch, trouble: &Trouble) {
        tracing::error!(detail = trouble.detail, "a transaction failed");
        self.state = self.publisher.committed().state.clone();
        self.store = None;
        for answer in batch.answers {
            match answer {
                Answer::Session(sender) => drop(sender.send(Err(trouble.clone()))),
                Answer::Act(sender, Ok(_)) => drop(sender.send(Err(SubmitError::Unavailable(trouble.clone())))),
                Answer::Act(sender, Err(error)) => drop(sender.send(Err(error))),
            }
        }
    }

    /// Connects again after a failure. What is in the store counts: a commit whose answer was lost is read back.
    async fn ready(&mut self) -> Result<(), Trouble> {
        if self.store.is_some() {
            return Ok(());
        }
        let lock = Lock::file(&self.shared.config).map_err(Trouble::from)?;
        let mut store = connect(&self.shared, lock).await.map_err(Trouble::from)?;
        if let Some(known) = self.shared.head() {
            let head = Arc::clone(store.log.head());
            if head.size() < known.size() || head.root_at(&mut store.conn, known.size()).await? != known.root() {
                return Err(Trouble::rolled_back(known.size(), head.size()));
            }
        }
        self.state = store::read_office(&mut store.conn).await?;
        self.book = u32::try_from(schema::meta(&mut store.conn, "book").await?).unwrap_or(0);
        self.publisher = Publisher::new(&self.state);
        self.shared.publish(self.publisher.committed(), store.log.head().clone());
        self.store = Some(store);
        Ok(())
    }

    async fn rebuild(&mut self) -> Result<(), Trouble> {
        self.ready().await?;
        let Some(store) = &mut self.store else { return Err(Trouble::closed()) };
        let size = store.log.head().size();
        let rebuilt = async {
            let mut tx = store.conn.begin().await?;
            let state = replay::rebuild(&self.shared, &mut tx, size).await?;
            tx.commit().await?;
            Ok::<_, Trouble>(state)
        };
        match rebuilt.await {
            Ok(state) => {
                self.shared.evidence.forget();
                self.state = state;
                self.publisher = Publisher::new(&self.state);
                self.shared.publish(self.publisher.committed(), store.log.head().clone());
                Ok(())
            }
            Err(trouble) => {
                self.store = None;
                Err(trouble)
            }
        }
    }

    /// Keeps memory within bounds.
    fn bound(&mut self) {
        let state = &mut self.state;
        if state.permits.len() + state.rows.len() + state.tasks.len() + state.incidents.len() > HELD {
            store::forget(state);
        }
        if state.versions.len() > VERSIONS_HELD {
            state.versions.clear();
        }
    }
}

/// A connection that holds the lock, and the log read through it.
async fn connect(shared: &Shared, lock: Lock) -> Result<Store, OpenError> {
    let mut conn = shared.connection().await?.detach();
    lock.server(&mut conn, &shared.config).await?;
    if ledger::Backend::of(&conn) == ledger::Backend::Postgres {
        // A plan made while a table was empty would read all of it for ever; the writer only ever looks for keys.
        sql::execute(&mut conn, "SET enable_seqscan = off", Vec::new()).await.map_err(Trouble::from)?;
    }
    ledger::migrate(&mut conn).await.map_err(Trouble::from)?;
    schema::create(&mut conn).await.map_err(Trouble::from)?;
    let key = shared.signing_key()?;
    let log = Log::open(&mut conn, key).await.map_err(Trouble::from)?;
    Ok(Store { conn, log, _lock: lock })
}

fn refuse(job: Job, trouble: &Trouble) {
    match job {
        Job::Act(_, answer) => drop(answer.send(Err(SubmitError::Unavailable(trouble.clone())))),
        Job::Session(_, answer) | Job::Rebuild(answer) => drop(answer.send(Err(trouble.clone()))),
        Job::Close(answer) => answer.send(()).unwrap_or_default(),
    }
}

/// Refuses to erase what is not there, is erased already, or is itself an order to erase.
async fn erasable(store: &mut Store, index: u64) -> Result<(), SubmitError> {
    let found = if index < store.log.head().size() {
        ledger::read(&mut store.conn, index..index.saturating_add(1)).await.map_err(Trouble::from)?.into_iter().next()
    } else {
        None
    };
    let says = match found {
        None => "この番号の記録はありません。",
        Some(record) if record.entry.erases.is_some() => "消去を記した記録そのものは、消去できません。",
        Some(record) if record.body.is_none() => "この記録の内容は、すでに消去されています。",
        Some(_) => return Ok(()),
    };
    Err(SubmitError::Refused(Box::new(Refusal::input(says, "記録の番号を確かめてください。"))))
}

fn too_large() -> SubmitError {
    let says = "一度に記録できる大きさを超えています。";
    SubmitError::Refused(Box::new(Refusal::input(says, "いくつかに分けて、もう一度行ってください。")))
}

fn person(key: &Key) -> Option<&str> {
    if let Key::Person(id) = key { Some(id) } else { None }
}

/// Whether a record changes who holds which role.
fn moves_people(record: &Record) -> bool {
    matches!(record.fact, Fact::PeopleChanged { .. } | Fact::PolicyAdopted { .. } | Fact::AdoptionWithdrawn { .. })
}

/// Things that folding a record may change besides those the decision looked at: the row itself as it
/// was, and the rows that it refers to.
fn referred(catalog: &Catalog, record: &Record) -> Vec<Key> {
    let (row, before) = match &record.fact {
        Fact::RowAdded { row } => (row, None),
        Fact::RowChanged { row, before, .. } => (row, Some(before)),
        Fact::RowRemoved { row, .. } => (row, None),
        _ => return Vec::new(),
    };
    let mut keys = vec![Key::Row(row.register.clone(), row.id.clone())];
    let Some(register) = catalog.register(&row.register) else { return keys };
    for column in register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows)) {
        let values = [row.values.get(&column.key), before.and_then(|before| before.get(&column.key))];
        let ids = values.into_iter().flatten().flat_map(|value| value.split_whitespace());
        keys.extend(ids.map(|id| Key::Row(column.register.clone(), id.to_owned())));
    }
    keys
}
