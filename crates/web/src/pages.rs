//! The pages: a file per noun.

pub mod account;
pub mod apply;
pub mod home;
pub mod permits;
pub mod registers;
pub mod sign_in;
