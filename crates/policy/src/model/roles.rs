//! Roles: from headings, from sentences that give a role to a post, from tables, and from who acts.

use super::{
    Citation, Holder, Role,
    names::Names,
    outline::{ancestors, parent},
    words::{
        edits, fold, is_body, is_everyone, is_post_like, is_role_like, joins_word, last_phrase, patterns, sentences, split_brackets,
        without_brackets,
    },
};
use crate::{
    obligation::{Form, Obligation},
    tree::{Clause, Document},
};

patterns! {
    SECTION = "役割|責務|組織体制|管理体制|推進体制|体制及び";
    BY_MEANS_OF = "^(?:.*?(?:は|には)、?)?(?P<post>[^。は]+?)を?(?:もって|以って|以て)、?(?:これに)?(?P<role>[^、。はを]*?)(?:とし|とする|に充て|充て)";
    FILLED_BY = "(?:^|、)(?P<role>[^、。]+?)(?:は|には|に)、?(?P<post>[^。]+?)(?:の職にある者)?(?:をもって(?:これに)?充て|を充て|をあて|を任命|を指定)";
    SET_UP_AND_FILLED = "(?:^|、|に|は)(?P<role>[^、。はに]+)を(?:置き|設置し)、(?P<post>[^、。]+?)(?:をもって|を)(?:これに)?(?:充て|あて)";
    MADE = "^(?:.*、)?(?P<post>[^、。は]+?)を、?(?P<role>[^、。はを]+?)(?:とし、|とする)";
    IS = "^(?P<role>[^、。は]+?)は、(?P<post>[^、。]+?)とする";
    NOMINATED_AS = "(?:^|、|は)(?P<role>[^、。は]+?)として、?(?P<post>[^、。]+?)を(?:指名|任命|指定|選任)";
    SET_UP = "(?:^|、|に|は|として)(?P<role>[^、。はにをて]+?)を(?:置く|置き|置かな|設置する|設置し|設け|組織する|整備し|整備する)";
    CALLED = "(?P<full>[^、。「」（）]*)（[^（）]*?以下(?:[^「」（）]{0,20})「(?P<short>[^」]+)」という。?[^（）]*）";
    SERVES_AS = "(?P<post>[^、。は]+?)を、?[^。]*?(?:機能を有する|役割を担う|機能を担う)(?:組織|部署|窓口)と(?:し|する)";
    CHAIRED_BY = "(?P<post>[^、。は]+?)を(?:委員長|議長|会長|座長|本部長)とし";
    ASSISTS = "(?P<role>[^、。はが]+?)を(?:補佐|補助)し、(?:その|同人の|同職の)(?P<rest>[^。]*)";
    TOLD = "(?:^|[、。はがをびは又と])(?P<role>[\\p{Han}\\p{Katakana}ー]{3,}(?:責任者|管理者|担当者|権限者))(?:に|へ|が|は、)";
    CHAIRED = "^(?P<title>委員長|議長|会長|本部長|座長|責任者)(?:：|は、?)(?P<post>[^、。]+?)(?:$|をもって|とする|を充て)";
    ABSENT = "(?P<role>[^、。はが]+?)(?:が不在|が欠け|に事故|の不在|が事故)[^。]{0,20}?(?:場合|とき|際)(?:に)?は?、?(?P<rest>[^。]*)";
    STEPS_IN = "代行|代理|代わ|自らの判断|職務を行|措置を行";
    CONVENED = "(?P<role>[\\p{Han}\\p{Katakana}ー]+(?:会議|委員会|対策本部))(?:の招集|を招集|の開催|を開催)";
    NOMINATES = "指名|任命|選任";
    OF_EACH_UNIT = "^(?:各|所管|主管|担当|当該)|各|ごと|^(?:部|課|室|局|所|係|所属|部局|部門|施設)長";
    ROLE_COLUMN = "^(?:役割|役割名|名称|役職|体制|区分|セキュリティ上の役割)";
    POST_COLUMN = "職|充て|担当|就任|該当|構成";
}

/// A role and whether the policy says what it is, or merely lets it act.
pub(crate) struct Found {
    /// The role.
    pub(crate) role: Role,
    /// Whether it is defined: a heading, a post, a table, 「以下…という」.
    pub(crate) defined: bool,
    /// Aliases that are near-identical spellings, not abbreviations the text introduces.
    pub(crate) misspelt: Vec<String>,
}

/// All roles of a document: those it defines first, then those that only act.
pub(crate) fn collect(document: &Document, obligations: &[Obligation]) -> Vec<Found> {
    let mut found = Roles::default();
    for clause in document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
        found.heading(document, clause);
        found.paragraphs(document, clause);
    }
    found.acting(obligations);
    found.told(obligations);
    found.convened(document);
    found.deputies(document, obligations);
    found.chairs();
    found.list
}

/// The roles gathered so far.
#[derive(Default)]
struct Roles {
    list: Vec<Found>,
}

impl Roles {
    /// Notes that a role exists.
    fn entry(&mut self, name: &str, cite: Citation, defined: bool) {
        if let Some(known) =
            self.list.iter_mut().find(|found| found.role.id == name || found.role.aliases.iter().any(|alias| alias == name))
        {
            known.defined |= defined;
            return;
        }
        let holder = if is_body(name) {
            Holder::Committee
        } else if is_everyone(name) {
            Holder::Everyone
        } else {
            Holder::One
        };
        let role = Role { id: name.to_owned(), aliases: Vec::new(), post: None, holder, deputy: None, chair: None, cite };
        self.list.push(Found { role, defined, misspelt: Vec::new() });
    }

    /// Gives a role its post; a longer wording of the same post replaces a shorter one.
    fn give(&mut self, name: &str, post: &str, cite: Citation) {
        self.entry(name, cite, true);
        let named = |found: &&mut Found| found.role.id == name || found.role.aliases.iter().any(|alias| alias == name);
        let Some(found) = self.list.iter_mut().find(named) else { return };
        let better = found.role.post.as_ref().is_none_or(|known| post.ends_with(known.as_str()) && post.len() > known.len());
        if !better {
            return;
        }
        found.role.post = Some(post.to_owned());
        if matches!(found.role.holder, Holder::Committee | Holder::Everyone) {
            return;
        }
        found.role.holder = if NOMINATES.is_match(post) {
            Holder::Nominated
        } else if is_everyone(post) {
            Holder::Everyone
        } else if OF_EACH_UNIT.is_match(post) {
            Holder::Unit
        } else {
            Holder::One
        };
    }

    fn alias(&mut self, name: &str, alias: &str) {
        if let Some(found) = self.list.iter_mut().find(|found| found.role.id == name)
            && alias != name
            && !found.role.aliases.iter().any(|known| known == alias)
        {
            found.role.aliases.push(alias.to_owned());
        }
    }

    /// A heading such as `役割名（職名）`, or any role-like heading among the roles.
    fn heading(&mut self, document: &Document, clause: &Clause) {
        let heading = fold(&clause.heading);
        if heading.contains('。') || heading.contains("は、") || heading.contains('を') || heading.chars().count() > 80 {
            return;
        }
        let cite = Citation { clause: clause.path.clone(), n: 0, line: clause.line };
        let (mut base, mut brackets) = split_brackets(&heading);
        if base.is_ascii()
            && let Some(at) = brackets.iter().position(|part| is_role_like(part))
        {
            let name = brackets.remove(at);
            brackets.push(std::mem::replace(&mut base, name));
        }
        let among_roles = parent(document, clause).is_some_and(|parent| SECTION.is_match(&parent.heading));
        let with_post = brackets.iter().any(|part| !part.is_ascii() && is_post_like(part));
        if !is_role_like(&base) || !(among_roles || with_post) || base.chars().count() > 30 {
            return;
        }
        self.entry(&base, cite.clone(), true);
        for part in brackets {
            if let Some(called) = part.strip_prefix("以下「").and_then(|rest| rest.split('」').next()) {
                self.alias(&base, called);
            } else if let Some(chair) = CHAIRED.captures(&part).and_then(|found| found.name("post")) {
                self.give(&base, chair.as_str(), cite.clone());
            } else if !part.chars().any(super::words::joins_word) || part.chars().filter(char::is_ascii).count() * 2 > part.chars().count()
            {
                for alias in part.split(['：', ':', '、', ',']).map(str::trim).filter(|alias| !alias.is_empty()) {
                    self.alias(&base, alias);
                }
            } else if is_post_like(&part) || self.list.iter().any(|found| found.role.id == part) {
                self.give(&base, &part, cite.clone());
            }
        }
    }

    /// Sentences and table rows of a clause.
    fn paragraphs(&mut self, document: &Document, clause: &Clause) {
        let mut columns: Option<(usize, usize)> = None;
        for paragraph in &clause.paragraphs {
            let cite = Citation { clause: clause.path.clone(), n: 0, line: paragraph.line };
            if paragraph.table || paragraph.text.contains('\t') {
                let cells: Vec<String> = paragraph.text.split('\t').map(fold).collect();
                let role = cells.iter().position(|cell| ROLE_COLUMN.is_match(cell));
                let post = cells.iter().rposition(|cell| POST_COLUMN.is_match(cell));
                match (role, post, columns) {
                    (Some(role), Some(post), _) if role != post => columns = Some((role, post)),
                    (_, _, Some((role, post))) => {
                        if let (Some(role), Some(post)) = (cells.get(role), cells.get(post))
                            && is_role_like(role)
                            && is_post_like(post)
                        {
                            self.give(role, post, cite);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let text = fold(&paragraph.text);
            for sentence in sentences(&text) {
                self.sentence(document, clause, sentence, &cite);
            }
        }
    }

    fn sentence(&mut self, document: &Document, clause: &Clause, sentence: &str, cite: &Citation) {
        let bare = without_brackets(sentence);
        if let Some(found) = CHAIRED.captures(&bare)
            && let Some(post) = found.name("post")
            && let Some(body) = ancestors(document, clause).find_map(|above| self.body_named(&above.heading))
        {
            self.give(&body, post.as_str(), cite.clone());
            return self.called(sentence, cite);
        }
        // Most sentences give nobody a post; a look at their words is cheaper than six patterns.
        let words = ["もって", "以って", "以て", "充て", "あて", "とし", "とする", "指名", "任命", "選任", "指定"];
        let gives = words.iter().any(|word| bare.contains(word));
        for pattern in [&BY_MEANS_OF, &SET_UP_AND_FILLED, &FILLED_BY, &MADE, &IS, &NOMINATED_AS].into_iter().filter(|_| gives) {
            let Some(found) = pattern.captures(&bare) else { continue };
            let (Some(role), Some(post)) = (found.name("role"), found.name("post")) else { continue };
            let (mut role, post) = (last_word(role.as_str()), posts(post.as_str()));
            let topic = bare.split(['は', '、']).next().unwrap_or_default();
            if role.is_empty() && is_role_like(topic) {
                role = topic;
            }
            if is_role_like(role) && is_post_like(post) && role != post && role.chars().count() <= 30 {
                self.give(role, post, cite.clone());
                break;
            }
        }
        if let Some(post) = SERVES_AS.captures(&bare).and_then(|found| found.name("post"))
            && let Some(body) =
                ancestors(document, clause).filter_map(|above| self.body_named(&above.heading)).find(|body| body != post.as_str())
        {
            self.give(&body, last_phrase(post.as_str()), cite.clone());
        }
        if let Some(post) = CHAIRED_BY.captures(&bare).and_then(|found| found.name("post"))
            && let Some(body) =
                self.body_named(&bare).or_else(|| ancestors(document, clause).find_map(|above| self.body_named(&above.heading)))
        {
            self.give(&body, last_phrase(post.as_str()), cite.clone());
        }
        if let Some(role) = SET_UP.captures(&bare).and_then(|found| found.name("role"))
            && is_role_like(last_word(role.as_str()))
        {
            self.entry(last_word(role.as_str()), cite.clone(), true);
        }
        self.called(sentence, cite);
    }

    /// 「以下「X」という。」: a second name, or everybody of a kind.
    fn called(&mut self, sentence: &str, cite: &Citation) {
        for found in CALLED.captures_iter(sentence) {
            let (Some(full), Some(short)) = (found.name("full"), found.name("short")) else { continue };
            let full = last_phrase(full.as_str());
            let known = self.list.iter().map(|known| known.role.id.as_str()).filter(|id| full.ends_with(id)).max_by_key(|id| id.len());
            let full = known.or_else(|| full.rsplit(['を', 'は', 'に', 'て']).next()).unwrap_or_default().to_owned();
            let full = full.as_str();
            if is_everyone(short.as_str()) {
                self.entry(short.as_str(), cite.clone(), true);
            } else if self.list.iter().any(|known| known.role.id == full) {
                self.alias(full, short.as_str());
            } else if is_role_like(short.as_str()) && !is_role_like(full) {
                self.entry(short.as_str(), cite.clone(), true);
            } else if is_role_like(full) {
                self.entry(full, cite.clone(), true);
                self.alias(full, short.as_str());
            }
        }
    }

    /// The committee a heading names.
    fn body_named(&self, heading: &str) -> Option<String> {
        let (base, _) = split_brackets(&fold(heading));
        self.list
            .iter()
            .find(|found| found.role.holder == Holder::Committee && base.contains(&found.role.id))
            .map(|found| found.role.id.clone())
    }

    /// Whoever acts or is told without being defined: another spelling, everybody, or an undefined role.
    fn acting(&mut self, obligations: &[Obligation]) {
        let mut seen = std::collections::BTreeSet::new();
        for obligation in obligations.iter().filter(|obligation| obligation.form != Form::Item) {
            for written in obligation.subjects.iter().chain(&obligation.counterparts) {
                let name = fold(written);
                let name = name.trim();
                if !seen.insert(name.to_owned()) {
                    continue;
                }
                let roles: Vec<Role> = self.list.iter().map(|found| found.role.clone()).collect();
                if !Names::new(&roles).roles_of(name).is_empty() {
                    continue;
                }
                let cite = Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line };
                if let Some(known) = self.near(name) {
                    self.alias(&known, name);
                    if let Some(found) = self.list.iter_mut().find(|found| found.role.id == known) {
                        found.misspelt.push(name.to_owned());
                    }
                } else if self.list.iter().any(|found| found.role.id == format!("{name}等")) {
                    self.alias(&format!("{name}等"), name);
                } else if is_everyone(name) && !name.contains(['の', 'る', 'た']) && name.chars().count() <= 8 {
                    self.entry(name, cite, true);
                } else if self.list.iter().any(|found| found.role.post.as_ref().is_some_and(|post| post.ends_with(name))) {
                    // A post that holds a role is no role of its own.
                } else if is_body(name) && !obligation.subjects.contains(written) {
                    // A council that is only told stands outside (個人情報保護委員会).
                } else if acts_as_role(name, &fold(&obligation.text)) {
                    self.entry(name, cite, false);
                }
            }
        }
    }

    /// Roles that a norm addresses in its words alone (庁舎管理責任者に確認する).
    fn told(&mut self, obligations: &[Obligation]) {
        let mut seen = std::collections::BTreeSet::new();
        for obligation in obligations.iter().filter(|obligation| obligation.form != Form::Item) {
            let text = without_brackets(&fold(&obligation.text));
            for name in TOLD.captures_iter(&text).filter_map(|found| found.name("role")) {
                if !seen.insert(name.as_str().to_owned()) {
                    continue;
                }
                let roles: Vec<Role> = self.list.iter().map(|found| found.role.clone()).collect();
                let known = !Names::new(&roles).roles_of(name.as_str()).is_empty() || self.near(name.as_str()).is_some();
                let post = self.list.iter().any(|found| found.role.post.as_ref().is_some_and(|post| post.ends_with(name.as_str())));
                if !known && !post && acts_as_role(name.as_str(), &text) {
                    let cite = Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line };
                    self.entry(name.as_str(), cite, false);
                }
            }
        }
    }

    /// A defined role whose name differs by one character inside a long name.
    fn near(&self, name: &str) -> Option<String> {
        let length = name.chars().count();
        if length < 8 {
            return None;
        }
        let near = self.list.iter().filter(|found| found.defined && found.role.id.chars().count() == length);
        near.filter(|found| !differs_by_order(&found.role.id, name) && edits(&found.role.id, name, 1) == 1)
            .map(|found| found.role.id.clone())
            .next()
    }

    /// Councils that are convened without being defined.
    fn convened(&mut self, document: &Document) {
        for clause in document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
            for paragraph in clause.paragraphs.iter().filter(|paragraph| paragraph.text.contains("招集") || paragraph.text.contains("開催"))
            {
                for found in CONVENED.captures_iter(&fold(&paragraph.text)) {
                    if let Some(name) = found.name("role") {
                        let cite = Citation { clause: clause.path.clone(), n: 0, line: paragraph.line };
                        self.entry(name.as_str(), cite, false);
                    }
                }
            }
        }
    }

    /// Who acts when a role is absent.
    fn deputies(&mut self, document: &Document, obligations: &[Obligation]) {
        let roles: Vec<Role> = self.list.iter().map(|found| found.role.clone()).collect();
        let names = Names::new(&roles);
        let mut found: Vec<(String, String)> = Vec::new();
        let named = |text: &str| names.list_at_end(text).and_then(|list| list.ids.into_iter().next_back());
        for obligation in obligations.iter().filter(|obligation| speaks_of_absence(&obligation.text)) {
            let text = fold(&obligation.text);
            let assists = ASSISTS
                .captures_iter(&text)
                .filter(|found| found.name("rest").is_some_and(|rest| rest.as_str().contains("不在") || rest.as_str().contains("事故")));
            for absence in ABSENT.captures_iter(&text).chain(assists) {
                let (Some(role), Some(rest)) = (absence.name("role"), absence.name("rest")) else { continue };
                if let Some(absent) = named(role.as_str())
                    && STEPS_IN.is_match(rest.as_str())
                    && let [deputy] = names.resolve(&obligation.subjects).as_slice()
                {
                    found.push((absent, deputy.clone()));
                }
            }
        }
        let paragraphs =
            document.clauses.iter().flat_map(|clause| &clause.paragraphs).filter(|paragraph| speaks_of_absence(&paragraph.text));
        for text in paragraphs.map(|paragraph| fold(&paragraph.text)) {
            for absence in ABSENT.captures_iter(&text) {
                let (Some(role), Some(rest)) = (absence.name("role"), absence.name("rest")) else { continue };
                let absent = named(role.as_str());
                let actors = rest.as_str().match_indices(['が', 'は']).filter_map(|(at, _)| named(rest.as_str().get(..at)?));
                let stand_in = actors.rev().find(|actor| Some(actor) != absent.as_ref());
                if STEPS_IN.is_match(rest.as_str())
                    && let (Some(absent), Some(deputy)) = (absent, stand_in)
                {
                    found.push((absent, deputy));
                }
            }
        }
        for (absent, deputy) in found {
            if let Some(known) = self.list.iter_mut().find(|known| known.role.id == absent)
                && known.role.deputy.is_none()
                && deputy != absent
            {
                known.role.deputy = Some(deputy);
            }
        }
    }

    /// The role that is held by the same post as a committee's chair chairs it.
    fn chairs(&mut self) {
        let names = Names::new(&self.list.iter().map(|found| found.role.clone()).collect::<Vec<_>>());
        for found in &mut self.list {
            // A post that is a role by another name (CISO) is called by the name of the role.
            let role = found.role.post.as_ref().and_then(|post| names.exact(post)).filter(|id| *id != found.role.id).map(str::to_owned);
            found.role.post = role.or(found.role.post.take());
        }
        let bodies: Vec<(String, String)> = self
            .list
            .iter()
            .filter(|found| found.role.holder == Holder::Committee)
            .filter_map(|found| found.role.post.clone().map(|post| (found.role.id.clone(), post)))
            .collect();
        for found in &mut self.list {
            if found.role.holder == Holder::One {
                let chaired = bodies.iter().find(|(_, post)| Some(post) == found.role.post.as_ref() || *post == found.role.id);
                found.role.chair = chaired.map(|(body, _)| body.clone());
            }
        }
    }
}

/// Whether a text may say who acts when somebody is absent.
fn speaks_of_absence(text: &str) -> bool {
    ["不在", "事故", "欠け"].iter().any(|word| text.contains(word))
}

/// Whether somebody who acts is a role of this body, not an outsider or a person described.
fn acts_as_role(name: &str, text: &str) -> bool {
    let outside = ["外部の", "他の", "他団体", "委託", "被", "国の", "監査を受け"];
    let generic = ["責任者", "担当者", "管理者", "利用者", "会議", "委員会", "監督責任者"];
    let related = ["その", "当該"].iter().any(|lead| text.contains(&format!("{lead}{name}")));
    is_role_like(name)
        && !outside.iter().any(|lead| name.starts_with(lead))
        && !generic.contains(&name)
        && !related
        && !name.contains('、')
        && name.chars().count() <= 30
}

/// Whether two names differ only in a numeral or rank, which makes them different roles.
fn differs_by_order(left: &str, right: &str) -> bool {
    let orders = ['一', '二', '三', '四', '第', '正', '副', '上', '下', '甲', '乙', '内', '外', '部', '課', '室', '局', '係', '班'];
    let ordinal = |character: char| character.is_ascii_alphanumeric() || orders.contains(&character);
    left.chars().zip(right.chars()).any(|(a, b)| a != b && ordinal(a) && ordinal(b))
}

/// The word that ends a phrase, without its qualifiers: `所属の情報責任者` is `情報責任者`.
fn last_word(phrase: &str) -> &str {
    let start = phrase.char_indices().rev().take_while(|(_, character)| joins_word(*character)).last().map_or(phrase.len(), |(at, _)| at);
    phrase.get(start..).unwrap_or(phrase)
}

/// The posts that end a phrase: `この規程で、甲部長、乙部長及び丙課長` is the last three.
fn posts(phrase: &str) -> &str {
    let phrase = phrase.trim();
    let mut start = phrase.rfind('、').map_or(0, |at| at + '、'.len_utf8());
    while let Some(before) = phrase.get(..start).map(|before| before.trim_end_matches('、')).filter(|before| !before.is_empty()) {
        let from = before.rfind('、').map_or(0, |at| at + '、'.len_utf8());
        if !before.get(from..).is_some_and(is_post_like) {
            break;
        }
        start = from;
    }
    let listed = phrase.get(start..).unwrap_or(phrase);
    if listed.contains('、') { listed } else { last_phrase(listed) }
}
