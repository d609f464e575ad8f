//! How much of a hostile file is read at most: the one table of limits.

use serde::{Deserialize, Serialize};

/// Limits; each ends the file with a [`crate::Reason`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Bytes of the file.
    pub input_bytes: u64,
    /// Bytes of everything unpacked from it, at all depths together.
    pub expanded_bytes: u64,
    /// Unpacked bytes for each packed byte, for members above [`Limits::ratio_from_bytes`].
    pub ratio: u64,
    /// Members may pack as tightly as they like up to here.
    pub ratio_from_bytes: u64,
    /// Members at all depths together.
    pub members: u32,
    /// Files within files.
    pub nesting: u32,
    /// XML elements within elements.
    pub xml_depth: u32,
    /// Attributes of one XML element.
    pub xml_attributes: u32,
    /// Pixels of one image.
    pub image_pixels: u64,
    /// Pixels of all images of a file together.
    pub file_pixels: u64,
    /// Frames of one animation.
    pub frames: u32,
    /// Objects of one PDF.
    pub pdf_objects: u32,
    /// Filters on one PDF stream.
    pub pdf_filters: u32,
    /// Depth of PDF trees (pages, names, outlines, nested objects).
    pub pdf_depth: u32,
    /// Seconds of processor time for one file; kept by the worker.
    pub cpu_seconds: u32,
    /// Seconds by the wall clock for one file; kept by the gate.
    pub wall_seconds: u32,
    /// Bytes of memory for one file; kept by the worker.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 100 << 20,
            expanded_bytes: 1 << 30,
            ratio: 200,
            ratio_from_bytes: 1 << 20,
            members: 10_000,
            nesting: 5,
            xml_depth: 256,
            xml_attributes: 512,
            image_pixels: 100_000_000,
            file_pixels: 400_000_000,
            frames: 2_000,
            pdf_objects: 2_000_000,
            pdf_filters: 4,
            pdf_depth: 64,
            cpu_seconds: 30,
            wall_seconds: 120,
            memory_bytes: 512 << 20,
        }
    }
}
