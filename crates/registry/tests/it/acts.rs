//! Acts through the book: receipts, refusals, secrets, sessions, files, proofs, erasure, rebuilding.

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    permit::Stage,
    record::Fact,
    state::Key,
};
use registry::{ObjectError, OpenError, Paging, PermitFilter, RecordFilter, Registry, SecretWrite, Session, Sort, SubmitError, What};

use crate::town::{CLERK, GENERAL, GENERAL_HEAD, Place, TAX_HEAD, TOP, add_row, apply, approve, by, carry_out};

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_runs_from_application_to_return_and_survives_a_restart() {
    for place in Place::all().await {
        let registry = place.town().await;
        let media = add_row(&registry, CLERK, "media", GENERAL, &[("name", "青いUSBメモリ"), ("class", "Ⅱ")]).await;
        let (id, digest) = apply(&registry, CLERK, carry_out(&media, date(2026, 11, 21), date(2026, 11, 25))).await;

        let desk = registry.inbox(GENERAL_HEAD, registry.now()).await.unwrap();
        assert_eq!(
            desk.permits.iter().map(|waiting| (waiting.what, waiting.thing.id.as_str())).collect::<Vec<_>>(),
            [(What::Decide, id.as_str())]
        );
        assert!(registry.inbox(TAX_HEAD, registry.now()).await.unwrap().permits.is_empty());
        assert_eq!(registry.inbox(CLERK, registry.now()).await.unwrap().own.len(), 1);

        let refused = approve(&registry, CLERK, &id, &digest).await.unwrap_err();
        assert!(matches!(refused, SubmitError::Refused(_)), "{refused}");
        approve(&registry, GENERAL_HEAD, &id, &digest).await.unwrap();
        by(&registry, GENERAL_HEAD, Act::HandOverPermit { id: id.clone(), note: String::new() }).await.unwrap();
        assert_eq!(registry.permit(&id).await.unwrap().unwrap().stage, Stage::Out);
        assert_eq!(registry.row("media", &media).await.unwrap().unwrap().out.as_deref(), Some(id.as_str()));
        let desk = registry.inbox(GENERAL_HEAD, registry.now()).await.unwrap();
        assert_eq!(desk.permits[0].what, What::ConfirmReturn);
        by(&registry, GENERAL_HEAD, Act::ConfirmReturn { id: id.clone(), erased: true, note: String::new() }).await.unwrap();

        let history = registry.history(&Key::Permit(id.clone())).await.unwrap();
        assert!(matches!(history[0].1.fact, Fact::PermitApplied { .. }));
        assert_eq!(history.len(), 4);
        let before = registry.projection_digest().await.unwrap();
        let (size, office) = (registry.size(), registry.snapshot().office.clone());
        registry.close().await;

        let registry = place.open().await;
        assert_eq!(registry.size(), size);
        assert_eq!(registry.snapshot().office, office);
        assert_eq!(registry.permit(&id).await.unwrap().unwrap().stage, Stage::Closed);
        registry.rebuild().await.unwrap();
        assert_eq!(registry.projection_digest().await.unwrap(), before);
        assert_eq!(registry.snapshot().office, office);
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_written_and_a_refusal_hinders_nobody() {
    for place in Place::all().await {
        let registry = place.town().await;
        let before = registry.size();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..40 {
            let registry = registry.clone();
            tasks.spawn(async move {
                let (person, application) = match number % 4 {
                    // Ends before it begins: refused.
                    3 => (CLERK, carry_out("", date(2026, 11, 25), date(2026, 11, 21))),
                    _ => (CLERK, carry_out("", date(2026, 11, 21), date(2026, 11, 25))),
                };
                by(&registry, person, Act::ApplyForPermit { application }).await.ok()
            });
        }
        let receipts: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(receipts.len(), 30);
        assert_eq!(registry.size(), before + 30);
        let mut indexes: Vec<u64> = receipts.iter().map(|receipt| receipt.first_index).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, (before..before + 30).collect::<Vec<_>>());
        for receipt in receipts {
            let proven = registry.record(receipt.first_index).await.unwrap().unwrap();
            assert_eq!(proven.record.as_ref(), Some(&receipt.records[0]));
        }
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_in_what_people_type_do_no_harm() {
    for place in Place::all().await {
        let registry = place.town().await;
        let mut application = carry_out("", date(2026, 11, 21), date(2026, 11, 25));
        application.values.insert("reason".to_owned(), "出張\0先\u{7}で'; DROP TABLE thing; --".to_owned());
        let (id, _) = apply(&registry, CLERK, application.clone()).await;
        assert_eq!(registry.permit(&id).await.unwrap().unwrap().application, application);
        let found = PermitFilter { text: "先\0 '; drop".to_owned(), ..PermitFilter::default() };
        assert_eq!(registry.permits(&found, Sort::Number, Paging::default()).await.unwrap().total.count, 1);
        assert!(registry.permit("\0").await.unwrap().is_none());
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_proven_against_the_checkpoint() {
    let place = Place::sqlite();
    let registry = place.town().await;
    let proven = registry.record(1).await.unwrap().unwrap();
    let unhex = |hex: &str| -> ledger::Hash {
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    };
    let proof: Vec<ledger::Hash> = proven.proof.iter().map(|hash| unhex(hash)).collect();
    let root = registry.head().unwrap().root();
    assert!(ledger::verify_inclusion(&unhex(&proven.leaf_hash), 1, proven.size, &root, &proof));
    assert!(proven.checkpoint.starts_with("sekisho.example/kawabe\n"));
    assert!(registry.record(registry.size()).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_lie_beside_the_ledger_and_never_in_it() {
    for place in Place::all().await {
        let registry = place.town().await;
        let act = Act::SetPassword { person: CLERK.to_owned(), must_change: false };
        let secret = SecretWrite { person: CLERK.to_owned(), password: Some("$argon2id$秘密".to_owned()), totp: None };
        let receipt = registry.submit_with(Actor::Console, act, secret).await.unwrap();
        let totp = SecretWrite { person: CLERK.to_owned(), password: None, totp: Some("JBSWY3DP".to_owned()) };
        let act = Act::SetSecondFactor { person: CLERK.to_owned(), present: true };
        registry.submit_with(Actor::Console, act, totp).await.unwrap();
        let kept = registry.secret(CLERK).await.unwrap();
        assert_eq!((kept.password.as_str(), kept.totp.as_str()), ("$argon2id$秘密", "JBSWY3DP"));
        let payload = registry.record(receipt.first_index).await.unwrap().unwrap().payload;
        assert!(!String::from_utf8(payload).unwrap().contains("argon2id"));
        // A refused act writes no secret.
        let act = Act::SetPassword { person: "999".to_owned(), must_change: false };
        let secret = SecretWrite { person: "999".to_owned(), password: Some("x".to_owned()), totp: None };
        assert!(registry.submit_with(Actor::Console, act, secret).await.is_err());
        assert!(registry.secret("999").await.unwrap().password.is_empty());
        registry.rebuild().await.unwrap();
        assert_eq!(registry.secret(CLERK).await.unwrap().totp, "JBSWY3DP");
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_begin_are_used_and_end() {
    for place in Place::all().await {
        let registry = place.town().await;
        let now = registry.now();
        let session = |hash: &str| Session {
            token_hash: hash.to_owned(),
            person: CLERK.to_owned(),
            created: now,
            last_seen: now,
            expires: now.plus_seconds(3600),
        };
        for hash in ["a", "b", "c"] {
            registry.create_session(session(hash)).await.unwrap();
        }
        place.clock.pass(30);
        registry.touch_session(&session("a")).await.unwrap();
        assert_eq!(registry.find_session("a").await.unwrap(), Some(session("a")));
        place.clock.pass(60);
        registry.touch_session(&session("a")).await.unwrap();
        assert_eq!(registry.find_session("a").await.unwrap().unwrap().last_seen, registry.now());
        registry.delete_session("b").await.unwrap();
        assert_eq!(registry.find_session("b").await.unwrap(), None);
        registry.delete_sessions_of(CLERK, "a").await.unwrap();
        assert_eq!(registry.find_session("c").await.unwrap(), None);
        assert!(registry.find_session("a").await.unwrap().is_some());
        place.clock.pass(3600);
        assert_eq!(registry.find_session("a").await.unwrap(), None);
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_under_their_hash_and_checked() {
    let place = Place::sqlite();
    let registry = place.open().await;
    let kept = registry.put_object("点検票.pdf", b"evidence".to_vec()).await.unwrap();
    assert_eq!(registry.put_object("同じもの.pdf", b"evidence".to_vec()).await.unwrap().sha256, kept.sha256);
    assert_eq!(registry.object(&kept.sha256).await.unwrap(), b"evidence");
    let path = place.config.data_dir.join("objects").join(&kept.sha256[..2]).join(&kept.sha256);
    std::fs::write(&path, b"Evidence").unwrap();
    assert!(matches!(registry.object(&kept.sha256).await, Err(ObjectError::Lost { .. })));
    assert!(matches!(registry.object("../book.sqlite").await, Err(ObjectError::Lost { .. })));
    let huge = registry.put_object("大.bin", vec![0; 50 * 1024 * 1024 + 1]).await.unwrap_err();
    assert!(huge.to_string().contains("50 MB"), "{huge}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_payload_leaves_the_ledger_provable_and_the_projections_without_it() {
    for place in Place::all().await {
        let registry = place.town().await;
        let (id, _) = apply(&registry, CLERK, carry_out("", date(2026, 11, 21), date(2026, 11, 25))).await;
        let index = registry.history(&Key::Permit(id.clone())).await.unwrap()[0].0;
        let erase = |index| Act::ErasePayload { index, ground: "本人の請求（令和8年第1号）".to_owned() };
        by(&registry, TOP, erase(index)).await.unwrap();
        let proven = registry.record(index).await.unwrap().unwrap();
        assert!(proven.record.is_none() && proven.payload.is_empty() && !proven.proof.is_empty());
        assert!(registry.permit(&id).await.unwrap().is_none());
        assert!(registry.inbox(GENERAL_HEAD, registry.now()).await.unwrap().permits.is_empty());
        for index in [index, registry.size() - 1, registry.size() + 5] {
            assert!(matches!(by(&registry, TOP, erase(index)).await, Err(SubmitError::Refused(_))));
        }
        let before = registry.projection_digest().await.unwrap();
        registry.rebuild().await.unwrap();
        assert_eq!(registry.projection_digest().await.unwrap(), before);
        // The town goes on.
        apply(&registry, CLERK, carry_out("", date(2026, 11, 21), date(2026, 11, 25))).await;
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_of_an_older_shape_or_behind_the_ledger_are_made_again_when_opened() {
    for place in Place::all().await {
        let mut registry = place.town().await;
        apply(&registry, CLERK, carry_out("", date(2026, 11, 21), date(2026, 11, 25))).await;
        let digest = registry.projection_digest().await.unwrap();
        for damage in ["UPDATE meta SET value = 1 WHERE name = 'schema'", "DELETE FROM record WHERE idx > 3"] {
            for damage in [damage, "DELETE FROM item", "DELETE FROM waiting"] {
                sqlx::query(damage).execute(registry.pool()).await.unwrap();
            }
            registry.close().await;
            registry = place.open().await;
            assert_eq!(registry.projection_digest().await.unwrap(), digest, "{damage}");
        }
        sqlx::query("UPDATE meta SET value = 99 WHERE name = 'schema'").execute(registry.pool()).await.unwrap();
        registry.close().await;
        assert!(matches!(place.try_open().await.err(), Some(OpenError::Newer { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_process_writes_and_others_may_read() {
    for place in Place::all().await {
        let registry = place.town().await;
        let Err(second) = place.try_open().await else { panic!("two writers") };
        assert!(matches!(second, OpenError::Locked { .. }), "{second}");
        assert!(second.to_string().contains("書き込み用に開いています"), "{second}");
        let clock = place.clock.clone();
        let reader =
            Registry::open_read_only(place.config.clone(), place.catalog.clone(), std::sync::Arc::new(move || clock.now())).await.unwrap();
        assert_eq!(reader.snapshot().office.name, "川辺町");
        assert_eq!(reader.records(&RecordFilter::default(), Paging::default()).await.unwrap().items.len() as u64, registry.size());
        assert!(matches!(by(&reader, CLERK, Act::SignOut { person: CLERK.to_owned() }).await, Err(SubmitError::Unavailable(_))));
        registry.close().await;
        let again = place.open().await;
        assert_eq!(again.size(), reader.size());
        again.close().await;
        reader.close().await;
    }
    let place = Place::sqlite();
    let absent =
        Registry::open_read_only(place.config.clone(), place.catalog.clone(), std::sync::Arc::new(|| office::calendar::Moment(0))).await;
    assert!(matches!(absent.err(), Some(OpenError::Absent { .. })));
}
