//! Names of the static resources of a C2SP tlog-tiles log: `tile/<L>/<N>[.p/<W>]` and entries.

use std::fmt;

/// The place of a tile or an entry bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    /// Level of a hash tile; nothing for an entry bundle.
    pub level: Option<u8>,
    /// Index within the level.
    pub index: u64,
    /// Number of hashes or entries, 1 to 256; less than 256 is a partial tile.
    pub width: u16,
}

impl TilePath {
    /// Reads a path such as `tile/0/x001/234.p/17`; nothing if it is not exactly of that form.
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let level = match level {
            "entries" => None,
            digits => Some(digits.parse::<u8>().ok().filter(|level| *level < 64)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok()?),
            None => (rest, 256),
        };
        let mut number = 0u64;
        for group in index.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let parsed = Self { level, index: number, width };
        // Comparing with our own spelling rules out signs, missing zeroes and other second names.
        (width > 0 && width <= 256 && parsed.to_string() == path).then_some(parsed)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        write_index(f, self.index, self.width)
    }
}

/// Writes `x001/x234/067` and, for a partial tile, `.p/<W>`.
pub(crate) fn write_index(f: &mut impl fmt::Write, index: u64, width: u16) -> fmt::Result {
    let mut groups = Vec::new();
    let mut rest = index;
    while rest >= 1000 {
        groups.push(rest % 1000);
        rest /= 1000;
    }
    groups.push(rest);
    for (position, group) in groups.iter().enumerate().rev() {
        match position {
            0 => write!(f, "{group:03}")?,
            _ => write!(f, "x{group:03}/")?,
        }
    }
    match width {
        256 => Ok(()),
        width => write!(f, ".p/{width}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_as_itself() {
        for path in ["tile/0/000", "tile/0/x001/x234/067", "tile/63/999.p/255", "tile/entries/x001/000.p/1"] {
            assert_eq!(TilePath::parse(path).unwrap().to_string(), path);
        }
    }

    #[test]
    fn other_spellings_are_not_paths() {
        for path in [
            "tile/00/000",
            "tile/64/000",
            "tile/0/0",
            "tile/0/1000",
            "tile/0/001/x234",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/012",
            "tile/0/+01",
            "tile/0/x000/000",
            "tile/entries/../key",
            "checkpoint",
        ] {
            assert_eq!(TilePath::parse(path), None, "{path}");
        }
    }
}
