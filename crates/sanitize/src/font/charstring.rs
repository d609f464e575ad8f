//! Programs that draw glyphs: run without drawing, to see that each is well-formed and how far it goes.

use crate::cursor::Cursor;

/// Subroutines and how much of each was run.
pub(super) struct Subroutines<'a> {
    programs: Vec<&'a [u8]>,
    used: Vec<usize>,
    /// What was marked by the glyph under way: which, and what stood there before.
    marked: Vec<(usize, usize)>,
}

impl<'a> Subroutines<'a> {
    pub(super) fn new(programs: Vec<&'a [u8]>) -> Self {
        let used = vec![0; programs.len()];
        Self { programs, used, marked: Vec::new() }
    }

    fn bias(&self) -> i32 {
        match self.programs.len() {
            0..1240 => 107,
            1240..33_900 => 1131,
            _ => 32_768,
        }
    }

    fn find(&self, number: i32) -> Option<(usize, &'a [u8])> {
        let index = usize::try_from(number.checked_add(self.bias())?).ok()?;
        Some((index, self.programs.get(index)?))
    }

    fn mark(&mut self, index: usize, used: usize) {
        if let Some(slot) = self.used.get_mut(index)
            && used > *slot
        {
            self.marked.push((index, *slot));
            *slot = used;
        }
    }

    /// Ends a glyph; one that is not kept uses nothing.
    fn settle(&mut self, kept: bool) {
        while let Some((index, before)) = self.marked.pop() {
            if let Some(slot) = self.used.get_mut(index).filter(|_| !kept) {
                *slot = before;
            }
        }
    }

    /// As far as they were run; those that were not only return.
    pub(super) fn kept(&self) -> Vec<Vec<u8>> {
        let each = self.programs.iter().zip(&self.used);
        each.map(|(program, &used)| if used == 0 { vec![11] } else { program.get(..used).unwrap_or_default().to_vec() }).collect()
    }
}

/// What running one glyph may cost: steps that are left for the whole font, and for this glyph.
pub(super) struct Steps {
    pub(super) all: u64,
}

/// Steps for one glyph.
const GLYPH: u64 = 1_000_000;
/// Subroutines within subroutines; the standard says ten.
const DEPTH: usize = 16;
/// Numbers on the stack; the standard says 48, fonts have more.
const STACK: usize = 513;

struct Run<'r, 'a> {
    global: &'r mut Subroutines<'a>,
    local: &'r mut Subroutines<'a>,
    /// Whole numbers where they are known: subroutines are called by them.
    stack: Vec<Option<i32>>,
    hints: usize,
    steps: u64,
}

/// Runs a Type 2 program; gives how many of its bytes were run, none if it is not well-formed.
pub(super) fn run<'a>(program: &'a [u8], global: &mut Subroutines<'a>, local: &mut Subroutines<'a>, steps: &mut Steps) -> Option<usize> {
    let allowed = GLYPH.min(steps.all);
    let mut run = Run { global: &mut *global, local: &mut *local, stack: Vec::new(), hints: 0, steps: allowed };
    let mut used = 0;
    let done = run.program(program, 0, &mut used);
    steps.all = steps.all.saturating_sub(allowed - run.steps);
    global.settle(done.is_some());
    local.settle(done.is_some());
    done.map(|_| used)
}

impl<'a> Run<'_, 'a> {
    fn push(&mut self, number: Option<i32>) -> Option<()> {
        self.stack.push(number);
        (self.stack.len() <= STACK).then_some(())
    }

    /// Takes some numbers away and puts unknown ones there.
    fn change(&mut self, takes: usize, gives: usize) -> Option<()> {
        let left = self.stack.len().checked_sub(takes)?;
        self.stack.truncate(left);
        (0..gives).try_for_each(|_| self.push(None))
    }

    /// Runs to the end, a return, or the end of the glyph, which is told.
    fn program(&mut self, program: &'a [u8], depth: usize, used: &mut usize) -> Option<bool> {
        let mut cursor = Cursor::new(program);
        while let Some(byte) = cursor.u8() {
            self.steps = self.steps.checked_sub(1)?;
            match byte {
                28 => {
                    let number = cursor.i16_be()?;
                    self.push(Some(i32::from(number)))?;
                }
                32..=246 => self.push(Some(i32::from(byte) - 139))?,
                247..=250 => {
                    let low = i32::from(cursor.u8()?);
                    self.push(Some((i32::from(byte) - 247) * 256 + low + 108))?;
                }
                251..=254 => {
                    let low = i32::from(cursor.u8()?);
                    self.push(Some(-(i32::from(byte) - 251) * 256 - low - 108))?;
                }
                255 => {
                    let number = cursor.u32_be()?.cast_signed();
                    self.push((number & 0xffff == 0).then_some(number >> 16))?;
                }
                1 | 3 | 18 | 23 => {
                    self.hints += self.stack.len() / 2;
                    self.stack.clear();
                }
                19 | 20 => {
                    self.hints += self.stack.len() / 2;
                    self.stack.clear();
                    cursor.take(self.hints.div_ceil(8))?;
                }
                // Drawing; two are of Type 1, left over in converted fonts and passed over by readers.
                4..=9 | 13 | 21 | 22 | 24..=27 | 30 | 31 => self.stack.clear(),
                10 | 29 => {
                    let number = self.stack.pop()??;
                    let subroutines = if byte == 10 { &self.local } else { &self.global };
                    let (index, called) = subroutines.find(number)?;
                    if depth >= DEPTH {
                        return None;
                    }
                    let mut ran = 0;
                    let ended = self.program(called, depth + 1, &mut ran)?;
                    if byte == 10 { &mut *self.local } else { &mut *self.global }.mark(index, ran);
                    if ended {
                        *used = cursor.at();
                        return Some(true);
                    }
                }
                11 => {
                    *used = cursor.at();
                    return Some(false);
                }
                14 => {
                    *used = cursor.at();
                    return Some(true);
                }
                12 => self.escape(cursor.u8()?)?,
                _ => return None,
            }
        }
        *used = cursor.at();
        Some(false)
    }

    fn escape(&mut self, byte: u8) -> Option<()> {
        match byte {
            0 | 34..=37 => {
                self.stack.clear();
                Some(())
            }
            3 | 4 | 10..=12 | 15 | 24 => self.change(2, 1),
            5 | 9 | 14 | 21 | 26 => self.change(1, 1),
            18 => self.change(1, 0),
            20 => self.change(2, 0),
            22 => self.change(4, 1),
            23 => self.change(0, 1),
            27 => self.change(1, 2),
            28 => self.change(2, 2),
            29 => self.change(1, 1),
            30 => self.change(2, 0),
            _ => None,
        }
    }
}

/// Whether a Type 1 program is a row of known commands and whole numbers; gives how far it goes.
pub(super) fn type1(program: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(program);
    while let Some(byte) = cursor.u8() {
        match byte {
            32..=246 => {}
            247..=254 => {
                cursor.u8()?;
            }
            255 => {
                cursor.u32_be()?;
            }
            1 | 3..=10 | 13 | 15 | 21 | 22 | 30 | 31 => {}
            // Nothing is run behind these.
            11 | 14 => return Some(cursor.at()),
            12 => match cursor.u8()? {
                0..=2 | 6 | 7 | 12 | 16 | 17 | 33 => {}
                _ => return None,
            },
            _ => return None,
        }
    }
    Some(cursor.at())
}
