//! How much of a file is read at most: the one table of limits; knows no format.
//!
//! | limit | value | why |
//! |---|---|---|
//! | file | 100 MiB | a policy with scanned pictures has some tens |
//! | text file, text read out of any file | 20 MiB | a book has a few million letters |
//! | entries of a package | 10,000 | Word writes some twenty and one for each picture |
//! | one unpacked part | 64 MiB | 5,000 pages of Word are 40 MiB of XML |
//! | all unpacked parts | 128 MiB | body, styles, numbering, notes |
//! | unpacked : packed, beyond 1 MiB | 400 | XML of one empty table repeated packs 250 : 1 |
//! | depth of elements | 256 | nested tables, text boxes and marks of change reach 60 |
//! | namespaces in force | 200 | Word declares 35 |
//! | attribute that is looked at | 4,096 bytes | the longest we use is a label of a list level |
//! | label of a list level | 40 characters | `第%1章` has four |
//! | columns of a table | 1,000 | a spreadsheet pasted into a page |
//! | cell repeated into the rows it spans | 200 characters | a class or a month, not a page |
//! | nodes of a web page | 2,000,000 | twenty for each line of the largest text |
//! | attributes of one tag of a web page | about 30,000 | each is compared with all before it; a picture written into a tag has as many `/` |
//! | parts named as unread | 100 | nobody reads further |

use crate::decode;

/// Size of a file of any kind.
pub(crate) const FILE_BYTES: usize = 100 * 1024 * 1024;
/// Size of the text read out of a file.
pub(crate) const TEXT_BYTES: usize = decode::LIMIT;
/// Entries of a package.
pub(crate) const ENTRIES: usize = 10_000;
/// Size of one unpacked part.
pub(crate) const PART_BYTES: usize = 64 * 1024 * 1024;
/// Size of all unpacked parts.
pub(crate) const UNPACKED_BYTES: usize = 128 * 1024 * 1024;
/// Unpacked size for each packed byte, for parts larger than [`RATIO_FROM_BYTES`].
pub(crate) const RATIO: usize = 400;
/// Smaller parts may be packed as tightly as they like.
pub(crate) const RATIO_FROM_BYTES: usize = 1024 * 1024;
/// Elements within elements.
pub(crate) const DEPTH: usize = 256;
/// Namespaces in force at one place.
pub(crate) const NAMESPACES: usize = 200;
/// Size of an attribute that is looked at.
pub(crate) const ATTRIBUTE_BYTES: usize = 4_096;
/// Length of a label that a word processor counts.
pub(crate) const LABEL_CHARS: usize = 40;
/// Columns of a table.
pub(crate) const COLUMNS: usize = 1_000;
/// Length of a cell that is repeated into each row it spans.
pub(crate) const REPEATED_CHARS: usize = 200;
/// Nodes of a web page.
pub(crate) const NODES: usize = 2_000_000;
/// Marks that may divide attributes within one tag of a web page.
pub(crate) const ATTRIBUTES: usize = 30_000;
/// Parts named as unread.
pub(crate) const UNREAD: usize = 100;
