//! Calculator functions (type 4): a program for a stack machine, read and written.

use super::{
    lex::{Item, Lexer, Wrong},
    object::{Obj, space, write_obj},
};

const OPERATORS: [&[u8]; 42] = [
    b"abs",
    b"add",
    b"atan",
    b"ceiling",
    b"cos",
    b"cvi",
    b"cvr",
    b"div",
    b"exp",
    b"floor",
    b"idiv",
    b"ln",
    b"log",
    b"mod",
    b"mul",
    b"neg",
    b"round",
    b"sin",
    b"sqrt",
    b"sub",
    b"truncate",
    b"and",
    b"bitshift",
    b"eq",
    b"ge",
    b"gt",
    b"le",
    b"lt",
    b"ne",
    b"not",
    b"or",
    b"xor",
    b"if",
    b"ifelse",
    b"copy",
    b"dup",
    b"exch",
    b"index",
    b"pop",
    b"roll",
    b"true",
    b"false",
];

/// Braces within braces.
const DEPTH: u32 = 32;

/// Reads a program and writes it.
pub(crate) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, Wrong> {
    let mut lexer = Lexer::new(bytes, 0);
    let mut out = Vec::with_capacity(bytes.len());
    let mut depth = 0_u32;
    while let Some(item) = lexer.item()? {
        match item {
            Item::Open => {
                depth += 1;
                if depth > DEPTH {
                    return Err("a calculator function nested too deep");
                }
                space_after_brace(&mut out);
                out.push(b'{');
            }
            Item::Close => {
                depth = depth.checked_sub(1).ok_or("a calculator function with a brace too many")?;
                out.push(b'}');
                if depth == 0 {
                    return Ok(out);
                }
            }
            Item::Value(value @ (Obj::Num(_) | Obj::Bool(_))) if depth > 0 => {
                space_after_brace(&mut out);
                write_obj(&value, &mut out);
            }
            Item::Word(word) if depth > 0 && OPERATORS.contains(&word) => {
                space_after_brace(&mut out);
                space(&mut out);
                out.extend_from_slice(word);
            }
            _ => return Err("a calculator function with an unknown operator"),
        }
    }
    Err("a calculator function without end")
}

fn space_after_brace(out: &mut Vec<u8>) {
    if !out.is_empty() {
        space(out);
    }
}
