//! The pages: a file per noun.

pub mod account;
pub mod home;
pub mod sign_in;
