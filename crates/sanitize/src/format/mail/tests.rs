//! Tests of whole mails.
