//! Pages that cannot be shown: status, what happened, what to do. The frame gives them their look.

use askama::Template;
use axum::{
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use office::refusal::Refusal;
use registry::{ObjectError, SubmitError, Trouble};

use crate::{app::App, context::Context, page::Page, paging::encode, refused::Refused};

/// Why a page is not shown.
#[derive(Debug, Clone)]
pub enum Fault {
    /// There is no such page or thing.
    NotFound,
    /// The person may not see it; the sentence says who can help.
    Forbidden(String),
    /// The door refused an act and the page has no better place to say so.
    Refused(Box<Refusal>),
    /// What was sent makes no sense; the sentence says what to do.
    Bad(String),
    /// What was sent is too large.
    TooLarge,
    /// The form did not come from our pages, or its session has changed.
    Foreign,
    /// Somebody must sign in first, and then go on to this path.
    SignIn(String),
    /// The account was closed or the person has left.
    Withdrawn,
    /// The store failed.
    Unavailable(Box<Trouble>),
    /// We failed.
    Internal,
    /// An address that only takes forms was opened, or the reverse.
    Method,
}

impl Fault {
    /// Signing in is needed; afterwards the page that was asked for opens.
    pub(crate) fn sign_in(parts: &Parts) -> Self {
        let next = if parts.method == Method::GET { parts.uri.path_and_query().map_or("/", |path| path.as_str()) } else { "" };
        Self::SignIn(next.to_owned())
    }

    /// The fault that a bare status of the framework stands for.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            status if status.is_client_error() => {
                Self::Bad("送信された内容を読み取れませんでした。画面を開き直して、もう一度お試しください。".to_owned())
            }
            _ => Self::Internal,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::Foreign | Self::Withdrawn => StatusCode::FORBIDDEN,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// Title, what happened, what to do.
    fn words(&self) -> (&'static str, String, String) {
        let (title, what, todo) = match self {
            Self::NotFound => (
                "ページが見つかりません",
                "お探しのページや記録は見つかりませんでした。",
                "アドレスを確かめるか、ホームからたどり直してください。",
            ),
            Self::Forbidden(what) => ("このページは開けません", what.as_str(), ""),
            Self::Refused(_) => ("この操作はできません", "次の理由により、操作を受け付けませんでした。何も変更されていません。", ""),
            Self::Bad(what) => ("送信内容を確かめてください", what.as_str(), "何も変更されていません。"),
            Self::TooLarge => (
                "送信できる大きさを超えています",
                "一度に送信できるのは合計 55 MB までです。",
                "ファイルを分けるか、小さくしてから、もう一度送信してください。何も変更されていません。",
            ),
            Self::Foreign => (
                "送信を受け付けませんでした",
                "このシステムの画面から送られたことを確かめられませんでした。別の画面でサインインし直したときにも起こります。",
                "画面を開き直して、もう一度操作してください。何も変更されていません。",
            ),
            Self::Withdrawn => (
                "このアカウントは使えなくなりました",
                "アカウントが停止されたか、在籍していないことになっているため、サインアウトしました。直前の操作は受け付けていません。",
                "心当たりが無いときは、システムの管理者に連絡してください。",
            ),
            Self::Unavailable(trouble) => return ("ただいま処理できません", trouble.says.clone(), trouble.help.clone()),
            Self::Method => ("この操作はできません", "このアドレスは、この方法では開けません。", "ホームからたどり直してください。"),
            Self::SignIn(_) | Self::Internal => (
                "処理中に問題が起こりました",
                "システムの内部で問題が起こり、ページを表示できませんでした。",
                "受付の済んだ操作は失われていません。もう一度お試しください。直らないときは、下の番号を添えてシステムの管理者に連絡してください。",
            ),
        };
        (title, what.to_owned(), todo.to_owned())
    }

    /// The page that says so.
    pub(crate) async fn page(&self, app: &App, context: Option<&Context>) -> Response {
        let (title, what, todo) = self.words();
        let page = context.map_or_else(
            || Page::plain(title, &app.registry.snapshot().office.name, app.registry.now().date()),
            |context| context.page(title),
        );
        let refused = match (self, context) {
            (Self::Refused(refusal), Some(context)) => Some(Refused::of(context, refusal).await),
            (Self::Refused(refusal), None) => Some(Refused::bare(refusal)),
            _ => None,
        };
        let number = if matches!(self, Self::Internal | Self::Unavailable(_)) { fault_number(app) } else { String::new() };
        if let Self::Unavailable(trouble) = self {
            tracing::error!(number, detail = trouble.detail, "the book could not be used");
        } else if matches!(self, Self::Internal) {
            tracing::error!(number, "a page could not be shown");
        }
        let back = if context.is_some() { ("/", "ホームへ") } else { ("/sign-in", "サインインへ") };
        let template = FaultPage { page, what, todo, number, refused, back };
        let html = template.render().unwrap_or_else(|_| title.to_owned());
        (self.status(), axum::response::Html(html)).into_response()
    }
}

/// A number that joins a page with the log.
fn fault_number(app: &App) -> String {
    let mut bytes = [0; 5];
    app.registry.chance(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if let Self::SignIn(next) = &self {
            let to = if next.is_empty() || next == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", encode(next)) };
            return Redirect::to(&to).into_response();
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable(Box::new(trouble))
    }
}

impl From<SubmitError> for Fault {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => Self::Refused(refusal),
            SubmitError::Unavailable(trouble) => trouble.into(),
        }
    }
}

impl From<ObjectError> for Fault {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Trouble(trouble) => trouble.into(),
            other => Self::Bad(other.to_string()),
        }
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a template could not be rendered");
        Self::Internal
    }
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    page: Page,
    what: String,
    todo: String,
    number: String,
    refused: Option<Refused>,
    back: (&'static str, &'static str),
}
