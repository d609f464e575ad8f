//! A personnel list into the book: first what it would change and every wrong row, then, if confirmed, in one act.

use askama::Template;
use axum::response::Response;
use office::act::Act;

use super::accounts;
use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::registers::list::file,
    people_import::{self, Options, Preview},
    refused::Refused,
    spreadsheet::{Carried, PROBLEMS_SHOWN, Unreadable},
};

/// Rows of each kind that the preview shows.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "admin/import.html")]
struct ImportPage {
    page: Page,
    fields: Fields,
    error: String,
}

fn import_page(context: &Context, options: Options, error: &str) -> ImportPage {
    let yes = |truth: bool| if truth { "yes" } else { "" };
    let fields = vec![
        Field::new(Kind::File, "file", "職員名簿").required().help("Excelブック（.xlsx）かCSV（UTF-8、Shift_JIS）。10MBまで。"),
        Field::new(Kind::Check, "new_units", "登録されていない所属を新しく登録する")
            .value(yes(options.new_units))
            .help("組織の改正があったときや、初めて取り込むとき。付けないと、知らない所属の行は誤りとして示します。"),
        Field::new(Kind::Check, "complete", "名簿に載っていない職員を退職とする")
            .value(yes(options.complete))
            .help("全職員の名簿のときだけ付けます。退職とした職員のアカウントは止まります。"),
    ];
    ImportPage { page: context.page("職員名簿の取込み"), fields: Fields(fields), error: error.to_owned() }
}

/// `GET /admin/people/import`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    let options = Options { new_units: context.snapshot.office.units.len() < 3, complete: false };
    frame::show(&import_page(&context, options, ""))
}

/// `GET /admin/people/template`
pub(crate) async fn template(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    file(&context, "職員名簿の様式", false, &people_import::HEADINGS.map(str::to_owned), &[])
}

#[derive(Template)]
#[template(path = "admin/preview.html")]
struct PreviewPage {
    page: Page,
    file: String,
    carried: Html,
    options: Options,
    digest: String,
    moved: bool,
    refused: Option<Refused>,
    bad: usize,
    rest: usize,
    shown: usize,
    plan: Preview,
}

/// Changes when what the list would do changes, so that nothing is done that was not shown.
fn digest(preview: &Preview) -> String {
    use sha2::{Digest as _, Sha256};
    let text = format!("{:?}", (&preview.units, &preview.new, &preview.changed, &preview.left, &preview.problems));
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn preview(context: &Context, file: &Carried, options: Options) -> Result<Preview, Unreadable> {
    let (snapshot, bytes) = (context.snapshot.clone(), file.bytes.clone());
    let read = tokio::task::spawn_blocking(move || people_import::preview(&bytes, &snapshot.people, &snapshot.office.units, options)).await;
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "a personnel list broke the reader");
        Err(Unreadable("ファイルが壊れていて読めません。Excelで開き、新しい名前で保存し直してから選んでください。".to_owned()))
    })
}

/// `POST /admin/people/import`
pub(crate) async fn take(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let options = Options { new_units: input.ticked("new_units"), complete: input.ticked("complete") };
    let Some(file) = Carried::of(&input)? else {
        return frame::show_refused(&import_page(
            &context,
            options,
            "ファイルが選ばれていません。Excelファイル（.xlsx）かCSVファイルを選んでください。",
        ));
    };
    let plan = match preview(&context, &file, options).await {
        Ok(plan) => plan,
        Err(unreadable) => {
            return frame::show_refused(&import_page(&context, options, &format!("「{}」を読めませんでした。{unreadable}", file.name)));
        }
    };
    let now = digest(&plan);
    let confirmed = input.get("confirm");
    let mut refused = None;
    if confirmed == now && !plan.is_empty() && (plan.problems.is_empty() || input.ticked("partly")) {
        match done(&context, &plan).await {
            Ok(response) => return Ok(response),
            Err(Fault::Refused(refusal)) => refused = Some(Refused::of(&context, &refusal).await),
            Err(fault) => return Err(fault),
        }
    }
    frame::show(&PreviewPage {
        page: context.page("職員名簿の取込みの確認"),
        file: file.name.clone(),
        carried: file.fields(),
        options,
        moved: !confirmed.is_empty() && confirmed != now,
        digest: now,
        refused,
        bad: plan.bad_rows(),
        rest: plan.problems.len().saturating_sub(PROBLEMS_SHOWN),
        shown: SHOWN,
        plan,
    })
}

async fn done(context: &Context, plan: &Preview) -> Result<Response, Fault> {
    context.act(Act::ChangePeople { units: plan.units.clone(), people: plan.people() }).await?;
    let leaving = plan.changed.iter().filter(|change| change.before.active && !change.after.active).map(|change| &change.after.id);
    for id in leaving.chain(plan.left.iter().map(|person| &person.id)) {
        accounts::close_after_leaving(context, id, true).await?;
    }
    let message = format!(
        "新しい職員{}人、変更{}人、退職{}人、新しい所属{}を登録しました。",
        plan.new.len(),
        plan.changed.len(),
        plan.left.len(),
        plan.units.len()
    );
    Ok(frame::done(context, "/admin/people", &message))
}
