//! The phrasings of each entry, by number.

/// Phrasings in groups, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Where each entry's begin; one more at the end.
    starts: Vec<u32>,
    /// Ascending within an entry.
    members: Vec<u32>,
}

impl Groups {
    /// Puts ascending `members` into groups: `entry_of` gives each one's entry, below `entries`.
    #[must_use]
    pub fn new(entry_of: &[u32], members: &[u32], entries: usize) -> Self {
        let mut starts = vec![0_u32; entries + 1];
        members.iter().for_each(|member| starts[entry_of[*member as usize] as usize + 1] += 1);
        for entry in 0..entries {
            starts[entry + 1] += starts[entry];
        }
        let (mut next, mut placed) = (starts.clone(), vec![0; members.len()]);
        for member in members {
            let at = &mut next[entry_of[*member as usize] as usize];
            placed[*at as usize] = *member;
            *at += 1;
        }
        Self { starts, members: placed }
    }

    /// The phrasings of an entry.
    #[must_use]
    pub fn of(&self, entry: u32) -> &[u32] {
        let at = entry as usize;
        &self.members[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_has_its_members_in_order() {
        let groups = Groups::new(&[2, 0, 2, 1, 2], &[0, 1, 2, 4], 4);
        let of: Vec<&[u32]> = (0..4).map(|entry| groups.of(entry)).collect();
        assert_eq!(of, [&[1][..], &[], &[0, 2, 4], &[]]);
    }
}
