//! A policy and what runs it in the standard forms of the field (OSCAL, law XML), out and in; knows no file or network.
