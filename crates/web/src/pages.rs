//! The pages: a file per noun.

pub mod account;
pub mod admin;
pub mod adoption;
pub mod apply;
pub mod attest;
pub mod calendar;
pub mod delegations;
pub mod home;
pub mod incidents;
pub mod permits;
pub mod policy;
pub mod records;
pub mod registers;
pub mod search;
pub mod setup;
pub mod sign_in;
pub mod tasks;
