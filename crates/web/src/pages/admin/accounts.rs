//! Accounts: opened, closed, given a first password that is shown once, freed of a lost second factor.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    act::Act,
    people::{Account, Person},
    role,
};
use registry::SecretWrite;

use super::people;
use crate::{
    app::App,
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::registers::list::{file, units},
    paging::{PER_PAGE, Pages, encode},
    refused::Refused,
};

/// Accounts that are issued at once; each password takes a while to stretch.
const ISSUED_MAX: usize = 100;

/// Signs of a first password: none that is mistaken for another on paper.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Something that can be done to an account.
pub(super) struct Button {
    pub(super) action: &'static str,
    pub(super) word: &'static str,
    pub(super) about: &'static str,
    pub(super) danger: bool,
}

/// What can be done to a person's account.
pub(super) fn buttons(context: &Context, person: &Person, account: Option<&Account>) -> Vec<Button> {
    let button = |action, word, about| Button { action, word, about, danger: false };
    let open = account.filter(|account| account.open);
    let Some(account) = open else {
        if !person.active {
            return Vec::new();
        }
        return vec![
            button("open", "アカウントを開く", "初めのパスワードを発行します。本人に手渡してください。"),
            button("open-administrator", "管理者として開く", "職員、アカウント、規程の読込みを扱えます。申請を決める権利は付きません。"),
        ];
    };
    let mut all =
        vec![button("password", "パスワードを発行し直す", "忘れたときや、続けて間違えて止まったとき。使っている人はサインアウトします。")];
    if account.second_factor {
        all.push(button("second-factor", "二要素認証を解除する", "認証アプリを無くしたとき。次のサインインで本人が設定し直します。"));
    }
    if account.administrator {
        all.push(button("demote", "管理者から外す", "一般のアカウントにします。"));
    } else {
        all.push(button("promote", "管理者にする", "職員、アカウント、規程の読込みを扱えるようにします。"));
    }
    if person.id != context.person.id {
        all.push(Button {
            action: "close",
            word: "アカウントを止める",
            about: "すぐにサインインできなくなり、使っている人もサインアウトします。",
            danger: true,
        });
    }
    all
}

/// How an account was used, in words.
pub(super) fn details(account: Option<&Account>) -> Vec<(&'static str, String)> {
    let Some(account) = account else { return Vec::new() };
    let moment = |at: Option<office::calendar::Moment>| at.map_or_else(|| "まだありません".to_owned(), |at| at.wareki());
    let yes = |truth: bool| if truth { "設定済み" } else { "まだ" }.to_owned();
    let mut details = vec![
        ("最後のサインイン", moment(account.last_sign_in)),
        ("その後の失敗", format!("{}回", account.failures)),
        ("二要素認証", yes(account.second_factor)),
    ];
    if account.must_change {
        details.push(("パスワード", "次のサインインで変更します".to_owned()));
    }
    details
}

/// A first password: sixteen signs in groups of four, 80 bits of chance.
fn first_password(app: &App) -> String {
    let mut chance = [0_u8; 16];
    app.registry.chance(&mut chance);
    let signs: Vec<char> = chance.iter().filter_map(|byte| SIGNS.get(usize::from(byte % 32))).map(|sign| char::from(*sign)).collect();
    signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Gives somebody a first password and returns it.
async fn issue(context: &Context, person: &str) -> Result<String, Fault> {
    let password = first_password(&context.app);
    let phc = context.app.stretch(&password).await.ok_or(Fault::Internal)?;
    let secret = SecretWrite { person: person.to_owned(), password: Some(phc), totp: None };
    let actor = office::act::Actor::Person(context.person.id.clone());
    context.app.registry.submit_with(actor, Act::SetPassword { person: person.to_owned(), must_change: true }, secret).await?;
    let except = if person == context.person.id { context.session.token_hash.as_str() } else { "" };
    context.app.registry.delete_sessions_of(person, except).await?;
    Ok(password)
}

/// Closes the account of somebody who has left.
///
/// # Errors
/// [`Fault`] if the door refuses or the store fails.
pub(super) async fn close_after_leaving(context: &Context, person: &str, left: bool) -> Result<(), Fault> {
    if left && context.snapshot.office.accounts.get(person).is_some_and(|account| account.open) {
        context.act(Act::CloseAccount { person: person.to_owned() }).await?;
        context.app.registry.delete_sessions_of(person, "").await?;
    }
    Ok(())
}

struct Slip {
    id: String,
    name: String,
    post: String,
    password: String,
}

#[derive(Template)]
#[template(path = "admin/issued.html")]
struct IssuedPage {
    page: Page,
    slips: Vec<Slip>,
    rest: usize,
    back: String,
}

fn slip(person: &Person, password: String) -> Slip {
    Slip { id: person.id.clone(), name: person.name.clone(), post: format!("{} {}", person.unit(), person.title()), password }
}

#[derive(Template)]
#[template(path = "admin/refused.html")]
struct RefusedPage {
    page: Page,
    refused: Refused,
    back: String,
}

/// `POST /admin/people/{id}/account`
pub(crate) async fn act(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let person = people::find(&context, &id)?.clone();
    let back = format!("/admin/people/{}", encode(&id));
    let done = match do_act(&context, &id, input.get("action")).await {
        Ok(done) => done,
        Err(Fault::Refused(refusal)) => {
            let refused = Refused::of(&context, &refusal).await;
            return frame::show_refused(&RefusedPage { page: context.page("この操作はできません"), refused, back });
        }
        Err(fault) => return Err(fault),
    };
    match done {
        Done::Said(message) => Ok(frame::done(&context, &back, message)),
        Done::Issued(password) => {
            frame::show(&IssuedPage { page: context.page("初めのパスワード"), slips: vec![slip(&person, password)], rest: 0, back })
        }
    }
}

/// What came of an act on an account.
enum Done {
    Said(&'static str),
    Issued(String),
}

async fn do_act(context: &Context, id: &str, action: &str) -> Result<Done, Fault> {
    let open = |administrator: bool| Act::OpenAccount { person: id.to_owned(), administrator };
    match action {
        "open" | "open-administrator" => {
            context.act(open(action == "open-administrator")).await?;
            issue(context, id).await.map(Done::Issued)
        }
        "password" => issue(context, id).await.map(Done::Issued),
        "second-factor" => {
            let secret = SecretWrite { person: id.to_owned(), password: None, totp: Some(String::new()) };
            let actor = office::act::Actor::Person(context.person.id.clone());
            context.app.registry.submit_with(actor, Act::SetSecondFactor { person: id.to_owned(), present: false }, secret).await?;
            Ok(Done::Said("二要素認証を解除しました。次のサインインで、本人が設定し直します。"))
        }
        "promote" => context.act(open(true)).await.map(|_| Done::Said("管理者にしました。")).map_err(Fault::from),
        "demote" => context.act(open(false)).await.map(|_| Done::Said("管理者から外しました。")).map_err(Fault::from),
        "close" => {
            context.act(Act::CloseAccount { person: id.to_owned() }).await?;
            context.app.registry.delete_sessions_of(id, "").await?;
            Ok(Done::Said("アカウントを止めました。"))
        }
        _ => Err(Fault::Bad("この操作は分かりません。画面を開き直して、もう一度操作してください。".to_owned())),
    }
}

struct Line {
    id: String,
    name: String,
    post: String,
    badge: Html,
    last: String,
    second_factor: &'static str,
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    page: Page,
    fields: Fields,
    lines: Vec<Line>,
    pages: Pages,
    issue: Fields,
    without: usize,
    most: usize,
    query: String,
}

/// `GET /admin/accounts`
pub(crate) async fn index(context: Context, Query(asked): Query<BTreeMap<String, String>>) -> Result<Response, Fault> {
    context.administrator()?;
    let state = asked.get("state").map_or("", String::as_str);
    let wanted = |account: &Account| match state {
        "administrator" => account.open && account.administrator,
        "locked" => account.locked_until.is_some_and(|until| until > context.now),
        "closed" => !account.open,
        "unused" => account.open && account.last_sign_in.is_none(),
        "all" => true,
        _ => account.open,
    };
    let found: Vec<(&String, &Account)> = context.snapshot.office.accounts.iter().filter(|(_, account)| wanted(account)).collect();
    let line = |(id, account): (&String, &Account)| {
        let person = context.snapshot.people.get(id);
        Line {
            id: id.clone(),
            name: context.snapshot.name(id).to_owned(),
            post: person.map_or_else(String::new, |person| format!("{} {}", person.unit(), person.title())),
            badge: people::account_badge(&context, Some(account)),
            last: account.last_sign_in.map_or_else(|| "まだありません".to_owned(), |at| at.wareki()),
            second_factor: if account.second_factor { "設定済み" } else { "まだ" },
        }
    };
    if let Some(format) = asked.get("format") {
        let headings = ["職員番号", "氏名", "所属・職", "権限", "最後のサインイン", "二要素認証"].map(str::to_owned);
        let rights = |account: &Account| {
            if !account.open {
                "停止"
            } else if account.administrator {
                "管理者"
            } else {
                "一般"
            }
            .to_owned()
        };
        let rows: Vec<Vec<String>> = found
            .into_iter()
            .map(|(id, account)| {
                let line = line((id, account));
                vec![line.id, line.name, line.post, rights(account), line.last, line.second_factor.to_owned()]
            })
            .collect();
        return file(&context, "アカウント", format == "csv", &headings, &rows);
    }
    let number: u64 = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let skipped = usize::try_from((number - 1).saturating_mul(PER_PAGE)).unwrap_or(usize::MAX);
    let total = found.len() as u64;
    let states = [
        ("", "有効"),
        ("administrator", "管理者"),
        ("unused", "まだ使っていない"),
        ("locked", "一時停止中"),
        ("closed", "停止"),
        ("all", "すべて"),
    ];
    let fields =
        vec![Field::new(Kind::Select, "state", "状態").plain().choices(states.map(|(code, word)| Choice::new(code, word)).to_vec())];
    let mut choices = vec![Choice::new("", "選んでください")];
    choices.extend(units(&context));
    frame::show(&AccountsPage {
        page: context.page("アカウント"),
        fields: Fields(fields).filled(&asked, &[]),
        lines: found.into_iter().skip(skipped).take(usize::try_from(PER_PAGE).unwrap_or(50)).map(line).collect(),
        pages: Pages::new("/admin/accounts", &[("state", state)], number, total),
        issue: Fields(vec![Field::new(Kind::Select, "unit", "所属").plain().choices(choices).help("下の所属も含みます。")]),
        without: without(&context, "").count(),
        most: ISSUED_MAX,
        query: if state.is_empty() { String::new() } else { format!("state={}&", encode(state)) },
    })
}

/// People of a unit who work here and have no account yet.
fn without<'a>(context: &'a Context, unit: &'a str) -> impl Iterator<Item = &'a Person> {
    let has = |person: &Person| context.snapshot.office.accounts.contains_key(&person.id);
    let in_unit = move |person: &Person| unit.is_empty() || person.positions.iter().any(|position| role::lies_in(&position.unit, unit));
    context.snapshot.people.iter().filter(move |person| person.active && !has(person) && in_unit(person))
}

/// `POST /admin/accounts/issue`
pub(crate) async fn issue_unit(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let unit = input.get("unit");
    if unit.is_empty() {
        return Err(Fault::Bad("所属が選ばれていません。アカウントを開く所属を選んでください。".to_owned()));
    }
    let waiting: Vec<Person> = without(&context, unit).cloned().collect();
    let rest = waiting.len().saturating_sub(ISSUED_MAX);
    let mut slips = Vec::new();
    for person in waiting.iter().take(ISSUED_MAX) {
        context.act(Act::OpenAccount { person: person.id.clone(), administrator: false }).await?;
        slips.push(slip(person, issue(&context, &person.id).await?));
    }
    if slips.is_empty() {
        return Ok(frame::done(&context, "/admin/accounts", "その所属の職員は、すでに全員がアカウントを持っています。"));
    }
    frame::show(&IssuedPage { page: context.page("初めのパスワード"), slips, rest, back: "/admin/accounts".to_owned() })
}
