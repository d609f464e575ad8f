//! `sekisho oscal export` and `import`: the policy in the standard forms, out of a book or a document and in.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use exchange::{
    law,
    oscal::{self, Content, Version, outline::outline},
    source::{Source, origins},
};
use office::{calendar::Moment, catalog::Catalog};
use policy::{Reading, compare::Origin};
use registry::Registry;
use sha2::{Digest as _, Sha256};
use web::standard_forms::StandardForms;

use crate::home::Home;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// OSCAL の JSON と法令標準 XML を書き出す
    Export(Export),
    /// OSCAL の catalog や mapping-collection を読み、中身を示す
    Import {
        /// OSCAL の文書（JSON）
        file: PathBuf,
        /// 出力の形
        #[arg(long = "as", value_enum, default_value_t = As::Summary)]
        form: As,
    },
}

#[derive(Args)]
pub(crate) struct Export {
    /// 記録の保存先（団体の規程と、それを運用しているものを書き出します）
    #[arg(long, value_name = "DIR", conflicts_with = "policy", required_unless_present = "policy")]
    data: Option<PathBuf>,
    /// 規程の文書（団体のない文書の条項と対応表だけを書き出します）
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// 規程の版（省くと、施行中の版）
    #[arg(long, value_name = "N", conflicts_with = "policy")]
    version: Option<u32>,
    /// 書き出し先のフォルダー
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// OSCAL の版
    #[arg(long, value_enum, default_value_t = Oscal::New)]
    oscal: Oscal,
}

#[derive(Clone, Copy, ValueEnum)]
enum Oscal {
    /// 古い版（対応表なし）
    #[value(name = "1.1.3")]
    Old,
    /// 新しい版
    #[value(name = "1.2.2")]
    New,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum As {
    /// 何の文書か、いくつあるか
    Summary,
    /// 統制ごとに「id・パス・見出し」のタブ区切り
    List,
    /// 規程の文書（sekisho policy read で読めます）
    Text,
    /// 取り込んだものをそのまま書き戻した JSON
    Json,
}

/// Runs an exchange command.
pub(crate) async fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Export(arguments) => export(arguments).await,
        Command::Import { file, form } => import(file, *form),
    }
}

async fn export(arguments: &Export) -> Result<(), String> {
    let version = match arguments.oscal {
        Oscal::Old => Version::V1_1_3,
        Oscal::New => Version::V1_2_2,
    };
    let (files, law) = match (&arguments.data, &arguments.policy) {
        (Some(data), _) => of_body(data, arguments.version, version).await?,
        (None, Some(file)) => of_document(file, version)?,
        (None, None) => return Err("--data か --policy のどちらかを指定してください。".to_owned()),
    };
    let out = &arguments.out;
    std::fs::create_dir_all(out).map_err(|cause| format!("{}: フォルダーを作れません: {cause}", out.display()))?;
    let save = |name: &str, text: &str| {
        let file = out.join(name);
        std::fs::write(&file, text).map_err(|cause| format!("{}: 書けません: {cause}", file.display()))
    };
    for file in &files {
        save(file.name, &oscal::write(&file.content))?;
        println!("{}\t{}", file.name, file.about);
    }
    save("law.xml", &law)?;
    println!("law.xml\t規程の全文（法令標準XML）");
    Ok(())
}

/// A body's policy, read beside a server that may be running.
async fn of_body(data: &Path, number: Option<u32>, version: Version) -> Result<(Vec<oscal::File>, String), String> {
    let home = Home::open(data)?;
    let catalog = Catalog::embedded().map_err(|cause| cause.to_string())?;
    let book = Registry::open_read_only(home.config(), std::sync::Arc::new(catalog), crate::machine::clock())
        .await
        .map_err(|cause| cause.to_string())?;
    let in_force = book.snapshot().rulebook(book.now().date()).map(|rules| rules.version);
    let number = number.or(in_force).ok_or("施行中の規程がありません。--version で版を指定するか、先に規程を施行してください。")?;
    let forms = StandardForms::of(&book, number).await.map_err(|cause| cause.to_string())?;
    let forms = forms.ok_or_else(|| format!("規程の第{number}版はありません。画面の「版」で番号を確かめてください。"))?;
    let made = (forms.oscal(version), forms.law_xml());
    book.close().await;
    Ok(made)
}

/// A document without a body: the same document always gives the same files.
fn of_document(file: &Path, version: Version) -> Result<(Vec<oscal::File>, String), String> {
    let reading = crate::policy::read(file)?.1.reading;
    let origins = origins(&[&reading.document]);
    let of = Document::new(file, &reading);
    let source = of.source(&reading, &origins);
    Ok((oscal::bundle(&source, version, None), law::law_xml(&source)))
}

/// A document's text as law XML.
pub(crate) fn law_xml(file: &Path, reading: &Reading) -> String {
    law::law_xml(&Document::new(file, reading).source(reading, &[]))
}

/// What identifies a document without a body: its file's name and the digest of its text.
struct Document {
    name: String,
    sha256: String,
    changed_at: Moment,
}

impl Document {
    fn new(file: &Path, reading: &Reading) -> Self {
        let changed = std::fs::metadata(file).and_then(|about| about.modified()).ok();
        let since = changed.and_then(|changed| changed.duration_since(std::time::UNIX_EPOCH).ok());
        Self {
            name: file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            sha256: crate::home::hex(&Sha256::digest(reading.document.source.as_bytes())),
            changed_at: Moment(since.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or_default()),
        }
    }

    fn source<'a>(&'a self, reading: &'a Reading, origins: &'a [Origin]) -> Source<'a> {
        Source {
            body: "",
            // Nothing else tells one document from another: the identities are those of this text.
            seed: &self.sha256,
            version: 1,
            file: &self.name,
            sha256: &self.sha256,
            changed_at: self.changed_at,
            effective: None,
            reading,
            origins,
        }
    }
}

fn import(file: &Path, form: As) -> Result<(), String> {
    let bytes = std::fs::read(file)
        .map_err(|cause| format!("{}: 読めません（{cause}）。ファイルの名前と場所を確かめてください。", file.display()))?;
    let content = oscal::read(&bytes).map_err(|cause| format!("{}: {cause}", file.display()))?;
    let wants_catalog =
        || format!("{}: catalog ではないため、条項として示せません。--as summary か --as json を使ってください。", file.display());
    let text = match (form, &content) {
        (As::Json, content) => oscal::write(content),
        (As::List, Content::Catalog(catalog)) => outline(catalog).list(),
        (As::Text, Content::Catalog(catalog)) => outline(catalog).text(),
        (As::List | As::Text, _) => return Err(wants_catalog()),
        (As::Summary, content) => summary(content),
    };
    crate::policy::print(&text)
}

/// What a document is and how much it holds.
fn summary(content: &Content) -> String {
    let about = content.metadata();
    let (kind, counts) = match content {
        Content::Catalog(catalog) => {
            let outline = outline(catalog);
            let controls = outline.clauses.iter().filter(|clause| clause.control).count();
            let norms: usize = outline.clauses.iter().map(|clause| clause.norms.len()).sum();
            ("統制の一覧（catalog）", format!("統制 {controls}、条項 {}、規範文 {norms}", outline.clauses.len()))
        }
        Content::Profile(profile) => ("採用の内容（profile）", format!("取込み元 {}", profile.imports.len())),
        Content::ComponentDefinition(definition) => ("運用の部品（component-definition）", format!("部品 {}", definition.components.len())),
        Content::SystemSecurityPlan(plan) => {
            let count = plan.control_implementation.implemented_requirements.len();
            ("実施計画（system-security-plan）", format!("統制 {count}"))
        }
        Content::MappingCollection(collection) => {
            let maps: usize = collection.mappings.iter().map(|mapping| mapping.maps.len()).sum();
            ("統制の対応表（mapping-collection）", format!("対応表 {}、対応 {maps}", collection.mappings.len()))
        }
    };
    format!(
        "種類\t{kind}\n題名\t{}\n版\t{}\nOSCALの版\t{}\n更新\t{}\n件数\t{counts}\n",
        about.title, about.version, about.oscal_version, about.last_modified
    )
}
