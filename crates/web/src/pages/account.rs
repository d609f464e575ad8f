//! One's own account: password, second factor, last sign-ins.

use askama::Template;
use axum::response::Response;
use office::act::{Act, Actor};
use registry::SecretWrite;

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
    password, second_factor,
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    context: Context,
}

#[derive(Template)]
#[template(path = "account_password.html")]
struct PasswordPage {
    page: Page,
    forced: bool,

    fields: Fields,
    errors: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "account_second_factor.html")]
struct SecondFactorPage {
    page: Page,
    replaces: bool,
    qr: String,
    secret: String,
    fields: Fields,
    errors: Vec<(String, String)>,
}

/// `GET /account`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    frame::show(&AccountPage { page: context.page("アカウント"), context })
}

fn password_page(context: &Context, errors: Vec<(String, String)>) -> PasswordPage {
    let fields = Fields(vec![
        Field::new(Kind::Password, "current", "いまのパスワード").required().autocomplete("current-password"),
        Field::new(Kind::Password, "new", "新しいパスワード").required().autocomplete("new-password").help(password::RULE),
        Field::new(Kind::Password, "again", "新しいパスワード（確認）").required().autocomplete("new-password"),
    ]);
    PasswordPage {
        page: context.page("パスワードの変更"),
        forced: context.account.must_change,

        fields: fields.filled(&std::collections::BTreeMap::new(), &errors),
        errors,
    }
}

/// `GET /account/password`
pub(crate) async fn show_password(context: Context) -> Result<Response, Fault> {
    frame::show(&password_page(&context, Vec::new()))
}

/// `POST /account/password`
pub(crate) async fn change_password(context: Context, input: Input) -> Result<Response, Fault> {
    let (app, person) = (&context.app, &context.person);
    let kept = app.registry.secret(&person.id).await?;
    let mut errors = Vec::new();
    let mut wrong = |key: &str, says: &str| errors.push((key.to_owned(), says.to_owned()));
    if !app.verify(input.raw("current"), &kept.password).await {
        wrong("current", "いまのパスワードが違います。");
    }
    if let Some(weakness) = password::weakness(input.raw("new"), &person.id, &person.name) {
        wrong("new", weakness);
    } else if input.raw("new") == input.raw("current") {
        wrong("new", "いまのパスワードと同じです。別のものにしてください。");
    }
    if input.raw("new") != input.raw("again") {
        wrong("again", "確認の入力が、新しいパスワードと一致しません。");
    }
    if !errors.is_empty() {
        return frame::show_refused(&password_page(&context, errors));
    }
    let Some(phc) = app.stretch(input.raw("new")).await else { return Err(Fault::Internal) };
    let act = Act::SetPassword { person: person.id.clone(), must_change: false };
    let secret = SecretWrite { person: person.id.clone(), password: Some(phc), totp: None };
    app.registry.submit_with(Actor::Person(person.id.clone()), act, secret).await?;
    app.registry.delete_sessions_of(&person.id, &context.session.token_hash).await?;
    Ok(frame::done(&context, "/", "パスワードを変更しました。ほかの端末でのサインインは終了しました。"))
}

fn second_factor_page(context: &Context, errors: Vec<(String, String)>) -> SecondFactorPage {
    let secret = context.app.offered_secret(&context.session.token_hash);
    let mut fields = Vec::new();
    if context.account.second_factor {
        fields.push(Field::new(Kind::Password, "current", "いまのパスワード").required().autocomplete("current-password"));
    }
    fields.push(
        Field::new(Kind::Code, "code", "6桁の確認コード")
            .required()
            .autocomplete("one-time-code")
            .help("登録した認証アプリに表示されている数字を入力してください。"),
    );
    SecondFactorPage {
        page: context.page("二要素認証の設定"),
        replaces: context.account.second_factor,
        qr: second_factor::qr(&context.snapshot.office.name, &context.person.id, &secret).unwrap_or_default(),
        secret: second_factor::grouped(&secret),
        fields: Fields(fields).filled(&std::collections::BTreeMap::new(), &errors),
        errors,
    }
}

/// `GET /account/second-factor`
pub(crate) async fn show_second_factor(context: Context) -> Result<Response, Fault> {
    frame::show(&second_factor_page(&context, Vec::new()))
}

/// `POST /account/second-factor`
pub(crate) async fn set_second_factor(context: Context, input: Input) -> Result<Response, Fault> {
    let (app, person) = (&context.app, &context.person);
    if context.account.second_factor {
        let kept = app.registry.secret(&person.id).await?;
        if !app.verify(input.raw("current"), &kept.password).await {
            return frame::show_refused(&second_factor_page(
                &context,
                vec![("current".to_owned(), "いまのパスワードが違います。".to_owned())],
            ));
        }
    }
    let offered = app.offered_secret(&context.session.token_hash);
    let Some(totp) = app.accept_code(&person.id, &offered, input.get("code")) else {
        let says = "確認コードが違います。端末の時刻が合っているか確かめ、いま表示されているコードを入力してください。";
        return frame::show_refused(&second_factor_page(&context, vec![("code".to_owned(), says.to_owned())]));
    };
    let act = Act::SetSecondFactor { person: person.id.clone(), present: true };
    let secret = SecretWrite { person: person.id.clone(), password: None, totp: Some(totp) };
    app.registry.submit_with(Actor::Person(person.id.clone()), act, secret).await?;
    Ok(frame::done(&context, "/", "二要素認証を設定しました。次のサインインから、確認コードの入力が必要です。"))
}
