//! The pages: a file per noun.

pub mod home;
