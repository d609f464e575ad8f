//! Duties (定期業務・責務), prohibitions and technical measures: what is left when procedures and routes are taken.

use super::{
    Cadence, Citation, Duty, Norm,
    names::Names,
    procedures, routes,
    words::{fold, patterns},
};
use crate::obligation::{Form, Modality, Obligation, Trigger};

patterns! {
    YEARLY = "毎年度|毎年|毎会計年度|年度ごと|年ごと|年次|年度当初|年に?[1一][回度]|[1一]年に[1一][回度]|[1一]年ごと|年間計画";
    HALF_YEARLY = "半年|半期|6(?:か|カ|ヶ|ケ|箇|ヵ)月|年に?[2二][回度]|上期及び下期";
    QUARTERLY = "四半期|3(?:か|カ|ヶ|ケ|箇|ヵ)月(?:ごと|毎|に)|年に?[4四]回";
    MONTHLY = "毎月|月次|^月に?[1一][回度]|[^0-9一二三四五六七八九十かヶケ箇カヵ]月に?[1一][回度]|[1一](?:か|カ|ヶ|ケ|箇|ヵ)月(?:ごと|毎|に)";
    MORE_OFTEN = "毎日|日次|毎週|週次|週に?[1一]回";
    EVERY_MONTHS = "(?P<months>[0-9]{1,2}|[一二三四五六七八九十])(?:か|カ|ヶ|ケ|箇|ヵ)?月(?:ごと|毎|以内ごと|に[1一]回|に[1一]度)";
    EVERY_YEARS = "(?P<years>[2-9]|二|三|四|五)年(?:ごと|毎|に[1一][回度])";
    TIMES_A_YEAR = "年(?:に|間)?(?P<times>[0-9]{1,2}|一|二|三|四|六)回";
    MONTH_SPAN = "[0-9]{1,2}月(?:～|〜|から|-|－|~)[0-9]{1,2}月|[0-9]{1,2}月(?:中|末|頃|までに)";
    TECHNICAL = "設定(?:し|を行|する)|機能を|機能の|暗号化|自動的|システム上|技術的|遮断|常駐|冗長|アクセス制御|(?:ログ|記録)[^、。]{0,12}取得|監視(?:する|し|を行|機能)|(?:多要素|本人)認証|認証手段|認証技術|機器固有情報|バックアップを(?:実施|取)|(?:権限|ID)を[^、。]{0,8}(?:設定|必要最小限)|情報システムを設計|攻撃を監視|常時監視|最新の状態|チェックを行|検知|検出|無害化|閉鎖|分離|分割|通信できない|接続できない|ファイアウォール|フィルタリング|常時監視|プロトコル|本人確認|画面を転送|方式$|通信回線[^。]*回線を選択|冗長構成|アクセスを[^。]*限定|適切な設定|タイムアウト|情報システムの可用性を確保|専用端末|不正アクセス対策を行|セキュリティクラウド|予備電源|容量の上限|アドレスが分からないよう|対策ソフトウェア|パッチ|バージョンアップ|ソフトウェア更新|転送を行|中継|同期|サーバの運用を停止|使用を停止|アクセス等を速やかに停止|パスワード";
    PHYSICAL = "立入り|入退室|管理区域|運搬|施錠|保管|設置場所|情報共有|常駐している";
    HUMAN = "教育|研修|訓練|手順を|手順に|計画を|規定を|記録を作成|契約|明記|指導|報告|通知|点検|確認し";
}

/// The duties of a document, in order.
pub(super) fn duties(obligations: &[Obligation], names: &Names) -> Vec<Duty> {
    let stands = |obligation: &&Obligation| {
        let cadence = cadence(obligation);
        let periodic = matches!(cadence, Cadence::Months(_) | Cadence::Unstated);
        let binding = obligation.modality == Modality::Duty || (obligation.modality == Modality::Declaration && periodic);
        binding
            && matches!(obligation.form, Form::Sentence | Form::TableRow)
            && (periodic || !(procedures::is_procedure(obligation) || routes::is_step(obligation) || is_technical(obligation)))
    };
    obligations
        .iter()
        .filter(stands)
        .map(|obligation| Duty {
            control: obligation.controls.first().cloned().unwrap_or_default(),
            who: names.resolve(&obligation.subjects),
            what: what(obligation),
            cadence: cadence(obligation),
            cite: cite(obligation),
        })
        .collect()
}

/// What nobody, or a named role, may do.
pub(super) fn prohibitions(obligations: &[Obligation], names: &Names) -> Vec<Norm> {
    let forbidden = obligations.iter().filter(|obligation| obligation.modality == Modality::Prohibition && obligation.form != Form::Lead);
    forbidden.map(|obligation| norm(obligation, names)).collect()
}

/// What systems must be made to do.
pub(super) fn measures(obligations: &[Obligation], names: &Names) -> Vec<Norm> {
    let made = |obligation: &&Obligation| {
        matches!(obligation.modality, Modality::Duty | Modality::Recommendation)
            && matches!(obligation.form, Form::Sentence | Form::Alternative)
            && (obligation.form == Form::Alternative || is_technical(obligation))
            && !procedures::is_procedure(obligation)
    };
    obligations.iter().filter(made).map(|obligation| norm(obligation, names)).collect()
}

fn norm(obligation: &Obligation, names: &Names) -> Norm {
    Norm {
        control: obligation.controls.first().cloned().unwrap_or_default(),
        who: names.resolve(&obligation.subjects),
        what: what(obligation),
        cite: cite(obligation),
    }
}

fn cite(obligation: &Obligation) -> Citation {
    Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line }
}

/// Whether the wording asks for something a system does.
fn is_technical(obligation: &Obligation) -> bool {
    let text = fold(&obligation.text);
    TECHNICAL.is_match(&text) && !PHYSICAL.is_match(&text) && !HUMAN.is_match(&predicate(&text))
}

/// The last clause of a sentence, where its act stands.
fn predicate(text: &str) -> String {
    text.trim_end_matches('。').rsplit('、').next().unwrap_or(text).to_owned()
}

/// The sentence without its subject.
pub(super) fn what(obligation: &Obligation) -> String {
    let text = fold(&obligation.text).replace('\t', " ");
    let mut body = text.trim_end_matches('。');
    for lead in ["また、", "なお、", "ただし、"] {
        body = body.strip_prefix(lead).unwrap_or(body);
    }
    let Some((topic, rest)) = body.split_once('は') else { return body.to_owned() };
    let named = obligation.subjects.iter().any(|subject| topic.ends_with(fold(subject).as_str()));
    let rest = rest.trim_start_matches('、');
    if named && !rest.is_empty() { rest.to_owned() } else { body.to_owned() }
}

/// How often, as far as the wording says.
pub(crate) fn cadence(obligation: &Obligation) -> Cadence {
    let text = fold(&obligation.text);
    let figure = |found: Option<regex::Match<'_>>| found.and_then(|figure| number(figure.as_str()));
    // 「毎年三月に一度」 names a month of the year, not a span of months.
    let yearly = YEARLY.is_match(&text);
    let months = EVERY_MONTHS.captures(&text).filter(|_| !yearly).and_then(|found| figure(found.name("months")));
    let years = EVERY_YEARS.captures(&text).and_then(|found| figure(found.name("years")));
    let times = TIMES_A_YEAR.captures(&text).and_then(|found| figure(found.name("times"))).filter(|times| *times > 0);
    let stated = months
        .or(years.map(|years| years * 12))
        .or(times.map(|times| (12 / times).max(1)))
        .or_else(|| QUARTERLY.is_match(&text).then_some(3))
        .or_else(|| HALF_YEARLY.is_match(&text).then_some(6))
        .or_else(|| MONTHLY.is_match(&text).then_some(1))
        .or_else(|| yearly.then_some(12));
    let spans = MONTH_SPAN.is_match(&text);
    match (obligation.trigger, stated) {
        (Some(Trigger::Periodic) | None, Some(months)) if months > 0 => Cadence::Months(months),
        (Some(Trigger::Periodic), _) if spans => Cadence::Months(12),
        (None, _) if spans && obligation.form == Form::TableRow => Cadence::Months(12),
        (Some(Trigger::Periodic), _) if MORE_OFTEN.is_match(&text) => Cadence::Standing,
        (Some(Trigger::Periodic), _) => Cadence::Unstated,
        (Some(Trigger::Event), _) => Cadence::Event,
        _ => Cadence::Standing,
    }
}

/// Arabic or one-character kanji numeral.
pub(crate) fn number(text: &str) -> Option<u32> {
    let kanji = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let position = kanji.iter().position(|numeral| *numeral == text);
    position.and_then(|at| u32::try_from(at + 1).ok()).or_else(|| text.parse().ok())
}
