//! Fields, and what is decided of them at their end.

use super::*;

impl Filter<'_, '_, '_, '_> {
    pub(super) fn verdict(&self, index: usize) -> &Verdict {
        self.verdicts.and_then(|verdicts| verdicts.get(index)).unwrap_or(&Verdict::Good)
    }

    /// Whether what is read is part of an instruction that goes.
    pub(super) fn in_bad_instruction(&self) -> bool {
        self.verdicts.is_some() && self.fields.iter().any(|field| !field.in_result && *self.verdict(field.index) != Verdict::Good)
    }

    /// A field's begin, separator or end; whether it is written.
    pub(super) fn field(&mut self, kind: &str) -> bool {
        match kind {
            "begin" => {
                let hidden = self.in_bad_instruction();
                if let Some(outer) = self.fields.iter_mut().rev().find(|field| !field.in_result) {
                    outer.dynamic |= outer.instruction.trim().is_empty();
                }
                let index = self.found.len();
                self.found.push(Verdict::Good);
                self.fields.push(Field { index, instruction: String::new(), dynamic: false, in_result: false, judged: false });
                let verdict = self.verdict(index).clone();
                match verdict {
                    Verdict::Good => !hidden,
                    Verdict::Bad(danger) => {
                        self.tell(danger, 1);
                        false
                    }
                    Verdict::Words(danger, words) => {
                        self.tell(danger, 1);
                        if !hidden && !words.is_empty() {
                            let prefix = self.prefix(Space::W);
                            self.out.start(prefix, "t");
                            self.out.attribute("xml", "space", "preserve");
                            self.out.text(&words);
                            self.out.end();
                        }
                        false
                    }
                }
            }
            "separate" => {
                let Some(mut field) = self.fields.pop() else { return false };
                let shown = *self.verdict(field.index) == Verdict::Good;
                field.in_result = true;
                let index = field.index;
                if !field.judged {
                    let verdict = field::judge(&field.instruction, field.dynamic, self.job.policy);
                    if let Some(slot) = self.found.get_mut(index) {
                        *slot = verdict;
                    }
                    field.judged = true;
                }
                self.fields.push(field);
                shown && !self.in_bad_instruction()
            }
            "end" => {
                let Some(field) = self.fields.pop() else { return false };
                let shown = *self.verdict(field.index) == Verdict::Good;
                self.judge(field);
                shown && !self.in_bad_instruction()
            }
            _ => false,
        }
    }

    pub(super) fn judge(&mut self, field: Field) {
        if !field.judged {
            let verdict = field::judge(&field.instruction, field.dynamic, self.job.policy);
            if let Some(slot) = self.found.get_mut(field.index) {
                *slot = verdict;
            }
        }
    }
}
