//! Inclusion and consistency proofs of RFC 6962 §2.1.1–2: which hashes they need, and checking.

use std::ops::Range;

use crate::hash::{Hash, empty_root, node_hash};

/// The leaf ranges whose tree hashes prove that `index` is in a tree of `size` leaves, nearest
/// first.
///
/// Every range but one on the right edge is a complete subtree.
pub(crate) fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut span = 0..size;
    while span.end - span.start > 1 {
        let middle = split(&span);
        if index < middle {
            ranges.push(middle..span.end);
            span.end = middle;
        } else {
            ranges.push(span.start..middle);
            span.start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The leaf ranges whose tree hashes prove that a tree of `new` leaves continues one of `old`.
pub(crate) fn consistency_ranges(old: u64, new: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return ranges;
    }
    let mut span = 0..new;
    // Whether the span begins at leaf 0, so that the verifier already knows the old root.
    let mut known = true;
    while span.end != old {
        let middle = split(&span);
        if old <= middle {
            ranges.push(middle..span.end);
            span.end = middle;
        } else {
            ranges.push(span.start..middle);
            span.start = middle;
            known = false;
        }
    }
    if !known {
        ranges.push(span);
    }
    ranges.reverse();
    ranges
}

/// Where RFC 6962 splits a span of more than one leaf: the largest power of two below its length.
fn split(span: &Range<u64>) -> u64 {
    let length = span.end - span.start;
    let half = (length - 1).checked_ilog2().map_or(1, |exponent| 1u64 << exponent);
    span.start + half
}

/// The complete subtrees that make up a range which starts where a complete subtree may start:
/// `(height, index)`, left to right.
pub(crate) fn complete_subtrees(range: Range<u64>) -> Vec<(u32, u64)> {
    let mut nodes = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let alignment = if start == 0 { 63 } else { start.trailing_zeros() };
        let height = alignment.min((range.end - start).ilog2());
        nodes.push((height, start >> height));
        start += 1 << height;
    }
    nodes
}

/// Whether `proof` shows that `leaf` is entry `index` of the tree of `size` leaves with `root`
/// (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` leaves continues the tree of `old` leaves
/// (RFC 9162 §2.1.4.2).
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (mut node, mut last) = (old - 1, new - 1);
    let mut path = proof.iter();
    let seed = match old.is_power_of_two() {
        true => Some(old_root),
        false => path.next(),
    };
    let Some(seed) = seed else {
        return false;
    };
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{leaves, one_shot};
    use proptest::prelude::*;

    fn hashes(all: &[Hash], ranges: Vec<Range<u64>>) -> Vec<Hash> {
        ranges.into_iter().map(|r| one_shot(&all[r.start as usize..r.end as usize])).collect()
    }

    #[test]
    fn every_proof_in_small_trees_verifies_and_no_other() {
        let all = leaves(34);
        for size in 1..=34u64 {
            let root = one_shot(&all[..size as usize]);
            for index in 0..size {
                let proof = hashes(&all, inclusion_ranges(index, size));
                for claimed in 0..size {
                    let fits = verify_inclusion(&all[index as usize], claimed, size, &root, &proof);
                    assert_eq!(fits, claimed == index);
                }
            }
            for old in 0..=size {
                let old_root = one_shot(&all[..old as usize]);
                let proof = hashes(&all, consistency_ranges(old, size));
                assert!(verify_consistency(old, &old_root, size, &root, &proof), "{old} {size}");
                for other in (0..=size).filter(|other| *other != old) {
                    assert!(!verify_consistency(other, &old_root, size, &root, &proof));
                }
            }
        }
    }

    #[test]
    fn the_consistency_proofs_of_the_rfc_example() {
        // RFC 6962 §2.1.3: PROOF(3, D[7]) = [c, d, g, l], PROOF(4) = [l], PROOF(6) = [i, j, k].
        assert_eq!(consistency_ranges(3, 7), [2..3, 3..4, 0..2, 4..7]);
        assert_eq!(consistency_ranges(4, 7).as_slice(), std::slice::from_ref(&(4..7)));
        assert_eq!(consistency_ranges(6, 7), [4..6, 6..7, 0..4]);
        assert_eq!(inclusion_ranges(6, 7), [4..6, 0..4]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn altered_proofs_fail(size in 2u64..700, pick in any::<(u64, u64, u8, u8)>()) {
            let all = leaves(size as usize);
            let root = one_shot(&all);
            let index = pick.0 % size;
            let mut proof = hashes(&all, inclusion_ranges(index, size));
            let leaf = &all[index as usize];
            prop_assert!(verify_inclusion(leaf, index, size, &root, &proof));
            let at = pick.2 as usize % proof.len();
            proof[at][pick.3 as usize % 32] ^= 1;
            prop_assert!(!verify_inclusion(leaf, index, size, &root, &proof));

            let old = 1 + pick.1 % (size - 1);
            let old_root = one_shot(&all[..old as usize]);
            let mut proof = hashes(&all, consistency_ranges(old, size));
            prop_assert!(verify_consistency(old, &old_root, size, &root, &proof));
            let longer = [&proof[..], &[root]].concat();
            prop_assert!(!verify_consistency(old, &old_root, size, &root, &longer));
            let at = pick.2 as usize % proof.len();
            proof[at][pick.3 as usize % 32] ^= 1;
            prop_assert!(!verify_consistency(old, &old_root, size, &root, &proof));
            proof.pop();
            prop_assert!(!verify_consistency(old, &old_root, size, &root, &proof));
        }

        #[test]
        fn subtrees_cover_a_prefix(size in 1u64..100_000) {
            let mut next = 0;
            for (height, index) in complete_subtrees(0..size) {
                prop_assert_eq!(index << height, next);
                next += 1 << height;
            }
            prop_assert_eq!(next, size);
        }
    }
}
