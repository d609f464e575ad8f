//! A policy and what runs it in the standard forms of the field (OSCAL, law XML), out and in; knows no file or network.
//!
//! [`source`] is what an export is made of, [`oscal`] the NIST forms, [`law`] the form of e-Gov's
//! statute book, [`iso27001`] the counterparts of our controls in ISO/IEC 27001:2022 Annex A.
//! Time and the seed of identities are arguments: the same source gives the same bytes.

pub mod identity;
pub mod iso27001;
// law follows
pub mod oscal;
pub mod source;
