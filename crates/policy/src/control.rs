//! The catalogue of controls (統制) that obligations of all policies bind to: data in `catalog/controls/`.

/// The catalogue, ready for binding.
#[derive(Debug, Clone, Default)]
pub struct Controls {}
